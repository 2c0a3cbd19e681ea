"""Consent apart from the records: the page for three words, who is to be asked again, who withdrew."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, request, url_for
from flask_babel import gettext as _

from incidents import consent, founding, search
from incidents.errors import InvalidInput, NotFound, TooManyAttempts
from incidents.gate import PUBLIC, needs
from incidents.intake import parting, report
from incidents.model.people import Person
from incidents.release import publish
from incidents.web.frame import go, house, page, work, wrong
from incidents.web.language import day, label, speaks
from incidents.work import Permission, Unreadable, keys

P = Permission
routes = Blueprint("consent", __name__)
TEXT = "text/plain; charset=utf-8"
routes.add_app_template_global(lambda: consent.newest(speaks()), "consent_notice")


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
    again = [
        {"url": url_for("incident.person", id=person.id), "uses": _ending(said), "until": _first_end(said)}
        for person, _event, said in consent.to_ask_again(work())
    ]
    return page("consent/list.html", again=again, withdrawn=_withdrawn())


def _ending(said: Any) -> list[str]:
    if isinstance(said, Unreadable):
        return []
    return [purpose for purpose, terms in said["terms"].items() if terms.get("until")]


def _first_end(said: Any) -> str:
    ends = (
        [] if isinstance(said, Unreadable) else [t["until"] for t in said["terms"].values() if t.get("until")]
    )
    return min(ends, default="")


def _withdrawn() -> list[dict[str, Any]]:
    rows = consent.all_withdrawals(work())
    return [
        {
            "url": url_for("incident.person", id=row.person_id) if person is not None else None,
            "on": row.withdrawn_on,
            "purposes": row.purposes,
            "by_words": row.entered_by == keys.NODE,
            "releases": len(publish.holding(work(), person)) if person is not None else 0,
        }
        for row in rows
        for person in [work().db.get(Person, row.person_id)]
    ]


@routes.route("/consents/<uuid:id>/receipt", methods=["GET"])
@needs(P.INCIDENT_READ)
def receipt(id: UUID) -> Response:
    """What a person decided, as they may carry it; only where they wish to."""
    person, _incidents = search.person(work(), id)
    said = [each for _row, each in consent.history(work(), person) if not isinstance(each, Unreadable)]
    if not said:
        raise NotFound
    decided: dict[str, Any] = {"decisions": {}, "terms": {}, "on": said[-1]["on"]}
    for each in said:
        decided["decisions"] |= each["decisions"]
        decided["terms"] |= each["terms"]
        decided["notice"] = each.get("notice") or decided.get("notice")
    return _receipt(decided)


def _receipt(said: dict[str, Any]) -> Response:
    """A page, or a file without a name that says anything."""
    organisation = founding.organisation(house())
    lines = consent.receipt(said, speaks(), organisation, lambda code: label(code, "consent_purpose"), day)
    if request.args.get("plain") != "1":
        return page("consent/receipt.html", lines=lines)
    answer = make_response("\n".join(lines) + "\n")
    answer.headers["Content-Type"] = TEXT
    answer.headers["Content-Disposition"] = 'attachment; filename="note.txt"'
    return answer


# -- for who wrote the report: what the person takes along


@routes.get("/reports/<uuid:id>/receipt")
@needs(P.REPORT_READ_OWN)
def of_report(id: UUID) -> Response:
    """The receipt of who told, right after sending, from the report as it was told."""
    told = report.read_own(work(), id)  # another's, and one that is not there, are the same answer
    asked = [person["consent"] for person in told.document["persons"] if person.get("consent")]
    if not asked:
        raise NotFound
    return _receipt({"on": told.report.received_on.isoformat(), **asked[0]})


@routes.route("/reports/<uuid:id>/words", methods=["GET", "POST"])
@needs(P.REPORT_READ_OWN)
def words(id: UUID) -> Response:
    """A card with three words and nothing else on it; posted, the words are in safe hands and go from here."""
    own = report.own_line(work(), id)
    if request.method == "POST":
        parting.taken(work(), [own.id])
        return go("report.sent", id=id)
    shown = parting.shown(work(), own.id)
    if not shown:
        raise NotFound
    return page("consent/card.html", three_words=shown)
