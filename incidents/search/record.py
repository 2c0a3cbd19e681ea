"""Read one record: an incident with all that belongs to it, a person with the incidents they are part of.

What a job has not published is found by nobody. What was joined to an incident is read as its own; what left it is
not read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, select

from incidents.errors import NotFound
from incidents.model.base import TOGETHER
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import ReportLink, ReportPart, published
from incidents.work import Permission, Work


@dataclass(frozen=True)
class Opened:
    """One incident with all that belongs to it; each value may be Unreadable."""

    incident: Incident
    facts: Any
    narrative: Any
    summary: Any
    acts: list[tuple[Act, Any]]
    people: list[tuple[Person, Any]]
    involvements: list[tuple[Involvement, Any]]
    perpetrators: list[tuple[Perpetrator, Any]]
    sources: list[tuple[Source, Any]]
    joined: list[Incident] = field(default_factory=list)  # those that were merged into it
    same: dict[UUID, UUID] = field(default_factory=dict)  # of its people: who is read as whom


@dataclass(frozen=True)
class Known:
    """One person: the coded facts, and the incidents with the number the person has in each."""

    person: Person
    facts: Any
    incidents: list[tuple[Incident, int, list[tuple[Any, Any]]]]  # with act facts, involvement facts


def opened(work: Work, query: Any) -> list[tuple[Any, Any]]:
    """The rows of a query, each with its facts."""
    rows = list(work.db.scalars(query))
    return list(zip(rows, work.read_all(rows, "facts"), strict=True))


# -- what is joined


def together(work: Work, ids: Iterable[UUID], kind: Arrangement = Arrangement.MERGED) -> list[UUID]:
    """These ids, and all that are read and counted under them, however many times over."""
    found = list(dict.fromkeys(ids))
    known, new = set(found), found
    while new:
        query = _in_force(kind).where(Rearrangement.kept_id.in_(new)).order_by(Rearrangement.id)
        new = [row.gone_id for row in work.db.scalars(query) if row.gone_id not in known]
        found = [*found, *new]
        known.update(new)
    return found


def kept(work: Work, id: UUID, kind: Arrangement = Arrangement.MERGED) -> UUID:
    """What this is read and counted under: itself, where it was not joined to another."""
    return kept_all(work, [id], kind)[id]


def kept_all(work: Work, ids: Iterable[UUID], kind: Arrangement = Arrangement.MERGED) -> dict[UUID, UUID]:
    """The same of many, found together."""
    ids = list(ids)
    over: dict[UUID, UUID] = {}
    new = set(ids)
    while new:
        rows = dict(_joined_to(work, kind, list(new)))
        over |= rows
        new = set(rows.values()) - over.keys()
    return {id: top(over, id) for id in ids}


def _joined_to(work: Work, kind: Arrangement, ids: Sequence[UUID]) -> Iterator[tuple[UUID, UUID]]:
    """Of these, what was joined and to what: asked some at a time, for a question holds so many ids and no more."""
    for start in range(0, len(ids), TOGETHER):
        query = _in_force(kind).where(Rearrangement.gone_id.in_(ids[start : start + TOGETHER]))
        yield from ((row.gone_id, row.kept_id) for row in work.db.scalars(query))


def top(over: Mapping[UUID, UUID], id: UUID) -> UUID:
    """Where the way from one to what it is read under ends."""
    seen = {id}
    while (above := over.get(id)) is not None and above not in seen:
        id = above
        seen.add(id)
    return id


def _in_force(kind: Arrangement) -> Any:
    return select(Rearrangement).where(Rearrangement.kind == kind, Rearrangement.undone_on.is_(None))


# -- one incident


def find(work: Work, reference: str) -> Incident:
    """The incident of this reference, however it was typed: spaces and small letters do not matter."""
    work.actor.must(Permission.INCIDENT_READ)
    wanted = "".join(reference.split()).upper()
    return _first(work, select(Incident).where(Incident.reference == wanted))


def incident(work: Work, id: UUID) -> Incident:
    work.actor.must(Permission.INCIDENT_READ)
    return _first(work, select(Incident).where(Incident.id == id))


def _first(work: Work, query: Any) -> Incident:
    found: Incident | None = work.db.scalars(query.where(published(Incident.batch_id))).first()
    if found is None:
        raise NotFound
    return found


def open_incident(work: Work, id: UUID) -> Opened:
    """An incident with its acts, people, perpetrators and sources. Identity stays closed.

    What was merged into it is read as its own; an act that left it is not.
    """
    found = incident(work, id)
    ids = together(work, [id])
    acts = acts_of(work, ids)
    people = _people(work, ids)
    return Opened(
        incident=found,
        facts=work.read_all([found], "facts")[0],
        narrative=work.read_all([found], "narrative")[0],
        summary=work.read_all([found], "summary")[0],
        acts=acts,
        people=people,
        involvements=opened(
            work,
            select(Involvement).where(
                Involvement.act_id.in_([act.id for act, _said in acts]), Involvement.left_on.is_(None)
            ),
        ),
        perpetrators=opened(
            work, select(Perpetrator).where(Perpetrator.incident_id.in_(ids), Perpetrator.left_on.is_(None))
        ),
        sources=opened(work, select(Source).where(Source.incident_id.in_(ids), Source.left_on.is_(None))),
        joined=[work.get(Incident, each) for each in ids[1:]],
        same=_same(work, [person for person, _facts in people]),
    )


def acts_of(work: Work, ids: Sequence[UUID]) -> list[tuple[Act, Any]]:
    """The acts of these incidents that count: in the order they were told in, report by report."""
    acts = opened(work, _acts(ids))
    return sorted(acts, key=lambda pair: (ids.index(pair[0].incident_id), *_told(pair[0])))


def act_numbers(work: Work, id: UUID) -> dict[UUID, int]:
    """How the page of an incident numbers its acts; none of them is opened."""
    ids = together(work, [incident(work, id).id])
    acts = sorted(work.db.scalars(_acts(ids)), key=lambda act: (ids.index(act.incident_id), *_told(act)))
    return {act.id: number for number, act in enumerate(acts, 1)}


def _acts(ids: Sequence[UUID]) -> Any:
    return select(Act).where(Act.incident_id.in_(ids), Act.left_on.is_(None))


def people_of(work: Work, id: UUID) -> list[tuple[Person, Any]]:
    """Who is in an incident with their facts, in the order in which its page numbers them."""
    return _people(work, together(work, [incident(work, id).id]))


def _told(act: Act) -> tuple[Any, ...]:
    """Acts of one report stand together; those from before their number was kept stand by their id."""
    return act.received_on, str(act.report_id or ""), act.number or 0, str(act.id)


def _same(work: Work, people: Sequence[Person]) -> dict[UUID, UUID]:
    found = kept_all(work, [person.id for person in people], Arrangement.SAME_PERSON)
    return {id: other for id, other in found.items() if id != other}


def _people(work: Work, ids: Sequence[UUID]) -> list[tuple[Person, Any]]:
    """Who is in an incident, in the order they were told of. Somebody may be in it and in no act.

    Of a report that tells of several incidents, whoever is part of an act is in the incident of that act alone.
    """
    told = (
        select(ReportPart.person_id, ReportPart.number)
        .join(ReportLink, ReportLink.report_id == ReportPart.report_id)
        .where(ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None))
        .where(ReportPart.person_id.is_not(None))
    )
    order = {row.person_id: row.number for row in work.db.execute(told)}
    acting = select(Involvement.person_id).join(Act, Involvement.act_id == Act.id)
    acting = acting.where(Act.left_on.is_(None), Involvement.left_on.is_(None))
    here = work.db.scalars(acting.where(Act.incident_id.in_(ids)))
    away = work.db.scalars(acting.where(Act.incident_id.not_in(ids), Involvement.person_id.in_(order)))
    present = select(Presence.person_id).where(Presence.incident_id.in_(ids), still_told())
    everyone = {*(order.keys() - set(away)), *here, *work.db.scalars(present)}
    rows = list(work.db.scalars(select(Person).where(Person.id.in_(everyone))))
    rows.sort(key=lambda person: (not person.teller, order.get(person.id, len(order) + 1), person.id))
    return list(zip(rows, work.read_all(rows, "facts"), strict=True))


def still_told() -> Any:
    """A person who was added beside a report is in the incident while that report tells of it."""
    undone = and_(
        ReportLink.report_id == Presence.report_id,
        ReportLink.incident_id == Presence.incident_id,
        ReportLink.undone_on.is_not(None),
    )
    return ~exists().where(undone).correlate(Presence)


# -- one person


def person(work: Work, id: UUID) -> tuple[Person, list[Incident]]:
    """A person and the incidents they are part of; one of an unpublished import is not there."""
    work.actor.must(Permission.INCIDENT_READ)
    same = together(work, [id], Arrangement.SAME_PERSON)
    ids = kept_all(work, _incidents_of(work, same)).values()
    query = select(Incident).where(Incident.id.in_(ids), published(Incident.batch_id))
    found = list(work.db.scalars(query.order_by(Incident.received_on, Incident.id)))
    if not found:
        raise NotFound
    return work.get(Person, id), found


def _incidents_of(work: Work, people: Sequence[UUID]) -> set[UUID]:
    return {incident for _person, incident in _places_of(work, people)}


def _places_of(work: Work, people: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Of each of these people the incidents they are part of, in pairs."""
    acting = select(Involvement.person_id, Act.incident_id).join(Act, Involvement.act_id == Act.id)
    acting = acting.where(Involvement.left_on.is_(None), Act.left_on.is_(None))
    parts = work.db.execute(acting.where(Involvement.person_id.in_(people))).all()
    in_no_act = set(people) - {row.person_id for row in parts}
    told = select(ReportPart.person_id, ReportLink.incident_id)
    told = told.join(ReportLink, ReportPart.report_id == ReportLink.report_id)
    told = told.where(ReportPart.person_id.in_(in_no_act), ReportLink.undone_on.is_(None))
    present = select(Presence.person_id, Presence.incident_id)
    present = present.where(Presence.person_id.in_(people), still_told())
    return {(row[0], row[1]) for row in (*parts, *work.db.execute(told), *work.db.execute(present))}


