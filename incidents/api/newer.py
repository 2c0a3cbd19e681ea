"""A newer version of an imported row: what differs, and which of it is taken."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents.api.frame import Routes, work
from incidents.api.schemas import IncidentRefSchema
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake import closed, following, report
from incidents.intake.differences import Difference, Leaves, side
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
    closed = fields.Boolean(metadata={"description": "There are names in it: they stay closed, as null."})
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
        validate=validate.Length(max=20_000),
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
    all_of_it = {"before": each.before, "ours": each.ours, "theirs": each.theirs}
    held = any(path[:1] and path[0] in closed.HELD for leaves in all_of_it.values() for path in leaves or {})
    sides = {name: side(_shut(leaves)) for name, leaves in all_of_it.items()}
    return {"name": each.name, "block": block, "key": key, "whole": each.whole, "closed": held, **sides}


def _shut(leaves: Leaves | None) -> Leaves | None:
    """Names stay closed here, as in the report; that they differ is said."""
    return leaves and {path: _said_of(path, said) for path, said in leaves.items()}


def _said_of(path: tuple[str, ...], said: Any) -> Any:
    if path and path[0] in closed.HELD:
        return None
    if path == ("consent",) and isinstance(said, dict):
        return {name: value for name, value in said.items() if name != "names"}
    return said


@routes.route("/<uuid:id>/choose", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(ChooseSchema)
@routes.response(200, IncidentRefSchema)
def choose(given: dict[str, Any], id: UUID) -> Incident | dict[str, Any]:
    """Take the differences of these names and refuse the others; what is refused is not proposed again."""
    return following.adopt(work(), id, given["take"]) or {}
