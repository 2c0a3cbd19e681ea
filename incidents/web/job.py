"""Long work: how far it is, and the button that ends it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import jobs, review, search
from incidents.errors import JobNotReady, Problem
from incidents.gate import needs
from incidents.intake import duplicates, importers
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.release import making, signing, weekly
from incidents.web.frame import go, page, say, work
from incidents.web.numbers import whole
from incidents.work import Permission

routes = Blueprint("job", __name__, url_prefix="/jobs")
P = Permission
LOOKS = (
    300  # a page left open asks so often, every two seconds; a screen nobody sits at must not hold a session
)


FOLLOWED = {
    duplicates.KIND: "duplicates.found",
    search.FIND: "search.found",
    search.PEOPLE: "people.found",
    making.KIND: "making.show",
    **dict.fromkeys(signing.KINDS, "signing.show"),
}  # kinds with a page of their own


@routes.get("/<uuid:id>")
@needs(P.JOB_OWN)
def show(id: UUID) -> Response:
    """One of my jobs; where it is done, what came of it."""
    job = jobs.one(work(), id)
    if job.state == JobState.PROPOSED:
        return go("importers.preview", id=id)
    if job.kind in FOLLOWED:
        return go(FOLLOWED[job.kind], id=id)
    if job.state == JobState.DONE and job.kind == weekly.KIND:
        return go("figures.shown")
    if job.state == JobState.DONE and job.kind == search.INDEX:
        return go("search.listed")
    if job.state == JobState.DONE:
        return go("importers.batch", id=_batch(job))
    if job.kind == search.INDEX:
        return page("search/index.html", job=line(job))
    return page("import/job.html", job=line(job), bulk=job.kind == review.BULK)


@routes.get("/<uuid:id>/progress")
@needs(P.JOB_OWN)
def progress(id: UUID) -> Response:
    """How far it is, as a piece of the page."""
    looked = request.args.get("looked", 0, type=whole)
    return page("import/_progress.html", job=line(jobs.one(work(), id), looked))


@routes.post("/<uuid:id>/cancel")
@needs(P.JOB_OWN)
def cancel(id: UUID) -> Response:
    """End it. Of an import nothing is left; what a bulk move has moved stays moved."""
    job = jobs.one(work(), id)
    try:
        jobs.cancel(work(), job)
    except JobNotReady:
        say(_("It had come to its end already."), "care")
    return go("job.show", id=id)


def _batch(job: Job) -> UUID:
    """The import that a job brought, or worked on."""
    return UUID(job.arguments["batch"]) if job.kind == review.BULK else importers.batch_of(job)


def line(job: Job, looked: int = 0) -> dict[str, Any]:
    asks = job.state in (JobState.WAITING, JobState.RUNNING) and looked < LOOKS
    return {
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "ending": job.cancel_asked,
        "problem_text": problem_in_words(job.problem) if job.state == JobState.FAILED else "",
        "url": url_for("job.show", id=job.id),
        "progress_url": url_for("job.progress", id=job.id, looked=looked + 1) if asks else None,
        "cancel_url": url_for("job.cancel", id=job.id)
        if job.state not in jobs.FINAL and not job.cancel_asked
        else None,
    }


def problem_in_words(code: str | None) -> str:
    """The sentence of a code that stands in a job's row; its details are not kept there."""
    for kind in _problems(Problem):
        if kind.code == code and "%(" not in kind.sentence:
            return str(_(kind.sentence))
    said: str = _(
        "It stopped because of a fault (%(code)s). What was not finished is seen by nobody.", code=code
    )
    return said


def _problems(kind: type[Problem]) -> Iterator[type[Problem]]:
    for each in kind.__subclasses__():
        yield each
        yield from _problems(each)
