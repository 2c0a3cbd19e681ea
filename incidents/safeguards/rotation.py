"""Removing someone: grants go at once, compartments get a new seed, data keys are rewrapped.

One transaction of the keystore shuts the person out; the rewrapping after it is long,
goes in chunks, and may be cut anywhere: what is left is found again by looking.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Update, delete, func, insert, select, update

from crypto import seal
from crypto.envelope import Kind, box, unbox
from crypto.principal import Principal, Public, enrol, fingerprint
from incidents.model.base import Compartment
from incidents.safeguards.keystore import (
    ESCROW,
    DataKey,
    Keystore,
    Ring,
    compartment_id,
    dek,
    grant,
    grant_row,
    job_key,
    label,
    lock,
    principal,
    session,
    totp,
    wrap_context,
)

CHUNK = 2000


def remove(keystore: Keystore, ring: Ring, gone: UUID) -> None:
    """Shut out a member for good. Repeating it is harmless.

    The remover must hold every compartment that the member held.
    """
    held = [c for c in Compartment if gone in keystore.holders_of(compartment_id(c))]
    renewals = [(c, *_renewal(keystore, ring, c, gone)) for c in held]
    enrolled = _enrolled_by(keystore, gone)
    leaving = _fingerprints(keystore, gone) & set(keystore.anchors)
    if keystore.depends_on(ring.own.id, gone):
        # The remover's own enrolment would hang in the air: the chain ends at the remover too.
        keystore.set_anchors([*keystore.anchors, fingerprint(ring.own.public)])
    if leaving:
        enrolled += keystore.read(select(principal).where(principal.c.id == gone))
    with keystore.step() as step:
        for row in enrolled:
            _resign(step, ring, row)
        step.execute(delete(grant).where(grant.c.holder == gone))
        step.execute(delete(session).where(session.c.user == gone))
        step.execute(delete(job_key).where(job_key.c.maker == gone))
        step.execute(delete(lock).where(lock.c.principal == gone))
        step.execute(delete(totp).where(totp.c.user == gone))
        step.execute(delete(dek).where(dek.c.holder == gone))
        step.execute(update(principal).where(principal.c.id == gone).values(removed_at=time.time()))
        for _compartment, row, grants in renewals:
            step.execute(insert(principal).values(**row))
            step.execute(insert(grant), grants)
    keystore.set_anchors(set(keystore.anchors) - leaving)


def renew(keystore: Keystore, ring: Ring, compartment: Compartment, *, without: UUID) -> None:
    """A new generation of one compartment, granted to all who hold it but one."""
    row, grants = _renewal(keystore, ring, compartment, without)
    with keystore.step() as step:
        step.execute(
            delete(grant).where(grant.c.what == compartment_id(compartment), grant.c.holder == without)
        )
        step.execute(insert(principal).values(**row))
        step.execute(insert(grant), grants)
    rewrap(keystore, ring, compartment)


def _renewal(
    keystore: Keystore, ring: Ring, compartment: Compartment, gone: UUID
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
        "signature": enrol(ring.own, fresh.public, label("compartment", generation, False)),  # noqa: FBT003
    }
    stay = [keystore.holder(holder) for holder in {*keystore.holders_of(id), ESCROW} - {gone}]
    return row, [grant_row(fresh, generation, to, ring) for to in stay]


def _enrolled_by(keystore: Keystore, gone: UUID) -> list[Any]:
    return list(keystore.read(select(principal).where(principal.c.enroller == gone)))


def _fingerprints(keystore: Keystore, id: UUID) -> set[str]:
    rows = keystore.read(select(principal).where(principal.c.id == id))
    return {fingerprint(Public(row.id, bytes(row.kem), bytes(row.sign))) for row in rows}


def _resign(step: Connection, ring: Ring, row: Any) -> None:
    """Take over an enrolment, so that it no longer hangs on the person who left."""
    who = Public(row.id, bytes(row.kem), bytes(row.sign))
    here = (principal.c.id == row.id) & (principal.c.generation == row.generation)
    step.execute(
        update(principal)
        .where(here)
        .values(
            enroller=ring.own.id,
            enroller_generation=ring.generation,
            signature=enrol(ring.own, who, label(row.kind, row.generation, row.enrols)),
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
    id, done = compartment_id(compartment), 0
    new, generation = keystore.open(ring, id, keystore.holder(id).generation)
    while True:
        columns = [dek.c[name] for name in DataKey._fields]
        rows = keystore.read(
            select(*columns).where(dek.c.holder == id, dek.c.generation < generation).limit(CHUNK)
        )
        if not rows:
            break
        fresh = [(DataKey(*row), _rewrapped(keystore, ring, DataKey(*row), new, generation)) for row in rows]
        with keystore.step() as step:
            for old, blob in fresh:
                step.execute(_rewrap_query(old, blob, generation))
        done += len(fresh)
        told(done)
    with keystore.step() as step:
        step.execute(delete(grant).where(grant.c.what == id, grant.c.what_generation < generation))
    return done


def _rewrapped(keystore: Keystore, ring: Ring, old: DataKey, new: Principal, generation: int) -> bytes:
    holder, _generation = keystore.open(ring, old.holder, old.generation)
    context = wrap_context(old.object, old.compartment, old.version, holder.public)
    if old.form == "box":
        key = unbox(holder.wrap, Kind.WRAP, old.blob, context)
    else:
        maker = keystore.holder(old.maker, old.maker_generation, removed=True).public if old.maker else None
        key = seal.open_seal(holder, Kind.DEK, old.blob, context, maker)
    fresh = wrap_context(old.object, old.compartment, old.version, new.public)
    return box(new.wrap, Kind.WRAP, generation, key, fresh)


def _rewrap_query(old: DataKey, blob: bytes, generation: int) -> Update:
    return (
        update(dek)
        .where(
            dek.c.object == old.object,
            dek.c.compartment == old.compartment,
            dek.c.version == old.version,
            dek.c.holder == old.holder,
        )
        .values(blob=blob, generation=generation, form="box")
    )
