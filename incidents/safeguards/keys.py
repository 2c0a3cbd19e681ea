"""The keys of a new instance, of a new member, of a job: made, enrolled, granted."""

import hashlib
import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select

from crypto import seal
from crypto.envelope import Kind, box, canon, expand, keyver, unbox
from crypto.errors import CryptoError
from crypto.escrow import join, split
from crypto.lock import recovery_code
from crypto.principal import Principal, Public, fingerprint
from crypto.seal import self_test
from crypto.tokens import keyed
from incidents.errors import AlreadySetUp, NoKey, WillNotStart
from incidents.model.base import Compartment
from incidents.safeguards.keystore import (
    ESCROW,
    LEDGER,
    NODE,
    Holder,
    Keystore,
    Ring,
    compartment_id,
    grant_row,
    random_key,
)
from incidents.safeguards.keytables import dek, grant, job_key, lock, meta, principal, tombstone
from incidents.safeguards.locks import PASSWORD, RECOVERY, key_file

__all__ = [
    "ESCROW",
    "LEDGER",
    "NODE",
    "PASSWORD",
    "RECOVERY",
    "compartment_id",
    "expand",
    "fingerprint",
    "key_file",
    "node_mac",
    "recovery_code",
    "self_test",
]

JOB_HOURS = 24


def node(path: Path) -> Principal:
    """The node's own principal: it signs refusals and what comes before a sign-in, and holds no grant."""
    return Principal(NODE, key_file(path))


def node_mac(path: Path, label: str, text: str) -> bytes:
    """A hash of a text that only this node can make: the database alone cannot be searched for it."""
    return keyed(expand(key_file(path), "node-mac"), label, text)


def found(keystore: Keystore, node_key: Path, threshold: int, custodians: int) -> tuple[Ring, list[str]]:
    """The first coordinator's ring, and the escrow shares (SLIP-39), shown once.

    The server keeps the public half of escrow only.
    """
    if _in_use(keystore):  # the data may be elsewhere, or its address mistyped: these keys open it
        raise AlreadySetUp
    _sweep(keystore)
    ring = Ring(Principal(uuid4(), random_key()), 1)
    keystore.set_anchors([fingerprint(ring.own.public)])
    keystore.enrol(ring.own.public, "user", 1, ring, enrols=True)
    keystore.enrol(node(node_key).public, "node", 1, ring)
    seed = random_key()
    escrow = Principal(ESCROW, seed)
    keystore.enrol(escrow.public, "escrow", 1, ring)
    for compartment in Compartment:
        fresh = Principal(compartment_id(compartment), random_key())
        keystore.enrol(fresh.public, "compartment", 1, ring)
        for holder in (Holder(ring.own.public, 1), Holder(escrow.public, 1)):
            keystore.grant(fresh, 1, holder, ring)
    return ring, split(seed, threshold, custodians)


def _in_use(keystore: Keystore) -> bool:
    """Something was sealed or erased with these keys, or a second person joined: more than a set-up that was cut."""
    sealed = select(dek.c.object).where(dek.c.object != LEDGER).limit(1)
    people = select(principal.c.id).where(principal.c.kind == "user").distinct().limit(2)
    gone = select(tombstone.c.object).limit(1)
    return bool(keystore.read(sealed) or keystore.read(gone) or len(keystore.read(people)) > 1)


def _sweep(keystore: Keystore) -> None:
    """Keys of a set-up that was cut before its first row: nothing was ever sealed with them."""
    with keystore.step() as step:
        step.execute(delete(grant))
        step.execute(delete(principal))


def new_member(keystore: Keystore, id: UUID) -> Ring:
    """A principal for someone who joins or starts again: stored unsigned, so that it counts for nothing yet."""
    own = Principal(id, random_key())
    public = own.public
    with keystore.step() as step:
        known = step.scalar(select(func.max(principal.c.generation)).where(principal.c.id == id))
        ring = Ring(own, (known or 0) + 1)
        step.execute(
            insert(principal).values(
                id=id,
                generation=ring.generation,
                kind="user",
                enrols=False,
                kem=public.kem,
                sign=public.sign,
                kid=public.kid,
            )
        )
    return ring


def forget_member(keystore: Keystore, ring: Ring) -> None:
    """Undo `new_member`, for somebody whose joining did not come about."""
    here = (principal.c.id == ring.own.id) & (principal.c.generation == ring.generation)
    with keystore.step() as step:
        step.execute(delete(principal).where(here, principal.c.signature.is_(None)))
        step.execute(
            delete(lock).where(lock.c.principal == ring.own.id, lock.c.generation == ring.generation)
        )


def newest(keystore: Keystore, id: UUID) -> tuple[Public, int]:
    """The newest key of a user, enrolled or not, with its generation: shown for comparison, sealed to by nobody."""
    rows = keystore.read(
        select(principal).where(principal.c.id == id).order_by(principal.c.generation.desc())
    )
    if not rows:
        raise NoKey
    return Public(rows[0].id, bytes(rows[0].kem), bytes(rows[0].sign)), rows[0].generation


