"""Reads SPSS and Parquet files by their published formats, and by none of the code that writes them.

Just as much as is needed to say that a file of ours holds what it should; an unknown part is refused.
"""

import gzip
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Cell = float | str | None
_BLOCK = 8
_SEGMENT = 255  # bytes that each part of a long text holds in a .sav


class NotThisFormat(ValueError):
    """A part of a file that this reader does not know."""


@dataclass(slots=True)
class Sav:
    """A .sav: its variables in order, the labels of their numbers, and the rows."""

    names: list[str]
    labels: dict[str, dict[float, str]]
    missing: dict[str, list[float]]
    rows: list[tuple[Cell, ...]]


@dataclass(slots=True)
class _Variable:
    short: str
    width: int  # bytes of a text, 0 for a number
    missing: list[float]
    blocks: int = 1  # of eight bytes


@dataclass(slots=True)
class _Dictionary:
    variables: list[_Variable] = field(default_factory=list)
    labels: list[tuple[dict[float, str], list[int]]] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)  # short name → long name
    wide: dict[str, int] = field(default_factory=dict)  # short name → bytes of a text beyond 255


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def take(self, number: int) -> bytes:
        """The next bytes."""
        found = self.content[self.place : self.place + number]
        if len(found) < number:
            raise NotThisFormat("it ends early")
        self.place += number
        return found

    def number(self) -> int:
        """The next 32-bit number."""
        return int(struct.unpack("<i", self.take(4))[0])


def sav(content: bytes) -> Sav:
    """The whole of a .sav. Problem: NotThisFormat."""
    read, rows = sav_by_rows(content)
    read.rows = list(rows)
    return read


def sav_by_rows(content: bytes) -> tuple[Sav, Iterator[tuple[Cell, ...]]]:
    """A .sav with rows compressed by bytes (PSPP's description of the format), and its rows one by one.

    Problem: NotThisFormat, also from the rows.
    """
    source = _Bytes(content)
    if source.take(4) != b"$FL2":
        raise NotThisFormat("not a .sav")
    source.take(60)
    _layout, _size, compression, _weight, cases = (source.number() for _ in range(5))
    source.take(8 + 17 + 64 + 3)
    if compression != 1:
        raise NotThisFormat("rows that are not compressed by bytes")
    told = _dictionary(source)
    variables, places = _joined(told)
    names = [told.named.get(each.short, each.short) for each, _parts in variables]
    labels = {
        told.named.get(told.variables[places[one]].short, told.variables[places[one]].short): found
        for found, whose in told.labels
        for one in whose
    }
    missing = {
        name: each.missing for name, (each, _parts) in zip(names, variables, strict=True) if each.missing
    }
    blocks = _blocks(source)
    rows = (tuple(_cell(parts, blocks) for _each, parts in variables) for _ in range(cases))
    return Sav(names, labels, missing, []), rows


def _dictionary(source: _Bytes) -> _Dictionary:
    told = _Dictionary()
    while (kind := source.number()) != 999:
        if kind == 2:
            _variable(source, told)
        elif kind == 3:
            told.labels.append(_labels(source))
        elif kind == 7:
            _extension(source, told)
        else:
            raise NotThisFormat(f"record {kind}")
    source.number()
    return told


