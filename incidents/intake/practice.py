"""Practice: a report that somebody learns on. No reviewer's work, no incident, no count, no file comes of it."""

from uuid import UUID

from sqlalchemy import select

from incidents.errors import NotFound
from incidents.intake import report as reports
from incidents.model.report import Report
from incidents.model.vocabulary import PRACTICE
from incidents.work import Compartment, Permission, Work


def listed(work: Work, limit: int = 50) -> list[Report]:
    """Everybody's, the oldest first, for who takes reports in."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    query = select(Report).where(Report.channel == PRACTICE).order_by(Report.received_on, Report.id)
    return list(work.db.scalars(query.limit(limit)))


def may_clear(work: Work, report: Report) -> bool:
    """Its writer, and whoever decides on erasures."""
    mine = report.recorded_by == work.actor.id
    return report.channel == PRACTICE and (mine or work.actor.may(Permission.ERASURE_DO))


def clear(work: Work, id: UUID) -> list[UUID]:
    """Take it away with all its parts. Their keys go with `shred`, once this is committed."""
    report = work.db.get(Report, id)
    if report is None or not may_clear(work, report):
        raise NotFound
    parts = reports.parts_of(work, [report])[report.id]
    work.note("practice.cleared", report)
    for row in (*parts, report):
        work.db.delete(row)
    return [part.id for part in parts]


def shred(work: Work, parts: list[UUID]) -> None:
    """Destroy the keys of what was cleared: no copy of the data opens it again."""
    work.vault.keystore.shred([(part, Compartment.INTAKE) for part in parts], "practice cleared")