def told_apart(work: Work, people: Sequence[Person]) -> dict[UUID, tuple[Any, list[str]]]:
    """What tells people apart in a list without a name: coded facts, opened together, and references of incidents."""
    work.actor.must(Permission.INCIDENT_READ)
    pairs = _places_of(work, [person.id for person in people])
    over = kept_all(work, {incident for _person, incident in pairs})
    query = select(Incident.id, Incident.reference).where(Incident.id.in_(over.values()))
    shown = work.db.execute(query.where(published(Incident.batch_id)))
    known = {row.id: row.reference for row in shown}
    said: dict[UUID, set[str]] = {person.id: set() for person in people}
    for person_id, incident_id in pairs:
        if reference := known.get(over[incident_id]):
            said[person_id].add(reference)
    opened = work.read_all(people, "facts", "list")
    return {person.id: (facts, sorted(said[person.id])) for person, facts in zip(people, opened, strict=True)}


def open_person(work: Work, id: UUID) -> Known:
    """A person with the coded facts, and the part they have in each incident."""
    found, incidents = person(work, id)
    facts = work.read_all([found], "facts")[0]
    everyone = together(work, [id], Arrangement.SAME_PERSON)
    return Known(found, facts, [(one, *_part_in(work, everyone, one)) for one in incidents])


def _part_in(work: Work, same: Sequence[UUID], one: Incident) -> tuple[int, list[tuple[Any, Any]]]:
    ids = together(work, [one.id])
    people = [each.id for each, _facts in _people(work, ids)]
    number = min(people.index(id) for id in same if id in people) + 1
    acts = {act.id: facts for act, facts in acts_of(work, ids)}
    links = opened(
        work,
        select(Involvement).where(
            Involvement.person_id.in_(same), Involvement.act_id.in_(acts), Involvement.left_on.is_(None)
        ),
    )
    return number, [(acts[link.act_id], said) for link, said in links]


# -- what is known of one act


def sources_of(work: Work, act: Act) -> list[tuple[Source, Any, Any]]:
    """The sources that speak of an act: each with its facts and what it says."""
    work.actor.must(Permission.INCIDENT_READ)
    said = {
        information.source_id: facts
        for information, facts in opened(work, select(Information).where(Information.act_id == act.id))
    }
    query = select(Source).where(Source.id.in_(said), Source.left_on.is_(None))
    rows = opened(work, query.order_by(Source.id))
    return [(source, facts, said[source.id]) for source, facts in rows]
