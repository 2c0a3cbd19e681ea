"""What stands for a great many rows in few bytes: the names that they go by, and what a sealed ledger says of each.

A ledger is sealed with one text that holds, entry by entry in the order of their ids: the id, sixteen bytes; which
combination of values it stands for, four; its thread, eight.
"""

import base64
import secrets
from collections.abc import Iterable, Sequence
from typing import overload
from uuid import UUID

THREAD, NUMBER, ID = 8, 4, 16  # bytes
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


class Entries:
    """What a ledger says of each of its entries."""

    def __init__(self, text: str) -> None:
        self._held = base64.b64decode(text)

    @staticmethod
    def text(entries: Iterable[tuple[UUID, int, str]]) -> str:
        """Id, number and thread of each, as they are sealed; they come in the order of their ids."""
        packed = b"".join(
            id.bytes + number.to_bytes(NUMBER, "big") + bytes.fromhex(thread)
            for id, number, thread in entries
        )
        return base64.b64encode(packed).decode()

    def __len__(self) -> int:
        return len(self._held) // _ENTRY

    def get(self, id: UUID) -> tuple[int, str] | None:
        """The number and the thread of an entry, by halving; none: it is of somebody who told of another's row."""
        low, high, wanted = 0, len(self), id.bytes
        while low < high:
            middle = (low + high) // 2
            if self._held[_ENTRY * middle : _ENTRY * middle + ID] < wanted:
                low = middle + 1
            else:
                high = middle
        found = self._held[_ENTRY * low : _ENTRY * (low + 1)]
        if found[:ID] != wanted:
            return None
        return int.from_bytes(found[ID : ID + NUMBER], "big"), found[ID + NUMBER :].hex()
