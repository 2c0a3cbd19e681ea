"""What stood typed on a page when its session ended: sealed to its writer, and kept in that page alone.

The node signs whose a page is (a mark) and that it closed the text itself. Whoever signs in on that page next
opens it with their own key or not at all.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from uuid import UUID

from crypto import seal as seals
from crypto.envelope import Kind, canon, canonical_json, keyver, read_json
from crypto.errors import CryptoError
from crypto.principal import Principal
from incidents.errors import NoKey
from incidents.safeguards.keystore import Keystore, Ring, Tampered

Typed = Sequence[tuple[str, str]]
_SIGNATURE = 128  # signs, in hex


def mark(node: Principal, writer: UUID) -> str:
    """Says whose page this is, so that no other member's text is ever taken for theirs."""
    return node.sign(_of(writer)).hex() + writer.hex


def writer_of(node: Principal, text: str) -> UUID | None:
    """Whose page carries this mark; nobody's, where it is not the node's."""
    try:
        writer = UUID(text[_SIGNATURE:])
        node.public.verify(bytes.fromhex(text[:_SIGNATURE]), _of(writer))
    except (ValueError, CryptoError):
        return None
    return writer


def close(keystore: Keystore, node: Principal, writer: UUID, typed: Typed) -> str:
    """Sealed to the writer alone; empty, where they have no key any more."""
    try:
        to = keystore.holder(writer)
    except (NoKey, Tampered):
        return ""
    text = canonical_json([list(pair) for pair in typed])
    return b64encode(
        seals.seal(to.public, Kind.SESSION, to.generation, text, _context(writer), node)
    ).decode()


def reopen(node: Principal, ring: Ring, text: str) -> list[tuple[str, str]] | None:
    """What was typed, for its writer; None for anybody else."""
    try:
        blob = b64decode(text, validate=True)
        if keyver(blob, Kind.SESSION) != ring.generation:
            return None
        opened = seals.open_seal(ring.own, Kind.SESSION, blob, _context(ring.own.id), node.public)
    except (ValueError, CryptoError):
        return None
    return [(name, value) for name, value in read_json(opened)]


def _of(writer: UUID) -> bytes:
    return canon("unsent-page", writer)


def _context(writer: UUID) -> bytes:
    return canon("unsent-text", writer)
