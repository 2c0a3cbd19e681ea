"""What a process does that carries jobs out.

It holds a lease on the row and commits chunk by chunk, each chunk in one transaction
with the row: so the row's version is a fence, and of two workers one goes on and the
other notices. Killed, a job is claimed again after its lease and goes on after its last chunk.
"""

import gc
import logging
import signal
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import InterfaceError, OperationalError

from incidents.errors import Conflict, JobNotReady, NoKey, Problem, TrailBroken
from incidents.jobs.answers import drop_old
from incidents.jobs.asking import FINAL, Kind, close, expired, new, registry
from incidents.jobs.owning import acting, given, must_be_in_force
from incidents.model.account import User
from incidents.model.audit import AuditEntry
from incidents.model.job import Job
from incidents.model.vocabulary import AccountState, JobState
from incidents.work import NODE_ACTOR, Actor, Compartment, House, Permission, Ring, Work, keys

LEASE = timedelta(seconds=60)
TRIES = 5  # in a row without a chunk, against people who change the same records
POLL = 1.0  # seconds
TIDY = 300  # polls
REFUSED = "job.refused"
EXPIRED = "expired"
NO_DATABASE = (OperationalError, InterfaceError)  # gone, locked or full: it comes back

_log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Its owner wants it to end: what was committed is cleaned up by the kind."""


class Lost(Exception):
    """Somebody else goes on with the job; what was done here since its last chunk is dropped."""


class Stopped(Exception):
    """The process is asked to end; the next one goes on."""


def _silent(*_said: object) -> None:
    """Nobody watches."""


@dataclass
class Step:
    """What a running kind is given: a Work for its owner, and the one way to commit."""

    house: House
    actor: Actor
    ring: Ring = field(repr=False)
    job: Job
    until: datetime | None = None  # the end of the loan; none: the owner is here in person
    told: Callable[[int, int], None] = _silent
    stopping: Callable[[], bool] = bool
    heard: Callable[[str, int, int], None] = _silent  # the stages of a look that lasts
    work: Work = field(init=False)
    version: int = field(init=False)  # of the row as it was last written here: the fence
    chunks: int = field(default=0, init=False)  # that were committed here; a word of how far it is is none

    def __post_init__(self) -> None:
        self.version = self.job.version
        self.again()

    @property
    def arguments(self) -> dict[str, Any]:
        return self.job.arguments

    @property
    def input(self) -> Any:
        return given(self.work, self.job)

    def chunk(self, done: int, total: int) -> None:
        """Commit what was done so far, say how far it is, renew the lease; a new Work afterwards."""
        self._must_be_allowed()
        self.job.done, self.job.total = done, total
        self.job.leased_until = self.house.now() + LEASE
        self._commit()
        self.chunks += 1
        self.told(done, total)
        self.again()
        if self.stopping():
            raise Stopped

    def finish(self, answer: Any) -> None:
        """The last commit: what was done since the last chunk, and what came of it all."""
        self._must_be_allowed()
        self.work.seal(self.job, result=answer)
        close(self.job, JobState.DONE, None)
        self.work.note("job.done", self.job, count=self.job.done)
        self._commit()
        keys.take_back(self.house.keystore, self.job.id)
        _forget_input(self.house, [self.job.id])

    def again(self) -> None:
        """A Work that has read nothing yet: what others changed meanwhile is seen.

        Also after a conflict: it raises what ends this run, and returns where it may be repeated.
        """
        self.work = self.house.work(self.actor, self.ring)
        self.work.drop()
        self.work.db.expire_all()
        self._must_be_ours()

    def _must_be_ours(self) -> None:
        if self.job.version != self.version:
            raise Cancelled if self.job.cancel_asked and self.job.state == JobState.RUNNING else Lost

    def must_be_current(self) -> None:
        """A member left meanwhile and the compartments were renewed: what was lent is of no use any more."""
        self.ring.newest.clear()
        if self.until is not None and keys.outdated(self.house.keystore, self.ring):
            raise NoKey

    def _must_be_allowed(self) -> None:
        self._must_be_ours()
        if self.until is not None and self.house.now() > self.until:
            raise NoKey  # a block signed after the mandate would not hold
        must_be_in_force(self.house, self.job)

    def _commit(self) -> None:
        self.work.commit()
        self.version = self.job.version


# -- in a command's own process


def run_here(  # noqa: PLR0913, PLR0917  who, what, and how it is watched
    house: House,
    actor: Actor,
    ring: Ring,
    kind: str,
    arguments: dict[str, Any],
    input: Any = None,  # noqa: A002  the column's name
    told: Callable[[int, int], None] = _silent,
    heard: Callable[[str, int, int], None] = _silent,
) -> Any:
    """Do it in this process, with this session's own keys. What came of it.

    The same command again goes on with the same row, also while its lease lasts: a person
    asks for it, and whoever held the row notices at its next chunk.
    """
    actor.must(Permission.JOB_OWN)
    job = _taken(house.work(actor, ring), kind, arguments, input)
    gc.freeze()  # as in the worker
    try:
        return _carry_out(Step(house, actor, ring, job, told=told, heard=heard), registry[kind])
    except Cancelled:
        raise JobNotReady from None
    except Lost:
        raise Conflict from None
    finally:
        gc.unfreeze()


def _taken(work: Work, kind: str, arguments: dict[str, Any], given: Any) -> Job:
    """The row, ours from now on: a worker that wrote a chunk in this moment is asked once more."""
    for _try in range(TRIES):
        job = _begun_before(work, kind, arguments, given) or new(work, kind, arguments, given)
        _claimed(work, job)
        with suppress(Conflict):
            work.commit()
            return job
    raise Conflict


def _begun_before(work: Work, kind: str, arguments: dict[str, Any], given: Any) -> Job | None:
    """One's own unfinished job of the same arguments and the same input."""
    query = (
        select(Job)
        .where(
            Job.owner == work.actor.id, Job.kind == kind, Job.state.not_in(FINAL), Job.cancel_asked.is_(False)
        )
        .order_by(Job.made_at, Job.id)
    )
    for job in work.db.scalars(query.execution_options(populate_existing=True)):
        if job.arguments == arguments and work.vault.view(job, "input") == given:
            work.vouched([job])
            return job
    return None


