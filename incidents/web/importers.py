"""Import a table: choose, look at what would become of it, start, and see what came of each row."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import PurePath
from typing import IO, Any
from uuid import UUID

from flask import Blueprint, Flask, Request, Response, current_app, make_response, request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from config import HERE
from incidents import consent, jobs, review
from incidents.errors import InvalidInput, NotFound, Problem, ReasonsNeeded, SecondPersonNeeded
from incidents.gate import needs
from incidents.intake import batches, importers, mapping, own, saved, template
from incidents.intake.batches import Listed
from incidents.model.job import Job
from incidents.model.vocabulary import JobState
from incidents.release.write import cell
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.records import who
from incidents.work import Permission, Unreadable

routes = Blueprint("importers", __name__, url_prefix="/import")
P = Permission
MAPPINGS = HERE / "docs" / "mappings"
FIRST = 8  # rows that are shown as they were understood
NAMED = 100  # rows that are named on a page; the result file has them all
COLUMNS = ("row", "outcome", "reason")
OWN = {"template": "xlsx", "template_csv": "csv"}  # the mappings of our own tables: file name → kind
MEGABYTE = 1024 * 1024


class InMemory(Request):
    """An upload stays in memory: Werkzeug would write a larger one into a temporary file, in clear."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002  the signature is Werkzeug's
        content_type: str | None,  # noqa: ARG002  the signature is Werkzeug's
        filename: str | None = None,  # noqa: ARG002  the signature is Werkzeug's
        content_length: int | None = None,  # noqa: ARG002  the signature is Werkzeug's
    ) -> IO[bytes]:
        return io.BytesIO()


@routes.record_once
def _keep_uploads_in_memory(state: Any) -> None:
    app: Flask = state.app
    app.request_class = InMemory


# -- choose


@routes.route("/", methods=["GET", "POST"])
@needs(P.IMPORT_DO)
def new() -> Response:
    """The file and its mapping; what was imported before."""
    importers.must(work())
    if request.method == "GET":
        return page("import/new.html", **_choice())
    try:
        data, filename, rules = _given()
        _save(rules)
        job = _proposed(data, filename, rules)
    except Problem as problem:
        if problem.status not in (409, 413, 422):
            raise
        return wrong("import/new.html", problem, **_choice())
    return go("importers.preview", id=job.id)


def _save(rules: str) -> None:
    """The mapping that is used now, under a name, for the next time."""
    if rules and request.form.get("name", "").strip():
        saved.save(work(), request.form["name"], rules)
        say(_("The mapping was saved."))


def _proposed(data: bytes, filename: str, rules: str) -> Job:
    """The whole file judged once, and kept sealed with what was found until its owner decides."""
    seen = asdict(importers.preview(work(), data, filename, rules))
    lines = seen.pop("lines")
    basis = asdict(mapping.load(rules).basis) if rules else {"kind": "consent"}
    refused = [line for line in lines if line["outcome"] == importers.REFUSED]
    kept = {**seen, "refused": refused[:NAMED], "basis": basis}
    return jobs.propose(
        work(), importers.KIND, {}, {**importers.packed(data, filename, rules), "preview": kept}
    )


def _given() -> tuple[bytes, str, str]:
    file = request.files.get("file")
    data = file.read() if file is not None else b""
    if file is None or not file.filename:
        raise InvalidInput({"file": [_("Choose a file.")]})
    if not data:
        raise InvalidInput({"file": [_("This file is empty.")]})
    name = "".join(letter for letter in PurePath(file.filename).name if letter.isprintable())
    name = name or "table"
    return data, name, _rules() or _by_columns(data, name)


def _rules() -> str:
    """The mapping: a file of one's own, else a text, else one of those that are kept; empty: none was named."""
    given, chosen = request.files.get("mapping_file"), request.form.get("mapping", "")
    if given is not None and given.filename:
        try:
            return str(given.read(), "utf-8")
        except UnicodeDecodeError:
            raise InvalidInput({"mapping_file": [_("This is not UTF-8 text.")]}) from None
    if text := request.form.get("mapping_text", "").strip():
        return text
    if not chosen:
        return ""
    if chosen in OWN:  # with the codes that were added here
        return template.mapping(OWN[chosen])
    if chosen in kept_mappings():
        return (MAPPINGS / f"{chosen}.toml").read_text("utf-8")
    try:
        return saved.text_of(work(), UUID(chosen))
    except (NotFound, ValueError):
        raise InvalidInput({"mapping": [_("Choose a mapping, or give one of your own.")]}) from None


