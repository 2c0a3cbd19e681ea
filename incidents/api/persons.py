"""One person: what is known of them in codes, what they decided, what else stands for it; one field opened."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from incidents import consent, erasure, follow_up, opening, search, sharing
from incidents.api.frame import Routes, house, once_done, who, work
from incidents.api.schemas import EraseSchema, IncidentRefSchema, PersonOutSchema, opened, unreadable
from incidents.errors import NotFound
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model.consent import Basis
from incidents.model.people import IDENTITY_FIELDS, Person
from incidents.model.vocabulary import Purpose
from incidents.release import publish
from incidents.search import Known
from incidents.work import Compartment, Permission, Unreadable, keys

routes = Routes("persons", "")
P = Permission
LONG = validate.Length(max=20_000)


class OpenFieldSchema(Strict):
    """One field, and why it is opened."""

    field = fields.String(required=True, validate=validate.OneOf(sorted(IDENTITY_FIELDS), error=NOT_A_CODE))
    reason = fields.String(required=True, validate=validate.OneOf(search.REASONS, error=NOT_A_CODE))


class OpenedFieldSchema(Schema):
    """`asked`: nothing is open yet, for a colleague must say yes first and was asked."""

    field = fields.String()
    value = fields.Raw(allow_none=True)
    asked = fields.Boolean()
    unreadable = unreadable()


class PartSchema(Schema):
    act = fields.String(allow_none=True)
    part = fields.String(allow_none=True)


class InIncidentSchema(IncidentRefSchema):
    number = fields.Integer(metadata={"description": "The number they have in it."})
    parts = fields.List(fields.Nested(PartSchema))


class MayBeSchema(Schema):
    """A use, as it would be judged now: on what it rests, or why not."""

    purpose = fields.String()
    permitted = fields.Boolean()
    why = fields.String()
    until = fields.Date(allow_none=True)


class EventSchema(Schema):
    id = fields.UUID()
    entered_on = fields.Date()
    entered_by = fields.String(allow_none=True)
    said = fields.Dict(allow_none=True)
    unreadable = unreadable()


class TakenBackSchema(Schema):
    id = fields.UUID()
    withdrawn_on = fields.Date()
    purposes = fields.List(fields.String(), metadata={"description": "Empty: everything."})
    by_words = fields.Boolean()


class NewBasisSchema(Strict):
    kind = fields.String(required=True, validate=validate.OneOf(consent.KINDS, error=NOT_A_CODE))
    reasons = fields.String(required=True, validate=LONG)
    relation = fields.String(load_default="", validate=validate.Length(max=200))
    citation = fields.String(load_default="", validate=LONG)
    purposes = fields.List(
        fields.String(validate=validate.OneOf(list(Purpose), error=NOT_A_CODE)),
        load_default=list,
        validate=validate.Length(max=100),
    )


class BasisSchema(Schema):
    id = fields.UUID()
    facts = fields.Dict(allow_none=True)
    set_by = fields.String(allow_none=True)
    set_on = fields.Date()
    confirmed_by = fields.String(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    unreadable = unreadable()


class WentOutSchema(Schema):
    id = fields.UUID()
    reference = fields.String()


class OnePersonSchema(PersonOutSchema):
    incidents = fields.List(fields.Nested(InIncidentSchema))
    may = fields.List(fields.Nested(MayBeSchema))
    decided = fields.List(fields.Nested(EventSchema))
    withdrawn = fields.List(fields.Nested(TakenBackSchema))
    bases = fields.List(fields.Nested(BasisSchema))
    erasure_due = fields.Date(allow_none=True)
    texts_waiting = fields.Integer(
        metadata={"description": "Texts that may name them and wait for an answer."}
    )
    releases = fields.List(fields.Nested(WentOutSchema))
    packages = fields.List(fields.Nested(WentOutSchema))


class AskToEraseSchema(Strict):
    words = fields.String(
        required=True, validate=LONG, metadata={"description": "Who asked for it, and how."}
    )


class ProposedErasureSchema(Schema):
    id = fields.UUID()
    due_on = fields.Date()


@routes.route("/persons/<uuid:id>")
@needs(P.INCIDENT_READ)
@routes.response(200, OnePersonSchema)
def show(id: UUID) -> dict[str, Any]:
    """Somebody in codes: their part in each incident, what may be done with what they told, what they decided."""
    known = search.open_person(work(), id)
    person = known.person
    answers = consent.as_it_stands(work(), [person], list(Purpose))
    taken = consent.withdrawals(work(), [id]).get(id, [])
    return {
        "id": person.id,
        "version": person.version,
        "kind": person.kind.value,
        "teller": person.teller,
        **opened(facts=known.facts),
        "incidents": _incidents(known),
        "may": [_may_be(purpose, found[id]) for purpose, found in answers.items()],
        "decided": [
            {
                "id": row.id,
                "entered_on": row.entered_on,
                "entered_by": who(row.entered_by),
                **opened(said=said),
            }
            for row, said in consent.history(work(), person)
        ],
        "withdrawn": [
            {
                "id": row.id,
                "withdrawn_on": row.withdrawn_on,
                "purposes": row.purposes,
                "by_words": row.entered_by == keys.NODE,
            }
            for row in taken
        ],
        "bases": [_basis(basis, facts) for basis, facts in consent.bases_of(work(), id)],
        "erasure_due": _erasure_due(id),
        "texts_waiting": erasure.of_erasures(work(), id),
        **_went_out(person),
    }


def _incidents(known: Known) -> list[dict[str, Any]]:
    return [
        {
            "id": incident.id,
            "reference": incident.reference,
            "number": number,
            "parts": [{"act": _of(act, "type"), "part": _of(said, "part")} for act, said in acts],
        }
        for incident, number, acts in known.incidents
    ]


def _of(facts: Any, name: str) -> Any:
    return None if isinstance(facts, Unreadable) else facts.get(name)


def _may_be(purpose: Purpose, answer: consent.Answer) -> dict[str, Any]:
    if isinstance(answer, consent.Refusal):
        return {"purpose": purpose.value, "permitted": False, "why": answer.reason, "until": None}
    return {"purpose": purpose.value, "permitted": True, "why": answer.kind, "until": answer.until}


def _basis(basis: Basis, facts: Any) -> dict[str, Any]:
    return {
        "id": basis.id,
        "set_by": who(basis.set_by),
        "set_on": basis.set_on,
        "confirmed_by": who(basis.confirmed_by) if basis.confirmed_by else None,
        "ended_on": basis.ended_on,
        **opened(facts=facts),
    }


def _erasure_due(id: UUID) -> date | None:
    return next((each.due_on for each in erasure.open_ones(work(), id)), None)


def _went_out(person: Person) -> dict[str, Any]:
    """The releases and packages that held them, for whoever sees them on the page."""
    released = publish.holding(work(), person) if work().vault.holds(Compartment.FACTS) else []
    handed = sharing.holding(work(), person) if work().actor.may(P.SHARING_PREPARE) else []
    return {"releases": released, "packages": handed}


@routes.route("/persons/<uuid:id>/identity", methods=["POST"])
@needs(P.IDENTITY_OPEN)
@routes.arguments(OpenFieldSchema)
@routes.response(200, OpenedFieldSchema)
def identity(given: dict[str, str], id: UUID) -> dict[str, Any]:
    """One field of who somebody is, for a reason that is noted; a phone to be called on only where that is safe."""
    person, _incidents = search.person(work(), id)
    found = follow_up.identity(work(), person, given["field"], given["reason"])
    return opened_field(given["field"], found)


def opened_field(name: str, found: Any) -> dict[str, Any]:
    """What was opened, or that somebody was asked."""
    if found is opening.ASKED:
        return {"field": name, "value": None, "asked": True, "unreadable": {}}
    return {"field": name, "asked": False, **opened(value=found)}


# -- what else stands for their consent


@routes.route("/persons/<uuid:id>/bases", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.arguments(NewBasisSchema)
@routes.response(201, BasisSchema)
def propose_basis(given: dict[str, Any], id: UUID) -> dict[str, Any]:
    """A reason beside somebody's own consent: it counts once a second person confirmed it."""
    person, _incidents = search.person(work(), id)
    basis = consent.propose_basis(work(), person, given)
    return _basis(basis, work().read_all([basis], "facts")[0])


