"""Evidence: announced, sent in segments, kept; its working copy, its original, its chain of custody."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest.fields import Upload  # type: ignore[import-untyped]  # it has no types
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from incidents import evidence, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import opened, unreadable
from incidents.evidence import NOT_A_HASH, SEGMENT, AboutSchema, Line, NotKept
from incidents.gate import needs
from incidents.intake.leaves import NOT_A_CODE
from incidents.intake.schema import Strict
from incidents.model.evidence import EvidenceState
from incidents.work import Permission

routes = Routes("evidence", "/evidence")
P = Permission
BINARY = {"type": "string", "format": "binary"}
OCTETS = "application/octet-stream"
HASH = validate.Regexp(r"[0-9a-fA-F]{64}\Z", error=NOT_A_HASH)


class EvidenceQuery(SliceQuery):
    incident = fields.UUID(required=True)


class NewEvidenceSchema(AboutSchema):
    incident = fields.UUID(required=True)


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


class OneEvidenceSchema(EvidenceLineSchema):
    description = fields.Dict(allow_none=True)
    custody = fields.List(fields.Nested(LinkSchema))


@routes.route("")
@needs(P.INCIDENT_READ)
@routes.arguments(EvidenceQuery, location="query")
@routes.response(200, listing(EvidenceLineSchema, "EvidenceListSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The evidence of an incident and of the reports that tell of it."""
    incident = search.incident(work(), query["incident"])
    found = evidence.of_incident(work(), incident)
    rows, onward = sliced(found, lambda line: (str(line.item.received_on), str(line.item.id)), query)
    return {"items": [_line(line) for line in rows], "next": onward}


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
    incident = search.incident(work(), given.pop("incident"))
    item = evidence.begin(work(), incident, given)
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
        "custody": [
            {
                "number": event.number,
                "kind": event.kind.value,
                "by": who(event.by),
                "on": event.on,
                "facts": opened(facts=facts)["facts"],
            }
            for event, facts, _words in found.custody
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
