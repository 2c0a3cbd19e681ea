"""What a report holds: one schema for the form, the API, a mapped source row and a draft.

Every coded field may stay empty, and each takes one of the four no-answers. What is
not named here is refused, so that nothing is lost without a word.
"""

from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from incidents.consent import notices
from incidents.errors import InvalidInput, _
from incidents.intake import plain
from incidents.intake.leaves import (
    LONGEST,
    MANY,
    NO_SUCH_ACT,
    NO_SUCH_PERSON,
    NOT_A_CODE,
    TWICE,
    Answer,
    Code,
    Codes,
    Currency,
    Day,
    Given,
    Money,
    OneOf,
    Strict,
    Text,
    Tri,
    Value,
    answers,
)
from incidents.model.moment import Moment
from incidents.model.place import Place
from incidents.model.vocabulary import NO_ANSWERS, Purpose, lists

__all__ = [  # its leaves are asked for here, beside what is made of them
    "LONGEST",
    "MANY",
    "NOT_A_CODE",
    "Answer",
    "Code",
    "Codes",
    "Given",
    "OneOf",
    "Strict",
    "Text",
    "Value",
    "answers",
]


class CountSchema(Strict):
    """A number as min, best, max; each may be missing, and missing is not zero."""

    min = fields.Integer(allow_none=True, validate=validate.Range(min=0))
    best = fields.Integer(allow_none=True, validate=validate.Range(min=0))
    max = fields.Integer(allow_none=True, validate=validate.Range(min=0))


class InterviewSchema(Strict):
    on = Value(Moment)
    mode = Code("source_type")
    place = Value(Place)
    language = Text(20)
    private = Tri()
    interpreter = Code("interpreter")
    others_present = Codes("others_present")
    outcome = Code("interview_outcome")
    told_before = Tri()
    told_whom = Codes("told_whom")


class ReturnSchema(Strict):
    """What a programme such as “Remain in Mexico” did to somebody."""

    returned_on = fields.List(Value(Moment), validate=validate.Length(max=MANY))
    port = Code("port")
    times_returned = fields.Integer(
        allow_none=True, validate=validate.Range(min=0, max=99, error=_("Write a number from 0 to 99."))
    )
    next_hearing = Value(Moment, to_come=True)
    hearing_missed = Tri()  # because of the incident
    fear_expressed = Tri()
    fear_interview = Tri()
    outcome = Code("mpp_outcome")
    counsel = Tri()


class TargetingSchema(Strict):
    """Why them, and by what they were recognised, with who says so."""

    reasons = Codes("targeted_for")
    recognised = Codes("recognised_by")
    said_by = Code("targeting_said_by")


class WhatSchema(Strict):
    """What is known of the incident as a whole."""

    moment = Value(Moment)
    time = fields.String(
        allow_none=True, validate=validate.Regexp(r"^\d{2}:\d{2}$", error=_("Write a time as 15:25."))
    )
    place = Value(Place)
    exposure = Code("exposure")
    programme = Code("programme")
    outcome = Codes("outcome")
    authorities = Codes("authority")
    response = Code("authority_response")
    hearing_missed = Tri()
    mpp = fields.Nested(ReturnSchema, allow_none=True)
    targeting = fields.Nested(TargetingSchema, allow_none=True)
    not_reported = Codes("not_reported_because")
    tags = Codes("label")
    labels = fields.Dict(keys=Text(60), values=Text(500))


class DemandSchema(Strict):
    """Money that was asked for, and what was paid."""

    asked = Money()
    paid = Money()
    currency = Currency()
    usd = Money()
    channel = Code("payment_channel")


class KidnappingSchema(DemandSchema):
    taken = Value(Place)
    held = fields.List(Value(Place), validate=validate.Length(max=MANY))
    released = Value(Place)
    since = Value(Moment)
    until = Value(Moment)
    release = Code("kidnap_release")


class ExtortionSchema(DemandSchema):
    recurring = Tri()
    purpose = Code("extortion_purpose")


class ActSchema(Strict):
    key = fields.String(validate=validate.Length(min=1, max=20))
    type = fields.String(required=True, validate=Given("act"))
    status = OneOf(*lists()["act_status"])
    moment = Value(Moment)
    place = Value(Place)
    first = Value(Moment)
    last = Value(Moment)
    times = fields.Nested(CountSchema, allow_none=True)
    methods = Codes("method")
    weapons = Codes("weapon")
    kidnapping = fields.Nested(KidnappingSchema, allow_none=True)
    extortion = fields.Nested(ExtortionSchema, allow_none=True)
    labels = fields.Dict(keys=Text(60), values=Text(500))


