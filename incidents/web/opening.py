"""A second person says yes or no to a name being opened, where the house asks for two."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import opening, search
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.model.opening import Opening
from incidents.web.frame import go, page, say, work
from incidents.web.records import who
from incidents.work import Permission

P = Permission
routes = Blueprint("opening", __name__, url_prefix="/openings")
ANSWERS = {"yes": True, "no": False}


@routes.get("")
@needs(P.IDENTITY_OPEN)
def listed() -> Response:
    """What colleagues ask to open, and why."""
    return page("opening/list.html", openings=[_line(each) for each in opening.waiting(work())])


def _line(asked: Opening) -> dict[str, Any]:
    person, incidents = search.person(work(), asked.person_id)
    return {
        "url": url_for("opening.answer", id=asked.id),
        "person_url": url_for("incident.person", id=person.id),
        "reference": incidents[0].reference,
        "field": asked.field,
        "why": asked.why,
        "by": who(asked.asked_by),
        "on": asked.asked_on,
    }


@routes.post("/<uuid:id>")
@needs(P.IDENTITY_OPEN)
def answer(id: UUID) -> Response:
    """Yes or no."""
    said = request.form.get("answer", "")
    if said not in ANSWERS:
        raise NotFound
    opening.answer(work(), opening.one(work(), id), yes=ANSWERS[said])
    say(
        _("Said. Your colleague may open it until tomorrow.")
        if ANSWERS[said]
        else _("Said. It stays closed.")
    )
    return go("opening.listed")
