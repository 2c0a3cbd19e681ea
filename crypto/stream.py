"""FILE: long things in chunks, opened as they are read, in constant memory.

FILE = E1 | kind | suite | key version u32be | object 16 | file 16 | salt 32 | chunks of 64 KiB, each with a tag
Key = HKDF-SHA256(DEK, salt, info = canon(label, the 71 bytes before the chunks)): every file has one of its own.
Nonce = 7 zero bytes | counter u32be | last flag u8: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015).
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import chain
from os import urandom
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.envelope import HEAD, KEY_BYTES, LABEL, SUITE_GCM, Kind, canon, head, need_key, read_head
from crypto.errors import Tampered

CHUNK_BYTES = 64 * 1024
_TAG_BYTES = 16
_SALT_BYTES = 32
_START = struct.Struct(f">{HEAD.size}s16s16s{_SALT_BYTES}s")
_NONCE = struct.Struct(">7xIB")


def _cipher(dek: bytes, start: bytes) -> AESGCM:
    salt = start[-_SALT_BYTES:]
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, canon(LABEL + "file", start)).derive(need_key(dek)))


def _blocks(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Cut anew into blocks of one size, the last one marked; a block is held until more is seen behind it."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > size:
            yield bytes(held[:size]), False
            del held[:size]
    yield bytes(held), True


def seal_stream(
    dek: bytes, keyver: int, object_id: UUID, file_id: UUID, chunks: Iterable[bytes]
) -> Iterator[bytes]:
    """Close a file under its 32-byte data key: the header, then chunks of 64 KiB + 16; at most 256 TiB."""
    start = _START.pack(
        head(Kind.FILE, SUITE_GCM, keyver), object_id.bytes, file_id.bytes, urandom(_SALT_BYTES)
    )
    return _sealed(_cipher(dek, start), start, chunks)


def _sealed(aes: AESGCM, start: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield start
    for number, (block, last) in enumerate(_blocks(chunks, CHUNK_BYTES)):
        yield aes.encrypt(_NONCE.pack(number, last), block, None)


def _split_start(chunks: Iterable[bytes]) -> tuple[bytes, Iterable[bytes]]:
    source = iter(chunks)
    held = bytearray()
    while len(held) < _START.size:
        chunk = next(source, None)
        if chunk is None:
            raise Tampered("the file is cut")
        held += chunk
    return bytes(held[: _START.size]), chain([bytes(held[_START.size :])], source)


def open_stream(dek: bytes, object_id: UUID, file_id: UUID, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give plaintext as it is read, in pieces of at most 64 KiB, whatever the pieces that come in.

    Each piece is verified before it is given out. That nothing is missing behind it is known only when the
    iterator ends without Tampered: keep nothing and act on nothing until then.
    """
    need_key(dek)
    start, rest = _split_start(chunks)
    read_head(start, Kind.FILE, frozenset({SUITE_GCM}))
    if _START.unpack(start)[1:3] != (object_id.bytes, file_id.bytes):
        raise Tampered("the file lies at another place than it was sealed for")
    aes = _cipher(dek, start)
    for number, (block, last) in enumerate(_blocks(rest, CHUNK_BYTES + _TAG_BYTES)):
        try:
            plain = aes.decrypt(_NONCE.pack(number, last), block, None)
        except InvalidTag:
            raise Tampered("the file was altered, cut or put together anew") from None
        if plain:
            yield plain
