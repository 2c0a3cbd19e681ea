"""What the pages of records show of consent besides the decisions: who took what back, what else stands for it."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from incidents import consent
from incidents.errors import InvalidInput, NotFound, SecondPersonNeeded
from incidents.model.consent import Basis, Withdrawal
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.release import correct, publish
from incidents.search import Opened
from incidents.web.frame import say, work
from incidents.web.language import reads
from incidents.web.records import as_id, who
from incidents.work import Compartment, Permission, Unreadable, keys


def withdrawn(people: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Of those who took something back: since when, what, and whether with their words."""
    found = consent.withdrawals(work(), people)
    return {id: _in_short(rows) for id, rows in found.items()}


def _in_short(rows: list[Withdrawal]) -> dict[str, Any]:
    purposes = {purpose for row in rows for purpose in row.purposes}
    return {
        "on": rows[-1].withdrawn_on,
        "everything": any(not row.purposes for row in rows),
        "purposes": [purpose.value for purpose in Purpose if purpose.value in purposes],
        "by_words": rows[-1].entered_by == keys.NODE,
        "ids": [str(row.id) for row in rows],  # a yes that answers them says that it knew of each
    }


def stopped(opened: Opened) -> list[dict[str, Any]]:
    """The same for an incident, by the numbers of its people."""
    found = withdrawn([person.id for person, _facts in opened.people])
    return [
        {"number": number, **found[person.id]}
        for number, (person, _facts) in enumerate(opened.people, 1)
        if person.id in found
    ]


def releases(person: Person) -> list[dict[str, Any]]:
    """The releases that held a person, each with what to send to whoever has it, and its correction."""
    if not work().vault.holds(Compartment.FACTS):
        return []
    signs, prepares = work().actor.may(Permission.RELEASE_SIGN), work().actor.may(Permission.RELEASE_PREPARE)
    found = []
    for each in publish.holding(work(), person):
        later = correct.correction_of(work(), each)
        out = each.signed_on is not None
        found.append(
            {
                "url": url_for("release.show", id=each.id) if signs or prepares else None,
                "reference": each.reference,
                "signed_on": each.signed_on,
                "correction": later.reference if later else None,
                "may_correct": prepares and out,
                "correct_url": url_for("release.correction", id=each.id),
                "notice": correct.notice(each.reference, later.reference if later else None, reads())
                if out
                else None,
            }
        )
    return found


def bases_of(person: Person) -> list[dict[str, Any]]:
    """What was recorded beside the person's own consent, and who may confirm it."""
    return [
        {
            "id": basis.id,
            "facts": facts,
            "kind": None if isinstance(facts, Unreadable) else facts.get("kind"),
            "set_by": who(basis.set_by),
            "set_on": basis.set_on,
            "confirmed_by": who(basis.confirmed_by) if basis.confirmed_by else None,
            "ended_on": basis.ended_on,
            "mine": basis.set_by == work().actor.id,
        }
        for basis, facts in consent.bases_of(work(), person.id)
    ]


def _set(person: Person) -> None:
    """A reason beside the person's own consent: it waits for a second person."""
    given: dict[str, Any] = {
        name: request.form.get(f"basis.{name}", "") for name in ("kind", "relation", "citation", "reasons")
    }
    try:
        consent.propose_basis(work(), person, given | {"purposes": request.form.getlist("basis.purposes")})
    except InvalidInput as problem:
        raise InvalidInput({f"basis.{name}": said for name, said in problem.fields.items()}) from None
    say(_("Recorded. It counts once a second person confirmed it."))


def _one(person: Person) -> Basis:
    basis = work().get(Basis, as_id(request.form.get("basis", "")))
    if basis.person_id != person.id:
        raise NotFound
    return basis


def _confirm(person: Person) -> None:
    try:
        consent.confirm_basis(work(), _one(person))
    except SecondPersonNeeded as problem:
        raise InvalidInput({"basis": [problem.said(_)]}) from None
    say(_("Confirmed. It counts from now on."))


def _object(person: Person) -> None:
    consent.object_to(work(), _one(person))
    say(_("Ended. What rests on it goes out no more."))


DEEDS = {"basis": _set, "confirm_basis": _confirm, "end_basis": _object}
