"""Interviews: the count that a rate may be taken from."""

from typing import Any

from marshmallow import Schema, fields

from incidents.api.frame import Routes, work
from incidents.gate import needs
from incidents.intake import interviews
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
