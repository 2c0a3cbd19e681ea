"""Quotes: what two people signed and everybody in it agrees to today."""

from typing import Any

from marshmallow import Schema, fields, validate

from incidents import redaction
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE
from incidents.model.quote import QuoteKind
from incidents.redaction import Quoted
from incidents.work import Permission

routes = Routes("quotes", "/quotes")
KINDS = [each.value for each in QuoteKind]


class QuotesQuery(SliceQuery):
    act = fields.String(load_default="")
    state = fields.String(load_default="")
    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS], error=NOT_A_CODE))


class QuoteSchema(Schema):
    """Codes, but for the text and the pseudonym. What was not agreed to, or not chosen, is null or empty."""

    id = fields.UUID()
    kind = fields.String()
    pseudonym = fields.String(metadata={"description": "A name that is nobody's: Cecilia P."})
    text = fields.String()
    language = fields.String(
        metadata={"description": "Of the text: a code of its list; empty: nobody noted it."}
    )
    age = fields.Integer(allow_none=True)
    age_band = fields.String()
    gender = fields.String()
    nationality = fields.List(fields.String())
    state = fields.String()
    month = fields.String()
    acts = fields.List(fields.String())
    signed_on = fields.Date(allow_none=True)


@routes.route("")
@needs(Permission.RELEASE_DOWNLOAD)
@routes.arguments(QuotesQuery, location="query")
@routes.response(200, listing(QuoteSchema, "QuotesSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The shelf, the newest first: of these acts, in this state, of this kind."""
    found = redaction.shelf(work(), query["act"], query["state"], query["kind"])
    rows, onward = sliced(found, _place, query, down=True)
    return {"items": [_said(each) for each in rows], "next": onward}


def _place(quoted: Quoted) -> tuple[str, str]:
    return str(quoted.signed_on or ""), str(quoted.id)


def _said(quoted: Quoted) -> dict[str, Any]:
    return {
        "id": quoted.id,
        "kind": quoted.kind.value,
        "pseudonym": quoted.pseudonym,
        "text": quoted.text,
        "language": quoted.language,
        "age": quoted.age,
        "age_band": quoted.age_band,
        "gender": quoted.gender,
        "nationality": list(quoted.nationality),
        "state": quoted.state,
        "month": quoted.month,
        "acts": list(quoted.acts),
        "signed_on": quoted.signed_on,
    }