def is_enrolled(keystore: Keystore, ring: Ring) -> bool:
    rows = keystore.read(
        select(principal.c.signature).where(
            principal.c.id == ring.own.id, principal.c.generation == ring.generation
        )
    )
    return bool(rows and rows[0].signature)


def is_confirmed(keystore: Keystore, id: UUID) -> bool:
    """True when the newest key of a user is enrolled, not only one before it."""
    newest_first = principal.c.generation.desc()
    rows = keystore.read(
        select(principal.c.signature).where(principal.c.id == id).order_by(newest_first).limit(1)
    )
    return bool(rows and rows[0].signature)


def is_removed(keystore: Keystore, id: UUID) -> bool:
    """True when no key of this member is in force any more (or there never was one)."""
    left = select(principal.c.id).where(principal.c.id == id, principal.c.removed_at.is_(None)).limit(1)
    return not keystore.read(left)


def enrol_member(keystore: Keystore, enroller: Ring, id: UUID, *, enrols: bool) -> Holder:
    """Sign a member's newest key into the chain."""
    public, generation = newest(keystore, id)
    keystore.enrol(public, "user", generation, enroller, enrols=enrols)
    return Holder(public, generation)


def set_grants(keystore: Keystore, maker: Ring, to: Holder, wanted: frozenset[Compartment]) -> None:
    """Grant these compartments, older generations too while a rewrapping waits.

    Taking one away is `rotation.remove`'s work: a key that was seen is known.
    """
    for compartment in wanted:
        for generation in _held(keystore, maker, compartment_id(compartment)):
            keystore.grant(
                keystore.open(maker, compartment_id(compartment), generation)[0], generation, to, maker
            )


def _held(keystore: Keystore, ring: Ring, what: UUID) -> list[int]:
    """The generations of a principal that the ring's owner holds."""
    rows = keystore.read(
        select(grant.c.what_generation).where(
            grant.c.what == what,
            grant.c.holder == ring.own.id,
            grant.c.holder_generation == ring.generation,
        )
    )
    if not rows:
        raise NoKey
    return [row.what_generation for row in rows]


def from_escrow(keystore: Keystore, shares: list[str], to: UUID) -> None:
    """With the custodians' shares: grant every compartment to a member again."""
    try:
        escrow = Ring(Principal(ESCROW, join(shares)), 1)
    except CryptoError:
        raise NoKey from None
    if escrow.own.kid != keystore.holder(ESCROW).public.kid:
        raise NoKey
    holder = keystore.holder(to)
    for compartment in Compartment:
        what, generation = keystore.open(escrow, compartment_id(compartment))
        values = grant_row(what, generation, holder, escrow)
        with keystore.step() as step:
            step.execute(
                delete(grant).where(
                    grant.c.what == what.id,
                    grant.c.what_generation == generation,
                    grant.c.holder == to,
                    grant.c.holder_generation == holder.generation,
                )
            )
            step.execute(insert(grant).values(**values))


def boot_key(path: Path) -> bytes:
    """The node's boot key: 32 bytes in memory-backed files, made before the workers fork."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = key_file(path)
    folder, file = path.parent.stat(), path.lstat()
    # Memory-backed folders are open to everybody: whoever made ours before us would know the key.
    if folder.st_uid not in (os.getuid(), 0) or file.st_uid != os.getuid() or file.st_mode & 0o077:
        raise WillNotStart(
            why=f"{path} is not this account's alone. Look who made it, remove it, start again"
        )
    return key


# -- jobs


def lend(keystore: Keystore, ring: Ring, worker: Public, job: UUID, wanted: frozenset[Compartment]) -> float:
    """Seal to the worker the seeds that this kind of job needs, for this job; until when (a time stamp)."""
    rows = []
    until = time.time() + JOB_HOURS * 3600
    for compartment in wanted:
        what, generation = keystore.open(ring, compartment_id(compartment))
        context = _job_context(job, what.id, generation, until)
        rows.append(
            {
                "job": job,
                "what": what.id,
                "generation": generation,
                "blob": seal.seal(worker, Kind.JOB, generation, what.seed, context, ring.own),
                "maker": ring.own.id,
                "maker_generation": ring.generation,
                "until": until,
            }
        )
    with keystore.step() as step:
        step.execute(delete(job_key).where(job_key.c.job == job))
        if rows:
            step.execute(insert(job_key), rows)
    return until


def borrow(keystore: Keystore, worker: Principal, job: UUID) -> Ring:
    """The worker's ring for one job: its own principal and what was lent; NoKey after a power-off or expiry."""
    ring = Ring(worker, 1)
    for row in keystore.read(select(job_key).where(job_key.c.job == job, job_key.c.until > time.time())):
        maker = keystore.holder(row.maker, row.maker_generation).public
        context = _job_context(job, row.what, row.generation, row.until)
        try:
            seed = seal.open_seal(worker, Kind.JOB, bytes(row.blob), context, maker)
        except CryptoError:  # lent to a worker that died with the power, or by nobody
            raise NoKey from None
        ring.opened[row.what, row.generation] = Principal(row.what, seed)
    if not ring.opened:
        raise NoKey
    return ring


