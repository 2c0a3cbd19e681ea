"""Add what was forgotten at take-in: an act with who was in it, somebody's part in one, a person, an alleged doer."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents import review, search
from incidents.errors import InvalidInput, NotFound, ReasonsNeeded
from incidents.gate import needs
from incidents.intake import adding
from incidents.model.incident import Act, Perpetrator
from incidents.model.people import Involvement
from incidents.search import Opened
from incidents.web import editing, forms
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import label
from incidents.web.records import as_id, value
from incidents.work import Permission

routes = Blueprint("adding", __name__, url_prefix="/incidents")
P = Permission


def add(id: UUID, what: str) -> Response:
    """The form of one more record; posted, it is added, or looked at once more."""
    opened = search.open_incident(work(), search.kept(work(), id))
    context = _context(opened, what)
    if request.method == "GET":
        return page("editing/add.html", **context, form=MultiDict(request.args))
    deed = request.form.get("deed", "save")
    if deed == "check":
        return page("editing/add.html", **context, form=request.form)
    if deed != "save":
        raise NotFound
    try:
        onward = ADD[what](opened, request.form.get("reasons", ""), _report())
    except InvalidInput as problem:
        return wrong("editing/add.html", problem, **context)
    except ReasonsNeeded as problem:
        return wrong("editing/add.html", InvalidInput({"reasons": [problem.sentence]}), **context)
    return onward


def _context(opened: Opened, what: str) -> dict[str, Any]:
    incident = opened.incident
    people = [
        (str(person.id), _("Person %(number)s", number=number), person.kind == "group")
        for number, (person, _facts) in enumerate(opened.people, 1)
    ]
    return {
        "what": what,
        "back": {"url": url_for("incident.show", id=incident.id), "text": incident.reference},
        "reports": [(str(each.id), each.reference) for each in review.reports_of(work(), incident)],
        "persons": people,
        "people_options": [(id, name) for id, name, _group in people],
        "acts": [
            (str(act.id), f"{_('Act %(number)s', number=number)}: {label(value(facts, 'type'), 'act')}")
            for number, (act, facts) in enumerate(opened.acts, 1)
        ],
        "first_tells": False,
        "rows": {"persons": len(people)},
    }


def _report() -> UUID | None:
    given = request.form.get("report", "")
    return as_id(given) if given else None


def _act(opened: Opened, reasons: str, report: UUID | None) -> Response:
    people = {str(person.id): person.id for person, _facts in opened.people}
    typed = forms.read(request.form, {"a1", *people})
    parts = {
        people[link["person"]]: {n: v for n, v in link.items() if n not in ("person", "act")}
        for link in typed.document.get("involvements", [])
        if link["person"] in people
    }
    facts, _words = editing.said(Act, request.form)
    adding.add_act(work(), opened.incident, facts, reasons, report=report, parts=parts)
    say(_("Added, with your reason. Somebody else verifies it."))
    return go("incident.show", id=opened.incident.id)


def _involvement(opened: Opened, reasons: str, _of: UUID | None) -> Response:
    given = {name: request.form.get(name, "") for name in ("person", "act")}
    empty = {name: [_("Please fill this in.")] for name, said in given.items() if not said}
    if empty:
        raise InvalidInput(empty)
    facts, _words = editing.said(Involvement, request.form)
    person, act = (as_id(given[name]) for name in ("person", "act"))
    adding.add_involvement(work(), opened.incident, person, act, facts, reasons)
    say(_("Added, with your reason. Somebody else verifies it."))
    return go("incident.show", id=opened.incident.id)


def _person(opened: Opened, reasons: str, report: UUID | None) -> Response:
    entry = (forms.read(request.form).document.get("persons") or [{}])[0]
    said = {name: entry[name] for name in ("kind", "facts", "identity") if name in entry}
    said.setdefault("kind", request.form.get("persons.0.kind", ""))
    try:
        made = adding.add_person(work(), opened.incident, said, reasons, report=report)
    except InvalidInput as problem:
        if "report" in problem.fields:
            raise
        at = {f"persons.0.{path}": sentences for path, sentences in problem.fields.items()}
        raise InvalidInput(at) from None
    say(_("Added, with your reason. Now say what part they played."))
    return go("adding.involvement", id=opened.incident.id, person=made.id)


def _perpetrator(opened: Opened, reasons: str, report: UUID | None) -> Response:
    facts, _words = editing.said(Perpetrator, request.form)
    name = request.form.get("perpetrators.0.name", "")
    again = adding.add_perpetrator(work(), opened.incident, facts, reasons, name=name, report=report)
    say(_("Added, with your reason. Somebody else verifies it."))
    return go("incident.show", id=again.incident_id)


ADD: dict[str, Callable[[Opened, str, UUID | None], Response]] = {
    "act": _act,
    "involvement": _involvement,
    "person": _person,
    "perpetrator": _perpetrator,
}
for _what in ADD:
    routes.add_url_rule(
        f"/<uuid:id>/add/{_what}",
        _what,
        needs(P.REVIEW_DECIDE)(partial(add, what=_what)),
        methods=["GET", "POST"],
    )
