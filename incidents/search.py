"""Find and open incidents: listed by the day received, found by reference, read whole.

What a job has not published is found by nobody. A list opens the facts of one page and notes it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, or_, select

from incidents.errors import NotFound
from incidents.model.base import Record
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.report import Report, ReportLink, ReportPart, published
from incidents.model.vocabulary import IncidentState
from incidents.work import Permission, Work

PER_PAGE = 50
MOST_COUNTED = 10_000  # a total above it reads “10,000+”

Mark = tuple[date, UUID]  # a place in a list by received day and id
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Line:
    """An incident of a list, its facts and acts opened; any of them may be Unreadable."""

    incident: Incident
    facts: Any
    acts: list[tuple[Act, Any]]


@dataclass(frozen=True)
class Slice:
    """One page of a list, the newest first, and whether it goes on in either direction."""

    lines: list[Line]
    newer: bool
    older: bool
    total: int


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


@dataclass(frozen=True)
class Known:
    """One person: the coded facts, and the incidents with the number the person has in each."""

    person: Person
    facts: Any
    incidents: list[tuple[Incident, int, list[tuple[Any, Any]]]]  # with act facts, involvement facts


# -- places in a list, as they stand in an address


def mark_of(record: Incident | Act | Report) -> str:
    return f"{record.received_on.isoformat()}.{record.id}"


def read_mark(text: str) -> Mark | None:
    """The place that an address names; nonsense is no place."""
    day, _, id = text.partition(".")
    try:
        return date.fromisoformat(day), UUID(id)
    except ValueError:
        return None


# -- lists


def listed(
    work: Work,
    state: IncidentState | None = None,
    *,
    before: Mark | None = None,
    after: Mark | None = None,
    limit: int = PER_PAGE,
) -> Slice:
    """A page of incidents, the newest first: those before a place, after it, or the first ones."""
    work.actor.must(Permission.INCIDENT_READ)
    query = select(Incident).where(published(Incident.batch_id))
    if state is not None:
        query = query.where(Incident.state == state)
    counted = select(func.count()).select_from(
        query.with_only_columns(Incident.id).limit(MOST_COUNTED + 1).subquery()
    )
    day, id = after or before or (date.min, UUID(int=0))
    if after is not None:
        query = query.where(
            or_(Incident.received_on > day, (Incident.received_on == day) & (Incident.id > id))
        )
        query = query.order_by(Incident.received_on, Incident.id)
    else:
        if before is not None:
            query = query.where(
                or_(Incident.received_on < day, (Incident.received_on == day) & (Incident.id < id))
            )
        query = query.order_by(Incident.received_on.desc(), Incident.id.desc())
    found = list(work.db.scalars(query.limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    rows = found[::-1] if after is not None else found
    newer, older = (more, True) if after is not None else (before is not None, more)
    return Slice(_lines(work, rows), newer, older, work.db.scalar(counted) or 0)


def _lines(work: Work, rows: Sequence[Incident]) -> list[Line]:
    acts = _opened(work, select(Act).where(Act.incident_id.in_([row.id for row in rows])).order_by(Act.id))
    facts = work.read_all(rows, "facts")
    return [
        Line(row, fact, [(act, said) for act, said in acts if act.incident_id == row.id])
        for row, fact in zip(rows, facts, strict=True)
    ]


def _opened(work: Work, query: Any) -> list[tuple[Any, Any]]:
    rows = list(work.db.scalars(query))
    return list(zip(rows, work.read_all(rows, "facts"), strict=True))


def find(work: Work, reference: str) -> Incident:
    """The incident of this reference, however it was typed: spaces and small letters do not matter."""
    work.actor.must(Permission.INCIDENT_READ)
    wanted = "".join(reference.split()).upper()
    query = select(Incident).where(Incident.reference == wanted, published(Incident.batch_id))
    found = work.db.scalars(query).first()
    if found is None:
        raise NotFound
    return found


# -- one incident


def incident(work: Work, id: UUID) -> Incident:
    work.actor.must(Permission.INCIDENT_READ)
    query = select(Incident).where(Incident.id == id, published(Incident.batch_id))
    found = work.db.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def open_incident(work: Work, id: UUID) -> Opened:
    """An incident with its acts, people, perpetrators and sources. Identity stays closed."""
    found = incident(work, id)
    acts = _opened(work, select(Act).where(Act.incident_id == id).order_by(Act.id))
    links = _opened(work, select(Involvement).where(Involvement.act_id.in_([act.id for act, _said in acts])))
    return Opened(
        incident=found,
        facts=work.read_all([found], "facts")[0],
        narrative=work.read_all([found], "narrative")[0],
        summary=work.read_all([found], "summary")[0],
        acts=acts,
        people=_people(work, id),
        involvements=links,
        perpetrators=_opened(work, select(Perpetrator).where(Perpetrator.incident_id == id)),
        sources=_opened(work, select(Source).where(Source.incident_id == id)),
    )


def _people(work: Work, incident_id: UUID) -> list[tuple[Person, Any]]:
    """Who is in an incident, in the order they were told of. Somebody may be in it and in no act."""
    told = (
        select(ReportPart.person_id, ReportPart.number)
        .join(ReportLink, ReportLink.report_id == ReportPart.report_id)
        .where(ReportLink.incident_id == incident_id, ReportLink.undone_on.is_(None))
        .where(ReportPart.person_id.is_not(None))
    )
    order = {row.person_id: row.number for row in work.db.execute(told)}
    acting = select(Involvement.person_id).join(Act, Involvement.act_id == Act.id)
    everyone = {*order, *work.db.scalars(acting.where(Act.incident_id == incident_id))}
    rows = list(work.db.scalars(select(Person).where(Person.id.in_(everyone))))
    rows.sort(key=lambda person: (not person.teller, order.get(person.id, len(order) + 1), person.id))
    return list(zip(rows, work.read_all(rows, "facts"), strict=True))


# -- one person


def person(work: Work, id: UUID) -> tuple[Person, list[Incident]]:
    """A person and the incidents they are part of; one of an unpublished import is not there."""
    work.actor.must(Permission.INCIDENT_READ)
    acting = select(Act.incident_id).join(Involvement, Involvement.act_id == Act.id)
    told = select(ReportLink.incident_id).join(ReportPart, ReportPart.report_id == ReportLink.report_id)
    ids = {
        *work.db.scalars(acting.where(Involvement.person_id == id)),
        *work.db.scalars(told.where(ReportPart.person_id == id, ReportLink.undone_on.is_(None))),
    }
    query = select(Incident).where(Incident.id.in_(ids), published(Incident.batch_id))
    found = list(work.db.scalars(query.order_by(Incident.received_on, Incident.id)))
    if not found:
        raise NotFound
    return work.get(Person, id), found


def open_person(work: Work, id: UUID) -> Known:
    """A person with the coded facts, and the part they have in each incident."""
    found, incidents = person(work, id)
    facts = work.read_all([found], "facts")[0]
    return Known(found, facts, [(one, *_part_in(work, found, one)) for one in incidents])


def _part_in(work: Work, person: Person, one: Incident) -> tuple[int, list[tuple[Any, Any]]]:
    number = [each.id for each, _facts in _people(work, one.id)].index(person.id) + 1
    links = _opened(
        work,
        select(Involvement)
        .join(Act, Involvement.act_id == Act.id)
        .where(Involvement.person_id == person.id, Act.incident_id == one.id),
    )
    acts = dict(_pairs(_opened(work, select(Act).where(Act.incident_id == one.id))))
    return number, [(acts[link.act_id], said) for link, said in links]


def _pairs(acts: Sequence[tuple[Act, Any]]) -> list[tuple[UUID, Any]]:
    return [(act.id, facts) for act, facts in acts]


# -- what is known of one act


def sources_of(work: Work, act: Act) -> list[tuple[Source, Any, Any]]:
    """The sources that speak of an act: each with its facts and what it says."""
    work.actor.must(Permission.INCIDENT_READ)
    said = {
        information.source_id: facts
        for information, facts in _opened(work, select(Information).where(Information.act_id == act.id))
    }
    rows = _opened(work, select(Source).where(Source.id.in_(said)).order_by(Source.id))
    return [(source, facts, said[source.id]) for source, facts in rows]
