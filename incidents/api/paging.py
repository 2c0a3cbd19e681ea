"""Lists in slices: `items`, and in `next` the cursor to go on with, the same way for every list.

A cursor is the place of the last row that was told, closed to whoever asked and bound to the address and its filters.
It is a place and no count, so that rows that come or go meanwhile move no other row.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from flask import request
from marshmallow import Schema, ValidationError, fields, validate

from incidents import search
from incidents.api.frame import work
from incidents.errors import _
from incidents.intake.schema import Strict
from incidents.work import cursors

PER_PAGE = 50
LONGEST = 4000  # characters of a cursor
NO_PLACE = _("This is no place in the list. Begin again without it.")
ONWARD = "`next` of the answer before this one, under the same filters; it opens for whoever got it, and nobody else."
HERE = {"after", "limit"}  # what a cursor is not bound to
Row = TypeVar("Row")
Place = tuple[Any, ...]  # texts and numbers that order a list; never null, and no two rows have the same


class Cursor(fields.Field[Place]):
    """A place in this list, opened: a tuple of texts and numbers."""

    def __init__(self) -> None:
        super().__init__(metadata={"type": "string", "description": ONWARD})

    def _deserialize(self, value: Any, *_about: Any, **_more: Any) -> Place:
        ring = work().vault.ring
        place = cursors.reopen(ring, _where(), value) if ring is not None and len(value) <= LONGEST else None
        if place is None:
            raise ValidationError(NO_PLACE)
        return tuple(place)


class SliceQuery(Strict):
    after = Cursor()
    limit = fields.Integer(load_default=PER_PAGE, validate=validate.Range(min=1, max=100))


class LinesQuery(Strict):
    """Of a table: short lines, many at a time."""

    after = Cursor()
    limit = fields.Integer(load_default=1000, validate=validate.Range(min=1, max=5000))


def listing(item: type[Schema], name: str, **more: fields.Field[Any]) -> type[Schema]:
    """A slice of a list: the items, and where to go on (null at the end)."""
    onward = fields.String(
        allow_none=True, metadata={"description": "Ask again with `after=` and this; null: that was all."}
    )
    return Schema.from_dict({"items": fields.List(fields.Nested(item)), "next": onward, **more}, name=name)


def sliced(
    rows: Sequence[Row], place_of: Callable[[Row], Place], query: dict[str, Any], *, down: bool = False
) -> tuple[list[Row], str | None]:
    """Of a whole list those after the place asked for, and the cursor to go on with. `down`: the last one first."""
    after = query.get("after")
    ordered = sorted(rows, key=place_of, reverse=down)
    if after is not None:
        ordered = [row for row in ordered if (place_of(row) < after if down else place_of(row) > after)]
    return cut(ordered, place_of, query)


def cut(
    found: Sequence[Row], place_of: Callable[[Row], Place], query: dict[str, Any]
) -> tuple[list[Row], str | None]:
    """The same of rows that were asked for from that place on, one more than is told if there are more."""
    told = list(found[: query["limit"]])
    return told, onward(place_of(told[-1])) if told and len(found) > len(told) else None


def onward(place: Place) -> str | None:
    """The cursor of a place; none without a key."""
    ring = work().vault.ring
    return cursors.close(ring, _where(), place) if ring is not None else None


def mark(query: dict[str, Any]) -> search.Mark | None:
    """The place in a list that is ordered by a day and an id."""
    after = query.get("after")
    return (date.fromisoformat(after[0]), UUID(after[1])) if after is not None else None


def _where() -> str:
    """The address with its filters, however they are ordered."""
    filters = sorted((name, value) for name, value in request.args.items(multi=True) if name not in HERE)
    return json.dumps([request.path, filters])
