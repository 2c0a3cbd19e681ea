"""The trail: what happened lately to which record, never what the record says; and whether all of it holds."""

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

from marshmallow import Schema, fields

from incidents import consent, members, tokens, trail
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, cut, listing
from incidents.api.schemas import VerifiedSchema
from incidents.gate import needs
from incidents.model.audit import AuditBlock, AuditEntry
from incidents.work import Permission

routes = Routes("trail", "/trail")
P = Permission
NAMED = 20  # breaks that are named; the first matters most


class NoteSchema(Schema):
    event = fields.String()
    about = fields.String()
    about_id = fields.UUID(allow_none=True)
    detail = fields.Dict(metadata={"description": "Codes and counts, never content; no keys."})


class BlockSchema(Schema):
    """The notes of one commit; `more`: it has further ones. The name of its `actor` is for who may list the members."""

    number = fields.Integer()
    at = fields.DateTime()
    actor = fields.UUID(metadata={"description": "Of the server itself, all noughts."})
    name = fields.String(allow_none=True)
    token = fields.String(metadata={"description": "What the token is called that did it; empty: a person."})
    notes = fields.List(fields.Nested(NoteSchema))
    more = fields.Boolean()


@routes.route("")
@needs(P.TRAIL_READ)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(BlockSchema, "TrailSchema"))
def blocks(query: dict[str, Any]) -> dict[str, Any]:
    """The blocks, the last first, each with its first twenty notes."""
    (before,) = query.get("after", (None,))
    found = trail.blocks(work(), before, query["limit"] + 1)
    rows, onward = cut(found, lambda each: (each[0].number,), query)
    names = members.names(work()) if work().actor.may(P.MEMBER_LIST) else {}
    called = tokens.names(work())
    lines = [
        {
            **_line(block, notes),
            "name": names.get(block.actor),
            "token": called.get(block.signer, ""),
        }
        for block, notes in rows
    ]
    return {"items": lines, "next": onward}


def _line(block: AuditBlock, notes: Sequence[AuditEntry]) -> dict[str, Any]:
    return {
        "number": block.number,
        "at": block.at,
        "actor": block.actor,
        "notes": [
            {
                "event": note.event,
                "about": note.about,
                "about_id": note.about_id,
                "detail": {name: value for name, value in note.detail.items() if name not in trail.KEYS},
            }
            for note in notes
        ],
        "more": len(notes) == trail.MOST_ENTRIES,
    }


@routes.route("/verify")
@needs(P.TRAIL_READ)
@routes.response(200, VerifiedSchema)
def verify() -> dict[str, Any]:
    """Verify the chain, every record against it and the ledgers of consent; the first that does not fit first."""
    found = list(islice(chain(work().breaks(), consent.breaks(work())), NAMED + 1))
    breaks = [{"where": each.where, "what": each.what} for each in found[:NAMED]]
    return {"holds": not found, "breaks": breaks, "more": len(found) > NAMED}
