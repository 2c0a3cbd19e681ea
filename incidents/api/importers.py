"""Import a table: preview, start, look, and what became of each row."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage

from incidents import jobs
from incidents.api.frame import Routes, work
from incidents.api.once import looks
from incidents.api.paging import LinesQuery, onward
from incidents.api.schemas import ImportFilesSchema, JobSchema, PreviewSchema, ResultSchema
from incidents.errors import InvalidInput, NotFound, _
from incidents.gate import needs
from incidents.intake import importers, mapping, own
from incidents.model.job import Job
from incidents.work import Permission

routes = Routes("importers", "/imports")
P = Permission
NO_NAME = "table.csv"  # of a file that came without one
NOT_UTF8 = _("This is not UTF-8 text.")
NO_MAPPING = _("Only an export of Amparo's own needs no mapping.")


@routes.route("/preview", methods=["POST"])
@needs(P.IMPORT_DO)
@looks
@routes.arguments(ImportFilesSchema, location="files")
@routes.response(200, PreviewSchema)
def preview(given: dict[str, FileStorage]) -> dict[str, Any]:
    """What would become of each row; nothing is kept."""
    return asdict(importers.preview(work(), *_read(given)))


@routes.route("", methods=["POST"])
@needs(P.IMPORT_DO)
@routes.arguments(ImportFilesSchema, location="files")
@routes.response(202, JobSchema)
def start(given: dict[str, FileStorage]) -> dict[str, Any]:
    """Import it, as long work: all rows appear together at its end, or none."""
    importers.must(work())
    data, filename, rules = _read(given)
    if not own.is_own(data):
        mapping.load(rules)
    job = jobs.start(work(), importers.KIND, {}, importers.packed(data, filename, rules))
    return _line(job)


def _read(given: dict[str, FileStorage]) -> tuple[bytes, str, str]:
    data, filename = given["file"].read(), given["file"].filename or NO_NAME
    if "mapping" not in given:
        if not own.is_own(data):
            raise InvalidInput({"mapping": [NO_MAPPING]})
        return data, filename, ""
    try:
        return data, filename, given["mapping"].read().decode()
    except UnicodeDecodeError:
        raise InvalidInput({"mapping": [NOT_UTF8]}) from None


def _line(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "problem": job.problem,
    }


def _own(id: UUID) -> Job:
    job = jobs.one(work(), id)
    if job.kind != importers.KIND:
        raise NotFound
    return job


@routes.route("/<uuid:id>")
@needs(P.IMPORT_DO)
@routes.response(200, JobSchema)
def show(id: UUID) -> dict[str, Any]:
    """How far one of my imports is."""
    return _line(_own(id))


@routes.route("/<uuid:id>/result")
@needs(P.IMPORT_DO)
@routes.arguments(LinesQuery, location="query")
@routes.response(200, ResultSchema)
def result(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """What became of each source row, and why."""
    found = jobs.result(work(), _own(id))
    (start,) = query.get("after", (0,))  # no line comes or goes once it is done: a number is a place
    end = start + query["limit"]
    more = onward((end,)) if len(found["lines"]) > end else None
    return {**found, "items": found["lines"][start:end], "next": more}
