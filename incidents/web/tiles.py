"""What waits for somebody, each a number and a link: a table of which permission sees what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incidents import agreement, consent, erasure, follow_up, members, opening, review, sharing, trail
from incidents.intake import questions, report
from incidents.model.talk import QuestionState
from incidents.model.vocabulary import AccountState, Verification
from incidents.release import lately, publish
from incidents.work import Permission, Work

P = Permission
MANY = 100


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
    Tile(
        P.CONSENT_RECORD,
        consent.to_ask_again_count,
        lambda: _("Consents that ended or end soon"),
        "consent.listed",
    ),
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
    Tile(
        P.MEMBER_GRANT,
        lambda work: members.how_many(work, AccountState.WAITING),
        lambda: _("Members to confirm"),
        "members.listed",
    ),
    Tile(
        P.RELEASE_PREPARE,
        lately.unsigned,
        lambda: _("My releases that wait for a signature"),
        "release.listed",
        waits=False,
        seldom=True,
    ),
    Tile(P.TRAIL_READ, trail.length, lambda: _("Blocks in the trail"), "trail.blocks", waits=False),
)


def tiles(work: Work) -> list[dict[str, object]]:
    shown = [(tile, tile.shown(work)) for tile in TILES if work.actor.may(tile.permission)]
    return [said for tile, said in shown if said["count"] or not tile.seldom]
