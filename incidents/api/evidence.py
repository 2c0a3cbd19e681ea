"""Evidence: announced, sent in segments, kept; its working copy, its original, its chain of custody."""

from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Response
from flask_smorest.fields import Upload  # type: ignore[import-untyped]  # it has no types
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from incidents import erasure, evidence, search
from incidents.api.frame import Routes, house, once_done, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import EraseSchema, opened, unreadable
from incidents.errors import InvalidInput, _
from incidents.evidence import NOT_A_HASH, SEGMENT, AboutSchema, Line, NotKept
from incidents.gate import needs
from incidents.intake.leaves import MANY, NOT_A_CODE
from incidents.intake.schema import Strict
from incidents.model.evidence import EvidenceState
from incidents.model.incident import Incident
from incidents.model.report import Report
from incidents.work import Permission

routes = Routes("evidence", "/evidence")
P = Permission
BINARY = {"type": "string", "format": "binary"}
OCTETS = "application/octet-stream"
ONE_OF_TWO = _("Say with `incident` or with `report` where it belongs; one of them.")
LOOK_FIRST = _("Look through it first, then say so.")
SAY_ALL = _("Say that these are all, or that nobody can be recognised.")
HASH = validate.Regexp(r"[0-9a-fA-F]{64}\Z", error=NOT_A_HASH)


class EvidenceQuery(SliceQuery):
    """Of an incident, or of a report that waits."""

    incident = fields.UUID()
    report = fields.UUID()


class NewEvidenceSchema(AboutSchema):
    """Of an incident, or of a report."""

    incident = fields.UUID()
    report = fields.UUID()


class LookedQuery(Strict):
    looked = fields.Boolean(required=True, metadata={"description": "Somebody looked through it first."})


class CopySchema(Strict):
    copy = Upload(required=True)


class PeopleSchema(Strict):
    """Ids of people of its incident; `everybody`: these are all, or nobody can be recognised."""

    gave = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MANY))
    shown = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MANY))
    everybody = fields.Boolean(required=True)


class HandOverSchema(Strict):
    to = fields.String(required=True, validate=validate.Length(max=20_000))
    words = fields.String(required=True, validate=validate.Length(max=20_000))


class SegmentQuery(Strict):
    at = fields.Integer(required=True, validate=validate.Range(min=0, max=2**48))
    sha256 = fields.String(load_default="", validate=HASH)


class SegmentSchema(Strict):
    segment = Upload(required=True)


class HashSchema(Strict):
    sha256 = fields.String(load_default="", validate=HASH)


class OpeningSchema(Strict):
    reason = fields.String(required=True, validate=validate.OneOf(evidence.OPENING, error=NOT_A_CODE))


class HaveSchema(Schema):
    id = fields.UUID()
    have = fields.Integer()
    size = fields.Integer()
    segment = fields.Integer()


class CopyLineSchema(Schema):
    number = fields.Integer()
    made_on = fields.Date()
    facts = fields.Dict(allow_none=True)


class EvidenceLineSchema(Schema):
    id = fields.UUID()
    state = fields.String()
    received_on = fields.Date()
    facts = fields.Dict(allow_none=True)
    copy = fields.Nested(CopyLineSchema, allow_none=True)
    people_named = fields.Boolean()
    unreadable = unreadable()


class LinkSchema(Schema):
    number = fields.Integer()
    kind = fields.String()
    by = fields.String(allow_none=True)
    on = fields.Date()
    facts = fields.Dict(allow_none=True)
    words = fields.Dict(allow_none=True, metadata={"description": "Of a handing over: `to` whom, and why."})


class InItSchema(Schema):
    person = fields.UUID()
    part = fields.String()


class OneEvidenceSchema(EvidenceLineSchema):
    people = fields.List(fields.Nested(InItSchema))
    description = fields.Dict(allow_none=True)
    custody = fields.List(fields.Nested(LinkSchema))


