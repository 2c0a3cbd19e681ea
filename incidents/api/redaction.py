"""The redaction desk: an account or a case, sentence by sentence, what stands beside the name, the two signatures."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import redaction, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, listing, sliced
from incidents.api.schemas import FROM_ZERO, NUMBER
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.quote import Quote, QuoteKind, QuoteState
from incidents.redaction import AccountChanged, Looked, Quoted
from incidents.work import Permission

routes = Routes("redaction", "/redaction")
P = Permission
ACCOUNTS = [QuoteKind.QUOTE.value, QuoteKind.ACCOUNT.value]
LANGUAGE = "In which the words stand: a code of the list `language`, as spa; empty: not noted."
SEEN = "The `version` of the desk that was read; another one since answers `conflict`."


class DeskLineSchema(Schema):
    id = fields.UUID()
    kind = fields.String()
    state = fields.String()
    incident = fields.UUID()
    reference = fields.String(metadata={"description": "Of the incident."})
    begun_on = fields.Date()
    redactors = fields.List(fields.String())
    waits_for_me = fields.Boolean(metadata={"description": "One signed, and the second may be yours."})


class DeskAccountSchema(Schema):
    part = fields.UUID()
    report = fields.String()
    text = fields.String()


class DeskOfferedSchema(Schema):
    accounts = fields.List(fields.Nested(DeskAccountSchema))
    quotes = fields.List(fields.Nested(DeskLineSchema))


class CaseSubjectSchema(Schema):
    """`number`: as the incident numbers its persons; none: of a report of it, and in another one."""

    person = fields.UUID()
    number = fields.Integer(allow_none=True)


class CaseSubjectsSchema(Schema):
    persons = fields.List(fields.Nested(CaseSubjectSchema))


class DeskBeginSchema(Strict):
    part = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(ACCOUNTS, error=NOT_A_CODE))


class CaseWrittenSchema(Strict):
    text = fields.String(required=True)
    risk = fields.String(
        required=True, metadata={"description": "Who could recognize them by it, and why that is acceptable."}
    )


class CaseSchema(CaseWrittenSchema):
    person = fields.UUID(required=True)
    language = fields.String(
        required=True, validate=validate.Length(max=20), metadata={"description": LANGUAGE}
    )


class DeskCutSchema(Schema):
    words = fields.String()
    at = fields.List(fields.Integer(), metadata={"description": "Where it stands in `source`."})
    kind = fields.String()
    why = fields.String()
    does = fields.String(metadata={"description": "What becomes of it; empty: nobody decided."})


class DeskSentenceSchema(Schema):
    at = fields.List(fields.Integer())
    state = fields.String(metadata={"description": "in, out, or empty: nobody looked at it."})
    cuts = fields.List(fields.Nested(DeskCutSchema))


class DeskPersonSchema(CaseSubjectSchema):
    told = fields.Boolean(metadata={"description": "Can be recognized whatever is decided."})
    how = fields.String()


class DeskSignatureSchema(Schema):
    by = fields.String()
    on = fields.Date()


class DeskSchema(DeskLineSchema):
    """Of what was taken off, and of an account that reads otherwise by now (`changed`), the line alone."""

    version = fields.Integer()
    changed = fields.Boolean()
    recalled_for = fields.String(allow_none=True)
    signed = fields.List(fields.Nested(DeskSignatureSchema))
    source = fields.String(metadata={"description": "What it is cut from."})
    sentences = fields.List(fields.Nested(DeskSentenceSchema))
    text = fields.String(metadata={"description": "As it would be printed."})
    language = fields.String(metadata={"description": LANGUAGE})
    risk = fields.String()
    pseudonym = fields.String()
    line = fields.Dict(metadata={"description": "What stands beside the pseudonym, in codes."})
    shown = fields.Dict()
    restricted = fields.String()
    persons = fields.List(fields.Nested(DeskPersonSchema))
    left = fields.Dict(metadata={"description": "What is to be decided before anybody may sign."})
    refused = fields.String(metadata={"description": "Why it may not leave today; empty: it may."})
    without = fields.List(fields.String())
    read = fields.String(metadata={"description": "What names this very text: a signature sends it back."})
    may_sign = fields.Boolean()
    on_shelf = fields.Boolean()
    not_on_shelf = fields.String(allow_none=True)


class DeskBegunSchema(Schema):
    id = fields.UUID()
    kind = fields.String()
    state = fields.String()


class DeskDoneSchema(Schema):
    id = fields.UUID()
    state = fields.String()
    version = fields.Integer(metadata={"description": "What the next deed sends as `version`."})


class DeskSeenSchema(Strict):
    version = fields.Integer(required=True, validate=NUMBER, metadata={"description": SEEN})


class DeskWordsSchema(Strict):
    words = fields.String(required=True, validate=validate.Length(max=2_000))
    do = fields.String(required=True, validate=validate.Length(max=100))


class DeskDecideSchema(DeskSeenSchema):
    sentence = fields.Integer(required=True, validate=FROM_ZERO)
    take = fields.Boolean(required=True)
    does = fields.List(
        fields.String(validate=validate.Length(max=100)),
        load_default=list,
        validate=validate.Length(max=20_000),
        metadata={"description": "For each cut of it in order: keep, cut, or a placeholder, as person:2."},
    )
    more = fields.List(fields.Nested(DeskWordsSchema), load_default=list, validate=validate.Length(max=200))


class CaseRewriteSchema(DeskSeenSchema, CaseWrittenSchema):
    """Of a case."""


class DeskHowSchema(Strict):
    person = fields.UUID(required=True)
    how = fields.String(required=True, validate=validate.OneOf(redaction.HOW, error=NOT_A_CODE))


class DeskSaySchema(DeskSeenSchema):
    age = fields.String(required=True, validate=validate.OneOf(redaction.AGES, error=NOT_A_CODE))
    shown = fields.List(
        fields.String(validate=validate.OneOf(redaction.PARTS, error=NOT_A_CODE)),
        load_default=list,
        validate=validate.Length(max=10),
    )
    persons = fields.List(
        fields.Nested(DeskHowSchema), load_default=list, validate=validate.Length(max=1_000)
    )
    restricted = fields.String(required=True, validate=validate.OneOf(["yes", "no"], error=NOT_A_CODE))
    language = fields.String(
        validate=validate.Length(max=20),
        metadata={"description": f"{LANGUAGE} Without it, it stays as it was."},
    )


class SignDeskSchema(DeskSeenSchema):
    read = fields.String(required=True, metadata={"description": "`read` of the text that was read."})


class DeskTakeOffSchema(DeskSeenSchema):
    why = fields.String(required=True, validate=validate.OneOf(redaction.RECALLED_FOR, error=NOT_A_CODE))


# -- listed and begun


@routes.route("")
@needs(P.REVIEW_DECIDE)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(DeskLineSchema, "DesksSchema"))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Everything on the desk and what came of it, the newest first; none of it is opened."""
    rows, onward = sliced(redaction.listed(work()), _place, query, down=True)
    return {"items": [_line(each) for each in rows], "next": onward}


