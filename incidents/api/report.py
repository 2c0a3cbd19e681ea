"""My reports: send one, list them, read one again."""

from functools import partial
from typing import Any
from uuid import UUID

from incidents.api.frame import Routes, once_done, work
from incidents.api.paging import SliceQuery, cut, listing, mark
from incidents.api.schemas import DocumentSchema, ReportLineSchema, ToldSchema
from incidents.gate import needs
from incidents.intake import practice, report
from incidents.intake.report import Told
from incidents.model.report import Report
from incidents.work import Permission

routes = Routes("report", "/reports")
P = Permission


@routes.route("", methods=["POST"])
@needs(P.REPORT_SEND, repeatable=True)
@routes.arguments(DocumentSchema)
@routes.response(201, ReportLineSchema)
def send(document: dict[str, Any]) -> dict[str, Any]:
    """Send a report. With a `client_id` of yours it is kept once, however often; other words under it are refused."""
    client_id = document.pop("client_id", None)
    return line(report.send(work(), document, "api", client_id))


@routes.route("")
@needs(P.REPORT_READ_OWN)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(ReportLineSchema, "ReportsSchema"))
def own(query: dict[str, Any]) -> dict[str, Any]:
    """What I sent, the newest first, without a word of it."""
    rows = report.own(work(), query["limit"] + 1, mark(query))
    found, onward = cut(rows, lambda row: (str(row.received_on), str(row.id)), query)
    return {"items": [line(row) for row in found], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.REPORT_READ_OWN)
@routes.response(200, ToldSchema)
def show(id: UUID) -> dict[str, Any]:
    """One of my reports, whole. Another person's, and one that is not there, are the same answer."""
    return as_told(report.read_own(work(), id))


@routes.route("/<uuid:id>/clear", methods=["POST"])
@needs(P.REPORT_READ_OWN)
@routes.response(204)
def clear(id: UUID) -> None:
    """A report that somebody learnt on is taken away, its keys with it; another one is not there."""
    parts = practice.clear(work(), id)
    once_done(partial(practice.shred, work(), parts))


def line(sent: Report) -> dict[str, Any]:
    """What may be said of a report without opening it."""
    return {
        "id": sent.id,
        "reference": sent.reference,
        "state": sent.state.value,
        "received_on": sent.received_on,
        "channel": sent.channel,
        "danger": sent.danger,
    }


def as_told(told: Told) -> dict[str, Any]:
    """A report opened: its document, and which of its parts do not open."""
    reason = report.reason_of(work(), told.report)
    return {
        **line(told.report),
        "reason": reason,
        "document": told.document,
        "unreadable": told.unreadable,
    }
