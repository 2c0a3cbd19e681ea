"""What may go to a recipient: the persons and fields that were consented to, and nothing that stands on others.

- A person is in it where they permit this purpose; of anybody else there is nothing, not a number and not a part
  they played.
- An act is in it where somebody who told of it permits; a restricted one where everyone harmed in it names such acts.
- What somebody told with another who took their yes back cannot be told apart: `telling` says what of it goes.
- Coded facts of the incident go whole where all who told of it permit; where only some do, its moment and its place,
  as far as one of these told them.
- The account goes where everybody in the incident, or who told of it, permits and every act goes: it speaks of all.
- A name goes where the person said yes themselves (no basis stands in for that), is grown up, and is in no danger.
- A working copy of evidence that was chosen goes with its incident, where `pieces` finds no reason against it.
- Sources do not go: they are staff, shelters and other tellers. Neither do names of alleged doers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent, search
from incidents.consent import Permit, telling
from incidents.consent.telling import Telling
from incidents.intake import report as reports
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Incident
from incidents.model.people import IDENTITY_FIELDS, Person
from incidents.model.report import Report
from incidents.model.vocabulary import lists
from incidents.search import Opened
from incidents.sharing.choice import Choice
from incidents.sharing.pieces import Offer, Piece, Terms, offers, piece
from incidents.work import Permission, Unreadable, Work

OF_SOME = ("moment", "time", "place")  # of an incident, where not all who told of it permit
OF_A_PLACE = {"place", "country", "state", "municipality", "exact_place", "address", "port", "origin"}
OF_A_DATE = {"edtf", "moment", "time", "on", "birth_date", "birth_year"}
VALUE_MARKS = {"edtf", "country", "state", "municipality"}  # by which a value is known as a moment or a place


@dataclass
class Content:
    """What goes: one document an incident; who is in it, with the Permit of each; what stays out, and why."""

    incidents: list[dict[str, Any]] = field(default_factory=list, repr=False)
    people: dict[UUID, Permit] = field(default_factory=dict, repr=False)
    beside: set[UUID] = field(default_factory=set)  # who is in none of them, and on whose word it stands too
    said: list[dict[str, Any]] = field(default_factory=list, repr=False)  # for the page: by number, no value
    withheld: Counter[str] = field(default_factory=Counter)
    pieces: dict[UUID, Piece] = field(default_factory=dict, repr=False)  # working copies, by their evidence
    refused: set[UUID] = field(default_factory=set, repr=False)  # chosen evidence that may not go


def read(work: Work, choice: Choice) -> Content:
    """Everything that may go to this recipient today."""
    work.carry_out()
    content = Content()
    for id in choice.incidents:
        _add(work, choice, _within(work, choice, id), content)
    content.refused |= choice.evidence.keys() - content.pieces.keys()
    return content


@dataclass(frozen=True)
class _Within:
    """One incident: who permits, who told of it, which of its acts go; and what stays out."""

    opened: Opened
    permits: dict[UUID, Permit]
    telling: Telling
    acts: dict[UUID, dict[str, Any]]
    withheld: Counter[str]

    @property
    def scope(self) -> list[Permit]:
        """Of whoever is in it or told of it: what one of them said yes without stays out."""
        return [*self.permits.values(), *self.telling.elsewhere.values()]


def _within(work: Work, choice: Choice, id: UUID) -> _Within:
    opened = search.open_incident(work, search.kept(work, id))
    people = [person for person, _facts in opened.people]

    def ask(some: list[Person]) -> telling.Answers:
        return consent.permits_all(work, some, choice.purpose, to=choice.recipient)

    answers = ask(people)
    permits = {
        id: answer for id, answer in answers.items() if isinstance(answer, Permit) and not answer.parts
    }
    withheld = Counter(
        answer.reason if isinstance(answer, consent.Refusal) else "some_parts"
        for id, answer in answers.items()
        if id not in permits
    )
    ids = [id, *(each.id for each in opened.joined)]
    told = telling.of_incident(work, ids, answers, permits.keys(), ask)
    return _Within(opened, permits, told, _acts(opened, permits, told, withheld), withheld)


def _add(work: Work, choice: Choice, within: _Within, content: Content) -> None:
    opened, permits, told, acts = within.opened, within.permits, within.telling, within.acts
    content.withheld.update(within.withheld)
    pieces = _pieces(work, choice, within) if choice.evidence else []
    content.refused |= {each.weighed.item.id for each in pieces if each.chosen and each.reasons}
    if not acts:
        content.withheld["incident"] += 1
        return
    persons = _persons(work, choice, opened, permits)
    document = _within_scope(
        within.scope,
        {
            "number": len(content.incidents) + 1,
            "facts": _facts(work, opened, told, content.withheld),
            **_account(choice, opened, permits, told, acts, content.withheld),
            "acts": list(acts.values()),
            "persons": [said for _person, said in persons],
            "involvements": _involvements(opened, permits, acts, persons),
            "perpetrators": [
                said
                for row, said in opened.perpetrators
                if not isinstance(said, Unreadable) and told.goes(row.report_id)
            ],
        },
    )
    going = [each for each in pieces if each.chosen and not each.reasons]
    document |= _evidence(content, going, persons)
    content.incidents.append(document)
    content.people.update(permits)
    content.beside |= told.elsewhere.keys() & {*told.permits}
    content.said.append(_for_the_page(opened, document, persons) | _pieces_for_the_page(choice, going))


# -- evidence


def offered(work: Work, choice: Choice) -> list[tuple[Incident, list[Offer]]]:
    """Of each incident every piece of evidence, with what speaks for and against its going to this recipient."""
    work.actor.must(Permission.SHARING_PREPARE)
    found = [_within(work, choice, id) for id in choice.incidents]
    return [(within.opened.incident, _pieces(work, choice, within)) for within in found]


def _pieces(work: Work, choice: Choice, within: _Within) -> list[Offer]:
    terms = Terms(
        permits=within.scope,
        told=within.telling.goes,
        hushed=_hushed(within),
        goes=bool(within.acts),
    )
    return offers(work, choice, within.opened, terms)


def _hushed(within: _Within) -> set[UUID]:
    """Whoever was in an act that stays out and may be a restricted one."""
    out = {
        act.id
        for act, facts in within.opened.acts
        if act.id not in within.acts and (isinstance(facts, Unreadable) or _restricted(facts))
    }
    return {link.person_id for link, _said in within.opened.involvements if link.act_id in out}


def _evidence(
    content: Content, going: Sequence[Offer], persons: Sequence[tuple[Person, Mapping[str, Any]]]
) -> dict[str, Any]:
    """The pieces that go with an incident; one that goes with another already is the same file."""
    numbers = {person.id: said["number"] for person, said in persons}
    said = []
    for each in going:
        made = content.pieces.setdefault(each.weighed.item.id, piece(len(content.pieces) + 1, each))
        content.people.update((id, permits[0]) for id, permits in each.weighed.permits.items())
        shown = sorted(numbers[id] for id in each.weighed.shown if id in numbers)
        said.append({**made.as_said(), "persons": shown})
    return {"evidence": said} if said else {}


def _pieces_for_the_page(choice: Choice, going: Sequence[Offer]) -> dict[str, Any]:
    said = [
        {
            "piece": str(each.weighed.item.id),
            "number": each.number,
            "shown": len(each.weighed.shown),
            "bare": sorted(each.without & {*choice.evidence[each.weighed.item.id]}),
        }
        for each in going
    ]
    return {"evidence": said} if said else {}


# -- what goes of an incident


def _acts(
    opened: Opened,
    permits: Mapping[UUID, Permit],
    told: Telling,
    withheld: Counter[str],
) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for act, facts in opened.acts:
        together = told.told_together(act.report_id)
        if together and not told.lived(act.report_id, _inside(opened, act.id)):
            withheld["told_together"] += 1
        elif isinstance(facts, Unreadable) or not (together or told.goes(act.report_id)):
            withheld["act"] += 1
        elif _restricted(facts) and not _named(opened, act.id, permits):
            withheld["restricted_act"] += 1
        else:
            found[act.id] = {
                "number": len(found) + 1,
                "facts": facts,
                "verification": act.verification.value,
            }
    return found


def _restricted(facts: Mapping[str, Any]) -> bool:
    code = lists()["act"].get(str(facts.get("type")))
    return code is not None and code.restricted


def _named(opened: Opened, act: UUID, permits: Mapping[UUID, Permit]) -> bool:
    """A restricted act is named where everyone in it names such acts."""
    inside = _inside(opened, act)
    return bool(inside) and all(id in permits and permits[id].restricted for id in inside)


def _inside(opened: Opened, act: UUID) -> set[UUID]:
    return {link.person_id for link, _said in opened.involvements if link.act_id == act}


def _facts(work: Work, opened: Opened, told: Telling, withheld: Counter[str]) -> dict[str, Any]:
    if isinstance(opened.facts, Unreadable):
        return {}
    if told.everyone <= {*told.permits}:
        return dict(opened.facts)
    some = {name: value for name, value in opened.facts.items() if name in OF_SOME}
    said = _said(work, told, some)
    if len(said) < len(some):
        withheld["facts"] += 1
    return said


def _said(work: Work, told: Telling, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Of these facts of the incident those that somebody who permits told, and not with one who is not heard."""
    ids = [id for id in told.tellers if told.goes(id)]
    heard = reports.read_all(work, list(work.db.scalars(select(Report).where(Report.id.in_(ids)))))
    return reports.said_by(facts, [each.document for each in heard])


