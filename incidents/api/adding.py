"""What was forgotten at take-in: added to an incident, with a reason."""

from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from incidents import search
from incidents.api.editing import EditedSchema
from incidents.api.frame import Routes, work
from incidents.gate import needs
from incidents.intake import adding
from incidents.intake.schema import PersonSchema, Strict
from incidents.model.incident import Incident
from incidents.work import Permission

routes = Routes("adding", "/incidents")
P = Permission


class ForgottenPersonSchema(PersonSchema):
    class Meta:
        fields = ("kind", "facts", "identity")


class ForgottenSchema(Strict):
    """`report`: which one tells of it, where several tell of the incident."""

    report = fields.UUID()
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))


class ForgottenFactsSchema(ForgottenSchema):
    facts = fields.Dict(keys=fields.String(), load_default=dict)


class ForgottenDoerSchema(ForgottenFactsSchema):
    name = fields.String(validate=validate.Length(max=2000))


class ForgottenPersonBodySchema(ForgottenSchema):
    person = fields.Nested(ForgottenPersonSchema, required=True)


class ForgottenPartSchema(Strict):
    person = fields.UUID(required=True)
    act = fields.UUID(required=True)
    facts = fields.Dict(keys=fields.String(), load_default=dict)
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))


def _incident(id: UUID) -> Incident:
    return search.incident(work(), search.kept(work(), search.incident(work(), id).id))


def _added(id: UUID) -> dict[str, Any]:
    return {"id": id, "version": 1, "fields": [], "again": []}


@routes.route("/<uuid:id>/acts", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(ForgottenFactsSchema)
@routes.response(201, EditedSchema)
def act(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """An act that was forgotten; nobody has verified it."""
    said = given["facts"], given["reasons"]
    return _added(adding.add_act(work(), _incident(id), *said, report=given.get("report")).id)


@routes.route("/<uuid:id>/persons", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(ForgottenPersonBodySchema)
@routes.response(201, EditedSchema)
def person(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Somebody who was forgotten; nothing was asked of them yet."""
    said = given["person"], given["reasons"]
    return _added(adding.add_person(work(), _incident(id), *said, report=given.get("report")).id)


@routes.route("/<uuid:id>/involvements", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(ForgottenPartSchema)
@routes.response(201, EditedSchema)
def involvement(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """The part of somebody in an act, both of this incident; the act is looked at anew."""
    ends = given["person"], given["act"]
    return _added(adding.add_involvement(work(), _incident(id), *ends, given["facts"], given["reasons"]).id)


@routes.route("/<uuid:id>/perpetrators", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(ForgottenDoerSchema)
@routes.response(201, EditedSchema)
def perpetrator(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """An alleged doer who was forgotten; every act of the incident is looked at anew."""
    more = {name: given.get(name) for name in ("name", "report")}
    return _added(adding.add_perpetrator(work(), _incident(id), given["facts"], given["reasons"], **more).id)
