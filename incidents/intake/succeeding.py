"""What stands in the place of a report or an act since: what was asked or said about the one holds for the other.

A version that is adopted takes the place of those before it; when an incident is split, an act is left for a new one.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import CTE, select

from incidents.intake import report
from incidents.model.incident import Act
from incidents.model.report import Report
from incidents.work import Work


def with_earlier(work: Work, sent: Iterable[UUID]) -> set[UUID]:
    """A version that was adopted stands in the place of those before it: what was asked about them stays in sight."""
    found = new = set(sent)
    while new:
        earlier = select(Report.supersedes).where(Report.id.in_(new), Report.supersedes.is_not(None))
        new = {id for id in work.db.scalars(earlier) if id} - found
        found |= new
    return found


def stood_for(work: Work, acts: Iterable[UUID]) -> set[UUID]:
    """These acts, and those in whose place they stand since an incident was split."""
    found = new = set(acts)
    while new:
        new = set(work.db.scalars(select(Act.id).where(Act.left_for.in_(new)))) - found
        found = found | new
    return found


def standing(work: Work, act: UUID) -> Act | None:
    """The act that stands for this one by now."""
    found = work.db.get(Act, act)
    while found is not None and found.left_for is not None:
        found = work.db.get(Act, found.left_for)
    return found


def taken_in_as(work: Work, sent: Report) -> UUID | None:
    """The incident of a report, or of the newer version that was adopted in its place."""
    while (incident := report.incident_of(work, sent)) is None:
        newer = select(Report).where(Report.supersedes == sent.id).order_by(Report.received_on, Report.id)
        if (found := work.db.scalars(newer).first()) is None:
            return None
        sent = found
    return incident


def newer() -> CTE:
    """Of every report all the versions after it: `earlier`, `id`."""
    first = select(Report.supersedes.label("earlier"), Report.id).where(Report.supersedes.is_not(None))
    found = first.cte("newer", recursive=True)
    after = select(found.c.earlier, Report.id).join(found, Report.supersedes == found.c.id)
    return found.union(after)


def stands() -> CTE:
    """Of every act that left for another all that stood for it since: `was`, `id`."""
    first = select(Act.id.label("was"), Act.left_for.label("id")).where(Act.left_for.is_not(None))
    found = first.cte("stands", recursive=True)
    after = select(found.c.was, Act.left_for).join(found, Act.id == found.c.id)
    return found.union(after.where(Act.left_for.is_not(None)))
