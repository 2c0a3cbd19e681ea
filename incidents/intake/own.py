"""Amparo's own export, read again: one JSON object a line, each a record and all that is sealed under its key.

The first line says what the file is, the last how many records stand before it: a file that was cut is noticed. What a
line names stands in a line before it. Nothing in it is trusted: each document passes the schema that a form passes.
"""

import io
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from marshmallow import Schema, ValidationError, fields, validate

from incidents import consent
from incidents.errors import InvalidInput, Problem, _
from incidents.intake import schema
from incidents.intake.leaves import NOT_A_CODE
from incidents.intake.schema import Code, Given, OneOf, Strict, Text
from incidents.model.moment import Moment
from incidents.model.rearrangement import Arrangement
from incidents.model.vocabulary import PersonKind, Purpose, ReportState

NAME = "Amparo's own export"
START = b'{"amparo":"export"'
VERSION = 1
ROWS, SIZE = 500, 8_000_000  # records and bytes of a chunk
RECORDS = UUID("6f0c1f1e-5a0b-5d0e-9b6e-0a3b1c9d7e42")  # under which the ids of a file become ids here
WORDS = ("narrative", "summary", "asks")  # what lies with the first teller
MOST_BASES = 1000  # of one file
NO_ID = UUID(int=0)
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Batches:
    """What an import of an export is published as: one batch, and one more for each basis that the file tells of."""

    main: UUID
    of_basis: tuple[UUID, ...] = ()

    @property
    def ids(self) -> frozenset[UUID]:
        return frozenset((self.main, *self.of_basis))

    def of(self, number: int | None) -> UUID:
        return self.main if number is None else self.of_basis[number]


def batches(main: UUID, count: int) -> Batches:
    """The same each time, so that a run that was cut finds them again."""
    return Batches(main, tuple(uuid5(main, str(number)) for number in range(count)))


class FileCut(Problem):
    status = 422
    code = "export-cut"
    sentence = _("This export is not whole: its last line is missing. Copy the file again, or export again.")


class OtherExport(Problem):
    status = 422
    code = "export-other-version"
    sentence = _("This export was made by another version of Amparo, which this one does not read.")


