"""The inbox: reports that wait, one of them opened, taken in."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as say
from marshmallow import Schema, fields, validate

from incidents import search
from incidents.api.frame import Routes, who, work
from incidents.api.once import looks
from incidents.api.paging import cut, listing, mark
from incidents.api.report import as_told, line
from incidents.api.schemas import (
    DocumentSchema,
    InboxLineSchema,
    InboxQuery,
    IncidentRefSchema,
    ToldSchema,
)
from incidents.errors import InvalidInput, NotFound, _
from incidents.gate import needs
from incidents.intake import closed, contradictions, following, report, take_in
from incidents.intake.leaves import NOT_A_CODE
from incidents.intake.schema import Strict
from incidents.intake.take_in import Same
from incidents.model.incident import Incident
from incidents.model.report import Report
from incidents.model.vocabulary import ReportState
from incidents.work import Permission

routes = Routes("inbox", "/inbox")
P = Permission
NO_INCIDENT = _("There is no such incident.")
NO_LINK = _("Say with `link_to` which incident it is that holds this already.")
NOT_IN_REPORT = _("The report has nothing of this key.")
NOT_IN_INCIDENT = _("The incident has nothing of this id.")


class SameSchema(Strict):
    """Key in the report → id of the act or person of the incident that it is."""

    acts = fields.Dict(keys=fields.String(), values=fields.UUID())
    persons = fields.Dict(keys=fields.String(), values=fields.UUID())


class TakeInSchema(Strict):
    """`understood`: the document as a reviewer coded it; without it, as it was told."""

    understood = fields.Nested(DocumentSchema)
    link_to = fields.UUID()
    same = fields.Nested(
        SameSchema,
        metadata={"description": "With `link_to`: what of the report the incident holds already."},
    )


class NamesSchema(Strict):
    names_why = fields.String(
        required=True, validate=validate.OneOf(search.REASONS, error=NOT_A_CODE), data_key="reason"
    )


class CheckSchema(Strict):
    """`understood`: the document as coded; without it, as it was told."""

    understood = fields.Nested(DocumentSchema)


class ContradictionSchema(Schema):
    rule = fields.String()
    about = fields.String(
        metadata={"description": "The key of an act, person or perpetrator, or `incident`."}
    )
    detail = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")


class CheckedSchema(Schema):
    contradictions = fields.List(fields.Nested(ContradictionSchema))
    not_asked = fields.List(
        fields.Integer(),
        metadata={"description": "The numbers of tellers who have not said yes to a record of them."},
    )


class AsideSchema(Strict):
    reason = fields.String(required=True, validate=validate.OneOf(report.REASONS_ASIDE, error=NOT_A_CODE))


@routes.route("")
@needs(P.REPORT_TAKE_IN)
@routes.arguments(InboxQuery, location="query")
@routes.response(200, listing(InboxLineSchema, "InboxSchema"))
def waiting(query: dict[str, Any]) -> dict[str, Any]:
    """Reports that wait, or those in one state; the oldest first."""
    states = (ReportState(query["state"]),) if query.get("state") else report.WAITING
    found = report.inbox(work(), query["limit"] + 1, mark(query), states)
    rows, onward = cut(found, lambda row: (str(row.received_on), str(row.id)), query)
    return {"items": [line_of(row) for row in rows], "next": onward}


def line_of(row: Report) -> dict[str, Any]:
    """What may be said of one that waits without opening it."""
    mine = row.recorded_by == work().actor.id
    return {**line(row), "recorded_by": who(row.recorded_by), "mine": mine}


@routes.route("/<uuid:id>")
@needs(P.REPORT_TAKE_IN)
@routes.response(200, ToldSchema)
def show(id: UUID) -> dict[str, Any]:
    """A report as it was told, its names closed: POST /inbox/{id}/names opens them for a reason."""
    told = as_told(report.read(work(), id))
    return {**told, "document": closed.shut(told["document"])}


@routes.route("/<uuid:id>/names", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(NamesSchema)
@routes.response(200, ToldSchema)
def names(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """The same with its names, for a reason that is noted."""
    told = report.read(work(), id)
    closed.open_names(work(), told, given["names_why"])
    return as_told(told)


@routes.route("/<uuid:id>/check", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@looks
@routes.arguments(CheckSchema)
@routes.response(200, CheckedSchema)
def check(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """What does not fit in a report as it is coded, and who was not asked. Nothing is changed."""
    document = report.read(work(), id).document
    understood = given.get("understood")
    found = contradictions.of(closed.put_back(document, understood) if understood is not None else document)
    return {
        "contradictions": [
            {"rule": each.rule, "about": each.about, "detail": say(each.sentence), "fields": each.fields}
            for each in found
        ],
        "not_asked": report.not_asked(document),
    }


@routes.route("/<uuid:id>/set-aside", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(AsideSchema)
@routes.response(200, InboxLineSchema)
def set_aside(given: dict[str, str], id: UUID) -> dict[str, Any]:
    """Not an incident, or not ours: it stays sealed, with a code that says why, and can be brought back."""
    told = report.read(work(), id)
    report.set_aside(work(), told.report, given["reason"])
    return line_of(told.report)


@routes.route("/<uuid:id>/bring-back", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.response(200, InboxLineSchema)
def bring_back(id: UUID) -> dict[str, Any]:
    """What was set aside waits again, as on the day it came."""
    told = report.read(work(), id)
    report.bring_back(work(), told.report)
    return line_of(told.report)


@routes.route("/<uuid:id>/take-in", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(TakeInSchema)
@routes.response(201, IncidentRefSchema)
def take(given: dict[str, Any], id: UUID) -> Incident:
    """Make it an incident, or part of one that is known. Names that `understood` does not say go along as told."""
    known = _known(given.get("link_to"))
    same = _same(id, given, known)
    understood = given.get("understood")
    if understood is not None:
        understood = closed.put_back(report.read(work(), id).document, understood)
    return take_in.take_in(work(), id, understood, link_to=known, same=same)


def _known(id: UUID | None) -> UUID | None:
    """An incident that may be seen; one of an unpublished import is not there."""
    try:
        return search.incident(work(), id).id if id else None
    except NotFound:
        raise InvalidInput({"link_to": [NO_INCIDENT]}) from None


def _same(id: UUID, given: dict[str, Any], known: UUID | None) -> Same | None:
    """What of the report the incident holds already; each key and each id must be there."""
    said = given.get("same")
    if not said:
        return None
    if known is None:
        raise InvalidInput({"same": [NO_LINK]})
    kept = search.kept(work(), known)
    document = given.get("understood") or report.read(work(), id).document
    acts = search.acts_of(work(), search.together(work(), [kept]))
    there = {
        "acts": {act.id for act, _facts in acts},
        "persons": {person.id for person, _facts in search.people_of(work(), kept)},
    }
    wrong: dict[str, list[str]] = {}
    for block, ids in there.items():
        keys = {entry["key"] for entry in document.get(block, [])}
        for key, meant in said.get(block, {}).items():
            if key not in keys or meant not in ids:
                wrong[f"same.{block}.{key}"] = [NOT_IN_REPORT if key not in keys else NOT_IN_INCIDENT]
    if wrong:
        raise InvalidInput(wrong)
    return Same(said.get("acts", {}), said.get("persons", {}))


@routes.route("/<uuid:id>/adopt", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.response(200, IncidentRefSchema)
def adopt(id: UUID) -> Incident | dict[str, Any]:
    """A newer version of a row: what changed at its source changes in the incident. Empty: it tells of none."""
    return following.adopt(work(), id) or {}