def _by_columns(data: bytes, filename: str) -> str:
    """Where none was named: our own template's, or the only saved one that fits; an own export needs none."""
    if own.is_own(data):
        return ""
    found = saved.fitting(work(), data, filename)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        several = _(
            "Several saved mappings name every column of this file: %(names)s.", names=", ".join(found)
        )
        raise InvalidInput({"mapping": [several]})
    none = _(
        "This file is none of our tables, and no saved mapping names every column of it. Choose a mapping from the "
        "list, or give one of your own."
    )
    raise InvalidInput({"mapping": [none]})


@cache
def kept_mappings() -> dict[str, str]:
    """The mappings of the documentation: file name → what it calls itself."""
    return {path.stem: mapping.load(path).name for path in sorted(MAPPINGS.glob("*.toml"))}


def _choice() -> dict[str, Any]:
    most = current_app.config["MAX_CONTENT_LENGTH"] // MEGABYTE
    kept = [_saved(each) for each in saved.listed(work())]
    return {
        "saved": kept,
        "export_url": url_for("export.ask") if work().actor.may(P.DATA_EXPORT) else None,
        "mappings": [{"id": id, "name": name} for id, name in kept_mappings().items()],
        "limit": f"{most} MB",
        "begun": [_begun(job) for job in batches.begun(work())],
        "batches": [_line(each) for each in batches.listed(work())],
    }


def _saved(each: saved.Kept) -> dict[str, Any]:
    return {
        "id": str(each.row.id),
        "name": each.name or _("(does not open)"),
        "usable": bool(each.name),
        "on": each.row.saved_on,
        "by": who(each.row.saved_by),
        "url": url_for("saved.download", id=each.row.id),
        "forget_url": url_for("saved.forget", id=each.row.id),
    }


def _begun(job: Job) -> dict[str, Any]:
    return {
        "url": url_for("job.show", id=job.id),
        "on": job.made_at.date(),
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
    }


def _line(each: Listed) -> dict[str, Any]:
    return {
        "url": url_for("importers.batch", id=each.batch.id),
        "name": _name(each),
        "on": each.batch.received_on,
        "by": who(each.batch.recorded_by),
        "rows": format_decimal(each.about["rows"]) if each.about else "",
        "basis": None if each.basis is None else bool(each.basis.confirmed_by),
    }


def _name(each: Listed) -> str:
    return str(each.about["filename"]) if each.about else _("An import")


# -- look, and decide


@routes.route("/preview/<uuid:id>", methods=["GET", "POST"])
@needs(P.IMPORT_DO)
def preview(id: UUID) -> Response:
    """What would become of the file; so far nothing can be seen by anybody but its owner."""
    job = jobs.one(work(), id)
    if job.kind != importers.KIND or job.state != JobState.PROPOSED:
        return go("job.show", id=id) if job.state not in jobs.FINAL else go("importers.new")
    if request.method == "GET":
        return page("import/preview.html", **_seen(job))
    match request.form.get("deed"):
        case "go":
            jobs.go(work(), job)
            return go("job.show", id=id)
        case "leave":
            jobs.cancel(work(), job)
            say(_("Nothing was stored."))
            return go("importers.new")
    raise NotFound


def _seen(job: Job) -> dict[str, Any]:
    given = work().read(job, "input", "preview")
    seen, counts = given["preview"], given["preview"]["totals"]
    found = [{"row": each["row"], **_understood(each["document"])} for each in seen["documents"][:FIRST]]
    return {
        "name": given["filename"],
        "counts": counts,
        "may_go": bool(counts.get(importers.NEW) or counts.get(importers.CHANGED)),
        "takes": counts.get(importers.NEW, 0) + counts.get(importers.CHANGED, 0),
        "documents": found,
        "more_refused": max(0, counts.get(importers.REFUSED, 0) - NAMED),
        **{name: seen[name] for name in ("mapping", "rows", "refused", "basis", "blank", "hidden_sheets")},
        "texts": any(each["said"] for each in found),
        "encoding": seen["encoding"].upper(),
        "separator": _separator(seen["separator"]),
    }


def _separator(sign: str) -> str:
    words = {"\t": _("Tab"), ",": _("Comma ( , )"), ";": _("Semicolon ( ; )"), "|": _("Bar ( | )")}
    return str(words.get(sign, sign))


def _understood(document: dict[str, Any]) -> dict[str, Any]:
    """A row in a few words: enough to see whether days, places and letters were read rightly."""
    incident, people = document.get("incident", {}), document.get("persons", [])
    identity = [name for person in people for name, value in person.get("identity", {}).items() if value]
    return {
        "moment": incident.get("moment"),
        "place": incident.get("place"),
        "acts": [act.get("type") for act in document.get("acts", [])],
        "people": [_person(person) for person in people],
        "sealed": sorted(set(identity)),
        "said": str(document.get("summary") or document.get("narrative") or "")[:160],
    }


