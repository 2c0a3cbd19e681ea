"""How fast words of withdrawal may be tried, so that guessing leads nowhere and nobody shuts the page for everybody.

Three words of the shorter list are one of 763³ ≈ 4.4 × 10⁸ codes (28.7 bits); of the longer, 937³ ≈ 8.2 × 10⁸. That is
too few for tries without end, so all tries together have a pace: beyond the first sixty of a quarter of an hour one
every five seconds, 17,280 in a day. Where a thousand people have words, whoever guesses day and night from everywhere
hits one in 25 days (4.4 × 10⁸ / 1000 / 17,280); where ten thousand have, one in two or three. A hit stops what is of
one person, tells nothing, destroys nothing, stands in the trail, and ends as the person says yes again.

Until now sixty tries from everywhere shut the page for the rest of the quarter: anybody could do that to everybody. Now

- whoever tries more than twenty times from one neighbourhood (an IPv4 /24, an IPv6 /48) is refused there and nowhere
  else; a shelter that writes for many stays below it;
- all together are slowed, not refused; only while three wait already the next one is told to come back in a minute, for
  each of them holds one of the server's few threads.

Of a neighbourhood only a hash under a key that dies with the process is held, in memory, for a quarter of an hour.
Where a proxy does not say whence a try comes, only the common pace holds.
"""

import hashlib
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from os import urandom
from pathlib import Path
from threading import Lock

from incidents.errors import TooManyAttempts, _

WINDOW = 15 * 60  # seconds
NEAR = 20  # tries of one neighbourhood in a window
FREE = 60  # of all together before they are slowed
PACE = 5.0  # seconds between two, from then on
SEATS = 3  # that wait at once
MOST = 10_000  # neighbourhoods that are remembered: who invents addresses fills no memory


class Crowded(TooManyAttempts):
    """It passes by itself: nobody is shut out for longer."""

    code = "too-many-at-once"
    sentence = _(
        "Many are writing here at this moment. Wait a minute and send it once more, or tell somebody whom you trust."
    )


class Pace:
    """Of one server. The program runs as one process; a second one would have a pace of its own."""

    def __init__(self) -> None:
        self._lock, self._key = Lock(), urandom(16)
        self._near: dict[bytes, int] = {}
        self._since = time.monotonic()
        self._all: deque[float] = deque()
        self._next = 0.0
        self._seated = 0

    @contextmanager
    def turn(self, neighbourhood: str) -> Iterator[float]:
        """Take a turn: how long to wait for it, in seconds. A refusal says whether to come back soon or later."""
        with self._lock:
            wait = self._admitted(neighbourhood, time.monotonic())
            self._seated += 1
        try:
            yield wait
        finally:
            with self._lock:
                self._seated -= 1

    def _admitted(self, neighbourhood: str, now: float) -> float:
        if self._seated >= SEATS:
            raise Crowded  # costs nothing: who comes back in a minute, as told, is not counted twice
        self._count_near(neighbourhood, now)
        while self._all and self._all[0] < now - WINDOW:
            self._all.popleft()
        self._all.append(now)
        if len(self._all) <= FREE:
            return 0.0
        at = max(now, self._next)
        self._next = at + PACE
        return at - now

    def _count_near(self, neighbourhood: str, now: float) -> None:
        if now - self._since > WINDOW or len(self._near) >= MOST:
            self._near, self._since = {}, now
        if not neighbourhood:
            return
        key = hashlib.blake2b(neighbourhood.encode(), key=self._key, digest_size=16).digest()
        self._near[key] = self._near.get(key, 0) + 1
        if self._near[key] > NEAR:
            raise TooManyAttempts


_PACES: dict[Path, Pace] = defaultdict(Pace)


def of(instance: Path) -> Pace:
    """The pace of the server of this instance."""
    return _PACES[instance]


def neighbourhood(peer: str, forwarded: str = "") -> str:
    """Whence a try comes, no more exactly than tells one house from another; empty where it is not known.

    Who speaks from this machine or this network is a proxy: it says last in `forwarded` who spoke to it.
    """
    address = _address(peer)
    if address is None or address.is_private:
        address = _address(forwarded.rpartition(",")[2].strip())
    if address is None or address.is_private:
        return ""
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
