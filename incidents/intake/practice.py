"""Practice: a report that somebody learns on. No reviewer's work, no incident, no count, no file comes of it."""

from uuid import UUID

from sqlalchemy import select

from incidents.errors import NotFound
from incidents.intake import report as reports
from incidents.model.audit import AuditEntry
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PRACTICE
from incidents.work import NODE_ACTOR, Compartment, House, Permission, Work

CLEARED = "practice.cleared"  # the note


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
    work.note(CLEARED, report, parts=[str(part.id) for part in parts])
    for row in (*parts, report):
        work.db.delete(row)
    return [part.id for part in parts]


def shred(work: Work, parts: list[UUID]) -> None:
    """Destroy the keys of what was cleared: no copy of the data opens it again."""
    work.vault.keystore.shred([(part, Compartment.INTAKE) for part in parts], "practice cleared")


def finish(house: House) -> int:
    """The keys of what was cleared and not shredded, for the process ended in between. Of how many; may be repeated.

    The signed note says which: whoever writes to the database destroys no key, and none of a row that is there.
    """
    work = house.work(NODE_ACTOR, None)
    work.drop()
    left: list[UUID] = []
    for entry in work.db.scalars(select(AuditEntry).where(AuditEntry.event == CLEARED)).all():
        parts = [UUID(id) for id in entry.detail.get("parts", ())]
        if house.keystore.keys(parts, Compartment.INTAKE.value) and work.is_signed(entry.block):
            there = set(work.db.scalars(select(ReportPart.id).where(ReportPart.id.in_(parts))))
            left += [id for id in parts if id not in there]
    if left:
        shred(work, left)
    work.drop()
    return len(left)
