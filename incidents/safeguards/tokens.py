"""A member's token for a program: a principal of its own behind a secret of 256 bits.

The member's signature puts it into the chain, their grants for the chosen compartments are sealed to it, and its seed
is locked by the secret and the pepper. What it may do and until when is bound to that lock: a row of the data that
was altered opens nothing. A random secret needs no slow hash; opening the lock is the check.
"""

import os
import re
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, update

from crypto.envelope import Kind, box, canon, unbox
from crypto.errors import CryptoError
from crypto.principal import Principal
from incidents.model.base import Compartment
from incidents.safeguards.keys import set_grants
from incidents.safeguards.keystore import Holder, Keystore, Ring
from incidents.safeguards.keytables import dek, grant, job_key, lock, principal, token_kind, tokens

PREFIX = "amp_"
METHOD = "token"
GENERATION = 1
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET = 32  # bytes
_BODY, _CHECK = 65, 6  # signs of base 62: 48 bytes, and a CRC-32 of what stands before
_SHAPE = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_BODY + _CHECK}}}")  # what a scanner for leaks looks for


@dataclass(frozen=True, slots=True)
class Bounds:
    """For whom a token acts, until when (seconds), with which permissions and compartments."""

    member: UUID
    until: int
    permissions: tuple[str, ...]
    compartments: tuple[str, ...]

    def context(self, id: UUID) -> bytes:
        scope = canon(*sorted(self.permissions)), canon(*sorted(self.compartments))
        return canon("token", id, self.member, self.until, *scope)


def spelt(id: UUID, secret: bytes) -> str:
    """A token as its program sends it: amp_, the id and the secret in base 62, a checksum."""
    body = _in_62(int.from_bytes(id.bytes + secret, "big"), _BODY)
    return f"{PREFIX}{body}{_check(body)}"


def read(text: str) -> tuple[UUID, bytes] | None:
    """The id and the secret of what looks like a token."""
    if not _SHAPE.fullmatch(text):
        return None
    body, check = text[len(PREFIX) : -_CHECK], text[-_CHECK:]
    number = 0
    for sign in body:
        number = number * len(_SIGNS) + _SIGNS.index(sign)
    if check != _check(body) or number >> 8 * (16 + _SECRET):
        return None
    raw = number.to_bytes(16 + _SECRET, "big")
    return UUID(bytes=raw[:16]), raw[16:]


def _in_62(number: int, signs: int) -> str:
    found = ""
    for _sign in range(signs):
        number, rest = divmod(number, len(_SIGNS))
        found = _SIGNS[rest] + found
    return found


def _check(body: str) -> str:
    return _in_62(zlib.crc32(f"{PREFIX}{body}".encode()), _CHECK)


def make(keystore: Keystore, pepper: bytes, ring: Ring, id: UUID, bounds: Bounds) -> tuple[str, bytes]:
    """A principal for a token of the ring's owner, granted what they hold of its compartments: as spelt, and its kid.

    NoKey where the owner does not hold one of them.
    """
    own, secret = Principal.new(id), os.urandom(_SECRET)
    public, kind = own.public, token_kind(ring.own.id)
    blob = box(_key(pepper, id, secret), Kind.LOCK, GENERATION, own.seed, bounds.context(id))
    wanted = frozenset(Compartment(name) for name in bounds.compartments)
    with keystore.step():  # one with what is within it
        keystore.enrol(public, kind, GENERATION, ring)
        keystore.put_lock(id, GENERATION, METHOD, blob)
        set_grants(keystore, ring, Holder(public, GENERATION), wanted)
    return spelt(id, secret), public.kid


def opened(keystore: Keystore, pepper: bytes, id: UUID, secret: bytes, bounds: Bounds) -> Ring | None:
    """The ring of a token; none: it ended, the secret is another one, or its bounds are not those it was made with."""
    found = keystore.lock(id, METHOD)
    if found is None:
        return None
    try:
        seed = unbox(_key(pepper, id, secret), Kind.LOCK, found[1], bounds.context(id))
    except CryptoError:
        return None
    return Ring(Principal(id, seed), found[0], behind=bounds.member)


def end(keystore: Keystore, ids: Iterable[UUID]) -> None:
    """Locks and grants go; that the key once signed is kept, for the trail. Doing it twice is doing it once."""
    these = list(ids)
    if not these:
        return
    with keystore.step() as step:
        step.execute(delete(lock).where(lock.c.principal.in_(these)))
        step.execute(delete(grant).where(grant.c.holder.in_(these)))
        step.execute(delete(dek).where(dek.c.holder.in_(these)))
        step.execute(delete(job_key).where(job_key.c.maker.in_(these)))
        here = principal.c.id.in_(these) & principal.c.removed_at.is_(None)
        step.execute(update(principal).where(here).values(removed_at=time.time()))


def end_all(keystore: Keystore) -> None:
    """Every one of a keystore that was restored: which of them were ended since it was copied, it does not know."""
    end(keystore, [row.id for row in keystore.read(tokens())])


def _key(pepper: bytes, id: UUID, secret: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=pepper, info=canon("amparo/v1/token", id)).derive(secret)
