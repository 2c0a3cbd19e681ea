"""A newer version of an imported row: what differs, and which of it is taken."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents.api.frame import Routes, work
from incidents.api.schemas import IncidentRefSchema
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake import following, report
from incidents.intake.differences import Difference, side
from incidents.intake.leaves import MANY
from incidents.intake.schema import Strict
from incidents.model.incident import Incident
from incidents.work import Permission

routes = Routes("newer", "/inbox")
P = Permission


class DifferenceSchema(Schema):
    """Null on a side: it has no such entry. `whole`: an entry that is new or gone, and no field of one."""

    name = fields.String()
    block = fields.String()
    key = fields.String()
    whole = fields.String(metadata={"description": "new, gone, or empty."})
    before = fields.Raw(allow_none=True)
    ours = fields.Raw(allow_none=True)
    theirs = fields.Raw(allow_none=True)


class ProposedSchema(Schema):
    why = fields.String()
    incident = fields.Nested(IncidentRefSchema, allow_none=True)
    earlier = fields.UUID()
    differences = fields.List(fields.Nested(DifferenceSchema))


class ChooseSchema(Strict):
    """What is not named in `take` is refused."""

    take = fields.List(
        fields.String(validate=validate.Length(max=200)),
        required=True,
        validate=validate.Length(max=20 * MANY),
    )


@routes.route("/<uuid:id>/differences")
@needs(P.REPORT_TAKE_IN)
@routes.response(200, ProposedSchema)
def differences(id: UUID) -> dict[str, Any]:
    """What a newer version of an imported row would change, each with what stands here."""
    found = following.proposed(work(), report.read(work(), id))
    if found is None:
        raise NotFound
    return {
        "why": found.why,
        "incident": found.incident,
        "earlier": found.before.report.id,
        "differences": [_said(each) for each in found.differences],
    }


def _said(each: Difference) -> dict[str, Any]:
    block, key = each.place
    sides = {"before": side(each.before), "ours": side(each.ours), "theirs": side(each.theirs)}
    return {"name": each.name, "block": block, "key": key, "whole": each.whole, **sides}


@routes.route("/<uuid:id>/choose", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(ChooseSchema)
@routes.response(200, IncidentRefSchema)
def choose(given: dict[str, Any], id: UUID) -> Incident | dict[str, Any]:
    """Take the differences of these names and refuse the others; what is refused is not proposed again."""
    return following.adopt(work(), id, given["take"]) or {}
