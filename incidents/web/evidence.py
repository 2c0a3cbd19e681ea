"""Evidence: brought in piece by piece, looked at as a working copy, taken in hand for a reason, with its chain."""

from collections.abc import Iterator
from typing import Any, BinaryIO
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from flask_babel import gettext as _

from incidents import erasure, evidence, search
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.evidence import SEGMENT, SHOWN, Line, NotKept, Opened
from incidents.gate import HEADERS, needs
from incidents.model.evidence import EvidenceState
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.web import exhibits, moments
from incidents.web.frame import go, house, page, say, work, wrong
from incidents.web.numbers import whole
from incidents.web.records import as_id
from incidents.work import Permission

routes = Blueprint("evidence", __name__, url_prefix="/evidence")
P = Permission
MEGABYTE = 1024 * 1024
# A working copy is somebody's file all the same: whatever is in it may do nothing here.
APART = "sandbox"


# -- in lists


@routes.app_template_global("evidence_of")
def of_incident(id: UUID) -> dict[str, Any]:
    """What stands of it on an incident's page."""
    lines = evidence.of_incident(work(), search.incident(work(), id))
    return _listed(lines, "evidence.new", id)


@routes.app_template_global("evidence_of_report")
def of_report(id: UUID) -> dict[str, Any]:
    """What stands of it on the page of a report that waits."""
    if not work().actor.may(P.INCIDENT_READ):
        return {}
    return _listed(evidence.of_report(work(), work().get(Report, id)), "evidence.new_of_report", id)


@routes.app_template_global("evidence_of_person")
def of_person(id: UUID) -> dict[str, Any]:
    """What somebody gave or can be recognised in, for their page; nothing where there is none."""
    lines = evidence.of_person(work(), work().get(Person, id))
    shown = [exhibits.line(number, line) for number, line in enumerate(lines, 1)]
    return {"lines": shown, "new_url": None} if lines else {}


def _listed(lines: list[Line], endpoint: str, id: UUID) -> dict[str, Any]:
    return {
        "lines": [exhibits.line(number, line) for number, line in enumerate(lines, 1)],
        "new_url": url_for(endpoint, id=id) if work().actor.may(P.EVIDENCE_ADD) else None,
    }


# -- bringing one in


@routes.route("/new/<uuid:id>", methods=["GET", "POST"])
@needs(P.EVIDENCE_ADD)
def new(id: UUID) -> Response:
    """A file of an incident, with what is known of it."""
    incident = search.incident(work(), id)
    return _new(incident, {"url": url_for("incident.show", id=id), "reference": incident.reference})


@routes.route("/new-of-report/<uuid:id>", methods=["GET", "POST"])
@needs(P.EVIDENCE_ADD)
def new_of_report(id: UUID) -> Response:
    """A file that came with a report."""
    report = evidence.report_to_add_to(work(), id)
    return _new(report, {"url": url_for("inbox.report", id=id), "reference": report.reference})


def _new(to: Incident | Report, back: dict[str, Any]) -> Response:
    """At once, or announced by a script that then sends it piece by piece."""
    context = {"back": back, "origins": list(exhibits.ORIGINS.items()), **_limits()}
    if request.method == "GET":
        return page("evidence/new.html", **context)
    try:
        item = _begun(to)
    except Problem as problem:
        if problem.status not in (409, 413, 422):
            raise
        return wrong("evidence/new.html", problem, **context)
    return go("evidence.show", id=item.id)


def _begun(to: Incident | Report) -> Any:
    file = request.files.get("file")
    if file is None and "size" in request.form:
        return evidence.begin(work(), to, {**_about(), "size": _whole("size")})
    if file is None or not file.filename:
        raise InvalidInput({"file": [_("Choose a file.")]})
    given = {**_about(), "name": file.filename, "size": _length(file.stream)}
    kept = evidence.keep(work(), to, given, _stream(file))
    say(_("Kept. The original is sealed as it came."))
    return kept


