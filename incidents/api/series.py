"""Counts that others published: which are kept, and one of them place by place. No rate is made of them."""

from typing import Any

from marshmallow import Schema, fields, validate

from incidents.api.frame import Routes, work
from incidents.api.paging import LinesQuery, SliceQuery, listing, sliced
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


class CountOfSchema(Schema):
    """`period` is a month or a year, empty where none is known; `count` null: not given, which is not zero."""

    place = fields.String()
    period = fields.String()
    count = fields.Integer(allow_none=True)
    source = fields.String()


CountsSchema = listing(CountOfSchema, "CountsSchema", series=fields.String(), of=fields.Date())


@routes.route("")
@needs(P.ACCOUNT_OWN)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(SeriesSchema, "AllSeriesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Every series with its months, its source and the day of its data."""
    rows, onward = sliced(series.listed(work()), lambda each: (each.series, str(each.data_date)), query)
    return {"items": [{**vars(each), "of": each.data_date} for each in rows], "next": onward}


@routes.route("/counts")
@needs(P.ACCOUNT_OWN)
@routes.arguments(SeriesQuery, location="query")
@routes.response(200, CountsSchema)
def counts(query: dict[str, Any]) -> dict[str, Any]:
    """The counts of one series, by place and period."""
    name, of = query["series"], query["of"]
    rows, onward = sliced(series.rows(work(), name, of), lambda row: (row[0], row[1]), query)
    lines = [dict(zip(("place", "period", "count", "source"), row, strict=True)) for row in rows]
    return {"series": name, "of": of, "items": lines, "next": onward}
