"""What stands for a great many rows in few bytes: the names that they go by, and what a sealed ledger says of each.

A ledger is sealed with one text that holds, entry by entry: the id, sixteen bytes; which combination of values it
stands for, four; its thread, eight.
"""

import base64
import secrets
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import overload
from uuid import UUID

THREAD, NUMBER, ID, HASH = 8, 4, 16, 32  # bytes
_ENTRY = ID + NUMBER + THREAD


class Threads(Sequence[str]):
    """Names of rows, drawn at random; a name is hexadecimal."""

    def __init__(self, held: bytes = b"") -> None:
        self._held = held

    @classmethod
    def drawn(cls, number: int) -> "Threads":
        """Names for so many rows that no release has yet."""
        return cls(secrets.token_bytes(THREAD * number))

    @classmethod
    def of(cls, names: Iterable[str]) -> "Threads":
        """Names that are known."""
        return cls(bytes.fromhex("".join(names)))

    def __len__(self) -> int:
        return len(self._held) // THREAD

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        at = THREAD * range(len(self))[place]
        return self._held[at : at + THREAD].hex()


class Known:
    """One name a row, though two releases that were prepared side by side drew it twice."""

    def __init__(self) -> None:
        self.by_hash: dict[bytes, str] = {}
        self.alias: dict[str, str] = {}

    def add(self, hashed: bytes | None, thread: str) -> None:
        """A thread, and the hash of the act and person it is of, where it is still known."""
        first = self.by_hash.setdefault(hashed, thread) if hashed else thread
        self.alias.setdefault(thread, first)

    def of(self, hashes: Iterable[bytes]) -> str | None:
        """The thread of the row that goes by one of these; none: no release has it."""
        found = next((self.by_hash[each] for each in hashes if each in self.by_hash), None)
        return self.alias[found] if found else None


class Found:
    """Records of one length, side by side in the order of their keys, with which they begin: found by halving."""

    def __init__(self, held: bytes, length: int, key: int) -> None:
        self._held, self._length, self._key = held, length, key

    @classmethod
    def of(cls, records: Iterable[bytes], length: int, key: int) -> "Found":
        """Records in any order."""
        return cls(b"".join(sorted(records)), length, key)

    def __len__(self) -> int:
        return len(self._held) // self._length

    def get(self, wanted: bytes) -> bytes | None:
        """What follows this key; none: it is not there."""
        place = bisect_left(range(len(self)), wanted, key=self._at)
        if place == len(self) or self._at(place) != wanted:
            return None
        return self._held[self._length * place + self._key : self._length * (place + 1)]

    def _at(self, place: int) -> bytes:
        start = self._length * place
        return self._held[start : start + self._key]


class Entries:
    """What a ledger says of each of its entries, in whichever order its text holds them."""

    def __init__(self, text: str) -> None:
        held = base64.b64decode(text)
        apiece = (held[at : at + _ENTRY] for at in range(0, len(held), _ENTRY))
        self._found = Found.of(apiece, _ENTRY, ID)

    @staticmethod
    def text(entries: Iterable[tuple[UUID, int, str]]) -> str:
        """Id, number and thread of each, as they are sealed."""
        packed = b"".join(
            id.bytes + number.to_bytes(NUMBER, "big") + bytes.fromhex(thread)
            for id, number, thread in entries
        )
        return base64.b64encode(packed).decode()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, id: UUID) -> tuple[int, str] | None:
        """The number and the thread of an entry; none: it is of somebody who told of another's row."""
        found = self._found.get(id.bytes)
        return None if found is None else (int.from_bytes(found[:NUMBER], "big"), found[NUMBER:].hex())


class Names:
    """What hashes of 32 bytes stand for: ids, sixteen bytes each."""

    def __init__(self, named: Iterable[tuple[bytes, UUID]]) -> None:
        self._found = Found.of((hashed + id.bytes for hashed, id in named), HASH + ID, HASH)

    def get(self, hashed: bytes | None) -> str | None:
        """The id, in hexadecimal; none: nothing goes by this hash."""
        found = self._found.get(hashed) if hashed else None
        return None if found is None else found.hex()
