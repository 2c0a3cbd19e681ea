"""Saved mappings: which there are, what one says, kept under a name, taken away."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.gate import needs
from incidents.intake import saved
from incidents.intake.saved import Kept
from incidents.intake.schema import Strict
from incidents.work import Permission

routes = Routes("mappings", "/mappings")
P = Permission


class NewMappingSchema(Strict):
    name = fields.String(required=True, validate=validate.Length(max=1000))
    text = fields.String(
        required=True, validate=validate.Length(max=1_000_000), metadata={"description": "TOML."}
    )


class MappingLineSchema(Schema):
    id = fields.UUID()
    name = fields.String()
    saved_by = fields.String(allow_none=True)
    saved_on = fields.Date()


class MappingTextSchema(Schema):
    id = fields.UUID()
    text = fields.String()


@routes.route("")
@needs(P.IMPORT_DO)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(MappingLineSchema, "MappingsSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Everybody's, by their names; one whose name does not open has none."""
    rows, onward = sliced(saved.listed(work()), lambda each: (each.name.casefold(), str(each.row.id)), query)
    return {"items": [_line(each) for each in rows], "next": onward}


@routes.route("", methods=["POST"])
@needs(P.IMPORT_DO)
@routes.arguments(NewMappingSchema)
@routes.response(201, MappingLineSchema)
def save(given: dict[str, str]) -> dict[str, Any]:
    """Keep a mapping under a name; the same name again is a new version of it."""
    row = saved.save(work(), given["name"], given["text"])
    return _line(Kept(row, " ".join(given["name"].split()), given["text"]))


@routes.route("/<uuid:id>")
@needs(P.IMPORT_DO)
@routes.response(200, MappingTextSchema)
def show(id: UUID) -> dict[str, Any]:
    """What one says. One that was altered since it was saved is refused."""
    return {"id": id, "text": saved.text_of(work(), id)}


@routes.route("/<uuid:id>/forget", methods=["POST"])
@needs(P.IMPORT_DO)
@routes.response(204)
def forget(id: UUID) -> None:
    """Take it away, for everybody; what was imported by it stays."""
    saved.forget(work(), id)


def _line(kept: Kept) -> dict[str, Any]:
    row = kept.row
    return {
        "id": row.id,
        "name": kept.name,
        "saved_by": who(row.saved_by),
        "saved_on": row.saved_on,
    }