@routes.route("/bases/<uuid:id>/confirm", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.response(200, BasisSchema)
def confirm_basis(id: UUID) -> dict[str, Any]:
    """The second person's yes to one of them; never one's own."""
    basis = _one(id)
    consent.confirm_basis(work(), basis)
    return _basis(basis, work().read_all([basis], "facts")[0])


@routes.route("/bases/<uuid:id>/end", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.response(200, BasisSchema)
def end_basis(id: UUID) -> dict[str, Any]:
    """Somebody whom it concerns objects: it ends at once, and what rests on it goes out no more."""
    basis = _one(id)
    consent.object_to(work(), basis)
    return _basis(basis, work().read_all([basis], "facts")[0])


def _one(id: UUID) -> Basis:
    """Of somebody who may be seen; one of a whole import stands on the page of the import."""
    basis = work().get(Basis, id)
    if basis.person_id is None:
        raise NotFound
    search.person(work(), basis.person_id)
    return basis


# -- erasing


@routes.route("/persons/<uuid:id>/erase", methods=["POST"])
@needs(P.ERASURE_DO)
@routes.arguments(EraseSchema)
@routes.response(204)
def erase(given: dict[str, str], id: UUID) -> None:
    """Their keys are destroyed: nobody can open it again, and older backups of the keys are gone in 30 days."""
    person, _incidents = search.person(work(), id)
    erasure.erase_person(work(), person, given["decision"].strip())
    once_done(partial(erasure.finish, house()))


@routes.route("/persons/<uuid:id>/ask-erasure", methods=["POST"])
@needs(P.CONSENT_RECORD)
@routes.arguments(AskToEraseSchema)
@routes.response(201, ProposedErasureSchema)
def ask_to_erase(given: dict[str, str], id: UUID) -> Any:
    """Somebody asks whom no known contact reaches: all use stops, the erasure waits for its day."""
    person, _incidents = search.person(work(), id)
    return erasure.ask(work(), person, given["words"])
