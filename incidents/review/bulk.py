"""One import moved to *credible* by a second person, with one written reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import func, select

from incidents import jobs
from incidents.errors import NotFound, ReasonsNeeded, SecondPersonNeeded
from incidents.model.incident import Act, Incident
from incidents.model.job import Job
from incidents.model.report import Batch
from incidents.model.vocabulary import Verification
from incidents.review.many import noted
from incidents.review.moves import SHORTEST_REASON, move_all, waiting_for_a_second
from incidents.work import Permission, Work

V = Verification
BULK = "bulk-move"  # the job kind


@dataclass(frozen=True, slots=True)
class Moved:
    """How many acts moved, of how many a first word was said, and after which act it goes on."""

    moved: int
    first: int
    last: UUID


def of_batch(work: Work, batch_id: UUID, limit: int = 500, after: UUID | None = None) -> Sequence[Act]:
    """The next acts of one import that nobody decided on: what a bulk move takes chunk by chunk."""
    query = (
        select(Act)
        .join(Incident, Act.incident_id == Incident.id)
        .where(Incident.batch_id == batch_id, Act.verification == V.RECEIVED, Act.left_on.is_(None))
        .order_by(Act.id)
        .limit(limit)
    )
    return work.db.scalars(query if after is None else query.where(Act.id > after)).all()


def move_batch(
    work: Work, batch_id: UUID, reasons: str, limit: int = 500, after: UUID | None = None
) -> Moved | None:
    """The next acts of one import to *credible*, by a second person, with one written reason; none: it is done."""
    batch = work.db.get(Batch, batch_id)
    if batch is None or not batch.published:
        raise NotFound
    acts = of_batch(work, batch_id, limit, after)
    if not acts:
        return None
    work.vault.prepare(acts)
    words, imported = waiting_for_a_second(work, acts), [str(batch.recorded_by)]
    mine = {id for id, said_by in words.items() if said_by == {work.actor.id}}  # they wait for somebody else
    # What somebody added or edited since is not what the table said: it is looked at by itself.
    as_it_came = [act for act in acts if act.id not in mine and act.submitted_by == imported]
    said = move_all(work, as_it_came, V.CREDIBLE, reasons)
    moved = [each for each in said if not each.first_of_two]
    noted(work, moved, to=V.CREDIBLE.value)
    return Moved(len(moved), len(said) - len(moved), acts[-1].id)


def start_bulk(work: Work, batch: Batch, reasons: str) -> Job:
    """All acts of one import at once, by somebody else than who brought it. Thousands of acts: it is long work."""
    work.actor.must(Permission.REVIEW_DECIDE)
    reasons = reasons.strip()
    if batch.recorded_by == work.actor.id:
        raise SecondPersonNeeded
    if len(reasons) < SHORTEST_REASON:
        raise ReasonsNeeded
    return jobs.start(work, BULK, {"batch": str(batch.id)}, {"reasons": reasons})


class Step(Protocol):
    """What a running job gives; see incidents.jobs."""

    work: Work

    @property
    def arguments(self) -> dict[str, Any]: ...

    @property
    def input(self) -> Any: ...

    def chunk(self, done: int, total: int) -> None: ...


def run_bulk(step: Step) -> dict[str, int]:
    """The job of a bulk move: `arguments` name the batch, the input holds the reason."""
    batch_id, reasons = UUID(step.arguments["batch"]), step.input["reasons"]
    waiting = step.work.db.scalar(
        select(func.count(Act.id))
        .join(Incident, Act.incident_id == Incident.id)
        .where(Incident.batch_id == batch_id, Act.verification == V.RECEIVED, Act.left_on.is_(None))
    )
    moved, first, after = 0, 0, None
    while (chunk := move_batch(step.work, batch_id, reasons, after=after)) is not None:
        moved, first, after = moved + chunk.moved, first + chunk.first, chunk.last
        step.chunk(moved + first, waiting or moved + first)
    return {"moved": moved, "first": first}
