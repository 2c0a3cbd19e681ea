"""What a person decided, what else may stand in its place, and the one judge of what may leave.

`permits` is the only judge. What was not asked is not consented; what is not recorded
is not permitted; a withdrawal in clear is obeyed before anything sealed is looked at.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import ReasonsNeeded, SecondPersonNeeded
from incidents.model.consent import Basis, ConsentEvent, Withdrawal
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import Purpose
from incidents.work import Permission, Unreadable, Work

GIVEN, REFUSED, WITHDRAWN = "given", "refused", "withdrawn"
PUBLISHED = "published_source"  # the basis of what somebody else published
NEVER_BY_BASIS = frozenset({Purpose.AUTHORITIES, Purpose.CONTACT, Purpose.IDENTITY, Purpose.QUOTE})
CHILD = 12
ADULT = 18
BANDS_UNDER_12 = frozenset({"0-4", "5-9", "10-11", "CHI"})
BANDS_12_TO_17 = frozenset({"12-14", "15-17"})
CHILDREN = frozenset({"UAC", "SEP"})  # of a population: unaccompanied, separated; how old is not said


@dataclass(frozen=True, slots=True)
class Permit:
    """Why something may leave: a consent event, or a basis that two people stand for."""

    kind: str  # consent, basis
    id: UUID
    restricted: bool = False  # restricted acts may be named


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it may not; the code stands in the release's counts."""

    reason: str  # no_consent, refused, withdrawn, basis_unconfirmed, erased


Answer = Permit | Refusal


def record(
    work: Work, person: Person, given: dict[str, Any], *, entered_by: UUID, event: str = GIVEN
) -> ConsentEvent:
    """Append one event to a person's ledger. Nothing in it is ever changed."""
    number, previous = _last(work, person.id)
    kept = ConsentEvent(person_id=person.id, number=number + 1, entered_by=entered_by, entered_on=work.today)
    decisions = {
        "schema": 1,
        "event": event,
        "decisions": given.get("decisions", {}),
        "method": given.get("method"),
        "language": given.get("language"),
        "given_by": given.get("given_by") or "self",
        "restricted": bool(given.get("restricted")),
        "on": given.get("on") or work.today.isoformat(),
        "previous": previous,
    }
    work.seal(kept, decisions=decisions, names=given.get("names"))
    work.add(kept)
    work.note("consent.recorded", kept, purposes=sorted(given.get("decisions", {})))
    return kept


def _last(work: Work, person_id: UUID) -> tuple[int, str]:
    """The number of the last event and a hash over its seal, for the next one to hold on to."""
    pending = [e for e in work.pending(ConsentEvent) if e.person_id == person_id]
    last = (
        max(pending, key=lambda e: e.number, default=None)
        or work.db.scalars(
            select(ConsentEvent)
            .where(ConsentEvent.person_id == person_id)
            .order_by(ConsentEvent.number.desc())
        ).first()
    )
    return (last.number, hashlib.sha256(last.decisions.data).hexdigest()) if last else (0, "")


def decide(work: Work, person: Person, given: dict[str, Any]) -> ConsentEvent:
    """Enter what a person decided later: given, changed or refused."""
    work.actor.must(Permission.CONSENT_RECORD)
    return record(work, person, given, entered_by=work.actor.id, event="changed")


def withdraw(work: Work, person: Person, purposes: Iterable[Purpose] = ()) -> Withdrawal:
    """Works at once for every later exit; no reason is asked. No purpose named: all of them."""
    work.actor.must(Permission.CONSENT_RECORD)
    stop = Withdrawal(
        person_id=person.id,
        purposes=sorted(purpose.value for purpose in purposes),
        withdrawn_on=work.today,
        entered_by=work.actor.id,
    )
    work.add(stop)
    work.note("consent.withdrawn", person, purposes=stop.purposes)
    return stop


def set_basis(
    work: Work, facts: dict[str, Any], *, batch_id: UUID | None = None, person_id: UUID | None = None
) -> Basis:
    """Record why something may be used that nobody here could be asked about. It waits for a second person."""
    work.actor.must(Permission.CONSENT_RECORD)
    if not facts.get("citation") and not facts.get("reasons"):
        raise ReasonsNeeded
    basis = Basis(batch_id=batch_id, person_id=person_id, set_by=work.actor.id, set_on=work.today)
    work.seal(basis, facts=facts)
    work.add(basis)
    work.note("basis.set", basis)
    return basis


