"""What may go into a release: verified and consented rows of the `facts` compartment.

A row is one act and one person or group harmed by it. Every row that exists is
considered, and each that is left out is counted under the first reason that applies.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select

from incidents import consent
from incidents.consent import Permit
from incidents.errors import InvalidInput, Problem, _
from incidents.model.base import Record
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.moment import Moment
from incidents.model.people import Involvement, Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.vocabulary import PersonKind, Purpose, Verification, codes, lists
from incidents.release.policy import Policy
from incidents.review import published
from incidents.search.record import kept_all
from incidents.work import Unreadable, Work

R = TypeVar("R", bound=Record)
D = TypeVar("D", Perpetrator, Source)
NOT_SHOWN = "(not shown)"  # a restricted act that no consent names; never a zero, never a blank
HARMED = frozenset({"DIR"})
FILTERS = ("acts", "batch", "from", "states", "to")
ALWAYS_OUT = {
    Verification.DUPLICATE: "duplicate",
    Verification.SOURCE_WITHDREW: "withdrawn",
}


@dataclass(frozen=True)
class Gathered:
    """Rows for the engine, and what stayed out. Aligned: a row, its person, its permits."""

    rows: list[dict[str, Any]] = field(repr=False)
    people: list[UUID | None] = field(repr=False)  # of one person's records, the one that the row rests on
    permits: list[list[Permit]] = field(repr=False)
    considered: int
    excluded: dict[str, int]
    data_date: str
    leans: list[set[UUID]] = field(
        default_factory=list, repr=False
    )  # of a row: others whose permit it rests on
    acts: list[UUID] = field(default_factory=list, repr=False)  # which act each row is of


@dataclass
class _Opened:
    """The facts of everything published, by id; opened once, noted once a kind."""

    incidents: dict[UUID, tuple[Incident, dict[str, Any]]]
    people: dict[UUID, tuple[Person, dict[str, Any]]]
    incident_of: dict[UUID, UUID]  # incident → the one it is counted under, where it was merged
    person_of: dict[UUID, UUID]  # person → the one they are counted as, where they are recorded twice
    harmed: dict[UUID, list[UUID]]  # act → persons
    others: dict[UUID, list[UUID]]  # act → persons who played another part, a witness for example
    perpetrators: dict[UUID, list[dict[str, Any]]]  # incident → facts
    sources: dict[UUID, list[dict[str, Any]]]  # incident → facts


def gather(work: Work, policy: Policy, filters: Mapping[str, Any]) -> Gathered:
    """Every row of this policy's unit; those that may leave, ready for the engine."""
    check_filters(filters)
    acts, opened = _open_all(work)
    answers = _answers(work, policy, opened)
    excluded: Counter[str] = Counter()
    found = Gathered([], [], [], sum(1 for _pair in _pairs(acts, opened)), {}, work.today.isoformat())
    for act, facts, person in _pairs(acts, opened):
        incident, about = opened.incidents[act.incident_id]
        row = _row(act, facts, incident, about, person, opened)
        permits = _permits(answers, opened, act, person)
        _hide_restricted(policy, row, permits)  # before the filter: a filter would tell what is not shown
        _hide_out_of_scope(row, permits)
        reason = _reason(policy, act, row, permits, filters, incident)
        if reason:
            excluded[reason] += 1
            continue
        found.rows.append(row)
        found.people.append(person)
        found.acts.append(act.id)
        found.leans.append(_leans_on(answers, opened, act, person))
        found.permits.append([permit for permit in permits if isinstance(permit, Permit)])
    found.excluded.update(sorted(excluded.items()))
    return found


# -- opening


def _all(work: Work, query: Select[R]) -> list[tuple[R, Any]]:
    """All rows of a kind, checked against the trail and opened; what does not open is left out."""
    rows = list(work.db.scalars(query))
    work.vouched(rows)
    opened = work.read_all(rows, "facts", "release")
    return [
        (row, value) for row, value in zip(rows, opened, strict=True) if not isinstance(value, Unreadable)
    ]


def _open_all(work: Work) -> tuple[list[tuple[Act, dict[str, Any]]], _Opened]:
    mine = select(Incident.id).where(published(Incident.batch_id))
    incidents = {row.id: (row, f) for row, f in _all(work, select(Incident).where(Incident.id.in_(mine)))}
    acts = _all(work, select(Act).where(Act.incident_id.in_(mine), Act.left_on.is_(None)))
    people = {row.id: (row, f) for row, f in _all(work, select(Person))}
    harmed: dict[UUID, list[UUID]] = defaultdict(list)
    others: dict[UUID, list[UUID]] = defaultdict(list)
    over = {kind: _roots(work, kind) for kind in (Arrangement.MERGED, Arrangement.SAME_PERSON)}
    for link, facts in _all(work, select(Involvement).where(Involvement.left_on.is_(None))):
        if link.person_id in people:
            parts = harmed if facts.get("part", "DIR") in HARMED else others
            parts[link.act_id].append(link.person_id)
    perpetrators: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    sources: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    merged, same = over[Arrangement.MERGED], over[Arrangement.SAME_PERSON]
    for doer, facts in _all(work, _here(Perpetrator).where(Perpetrator.incident_id.in_(mine))):
        perpetrators[merged.get(doer.incident_id, doer.incident_id)].append(facts)
    for source, facts in _all(work, _here(Source).where(Source.incident_id.in_(mine))):
        sources[merged.get(source.incident_id, source.incident_id)].append(facts)
    return acts, _Opened(incidents, people, merged, same, harmed, others, perpetrators, sources)


