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
from incidents.model.vocabulary import PersonKind, Purpose, Verification, codes, lists
from incidents.release import filters as narrowing
from incidents.release import printing
from incidents.release.heard import Answers, Heard, Word, out_of_scope
from incidents.release.opening import HARMED as HARMED
from incidents.release.opening import Joined, Opened, how_many, openings
from incidents.release.policy import Policy
from incidents.release.rows import Ids, Rows
from incidents.release.stages import GATHER, Told, silent
from incidents.work import Work

NOT_SHOWN = "(not shown)"  # a restricted act that no consent names; never a zero, never a blank
NOBODY: frozenset[UUID] = frozenset()
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
class _Pair:
    """One act and one person harmed by it; of an act of which nobody harmed is recorded, nobody."""

    act: Act
    facts: Mapping[str, Any]
    person: UUID | None


@dataclass(frozen=True)
class _Some:
    """Some incidents, what everybody in them answers, and whose word of each goes."""

    opened: Opened
    joined: Joined
    answers: Answers
    heard: Heard
    words: dict[UUID, Word] = field(default_factory=dict)

    def word(self, incident: UUID) -> Word:
        """Whose word of this incident goes."""
        word = self.words.get(incident)
        if word is None:
            word = self.words[incident] = self.heard.of(incident, self.answers)
        return word

    def within(self, act: UUID) -> set[UUID]:
        """Whoever was in an act, in whichever part."""
        return {*self.opened.harmed.get(act, ()), *self.opened.others.get(act, ())}


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
        self.rows, self.people, self.acts = Rows(), Ids[UUID | None](), Ids[UUID]()
        self.permits: list[tuple[Permit, ...]] = []
        self.leans: list[frozenset[UUID]] = []
        self.excluded: Counter[str] = Counter()
        self.considered = 0
        self._known: dict[tuple[Permit, ...], tuple[Permit, ...]] = {}

    def add(
        self, row: dict[str, Any], pair: _Pair, answers: Iterable[consent.Answer], leans: set[UUID]
    ) -> None:
        """One row that may leave; what many rows rest on, as the basis of an import, is kept once."""
        permits = tuple(answer for answer in answers if isinstance(answer, Permit))
        self.rows.append(row)
        self.people.append(pair.person)
        self.acts.append(pair.act.id)
        self.permits.append(self._known.setdefault(permits, permits))
        self.leans.append(frozenset(leans) if leans else NOBODY)


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
    found = _Found(work.today.isoformat(), known)
    for opened in openings(work, joined):
        some = _Some(opened, joined, _answers(work, policy, opened, heard), heard)
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
    for opened in openings(work, joined):
        some = _Some(opened, joined, _answers(work, policy, opened, heard), heard)
        for _act, pairs in groupby(_pairs(some), key=lambda pair: pair.act.id):
            each = [_judged(policy, filters, some, pair) for pair in pairs]
            yield from each
            if each[0].person is not None and not any(map(_counts_or_might, each)):
                yield from _without_them(policy, filters, some, each[0])


def _take(policy: Policy, filters: Mapping[str, Any], some: _Some, pair: _Pair, found: _Found) -> None:
    """Take one row in, or count why not."""
    word, permits = some.word(pair.act.incident_id), _permits(some, pair)
    row = _said(policy, some, pair, word, permits)
    incident = some.opened.incidents[pair.act.incident_id][0]
    reason = _reason(policy, some, pair, word, permits)
    if reason is None and pair.person and some.joined.person(pair.person) in found.printed:
        # Before the filter: how many it takes would tell what else happened to them.
        reason = printing.PRINTED
    if reason is None and not narrowing.passes(row, filters, incident):
        reason = "filtered"
    if reason is None and narrowing.unfinished(policy, row, filters, found.today):
        reason = "incomplete"
    if reason:
        found.excluded[reason] += 1
        return
    found.add(row, pair, permits, _leans_on(policy, some, pair, row, permits))


def _answers(work: Work, policy: Policy, opened: Opened, heard: Heard) -> Answers:
    """For each purpose the policy asks, what everybody answers today who is in these incidents or told of them."""
    people = {id: person for id, (person, _facts) in opened.people.items()}
    elsewhere = sorted(heard.tellers(opened.incidents) - people.keys())
    people |= {id: work.get(Person, id) for id in elsewhere}
    purposes = [Purpose(purpose) for purpose in policy.purposes]
    asked = consent.permits_each(work, list(people.values()), purposes)
    return [asked[purpose] for purpose in purposes]


def _pairs(some: _Some) -> Iterator[_Pair]:
    """One pair an act and person harmed; an act of which nobody is named is one pair of its own."""
    for act, facts in some.opened.acts:
        people: list[UUID | None] = [*_each_once(some, some.opened.harmed.get(act.id, ()))]
        for person in people or [None]:
            yield _Pair(act, facts, person)


