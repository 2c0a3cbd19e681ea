"""The rows of a cancelled job: nobody saw them, and nobody will."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from incidents.errors import MoveNotAllowed
from incidents.model.base import Record, compartments
from incidents.model.consent import Basis, ConsentEvent, Withdrawal
from incidents.model.facet import Facet
from incidents.model.follow_up import Intervention
from incidents.model.incident import Act, Incident, IncidentLink, Information, Perpetrator, Source
from incidents.model.people import Involvement, Person, Presence
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import Batch, Interview, Report, ReportLink, ReportPart
from incidents.work import NODE_ACTOR, House, Work, begin, keys

R = TypeVar("R", bound=Record)
CHUNK = 25  # reports in one commit: a few hundred rows


def discard_batch(house: House, batch_id: UUID) -> int:
    """Destroy the keys of an unpublished batch and delete its rows, chunk by chunk; how many reports.

    It needs no key, and may be cut and repeated: what is left is found again by looking.
    """
    swept = 0
    while (chunk := _discard_some(house, batch_id)) > 0:
        swept += chunk
    with begin(house, NODE_ACTOR, None) as work:
        batch = _unpublished(work, batch_id)
        if batch is not None:
            _delete(work, [batch, *work.db.scalars(select(Basis).where(Basis.batch_id == batch_id))])
            work.note("batch.discarded", batch, count=swept)
    return swept


def _unpublished(work: Work, batch_id: UUID) -> Batch | None:
    batch = work.db.get(Batch, batch_id, populate_existing=True)
    if batch is not None and batch.published:
        raise MoveNotAllowed
    return batch


def _discard_some(house: House, batch_id: UUID) -> int:
    with begin(house, NODE_ACTOR, None) as work:
        if _unpublished(work, batch_id) is None:
            return 0
        query = select(Report).where(Report.batch_id == batch_id).order_by(Report.id).limit(CHUNK)
        reports = list(work.db.scalars(query))
        alone = [] if reports else _alone(work, batch_id)
        if reports or alone:
            _delete(work, [*reports, *_hanging_on(work, reports, alone, batch_id)])
            work.note("batch.swept", count=len(reports))
        return len(reports) or len(alone)


def _alone(work: Work, batch_id: UUID) -> list[UUID]:
    """Incidents that no report of the batch tells of, as an export may hold them: their report was erased."""
    query = select(Incident.id).where(Incident.batch_id == batch_id).order_by(Incident.id).limit(CHUNK)
    return list(work.db.scalars(query))


def _hanging_on(
    work: Work, reports: Sequence[Report], alone: Sequence[UUID], batch_id: UUID
) -> Iterator[Record]:
    """What these reports brought: their parts, and the incidents of the same batch with all that is theirs."""
    links = _rows(work, ReportLink, ReportLink.report_id, reports)
    ids = [*alone, *(link.incident_id for link in links)]
    incidents = list(
        work.db.scalars(select(Incident).where(Incident.id.in_(ids), Incident.batch_id == batch_id))
    )
    acts = _rows(work, Act, Act.incident_id, incidents)
    work.beside(Facet, (), Facet.incident_id.in_([incident.id for incident in incidents]))
    involved = _rows(work, Involvement, Involvement.act_id, acts)
    parts = _rows(work, ReportPart, ReportPart.report_id, reports)
    ids = [*{*(link.person_id for link in involved), *(part.person_id for part in parts if part.person_id)}]
    people = list(work.db.scalars(select(Person).where(Person.id.in_(ids))))
    yield from (*links, *incidents, *acts, *involved, *people, *parts)
    yield from _rows(work, Presence, Presence.incident_id, incidents)
    yield from _rows(work, Interview, Interview.report_id, reports)
    yield from _rows(work, ConsentEvent, ConsentEvent.person_id, people)
    yield from _rows(work, Withdrawal, Withdrawal.person_id, people)
    for kind in (Information, Perpetrator, Source, IncidentLink, Intervention):
        yield from _rows(work, kind, kind.incident_id, incidents)
    yield from _joined(work, [*incidents, *people])


def _joined(work: Work, rows: Sequence[Record]) -> list[Rearrangement]:
    """What was joined or taken apart of these, which an export of one's own brings along."""
    ids = [row.id for row in rows]
    ends = Rearrangement.kept_id.in_(ids) | Rearrangement.gone_id.in_(ids)
    return list(work.db.scalars(select(Rearrangement).where(ends)))


def _rows(work: Work, kind: type[R], parent: InstrumentedAttribute[UUID], of: Sequence[Record]) -> list[R]:
    """The children of these rows."""
    return list(work.db.scalars(select(kind).where(parent.in_([row.id for row in of]))))


def _delete(work: Work, rows: Iterable[Record]) -> None:
    """Keys first: were it cut here, the rows would be found again and nothing in them opens."""
    rows = list(rows)
    things = {(row.thing_id, compartment) for row in rows for compartment in compartments(type(row)).values()}
    keys.discard(work.house.keystore, sorted(things))
    for row in rows:
        work.db.delete(row)
