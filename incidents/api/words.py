"""Words looked for in what was told: a job that opens every account; then where they stand."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import jobs, search
from incidents.api.frame import Routes, work
from incidents.api.paging import SliceQuery, listing, onward
from incidents.api.schemas import JobSchema
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake.schema import Strict
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.work import Permission

routes = Routes("words", "/words")
P = Permission


class WordsSchema(Strict):
    words = fields.String(
        required=True,
        validate=validate.Length(max=200),
        metadata={"description": "Each has to stand there; what is in quotes as it stands there."},
    )


class HitSchema(Schema):
    """An incident, or a report that waits; the first place of the first word, with what is around it."""

    incident = fields.UUID(allow_none=True)
    report = fields.UUID(allow_none=True)
    reference = fields.String()
    before = fields.String()
    word = fields.String()
    after = fields.String()


FoundSchema = listing(
    HitSchema,
    "WordsFoundSchema",
    state=fields.String(),
    done=fields.Integer(),
    total=fields.Integer(),
    found=fields.Integer(metadata={"description": "Incidents that hold the words; items are 2,000 at most."}),
    told_found=fields.Integer(metadata={"description": "Reports that wait and hold them."}),
)


@routes.route("/look", methods=["POST"])
@needs(P.INCIDENT_READ)
@routes.arguments(WordsSchema)
@routes.response(202, JobSchema)
def look(given: dict[str, str]) -> Job:
    """Begin to look for words in every account; in reports that wait too, for who may take them in."""
    words = given["words"].strip()
    search.check(words)
    return jobs.start(work(), search.FIND, {}, {"words": words})


@routes.route("/found/<uuid:id>")
@needs(P.INCIDENT_READ)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, FoundSchema)
def found(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """How far one of my searches is; where it is done, where the words stand: reports first, then incidents."""
    job = jobs.one(work(), id)
    if job.kind != search.FIND:
        raise NotFound
    line: dict[str, Any] = {
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "items": [],
        "next": None,
    }
    if job.state != JobState.DONE:
        return {**line, "found": 0, "told_found": 0}
    said = jobs.result(work(), job)
    told = said.get("told", []) if work().actor.may(P.REPORT_TAKE_IN) else []
    every = [*(("told", id) for id in told), *(("ids", id) for id in said["ids"])]
    (start,) = query.get("after", (0,))  # what was found stays as it was found: a number is a place
    end = start + query["limit"]
    some = every[start:end]
    hits = [
        *_told([UUID(id) for kind, id in some if kind == "told"], said["words"]),
        *_hits([UUID(id) for kind, id in some if kind == "ids"], said["words"]),
    ]
    more = onward((end,)) if len(every) > end else None
    numbers = {"found": said["found"], "told_found": said.get("told_found", 0) if told else 0}
    return {**line, **numbers, "items": hits, "next": more}


def _told(ids: Sequence[UUID], words: str) -> Iterator[dict[str, Any]]:
    some = search.reports_told(work(), ids) if ids else []
    for each, (before, word, after) in zip(some, search.snippets_told(work(), some, words), strict=True):
        about = {"incident": None, "report": each.id, "reference": each.reference}
        yield {**about, "before": before, "word": word, "after": after}


def _hits(ids: Sequence[UUID], words: str) -> Iterator[dict[str, Any]]:
    some = [line.incident for line in search.lines(work(), ids)] if ids else []
    for each, (before, word, after) in zip(some, search.snippets(work(), some, words), strict=True):
        about = {"incident": each.id, "report": None, "reference": each.reference}
        yield {**about, "before": before, "word": word, "after": after}
