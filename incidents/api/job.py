"""Long work of any kind: how far mine is, and an end to it. What came of it stands with what it is about."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from incidents import jobs
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import JobSchema
from incidents.gate import needs
from incidents.model.job import Job
from incidents.work import Permission

routes = Routes("job", "/jobs")
P = Permission


class AnyJobSchema(JobSchema):
    kind = fields.String()
    stage = fields.String(allow_none=True)
    made_at = fields.AwareDateTime()


@routes.route("")
@needs(P.JOB_OWN)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(AnyJobSchema, "JobsSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """My long work, the newest first; of what is older than the last fifty nothing is told."""
    rows, onward = sliced(
        jobs.own(work()), lambda job: (job.made_at.isoformat(), str(job.id)), query, down=True
    )
    return {"items": [_line(job) for job in rows], "next": onward}


@routes.route("/<uuid:id>")
@needs(P.JOB_OWN)
@routes.response(200, AnyJobSchema)
def show(id: UUID) -> dict[str, Any]:
    """How far one of mine is."""
    return _line(jobs.one(work(), id))


@routes.route("/<uuid:id>/cancel", methods=["POST"])
@needs(P.JOB_OWN)
@routes.response(200, AnyJobSchema)
def cancel(id: UUID) -> dict[str, Any]:
    """End it. Of an import nothing is left; what a move of many has moved stays moved. 409 where it came to its end."""
    job = jobs.one(work(), id)
    jobs.cancel(work(), job)
    return _line(job)


def _line(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "stage": job.stage,
        "done": job.done,
        "total": job.total,
        "problem": job.problem,
        "made_at": job.made_at,
    }