class IdentitySchema(Strict):
    """Sealed one by one, never in a list or a release."""

    name = Text()
    other_names = Text()
    birth_date = Text(40)
    phone = Text(60)
    address = Text()
    documents = Text()
    contact = Text()
    exact_place = Text()


class SafeContactSchema(Strict):
    """How to reach somebody without harm; a follow-up shows this and no more."""

    may_call = Tri()
    hours = Text(200)
    language = Text(20)
    message = Tri()  # may one be left
    code_word = Text(100)
    phone_held = Tri()  # the phone may be in the captors' hands


class PersonFactsSchema(Strict):
    gender = Code("gender")
    age = fields.Integer(
        allow_none=True, validate=validate.Range(min=0, max=120, error=_("An age is between 0 and 120."))
    )
    age_band = Code("age_band")
    birth_year = fields.Integer(
        allow_none=True,
        validate=validate.Range(min=1900, max=2100, error=_("Write a year with four digits.")),
    )
    family = Text(60)  # the same word: the same family unit of this report
    nationality = fields.List(fields.String(validate=validate.Length(min=3, max=4)))
    origin = Text(10)
    population = Codes("population")
    group_size = fields.Nested(CountSchema, allow_none=True)


class TermsSchema(Strict):
    """How far one yes goes; what is not said is not limited, but for restricted acts, which are not named."""

    restricted = fields.Boolean()
    parts = fields.List(Text(200), validate=validate.Length(max=MANY))  # of what was told; none: the whole
    no_place = fields.Boolean()
    no_date = fields.Boolean()
    recipients = fields.List(Text(200), validate=validate.Length(max=MANY))
    since = Day()
    until = Day()


AllTermsSchema = Strict.from_dict(
    {purpose.value: fields.Nested(TermsSchema) for purpose in Purpose}, name="AllTermsSchema"
)


class ConsentNamesSchema(Strict):
    """Who was there as it was decided; sealed with the names."""

    interviewer = Text(200)
    interpreter = Text(200)
    witness = Text(200)
    guardian = Text(200)


class ConsentSchema(Strict):
    """One person's decisions as they gave them; a purpose that is not named was not asked."""

    method = OneOf("spoken", "signed", "recorded", "thumbprint")
    language = Text(20)
    given_by = OneOf("self", "guardian", "adolescent", "alone", "family")
    relation = OneOf("parent", "grandparent", "sibling", "partner", "child", "other_family", "guardian")
    kin = Text(20)  # which one of them, where several of a family decide
    guardian_doer = OneOf("yes", "no", "UNK")  # an alleged doer, or in the power of one
    capacity = Tri()  # understood what it is about
    explained = Tri()  # how it is taken back
    interpreter = Code("interpreter")
    legal_basis = Code("legal_basis")
    safe = Tri()  # not in danger any more, on that day
    for_search = Tri()  # a family's yes: so that the person is found
    notice = fields.String(
        allow_none=True,
        validate=validate.OneOf(sorted(path.stem for path in notices.FOLDER.glob("*.md")), error=NOT_A_CODE),
    )
    on = Day()
    restricted = fields.Boolean()  # sexual violence, torture and the like may be named in what leaves
    decisions = fields.Dict(
        keys=fields.String(validate=validate.OneOf([p.value for p in Purpose], error=NOT_A_CODE)),
        values=OneOf("given", "refused", "requested", "not_asked"),  # requested: asked, and to be asked again
    )
    terms = fields.Nested(AllTermsSchema)
    names = fields.Nested(ConsentNamesSchema)


class PersonSchema(Strict):
    key = fields.String(validate=validate.Length(min=1, max=20))
    kind = OneOf("individual", "group")
    teller = fields.Boolean()
    identity = fields.Nested(IdentitySchema)
    safe_contact = fields.Nested(SafeContactSchema)
    facts = fields.Nested(PersonFactsSchema)
    consent = fields.Nested(ConsentSchema)


class InvolvementSchema(Strict):
    person = fields.String(required=True)
    act = fields.String(required=True)
    part = Code("involvement_part")
    outcome = Codes("outcome")
    injury = Codes("injury")
    age = fields.Integer(
        allow_none=True, validate=validate.Range(min=0, max=120, error=_("An age is between 0 and 120."))
    )


