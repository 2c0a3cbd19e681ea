"""The first page: what waits for me."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incidents import agreement, consent, erasure, follow_up, founding, members, opening, review, sharing
from incidents.gate import PUBLIC, SIGNED_IN, needs
from incidents.intake import drafts, questions, report
from incidents.model.account import User
from incidents.model.talk import QuestionState
from incidents.model.vocabulary import Verification
from incidents.release import publish
from incidents.web.frame import house, page, work
from incidents.web.records import who
from incidents.work import Permission, Work

P = Permission
routes = Blueprint("home", __name__)
MANY = 100
MENTIONS = 5  # told one by one


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


@dataclass(frozen=True)
class Tile:
    """Something that waits for whoever has a permission: how much, in which words, where."""

    permission: Permission
    count: Callable[[Work], int]
    text: Callable[[], str]
    endpoint: str
    waits: bool = True
    seldom: bool = False  # there only while something waits
    given: Mapping[str, Any] = field(default_factory=dict)  # which of a list

    def shown(self, work: Work) -> dict[str, object]:
        count = self.count(work)
        return {
            "count": f"{MANY}+" if count > MANY else count,
            "text": self.text(),
            "url": url_for(self.endpoint, **self.given),
            "waits": self.waits and count > 0,
        }


def _acts_waiting(work: Work) -> int:
    return len(review.queue(work, (Verification.RECEIVED, Verification.UNDER_VERIFICATION), MANY + 1))


def _joined(work: Work) -> int:
    return sum(1 for each in members.members(work) if each.user.state == "waiting")


TILES = (
    Tile(
        P.REPORT_TAKE_IN,
        lambda work: len(report.inbox(work, MANY + 1)),
        lambda: _("Reports waiting to be taken in"),
        "inbox.waiting",
    ),
    Tile(P.TASK_DO, follow_up.due, lambda: _("Tasks that are due"), "follow_up.listed"),
    Tile(P.REVIEW_DECIDE, _acts_waiting, lambda: _("Acts waiting for a decision"), "review.queue"),
    Tile(
        P.CODING_DO,
        agreement.waiting,
        lambda: _("Reports to code unseen"),
        "coding.listed",
        seldom=True,
    ),
    Tile(
        P.REVIEW_DECIDE,
        lambda work: len(questions.waiting(work, (QuestionState.ANSWERED,))),
        lambda: _("Answers to be read"),
        "talk.listed",
        seldom=True,
        given={"state": "answered"},
    ),
    Tile(
        P.REVIEW_DECIDE,
        lambda work: len(questions.waiting(work)),
        lambda: _("Questions that wait for an answer"),
        "talk.listed",
        seldom=True,
        waits=False,
    ),
    Tile(
        P.REVIEW_DECIDE,
        lambda work: review.overdue(work).get(work.actor.id, 0),
        lambda: _("Incidents in my hands past their day"),
        "review.queue",
        seldom=True,
        given={"whose": "mine"},
    ),
    Tile(
        P.CONSENT_RECORD,
        lambda work: len(consent.waiting_bases(work)),
        lambda: _("Imports waiting for a second person"),
        "importers.new",
    ),
    Tile(P.CONSENT_RECORD, consent.to_ask_again_count, lambda: _("Consents that end soon"), "consent.listed"),
    Tile(
        P.IDENTITY_OPEN,
        lambda work: len(opening.waiting(work)),
        lambda: _("Names that a colleague asks to open"),
        "opening.listed",
        seldom=True,
    ),
    Tile(
        P.RELEASE_SIGN,
        lambda work: len(publish.waiting(work)),
        lambda: _("Releases to sign"),
        "release.listed",
    ),
    Tile(
        P.SHARING_SIGN,
        lambda work: len(sharing.waiting(work)),
        lambda: _("Packages to sign"),
        "sharing.listed",
    ),
    Tile(P.ERASURE_DO, erasure.due, lambda: _("Erasures that are due"), "erasures.listed", seldom=True),
    Tile(
        P.REVIEW_DECIDE,
        lambda work: len(erasure.waiting(work)) + len(erasure.unfinished(work)),
        lambda: _("Texts that may tell of somebody erased"),
        "texts.listed",
        seldom=True,
    ),
    Tile(
        P.REPORT_READ_OWN,
        lambda work: len(report.own(work, MANY + 1)),
        lambda: _("Reports I sent"),
        "report.own",
        waits=False,
    ),
    Tile(P.MEMBER_GRANT, _joined, lambda: _("Members to confirm"), "members.listed"),
)


def _tiles(work: Work) -> list[dict[str, object]]:
    shown = [(tile, tile.shown(work)) for tile in TILES if work.actor.may(tile.permission)]
    return [said for tile, said in shown if said["count"] or not tile.seldom]


def _reminders(work: Work) -> list[dict[str, str]]:
    """What lies with the writer and nobody else sees: drafts not sent, questions not answered."""
    found = []
    unsent = len(drafts.own(work)) if work.actor.may(P.REPORT_SEND) else 0
    unsent += len(questions.unsent(work)) if work.actor.may(P.REPORT_READ_OWN) else 0
    if unsent:
        found.append(ngettext("%(num)s draft is not sent yet", "%(num)s drafts are not sent yet", unsent))
    lines = [{"kind": "care", "sentence": said, "url": url_for("report.own")} for said in found]
    return lines + _questions(work) + _mentions(work)


def _questions(work: Work) -> list[dict[str, str]]:
    """What reviewers ask about what one sent."""
    asked = questions.for_me(work) if work.actor.may(P.REPORT_READ_OWN) else []
    if not asked:
        return []
    said = ngettext(
        "A reviewer asks about %(num)s report", "A reviewer asks about %(num)s reports", len(asked)
    )
    url = url_for("talk.answer", id=asked[0].id) if len(asked) == 1 else url_for("report.own")
    return [{"kind": "care", "sentence": said, "url": url}]


def _mentions(work: Work) -> list[dict[str, str]]:
    """Comments that call one by name and that one has not seen."""
    if not work.actor.may(P.INCIDENT_READ):
        return []
    found = []
    for _mention, said, incident in review.unseen(work)[:MENTIONS]:
        words = _(
            "%(name)s calls you in a comment on %(reference)s.",
            name=who(said.said_by),
            reference=incident.reference,
        )
        found.append(
            {"kind": "", "sentence": words, "url": url_for("talk.incident", id=incident.id, act=said.act_id)}
        )
    return found


def _deeds(work: Work) -> list[dict[str, object]]:
    deeds = []
    if work.actor.may(P.REPORT_SEND):
        deeds.append({"text": _("Write a report"), "url": url_for("report.new"), "icon": "pen", "main": True})
    if work.actor.may(P.RELEASE_PREPARE):
        deeds.append(
            {"text": _("Prepare a release"), "url": url_for("release.new"), "icon": "release", "main": True}
        )
    return deeds
