"""Rows as they lie in the database, digested column by column.

No object is made, and nothing that the session holds stands in for a row. What SQLite keeps is what a digest is made
of, but for its spelling; so a value goes from one into the other without being one of Python's first. A value that lies
there in another form than the program writes it, an id in capitals for example, fits no digest: questions would pass it
by, though it reads alike.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache, partial
from itertools import compress
from json import loads
from types import NoneType
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Enum,
    Integer,
    LargeBinary,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType, TypeEngine

from crypto.envelope import canonical_json
from incidents.model.base import Record, SealedColumn
from incidents.safeguards.digests import PLAIN, hashed, parts_of, shape_of

Key = str | bytes  # an id as a key here: SQLite's digits, or 16 bytes
Lies = tuple[Key, int, bytes]  # id, version, digest
Rows = Sequence[Sequence[Any]]
Within = Callable[[Any], Any]  # a column of ids → whether an id lies in a piece
Parts = Callable[[bytes, Sequence[Any]], list[bytes]]
TOGETHER = 1000  # rows
PIECE = 50_000  # ids
NO_VALUE = b"?"  # the plain form of nothing: what it stands for fits no digest
_SHORT = 500  # characters of JSON that are worth keeping
_ID = 16


def stored(column: Any) -> Any:
    """A column as the driver gives it and takes it."""
    return type_coerce(column, NullType)


def key_of(id: str | UUID) -> Key:
    """An id as the driver gives it."""
    return id if isinstance(id, str) else id.bytes


def key_for(db: Session, id: UUID) -> Key:
    """The key of an id."""
    return id.hex if _in_digits(db) else id.bytes


def spelt(key: Key) -> str:
    """How an id is told; of what is no id, that alone."""
    try:
        return str(UUID(key) if isinstance(key, str) else UUID(bytes=key))
    except ValueError:
        return "no id"


def raw_ids(ids: Sequence[str | UUID]) -> list[bytes]:
    """16 bytes of each; of what is no id as the program writes it, others than those of any."""
    if ids and isinstance(ids[0], UUID):
        return [id.bytes for id in ids if isinstance(id, UUID)]
    try:
        whole = bytes.fromhex("".join(ids))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return [_raw_id(id) for id in ids]
    if whole.hex() == "".join(ids) and set(map(len, ids)) <= {2 * _ID}:  # type: ignore[arg-type]
        return [whole[at : at + _ID] for at in range(0, len(whole), _ID)]
    return [_raw_id(id) for id in ids]


def _raw_id(id: Any) -> bytes:
    try:
        raw = bytes.fromhex(id)
    except (TypeError, ValueError):
        return NO_VALUE
    return raw if len(raw) == _ID and raw.hex() == id else NO_VALUE


class Lying(NamedTuple):
    """What to select of a kind, and what reads id, version and digest from such rows; more columns may follow."""

    columns: list[Any]
    read: Callable[[Rows], list[Lies]]


def lying(db: Session, kind: type[Record]) -> Lying:
    """Of one kind."""
    return _lying(kind, _in_digits(db))


def as_they_lie(db: Session, kind: type[Record], within: Within) -> Iterator[list[Lies]]:
    """Every row of a kind whose id is within, some at a time."""
    columns, read = lying(db, kind)
    return map(read, partitions(db, select(*columns).where(within(kind.__table__.c.id))))


def partitions(db: Session, query: Select[Any]) -> Iterator[Rows]:
    """Bare rows of a question, some at a time."""
    if not _in_digits(db):  # SQLite gives them one by one as they are asked for; others send all at once
        query = query.execution_options(yield_per=TOGETHER)
    return db.connection().execute(query).partitions(TOGETHER)


def pieces(db: Session, column: Any) -> Iterator[Within]:
    """The ids of a column in pieces, which hold all ids there can be: of each, what asks whether an id is in it."""
    after: Any = None
    while True:
        query = select(stored(column)).order_by(column).offset(PIECE).limit(1)
        last = db.connection().execute(query.where(_between(after, None, column))).scalar()
        yield partial(_between, after, last)
        if last is None:
            return
        after = last


def _between(after: Any, last: Any, id: Any) -> Any:
    """From behind one id to another, as the database puts them in order; none: from the first, to the last."""
    found = [true()]
    found += [stored(id) > bindparam("after", after, NullType())] if after is not None else []
    found += [stored(id) <= bindparam("last", last, NullType())] if last is not None else []
    return and_(*found)


def _in_digits(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"


@cache
def _lying(kind: type[Record], in_digits: bool) -> Lying:  # noqa: FBT001  which of two databases
    shape = shape_of(kind)
    columns = [kind.__table__.columns[name] for name in shape.columns]
    id, version, count = shape.columns.index("id"), shape.columns.index("version"), len(columns)
    makers = [_maker(column.type) if in_digits else None for column in columns]
    asked = [
        stored(column) if maker or isinstance(column.type, Uuid) else column
        for column, maker in zip(columns, makers, strict=True)
    ]
    making = [maker or parts_of for maker in makers]

    def read(rows: Rows) -> list[Lies]:
        given = list(zip(*rows, strict=True))[:count] if rows else []
        parts = [make(name, values) for make, name, values in zip(making, shape.names, given, strict=False)]
        digests = hashed(shape, parts, len(rows)) if rows else []
        return list(zip(map(key_of, given[id]), given[version], digests, strict=True)) if rows else []

    return Lying(asked, read)


# -- SQLite's values as parts of the canon


def _maker(kind: TypeEngine[Any]) -> Parts | None:
    """What makes parts of this type's values as SQLite keeps them; none: SQLAlchemy reads them first."""
    if isinstance(kind, SealedColumn):
        return _seals
    if isinstance(kind, Uuid):
        return _ids
    return next((maker for types, maker in _MAKERS if isinstance(kind, types)), None)