def _about() -> dict[str, Any]:
    pieces = {piece: request.form.get(f"collected.{piece}", "") for piece in moments.MOMENT_PIECES}
    said, missing = moments.moment(pieces)
    if missing:
        raise InvalidInput({f"collected.{piece}": [str(line)] for piece, line in missing.items()})
    given = {name: request.form.get(name, "").strip() for name in (*exhibits.SAID, "origin")}
    return {**given, "collected": said, "name": request.form.get("name", "")}


def _whole(name: str) -> int:
    try:
        return whole(request.form.get(name, ""))
    except ValueError:
        raise InvalidInput({name: [_("Write a number.")]}) from None


def _length(stream: Any) -> int:
    end = int(stream.seek(0, 2))
    stream.seek(0)
    return end


def _limits() -> dict[str, Any]:
    return {
        "at_once": f"{current_app.config['MAX_CONTENT_LENGTH'] // MEGABYTE} MB",
        "limit": exhibits.size(house().evidence_limit),
        "segment": SEGMENT,
    }


@routes.post("/<uuid:id>/segments")
@needs(P.EVIDENCE_ADD)
def segments(id: UUID) -> Response:
    """One piece: its bytes are the body, where it begins and its hash stand in the address. How many are here then."""
    item = evidence.arriving(work(), id)
    at = request.args.get("at", -1, int)
    data = body() if at >= 0 else b""
    return jsonify(have=evidence.receive(work(), item, at, data, request.args.get("sha256", "")))


def body() -> bytes:
    """What was sent, where it is no more than one piece; a longer one is not read."""
    length = request.content_length
    return request.get_data(cache=False) if length is not None and length <= SEGMENT else b""


@routes.get("/<uuid:id>/have")
@needs(P.EVIDENCE_ADD)
def have(id: UUID) -> Response:
    """How much is here: where sending goes on after a broken line. Of what is kept: all of it."""
    item = evidence.one(work(), id)
    if item.state == EvidenceState.ARRIVING:
        here, size = evidence.have(work(), item)
        return jsonify(have=here, size=size)
    return jsonify(have=0, size=0)


# -- one piece


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.INCIDENT_READ)
def show(id: UUID) -> Response:
    """A piece of evidence, and what may be done with it."""
    if request.method == "GET":
        return _page(id)
    deed = request.form.get("deed", "")
    if deed not in DEEDS:
        raise NotFound
    try:
        return DEEDS[deed](id)
    except Problem as problem:
        if problem.status not in (409, 413, 422):
            raise
        return _page(id, problem, deed)


def _page(id: UUID, problem: Problem | None = None, deed: str = "") -> Response:
    opened = evidence.open_one(work(), id)
    template = (
        "evidence/arriving.html" if opened.item.state == EvidenceState.ARRIVING else "evidence/show.html"
    )
    context = exhibits.context(opened) | (
        _limits() | _progress(opened) if template.endswith("arriving.html") else {}
    )
    return wrong(template, problem, deed=deed, **context) if problem else page(template, **context)


def _progress(opened: Opened) -> dict[str, Any]:
    have, size = evidence.have(work(), opened.item) if work().actor.may(P.EVIDENCE_ADD) else (0, 1)
    return {"have": have, "have_text": exhibits.size(have), "whole": size}


def _finish(id: UUID) -> Response:
    """All of it is here. A refused file is thrown away before its sentence is shown."""
    item = evidence.arriving(work(), id)
    back = evidence.incident_of(work(), item)
    try:
        evidence.finish(work(), item)
    except NotKept as problem:
        evidence.discard(work(), evidence.arriving(work(), id))
        say(problem.said(_), "problem")
        return go("incident.show", id=back.id) if back else go("inbox.report", id=item.report_id)
    say(_("Kept. The original is sealed as it came."))
    return go("evidence.show", id=id)


