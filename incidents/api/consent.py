"""Consent: whom to ask again, what somebody decides and takes back, receipts, words of withdrawal."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import get_locale
from marshmallow import Schema, ValidationError, fields, validate

from incidents import consent, search
from incidents.api.frame import Routes, who, work
from incidents.api.paging import SliceQuery, cut, listing, mark, sliced
from incidents.api.schemas import NUMBER, opened, unreadable
from incidents.errors import InvalidInput, _
from incidents.gate import needs
from incidents.intake import parting, report
from incidents.intake.schema import NOT_A_CODE, ConsentSchema, PersonFactsSchema, Strict, load
from incidents.model import tongues
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.release import publish
from incidents.work import Permission, keys

routes = Routes("consent", "")
P = Permission
CHOOSE = _("Choose at least one use, or everything.")
ANSWER_ONE = _("Answer at least one question.")
IN_DOCUMENT = "persons.0.consent."
NOBODY: dict[str, Any] = {
    "person": None,
    "facts": None,
    "references": [],
    "unreadable": {},
}  # in a report that waits
TOLD_APART = ("gender", "age", "age_band", "nationality")  # what a list says of somebody, as on the page


class WithdrawSchema(Strict):
    """Some uses, or `everything`."""

    purposes = fields.List(
        fields.String(validate=validate.OneOf(list(Purpose), error=NOT_A_CODE)),
        load_default=list,
        validate=validate.Length(max=100),
    )
    everything = fields.Boolean(load_default=False)


class ConsentDecisionSchema(ConsentSchema):
    """What somebody decided now, as in a report document; what is not asked again stays as it was."""

    answers = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={
            "description": "A yes to what was withdrawn: every withdrawal that whoever enters it was shown."
        },
    )

    def load(self, data: Any, **_more: Any) -> Any:
        """Read by the one loader that forms and imports use too."""
        answers = super().load(data).pop("answers")
        asked = {name: value for name, value in data.items() if name != "answers"}
        if not asked.get("decisions"):
            raise ValidationError({"decisions": [ANSWER_ONE]})
        try:
            document = load({"persons": [{"consent": asked}]})
        except InvalidInput as problem:
            raise ValidationError(_at_its_name(problem)) from None
        return {**document["persons"][0]["consent"], "again": answers}


class DecisionEventSchema(Schema):
    id = fields.UUID()
    event = fields.String()
    entered_on = fields.Date()
    entered_by = fields.String(allow_none=True)
    decisions = fields.Dict(keys=fields.String(), values=fields.String())
    ask_again_on = fields.Date(allow_none=True)


class ToldApartSchema(PersonFactsSchema):
    class Meta:
        fields = TOLD_APART


class WhomToAskSchema(Schema):
    """Somebody as far as a list may say: codes and references, never a name."""

    person = fields.UUID(allow_none=True)
    facts = fields.Nested(ToldApartSchema, allow_none=True)
    references = fields.List(fields.String())
    unreadable = unreadable()


class AgainSchema(WhomToAskSchema):
    uses = fields.List(fields.String())
    until = fields.String(metadata={"description": "The first day on which one of them ends; or empty."})
    over = fields.Boolean()


class LaterSchema(WhomToAskSchema):
    later = fields.Dict(keys=fields.String(), values=fields.String())
    entered_by = fields.String(allow_none=True)


class WithdrawnSchema(WhomToAskSchema):
    id = fields.UUID()
    withdrawn_on = fields.Date()
    purposes = fields.List(fields.String(), metadata={"description": "Empty: everything."})
    by_words = fields.Boolean()
    releases = fields.Integer(metadata={"description": "How many releases held them."})


class WithdrawalSchema(Schema):
    id = fields.UUID()
    person = fields.UUID()
    purposes = fields.List(fields.String(), metadata={"description": "Empty: everything."})
    withdrawn_on = fields.Date()
    entered_by = fields.String(allow_none=True)


class RanOutSchema(Schema):
    count = fields.Integer()


class ReceiptQuery(Strict):
    read = fields.String(validate=validate.OneOf(list(tongues.LANGUAGES), error=NOT_A_CODE))


class ReceiptOfReportQuery(ReceiptQuery):
    person = fields.Integer(
        validate=NUMBER,
        metadata={"description": "Their number among the people of the report; the first who was asked."},
    )


class ReceiptSchema(Schema):
    """Lines for the person to carry, only where they wish to. No name stands in them."""

    language = fields.String()
    lines = fields.List(fields.String())


class WordsOfOneSchema(Schema):
    number = fields.Integer(metadata={"description": "Of the person among the people of the report."})
    words = fields.String()


# -- whom to ask


@routes.route("/consents/again")
@needs(P.CONSENT_RECORD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(AgainSchema, "AskAgainSchema"))
def again(query: dict[str, Any]) -> dict[str, Any]:
    """Whose yes ends within two months or has ended; the first on top. An answer may hold fewer than `limit`."""
    rows, onward = _asked(consent.ending, query)
    today = work().today.isoformat()
    ending = [each for each in rows if each[2] is None or each[2]]
    whom = _whom([person for person, _event, _ends in ending])
    items = [
        {
            **whom[person.id],
            "uses": list(ends or ()),
            "until": consent.first_of(ends),
            "over": "" < consent.first_of(ends) < today,
        }
        for person, _event, ends in ending
    ]
    return {"items": items, "next": onward}


@routes.route("/consents/later")
@needs(P.CONSENT_RECORD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(LaterSchema, "AskLaterSchema"))
def later(query: dict[str, Any]) -> dict[str, Any]:
    """Who said “ask me later” and did not decide since, by the day. An answer may hold fewer than `limit`."""
    rows, onward = _asked(consent.said_later, query)
    waiting = [each for each in rows if consent.later_in(each[2])]
    whom = _whom([person for person, _event, _said in waiting])
    items = [
        {**whom[person.id], "later": consent.later_in(said), "entered_by": who(event.entered_by)}
        for person, event, said in waiting
    ]
    return {"items": items, "next": onward}


def _asked(deed: Any, query: dict[str, Any]) -> tuple[list[Any], str | None]:
    found = deed(work(), query["limit"] + 1, mark(query))
    return cut(found, lambda each: (str(each[1].ask_again_on), str(each[1].id)), query)


@routes.route("/consents/withdrawn")
@needs(P.CONSENT_RECORD)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(WithdrawnSchema, "AllWithdrawnSchema"))
def withdrawn(query: dict[str, Any]) -> dict[str, Any]:
    """Who took something back, the newest first."""
    found = consent.all_withdrawals(work(), query["limit"] + 1, mark(query))
    rows, onward = cut(found, lambda row: (str(row.withdrawn_on), str(row.id)), query)
    people = {row.id: work().db.get(Person, row.person_id) for row in rows}
    whom = _whom([person for person in people.values() if person is not None])
    items = [
        {
            **(whom[row.person_id] if people[row.id] is not None else NOBODY),
            "id": row.id,
            "withdrawn_on": row.withdrawn_on,
            "purposes": row.purposes,
            "by_words": row.entered_by == keys.NODE,
            "releases": _releases(people[row.id]),
        }
        for row in rows
    ]
    return {"items": items, "next": onward}


def _releases(person: Person | None) -> int:
    return len(publish.holding(work(), person)) if person is not None else 0


def _whom(people: Sequence[Person]) -> dict[UUID, dict[str, Any]]:
    each = list({person.id: person for person in people}.values())
    return {
        id: {"person": id, "references": references, **opened(facts=_in_short(facts))}
        for id, (facts, references) in search.told_apart(work(), each).items()
    }


def _in_short(facts: Any) -> Any:
    return facts and {name: value for name, value in facts.items() if name in TOLD_APART}


@routes.route("/consents/ran-out", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.response(200, RanOutSchema)
def ran_out() -> dict[str, int]:
    """Enter in the records which yes was not renewed in time, and of how many people."""
    return {"count": consent.note_what_ran_out(work())}


# -- what somebody decides


@routes.route("/persons/<uuid:id>/consents", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.arguments(ConsentDecisionSchema)
@routes.response(201, DecisionEventSchema)
def decide(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Enter what somebody decided: one more event, and nothing before it is changed."""
    person, _incidents = search.person(work(), id)
    try:
        event = consent.decide(work(), person, given)
    except InvalidInput as problem:
        raise InvalidInput(_at_its_name(problem)) from None
    said = work().read_all([event], "decisions")[0]
    return {
        "id": event.id,
        "event": said["event"],
        "entered_on": event.entered_on,
        "entered_by": who(event.entered_by),
        "decisions": said["decisions"],
        "ask_again_on": event.ask_again_on,
    }


