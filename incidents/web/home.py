"""The first page: what must not be forgotten, what waits, what changed; and where to begin, where nothing does."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents import backup, founding, members, review
from incidents.gate import PUBLIC, SIGNED_IN, needs
from incidents.intake import report
from incidents.model.account import User
from incidents.model.vocabulary import AccountState, Role
from incidents.release import lately
from incidents.web import reminding, tiles
from incidents.web.frame import house, page, work
from incidents.work import Permission, Work

P = Permission
routes = Blueprint("home", __name__)
CHANGED = 6  # lines of what changed
TWO = 2  # people who can open all that is kept
# What somebody of a role does first, in the words of the page that has nothing else to say.
FIRST = (
    (Role.COORDINATOR, _l("Invite a colleague and confirm them: two people who hold all keys lose nothing.")),
    (Role.REVIEWER, _l("Reports come in at the inbox. Taken in, their acts wait in the review.")),
    (Role.ANALYST, _l("See what may be counted, and prepare a release of it. A coordinator signs it.")),
    (
        Role.FIELD_RESEARCHER,
        _l("Begin with consent, then write down what the person says, in their own words. Codes come later."),
    ),
    (Role.ADMINISTRATOR, _l("Invite members, and see that a backup is made every day.")),
    (Role.AUDITOR, _l("Let the trail be verified: every block, every signature.")),
)


@routes.get("/")
@needs(SIGNED_IN)
def show() -> Response:
    """By permission, so that who holds several roles sees all of it once; who is not confirmed yet is told so."""
    if not work().actor.roles:
        me = work().get(User, work().actor.id)
        return page("account/waiting.html", fingerprint=members.fingerprint(work(), me))
    reminders, waiting = reminding.lines(work()), tiles.tiles(work())
    return page(
        "home.html",
        tiles=waiting,
        deeds=_deeds(work()),
        reminders=reminders,
        first_steps=_first_steps(work()),
        calm=not reminders and not any(tile["waits"] for tile in waiting),
        first=[str(words) for role, words in FIRST if role.value in work().actor.roles],
        recent=_recent(work()),
    )


@routes.get("/healthz")
@needs(PUBLIC)
def healthz() -> str:
    return "ok\n"


@routes.get("/readyz")
@needs(PUBLIC)
def readyz() -> str:
    """The data and the keys answer."""
    founding.is_set_up(house())
    house().keystore.fact("pepper")
    return "ready\n"


def _deeds(work: Work) -> list[dict[str, object]]:
    """The first is the main one of whoever may do several."""
    found: list[dict[str, object]] = [
        {"text": text, "url": url_for(endpoint), "icon": icon}
        for permission, text, endpoint, icon in (
            (P.REPORT_SEND, _("Write a report"), "report.new", "pen"),
            (P.RELEASE_PREPARE, _("Prepare a release"), "release.new", "release"),
            (P.MEMBER_INVITE, _("Invite a member"), "members.new", "add"),
            (P.TRAIL_READ, _("Look at the trail"), "trail.blocks", "trail"),
        )
        if work.actor.may(permission)
    ]
    return [{**deed, "main": number == 0} for number, deed in enumerate(found[:2])]


def _first_steps(work: Work) -> list[dict[str, Any]]:
    """Of a house that was just founded, for those who can take them; none once all are done."""
    if not work.actor.may(P.MEMBER_INVITE):
        return []
    people = sum(members.how_many(work, state) for state in (AccountState.ACTIVE, AccountState.WAITING))
    steps = [
        {
            "text": _("Invite your colleagues"),
            "url": url_for("members.new"),
            "done": people + members.how_many(work, AccountState.INVITED) >= TWO,
        },
        {
            "text": _("Confirm a second person with all keys"),
            "url": url_for("members.listed"),
            "done": not members.too_few(work),
        },
        {
            "text": _("Make the first backup, on the server"),
            "url": url_for("trail.blocks"),
            "done": backup.last(house()) is not None,
        },
    ]
    return [] if all(step["done"] for step in steps) else steps


# -- what changed


def _recent(work: Work) -> list[dict[str, Any]]:
    """Of everything that one may see, the newest first."""
    found = [*_told(work), *_decided(work), *_released(work)]
    return sorted(found, key=lambda line: line["on"] or date.min, reverse=True)[:CHANGED]


def _told(work: Work) -> list[dict[str, Any]]:
    """What became of what one sent."""
    own = report.own(work, CHANGED) if work.actor.may(P.REPORT_READ_OWN) else []
    return [
        {
            "reference": each.reference,
            "url": url_for("report.show", id=each.id),
            "what": _("My report"),
            "code": each.state.value,
            "of": "report",
            "on": each.received_on,
        }
        for each in own
    ]


def _decided(work: Work) -> list[dict[str, Any]]:
    """What colleagues decided."""
    found = review.lately(work, CHANGED) if work.actor.may(P.REVIEW_DECIDE) else []
    names = members.names(work) if found else {}
    return [
        {
            "reference": incident.reference,
            "url": url_for("review.act", id=decision.act_id),
            "what": _("%(name)s decided on an act", name=names.get(decision.decided_by, "Amparo")),
            "code": decision.to_state.value,
            "of": "act",
            "on": decision.decided_on,
        }
        for decision, incident in found
    ]


def _released(work: Work) -> list[dict[str, Any]]:
    found = lately.changed(work, CHANGED) if work.actor.may(P.RELEASE_DOWNLOAD) else []
    return [
        {
            "reference": each.reference,
            "url": url_for("release.show", id=each.id),
            "what": _("Release"),
            "code": each.state.value,
            "of": "release",
            "on": each.recalled_on or each.signed_on or each.prepared_on,
        }
        for each in found
    ]
