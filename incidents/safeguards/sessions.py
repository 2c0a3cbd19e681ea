"""Who is signed in, across workers; and how often somebody tried.

The cookie is 32 random bytes; the row holds its hash and the user's seed, boxed under
a key made of the cookie and the boot key. The boot key lies in memory-backed files:
the database, the cookie, or both after the power went, open nothing.
"""

import hashlib
import os
import time
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, insert, select, update

from crypto.envelope import Kind, box, canon, expand, keyver, unbox
from crypto.errors import Tampered
from crypto.principal import Principal
from incidents.errors import TooManyAttempts
from incidents.safeguards.keystore import NODE, Keystore, Ring
from incidents.safeguards.keytables import attempt, principal, session, totp

IDLE = 15 * 60
ABSOLUTE = 8 * 60 * 60
FRESH = 5 * 60
WINDOW = 15 * 60
ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was found, checked and opened."""

    user: UUID
    ring: Ring = field(repr=False)
    fresh: bool
    token: bytes = field(repr=False)
    by: UUID | None = None  # a member's token for a program; none: themselves
    scope: frozenset[str] | None = None  # of such a token: the permissions that go with it


class Sessions:
    def __init__(self, keystore: Keystore, boot: bytes, idle: int = IDLE) -> None:
        self._keys, self._boot, self._idle = keystore, boot, idle

    def start(self, ring: Ring, *, pending: bool = False) -> bytes:
        """A new session; gives back the token for the cookie. Pending: it waits for the second factor."""
        token, now = os.urandom(32), time.time()
        row = _digest(token)
        sealed = box(
            self._key(token),
            Kind.SESSION,
            ring.generation,
            ring.own.seed,
            _context(row, ring.own.id, pending),
        )
        with self._keys.step() as step:
            step.execute(delete(session).where(session.c.started < now - ABSOLUTE))
            step.execute(
                insert(session).values(
                    token=row,
                    user=ring.own.id,
                    generation=ring.generation,
                    box=sealed,
                    started=now,
                    seen=now,
                    fresh=now,
                    pending=pending,
                )
            )
        return token

    def find(self, token: bytes, *, pending: bool = False) -> SignedIn | None:
        """The session of this cookie, or nothing: unknown, idle, too old, of a removed or renewed principal."""
        row, now = _digest(token), time.time()
        found = self._keys.read(
            select(session, principal.c.removed_at)
            .join(
                principal,
                (principal.c.id == session.c.user) & (principal.c.generation == session.c.generation),
            )
            .where(session.c.token == row, session.c.pending == pending)
        )
        if not found or found[0].removed_at is not None:
            return None
        here = found[0]
        if now - here.seen > self._idle or now - here.started > ABSOLUTE:
            self.end(token)
            return None
        try:
            seed = unbox(self._key(token), Kind.SESSION, bytes(here.box), _context(row, here.user, pending))
        except Tampered:  # another boot key: the power went, or the file was copied elsewhere
            return None
        if now - here.seen > 60:  # written once a minute at most
            with self._keys.step() as step:
                step.execute(update(session).where(session.c.token == row).values(seen=now))
        return SignedIn(
            here.user, Ring(Principal(here.user, seed), here.generation), now - here.fresh < FRESH, token
        )

    def refresh(self, token: bytes) -> None:
        """The passphrase was given again."""
        now = time.time()
        with self._keys.step() as step:
            step.execute(update(session).where(session.c.token == _digest(token)).values(fresh=now, seen=now))

    def end(self, token: bytes) -> None:
        with self._keys.step() as step:
            step.execute(delete(session).where(session.c.token == _digest(token)))

    def end_all(self, user: UUID, keep: bytes | None = None) -> None:
        """End every session of this user, but for the one that asks."""
        query = delete(session).where(session.c.user == user)
        if keep is not None:
            query = query.where(session.c.token != _digest(keep))
        with self._keys.step() as step:
            step.execute(query)

    def count_attempt(self, about: str, limit: int = ATTEMPTS) -> None:
        """Count before anything is hashed, in one statement for all workers; refuse above the limit."""
        key, now = _digest(b"attempt/" + about.encode()), time.time()
        with self._keys.step() as step:
            step.execute(delete(attempt).where(attempt.c.since < now - WINDOW))
            done = step.execute(
                update(attempt).where(attempt.c.about == key).values(count=attempt.c.count + 1)
            )
            if not done.rowcount:
                step.execute(insert(attempt).values(about=key, since=now, count=1))
            count = step.execute(select(attempt.c.count).where(attempt.c.about == key)).scalar_one()
        if count > limit:
            raise TooManyAttempts

    def forget_attempts(self, about: str) -> None:
        with self._keys.step() as step:
            step.execute(delete(attempt).where(attempt.c.about == _digest(b"attempt/" + about.encode())))

    def worker(self) -> Principal:
        """The principal of this node's job worker: lives through a killed process, dies with the power."""
        return Principal(uuid5(NODE, "worker"), expand(self._boot, "worker"))

    def _key(self, token: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt=self._boot, info=canon("amparo/v1/session")).derive(token)

    # -- the second factor

    def put_totp(self, ring: Ring, secret: str | None) -> None:
        """Store the secret of the second factor under the user's own key, or remove it."""
        with self._keys.step() as step:
            step.execute(delete(totp).where(totp.c.user == ring.own.id))
            if secret is not None:
                sealed = box(
                    ring.own.wrap, Kind.TOTP, ring.generation, secret.encode(), canon("totp", ring.own.id)
                )
                step.execute(insert(totp).values(user=ring.own.id, box=sealed, last_step=0))

    def totp(self, ring: Ring) -> str | None:
        rows = self._keys.read(select(totp.c.box).where(totp.c.user == ring.own.id))
        if (
            not rows or keyver(bytes(rows[0].box), Kind.TOTP) != ring.generation
        ):  # of a key that was forgotten
            return None
        return unbox(ring.own.wrap, Kind.TOTP, bytes(rows[0].box), canon("totp", ring.own.id)).decode()

    def with_second_factor(self) -> set[UUID]:
        """Who has a second factor set."""
        return {row.user for row in self._keys.read(select(totp.c.user))}

    def spend_step(self, user: UUID, at: int) -> bool:
        """True once for each time step: a code that was seen is not taken again."""
        with self._keys.step() as step:
            done = step.execute(
                update(totp).where(totp.c.user == user, totp.c.last_step < at).values(last_step=at)
            )
            return bool(done.rowcount)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(b"amparo/v1/session-row" + token).digest()


def _context(row: bytes, user: UUID, pending: bool) -> bytes:  # noqa: FBT001  a row's column
    return canon("session", row, user, int(pending))
