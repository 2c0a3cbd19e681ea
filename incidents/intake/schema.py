"""What a report holds: one schema for the form, the API, a mapped source row and a draft.

Every coded field may stay empty, and each takes one of the four no-answers. What is
not named here is refused, so that nothing is lost without a word.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from incidents.consent import notices
from incidents.errors import InvalidInput, Problem, _
from incidents.intake import plain
from incidents.model.moment import Moment
from incidents.model.place import Place
from incidents.model.vocabulary import NO_ANSWERS, Purpose, lists, version

LONGEST = 5_000_000  # characters of a narrative
MANY = 500  # of acts or persons in one report

NOT_A_CODE = _("This is not one of the choices.")
TOO_LONG = _("This is longer than can be kept here.")
NO_SUCH_PERSON = _("This names a person who is not in the report.")
NO_SUCH_ACT = _("This names an act that is not in the report.")
TO_COME = _("This has not come yet. Look at the year.")
NOT_A_DAY = _("Write a day as 2019-11-14.")
NOT_MONEY = _("Write an amount in figures, such as 1500 or 1500.50.")
TWICE = _("Two entries carry the same key.")


def answers(vocabulary: str) -> frozenset[str]:
    """The codes of a list and the no-answers; where a list uses a no-answer's letters, that one is written ?UNK.

    With the organisation's own codes, as they are now, and with the retired ones: what exists stays valid.
    """
    return _answers(vocabulary, version())


@lru_cache(maxsize=256)
def _answers(vocabulary: str, _version: str) -> frozenset[str]:
    own = frozenset(lists()[vocabulary])
    return own | {code if code not in own else f"?{code}" for code in NO_ANSWERS}


class Answer(validate.OneOf):
    """One of the codes that a list has now; asked each time, because a coordinator may add to it."""

    def __init__(self, vocabulary: str) -> None:
        answers(vocabulary)  # there is such a list
        self.vocabulary = vocabulary
        self.error = NOT_A_CODE
        self.labels, self.labels_text, self.choices_text = (), "", ""

    @property
    def choices(self) -> Any:  # type: ignore[override]  # asked each time
        return answers(self.vocabulary)


class Given(Answer):
    """One of the codes that a list has now, and no no-answer: this must be said."""

    @property
    def choices(self) -> Any:  # type: ignore[override]  # as above
        return lists()[self.vocabulary].keys()


def Code(vocabulary: str) -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=Answer(vocabulary))


def Codes(vocabulary: str) -> fields.List[Any]:  # noqa: N802  reads as a field
    one = fields.String(validate=Answer(vocabulary))
    return fields.List(one, validate=validate.Length(max=MANY))


def OneOf(*words: str) -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=validate.OneOf(words, error=NOT_A_CODE))


def Tri() -> fields.String:  # noqa: N802  reads as a field
    """Yes, no, or one of the four no-answers; none of which is a no."""
    return OneOf("yes", "no", *sorted(NO_ANSWERS))


def Text(longest: int = 2000) -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=validate.Length(max=longest, error=TOO_LONG))


def Day() -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=validate.Regexp(r"^\d{4}-\d{2}-\d{2}$", error=NOT_A_DAY))


def Money() -> fields.String:  # noqa: N802  reads as a field
    """An amount as decimal text: what was told is not rounded by a machine."""
    return fields.String(
        allow_none=True, validate=validate.Regexp(r"^\d{1,12}(?:\.\d{1,2})?$", error=NOT_MONEY)
    )


def Currency() -> fields.String:  # noqa: N802  reads as a field
    """Three letters of ISO 4217."""
    return fields.String(
        allow_none=True, validate=validate.Regexp(r"^[A-Z]{3}$", error=_("Write a currency as MXN or USD."))
    )


def _has_come(moment: dict[str, str]) -> None:
    """What happened, or was said, has happened: a year typed wrong is caught here."""
    try:
        first = Moment.from_json(moment).earliest
    except Problem as problem:  # only a value object that was read is asked; another says why it is none
        raise ValidationError(problem.said()) from None
    if first is not None and first > datetime.now(UTC).date() + timedelta(
        days=1
    ):  # east of here it is tomorrow
        raise ValidationError(TO_COME)


class Value(fields.Field[Any]):
    """A value object that checks itself (Moment, Place); kept as its own JSON."""

    def __init__(self, kind: type[Moment] | type[Place], *, to_come: bool = False) -> None:
        super().__init__(allow_none=True, validate=_has_come if kind is Moment and not to_come else None)
        self.kind = kind

    def _deserialize(self, value: object, attr: str | None, data: Any, **_more: Any) -> Any:  # noqa: ARG002  the signature is marshmallow's
        try:
            return self.kind.from_json(value).to_json()
        except Problem as problem:
            raise ValidationError(problem.said()) from None


class Strict(Schema):
    class Meta:
        unknown = RAISE
        ordered = True


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
        values=OneOf("given", "refused", "not_asked"),
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
