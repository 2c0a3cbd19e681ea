"""What may go into a release: verified and consented rows of the `facts` compartment.

A row is one act and one person or group harmed by it. Every row that exists is
considered, and each that is left out is counted under the first reason that applies.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from incidents import consent
from incidents.consent import Permit
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose, Verification
from incidents.release import filters as narrowing
from incidents.release import printing
from incidents.release.heard import NOBODYS, Answers, Heard, Word
from incidents.release.opening import HARMED as HARMED
from incidents.release.opening import Joined, Opened, how_many, openings
from incidents.release.policy import Policy
from incidents.release.rows import Ids, Rows
from incidents.release.said import NOT_SHOWN as NOT_SHOWN
from incidents.release.said import PARTS, Given, Pair, Part, Said, Saying, kept, told
from incidents.release.stages import GATHER, Told, silent
from incidents.work import Work

NOBODY: frozenset[UUID] = frozenset()
NO, NO_PERSON = consent.Refusal("no_consent"), consent.Refusal("no_person")
MOMENT = PARTS.index(("moment",))
ALWAYS_OUT = {Verification.DUPLICATE: "duplicate", Verification.SOURCE_WITHDREW: "withdrawn"}


@dataclass(frozen=True)
class Gathered:
    """Rows for the engine, and what stayed out. Aligned: a row, its person, its permits."""

    rows: Sequence[dict[str, Any]] = field(repr=False)
    # Of one person's records, the one that the row rests on.
    people: Sequence[UUID | None] = field(repr=False)
    permits: Sequence[Sequence[Permit]] = field(repr=False)
    considered: int
    excluded: dict[str, int]
    data_date: str
    leans: Sequence[frozenset[UUID]] = field(repr=False)  # of a row: others on whose permit or word it rests
    acts: Sequence[UUID] = field(repr=False)  # which act each row is of


@dataclass(frozen=True)
class _Some:
    """Some incidents, what everybody in them answers, and whose word of each goes."""

    opened: Opened
    joined: Joined
    answers: Answers
    heard: Heard
    saying: Saying
    tellers: bool  # whether somebody in them told of them
    words: dict[UUID, Word] = field(default_factory=dict)

    def word(self, incident: UUID) -> Word:
        """Whose word of this incident goes."""
        if self.heard.silent:
            return NOBODYS
        word = self.words.get(incident)
        if word is None:
            word = self.words[incident] = self.heard.of(incident, self.answers)
        return word

    def within(self, act: UUID) -> set[UUID]:
        """Whoever was in an act, in whichever part."""
        return {*self.opened.harmed.get(act, ()), *self.opened.others.get(act, ())}

    def said(self, pair: Pair, word: Word, given: Given) -> Said:
        """What the engine may see of a row."""
        return self.saying.of(self.opened, pair, word, given)


@dataclass(frozen=True, slots=True)
class Judged:
    """One act and one person harmed by it: what may be said of it, or why it stays out.

    `aside`: that alone which is decided about the act keeps it out. `alone`: it stands for the act without anybody,
    where nobody harmed by it may be counted and somebody else who told of it permits.
    """

    opened: Opened = field(repr=False)
    joined: Joined = field(repr=False)
    word: Word = field(repr=False)
    act: Act
    facts: Mapping[str, Any] = field(repr=False)
    person: UUID | None
    permits: Sequence[consent.Answer]
    row: dict[str, Any] = field(repr=False)
    reason: str | None
    aside: bool = False
    alone: bool = False
    leans: frozenset[UUID] = NOBODY  # of what is counted: others on whose permit or word it rests


class _Found:
    """What is gathered, row by row."""

    def __init__(self, today: str, printed: frozenset[UUID] = NOBODY) -> None:
        self.today, self.printed = today, printed
        self.rows, self.people, self.acts = Rows(PARTS), Ids[UUID | None](), Ids[UUID]()
        self.permits: list[tuple[Permit, ...]] = []
        self.leans: list[frozenset[UUID]] = []
        self.excluded: Counter[str] = Counter()
        self.considered = 0
        self._unfinished: dict[Part, bool] = {}

    def unfinished(self, policy: Policy, filters: Mapping[str, Any], moment: Part) -> bool:
        """Whether its month is not over; asked once of a moment."""
        known = self._unfinished.get(moment)
        if known is None:
            known = narrowing.unfinished(policy, moment.values[0], filters, self.today)
            self._unfinished[moment] = known
        return known

    def add(self, some: _Some, said: Said, pair: Pair, given: Given, leans: frozenset[UUID]) -> None:
        """One row that may leave."""
        joined, person = some.joined, pair.person
        under = joined.person(person) if person else None
        self.rows.add(joined.incident(pair.act.incident_id), under, kept(self.rows, said))
        self.people.append(person)
        self.acts.append(pair.act.id)
        self.permits.append(given.permits)
        self.leans.append(leans)


def gather(
    work: Work, policy: Policy, filters: Mapping[str, Any], told: Told = silent, *, also_printed: bool = False
) -> Gathered:
    """Every row of this policy's unit; those that may leave, ready for the engine. `told` hears how many incidents.

    `also_printed`: with those of whoever is printed in a quote, who stay out of a protected file.
    """
    narrowing.check(filters)
    done, total = 0, how_many(work)
    told(GATHER, done, total)
    joined, heard = Joined.of(work), Heard(work)
    known = printing.people(work, joined) if policy.protection and not also_printed else NOBODY
    found, saying = _Found(work.today.isoformat(), known), Saying(policy, joined)
    for opened in openings(work, joined):
        some = _some(work, policy, opened, heard, saying)
        for pair in _pairs(some):
            found.considered += 1
            _take(policy, filters, some, pair, found)
        done += len(opened.incidents)
        told(GATHER, done, total)
    excluded = dict(sorted(found.excluded.items()))
    counted = found.considered, excluded, found.today
    return Gathered(found.rows, found.people, found.permits, *counted, found.leans, found.acts)


def judged(work: Work, policy: Policy, filters: Mapping[str, Any]) -> Iterator[Judged]:
    """The same judgement for whoever counts and makes no rows: each pair, also one that stays out.

    Of an act in which nobody harmed may be counted, one more (`alone`), if somebody else who told of it permits.
    """
    narrowing.check(filters)
    joined, heard = Joined.of(work), Heard(work)
    saying = Saying(policy, joined)
    for opened in openings(work, joined):
        some = _some(work, policy, opened, heard, saying)
        for _act, pairs in groupby(_pairs(some), key=lambda pair: pair.act.id):
            each = [_judged(policy, filters, some, pair) for pair in pairs]
            yield from each
            if each[0].person is not None and not any(map(_counts_or_might, each)):
                yield from _without_them(policy, filters, some, each[0])


def _some(work: Work, policy: Policy, opened: Opened, heard: Heard, saying: Saying) -> _Some:
    saying.begin()
    tellers = any(person.teller for person, _facts in opened.people.values())
    return _Some(opened, saying.joined, _answers(work, policy, opened, heard), heard, saying, tellers)


def _take(policy: Policy, filters: Mapping[str, Any], some: _Some, pair: Pair, found: _Found) -> None:
    """Take one row in, or count why not."""
    word, given = some.word(pair.act.incident_id), _given(some, pair)
    said = some.said(pair, word, given)
    reason = _reason(policy, some, pair, word, given)
    if reason is None and found.printed and pair.person and some.joined.person(pair.person) in found.printed:
        # Before the filter: how many it takes would tell what else happened to them.
        reason = printing.PRINTED
    if reason is None and filters:
        incident = some.opened.incidents[pair.act.incident_id][0]
        reason = None if narrowing.passes(told(said), filters, incident) else "filtered"
    if reason is None and found.unfinished(policy, filters, said[MOMENT]):
        reason = "incomplete"
    if reason:
        found.excluded[reason] += 1
        return
    found.add(some, said, pair, given, _leans_on(some, pair, said, given))


def _answers(work: Work, policy: Policy, opened: Opened, heard: Heard) -> Answers:
    """For each purpose the policy asks, what everybody answers today who is in these incidents or told of them."""
    people = {id: person for id, (person, _facts) in opened.people.items()}
    elsewhere = sorted(heard.tellers(opened.incidents) - people.keys())
    people |= {id: work.get(Person, id) for id in elsewhere}
    purposes = [Purpose(purpose) for purpose in policy.purposes]
    asked = consent.permits_each(work, list(people.values()), purposes)
    return [asked[purpose] for purpose in purposes]


def _pairs(some: _Some) -> Iterator[Pair]:
    """One pair an act and person harmed; an act of which nobody is named is one pair of its own."""
    for act, facts in some.opened.acts:
        people: list[UUID | None] = [*_each_once(some, some.opened.harmed.get(act.id, ()))]
        for person in people or [None]:
            yield Pair(act, facts, person)


def _each_once(some: _Some, people: Sequence[UUID]) -> list[UUID]:
    """One record a person: a teller's own before what others said of them, then the first."""
    if len(people) == 1:
        return [*people]
    found: dict[UUID, UUID] = {}
    for id in sorted(people, key=lambda id: (not some.opened.people[id][0].teller, id)):
        found.setdefault(some.joined.person(id), id)
    return sorted(found.values())


