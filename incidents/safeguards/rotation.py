"""Removing someone: grants go at once, compartments get a new seed, data keys are rewrapped.

One transaction of the keystore shuts the person out; the rewrapping after it is long,
goes in chunks, and may be cut anywhere: what is left is found again by looking.
"""

import hmac
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from crypto import seal
from crypto.envelope import Kind, box, unbox
from crypto.errors import CryptoError, Tampered
from crypto.principal import Principal, Public, enrol, fingerprint
from incidents.errors import NoKey
from incidents.model.base import Compartment
from incidents.safeguards.keystore import (
    ESCROW,
    DataKey,
    Holder,
    Keystore,
    Ring,
    commitment,
    compartment_id,
    grant_row,
    label,
    wrap_context,
)
from incidents.safeguards.keytables import dek, grant, job_key, lock, principal, session, tokens, totp

CHUNK = 5000
Holding = Mapping[Compartment, set[UUID]]  # who should hold what, by rows that the trail vouches for

_log = logging.getLogger(__name__)


def remove(keystore: Keystore, ring: Ring, gone: UUID, should: Holding | None = None) -> None:
    """Shut out a member for good. Repeating it is harmless.

    The remover must hold every compartment that the member held. Whoever holds a grant and
    should not is left out too: a row of the keystore alone makes nobody a holder.
    """
    held = [c for c in Compartment if gone in keystore.holders_of(compartment_id(c))]
    renewals = [(c, *_renewal(keystore, ring, c, gone, should)) for c in held]
    enrolled = _inherited(keystore, ring, gone)
    if _fingerprints(keystore, gone) & set(keystore.anchors):
        enrolled += _signed_keys(keystore, gone)
    with keystore.step() as step:
        for row in enrolled:
            _resign(step, ring, row)
        leaving = [gone, *step.scalars(tokens(gone))]
        step.execute(delete(grant).where(grant.c.holder.in_(leaving)))
        step.execute(delete(session).where(session.c.user == gone))
        step.execute(delete(job_key).where(job_key.c.maker.in_(leaving)))
        step.execute(delete(lock).where(lock.c.principal.in_(leaving)))
        step.execute(delete(totp).where(totp.c.user == gone))
        step.execute(delete(dek).where(dek.c.holder.in_(leaving)))
        step.execute(update(principal).where(principal.c.id.in_(leaving)).values(removed_at=time.time()))
        for _compartment, row, grants in renewals:
            step.execute(insert(principal).values(**row))
            step.execute(insert(grant), grants)
    ring.newest.clear()  # what was looked up is of the generation before
    drop_anchors(keystore, [gone])


def take_over(keystore: Keystore, ring: Ring, former: UUID) -> None:
    """What hangs on the signature of a former coordinator hangs on the ring's owner from now on."""
    rows = [*_inherited(keystore, ring, former), *_signed_keys(keystore, former)]
    with keystore.step() as step:
        for row in rows:
            _resign(step, ring, row, enrols=row.enrols and row.id != former)
    drop_anchors(keystore, [former])


def drop_anchors(keystore: Keystore, former: Iterable[UUID]) -> None:
    """The chain ends at none of these any more; also where that step was cut before."""
    leaving = {anchor for id in former for anchor in _fingerprints(keystore, id)} & set(keystore.anchors)
    staying = set(keystore.anchors) - leaving
    if leaving and staying:
        keystore.set_anchors(staying)


def renew(
    keystore: Keystore, ring: Ring, compartment: Compartment, *, without: UUID, should: Holding | None = None
) -> None:
    """A new generation of one compartment, granted to all who hold it but one."""
    row, grants = _renewal(keystore, ring, compartment, without, should)
    with keystore.step() as step:
        leaving = [without, *step.scalars(tokens(without))]
        step.execute(
            delete(grant).where(grant.c.what == compartment_id(compartment), grant.c.holder.in_(leaving))
        )
        step.execute(insert(principal).values(**row))
        step.execute(insert(grant), grants)
    ring.newest.clear()  # what was looked up is of the generation before
    rewrap(keystore, ring, compartment)


