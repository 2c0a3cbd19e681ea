"""The one question: may this person's part leave, for this purpose, on this day? No other place decides it.

A withdrawal in clear is obeyed before anything sealed is looked at. What was not asked is not
consented; what is not recorded is not permitted. Who must permit, by the part somebody played,
is the table of `docs/consent.md`; each of its lines is a test.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import reading
from incidents.consent import bases as by_bases
from incidents.consent import ledger, parts
from incidents.consent.answers import GIVEN, NO, REFUSED, WITHDRAWN, Answer, Permit, Refusal
from incidents.consent.bases import Bases
from incidents.consent.folding import About, beyond_a_group, fold
from incidents.consent.ledger import Event, chunks
from incidents.consent.naming import same_people
from incidents.errors import TrailBroken
from incidents.model.consent import Withdrawal
from incidents.model.people import Person
from incidents.model.vocabulary import PersonKind, Purpose
from incidents.work import Unreadable, Work

GRAVEST_FIRST = (by_bases.DEAD, by_bases.HELD, by_bases.MISSING)
TOLD_BY_OTHERS = frozenset({Purpose.STATISTICS, Purpose.PUBLISH})  # what may lean on a teller


def permits(
    work: Work, person: Person, purpose: Purpose, *, on: date | None = None, to: str | None = None
) -> Answer:
    """Whether this person's part may leave for this purpose, on this day; `to`: for this recipient."""
    return permits_all(work, [person], purpose, on=on, to=to)[person.id]


def permits_all(
    work: Work,
    people: Sequence[Person],
    purpose: Purpose,
    *,
    on: date | None = None,
    to: str | None = None,
) -> dict[UUID, Answer]:
    """The same for many, at the cost of a few queries."""
    return permits_each(work, people, (purpose,), on=on, to=to)[purpose]


def permits_each(
    work: Work,
    people: Sequence[Person],
    purposes: Iterable[Purpose],
    *,
    on: date | None = None,
    to: str | None = None,
) -> dict[Purpose, dict[UUID, Answer]]:
    """The same for several purposes: what they rest on is opened once."""
    purposes = list(purposes)
    file = _open(work, people, purposes, on or work.today)
    asked = [person.id for person in people]
    return {purpose: _answers(file, asked, purpose, to) for purpose in purposes}


def as_it_stands(
    work: Work, people: Sequence[Person], purposes: Sequence[Purpose]
) -> dict[Purpose, dict[UUID, Answer]]:
    """The same for showing it: where a decision was altered it counts for nothing, and the rest still stands."""
    try:
        return permits_each(work, people, purposes)
    except TrailBroken:
        return {purpose: {person.id: Refusal("altered") for person in people} for purpose in purposes}


def _answers(file: "_File", asked: Sequence[UUID], purpose: Purpose, to: str | None) -> dict[UUID, Answer]:
    settled = file.settled
    found = {id: settled[id][purpose] if id in settled else file.answer(id, purpose) for id in asked}
    return found if to is None else {id: _for(to, answer) for id, answer in found.items()}


def said_for_a_group(work: Work, person: Person) -> list[Purpose]:
    """The uses to which a yes stands here that no group can give: no one person was asked about them."""
    return beyond_a_group(ledger.events(work, [person.id]).get(person.id, []))


def _for(recipient: str | None, answer: Answer) -> Answer:
    """A yes that names who may have it is no yes for anybody else."""
    if recipient is None or isinstance(answer, Refusal) or not answer.recipients:
        return answer
    return answer if recipient in answer.recipients else Refusal("other_recipient")