class PerpetratorSchema(Strict):
    type = Code("perpetrator")
    name = Text()
    group = Text(200)
    number = fields.Nested(CountSchema, allow_none=True)
    collusion = OneOf("yes", "suspected", "no", *sorted(NO_ANSWERS))
    basis = Code("attribution_basis")
    degree = Code("perpetrator_degree")


class SourceSchema(Strict):
    type = Code("source_type")
    relation = Code("source_relation")
    reliability = Code("source_reliability")
    first_hand = Tri()
    origin = Text(200)
    citation = Text()


class ReportSchema(Strict):
    client_id = fields.UUID()
    interview = fields.Nested(InterviewSchema)
    danger = OneOf("no", "today", "before", *sorted(NO_ANSWERS))
    danger_before = Day()
    asks = Text()
    narrative = Text(LONGEST)
    summary = Text(20_000)
    incident = fields.Nested(WhatSchema)
    acts = fields.List(fields.Nested(ActSchema), validate=validate.Length(max=MANY))
    persons = fields.List(fields.Nested(PersonSchema), validate=validate.Length(max=MANY))
    involvements = fields.List(fields.Nested(InvolvementSchema), validate=validate.Length(max=MANY * 4))
    perpetrators = fields.List(fields.Nested(PerpetratorSchema), validate=validate.Length(max=MANY))
    sources = fields.List(fields.Nested(SourceSchema), validate=validate.Length(max=MANY))

    @post_load
    def with_keys(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        for letter, name in (("a", "acts"), ("p", "persons")):
            for number, entry in enumerate(data.get(name, []), 1):
                entry.setdefault("key", f"{letter}{number}")
        return data

    @validates_schema(skip_on_field_errors=True)
    def fits(self, data: dict[str, Any], **_more: Any) -> None:
        people = _keys(data.get("persons", []), "p")
        acts = _keys(data.get("acts", []), "a")
        for number, entry in enumerate(data.get("involvements", [])):
            if entry["person"] not in people:
                raise ValidationError({"involvements": {number: {"person": [NO_SUCH_PERSON]}}})
            if entry["act"] not in acts:
                raise ValidationError({"involvements": {number: {"act": [NO_SUCH_ACT]}}})
        for name, keys, given in (
            ("persons", people, data.get("persons", [])),
            ("acts", acts, data.get("acts", [])),
        ):
            if len(keys) != len(given):
                raise ValidationError({name: [TWICE]})


def _keys(entries: list[dict[str, Any]], letter: str) -> set[str]:
    return {entry.get("key", f"{letter}{number}") for number, entry in enumerate(entries, 1)}


def load(raw: object) -> dict[str, Any]:
    """A report document that holds; otherwise InvalidInput with a sentence for each field."""
    try:
        return _plainly(raw)
    except (plain.NotPlain, ValidationError):
        return _mended(raw)


def _mended(raw: object) -> dict[str, Any]:
    """The schema's own way: there is something to mend or to say."""
    try:
        document: dict[str, Any] = _SCHEMA.load(_emptied(raw))
    except ValidationError as error:
        raise InvalidInput(flat(error.messages)) from None
    return document


_SCHEMA = ReportSchema()


def _emptied(value: Any) -> Any:
    """An empty text is nothing said; lists and documents lose their empty entries' noise."""
    if isinstance(value, dict):
        # The text of an unknown moment is empty, and says just that.
        return {
            key: _emptied(inner) for key, inner in value.items() if inner not in ("", None) or key == "edtf"
        }
    if isinstance(value, list):
        return [_emptied(inner) for inner in value if inner not in ("", None)]
    return value


def flat(messages: Any, above: str = "") -> dict[str, list[str]]:
    """Nested messages as dotted paths: {"persons.0.facts.age": [sentence]}."""
    if isinstance(messages, str):
        return {above: [messages]}
    if isinstance(messages, Iterable) and not isinstance(messages, dict):
        return {above: [str(message) for message in messages]}
    found: dict[str, list[str]] = {}
    for key, inner in messages.items():
        found |= flat(inner, above if key == "_schema" else f"{above}.{key}".lstrip("."))
    return found


def _plainly(raw: Any) -> dict[str, Any]:
    """Read without mending, which is quicker: `plain.NotPlain` or a ValidationError where that does not do."""
    document: dict[str, Any] = _READ(raw)
    _SCHEMA.fits(document)
    _SCHEMA.with_keys(document)
    return document


_READ = plain.object_reader(_SCHEMA)
