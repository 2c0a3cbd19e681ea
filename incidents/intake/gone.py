"""Rows that an earlier file of a source had and this one has not: they are listed, and nothing is deleted for it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from incidents.intake.mapping import Mapping
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import ReportState
from incidents.work import Unreadable, Work

SHORT = 16  # bytes of a source key's hash that are remembered: a million rows fit in memory
KIND = "import"


class Gone:
    """Remembers the rows of a file while it is read; where the source is new there is nothing to remember."""

    def __init__(self, work: Work, mapping: Mapping, batch_id: UUID | None) -> None:
        self._batches = _earlier(work, mapping, batch_id)
        self._seen: set[bytes] = set()

    def saw(self, keys: Iterable[bytes]) -> None:
        if self._batches:
            self._seen.update(key[:SHORT] for key in keys)

    def listed(self, work: Work) -> list[str]:
        """The references of the reports whose rows are gone: of each row its newest version, unless it was erased."""
        if not self._batches:
            return []
        newer = aliased(Report)
        query = (
            select(Report.source_key, Report.reference)
            .outerjoin(newer, newer.supersedes == Report.id)
            .where(
                Report.batch_id.in_(self._batches),
                Report.source_key.is_not(None),
                Report.state.not_in([ReportState.ERASED, ReportState.SUPERSEDED]),
                newer.id.is_(None),
            )
            .order_by(Report.id)
        )
        rows = work.db.execute(query).yield_per(1000)
        return sorted(row.reference for row in rows if row.source_key[:SHORT] not in self._seen)


def _earlier(work: Work, mapping: Mapping, batch_id: UUID | None) -> list[UUID]:
    """Published imports of this source; of those from before its label was kept, those by a mapping of this name."""
    query = select(Batch).where(Batch.kind == KIND, Batch.published.is_(True))
    rows = [row for row in work.db.scalars(query) if row.id != batch_id]
    found = []
    for row, about in zip(rows, work.read_all(rows, "about", "import"), strict=True):
        if not isinstance(about, Unreadable) and about:
            same = about.get("source", "") == mapping.source.label
            found += [row.id] if same or ("source" not in about and about["mapping"] == mapping.name) else []
    return found
