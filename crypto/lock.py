"""LOCK: a seed closed by a password, a recovery code or a key provider; opening it is the password check.

LOCK = time u32 | memory KiB u32 | salt 16 | commitment 32 | BOX
Argon2id (RFC 9106), one lane, the pepper as its secret input; 64 bytes out: key | commitment.
"""

import secrets
import struct
import unicodedata
from hashlib import sha256
from hmac import compare_digest
from os import urandom
from typing import NamedTuple

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from shamir_mnemonic.wordlist import (  # type: ignore[import-untyped]  # the library ships no types
    WORD_INDEX_MAP,
    WORDLIST,
)

from crypto.envelope import LABEL, Kind, box, canon, unbox
from crypto.errors import Tampered, WrongSecret

_START = struct.Struct(">II16s32s")
_SALT_BYTES = 16
_HALF = 32
_LOCK_VERSION = 1
_TIMES = range(1, 16 + 1)
_MEMORIES = range(19 * 1024, 1024 * 1024 + 1)

_WORD_BITS = 10
_WORDS = 14
_ENTROPY_BYTES = 16
_CHECK_BITS = _WORDS * _WORD_BITS - _ENTROPY_BYTES * 8


class Cost(NamedTuple):
    """What one guess costs: passes, and memory in KiB."""

    time: int
    memory_kib: int


STANDARD = Cost(3, 65536)
FLOOR = Cost(1, 19456)


def _allowed(cost: Cost) -> bool:
    """Keep whoever writes to the database from choosing a weak or a ruinous cost."""
    return cost.time in _TIMES and cost.memory_kib in _MEMORIES


def _secret_bytes(secret: str | bytes) -> bytes:
    """NFKC, so that the same passphrase typed on a phone and on a desk opens the same lock."""
    if isinstance(secret, bytes):
        return secret
    return unicodedata.normalize("NFKC", secret).encode("utf-8", "surrogatepass")


def _stretch(secret: str | bytes, salt: bytes, pepper: bytes, cost: Cost) -> tuple[bytes, bytes]:
    argon = Argon2id(
        salt=salt,
        length=2 * _HALF,
        iterations=cost.time,
        lanes=1,
        memory_cost=cost.memory_kib,
        secret=pepper or None,
    )
    out = argon.derive(_secret_bytes(secret))
    return out[:_HALF], out[_HALF:]


def lock(
    secret: str | bytes, seed: bytes, context: bytes, pepper: bytes = b"", cost: Cost = STANDARD
) -> bytes:
    """Close a seed: 56 bytes and a BOX. ValueError for an empty secret or a cost out of bounds."""
    if not secret or not _allowed(cost):
        raise ValueError("a lock needs a secret and a cost within bounds")
    salt = urandom(_SALT_BYTES)
    key, commitment = _stretch(secret, salt, pepper, cost)
    start = _START.pack(*cost, salt, commitment)
    return start + box(key, Kind.LOCK, _LOCK_VERSION, seed, canon(LABEL + "lock", context, start))


def unlock(secret: str | bytes, blob: bytes, context: bytes, pepper: bytes = b"") -> bytes:
    """Give the seed back; WrongSecret if secret or pepper do not fit, Tampered if the lock was altered or moved.

    An altered salt, commitment or cost within bounds cannot be told from a wrong secret: only the secret vouches
    for them.
    """
    if len(blob) < _START.size:
        raise Tampered("the lock is cut")
    time, memory, salt, expected = _START.unpack_from(blob)
    cost = Cost(time, memory)
    if not _allowed(cost):
        raise Tampered("the lock asks for a cost out of bounds")
    key, commitment = _stretch(secret, salt, pepper, cost)
    if not compare_digest(commitment, expected):
        raise WrongSecret("this secret does not open the lock")
    return unbox(key, Kind.LOCK, blob[_START.size :], canon(LABEL + "lock", context, blob[: _START.size]))


def _code_words(entropy: bytes) -> list[str]:
    digest = sha256(canon(LABEL + "recovery", entropy)).digest()
    check = int.from_bytes(digest, "big") >> (8 * len(digest) - _CHECK_BITS)
    number = int.from_bytes(entropy, "big") << _CHECK_BITS | check
    mask = (1 << _WORD_BITS) - 1
    return [WORDLIST[number >> (_WORD_BITS * i) & mask] for i in reversed(range(_WORDS))]


def _code_entropy(words: list[str]) -> bytes:
    """Read the first 128 bits; a word that is not on the list counts as the first, and differs when written again."""
    number = 0
    for word in words:
        number = number << _WORD_BITS | WORD_INDEX_MAP.get(word, 0)
    return (number >> _CHECK_BITS).to_bytes(_ENTROPY_BYTES, "big")


def recovery_code() -> str:
    """Make 128 random bits and a 12-bit checksum into 14 words of the SLIP-39 list."""
    return " ".join(_code_words(secrets.token_bytes(_ENTROPY_BYTES)))


def normal_code(text: str) -> str:
    """Return the code as recovery_code wrote it, whatever the case and spaces; WrongSecret if it is none."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    if len(words) != _WORDS or words != _code_words(_code_entropy(words)):
        raise WrongSecret("these words are not a recovery code")
    return " ".join(words)
