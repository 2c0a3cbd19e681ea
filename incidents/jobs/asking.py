"""What the owner of a job does: start it, look at it, end it, and bring its keys again."""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from incidents.errors import JobNotReady, NoKey, NotFound, TrailBroken
from incidents.jobs.owning import MANDATE, begun_by
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.work import Compartment, House, Permission, Work, keys

SLACK = timedelta(minutes=5)  # a block that was begun under a mandate is signed under it
EXPIRES = timedelta(days=1)  # after that nobody decides on a preview any more
GOING = (JobState.WAITING, JobState.RUNNING)  # with its keys
FINAL = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


def _nothing(_house: House, _job: Job) -> None:
    """Most kinds leave nothing behind."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be done. `run` takes a Step, may be repeated from its start at any time, and gives JSON.

    `clean_up` follows a cancel: it has no keys, and may be repeated too.
    """

    name: str
    compartments: frozenset[Compartment]  # the seeds that it is lent; `facts` at least, for what comes of it
    run: Callable[[Any], Any]
    clean_up: Callable[[House, Job], None] = _nothing


registry: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    registry[kind.name] = kind


def start(work: Work, kind: str, arguments: dict[str, Any], input: Any = None) -> Job:  # noqa: A002  the column's name
    """Have something done: the row, the owner's signed mandate, and the keys for it.

    The keys are lent before the row is committed. A cut in between leaves keys that no
    row asks for and that end by themselves; the other way round, a quick worker would
    find a row without keys and send its owner away.

    Asked for again while it goes on, or waits for its owner's keys, it is that one: the same member, through the same
    token or none, the same kind, arguments and input. Of two at the same moment one is begun, and the other is a
    Conflict at its commit.
    """
    work.actor.must(Permission.JOB_OWN)
    wanted = (kind, arguments, input)
    if (going_on := _same(work, *wanted)) is not None:
        work.vouched([going_on])
        return going_on
    left = _same(work, *wanted, states=(JobState.NEEDS_OWNER,))
    if left is not None and _can_lend(work, left):  # or the next sign-in would wake it beside the new one
        _lend(work, left)
        return left
    job = new(work, *wanted)
    _mandate(work, job)
    work.only_if(lambda: _same(work, *wanted, beside=job.id) is None)
    return job


def _same(
    work: Work,
    kind: str,
    arguments: dict[str, Any],
    given: Any,
    *,
    beside: UUID | None = None,
    states: Collection[JobState] = GOING,
) -> Job | None:
    """One's own that goes on with the same. What a token began ends with it, and may no more than it: it is another."""
    query = select(Job).where(
        Job.owner == work.actor.id,
        Job.kind == kind,
        Job.state.in_(states),
        Job.cancel_asked.is_(False),
        Job.token == work.actor.token,
        Job.id != beside,
    )
    found = work.db.scalars(query.order_by(Job.made_at, Job.id).execution_options(populate_existing=True))
    of_these = (job for job in found if job.arguments == arguments)
    return next((job for job in of_these if work.vault.view(job, "input") == given), None)


def propose(work: Work, kind: str, arguments: dict[str, Any], input: Any = None) -> Job:  # noqa: A002  the column's name
    """Keep, sealed, what a job would be made from, until its owner says yes or no; a day at the longest."""
    work.actor.must(Permission.JOB_OWN)
    for old in work.db.scalars(expired(work).where(Job.owner == work.actor.id)):
        _cancel(work, old)
    job = new(work, kind, arguments, input)
    job.state = JobState.PROPOSED
    work.note("job.proposed", job, kind=kind)
    return job


def expired(work: Work) -> Select[Job]:
    """Previews that nobody decided on."""
    return select(Job).where(Job.state == JobState.PROPOSED, Job.made_at < work.now() - EXPIRES)


def go(work: Work, job: Job) -> None:
    """The owner's yes: from now on it is as if it had been started."""
    if one(work, job.id).state != JobState.PROPOSED:
        raise JobNotReady
    work.vouched([job])
    job.state = JobState.WAITING
    _mandate(work, job)


def new(work: Work, kind: str, arguments: dict[str, Any], given: Any) -> Job:
    """A row that waits; nobody has signed for it yet."""
    job = Job(
        kind=registry[kind].name,
        state=JobState.WAITING,
        owner=work.actor.id,
        arguments=arguments,
        made_at=work.now(),
        done=0,
        total=0,
        cancel_asked=False,
        token=work.actor.token,
        scope=None if work.actor.scope is None else sorted(work.actor.scope),
    )
    if given is not None:
        work.seal(job, input=given)
    return work.add(job)


