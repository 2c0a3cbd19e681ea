"""Interviews: the count that a rate may be taken from, and those that wait to be recorded."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from incidents.api import inbox
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import InboxLineSchema
from incidents.gate import needs
from incidents.intake import interviews
from incidents.model.report import Report
from incidents.work import Permission

routes = Routes("interview", "/interviews")
P = Permission


class HowManySchema(Schema):
    interviews = fields.Integer()
    told = fields.Integer()
    people = fields.Integer()
    people_told = fields.Integer()


class InMonthSchema(HowManySchema):
    month = fields.String()


class InPlaceSchema(HowManySchema):
    place = fields.Dict()


class InterviewsSchema(Schema):
    total = fields.Nested(HowManySchema)
    months = fields.List(fields.Nested(InMonthSchema))
    places = fields.List(fields.Nested(InPlaceSchema))
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer())
    left_out = fields.Dict(keys=fields.String(), values=fields.Integer())


@routes.route("/count")
@needs(P.INTERVIEW_COUNT)
@routes.response(200, InterviewsSchema)
def count() -> dict[str, Any]:
    """How many interviews, and how many told of an incident; by month and place."""
    found = interviews.counted(work())
    return {
        "total": vars(found.total),
        "months": [{"month": month, **vars(each)} for month, each in found.months.items()],
        "places": [{"place": dict(place), **vars(each)} for place, each in found.places.items()],
        "outcomes": dict(found.outcomes),
        "left_out": dict(found.left_out),
    }


class RecordedSchema(Schema):
    count = fields.Integer()


@routes.route("/waiting")
@needs(P.REPORT_TAKE_IN, repeatable=True)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(InboxLineSchema, "InterviewsWaitingSchema"))
def waiting(query: dict[str, Any]) -> dict[str, Any]:
    """Reports that wait and tell of no incident, the oldest first."""
    found = interviews.waiting(work())
    rows, onward = sliced(found, lambda row: (str(row.received_on), str(row.id)), query)
    return {"items": [inbox.line_of(row) for row in rows], "next": onward}


@routes.route("/waiting", methods=["POST"])
@needs(P.REPORT_TAKE_IN, repeatable=True)
@routes.response(200, RecordedSchema)
def record_all() -> dict[str, int]:
    """Record them, fifty at most; one of somebody in danger is looked at first, alone."""
    return {"count": interviews.record_all(work())}


@routes.route("/waiting/<uuid:id>", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.response(200, InboxLineSchema)
def record(id: UUID) -> dict[str, Any]:
    """Record one of them: it counts from now on."""
    kept = interviews.record(work(), id)
    return inbox.line_of(work().get(Report, kept.report_id))