def _each_once(some: _Some, people: Sequence[UUID]) -> list[UUID]:
    """One record a person: a teller's own before what others said of them, then the first."""
    if len(people) == 1:
        return [*people]
    found: dict[UUID, UUID] = {}
    for id in sorted(people, key=lambda id: (not some.opened.people[id][0].teller, id)):
        found.setdefault(some.joined.person(id), id)
    return sorted(found.values())


# -- deciding


def _permits(some: _Some, pair: _Pair) -> list[consent.Answer]:
    """What each purpose answers for this row: the person's own, and a teller's where the person did not tell."""
    opened, act, person = some.opened, pair.act, pair.person
    if person is None:
        return [_anyone(answer, opened.others.get(act.id, ())) for answer in some.answers]
    tellers = {id for id in opened.harmed.get(act.id, ()) if opened.people[id][0].teller}
    found: list[consent.Answer] = []
    for answer in some.answers:
        own = answer[person]
        found.append(own)
        leans = isinstance(own, Permit) and own.kind == "consent" and person not in tellers
        if leans and not any(isinstance(answer[teller], Permit) for teller in tellers):
            found.append(consent.Refusal("no_consent"))
    return found


def _anyone(answer: Mapping[UUID, consent.Answer], people: Iterable[UUID]) -> consent.Answer:
    """An act of which nobody harmed is recorded leans on whoever told of it; without anybody, on nothing."""
    found = [answer[person] for person in people]
    permit = next((one for one in found if isinstance(one, Permit)), None)
    return permit or next(iter(found), consent.Refusal("no_person"))


def _leans_on(
    policy: Policy, some: _Some, pair: _Pair, row: Mapping[str, Any], permits: Sequence[consent.Answer]
) -> set[UUID]:
    """Who told of a row that is not their own: where they withdraw, it does not leave, or not as it is."""
    opened, act, person = some.opened, pair.act, pair.person
    harmed = opened.harmed.get(act.id, ())
    if person is None:
        told = opened.others.get(act.id, [])
    else:
        told = [] if opened.people[person][0].teller else [id for id in harmed if opened.people[id][0].teller]
    word = some.word(act.incident_id)
    if not told and word.nobodys:
        return set()
    first = (next((id for id in told if isinstance(answer[id], Permit)), None) for answer in some.answers)
    those = {id for id in first if id is not None}
    others = {*word.telling.permits} - {person} - those
    return those | {id for id in others if _rests_on(policy, some, pair, word.less(id), (row, permits))}


def _rests_on(
    policy: Policy,
    some: _Some,
    pair: _Pair,
    less: Word,
    now: tuple[Mapping[str, Any], Sequence[consent.Answer]],
) -> bool:
    """Whether the row would be another, or none, with the word of one who told it less."""
    row, permits = now
    return less.why_not(pair.act.report_id, some.within(pair.act.id)) is not None or row != _said(
        policy, some, pair, less, permits
    )


def _reason(
    policy: Policy, some: _Some, pair: _Pair, word: Word, permits: Sequence[consent.Answer]
) -> str | None:
    """The first reason to leave a row out, or none; but for the filter."""
    act = pair.act
    refusal = next((answer for answer in permits if isinstance(answer, consent.Refusal)), None)
    if refusal is not None and refusal.reason == consent.WITHDRAWN:
        return "withdrawn"
    if act.verification in ALWAYS_OUT:
        return ALWAYS_OUT[act.verification]
    if act.verification.value not in policy.states:
        return "not_verified"
    if refusal is not None:
        return refusal.reason
    why = out_of_scope(permits)
    return why if why or word.nobodys else word.why_not(act.report_id, some.within(act.id))


# -- for whoever counts


def _judged(policy: Policy, filters: Mapping[str, Any], some: _Some, pair: _Pair) -> Judged:
    return _of(policy, filters, some, pair, _permits(some, pair))


def _of(
    policy: Policy,
    filters: Mapping[str, Any],
    some: _Some,
    pair: _Pair,
    permits: Sequence[consent.Answer],
    *,
    alone: bool = False,
) -> Judged:
    word = some.word(pair.act.incident_id)
    row = _said(policy, some, pair, word, permits)
    reason = _reason(policy, some, pair, word, permits)
    by_state = reason == "not_verified" or reason == ALWAYS_OUT[Verification.DUPLICATE]
    aside = by_state and _else_none(some, pair, word, permits)
    if (reason is None or aside) and not narrowing.passes(
        row, filters, some.opened.incidents[pair.act.incident_id][0]
    ):
        reason, aside = reason or "filtered", False
    leans = (
        NOBODY if reason else _all_told(some, pair) if alone else _leans_on(policy, some, pair, row, permits)
    )
    return Judged(
        some.opened, some.joined, word, pair.act, pair.facts, pair.person, permits, row, reason, aside, alone,
        frozenset(leans),
    )  # fmt: skip


def _all_told(some: _Some, pair: _Pair) -> set[UUID]:
    """Everyone who told of an act that stands for itself: where one of them takes it back, it is looked at anew."""
    return {*some.word(pair.act.incident_id).told(pair.act.report_id)}


def _counts_or_might(one: Judged) -> bool:
    """Whether it stays in, or out for something else than for somebody's sake."""
    return one.reason in {None, "filtered"} or one.aside