def _here(kind: type[D]) -> Select[D]:
    """What counts of a kind: what came with a report that was unlinked does not."""
    return select(kind).where(kind.left_on.is_(None))


def _roots(work: Work, kind: Arrangement) -> dict[UUID, UUID]:
    """Of everything that was joined to another: what it is counted under."""
    rows = list(work.db.scalars(select(Rearrangement).where(Rearrangement.kind == kind)))
    work.vouched(rows)
    return kept_all(work, [row.gone_id for row in rows if row.undone_on is None], kind)


def _pairs(
    acts: Iterable[tuple[Act, dict[str, Any]]], opened: _Opened
) -> Iterable[tuple[Act, dict[str, Any], UUID | None]]:
    """One pair an act and person harmed; an act of which nobody is named is one pair of its own."""
    for act, facts in acts:
        if act.incident_id in opened.incidents:
            people: list[UUID | None] = [*_each_once(opened, opened.harmed.get(act.id, []))]
            for person in people or [None]:
                yield act, facts, person


def _each_once(opened: _Opened, people: Iterable[UUID]) -> list[UUID]:
    """One record a person: a teller's own before what others said of them, then the first."""
    found: dict[UUID, UUID] = {}
    for id in sorted(people, key=lambda id: (not opened.people[id][0].teller, id)):
        found.setdefault(opened.person_of.get(id, id), id)
    return sorted(found.values())


# -- deciding


def _answers(work: Work, policy: Policy, opened: _Opened) -> list[dict[UUID, consent.Answer]]:
    """For each purpose the policy asks, every person's answer today."""
    people = [person for person, _facts in opened.people.values()]
    return [consent.permits_all(work, people, Purpose(purpose)) for purpose in policy.purposes]


def _permits(
    answers: Sequence[Mapping[UUID, consent.Answer]], opened: _Opened, act: Act, person: UUID | None
) -> list[consent.Answer]:
    """What each purpose answers for this row: the person's own, and a teller's where the person did not tell."""
    if person is None:
        return [_anyone(answer, opened.others.get(act.id, [])) for answer in answers]
    tellers = {id for id in opened.harmed.get(act.id, []) if opened.people[id][0].teller}
    found: list[consent.Answer] = []
    for answer in answers:
        own = answer[person]
        found.append(own)
        leans = isinstance(own, Permit) and own.kind == "consent" and person not in tellers
        if leans and not any(isinstance(answer[teller], Permit) for teller in tellers):
            found.append(consent.Refusal("no_consent"))
    return found


def _anyone(answer: Mapping[UUID, consent.Answer], people: Iterable[UUID]) -> consent.Answer:
    """An act of which nobody harmed is recorded leans on whoever told of it; without anybody, on nothing."""
    found = [answer[person] for person in people]
    permit = next((one for one in found if isinstance(one, Permit)), None)
    return permit or next(iter(found), consent.Refusal("no_person"))


def _leans_on(
    answers: Sequence[Mapping[UUID, consent.Answer]], opened: _Opened, act: Act, person: UUID | None
) -> set[UUID]:
    """Who told of a row that is not their own: where they withdraw, it does not leave."""
    harmed = opened.harmed.get(act.id, [])
    if person is None:
        told = opened.others.get(act.id, [])
    else:
        told = [] if opened.people[person][0].teller else [id for id in harmed if opened.people[id][0].teller]
    first = (next((id for id in told if isinstance(answer[id], Permit)), None) for answer in answers)
    return {id for id in first if id is not None}


def _reason(
    policy: Policy,
    act: Act,
    row: Mapping[str, Any],
    permits: Sequence[consent.Answer],
    filters: Mapping[str, Any],
    incident: Incident,
) -> str | None:
    """The first reason to leave a row out, or none."""
    refusal = next((answer for answer in permits if isinstance(answer, consent.Refusal)), None)
    if refusal is not None and refusal.reason == consent.WITHDRAWN:
        return "withdrawn"
    if act.verification in ALWAYS_OUT:
        return ALWAYS_OUT[act.verification]
    if act.verification.value not in policy.states:
        return "not_verified"
    if refusal is not None:
        return refusal.reason
    return _out_of_scope(permits) or (None if _passes(row, filters, incident) else "filtered")


