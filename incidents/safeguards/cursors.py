"""A place in a list, closed to whoever asks: nobody else goes on from it, and it says nothing of what lies there.

The key is made of the asker's own, so that a cursor outlives a restart of the server and nobody keeps it; the list it
was made for is bound to it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from crypto.envelope import Kind, box, canon, canonical_json, expand, keyver, pad, read_json, unbox, unpad
from crypto.errors import CryptoError
from incidents.safeguards.keystore import Ring


def close(ring: Ring, where: str, place: Sequence[Any]) -> str:
    """Letters, digits, - and _ of one length for nearly every place. `where`: the list, with its filters."""
    boxed = box(_key(ring), Kind.LOCK, ring.generation, pad(canonical_json(list(place))), _of(ring, where))
    return urlsafe_b64encode(boxed).decode().rstrip("=")


def reopen(ring: Ring, where: str, text: str) -> list[Any] | None:
    """The place; None for what was altered, another's, or made for another list or by a key that is no more."""
    try:
        blob = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        if urlsafe_b64encode(blob).decode().rstrip("=") != text or keyver(blob, Kind.LOCK) != ring.generation:
            return None  # a sign that the decoder reads over would be a second spelling of the same
        found = read_json(unpad(unbox(_key(ring), Kind.LOCK, blob, _of(ring, where))))
    except (ValueError, CryptoError):
        return None
    return found if isinstance(found, list) else None


def _key(ring: Ring) -> bytes:
    return expand(ring.own.wrap, "cursor")


def _of(ring: Ring, where: str) -> bytes:
    return canon("cursor", ring.own.id, where)