def confirm_basis(work: Work, basis: Basis) -> None:
    """The second person's yes."""
    work.actor.must(Permission.CONSENT_RECORD)
    if basis.set_by == work.actor.id:
        raise SecondPersonNeeded
    work.vouched([basis])  # a row that was changed behind the program must not be confirmed into force
    basis.confirmed_by, basis.confirmed_on = work.actor.id, work.today
    work.note("basis.confirmed", basis)


# -- the one question


def permits(work: Work, person: Person, purpose: Purpose, *, on: date | None = None) -> Answer:
    """Whether this person's part may leave for this purpose, on this day."""
    return permits_all(work, [person], purpose, on=on)[person.id]


def permits_all(
    work: Work, people: Sequence[Person], purpose: Purpose, *, on: date | None = None
) -> dict[UUID, Answer]:
    """The same for many, at the cost of a few queries."""
    day = on or work.today
    same = _same(work)
    asked = {person.id for person in people}
    others = {other for id in asked if id in same for other in same[id]} - asked
    rows = [row for chunk in _chunks(list(others)) for row in _people(work, chunk)]
    own = _own_answers(work, [*people, *rows], purpose, day)
    return {id: _of_all(own, same.get(id, ()), own[id]) for id in own if id in asked}


def _of_all(own: dict[UUID, Answer], records: Iterable[UUID], answer: Answer) -> Answer:
    """What one record of a person forbids, none of them permits; what one permits is that one's alone."""
    for reason in (WITHDRAWN, REFUSED):
        stop = Refusal(reason)
        if any(own.get(id) == stop for id in records):
            return stop
    return answer


def _people(work: Work, ids: Sequence[UUID]) -> Sequence[Person]:
    return work.db.scalars(select(Person).where(Person.id.in_(ids))).all()


def _same(work: Work) -> dict[UUID, set[UUID]]:
    """All records of one person, for each of whom there are several."""
    rows = list(work.db.scalars(select(Rearrangement).where(Rearrangement.kind == Arrangement.SAME_PERSON)))
    work.vouched(rows)  # also those undone: who writes to the database makes nobody two people
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        if row.undone_on is None:
            joined = found.get(row.kept_id, {row.kept_id}) | found.get(row.gone_id, {row.gone_id})
            found.update(dict.fromkeys(joined, joined))
    return found


def _own_answers(work: Work, people: Sequence[Person], purpose: Purpose, day: date) -> dict[UUID, Answer]:
    """What each record says by itself."""
    ids = [person.id for person in people]
    stopped = _withdrawn(work, ids, purpose, day)
    events, bases, batches = _events(work, ids), _bases(work), _batches(work, ids)
    answers: dict[UUID, Answer] = {}
    for id, facts in zip(ids, work.read_all(people, "facts", "consent"), strict=True):
        if id in stopped:
            answers[id] = Refusal(WITHDRAWN)
        elif isinstance(facts, Unreadable):
            answers[id] = Refusal("erased")
        else:
            own = _from_consent(events.get(id, []), facts, purpose, day)
            answers[id] = _from_basis(bases, id, batches.get(id), purpose, own)
    return answers