class NotARecord(Problem):
    status = 422
    code = "export-not-a-record"
    sentence = _("This line is no record of an export.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what kind of record, its id as it was, what it holds; or why it is not understood."""

    number: int
    kind: str = ""
    id: UUID = NO_ID
    value: dict[str, Any] = field(default_factory=dict, repr=False)
    problem: Problem | None = None


def is_own(data: bytes) -> bool:
    """Whether a file says of itself that it is an export."""
    return data.removeprefix(BOM).startswith(START)


def id_here(id: UUID) -> UUID:
    """What a record of a file is called here: always the same, and never what somebody chose."""
    return uuid5(RECORDS, id.bytes.hex())


def count(data: bytes) -> int:
    """How many records there are. A file that was cut, or that another version made, is refused whole."""
    lines = 0
    last = b""
    for line in _lines(data):
        lines, last = lines + 1, line
    head, end = _object(next(_lines(data), b"")), _object(last)
    if head.get("version") != VERSION:
        raise OtherExport
    if end.get("end") != lines - 2:
        raise FileCut
    return lines - 2


def bases(data: bytes) -> list[dict[str, Any]]:
    """What published sources are a basis for, by their number in the file."""
    said = _object(next(_lines(data), b"")).get("bases", [])
    try:
        found: list[dict[str, Any]] = BasisEntry(many=True).load(said)
    except ValidationError:
        raise OtherExport from None
    if len(found) > MOST_BASES:
        raise OtherExport
    return found


def _lines(data: bytes) -> Iterator[bytes]:
    return (line for line in io.BytesIO(data.removeprefix(BOM)) if line.strip())


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def chunks(data: bytes) -> Iterator[list[Entry]]:
    """The records of a whole file, in the same pieces each time: many, or fewer long ones."""
    chunk: list[Entry] = []
    size, total, known = 0, count(data), len(bases(data))
    for number, line in enumerate(_lines(data), 1):
        if not 1 < number < total + 2:
            continue
        if len(chunk) == ROWS or (chunk and size + len(line) > SIZE):
            yield chunk
            chunk, size = [], 0
        entry = _entry(number, line)
        if entry.value.get("basis", -1) >= known:
            entry = Entry(number, problem=NotARecord())
        chunk.append(entry)
        size += len(line)
    if chunk:
        yield chunk


def _entry(number: int, line: bytes) -> Entry:
    said = _object(line)
    kind = said.get("record")
    try:
        if not isinstance(kind, str) or kind not in _READ:
            raise NotARecord
        id = _id(said.pop("id", None))
        del said["record"]
        return Entry(number, kind, id, _READ[kind](said))
    except ValidationError as error:
        messages: Any = error.messages
        return Entry(number, problem=InvalidInput(schema.flat(messages)))
    except Problem as problem:
        return Entry(number, problem=problem)


# -- what each kind holds


class BasisEntry(Strict):
    kind = fields.String(required=True, validate=validate.Equal("published_source", error=NOT_A_CODE))
    citation = Text(5000)
    licence = Text(1000)
    source_date = Text(100)
    purposes = fields.List(
        fields.String(validate=validate.OneOf([purpose.value for purpose in Purpose], error=NOT_A_CODE))
    )


class ActEntry(Strict):
    id = fields.UUID(required=True)
    report = fields.UUID(allow_none=True)
    number = fields.Integer(allow_none=True)
    facts = fields.Nested(schema.ActSchema, required=True)
    left_on = fields.Date(allow_none=True)
    left_for = fields.UUID(allow_none=True)


class DoerEntry(Strict):
    report = fields.UUID(allow_none=True)
    facts = fields.Nested(schema.PerpetratorSchema, required=True)
    name = Text()
    left_on = fields.Date(allow_none=True)


class SourceEntry(Strict):
    id = fields.UUID(required=True)
    report = fields.UUID(allow_none=True)
    facts = fields.Nested(schema.SourceSchema, required=True)
    citation = Text()
    left_on = fields.Date(allow_none=True)


class SaidSchema(Strict):
    says = OneOf("supports", "partial", "contradicts")
    credibility = Code("info_credibility")


class InformationEntry(Strict):
    source = fields.UUID(required=True)
    act = fields.UUID(required=True)
    facts = fields.Nested(SaidSchema, required=True)


class DoneSchema(Strict):
    """What somebody did, which may also be planned for a day to come."""

    kind = fields.String(required=True, validate=Given("intervention"))
    by = fields.String(validate=Given("intervention_by"))
    status = fields.String(required=True, validate=Given("intervention_status"))
    on = schema.Value(Moment, to_come=True)


class InterventionEntry(Strict):
    recorded_on = fields.Date(required=True)
    facts = fields.Nested(DoneSchema, required=True)
    notes = Text(20_000)


class LinkEntry(Strict):
    report = fields.UUID(required=True)
    linked_on = fields.Date(required=True)
    undone_on = fields.Date(allow_none=True)


class WholeSchema(schema.WhatSchema):
    """What an incident's facts hold."""

    interview = fields.Nested(schema.InterviewSchema)


class IncidentLine(Strict):
    reference = fields.String(
        required=True, validate=validate.Regexp(r"^I-[0-9A-Z]{4}-[0-9A-Z]{4}$", error=NOT_A_CODE)
    )
    received_on = fields.Date(required=True)
    basis = fields.Integer(validate=validate.Range(min=0))
    facts = fields.Nested(WholeSchema, required=True)
    narrative = Text(schema.LONGEST)
    summary = Text(20_000)
    reports = fields.List(fields.Nested(LinkEntry))
    acts = fields.List(fields.Nested(ActEntry))
    perpetrators = fields.List(fields.Nested(DoerEntry))
    sources = fields.List(fields.Nested(SourceEntry))
    information = fields.List(fields.Nested(InformationEntry))
    interventions = fields.List(fields.Nested(InterventionEntry))


class TalkSchema(schema.InterviewSchema):
    """What is kept of a conversation."""

    tellers = fields.Integer(required=True, validate=validate.Range(min=0, max=schema.MANY))


class ReportLine(Strict):
    reference = fields.String(
        required=True, validate=validate.Regexp(r"^R-[0-9A-Z]{4}-[0-9A-Z]{4}$", error=NOT_A_CODE)
    )
    received_on = fields.Date(required=True)
    channel = fields.String(
        required=True, validate=validate.OneOf(("page", "api", "import"), error=NOT_A_CODE)
    )
    basis = fields.Integer(validate=validate.Range(min=0))
    state = fields.Enum(ReportState, by_value=True, required=True, error_messages={"unknown": NOT_A_CODE})
    reason = fields.String(validate=validate.Regexp(r"^[a-z_]{0,30}$", error=NOT_A_CODE))
    edition = fields.Integer(required=True, validate=validate.Range(min=1))
    supersedes = fields.UUID(allow_none=True)
    people = fields.Dict(keys=fields.String(), values=fields.UUID())
    incidents = fields.List(fields.UUID())
    document = fields.Dict(required=True)
    interview = fields.Nested(TalkSchema)


DECIDED = (consent.GIVEN, consent.REFUSED, "not_asked", "invalidated", "expired", "requested")


class DecisionsEntry(schema.ConsentSchema):
    event = fields.String(required=True, validate=validate.Regexp(r"^[a-z_]{1,20}$", error=NOT_A_CODE))
    names = fields.Raw(allow_none=True)  # type: ignore[assignment]  # whatever was kept, read by nobody here
    guardian_doer = OneOf("yes", "no", "UNK", "not_asked_then")
    decisions = fields.Dict(
        keys=fields.String(validate=validate.OneOf([purpose.value for purpose in Purpose], error=NOT_A_CODE)),
        values=fields.String(validate=validate.OneOf(DECIDED, error=NOT_A_CODE)),
    )


class WithdrawalEntry(Strict):
    purposes = fields.List(
        fields.String(validate=validate.OneOf([purpose.value for purpose in Purpose], error=NOT_A_CODE))
    )
    on = fields.Date(required=True)


class PresenceEntry(Strict):
    incident = fields.UUID(required=True)
    report = fields.UUID(allow_none=True)


class PartSchema(schema.InvolvementSchema):
    """The part in an act, which is named beside it."""

    class Meta(Strict.Meta):
        exclude = ("person", "act")


class InvolvementEntry(Strict):
    act = fields.UUID(required=True)
    facts = fields.Nested(PartSchema, required=True)
    left_on = fields.Date(allow_none=True)


class PersonLine(Strict):
    kind = fields.Enum(PersonKind, by_value=True, required=True, error_messages={"unknown": NOT_A_CODE})
    teller = fields.Boolean(required=True)
    facts = fields.Nested(schema.PersonFactsSchema, required=True)
    identity = fields.Nested(schema.IdentitySchema, required=True)
    safe_contact = fields.Nested(schema.SafeContactSchema, allow_none=True)
    presences = fields.List(fields.Nested(PresenceEntry))
    involvements = fields.List(fields.Nested(InvolvementEntry))
    consents = fields.List(fields.Nested(DecisionsEntry))
    withdrawals = fields.List(fields.Nested(WithdrawalEntry))


class ArrangementLine(Strict):
    kind = fields.Enum(Arrangement, by_value=True, required=True, error_messages={"unknown": NOT_A_CODE})
    kept = fields.UUID(required=True)
    gone = fields.UUID(required=True)
    done_on = fields.Date(required=True)
    undone_on = fields.Date(allow_none=True)
    reasons = Text(20_000)


class BetweenLine(Strict):
    incident = fields.UUID(required=True)
    other = fields.UUID(required=True)
    kind = fields.String(required=True, validate=Given("incident_link"))
    linked_on = fields.Date(required=True)
    undone_on = fields.Date(allow_none=True)


def _id(value: Any) -> UUID:
    try:
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise NotARecord from None


def _by(kind: type[Schema]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    known = kind()

    def read(said: dict[str, Any]) -> dict[str, Any]:
        value: dict[str, Any] = known.load(said)
        return value

    return read


def _report(said: dict[str, Any]) -> dict[str, Any]:
    value = _by_report(said)
    value["document"] = schema.load(value["document"])
    return value


_by_report = _by(ReportLine)
_READ: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "report": _report,
    "incident": _by(IncidentLine),
    "person": _by(PersonLine),
    "arrangement": _by(ArrangementLine),
    "link": _by(BetweenLine),
}


def without(document: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """A report without these people. What the first teller said in their own words goes with that teller."""
    if not keys:
        return document
    people = document.get("persons", [])
    speaker = next((person["key"] for person in people if person.get("teller")), None)
    left = {name: value for name, value in document.items() if speaker not in keys or name not in WORDS}
    left["persons"] = [person for person in people if person["key"] not in keys]
    if "involvements" in left:
        left["involvements"] = [each for each in left["involvements"] if each["person"] not in keys]
    return left
