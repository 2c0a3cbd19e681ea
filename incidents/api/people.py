"""Find a person by name, telephone or document number: ids and signs, and no name goes out here.

What is looked for stands in the body and is sealed with the job; no address holds it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import jobs, search
from incidents.api.frame import Routes, work
from incidents.api.schemas import IncidentRefSchema
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.work import Permission

routes = Routes("people", "/people")
P = Permission
LONGEST = 500  # what is longer than the search itself takes is refused there, with its sentence


class SoughtSchema(Strict):
    """One of name, phone and document at least, and the reason why everybody is opened."""

    name = fields.String(load_default="", validate=validate.Length(max=LONGEST))
    phone = fields.String(load_default="", validate=validate.Length(max=LONGEST))
    document = fields.String(load_default="", validate=validate.Length(max=LONGEST))
    reason = fields.String(required=True, validate=validate.OneOf(search.REASONS, error=NOT_A_CODE))


class LikeSchema(Schema):
    """Somebody who may be meant, by which signs; `report` where they stand in one that is not taken in yet."""

    person = fields.UUID()
    incidents = fields.List(fields.Nested(IncidentRefSchema))
    report = fields.UUID(allow_none=True)
    signs = fields.List(fields.String())


class SearchSchema(Schema):
    """How far a search is; where it is done, who may be meant, the likeliest first."""

    job = fields.UUID()
    state = fields.String()
    done = fields.Integer()
    total = fields.Integer()
    people = fields.List(fields.Nested(LikeSchema))
    looked = fields.Integer()
    left_out = fields.Integer()
    more = fields.Boolean()


@routes.route("/look", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(SoughtSchema)
@routes.response(200, SearchSchema)
def look(given: dict[str, str]) -> dict[str, Any]:
    """Begin to look for somebody: everybody is opened and compared, which is noted with the reason."""
    typed = {name: text.strip() for name, text in given.items() if name != "reason"}
    search.check_person(work(), typed, given["reason"])
    return _of_job(jobs.start(work(), search.PEOPLE, {"reason": given["reason"]}, typed))


@routes.route("/found/<uuid:id>")
@needs(P.IDENTITY_OPEN)
@routes.response(200, SearchSchema)
def found(id: UUID) -> dict[str, Any]:
    """How far one of my searches is; where it is done, who may be meant."""
    job = jobs.one(work(), id)
    if job.kind != search.PEOPLE:
        raise NotFound
    if job.state != JobState.DONE:
        return _of_job(job)
    said = jobs.result(work(), job)
    people = [line for hit in said["hits"] if (line := _hit(hit))]
    return {**_of_job(job), "people": people, **{name: said[name] for name in ("looked", "left_out", "more")}}


def _of_job(job: Job) -> dict[str, Any]:
    return {"job": job.id, "state": job.state.value, "done": job.done, "total": job.total}


def _hit(hit: Mapping[str, Any]) -> dict[str, Any] | None:
    """One who may be meant; none where they are gone by now."""
    person, report = UUID(hit["person"]), UUID(hit["report"]) if hit["report"] else None
    line: dict[str, Any] = {"person": person, "incidents": [], "report": report, "signs": hit["signs"]}
    if report is not None:
        return line if search.reports_told(work(), [report]) else None
    try:
        _person, incidents = search.person(work(), person)
    except NotFound:
        return None
    return {**line, "incidents": incidents}
