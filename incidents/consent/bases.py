"""The other kind of Permit: a recorded basis, set by a reviewer with reasons and confirmed by a second person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.consent.answers import (
    NEVER_BY_BASIS,
    NO,
    OBJECTED,
    ONLY_AS_PUBLISHED,
    REFUSED,
    Answer,
    Permit,
    Refusal,
)
from incidents.errors import InvalidInput, MoveNotAllowed, ReasonsNeeded, SecondPersonNeeded, _
from incidents.model.consent import Basis
from incidents.model.people import Person
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PartKind, Purpose
from incidents.work import Permission, Unreadable, Work

PUBLISHED = "published_source"  # what somebody else published
NUMBER_ONLY = "number_only"  # mentioned and never asked, a group without names, fellow captives: a number
UNRECOGNIZABLE = "unrecognizable"  # nobody could recognize them in the teller's account
TWO_REVIEWERS = "two_reviewers"  # what a child's consent needs besides
DEAD, MISSING, HELD, FREE = "dead", "missing", "held", "free"  # how somebody is, and who says so
STATES = (DEAD, MISSING, HELD, FREE)
KINDS = (PUBLISHED, NUMBER_ONLY, UNRECOGNIZABLE, TWO_REVIEWERS, *STATES)
# What each may stand for; a published source: whatever its licence says.
STANDS_FOR: Mapping[str, frozenset[Purpose]] = {
    NUMBER_ONLY: frozenset({Purpose.STATISTICS}),
    UNRECOGNIZABLE: frozenset({Purpose.PUBLISH}),
}
SHORTEST_REASON = 12  # characters: a sentence that the second person can weigh
TOO_SHORT = _("Write a sentence that the second person can weigh.")
WHO_SAYS_SO = _("Say who told of it, by their relation to the person.")
NO_SUCH_KIND = _("This is not one of the choices.")


@dataclass(frozen=True)
class Bases:
    """Those of some people: their own, and those of the import that they came in with."""

    rows: list[tuple[Basis, dict[str, Any]]] = field(repr=False)
    batches: dict[UUID, UUID]  # person → the import that published them
    in_confidence: frozenset[UUID]  # who also told us something that nobody published

    def of(self, person: UUID, *kinds: str) -> list[tuple[Basis, dict[str, Any]]]:
        """In the order of the rows."""
        batch = self.batches.get(person)
        places = self._places.get(person, []) + (self._places.get(batch, []) if batch is not None else [])
        found = (self.rows[place] for place in sorted({*places}))
        return [(basis, facts) for basis, facts in found if not kinds or facts.get("kind") in kinds]

    def alike(self, person: UUID) -> tuple[UUID | None, bool] | None:
        """Who is alike in this is so in every basis of theirs; none: somebody of whom a basis of their own speaks."""
        if person in self._places:
            return None
        return self.batches.get(person), bool(self.in_confidence) and person in self.in_confidence

    @cached_property
    def _places(self) -> dict[UUID, list[int]]:
        """Where the bases of a person, or of an import, stand."""
        found: dict[UUID, list[int]] = {}
        for place, (basis, _facts) in enumerate(self.rows):
            for id in (basis.person_id, basis.batch_id):
                if id is not None:
                    found.setdefault(id, []).append(place)
        return found

    def confirmed(self, person: UUID, kind: str, purpose: Purpose) -> UUID | None:
        """A basis of this kind in force for this use."""
        for basis, facts in self.of(person, kind):
            if basis.confirmed_by and not basis.ended_on and purpose.value in facts.get("purposes", []):
                return basis.id
        return None

    def state(self, person: UUID) -> str | None:
        """What was last said of them, of one day the graver; that they are free counts once it is confirmed."""
        said = [
            (basis.set_on, -STATES.index(facts["kind"]), facts["kind"])
            for basis, facts in self.of(person, *STATES)
            if not basis.ended_on and (basis.confirmed_by or facts["kind"] != FREE)
        ]
        return max(said)[2] if said else None

    def sure(self, person: UUID, state: str) -> bool:
        """Whether a second person confirmed that they are so."""
        return any(basis.confirmed_by and not basis.ended_on for basis, _facts in self.of(person, state))


# -- deeds


def set_basis(
    work: Work, facts: dict[str, Any], *, batch_id: UUID | None = None, person_id: UUID | None = None
) -> Basis:
    """Record why something may be used that nobody here could be asked about. It waits for a second person."""
    work.actor.must(Permission.CONSENT_RECORD)
    if facts.get("kind", PUBLISHED) not in KINDS:
        raise InvalidInput({"kind": [NO_SUCH_KIND]})
    if not facts.get("citation") and not facts.get("reasons"):
        raise ReasonsNeeded
    if facts.get("kind") in STATES and not facts.get("relation"):
        raise InvalidInput({"relation": [WHO_SAYS_SO]})
    basis = Basis(batch_id=batch_id, person_id=person_id, set_by=work.actor.id, set_on=work.today)
    work.seal(basis, facts=facts)
    work.add(basis)
    work.note("basis.set", basis)
    return basis


def propose_basis(work: Work, person: Person, given: Mapping[str, Any]) -> Basis:
    """The same of one person, with a reason in a sentence: `kind`, `reasons`, `purposes`, `relation`, `citation`."""
    if len(given.get("reasons", "").strip()) < SHORTEST_REASON:
        raise InvalidInput({"reasons": [TOO_SHORT]})
    facts = {
        "kind": given.get("kind", ""),
        "relation": given.get("relation", ""),
        "citation": given.get("citation", "").strip(),
        "purposes": [p.value for p in Purpose if p.value in given.get("purposes", ())],
        "reasons": given["reasons"].strip(),
    }
    return set_basis(work, {name: value for name, value in facts.items() if value}, person_id=person.id)


def confirm_basis(work: Work, basis: Basis) -> None:
    """The second person's yes, once: said again, “free” would end a state that came after it. No program says it."""
    work.actor.must(Permission.CONSENT_RECORD)
    work.actor.must_be_in_person()
    if basis.confirmed_by or basis.ended_on:
        raise MoveNotAllowed
    if basis.set_by == work.actor.id:
        raise SecondPersonNeeded
    work.vouched([basis])  # a row that was changed behind the program must not be confirmed into force
    basis.confirmed_by, basis.confirmed_on = work.actor.id, work.today
    work.note("basis.confirmed", basis)
    if basis.person_id is not None and work.read(basis, "facts", "consent").get("kind") == FREE:
        _end_states(work, basis)


