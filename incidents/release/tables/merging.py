"""Codes that few incidents carry are told together, before anything is protected: the same way in every table.

A code of an axis that fewer than `least` incidents (of people: or persons) carry is told at the finest level of its own
path (state, region, country; act, group of acts) at which it reaches that together with others, at last among “all
others”; where these are too few, they take the smallest line beside them. What is decided is which lines stand, and
nothing else: every other code, counted or not, is told at the first line on its path. So the lines that a reader sees
say all that there is to say, and a later correction tells everything as the edition that it replaces.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from incidents.model.vocabulary import NO_ANSWERS
from incidents.release import hierarchy
from incidents.release.hierarchy import ANY, NOT_RECORDED, NOT_SHOWN, OVER_YEARS

Ints = npt.NDArray[np.int64]
Pairs = tuple[Ints, Ints]  # a thing, and the place of a code that it carries
Lines = frozenset[str]  # the codes, of all levels of an axis, that stand in a line of their own

OTHERS = "(others)"  # the code of everything that no line tells
FEWEST = 3  # lines: an axis of which less would be left by taking one along is left as it is
# Of an axis whose codes say less and less: its hierarchy, and the level at which it enters there.
LEVELS: Mapping[str, tuple[str, int]] = {
    "act": ("act", 0), "perpetrator": ("perpetrator", 0), "nationality": ("nationality", 0), "age": ("age", 1),
    "state": ("place", 1), "region": ("place", 2), "country": ("place", 3),
}  # fmt: skip
NOTHING_KNOWN = frozenset({NOT_RECORDED, NOT_SHOWN, OVER_YEARS, "several", *NO_ANSWERS})
# What a person is, and not an incident: persons are counted too.
OF_PERSONS = frozenset({"nationality", "age", "population"})
# Answers (yes, suspected, no), time, gender and what was decided of an act keep all their lines.
MERGED = frozenset(
    (
        *LEVELS, "act_group", "perpetrator_group", "population", "exposure", "authority", "response", "not_reported",
        "source_type",
    )
)  # fmt: skip

# Of whether it was reported and what came of it: that nobody knows is never told with what somebody said, however few
# carry it, and neither is that there was nothing to say. A rare no-answer is told with what nobody noted.
UNREPORTED, REPORTED = "unreported", "reported"  # why there is no response; why there is no reason for none
APART: Mapping[str, tuple[str, ...]] = {
    "authority": (NOT_RECORDED,),
    "reported": ("yes", "no", NOT_RECORDED),
    "response": (UNREPORTED, NOT_RECORDED),
    "not_reported": (REPORTED, NOT_RECORDED),
}


def path(axis: str, code: str) -> tuple[str, ...]:
    """A code of an axis and what it is at each coarser level, but for the last that is one for all."""
    if axis in APART and code in NO_ANSWERS:
        return (code, NOT_RECORDED)
    tree, level = LEVELS.get(axis, ("", 0))
    return tuple(each for each in hierarchy.upward(tree, level, code) if each != ANY) if tree else (code,)


def told(axis: str, code: str, lines: Lines | None) -> str:
    """As what a code is told; `lines` None: nothing of this axis is told together."""
    if lines is None:
        return code
    return next((each for each in path(axis, code) if each in lines), OTHERS)


def coarse(axis: str, code: str) -> bool:
    """Whether a code on an axis may stand for several: all others, or one that enters at a coarser level."""
    if code == OTHERS:
        return True
    one = path(axis, code)
    return len(one) > 1 and one[0] == one[1] and code not in NOTHING_KNOWN


def beneath(axis: str, code: str, codes: Iterable[str]) -> bool:
    """Whether any of these codes would be told by this one if it had no line."""
    return any(code in path(axis, each)[1:] for each in codes if each != code)


@dataclass(frozen=True, slots=True)
class _Carried:
    """What each code of an axis is carried by."""

    pairs: Sequence[Pairs]

    def many(self, label: Sequence[int]) -> Ints:
        """Of each label how many different things carry it, of persons and incidents the fewer; −1: no label."""
        labels, among = np.array(label, np.int64), max(label, default=-1) + 1
        found = []
        for things, codes in self.pairs:
            here = labels[codes]
            keys = np.unique(things[here >= 0] * among + here[here >= 0])
            found.append(np.bincount(keys % among if among else keys, minlength=among))
        fewest: Ints = np.minimum.reduce(found)
        return fewest


def lines(axis: str, codes: Sequence[str], pairs: Sequence[Pairs], least: int) -> Lines | None:
    """Which lines stand, the rarest being told by others; None: each code has enough, or there are too few lines.

    `pairs`: of each kind of thing (incidents; of people persons too), which carries which of the codes.
    """
    paths = [path(axis, code) for code in codes]
    longest = max(map(len, paths), default=1)
    paths = [one + one[-1:] * (longest - len(one)) for one in paths]
    carried = _Carried(pairs)
    stay = {NOT_SHOWN, *APART.get(axis, ())}
    found, left = _levels(paths, carried, least, stay)
    if left:
        return _with_enough(paths, carried, found, left, least, stay)
    return None if found >= {*codes} else frozenset(found)


def _levels(
    paths: Sequence[tuple[str, ...]], carried: _Carried, least: int, stay: Iterable[str]
) -> tuple[set[str], set[int]]:
    """From fine to coarse: the lines that reach `least`, or `stay` whatever they reach; and the codes that are left."""
    found = {*stay}
    left = set(range(len(paths)))
    for level in range(len(paths[0]) if paths else 0):
        groups = defaultdict[str, list[int]](list)
        for number in sorted(left):
            groups[paths[number][level]].append(number)
        names = sorted(groups)
        for name, many in zip(names, carried.many(_labels(groups, names, len(paths))), strict=True):
            if name in found or many >= least:
                found.add(name)
                left.difference_update(groups[name])
    return found, left


def _labels(groups: Mapping[str, Iterable[int]], names: Sequence[str], size: int) -> list[int]:
    label = [-1] * size
    for place, name in enumerate(names):
        for number in groups[name]:
            label[number] = place
    return label


def _with_enough(
    paths: Sequence[tuple[str, ...]],
    carried: _Carried,
    found: set[str],
    left: set[int],
    least: int,
    stay: Iterable[str],
) -> Lines | None:
    """What no line tells takes the smallest line along until it is enough."""
    while carried.many([0 if number in left else -1 for number in range(len(paths))])[0] < least:
        groups = defaultdict[str, list[int]](list)
        for number, one in enumerate(paths):
            if number not in left:
                groups[next(each for each in one if each in found)].append(number)
        free = sorted({*groups} - {*stay} - {name for name in groups if _above(name, paths, groups, found)})
        if not free or len(groups) < FEWEST:
            return None
        sizes = carried.many(_labels(groups, free, len(paths)))
        smallest = min(zip(sizes.tolist(), free, strict=True))[1]
        found.discard(smallest)
        left |= {*groups[smallest]}
    return frozenset(found)


def _above(
    name: str, paths: Sequence[tuple[str, ...]], groups: Mapping[str, Iterable[int]], found: set[str]
) -> bool:
    """Whether a coarser line would tell what this one tells."""
    return any(each in found and each != name for number in groups[name] for each in paths[number])