def _place(quote: Quote) -> tuple[str, str]:
    return str(quote.begun_on), str(quote.id)


def _line(quote: Quote) -> dict[str, Any]:
    return {
        "id": quote.id,
        "kind": quote.kind.value,
        "state": quote.state.value,
        "incident": quote.incident_id,
        "reference": search.incident(work(), quote.incident_id).reference,
        "begun_on": quote.begun_on,
        "redactors": [who(UUID(id)) for id in quote.redactors],
        "waits_for_me": redaction.waits_for(work(), quote) and quote.state == QuoteState.SIGNED_ONCE,
    }


@routes.route("/incident/<uuid:id>")
@needs(P.REVIEW_DECIDE)
@routes.response(200, DeskOfferedSchema)
def offered(id: UUID) -> dict[str, Any]:
    """The accounts of an incident, one of which may be put on the desk; and what was made of it before."""
    return {
        "accounts": [
            {"part": each.part.id, "report": each.report.reference, "text": each.text}
            for each in redaction.offered(work(), id)
        ],
        "quotes": [_line(each) for each in redaction.of_incident(work(), id)],
    }


@routes.route("/incident/<uuid:id>", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(DeskBeginSchema)
@routes.response(201, DeskBegunSchema)
def begin(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Put one of them on the desk, with what the record knows of names and places found in it."""
    return _begun(redaction.begin(work(), id, given["part"], QuoteKind(given["kind"])))


@routes.route("/incident/<uuid:id>/case")
@needs(P.REVIEW_DECIDE)
@routes.response(200, CaseSubjectsSchema)
def subjects(id: UUID) -> dict[str, Any]:
    """Whoever a case may be about, by their number in the incident; no name."""
    numbers = redaction.numbers(work(), id)
    return {
        "persons": [
            {"person": person.id, "number": numbers.get(person.id)}
            for person, _part in redaction.subjects(work(), id)
        ]
    }


@routes.route("/incident/<uuid:id>/case", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(CaseSchema)
@routes.response(201, DeskBegunSchema)
def begin_case(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """What happened to one `person`, written by hand for a list of cases."""
    return _begun(
        redaction.begin_case(work(), id, given["person"], given["text"], given["risk"], given["language"])
    )


def _begun(quote: Quote) -> dict[str, Any]:
    return {"id": quote.id, "kind": quote.kind.value, "state": quote.state.value}


# -- the desk


@routes.route("/<uuid:id>")
@needs(P.REVIEW_DECIDE)
@routes.response(200, DeskSchema)
def show(id: UUID) -> dict[str, Any]:
    """One quote with its account, and what is left to decide."""
    quote = redaction.one(work(), id)
    said = {**_line(quote), "version": quote.version, "changed": False, "recalled_for": quote.recalled_for}
    if quote.state == QuoteState.RECALLED:
        return said
    try:
        return said | _desk(quote, redaction.look(work(), quote))
    except AccountChanged:
        return said | {"changed": True}


@routes.route("/<uuid:id>/decide", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(DeskDecideSchema)
@routes.response(200, DeskDoneSchema)
def decide(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """One sentence: whether it stays, what becomes of each thing in it. It takes the signatures back."""
    quote = _read(given, id)
    more = [(each["words"], each["do"]) for each in given["more"]]
    redaction.decide(
        work(),
        quote,
        given["sentence"],
        take=given["take"],
        does=given["does"],
        more=more if given["take"] else [],
    )
    return _done(quote)


@routes.route("/<uuid:id>/rewrite", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(CaseRewriteSchema)
@routes.response(200, DeskDoneSchema)
def rewrite(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """A case written anew: everything found in it is looked at anew."""
    quote = _read(given, id)
    redaction.rewrite(work(), quote, given["text"], given["risk"])
    return _done(quote)


@routes.route("/<uuid:id>/leave", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(DeskSeenSchema)
@routes.response(200, DeskDoneSchema)
def leave(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Everything that nobody looked at stays out."""
    quote = _read(given, id)
    redaction.leave_the_rest(work(), quote)
    return _done(quote)


@routes.route("/<uuid:id>/say", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(DeskSaySchema)
@routes.response(200, DeskDoneSchema)
def say(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """What stands beside the pseudonym, who can be recognized in it, whether it names a restricted act."""
    quote = _read(given, id)
    shown = {"age": given["age"], **dict.fromkeys(given["shown"], True), "language": given.get("language")}
    roles = {each["person"]: each["how"] for each in given["persons"]}
    redaction.say(work(), quote, shown, roles, given["restricted"])
    return _done(quote)


@routes.route("/<uuid:id>/draw", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(DeskSeenSchema)
@routes.response(200, DeskDoneSchema)
def draw(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Another pseudonym; not where another quote of theirs bears it."""
    quote = _read(given, id)
    redaction.draw_again(work(), quote)
    return _done(quote)


@routes.route("/<uuid:id>/sign", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(SignDeskSchema)
@routes.response(200, DeskDoneSchema)
def sign(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Sign the text that was read, as one of two. Asks for a fresh passphrase: POST /api/v1/session/confirm."""
    quote = _read(given, id)
    redaction.sign(work(), quote, given["read"])
    return _done(quote)


@routes.route("/<uuid:id>/recall", methods=["POST"])
@needs(P.REVIEW_DECIDE)
@routes.arguments(DeskTakeOffSchema)
@routes.response(200, DeskDoneSchema)
def recall(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Off the shelf, or off the desk, for good."""
    quote = _read(given, id)
    redaction.recall(work(), quote, given["why"])
    return _done(quote)


def _read(given: dict[str, Any], id: UUID) -> Quote:
    quote = redaction.one(work(), id)
    redaction.must_be_as_read(quote, given["version"])
    return quote


def _done(quote: Quote) -> dict[str, Any]:
    """Each of these deeds makes one more version of it."""
    return {"id": quote.id, "state": quote.state.value, "version": quote.version + 1}


def _desk(quote: Quote, looked: Looked) -> dict[str, Any]:
    standing = redaction.judge(work(), [quote])[quote.id] if quote.state == QuoteState.SIGNED else ""
    numbers = redaction.numbers(work(), quote.incident_id)
    signatures = ((quote.first_by, quote.first_on), (quote.second_by, quote.second_on))
    return {
        "signed": [{"by": who(by), "on": on} for by, on in signatures if by is not None],
        "source": looked.source,
        "sentences": [_sentence(looked, each) for each in looked.sentences],
        "text": looked.text,
        "language": looked.language,
        "risk": looked.risk,
        "pseudonym": f"{looked.facts['given']} {looked.facts['initial']}.",
        "line": dict(looked.line),
        "shown": looked.facts["shown"],
        "restricted": looked.facts["restricted"],
        "persons": [
            {
                "person": id,
                "number": numbers.get(id),
                "told": id in looked.tellers,
                "how": looked.facts["people"].get(str(id), ""),
            }
            for id in looked.people
        ],
        "left": dict(looked.left),
        "refused": looked.scope.reason,
        "without": [name for name in ("no_place", "no_date") if getattr(looked.scope, name)],
        "read": redaction.digest(work(), looked),
        "may_sign": redaction.waits_for(work(), quote),
        "on_shelf": isinstance(standing, Quoted),
        "not_on_shelf": standing if isinstance(standing, str) and standing else None,
    }


def _sentence(looked: Looked, sentence: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": list(sentence["at"]),
        "state": sentence["state"],
        "cuts": [
            {
                "words": looked.source[slice(*cut["at"])],
                "at": list(cut["at"]),
                "kind": cut["kind"],
                "why": cut["why"],
                "does": redaction.as_said(cut),
            }
            for cut in sentence["cuts"]
        ],
    }