def _variable(source: _Bytes, told: _Dictionary) -> None:
    width, labelled, missing, _print, _write = (source.number() for _ in range(5))
    short = source.take(8).decode().rstrip()
    if labelled:
        source.take(-(-source.number() // 4) * 4)
    values = [struct.unpack("<d", source.take(8))[0] for _ in range(abs(missing))]
    if width == -1:  # goes on from the one before
        told.variables[-1].blocks += 1
        return
    told.variables.append(_Variable(short, width, values))


def _labels(source: _Bytes) -> tuple[dict[float, str], list[int]]:
    found = {}
    for _ in range(source.number()):
        value = struct.unpack("<d", source.take(8))[0]
        size = source.take(1)[0]
        found[value] = source.take(-(-(size + 1) // _BLOCK) * _BLOCK - 1)[:size].decode()
    if source.number() != 4:
        raise NotThisFormat("labels of no variable")
    return found, [source.number() for _ in range(source.number())]


def _extension(source: _Bytes, told: _Dictionary) -> None:
    subtype, size, count = (source.number() for _ in range(3))
    text = source.take(size * count)
    if subtype == 13:
        told.named.update(
            (pair.split("=", 1)[0], pair.split("=", 1)[1]) for pair in text.decode().split("\t")
        )
    elif subtype == 14:
        pairs = (pair.split("=", 1) for pair in text.decode().replace("\t", "").split("\0") if pair)
        told.wide.update({name: int(width) for name, width in pairs})


def _joined(told: _Dictionary) -> tuple[list[tuple[_Variable, list[_Variable]]], dict[int, int]]:
    """Each variable with the parts that hold it, and place in the file → place in the list of parts."""
    places, at = {}, 1
    for number, each in enumerate(told.variables):
        places[at] = number
        at += each.blocks
    found, rest = [], iter(told.variables)
    for each in rest:
        more = -(-told.wide[each.short] // 252) - 1 if each.short in told.wide else 0
        found.append((each, [each, *(next(rest) for _ in range(more))]))
    return found, places


def _blocks(source: _Bytes) -> Iterator[bytes | float | None]:
    """Eight bytes, or a number, or None for what is missing, one after another."""
    while True:
        for command in source.take(8):
            if command == 252:
                return
            if command == 253:
                yield source.take(8)
            elif command == 254:
                yield b" " * 8
            elif command == 255:
                yield None
            elif command:
                yield float(command - 100)


def _cell(parts: list[_Variable], blocks: Iterator[bytes | float | None]) -> Cell:
    if not parts[0].width:
        found = next(blocks)
        return struct.unpack("<d", found)[0] if isinstance(found, bytes) else found
    text = b""
    for part in parts:
        read = b"".join(_bytes(next(blocks)) for _ in range(part.blocks))
        text += read[: min(part.width, _SEGMENT)]
    return text.decode().rstrip(" ")


def _bytes(block: bytes | float | None) -> bytes:
    if not isinstance(block, bytes):
        raise NotThisFormat("a number within a text")
    return block


# -- Parquet: a footer in Thrift's compact protocol, pages of plain values


def parquet(content: bytes) -> tuple[list[str], list[tuple[str, ...]]]:
    """Names and rows of the whole. Problem: NotThisFormat."""
    names, groups = parquet_by_columns(content)
    return names, [row for columns in groups for row in zip(*columns, strict=True)]


def parquet_by_columns(content: bytes) -> tuple[list[str], Iterator[list[Iterator[str]]]]:
    """Names of a file of required texts, plain and in gzip, and the columns of each group of its rows.

    Problem: NotThisFormat, also from the columns.
    """
    if content[:4] != b"PAR1" or content[-4:] != b"PAR1":
        raise NotThisFormat("not Parquet")
    size = struct.unpack("<I", content[-8:-4])[0]
    footer = _Thrift(content, len(content) - 8 - size).struct()
    schema = footer[2][1:]
    if any(column[1] != 6 or column.get(3, 0) != 0 for column in schema):
        raise NotThisFormat("a column that is not required text")
    names = [column[4].decode() for column in schema]
    if sum(group[3] for group in footer[4]) != footer[3]:
        raise NotThisFormat("another number of rows than it says")
    return names, ([_chunk(content, chunk[3]) for chunk in group[1]] for group in footer[4])


def _chunk(content: bytes, said: dict[int, Any]) -> Iterator[str]:
    read, place = 0, said[9]
    while read < said[5]:
        thrift = _Thrift(content, place)
        page = thrift.struct()
        if page[1] != 0 or page[5][2] != 0 or said[4] != 2:
            raise NotThisFormat("a page that is not plain, or not in gzip")
        place = thrift.place + page[3]
        read += page[5][1]
        yield from _texts(gzip.decompress(content[thrift.place : place]), page[5][1])


def _texts(page: bytes, number: int) -> Iterator[str]:
    place = 0
    for _ in range(number):
        size = struct.unpack_from("<I", page, place)[0]
        yield page[place + 4 : place + 4 + size].decode()
        place += 4 + size


class _Thrift:
    """Thrift's compact protocol: field number → value."""

    def __init__(self, content: bytes, place: int) -> None:
        self.content, self.place = content, place

    def struct(self) -> dict[int, Any]:
        """The struct at this place."""
        found: dict[int, Any] = {}
        name = 0
        while (head := self._byte()) != 0:
            name = name + (head >> 4) if head >> 4 else self._whole()
            found[name] = self._value(head & 15)
        return found

    def _value(self, kind: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind in (4, 5, 6):
            return self._whole()
        if kind == 3:
            return self._byte()
        if kind == 8:
            return self._take(self._size())
        if kind == 9:
            return self._list()
        if kind == 12:
            return self.struct()
        raise NotThisFormat(f"kind {kind} of a value")

    def _list(self) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._size()
        return [self._value(head & 15) for _ in range(size)]

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, number: int) -> bytes:
        self.place += number
        return self.content[self.place - number : self.place]

    def _size(self) -> int:
        found = shift = 0
        while (byte := self._byte()) & 128:
            found |= (byte & 127) << shift
            shift += 7
        return found | byte << shift

    def _whole(self) -> int:
        found = self._size()
        return found >> 1 ^ -(found & 1)