def _at_its_name(problem: InvalidInput) -> dict[str, Any]:
    named = {name.removeprefix(IN_DOCUMENT): said for name, said in problem.fields.items()}
    return {"answers" if name == "again" else name: said for name, said in named.items()}


@routes.route("/persons/<uuid:id>/withdraw", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.arguments(WithdrawSchema)
@routes.response(201, WithdrawalSchema)
def withdraw(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Somebody takes back what they agreed to: it works at once, for everything that has not left yet."""
    person, _incidents = search.person(work(), id)
    if bool(given["purposes"]) == given["everything"]:
        raise InvalidInput({"purposes": [CHOOSE]})
    row = consent.withdraw(work(), person, [Purpose(each) for each in given["purposes"]])
    return {
        "id": row.id,
        "person": row.person_id,
        "purposes": row.purposes,
        "withdrawn_on": row.withdrawn_on,
        "entered_by": who(row.entered_by),
    }


# -- what they take along


@routes.route("/persons/<uuid:id>/receipt")
@needs(P.INCIDENT_READ)
@routes.arguments(ReceiptQuery, location="query")
@routes.response(200, ReceiptSchema)
def receipt(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """What somebody decided, all in all, in their language or in the one asked for."""
    person, _incidents = search.person(work(), id)
    return _receipt(consent.receipts.of_person(work(), person), query)


@routes.route("/reports/<uuid:id>/receipt")
@needs(P.REPORT_READ_OWN)
@routes.arguments(ReceiptOfReportQuery, location="query")
@routes.response(200, ReceiptSchema)
def of_report(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """The same of one who told in a report of mine, from what was told."""
    told = report.read_own(work(), id)
    people, on = told.document["persons"], told.report.received_on
    return _receipt(consent.receipts.of_told(people, query.get("person"), on), query)


def _receipt(said: Mapping[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    locale = get_locale()
    screen = str(locale.language) if locale else "en"
    language = consent.receipts.language_of(said, query.get("read", ""), screen)
    return {"language": language, "lines": consent.receipts.in_words(work(), said, language)}


@routes.route("/reports/<uuid:id>/words")
@needs(P.REPORT_READ_OWN)
@routes.arguments(SliceQuery, location="query")
@routes.response(200, listing(WordsOfOneSchema, "WordsOfTellersSchema"))
def words(query: dict[str, Any], id: UUID) -> dict[str, Any]:
    """The three words of each who told in a report of mine: on the day they were made, until they are taken.

    They act for whoever holds them, without a sign-in, so no token is told them.
    """
    work().actor.must_be_in_person()
    report.own_line(work(), id)
    every = list(enumerate(parting.of_each(work(), id)))
    rows, onward = sliced(every, lambda each: (each[0],), query)  # a place says nothing of the words
    return {"items": [{"number": number, "words": said} for _place, (number, said) in rows], "next": onward}


@routes.route("/reports/<uuid:id>/words/taken", methods=["POST"])
@needs(P.REPORT_READ_OWN)
@routes.response(204)
def taken(id: UUID) -> None:
    """All of them are in safe hands: here they are gone, and nobody can show them again. No token says so."""
    work().actor.must_be_in_person()
    report.own_line(work(), id)
    parting.taken(work(), [id])
