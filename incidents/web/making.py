"""The page that follows a release while it is made, and leads to what came of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents import jobs
from incidents.errors import Problem
from incidents.gate import needs
from incidents.model.job import Job
from incidents.model.release import Release
from incidents.model.vocabulary import JobState
from incidents.release import making, policy, publish, stages
from incidents.web import job as any_job
from incidents.web import release as releases
from incidents.web import wanted
from incidents.web.frame import go, page, work
from incidents.web.numbers import whole
from incidents.work import Permission

routes = Blueprint("making", __name__, url_prefix="/releases/jobs")
P = Permission

STEPS: dict[str, Callable[[], str]] = {
    stages.VERIFY: lambda: _("Verify"),
    stages.GATHER: lambda: _("Gather"),
    stages.SEARCH: lambda: _("Search"),
    stages.COMPARE: lambda: _("Compare"),
    stages.WRITE: lambda: _("Write"),
    stages.MEASURE: lambda: _("Measure"),
    stages.KEEP: lambda: _("Keep"),
}
WORDS: dict[str, Callable[[], str]] = {
    stages.VERIFY: lambda: _("The trail and every row are verified."),
    stages.GATHER: lambda: _("The incidents are opened, and each consent is asked."),
    stages.SEARCH: lambda: _("The file that loses least is searched for."),
    stages.COMPARE: lambda: _("It is compared with what went out before."),
    stages.WRITE: lambda: _("The files are written and read back."),
    stages.MEASURE: lambda: _("The written files are measured."),
    stages.KEEP: lambda: _("The pack is sealed and kept for a signature."),
}


@routes.get("/<uuid:id>")
@needs(P.RELEASE_PREPARE)
def show(id: UUID) -> Response:
    """How far it is; then the release that came of it, or why there is none."""
    job = making.one(work(), id)
    if job.state != JobState.DONE:
        return page("release/job.html", job=_line(job), again_url=_again_url(job))
    found = making.outcome(work(), job)
    if found.problem is None:
        return go("release.show", id=found.release)
    return _refused(job, found.problem)


@routes.get("/<uuid:id>/progress")
@needs(P.RELEASE_PREPARE)
def progress(id: UUID) -> Response:
    """How far it is, as a piece of the page."""
    looked = request.args.get("looked", 0, type=whole)
    return page("release/_progress.html", job=_line(making.one(work(), id), looked))


def _line(job: Job, looked: int = 0) -> dict[str, Any]:
    line = any_job.line(job, looked)
    onward = url_for("making.progress", id=job.id, looked=looked + 1) if line["progress_url"] else None
    now = job.stage if job.stage in stages.STAGES else None
    counted = _(
        "%(done)s of %(total)s incidents", done=format_decimal(job.done), total=format_decimal(job.total)
    )
    return {
        **line,
        "url": url_for("making.show", id=job.id),
        "progress_url": onward,
        "steps": [STEPS[stage]() for stage in stages.STAGES],
        "now": stages.STAGES.index(now) + 1 if now else 0,
        "said": WORDS[now]() if now else "",
        "counted": counted if now == stages.GATHER and job.total else "",
        "over": job.state in jobs.FINAL,
    }


def _again_url(job: Job) -> str:
    """Where the same is asked for again: the choice, or the release that is corrected."""
    if "corrects" in job.arguments:
        return url_for("release.show", id=job.arguments["corrects"])
    chosen: dict[str, Any] = wanted.choice_of(making.wanted_of(job))
    return url_for("release.new", **chosen)


def _refused(job: Job, problem: Problem) -> Response:
    """The page on which it was asked for, with what stands against it. Nothing of what is typed here is wrong."""
    said = problem.said(_)
    if "corrects" in job.arguments:
        found = publish.release(work(), work().get(Release, UUID(job.arguments["corrects"])).id)
        return page("release/show.html", problem=said, errors={}, form={}, **releases.shown(*found))
    asked = making.wanted_of(job)
    typed: MultiDict[str, str] = wanted.typed(MultiDict(wanted.choice_of(asked)))
    counts: dict[str, Any] = {
        "counts": problem.details.get("counts"),
        "unit": policy.load(asked.policy).unit,
    }
    return page("release/new.html", problem=said, errors={}, form=typed, **counts, **wanted.choice())
