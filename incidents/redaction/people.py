"""Who is in an incident, and who told a report: ids alone, so that an analyst's session may ask too."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from incidents import search
from incidents.model.incident import Act, Perpetrator
from incidents.model.people import Involvement, Person, Presence
from incidents.model.report import ReportLink, ReportPart
from incidents.model.vocabulary import PartKind
from incidents.search.record import still_told
from incidents.work import Work


def everybody(work: Work, incidents: Iterable[UUID]) -> list[UUID]:
    """Whoever is in one of these, in an act or in none, as long as a report tells of them there."""
    ids = list(incidents)
    told = select(ReportPart.person_id).join(ReportLink, ReportLink.report_id == ReportPart.report_id)
    acting = select(Involvement.person_id).join(Act, Act.id == Involvement.act_id)
    queries = (
        told.where(ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None)),
        acting.where(Act.incident_id.in_(ids), Act.left_on.is_(None), Involvement.left_on.is_(None)),
        select(Presence.person_id).where(Presence.incident_id.in_(ids), still_told()),
    )
    found = {id for query in queries for id in work.db.scalars(query) if id is not None}
    return sorted(work.db.scalars(select(Person.id).where(Person.id.in_(found))))


def versions(work: Work, incidents: Iterable[UUID]) -> dict[str, int]:
    """Of whoever may be named in an incident, the version of their record: with another one, a name may be another."""
    ids = list(incidents)
    rows = (
        select(Person.id, Person.version).where(Person.id.in_(everybody(work, ids))),
        select(Perpetrator.id, Perpetrator.version).where(Perpetrator.incident_id.in_(ids)),
    )
    return {str(row.id): row.version for query in rows for row in work.db.execute(query)}


def tellers(work: Work, reports: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Who told each of these reports. What several told together cannot be told apart."""
    query = (
        select(ReportPart.report_id, ReportPart.person_id)
        .outerjoin(Person, Person.id == ReportPart.person_id)
        .where(ReportPart.report_id.in_(list(reports)), ReportPart.kind == PartKind.TELLER)
        .where(Person.id.is_(None) | Person.teller)  # a reviewer may have found that they did not tell it
    )
    found: dict[UUID, set[UUID]] = {}
    for report, person in work.db.execute(query):
        if person is not None:
            found.setdefault(report, set()).add(person)
    return found


def who_told(work: Work, incidents: Iterable[UUID]) -> set[UUID]:
    """Everybody who told any of these: on whose word of theirs a text rests that is written by hand, nobody can see."""
    return set().union(*tellers(work, _reports_of(work, incidents)).values())


def _reports_of(work: Work, incidents: Iterable[UUID]) -> list[UUID]:
    query = select(ReportLink.report_id).where(
        ReportLink.incident_id.in_(list(incidents)), ReportLink.undone_on.is_(None)
    )
    return sorted(set(work.db.scalars(query)))


def incidents_of(work: Work, reports: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """What each of these reports tells of."""
    query = select(ReportLink.report_id, ReportLink.incident_id).where(
        ReportLink.report_id.in_(list(reports)), ReportLink.undone_on.is_(None)
    )
    found: dict[UUID, set[UUID]] = {}
    for report, incident in work.db.execute(query):
        found.setdefault(report, set()).add(incident)
    return found


def families(work: Work, incidents: Iterable[UUID]) -> Mapping[UUID, list[UUID]]:
    """Each of these with all that is read and counted with it."""
    kept = search.kept_all(work, incidents)
    whole = {id: search.together(work, [id]) for id in set(kept.values())}
    return {id: whole[top] for id, top in kept.items()}
