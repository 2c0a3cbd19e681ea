"""BOX, the envelope under a secret key, and the encodings that everything else is bound with.

BOX = E1 | kind u8 | suite u8 | key version u32be | nonce 12 | ciphertext | tag 16
AAD = those first 7 bytes || canon(context)
AES-256-GCM (NIST SP 800-38D), HKDF-Expand (RFC 5869), padding ISO/IEC 7816-4 to Padmé sizes (Nikitin et al.,
PETS 2019).
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from os import urandom
from typing import Any, NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from crypto.errors import Tampered

Part = bytes | str | int | UUID

LABEL = "amparo/v1/"
KEY_BYTES = 32

# 0xE1 never begins ASCII or JSON: plaintext left by mistake is told apart.
MAGIC = 0xE1
SUITE_GCM = 0x01
SUITE_SEAL_SIGNED = 0x02
SUITE_RESERVED_X25519 = 0x03
SUITE_SEAL_UNSIGNED = 0x12
KNOWN_SUITES = frozenset({SUITE_GCM, SUITE_SEAL_SIGNED, SUITE_SEAL_UNSIGNED})
HEAD = struct.Struct(">BBBI")
NONCE_BYTES = 12
_NONCE_END = HEAD.size + NONCE_BYTES
_SMALLEST_BUCKET = 64


class Kind(IntEnum):
    """What an envelope holds; a byte of its head, so one kind never passes for another."""

    FIELD = 1
    WRAP = 2
    LOCK = 3
    SESSION = 4
    FILE = 5
    GRANT = 6
    DEK = 7
    JOB = 8
    TOTP = 9


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed field as it lies in the database: not a str, never printed."""

    data: bytes = field(repr=False)


def _part_bytes(part: Part) -> bytes:
    if isinstance(part, str):
        return part.encode("utf-8", "surrogatepass")  # total and injective: a broken character is not a crash
    if isinstance(part, UUID):
        return part.bytes
    if isinstance(part, bytes):
        return part
    if isinstance(part, bool) or not isinstance(part, int):
        raise TypeError(f"canon takes bytes, str, int and UUID, not {type(part).__name__}")
    return part.to_bytes(8, "big")


def canon(*parts: Part) -> bytes:
    """Encode as u8 count || for each part u32be length || bytes; ints u64be, UUIDs 16 bytes, str UTF-8.

    Injective for a given sequence of types. OverflowError for an int that is no u64, ValueError above 255 parts,
    TypeError for any other type.
    """
    out = [bytes((len(parts),))]
    for part in parts:
        if type(part) is bytes:  # the commonest without a call: a record is written with a hundred of these
            raw = part
        elif type(part) is UUID:
            raw = part.bytes
        else:
            raw = _part_bytes(part)
        out.append(len(raw).to_bytes(4, "big"))
        out.append(raw)
    return b"".join(out)


_HASHED = 64  # bytes that SHA-256 takes at once
_INNER, _OUTER = (bytes(each ^ pad for each in range(256)) for pad in (0x36, 0x5C))


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), spelt out: a key is used once or twice, and OpenSSL's takes twice as long to begin."""
    if len(key) > _HASHED:
        key = sha256(key).digest()
    block = key.ljust(_HASHED, b"\0")
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + message).digest()).digest()


def two_macs(key: bytes, one: bytes, other: bytes) -> tuple[bytes, bytes]:
    """The same of two messages under a key of at most 64 bytes, made ready once: each data key of a release has two."""
    block = key.ljust(_HASHED, b"\0")
    within, around = block.translate(_INNER), block.translate(_OUTER)
    return (
        sha256(around + sha256(within + one).digest()).digest(),
        sha256(around + sha256(within + other).digest()).digest(),
    )