# -- in the worker


def run_waiting(house: House, stopping: Callable[[], bool] = bool) -> bool:
    """Claim one job and carry it as far as it goes; False if there was none to claim."""
    job = _claim(house)
    if job is None:
        return False
    kind = registry.get(job.kind)
    if kind is None:
        _end(house, job, job.version, JobState.FAILED, "unknown-kind")
        return True
    try:
        step = _step(house, job, stopping)
    except Cancelled:
        _clean_up(house, job, kind)
    except NoKey:
        _end(house, job, job.version, JobState.NEEDS_OWNER, NoKey.code)
    except Lost:
        house.db().rollback()
    else:
        _carry_on(step, kind)
    return True


def _carry_on(step: Step, kind: Kind) -> None:
    try:
        _carry_out(step, kind)
    except NO_DATABASE:
        raise
    except Exception as why:  # noqa: BLE001  it stands in the row by now, and the next job is not to blame
        _log.info("job %s ended: %s", step.job.id, type(why).__name__)


def _claim(house: House) -> Job | None:
    """One row that waits, or whose lease ended; two workers that reach for it: one gets it."""
    work = house.work(NODE_ACTOR, None)
    work.drop()
    for job in _claimable(work) if house.node else ():
        try:
            work.vouched([job])
            _claimed(work, job)
            work.commit()
        except Conflict:
            continue
        except TrailBroken:
            _refuse(work, job)
        else:
            return job
    work.drop()
    return None


def _claimable(work: Work) -> list[Job]:
    ended = (Job.state == JobState.RUNNING) & (Job.leased_until < work.now())
    refused = select(AuditEntry.about_id).where(AuditEntry.event == REFUSED, AuditEntry.about_id.is_not(None))
    query = (
        select(Job)
        .where(or_(Job.state == JobState.WAITING, ended), Job.id.not_in(refused))
        .order_by(Job.made_at, Job.id)
        .limit(10)
    )
    return list(work.db.scalars(query.execution_options(populate_existing=True)))


def _claimed(work: Work, job: Job) -> None:
    job.state, job.problem, job.leased_until = JobState.RUNNING, None, work.now() + LEASE
    work.note("job.claimed", job)


def _refuse(work: Work, job: Job) -> None:
    """A row that no signed block knows is not run. It is left as it is: it is the evidence."""
    work.drop()
    work.note(REFUSED, job, code=TrailBroken.code)
    work.commit()


def _step(house: House, job: Job, stopping: Callable[[], bool]) -> Step:
    """The owner as they are now, and what they lent. NoKey: they have to come; Cancelled: they may not any more."""
    owner = house.db().get(User, job.owner, populate_existing=True)
    if job.cancel_asked or owner is None or owner.state == AccountState.REMOVED:
        raise Cancelled
    until = keys.lent(house.keystore).get(job.id)
    if owner.state != AccountState.ACTIVE or until is None:
        raise NoKey
    ring = keys.borrow(house.keystore, house.sessions.worker(), job.id)
    end = datetime.fromtimestamp(until, UTC)
    return Step(house, acting(house, job, owner), ring, job, end, stopping=stopping)


# -- one run


def _carry_out(step: Step, kind: Kind) -> Any:
    """Run it; whatever ends the run is written into its row, and what was not committed is dropped."""
    try:
        return _attempt(step, kind)
    except Exception as why:
        _write_down(step, kind, why)
        raise
    except BaseException:  # Ctrl-C: as if it had been killed
        step.work.drop()
        raise


def _attempt(step: Step, kind: Kind) -> Any:
    """Run it; where somebody changed the same records meanwhile, again from the last chunk."""
    tries, reached = 0, step.chunks
    while True:
        try:
            answer = kind.run(step)
            step.finish(answer)
        except Conflict:
            step.again()
            step.must_be_current()
            tries = 1 if step.chunks != reached else tries + 1
            reached = step.chunks
            if tries == TRIES:
                raise
        else:
            return answer