@routes.route("")
@needs(P.INCIDENT_READ)
@routes.arguments(EvidenceQuery, location="query")
@routes.response(200, listing(EvidenceLineSchema, "EvidenceListSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The evidence of an incident and of the reports that tell of it; or of one report."""
    to = _came_to(query)
    found = evidence.of_report(work(), to) if isinstance(to, Report) else evidence.of_incident(work(), to)
    rows, onward = sliced(found, lambda line: (str(line.item.received_on), str(line.item.id)), query)
    return {"items": [_line(line) for line in rows], "next": onward}


def _came_to(given: dict[str, Any]) -> Incident | Report:
    """One of the two, and not both; a report for who takes reports in."""
    incident, report = (given.pop(name, None) for name in ("incident", "report"))
    if (incident is None) == (report is None):
        raise InvalidInput({"incident": [ONE_OF_TWO]})
    if report is not None:
        return evidence.report_to_add_to(work(), report)
    return search.incident(work(), incident)


def _line(line: Line) -> dict[str, Any]:
    copy = line.copy
    return {
        "id": line.item.id,
        "state": line.item.state.value,
        "received_on": line.item.received_on,
        "people_named": line.item.people_said_by is not None,
        "copy": {
            "number": copy.row.number,
            "made_on": copy.row.made_on,
            "facts": opened(facts=copy.facts)["facts"],
        }
        if copy
        else None,
        **opened(facts=line.facts),
    }


@routes.route("", methods=["POST"])
@needs(P.EVIDENCE_ADD)
@routes.arguments(NewEvidenceSchema)
@routes.response(201, HaveSchema)
def begin(given: dict[str, Any]) -> dict[str, Any]:
    """Announce a file; its segments follow, each of the length that the answer says but the last."""
    item = evidence.begin(work(), _came_to(given), given)
    return {"id": item.id, "have": 0, "size": given["size"], "segment": SEGMENT}


@routes.route("/<uuid:id>/have")
@needs(P.EVIDENCE_ADD)
@routes.response(200, HaveSchema)
def have(id: UUID) -> dict[str, Any]:
    """How much is here: where sending goes on after a broken line."""
    item = evidence.one(work(), id)
    if item.state != EvidenceState.ARRIVING:
        return {"id": id, "have": 0, "size": 0, "segment": SEGMENT}
    here, size = evidence.have(work(), item)
    return {"id": id, "have": here, "size": size, "segment": SEGMENT}


@routes.route("/<uuid:id>/segments", methods=["POST"])
@needs(P.EVIDENCE_ADD)
@routes.arguments(SegmentQuery, location="query")
@routes.arguments(SegmentSchema, location="files")
@routes.response(200, HaveSchema)
def send(query: dict[str, Any], files: dict[str, FileStorage], id: UUID) -> dict[str, Any]:
    """One segment, from the byte that `at` says. One that is cut or damaged is thrown away: send it again."""
    item = evidence.arriving(work(), id)
    data = files["segment"].read(SEGMENT + 1)
    here = evidence.receive(work(), item, query["at"], data, query["sha256"])
    return {"id": id, "have": here, "size": evidence.have(work(), item)[1], "segment": SEGMENT}


@routes.route("/<uuid:id>/finish", methods=["POST"])
@needs(P.EVIDENCE_ADD)
@routes.arguments(HashSchema)
@routes.response(200, EvidenceLineSchema)
def finish(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """All segments are here: they are compared with the hash, looked at, kept. A refused file is thrown away."""
    item = evidence.arriving(work(), id)
    try:
        evidence.finish(work(), item, given["sha256"])
    except NotKept:
        evidence.discard(work(), item)
        work().commit()
        raise
    return _line(Line(item, work().read(item, "facts"), evidence.copy_of(work(), item)))


@routes.route("/<uuid:id>/discard", methods=["POST"])
@needs(P.EVIDENCE_ADD)
@routes.response(204)
def discard(id: UUID) -> None:
    """Throw away what arrived of a file that is not whole."""
    evidence.discard(work(), evidence.arriving(work(), id))


@routes.route("/<uuid:id>")
@needs(P.INCIDENT_READ)
@routes.response(200, OneEvidenceSchema)
def show(id: UUID) -> dict[str, Any]:
    """One piece of evidence, what it says of itself, and its chain of custody."""
    found = evidence.open_one(work(), id)
    line = _line(Line(found.item, found.facts, found.copy))
    said = opened(facts=found.facts, description=found.description)
    return {
        **line,
        **said,
        "people": [{"person": each.person_id, "part": each.part.value} for each in found.people],
        "custody": [
            {
                "number": event.number,
                "kind": event.kind.value,
                "by": who(event.by),
                "on": event.on,
                "facts": opened(facts=facts)["facts"],
                "words": opened(words=words)["words"] or None,
            }
            for event, facts, words in found.custody
        ],
    }


@routes.route("/<uuid:id>/copy")
@needs(P.INCIDENT_READ, repeatable=True)
@routes.response(200, BINARY, content_type=OCTETS)
def copy(id: UUID) -> Response:
    """The working copy. The looking is a link of the chain."""
    item = evidence.one(work(), id)
    facts, content = evidence.view(work(), item)
    return _streamed(content, facts["size"], evidence.made_name(item, facts["type"], "copy"))


@routes.route("/<uuid:id>/copy", methods=["POST"])
@needs(P.EVIDENCE_ADD)
@routes.arguments(LookedQuery, location="query")
@routes.arguments(CopySchema, location="files")
@routes.response(201, EvidenceLineSchema)
def add_copy(query: dict[str, bool], files: dict[str, FileStorage], id: UUID) -> dict[str, Any]:
    """A working copy that somebody made by hand and looked through; it is the one that is shown from now on."""
    if not query["looked"]:
        raise InvalidInput({"looked": [LOOK_FIRST]})
    item = evidence.one(work(), id)
    evidence.add(work(), item, cast("BinaryIO", files["copy"].stream))
    return _line(Line(item, work().read(item, "facts"), evidence.copy_of(work(), item)))


@routes.route("/<uuid:id>/people", methods=["POST"])
@needs(P.EVIDENCE_ADD)
@routes.arguments(PeopleSchema)
@routes.response(204)
def name_people(given: dict[str, Any], id: UUID) -> None:
    """Who gave it and who can be recognised in it, all of them: each is asked before a copy leaves."""
    if not given["everybody"]:
        raise InvalidInput({"everybody": [SAY_ALL]})
    evidence.name_people(work(), evidence.one(work(), id), given["gave"], given["shown"])


@routes.route("/<uuid:id>/hand-over", methods=["POST"])
@needs(P.EVIDENCE_ADD)
@routes.arguments(HandOverSchema)
@routes.response(204)
def hand_over(given: dict[str, str], id: UUID) -> None:
    """It went into somebody else's hands outside this program: to whom and why, in the chain of custody."""
    evidence.hand_over(work(), evidence.one(work(), id), given["to"], given["words"])


@routes.route("/<uuid:id>/erase", methods=["POST"])
@needs(P.ERASURE_DO)
@routes.arguments(EraseSchema)
@routes.response(204)
def erase(given: dict[str, str], id: UUID) -> None:
    """Its keys are destroyed: nobody can open it again, and older backups of the keys are gone in 30 days."""
    erasure.erase_evidence(work(), evidence.one(work(), id), given["decision"].strip())
    once_done(partial(erasure.finish, house()))


@routes.route("/<uuid:id>/original", methods=["POST"])
@needs(P.EVIDENCE_ORIGINAL, repeatable=True)
@routes.arguments(OpeningSchema)
@routes.response(200, BINARY, content_type=OCTETS)
def original(given: dict[str, Any], id: UUID) -> Response:
    """The original byte for byte, for a reason that is noted before its first byte leaves."""
    name, size, content = evidence.take_original(work(), evidence.one(work(), id), given["reason"])
    return _streamed(content, size, name)


def _streamed(content: Iterator[bytes], size: int, name: str) -> Response:
    response = Response(content, mimetype=OCTETS)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
