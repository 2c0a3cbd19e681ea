"""The shelf: what two people signed and what may leave today. Whoever asks it sees nothing else.

Every time it asks anew: the trail, the consent of everybody who can be recognized, whether the record still says what
was signed. Nothing is put on the shelf; a quote is on it while all of this holds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import ConsentChanged, TrailBroken
from incidents.model.quote import Quote, QuoteKind, QuoteState
from incidents.model.report import ReportPart
from incidents.model.vocabulary import lists
from incidents.redaction import judging, languages, lines, people
from incidents.redaction.judging import Scope
from incidents.redaction.lines import Spoken
from incidents.work import Permission, Unreadable, Work

SIGNED = (
    "text",
    "kind",
    "given",
    "initial",
    "line",
    "people",
    "restricted",
    "keeps",
)  # what a signature is about


# Where it is there: of a case what names the statement of its risk, which itself never leaves the desk; and in which
# language the words stand, which nobody was asked of what was begun before 0.13.
IF_THERE = ("risk", "language")


@dataclass(frozen=True)
class Quoted:
    """Words that may leave today, and what may stand beside them; codes, but for the text and the pseudonym."""

    id: UUID
    kind: QuoteKind
    pseudonym: str  # Cecilia P.
    text: str = field(repr=False)
    language: str  # of the text: a code of its list, or empty where nobody noted it
    age: int | None
    age_band: str
    gender: str
    nationality: tuple[str, ...]
    state: str  # where, if that was agreed to and chosen
    month: str  # 2019-11, likewise
    acts: tuple[str, ...]
    signed_on: date | None
    report: UUID  # where it was told
    own: bool  # whoever it is about told that report
    no_place: bool  # somebody said yes without the place
    no_date: bool
    people: Mapping[UUID, str] = field(repr=False)  # who can be recognized, or is in it and cannot be


def shelf(work: Work, act: str = "", state: str = "", kind: str = "") -> list[Quoted]:
    """What may be quoted today, the newest first; of these acts, in this state, of this kind."""
    work.actor.must(Permission.RELEASE_DOWNLOAD)
    found = [each for each in _leaving(work, _signed(work)) if _fits(each, act, state, kind)]
    work.note("quotes.shown", count=len(found))
    return found


def any_signed(work: Work) -> bool:
    """Whether two signed anything at all; whether it may leave today is asked of the shelf."""
    work.actor.must(Permission.RELEASE_DOWNLOAD)
    return (
        work.db.scalars(select(Quote.id).where(Quote.state == QuoteState.SIGNED).limit(1)).first() is not None
    )


def leave(work: Work, ids: Collection[UUID]) -> list[Quoted]:
    """These, for something that leaves the house now, in the order that was asked for; refused if one may not."""
    work.actor.must(Permission.RELEASE_DOWNLOAD)
    found = {each.id: each for each in _leaving(work, [row for row in _signed(work) if row.id in set(ids)])}
    if not found.keys() >= set(ids):
        raise ConsentChanged
    work.note("quotes.left", count=len(found))
    return [found[id] for id in dict.fromkeys(ids)]


def _signed(work: Work) -> list[Quote]:
    query = select(Quote).where(Quote.state == QuoteState.SIGNED)
    return list(work.db.scalars(query.order_by(Quote.second_on.desc(), Quote.id)))


def _leaving(work: Work, rows: Sequence[Quote]) -> list[Quoted]:
    work.carry_out()
    judged = judge(work, rows)
    return [found for row in rows if isinstance(found := judged[row.id], Quoted)]


def _fits(quoted: Quoted, act: str, state: str, kind: str) -> bool:
    return (
        (not act or act in quoted.acts)
        and (not state or state == quoted.state)
        and (not kind or kind == quoted.kind.value)
    )


def digest(work: Work, facts: Mapping[str, Any]) -> str:
    """Of the text that is read and all that stands beside it; only holders of `facts` can make it."""
    said = {name: facts[name] for name in SIGNED} | {n: facts[n] for n in IF_THERE if n in facts}
    return work.vault.keyed_json("quote/signed", said).hex()


# -- judged


@dataclass(frozen=True)
class _Asked:
    """What some quotes are judged by."""

    facts: Mapping[UUID, Mapping[str, Any]] = field(repr=False)
    reports: Mapping[UUID, UUID]  # by quote
    families: Mapping[UUID, Sequence[UUID]]  # by incident
    tells: Mapping[UUID, set[UUID]]  # report → incidents
    tellers: Mapping[UUID, set[UUID]]
    heard: Mapping[UUID, set[UUID]]  # incident of a case → everybody who told of it
    here: Mapping[UUID, set[UUID]]  # incident → whoever is in it today
    seen: Mapping[UUID, Mapping[str, int]]  # incident → the version of each record that may hold a name
    answers: judging.Answers = field(repr=False)
    spoken: Mapping[UUID, Spoken] = field(repr=False)
    told_in: Mapping[UUID, str]  # report → language, of what was begun before that was asked

    def language(self, quote: Quote) -> str:
        """Of its words."""
        said = languages.noted(quote, self.facts[quote.id])
        return self.told_in.get(self.reports[quote.id], "") if said is None else said

    def scope(self, quote: Quote) -> Scope:
        """How far its words may go."""
        roles = {UUID(id): how for id, how in self.facts[quote.id]["people"].items()}
        return judging.scope(self.answers, quote.kind, self._told(quote), roles)

    def inside(self, quote: Quote) -> dict[UUID, str]:
        """Everybody whose no is heard: who is asked, and who is in it and cannot be recognized."""
        roles = {UUID(id): how for id, how in self.facts[quote.id]["people"].items()}
        inside = {id: how for id, how in roles.items() if how != judging.ABSENT}
        if quote.kind != QuoteKind.CASE:
            return inside | dict.fromkeys(self._told(quote), judging.RECOGNIZED)
        return {
            **dict.fromkeys(self._told(quote), judging.TOLD),
            **inside,
            quote.person_id: judging.RECOGNIZED,
        }

    def _told(self, quote: Quote) -> set[UUID]:
        if quote.kind == QuoteKind.CASE:
            return self.heard[quote.incident_id] | {quote.person_id}
        return self.tellers.get(self.reports[quote.id], set()) | {quote.person_id}


def judge(work: Work, rows: Sequence[Quote]) -> dict[UUID, Quoted | str]:
    """Each as it may leave today, or the code of why it may not."""
    sound = _sound(work, [row for row in rows if row.state == QuoteState.SIGNED])
    opened = dict(zip((row.id for row in sound), work.read_all(sound, "facts", "quote"), strict=True))
    whole = [row for row in sound if not isinstance(opened[row.id], Unreadable)]
    asked = _ask(work, whole, {row.id: opened[row.id] for row in whole})
    found: dict[UUID, Quoted | str] = {row.id: _unopened(opened.get(row.id), row) for row in rows}
    for row in whole:
        scope = asked.scope(row)
        reason = _why_not(work, asked, row, scope)
        found[row.id] = reason or _quoted(row, asked, scope)
    return found


def _unopened(opened: Any, row: Quote) -> str:
    if isinstance(opened, Unreadable):
        return opened.why
    return "altered" if row.state == QuoteState.SIGNED else row.state.value


def _sound(work: Work, rows: Sequence[Quote]) -> list[Quote]:
    """Those that are as the trail knows them: one that was altered takes none of the others with it."""
    try:
        work.vouched(rows)
    except TrailBroken:
        return [row for row in rows if _vouched(work, row)]
    return list(rows)


def _vouched(work: Work, row: Quote) -> bool:
    try:
        work.vouched([row])
    except TrailBroken:
        return False
    return True


def _ask(work: Work, rows: Sequence[Quote], facts: Mapping[UUID, Mapping[str, Any]]) -> _Asked:
    parts = {row.part_id for row in rows}
    query = select(ReportPart).where(ReportPart.id.in_(sorted(parts)))
    report = {part.id: part.report_id for part in work.db.scalars(query)}
    reports = {row.id: report[row.part_id] for row in rows}
    families = people.families(work, {row.incident_id for row in rows})
    tellers = people.tellers(work, reports.values())
    of_cases = {row.incident_id for row in rows if row.kind == QuoteKind.CASE}
    heard = {id: people.who_told(work, families[id]) for id in of_cases}
    told = (id for some in (*tellers.values(), *heard.values()) for id in some)
    everybody = {*_named(facts.values()), *told}
    return _Asked(
        facts=facts,
        reports=reports,
        families=families,
        tells=people.incidents_of(work, reports.values()),
        tellers=tellers,
        heard=heard,
        here={id: set(people.everybody(work, family)) for id, family in families.items()},
        seen={id: people.versions(work, family) for id, family in families.items()},
        answers=judging.ask(work, everybody | {row.person_id for row in rows}, {row.kind for row in rows}),
        spoken=lines.read(work, rows),
        told_in=languages.told_in(
            work, {reports[row.id] for row in rows if languages.noted(row, facts[row.id]) is None}
        ),
    )


def _named(facts: Iterable[Mapping[str, Any]]) -> Iterator[UUID]:
    for each in facts:
        yield from map(UUID, each["people"])


def _why_not(work: Work, asked: _Asked, row: Quote, scope: Scope) -> str:
    """Why it may not leave today, the gravest first; empty: it may."""
    facts, spoken = asked.facts[row.id], asked.spoken[row.id]
    told = asked.tells.get(asked.reports[row.id], set())
    reasons: dict[str, bool] = {
        "unsigned": not _signed_by_two(work, row, facts),
        scope.reason: bool(scope.reason),
        "unlinked": told.isdisjoint(asked.families[row.incident_id]),
        "newcomers": not {str(id) for id in asked.here[row.incident_id]} <= facts["people"].keys(),
        "restricted": facts["restricted"] != "no" and not scope.restricted,
        "no_place": scope.no_place and "place" in facts["keeps"],
        "no_date": scope.no_date and "date" in facts["keeps"],
        "not_verified": not spoken.acts,
        "changed": lines.line(spoken, facts["shown"]) != facts["line"]
        or facts["seen"] != asked.seen[row.incident_id],
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _signed_by_two(work: Work, row: Quote, facts: Mapping[str, Any]) -> bool:
    """Two people, of whom one did not redact it, signed this very text."""
    signers = {each["by"] for each in facts["signatures"]}
    said = {each["digest"] for each in facts["signatures"]}
    return (
        isinstance(facts["text"], str)
        and len(signers) == 2
        and signers == {str(row.first_by), str(row.second_by)}
        and not signers <= set(row.redactors)
        and said == {digest(work, facts)}
    )


def _quoted(row: Quote, asked: _Asked, scope: Scope) -> Quoted:
    facts, spoken = asked.facts[row.id], asked.spoken[row.id]
    line = facts["line"]
    acts = dict.fromkeys(each["type"] for each in spoken.acts if each.get("type"))
    return Quoted(
        id=row.id,
        kind=row.kind,
        pseudonym=f"{facts['given']} {facts['initial']}.",
        text=facts["text"],
        language=asked.language(row),
        age=line.get("age"),
        age_band=line.get("age_band", ""),
        gender=line.get("gender", ""),
        nationality=tuple(line.get("nationality", ())),
        state="" if scope.no_place else line.get("state", ""),
        month="" if scope.no_date else line.get("month", ""),
        acts=tuple(code for code in acts if scope.restricted or not _is_restricted(code)),
        signed_on=row.second_on,
        report=asked.reports[row.id],
        own=row.person_id in asked.tellers.get(asked.reports[row.id], set()),
        no_place=scope.no_place,
        no_date=scope.no_date,
        people=asked.inside(row),
    )


def _is_restricted(code: str) -> bool:
    known = lists()["act"].get(code)
    return known is None or known.restricted