def _end_states(work: Work, free: Basis) -> None:
    """Free: what was said of them before, that they were held or missing, is over."""
    before = Basis.person_id == free.person_id, Basis.id != free.id, Basis.set_on <= free.set_on
    rows = list(work.db.scalars(select(Basis).where(*before)))
    for row, facts in zip(rows, work.read_all(rows, "facts", "consent"), strict=True):
        if not isinstance(facts, Unreadable) and facts.get("kind") in (MISSING, HELD) and not row.ended_on:
            row.ended_on = work.today
            work.note("basis.ended", row)


def object_to(work: Work, basis: Basis) -> None:
    """Somebody whom it concerns objects: it ends at once, and packs that rest on it go out no more."""
    work.actor.must(Permission.CONSENT_RECORD)
    if basis.ended_on:
        raise MoveNotAllowed  # it ended on that day, and on no later one
    basis.ended_on = work.today
    work.stop(basis)
    work.note("basis.ended", basis)


def waiting_bases(work: Work) -> list[Basis]:
    work.actor.must(Permission.CONSENT_RECORD)
    return list(work.db.scalars(select(Basis).where(Basis.confirmed_by.is_(None), Basis.ended_on.is_(None))))


def bases_of(work: Work, person_id: UUID) -> list[tuple[Basis, Any]]:
    """What was recorded of one person, for a reviewer's page."""
    work.actor.must(Permission.INCIDENT_READ)
    rows = list(
        work.db.scalars(select(Basis).where(Basis.person_id == person_id).order_by(Basis.set_on, Basis.id))
    )
    return list(zip(rows, work.read_all(rows, "facts"), strict=True))


