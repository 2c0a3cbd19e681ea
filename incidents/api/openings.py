"""A second yes before a name opens: what colleagues ask, and the answer."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from incidents import opening
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.gate import needs
from incidents.intake.schema import Strict
from incidents.model.opening import Opening
from incidents.work import Permission

routes = Routes("openings", "/openings")
P = Permission


class AnswerOpeningSchema(Strict):
    yes = fields.Boolean(required=True)


class AskedToOpenSchema(Schema):
    id = fields.UUID()
    person = fields.UUID()
    field = fields.String()
    why = fields.String()
    asked_by = fields.String(allow_none=True)
    asked_on = fields.Date()
    until = fields.Date()
    yes = fields.Boolean(allow_none=True)


@routes.route("")
@needs(P.IDENTITY_OPEN)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(AskedToOpenSchema, "OpeningsSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """What others ask to open and nobody answered, the oldest first."""
    rows, onward = sliced(opening.waiting(work()), lambda each: (str(each.asked_on), str(each.id)), query)
    return {"items": [_line(each) for each in rows], "next": onward}


@routes.route("/<uuid:id>", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(AnswerOpeningSchema)
@routes.response(200, AskedToOpenSchema)
def answer(given: dict[str, bool], id: UUID) -> dict[str, Any]:
    """Yes or no to what somebody else asks; after a yes they may open it until tomorrow."""
    asked = opening.one(work(), id)
    opening.answer(work(), asked, yes=given["yes"])
    return _line(asked)


def _line(asked: Opening) -> dict[str, Any]:
    return {
        "id": asked.id,
        "person": asked.person_id,
        "field": asked.field,
        "why": asked.why,
        "asked_by": who(asked.asked_by),
        "asked_on": asked.asked_on,
        "until": asked.until,
        "yes": asked.yes,
    }
