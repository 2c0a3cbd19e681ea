"""The facts of an edition, counted from its records: interviews, who told, what was agreed to, what was checked.

It only counts. Of people it counts those of the rows that leave; of interviews every one, also of nothing to report.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from incidents.intake import interviews
from incidents.model.account import Project
from incidents.model.base import Record
from incidents.model.consent import ConsentEvent
from incidents.model.moment import Moment
from incidents.model.people import Person
from incidents.model.report import Interview
from incidents.model.review import Judgment, Shows
from incidents.release import hierarchy
from incidents.release.gather import Gathered
from incidents.release.policy import Policy
from incidents.release.tables.cells import Counted, Key, Relation, Shown
from incidents.release.tables.edition import Edition
from incidents.release.text import facts as f
from incidents.release.text.accounts import Cited
from incidents.release.text.writing import Material
from incidents.work import Unreadable, Work

R = TypeVar("R", bound=Record)
AT_ONCE = 500  # ids in one question
BY_PHONE = frozenset({"INR"})
OTHERS_WHO_PUBLISH = frozenset({"NGO", "PRE", "INT"})  # an organisation, a journalist, a UN or regional body


@dataclass
class _Tally:
    """Counts under their keys, and what adds up to what."""

    counts: Counter[Key] = field(default_factory=Counter)
    relations: list[Relation] = field(default_factory=list)

    def parts(self, total: Key, numbers: Mapping[str, int], axis: str) -> None:
        """A total of which each thing is in one part."""
        keys = {code: f.key(total[0], **{axis: code}) for code in numbers}
        self.counts.update({keys[code]: number for code, number in numbers.items()})
        self.counts[total] = sum(numbers.values())
        self.relations.append(Relation(total, tuple(keys.values())))

    def some(self, part: Key, number: int) -> None:
        """So many of a whole. The rest is no group of people: of it the same was not said, not asked or not known."""
        self.counts[part] = number


def facts(
    work: Work, policy: Policy, gathered: Gathered, fates: f.Fates | None = None, late: Collection[UUID] = ()
) -> f.Facts:
    """What the text needs of an edition. `fates`: what stayed out of its tables; else what stayed out of its rows.

    `late`: interviews that came since and do not count.

    Incidents and families are counted with the tables: here only what is so of some of them.
    """
    fates = fates or f.Fates("rows", gathered.considered, gathered.excluded)
    work.must_be_whole()
    tally, people = _Tally(), _People.of(work, gathered)
    talks = [] if policy.published else list(interviews.each(work, late))
    _interviews(tally, talks)
    _tellers(tally, people)
    _permits(tally, work, people)
    _documents(tally, work, gathered)
    _fates(tally, fates)
    places, elsewhere = _named(_place(talk) for talk in talks)
    languages, others = _named(talk.get("language") for talk in talks)
    return f.Facts(
        organisation=organisation(work),
        data_date=date.fromisoformat(gathered.data_date),
        counts=dict(tally.counts),
        relations=tuple(tally.relations),
        fates=fates,
        months=_ends(talks),
        places=places,
        elsewhere=elsewhere,
        languages=languages,
        others=others,
        states=policy.states,
        published=policy.published,
    )


def of_file(work: Work, policy: Policy, data_date: str, fates: f.Fates) -> f.Facts:
    """What the text of a row file says beside its tables: what the manifest of the file says, and no more."""
    tally = _Tally()
    _fates(tally, fates)
    return f.Facts(
        organisation=organisation(work),
        data_date=date.fromisoformat(data_date),
        counts=dict(tally.counts),
        relations=tuple(tally.relations),
        fates=fates,
        states=policy.states,
    )


def organisation(work: Work) -> str:
    """What the house calls itself."""
    return work.db.scalars(select(Project.organisation)).one()


def material(
    work: Work, made: Edition, protect: Callable[[Counted], Shown], late: Collection[UUID] = (), **more: Any
) -> Material:
    """The text of an edition of tables. `protect` is asked once for both: what is printed of tables and of facts.

    `more`: quotes, what was typed, the style of the house.
    """
    lines = made.lines
    # Of what others published, why something is missing is nobody's business: no table hides how few it was.
    out = {"other": sum(lines.excluded.values())} if made.policy.published else lines.excluded
    aside = lines.fates if lines.aside is not None else {}
    found = facts(work, made.policy, lines.gathered, f.Fates("incidents", lines.considered, out, aside), late)
    return Material.of(made, protect(f.joined(made.counted, found)), found, **more)


# -- interviews


def _interviews(tally: _Tally, talks: Sequence[Mapping[str, Any]]) -> None:
    outcomes = Counter(str(talk.get("outcome") or "") for talk in talks)
    told = {code: outcomes.get(code, 0) for code in f.OUTCOMES}
    tally.parts(f.INTERVIEWS, told | {"": len(talks) - sum(told.values())}, "outcome")
    for axis, code, having in (
        ("mode", "phone", lambda talk: talk.get("mode") in BY_PHONE),
        ("private", "yes", lambda talk: talk.get("private") == "yes"),
        ("interpreter", "yes", lambda talk: hierarchy.answered(talk.get("interpreter")) not in {None, "NON"}),
        ("before", "yes", lambda talk: talk.get("told_before") == "yes"),
        ("before", "published", _told_who_publishes),
    ):
        tally.some(f.key("interviews", **{axis: code}), sum(map(having, talks)))


def _told_who_publishes(talk: Mapping[str, Any]) -> bool:
    return talk.get("told_before") == "yes" and bool(OTHERS_WHO_PUBLISH & {*(talk.get("told_whom") or ())})


def _ends(talks: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The first and the last month, of the interviews of which a month is known."""
    months = sorted({m for talk in talks if talk.get("on") and (m := Moment.from_json(talk["on"]).month)})
    return (months[0], months[-1]) if months else ()


