"""Join and take apart: incidents merged and split, reports unlinked, persons that are one; each with why."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incidents import review, search
from incidents.errors import (
    InvalidInput,
    LaterFirst,
    MoveNotAllowed,
    NotFound,
    NotTraced,
    Problem,
    ReasonsNeeded,
)
from incidents.gate import needs
from incidents.intake import rearranging, understood
from incidents.intake import report as reports
from incidents.model.incident import Incident, IncidentLink
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.review import Review
from incidents.search import Opened
from incidents.web import beside, joined
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.records import as_id, as_told, value
from incidents.work import Permission

routes = Blueprint("arranging", __name__, url_prefix="/incidents")
P = Permission


@routes.get("/told/<uuid:id>")
@needs(P.REPORT_TAKE_IN)
def told(id: UUID) -> Response:
    """A report as it was told beside what an incident makes of it, line by line; `incident` where it tells of two."""
    found = reports.read(work(), id)
    asked = request.args.get("incident", "")
    incident = as_id(asked) if asked else reports.incident_of(work(), found.report)
    if incident is None:
        raise NotFound
    opened = search.open_incident(work(), search.kept(work(), incident))
    if id not in {each.id for each in review.reports_of(work(), opened.incident)}:
        raise NotFound
    return page(
        "incident/told.html",
        incident=_link(opened.incident),
        report={"url": url_for("inbox.report", id=id), "reference": found.report.reference},
        document=as_told(found),
        narrative=opened.narrative,
        blocks=beside.compared(found.document, understood.understood_of(found, opened)),
    )


def _link(incident: Incident) -> dict[str, Any]:
    return {"url": url_for("incident.show", id=incident.id), "reference": incident.reference}


@routes.route("/<uuid:id>/arrange", methods=["GET", "POST"])
@needs(P.REPORT_TAKE_IN)
def arrange(id: UUID) -> Response:
    """What may be joined to an incident or taken from it, and what was."""
    opened = search.open_incident(work(), search.kept(work(), id))
    if request.method == "GET":
        return page("incident/arrange.html", **_context(opened))
    deed = request.form.get("deed", "")
    if deed not in DEEDS:
        raise NotFound
    try:
        return DEEDS[deed](opened)
    except (InvalidInput, LaterFirst, MoveNotAllowed, NotTraced, ReasonsNeeded) as problem:
        context = _context(opened) | {"deed": deed}
        return wrong("incident/arrange.html", _at_its_field(problem, deed), **context)


def _at_its_field(problem: Problem, deed: str) -> Problem:
    """What is wrong, said where it was typed."""
    if isinstance(problem, ReasonsNeeded):
        return InvalidInput({f"{deed}.reasons": [problem.said(_)]})
    if isinstance(problem, MoveNotAllowed):
        return InvalidInput({FIELDS[deed]: [_("This cannot be done with what you chose.")]})
    return problem


def _context(opened: Opened) -> dict[str, Any]:
    ids = [opened.incident.id, *(each.id for each in opened.joined)]
    told = review.reports_of(work(), opened.incident)
    people = [
        (str(person.id), _("Person %(number)s", number=number))
        for number, (person, _facts) in enumerate(opened.people, 1)
        if person.id not in opened.same
    ]
    return {
        "incident": _link(opened.incident),
        "acts": [
            {"id": str(act.id), "type": value(facts, "type"), "moment": value(facts, "moment")}
            for act, facts in opened.acts
        ],
        "reports": [(str(each.id), each.reference) for each in told],
        "persons": people,
        "links": joined.links_of(opened),
        "done": joined.done(
            [*ids, *(each.id for each in told), *(person.id for person, _f in opened.people)]
        ),
    }


# -- deeds


def _reasons() -> str:
    return request.form.get(f"{request.form.get('deed', 'undo')}.reasons", "")


def _other(name: str) -> Incident:
    try:
        return search.find(work(), request.form.get(name, ""))
    except NotFound:
        raise InvalidInput({name: [_("There is no incident of this reference.")]}) from None


def _merge(opened: Opened) -> Response:
    other = _other("other")
    rearranging.merge(work(), opened.incident.id, other.id, _reasons())
    say(_("Merged. %(reference)s is read and counted here.", reference=other.reference))
    return go("incident.show", id=opened.incident.id)


def _split(opened: Opened) -> Response:
    acts = [as_id(text) for text in request.form.getlist("acts")]
    if not acts:
        raise InvalidInput({"acts": [_("Choose at least one act, and leave at least one.")]})
    made = rearranging.split(work(), opened.incident, acts, _reasons())
    say(_("Split off as incident %(reference)s. Its acts are looked at anew.", reference=made.reference))
    return go("incident.show", id=made.id)


def _unlink(opened: Opened) -> Response:
    found = {str(each.id): each for each in review.reports_of(work(), opened.incident)}
    report = found.get(request.form.get("report", ""))
    if report is None:
        raise InvalidInput({"report": [_("Choose one of these.")]})
    rearranging.unlink(work(), report, _reasons())
    say(_("Unlinked. What came with it counts no more, and the report waits again."))
    return go("inbox.report", id=report.id)


def _person(opened: Opened) -> Response:
    there = {str(person.id): person.id for person, _facts in opened.people}
    ids = [there.get(request.form.get(name, "")) for name in ("one", "same")]
    if ids[0] is None or ids[1] is None or ids[0] == ids[1]:
        raise InvalidInput({"same": [_("Choose two persons.")]})
    rearranging.merge_persons(work(), ids[0], ids[1], _reasons())
    say(_("They count as one person. What one record refuses stops both."))
    _say_again()
    return go("incident.show", id=opened.incident.id)


def _relate(opened: Opened) -> Response:
    other = _other("related")
    rearranging.link(work(), opened.incident.id, other.id, request.form.get("kind", ""))
    say(_("Linked to incident %(reference)s.", reference=other.reference))
    return go("incident.show", id=opened.incident.id)


def _unrelate(opened: Opened) -> Response:
    row = work().get(IncidentLink, as_id(request.form.get("link", "")))
    if row.id not in {each.id for each in rearranging.links_of(work(), opened.incident.id)}:
        raise NotFound
    rearranging.unlink_incidents(work(), row)
    say(_("They are linked no more."))
    return go("arranging.arrange", id=opened.incident.id)


DEEDS: dict[str, Callable[[Opened], Response]] = {
    "merge": _merge,
    "person": _person,
    "relate": _relate,
    "split": _split,
    "unlink": _unlink,
    "unrelate": _unrelate,
}
FIELDS = {"merge": "other", "person": "same", "relate": "related", "split": "acts", "unlink": "report"}
FIELDS |= {"unrelate": "related"}


# -- undone


@routes.route("/arrangements/<uuid:id>/undo", methods=["GET", "POST"])
@needs(P.REPORT_TAKE_IN)
def undo(id: UUID) -> Response:
    """Undo one of them, with why."""
    row = work().get(Rearrangement, id)
    context: dict[str, Any] = {"text": joined.in_words(row), "url": _back(row), "kind": row.kind.value}
    if request.method == "GET":
        return page("incident/undo.html", **context)
    try:
        rearranging.undo(work(), row, _reasons())
    except ReasonsNeeded as problem:
        return wrong("incident/undo.html", InvalidInput({"undo.reasons": [problem.said(_)]}), **context)
    except (LaterFirst, MoveNotAllowed) as problem:
        return wrong("incident/undo.html", problem, **context)
    say(_("Undone. It counts as it did before."))
    _say_again()
    return go("incident.person" if row.kind == Arrangement.SAME_PERSON else "incident.show", id=row.kept_id)


def _say_again() -> None:
    """Of acts that were decided on a ground that is gone, or by too few people for what is known now."""
    again = len(work().pending(Review))
    if again:
        words = ngettext(
            "%(num)s act that was decided has to be looked at anew.",
            "%(num)s acts that were decided have to be looked at anew.",
            again,
        )
        say(words, "care")


def _back(row: Rearrangement) -> str:
    person = row.kind == Arrangement.SAME_PERSON
    return url_for("incident.person" if person else "incident.show", id=row.kept_id)
