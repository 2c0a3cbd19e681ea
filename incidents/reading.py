"""Rows of one kind, and their facts.

Where the trail was verified in this Work, a row is read as bare values, those that are asked for; elsewhere it is a
record, read whole and compared with the trail. Either way what it holds goes by its names.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Select, type_coerce
from sqlalchemy.types import NullType

from incidents.model.base import Record
from incidents.work import Unreadable, Work

AT_ONCE = 500  # ids in one question


def rows(work: Work, query: Select[Any], names: Sequence[str]) -> list[Any]:
    """The rows of a query for records of one kind, with these columns at least."""
    if work.whole:
        (kind,) = (each["entity"] for each in query.column_descriptions)
        return list(work.db.connection().execute(query.with_only_columns(*bare(kind, names))).all())
    found = list(work.db.scalars(query))
    work.vouched(found)
    return found


def rows_of(
    work: Work, query: Select[Any], names: Sequence[str], column: Any, ids: Iterable[UUID]
) -> list[Any]:
    """Those that belong to these."""
    wanted = list(ids)
    return [
        row
        for start in range(0, len(wanted), AT_ONCE)
        for row in rows(work, query.where(column.in_(wanted[start : start + AT_ONCE])), names)
    ]


def bare(kind: type[Record], names: Sequence[str]) -> list[Any]:
    """Its columns of these names, and its id and facts; these as the driver gives them."""
    columns = [getattr(kind, name) for name in dict.fromkeys(("id", *names))]
    return [*columns, type_coerce(kind.facts, NullType).label("facts")]  # type: ignore[attr-defined]


def facts(work: Work, kind: type[Record], found: Sequence[Any], why: str) -> list[Any]:
    """Of each row its facts; Unreadable where they do not open. Rows of either form may stand side by side."""
    kept = any(issubclass(each, Record) for each in set(map(type, found)))
    records = [row for row in found if isinstance(row, Record)] if kept else []
    bare_rows = [row for row in found if not isinstance(row, Record)] if kept else found
    said = _of_bare(work, kind, bare_rows, why) if bare_rows else []
    told = work.read_all(records, "facts", why)
    if not records or not bare_rows:
        return said or told
    known = {row.id: value for row, value in zip((*bare_rows, *records), (*said, *told), strict=True)}
    return [known[row.id] for row in found]


def _of_bare(work: Work, kind: type[Record], found: Sequence[Any], why: str) -> list[Any]:
    place = found[0]._fields.index  # by its place a column is found in half the time
    columns = itemgetter(place("id"), place(kind.thing), place("facts"))
    return work.view_all(kind, "facts", list(map(columns, found)), why)


def readable(
    work: Work, kind: type[Record], found: Sequence[Any], why: str
) -> list[tuple[Any, dict[str, Any]]]:
    """Rows with their facts; what does not open is left out."""
    pairs = zip(found, facts(work, kind, found, why), strict=True)
    return [pair for pair in pairs if pair[1].__class__ is not Unreadable]
