"""Texts that stay and may tell of somebody who was erased: each is answered for, or written anew."""

from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import erasure
from incidents.api.frame import Routes, house, once_done, work
from incidents.api.paging import Cursor, SliceQuery, listing, sliced
from incidents.api.schemas import NO_NUMBER
from incidents.gate import needs
from incidents.intake.schema import Strict
from incidents.model.erasure import Erasure, TextBeside
from incidents.work import Permission

routes = Routes("texts", "/erasures/texts")
P = Permission
AT_ONCE = 20  # texts that are opened for one answer, those that name them first


class TextsBesideSchema(Schema):
    """An erasure with texts that wait; `closed`: nobody answered in time, and they open for this alone."""

    id = fields.UUID()
    kind = fields.String()
    on = fields.Date()
    count = fields.Integer()
    named = fields.Integer(metadata={"description": "Of them, those in which the name was found."})
    due_on = fields.Date()
    closed = fields.Boolean()


class OpenQuery(Strict):
    after = Cursor()
    limit = fields.Integer(load_default=AT_ONCE, validate=validate.Range(min=1, max=AT_ONCE, error=NO_NUMBER))


class TextBesideSchema(Schema):
    """`about`: the kind of record it stands in, `record` which; `said`: place in it → text."""

    id = fields.UUID()
    about = fields.String()
    record = fields.UUID()
    named = fields.Boolean()
    due_on = fields.Date()
    closed = fields.Boolean()
    said = fields.Dict(keys=fields.String(), values=fields.String())
    unreadable = fields.String(allow_none=True)


class TextsNothingSchema(Strict):
    texts = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=AT_ONCE))


class RewriteTextSchema(Strict):
    text = fields.UUID(required=True)
    said = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "Place → what stands there from now on; what is not named stays."},
    )


@routes.route("")
@needs(P.REVIEW_DECIDE)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(TextsBesideSchema, "TextsBesideEachSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Erasures with texts that wait for an answer, or for the end of their rewriting, the first due first."""
    groups = [_group(id, rows) for id, rows in erasure.beside_each(work()).items()]
    rows, onward = sliced(groups, lambda each: (str(each["due_on"]), str(each["id"])), query)
    return {"items": rows, "next": onward}


def _group(id: UUID, rows: list[TextBeside]) -> dict[str, Any]:
    done, due = work().get(Erasure, id), min(row.due_on for row in rows)
    return {
        "id": id,
        "kind": done.kind,
        "on": done.decided_on,
        "count": len(rows),
        "named": sum(row.named for row in rows),
        "due_on": due,
        "closed": due <= work().today,
    }


TextsSchema = listing(
    TextBesideSchema,
    "TextsOfOneSchema",
    kind=fields.String(),
    on=fields.Date(),
    unfinished=fields.Integer(
        metadata={"description": "Written anew, and to be sealed again, of any erasure."}
    ),
)


@routes.route("/<uuid:id>")
@needs(P.REVIEW_DECIDE)
@routes.arguments(OpenQuery, location="query")
@routes.response(200, TextsSchema)
def of_one(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """The texts beside one erasure, opened, those that name somebody first; each opening is noted."""
    done = work().get(Erasure, id)
    rows, onward = sliced(erasure.waiting(work(), id), _place, query)
    return {
        "kind": done.kind,
        "on": done.decided_on,
        "items": [_text(each) for each in erasure.show(work(), rows)],
        "next": onward,
        "unfinished": len(erasure.unfinished(work())),
    }


def _place(row: TextBeside) -> tuple[int, str, str, str]:
    return int(not row.named), str(row.due_on), row.about, str(row.id)


def _text(shown: Any) -> dict[str, Any]:
    row: TextBeside = shown.row
    return {
        "id": row.id,
        "about": row.about,
        "record": row.about_id,
        "named": row.named,
        "due_on": row.due_on,
        "closed": row.due_on <= work().today,
        "said": dict(shown.said),
        "unreadable": shown.unreadable or None,
    }


@routes.route("/<uuid:id>/nothing", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(TextsNothingSchema)
@routes.response(204)
def nothing(given: dict[str, Any], id: UUID) -> None:
    """You read these, and nothing of them is in it: they stay as they are. All or none."""
    for each in dict.fromkeys(given["texts"]):
        erasure.say_nothing(work(), erasure.one_beside(work(), id, each))


@routes.route("/<uuid:id>/rewrite", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(RewriteTextSchema)
@routes.response(204)
def rewrite(given: dict[str, Any], id: UUID) -> None:
    """One of them written anew: what it said before is unreadable for everybody. Asks for a fresh passphrase."""
    erasure.rewrite(work(), erasure.one_beside(work(), id, given["text"]), given["said"])
    once_done(partial(erasure.finish, house()))


@routes.route("/<uuid:id>/seal-again", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.response(204)
def seal_again(id: UUID) -> None:
    """Where somebody wrote beside a text at the moment it was written anew: take that to the new key, and finish."""
    work().get(Erasure, id)
    erasure.seal_again(work())
    once_done(partial(erasure.finish, house()))