def take_back(keystore: Keystore, job: UUID) -> None:
    with keystore.step() as step:
        step.execute(delete(job_key).where(job_key.c.job == job))


def lent(keystore: Keystore) -> dict[UUID, float]:
    """The jobs that seeds are lent to, and until when (a time stamp)."""
    return {row.job: row.until for row in keystore.read(select(job_key.c.job, job_key.c.until).distinct())}


def outdated(keystore: Keystore, ring: Ring) -> bool:
    """Something in this ring was renewed since: what is sealed with it now would be refused."""
    return any(keystore.holder(id).generation > generation for id, generation in ring.opened)


def _job_context(job: UUID, what: UUID, generation: int, until: float) -> bytes:
    return canon("job", job, what, generation, int(until))


# -- erasure


class Tombstone(NamedTuple):
    """A data key that was destroyed: of what, when, under which decision."""

    thing: UUID
    compartment: str
    at: datetime
    decision: str
    upto: int = 0  # of a rewriting: the version up to which the keys went; 0: all, for ever


def tombstones(keystore: Keystore) -> list[Tombstone]:
    """What was erased, the earliest first."""
    rows = keystore.read(
        select(tombstone).order_by(tombstone.c.at, tombstone.c.object, tombstone.c.compartment)
    )
    return [Tombstone(r.object, r.compartment, datetime.fromtimestamp(r.at, UTC), r.decision) for r in rows]


def discard(keystore: Keystore, things: Iterable[tuple[UUID, Compartment]]) -> None:
    """Destroy the data keys of what nobody ever saw; no tombstone, for nothing was promised about it."""
    with keystore.step() as step:
        for thing, compartment in things:
            step.execute(delete(dek).where(dek.c.object == thing, dek.c.compartment == compartment.value))


def close(keystore: Keystore) -> None:
    """Let go of the file, so that it can be moved."""
    keystore._engine.dispose()  # noqa: SLF001  the engine is the keystore's alone otherwise


# -- what is shown once


def put_aside(keystore: Keystore, ring: Ring, what: str, value: str) -> None:
    """Keep something that must be shown again until it is confirmed, under the user's own key."""
    keystore.set_fact(*aside(ring, what, value))


def aside(ring: Ring, what: str, value: str) -> tuple[str, bytes]:
    """The name and the box of something that is put aside."""
    context = canon("aside", ring.own.id, what)
    return _aside(ring, what), box(ring.own.wrap, Kind.LOCK, ring.generation, value.encode(), context)


def put_aside_value(keystore: Keystore, ring: Ring, what: str) -> str | None:
    kept = keystore.fact(_aside(ring, what))
    if kept is None or keyver(kept, Kind.LOCK) != ring.generation:  # put aside under a key that was forgotten
        return None
    return unbox(ring.own.wrap, Kind.LOCK, kept, canon("aside", ring.own.id, what)).decode()


def drop_aside(keystore: Keystore, ring: Ring, what: str) -> None:
    with keystore.step() as step:
        step.execute(delete(meta).where(meta.c.name == _aside(ring, what)))


def drop_older_asides(keystore: Keystore, kept: str, kind: str) -> None:
    """What was put aside of a kind, by anybody, goes; but for what begins with `kept`. Nothing is opened for it."""
    names = [row.name for row in keystore.read(select(meta.c.name).where(meta.c.name.startswith("aside/")))]
    about = {name: name.split("/", 2)[2] for name in names}
    old = [name for name, what in about.items() if what.startswith(kind) and not what.startswith(kept)]
    if old:
        with keystore.step() as step:
            step.execute(delete(meta).where(meta.c.name.in_(old)))


def drop_asides_before(keystore: Keystore, first: str) -> None:
    """What was put aside by anybody, under names that begin with a kind and a moment, before this one."""
    kind = first.partition("/")[0]
    names = keystore.read(select(meta.c.name).where(meta.c.name.like(f"aside/%/{kind}/%")))
    if old := [row.name for row in names if row.name.split("/", 2)[2] < first]:
        with keystore.step() as step:
            step.execute(delete(meta).where(meta.c.name.in_(old)))


def _aside(ring: Ring, what: str) -> str:
    return f"aside/{ring.own.id}/{what}"


def link_digest(token: str) -> bytes:
    """What is stored of a one-time link."""
    return hashlib.sha256(b"amparo/v1/link" + token.encode()).digest()


def drop_older(keystore: Keystore, ring: Ring) -> bool:
    """Forget the locks and grants of this user's earlier keys; True if there were any."""
    with keystore.step() as step:
        gone = step.execute(
            delete(lock).where(lock.c.principal == ring.own.id, lock.c.generation < ring.generation)
        )
        step.execute(
            delete(grant).where(grant.c.holder == ring.own.id, grant.c.holder_generation < ring.generation)
        )
        return bool(gone.rowcount)
