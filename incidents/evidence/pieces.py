"""A file as sealed pieces: put in, read back, in constant memory.

Each piece is a sealed stream of its own, with a salt and so a key of its own, bound to the file and to its place in it.
A piece that is sent again, with other bytes or the same, is sealed anew under another name.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID, uuid5

from incidents.evidence import store
from incidents.evidence.store import ORIGINAL
from incidents.model.evidence import Evidence, WorkingCopy
from incidents.work import Work

if TYPE_CHECKING:
    from typing_extensions import Buffer

SEGMENT = 1024 * 1024  # bytes; the last one of a file may be shorter
OVERHEAD = 71  # of a sealed piece: how it begins
BLOCK, TAG = 64 * 1024, 16  # and a tag for each block of it


@dataclass(frozen=True)
class Hashes:
    """Of a file as it is read, and of its sealed pieces one after the other."""

    size: int
    sha256: str
    sealed_sha256: bytes


@dataclass(frozen=True)
class Stored:
    """One file in the store: an original or a copy."""

    evidence_id: UUID
    id: UUID  # of the original the evidence's own
    folder: str
    pieces: tuple[str, ...]  # of each its random word

    def name(self, number: int) -> str:
        return store.piece(self.folder, number, self.pieces[number])

    @property
    def names(self) -> list[str]:
        return [self.name(number) for number in range(len(self.pieces))]

    def place(self, number: int) -> UUID:
        """What a piece is bound to: this file, at this place."""
        return uuid5(self.id, f"segment/{number}")


def original(item: Evidence) -> Stored:
    return Stored(item.id, item.id, f"{item.id}/{ORIGINAL}", tuple(item.pieces))


def copy(row: WorkingCopy) -> Stored:
    return Stored(row.evidence_id, row.id, f"{row.evidence_id}/{row.id}", tuple(row.pieces))


def put(work: Work, where: Stored, number: int, data: bytes) -> str:
    """Seal one piece and store it; the random word of its name."""
    sealed = work.vault.seal_segment(where.evidence_id, where.place(number), data)
    return store.of(work.house).put(where.folder, number, sealed)


def plain(sealed: int) -> int:
    """How many bytes are in a sealed piece of this size."""
    body = sealed - OVERHEAD
    return body - TAG * -(-body // (BLOCK + TAG))


def here(work: Work, where: Stored) -> list[tuple[str, int]]:
    """The random words and plain sizes of the pieces that came, as far as there is one after the other."""
    found: list[tuple[str, int]] = []
    for name, size in store.of(work.house).sizes(where.folder):
        number, word = int(name.split("/")[-2]), name.rpartition("/")[2]
        if number == len(found) and (not found or found[-1][1] == SEGMENT):
            found.append((word, plain(size)))
    return found


def read(work: Work, where: Stored) -> Iterator[bytes]:
    """Piece after piece, each verified before it is given out; the first at once, so that a Problem comes first."""
    first = _piece(work, where, 0)
    return chain([first], (_piece(work, where, number) for number in range(1, len(where.pieces))))


def _piece(work: Work, where: Stored, number: int) -> bytes:
    sealed = store.of(work.house).get(where.name(number))
    return work.vault.open_segment(where.evidence_id, where.place(number), sealed)


def measure(work: Work, where: Stored) -> Hashes:
    """Read it whole once: its size and both hashes."""
    size, inner, outer = 0, hashlib.sha256(), hashlib.sha256()
    for number, name in enumerate(where.names):
        sealed = store.of(work.house).get(name)
        outer.update(sealed)
        data = work.vault.open_segment(where.evidence_id, where.place(number), sealed)
        inner.update(data)
        size += len(data)
    return Hashes(size, inner.hexdigest(), outer.digest())


def sealed_sha256(work: Work, where: Stored) -> bytes:
    """The same of what is stored, without any key."""
    outer = hashlib.sha256()
    for name in where.names:
        outer.update(store.of(work.house).get(name))
    return outer.digest()


def opened(work: Work, where: Stored, size: int) -> BinaryIO:
    """The file to read here and there: one piece of it is in memory at a time."""
    return io.BufferedReader(_Seekable(work, where, size), BLOCK)


class _Seekable(io.RawIOBase):
    def __init__(self, work: Work, where: Stored, size: int) -> None:
        self._work, self._where, self._size = work, where, size
        self._at, self._held, self._data = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "Buffer", /) -> int:
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, SEGMENT)
        if number != self._held:
            self._data, self._held = _piece(self._work, self._where, number), number
        with memoryview(buffer) as view:
            given = self._data[start : start + len(view)]
            view[: len(given)] = given
        self._at += len(given)
        return len(given)