def _without_them(policy: Policy, filters: Mapping[str, Any], some: _Some, one: Judged) -> Iterator[Judged]:
    """The act and nobody in it, by the word of whoever told of it and permits."""
    told = sorted(one.word.told(one.act.report_id))
    permits = [_anyone(answer, told) for answer in some.answers]
    if told and all(isinstance(answer, Permit) for answer in permits):
        yield _of(policy, filters, some, _Pair(one.act, one.facts, None), permits, alone=True)


def _else_none(some: _Some, pair: _Pair, word: Word, permits: Sequence[consent.Answer]) -> bool:
    """Whether nothing but what is decided about the act keeps it out."""
    refused = any(isinstance(answer, consent.Refusal) for answer in permits)
    kept_out = out_of_scope(permits) or word.why_not(pair.act.report_id, some.within(pair.act.id))
    return not refused and kept_out is None


# -- the row


def _said(
    policy: Policy, some: _Some, pair: _Pair, word: Word, permits: Sequence[consent.Answer]
) -> dict[str, Any]:
    """What the engine may see of a row, as far as whoever it rests on lets it be seen."""
    row = _row(some, pair, word)
    _hide_restricted(policy, row, permits)  # before the filter: a filter would tell what is not shown
    _hide_out_of_scope(row, permits)
    return row


def _row(some: _Some, pair: _Pair, word: Word) -> dict[str, Any]:
    """Codes, moments, places; no name, no id that leaves the house."""
    opened, joined, facts, person = some.opened, some.joined, pair.facts, pair.person
    incident, about = opened.incidents[pair.act.incident_id]
    under = joined.incident(incident.id)
    who = opened.people[person][1] if person else {}
    place = _where(pair, about, word) or {}
    labels = {**(about.get("labels", {}) if word.whole() else {}), **facts.get("labels", {})}
    return {
        "incident": under.hex,
        "persons": [joined.person(person).hex] if person else [],
        "size": _size(opened.people[person][0], who) if person else None,
        "moment": _when(pair, about, word),
        "country": _answered(place.get("country")),
        "state": _answered(place.get("state")),
        "municipality": _answered(place.get("municipality")),
        "act": facts.get("type"),
        "act_status": facts.get("status") or "U",
        "gender": who.get("gender"),
        "age": who.get("age"),
        "age_band": who.get("age_band"),
        "nationality": _one(who.get("nationality")),
        "perpetrator": _one(_types(opened.perpetrators.get(under, ()), word)),
        "verification": pair.act.verification.value,
        "source_type": _one(_types(opened.sources.get(under, ()), word)),
        "labels": labels,
    }


def _when(pair: _Pair, about: Mapping[str, Any], word: Word) -> Any:
    """Of the act, as far as its report may say it; else of the incident, as far as all of its reports may."""
    if pair.facts.get("moment") and not word.without(pair.act.report_id, "no_date"):
        return pair.facts["moment"]
    return about.get("moment") if word.placed() and not word.limited(word.everyone, "no_date") else None


def _where(pair: _Pair, about: Mapping[str, Any], word: Word) -> Any:
    """Likewise."""
    if pair.facts.get("place") and not word.without(pair.act.report_id, "no_place"):
        return pair.facts["place"]
    return about.get("place") if word.placed() and not word.limited(word.everyone, "no_place") else None


def _types(rows: Iterable[tuple[Any, Mapping[str, Any]]], word: Word) -> list[Any]:
    """Of alleged doers, or of sources, those that go: what came with a report, as far as it goes."""
    return [facts.get("type") for row, facts in rows if word.goes(row.report_id)]


def _size(person: Person, who: Mapping[str, Any]) -> int | None:
    """How many people the row stands for; a group of unknown size is not one person, and not none."""
    if person.kind == PersonKind.INDIVIDUAL:
        return 1
    best = (who.get("group_size") or {}).get("best")
    return int(best) if best is not None else None


def _answered(code: Any) -> Any:
    return None if code in lists()["no_answer"] or code is None else code


def _one(values: Sequence[Any] | None) -> str | None:
    known = sorted({value for value in values or [] if value})
    if len(known) > 1:
        return "several"
    return known[0] if known else None


def _hide_restricted(policy: Policy, row: dict[str, Any], permits: Sequence[consent.Answer]) -> None:
    """A restricted act is named only where every permit of the row names such acts."""
    code = codes("act").get(row["act"] or "")
    named = all(isinstance(permit, Permit) and permit.restricted for permit in permits)
    if policy.protection and code is not None and code.restricted and not named:
        row["act"] = row["act_group"] = NOT_SHOWN


def _hide_out_of_scope(row: dict[str, Any], permits: Sequence[consent.Answer]) -> None:
    """Whoever said yes without the place, or without the date, is in the file without it."""
    given = [permit for permit in permits if isinstance(permit, Permit)]
    if any(permit.no_place for permit in given):
        row |= dict.fromkeys(("country", "state", "municipality"))
    if any(permit.no_date for permit in given):
        row["moment"] = None
