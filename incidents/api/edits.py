"""What was edited in an incident or a person; one edit with what stood before and after; a name for a reason alone.

It is undone at its record: `/records/{id}/restore` with the version before it, `/records/{id}/bring-back`.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, make_response
from marshmallow import Schema, fields

from incidents import opening, search
from incidents.api.editing import EditSchema, line
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import opened, unreadable
from incidents.errors import InvalidInput, NotFound, _
from incidents.gate import needs
from incidents.intake import edited, editing
from incidents.work import Permission

routes = Routes("edits", "/edits")
P = Permission
ONE_OF = _("Say of which incident or of which person.")


class EditsQuery(SliceQuery):
    """One of the two."""

    incident = fields.UUID()
    person = fields.UUID()


class AnEditSchema(EditSchema):
    """`about` is the kind of its `record`. `named`: it corrected a name, which stays closed here."""

    record = fields.UUID()
    about = fields.String()
    named = fields.Boolean()


class SideSchema(Schema):
    facts = fields.Dict(keys=fields.String(), allow_none=True)
    summary = fields.String(allow_none=True)
    narrative = fields.String(allow_none=True)
    kind = fields.String()
    teller = fields.Boolean()
    unreadable = unreadable()


class OneEditSchema(AnEditSchema):
    """The record `before` and `after`; null: it was not there, or it is a name.

    `version`: that stands now. `would_change`: the fields that restoring it to `from_version` would change, for whoever
    may; null: it cannot be restored.
    """

    before = fields.Nested(SideSchema, allow_none=True)
    after = fields.Nested(SideSchema, allow_none=True)
    version = fields.Integer()
    would_change = fields.List(fields.String(), allow_none=True)
    may_bring_back = fields.Boolean()


class NamedEditSchema(Schema):
    """What a name, a reference or a contact was and became. `asked`: a colleague must say yes first, and was asked."""

    asked = fields.Boolean()
    field = fields.String(allow_none=True)
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)
    reasons = fields.String(allow_none=True)
    unreadable = unreadable()


@routes.route("")
@needs(P.INCIDENT_READ)
@routes.arguments(EditsQuery, location="query")
@routes.response(200, listing(AnEditSchema, "EditsSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Every edit of an incident and of all that belongs to it, or of a person; the latest first."""
    found = editing.history(work(), _records(query))
    where = edited.places(work(), found)
    rows, onward = sliced(found, lambda each: where[each.edit.id], query, down=True)
    return {"items": [_line(each) for each in rows], "next": onward}


def _records(query: dict[str, Any]) -> list[UUID]:
    if ("incident" in query) == ("person" in query):
        raise InvalidInput({"incident": [ONE_OF]})
    if "person" in query:
        return [search.open_person(work(), query["person"]).person.id]
    kept = search.kept(work(), query["incident"])
    return edited.records_of(work(), search.open_incident(work(), kept))


def _line(done: editing.Done) -> dict[str, Any]:
    edit = done.edit
    return {**line(done), "record": edit.record_id, "about": edit.about, "named": edit.words is not None}


@routes.route("/<uuid:id>")
@needs(P.INCIDENT_READ)
@routes.response(200, OneEditSchema)
def show(id: UUID) -> dict[str, Any]:
    """One edit, with the record before and after it."""
    done = editing.done(work(), id)
    before, after = ({}, {}) if done.edit.words is not None else editing.sides(work(), done.edit)
    ahead = edited.would_restore(work(), done)
    return {
        **_line(done),
        "before": opened(**before) if before else None,
        "after": opened(**after) if after else None,
        "version": editing.record_of(work(), done.edit).version,
        "would_change": ahead[2] if ahead else None,
        "may_bring_back": edited.may_bring_back(work(), done),
    }


@routes.route("/<uuid:id>/names", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.response(200, NamedEditSchema)
@routes.alt_response(HTTPStatus.ACCEPTED, NamedEditSchema)
def open_names(id: UUID) -> dict[str, Any] | Response:
    """What an edit made of a name: opened to be corrected, as the name itself is, which is noted. 202: see `asked`."""
    done = editing.done(work(), id)
    if done.edit.words is None:
        raise NotFound
    found = editing.named(work(), done.edit)
    if found is opening.ASKED:
        return make_response({"asked": True, "unreadable": {}}, HTTPStatus.ACCEPTED)
    field, before, after, reasons = found
    return {"asked": False, "field": field, **opened(before=before, after=after, reasons=reasons)}