@dataclass(frozen=True)
class _File:
    """Everything that some answers rest on."""

    day: date
    people: Mapping[UUID, Person] = field(repr=False)
    facts: Mapping[UUID, Any] = field(repr=False)
    events: Mapping[UUID, list[Event]] = field(repr=False)
    stops: Mapping[UUID, list[Withdrawal]] = field(repr=False)
    bases: Bases = field(repr=False)
    same: Mapping[UUID, set[UUID]] = field(repr=False)
    played: parts.Played = field(repr=False)
    settled: dict[UUID, dict[Purpose, Answer]] = field(default_factory=dict, repr=False)

    def answer(self, id: UUID, purpose: Purpose) -> Answer:
        """What one record of a person forbids, none of them permits; what one permits is that one's alone."""
        if id in self.settled:
            return self.settled[id][purpose]
        stop = self._forbidden(id, purpose)
        if stop is not None:
            return stop
        own = self._own(id, purpose)
        if own != NO or purpose not in TOLD_BY_OTHERS or self.people[id].teller:
            return own
        if self._state(id) is None and self._asked(id):
            return own
        return self._of_others(id, purpose)

    def _forbidden(self, id: UUID, purpose: Purpose) -> Refusal | None:
        records = [self._own(each, purpose) for each in self.same.get(id, ())]
        for reason in (WITHDRAWN, REFUSED):
            if Refusal(reason) in records:
                return Refusal(reason)
        return None

    def _own(self, id: UUID, purpose: Purpose) -> Answer:
        """What this record says by itself."""
        facts, events = self.facts[id], self.events.get(id, [])
        if self._withdrawn(id, purpose, events):
            return Refusal(WITHDRAWN)
        if isinstance(facts, Unreadable):
            return Refusal("erased")
        if not events and purpose != Purpose.IDENTITY:  # nothing about them is asked
            return by_bases.by_basis(self.bases, id, purpose, NO, child=False)
        about = self._about(id, facts, events)
        own = fold(events, about, purpose, self.day)
        return by_bases.by_basis(self.bases, id, purpose, own, child=about.may_be_child(self.day))

    def settle(self, purposes: Iterable[Purpose]) -> dict[UUID, Person]:
        """Answer where the parts that somebody played are not asked; whoever is left.

        Nobody asked these, they have no other record, and a basis says it. So it is of all whom an import published.
        """
        if Purpose.IDENTITY in purposes:
            return dict(self.people)
        known: dict[Hashable, dict[Purpose, Answer] | None] = {}  # of those whom nothing tells apart
        left: dict[UUID, Person] = {}
        for id, person in self.people.items():
            own = None
            if not ((self.events and id in self.events) or (self.same and id in self.same)):
                own = self._of_nobody_asked(id, purposes, known)
            if own is None:
                left[id] = person
            else:
                self.settled[id] = own
        return left

    def _of_nobody_asked(
        self, id: UUID, purposes: Iterable[Purpose], known: dict[Hashable, dict[Purpose, Answer] | None]
    ) -> dict[Purpose, Answer] | None:
        """What they say by themselves, if a basis says it. Whoever took nothing back is as all with the same bases."""
        alike = None
        if not (self.stops and id in self.stops) and self.facts[id].__class__ is not Unreadable:
            alike = self.bases.alike(id)
        if alike is not None and alike in known:
            return known[alike]
        own = {purpose: self._own(id, purpose) for purpose in purposes}
        found = None if NO in own.values() else own
        if alike is not None:
            known[alike] = found
        return found

    def _of_others(self, id: UUID, purpose: Purpose) -> Answer:
        """Somebody whom nobody could ask: counted by a teller's word, with the basis that is recorded for it."""
        told = sorted(self.played.tellers_of(id))
        tellers = [self._forbidden(each, purpose) or self._own(each, purpose) for each in told]
        if self._state(id) is None:
            return by_bases.number_only(self.bases, id, purpose, tellers)
        permits = (answer for answer in tellers if isinstance(answer, Permit))
        return next(permits, NO) if purpose == Purpose.STATISTICS else NO

    def _asked(self, id: UUID) -> bool:
        return any(self.events.get(record) for record in {id, *self.same.get(id, ())})

    def _state(self, id: UUID) -> str | None:
        said = {self._state_of(record) for record in {id, *self.same.get(id, ())}}
        return next((state for state in GRAVEST_FIRST if state in said), None)

    def _state_of(self, id: UUID) -> str | None:
        said = self.bases.state(id)
        return None if said == by_bases.FREE else said or self.played.states.get(id)

    def _sure(self, id: UUID) -> bool:
        """As it was told with an act, or as two people said it; held and missing hold back even before that."""
        state = self._state(id)
        records = {id, *self.same.get(id, ())}
        return state is None or any(
            self.played.states.get(each) == state or self.bases.sure(each, state) for each in records
        )

    def _about(self, id: UUID, facts: dict[str, Any], events: list[Event]) -> About:
        return About(
            facts=facts,
            group=self.people[id].kind == PersonKind.GROUP,
            state=self._state(id),
            first=min((date.fromisoformat(said["on"]) for _row, said in events), default=None),
            sure=self._sure(id),
            danger=self.played.danger.get(id, ()),
            reviewed=self._reviewed(id),
        )

    def _reviewed(self, id: UUID) -> frozenset[Purpose]:
        if not self.bases.of(id, by_bases.TWO_REVIEWERS):
            return frozenset()
        confirmed = {each: self.bases.confirmed(id, by_bases.TWO_REVIEWERS, each) for each in Purpose}
        return frozenset(purpose for purpose, basis in confirmed.items() if basis is not None)

    def _withdrawn(self, id: UUID, purpose: Purpose, events: Sequence[Event]) -> bool:
        """Whoever may not be kept any more may not be used for anything.

        A withdrawal ends where the person, asked anew, said yes in an event that names it.
        """
        against = [
            str(row.id)
            for row in self.stops.get(id, ())
            if not row.purposes or {purpose.value, Purpose.RECORD.value} & {*row.purposes}
        ]
        return bool({*against} - _answered(events, purpose, self.day))