def _write_down(step: Step, kind: Kind, why: Exception) -> None:
    house, job, version = step.house, step.job, step.version
    match why:
        case OperationalError() | InterfaceError() | Lost():
            step.work.drop()  # the lease ends, or is another's: somebody goes on
        case Cancelled():
            _clean_up(house, job, kind)
        case Stopped():
            _end(house, job, version, JobState.WAITING)
        case NoKey():
            _end(house, job, version, JobState.NEEDS_OWNER, why.code)
        case Problem():
            _clean_up_failed(house, job, kind, version, why.code)
        case _:
            _log.error("job %s failed: %s", job.id, _where(why))
            _clean_up_failed(house, job, kind, version, "fault")


def _where(fault: Exception) -> str:
    """The kind of fault and the lines it came through; its text might quote a record."""
    frames = traceback.extract_tb(fault.__traceback__)
    return " ".join([type(fault).__name__, *(f"{frame.name}:{frame.lineno}" for frame in frames)])


def _clean_up(house: House, job: Job, kind: Kind) -> None:
    house.work(NODE_ACTOR, None).drop()
    kind.clean_up(house, job)
    house.db().refresh(job)
    _end(house, job, job.version, JobState.CANCELLED)


def _clean_up_failed(house: House, job: Job, kind: Kind, version: int, code: str) -> None:
    """What a failed job leaves is in nobody's list, and would stand in the way of the next one."""
    house.work(NODE_ACTOR, None).drop()
    house.db().refresh(job)
    if job.version == version:
        kind.clean_up(house, job)
        house.db().refresh(job)
        _end(house, job, job.version, JobState.FAILED, code)


def _end(house: House, job: Job, version: int, state: JobState, problem: str | None = None) -> None:
    """Write down how it ended, if it is still ours to say; by the node, for the keys may be gone. They go back."""
    work = house.work(NODE_ACTOR, None)
    work.drop()  # what was not committed
    work.db.refresh(job)
    if job.version != version:
        return work.drop()  # whoever changed it goes on with it, or its lease ends
    if state in FINAL:
        close(job, state, problem)
    else:
        job.state, job.problem, job.leased_until = state, problem, work.now()
    work.note(f"job.{state.value.replace('_', '-')}", job, **({"code": problem} if problem else {}))
    try:
        work.commit()
    except Conflict:  # as above, a moment later
        return None
    except TrailBroken:
        _refuse(work, job)
    if state != JobState.WAITING:
        keys.take_back(house.keystore, job.id)
    if job.state in FINAL:
        _forget_input(house, [job.id])
    return None


def _forget_input(house: House, ids: Sequence[UUID]) -> None:
    """The file that a job was made from is not kept at its end, and neither is what opens it in a copy."""
    keys.discard(house.keystore, [(id, Compartment.INTAKE) for id in ids])


# -- the worker process


def work_forever(house: House, pause: float = POLL) -> None:
    """What the worker process does: look, work, wait. Ends after the running chunk when it is asked to."""
    stop = threading.Event()
    before = {name: signal.signal(name, lambda *_: stop.set()) for name in (signal.SIGTERM, signal.SIGINT)}
    gc.freeze()  # what is loaded by now stays: no collection looks through it while a job opens a million fields
    try:
        polls = 0
        while not stop.is_set():
            busy = _poll(house, stop.is_set, tidying=polls % TIDY == 0)
            polls += 1
            if not busy:
                stop.wait(pause)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _poll(house: House, stopping: Callable[[], bool], *, tidying: bool) -> bool:
    """One look. A database that is gone comes back, so it is no reason to end."""
    try:
        if tidying:
            tidy(house)
        return run_waiting(house, stopping)
    except NO_DATABASE as fault:
        _log.warning("no database: %s", type(fault).__name__)
        return False
    finally:
        house.db().close()


def tidy(house: House) -> None:
    """What jobs that ended were lent goes back, the input of those a page ended goes, previews and answers expire."""
    now = house.now().timestamp()
    for id, until in keys.lent(house.keystore).items():
        job = house.db().get(Job, id, populate_existing=True)
        if until < now or (job is not None and job.state in FINAL):
            keys.take_back(house.keystore, id)
    house.db().rollback()
    _expire(house)
    ended = list(house.db().scalars(select(Job.id).where(Job.state.in_(FINAL))))
    house.db().rollback()
    kept = {thing for thing, _compartment in house.keystore.keys(ended, Compartment.INTAKE.value)}
    if kept:
        _forget_input(house, sorted(kept))
    drop_old(house)


def _expire(house: House) -> None:
    """Nobody decided on these previews for a day."""
    if house.node is None:
        return
    work = house.work(NODE_ACTOR, None)
    for job in list(work.db.scalars(expired(work).execution_options(populate_existing=True))):
        _end(house, job, job.version, JobState.CANCELLED, EXPIRED)
    work.drop()