def _batches(work: Work, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The import that a person came in with, where there was one: by their own report, not by the incident.

    Somebody who told us of an incident that was published too was not published by that.
    """
    found: dict[UUID, UUID] = {}
    for chunk in _chunks(ids):
        query = (
            select(ReportPart.person_id, Report.batch_id)
            .join(Report, ReportPart.report_id == Report.id)
            .where(ReportPart.person_id.in_(chunk), Report.batch_id.is_not(None))
        )
        found.update((row.person_id, row.batch_id) for row in work.db.execute(query))
    return found


def _chunks(ids: Sequence[UUID], size: int = 500) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _withdrawn(work: Work, ids: Sequence[UUID], purpose: Purpose, day: date) -> set[UUID]:
    found: set[UUID] = set()
    for chunk in _chunks(ids):
        rows = work.db.scalars(
            select(Withdrawal).where(Withdrawal.person_id.in_(chunk), Withdrawal.withdrawn_on <= day)
        )
        found |= {row.person_id for row in rows if not row.purposes or _ends(row.purposes, purpose)}
    return found


def _ends(purposes: Sequence[str], purpose: Purpose) -> bool:
    """Whoever may not be kept any more may not be used for anything."""
    return purpose.value in purposes or Purpose.RECORD.value in purposes


def _events(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[tuple[ConsentEvent, dict[str, Any]]]]:
    """Each person's events in order, opened; the ledger of a person whose chain does not hold is empty."""
    found: dict[UUID, list[tuple[ConsentEvent, dict[str, Any]]]] = {}
    for chunk in _chunks(ids):
        rows = list(
            work.db.scalars(
                select(ConsentEvent)
                .where(ConsentEvent.person_id.in_(chunk))
                .order_by(ConsentEvent.person_id, ConsentEvent.number)
            )
        )
        work.vouched(rows)  # a decision that no signed block knows counts for nothing
        for row, decisions in zip(rows, work.read_all(rows, "decisions", "consent"), strict=True):
            found.setdefault(row.person_id, []).append((row, decisions))
    return {person: events for person, events in found.items() if _holds(events)}


def _holds(events: list[tuple[ConsentEvent, Any]]) -> bool:
    previous = ""
    for number, (row, decisions) in enumerate(events, 1):
        if isinstance(decisions, Unreadable) or row.number != number or decisions["previous"] != previous:
            return False
        previous = hashlib.sha256(row.decisions.data).hexdigest()
    return True


def _from_consent(
    events: list[tuple[ConsentEvent, dict[str, Any]]], facts: dict[str, Any], purpose: Purpose, day: date
) -> Answer:
    """Fold the events by the day they were given: the last decision about this purpose is what holds.

    An older paper that is entered later does not undo what was decided after it. Somebody who does
    not want to be kept is not used for anything.
    """
    if purpose != Purpose.RECORD:
        kept = _from_consent(events, facts, Purpose.RECORD, day)
        if isinstance(kept, Refusal) and kept.reason == REFUSED:
            return kept
    answer: Answer = Refusal("no_consent")
    for row, said in sorted(events, key=lambda event: (str(event[1]["on"]), event[0].number)):
        decision = said["decisions"].get(purpose.value)
        if decision is None or said["on"] > day.isoformat():
            continue
        if decision == GIVEN and _may_give(said, facts):
            answer = Permit("consent", row.id, bool(said.get("restricted")))
        else:
            answer = Refusal(REFUSED if decision == REFUSED else "no_consent")
    return answer


def _may_give(said: dict[str, Any], facts: dict[str, Any]) -> bool:
    """A child under 12: the guardian. 12 to 17: own assent and guardian, entered as `adolescent`."""
    age, band = facts.get("age"), facts.get("age_band")
    if age is None and band is None and CHILDREN & set(facts.get("population") or ()):
        band = "CHI"
    if (age is not None and age < CHILD) or (age is None and band in BANDS_UNDER_12):
        return bool(said["given_by"] == "guardian")
    if (age is not None and age < ADULT) or (age is None and band in BANDS_12_TO_17):
        return bool(said["given_by"] == "adolescent")
    return True


def _bases(work: Work) -> list[tuple[Basis, dict[str, Any]]]:
    rows = list(work.db.scalars(select(Basis).where(Basis.ended_on.is_(None))))
    work.vouched(rows)
    opened = work.read_all(rows, "facts", "consent")
    return [
        (row, facts) for row, facts in zip(rows, opened, strict=True) if not isinstance(facts, Unreadable)
    ]


def _from_basis(
    bases: list[tuple[Basis, dict[str, Any]]], person: UUID, batch: UUID | None, purpose: Purpose, own: Answer
) -> Answer:
    """A recorded basis, confirmed by a second person; never over the person's own refusal."""
    if isinstance(own, Permit) or own.reason == REFUSED or purpose in NEVER_BY_BASIS:
        return own
    for basis, facts in bases:
        fits = basis.person_id == person or (batch is not None and basis.batch_id == batch)
        if fits and purpose.value in facts.get("purposes", []):
            return (
                Permit("basis", basis.id, restricted=True)
                if basis.confirmed_by
                else Refusal("basis_unconfirmed")
            )
    return own


def history(work: Work, person: Person) -> list[tuple[ConsentEvent, Any]]:
    """A person's ledger, for a reviewer's page."""
    work.actor.must(Permission.INCIDENT_READ)
    rows = list(
        work.db.scalars(
            select(ConsentEvent).where(ConsentEvent.person_id == person.id).order_by(ConsentEvent.number)
        )
    )
    return list(zip(rows, work.read_all(rows, "decisions"), strict=True))


def waiting_bases(work: Work) -> list[Basis]:
    work.actor.must(Permission.CONSENT_RECORD)
    return list(work.db.scalars(select(Basis).where(Basis.confirmed_by.is_(None), Basis.ended_on.is_(None))))
