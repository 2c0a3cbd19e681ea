"""What few carry is told more coarsely before the search: rare values, and outliers at the ends of an order.

A rare value enters at the finest level of its own path at which it stands together with enough others that are rare, at
last as “*”; a lump that is too small takes the rarest value that is shown with it. The first and last months, or ages,
are told as “until” and “since” as far as it takes. What was decided is a plain record, so that a series keeps it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from incidents.release.hierarchy import AT_MOST, OR_LATER, Ages, Hierarchy, Path_, base

Ints = npt.NDArray[np.int64]
Pairs = tuple[Ints, Ints]  # row number ↔ code of an incident or person that the row speaks of
AT_ONCE = 1 << 14  # pairs: what is common is seen to be so in the first of them
End = tuple[
    str, str, str
]  # the last unit that is told so, how it is told, the coarser label that it stands under


@dataclass(frozen=True, slots=True)
class Lump:
    """How a column is told. Each of them holds something for each level.

    `shown`: what enters there; `hidden`: what would, and is told as “*” with what is rarer; `first`, `last`: its ends.
    """

    shown: tuple[frozenset[str], ...] = ()
    hidden: tuple[frozenset[str], ...] = ()
    first: tuple[End | None, ...] = ()
    last: tuple[End | None, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For a manifest."""
        return {
            "shown": [sorted(labels) for labels in self.shown],
            "hidden": [sorted(labels) for labels in self.hidden],
            "first": [list(end) if end else None for end in self.first],
            "last": [list(end) if end else None for end in self.last],
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Lump":
        """Back from a manifest."""
        first, last = (
            tuple(None if end is None else (end[0], end[1], end[2]) for end in said[name])
            for name in ("first", "last")
        )
        shown, hidden = (tuple(map(frozenset, said[name])) for name in ("shown", "hidden"))
        return cls(shown, hidden, first, last)


class Lumped:
    """A hierarchy whose rare values and ends are told more coarsely."""

    def __init__(self, tree: Hierarchy, start: int, lump: Lump) -> None:
        self.name, self.levels, self._tree, self._start, self._lump = (
            tree.name, tree.levels, tree, start, lump,
        )  # fmt: skip

    def leaf(self, row: Mapping[str, Any], column: str) -> str:
        """As the hierarchy itself."""
        return self._tree.leaf(row, column)

    def paths(self, seen: Iterable[str]) -> dict[str, Path_]:
        """As the hierarchy itself, but for what is told more coarsely."""
        there, start = dict.fromkeys(seen), self._start
        paths = self._tree.paths(there)
        finest = {paths[leaf][start] for leaf in there}
        return {
            leaf: path[:start] + self._told(path[start:], seen=path[start] in finest)
            for leaf, path in paths.items()
        }

    def _told(self, path: Path_, *, seen: bool) -> Path_:
        path = _ended(base(self.name), self.levels[self._start :], path, self._lump)
        if not self._lump.shown:
            return path
        top = len(path) - 1
        level = _enters(path, self._lump.shown, top if seen else 0)
        if level < top and path[level] in self._lump.hidden[level]:
            level = top
        return (path[level],) * level + path[level:]


def _enters(path: Path_, shown: Sequence[Iterable[str]], nowhere: int) -> int:
    """The finest level at which a path is told."""
    return next((level for level, labels in enumerate(shown) if path[level] in labels), nowhere)


@dataclass(frozen=True)
class Carried:
    """Which leaf each row has, and of which incidents and persons it speaks."""

    leaves: Sequence[str] = field(repr=False)  # may come twice
    of_row: Ints = field(repr=False)
    things: Sequence[Pairs] = field(repr=False)

    def enough(self, labels: Sequence[str | None], least: int) -> set[str]:
        """The labels that at least so many different incidents and persons carry; a label a leaf, or none."""
        codes, names = _coded(labels)
        of_row = codes[self.of_row]
        good = np.ones(len(names), np.bool_)
        for rows, things in self.things:
            good &= _enough(of_row[rows], things, len(names), least)
        return {name for name, one in zip(names, good, strict=True) if one}

    def rows(self, labels: Sequence[str | None]) -> dict[str, int]:
        """How many rows carry each."""
        codes, names = _coded(labels)
        counted = np.bincount(codes[self.of_row] + 1, minlength=len(names) + 1)[1:]
        return dict(zip(names, counted.tolist(), strict=True))

    def together(self, leaves: Iterable[int], least: int) -> bool:
        """Whether these leaves, by their numbers, are carried by enough."""
        chosen: list[str | None] = [None] * len(self.leaves)
        for number in leaves:
            chosen[number] = "one"
        return bool(self.enough(chosen, least))


def _coded(labels: Sequence[str | None]) -> tuple[Ints, list[str]]:
    """-1 for none."""
    seen: dict[str, int] = {}
    codes = (-1 if label is None else seen.setdefault(label, len(seen)) for label in labels)
    return np.fromiter(codes, np.int64, len(labels)), list(seen)


def _enough(codes: Ints, things: Ints, labels: int, least: int) -> npt.NDArray[np.bool_]:
    """For each label whether it goes with so many different things; the common ones are seen at the beginning."""
    good = np.zeros(labels, np.bool_)
    for part in (slice(0, AT_ONCE), slice(0, None)):
        left = np.flatnonzero((codes[part] >= 0) & ~good[codes[part]]) if labels else codes[:0]
        if not left.size:
            continue
        pairs = np.unique(codes[left] * (int(things.max()) + 1) + things[left])
        good |= np.bincount(pairs // (int(things.max()) + 1), minlength=labels) >= least
    return good


def lump(tree: Hierarchy, start: int, carried: Carried, rare: int, ends: int) -> Lump:
    """How a column with these values is told; `rare`, `ends`: fewest incidents and persons, 0 for not at all."""
    known = tree.paths(dict.fromkeys(carried.leaves))
    paths = [known[leaf][start:] for leaf in carried.leaves]
    found = _ends(base(tree.name), tree.levels[start:], paths, carried, ends) if ends and paths else Lump()
    if not (rare and paths):
        return found
    told = [_ended(base(tree.name), tree.levels[start:], path, found) for path in paths]
    shown, hidden = _shown(told, carried, rare)
    return Lump(shown, hidden, found.first, found.last)


# -- rare values

Levels = tuple[frozenset[str], ...]


def _shown(paths: Sequence[Path_], carried: Carried, least: int) -> tuple[Levels, Levels]:
    """For each level but the last, what enters there, and what of that is hidden so that “*” stands for enough."""
    shown, left = list[set[str]](), list(range(len(paths)))
    for level in range(len(paths[0]) - 1):
        labels: list[str | None] = [None] * len(paths)
        for number in left:
            labels[number] = paths[number][level]
        shown.append(carried.enough(labels, least))
        left = [number for number in left if paths[number][level] not in shown[level]]
    hidden: list[set[str]] = [set() for _ in shown]
    for level, label, those in _rarest_first(paths, carried, shown):
        if not left or carried.together(left, least):
            break
        hidden[level].add(label)
        left += those
    return tuple(map(frozenset, shown)), tuple(map(frozenset, hidden))


def _rarest_first(
    paths: Sequence[Path_], carried: Carried, shown: Sequence[set[str]]
) -> list[tuple[int, str, list[int]]]:
    """What is shown, by its level and label, with the numbers of its leaves."""
    groups = defaultdict[tuple[int, str], list[int]](list)
    for number, path in enumerate(paths):
        level = _enters(path, shown, len(shown))
        if level < len(shown):
            groups[level, path[level]].append(number)
    names: list[str | None] = [None] * len(paths)
    for each, numbers in groups.items():
        for number in numbers:
            names[number] = f"{each[0]} {each[1]}"
    rows = carried.rows(names)
    order = sorted(groups, key=lambda each: (rows[f"{each[0]} {each[1]}"], each))
    return [(*each, groups[each]) for each in order]


# -- ends


def _ends(tree: str, levels: Sequence[str], paths: Sequence[Path_], carried: Carried, least: int) -> Lump:
    """From the coarse to the fine: each end lies within one coarser label, so that the levels stay nested."""
    firsts: list[End | None] = [None] * len(levels)
    lasts: list[End | None] = [None] * len(levels)
    for level in range(len(levels) - 2, -1, -1):
        above = [
            _ended(tree, levels, path, Lump((), (), tuple(firsts), tuple(lasts)))[level + 1] for path in paths
        ]
        units = sorted({key for path in paths if (key := _key(tree, levels[level], path[level]))})
        if not units:
            continue
        under = {path[level]: label for path, label in zip(paths, above, strict=True)}
        firsts[level], lasts[level] = (
            _end(tree, [path[level] for path in paths], run, under, carried, least, last=last)
            for run, last in ((units, False), (units[::-1], True))
        )
        if _cross(firsts[level], lasts[level], tree, levels[level]):
            coarse = under[units[0][1]]  # what both ends would tell is told by the coarser label
            firsts[level], lasts[level] = (units[-1][1], coarse, coarse), None
    return Lump((), (), tuple(firsts), tuple(lasts))


def _end(
    tree: str,
    labels: Sequence[str],
    units: Sequence[tuple[int | str, str]],
    under: Mapping[str, str],
    carried: Carried,
    least: int,
    *,
    last: bool,
) -> End | None:
    """The units that are told together at this end; none, where the outermost one stands for enough by itself."""
    coarse, some = under[units[0][1]], set[str]()
    for place, (_at, unit) in enumerate(units):
        if under[unit] != coarse:
            break
        some.add(unit)
        if carried.together([n for n, label in enumerate(labels) if label in some], least):
            return (unit, _words(tree, unit, last=last), coarse) if place else None
    return (units[len(some) - 1][1], coarse, coarse)  # all of them are too few: told by the coarser label


def _cross(first: End | None, last: End | None, tree: str, level: str) -> bool:
    """Whether both ends would tell the same unit."""
    low, high = (_key(tree, level, end[0]) if end else None for end in (first, last))
    return low is not None and high is not None and low >= high


def _ended(tree: str, levels: Sequence[str], path: Path_, lump: Lump) -> Path_:
    """A path with the ends of its levels told as such."""
    told = list(path)
    for level in range(len(lump.first) - 2, -1, -1):
        key = _key(tree, levels[level], path[level])
        for end, after in ((lump.first[level], False), (lump.last[level], True)):
            edge = _key(tree, levels[level], end[0]) if end else None
            if end is None or told[level + 1] != end[2]:
                continue
            if end[1] == end[2]:  # all that stands under it
                told[level] = end[1]
            elif key is None or edge is None:
                continue
            elif key >= edge if after else key <= edge:
                told[level] = end[1]
                break
    return tuple(told)


_UNITS = {
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    "month": re.compile(r"\d{4}-\d\d"),
    "quarter": re.compile(r"\d{4}-Q\d"),
    "year": re.compile(r"\d{4}"),
}


def _key(tree: str, level: str, label: str) -> tuple[int | str, str] | None:
    """Where a label stands in the order of its level; None where it stands in none."""
    if tree == "moment":
        return (label, label) if level in _UNITS and _UNITS[level].fullmatch(label) else None
    if tree != "age" or level not in {"year", "band"}:
        return None
    low = re.match(r"\d+", label)
    return (int(low[0]), label) if low and (level == "band") != label.isdecimal() else None


def _words(tree: str, unit: str, *, last: bool) -> str:
    """How an end is told: until, since; of ages from to, of children or of adults."""
    if tree == "moment":
        return unit + OR_LATER if last else AT_MOST + unit
    numbers = [int(each) for each in re.findall(r"\d+", unit)]
    grown = numbers[0] >= Ages.OF_AGE
    if last:
        return f"{numbers[0]}+" if grown else f"{numbers[0]}-{Ages.OF_AGE - 1}"
    youngest = Ages.OF_AGE if grown else 0
    return f"{youngest}+" if unit.endswith("+") else f"{youngest}-{numbers[-1]}"
