"""Consent apart from the records: the page for three words, who is to be asked again, who withdrew."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from incidents import consent, search
from incidents.errors import InvalidInput, NotFound, TooManyAttempts
from incidents.gate import PUBLIC, needs
from incidents.intake import drafts, parting, report
from incidents.model import tongues
from incidents.model.people import Person
from incidents.release import publish
from incidents.web import forms
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import between, called, speaks
from incidents.web.parting import whose_words
from incidents.web.records import who
from incidents.work import Permission, Unreadable, keys

P = Permission
routes = Blueprint("consent", __name__)
TEXT = "text/plain; charset=utf-8"


def to_be_read(*spoken: str) -> consent.Notice:
    """The text that is read aloud: in the person's language, as far as it is chosen; else in the screen's."""
    wanted = (request.args.get("read", ""), *spoken, speaks())
    return consent.newest(next(filter(None, map(tongues.of, wanted))))


routes.add_app_template_global(to_be_read, "consent_notice")


# -- for anybody


@routes.route("/withdraw", methods=["GET", "POST"])
@needs(PUBLIC)
def withdraw() -> Response:
    """Three words, and nothing else is asked. The answer is the same whoever they belong to, or nobody."""
    if request.method == "GET":
        return page("consent/withdraw.html", done=request.args.get("done") == "1")
    try:
        consent.withdraw_by_words(work(), request.form.get("words", ""), _whence())
    except InvalidInput as problem:
        return wrong("consent/withdraw.html", problem)
    except TooManyAttempts as problem:
        return page("consent/withdraw.html", problem.status, problem=problem.said(_))
    return go("consent.withdraw", done=1)


def _whence() -> str:
    """Coarsely, for the pace alone: it is kept nowhere."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return consent.neighbourhood(request.remote_addr or "", forwarded)


# -- for who keeps consents


@routes.get("/consents")
@needs(P.CONSENT_RECORD)
def listed() -> Response:
    """Whom to ask again before a yes runs out; who took something back, and which releases held them."""
    ending = [
        (person, ends)
        for person, _event, ends in consent.to_the_end(work(), consent.ending)
        if ends is None or ends
    ]
    waiting = [each for each in consent.to_the_end(work(), consent.said_later) if consent.later_in(each[2])]
    whom = _whom([*(person for person, _ends in ending), *(person for person, _event, _said in waiting)])
    again: list[dict[str, Any]] = [
        {
            **whom[person.id],
            "uses": list(ends or ()),
            "until": consent.first_of(ends),
            "over": "" < consent.first_of(ends) < work().today.isoformat(),
        }
        for person, ends in ending
    ]
    later = [
        {
            **whom[person.id],
            "uses": list(said["later"]),
            "on": min(said["later"].values()),
            "by": who(event.entered_by),
        }
        for person, event, said in waiting
    ]
    still, over = _by_need(again)
    return page("consent/list.html", again=still, later=later, over=over, withdrawn=_withdrawn())


def _by_need(again: Iterable[Mapping[str, Any]]) -> tuple[list[Any], list[Any]]:
    """What still holds, the first to end first; what ran out, the newest first. Of one day in the order they came."""
    in_order = sorted(again, key=lambda each: str(each["until"]))
    over = [each for each in in_order if each["over"]]
    over.sort(key=lambda each: str(each["until"]), reverse=True)  # stable: no chance within a day
    return [each for each in in_order if not each["over"]], over


@routes.post("/consents/ran-out")
@needs(P.CONSENT_RECORD)
def ran_out() -> Response:
    """Enter in the records that a yes was not renewed in time."""
    count = consent.note_what_ran_out(work())
    said = ngettext("Noted for %(num)s person.", "Noted for %(num)s people.", count)
    say(said if count else _("Nothing ran out."))
    return go("consent.listed")