def _place(talk: Mapping[str, Any]) -> str | None:
    """The municipality, or the state where no more is known."""
    place = talk.get("place") or {}
    return hierarchy.answered(place.get("municipality")) or hierarchy.answered(place.get("state"))


def _named(values: Iterable[str | None]) -> tuple[tuple[str, ...], bool]:
    """What five or more say, the most frequent first; and whether there is more."""
    found = Counter(value for value in values if hierarchy.answered(value))
    often = [(value, n) for value, n in found.items() if value is not None and n >= f.NAMED_FROM]
    named = tuple(value for value, _n in sorted(often, key=lambda each: (-each[1], each[0])))
    return named, len(named) < len(found)


def cited(work: Work, reports: Iterable[UUID]) -> dict[UUID, Cited]:
    """Of each report the interview that it was told in, to cite it by: state, month, and whether it was by phone.

    Whoever said yes without the place or the date is cited `without` it: that is asked of their consent.
    """
    rows = list(_some(work, Interview, Interview.report_id, {*reports}))
    work.vouched(rows)
    said = zip((row.report_id for row in rows), work.read_all(rows, "facts", "quote"), strict=True)
    return {report: _cited(facts) for report, facts in said if not isinstance(facts, Unreadable)}


def _cited(talk: Mapping[str, Any]) -> Cited:
    state = hierarchy.answered((talk.get("place") or {}).get("state")) or ""
    month = Moment.from_json(talk["on"]).month if talk.get("on") else None
    return Cited(state, month or "", phone=talk.get("mode") in BY_PHONE)


# -- people


@dataclass
class _People:
    """Everybody in the rows: of each, as counted once, the records, a row, the permits, and whether they told."""

    records: dict[str, set[UUID]] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    permits: dict[str, dict[str, UUID]] = field(default_factory=dict)  # kind → the first of it
    tellers: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, work: Work, gathered: Gathered) -> "_People":
        """Those of these rows; a row that lists nobody speaks of nobody here."""
        found = cls()
        for row, record, permits in zip(gathered.rows, gathered.people, gathered.permits, strict=True):
            for person in row["persons"]:
                found.rows.setdefault(person, row)
                found.records.setdefault(person, set()).update([record] if record else [])
                kinds = found.permits.setdefault(person, {})
                for permit in permits:
                    kinds.setdefault(permit.kind, permit.id)
        who = {record: person for person, records in found.records.items() for record in records}
        found.tellers = {who[row.id] for row in _some(work, Person, Person.id, who) if row.teller}
        return found


