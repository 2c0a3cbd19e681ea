"""Who was there as somebody decided: the names beside a consent, closed until somebody says why they are opened."""

from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from incidents import opening, search
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.model.consent import ConsentEvent
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.incident import known_of
from incidents.web.records import as_id
from incidents.work import Permission

routes = Blueprint("there", __name__)


@routes.post("/incidents/persons/<uuid:id>/who-was-there")
@needs(Permission.IDENTITY_OPEN)
def open_names(id: UUID) -> Response:
    """Who asked, interpreted, witnessed or decided, at one decision: for a reason that is noted."""
    known = search.open_person(work(), id)
    event = work().get(ConsentEvent, as_id(request.form.get("event", "")))
    if event.person_id != id:
        raise NotFound
    field = f"reason.{event.id}"
    reason = request.form.get(field, "")
    try:
        if reason not in search.REASONS:
            raise InvalidInput({field: [_("Choose why you open it.")]})
        names = opening.names_beside(work(), event, reason)
    except Problem as problem:
        return wrong("incident/person.html", problem, **known_of(known))
    if names is opening.ASKED:
        say(_("A colleague must say yes first. They were asked; open it again when they have."), "care")
        return go("incident.person", id=id)
    return page("incident/person.html", there={str(event.id): names or {}}, **known_of(known))