# -- deciding


def _given(some: _Some, pair: Pair) -> Given:
    """What each purpose answers for this row: the person's own, and a teller's where the person did not tell."""
    opened, act, person = some.opened, pair.act, pair.person
    if person is None:
        others = opened.others.get(act.id, ())
        return some.saying.given([_anyone(answer, others) for answer in some.answers])
    tellers = (
        {id for id in opened.harmed.get(act.id, ()) if opened.people[id][0].teller} if some.tellers else ()
    )
    found: list[consent.Answer] = []
    for answer in some.answers:
        own = answer[person]
        found.append(own)
        leans = isinstance(own, Permit) and own.kind == "consent" and person not in tellers
        if leans and not any(isinstance(answer[teller], Permit) for teller in tellers):
            found.append(NO)
    return some.saying.given(found)


def _anyone(answer: Mapping[UUID, consent.Answer], people: Iterable[UUID]) -> consent.Answer:
    """An act of which nobody harmed is recorded leans on whoever told of it; without anybody, on nothing."""
    found = [answer[person] for person in people]
    permit = next((one for one in found if isinstance(one, Permit)), None)
    return permit or next(iter(found), NO_PERSON)


def _leans_on(some: _Some, pair: Pair, said: Said, given: Given) -> frozenset[UUID]:
    """Who told of a row that is not their own: where they withdraw, it does not leave, or not as it is."""
    opened, act, person = some.opened, pair.act, pair.person
    word = some.word(act.incident_id)
    if person is None:
        those_who_told = opened.others.get(act.id, [])
    elif some.tellers and not opened.people[person][0].teller:
        those_who_told = [id for id in opened.harmed.get(act.id, ()) if opened.people[id][0].teller]
    else:
        those_who_told = []
    if not those_who_told and word.nobodys:
        return NOBODY
    first = (
        next((id for id in those_who_told if isinstance(answer[id], Permit)), None) for answer in some.answers
    )
    those = {id for id in first if id is not None}
    others = {*word.telling.permits} - {person} - those
    return frozenset(those | {id for id in others if _rests_on(some, pair, word.less(id), (said, given))})


