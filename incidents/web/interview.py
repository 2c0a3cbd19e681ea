"""Interviews: the count that a rate may be taken from, and those in which nothing had happened."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents.gate import needs
from incidents.intake import interviews
from incidents.model.vocabulary import IN_DANGER
from incidents.web.frame import go, page, say, work
from incidents.web.language import in_words
from incidents.web.records import who
from incidents.work import Permission

routes = Blueprint("interview", __name__, url_prefix="/interviews")
P = Permission
SHOWN = 200  # of those in which nothing had happened
LEFT_OUT = {
    "superseded": _l("replaced by a newer version of their report"),
    "erased": _l("erased"),
    "altered": _l("altered outside the program"),
    "closed": _l("closed: they may tell of somebody who was erased"),
    "no-key": _l("closed: you hold no key for them"),
}


@routes.get("/")
@needs(P.INTERVIEW_COUNT)
def counted() -> Response:
    """“18 of 41”, by month and by place, and what was left out."""
    found = interviews.counted(work())
    places = [(in_words(dict(place)) if place else "", count) for place, count in found.places.items()]
    return page(
        "interview/counted.html",
        total=found.total,
        months=[(_month(month), count) for month, count in found.months.items()],
        places=sorted(places, key=lambda line: (-line[1].interviews, line[0])),
        outcomes=found.outcomes.most_common(),
        left_out=[(count, LEFT_OUT.get(code, code)) for code, count in sorted(found.left_out.items())],
        waiting_url=url_for("interview.waiting") if work().actor.may(P.REPORT_TAKE_IN) else None,
    )


def _month(month: str) -> str:
    """“November 2019”; nothing where it is not known to the month."""
    return str(format_date(date.fromisoformat(f"{month}-01"), "LLLL y")) if month else ""


@routes.route("/waiting", methods=["GET", "POST"])
@needs(P.REPORT_TAKE_IN, repeatable=True)
def waiting() -> Response:
    """Reports that wait and tell of no incident, recorded all at once."""
    if request.method == "POST":
        count = interviews.record_all(work())
        say(
            ngettext(
                "%(num)s interview was recorded and counts.",
                "%(num)s interviews were recorded and count.",
                count,
            )
        )
        return go("inbox.waiting")
    found = interviews.waiting(work())
    calm = sum(each.danger not in IN_DANGER for each in found)
    return page(
        "interview/waiting.html",
        reports=[_line(each) for each in found[:SHOWN]],
        calm=min(calm, interviews.AT_ONCE),
        in_danger=len(found) - calm,
        more=max(0, len(found) - SHOWN),
    )


@routes.post("/waiting/<uuid:id>")
@needs(P.REPORT_TAKE_IN)
def record(id: UUID) -> Response:
    """One of them, from its report's page."""
    interviews.record(work(), id)
    say(_("The interview was recorded and counts."))
    return go("inbox.waiting")


def _line(report: Any) -> dict[str, Any]:
    return {
        "url": url_for("inbox.report", id=report.id),
        "reference": report.reference,
        "received_on": report.received_on,
        "recorded_by": who(report.recorded_by),
        "danger": report.danger,
    }
