"""A newer version of a report in the inbox: what changed at its source, taken one by one or all of it, or set aside."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput
from incidents.intake import closed, following
from incidents.intake import report as reports
from incidents.intake.following import Proposed
from incidents.model.vocabulary import COUNTED
from incidents.search import open_incident
from incidents.web import choosing, names
from incidents.web.frame import go, page, say, work
from incidents.web.records import as_told


def show(found: Proposed, line: Mapping[str, Any]) -> Response:
    return page("inbox/newer.html", **context(found, line))


def opened(found: Proposed, line: Mapping[str, Any]) -> Response:
    """The names, for this look."""
    closed.open_names(work(), found.told, request.form.get("names_why", ""))
    return page("inbox/newer.html", form=request.form, **context(found, line, names_open=True))


def shut(found: Proposed, line: Mapping[str, Any]) -> Response:
    return page("inbox/newer.html", form=request.form, **context(found, line))


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
        "choices": choosing.blocks(found.differences, told.document, names_open=names_open),
        "seen": following.seen(work(), found),
        "asks": _asks(before.document, told.document),
        "document": as_told(told) if names_open else names.shut(as_told(told)),
        "closed_names": names.context(told, MultiDict(), shown=names_open),
        "verified": incident is not None
        and any(act.verification in COUNTED for act, _facts in open_incident(work(), incident.id).acts),
    }


def _asks(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the person asks for stays with the report: it is shown, and nothing is chosen."""
    sides = {"before": before.get("asks"), "now": now.get("asks")}
    return sides if sides["before"] != sides["now"] else None


def adopt(found: Proposed, _line: Mapping[str, Any]) -> Response:
    """All of what is shown."""
    _must_be_as_seen(found)
    taken = [each.name for each in found.differences]
    return _adopted(found, taken if found.incident else None)


def choose(found: Proposed, _line: Mapping[str, Any]) -> Response:
    """What was chosen, and nothing else: whatever nobody chose stays as it is here."""
    _must_be_as_seen(found)
    taken = [each.name for each in found.differences if request.form.get(f"take.{each.name}") == "theirs"]
    return _adopted(found, taken)


def _must_be_as_seen(found: Proposed) -> None:
    if request.form.get("seen", "") not in ("", following.seen(work(), found)):
        raise InvalidInput({"": [_("Something of it changed while you looked. Look at it once more.")]})


def _adopted(found: Proposed, taken: list[str] | None) -> Response:
    incident = following.adopt(work(), found.told.report.id, taken)
    if incident is None:
        say(_("Adopted."))
        return go("inbox.waiting")
    if taken:
        say(_("Adopted: incident %(reference)s was brought up to date.", reference=incident.reference))
    else:
        say(
            _(
                "Incident %(reference)s stays as it is. The same is not asked again.",
                reference=incident.reference,
            )
        )
    return go("incident.show", id=incident.id)


DEEDS = {"adopt": adopt, "choose": choose, names.OPEN: opened, names.CLOSE: shut}
