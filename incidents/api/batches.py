"""Imports as everybody sees them: what came in, what it was published under, and the second person's yes."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from incidents import consent, review
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, cut, listing, mark
from incidents.api.schemas import JobSchema, opened, unreadable
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake import batches
from incidents.intake.batches import Listed
from incidents.intake.schema import Strict
from incidents.model.consent import Basis
from incidents.work import Permission

routes = Routes("batches", "/imports/batches")
P = Permission
BESIDE = ("citation", "licence", "source_date", "reasons", "purposes")


class BatchLineSchema(Schema):
    id = fields.UUID()
    filename = fields.String(allow_none=True)
    mapping = fields.String(allow_none=True)
    rows = fields.Integer(allow_none=True)
    received_on = fields.Date()
    recorded_by = fields.String()
    basis_confirmed = fields.Boolean(
        allow_none=True, metadata={"description": "Null: it rests on nothing that was published."}
    )
    unreadable = unreadable()


class BatchBasisSchema(Schema):
    """What it was published under; null where it does not open."""

    citation = fields.String(allow_none=True)
    licence = fields.String(allow_none=True)
    source_date = fields.String(allow_none=True)
    reasons = fields.String(allow_none=True)
    purposes = fields.List(fields.String(), allow_none=True)
    set_by = fields.String()
    confirmed_by = fields.String(allow_none=True)
    confirmed_on = fields.Date(allow_none=True)
    unreadable = unreadable()


class BatchSchema(BatchLineSchema):
    came_in = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "How many reports are new, how many changed."},
    )
    basis = fields.Nested(BatchBasisSchema, allow_none=True)
    waiting = fields.Integer(metadata={"description": "Acts of it that nobody decided on."})
    moved_by = fields.String(allow_none=True)
    moved_on = fields.Date(allow_none=True)


class BatchCredibleSchema(Strict):
    reasons = fields.String(required=True)


@routes.route("")
@needs(P.IMPORT_DO)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(BatchLineSchema, "BatchesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Imports that came to their end, the newest first."""
    rows, onward = cut(batches.listed(work(), query["limit"] + 1, mark(query)), _place, query)
    return {"items": [_line(each) for each in rows], "next": onward}


def _place(each: Listed) -> tuple[str, str]:
    return str(each.batch.received_on), str(each.batch.id)


def _line(each: Listed) -> dict[str, Any]:
    about = opened(about=each.about)
    said = about["about"] or {}
    return {
        "id": each.batch.id,
        **{name: said.get(name) for name in ("filename", "mapping", "rows")},
        "received_on": each.batch.received_on,
        "recorded_by": who(each.batch.recorded_by),
        "basis_confirmed": None if each.basis is None else each.basis.confirmed_by is not None,
        "unreadable": about["unreadable"],
    }


@routes.route("/<uuid:id>")
@needs(P.IMPORT_DO)
@routes.response(200, BatchSchema)
def show(id: UUID) -> dict[str, Any]:
    """One import, for whoever brought it and for the second person."""
    return _whole(batches.one(work(), id))


def _whole(found: Listed) -> dict[str, Any]:
    last = batches.moved(work(), found.batch)
    return {
        **_line(found),
        "came_in": batches.came_in(work(), found.batch),
        "basis": _basis(found.basis) if found.basis is not None else None,
        "waiting": batches.waiting(work(), found.batch),
        "moved_by": who(last[0]) if last else None,
        "moved_on": last[1] if last else None,
    }


def _basis(basis: Basis) -> dict[str, Any]:
    (facts,) = work().read_all([basis], "facts")
    about = opened(facts=facts)
    said = about["facts"] or {}
    return {
        **{name: said.get(name) for name in BESIDE},
        "set_by": who(basis.set_by),
        "confirmed_by": who(basis.confirmed_by),
        "confirmed_on": basis.confirmed_on,
        "unreadable": about["unreadable"],
    }


@routes.route("/<uuid:id>/basis", methods=["POST"])
@needs(P.IMPORT_DO)
@routes.response(200, BatchSchema)
def confirm(id: UUID) -> dict[str, Any]:
    """The second person's yes to what it was published under: then what rests on it may leave. Needs consent:record."""
    found = batches.one(work(), id)
    if found.basis is None:
        raise NotFound
    if found.basis.confirmed_by is None:
        consent.confirm_basis(work(), found.basis)
    return _whole(found)


@routes.route("/<uuid:id>/credible", methods=["POST"])
@needs(P.IMPORT_DO, repeatable=True)
@routes.arguments(BatchCredibleSchema)
@routes.response(202, JobSchema)
def credible(given: dict[str, str], id: UUID) -> dict[str, Any]:
    """All its acts that nobody decided on to credible, by somebody else than who brought it. Needs review:decide."""
    job = review.start_bulk(work(), batches.one(work(), id).batch, given["reasons"])
    return {"id": job.id, **{n: getattr(job, n) for n in ("state", "done", "total", "problem")}}
