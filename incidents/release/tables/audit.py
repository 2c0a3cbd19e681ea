"""What a reader of protected tables can work out: of every cell that is not printed as its number, the interval.

What the reader is taken to know, and all of it is used:
- counts are whole numbers, none is below zero, and every relation of the tables holds;
- a number is what it says. `<5` is one to four; it can hide a zero only where a row or column that the cell is part of
  shows no zero, because a row shows all its zeros or none (a zero whose total prints 0 is nobody's secret, and says
  nothing about the others). `…` is five or more; it can be any number only where a row or column that the cell is part
  of prints nothing but `…`. With rounding, 0 is zero, another number n is at least 1 and within 4 of n, `…` is any.

Not taken: that the reader runs the program backwards on every table that could have been, or knows some of the people
counted. What is promised: a cell that counts one to four can, for all that is printed, be 1 as well as 4; rounded, it
can be 5 or more, and at least five numbers in all. Each end is proven by a world: whole numbers for all cells that keep
every relation, checked by adding. What protects shares no code with it.

Linear programs after M. Fischetti and J. J. Salazar (2000), Models and Algorithms for Optimizing Cell Suppression.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from incidents.release.tables.cells import FEW, OUT, Key, Relation, Shown
from incidents.release.tables.solving import Around, Row, System, World

LARGE = 5
SMALL = range(1, LARGE)
MISSES = 4  # worlds that show nothing new, after which the rest is asked one by one
ROUNDED = 4  # how far a rounded number may lie from the true one


@dataclass(frozen=True, slots=True)
class Interval:
    """The smallest and the largest number that a cell can be. `high` None: no end."""

    low: int
    high: int | None


def intervals(shown: Shown, keys: Iterable[Key] | None = None) -> dict[Key, Interval]:
    """Of these cells, or of all that are not printed as their number: exactly what a reader can work out."""
    wanted = None if keys is None else set(keys)
    return {
        key: Interval(system.end(key, -1) or 0, system.end(key, 1))
        for system in _systems(shown.counted.relations, bounds(shown))
        for key in system.keys
        if wanted is None or key in wanted
    }


def narrowed(shown: Shown) -> dict[Key, Interval]:
    """Small cells of which a reader learns more than the print is to say; empty: the tables keep their promise.

    Where going from relation to relation tells already, only these are given, each with an interval that holds the
    true one; `intervals` finds those exactly.
    """
    counts, known, rule = shown.counted.counts, bounds(shown), RULES[shown.method]
    found = {key: Interval(*known[key]) for key in shown.values if _fixed(known[key])}
    systems = _systems(shown.counted.relations, known)
    for system in systems:
        found |= {key: Interval(*ends) for key, ends in system.stepwise().items()}
    found = {key: each for key, each in found.items() if counts[key] in SMALL and rule.broken(each)}
    return found or {key: each for system in systems for key, each in _searched(system, counts, rule).items()}


@dataclass(frozen=True, slots=True)
class Rule:
    """What must be possible of a small cell: so small, so large, and so many numbers in all."""

    low: int
    high: int
    numbers: int

    def broken(self, each: Interval) -> bool:
        """By what a reader can work out."""
        if each.high is None:
            return each.low > self.low
        return each.low > self.low or each.high < self.high or each.high - each.low + 1 < self.numbers


RULES = {"A": Rule(min(SMALL), max(SMALL), 4), "C": Rule(max(SMALL), LARGE, 5)}


def _searched(system: System, counts: Mapping[Key, int], rule: Rule) -> dict[Key, Interval]:
    """The small cells of one system that break the rule: the proof is a search for worlds that finds none."""
    small = [key for key in system.keys if counts[key] in SMALL]
    enough = max(rule.high, rule.low + rule.numbers - 1)
    true = {key: counts[key] for key in system.keys}
    start = true if system.holds(true) else None
    short = {
        key
        for way, end in ((1, enough), (-1, rule.low))
        for key in _beyond(system, _open(system, small, start, way, end), start, way, end)
        if not _reaches(system.end(key, way), way, end)
    }
    found = {key: Interval(system.end(key, -1) or 0, system.end(key, 1)) for key in sorted(short)}
    return {key: interval for key, interval in found.items() if rule.broken(interval)}


def _beyond(system: System, left: set[Key], start: World | None, way: int, end: int) -> set[Key]:
    """Of these cells, those of which no world near the true counts, which are a world, goes as far as this end.

    Of what is left, `System.end` tells the truth. It takes far longer, since the best of fractions is often no world.
    """
    if not left or start is None:
        return left
    near, found = Around(system, start), set[Key]()
    for key in sorted(left):
        world = None if key in found else near.moved(key, end)
        found |= {each for each in left if world is not None and _reaches(world[each], way, end)}
    return left - found


def _reaches(number: int | None, way: int, end: int) -> bool:
    """Whether a number lies at this end or further on; `None`: there is no end."""
    return number is None or (number - end) * way >= 0


def _open(system: System, small: Sequence[Key], start: World | None, way: int, end: int) -> set[Key]:
    """Cells for which no world that moves many at once goes as far as this end, upwards (1) or downwards (−1).

    Nor are the true counts, where they are a world, one that does.
    """
    left = {key for key in small if start is None or not _reaches(start[key], way, end)}
    misses = turn = 0
    while left and misses < MISSES:
        turn += 1
        world = system.towards(left, way, turn, end)
        shown = {key for key in left if world is not None and _reaches(world[key], way, end)}
        misses = 0 if shown else misses + 1
        left -= shown
    return left


# -- what is known of each cell before anything is added up


def bounds(shown: Shown) -> dict[Key, tuple[int, int | None]]:
    """What each print says by itself: the smallest and the largest number that it may stand for."""
    if shown.method == "C":
        return {key: _rounded(value) for key, value in shown.values.items()}
    beside = _beside(shown.counted.relations, shown.values)
    return {key: _printed(key, value, beside) for key, value in shown.values.items()}


def _rounded(value: int | str) -> tuple[int, int | None]:
    if isinstance(value, str):
        return 0, None
    return (max(1, value - ROUNDED), value + ROUNDED) if value else (0, 0)


def _printed(
    key: Key, value: int | str, prints: Mapping[Key, list[set[int | str]]]
) -> tuple[int, int | None]:
    if isinstance(value, int):
        return value, value
    beside = prints.get(key, [])
    if value == FEW:
        return (0 if any(0 not in each for each in beside) else 1), max(SMALL)
    return (0 if any(each == {OUT} for each in beside) else LARGE), None


def _beside(
    relations: Sequence[Relation], values: Mapping[Key, int | str]
) -> dict[Key, list[set[int | str]]]:
    """Of each key, what the relations that it is a part of print, without zeros that follow from a total of 0."""
    above = defaultdict(list)
    for relation in relations:
        for part in relation.parts:
            above[part].append(relation.total)
    settled = {key for key, totals in above.items() if not values[key] and any(not values[t] for t in totals)}
    found = defaultdict(list)
    for relation in relations:
        prints = {values[part] for part in relation.parts if part not in settled}
        for part in relation.parts:
            found[part].append(prints)
    return found


# -- the unknown cells that hang together, with all that binds them


def _systems(relations: Sequence[Relation], known: Mapping[Key, tuple[int, int | None]]) -> list[System]:
    """One for each set of unknown cells that relations tie together."""
    unknown = {key for key, ends in known.items() if not _fixed(ends)}
    rows = [row for relation in relations for row in _rows(relation, known) if row.terms]
    return [
        System(keys, {key: known[key][0] for key in keys}, {key: known[key][1] for key in keys}, own)
        for keys, own in _tied(unknown, rows)
    ]


def _fixed(ends: tuple[int, int | None]) -> bool:
    return ends[0] == ends[1]


def _rows(relation: Relation, known: Mapping[Key, tuple[int, int | None]]) -> Iterable[Row]:
    """A relation as inequalities over its unknown cells. Adds: parts − total = 0. Else: ≥ 0, and total − part ≥ 0."""
    sums = [(part, 1) for part in relation.parts]
    yield _row([*sums, (relation.total, -1)], known, exact=relation.adds)
    if not relation.adds:
        for part in relation.parts:
            yield _row([(relation.total, 1), (part, -1)], known, exact=False)


def _row(terms: list[tuple[Key, int]], known: Mapping[Key, tuple[int, int | None]], *, exact: bool) -> Row:
    fixed, free = 0, []
    for key, sign in terms:
        low, high = known[key]
        if low == high:
            fixed += sign * low
        else:
            free.append((key, sign))
    return Row(free, -fixed, exact)


def _tied(unknown: set[Key], rows: Sequence[Row]) -> list[tuple[list[Key], list[Row]]]:
    """Unknown cells and rows, sorted into groups that have nothing to do with each other."""
    root = {key: key for key in unknown}

    def top(key: Key) -> Key:
        while root[key] != key:
            root[key] = key = root[root[key]]
        return key

    for row in rows:
        first = top(row.terms[0][0])
        for key, _sign in row.terms[1:]:
            root[top(key)] = first
    keys, own = defaultdict(list), defaultdict(list)
    for key in sorted(unknown):
        keys[top(key)].append(key)
    for row in rows:
        own[top(row.terms[0][0])].append(row)
    return [(members, own[first]) for first, members in keys.items()]


__all__ = ["Interval", "World", "bounds", "intervals", "narrowed"]