def _part(name: bytes, plain: bytes) -> bytes:
    return name + len(plain).to_bytes(4, "big") + plain


def _of(kind: type, plain: Callable[[Any], bytes]) -> Parts:
    """Of values of one type of Python's, or none: each that differs is looked at once."""

    def parts(name: bytes, values: Sequence[Any]) -> list[bytes]:
        if set(map(type, values)) <= {kind, NoneType}:
            made = {value: _part(name, b"n" if value is None else plain(value)) for value in {*values}}
            return [made[value] for value in values]
        return [part for value in values for part in one(name, value)]

    def one(name: bytes, value: Any) -> list[bytes]:
        return parts(name, [value]) if type(value) in (kind, NoneType) else [_part(name, NO_VALUE)]

    return parts


def _ids(name: bytes, values: Sequence[Any]) -> list[bytes]:
    start, none, wrong = name + (1 + _ID).to_bytes(4, "big") + b"u", _part(name, b"n"), _part(name, NO_VALUE)
    there = [value is not None for value in values]
    raw = raw_ids(values if all(there) else list(compress(values, there)))
    made = [start + each if each is not NO_VALUE else wrong for each in raw]
    if len(made) == len(values):
        return made
    rest = iter(made)
    return [next(rest) if is_there else none for is_there in there]


def _seals(name: bytes, values: Sequence[Any]) -> list[bytes]:
    starts: dict[int, bytes] = {}
    none, wrong, found = _part(name, b"n"), _part(name, NO_VALUE), []
    for data in values:
        if not data:  # as SealedColumn reads it
            found.append(none)
        elif type(data) is bytes:
            size = len(data)
            start = starts.get(size)
            if start is None:
                start = starts[size] = name + (1 + size).to_bytes(4, "big") + b"e"
            found.append(start + data)
        else:
            found.append(wrong)
    return found


def _json(text: str) -> bytes:
    return _kept_json(text) if len(text) < _SHORT else _read_json(text)


def _read_json(text: str) -> bytes:
    try:
        value = loads(text)
        return PLAIN.get(type(value), canonical_json)(value)
    except (ValueError, RecursionError):
        return NO_VALUE


_kept_json = lru_cache(maxsize=4096)(_read_json)
_TRUTH = {int(yes): PLAIN[bool](yes) for yes in (False, True)}
_MAKERS: tuple[tuple[tuple[type, ...], Parts], ...] = (
    ((JSON,), _of(str, _json)),
    ((Boolean,), _of(int, lambda number: _TRUTH.get(number, NO_VALUE))),
    ((Integer,), _of(int, PLAIN[int])),
    ((Date,), _of(str, lambda day: b"d" + day.encode())),
    ((LargeBinary,), _of(bytes, PLAIN[bytes])),
    ((Enum, String), _of(str, canonical_json)),
)
