"""What comes in besides a report, and what goes out: listed field by field, so that nothing leaves by being there.

Where a sealed value did not open, its place holds null and `unreadable` says why: erased, closed, altered, no-key.
"""

from typing import Any

from flask_smorest.fields import Upload  # type: ignore[import-untyped]  # it has no types
from marshmallow import Schema, ValidationError, fields, validate

from incidents.api.paging import SliceQuery, listing
from incidents.errors import UNSEEN, InvalidInput, _
from incidents.intake.schema import (
    NOT_A_CODE,
    ActSchema,
    Given,
    InterviewSchema,
    InvolvementSchema,
    OneOf,
    PerpetratorSchema,
    PersonFactsSchema,
    ReportSchema,
    SourceSchema,
    Strict,
    Value,
    WhatSchema,
    load,
)
from incidents.model.facet import FACETS
from incidents.model.moment import Moment
from incidents.model.place import Place
from incidents.model.vocabulary import IncidentState, PersonKind, ReportState, Verification
from incidents.release.policy import SMALLEST_K
from incidents.release.policy import names as policies
from incidents.release.tabled import METHODS
from incidents.release.wording import WordingSchema
from incidents.work import Unreadable

NO_FACET = _("Write a facet and a code of it, as act:KID.")
LARGEST_K = 1000
NO_NUMBER = _("Write a whole number, such as 17.")
NUMBER = validate.Range(min=1, max=2**31 - 1, error=NO_NUMBER)
FROM_ZERO = validate.Range(min=0, max=2**31 - 1, error=NO_NUMBER)


def opened(**values: Any) -> dict[str, Any]:
    """Opened values; those that did not open as null, with the reason beside them."""
    closed = {name: value.why for name, value in values.items() if isinstance(value, Unreadable)}
    return {name: None if name in closed else value for name, value in values.items()} | {
        "unreadable": closed
    }


def unreadable() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.String())


def declared() -> fields.Boolean:
    """What whoever signs says; left out, null and false are refused in the sentence of the page."""
    return fields.Boolean(
        required=True,
        validate=validate.Equal(comparable=True, error=UNSEEN),
        error_messages={"required": UNSEEN, "null": UNSEEN},
        metadata={"description": "True: you looked at what goes out, and it may go out."},
    )


def seen() -> fields.Integer:
    said = "The version that was looked at; another one since answers `conflict`, and changes nothing."
    return fields.Integer(required=True, validate=NUMBER, metadata={"description": said})


# -- addresses


class InboxQuery(SliceQuery):
    state = OneOf(ReportState.RECEIVED, ReportState.NEEDS_INFORMATION, ReportState.SET_ASIDE)


