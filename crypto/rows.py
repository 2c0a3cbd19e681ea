"""The same columns of many records, opened one record after the other: what is the same for all is spelt once.

A record's data key lies wrapped under one key for all, and each column is sealed under that data key. This opens what
`unbox` and `FieldKey.open_json` open, with the same contexts byte for byte, and refuses what they refuse.
"""

from collections.abc import Callable, Sequence
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.envelope import HEAD, NONCE_BYTES, SUITE_GCM, Kind, first_block, head, mac, need_key, two_macs
from crypto.errors import Tampered

Around = tuple[bytes, bytes]  # what stands in a context before and after the record's id
ID_BYTES = 16
_HEAD_END, _NONCE_END = HEAD.size, HEAD.size + NONCE_BYTES
_FIELD, _COMMIT = first_block("field"), first_block("commit")
Open = Callable[
    [AESGCM, bytes, bytes], bytes
]  # a record's cipher, the 16 bytes of its id, the sealed field → JSON


class Rows:
    """What opens the records whose data keys are of one version, wrapped by one generation of a key."""

    __slots__ = ("_aes", "_after_wrap", "_field", "_opens", "_wrap", "_wrap_bound")

    def __init__(
        self, wrapping: bytes, generation: int, wrapped: Around, version: int, places: Sequence[Around]
    ) -> None:
        """Take the 32-byte wrapping key, its generation and context, the version, and the place of each column."""
        self._aes = AESGCM(need_key(wrapping))
        self._wrap, self._field = (
            head(kind, SUITE_GCM, keyver) for kind, keyver in ((Kind.WRAP, generation), (Kind.FIELD, version))
        )
        self._wrap_bound, self._after_wrap = _bound(self._wrap, wrapped)
        self._opens = [_opener(self._field, *_bound(self._field, place)) for place in places]

    def __reduce__(self) -> NoReturn:
        """Refuse pickling and copying: keys travel wrapped only."""
        raise TypeError("a key is never pickled")

    def key(self, id: bytes, blob: bytes) -> bytes:
        """Unwrap the data key of the record with these 16 bytes of id; Tampered otherwise."""
        return _opened(self._aes, self._wrap, blob, self._wrap_bound + id + self._after_wrap)

    def cipher(self, key: bytes) -> AESGCM:
        """Make a data key ready for the fields of its record."""
        return AESGCM(mac(need_key(key), _FIELD))

    def committed(self, key: bytes) -> tuple[bytes, AESGCM]:
        """What a data key commits itself to, to be compared with what was kept; and what `cipher` makes of it."""
        commitment, made = two_macs(need_key(key), _COMMIT, _FIELD)
        return commitment, AESGCM(made)

    def opens(self, column: int) -> Open:
        """What opens a column, by its number among the places."""
        return self._opens[column]

    def open(self, cipher: AESGCM, column: int, id: bytes, data: bytes) -> bytes:
        """Open the JSON sealed in a column; Tampered otherwise."""
        return self._opens[column](cipher, id, data)


def _opener(start: bytes, before: bytes, after: bytes) -> Open:
    """With everything at hand that is the same for a million rows."""

    def opened(cipher: AESGCM, id: bytes, data: bytes) -> bytes:
        marked = _opened(cipher, start, data, before + id + after).rstrip(b"\0")
        if marked[-1:] != b"\x80":  # as unpad
            raise Tampered("the padding has no mark")
        return marked[:-1]

    return opened


def _bound(start: bytes, around: Around) -> Around:
    """What is authenticated of an envelope, head || canon(context), before and after the id."""
    before, after = around
    length = len(before) + ID_BYTES + len(after)
    return start + b"\x01" + length.to_bytes(4, "big") + before, after


def _opened(aes: AESGCM, start: bytes, blob: bytes, aad: bytes) -> bytes:
    if blob[:_HEAD_END] != start:
        raise Tampered("the envelope is not of the expected kind, suite and key version")
    try:
        return aes.decrypt(blob[_HEAD_END:_NONCE_END], blob[_NONCE_END:], aad)
    except (InvalidTag, ValueError):  # ValueError: cut inside the nonce
        raise Tampered("the envelope was altered, cut or moved, or this is not its key") from None
