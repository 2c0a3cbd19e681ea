"""Counts that others published: which are kept, and one of them place by place. No rate is made of them."""

from typing import Any

from marshmallow import Schema, fields, validate

from incidents.api.frame import Routes, work
from incidents.api.schemas import LinesQuery
from incidents.gate import needs
from incidents.intake import series
from incidents.work import Permission

routes = Routes("series", "/series")
P = Permission


class SeriesQuery(LinesQuery):
    """`of`: the day of the data; the same counts published again later are a series of their own."""

    series = fields.String(required=True, validate=validate.Length(max=500))
    of = fields.Date(required=True)


class SeriesSchema(Schema):
    series = fields.String()
    of = fields.Date()
    counts = fields.Integer()
    first = fields.String()
    last = fields.String()
    source = fields.String()


class AllSeriesSchema(Schema):
    items = fields.List(fields.Nested(SeriesSchema))


class CountOfSchema(Schema):
    """`period` is a month or a year, empty where none is known; `count` null: not given, which is not zero."""

    place = fields.String()
    period = fields.String()
    count = fields.Integer(allow_none=True)
    source = fields.String()


class CountsSchema(Schema):
    series = fields.String()
    of = fields.Date()
    items = fields.List(fields.Nested(CountOfSchema))
    next = fields.Integer(allow_none=True)


@routes.route("")
@needs(P.ACCOUNT_OWN)
@routes.response(200, AllSeriesSchema)
def listed() -> dict[str, Any]:
    """Every series with its months, its source and the day of its data."""
    return {"items": [{**vars(each), "of": each.data_date} for each in series.listed(work())]}


@routes.route("/counts")
@needs(P.ACCOUNT_OWN)
@routes.arguments(SeriesQuery, location="query")
@routes.response(200, CountsSchema)
def counts(query: dict[str, Any]) -> dict[str, Any]:
    """The counts of one series, by place and period."""
    name, of, start = query["series"], query["of"], query["after"]
    found = series.rows(work(), name, of)
    end = start + query["limit"]
    lines = [dict(zip(("place", "period", "count", "source"), row, strict=True)) for row in found[start:end]]
    return {"series": name, "of": of, "items": lines, "next": end if len(found) > end else None}
