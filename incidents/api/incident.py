"""Incidents: the list, and one of them. Names, phone numbers and the like stay closed here."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from incidents import jobs, review, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import listing, mark, onward
from incidents.api.schemas import IncidentLineSchema, IncidentSchema, IncidentsQuery, JobSchema, opened
from incidents.gate import needs
from incidents.model.base import Record
from incidents.model.incident import Act
from incidents.model.vocabulary import IncidentState, Verification
from incidents.search import Filter, Line, Opened
from incidents.work import Permission, Unreadable

routes = Routes("incident", "/incidents")
P = Permission


class IndexSchema(Schema):
    """Whether every incident has the facets of today; if not, my job that makes them."""

    complete = fields.Boolean()
    job = fields.Nested(JobSchema, allow_none=True)


@routes.route("")
@needs(P.INCIDENT_READ)
@routes.arguments(IncidentsQuery, location="query")
@routes.response(
    200,
    listing(
        IncidentLineSchema,
        "IncidentsSchema",
        total=fields.Integer(),
        counted=fields.Boolean(),
        complete=fields.Boolean(),
    ),
)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Incidents, the newest first: of several facets those that have all, of one facet any of its codes."""
    found = search.listed(work(), wanted=_wanted(query), before=mark(query), limit=query["limit"])
    last = found.lines[-1].incident if found.older and found.lines else None
    return {
        "items": [_line(line) for line in found.lines],
        "next": onward((str(last.received_on), str(last.id))) if last else None,
        "total": found.total,
        "counted": found.counted and found.total <= search.MOST_COUNTED,
        "complete": search.complete(work()),
    }


def _wanted(query: dict[str, Any]) -> Filter:
    codes: dict[str, tuple[str, ...]] = {}
    for facet, code in query["facet"]:
        codes[facet] = (*codes.get(facet, ()), code)
    state, verification = query.get("state"), query.get("verification")
    return Filter(
        codes=codes,
        state=IncidentState(state) if state else None,
        verification=Verification(verification) if verification else None,
        assignee=query.get("assignee"),
        received_from=query.get("received_from"),
        received_to=query.get("received_to"),
    )


def _line(line: Line) -> dict[str, Any]:
    incident, facts = line.incident, line.facts
    said = {} if isinstance(facts, Unreadable) else facts
    acts = [(act, {} if isinstance(each, Unreadable) else each) for act, each in line.acts]
    return {
        "id": incident.id,
        "reference": incident.reference,
        "state": incident.state.value,
        "received_on": incident.received_on,
        "edited": incident.edited_after_verification,
        "moment": said.get("moment"),
        "place": said.get("place"),
        "acts": [
            {"id": act.id, "type": each.get("type"), "verification": act.verification.value}
            for act, each in acts
        ],
        "unreadable": opened(facts=facts)["unreadable"],
    }


@routes.route("/index", methods=["POST"])
@needs(P.INCIDENT_READ)
@routes.response(200, IndexSchema)
def index() -> dict[str, Any]:
    """Make the facets of all incidents, where a filter still misses some: the job that does, or that they are whole."""
    if search.complete(work()):
        return {"complete": True, "job": None}
    return {
        "complete": False,
        "job": jobs.going(work(), search.INDEX) or jobs.start(work(), search.INDEX, {}),
    }


@routes.route("/<uuid:id>")
@needs(P.INCIDENT_READ)
@routes.response(200, IncidentSchema)
def show(id: UUID) -> dict[str, Any]:
    """An incident with its acts, people, perpetrators and sources."""
    found = search.open_incident(work(), id)
    incident = found.incident
    return {
        "id": incident.id,
        "version": incident.version,
        "reference": incident.reference,
        "state": incident.state.value,
        "received_on": incident.received_on,
        "recorded_by": who(incident.recorded_by),
        "edited": incident.edited_after_verification,
        **opened(facts=found.facts, narrative=found.narrative, summary=found.summary),
        "acts": [_act(act, facts) for act, facts in found.acts],
        **_people(found),
        "perpetrators": [{**_row(row), **opened(facts=facts)} for row, facts in found.perpetrators],
        "sources": [{**_row(row), **opened(facts=facts)} for row, facts in found.sources],
    }


def _row(row: Record) -> dict[str, Any]:
    return {"id": row.id, "version": row.version}


def _act(act: Act, facts: Any) -> dict[str, Any]:
    return {
        **_row(act),
        "verification": act.verification.value,
        "mine": str(work().actor.id) in act.submitted_by,
        "moves": [to.value for to in review.allowed(work(), act)],
        **opened(facts=facts),
    }


def _people(found: Opened) -> dict[str, Any]:
    return {
        "persons": [
            {**_row(person), "kind": person.kind.value, "teller": person.teller, **opened(facts=facts)}
            for person, facts in found.people
        ],
        "involvements": [
            {**_row(link), "person": link.person_id, "act": link.act_id, **opened(facts=facts)}
            for link, facts in found.involvements
        ],
    }
