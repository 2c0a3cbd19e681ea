"""Somebody looked for: a name, a telephone or a document number, with the reason; what is found stays closed.

What is typed goes with a form and is sealed; no address holds it. A list shows who may be meant and by which signs;
each name is opened on its own, with a reason that is noted.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _

from incidents import jobs, search
from incidents.errors import InvalidInput, NotFound
from incidents.gate import needs
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.web import duplicates
from incidents.web.frame import go, page, work, wrong
from incidents.web.job import line as job_line
from incidents.web.records import total
from incidents.work import Permission

routes = Blueprint("people", __name__, url_prefix="/search/people")
P = Permission
RECENT = 5  # searches that are led back to
TYPED = ("name", "phone", "document")


@routes.get("/")
@needs(P.IDENTITY_OPEN)
def ask() -> Response:
    return page("people/ask.html", **_around())


@routes.post("/")
@needs(P.IDENTITY_OPEN)
def look() -> Response:
    """Open everybody and compare: long work, so a job. What is looked for goes sealed, and in no address."""
    typed = {name: request.form.get(name, "").strip() for name in TYPED}
    reason = request.form.get("reason", "")
    try:
        search.check_person(work(), typed, reason)
    except InvalidInput as problem:
        return wrong("people/ask.html", problem, **_around())
    return go("people.found", id=jobs.start(work(), search.PEOPLE, {"reason": reason}, typed).id)


def _around() -> dict[str, Any]:
    found = [job for job in jobs.own(work()) if job.kind == search.PEOPLE][:RECENT]
    return {"reasons": search.REASONS, "searches": [_before(job) for job in found]}


def _before(job: Job) -> dict[str, Any]:
    """One's own search; who was looked for is not kept."""
    return {
        "url": url_for("people.found", id=job.id),
        "at": format_datetime(job.made_at, "short"),
        "state": job.state.value,
    }


@routes.get("/<uuid:id>")
@needs(P.IDENTITY_OPEN)
def found(id: UUID) -> Response:
    """How far it is; then who may be meant, the likeliest first."""
    job = jobs.one(work(), id)
    if job.kind != search.PEOPLE:
        raise NotFound
    if job.state != JobState.DONE:
        return page("people/found.html", job=job_line(job), hits=None)
    said = jobs.result(work(), job)
    return page(
        "people/found.html",
        job=job_line(job),
        hits=[line for hit in said["hits"] if (line := _hit(hit))],
        looked=total(said["looked"], most=said["looked"]),
        left_out=said["left_out"],
        more=said["more"],
        reason=job.arguments["reason"],
    )


def _hit(hit: Mapping[str, Any]) -> dict[str, Any] | None:
    """One who may be meant; none where they are gone by now."""
    signs = [_sign(code) for code in hit["signs"]]
    return _waiting(hit, signs) if hit["report"] else _known(hit, signs)


def _known(hit: Mapping[str, Any], signs: list[str]) -> dict[str, Any] | None:
    id = UUID(hit["person"])
    try:
        _person, incidents = search.person(work(), id)
    except NotFound:
        return None
    return {
        "url": url_for("incident.person", id=id),
        "open_url": url_for("incident.identity", id=id),
        "incidents": [
            {"url": url_for("incident.show", id=each.id), "reference": each.reference} for each in incidents
        ],
        "report": None,
        "signs": signs,
    }


def _waiting(hit: Mapping[str, Any], signs: list[str]) -> dict[str, Any] | None:
    report = next(iter(search.reports_told(work(), [UUID(hit["report"])])), None)
    if report is None:
        return None
    where = {"url": url_for("inbox.report", id=report.id), "reference": report.reference}
    return {"url": where["url"], "open_url": None, "incidents": [], "report": where, "signs": signs}


# -- signs in words


def _sign(code: str) -> str:
    said = WORDS.get(code)
    return said() if said else duplicates.in_words({"code": code})


WORDS: dict[str, Callable[[], str]] = {
    "other_name": lambda: _("By another name of theirs"),
    "name_shorter": lambda: _("Same name, with a part more or less"),
}
