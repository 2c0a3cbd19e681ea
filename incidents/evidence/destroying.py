"""What an erasure does to evidence once the keys are gone: the rows say so, the sealed bytes are taken away."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from incidents.evidence import custody, store
from incidents.model.evidence import Evidence, EvidenceState
from incidents.work import Work


def sweep(work: Work, gone: Iterable[UUID], by: UUID) -> int:
    """Of these things, the ones that were evidence. Needs no key; may be repeated."""
    query = select(Evidence).where(Evidence.id.in_(list(gone)), Evidence.state != EvidenceState.DESTROYED)
    rows = list(work.db.scalars(query))
    for item in rows:
        store.of(work.house).drop_all(str(item.id))
        item.state = EvidenceState.DESTROYED
        work.stop(item)
        custody.ended(work, item, by)
        work.note("evidence.destroyed", item)
    return len(rows)


def of_reports(work: Work, reports: Iterable[UUID]) -> list[UUID]:
    """The evidence that came with these reports."""
    return list(work.db.scalars(select(Evidence.id).where(Evidence.report_id.in_(list(reports)))))