def _account(
    choice: Choice,
    opened: Opened,
    permits: Mapping[UUID, Permit],
    told: Telling,
    acts: Mapping[UUID, Any],
    withheld: Counter[str],
) -> dict[str, Any]:
    """Where everybody in it and everybody who told of it agreed, without a limit, and no act of it stays out."""
    if not choice.account:
        return {}
    everybody = {person.id for person, _facts in opened.people}.union(told.everyone)
    limited = any(permit.no_place or permit.no_date for permit in permits.values())
    whole = everybody <= permits.keys() and len(acts) == len(opened.acts) and not limited
    if whole and not isinstance(opened.narrative, Unreadable):
        return {"account": opened.narrative}
    withheld["account"] += 1
    return {}


def _persons(
    work: Work, choice: Choice, opened: Opened, permits: Mapping[UUID, Permit]
) -> list[tuple[Person, dict[str, Any]]]:
    """Those who permit, numbered anew: a gap would count the others."""
    here = [(person, facts) for person, facts in opened.people if person.id in permits]
    hidden = consent.in_danger(work, permits) | consent.perhaps_children(work, permits)
    nameable = [p for p, _facts in here if p.id not in hidden and _nameable(work, permits[p.id])]
    names = _identity(work, nameable, choice.fields)
    return [
        (
            person,
            {
                "number": number,
                "kind": person.kind.value,
                "teller": person.teller,
                "facts": facts,
                "identity": names.get(person.id, {}),
            },
        )
        for number, (person, facts) in enumerate(here, 1)
    ]


