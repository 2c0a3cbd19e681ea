"""The second file: principals, locks, grants, data keys, tombstones, sessions.

It is a SQLite file with an engine of its own, because erasing a key only helps if no
old copy of it stays: `secure_delete` overwrites, and the journal is cut at each commit
(a write-ahead log would keep every deleted key). Every call is one short transaction,
closed before it returns, and none of them waits for the data.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError

from crypto import seal
from crypto.errors import Tampered as Tampered
from crypto.principal import Principal as Principal
from crypto.principal import Public as Public
from crypto.principal import check_enrolment, enrol, fingerprint
from incidents.errors import Conflict, Erased, NoKey
from incidents.model.base import Compartment, insert_rows
from incidents.safeguards.keytables import (
    ANSWERS,
    dek,
    grant,
    job_key,
    lock,
    may_enrol,
    member_behind,
    meta,
    prepare,
    principal,
    rewriting,
    session,
    tables,
    tokens,
    tombstone,
)
from incidents.safeguards.rings import AMPARO as AMPARO
from incidents.safeguards.rings import ESCROW as ESCROW
from incidents.safeguards.rings import LEDGER as LEDGER
from incidents.safeguards.rings import NODE as NODE
from incidents.safeguards.rings import DataKey as DataKey
from incidents.safeguards.rings import Holder as Holder
from incidents.safeguards.rings import Ring as Ring
from incidents.safeguards.rings import commitment as commitment
from incidents.safeguards.rings import compartment_id as compartment_id
from incidents.safeguards.rings import label as label
from incidents.safeguards.rings import random_key as random_key
from incidents.safeguards.rings import wrap_context as wrap_context

# What every opening asks for, put together once.
AT_ONCE = 500  # things asked for in one question
_WRAPS = (
    select(*(dek.c[name] for name in DataKey._fields))
    .where(dek.c.object.in_(bindparam("these", expanding=True)))
    .order_by(dek.c.version.desc())
)
_EXACTLY = select(principal).where(
    principal.c.id == bindparam("this_id"), principal.c.generation == bindparam("this_generation")
)
_SIGNED = (  # the newest; a key that nobody signed yet counts for nothing
    select(principal)
    .where(principal.c.id == bindparam("this_id"), principal.c.signature.is_not(None))
    .order_by(principal.c.generation.desc())
    .limit(1)
)
_GRANTED = select(grant).where(
    grant.c.holder == bindparam("this_id"), grant.c.holder_generation == bindparam("this_generation")
)
_ERASED = select(tombstone.c.object, tombstone.c.compartment)
_OVER = select(rewriting.c.object, rewriting.c.compartment, rewriting.c.version)
_NEWEST = (
    select(principal.c.id, func.max(principal.c.generation).label("newest"))
    .where(principal.c.id.in_(bindparam("these", expanding=True)))
    .group_by(principal.c.id)
)


def _this(id: UUID | None, generation: int | None) -> dict[str, Any]:
    return {"this_id": id, "this_generation": generation}


class _Here(threading.local):
    """The transaction that this thread is in."""

    connection: Connection | None = None


class Keystore:
    """The keys of one instance. `anchor` is the fingerprint that init printed, kept outside the file."""

    def __init__(self, path: Path, anchor: Path) -> None:
        self.path, self._anchor = path, anchor
        # As last read, and of which file.
        self._anchors: tuple[tuple[int, int, int], list[str]] = ((0, 0, 0), [])
        self._here = _Here()
        if not path.exists():
            path.touch(mode=0o600)
        self._engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
        event.listen(self._engine, "connect", prepare)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with self.step() as step:
            tables.create_all(step)

    @contextmanager
    def step(self) -> Iterator[Connection]:
        """One short transaction; within another it is a part of that one."""
        if self._here.connection is not None:
            yield self._here.connection
            return
        try:
            with self._engine.begin() as connection:
                self._here.connection = connection
                yield connection
        except IntegrityError:  # somebody else wrote the same row in this moment
            raise Conflict from None
        finally:
            self._here.connection = None

    def read(self, query: Any) -> Sequence[Any]:
        with self.step() as step:
            return step.execute(query).all()

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # -- small facts

    def fact(self, name: str) -> bytes | None:
        found = self.read(select(meta.c.value).where(meta.c.name == name))
        return bytes(found[0].value) if found else None

    def set_fact(self, name: str, value: bytes) -> None:
        with self.step() as step:
            step.execute(delete(meta).where(meta.c.name == name))
            step.execute(insert(meta).values(name=name, value=value))

    # -- principals

    @property
    def anchors(self) -> list[str]:
        """Fingerprints where the chain of enrolments may end: the first coordinator's, or who took over."""
        try:
            now = self._anchor.stat()
        except FileNotFoundError:
            return []
        if self._anchors[0] != (this := (now.st_ino, now.st_mtime_ns, now.st_size)):
            self._anchors = (this, self._anchor.read_text().split("\n"))
        return self._anchors[1]

    def set_anchors(self, fingerprints: Iterable[str]) -> None:
        """Enrolments end at these principals from now on."""
        fresh = self._anchor.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text("\n".join(sorted(set(fingerprints) - {""})))
        fresh.replace(self._anchor)

    def depends_on(self, id: UUID, other: UUID) -> bool:
        """True if the enrolment of `id` hangs on a signature of `other`."""
        row = self.read(
            select(principal).where(principal.c.id == id).order_by(principal.c.generation.desc())
        )[0]
        while fingerprint(_public(row)) not in self.anchors:
            if row.enroller == other:
                return True
            row = self.read(
                select(principal).where(
                    principal.c.id == row.enroller, principal.c.generation == row.enroller_generation
                )
            )[0]
        return row.id == other  # type: ignore[no-any-return]

    def enrol(self, who: Public, kind: str, generation: int, enroller: Ring, *, enrols: bool = False) -> None:
        """Sign a principal into the chain (again, if its right to enrol changes)."""
        signature = enrol(enroller.own, who, label(kind, generation, enrols))
        with self.step() as step:
            step.execute(
                delete(principal).where(principal.c.id == who.id, principal.c.generation == generation)
            )
            step.execute(
                insert(principal).values(
                    id=who.id,
                    generation=generation,
                    kind=kind,
                    enrols=enrols,
                    kem=who.kem,
                    sign=who.sign,
                    kid=who.kid,
                    enroller=enroller.own.id,
                    enroller_generation=enroller.generation,
                    signature=signature,
                )
            )

    def holder(self, id: UUID, generation: int | None = None, *, removed: bool = False) -> Holder:
        """A principal, newest generation unless said, its enrolment verified up to the anchor."""
        with self.step() as step:
            rows = step.execute(_SIGNED if generation is None else _EXACTLY, _this(id, generation)).all()
            if not rows or (rows[0].removed_at is not None and not removed):
                raise NoKey
            self._check(rows[0])
        return Holder(_public(rows[0]), rows[0].generation)

    def person(self, id: UUID) -> UUID:
        """Whose deeds those of this principal are: of a token those of the member behind it."""
        kinds = self.read(select(principal.c.kind).where(principal.c.id == id).limit(1))
        return (member_behind(kinds[0].kind) if kinds else None) or id

    def by_kid(self, kid: bytes) -> Public:
        """Who signed, whether removed since or not; its enrolment verified. By a token: the member behind it."""
        rows = self.read(select(principal).where(principal.c.kid == kid))
        if not rows:
            raise Tampered("unknown signer")
        self._check(rows[0])
        who = _public(rows[0])
        if who.kid != kid:
            raise Tampered("a key under another's name")
        return Public(member_behind(rows[0].kind) or who.id, who.kem, who.sign)

    def _check(self, row: Any, depth: int = 0) -> None:
        who = _public(row)
        if _fingerprint(who) in self.anchors:
            return
        with self.step() as step:
            rows = step.execute(_EXACTLY, _this(row.enroller, row.enroller_generation)).all()
        if depth > 32 or not rows or not may_enrol(rows[0], row) or rows[0].removed_at is not None:
            raise Tampered("enrolment does not lead to the anchor")
        _checked(
            _public(rows[0]), who, label(row.kind, row.generation, row.enrols), bytes(row.signature or b"")
        )
        self._check(rows[0], depth + 1)

    # -- locks

    def put_lock(self, id: UUID, generation: int, method: str, blob: bytes) -> None:
        with self.step() as step:
            step.execute(
                delete(lock).where(
                    lock.c.principal == id, lock.c.generation == generation, lock.c.method == method
                )
            )
            step.execute(insert(lock).values(principal=id, generation=generation, method=method, blob=blob))

    def lock(self, id: UUID, method: str) -> tuple[int, bytes] | None:
        rows = self.read(
            select(lock.c.generation, lock.c.blob)
            .where(lock.c.principal == id, lock.c.method == method)
            .order_by(lock.c.generation.desc())
        )
        return (rows[0].generation, bytes(rows[0].blob)) if rows else None

    # -- grants

    def grant(self, what: Principal, generation: int, to: Holder, maker: Ring) -> None:
        values = grant_row(what, generation, to, maker)
        with self.step() as step:
            step.execute(_no_grant(values))
            step.execute(insert(grant).values(**values))

    def open(self, ring: Ring, what: UUID, generation: int | None = None) -> tuple[Principal, int]:
        """A principal granted to the ring's owner, newest generation unless said; kept in the ring."""
        known = ring.newest.get(what) if generation is None else generation
        held = None if known is None else ring.opened.get((what, known))
        if held is not None and known is not None:
            return held, known
        with self.step():  # one transaction for all that is looked up
            if known is None:
                known = ring.newest[what] = self._newest_grant(ring, what)
            held = ring.opened.get((what, known))
            found = self._granted(ring, what, known) if held is None else None
        if held is None and found is not None:
            blob, maker, public = found
            held = ring.opened[what, known] = seal.open_grant(ring.own, blob, public, maker, known)
        assert held is not None  # noqa: S101  opened before, or just now
        return held, known

    def _newest_grant(self, ring: Ring, what: UUID) -> int:
        self._look_up_grants(ring)
        granted = [generation for id, generation in ring.grants if id == what]
        lent = [generation for id, generation in ring.opened if id == what]
        if not granted and not lent:
            raise NoKey
        return max(granted or lent)

    def _look_up_grants(self, ring: Ring) -> None:
        with self.step() as step:
            rows = step.execute(_GRANTED, _this(ring.own.id, ring.generation)).all()
        ring.grants = {(row.what, row.what_generation): row for row in rows}

    def _granted(self, ring: Ring, what: UUID, generation: int) -> tuple[bytes, Public, Public]:
        """What a grant is opened with: its blob, who made it, and whose seed it holds."""
        with self.step():
            if (what, generation) not in ring.grants:
                self._look_up_grants(ring)
            row = ring.grants.get((what, generation))
            if row is None:
                raise NoKey
            maker = self.holder(row.maker, row.maker_generation, removed=True).public
            return bytes(row.blob), maker, self.holder(what, generation).public

    def holders_of(self, what: UUID) -> list[UUID]:
        """Who holds a grant on the newest generation: people. Escrow and tokens are left out."""
        newest = self.holder(what).generation
        here = (grant.c.what == what) & (grant.c.what_generation == newest)
        rows = self.read(select(grant.c.holder).where(here, grant.c.holder.not_in(tokens())).distinct())
        return [row.holder for row in rows if row.holder != ESCROW]

    def revoke(self, holder: UUID) -> None:
        """Delete all that this principal was granted, and its sessions and job keys."""
        with self.step() as step:
            step.execute(delete(grant).where(grant.c.holder == holder))
            step.execute(delete(session).where(session.c.user == holder))
            step.execute(delete(job_key).where(job_key.c.maker == holder))

    # -- data keys

    def put_keys(self, keys: Iterable[DataKey], facts: Sequence[tuple[str, bytes]] = ()) -> None:
        """Store wraps and small facts, all or none; a thing that was erased gets no new key."""
        new = sorted(keys, key=attrgetter("object.int"))  # as the pages of the file are
        if not new and not facts:
            return
        with self.step() as step:
            for name, value in facts:
                self.set_fact(name, value)
            objects = list({key.object.int: key.object for key in new}.values())
            if _about(step, _ERASED, objects):
                raise Erased
            over = self.over(objects)
            if over and any(key.version <= over.get(key[:2], 0) for key in new):
                raise Conflict
            _refuse_old_generations(step, new)
            made_at = time.time()
            insert_rows(step, dek, (*DataKey._fields, "made_at"), ((*key, made_at) for key in new))

    def keys(
        self, objects: Iterable[UUID], compartment: str | None = None
    ) -> dict[tuple[UUID, str], list[DataKey]]:
        """All wraps of these things, or those of one compartment, newest version first."""
        found: dict[tuple[UUID, str], list[DataKey]] = {}
        query = _WRAPS if compartment is None else _WRAPS.where(dek.c.compartment == compartment)
        with self.step() as step:
            for chunk in _chunks(list(set(objects))):
                for row in step.execute(query, {"these": chunk}):
                    key = DataKey(*row)
                    found.setdefault(key[:2], []).append(key)
        return found

    def shred(self, things: Iterable[tuple[UUID, Compartment]], decision: str) -> None:
        """Destroy the data keys of these things and leave tombstones; doing it twice is doing it once."""
        with self.step() as step:
            for thing, compartment in things:
                here = (tombstone.c.object == thing) & (tombstone.c.compartment == compartment.value)
                if not step.execute(select(tombstone.c.at).where(here)).first():
                    step.execute(
                        insert(tombstone).values(
                            object=thing, compartment=compartment.value, at=time.time(), decision=decision
                        )
                    )
                step.execute(delete(dek).where(dek.c.object == thing, dek.c.compartment == compartment.value))
            step.execute(delete(meta).where(meta.c.name.like(ANSWERS)))  # one may repeat what was erased

    def erased(self, objects: Iterable[UUID], decision: str = "") -> set[tuple[UUID, str]]:
        """Which of these were shredded, and of what; those by one decision, where one is named."""
        found: set[tuple[UUID, str]] = set()
        with self.step() as step:
            for chunk in _chunks(sorted(set(objects))):
                query = _ERASED.where(tombstone.c.object.in_(chunk))
                query = query.where(tombstone.c.decision == decision) if decision else query
                found.update((row.object, row.compartment) for row in step.execute(query))
        return found

    def over(self, objects: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        """Of things of which a text was rewritten, the version up to which their keys are over."""
        with self.step() as step:
            return {(row[0], row[1]): row[2] for row in _about(step, _OVER, list(objects))}


def _refuse_old_generations(step: Connection, keys: Iterable[DataKey]) -> None:
    """A key wrapped for a generation that was renewed meanwhile would be opened by nobody."""
    wrapped = {(key.holder, key.generation) for key in keys}
    newest = {row.id: row.newest for row in step.execute(_NEWEST, {"these": [id for id, _ in wrapped]})}
    if any(generation < newest.get(id, 0) for id, generation in wrapped):
        raise Conflict


def grant_row(what: Principal, generation: int, to: Holder, maker: Ring) -> dict[str, Any]:
    """A grant as a row: the seed of `what`, sealed to `to` and signed by its maker."""
    return {
        "what": what.id,
        "what_generation": generation,
        "holder": to.public.id,
        "holder_generation": to.generation,
        "blob": seal.grant(what, to.public, maker.own, generation),
        "maker": maker.own.id,
        "maker_generation": maker.generation,
    }


def _public(row: Any) -> Public:
    return Public(row.id, bytes(row.kem), bytes(row.sign))


_fingerprint = lru_cache(maxsize=4096)(fingerprint)


@lru_cache(maxsize=4096)
def _checked(enroller: Public, who: Public, label: str, signature: bytes) -> None:
    check_enrolment(enroller, who, label, signature)


def _no_grant(values: Mapping[str, Any]) -> Any:
    names = ("what", "what_generation", "holder", "holder_generation")
    return delete(grant).where(tuple_(*(grant.c[n] for n in names)) == tuple_(*(values[n] for n in names)))


def _about(step: Connection, query: Select[Any], ids: list[UUID]) -> list[Any]:
    """The rows about these things; where there are fewer rows than things, an import asks for all, at once."""
    if len(ids) > AT_ONCE:
        rows = step.execute(query.limit(len(ids))).all()
        if len(rows) < len(ids):
            numbers = {id.int for id in ids}
            return [row for row in rows if row[0].int in numbers]
    wanted = query.where(query.selected_columns[0].in_(bindparam("these", expanding=True)))
    return [row for chunk in _chunks(ids) for row in step.execute(wanted, {"these": chunk})]


def _chunks(ids: list[UUID], size: int = AT_ONCE) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
