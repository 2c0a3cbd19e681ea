"""The desk: an account is read sentence by sentence, and each thing that may show who somebody is is decided on.

Every decision takes the signatures back: what was signed is what leaves.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent, erasure, search
from incidents.errors import Conflict, InvalidInput, MoveNotAllowed, NotFound, Unopened, _
from incidents.model.people import Person
from incidents.model.quote import Quote, QuoteKind, QuoteState
from incidents.model.report import ReportPart
from incidents.redaction import judging, known, languages, lines, people, pseudonyms, sources
from incidents.redaction.finding import LOOK, Finding, Known, find
from incidents.redaction.judging import RECOGNIZED, Scope
from incidents.redaction.lines import FIRST, PARTS
from incidents.redaction.refusals import AccountChanged, MayNotLeave
from incidents.redaction.sentences import (
    CUT,
    KEEP,
    NUMBERED,
    OUT,
    PLACEHOLDERS,
    TAKEN,
    UNSEEN,
    redacted,
    split,
)
from incidents.work import Permission, Unreadable, Work, normal_name

LONGEST = 60_000  # letters: what a person reads at a desk
OPEN = (QuoteState.PROPOSED, QuoteState.SIGNED_ONCE, QuoteState.SIGNED)
TOO_LONG = _("This account is too long for the desk: it takes up to 60,000 letters.")
NOT_HERE = _("These words do not stand in this sentence as you typed them, or are in a cut already.")
NOT_IN_IT = _("Somebody named here is not in this account. Open it anew: who is in it may have changed.")
NOT_A_CHOICE = _("This is not one of the choices.")


@dataclass(frozen=True)
class Looked:
    """A quote on the desk: the account, what is decided of it, what is left to do before anybody may sign."""

    quote: Quote
    source: str = field(repr=False)
    sentences: Sequence[Mapping[str, Any]] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)
    people: Sequence[UUID]  # as the page of the incident numbers them; then whoever else is in a report of it
    seen: Mapping[str, int]  # the version of each record that may hold a name
    tellers: frozenset[UUID]  # who can be recognized whatever is decided
    language: str  # of the words: a code, or empty where nobody noted it
    risk: str = field(repr=False)  # of a case: who could recognize them, and why that is acceptable
    known: Known = field(repr=False)
    scope: Scope
    line: Mapping[str, Any] = field(repr=False)
    left: Mapping[str, int]  # what is not decided → how much of it


# -- begun


def offered(work: Work, incident: UUID) -> list[sources.Source]:
    """The accounts of an incident, and of what was merged into it."""
    work.actor.must(Permission.REVIEW_DECIDE)
    return sources.of_incidents(work, search.together(work, [search.incident(work, incident).id]))


def begin(work: Work, incident: UUID, part: UUID, kind: QuoteKind) -> Quote:
    """Put an account on the desk, with what the record knows of names and places found in it."""
    source = next((each for each in offered(work, incident) if each.part.id == part), None)
    if source is None or kind == QuoteKind.CASE:  # which is written, not cut
        raise NotFound
    if len(source.text) > LONGEST:
        raise InvalidInput({"part": [TOO_LONG]})
    erasure.must_be_answered(work, [part, incident])
    told = people.tellers(work, [source.report.id]).get(source.report.id, set()) | {source.person.id}
    scope = judging.scope(judging.ask(work, told, [kind]), kind, told, {})
    if scope.reason:
        raise MayNotLeave(reason=scope.reason)
    quote = Quote(
        incident_id=incident,
        person_id=source.person.id,
        part_id=part,
        kind=kind,
        state=QuoteState.PROPOSED,
        redactors=[str(work.actor.id)],
        begun_on=work.today,
    )
    names = known.of(work, search.together(work, [incident]))
    sentences = proposed(source.text, names)
    desk = {"of": sources.mark(work, source.text), "sentences": sentences, "text": ""}
    spoken = languages.told_in(work, [source.report.id]).get(source.report.id, "")
    facts = begun(work, quote, source.person, names, told) | {"language": spoken}
    work.seal(quote, desk=desk, facts=facts)
    work.add(quote)
    work.note("quote.begun", quote, kind=kind.value)
    return quote


def proposed(text: str, names: Known) -> list[dict[str, Any]]:
    """Each sentence, not looked at yet, with what to decide on and what is proposed."""
    spans, numbers = split(text), dict[tuple[str, str], int]()
    found = find(text, names, spans)
    return [
        {"at": [start, end], "state": UNSEEN, "cuts": [_cut(each, text, numbers) for each in found
                                                       if start <= each.start < end]}
        for start, end in spans
    ]  # fmt: skip


def _cut(found: Finding, text: str, numbers: dict[tuple[str, str], int]) -> dict[str, Any]:
    thing = found.thing or normal_name(text[found.start : found.end])
    n = numbers.setdefault((found.kind, thing), len(numbers) + 1) if found.kind in NUMBERED else 0
    do = "" if found.kind == LOOK else found.kind
    return {"at": [found.start, found.end], "kind": found.kind, "why": found.why, "do": do, "n": n}


def begun(work: Work, quote: Quote, person: Person, names: Known, told: Iterable[UUID]) -> dict[str, Any]:
    """What is said beside a text before anybody decided; `told`: who can be recognized in it whatever is decided."""
    given, initial = _pseudonym(work, person, names)
    return {
        "given": given,
        "initial": initial,
        "shown": FIRST,
        "people": {str(id): RECOGNIZED for id in told},
        "restricted": "",
        "keeps": [],
        "seen": {},
        "line": {},
        "text": None,
        "kind": quote.kind.value,
        "signatures": [],
    }


def _pseudonym(work: Work, person: Person, names: Known, *, anew: bool = False) -> tuple[str, str]:
    """The one that they bear already, or a new one."""
    same = consent.records_of(work, [person.id])[person.id]
    rows = list(work.db.scalars(select(Quote)))
    borne = [
        (row.person_id, (facts["given"], facts["initial"]))
        for row, facts in zip(rows, work.read_all(rows, "facts", known.WHY), strict=True)
        if not isinstance(facts, Unreadable)
    ]
    own = [name for whose, name in borne if whose in same]
    if own and not anew:
        return own[0]
    facts = work.read_all([person], "facts", known.WHY)[0] or {}
    return pseudonyms.draw(
        facts, known.of_person(work, person), set(names.names), [name for _w, name in borne]
    )


# -- looked at


def listed(work: Work) -> list[Quote]:
    """Every quote, what somebody works on first, then the newest; none of them is opened."""
    work.actor.must(Permission.REVIEW_DECIDE)
    order = list(QuoteState)
    rows = work.db.scalars(select(Quote).order_by(Quote.begun_on.desc(), Quote.id))
    return sorted(rows, key=lambda row: order.index(row.state))


def of_incident(work: Work, incident: UUID) -> list[Quote]:
    """Those that were made of an incident or of what was merged into it."""
    ids = search.together(work, [incident])
    return [row for row in listed(work) if row.incident_id in ids]


def one(work: Work, id: UUID) -> Quote:
    work.actor.must(Permission.REVIEW_DECIDE)
    quote = work.db.get(Quote, id)
    if quote is None:
        raise NotFound
    return quote


def must_be_as_read(quote: Quote, version: int | None) -> None:
    """What is decided is decided of the version that was read. Problem: Conflict."""
    if version != quote.version:
        raise Conflict


def numbers(work: Work, incident: UUID) -> dict[UUID, int]:
    """Whoever is in an incident, by the number that its page gives them."""
    rows = search.people_of(work, search.kept(work, incident))
    return {person.id: number for number, (person, _facts) in enumerate(rows, 1)}


def look(work: Work, quote: Quote) -> Looked:
    """Open it with its account; refused where that reads otherwise by now."""
    work.actor.must(Permission.REVIEW_DECIDE)
    work.vouched([quote])
    desk, facts = (work.read_all([quote], name, known.WHY)[0] for name in ("desk", "facts"))
    if isinstance(desk, Unreadable) or isinstance(facts, Unreadable):
        raise Unopened if "altered" in (_why(desk), _why(facts)) else AccountChanged
    source = sources.of_quote(work, quote, desk)
    if sources.mark(work, source) != desk["of"]:
        raise AccountChanged
    ids = search.together(work, [search.kept(work, quote.incident_id)])
    asked = _asked(work, quote, ids)
    told = {quote.person_id} if quote.kind == QuoteKind.CASE else asked
    here = _here(work, ids)
    roles = {id: facts["people"].get(str(id), "") for id in (*here, *told)}
    answers = judging.ask(work, {*roles, *asked}, [quote.kind])
    scope = judging.scope(answers, quote.kind, asked, roles)
    line = lines.line(lines.read(work, [quote])[quote.id], facts["shown"])
    return Looked(
        quote=quote,
        source=source,
        sentences=desk["sentences"],
        facts=facts,
        text=desk["text"],
        people=here,
        seen=people.versions(work, ids),
        tellers=frozenset(told),
        language=languages.of(work, quote, facts),
        risk=desk.get("risk", ""),
        known=known.of(work, ids),
        scope=scope,
        line=line,
        left=_left(desk, facts, roles, scope),
    )


def _here(work: Work, incidents: Sequence[UUID]) -> list[UUID]:
    """Whoever is in it, as the page numbers them."""
    numbered = [person.id for person, _facts in search.people_of(work, incidents[0])]
    return list(dict.fromkeys([*numbered, *people.everybody(work, incidents)]))


def _asked(work: Work, quote: Quote, incidents: Sequence[UUID]) -> set[UUID]:
    """Who is asked whatever is decided of them: who told the account; of a case, everybody who told of the incident."""
    if quote.kind == QuoteKind.CASE:
        return people.who_told(work, incidents) | {quote.person_id}
    report = work.get(ReportPart, quote.part_id).report_id
    return people.tellers(work, [report]).get(report, set()) | {quote.person_id}


def _why(value: Any) -> str:
    return value.why if isinstance(value, Unreadable) else ""


def _left(
    desk: Mapping[str, Any], facts: Mapping[str, Any], roles: Mapping[UUID, str], scope: Scope
) -> dict[str, int]:
    """What has to be decided before anybody may sign."""
    taken = [each for each in desk["sentences"] if each["state"] == TAKEN]
    kept = keeps(desk["sentences"])
    left = {
        "sentences": sum(each["state"] == UNSEEN for each in desk["sentences"]),
        "words": sum(cut["do"] == "" for each in taken for cut in each["cuts"]),
        "people": sum(not how for how in roles.values()),
        "restricted": int(not facts["restricted"]),
        "restricted-not-agreed": int(
            facts["restricted"] == "yes" and not scope.restricted and not scope.reason
        ),
        "empty": int(not desk["text"].strip()),
        "place": int(scope.no_place and "place" in kept),
        "date": int(scope.no_date and "date" in kept),
    }
    return {name: count for name, count in left.items() if count}


def keeps(sentences: Iterable[Mapping[str, Any]]) -> list[str]:
    """Which kinds of things were found and left in the text."""
    kept = {
        cut["kind"]
        for each in sentences
        if each["state"] == TAKEN
        for cut in each["cuts"]
        if cut["do"] == KEEP
    }
    return sorted(kept - {LOOK})


# -- decided


def decide(
    work: Work,
    quote: Quote,
    number: int,
    *,
    take: bool,
    does: Sequence[str] = (),
    more: Sequence[tuple[str, str]] = (),
) -> None:
    """One sentence: whether it stays, and what becomes of each thing in it; `more`: of which further words, and what.

    What becomes of a thing: keep, cut, or a placeholder; of persons and places with their number, as person:2.
    """
    source, desk, facts = to_change(work, quote)
    if not 0 <= number < len(desk["sentences"]):
        raise NotFound
    sentence = desk["sentences"][number]
    if take:
        _set(sentence, does)
        for words, do in more:
            _add(source, sentence, words, do)
        _same_elsewhere(source, sentence, desk["sentences"])
    sentence["state"] = TAKEN if take else OUT
    keep(work, quote, source, desk, facts)


def leave_the_rest(work: Work, quote: Quote) -> None:
    """Every sentence that nobody looked at stays out."""
    source, desk, facts = to_change(work, quote)
    for each in desk["sentences"]:
        each["state"] = each["state"] or OUT
    keep(work, quote, source, desk, facts)


def say(
    work: Work, quote: Quote, given: Mapping[str, Any], roles: Mapping[UUID, str], restricted: str
) -> None:
    """What stands beside the pseudonym, of the words their `language`, who is in it, if it names a restricted act."""
    source, desk, facts = to_change(work, quote)
    if given.get("language") is not None:
        now = languages.of(work, quote, facts)
        facts["language"] = languages.said(quote, now, given["language"])
    if given.get("age") not in lines.AGES or restricted not in ("", "yes", "no"):
        raise InvalidInput({"age": [NOT_A_CHOICE]})
    if not set(roles.values()) <= {*judging.HOW, ""}:
        raise InvalidInput({"people": [NOT_A_CHOICE]})
    ids = search.together(work, [search.kept(work, quote.incident_id)])
    if not roles.keys() <= {*_here(work, ids), *_asked(work, quote, ids)}:
        raise InvalidInput({"people": [NOT_IN_IT]})
    facts["shown"] = {"age": given["age"], **{name: bool(given.get(name)) for name in PARTS}}
    said = {str(id): how for id, how in roles.items() if how}
    facts["people"] = {**facts["people"], **said, str(quote.person_id): RECOGNIZED}
    facts["restricted"] = restricted
    keep(work, quote, source, desk, facts)


def draw_again(work: Work, quote: Quote) -> None:
    """Another pseudonym; not where another quote of theirs bears it already: one person keeps one name."""
    source, desk, facts = to_change(work, quote)
    person = work.get(Person, quote.person_id)
    same = consent.records_of(work, [person.id])[person.id]
    if work.db.scalars(select(Quote.id).where(Quote.person_id.in_(same), Quote.id != quote.id)).first():
        raise MoveNotAllowed
    names = known.of(work, search.together(work, [quote.incident_id]))
    facts["given"], facts["initial"] = _pseudonym(work, person, names, anew=True)
    keep(work, quote, source, desk, facts)


def to_change(work: Work, quote: Quote) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """What it is cut from, the desk, and what is said beside it, to be changed."""
    work.actor.must(Permission.REVIEW_DECIDE)
    work.vouched([quote])
    if quote.state not in OPEN:
        raise MoveNotAllowed
    erasure.must_be_answered(work, [quote.id, quote.part_id])
    desk, facts = work.read(quote, "desk", known.WHY), work.read(quote, "facts", known.WHY)
    source = sources.of_quote(work, quote, desk)
    if sources.mark(work, source) != desk["of"]:
        raise AccountChanged
    return source, desk, facts


def keep(work: Work, quote: Quote, source: str, desk: dict[str, Any], facts: dict[str, Any]) -> None:
    """As it is decided now. Whoever signed it signed something else."""
    desk["text"] = redacted(source, desk["sentences"])
    taken_back = quote.first_by is not None
    if taken_back:
        quote.first_by = quote.first_on = quote.second_by = quote.second_on = None
        facts = {**facts, "text": None, "signatures": []}
    quote.state = QuoteState.PROPOSED
    if str(work.actor.id) not in quote.redactors:
        quote.redactors = [*quote.redactors, str(work.actor.id)]
    work.seal(quote, desk=desk, facts=facts)
    work.note("quote.redacted", quote, **({"taken_back": True} if taken_back else {}))


# -- the cuts of a sentence


def _set(sentence: dict[str, Any], does: Sequence[str]) -> None:
    """What becomes of each thing that was found, in their order."""
    if len(does) != len(sentence["cuts"]):
        raise InvalidInput({"does": [NOT_A_CHOICE]})
    for cut, said in zip(sentence["cuts"], does, strict=True):
        cut["do"], n = _read(said)
        cut["n"] = n if cut["do"] in NUMBERED else 0


def _read(said: str) -> tuple[str, int]:
    do, _colon, number = said.partition(":")
    if do not in (KEEP, CUT, "", *PLACEHOLDERS):
        raise InvalidInput({"does": [NOT_A_CHOICE]})
    if do in NUMBERED and not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise InvalidInput({"does": [NOT_A_CHOICE]})
    return do, int(number) if do in NUMBERED else 0


def _add(source: str, sentence: dict[str, Any], words: str, said: str) -> None:
    """Words that no rule found, as often as they stand there. What was found within them goes with them."""
    wanted = " ".join(words.split())
    do, n = _read(said)
    places = [] if do in (KEEP, "") else _where(source, sentence["at"], wanted)
    left = [at for at in places if not _is_cut(sentence["cuts"], at)]
    if not left:
        raise InvalidInput({"more": [NOT_HERE]})
    for start, end in left:
        apart = [cut for cut in sentence["cuts"] if cut["at"][1] <= start or end <= cut["at"][0]]
        inside = [cut for cut in sentence["cuts"] if start <= cut["at"][0] and cut["at"][1] <= end]
        if len(apart) + len(inside) < len(sentence["cuts"]):
            raise InvalidInput({"more": [NOT_HERE]})
        new = {"at": [start, end], "kind": LOOK, "why": "chosen", "do": do, "n": n}
        sentence["cuts"] = sorted([*apart, new], key=lambda cut: cut["at"])


def _where(source: str, within: Sequence[int], words: str) -> list[tuple[int, int]]:
    """Where these words stand in a sentence; a part of a longer word only where they stand nowhere by themselves."""
    found = [each.span() for each in re.compile(re.escape(words)).finditer(source, *within)] if words else []
    alone = [(a, b) for a, b in found if not (source[a - 1 : a].isalnum() or source[b : b + 1].isalnum())]
    return alone or found


def _is_cut(cuts: Iterable[Mapping[str, Any]], at: tuple[int, int]) -> bool:
    """Whether all of this goes already, in a larger cut."""
    gone = (cut["at"] for cut in cuts if cut["do"] not in (KEEP, ""))
    return any(start <= at[0] and at[1] <= end and (start, end) != at for start, end in gone)


def _same_elsewhere(source: str, sentence: Mapping[str, Any], sentences: Iterable[dict[str, Any]]) -> None:
    """A word that was decided on here is proposed so wherever nobody decided on it yet."""
    said = {
        _word(source, cut): (cut["do"], cut["n"])
        for cut in sentence["cuts"]
        if cut["kind"] == LOOK and cut["do"]
    }
    for each in sentences:
        for cut in each["cuts"]:
            if each["state"] == UNSEEN and cut["do"] == "" and _word(source, cut) in said:
                cut["do"], cut["n"] = said[_word(source, cut)]


def _word(source: str, cut: Mapping[str, Any]) -> str:
    return normal_name(source[cut["at"][0] : cut["at"][1]])
