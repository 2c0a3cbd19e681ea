"""Tokens for programs: mine, and for who may list the members everybody's; make one, end one."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, fields, validate

from incidents import tokens
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.errors import _
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.token import Token
from incidents.work import Compartment, Permission

routes = Routes("tokens", "/tokens")
P = Permission
ALL = "all"
DAYS = validate.Range(min=1, max=tokens.MOST_DAYS, error=_("Between a day and a year."))


class TokensQuery(SliceQuery):
    whose = fields.String(validate=validate.OneOf([ALL]))


class MakeTokenSchema(Strict):
    name = fields.String(required=True, validate=validate.Length(max=tokens.LONGEST))
    permissions = fields.List(
        fields.String(validate=validate.OneOf([each.value for each in P], error=NOT_A_CODE)),
        required=True,
        validate=validate.Length(max=100),
        metadata={"description": "Some of your own, but for those that ask for a person."},
    )
    compartments = fields.List(
        fields.String(validate=validate.OneOf([each.value for each in Compartment], error=NOT_A_CODE)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Whose keys go with it; none: it opens nothing."},
    )
    days = fields.Integer(load_default=tokens.DAYS, validate=DAYS)


class TokenLineSchema(Schema):
    id = fields.UUID()
    name = fields.String()
    member = fields.String()
    permissions = fields.List(fields.String())
    compartments = fields.List(fields.String())
    made_at = fields.AwareDateTime()
    until = fields.AwareDateTime()
    in_force = fields.Boolean()
    ended_at = fields.AwareDateTime(allow_none=True)
    ended_by = fields.String(allow_none=True)


class MadeTokenSchema(TokenLineSchema):
    token = fields.String(
        allow_none=True, metadata={"description": "Shown this once: it is kept nowhere, and not said again."}
    )


@routes.route("")
@needs(P.ACCOUNT_OWN)
@routes.arguments(TokensQuery, location="query")
@routes.response(200, listing(TokenLineSchema, "Tokens"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """My tokens, those in force first; `whose=all` for everybody's."""
    rows = tokens.everybodys(work()) if query.get("whose") == ALL else tokens.own(work())
    found, onward = sliced(rows, _place, query, down=True)
    return {"items": [_line(row) for row in found], "next": onward}


@routes.route("", methods=["POST"])
@needs(P.ACCOUNT_OWN)
@routes.arguments(MakeTokenSchema)
@routes.response(201, MadeTokenSchema)
def make(given: dict[str, Any]) -> dict[str, Any]:
    """A token for a program; asks for a passphrase given just now, and for a person."""
    made = tokens.make(work(), **given)
    g.said_once = ("token",)
    return {**_line(made.row), "token": made.secret}


@routes.route("/<uuid:id>/end", methods=["POST"])
@needs(P.ACCOUNT_OWN)
@routes.response(200, TokenLineSchema)
def end(id: UUID) -> dict[str, Any]:
    """End a token at once: one's own, or as coordinator or administrator anybody's."""
    return _line(tokens.end(work(), id))


def _place(row: Token) -> tuple[int, str, str]:
    """One that ends meanwhile goes down the list, and may be told there once more."""
    return int(tokens.in_force(work(), row)), row.made_at.isoformat(), str(row.id)


def _line(row: Token) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "member": who(row.member),
        "permissions": row.permissions,
        "compartments": row.compartments,
        "made_at": row.made_at,
        "until": row.until,
        "in_force": tokens.in_force(work(), row),
        "ended_at": row.ended_at,
        "ended_by": who(row.ended_by),
    }
