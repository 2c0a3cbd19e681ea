"""A newer version of a report in the inbox: what changed at its source, adopted or set aside."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents.intake import closed, following
from incidents.intake import report as reports
from incidents.intake.following import Proposed
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.vocabulary import COUNTED
from incidents.search import open_incident
from incidents.web import beside, names
from incidents.web.frame import go, page, say, work
from incidents.web.records import as_told


def show(found: Proposed, line: Mapping[str, Any]) -> Response:
    return page("inbox/newer.html", **context(found, line))


def opened(found: Proposed, line: Mapping[str, Any]) -> Response:
    """The names, for this look."""
    closed.open_names(work(), found.told, request.form.get("names_why", ""))
    return page("inbox/newer.html", **context(found, line, names_open=True))


def context(found: Proposed, line: Mapping[str, Any], *, names_open: bool = False) -> dict[str, Any]:
    """`line`: the report as the inbox lists it."""
    told, before, incident = found.told, found.before, found.incident
    return {
        "report": {**line, "reason": reports.reason_of(work(), told.report)},
        "earlier": {
            "url": url_for("inbox.report", id=before.report.id),
            "reference": before.report.reference,
        },
        "incident": incident
        and {"url": url_for("incident.show", id=incident.id), "reference": incident.reference},
        "why": _(following.reason(found.why)) if found.why else "",
        "newest": reports.is_newest(work(), told.report),
        "may": told.report.state in reports.WAITING,
        "changes": beside.changes(before.document, told.document),
        "accounts": _accounts(before.document, told.document),
        "identities": _identities(found),
        "document": as_told(told) if names_open else names.shut(as_told(told)),
        "closed_names": names.context(told, MultiDict(), shown=names_open),
        "verified": incident is not None
        and any(act.verification in COUNTED for act, _facts in open_incident(work(), incident.id).acts),
    }


def _accounts(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    titles = {
        "narrative": _("The account"),
        "summary": _("The summary"),
        "asks": _("What the person asks for"),
    }
    return [
        {"title": title, "before": before.get(name), "now": now.get(name)}
        for name, title in titles.items()
        if before.get(name) != now.get(name)
    ]


def _identities(found: Proposed) -> list[dict[str, Any]]:
    """Person by person, the fields that are told otherwise now."""
    old = {
        found.before.person_ids[each["key"]]: each.get("identity") or {}
        for each in found.before.document["persons"]
    }
    people = []
    for number, each in enumerate(found.told.document["persons"], 1):
        was, now = old.get(found.told.person_ids[each["key"]], {}), each.get("identity") or {}
        lines = [
            {"name": name, "before": was.get(name), "now": now.get(name)}
            for name in IDENTITY_FIELDS
            if was.get(name) != now.get(name)
        ]
        if lines:
            people.append({"title": _("Person %(number)s", number=number), "lines": lines})
    return people


def adopt(found: Proposed, _line: Mapping[str, Any]) -> Response:
    incident = following.adopt(work(), found.told.report.id)
    if incident is None:
        say(_("Adopted."))
        return go("inbox.waiting")
    say(_("Adopted: incident %(reference)s was brought up to date.", reference=incident.reference))
    return go("incident.show", id=incident.id)


DEEDS = {"adopt": adopt, names.OPEN: opened, names.CLOSE: show}
