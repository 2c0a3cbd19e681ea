"""Members: who they are and what they hold; invited, confirmed, given other roles, disabled, removed.

Each is somebody's in person, with a passphrase given just now where the page asks for it; no token does any of it.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g, url_for
from flask_babel import get_locale
from marshmallow import Schema, fields, validate

from incidents import members
from incidents.api.frame import Routes, house, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.errors import InvalidInput, _
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.members import Member
from incidents.model.account import User
from incidents.model.tongues import LANGUAGES
from incidents.model.vocabulary import Role
from incidents.work import Permission

P = Permission
routes = Routes("members", "/members")
NO_ROLE = _("Choose at least one role.")
FILL_IN = _("Please fill this in.")
ANOTHER_KEY = _(
    "Their key has another fingerprint. Compare it with them again, and confirm nothing before it is the same."
)


class MemberSchema(Schema):
    id = fields.UUID(metadata={"description": "What an `assignee` says."})
    name = fields.String()
    roles = fields.List(fields.String())
    state = fields.String()
    joined_on = fields.Date(allow_none=True)
    compartments = fields.List(fields.String(), metadata={"description": "Whose keys they hold."})
    second_factor = fields.Boolean()


class OneMemberSchema(MemberSchema):
    """`fingerprint`: of their key, compared in person before they are confirmed; empty before they joined."""

    fingerprint = fields.String()
    invited_by = fields.String(allow_none=True)
    may_confirm = fields.Boolean(
        metadata={"description": "Not by who made the new link of somebody known, where another can."}
    )


class RolesSchema(Strict):
    roles = fields.List(
        fields.String(validate=validate.OneOf(list(Role), error=NOT_A_CODE)),
        required=True,
        validate=validate.Length(min=1, max=len(Role), error=NO_ROLE),
    )


class InviteSchema(RolesSchema):
    name = fields.String(required=True, validate=validate.Length(max=200))
    language = fields.String(validate=validate.OneOf(list(LANGUAGES), error=NOT_A_CODE))


class FingerprintSchema(Strict):
    fingerprint = fields.String(required=True, validate=validate.Length(max=200))


class MemberRefSchema(Schema):
    """Who it was done to, as they stand now."""

    id = fields.UUID()
    name = fields.String()
    roles = fields.List(fields.String())
    state = fields.String()


class InvitedSchema(MemberRefSchema):
    """The `link` is said this once, and works once, until the day of `link_until`."""

    link = fields.String(allow_none=True)
    link_until = fields.Date()


@routes.route("")
@needs(P.MEMBER_LIST)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(MemberSchema, "MembersSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Every member, by their names."""
    rows, onward = sliced(
        members.members(work()), lambda each: (each.user.sign_in or "", str(each.user.id)), query
    )
    return {"items": [_line(each) for each in rows], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.MEMBER_LIST)
@routes.response(200, OneMemberSchema)
def show(id: UUID) -> dict[str, Any]:
    """One of them: the fingerprint of their key, who invited them, and whether I may confirm them."""
    return _one(work().get(User, id))


def _line(member: Member) -> dict[str, Any]:
    user = member.user
    return {
        "id": user.id,
        "name": user.name,
        "roles": user.roles,
        "state": user.state.value,
        "joined_on": user.joined_on,
        "compartments": sorted(member.holds),
        "second_factor": member.second_factor,
    }


def _one(user: User) -> dict[str, Any]:
    found = next(each for each in members.members(work()) if each.user.id == user.id)
    return {
        **_line(found),
        "fingerprint": found.fingerprint,
        "invited_by": who(user.invited_by),
        "may_confirm": members.may_confirm(work(), user),
    }


# -- invited


@routes.route("", methods=["POST"])
@needs(P.MEMBER_INVITE)
@routes.arguments(InviteSchema)
@routes.response(HTTPStatus.CREATED, InvitedSchema)
def invite(given: dict[str, Any]) -> dict[str, Any]:
    """A new account; the link is for its person alone, who chooses a passphrase behind it."""
    if not given["name"].strip():
        raise InvalidInput({"name": [FILL_IN]})
    locale = get_locale()
    language = given.get("language") or (str(locale.language) if locale else "en")
    user, token = members.invite(work(), given["name"], _roles(given), language)
    return _link(user, token)


@routes.route("/<uuid:id>/renew", methods=["POST"])
@needs(P.MEMBER_GRANT)
@routes.response(200, InvitedSchema)
def renew(id: UUID) -> dict[str, Any]:
    """Whoever lost passphrase and recovery code begins anew: a new link, a new key, confirmed again; tokens end."""
    user = work().get(User, id)
    return _link(user, members.renew(work(), user))


# -- what they may


@routes.route("/<uuid:id>/confirm", methods=["POST"])
@needs(P.MEMBER_GRANT)
@routes.arguments(FingerprintSchema)
@routes.response(200, MemberRefSchema)
def confirm(given: dict[str, str], id: UUID) -> User:
    """They hold the keys of their roles from now on; `fingerprint` is what was compared with them in person."""
    user = work().get(User, id)
    if _bare(given["fingerprint"]) != _bare(members.fingerprint(work(), user)):
        raise InvalidInput({"fingerprint": [ANOTHER_KEY]})
    members.confirm(work(), user)
    return user


@routes.route("/<uuid:id>/roles", methods=["POST"])
@needs(P.MEMBER_GRANT)
@routes.arguments(RolesSchema)
@routes.response(200, MemberRefSchema)
def set_roles(given: dict[str, Any], id: UUID) -> User:
    """Other roles; where they need fewer keys, new ones are made for what they could open."""
    user = work().get(User, id)
    members.set_roles(work(), user, _roles(given))
    return user


@routes.route("/<uuid:id>/disable", methods=["POST"])
@needs(P.MEMBER_GRANT)
@routes.response(200, MemberRefSchema)
def disable(id: UUID) -> User:
    """Every session and token of theirs ends at once; the keys stay."""
    user = work().get(User, id)
    members.disable(work(), user)
    return user


@routes.route("/<uuid:id>/enable", methods=["POST"])
@needs(P.MEMBER_GRANT)
@routes.response(200, MemberRefSchema)
def enable(id: UUID) -> User:
    """They may sign in again."""
    user = work().get(User, id)
    members.enable(work(), user)
    return user


@routes.route("/<uuid:id>/remove", methods=["POST"])
@needs(P.MEMBER_GRANT)
@routes.response(200, MemberRefSchema)
def remove(id: UUID) -> User:
    """For good: new keys are made for all that they could open."""
    user = work().get(User, id)
    members.remove(work(), user)
    actor, ring = work().actor, g.session.ring
    work().commit()  # the note and the state first; what follows is found again if it is cut
    members.finish_removals(house(), ring, actor.id)
    return work().get(User, id)


def _roles(given: dict[str, Any]) -> list[Role]:
    return [Role(role) for role in dict.fromkeys(given["roles"])]


def _bare(fingerprint: str) -> str:
    """However it was spaced."""
    return "".join(fingerprint.split()).casefold()


def _link(user: User, token: str) -> dict[str, Any]:
    g.said_once = ("link",)
    return {
        **{name: getattr(user, name) for name in ("id", "name", "roles", "link_until")},
        "state": user.state.value,
        "link": url_for("account.join", token=token, _external=True),
    }
