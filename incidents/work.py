"""Work: one actor, one transaction, one trail.

Every deed takes a Work first:

    def withdraw(work: Work, person: Person) -> None: ...

A deed asks, acts, notes; it never commits. The gate commits once a request; the
command line and the jobs commit through `begin` and `chunk`. Nothing is written
before that: what a deed adds waits in the session, new keys wait in the vault, and
the commit stores keys, rows and one signed block of the trail, in this order.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from incidents.errors import Conflict, FreshSignInNeeded, NotFound, SignInNeeded, TrailBroken
from incidents.model import clock
from incidents.model.account import User
from incidents.model.base import Base, Compartment, Record, begin_to_write, compartments, insert_rows, is_bare
from incidents.model.code import renew
from incidents.model.erasure import Answer, TextBeside
from incidents.model.vocabulary import AccountState
from incidents.safeguards import audit, checkpoints, cursors, keys, rekeying, rotation, unsent, versions
from incidents.safeguards import tokens as token_keys
from incidents.safeguards.access import NOT_BY_TOKEN, TO_OPEN, Actor, Permission, keys_of
from incidents.safeguards.audit import Break
from incidents.safeguards.keysigns import Note
from incidents.safeguards.keystore import NODE, Holder, Keystore, Principal, Public, Ring, Tampered
from incidents.safeguards.locks import STANDARD, Cost, Locks
from incidents.safeguards.scanning import Worth
from incidents.safeguards.sessions import Sessions, SignedIn
from incidents.safeguards.vault import Unreadable, Vault, normal_name, normal_phone

__all__ = [
    "NOT_BY_TOKEN", "STANDARD", "Actor", "Break", "Compartment", "Cost", "Holder", "House", "Keystore", "Locks",
    "Permission", "Ring", "Sessions", "SignedIn", "Unreadable", "Vault", "Work", "as_it_stands", "begin", "checkpoints",
    "cursors", "keys", "keys_of", "normal_name", "normal_phone", "rekeying", "rotation", "token_keys", "unsent",
]  # fmt: skip

R = TypeVar("R", bound=Record)
_LOST_A_RACE = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock
NODE_ACTOR = Actor(NODE)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Work:
    """One unit of work. `signer` signs its block: the actor's own principal, the node's, or a worker's."""

    actor: Actor
    db: Session
    vault: Vault
    signer: Principal | None
    house: "House"
    now: Callable[[], datetime] = _utc_now
    _notes: list[Note] = field(default_factory=list)
    _whole: bool = False  # the trail was verified in this Work
    _known: dict[bytes, Public] = field(default_factory=dict)  # signers, each verified once a Work
    _bare: dict[type[Record], list[Any]] = field(default_factory=dict)  # written and not kept, by kind
    _each: list[Callable[[], Iterator[Record]]] = field(default_factory=list)
    _beside: list[tuple[Any, ColumnElement[bool] | None, list[tuple[Any, ...]]]] = field(default_factory=list)
    _going: list[tuple[type[Record], ColumnElement[bool]]] = field(default_factory=list)
    _stopped: set[UUID] = field(default_factory=set)  # rows that are ended even if somebody altered them
    _conditions: list[Callable[[], bool]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day it is where the organisation works."""
        return clock.day_of(self.now())

    # -- records

    def add(self, record: R) -> R:
        """To be written at the commit. A bare row is let go then: an import looks at none of its rows again."""
        if is_bare(record):
            self._bare.setdefault(type(record), []).append(record)
        else:
            self.db.add(record)
        return record

    def add_each(self, rows: Callable[[], Iterator[Record]]) -> None:
        """Bare rows of one kind, made as they are written and never all held; by then all keys they need are made."""
        self._each.append(rows)

    def sweep(self, kind: type[Record], where: ColumnElement[bool]) -> None:
        """Rows of one kind go at the commit, before all else, by one statement; nobody holds them as objects."""
        self._going.append((kind, where))

    def beside(
        self,
        kind: type[Base],
        rows: Sequence[tuple[Any, ...]],
        instead_of: ColumnElement[bool] | None = None,
    ) -> None:
        """Rows that are no records, stored with what was added, in the place of those that fit `instead_of`.

        The trail leaves them out: they are made from records, and nothing rests on them.
        """
        if instead_of is None and self._beside and self._beside[-1][0] is kind.__table__:
            self._beside[-1][2].extend(rows)
        else:
            self._beside.append((kind.__table__, instead_of, list(rows)))

    def pending(self, kind: type[R]) -> list[R]:
        """What was added of a kind and is not written yet."""
        held = [record for record in self.db.new if isinstance(record, kind)]
        return [*held, *self._bare.get(kind, [])]

    def get(self, kind: type[R], id: UUID) -> R:
        record = self.db.get(kind, id)
        if record is None:
            raise NotFound
        return record

    def note(self, event: str, about: Record | None = None, **detail: Any) -> None:
        """Leave a trace: who did what to which record, never what it says."""
        name, id = (about.__tablename__, about.id) if about is not None else ("", None)
        self._notes.append(Note(event, name, id, detail))

    # -- sealed fields

    def seal(self, record: Record, **values: object) -> None:
        """Seal these values into the columns of a record."""
        self.vault.seal_all(record, values)

    def put_aside(self, what: str, value: str) -> None:
        """Keep something that its maker is shown once, under their own key; it is stored with this Work's new keys."""
        if self.vault.ring is not None:
            self.vault.asides.append(keys.aside(self.vault.ring, what, value))

    def read(self, record: Record, column: str, why: str = "") -> Any:
        """Open one sealed field: allowed, noted, then opened, in this order."""
        self._must_open(type(record), column)
        self.note(f"{column}.opened", record, **({"why": why} if why else {}))
        return self.vault.open(record, column)

    def read_all(self, records: Sequence[R], column: str, why: str = "") -> list[Any]:
        """One sealed field of many records, noted once with the count; Unreadable where one does not open."""
        if not records:
            return []
        self._noted(type(records[0]), column, len(records), why)
        self.vault.prepare(records, column)
        return [self.vault.view(record, column) for record in records]

    def view_all(self, kind: type[R], column: str, rows: Sequence[Any], why: str) -> list[Any]:
        """The same of rows that nobody holds as objects: of each its id, its thing's, its seal."""
        self._noted(kind, column, len(rows), why)
        return self.vault.view_all(kind, column, rows)

    def scan(
        self, kind: type[R], columns: Sequence[str], rows: Sequence[Any], why: str, worth: Worth | None = None
    ) -> Iterator[list[Any]]:
        """Sealed fields of rows that nobody holds as objects, read once and let go; noted once with the count.

        Those whose JSON is not `worth` reading come as None, for it was opened and looked at: the count holds them.
        """
        for column in columns:
            self._noted(kind, column, len(rows), why)
        return self.vault.scan(kind, columns, rows, worth)

    def once(self) -> AbstractContextManager[None]:
        """What `read_all` opens in here it opens once, however often it is asked; each asking is noted as ever."""
        return self.vault.once()

    def let_go_of_keys(self) -> None:
        """Of a million records, read some at a time, what opened those before is not kept."""
        self.vault.forget()

    def carry_out(self) -> None:
        """What is read from here on leaves the house; a text that waits for an answer does not."""
        self.vault.closing.let_none_leave(closed_texts(self.db))

    def _noted(self, kind: type[Record], column: str, count: int, why: str) -> None:
        self._must_open(kind, column)
        detail = {"count": count, **({"why": why} if why else {})}
        self._notes.append(Note(f"{column}.opened", kind.__tablename__, None, detail))

    def _must_open(self, kind: type[Record], column: str) -> None:
        self.actor.must_any(TO_OPEN[compartments(kind)[column]])

    def must_be_fresh(self) -> None:
        """Membership, signing, erasure, names in bulk: the passphrase was given within five minutes."""
        self.actor.must_be_in_person()
        if not self.actor.fresh:
            raise FreshSignInNeeded

    # -- the trail

    def vouched(self, records: Sequence[Record]) -> None:
        """Refuse rows that are not what a signed block last said of them."""
        if self._whole:
            return
        try:
            audit.vouched(self.db, self._signers, records)
        except Tampered as found:
            if self._changed_meanwhile(records):
                raise Conflict from None
            raise TrailBroken(where=str(found)) from None

    def vouched_block(self, number: int) -> None:
        """Refuse a block of the trail that is not as it was signed: its notes, and what it says of rows."""
        if self._whole:
            return
        try:
            audit.vouch_block(self.db, self._signers, number)
        except Tampered as found:
            raise TrailBroken(where=str(found)) from None

    def is_signed(self, block: int) -> bool:
        """The same, asked where a break is nothing to stop for: `audit verify` names it."""
        try:
            self.vouched_block(block)
        except TrailBroken:
            return False
        return True

    def _changed_meanwhile(self, records: Sequence[Record]) -> bool:
        """Whether one of them is of another version by now: somebody was quicker, and nobody altered anything."""
        for kind in {type(record) for record in records}:
            read = {record.id: record.version for record in records if type(record) is kind}
            rows = self.db.execute(select(kind.id, kind.version).where(kind.id.in_(read)))
            if any(version > read[id] for id, version in rows):
                return True
        return False

    def earlier(self, record: R, version: int) -> R:
        """The record as it stood at a version, if the trail knows it so; to be read, never written."""
        try:
            return versions.at(self.db, self._signers, record, version)
        except Tampered as found:
            raise TrailBroken(where=str(found)) from None

    def altered(self, records: Sequence[R]) -> list[R]:
        """Those that were changed behind the program."""
        wrong = {record.id for record in audit.altered(self.db, records)}
        return [record for record in records if record.id in wrong]

    def stop(self, record: Record) -> None:
        """Make this change even if the row was altered behind the program: it ends something.

        Nobody with the database alone keeps a member from being removed, or an erasure from its end. The
        trail says that the row was altered, for good; nothing else rests on what stands in it.
        """
        self._stopped.add(record.id)

    def _signers(self, kid: bytes) -> Public:
        if kid not in self._known:
            self._known[kid] = self.vault.keystore.by_kid(kid)
        return self._known[kid]

    def must_be_whole(self) -> None:
        """Verify the whole trail and every row; what is read afterwards in this Work needs no second look."""
        first = None if self._whole else next(self.breaks(), None)
        if first is not None:
            raise TrailBroken(where=first.where)
        self._whole = True

    @property
    def whole(self) -> bool:
        """Whether it was verified in this Work, so that no row needs to be looked at as a whole."""
        return self._whole

    def breaks(self) -> Iterator[Break]:
        """Every place where the trail or a row does not fit."""
        yield from audit.verify(self.db, self._signers)
        yield from checkpoints.compare(self.db, self._signers, self.house.checkpoints)

    # -- the one commit

    @property
    def is_begun(self) -> bool:
        """Whether there is something to commit."""
        held = (self._notes, self._bare, self._each, self._going, self._beside, self.db.new, self.db.deleted)
        return any(map(bool, held)) or any(map(self.db.is_modified, self.db.dirty))

    def commit(self) -> None:
        """Keys, rows, one block: all or none."""
        changed = [record for record in self.db.dirty if self.db.is_modified(record)]
        if not self.is_begun:
            self.vault.flush()
            self.db.rollback()
            return
        try:
            self.vault.flush()
            begin_to_write(self.db.connection())
            self._write(changed)
            self.db.commit()
        except (StaleDataError, IntegrityError):
            self.db.rollback()
            raise Conflict from None
        except OperationalError as error:
            self.db.rollback()
            if getattr(error.orig, "sqlstate", None) in _LOST_A_RACE:
                raise Conflict from None
            raise
        except BaseException:
            self.db.rollback()
            raise
        finally:
            self._forget()

    def only_if(self, so: Callable[[], bool]) -> None:
        """Commit only while this is so, asked behind the trail's lock: whoever looked before another wrote is told."""
        self._conditions.append(so)

    def _write(self, changed: Sequence[Any]) -> None:
        why = self._notes[-1].event if self._notes else ""
        self._must_be_unaltered([record for record in changed if isinstance(record, Record)])
        kept = [record for record in changed if isinstance(record, Record) and record.revised]
        self.db.add_all([versions.replaced(record, why, self.actor.id, self.today) for record in kept])
        written = [record for record in (*self.db.new, *changed) if isinstance(record, Record)]
        swept = [record for record in self.db.deleted if isinstance(record, Record)]
        gone = [audit.Swept(self.db, kind, where) for kind, where in self._going]
        self.db.flush()
        marks = [audit.mark(record) for record in written]
        for kind, records in self._bare.items():
            marks += audit.write(self.db, kind, records)
        marks += [audit.Mark(gone.__tablename__, gone.id, gone.version + 1, None) for gone in swept]
        self._write_beside()
        if self.signer is None:
            raise TrailBroken(where="no signer")
        held = chain(marks, *gone, self._written_each())
        audit.append(self.db, self.now(), self.actor.id, self.signer, self._notes, held)
        self._must_be_member()  # asked behind the trail's lock: a removal is before this block or after it
        if self.vault.outlived() or not all(so() for so in self._conditions):  # likewise: keys may be over
            raise Conflict

    def _written_each(self) -> Iterator[audit.Mark]:
        for rows in self._each:
            left = rows()
            while some := list(islice(left, audit.PIECE)):
                yield from audit.write(self.db, type(some[0]), some)

    def _must_be_unaltered(self, changed: Sequence[Record]) -> None:
        """A row that was changed behind the program is not signed by being changed here."""
        for record in audit.altered(self.db, changed):
            if record.id not in self._stopped:
                raise TrailBroken(where=f"{record.__tablename__}/{record.id}")
            self.note("record.altered", record)

    def _write_beside(self) -> None:
        for table, instead_of, rows in self._beside:
            if instead_of is not None:
                self.db.execute(delete(table).where(instead_of))
            insert_rows(self.db.connection(), table, tuple(table.columns.keys()), rows)

    def _must_be_member(self) -> None:
        """What somebody began before they were removed is not written after it."""
        if self.signer is self.house.node:  # a refusal is noted whoever was refused
            return
        state = self.db.scalar(select(User.state).where(User.id == self.actor.id))
        if state == AccountState.REMOVED:
            raise SignInNeeded

    def drop(self) -> None:
        """Let go of everything that was not committed."""
        self._forget()
        self.db.rollback()

    def _forget(self) -> None:
        held = (
            self._notes,
            self._stopped,
            self._conditions,
            self._beside,
            self._bare,
            self._each,
            self._going,
        )
        for each in held:
            each.clear()
        self._whole = False  # of what is read from here on, nobody looked


def as_it_stands(record: Record) -> str:
    """The whole row in one number: the same only while nothing of it changes."""
    return audit.digest(record).hex()


def closed_texts(db: Session, today: date | None = None) -> frozenset[tuple[UUID, str]]:
    """The texts that may tell of somebody erased, and for which nobody answered: in time, or, without a day, at all."""
    wait = select(TextBeside.about_id, TextBeside.compartment).where(TextBeside.state == Answer.WAITING)
    late = wait if today is None else wait.where(TextBeside.due_on <= today)
    return frozenset((row.about_id, row.compartment) for row in db.execute(late))


@dataclass
class House:
    """What every Work of this process needs: the data, the keystore, the node's own principal."""

    db: Callable[[], Session]
    keystore: Keystore
    locks: Locks
    sessions: Sessions
    node_key: Path
    second_yes: bool = False  # before a name is opened
    two_reviewers: bool = True  # before a restricted act, or one with a minor in it, counts
    checkpoints: tuple[Path, ...] = ()  # folders that get a copy of each checkpoint and tombstone
    node: Principal | None = field(default=None, repr=False)
    now: Callable[[], datetime] = _utc_now
    evidence_url: str = ""  # where evidence lies; empty: a folder beside the node's key
    evidence_limit: int = 4096 * 1024 * 1024  # bytes of one piece of it
    referral: Path | None = None  # whom to call, as the organisation wrote it

    def work(self, actor: Actor, ring: Ring | None) -> Work:
        """A Work for this actor, signed by the actor's own principal; without one, by the node's."""
        signer = ring.own if ring and actor.roles else self.node
        if actor.roles:
            renew(self.db())  # the code lists and hierarchies, which another process may have changed
        vault = Vault(self.keystore, ring, lambda: closed_texts(self.db(), clock.day_of(self.now())))
        return Work(actor, self.db(), vault, signer, self, self.now)

    def note_refusal(self, actor: Actor, event: str, **detail: Any) -> None:
        """A refusal leaves a trace too, in a transaction of its own, signed by the node."""
        if self.node is None:
            return
        work = Work(actor, self.db(), Vault(self.keystore, None), self.node, self, self.now)
        work.note(event, **detail)
        work.commit()


@contextmanager
def begin(house: House, actor: Actor, ring: Ring | None) -> Iterator[Work]:
    """A Work that commits at the end, for the command line and the jobs."""
    work = house.work(actor, ring)
    try:
        yield work
        work.commit()
    except BaseException:
        work.drop()
        raise
