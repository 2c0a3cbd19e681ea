"""Members: who works here, who can open what; invite, confirm, change, remove."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from flask_babel import gettext as _

from incidents import members
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.model.account import User
from incidents.model.vocabulary import Role
from incidents.web.frame import go, house, needed, page, say, work, wrong
from incidents.web.language import speaks
from incidents.work import Permission

P = Permission
routes = Blueprint("members", __name__)


@routes.get("/members")
@needs(P.MEMBER_LIST)
def listed() -> Response:
    listed = members.members(work())
    by_id = {member.user.id: member.user.name for member in listed}
    openers = [
        {"compartment": c.value, "count": len(who), "names": [by_id[id] for id in who]}
        for c, who in members.who_can_open(work()).items()
    ]
    lines = [
        {
            "url": url_for("members.show", id=member.user.id),
            "name": member.user.name,
            "roles": member.user.roles,
            "state": member.user.state.value,
            "joined_on": member.user.joined_on,
            "keys": [c.value for c in sorted(member.holds)],
            "totp": member.second_factor,
        }
        for member in listed
    ]
    return page(
        "members/list.html", members=lines, openers=openers, may_invite=work().actor.may(P.MEMBER_INVITE)
    )


@routes.route("/members/new", methods=["GET", "POST"])
@needs(P.MEMBER_INVITE)
def new() -> Response:
    context: dict[str, Any] = {"roles": [role.value for role in Role]}
    if request.method == "GET":
        return page("members/new.html", **context)
    try:
        (name,) = needed("name")
        user, token = members.invite(work(), name, _roles(), speaks())
    except Problem as problem:
        return wrong("members/new.html", problem, **context)
    link = url_for("account.join", token=token, _external=True)
    return page("members/new.html", **context, link=link, link_until=user.link_until, name=user.name)


def _roles() -> list[Role]:
    given = [role for role in request.form.getlist("roles") if role in set(Role)]
    if not given:
        raise InvalidInput({"roles": [_("Choose at least one role.")]})
    return [Role(role) for role in given]


@routes.route("/members/<uuid:id>", methods=["GET", "POST"])
@needs(P.MEMBER_LIST)
def show(id: UUID) -> Response:
    user = work().get(User, id)
    if request.method == "GET":
        return page("members/show.html", **_member(user))
    try:
        deed = MEMBER_DEEDS[request.form.get("deed", "")]
    except KeyError:
        raise NotFound from None
    return deed(user)


def _member(user: User) -> dict[str, Any]:
    inviter = house().db().get(User, user.invited_by) if user.invited_by else None
    found = next(member for member in members.members(work()) if member.user.id == user.id)
    return {
        "who": {
            "name": user.name,
            "roles": user.roles,
            "state": user.state.value,
            "joined_on": user.joined_on,
            "invited_by": inviter.name if inviter else "",
            "totp": found.second_factor,
            "keys": [c.value for c in sorted(found.holds)],
            "fingerprint": found.fingerprint,
        },
        "self_": user.id == work().actor.id,
        "may_confirm": members.may_confirm(work(), user),
        "may_grant": work().actor.may(P.MEMBER_GRANT),
        "may_manage": work().actor.may(P.MEMBER_GRANT),
        "roles": [role.value for role in Role],
    }


def _done(user: User, sentence: str) -> Response:
    say(sentence)
    return go("members.show", id=user.id)


def _confirm(user: User) -> Response:
    members.confirm(work(), user)
    return _done(user, _("Confirmed. They hold the keys of their roles from now on."))


def _set_roles(user: User) -> Response:
    members.set_roles(work(), user, _roles())
    return _done(user, _("The roles are changed."))


def _disable(user: User) -> Response:
    members.disable(work(), user)
    return _done(user, _("Disabled. Every session of theirs ended."))


def _enable(user: User) -> Response:
    members.enable(work(), user)
    return _done(user, _("Enabled again."))


def _link_again(user: User) -> Response:
    token = members.renew(work(), user)
    link = url_for("account.join", token=token, _external=True)
    return page("members/new.html", roles=[], link=link, link_until=user.link_until, name=user.name)


def _remove(user: User) -> Response:
    members.remove(work(), user)
    actor, ring = work().actor, g.session.ring
    work().commit()  # the note and the state first; what follows is found again if it is cut
    members.finish_removals(house(), ring, actor.id)
    return _done(user, _("Removed. New keys were made for what they could open."))


MEMBER_DEEDS = {
    "confirm": _confirm,
    "roles": _set_roles,
    "disable": _disable,
    "enable": _enable,
    "regrant": _link_again,
    "invite_again": _link_again,
    "remove": _remove,
}