def _answered(events: Sequence[Event], purpose: Purpose, day: date) -> set[str]:
    return {
        withdrawal
        for _row, said in events
        if said["on"] <= day.isoformat() and said["decisions"].get(purpose.value) == GIVEN
        for withdrawal in said.get("answers", ())
    }


# -- opening


def _open(work: Work, people: Sequence[Person], purposes: Sequence[Purpose], day: date) -> _File:
    same = same_people(work)
    asked = _with_records(work, {person.id: person for person in people}, same)
    nothing = _File(day, {}, {}, {}, {}, by_bases.read(work), same, parts.NOTHING)
    file = _and_of(work, nothing, asked)
    left = file.settle(purposes)
    if not left:
        return file
    played = parts.of(work, left)
    tellers = {teller for id in left for teller in played.tellers_of(id)} - asked.keys()
    others = _with_records(work, _people(work, tellers), same)
    others = {id: person for id, person in others.items() if id not in asked}
    return replace(_and_of(work, file, others), played=played.and_of(parts.of(work, others)))


def _and_of(work: Work, file: _File, people: Mapping[UUID, Person]) -> _File:
    """And what of some more people the answers rest on; but for the parts that they played."""
    if not people:
        return file
    ids = sorted(people, key=attrgetter("int"))
    facts = reading.facts(work, Person, [people[id] for id in ids], "consent")
    return replace(
        file,
        people={**file.people, **people},
        facts={**file.facts, **dict(zip(ids, facts, strict=True))},
        events={**file.events, **ledger.events(work, ids)},
        stops={**file.stops, **_stops(work, ids, file.day)},
        bases=by_bases.and_of(work, file.bases, list(chunks(ids))),
    )


def _with_records(
    work: Work, people: dict[UUID, Person], same: Mapping[UUID, set[UUID]]
) -> dict[UUID, Person]:
    """These people, with every other record of each."""
    return people | _people(work, {other for id in people for other in same.get(id, ())} - people.keys())


def _people(work: Work, ids: Iterable[UUID]) -> dict[UUID, Person]:
    found: dict[UUID, Person] = {}
    for chunk in chunks(sorted(ids)):
        found |= {row.id: row for row in work.db.scalars(select(Person).where(Person.id.in_(chunk)))}
    return found


def _stops(work: Work, ids: list[UUID], day: date) -> dict[UUID, list[Withdrawal]]:
    found: dict[UUID, list[Withdrawal]] = {}
    for chunk in chunks(ids):
        query = select(Withdrawal).where(Withdrawal.person_id.in_(chunk), Withdrawal.withdrawn_on <= day)
        for row in work.db.scalars(query):
            found.setdefault(row.person_id, []).append(row)
    return found