def _withdrawn() -> list[dict[str, Any]]:
    rows = [(row, work().db.get(Person, row.person_id)) for row in consent.all_withdrawals(work())]
    whom = _whom([person for _row, person in rows if person is not None])
    return [
        {
            **(whom[person.id] if person is not None else {"url": None}),
            "on": row.withdrawn_on,
            "purposes": row.purposes,
            "by_words": row.entered_by == keys.NODE,
            "releases": len(publish.holding(work(), person)) if person is not None else 0,
        }
        for row, person in rows
    ]


def _whom(people: Iterable[Person]) -> dict[UUID, dict[str, Any]]:
    """Of each whom a line is about, as far as whoever looks may know it: codes and references, never a name."""
    each = list({person.id: person for person in people}.values())
    return {
        id: {"url": url_for("incident.person", id=id), "whom": _in_short(facts), "references": references}
        for id, (facts, references) in search.told_apart(work(), each).items()
    }


def _in_short(facts: Any) -> str:
    """Woman, 36, Honduras; nothing where it does not open or nothing is known."""
    if isinstance(facts, Unreadable):
        return ""
    age = facts.get("age")
    band = between(facts.get("age_band"), "age_band")
    gender = called(facts.get("gender"), age, facts.get("age_band"))
    countries = " / ".join(between(code, "nationality") for code in facts.get("nationality") or ())
    return ", ".join(part for part in (gender, str(age) if age is not None else band, countries) if part)


@routes.route("/consents/<uuid:id>/receipt", methods=["GET"])
@needs(P.INCIDENT_READ)
def receipt(id: UUID) -> Response:
    """What a person decided, as they may carry it; only where they wish to."""
    person, _incidents = search.person(work(), id)
    return _receipt(consent.receipts.of_person(work(), person))


def _receipt(said: Mapping[str, Any]) -> Response:
    """A page, or a file without a name that says anything."""
    language = consent.receipts.language_of(said, request.args.get("read", ""), speaks())
    lines = consent.receipts.in_words(work(), said, language)
    if request.args.get("plain") != "1":
        return page(
            "consent/receipt.html", lines=lines, spoken=language, person=request.args.get("person", None, int)
        )
    answer = make_response("\n".join(lines) + "\n")
    answer.headers["Content-Type"] = TEXT
    answer.headers["Content-Disposition"] = 'attachment; filename="note.txt"'
    return answer


# -- for who wrote the report: what the person takes along


@routes.get("/reports/<uuid:id>/receipt")
@needs(P.REPORT_READ_OWN)
def of_report(id: UUID) -> Response:
    """The receipt of one who told, right after sending or stopping, from what was told; the first, unless said."""
    people, on = _people_of(id)  # another's, and one that is not there, are the same answer
    return _receipt(consent.receipts.of_told(people, request.args.get("person", None, int), on))


def _people_of(id: UUID) -> tuple[list[dict[str, Any]], date]:
    """Whoever tells in one's own report, or in one's draft; and the day of it."""
    try:
        told = report.read_own(work(), id)
    except NotFound:
        document = forms.read(MultiDict(drafts.read(work(), id).typed)).document
        return document.get("persons", []), work().today
    return told.document["persons"], told.report.received_on


@routes.route("/reports/<uuid:id>/words", methods=["GET", "POST"])
@needs(P.REPORT_READ_OWN)
def words(id: UUID) -> Response:
    """A card with the words of one who told and nothing else on it; posted, all are in safe hands and go from here."""
    back = "report.sent" if _is_sent(id) else "report.stopped"
    if request.method == "POST":
        parting.taken(work(), [id])
        return go(back, id=id)
    shown = {each["number"]: each["words"] for each in whose_words(id)}
    said = shown.get(request.args.get("person", min(shown, default=0), int))
    if said is None:
        raise NotFound
    return page("consent/card.html", words=said)


def _is_sent(id: UUID) -> bool:
    """One's own report, or else one's own draft; another's is not there."""
    try:
        report.own_line(work(), id)
    except NotFound:
        drafts.read(work(), id)
        return False
    return True
