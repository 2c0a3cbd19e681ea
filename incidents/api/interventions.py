"""Interventions: what somebody did about an incident, and how it stands."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import follow_up, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import opened, unreadable
from incidents.gate import needs
from incidents.intake.schema import Strict, Value
from incidents.model.follow_up import Intervention
from incidents.model.moment import Moment
from incidents.work import Permission

routes = Routes("interventions", "/interventions")
P = Permission
LONGEST = validate.Length(max=20_000)


class InterventionsQuery(SliceQuery):
    incident = fields.UUID(required=True)


class NewInterventionSchema(Strict):
    incident = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"description": "Of the list `intervention`."})
    by = fields.String(load_default="", metadata={"description": "Of the list `intervention_by`."})
    status = fields.String(required=True, metadata={"description": "Of the list `intervention_status`."})
    on = Value(Moment, to_come=True)
    words = fields.String(load_default="", validate=LONGEST)


class StandsSchema(Strict):
    status = fields.String(required=True)


class InterventionSchema(Schema):
    id = fields.UUID()
    incident = fields.UUID()
    recorded_by = fields.String(allow_none=True)
    recorded_on = fields.Date()
    facts = fields.Dict(allow_none=True)
    words = fields.String(allow_none=True)
    unreadable = unreadable()


@routes.route("")
@needs(P.TASK_DO)
@routes.arguments(InterventionsQuery, location="query")
@routes.response(200, listing(InterventionSchema, "InterventionsSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """What was done about an `incident` and about what was merged into it, the newest first."""
    found = follow_up.interventions(work(), search.incident(work(), query["incident"]))
    rows, onward = sliced(found, lambda row: (str(row[0].recorded_on), str(row[0].id)), query, down=True)
    return {"items": [_line(row, facts, words) for row, facts, words in rows], "next": onward}


@routes.route("", methods=["POST"])
@needs(P.TASK_DO)
@routes.arguments(NewInterventionSchema)
@routes.response(201, InterventionSchema)
def intervene(given: dict[str, Any]) -> dict[str, Any]:
    """Record what somebody did about an incident."""
    incident, words = search.incident(work(), given.pop("incident")), given.pop("words")
    made = follow_up.intervene(work(), incident, given, words)
    facts = {"schema": 1, **{name: value for name, value in given.items() if value}}
    return _line(made, facts, words.strip())


@routes.route("/<uuid:id>", methods=["POST"])
@needs(P.TASK_DO)
@routes.arguments(StandsSchema)
@routes.response(200, InterventionSchema)
def stands(given: dict[str, str], id: UUID) -> dict[str, Any]:
    """How one stands now."""
    found = follow_up.intervention(work(), id)
    follow_up.now_stands(work(), found, given["status"])
    (facts,), (words,) = work().read_all([found], "facts"), work().read_all([found], "notes")
    return _line(found, facts, words)


def _line(row: Intervention, facts: Any, words: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "incident": row.incident_id,
        "recorded_by": who(row.recorded_by),
        "recorded_on": row.recorded_on,
        **opened(facts=facts, words=words),
    }
