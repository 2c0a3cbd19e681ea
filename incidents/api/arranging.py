"""Join and take apart: incidents merged and split, reports unlinked, persons that are one; each with why, and undone.

A report as it was told stands here too, beside what its incident makes of it: who sees both knows what to take apart.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import review, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import IncidentRefSchema, opened, unreadable
from incidents.errors import InvalidInput, NotFound, _
from incidents.gate import needs
from incidents.intake import closed, rearranging, report, understood
from incidents.intake.schema import Given, ReportSchema, Strict
from incidents.model.incident import Incident, IncidentLink
from incidents.model.rearrangement import Rearrangement
from incidents.model.review import Review
from incidents.search import Opened
from incidents.work import Permission, Unreadable

routes = Routes("arranging", "")
P = Permission
NO_INCIDENT = _("There is no such incident.")
NO_ACT = _("Choose at least one act, and leave at least one.")
NO_CHOICE = _("Choose one of these.")
NO_TWO = _("Choose two persons.")


class BesideQuery(Strict):
    incident = fields.UUID(metadata={"description": "Which one, where the report tells of two."})


class BesideSchema(Schema):
    """`told`: as it was told, its names closed; `understood`: what the incident makes of it, by the same keys."""

    incident = fields.Nested(IncidentRefSchema)
    told = fields.Nested(ReportSchema)
    understood = fields.Nested(ReportSchema)
    unreadable = unreadable()


class ReportRefSchema(Schema):
    id = fields.UUID()
    reference = fields.String()


class RelatedSchema(Schema):
    """`backwards`: the kind is said from the other incident, as “led to” read from what it led to."""

    id = fields.UUID()
    kind = fields.String()
    backwards = fields.Boolean()
    incident = fields.UUID()
    reference = fields.String()


class ArrangementSchema(Schema):
    """`kept` stands, `gone` is read under it; of a split `gone` is the new one, of an unlinking the report."""

    id = fields.UUID()
    kind = fields.String()
    kept = fields.UUID()
    gone = fields.UUID()
    by = fields.String(allow_none=True)
    on = fields.Date()
    reasons = fields.String(allow_none=True)
    undone_by = fields.String(allow_none=True)
    undone_on = fields.Date(allow_none=True)
    may_undo = fields.Boolean()
    unreadable = unreadable()


class SamePersonSchema(Schema):
    """`person` is read as the person `kept`."""

    person = fields.UUID()
    kept = fields.UUID()


ArrangementsSchema = listing(
    ArrangementSchema,
    "ArrangementsSchema",
    incident=fields.Nested(IncidentRefSchema),
    merged=fields.List(fields.Nested(IncidentRefSchema)),
    reports=fields.List(fields.Nested(ReportRefSchema)),
    links=fields.List(fields.Nested(RelatedSchema)),
    same=fields.List(fields.Nested(SamePersonSchema)),
)


class WhySchema(Strict):
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))


class MergeSchema(WhySchema):
    other = fields.UUID(required=True)


class SplitSchema(WhySchema):
    acts = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=1000, error=NO_ACT))


class UnlinkSchema(WhySchema):
    report = fields.UUID(required=True)


class SamePersonsSchema(WhySchema):
    keep = fields.UUID(required=True)
    other = fields.UUID(required=True)


class RelateSchema(Strict):
    other = fields.UUID(required=True)
    kind = fields.String(required=True, validate=Given("incident_link"))


class UnrelateSchema(Strict):
    link = fields.UUID(required=True)


class ArrangedSchema(Schema):
    """What was done: where it stands now, by what it is undone, the acts that have to be looked at anew."""

    incident = fields.Nested(IncidentRefSchema, allow_none=True)  # null: two persons are what was joined
    arrangements = fields.List(fields.UUID())
    again = fields.List(fields.UUID())


class LinkedSchema(Schema):
    id = fields.UUID()
    kind = fields.String()


# -- what is there


@routes.route("/incidents/told/<uuid:id>")
@needs(P.REPORT_TAKE_IN)
@routes.arguments(BesideQuery, location="query")
@routes.response(200, BesideSchema)
def told(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """A report that was taken in, as told and as its incident understands it; both by the report's own keys."""
    found = report.read(work(), id)
    incident = query.get("incident") or report.incident_of(work(), found.report)
    if incident is None:
        raise NotFound
    there = _opened(incident)
    if id not in {each.id for each in review.reports_of(work(), there.incident)}:
        raise NotFound
    made = understood.understood_of(found, there)
    if isinstance(there.narrative, str):
        made["narrative"] = there.narrative
    shut = dict(found.unreadable)
    if isinstance(there.narrative, Unreadable):
        shut["understood.narrative"] = there.narrative.why
    return {
        "incident": there.incident,
        "told": closed.shut(found.document),
        "understood": made,
        "unreadable": shut,
    }