def _mandate(work: Work, job: Job) -> None:
    """What the owner's session signs: this job, these arguments, this worker, until then."""
    if work.vault.ring is None:
        raise NoKey
    worker = work.house.sessions.worker().public
    wanted = registry[job.kind].compartments
    until = keys.lend(work.house.keystore, work.vault.ring, worker, job.id, wanted)
    said = json.dumps(job.arguments, sort_keys=True, separators=(",", ":"))
    work.note(
        MANDATE,
        job,
        job=str(job.id),
        kind=job.kind,
        digest=hashlib.sha256(said.encode()).hexdigest(),
        worker=worker.kid.hex(),
        sign=worker.sign.hex(),
        until=(datetime.fromtimestamp(until, UTC) + SLACK).isoformat(),
    )


def lend_again(work: Work) -> int:
    """At a sign-in: the jobs of this person that wait for keys get them. How many."""
    if not work.actor.may(Permission.JOB_OWN):
        return 0
    query = select(Job).where(Job.owner == work.actor.id, Job.state == JobState.NEEDS_OWNER)
    able = [job for job in work.db.scalars(query) if _can_lend(work, job)]
    for job in able:
        _lend(work, job)
    return len(able)


def _lend(work: Work, job: Job) -> None:
    _mandate(work, job)
    job.state, job.problem = JobState.WAITING, None


def _can_lend(work: Work, job: Job) -> bool:
    """The keys are there, and the row is what was signed: nobody put other arguments under a mandate.

    What a token began that was ended since does not go on under its member's own keys.
    """
    kind = registry.get(job.kind)
    if kind is None or not all(work.vault.holds(compartment) for compartment in kind.compartments):
        return False
    token = begun_by(work.db, job)
    if token is not None and token.ended_at is not None:
        return False
    try:
        work.vouched([job])
    except TrailBroken:  # `audit verify` names it; a sign-in is not the place to stop for it
        return False
    return True


def own(work: Work, limit: int = 50) -> list[Job]:
    """One's own jobs, the newest first."""
    work.actor.must(Permission.JOB_OWN)
    query = select(Job).where(Job.owner == work.actor.id).order_by(Job.made_at.desc(), Job.id).limit(limit)
    return list(work.db.scalars(query))


def going(work: Work, kind: str) -> Job | None:
    """One's own job of a kind that has not ended."""
    return next((job for job in own(work) if job.kind == kind and job.state not in FINAL), None)


def one(work: Work, id: UUID) -> Job:
    """One's own job. Another's, and one that is not there, are the same refusal."""
    work.actor.must(Permission.JOB_OWN)
    job = work.get(Job, id)
    if job.owner != work.actor.id:
        raise NotFound
    return job


def result(work: Work, job: Job) -> Any:
    """What came of it, for its owner."""
    if one(work, job.id).state != JobState.DONE:
        raise JobNotReady
    return work.read(job, "result")


def cancel(work: Work, job: Job) -> None:
    """End it: at once where nothing was begun, else after the chunk that is being written."""
    if one(work, job.id).state in FINAL:
        raise JobNotReady
    _cancel(work, job)


def cancel_all(work: Work, owner: UUID) -> None:
    """Whoever leaves, leaves no work behind that goes on in their name."""
    work.actor.must(Permission.MEMBER_GRANT)
    for job in work.db.scalars(select(Job).where(Job.owner == owner, Job.state.not_in(FINAL))):
        try:
            work.vouched([job])
        except TrailBroken:  # no worker runs such a row, so it is left as it is: it is the evidence
            keys.take_back(work.house.keystore, job.id)
        else:
            _cancel(work, job)


def _cancel(work: Work, job: Job) -> None:
    job.cancel_asked = True
    if job.leased_until is None:
        close(job, JobState.CANCELLED, None)
    elif job.state == JobState.NEEDS_OWNER:
        job.state = JobState.WAITING  # cleaning up needs no keys
    work.note("job.cancel-asked", job)
    keys.take_back(work.house.keystore, job.id)


def close(job: Job, state: JobState, problem: str | None) -> None:
    """An end. What the job was made from is not needed any more, and is not kept."""
    job.state, job.problem, job.input = state, problem, None
    job.leased_until = None