def _rests_on(some: _Some, pair: Pair, less: Word, now: tuple[Said, Given]) -> bool:
    """Whether the row would be another, or none, with the word of one who told it less."""
    said, given = now
    if less.why_not(pair.act.report_id, some.within(pair.act.id)) is not None:
        return True
    return told(said) != told(some.said(pair, less, given))


def _reason(policy: Policy, some: _Some, pair: Pair, word: Word, given: Given) -> str | None:
    """The first reason to leave a row out, or none; but for the filter."""
    act = pair.act
    if given.refusal == consent.WITHDRAWN:
        return "withdrawn"
    if act.verification in ALWAYS_OUT:
        return ALWAYS_OUT[act.verification]
    if act.verification not in policy.states:
        return "not_verified"
    if given.refusal is not None:
        return given.refusal
    return given.scope if given.scope or word.nobodys else word.why_not(act.report_id, some.within(act.id))


# -- for whoever counts


def _judged(policy: Policy, filters: Mapping[str, Any], some: _Some, pair: Pair) -> Judged:
    return _of(policy, filters, some, pair, _given(some, pair))


def _of(
    policy: Policy, filters: Mapping[str, Any], some: _Some, pair: Pair, given: Given, *, alone: bool = False
) -> Judged:
    word = some.word(pair.act.incident_id)
    said = some.said(pair, word, given)
    row = _of_whom(some, pair) | told(said)
    reason = _reason(policy, some, pair, word, given)
    by_state = reason == "not_verified" or reason == ALWAYS_OUT[Verification.DUPLICATE]
    aside = by_state and _else_none(some, pair, word, given)
    if (reason is None or aside) and not narrowing.passes(
        row, filters, some.opened.incidents[pair.act.incident_id][0]
    ):
        reason, aside = reason or "filtered", False
    leans = NOBODY if reason else _all_told(some, pair) if alone else _leans_on(some, pair, said, given)
    return Judged(
        some.opened, some.joined, word, pair.act, pair.facts, pair.person, given.answers, row, reason, aside, alone,
        leans,
    )  # fmt: skip


def _of_whom(some: _Some, pair: Pair) -> dict[str, Any]:
    person = pair.person
    return {
        "incident": some.joined.incident(pair.act.incident_id).hex,
        "persons": [some.joined.person(person).hex] if person else [],
    }


def _all_told(some: _Some, pair: Pair) -> frozenset[UUID]:
    """Everyone who told of an act that stands for itself: where one of them takes it back, it is looked at anew."""
    return frozenset(some.word(pair.act.incident_id).told(pair.act.report_id))


def _counts_or_might(one: Judged) -> bool:
    """Whether it stays in, or out for something else than for somebody's sake."""
    return one.reason in {None, "filtered"} or one.aside


def _without_them(policy: Policy, filters: Mapping[str, Any], some: _Some, one: Judged) -> Iterator[Judged]:
    """The act and nobody in it, by the word of whoever told of it and permits."""
    told = sorted(one.word.told(one.act.report_id))
    permits = [_anyone(answer, told) for answer in some.answers]
    if told and all(isinstance(answer, Permit) for answer in permits):
        pair = Pair(one.act, one.facts, None)
        yield _of(policy, filters, some, pair, some.saying.given(permits), alone=True)


def _else_none(some: _Some, pair: Pair, word: Word, given: Given) -> bool:
    """Whether nothing but what is decided about the act keeps it out."""
    if given.refusal is not None or given.scope:
        return False
    return word.why_not(pair.act.report_id, some.within(pair.act.id)) is None
