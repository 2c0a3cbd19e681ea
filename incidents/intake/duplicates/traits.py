"""What of a person is compared, made ready once: words of the names, digits of phones, signs of documents, years.

Made from opened values, held in memory while somebody looks, and nowhere else.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from incidents.errors import Problem
from incidents.model.moment import Moment
from incidents.model.vocabulary import NO_ANSWERS
from incidents.search import names
from incidents.search.numbers import between, documents, phones

_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
_DAY_FIRST = re.compile(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\s*$")

Years = tuple[int, int]  # the first and the last in which somebody may be born


@dataclass(frozen=True, slots=True)
class Scene:
    """One incident as far as it tells records apart: where, when, which acts."""

    incident: UUID
    place: str = ""  # official code of the municipality, else of the state
    state: str = ""
    first: date | None = None
    last: date | None = None
    acts: frozenset[str] = frozenset()


@dataclass(slots=True)
class Traits:
    """One person as they are compared."""

    id: UUID
    words: tuple[str, ...] = ()
    others: tuple[tuple[str, ...], ...] = ()  # words of each further name
    phones: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    born: date | None = None
    years: Years | None = None
    gender: str = ""
    nations: frozenset[str] = frozenset()
    scenes: tuple[Scene, ...] = ()
    together: frozenset[UUID] = field(default=frozenset())  # reports that tell of this person

    @property
    def comparable(self) -> bool:
        """Somebody of whom neither name, phone nor document is known is like everybody."""
        return bool(self.words or self.phones or self.documents)


def traits(
    id: UUID,
    identity: dict[str, Any],
    facts: dict[str, Any],
    scenes: Sequence[Scene] = (),
    reports: Iterable[UUID] = (),
) -> Traits:
    """Make somebody comparable. Whatever is missing or unreadable is not compared."""
    born, years = birth(_text(identity.get("birth_date")))
    gender = facts.get("gender") or ""
    return Traits(
        id,
        words=names.words(_text(identity.get("name"))),
        others=tuple(filter(None, map(names.words, between(_text(identity.get("other_names")))))),
        phones=phones(_text(identity.get("phone"))),
        documents=documents(_text(identity.get("documents"))),
        born=born,
        years=years or _years_of(facts, scenes),
        gender="" if gender in NO_ANSWERS else gender,
        nations=frozenset(facts.get("nationality") or ()) - NO_ANSWERS,
        scenes=tuple(scenes),
        together=frozenset(reports),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def birth(text: str) -> tuple[date | None, Years | None]:
    """The day of birth and its year, as far as the text says them without a guess."""
    day = None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        if found := _DAY_FIRST.match(text):
            first, second, year = map(int, found.groups())
            day = _day(year, second, first)
    if day:
        return day, (day.year, day.year)
    years = sorted({int(year) for year in _YEAR.findall(text)})
    return None, (years[0], years[-1]) if years else None


def _day(year: int, month: int, day: int) -> date | None:
    """Day before month, as people write it in Spanish; where only the other order is a day, that one."""
    for one, other in ((month, day), (day, month)):
        try:
            return date(year, one, other)
        except ValueError:
            continue
    return None


def _years_of(facts: dict[str, Any], scenes: Sequence[Scene]) -> Years | None:
    """The birth year that was told, or what the age at the time leaves open."""
    told, age = facts.get("birth_year"), facts.get("age")
    if isinstance(told, int):
        return told, told
    days = [day for scene in scenes for day in (scene.first, scene.last) if day]
    if not isinstance(age, int) or not days:
        return None
    return min(days).year - age - 1, max(days).year - age


# -- incidents


def scene(incident: UUID, facts: dict[str, Any], acts: Sequence[dict[str, Any]]) -> Scene:
    """Where, when and what: the incident's own, or where that is empty its first act's."""
    first, last = bounds(facts.get("moment"))
    place = facts.get("place") or {}
    for act in acts:
        if first is None and last is None:
            first, last = bounds(act.get("moment"))
        place = place or act.get("place") or {}
    state = place.get("state") or ""
    kinds = frozenset(act["type"] for act in acts if act.get("type"))
    return Scene(incident, place.get("municipality") or state, state, first, last, kinds)


def bounds(moment: Any) -> tuple[date | None, date | None]:
    """The first and the last day that a moment may mean."""
    try:
        found = Moment.from_json(moment) if moment else None
    except Problem:
        return None, None
    return (found.earliest, found.latest) if found else (None, None)


def days_between(one: Scene, other: Scene) -> int | None:
    """How far apart two scenes are at least; zero where they may be the same day. None: not known."""
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return None
    return max(0, (other.first - one.last).days, (one.first - other.last).days)
