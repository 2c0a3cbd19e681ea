"""The guide: a first day for each role, what the states mean, and a guide to print for whoever interviews."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from incidents.errors import NotFound
from incidents.gate import SIGNED_IN, needs
from incidents.model.vocabulary import Role
from incidents.web.frame import page, work
from incidents.web.parting import whom_to_call
from incidents.work import Permission

P = Permission
routes = Blueprint("guide", __name__, url_prefix="/guide")

# where a step of a first day is done, and what that asks for: who may not is not sent there
PLACES: Mapping[str, tuple[str, Permission]] = {
    "account": ("account.me", P.ACCOUNT_OWN),
    "report": ("report.new", P.REPORT_SEND),
    "own": ("report.own", P.REPORT_READ_OWN),
    "inbox": ("inbox.waiting", P.REPORT_TAKE_IN),
    "incidents": ("search.listed", P.INCIDENT_READ),
    "queue": ("review.queue", P.REVIEW_DECIDE),
    "tasks": ("follow_up.listed", P.TASK_DO),
    "releases": ("release.listed", P.RELEASE_DOWNLOAD),
    "policies": ("policies.listed", P.RELEASE_DOWNLOAD),
    "members": ("members.listed", P.MEMBER_LIST),
    "erasures": ("erasures.listed", P.ERASURE_DO),
    "trail": ("trail.blocks", P.TRAIL_READ),
}


@routes.get("/")
@needs(SIGNED_IN)
def listed() -> Response:
    """Whoever opens it begins with their own roles."""
    own = _own()
    return page("guide/list.html", own=own, others=[role.value for role in Role if role.value not in own])


@routes.get("/first-day")
@needs(SIGNED_IN)
def first_day() -> Response:
    """The steps of the role that is asked for, or else of one's own."""
    asked = request.args.get("role") or next(iter(_own()), Role.FIELD_RESEARCHER)
    if asked not in list(Role):
        raise NotFound
    return page(f"guide/{asked}.html", role=asked, at=_at())


@routes.get("/words")
@needs(SIGNED_IN)
def states() -> Response:
    """Every state and badge, with what it means and what is next."""
    return page("guide/words.html")


@routes.get("/interview")
@needs(SIGNED_IN)
def interview() -> Response:
    """A guide for whoever interviews, made to be printed."""
    return page("guide/interview.html", referral=whom_to_call())


def _own() -> list[str]:
    return [role.value for role in Role if role in work().actor.roles]


def _at() -> dict[str, Any]:
    may = work().actor.may
    return {name: url_for(endpoint) for name, (endpoint, permission) in PLACES.items() if may(permission)}
