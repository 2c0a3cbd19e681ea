"""Consent: whom to ask again, and what somebody takes back. What a person decides is recorded by people, on a page."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import consent, search
from incidents.api.frame import Routes, who, work
from incidents.errors import InvalidInput, _
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.vocabulary import Purpose
from incidents.work import Permission

routes = Routes("consent", "")
P = Permission
CHOOSE = _("Choose at least one use, or everything.")


class WithdrawSchema(Strict):
    """Some uses, or `everything`."""

    purposes = fields.List(
        fields.String(validate=validate.OneOf(list(Purpose), error=NOT_A_CODE)),
        load_default=list,
        validate=validate.Length(max=100),
    )
    everything = fields.Boolean(load_default=False)


class WithdrawalSchema(Schema):
    id = fields.UUID()
    person = fields.UUID()
    purposes = fields.List(fields.String(), metadata={"description": "Empty: everything."})
    withdrawn_on = fields.Date()
    entered_by = fields.String(allow_none=True)


class RanOutSchema(Schema):
    count = fields.Integer()


@routes.route("/persons/<uuid:id>/withdraw", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.arguments(WithdrawSchema)
@routes.response(201, WithdrawalSchema)
def withdraw(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Somebody takes back what they agreed to: it works at once, for everything that has not left yet."""
    person, _incidents = search.person(work(), id)
    if bool(given["purposes"]) == given["everything"]:
        raise InvalidInput({"purposes": [CHOOSE]})
    row = consent.withdraw(work(), person, [Purpose(each) for each in given["purposes"]])
    return {
        "id": row.id,
        "person": row.person_id,
        "purposes": row.purposes,
        "withdrawn_on": row.withdrawn_on,
        "entered_by": who(row.entered_by),
    }


@routes.route("/consents/ran-out", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.response(200, RanOutSchema)
def ran_out() -> dict[str, int]:
    """Enter in the records which yes was not renewed in time, and of how many people."""
    return {"count": consent.note_what_ran_out(work())}
