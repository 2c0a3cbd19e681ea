"""A closed field of one record, opened to be corrected; and who was there as somebody decided. Each is noted.

Where `AMPARO_SECOND_YES` is on, the first answer is 202 and `asked`: a colleague says yes, then it is asked for again.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, make_response
from marshmallow import Schema, fields, validate

from incidents import opening, search
from incidents.api.editing import EditedSchema, ReasonedSchema, edited
from incidents.api.frame import Routes, work
from incidents.api.schemas import opened, unreadable
from incidents.errors import InvalidInput, NotFound, Unopened, _
from incidents.gate import needs
from incidents.intake import editing
from incidents.intake.leaves import NOT_A_CODE, TOO_LONG
from incidents.intake.schema import SafeContactSchema, Strict
from incidents.model.consent import ConsentEvent
from incidents.work import Permission, Unreadable

routes = Routes("naming", "")
P = Permission
FIELDS = sorted({name for names in editing.CLOSED.values() for name in names})
CONTACT = "safe_contact"
FILL_IN = _("Please fill this in.")


def _field() -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(FIELDS, error=NOT_A_CODE))


class NameToOpenSchema(Strict):
    """Of a person a field of their identity, or `safe_contact`; of a perpetrator `name`, of a source `citation`."""

    field = _field()


class CorrectSchema(ReasonedSchema):
    """`value`: what is right, null where nothing is known; of `safe_contact` it stands in a field of that name."""

    field = _field()
    value = fields.String(allow_none=True, validate=validate.Length(max=20_000, error=TOO_LONG))
    safe_contact = fields.Nested(SafeContactSchema, allow_none=True)


class OpenedNameSchema(Schema):
    """`asked`: a colleague has to say yes first, and was asked."""

    asked = fields.Boolean()
    field = fields.String()
    version = fields.Integer(metadata={"description": "What a correction names as `seen`."})
    value = fields.Raw(allow_none=True)
    unreadable = unreadable()


class AskedSchema(Schema):
    asked = fields.Boolean()


class WhoWasThereSchema(Strict):
    event = fields.UUID(required=True, metadata={"description": "Which decision on consent, of this person."})
    reason = fields.String(required=True, validate=validate.OneOf(search.REASONS, error=NOT_A_CODE))


class ThereSchema(Schema):
    """By part (interviewer, interpreter, witness, guardian …) the name. `asked`: as above."""

    asked = fields.Boolean()
    names = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)


@routes.route("/records/<uuid:id>/name", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(NameToOpenSchema)
@routes.response(200, OpenedNameSchema)
@routes.alt_response(HTTPStatus.ACCEPTED, OpenedNameSchema)
def open_name(given: dict[str, str], id: UUID) -> dict[str, Any] | Response:
    """One closed field of a person, an alleged perpetrator or a source, opened to be corrected."""
    row, field = _named(id, given["field"]), given["field"]
    value = editing.name_of(work(), row, field)
    if value is opening.ASKED:
        return _asked(field=field, version=row.version, unreadable={})
    return {"asked": False, "field": field, "version": row.version, **opened(value=value)}


@routes.route("/records/<uuid:id>/correct", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(CorrectSchema)
@routes.response(200, EditedSchema)
@routes.alt_response(HTTPStatus.ACCEPTED, AskedSchema)
def correct(given: dict[str, Any], id: UUID) -> dict[str, Any] | Response:
    """Correct it, with the version that was looked at and a reason, which is sealed as names are."""
    field = given["field"]
    row, at = _named(id, field), CONTACT if field == CONTACT else "value"
    if at not in given:
        raise InvalidInput({at: [FILL_IN]})
    value = given[at] or ({} if field == CONTACT else "")
    try:
        done = editing.correct(work(), row, given["seen"], field, value, given["reasons"])
    except InvalidInput as problem:
        raise InvalidInput({at: [each for said in problem.fields.values() for each in said]}) from None
    if done is opening.ASKED:
        return _asked()
    if isinstance(done, Unreadable):
        raise Unopened  # what stands there does not open, and is not written over
    return edited(row, [])


def _named(id: UUID, field: str) -> Any:
    """A record that counts and has this closed field."""
    row = editing.found(work(), id)
    if field not in editing.CLOSED.get(type(row), ()):
        raise NotFound
    return editing.one(work(), row.__tablename__, id)


@routes.route("/persons/<uuid:id>/who-was-there", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(WhoWasThereSchema)
@routes.response(200, ThereSchema)
@routes.alt_response(HTTPStatus.ACCEPTED, AskedSchema)
def who_was_there(given: dict[str, Any], id: UUID) -> dict[str, Any] | Response:
    """Who asked, interpreted, witnessed or decided, at one decision: for a reason that is noted."""
    person = search.open_person(work(), id).person
    event = work().get(ConsentEvent, given["event"])
    if event.person_id != person.id:
        raise NotFound
    names = opening.names_beside(work(), event, given["reason"])
    if names is opening.ASKED:
        return _asked()
    return {"asked": False, "names": names or {}}


def _asked(**more: Any) -> Response:
    return make_response({"asked": True, **more}, HTTPStatus.ACCEPTED)