class FacetCode(fields.String):
    """A code of a facet, as `act:KID`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        facet, _colon, code = super()._deserialize(value, attr, data, **more).partition(":")
        if facet not in FACETS or not code:
            raise ValidationError(NO_FACET)
        return facet, code


class IncidentsQuery(SliceQuery):
    state = OneOf(*IncidentState)
    verification = OneOf(*Verification)
    assignee = fields.UUID()
    received_from = fields.Date()
    received_to = fields.Date()
    facet = fields.List(FacetCode(), load_default=list, validate=validate.Length(max=100))


# -- account


class SignInSchema(Strict):
    name = fields.String(required=True, validate=validate.Length(max=200))
    passphrase = fields.String(required=True, validate=validate.Length(max=1000))
    code = fields.String(load_default="", validate=validate.Length(max=20))


class ConfirmSchema(Strict):
    passphrase = fields.String(required=True, validate=validate.Length(max=1000))
    code = fields.String(load_default="", validate=validate.Length(max=20))


class TokenSchema(Schema):
    token = fields.String(required=True)


class MeSchema(Schema):
    id = fields.UUID()
    name = fields.String()
    state = fields.String()
    roles = fields.List(fields.String())
    permissions = fields.List(fields.String())
    compartments = fields.List(fields.String())
    language = fields.String()
    fresh = fields.Boolean()
    token = fields.UUID(allow_none=True, metadata={"description": "Of a member's token; null: a session."})


# -- reports


class DocumentSchema(ReportSchema):
    """A report document, read by the one loader that forms and imports use too."""

    def load(self, data: Any, **_more: Any) -> Any:
        try:
            return load(data)
        except InvalidInput as problem:
            raise ValidationError(dict(problem.fields)) from None


class ReportLineSchema(Schema):
    id = fields.UUID()
    reference = fields.String()
    state = fields.String()
    received_on = fields.Date()
    channel = fields.String()
    danger = fields.String()


class InboxLineSchema(ReportLineSchema):
    recorded_by = fields.String()
    mine = fields.Boolean()


class ToldSchema(ReportLineSchema):
    reason = fields.String()
    document = fields.Nested(ReportSchema)
    unreadable = unreadable()


# -- incidents


class ActLineSchema(Schema):
    id = fields.UUID()
    type = fields.String(allow_none=True)
    verification = fields.String()


class IncidentRefSchema(Schema):
    id = fields.UUID()
    reference = fields.String()


class IncidentLineSchema(IncidentRefSchema):
    state = fields.String()
    received_on = fields.Date()
    edited = fields.Boolean()
    moment = Value(Moment)
    place = Value(Place)
    acts = fields.List(fields.Nested(ActLineSchema))
    unreadable = unreadable()


class IncidentFactsSchema(WhatSchema):
    interview = fields.Nested(InterviewSchema)


class ActFactsSchema(ActSchema):
    class Meta:
        exclude = ("key",)


class ActOutSchema(Schema):
    id = fields.UUID()
    verification = fields.String()
    facts = fields.Nested(ActFactsSchema, allow_none=True)
    version = fields.Integer()
    mine = fields.Boolean()
    moves = fields.List(fields.String())
    unreadable = unreadable()


class PersonOutSchema(Schema):
    id = fields.UUID()
    version = fields.Integer()
    kind = fields.String(validate=validate.OneOf(list(PersonKind)))
    teller = fields.Boolean()
    facts = fields.Nested(PersonFactsSchema, allow_none=True)
    unreadable = unreadable()


class InvolvementFactsSchema(InvolvementSchema):
    class Meta:
        exclude = ("person", "act")


class InvolvementOutSchema(Schema):
    id = fields.UUID()
    version = fields.Integer()
    person = fields.UUID()
    act = fields.UUID()
    facts = fields.Nested(InvolvementFactsSchema, allow_none=True)
    unreadable = unreadable()


class PerpetratorOutSchema(Schema):
    id = fields.UUID()
    version = fields.Integer()
    facts = fields.Nested(PerpetratorSchema, allow_none=True)
    unreadable = unreadable()


class SourceFactsSchema(SourceSchema):
    class Meta:
        exclude = ("citation",)


class SourceOutSchema(Schema):
    id = fields.UUID()
    version = fields.Integer()
    facts = fields.Nested(SourceFactsSchema, allow_none=True)
    unreadable = unreadable()


class IncidentSchema(IncidentRefSchema):
    version = fields.Integer()
    state = fields.String()
    received_on = fields.Date()
    recorded_by = fields.String()
    edited = fields.Boolean()
    facts = fields.Nested(IncidentFactsSchema, allow_none=True)
    narrative = fields.String(allow_none=True)
    summary = fields.String(allow_none=True)
    acts = fields.List(fields.Nested(ActOutSchema))
    persons = fields.List(fields.Nested(PersonOutSchema))
    involvements = fields.List(fields.Nested(InvolvementOutSchema))
    perpetrators = fields.List(fields.Nested(PerpetratorOutSchema))
    sources = fields.List(fields.Nested(SourceOutSchema))
    unreadable = unreadable()


# -- erasing


class EraseSchema(Strict):
    decision = fields.String(
        required=True,
        validate=validate.Length(max=20_000),
        metadata={"description": "Who asked for it and who agreed."},
    )


# -- tables of other people


class ImportFilesSchema(Strict):
    """multipart/form-data: the table, and the mapping (TOML) that says which column is which. An export needs none."""

    file = Upload(required=True)
    mapping = Upload()


class LineSchema(Schema):
    row = fields.String()
    outcome = fields.String()
    reason = fields.String()


class UnderstoodSchema(Schema):
    row = fields.String()
    document = fields.Nested(ReportSchema)


class PreviewSchema(Schema):
    mapping = fields.String()
    totals = fields.Dict(keys=fields.String(), values=fields.Integer())
    lines = fields.List(fields.Nested(LineSchema))
    documents = fields.List(fields.Nested(UnderstoodSchema))
    encoding = fields.String()
    separator = fields.String()
    hidden_sheets = fields.List(fields.String())
    blank = fields.Integer()


class JobSchema(Schema):
    id = fields.UUID()
    state = fields.String()
    done = fields.Integer()
    total = fields.Integer()
    problem = fields.String(allow_none=True)


ResultSchema = listing(
    LineSchema,
    "ResultSchema",
    batch=fields.UUID(),
    mapping=fields.String(),
    totals=fields.Dict(keys=fields.String(), values=fields.Integer()),
)


# -- releases


class DaysSchema(Strict):
    """Which acts: by day of the incident, act, state, import. What is not named is not filtered."""

    to = fields.Date()
    acts = fields.List(fields.String(validate=Given("act")))
    states = fields.List(fields.String(validate=validate.Length(max=10)))
    batch = fields.UUID()


FiltersSchema = DaysSchema.from_dict(
    {"from": fields.Date()}, name="FiltersSchema"
)  # `from` is a word of Python


class PrepareSchema(Strict):
    policy = fields.String(required=True, validate=validate.OneOf(policies(), error=NOT_A_CODE))
    k = fields.Integer(validate=validate.Range(min=SMALLEST_K, max=LARGEST_K))
    filters = fields.Nested(FiltersSchema)
    continues = fields.UUID(metadata={"description": "Any edition of a series: its k and its filters stay."})
    coarser = fields.Boolean(metadata={"description": "As coarse as it must be beside what went out."})
    hxl = fields.Boolean(metadata={"description": "Beside each CSV, one with a row of HXL tags."})
    quotes = fields.List(fields.UUID(), metadata={"description": "From the shelf, for the report of tables."})
    wording = fields.Nested(
        WordingSchema,
        metadata={"description": "Of tables: what no record says and the text does, in en and es."},
    )
    method = fields.String(validate=validate.OneOf(METHODS, error=NOT_A_CODE))
    tables = fields.List(
        fields.String(validate=validate.Length(max=120, error=NOT_A_CODE)),
        metadata={"description": "Tables besides T1 to T9, each as rows|columns|unit|axis=code."},
    )


class RefusalSchema(Schema):
    """Why no release came of it; `details` hold codes and numbers."""

    code = fields.String()
    detail = fields.String()
    details = fields.Dict()


class MakingSchema(JobSchema):
    """How far a release is; where it is done, the release or why there is none."""

    stage = fields.String(allow_none=True)
    release = fields.UUID(allow_none=True)
    reference = fields.String(allow_none=True)
    refused = fields.Nested(RefusalSchema, allow_none=True)


class ReleaseLineSchema(Schema):
    id = fields.UUID()
    reference = fields.String()
    state = fields.String()
    policy = fields.String()
    prepared_by = fields.String()
    prepared_on = fields.Date()
    signed_by = fields.String(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    also_signed_by = fields.String(allow_none=True)
    recalled_on = fields.Date(allow_none=True)
    downloads = fields.Integer()
    expires_on = fields.Date(
        allow_none=True,
        metadata={"description": "The last day on which the pack can be downloaded; none: no end."},
    )
    counts = fields.Dict(allow_none=True)
    unreadable = unreadable()


class DownloadSchema(Schema):
    by = fields.String()
    at = fields.DateTime()


class ReleaseSchema(ReleaseLineSchema):
    manifest = fields.Dict(allow_none=True)
    downloaded = fields.List(
        fields.Nested(DownloadSchema),
        metadata={"description": "Who took the pack, the newest first; 50 at most."},
    )


# -- trail


class BreakSchema(Schema):
    where = fields.String()
    what = fields.String()


class VerifiedSchema(Schema):
    holds = fields.Boolean()
    breaks = fields.List(fields.Nested(BreakSchema))
    more = fields.Boolean()