def _nameable(work: Work, permit: Permit) -> bool:
    if permit.kind != "consent":
        return False
    event = work.get(ConsentEvent, permit.id)
    return bool(work.read(event, "decisions", "sharing")["given_by"] == "self")


def _identity(work: Work, people: Sequence[Person], fields: Sequence[str]) -> dict[UUID, dict[str, Any]]:
    """The chosen fields of those who may be named; what is empty or does not open is not in it."""
    found: dict[UUID, dict[str, Any]] = {person.id: {} for person in people}
    for name in IDENTITY_FIELDS:
        if name in fields and people:
            for person, value in zip(people, work.read_all(people, name, "sharing"), strict=True):
                if value and not isinstance(value, Unreadable):
                    found[person.id][name] = value
    return found


def _within_scope(permits: Iterable[Permit], document: dict[str, Any]) -> dict[str, Any]:
    """Without any place, or any date, where one of those who agreed said so."""
    given = list(permits)
    out: set[str] = set()
    if any(permit.no_place for permit in given):
        out |= OF_A_PLACE
    if any(permit.no_date for permit in given):
        out |= OF_A_DATE
    return {name: _without(out, value) for name, value in document.items()} if out else document


def _without(out: set[str], value: Any) -> Any:
    """What is left where every field of these names, and every value that has one, is taken away."""
    if isinstance(value, dict):
        return {
            name: _without(out, inner)
            for name, inner in value.items()
            if name not in out and not (isinstance(inner, dict) and inner.keys() & out & VALUE_MARKS)
        }
    if isinstance(value, list):
        kept = [each for each in value if not (isinstance(each, dict) and each.keys() & out & VALUE_MARKS)]
        return [_without(out, each) for each in kept]
    return value


def _involvements(
    opened: Opened,
    permits: Mapping[UUID, Permit],
    acts: Mapping[UUID, Mapping[str, Any]],
    persons: Sequence[tuple[Person, Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    numbers = {person.id: said["number"] for person, said in persons}
    return [
        {"person": numbers[link.person_id], "act": acts[link.act_id]["number"], "facts": said}
        for link, said in opened.involvements
        if link.person_id in permits and link.act_id in acts and not isinstance(said, Unreadable)
    ]


def _for_the_page(
    opened: Opened, document: Mapping[str, Any], persons: Sequence[tuple[Person, Mapping[str, Any]]]
) -> dict[str, Any]:
    """What goes, without any of it: who signs sees how much leaves, and opens nothing by looking."""
    return {
        "incident": str(opened.incident.id),
        "reference": opened.incident.reference,
        "acts": len(document["acts"]),
        "acts_of": len(opened.acts),
        "account": "account" in document,
        "whole": not isinstance(opened.facts, Unreadable) and document["facts"] == opened.facts,
        "persons": [
            {"person": str(person.id), "number": said["number"], "fields": sorted(said["identity"])}
            for person, said in persons
        ],
        "persons_of": len(opened.people),
    }
