"""A look that lasts: how far it is goes into the job's row beside it, and what it read stays read.

A chunk begins a new Work, which is right where each chunk is written and done with. Who reads everything before the
first thing is written would have to verify everything anew after each. So the row is written in a session of its own;
the look's own read goes on, and all that comes of it is one commit, or nothing. A kill begins it anew.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.orm import Session

from incidents.errors import Conflict, NoKey
from incidents.jobs.running import LEASE, NO_DATABASE, TRIES, Cancelled, Lost, Step, Stopped
from incidents.model.job import Job
from incidents.model.vocabulary import JobState

BREATH = 1.0  # seconds between two words of the same stage: each is a block of the trail
BEAT = LEASE.total_seconds() / 3  # between two renewals: one stage may last longer than one lease
LAST = 10 * LEASE  # for the one commit at the end: nobody renews the lease while it is written

Told = Callable[[str, int, int], None]  # the stage, how many of how many; 0 of 0 where nothing is counted

_log = logging.getLogger(__name__)


@contextmanager
def beside(step: Step, last: str) -> Iterator[Told]:
    """What is read in here is of one moment, and ends with it; after it the step writes as ever.

    Nothing may wait to be written before it. A cancel ends it at the next word; `last` is the stage after which
    everything is written at once.
    """
    _of_one_moment(step.work.db)
    words = _Words(step, last)
    beating = threading.Thread(target=words.beat, daemon=True)
    beating.start()
    try:
        yield words
    finally:
        words.over.set()
        beating.join()
    step.work.db.rollback()  # on SQLite an old read would not see the row as it was written beside it
    step.work.db.refresh(step.job)
    words.must_go_on()


def _of_one_moment(db: Session) -> None:
    """SQLite reads so; PostgreSQL has to be told, or each question would see what was written beside it meanwhile."""
    db.rollback()
    if db.get_bind().dialect.name == "postgresql":
        db.connection(execution_options={"isolation_level": "REPEATABLE READ"})


class _Words:
    """Says how far it is, and that somebody is still at it."""

    def __init__(self, step: Step, last: str) -> None:
        self.over = threading.Event()
        self._step, self._final = step, last
        self._id, self._engine = step.job.id, step.house.db().get_bind()
        self._lock = threading.Lock()  # a thread speaks too: one at a time
        self._why: Exception | None = None
        self._stage, self._last = "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage or time.monotonic() - self._last >= BREATH or (total and done >= total):
            with self._lock:
                self.must_go_on()
                self._stage, self._last = stage, time.monotonic()
                self._write(stage=stage, done=done, total=total)
                self._step.heard(stage, done, total)
        if self._step.stopping():
            raise Stopped

    def must_go_on(self) -> None:
        """Raise what the thread met."""
        if self._why is not None:
            raise self._why

    def beat(self) -> None:
        """The thread: the lease is renewed until it is over, or somebody else has the row."""
        while not self.over.wait(BEAT):
            with self._lock:
                try:
                    self._write()
                except Exception as why:  # noqa: BLE001  whoever looks hears of it at the next word
                    self._why = why
                    return

    def _write(self, **said: str | int) -> None:
        """A word that finds the database locked or gone is left out: the lease and the next one tell."""
        for _try in range(TRIES):
            try:
                return self._written(said)
            except Conflict:  # its owner cancelled it in this moment, for example: the row says so
                continue
            except NO_DATABASE as fault:
                _log.warning("job %s: not said how far it is: %s", self._id, type(fault).__name__)
                return None
        raise Conflict

    def _written(self, said: dict[str, str | int]) -> None:
        step = self._step
        with Session(self._engine, autoflush=False, expire_on_commit=False) as db:  # as the house's own
            work = replace(step.house, db=lambda: db).work(step.actor, step.ring)
            job = work.get(Job, self._id)
            self._must_be_ours(job)
            for name, value in said.items():
                setattr(job, name, value)
            job.leased_until = step.house.now() + (LAST if self._stage == self._final else LEASE)
            work.commit()
            step.version = job.version

    def _must_be_ours(self, job: Job) -> None:
        step = self._step
        if job.version != step.version:
            raise Cancelled if job.cancel_asked and job.state == JobState.RUNNING else Lost
        if step.until is not None and step.house.now() > step.until:
            raise NoKey
