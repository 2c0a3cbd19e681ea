"""The digest of a row: SHA-256 of canon(table, column, value, column, …), every clear column and every seal.

Of many rows it is worked out column by column: an import asks it of ten rows a line.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, NamedTuple
from uuid import UUID

from crypto.envelope import Envelope, canon, canonical_json
from incidents.model.base import Record


class Shape(NamedTuple):
    """What the digests of one kind have in common, worked out once."""

    table: bytes  # its name as a part of the canon
    start: bytes  # how the canon of a row with every column begins
    names: tuple[bytes, ...]  # the columns' names as parts of it
    columns: tuple[str, ...]
    later: tuple[int, ...]  # the places of columns that came after the first release
    values: Callable[[Record], Sequence[object]]


@cache
def shape_of(kind: type[Record]) -> Shape:
    columns = tuple(column.key for column in kind.__mapper__.column_attrs)
    later = tuple(
        place for place, name in enumerate(columns) if kind.__table__.columns[name].info.get("later")
    )
    table = canon(kind.__tablename__)[1:]
    names = tuple(canon(name)[1:] for name in columns)
    return Shape(table, _start(table, len(columns)), names, columns, later, attrgetter(*columns))


def _start(table: bytes, columns: int) -> bytes:
    return bytes((1 + 2 * columns,)) + table


def digest(record: Record) -> bytes:
    """Of a record as it is held."""
    shape = shape_of(type(record))
    return of_row(shape, shape.values(record))


def of_row(shape: Shape, values: Iterable[object]) -> bytes:
    """Of one row's values, in the order of its shape."""
    given: Iterable[tuple[bytes, object]] = zip(shape.names, values, strict=True)
    start = shape.start
    if shape.later:  # empty, such a column says nothing: a row from before it came keeps its digest
        held = list(given)
        given = [pair for place, pair in enumerate(held) if place not in shape.later or pair[1] is not None]
        start = _start(shape.table, len(given))
    parts = [start]
    for name, value in given:
        plain = PLAIN.get(type(value), canonical_json)(value)
        parts += (name, len(plain).to_bytes(4, "big"), plain)
    return hashlib.sha256(b"".join(parts)).digest()


def digests(shape: Shape, rows: Sequence[Sequence[object]]) -> list[bytes]:
    """The same of many rows: what a value's type asks for is asked once for a column."""
    columns = list(zip(*rows, strict=True)) or [()] * len(shape.names)
    parts = [parts_of(name, column) for name, column in zip(shape.names, columns, strict=True)]
    return hashed(shape, parts, len(rows))


def hashed(shape: Shape, parts: Sequence[list[bytes]], size: int) -> list[bytes]:
    """The digests of so many rows, of each column's parts of the canon."""
    if not shape.later:
        return [hashlib.sha256(b"".join((shape.start, *row))).digest() for row in zip(*parts, strict=True)]
    parts, counts = list(parts), [len(parts)] * size
    for place in shape.later:
        none = shape.names[place] + _NONE
        empty = [part == none for part in parts[place]]
        parts[place] = [b"" if no else part for no, part in zip(empty, parts[place], strict=True)]
        counts = [count - no for no, count in zip(empty, counts, strict=True)]
    starts = {count: _start(shape.table, count) for count in {*counts}}
    of_row = [starts[count] for count in counts]
    return [hashlib.sha256(b"".join(row)).digest() for row in zip(of_row, *parts, strict=True)]


def parts_of(name: bytes, values: Sequence[Any]) -> list[bytes]:
    """A column's name and value as parts of the canon, row by row."""
    kinds = set(map(type, values))
    if kinds == {UUID}:
        start = name + (17).to_bytes(4, "big") + b"u"
        return [start + id.int.to_bytes(16, "big") for id in values]  # id.bytes, without a call
    if kinds == {Envelope}:
        seals = [sealed.data for sealed in values]
        return [b"".join((name, (1 + len(data)).to_bytes(4, "big"), b"e", data)) for data in seals]
    found: list[bytes] = []
    last, part = object(), b""
    for value in values:
        if value is not last:  # the same day, state or person as the row before
            plain = PLAIN.get(type(value), canonical_json)(value)
            last, part = value, name + len(plain).to_bytes(4, "big") + plain
        found.append(part)
    return found


_NONE = (1).to_bytes(4, "big") + b"n"  # how what is not there ends
# A value's type is part of what is hashed; what is not named here (texts, lists, tables) is its JSON.
PLAIN: dict[type, Callable[[Any], bytes]] = {
    NoneType: lambda _none: b"n",
    Envelope: lambda sealed: b"e" + sealed.data,
    UUID: lambda id: b"u" + id.bytes,
    bool: lambda yes: b"true" if yes else b"false",
    bytes: lambda raw: b"b" + raw,
    date: lambda day: b"d" + day.isoformat().encode(),
    datetime: lambda at: b"d" + at.isoformat().encode(),
    int: lambda number: b"%d" % number,
}
