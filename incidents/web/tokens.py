"""Tokens for programs as pages: one's own to make and end, everybody's to look at and end."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import members, tokens
from incidents.errors import FreshSignInNeeded, InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.model import clock
from incidents.model.token import Token
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.numbers import whole
from incidents.work import NOT_BY_TOKEN, Permission

P = Permission
routes = Blueprint("tokens", __name__)
WORDS: Mapping[Permission, Any] = {
    P.ACCOUNT_OWN: _l("Read the code lists and what others published"),
    P.CODING_DO: _l("Code reports of a double coding"),
    P.CODING_DRAW: _l("Draw samples of a double coding"),
    P.CODING_READ: _l("Read how far coders agree"),
    P.CONSENT_RECORD: _l("Record consent"),
    P.EVIDENCE_ADD: _l("Add evidence"),
    P.EVIDENCE_ORIGINAL: _l("Take originals of evidence in hand"),
    P.IMPORT_DO: _l("Import tables"),
    P.INCIDENT_READ: _l("Read incidents"),
    P.INTERVIEW_COUNT: _l("Count interviews"),
    P.JOB_OWN: _l("Begin long work, such as an import or a search"),
    P.MEMBER_LIST: _l("List the members"),
    P.RELEASE_DOWNLOAD: _l("List and download releases"),
    P.RELEASE_PREPARE: _l("Prepare releases"),
    P.REPORT_READ_OWN: _l("List and read my own reports"),
    P.REPORT_SEND: _l("Send reports"),
    P.REPORT_TAKE_IN: _l("Take in reports"),
    P.REVIEW_DECIDE: _l("Decide on acts, and edit records"),
    P.TASK_DO: _l("Make and close tasks"),
    P.TRAIL_READ: _l("Verify the trail"),
    P.VOCABULARY_SET: _l("Change the code lists"),
}
SPANS = (1, 7, 30, 90, 180, 365)  # days


def in_words(permission: str) -> str:
    return str(WORDS.get(Permission(permission), permission))


@routes.route("/account/tokens", methods=["GET", "POST"])
@needs(P.ACCOUNT_OWN)
def own() -> Response:
    """My tokens; each form on the page says its deed."""
    if request.method == "GET":
        return page("tokens/own.html", **_mine())
    deed = request.form.get("deed", "")
    if deed == "end":
        return _end("tokens.own")
    if deed != "make":
        raise NotFound
    try:
        made = _make()
    except FreshSignInNeeded:
        raise
    except Problem as problem:
        return wrong("tokens/own.html", problem, **_mine())
    return page("tokens/own.html", **_mine(), made={"name": made.row.name, "token": made.secret})


def _make() -> tokens.Made:
    days = request.form.get("days", type=whole)
    if days is None:
        raise InvalidInput({"days": [_("Choose until when.")]})
    form = request.form
    return tokens.make(
        work(), form.get("name", ""), form.getlist("permissions"), form.getlist("compartments"), days
    )


def _mine() -> dict[str, Any]:
    return {
        "tokens": [_line(row) for row in tokens.own(work())],
        "permissions": [(each.value, in_words(each)) for each in tokens.may_carry(work())],
        "compartments": [each.value for each in tokens.may_hold(work())],
        "spans": SPANS,
        "usual": tokens.DAYS,
        "left_out": any(work().actor.may(each) for each in NOT_BY_TOKEN),
    }


@routes.route("/members/tokens", methods=["GET", "POST"])
@needs(P.MEMBER_LIST)
def everybodys() -> Response:
    """Those of all members; who may invite may end them."""
    if request.method == "POST":
        if request.form.get("deed") != "end":
            raise NotFound
        return _end("tokens.everybodys")
    names = members.names(work())
    lines = [{**_line(row), "member": names.get(row.member, "")} for row in tokens.everybodys(work())]
    return page("tokens/all.html", tokens=lines, may_end=work().actor.may(P.MEMBER_INVITE))


def _end(then: str) -> Response:
    try:
        id = UUID(request.form.get("token", ""))
    except ValueError:
        raise NotFound from None
    row = tokens.end(work(), id)
    say(_("The token “%(name)s” is ended. It opens nothing any more.", name=row.name))
    return go(then)


def _line(row: Token) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "permissions": _sorted(row.permissions),
        "compartments": row.compartments,
        "until": clock.day_of(row.until),
        "ended": clock.day_of(row.ended_at) if row.ended_at else None,
        "in_force": tokens.in_force(work(), row),
    }


def _sorted(permissions: Sequence[str]) -> list[str]:
    return sorted(in_words(each) for each in permissions)
