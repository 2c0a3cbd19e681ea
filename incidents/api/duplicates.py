"""Duplicates: look for records that may be one, and decide about two of them. No name goes out here."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import jobs
from incidents.api.frame import Routes, work
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake import duplicates
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.duplicate import DuplicateDecision, Verdict
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.work import Permission

routes = Routes("duplicates", "/duplicates")
P = Permission


class LookSchema(Strict):
    """Without `id`: everybody against everybody."""

    about = fields.String(
        required=True, validate=validate.OneOf([*duplicates.ABOUT, duplicates.EVERYBODY], error=NOT_A_CODE)
    )
    id = fields.UUID()


class SignSchema(Schema):
    """One thing that was seen in both; `weight` in bits, below zero where it speaks against."""

    code = fields.String()
    weight = fields.Float()
    days = fields.Integer()
    place = fields.String()
    act = fields.String()


class PairSchema(Schema):
    one = fields.UUID()
    other = fields.UUID()
    score = fields.Float()
    signs = fields.List(fields.Nested(SignSchema))
    later = fields.Boolean()


class FoundSchema(Schema):
    """What was found; or the job that looks for it, and how far it is."""

    job = fields.UUID(allow_none=True)
    state = fields.String()
    persons = fields.List(fields.Nested(PairSchema))
    incidents = fields.List(fields.Nested(PairSchema))
    people = fields.Integer()
    more = fields.Integer()
    left_out = fields.Dict(keys=fields.String(), values=fields.Integer())


class DecideSchema(Strict):
    about = fields.String(
        required=True, validate=validate.OneOf([duplicates.PERSON, duplicates.INCIDENT], error=NOT_A_CODE)
    )
    keep = fields.UUID(required=True)
    other = fields.UUID(required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(list(Verdict), error=NOT_A_CODE))
    reasons = fields.String(load_default="", validate=validate.Length(max=20_000))


class DecidedSchema(Schema):
    id = fields.UUID()
    verdict = fields.String()


@routes.route("/look", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(LookSchema)
@routes.response(200, FoundSchema)
def look(given: dict[str, Any]) -> dict[str, Any]:
    """What one report, person or incident may be; everybody, and one among many, as a job."""
    if given["about"] == duplicates.EVERYBODY:
        return _of_job(duplicates.start(work()))
    if "id" not in given:
        raise NotFound
    found = duplicates.look(work(), given["about"], given["id"])
    return _of_job(found) if isinstance(found, Job) else _said(found)


@routes.route("/found/<uuid:id>")
@needs(P.IDENTITY_OPEN)
@routes.response(200, FoundSchema)
def found(id: UUID) -> dict[str, Any]:
    """How far one of my looks is; where it is done, what it found."""
    job = jobs.one(work(), id)
    if job.kind != duplicates.KIND:
        raise NotFound
    done = job.state == JobState.DONE
    return _of_job(job) | (_said(jobs.result(work(), job)) if done else {}) | {"job": job.id}


@routes.route("/decide", methods=["POST"])
@needs(P.REPORT_TAKE_IN)
@routes.arguments(DecideSchema)
@routes.response(200, DecidedSchema)
def decide(given: dict[str, Any]) -> DuplicateDecision:
    """The same, different, or not to be said yet; with reasons. Of two that are one, `keep` is read from now on."""
    verdict = Verdict(given["verdict"])
    return duplicates.decide(work(), given["about"], given["keep"], given["other"], verdict, given["reasons"])


def _of_job(job: Job) -> dict[str, Any]:
    return {"job": job.id, "state": job.state.value}


def _said(found: duplicates.Found) -> dict[str, Any]:
    asked = ("persons", "incidents", "people", "more", "left_out")
    return {"job": None, "state": JobState.DONE.value, **{name: found[name] for name in asked}}
