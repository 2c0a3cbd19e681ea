"""What somebody must not forget: each a sentence and the page where it is settled."""

from collections.abc import Callable, Iterator

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incidents import backup, members, review
from incidents.intake import drafts, questions
from incidents.model.vocabulary import AccountState
from incidents.release import lately
from incidents.web.frame import house
from incidents.web.language import day
from incidents.work import Permission, Work

P = Permission
MENTIONS = 5  # told one by one
RELEASES = 5
Line = dict[str, str]


def lines(work: Work) -> list[Line]:
    """Everything that this person may be reminded of, what one typed oneself first."""
    return [line for permission, told in REMINDERS if work.actor.may(permission) for line in told(work)]


def _line(sentence: str, url: str, kind: str = "care", link: str = "") -> Line:
    return {"kind": kind, "sentence": sentence, "url": url, "link": link}


def _drafts(work: Work) -> Iterator[Line]:
    """What lies with the writer and nobody else sees."""
    if unsent := drafts.unsent(work):
        said = ngettext("%(num)s draft is not sent yet", "%(num)s drafts are not sent yet", unsent)
        yield _line(f"{said}.", url_for("report.own"), link=_("Go on writing"))


def _answers(work: Work) -> Iterator[Line]:
    if about := questions.unsent(work):
        said = ngettext(
            "%(num)s answer is typed and not sent.", "%(num)s answers are typed and not sent.", len(about)
        )
        url = url_for("talk.answer", id=about[0]) if len(about) == 1 else url_for("report.own")
        yield _line(said, url, link=_("Go on writing"))


def _questions(work: Work) -> Iterator[Line]:
    """What reviewers ask about what one sent."""
    if asked := questions.for_me(work):
        said = ngettext(
            "A reviewer asks about %(num)s report.", "A reviewer asks about %(num)s reports.", len(asked)
        )
        url = url_for("talk.answer", id=asked[0].id) if len(asked) == 1 else url_for("report.own")
        yield _line(said, url, link=_("Answer it"))


def _unanswered(work: Work) -> Iterator[Line]:
    if late := questions.late(work):
        said = ngettext(
            "%(num)s question was not answered by its day.",
            "%(num)s questions were not answered by their day.",
            late,
        )
        yield _line(said, url_for("talk.listed"))


def _mentions(work: Work) -> Iterator[Line]:
    """Comments that call one by name and that one has not seen."""
    called = review.unseen(work)[:MENTIONS]
    names = members.names(work) if called else {}
    for _mention, said, incident in called:
        name = names.get(said.said_by, "Amparo")
        words = _(
            "%(name)s calls you in a comment on %(reference)s.", name=name, reference=incident.reference
        )
        yield _line(words, url_for("talk.incident", id=incident.id, act=said.act_id), "")


def _releases(work: Work) -> Iterator[Line]:
    """What went out and is no longer to be relied on; what can be downloaded for a few days more."""
    for each in lately.uncorrected(work)[:RELEASES]:
        said = _(
            "Release %(reference)s was downloaded and holds what must not stand; nothing has taken its place.",
            reference=each.reference,
        )
        yield _line(said, url_for("release.show", id=each.id), "problem")
    for each in lately.ending(work)[:RELEASES]:
        said = _(
            "Release %(reference)s can be downloaded until %(day)s.",
            reference=each.reference,
            day=day(each.expires_on),
        )
        yield _line(said, url_for("release.show", id=each.id))


def _invited(work: Work) -> Iterator[Line]:
    if invited := members.how_many(work, AccountState.INVITED):
        said = ngettext(
            "%(num)s invitation was not taken up yet.", "%(num)s invitations were not taken up yet.", invited
        )
        yield _line(said, url_for("members.listed"), "")


def _copied(_work: Work) -> Iterator[Line]:
    """Said to those who see to the machine, or to those who do."""
    if not backup.overdue(house()):
        return
    made = backup.last(house())
    said = (
        _("The last backup was made on %(day)s. One is due every day.", day=day(made.date()))
        if made
        else _("No backup was ever made. What is lost without one is lost for good.")
    )
    yield _line(said, url_for("trail.blocks"), link=_("See it in the trail"))


REMINDERS: tuple[tuple[Permission, Callable[[Work], Iterator[Line]]], ...] = (
    (P.REPORT_SEND, _drafts),
    (P.REPORT_READ_OWN, _answers),
    (P.REPORT_READ_OWN, _questions),
    (P.REVIEW_DECIDE, _unanswered),
    (P.INCIDENT_READ, _mentions),
    (P.RELEASE_DOWNLOAD, _releases),
    (P.MEMBER_INVITE, _copied),
    (P.MEMBER_INVITE, _invited),
)
