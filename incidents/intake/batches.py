"""Imports, looked at again: what came in with one, what it was published under, what still waits in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from incidents import jobs
from incidents.errors import NotFound
from incidents.intake import importers
from incidents.model.audit import RecordDigest, first_digest
from incidents.model.consent import Basis
from incidents.model.incident import Act, Incident
from incidents.model.job import Job
from incidents.model.report import Batch, Report
from incidents.model.review import Review
from incidents.model.vocabulary import JobState, Verification
from incidents.work import Permission, Work

MANY = 200  # imports of a list
TO_LIST = frozenset({Permission.IMPORT_DO, Permission.RELEASE_PREPARE})


@dataclass(frozen=True)
class Listed:
    """A published import; `about` may be Unreadable."""

    batch: Batch
    about: Any
    basis: Basis | None


def listed(work: Work, limit: int = MANY, after: tuple[date, UUID] | None = None) -> list[Listed]:
    """The imports that everybody sees, the newest first; those after a place, which is a day and an id."""
    work.actor.must_any(TO_LIST)
    shown = select(Batch).where(Batch.kind == importers.KIND, Batch.published.is_(True))
    if after is not None:
        shown = shown.where(tuple_(Batch.received_on, Batch.id) < after)
    rows = list(work.db.scalars(shown.order_by(Batch.received_on.desc(), Batch.id.desc()).limit(limit)))
    bases = _bases(work, [row.id for row in rows])
    opened = work.read_all(rows, "about")
    return [Listed(row, about, bases.get(row.id)) for row, about in zip(rows, opened, strict=True)]


def one(work: Work, id: UUID) -> Listed:
    """One published import. Another kind of batch, or one that nobody may see yet, is not there."""
    work.actor.must(Permission.IMPORT_DO)
    batch = work.get(Batch, id)
    if batch.kind != importers.KIND or not batch.published:
        raise NotFound
    (about,) = work.read_all([batch], "about")
    return Listed(batch, about, _bases(work, [id]).get(id))


def _bases(work: Work, ids: Iterable[UUID]) -> dict[UUID | None, Basis]:
    rows = work.db.scalars(select(Basis).where(Basis.batch_id.in_(list(ids)), Basis.ended_on.is_(None)))
    return {row.batch_id: row for row in rows}


def begun(work: Work) -> list[Job]:
    """My imports that have not come to their end, the newest first."""
    return [job for job in jobs.own(work) if job.kind == importers.KIND and job.state not in jobs.FINAL]


def job_of(work: Work, batch: Batch) -> Job | None:
    """The job that brought this batch, for the person who started it."""
    if batch.recorded_by != work.actor.id:
        return None
    query = select(Job).where(
        Job.owner == work.actor.id, Job.kind == importers.KIND, Job.state == JobState.DONE
    )
    return next((job for job in work.db.scalars(query) if importers.batch_of(job) == batch.id), None)


def came_in(work: Work, batch: Batch) -> dict[str, int]:
    """How many reports are new in an import, and how many changed: what everybody may know of its rows."""
    new = func.count().filter(Report.edition == 1)
    changed = func.count().filter(Report.edition > 1)
    row = work.db.execute(select(new, changed).where(Report.batch_id == batch.id)).one()
    return {importers.NEW: row[0], importers.CHANGED: row[1]}


def waiting(work: Work, batch: Batch) -> int:
    """How many of its acts nobody has looked at."""
    query = (
        select(func.count(Act.id))
        .join(Incident, Act.incident_id == Incident.id)
        .where(Incident.batch_id == batch.id, Act.verification == Verification.RECEIVED)
        .where(Act.left_on.is_(None))
    )
    return work.db.scalar(query) or 0


def moved(work: Work, batch: Batch) -> tuple[UUID, date] | None:
    """Who moved its acts to credible, and when; the last one, where there were several."""
    query = (
        select(Review.decided_by, Review.decided_on)
        .join(Incident, Review.incident_id == Incident.id)
        .where(Incident.batch_id == batch.id, Review.to_state == Verification.CREDIBLE)
        .where(Review.first_of_two.is_not(True))  # said, not moved
        .outerjoin(RecordDigest, first_digest(Review))
        .order_by(Review.decided_on.desc(), RecordDigest.block.desc(), Review.id)
        .limit(1)
    )
    found = work.db.execute(query).first()
    return (found[0], found[1]) if found else None
