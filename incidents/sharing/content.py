"""What may go to a recipient: the persons and fields that were consented to, and nothing that stands on others.

- A person is in it where they permit this purpose; of anybody else there is nothing, not a number and not a part
  they played.
- An act is in it where somebody who told of it permits; a restricted one where everyone harmed in it names such acts.
- Coded facts of the incident go whole where all who told of it permit; where only some do, its moment and its place.
- The account goes where everybody in the incident, or who told of it, permits and every act goes: it speaks of all.
- A name goes where the person said yes themselves (no basis stands in for that), is grown up, and is in no danger.
- Sources do not go: they are staff, shelters and other tellers. Neither do names of alleged doers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent, search
from incidents.consent import Permit
from incidents.errors import InvalidInput, _
from incidents.model.consent import ConsentEvent
from incidents.model.people import IDENTITY_FIELDS, Person
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.vocabulary import IN_DANGER, Purpose, lists
from incidents.search import Opened
from incidents.work import Unreadable, Work

PURPOSES = (Purpose.LEGAL, Purpose.UN, Purpose.PARTNER, Purpose.SERVICES, Purpose.AUTHORITIES)
OF_SOME = ("moment", "time", "place")  # of an incident, where not all who told of it permit
OF_A_PLACE = {"place", "country", "state", "municipality", "exact_place", "address", "port", "origin"}
OF_A_DATE = {"edtf", "moment", "time", "on", "birth_date", "birth_year"}
VALUE_MARKS = {"edtf", "country", "state", "municipality"}  # by which a value is known as a moment or a place
ADULT = 18
MOST = 100  # incidents in one package


@dataclass(frozen=True)
class Choice:
    """What somebody asked to hand over, and to whom."""

    purpose: Purpose
    recipient: str
    key: str  # the recipient's age public key
    checked: str  # how it was made sure that the key is theirs
    incidents: tuple[UUID, ...]
    fields: tuple[str, ...] = ()  # of identity
    account: bool = False

    def as_document(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose.value,
            "recipient": self.recipient,
            "key": self.key,
            "checked": self.checked,
            "incidents": [str(id) for id in self.incidents],
            "fields": list(self.fields),
            "account": self.account,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Choice":
        return cls(
            purpose=Purpose(document["purpose"]),
            recipient=document["recipient"],
            key=document["key"],
            checked=document["checked"],
            incidents=tuple(UUID(id) for id in document["incidents"]),
            fields=tuple(document["fields"]),
            account=document["account"],
        )


@dataclass
class Content:
    """What goes: one document an incident; who is in it, with the Permit of each; what stays out, and why."""

    incidents: list[dict[str, Any]] = field(default_factory=list, repr=False)
    people: dict[UUID, Permit] = field(default_factory=dict, repr=False)
    said: list[dict[str, Any]] = field(default_factory=list, repr=False)  # for the page: by number, no value
    withheld: Counter[str] = field(default_factory=Counter)


def read(work: Work, choice: Choice) -> Content:
    """Everything that may go to this recipient today."""
    content = Content()
    for id in choice.incidents:
        opened = search.open_incident(work, search.kept(work, id))
        _add(work, choice, opened, content)
    return content


def _add(work: Work, choice: Choice, opened: Opened, content: Content) -> None:
    people = [person for person, _facts in opened.people]
    answers = consent.permits_all(work, people, choice.purpose, to=choice.recipient)
    permits = {
        id: answer for id, answer in answers.items() if isinstance(answer, Permit) and not answer.parts
    }
    content.withheld.update(
        answer.reason if isinstance(answer, consent.Refusal) else "some_parts"
        for id, answer in answers.items()
        if id not in permits
    )
    tellers = _tellers(work, opened)
    acts = _acts(opened, permits, tellers, content.withheld)
    if not acts:
        content.withheld["incident"] += 1
        return
    persons = _persons(work, choice, opened, permits, in_danger=_in_danger(work, tellers))
    document = _within_scope(
        permits.values(),
        {
            "number": len(content.incidents) + 1,
            "facts": _facts(opened, permits, tellers),
            **_account(choice, opened, permits, tellers, acts, content.withheld),
            "acts": list(acts.values()),
            "persons": [said for _person, said in persons],
            "involvements": _involvements(opened, permits, acts, persons),
            "perpetrators": [
                said
                for row, said in opened.perpetrators
                if not isinstance(said, Unreadable) and _permitted(row.report_id, permits, tellers)
            ],
        },
    )
    content.incidents.append(document)
    content.people.update(permits)
    content.said.append(_for_the_page(opened, document, persons))


# -- who told


def _tellers(work: Work, opened: Opened) -> dict[UUID, set[UUID]]:
    """Of each report that tells of the incident: the persons who told it."""
    ids = [opened.incident.id, *(each.id for each in opened.joined)]
    query = (
        select(ReportLink.report_id, ReportPart.person_id, Person.teller)
        .join(ReportPart, ReportPart.report_id == ReportLink.report_id)
        .join(Person, Person.id == ReportPart.person_id)
        .where(ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None))
    )
    found: dict[UUID, set[UUID]] = {}
    for report, person, teller in work.db.execute(query):
        found.setdefault(report, set())
        if teller and person is not None:
            found[report].add(person)
    return found


def _in_danger(work: Work, reports: Iterable[UUID]) -> set[UUID]:
    """Everybody whom a report names that says: in danger now, or before a date."""
    query = (
        select(ReportPart.person_id)
        .join(Report, Report.id == ReportPart.report_id)
        .where(Report.id.in_(list(reports)), Report.danger.in_(IN_DANGER), ReportPart.person_id.is_not(None))
    )
    return {id for id in work.db.scalars(query) if id is not None}


def _permitted(
    report: UUID | None, permits: Mapping[UUID, Permit], tellers: Mapping[UUID, set[UUID]]
) -> bool:
    """Whether somebody who told of it permits; of what was kept before its report was known: everyone who told."""
    if report is None:
        everyone = set().union(*tellers.values())
        return bool(everyone) and everyone <= permits.keys()
    return bool(tellers.get(report, set()) & permits.keys())


# -- what goes of an incident


def _acts(
    opened: Opened,
    permits: Mapping[UUID, Permit],
    tellers: Mapping[UUID, set[UUID]],
    withheld: Counter[str],
) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for act, facts in opened.acts:
        if isinstance(facts, Unreadable) or not _permitted(act.report_id, permits, tellers):
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
    inside = {link.person_id for link, _said in opened.involvements if link.act_id == act}
    return bool(inside) and all(id in permits and permits[id].restricted for id in inside)


def _facts(
    opened: Opened, permits: Mapping[UUID, Permit], tellers: Mapping[UUID, set[UUID]]
) -> dict[str, Any]:
    if isinstance(opened.facts, Unreadable):
        return {}
    everyone = set().union(*tellers.values())
    if everyone <= permits.keys():
        return dict(opened.facts)
    return {name: value for name, value in opened.facts.items() if name in OF_SOME}


def _account(
    choice: Choice,
    opened: Opened,
    permits: Mapping[UUID, Permit],
    tellers: Mapping[UUID, set[UUID]],
    acts: Mapping[UUID, Any],
    withheld: Counter[str],
) -> dict[str, Any]:
    """Where everybody in it and everybody who told of it agreed, without a limit, and no act of it stays out."""
    if not choice.account:
        return {}
    everybody = {person.id for person, _facts in opened.people}.union(*tellers.values())
    limited = any(permit.no_place or permit.no_date for permit in permits.values())
    whole = everybody <= permits.keys() and len(acts) == len(opened.acts) and not limited
    if whole and not isinstance(opened.narrative, Unreadable):
        return {"account": opened.narrative}
    withheld["account"] += 1
    return {}


def _persons(
    work: Work, choice: Choice, opened: Opened, permits: Mapping[UUID, Permit], *, in_danger: set[UUID]
) -> list[tuple[Person, dict[str, Any]]]:
    """Those who permit, numbered anew: a gap would count the others."""
    here = [(person, facts) for person, facts in opened.people if person.id in permits]
    nameable = [p for p, facts in here if _nameable(work, p, facts, permits[p.id], in_danger)]
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


def _nameable(
    work: Work, person: Person, facts: Mapping[str, Any], permit: Permit, in_danger: set[UUID]
) -> bool:
    if permit.kind != "consent" or person.id in in_danger or _perhaps_child(work, facts):
        return False
    event = work.get(ConsentEvent, permit.id)
    return bool(work.read(event, "decisions", "sharing")["given_by"] == "self")


def _perhaps_child(work: Work, facts: Mapping[str, Any]) -> bool:
    """As it was told, or by a year of birth that leaves it open."""
    born = facts.get("birth_year")
    young = isinstance(born, int) and work.today.year - born <= ADULT
    return young or consent.minor(facts)


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


# -- what was asked


def check(choice: Choice) -> None:
    """Refuse what cannot be asked; the key is looked at by whoever closes with it."""
    wrong: dict[str, list[str]] = {}
    if choice.purpose not in PURPOSES:
        wrong["purpose"] = [_("Choose what the recipient needs it for.")]
    if not choice.recipient.strip():
        wrong["recipient"] = [_("Say who receives it: a person or an office, by name.")]
    if len(choice.checked.strip()) < 12:
        wrong["checked"] = [
            _("Say how you made sure that the key is theirs: read aloud on the phone, handed over in person.")
        ]
    if not choice.incidents:
        wrong["incidents"] = [_("Name at least one incident.")]
    elif len(choice.incidents) > MOST:
        wrong["incidents"] = [_("No more than 100 incidents go into one package.")]
    if set(choice.fields) - set(IDENTITY_FIELDS):
        wrong["fields"] = [_("One of these fields is not known.")]
    if wrong:
        raise InvalidInput(wrong)
