"""Who tells of what: asked before something is erased, and once more when it is gone."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from incidents.model.erasure import NAMES, Erasure
from incidents.model.incident import Act
from incidents.model.people import Involvement, Person
from incidents.model.report import ReportLink, ReportPart
from incidents.model.vocabulary import PartKind
from incidents.work import Compartment, Work


def parts_of(work: Work, reports: Iterable[UUID]) -> list[ReportPart]:
    query = select(ReportPart).where(ReportPart.report_id.in_(list(reports)))
    return list(work.db.scalars(query.order_by(ReportPart.report_id, ReportPart.number)))


def told_alone(work: Work, reports: set[UUID], gone: set[UUID]) -> set[UUID]:
    """Of these reports, those whose every teller is gone: the rest of such a report was their word too."""
    tellers = [part for part in parts_of(work, reports) if part.kind == PartKind.TELLER]
    gone = gone | silenced(work, (part.id for part in tellers))
    return reports - {part.report_id for part in tellers if part.id not in gone}


def erased(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    return {id for id, _compartment in work.house.keystore.erased(ids)}


def silenced(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Of these parts and people, those who tell no more. Whose name alone was erased still tells: that is coded."""
    gone = work.house.keystore.erased(ids)
    nameless = _nameless(work) & {id for id, _compartment in gone}
    query = select(ReportPart.id, ReportPart.person_id).where(ReportPart.id.in_(nameless))
    people = {row.id: row.person_id for row in work.db.execute(query)}
    wholly = work.house.keystore.erased(people.values())
    still = {id for id, person in people.items() if (person, Compartment.FACTS.value) not in wholly}
    return {id for id, compartment in gone if compartment != Compartment.IDENTITY.value and id not in still}


def _nameless(work: Work) -> set[UUID]:
    """The parts and people of whom names were erased, and no more."""
    rows = work.db.scalars(select(Erasure.things).where(Erasure.kind == NAMES))
    return {UUID(thing.partition("/")[0]) for things in rows for thing in things}


def told_of_by(work: Work, people: set[UUID]) -> set[UUID]:
    """The incidents that one of these people told of: as a teller in a report, or in the record."""
    by_report = (
        select(ReportLink.incident_id)
        .join(ReportPart, ReportPart.report_id == ReportLink.report_id)
        .where(
            ReportPart.person_id.in_(people),
            ReportPart.kind == PartKind.TELLER,
            ReportLink.undone_on.is_(None),
        )
    )
    by_record = (
        select(Act.incident_id)
        .join(Involvement, Involvement.act_id == Act.id)
        .join(Person, Involvement.person_id == Person.id)
        .where(Person.id.in_(people), Person.teller.is_(True))  # also of acts that were left since
    )
    return {*work.db.scalars(by_report), *work.db.scalars(by_record)}


def silent(work: Work, incidents: set[UUID], gone: set[UUID]) -> set[UUID]:
    """Of these incidents, those that nobody tells of any more once these parts and people are gone."""
    parts = [
        (row.incident_id, row.ReportPart)
        for row in work.db.execute(
            select(ReportLink.incident_id, ReportPart)
            .join(ReportPart, ReportPart.report_id == ReportLink.report_id)
            .where(ReportLink.incident_id.in_(incidents), ReportLink.undone_on.is_(None))
        )
    ]
    in_reports = {part.person_id for _incident, part in parts}
    tellers = [
        (row.incident_id, row.id)
        for row in work.db.execute(
            select(Act.incident_id, Person.id)
            .join(Involvement, Involvement.act_id == Act.id)
            .join(Person, Involvement.person_id == Person.id)
            .where(
                Act.incident_id.in_(incidents),
                Act.left_on.is_(None),
                Involvement.left_on.is_(None),
                Person.teller.is_(True),
            )
        )
        if row.id not in in_reports
    ]
    gone = gone | silenced(
        work, {*(part.id for _incident, part in parts), *(id for _incident, id in tellers)}
    )
    heard = {incident for incident, id in tellers if id not in gone}
    return incidents - heard - _heard_in_reports(parts, gone)


def _heard_in_reports(parts: Sequence[tuple[UUID, ReportPart]], gone: set[UUID]) -> set[UUID]:
    """A report tells while one of its tellers does; one without tellers (something published) while it is there."""
    told_by_people = {part.report_id for _incident, part in parts if part.kind == PartKind.TELLER}
    return {
        incident
        for incident, part in parts
        if part.id not in gone and (part.kind == PartKind.TELLER or part.report_id not in told_by_people)
    }