def _discard(id: UUID) -> Response:
    item = evidence.arriving(work(), id)
    back = evidence.incident_of(work(), item)
    report = item.report_id
    evidence.discard(work(), item)
    say(_("Let go of. Nothing of it was kept."))
    return go("incident.show", id=back.id) if back else go("inbox.report", id=report)


def _add_copy(id: UUID) -> Response:
    file = request.files.get("copy")
    if file is None or not file.filename:
        raise InvalidInput({"copy": [_("Choose a file.")]})
    if request.form.get("looked") != "yes":
        raise InvalidInput({"looked": [_("Look through it first, then say so.")]})
    evidence.add(work(), evidence.one(work(), id), _stream(file))
    say(_("This is the working copy now."))
    return go("evidence.show", id=id)


def _stream(file: Any) -> BinaryIO:
    found: BinaryIO = file.stream
    return found


def _name_people(id: UUID) -> Response:
    gave, shown = ([as_id(each) for each in request.form.getlist(name)] for name in ("gave", "shown"))
    if request.form.get("everybody") != "yes":
        raise InvalidInput({"everybody": [_("Say that these are all, or that nobody can be recognised.")]})
    evidence.name_people(work(), evidence.one(work(), id), gave, shown)
    say(_("Kept. Before a copy leaves, each of them is asked."))
    return go("evidence.show", id=id)


def _hand_over(id: UUID) -> Response:
    to, words = request.form.get("to", ""), request.form.get("words", "")
    evidence.hand_over(work(), evidence.one(work(), id), to, words)
    say(_("Written into the chain of custody."))
    return go("evidence.show", id=id)


def _erase(id: UUID) -> Response:
    decision = request.form.get("decision", "").strip()
    if len(decision) < erasure.SHORTEST_DECISION:
        raise InvalidInput({"decision": [_("Write down who asked for it and who agreed.")]})
    erasure.erase_evidence(work(), evidence.one(work(), id), decision)
    work().commit()
    erasure.finish(house())
    say(_("Erased. Nobody can open it again; older backups of the keys are gone in 30 days."), "care")
    return go("evidence.show", id=id)


DEEDS = {
    "copy": _add_copy,
    "discard": _discard,
    "erase": _erase,
    "finish": _finish,
    "hand_over": _hand_over,
    "people": _name_people,
}


# -- the bytes


@routes.get("/<uuid:id>/copy")
@needs(P.INCIDENT_READ, repeatable=True)
def copy(id: UUID) -> Response:
    """The working copy: pictures and PDF to look at, all else to save. Never the original."""
    facts, content = evidence.view(work(), evidence.one(work(), id))
    inline = facts["type"] in SHOWN and not request.args.get("save")
    name = evidence.made_name(evidence.one(work(), id), facts["type"], "copy")
    return streamed(content, facts["size"], name, facts["type"] if inline else "")


@routes.post("/<uuid:id>/original")
@needs(P.EVIDENCE_ORIGINAL, repeatable=True)
def original(id: UUID) -> Response:
    """The original byte for byte, for a reason that is noted before its first byte leaves."""
    try:
        if request.form.get("reason", "") not in evidence.OPENING:
            raise InvalidInput({"reason": [_("Choose why you open it.")]})
        name, size, content = evidence.take_original(work(), evidence.one(work(), id), request.form["reason"])
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return _page(id, problem, "original")
    return streamed(content, size, name)


def streamed(content: Iterator[bytes], size: int, name: str, shown_as: str = "") -> Response:
    """Bytes in constant memory. What is not shown here is saved under a made name, whatever it holds."""
    response = Response(content, mimetype=shown_as or "application/octet-stream")
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = f'{"inline" if shown_as else "attachment"}; filename="{name}"'
    for policy in (HEADERS["Content-Security-Policy"], APART):  # both hold: the stricter of each
        response.headers.add("Content-Security-Policy", policy)
    return response
