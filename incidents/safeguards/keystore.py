"""The second file: principals, locks, grants, data keys, tombstones, sessions.

It is a SQLite file with an engine of its own, because erasing a key only helps if no
old copy of it stays: `secure_delete` overwrites, and the journal is cut at each commit
(a write-ahead log would keep every deleted key). Every call is one short transaction,
closed before it returns, and none of them waits for the data.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    tuple_,
    update,
)

from crypto import envelope, seal
from crypto.errors import Tampered as Tampered
from crypto.principal import Principal as Principal
from crypto.principal import Public as Public
from crypto.principal import check_enrolment, enrol, fingerprint
from incidents.errors import Conflict, Erased, NoKey
from incidents.model.base import Compartment, insert_rows

AMPARO = UUID("a3c1f3c2-6b0e-5d57-9e0c-6a1f0f9d2b11")  # the root of our fixed names
NODE = uuid5(AMPARO, "node")
ESCROW = uuid5(AMPARO, "escrow")
LEDGER = uuid5(AMPARO, "ledger")  # the thing whose data key makes our keyed hashes
SCHEMA = 1

tables = MetaData()
meta = Table("meta", tables, Column("name", String, primary_key=True), Column("value", LargeBinary))
principal = Table(
    "principal",
    tables,
    Column("id", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("kind", String, nullable=False),  # user, compartment, node, escrow
    Column("enrols", Boolean, nullable=False),  # its signature enrols others
    Column("kem", LargeBinary, nullable=False),
    Column("sign", LargeBinary, nullable=False),
    Column("kid", LargeBinary, nullable=False, index=True),
    Column("enroller", Uuid),
    Column("enroller_generation", Integer),
    Column("signature", LargeBinary),
    Column("removed_at", Float),
)
lock = Table(
    "lock",
    tables,
    Column("principal", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("method", String, primary_key=True),  # password, recovery, provider
    Column("blob", LargeBinary, nullable=False),
)
grant = Table(
    "grant",
    tables,
    Column("what", Uuid, primary_key=True),
    Column("what_generation", Integer, primary_key=True),
    Column("holder", Uuid, primary_key=True),
    Column("holder_generation", Integer, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    Column("maker", Uuid, nullable=False),
    Column("maker_generation", Integer, nullable=False),
)
dek = Table(
    "dek",
    tables,
    Column("object", Uuid, primary_key=True),
    Column("compartment", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("holder", Uuid, primary_key=True),
    Column("generation", Integer, nullable=False),  # of the holder
    Column("born", Integer, nullable=False),  # the holder's generation when the key was made
    Column("form", String, nullable=False),  # box, seal
    Column("blob", LargeBinary, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("maker", Uuid),
    Column("maker_generation", Integer),
    Column("made_at", Float, nullable=False),
    sqlite_with_rowid=False,
)
tombstone = Table(
    "tombstone",
    tables,
    Column("object", Uuid, primary_key=True),
    Column("compartment", String, primary_key=True),
    Column("at", Float, nullable=False),
    Column("decision", String, nullable=False),  # the reference of the note in the trail
)
session = Table(
    "session",
    tables,
    Column("token", LargeBinary, primary_key=True),  # SHA-256 of the cookie
    Column("user", Uuid, nullable=False, index=True),
    Column("generation", Integer, nullable=False),
    Column("box", LargeBinary, nullable=False),
    Column("started", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("fresh", Float, nullable=False),
    Column("pending", Boolean, nullable=False),  # the second factor is still to come
)
attempt = Table(
    "attempt",
    tables,
    Column("about", LargeBinary, primary_key=True),
    Column("since", Float, nullable=False),
    Column("count", Integer, nullable=False),
)
totp = Table(
    "totp",
    tables,
    Column("user", Uuid, primary_key=True),
    Column("box", LargeBinary, nullable=False),
    Column("last_step", Integer, nullable=False),
)
job_key = Table(
    "job_key",
    tables,
    Column("job", Uuid, primary_key=True),
    Column("what", Uuid, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    Column("maker", Uuid, nullable=False),
    Column("maker_generation", Integer, nullable=False),
    Column("until", Float, nullable=False),
)


@cache
def compartment_id(compartment: Compartment) -> UUID:
    return uuid5(AMPARO, f"compartment/{compartment}")


class Holder(NamedTuple):
    """A principal's public half at one generation: what may be sealed to."""

    public: Public
    generation: int