def expand(key: bytes, label: str, context: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """HKDF-Expand-SHA256 (RFC 5869 §2.3); info = canon("amparo/v1/" + label, context).

    ValueError for a key under 32 bytes. The key must be uniform already: there is no extract step.
    """
    if len(key) < KEY_BYTES:
        raise ValueError("a key to expand has at least 32 bytes")
    if length == KEY_BYTES:  # in half the time: two a data key, and a search opens every one of them
        return mac(key, first_block(label, context) if context else _bare_block(label))
    return HKDFExpand(SHA256(), length, canon(LABEL + label, context)).derive(key)


@lru_cache(maxsize=64)
def _bare_block(label: str) -> bytes:
    return canon(LABEL + label, b"") + b"\x01"


def first_block(label: str, context: bytes = b"") -> bytes:
    """What HKDF-Expand hashes for its first 32 bytes, T(1): info || 01."""
    return canon(LABEL + label, context) + b"\x01" if context else _bare_block(label)


def need_key(key: bytes) -> bytes:
    """Return the key if it has 32 bytes, else ValueError: AES-GCM alone would take 16 or 24 too."""
    if len(key) != KEY_BYTES:
        raise ValueError("a key has exactly 32 bytes")
    return key


def head(kind: Kind, suite: int, keyver: int) -> bytes:
    """Build the first 7 bytes of every envelope; ValueError if the key version is no u32."""
    try:
        return HEAD.pack(MAGIC, kind, suite, keyver)
    except struct.error:
        raise ValueError("a key version lies between 0 and 2**32 - 1") from None


def read_head(blob: bytes, kind: Kind, suites: frozenset[int]) -> tuple[int, int]:
    """Return (suite, key version) of an envelope of this kind; Tampered if it is none."""
    if len(blob) < HEAD.size:
        raise Tampered("the envelope is cut")
    magic, its_kind, suite, version = HEAD.unpack_from(blob)
    if magic != MAGIC or its_kind != kind or suite not in suites:
        raise Tampered("the envelope is not of the expected kind")
    return suite, version


def keyver(blob: bytes, kind: Kind) -> int:
    """Read the key version, not authenticated yet: good for choosing the key only. Tampered if of another kind."""
    return read_head(blob, kind, KNOWN_SUITES)[1]


def box(key: bytes, kind: Kind, keyver: int, plaintext: bytes, context: bytes) -> bytes:
    """Seal under a 32-byte key with a random nonce; 35 bytes longer than the plaintext."""
    start = head(kind, SUITE_GCM, keyver)
    nonce = urandom(NONCE_BYTES)
    return start + nonce + AESGCM(need_key(key)).encrypt(nonce, plaintext, start + canon(context))


def unbox(key: bytes, kind: Kind, blob: bytes, context: bytes) -> bytes:
    """Open a BOX of this kind sealed under this key and context; Tampered otherwise."""
    read_head(blob, kind, frozenset({SUITE_GCM}))
    aad = blob[: HEAD.size] + canon(context)
    return _decrypt(AESGCM(need_key(key)), blob, aad)


class BoxKey:
    """A key made ready for many boxes of one kind: its cipher kept."""

    __slots__ = ("_aes", "_start")

    def __init__(self, key: bytes, kind: Kind) -> None:
        """Take a 32-byte key and what it closes and opens."""
        self._aes = AESGCM(need_key(key))
        self._start = bytes((MAGIC, kind, SUITE_GCM))

    def __reduce__(self) -> NoReturn:
        """Refuse pickling and copying: keys travel wrapped only."""
        raise TypeError("a key is never pickled")

    def seal_all(self, keyver: int, plaintexts: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """As box, of many plaintexts, each with its context."""
        start, close = self._start + keyver.to_bytes(4, "big"), self._aes.encrypt
        return [
            start + nonce + close(nonce, plaintext, start + _bound(context))
            for (plaintext, context), nonce in zip(plaintexts, nonces(len(plaintexts)), strict=True)
        ]

    def open(self, blob: bytes, context: bytes) -> bytes:
        """As unbox."""
        if blob[: len(self._start)] != self._start:
            raise Tampered("the envelope is not of the expected kind")
        return _decrypt(self._aes, blob, blob[: HEAD.size] + _bound(context))


def nonces(count: int) -> list[bytes]:
    """Fresh nonces for what is sealed now, drawn together: each draw asks the system. None is kept for later.

    A buffer that outlived its caller would repeat itself after a fork.
    """
    drawn = urandom(NONCE_BYTES * count)
    return [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]


def _bound(context: bytes) -> bytes:
    return b"\x01" + len(context).to_bytes(4, "big") + context  # canon(context), spelt out


def _decrypt(aes: AESGCM, blob: bytes, aad: bytes) -> bytes:
    try:
        return aes.decrypt(blob[HEAD.size : _NONCE_END], blob[_NONCE_END:], aad)
    except (InvalidTag, ValueError):  # ValueError: cut inside the nonce
        raise Tampered("the envelope was altered, cut or moved, or this is not its key") from None


def _bucket(size: int) -> int:
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def pad(data: bytes) -> bytes:
    """Add 0x80 and zeros up to 64 bytes, above that up to the Padmé size (at most 12 % longer)."""
    size = len(data) + 1
    if size <= _SMALLEST_BUCKET:  # half of all fields
        return data + b"\x80" + bytes(_SMALLEST_BUCKET - size)
    return data + b"\x80" + bytes(_bucket(size) - size)


def unpad(data: bytes) -> bytes:
    """Take the padding off; Tampered if there is no mark."""
    marked = data.rstrip(b"\0")
    if not marked.endswith(b"\x80"):
        raise Tampered("the padding has no mark")
    return marked[:-1]


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_DECODE = json.JSONDecoder().raw_decode


def _kept_encoder() -> Callable[[object], str]:
    """What `JSONEncoder.encode` makes anew at each call, which takes longer than a small value does, made once."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python whose json is written in Python
        return _JSON.encode
    write_text = json.encoder.encode_basestring
    asked = (None, _JSON.default, write_text, None, ":", ",", True, False, False)
    encoder = make(*asked)
    return lambda value: "".join(encoder(value, 0))


_ENCODE = _kept_encoder()
_TEXT: Callable[[str], str] = json.encoder.encode_basestring


def canonical_json(value: object) -> bytes:
    """Write UTF-8 JSON, keys sorted, no spaces; ValueError for NaN and infinities, TypeError for what JSON lacks.

    A lone surrogate (half an emoji, cut by a browser) is kept as its JSON escape: a testimony loses nothing.
    """
    if value is None:
        return b"null"
    if type(value) is str:
        return _TEXT(value).encode("utf-8", "backslashreplace")
    return _ENCODE(value).encode("utf-8", "backslashreplace")


def read_json(data: bytes) -> Any:
    """Read what canonical_json wrote; Tampered if the bytes are not exactly one JSON value."""
    text, end = "", -1
    try:
        text = data.decode()
        value, end = _DECODE(text)
    except (ValueError, RecursionError):
        value = None  # refused below, outside this block: these errors hold the text, a context would too
    if end != len(text):
        raise Tampered("the envelope holds no value")
    return value


def field_place(table: str, column: str, record: UUID, compartment: str, keyver: int) -> bytes:
    """Name the one place at which a field opens: canon(table, column, record, compartment, key version)."""
    return before_record(table, column) + record.bytes + after_record(compartment, keyver)


# What stands before and after the record's id in that canon: few of them, and each needed for every field.
@lru_cache(maxsize=1024)
def before_record(table: str, column: str) -> bytes:
    """How the canon of every field of a column begins."""
    return b"\x05" + canon(table, column)[1:] + (16).to_bytes(4, "big")


@lru_cache(maxsize=1024)
def after_record(compartment: str, keyver: int) -> bytes:
    """How it ends."""
    return canon(compartment, keyver)[1:]


@lru_cache(maxsize=256)
def _field_head(keyver: int) -> tuple[bytes, bytes]:
    """The head of a field of this version, and how head || canon(place) begins: spelt out, being the hot path."""
    start = head(Kind.FIELD, SUITE_GCM, keyver)
    return start, start + b"\x01"


@lru_cache(maxsize=1024)
def around_record(table: str, column: str, compartment: str, keyver: int) -> tuple[bytes, bytes]:
    """What a field's seal authenticates, head || canon(place), before and after the record's id: see seal_under."""
    before, after = before_record(table, column), after_record(compartment, keyver)
    size = len(before) + _ID_BYTES + len(after)
    return _field_head(keyver)[1] + size.to_bytes(4, "big") + before, after


_ID_BYTES = 16
_NOTHING = pad(canonical_json(None))  # a third of all fields


class FieldKey:
    """A data key made ready for fields: expanded once, its cipher kept."""

    __slots__ = ("_aes", "_bound", "_head", "keyver")

    def __init__(self, dek: bytes, keyver: int) -> None:
        """Take a 32-byte data key and its version."""
        self.keyver = keyver
        self._aes = AESGCM(expand(need_key(dek), "field"))
        self._head, self._bound = _field_head(keyver)

    def __repr__(self) -> str:
        """Name the version, never the key."""
        return f"FieldKey(version {self.keyver})"

    def __reduce__(self) -> NoReturn:
        """Refuse pickling and copying: data keys travel wrapped only."""
        raise TypeError("a field key is never pickled")

    def seal(self, value: object, place: bytes, nonce: bytes | None = None) -> Envelope:
        """Close a JSON value at its place; ValueError and TypeError as canonical_json.

        `nonce` is one of `nonces`, for this call alone.
        """
        aad = self._bound + len(place).to_bytes(4, "big") + place
        return self.seal_under(value, aad, nonce or urandom(NONCE_BYTES))

    def seal_under(self, value: object, aad: bytes, nonce: bytes) -> Envelope:
        """The same, where what is authenticated was put together of `around_record` and the record's id."""
        plain = _NOTHING if value is None else pad(canonical_json(value))
        return Envelope(self._head + nonce + self._aes.encrypt(nonce, plain, aad))

    def open(self, envelope: Envelope, place: bytes) -> Any:
        """Open the value sealed at this place under this key and version; Tampered otherwise."""
        return read_json(self.open_json(envelope.data, place))

    def open_json(self, data: bytes, place: bytes) -> bytes:
        """The same of an envelope's bytes, as the JSON that was sealed: most that a search opens is not read."""
        if data[: HEAD.size] != self._head:
            raise Tampered("the envelope is not a field of this key version")
        aad = self._bound + len(place).to_bytes(4, "big") + place
        return unpad(_decrypt(self._aes, data, aad))
