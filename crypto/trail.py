"""The shapes of the trail: Merkle roots, block hashes, signed checkpoints.

Merkle tree hash of RFC 6962 §2.1 (same in RFC 9162); checkpoints are C2SP signed notes with an extension line.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from crypto.envelope import LABEL, canon
from crypto.errors import Tampered
from crypto.principal import Principal, Public

GENESIS = bytes(32)

_HASH_BYTES = 32
_ED25519_NOTE = b"\n\x01"
_KEY_ID_BYTES = 4
_NOTE = re.compile(
    r"(?P<body>(?P<origin>[^\s+]+)\n(?P<number>0|[1-9][0-9]{0,18})\n(?P<block>\S{44})\n[^\r\n]+\n)"
    r"\n— (?P<name>[^\s+]+) (?P<signature>\S{92})\n"
)


def leaf(entry: bytes) -> bytes:
    """Hash of one entry, 32 bytes; its prefix keeps an entry from passing for an inner node."""
    return sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes, 32 bytes; of nothing, SHA-256 of nothing."""
    level = list(leaves)
    while len(level) > 1:  # in pairs from the left; one left over goes up as it is: the same tree
        alone = level[-1:] if len(level) % 2 else []
        level = [*map(_node, level[::2], level[1::2]), *alone]
    return level[0] if level else sha256(b"").digest()


def block_hash(previous: bytes, number: int, root: bytes, actor: UUID, at: str) -> bytes:
    """32 bytes that the actor signs: everything before, everything in this block, who and when."""
    return sha256(canon(LABEL + "block", previous, number, root, actor, at)).digest()


def _key_id(name: str, sign: bytes) -> bytes:
    return sha256(name.encode() + _ED25519_NOTE + sign).digest()[:_KEY_ID_BYTES]


def checkpoint(signer: Principal, origin: str, number: int, block: bytes, at: str) -> str:
    """Sign "the trail of this origin stood at this block at this time", as text to be kept elsewhere.

    ValueError if a part cannot stand in a note (origin: no spaces, no "+"; at: one line; block: 32 bytes).
    """
    body = f"{origin}\n{number}\n{base64.b64encode(block).decode()}\n{at}\n"
    signature = _key_id(origin, signer.public.sign) + signer.sign(body.encode())
    text = f"{body}\n— {origin} {base64.b64encode(signature).decode()}\n"
    if len(block) != _HASH_BYTES or _NOTE.fullmatch(text) is None:
        raise ValueError("these parts cannot stand in a checkpoint")
    return text


def _exactly(text: str) -> bytes:
    """Decode base64 and refuse a second spelling of the same bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if base64.b64encode(raw).decode() != text:
        raise Tampered("the checkpoint is not well formed")
    return raw


def read_checkpoint(text: str, signer: Public) -> tuple[int, bytes]:
    """Return (number, block hash) if this signer vouched for them; Tampered if not, or if a character differs."""
    note = _NOTE.fullmatch(text)
    if note is None or note["name"] != note["origin"]:
        raise Tampered("the checkpoint is not well formed")
    signature = _exactly(note["signature"])
    if signature[:_KEY_ID_BYTES] != _key_id(note["name"], signer.sign):
        raise Tampered("the checkpoint is not by this principal")
    signer.verify(signature[_KEY_ID_BYTES:], note["body"].encode())
    return int(note["number"]), _exactly(note["block"])