class DataKey(NamedTuple):
    """One wrap of a data key, as stored."""

    object: UUID
    compartment: str
    version: int
    holder: UUID
    generation: int
    born: int
    form: str
    blob: bytes
    commitment: bytes
    maker: UUID | None
    maker_generation: int | None


@dataclass
class Ring:
    """The principals open in this session: the user's own, and compartments as they are needed."""

    own: Principal = field(repr=False)
    generation: int
    opened: dict[tuple[UUID, int], Principal] = field(default_factory=dict, repr=False)
    newest: dict[UUID, int] = field(default_factory=dict)  # generation, looked up once


class Keystore:
    """The keys of one instance. `anchor` is the fingerprint that init printed, kept outside the file."""

    def __init__(self, path: Path, anchor: Path) -> None:
        self.path, self._anchor = path, anchor
        if not path.exists():
            path.touch(mode=0o600)
        self._engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with self.step() as step:
            tables.create_all(step)

    @contextmanager
    def step(self) -> Iterator[Connection]:
        """One short transaction."""
        with self._engine.begin() as connection:
            yield connection

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
        return self._anchor.read_text().split("\n") if self._anchor.exists() else []

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
        query = select(principal).where(principal.c.id == id).order_by(principal.c.generation.desc())
        if generation is not None:
            query = query.where(principal.c.generation == generation)
        else:  # a key that nobody signed yet counts for nothing
            query = query.where(principal.c.signature.is_not(None))
        rows = self.read(query)
        if not rows or (rows[0].removed_at is not None and not removed):
            raise NoKey
        self._check(rows[0])
        return Holder(_public(rows[0]), rows[0].generation)

    def by_kid(self, kid: bytes) -> Public:
        """Who signed, whether removed since or not; its enrolment verified."""
        rows = self.read(select(principal).where(principal.c.kid == kid))
        if not rows:
            raise Tampered("unknown signer")
        self._check(rows[0])
        who = _public(rows[0])
        if who.kid != kid:
            raise Tampered("a key under another's name")
        return who

    def _check(self, row: Any, depth: int = 0) -> None:
        who = _public(row)
        if fingerprint(who) in self.anchors:
            return
        rows = self.read(
            select(principal).where(
                principal.c.id == row.enroller, principal.c.generation == row.enroller_generation
            )
        )
        if depth > 32 or not rows or not rows[0].enrols or rows[0].removed_at is not None:
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
        if generation is None:
            if what not in ring.newest:
                ring.newest[what] = self._newest_grant(ring, what)
            generation = ring.newest[what]
        held = ring.opened.get((what, generation))
        if held is None:
            held = self._open_grant(ring, what, generation)
            ring.opened[what, generation] = held
        return held, generation

    def _newest_grant(self, ring: Ring, what: UUID) -> int:
        rows = self.read(
            select(grant.c.what_generation)
            .where(
                grant.c.what == what,
                grant.c.holder == ring.own.id,
                grant.c.holder_generation == ring.generation,
            )
            .order_by(grant.c.what_generation.desc())
        )
        known = [generation for id, generation in ring.opened if id == what]
        if not rows and not known:
            raise NoKey
        return int(rows[0].what_generation) if rows else max(known)

    def _open_grant(self, ring: Ring, what: UUID, generation: int) -> Principal:
        rows = self.read(
            select(grant).where(
                grant.c.what == what,
                grant.c.what_generation == generation,
                grant.c.holder == ring.own.id,
                grant.c.holder_generation == ring.generation,
            )
        )
        if not rows:
            raise NoKey
        row = rows[0]
        maker = self.holder(row.maker, row.maker_generation, removed=True).public
        public = self.holder(what, generation).public
        return seal.open_grant(ring.own, bytes(row.blob), public, maker, generation)

    def holders_of(self, what: UUID) -> list[UUID]:
        """Who holds a grant on the newest generation, escrow left out."""
        newest = self.holder(what).generation
        rows = self.read(
            select(grant.c.holder).where(grant.c.what == what, grant.c.what_generation == newest).distinct()
        )
        return [row.holder for row in rows if row.holder != ESCROW]

    def revoke(self, holder: UUID) -> None:
        """Delete all that this principal was granted, and its sessions and job keys."""
        with self.step() as step:
            step.execute(delete(grant).where(grant.c.holder == holder))
            step.execute(delete(session).where(session.c.user == holder))
            step.execute(delete(job_key).where(job_key.c.maker == holder))

    # -- data keys

    def put_keys(self, keys: Iterable[DataKey]) -> None:
        """Store wraps, all or none; a thing that was erased gets no new key."""
        new = sorted(keys, key=attrgetter("object.int"))  # as the pages of the file are
        if not new:
            return
        with self.step() as step:
            objects = list({key.object: None for key in new})
            for chunk in _chunks(objects):
                if step.execute(select(tombstone.c.object).where(tombstone.c.object.in_(chunk))).first():
                    raise Erased
            _refuse_old_generations(step, new)
            made_at = time.time()
            insert_rows(step, dek, ((*key, made_at) for key in new))

    def keys(self, objects: Iterable[UUID]) -> dict[tuple[UUID, str], list[DataKey]]:
        """All wraps of these things, newest version first."""
        found: dict[tuple[UUID, str], list[DataKey]] = {}
        columns = [dek.c[name] for name in DataKey._fields]
        with self.step() as step:
            for chunk in _chunks(sorted(set(objects))):
                query = select(*columns).where(dek.c.object.in_(chunk)).order_by(dek.c.version.desc())
                for row in step.execute(query):
                    found.setdefault((row.object, row.compartment), []).append(DataKey(*row))
        return found

    def replace_key(self, old: DataKey, new: DataKey) -> None:
        """Rewrap one data key: the sealed form becomes a box at its first opening by someone who may."""
        with self.step() as step:
            step.execute(
                update(dek)
                .where(
                    dek.c.object == old.object,
                    dek.c.compartment == old.compartment,
                    dek.c.version == old.version,
                    dek.c.holder == old.holder,
                )
                .values(form=new.form, blob=new.blob, generation=new.generation)
            )

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

    def erased(self, objects: Iterable[UUID]) -> set[tuple[UUID, str]]:
        found: set[tuple[UUID, str]] = set()
        with self.step() as step:
            for chunk in _chunks(sorted(set(objects))):
                query = select(tombstone.c.object, tombstone.c.compartment).where(
                    tombstone.c.object.in_(chunk)
                )
                found.update((row.object, row.compartment) for row in step.execute(query))
        return found

    def orphans(self, known: set[UUID], older_than: float) -> int:
        """Delete data keys whose thing never reached the data; how many."""
        with self.step() as step:
            rows = step.execute(select(dek.c.object).where(dek.c.made_at < older_than).distinct())
            lost = sorted({row.object for row in rows} - known - {LEDGER})
            for chunk in _chunks(lost):
                step.execute(delete(dek).where(dek.c.object.in_(chunk)))
            return len(lost)