@routes.route("/incidents/<uuid:id>/arrangements")
@needs(P.REPORT_TAKE_IN)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, ArrangementsSchema)
def listed(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """What was joined to an incident or taken from it, the latest first; beside it what may be."""
    there = _opened(id)
    reports = review.reports_of(work(), there.incident)
    about = [
        there.incident.id,
        *(each.id for each in (*there.joined, *reports)),
        *(person.id for person, _facts in there.people),
    ]
    found = rearranging.of(work(), about)
    rows, onward = sliced(found, lambda each: (str(each[0].done_on), str(each[0].id)), query, down=True)
    return {
        "incident": there.incident,
        "merged": there.joined,
        "reports": reports,
        "links": [_related(each) for each in rearranging.related(work(), there)],
        "same": [{"person": person, "kept": kept} for person, kept in there.same.items()],
        "items": [_line(row, reasons) for row, reasons in rows],
        "next": onward,
    }


def _opened(id: UUID) -> Opened:
    return search.open_incident(work(), search.kept(work(), id))


def _related(each: rearranging.Related) -> dict[str, Any]:
    return {
        "id": each.link.id,
        "kind": each.kind,
        "backwards": each.backwards,
        "incident": each.other.id,
        "reference": each.other.reference,
    }


def _line(row: Rearrangement, reasons: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "kept": row.kept_id,
        "gone": row.gone_id,
        "by": who(row.done_by),
        "on": row.done_on,
        "undone_by": who(row.undone_by),
        "undone_on": row.undone_on,
        "may_undo": rearranging.may_undo(row),
        **opened(reasons=reasons),
    }


# -- joined and taken apart


@routes.route("/incidents/<uuid:id>/merge", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(MergeSchema)
@routes.response(200, ArrangedSchema)
def merge(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Two incidents are one: the `other` is read and counted under this one."""
    there, other = _opened(id), _other(given["other"])
    row = rearranging.merge(work(), there.incident.id, other.id, given["reasons"])
    return _arranged(there.incident, row)


@routes.route("/incidents/<uuid:id>/split", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(SplitSchema)
@routes.response(HTTPStatus.CREATED, ArrangedSchema)
def split(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """These `acts` are an incident of their own, with whoever was part of them; they are looked at anew there."""
    there = _opened(id)
    made = rearranging.split(work(), there.incident, given["acts"], given["reasons"])
    return _arranged(made, *work().pending(Rearrangement))


@routes.route("/incidents/<uuid:id>/unlink", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(UnlinkSchema)
@routes.response(200, ArrangedSchema)
def unlink(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """A `report` does not tell of it: what came with it counts no more, and it waits again."""
    there = _opened(id)
    found = {each.id: each for each in review.reports_of(work(), there.incident)}
    if given["report"] not in found:
        raise InvalidInput({"report": [NO_CHOICE]})
    rows = rearranging.unlink(work(), found[given["report"]], given["reasons"])
    return _arranged(there.incident, *rows)


@routes.route("/incidents/<uuid:id>/same-person", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(SamePersonsSchema)
@routes.response(200, ArrangedSchema)
def same_person(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Two persons of it are one, read as `keep`: what one record refuses stops both."""
    there = _opened(id)
    two = {given["keep"], given["other"]}
    if len(two) != 2 or not two <= {person.id for person, _facts in there.people}:
        raise InvalidInput({"other": [NO_TWO]})
    row = rearranging.merge_persons(work(), given["keep"], given["other"], given["reasons"])
    return _arranged(there.incident, row)


@routes.route("/incidents/<uuid:id>/relate", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(RelateSchema)
@routes.response(HTTPStatus.CREATED, LinkedSchema)
def relate(given: dict[str, Any], id: UUID) -> IncidentLink:
    """It has to do with an `other`: a code of the list incident_link says how."""
    there, other = _opened(id), _other(given["other"])
    return rearranging.link(work(), there.incident.id, other.id, given["kind"])


@routes.route("/incidents/<uuid:id>/unrelate", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(UnrelateSchema)
@routes.response(200, LinkedSchema)
def unrelate(given: dict[str, Any], id: UUID) -> IncidentLink:
    """They have nothing to do with each other: one of its `links` ends."""
    row = work().get(IncidentLink, given["link"])
    if row.id not in {each.id for each in rearranging.links_of(work(), _opened(id).incident.id)}:
        raise NotFound
    rearranging.unlink_incidents(work(), row)
    return row


@routes.route("/arrangements/<uuid:id>/undo", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(WhySchema)
@routes.response(200, ArrangedSchema)
def undo(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Undo one of them. A report that was unlinked is taken in again instead: 409."""
    row = work().get(Rearrangement, id)
    rearranging.undo(work(), row, given["reasons"])
    return _arranged(work().db.get(Incident, row.kept_id), *work().pending(Rearrangement))


def _other(id: UUID) -> Incident:
    try:
        return search.incident(work(), id)
    except NotFound:
        raise InvalidInput({"other": [NO_INCIDENT]}) from None


def _arranged(incident: Incident | None, *rows: Rearrangement) -> dict[str, Any]:
    return {
        "incident": incident,
        "arrangements": [row.id for row in rows],
        "again": [each.act_id for each in work().pending(Review)],
    }
