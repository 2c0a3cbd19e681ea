"""The page that follows a signature while everything is asked once more, and leads to what came of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from incidents import jobs
from incidents.errors import Problem
from incidents.gate import needs
from incidents.model.job import Job
from incidents.model.release import Release
from incidents.model.vocabulary import JobState
from incidents.release import discard, publish, signing, stages
from incidents.web import job as any_job
from incidents.web import making
from incidents.web import release as releases
from incidents.web.frame import go, page, say, work
from incidents.web.numbers import whole
from incidents.work import Permission

routes = Blueprint("signing", __name__, url_prefix="/releases/signatures")
P = Permission

STEPS: dict[str, Callable[[], str]] = {
    **making.STEPS,
    stages.CONSENT: lambda: _("Ask"),
    stages.SIGN: lambda: _("Sign"),
}
WORDS: dict[str, Callable[[], str]] = {
    **making.WORDS,
    stages.CONSENT: lambda: _("Everybody in it is asked about: does each still agree?"),
    stages.SIGN: lambda: _("The signature is kept."),
}
COUNTED: dict[str, Callable[[str, str], str]] = {
    stages.CONSENT: lambda done, total: _("%(done)s of %(total)s people", done=done, total=total),
    stages.GATHER: lambda done, total: _("%(done)s of %(total)s incidents", done=done, total=total),
}


@routes.get("/<uuid:id>")
@needs(P.RELEASE_SIGN)
def show(id: UUID) -> Response:
    """How far it is; then the release that is signed, or why it is not."""
    job = signing.one(work(), id)
    release = work().db.get(Release, signing.release_of(job))
    if release is None:
        say(discard.ReleaseDiscarded().said(_))
        return go("release.listed")
    found = signing.outcome(work(), job)
    if found.problem is not None:
        return _refused(release, found.problem)
    if job.state == JobState.DONE:
        return go("release.show", id=release.id)
    back = url_for("release.show", id=release.id)
    return page("release/signature.html", job=_line(job), reference=release.reference, back_url=back)


@routes.get("/<uuid:id>/progress")
@needs(P.RELEASE_SIGN)
def progress(id: UUID) -> Response:
    """How far it is, as a piece of the page."""
    looked = request.args.get("looked", 0, type=whole)
    return page("release/_progress.html", job=_line(signing.one(work(), id), looked))


def _line(job: Job, looked: int = 0) -> dict[str, Any]:
    line = any_job.line(job, looked)
    now = job.stage if job.stage in stages.SIGNING else None
    counts = COUNTED.get(now or "") if job.total else None
    return {
        **line,
        "url": url_for("signing.show", id=job.id),
        "progress_url": url_for("signing.progress", id=job.id, looked=looked + 1)
        if line["progress_url"]
        else None,
        "steps": [STEPS[stage]() for stage in stages.SIGNING],
        "now": stages.SIGNING.index(now) + 1 if now else 0,
        "said": WORDS[now]() if now else "",
        "counted": counts(format_decimal(job.done), format_decimal(job.total)) if counts else "",
        "over": job.state in jobs.FINAL,
    }


def _refused(release: Release, problem: Problem) -> Response:
    """The page on which it was signed, with what stands against it. Nothing of what is typed here is wrong."""
    shown = releases.shown(*publish.release(work(), release.id))
    more = {"problem": problem.said(_), "errors": {}, "form": {}, **releases.against(problem)}
    return page("release/show.html", **more, **shown)