def _refuse_old_generations(step: Connection, keys: Iterable[DataKey]) -> None:
    """A key wrapped for a generation that was renewed meanwhile would be opened by nobody."""
    wrapped = {(key.holder, key.generation) for key in keys}
    query = select(principal.c.id, func.max(principal.c.generation).label("newest")).group_by(principal.c.id)
    newest = {
        row.id: row.newest for row in step.execute(query.where(principal.c.id.in_({id for id, _ in wrapped})))
    }
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


def wrap_context(object: UUID, compartment: str, version: int, holder: Public) -> bytes:
    """What a wrapped data key is bound to."""
    return envelope.canon("dek", object, compartment, version, holder.id, holder.kid)


def commitment(key: bytes) -> bytes:
    return envelope.expand(key, "commit")


def label(kind: str, generation: int, enrols: bool) -> str:  # noqa: FBT001  positional by nature: a row's columns
    return f"{kind}:{generation}:{'enrols' if enrols else 'does not enrol'}"


def _public(row: Any) -> Public:
    return Public(row.id, bytes(row.kem), bytes(row.sign))


@lru_cache(maxsize=4096)
def _checked(enroller: Public, who: Public, label: str, signature: bytes) -> None:
    check_enrolment(enroller, who, label, signature)


def _no_grant(values: Mapping[str, Any]) -> Any:
    names = ("what", "what_generation", "holder", "holder_generation")
    return delete(grant).where(tuple_(*(grant.c[n] for n in names)) == tuple_(*(values[n] for n in names)))


def _chunks(ids: list[UUID], size: int = 500) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "secure_delete=ON",
        "journal_mode=TRUNCATE",
        "synchronous=FULL",
        "busy_timeout=10000",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def random_key() -> bytes:
    return os.urandom(32)
