"""The first page: what waits for me."""

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incidents import consent, erasure, follow_up, founding, members, review, sharing
from incidents.gate import PUBLIC, SIGNED_IN, needs
from incidents.intake import drafts, report
from incidents.model.account import User
from incidents.model.vocabulary import ReportState, Verification
from incidents.release import publish
from incidents.web.frame import house, page, work
from incidents.work import Permission, Work

P = Permission
routes = Blueprint("home", __name__)
MANY = 100


@routes.get("/")
@needs(SIGNED_IN)
def show() -> Response:
    """What waits, by permission; a member who is not confirmed yet is told so."""
    if not work().actor.roles:
        me = work().get(User, work().actor.id)
        return page("account/waiting.html", fingerprint=members.fingerprint(work(), me))
    return page("home.html", tiles=_tiles(work()), deeds=_deeds(work()), reminders=_reminders(work()))


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


def _tile(count: int, text: str, endpoint: str, *, waits: bool = True) -> dict[str, object]:
    shown = f"{MANY}+" if count > MANY else count
    return {"count": shown, "text": text, "url": url_for(endpoint), "waits": waits and count > 0}


def _tiles(work: Work) -> list[dict[str, object]]:
    tiles = []
    if work.actor.may(P.REPORT_TAKE_IN):
        tiles.append(
            _tile(len(report.inbox(work, MANY + 1)), _("Reports waiting to be taken in"), "inbox.waiting")
        )
    if work.actor.may(P.TASK_DO):
        tiles.append(_tile(follow_up.due(work), _("Tasks that are due"), "follow_up.listed"))
    if work.actor.may(P.REVIEW_DECIDE):
        waiting = review.queue(work, (Verification.RECEIVED, Verification.UNDER_VERIFICATION), MANY + 1)
        tiles.append(_tile(len(waiting), _("Acts waiting for a decision"), "review.queue"))
    if work.actor.may(P.CONSENT_RECORD):
        tiles.append(
            _tile(len(consent.waiting_bases(work)), _("Imports waiting for a second person"), "importers.new")
        )
    if work.actor.may(P.RELEASE_SIGN):
        tiles.append(_tile(len(publish.waiting(work)), _("Releases to sign"), "release.listed"))
    if work.actor.may(P.SHARING_SIGN):
        tiles.append(_tile(len(sharing.waiting(work)), _("Packages to sign"), "sharing.listed"))
    if work.actor.may(P.ERASURE_DO) and (due := erasure.due(work)):
        tiles.append(_tile(due, _("Erasures that are due"), "erasures.listed"))
    if work.actor.may(P.REPORT_READ_OWN):
        tiles.append(_tile(len(report.own(work, MANY + 1)), _("Reports I sent"), "report.own", waits=False))
    if work.actor.may(P.MEMBER_GRANT):
        joined = [m for m in members.members(work) if m.user.state == "waiting"]
        tiles.append(_tile(len(joined), _("Members to confirm"), "members.listed"))
    return tiles


def _reminders(work: Work) -> list[dict[str, str]]:
    """What lies with the writer and nobody else sees: drafts not sent, questions not answered."""
    found = []
    unsent = len(drafts.own(work)) if work.actor.may(P.REPORT_SEND) else 0
    if unsent:
        found.append(ngettext("%(num)s draft is not sent yet", "%(num)s drafts are not sent yet", unsent))
    asked = 0
    if work.actor.may(P.REPORT_READ_OWN):
        sent = report.own(work, MANY)
        asked = sum(one.state == ReportState.NEEDS_INFORMATION for one in sent)
    if asked:
        found.append(
            ngettext("A reviewer asks about %(num)s report", "A reviewer asks about %(num)s reports", asked)
        )
    return [{"kind": "care", "sentence": said, "url": url_for("report.own")} for said in found]


def _deeds(work: Work) -> list[dict[str, object]]:
    deeds = []
    if work.actor.may(P.REPORT_SEND):
        deeds.append({"text": _("Write a report"), "url": url_for("report.new"), "icon": "pen", "main": True})
    if work.actor.may(P.RELEASE_PREPARE):
        deeds.append(
            {"text": _("Prepare a release"), "url": url_for("release.new"), "icon": "release", "main": True}
        )
    return deeds