def _renewal(
    keystore: Keystore, ring: Ring, compartment: Compartment, gone: UUID, should: Holding | None
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """The rows of a compartment's next generation: its principal, and its grants to all who stay."""
    id = compartment_id(compartment)
    keystore.open(ring, id)  # only somebody who holds it may renew it
    generation = keystore.holder(id).generation + 1
    fresh = Principal.new(id)
    row = {
        "id": id,
        "generation": generation,
        "kind": "compartment",
        "enrols": False,
        "kem": fresh.public.kem,
        "sign": fresh.public.sign,
        "kid": fresh.kid,
        "enroller": ring.own.id,
        "enroller_generation": ring.generation,
        "signature": enrol(ring.own, fresh.public, label("compartment", generation, False)),  # noqa: FBT003  a row of the table, in its order
    }
    holding = set(keystore.holders_of(id))
    if should is not None:
        holding &= should[compartment]
    stay = [keystore.holder(ESCROW), keystore.holder(ring.own.id)]
    stay += _enrolled(keystore, holding - {gone, ring.own.id})
    return row, [grant_row(fresh, generation, to, ring) for to in stay]


def _enrolled(keystore: Keystore, holders: Iterable[UUID]) -> list[Holder]:
    """Those whose keys are in the chain. One whose key was swapped is granted nothing and holds up nobody."""
    found = []
    for holder in holders:
        try:
            found.append(keystore.holder(holder))
        except (NoKey, Tampered):
            _log.warning("a holder's key is not the one that was enrolled: %s", holder)
    return found


def _inherited(keystore: Keystore, ring: Ring, former: UUID) -> list[Any]:
    """The principals that a member enrolled, to be signed again by the ring's owner."""
    if keystore.depends_on(ring.own.id, former):
        # The owner's own enrolment would hang in the air: the chain ends at the owner too.
        keystore.set_anchors([*keystore.anchors, fingerprint(ring.own.public)])
    return list(keystore.read(select(principal).where(principal.c.enroller == former)))


def _signed_keys(keystore: Keystore, id: UUID) -> list[Any]:
    return list(
        keystore.read(select(principal).where(principal.c.id == id, principal.c.signature.is_not(None)))
    )


def _fingerprints(keystore: Keystore, id: UUID) -> set[str]:
    rows = keystore.read(select(principal).where(principal.c.id == id))
    return {fingerprint(Public(row.id, bytes(row.kem), bytes(row.sign))) for row in rows}


def _resign(step: Connection, ring: Ring, row: Any, *, enrols: bool | None = None) -> None:
    """Take over an enrolment, so that it no longer hangs on the person who left."""
    enrols = row.enrols if enrols is None else enrols
    who = Public(row.id, bytes(row.kem), bytes(row.sign))
    here = (principal.c.id == row.id) & (principal.c.generation == row.generation)
    step.execute(
        update(principal)
        .where(here)
        .values(
            enroller=ring.own.id,
            enroller_generation=ring.generation,
            enrols=enrols,
            signature=enrol(ring.own, who, label(row.kind, row.generation, enrols)),
        )
    )


def pending(keystore: Keystore) -> list[Compartment]:
    """Compartments with data keys or grants of an older generation: their rewrapping was cut."""
    found = []
    for compartment in Compartment:
        id = compartment_id(compartment)
        newest = select(func.max(principal.c.generation)).where(principal.c.id == id).scalar_subquery()
        left = select(dek.c.object).where(dek.c.holder == id, dek.c.generation < newest).limit(1)
        old = select(grant.c.what).where(grant.c.what == id, grant.c.what_generation < newest).limit(1)
        if keystore.read(left) or keystore.read(old):
            found.append(compartment)
    return found


def rewrap(
    keystore: Keystore, ring: Ring, compartment: Compartment, told: Callable[[int], None] = lambda _n: None
) -> int:
    """Rewrap what is left, chunk by chunk, then let the old generations go; how many keys."""
    id, done, reached = compartment_id(compartment), 0, UUID(int=0)
    new, generation = keystore.open(ring, id, keystore.holder(id).generation)
    while left := _left(keystore, id, generation, reached):
        changes = [_change(old, _rewrapped(keystore, ring, old, new, generation), generation) for old in left]
        with keystore.step() as step:
            step.execute(_REWRAP, changes)
        done, reached = done + len(left), left[-1].object
        told(done)
    with keystore.step() as step:
        step.execute(delete(grant).where(grant.c.what == id, grant.c.what_generation < generation))
    return done


def _left(keystore: Keystore, id: UUID, generation: int, reached: UUID) -> list[DataKey]:
    """The next keys of an older generation, in the order of the table: it is gone through once, not once a chunk."""
    columns = [dek.c[name] for name in DataKey._fields]
    query = select(*columns).where(dek.c.holder == id, dek.c.generation < generation, dek.c.object >= reached)
    return [DataKey(*row) for row in keystore.read(query.order_by(dek.c.object).limit(CHUNK))]


def _rewrapped(keystore: Keystore, ring: Ring, old: DataKey, new: Principal, generation: int) -> bytes | None:
    """The same key for the new generation. None: it does not open, or nobody who may made it.

    Such a key is left as it is, for it must neither stop the others nor come out as a genuine one.
    """
    holder, _generation = keystore.open(ring, old.holder, old.generation)
    try:
        key = _unwrapped(keystore, holder, old)
    except (CryptoError, NoKey):
        _log.warning("a data key does not open and was not rewrapped: %s %s", old.compartment, old.object)
        return None
    fresh = wrap_context(old.object, old.compartment, old.version, new.public)
    return box(new.wrap, Kind.WRAP, generation, key, fresh)


def _unwrapped(keystore: Keystore, holder: Principal, old: DataKey) -> bytes:
    """As the vault does it: what the vault refuses must not become genuine here."""
    context = wrap_context(old.object, old.compartment, old.version, holder.public)
    if old.form == "box":
        key = unbox(holder.wrap, Kind.WRAP, old.blob, context)
    elif old.compartment == Compartment.INTAKE and old.maker is not None:
        maker = keystore.holder(old.maker, old.maker_generation, removed=True).public
        key = seal.open_seal(holder, Kind.DEK, old.blob, context, maker)
    else:
        raise Tampered("only a report may be sealed by someone who cannot read it")
    if not hmac.compare_digest(commitment(key), old.commitment):
        raise Tampered("key commitment")
    return key


_WHICH = ("object", "compartment", "version", "holder")
_REWRAP = (
    update(dek)
    .where(*(dek.c[name] == bindparam(f"this_{name}") for name in _WHICH))
    .values({name: bindparam(f"new_{name}") for name in ("generation", "blob", "form")})
)


def _change(old: DataKey, blob: bytes | None, generation: int) -> dict[str, object]:
    """The parameters of one rewrapping; without a blob the key stays as it is."""
    this = {f"this_{name}": getattr(old, name) for name in _WHICH}
    new = (old.blob, old.form) if blob is None else (blob, "box")
    return this | {"new_generation": generation, "new_blob": new[0], "new_form": new[1]}
