"""Everybody against everybody, without comparing all: only who shares something that few share.

Each person has keys; two are compared where they share one that few have. A key that many share (José Hernández) says
too little, so it is asked together with one thing more: a third word, about when they were born, when and where it
happened. The index is held in memory while the sweep runs; a key is a number, nothing can be read from it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations

from incidents.intake.duplicates import weights as w
from incidents.intake.duplicates.crowd import Crowd
from incidents.intake.duplicates.traits import Scene, Traits
from incidents.intake.duplicates.weights import Match
from incidents.search.names import forms

CROWDED = 20  # people who share a key; more, and it is asked with one thing more
FULL = 100  # people who share even that: it finds nobody any more
ALONE = 15  # people who have a word; so few, and it is a key by itself
DATED = 300  # people who have a word; so few, and it is a key with the years of birth
SPAN = 3  # years

Pair = tuple[Traits, Traits, Match]
Told = Callable[[int], None]


class Index:
    """Who shares which key."""

    def __init__(self, crowd: Crowd, told: Told | None = None) -> None:
        self._crowd = crowd
        self._slips = crowd.slips_of_commoner()
        self._shared: Counter[int] = Counter()
        for place, person in enumerate(crowd.people):
            self._shared.update(self._pairs(person))
            if told and place % 5000 == 0:
                told(0)
        self._people: dict[int, list[int]] = {}
        for place, person in enumerate(crowd.people):
            for key in self._keys(person):
                self._people.setdefault(key, []).append(place)
            if told and place % 5000 == 0:
                told(0)

    def after(self, place: int) -> set[int]:
        """Those behind this one who share a key with it that not too many have."""
        found: set[int] = set()
        for key in self._keys(self._crowd.people[place]):
            sharing = self._people[key]
            if len(sharing) <= FULL:
                found.update(each for each in sharing if each > place)
        return found

    def _words(self, person: Traits) -> list[list[str]]:
        """The forms of each word, with those it may be a slip of; further names count as more words."""
        words = {*person.words, *(word for other in person.others for word in other)}
        return [sorted({*forms(word), *self._slips.get(word, ())}) for word in sorted(words)]

    def _pairs(self, person: Traits) -> set[int]:
        return {
            hash((one, other) if one < other else (other, one))
            for mine, theirs in combinations(self._words(person), 2)
            for one in mine
            for other in theirs
            if one != other
        }

    def _keys(self, person: Traits) -> set[int]:
        found: set[int] = set()
        more = None
        for pair in self._pairs(person):
            if self._shared[pair] <= CROWDED:
                found.add(pair)
                continue
            more = self._more(person) if more is None else more
            found.update(hash((pair, each)) for each in more)
        found.update(self._single(person))
        for kind, values in (("phone", person.phones), ("document", person.documents)):
            found.update(hash((kind, piece)) for value in values for piece in pieces(value))
        return found

    def _more(self, person: Traits) -> list[str]:
        """What is asked together with two common words."""
        words = [form for word in self._words(person) for form in word]
        return [*words, *_born_about(person), *(key for scene in person.scenes for key in around(scene))]

    def _single(self, person: Traits) -> Iterator[int]:
        years = _born_about(person)
        for word in self._words(person):
            for form in word:
                count = self._crowd.heard[form]
                if count <= ALONE:
                    yield hash(("word", form))
                elif count <= DATED:
                    yield from (hash((form, year)) for year in years)


def _born_about(person: Traits) -> list[str]:
    """Spans of years, so that two who may be born a year apart share one."""
    if person.years is None:
        return []
    first, last = person.years
    return [f"born {span}" for span in sorted({year // SPAN for year in range(first - 1, last + 2)})]


def around(scene: Scene) -> list[str]:
    """Fortnights at a place: two scenes a few days apart share one."""
    if scene.first is None or scene.last is None or (scene.last - scene.first).days > 62:
        return []
    first, last = scene.first.toordinal() - w.NEAR_DAYS, scene.last.toordinal() + w.NEAR_DAYS
    return [f"{scene.state} {fortnight}" for fortnight in range(first // 14, last // 14 + 1)]


def pieces(value: str) -> Iterator[str]:
    """Two thirds of a number, each way: with one sign wrong, one of the three is still equal."""
    third = -(-len(value) // 3)
    one, two, three = value[:third], value[third:-third], value[-third:]
    yield f"{one}.{two}."
    yield f".{two}.{three}"
    yield f"{one}..{three}"


def sweep(crowd: Crowd, least: float = w.SWEPT, told: Told | None = None) -> Iterator[Pair]:
    """Every two who may be one; `told` hears of each thousand that were compared with all others."""
    index = Index(crowd, told)
    for place, one in enumerate(crowd.people):
        for other in index.after(place):
            match = crowd.at_least(one, crowd.people[other], least)
            if match:
                yield one, crowd.people[other], match
        if told and place % 1000 == 0:
            told(place)