def _person(person: dict[str, Any]) -> dict[str, Any]:
    facts = person.get("facts", {})
    return {
        "group": person.get("kind") == "group",
        "size": facts.get("group_size"),
        "gender": facts.get("gender"),
        "age": facts.get("age"),
        "age_band": facts.get("age_band"),
        "nationality": facts.get("nationality") or [],
    }


# -- what came of it


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.IMPORT_DO)
def batch(id: UUID) -> Response:
    """One import, for whoever brought it and for the second person."""
    found = batches.one(work(), id)
    if request.method == "GET":
        return page("import/done.html", **_told(found))
    try:
        return _do(found)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return wrong("import/done.html", _at_its_field(problem), **_told(found))


def _do(found: Listed) -> Response:
    match request.form.get("deed"):
        case "confirm_basis" if found.basis is not None:
            return _confirm(found)
        case "credible":
            return _move(found)
    raise NotFound


def _confirm(found: Listed) -> Response:
    assert found.basis is not None  # noqa: S101  asked before
    if found.basis.confirmed_by is None:
        consent.confirm_basis(work(), found.basis)
        say(_("Confirmed. What rests on it may leave, for the purposes it names."))
    return go("importers.batch", id=found.batch.id)


def _move(found: Listed) -> Response:
    """All at once."""
    return go("job.show", id=review.start_bulk(work(), found.batch, request.form.get("reasons", "")).id)


def _at_its_field(problem: Problem) -> Problem:
    if isinstance(problem, ReasonsNeeded):
        return InvalidInput({"reasons": [problem.sentence]})
    return problem


def _told(found: Listed) -> dict[str, Any]:
    job = batches.job_of(work(), found.batch)
    result = jobs.result(work(), job) if job is not None else None
    lines = result["lines"] if result else []
    refused = [line for line in lines if line["outcome"] == importers.REFUSED]
    return {
        "batch": _line(found) | {"mapping": found.about["mapping"] if found.about else ""},
        "counts": result["totals"] if result else batches.came_in(work(), found.batch),
        "whole": result is not None,
        "result_url": url_for("importers.result", id=found.batch.id) if result else None,
        "inbox_url": url_for("inbox.waiting") if work().actor.may(P.REPORT_TAKE_IN) else None,
        "incidents_url": url_for("search.listed") if work().actor.may(P.INCIDENT_READ) else None,
        "refused": refused[:NAMED],
        "more_refused": max(0, len(refused) - NAMED),
        "basis": _basis(found),
        "credible": _credible(found),
    }


def _basis(found: Listed) -> dict[str, Any] | None:
    basis = found.basis
    if basis is None:
        return None
    (facts,) = work().read_all([basis], "facts")
    own, waits = basis.set_by == work().actor.id, basis.confirmed_by is None
    names = ("citation", "licence", "source_date", "reasons")
    closed = facts if isinstance(facts, Unreadable) else None
    return {
        **{name: facts if closed else facts.get(name) for name in names},
        "purposes": [] if closed else facts.get("purposes", []),
        "set_by": who(basis.set_by),
        "confirmed_by": who(basis.confirmed_by) if basis.confirmed_by else "",
        "confirmed_on": basis.confirmed_on,
        "may_confirm": waits and not own and work().actor.may(P.CONSENT_RECORD),
        "why_not": SecondPersonNeeded().said(_) if waits and own else "",
    }


def _credible(found: Listed) -> dict[str, Any]:
    own, last = found.batch.recorded_by == work().actor.id, batches.moved(work(), found.batch)
    waiting = batches.waiting(work(), found.batch)
    going = [
        job
        for job in jobs.own(work())
        if job.kind == review.BULK
        and job.arguments.get("batch") == str(found.batch.id)
        and job.state not in jobs.FINAL
    ]
    return {
        "waiting": waiting,
        "by": who(last[0]) if last else "",
        "on": last[1] if last else None,
        "job_url": url_for("job.show", id=going[0].id) if going else None,
        "may": bool(waiting) and not own and not going and work().actor.may(P.REVIEW_DECIDE),
        "why_not": SecondPersonNeeded().said(_) if waiting and own else "",
    }


@routes.get("/<uuid:id>/result.csv")
@needs(P.IMPORT_DO)
def result(id: UUID) -> Response:
    """What became of each source row, for whoever imported it."""
    job = batches.job_of(work(), batches.one(work(), id).batch)
    if job is None:
        raise NotFound
    response = make_response(_table(jobs.result(work(), job)["lines"]))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = 'attachment; filename="result.csv"'
    return response


def _table(lines: Iterable[dict[str, str]]) -> str:
    """As the command line writes it: no cell that a spreadsheet would run."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([cell(line[name]) for name in COLUMNS] for line in lines)
    return out.getvalue()
