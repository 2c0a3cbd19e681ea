"""A text that was rewritten: the same thing goes on under a new key, and the keys that opened it before are destroyed.

A data key has versions, and an envelope names its own. So the end of a thing's older keys is one number: up to which
version they are over. It stands in the keystore for good: none of them is made or stored again, and a keystore from
before it loses them as soon as it is told.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from crypto.envelope import Envelope, Kind, keyver
from incidents.model.base import Record, compartments
from incidents.safeguards.keys import Tombstone
from incidents.safeguards.keystore import Keystore
from incidents.safeguards.keytables import ANSWERS, dek, meta, rewriting


def close_off(keystore: Keystore, thing: UUID, compartment: str, version: int, decision: str) -> None:
    """Nothing is sealed any more under the keys of this thing up to this version. They are still there."""
    here = (rewriting.c.object == thing) & (rewriting.c.compartment == compartment)
    with keystore.step() as step:
        known = step.execute(select(rewriting.c.version).where(here)).scalar()
        if known is not None and known >= version:
            return
        step.execute(delete(rewriting).where(here))
        step.execute(
            insert(rewriting).values(
                object=thing, compartment=compartment, version=version, at=time.time(), decision=decision
            )
        )


def destroy(keystore: Keystore, thing: UUID, compartment: str, version: int) -> None:
    """Destroy the keys of this thing up to this version; doing it twice is doing it once."""
    with keystore.step() as step:
        step.execute(
            delete(dek).where(
                dek.c.object == thing, dek.c.compartment == compartment, dek.c.version <= version
            )
        )
        step.execute(delete(meta).where(meta.c.name.like(ANSWERS)))  # one may repeat the old text


def held(keystore: Keystore, thing: UUID, compartment: str, version: int) -> set[int]:
    """The versions up to this one whose keys are still there."""
    wraps = keystore.keys([thing], compartment).get((thing, compartment), ())
    return {wrap.version for wrap in wraps if wrap.version <= version}


def version_of(seal: str) -> int:
    """Which of its thing's keys an earlier seal is under, as it says itself. `seal`: hexadecimal digits."""
    return keyver(bytes.fromhex(seal), Kind.FIELD)


def is_under(record: Record, compartment: str, versions: set[int]) -> bool:
    """Whether a field of this record is sealed under one of these keys, as it says itself."""
    its = [name for name, each in compartments(type(record)).items() if each.value == compartment]
    sealed: list[Envelope | None] = [getattr(record, name) for name in its]
    return any(keyver(each.data, Kind.FIELD) in versions for each in sealed if each is not None)


def stones(keystore: Keystore) -> list[Tombstone]:
    """What was destroyed for a rewriting, the earliest first. What is closed off and still there is not among it."""
    left = select(dek.c.object).where(
        dek.c.object == rewriting.c.object,
        dek.c.compartment == rewriting.c.compartment,
        dek.c.version <= rewriting.c.version,
    )
    rows = keystore.read(select(rewriting).where(~left.exists()).order_by(rewriting.c.at, rewriting.c.object))
    return [
        Tombstone(r.object, r.compartment, datetime.fromtimestamp(r.at, UTC), r.decision, r.version)
        for r in rows
    ]


def replay(keystore: Keystore, found: Iterable[Tombstone]) -> int:
    """Destroy again what a keystore from before the rewritings still holds; how many things."""
    known, done = keystore.over(stone.thing for stone in found), 0
    for stone in found:
        if known.get((stone.thing, stone.compartment), 0) < stone.upto:
            done += 1
        close_off(keystore, stone.thing, stone.compartment, stone.upto, stone.decision)
        destroy(keystore, stone.thing, stone.compartment, stone.upto)
    return done
