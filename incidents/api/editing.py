"""One record of an incident: its versions, what was edited and why; edited, restored, taken out, brought back."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents.api.frame import Routes, who, work
from incidents.api.schemas import NUMBER, opened, seen, unreadable
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake import adding, editing
from incidents.intake.leaves import TOO_LONG
from incidents.intake.schema import LONGEST, NOT_A_CODE, Strict
from incidents.model.edit import Edit
from incidents.model.incident import Act
from incidents.model.vocabulary import PersonKind
from incidents.work import Permission, Unreadable

routes = Routes("editing", "/records")
P = Permission


def _reasons() -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=20_000))


class VersionQuery(Strict):
    version = fields.Integer(validate=NUMBER)


class ReasonedSchema(Strict):
    seen = seen()
    reasons = _reasons()


class RestoreSchema(ReasonedSchema):
    of = fields.Integer(required=True, validate=NUMBER)


class EditingSchema(ReasonedSchema):
    """What is named changes, null takes it away, all else stays.

    `summary` and `narrative` are an incident's, `kind` and `teller` a person's.
    """

    facts = fields.Dict(keys=fields.String(), load_default=dict)
    summary = fields.String(allow_none=True, validate=validate.Length(max=20_000, error=TOO_LONG))
    narrative = fields.String(allow_none=True, validate=validate.Length(max=LONGEST, error=TOO_LONG))
    kind = fields.String(validate=validate.OneOf(list(PersonKind), error=NOT_A_CODE))
    teller = fields.Boolean()


class EditSchema(Schema):
    """One edit. The reason of a correction of a name stays closed here."""

    id = fields.UUID()
    kind = fields.String()
    fields_ = fields.List(fields.String(), allow_none=True, data_key="fields", attribute="fields")
    edited_by = fields.String(allow_none=True)
    edited_on = fields.Date()
    from_version = fields.Integer(allow_none=True)
    to_version = fields.Integer()
    restored = fields.Integer(allow_none=True)
    reasons = fields.String(allow_none=True)
    unreadable = unreadable()


class RecordSchema(Schema):
    """One record as it stands, or stood at a version, and everything that was edited in it, the latest last."""

    id = fields.UUID()
    about = fields.String()
    version = fields.Integer()
    facts = fields.Dict(keys=fields.String(), allow_none=True)
    summary = fields.String(allow_none=True)
    narrative = fields.String(allow_none=True)
    kind = fields.String()
    teller = fields.Boolean()
    edits = fields.List(fields.Nested(EditSchema))
    unreadable = unreadable()


class EditedSchema(Schema):
    """What was done: the fields that changed (none: nothing was), and the acts that have to be looked at anew."""

    id = fields.UUID()
    version = fields.Integer()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    again = fields.List(fields.UUID())


@routes.route("/<uuid:id>")
@needs(P.REVIEW_DECIDE)
@routes.arguments(VersionQuery, location="query")
@routes.response(200, RecordSchema)
def show(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """An act, an incident, an involvement, a perpetrator, a person or a source; an earlier version with `version`."""
    row = editing.found(work(), id)
    version = query.get("version", row.version)
    return {
        "id": row.id,
        "about": row.__tablename__,
        "version": version,
        **opened(**editing.as_it_was(work(), row, version)),
        "edits": [line(each) for each in editing.history(work(), [row.id])],
    }


def line(done: editing.Done) -> dict[str, Any]:
    """One edit, without what stood there."""
    row = done.edit
    return {
        "id": row.id,
        "kind": row.kind.value,
        "edited_by": who(row.edited_by),
        "edited_on": row.edited_on,
        "from_version": row.from_version,
        "to_version": row.to_version,
        "restored": row.restored,
        **opened(fields=done.fields, reasons=done.reasons),
    }


@routes.route("/<uuid:id>", methods=["PATCH"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(EditingSchema)
@routes.response(200, EditedSchema)
def edit(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Edit one record, with the version that was looked at and a reason. What was verified is looked at anew."""
    row = _counting(id)
    now = editing.read(work(), row)["facts"]
    facts = {**now, **given["facts"]}
    if "interview" not in given["facts"]:
        facts.pop("interview", None)
    beside: dict[str, Any] = {
        name: given[name] for name in ("summary", "narrative", "kind", "teller") if name in given
    }
    again = editing.edit(work(), row, given["seen"], facts, given["reasons"], beside)
    return edited(row, again)


@routes.route("/<uuid:id>/restore", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(RestoreSchema)
@routes.response(200, EditedSchema)
def restore(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """The record reads as it did at the version `of`: one more edit."""
    row = _counting(id)
    return edited(row, editing.restore(work(), row, given["seen"], given["of"], given["reasons"]))


@routes.route("/<uuid:id>/take-out", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(ReasonedSchema)
@routes.response(200, EditedSchema)
def take_out(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """An act, an involvement, a perpetrator or a source was wrong: it counts no more, and is kept."""
    row = _counting(id)
    if not hasattr(row, "left_on"):
        raise NotFound
    return edited(row, adding.take_out(work(), row, given["seen"], given["reasons"]))


@routes.route("/<uuid:id>/bring-back", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(ReasonedSchema)
@routes.response(200, EditedSchema)
def bring_back(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """What was taken out counts again, and is looked at anew."""
    row = editing.found(work(), id)
    if not hasattr(row, "left_on"):
        raise NotFound
    return edited(row, adding.bring_back(work(), row, given["seen"], given["reasons"]))


def _counting(id: UUID) -> Any:
    return editing.one(work(), editing.found(work(), id).__tablename__, id)


def edited(row: Any, again: list[Act]) -> dict[str, Any]:
    """What a deed on a record came to."""
    done = work().pending(Edit)
    names = work().read_all(done, "facts")
    return {
        "id": row.id,
        "version": row.version + bool(done),
        "fields": [name for said in names if not isinstance(said, Unreadable) for name in said["fields"]],
        "again": [act.id for act in again],
    }