def _some(work: Work, kind: type[R], column: Any, ids: Iterable[Any]) -> Iterator[R]:
    """Rows that belong to these."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), AT_ONCE):
        yield from work.db.scalars(select(kind).where(column.in_(wanted[start : start + AT_ONCE])))


def _tellers(tally: _Tally, people: _People) -> None:
    found = Counter(_kind(people.rows[person]) for person in people.tellers)
    tally.parts(f.TELLERS, {kind: found.get(kind, 0) for kind in f.PARTS_OF_TELLERS}, "who")


def _kind(row: Mapping[str, Any]) -> str:
    """A woman, a man, a child; of whom age or gender is not known, or not shown in a release, no more than that."""
    ages = hierarchy.Ages()
    stage = ages.paths([leaf := ages.leaf(row, "age")])[leaf][2]
    if stage == ages.CHILD:
        return "children"
    gender = hierarchy.answered(row.get("gender"))
    shown = hierarchy.named("gender").paths(())[gender][1] if gender else hierarchy.NOT_RECORDED
    return {"F": "women", "M": "men"}.get(shown, "unknown") if stage == ages.ADULT else "unknown"


def _permits(tally: _Tally, work: Work, people: _People) -> None:
    """Whether each person's own consent is what their row rests on, how it was given; or another basis."""
    events = {person: kinds["consent"] for person, kinds in people.permits.items() if "consent" in kinds}
    rows = list(_some(work, ConsentEvent, ConsentEvent.id, {*events.values()}))
    work.vouched(rows)
    opened = zip((row.id for row in rows), work.read_all(rows, "decisions", "release"), strict=True)
    said = {id: each for id, each in opened if not isinstance(each, Unreadable)}
    given = [said.get(event, {}) for event in events.values()]
    methods = Counter(each.get("method") for each in given)
    known = {method: methods.get(method, 0) for method in f.METHODS}
    tally.parts(f.CONSENTED, known | {"": len(given) - sum(known.values())}, "method")
    tally.some(f.EXPLAINED, sum(each.get("explained") == "yes" for each in given))
    tally.counts[f.ON_A_BASIS] = len(people.permits) - len(events)


# -- what was checked, and what stays out


def _documents(tally: _Tally, work: Work, gathered: Gathered) -> None:
    """Incidents of which evidence that was judged authentic shows an act that is counted."""
    under = {act: row["incident"] for act, row in zip(gathered.acts, gathered.rows, strict=True)}
    rows = [row for row in _some(work, Judgment, Judgment.act_id, under) if row.undone_on is None]
    work.vouched(rows)
    shown = set()
    for row, said in zip(rows, work.read_all(rows, "facts", "release"), strict=True):
        good = not isinstance(said, Unreadable) and said.get("authentic") == "yes"
        if good and said.get("shows") == Shows.ACT:
            shown.add(under[row.act_id])
    tally.some(f.DOCUMENTED, len(shown))


def _fates(tally: _Tally, fates: f.Fates) -> None:
    found: Counter[str] = Counter()
    for reason, number in fates.excluded.items():
        found[f.OUT.get(reason, f.AGREEMENT)] += number
    keys = {reason: f.key("left_out", reason=reason, unit=fates.unit) for reason in f.REASONS}
    tally.counts.update({keys[reason]: found[reason] for reason in f.REASONS})
    tally.counts[fates.total] = fates.considered
    if fates.released != f.INCIDENTS:
        tally.counts[fates.released] = fates.considered - found.total()
    tally.relations.append(Relation(fates.total, (fates.released, *keys.values())))
    if fates.aside:
        _kept_aside(tally, fates, keys, found)


def _kept_aside(tally: _Tally, fates: f.Fates, keys: Mapping[str, Key], found: Mapping[str, int]) -> None:
    """What a table shows as kept out by its decision is among what stayed out, or is counted for another act.

    Printed nowhere; but a reader lays that table beside the reasons of the methodology.
    """
    aside: Counter[str] = Counter()
    for reason, number in fates.aside.items():
        aside[f.OUT.get(reason, f.AGREEMENT) if reason else ""] += number
    counted, parts = fates.considered - sum(found.values()), []
    for reason, number in sorted(aside.items()):
        whole, beside = (keys[reason], {"reason": reason}) if reason else (fates.released, {})
        among, others = (f.key(whole[0], aside=code, unit=fates.unit, **beside) for code in ("yes", "no"))
        tally.counts[among] = number
        tally.counts[others] = (found[reason] if reason else counted) - number
        tally.relations.append(Relation(whole, (among, others)))
        parts.append(among)
    tally.relations.append(Relation(f.ASIDE, tuple(parts)))
