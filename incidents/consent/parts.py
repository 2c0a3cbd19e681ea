"""The part that somebody played: who told of them, how they are, whether they were in danger. Codes alone."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import reading
from incidents.consent.bases import DEAD, HELD, MISSING
from incidents.consent.ledger import chunks
from incidents.model.base import Record
from incidents.model.incident import Act
from incidents.model.people import Involvement, Person
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PartKind
from incidents.work import Unreadable, Work

DIED, NOT_FOUND, STILL_HELD = "DEA", "MIS", "HEL"
HARMED = "DIR"
OF_LINK, OF_ACT = ("person_id", "act_id"), ("incident_id",)  # what is read of either


@dataclass(frozen=True)
class Played:
    """Of some people: how they are, as their acts tell it; who told of them; when they were in danger."""

    states: Mapping[UUID, str]
    danger: Mapping[UUID, tuple[date, ...]]  # the days on which a report said so
    incidents: Mapping[UUID, set[UUID]] = field(repr=False)
    tellers: Mapping[UUID, set[UUID]] = field(repr=False)  # incident or report → who told of it
    reports: Mapping[UUID, set[UUID]] = field(repr=False)

    def tellers_of(self, person: UUID) -> set[UUID]:
        """Whoever told of something that they were in; not they themselves."""
        places = self.incidents.get(person, set()) | self.reports.get(person, set())
        return set().union(*(self.tellers.get(place, set()) for place in places)) - {person}

    def and_of(self, others: "Played") -> "Played":
        """Of these people and of some more."""
        return Played(
            {**self.states, **others.states},
            {**self.danger, **others.danger},
            {**self.incidents, **others.incidents},
            {**self.tellers, **others.tellers},
            {**self.reports, **others.reports},
        )


NOTHING = Played({}, {}, {}, {}, {})


def of(work: Work, people: Mapping[UUID, Person]) -> Played:
    incidents: dict[UUID, set[UUID]] = defaultdict(set)
    reports: dict[UUID, set[UUID]] = defaultdict(set)
    danger: dict[UUID, list[date]] = defaultdict(list)
    tellers: dict[UUID, set[UUID]] = defaultdict(set)
    states: dict[UUID, str] = {}
    for chunk in chunks(sorted(people)):
        _involved(work, chunk, people, incidents, states)
        _reported(work, chunk, reports, danger)
    _told(work, sorted(set().union(*incidents.values(), set())), tellers)
    _told_in_reports(work, sorted(set().union(*reports.values(), set())), tellers)
    dangers = {person: tuple(days) for person, days in danger.items()}
    return Played(states, dangers, incidents, tellers, reports)


def _involved(
    work: Work,
    ids: list[UUID],
    people: Mapping[UUID, Person],
    incidents: dict[UUID, set[UUID]],
    states: dict[UUID, str],
) -> None:
    """The acts that they were in; what became of them there."""
    counts = Involvement.left_on.is_(None)
    links = reading.rows(work, select(Involvement).where(Involvement.person_id.in_(ids), counts), OF_LINK)
    there = select(Act).where(Act.left_on.is_(None))
    acts = reading.rows_of(work, there, OF_ACT, Act.id, {link.act_id for link in links})
    known = {act.id: act for act in acts}
    pairs = [(link, known[link.act_id]) for link in links if link.act_id in known]
    said = _facts_by_id(work, Involvement, [link for link, _act in pairs])
    done = _facts_by_id(work, Act, acts)
    for link, act in pairs:
        incidents[link.person_id].add(act.incident_id)
        state = _state(said[link.id], done[act.id], teller=people[link.person_id].teller)
        if state is not None and states.get(link.person_id) != DEAD:
            states[link.person_id] = state


def _facts_by_id(work: Work, kind: type[Record], rows: list[Any]) -> dict[UUID, Any]:
    return dict(zip((row.id for row in rows), reading.facts(work, kind, rows, "consent"), strict=True))


def _state(link: Any, act: Any, *, teller: bool) -> str | None:
    """Died or not found: as it is told of this person. Still held: of whoever was taken and did not tell it."""
    outcomes = () if isinstance(link, Unreadable) else link.get("outcome") or ()
    if DIED in outcomes:
        return DEAD
    if NOT_FOUND in outcomes:
        return MISSING
    harmed = isinstance(link, Unreadable) or link.get("part", HARMED) == HARMED
    release = "" if isinstance(act, Unreadable) else (act.get("kidnapping") or {}).get("release")
    return HELD if harmed and not teller and release == STILL_HELD else None


def _reported(
    work: Work, ids: list[UUID], reports: dict[UUID, set[UUID]], danger: dict[UUID, list[date]]
) -> None:
    query = (
        select(ReportPart.person_id, Report.id, Report.danger, Report.received_on)
        .join(Report, ReportPart.report_id == Report.id)
        .where(ReportPart.person_id.in_(ids))
    )
    for row in work.db.execute(query):
        reports[row.person_id].add(row.id)
        if row.danger != "no":
            danger[row.person_id].append(row.received_on)


def _told(work: Work, incidents: list[UUID], tellers: dict[UUID, set[UUID]]) -> None:
    for chunk in chunks(incidents):
        query = (
            select(Act.incident_id, Involvement.person_id)
            .join(Involvement, Involvement.act_id == Act.id)
            .join(Person, Involvement.person_id == Person.id)
            .where(
                Act.incident_id.in_(chunk),
                Act.left_on.is_(None),
                Involvement.left_on.is_(None),
                Person.teller.is_(True),
            )
        )
        for incident, person in work.db.execute(query):
            tellers[incident].add(person)


def _told_in_reports(work: Work, reports: list[UUID], tellers: dict[UUID, set[UUID]]) -> None:
    for chunk in chunks(reports):
        query = (
            select(ReportPart.report_id, ReportPart.person_id)
            .outerjoin(Person, Person.id == ReportPart.person_id)
            .where(
                ReportPart.report_id.in_(chunk),
                ReportPart.kind == PartKind.TELLER,
                Person.id.is_(None) | Person.teller,  # a reviewer may have found that they did not tell it
            )
        )
        for report, person in work.db.execute(query):
            if person is not None:
                tellers[report].add(person)