def _out_of_scope(permits: Iterable[consent.Answer]) -> str | None:
    """A yes for named recipients is none for a file that anybody may read, and a row is no named part."""
    given = [permit for permit in permits if isinstance(permit, Permit)]
    if any(permit.recipients for permit in given):
        return "other_recipient"
    return "some_parts" if any(permit.parts for permit in given) else None


def check_filters(filters: Mapping[str, Any]) -> None:
    """Refuse a filter that is not known, or a day or code that is none."""
    wrong: dict[str, list[str]] = {
        name: [_("There is no such filter.")] for name in set(filters) - set(FILTERS)
    }
    for name in ("from", "to"):
        if filters.get(name) and not _is_day(filters[name]):
            wrong[name] = [_("Write a day as 2019-11-14.")]
    if not wrong and (filters.get("from") or "") > (filters.get("to") or "9999"):
        wrong["to"] = [_("This day lies before the first one.")]
    if set(filters.get("acts") or ()) - set(codes("act")):
        wrong["acts"] = [_("This is not one of the choices.")]
    if wrong:
        raise InvalidInput(wrong)


def _is_day(text: object) -> bool:
    try:
        return Moment.parse(str(text)).precision == "DAY"
    except Problem:
        return False


def _passes(row: Mapping[str, Any], filters: Mapping[str, Any], incident: Incident) -> bool:
    """A date passes if its earliest and latest day both lie within; an unknown one passes no date filter."""
    if filters.get("acts") and row["act"] not in filters["acts"]:
        return False
    if filters.get("states") and row["state"] not in filters["states"]:
        return False
    if filters.get("batch") and str(incident.batch_id) != str(filters["batch"]):
        return False
    return _within(row.get("moment"), filters.get("from"), filters.get("to"))


def _within(moment: Any, first: str | None, last: str | None) -> bool:
    if not (first or last):
        return True
    known = Moment.from_json(moment) if moment else None
    if known is None or known.earliest is None or known.latest is None:
        return False
    return not (first and known.earliest.isoformat() < first) and not (
        last and known.latest.isoformat() > last
    )


# -- the row


def _row(
    act: Act,
    facts: Mapping[str, Any],
    incident: Incident,
    about: Mapping[str, Any],
    person: UUID | None,
    opened: _Opened,
) -> dict[str, Any]:
    """What the engine may see: codes, moments, places; no name, no id that leaves the house."""
    place = facts.get("place") or about.get("place") or {}
    under = opened.incident_of.get(incident.id, incident.id)
    who = opened.people[person][1] if person else {}
    return {
        "incident": under.hex,
        "persons": [opened.person_of.get(person, person).hex] if person else [],
        "size": _size(opened.people[person][0], who) if person else None,
        "moment": facts.get("moment") or about.get("moment"),
        "country": _answered(place.get("country")),
        "state": _answered(place.get("state")),
        "municipality": _answered(place.get("municipality")),
        "act": facts.get("type"),
        "act_status": facts.get("status") or "U",
        "gender": who.get("gender"),
        "age": who.get("age"),
        "age_band": who.get("age_band"),
        "nationality": _one(who.get("nationality")),
        "perpetrator": _one([p.get("type") for p in opened.perpetrators.get(under, [])]),
        "verification": act.verification.value,
        "source_type": _one([s.get("type") for s in opened.sources.get(under, [])]),
        "labels": {**about.get("labels", {}), **facts.get("labels", {})},
    }


def _size(person: Person, who: Mapping[str, Any]) -> int | None:
    """How many people the row stands for; a group of unknown size is not one person, and not none."""
    if person.kind == PersonKind.INDIVIDUAL:
        return 1
    best = (who.get("group_size") or {}).get("best")
    return int(best) if best is not None else None


def _answered(code: Any) -> Any:
    return None if code in lists()["no_answer"] or code is None else code


def _one(values: Sequence[Any] | None) -> str | None:
    known = sorted({value for value in values or [] if value})
    if len(known) > 1:
        return "several"
    return known[0] if known else None


def _hide_restricted(policy: Policy, row: dict[str, Any], permits: Sequence[consent.Answer]) -> None:
    """A restricted act is named only where every permit of the row names such acts."""
    code = codes("act").get(row["act"] or "")
    named = all(isinstance(permit, Permit) and permit.restricted for permit in permits)
    if policy.protection and code is not None and code.restricted and not named:
        row["act"] = row["act_group"] = NOT_SHOWN


def _hide_out_of_scope(row: dict[str, Any], permits: Sequence[consent.Answer]) -> None:
    """Whoever said yes without the place, or without the date, is in the file without it."""
    given = [permit for permit in permits if isinstance(permit, Permit)]
    if any(permit.no_place for permit in given):
        row |= dict.fromkeys(("country", "state", "municipality"))
    if any(permit.no_date for permit in given):
        row["moment"] = None