# -- judging by them


def read(work: Work) -> Bases:
    """Every basis, opened; of nobody yet."""
    rows = list(work.db.scalars(select(Basis)))
    work.vouched(rows)
    opened = work.read_all(rows, "facts", "consent")
    kept = [
        (row, facts) for row, facts in zip(rows, opened, strict=True) if not isinstance(facts, Unreadable)
    ]
    return Bases([(row, {"kind": PUBLISHED, **facts}) for row, facts in kept], {}, frozenset())


def and_of(work: Work, bases: Bases, ids: list[list[UUID]]) -> Bases:
    """And which import each of these people came in with."""
    batches, confidence = _imports(work, ids)
    return replace(
        bases, batches={**bases.batches, **batches}, in_confidence=bases.in_confidence | confidence
    )


def _imports(work: Work, ids: list[list[UUID]]) -> tuple[dict[UUID, UUID], set[UUID]]:
    """The import that a person came in with, where there was one: by their own report, not by the incident.

    Somebody who told us of an incident that was published too was not published by that.
    """
    found: dict[UUID, UUID] = {}
    confidence: set[UUID] = set()
    for chunk in ids:
        query = (
            select(ReportPart.person_id, ReportPart.kind, Report.batch_id)
            .join(Report, ReportPart.report_id == Report.id)
            .where(ReportPart.person_id.in_(chunk))
        )
        for person, kind, batch in work.db.connection().execute(query).all():
            if person is None:
                continue  # said of nobody who has a record
            if batch is not None:
                found[person] = batch
            elif kind in (PartKind.TELLER, PartKind.PERSON):
                confidence.add(person)
    return found, confidence


def by_basis(bases: Bases, person: UUID, purpose: Purpose, own: Answer, *, child: bool) -> Answer:
    """A published source, confirmed by a second person; never over the person's own refusal."""
    if isinstance(own, Permit) or own.reason == REFUSED or purpose in NEVER_BY_BASIS:
        return own
    fitting = [
        (basis, facts)
        for basis, facts in bases.of(person, PUBLISHED)
        if purpose.value in facts.get("purposes", [])
        and (purpose not in ONLY_AS_PUBLISHED or _only_published(bases, person, basis, facts))
        and not (purpose == Purpose.IDENTITY and child)
    ]
    for basis, _facts in fitting:
        if basis.confirmed_by and not basis.ended_on:
            return Permit("basis", basis.id, restricted=True)
    if any(not basis.ended_on for basis, _facts in fitting):
        return Refusal("basis_unconfirmed")
    return Refusal(OBJECTED) if fitting else own


def _only_published(bases: Bases, person: UUID, basis: Basis, facts: Mapping[str, Any]) -> bool:
    """Whether everything that is held on the person was published; what was told in confidence is not mixed in."""
    if person in bases.in_confidence:
        return False
    return basis.batch_id is not None or bool(facts.get("everything_published"))


def number_only(bases: Bases, person: UUID, purpose: Purpose, tellers: Iterable[Answer]) -> Answer:
    """Mentioned and never asked: a number, or words in which nobody could recognize them, with a teller's yes."""
    kind = NUMBER_ONLY if purpose == Purpose.STATISTICS else UNRECOGNIZABLE
    basis = bases.confirmed(person, kind, purpose)
    if basis is None:
        waits = [each for each, _facts in bases.of(person, kind) if not each.confirmed_by]
        return Refusal("basis_unconfirmed") if waits else NO
    if not any(isinstance(answer, Permit) for answer in tellers):
        return Refusal("no_teller")
    return Permit("basis", basis)
