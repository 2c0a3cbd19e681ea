"""Counting different things, cell by cell: every combination of the codes on some axes, and every total of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations

import numpy as np
import numpy.typing as npt

from incidents.release import frames
from incidents.release.tables.cells import Key, Relation

Ints = npt.NDArray[np.int64]
NONE = -1  # a line that speaks of no such thing
NOT = "not "  # before a code: everything else, which is printed nowhere and can be worked out


@dataclass(frozen=True, slots=True)
class Things:
    """What is counted: which one each line speaks of (`NONE`: of none), and for how many each stands."""

    unit: str
    of_line: Ints
    size: Ints


@dataclass(frozen=True, slots=True)
class Column:
    """The codes of each line on one axis: at least one, more where it may stand in several rows of a table."""

    name: str
    codes: tuple[str, ...]  # in the order in which a table prints them
    start: Ints  # of a value, the first of its places in `labels`
    many: Ints  # of a value, how many codes it has
    labels: Ints  # places in `codes`
    value: Ints  # of each line
    together: tuple[str, ...] = ()  # codes that may stand for several, which have no line of their own

    @classmethod
    def of(
        cls,
        name: str,
        values: Sequence[Sequence[str]],
        value: Ints,
        order: Iterable[str],
        also: Iterable[str] = (),
        together: Iterable[str] = (),
    ) -> "Column":
        """`values`: the codes of each different value; `value`: which of them each line has; `also`: nobody's codes."""
        used = {*also, *(code for each in values for code in each)}
        codes = tuple(code for code in dict.fromkeys(order) if code in used)
        codes += tuple(sorted(used - {*codes}))
        place = {code: number for number, code in enumerate(codes)}
        many = np.array([len(each) for each in values], np.int64)
        labels = np.array([place[code] for each in values for code in each], np.int64)
        told = {*together}
        return cls(
            name, codes, np.cumsum(many) - many, many, labels, value, tuple(c for c in codes if c in told)
        )


def against(column: Column, code: str) -> Column:
    """An axis of two: lines with this code, and all others; who takes the one from the total has the other."""
    codes = (code, f"{NOT}{code}")
    place = column.codes.index(code) if code in column.codes else NONE
    so = [
        place in column.labels[start : start + many].tolist()
        for start, many in zip(column.start.tolist(), column.many.tolist(), strict=True)
    ]
    return Column.of(column.name, [(codes[not each],) for each in so], column.value, codes, codes)


def met(column: Column, things: Things) -> Column:
    """With the codes alone that lines of these things have."""
    used = np.unique(column.value[things.of_line != NONE])
    codes = [
        [column.codes[label] for label in column.labels[start : start + many].tolist()]
        for start, many in zip(column.start[used].tolist(), column.many[used].tolist(), strict=True)
    ]
    value = np.searchsorted(used, column.value)
    return Column.of(column.name, codes, value, column.codes, together=column.together)


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts of one unit by some axes, with all totals, and how these add up."""

    unit: str
    codes: Mapping[str, tuple[str, ...]]  # of each axis, those that came up
    within: Mapping[str, str]  # what everything counted here is
    columns: Sequence[Column] = field(repr=False)
    counts: Mapping[Key, int] = field(repr=False)
    relations: tuple[Relation, ...] = field(repr=False)

    def key(self, **codes: str) -> Key:
        """The key of a cell; an axis that is not named is totalled."""
        return key(self.unit, {**self.within, **codes})


def key(unit: str, codes: Mapping[str, str]) -> Key:
    """What is counted, and the code on each axis that is not totalled, in the order of the axes' names."""
    return (unit, *(f"{name}={codes[name]}" for name in sorted(codes)))


def cube(things: Things, columns: Sequence[Column], within: Mapping[str, str] | None = None) -> Cube:
    """Count them. `within`: what all of these things are, where they are some of a unit only; it is in every key."""
    inside = within or {}
    lines, labels = _spread(things, columns)
    thing = things.of_line[lines]
    cards = tuple(len(column.codes) for column in columns)
    slices = {
        chosen: _slice(things, thing, [labels[axis] for axis in chosen], [cards[axis] for axis in chosen])
        for size in range(len(columns) + 1)
        for chosen in combinations(range(len(columns)), size)
    }
    keys = {chosen: _keys(things.unit, inside, [columns[axis] for axis in chosen]) for chosen in slices}
    counts = {
        key: int(number)
        for chosen, (sizes, _pairs) in slices.items()
        for key, number in zip(keys[chosen], sizes, strict=True)
    }
    relations = tuple(_relations(slices, keys, cards))
    return Cube(things.unit, {c.name: c.codes for c in columns}, inside, columns, counts, relations)


def _spread(things: Things, columns: Sequence[Column]) -> tuple[Ints, list[Ints]]:
    """One entry a line and combination of its codes: the line, and its code on each axis."""
    lines = np.flatnonzero(things.of_line != NONE)
    labels: list[Ints] = []
    for column in columns:
        value = column.value[lines]
        many = column.many[value]
        again = np.repeat(np.arange(len(lines)), many)
        within = np.arange(len(again)) - np.repeat(np.cumsum(many) - many, many)
        labels = [each[again] for each in labels]
        labels.append(column.labels[column.start[value[again]] + within])
        lines = lines[again]
    return lines, labels


def _slice(things: Things, thing: Ints, labels: Sequence[Ints], cards: Sequence[int]) -> tuple[Ints, Ints]:
    """Of each cell: for how many its different things stand, and how many different things these are."""
    cells = int(np.prod(cards, dtype=np.int64)) if cards else 1
    cell = reduce(
        lambda found, more: found * more[1] + more[0], zip(labels, cards, strict=True), np.zeros_like(thing)
    )
    pairs = frames.unique(thing * cells + cell)
    cell, which = pairs % cells, pairs // cells
    sizes = np.bincount(cell, weights=things.size[which], minlength=cells).astype(np.int64)
    return sizes, np.bincount(cell, minlength=cells)


def _keys(unit: str, within: Mapping[str, str], columns: Sequence[Column]) -> list[Key]:
    """The keys of the cells of a slice, in their order."""
    found: list[dict[str, str]] = [dict(within)]
    for column in columns:
        found = [{**codes, column.name: code} for codes in found for code in column.codes]
    return [key(unit, codes) for codes in found]


def _relations(
    slices: Mapping[tuple[int, ...], tuple[Ints, Ints]],
    keys: Mapping[tuple[int, ...], Sequence[Key]],
    cards: Sequence[int],
) -> Iterable[Relation]:
    """Each total with its parts along each axis. They add where each thing of the total is in one part and no other."""
    for chosen in slices:
        for axis in sorted({*range(len(cards))} - {*chosen}):
            finer = tuple(sorted((*chosen, axis)))
            shape = tuple(cards[each] for each in finer)
            parts = np.moveaxis(np.arange(len(keys[finer])).reshape(shape), finer.index(axis), -1)
            parts = parts.reshape(len(keys[chosen]), cards[axis])
            once = slices[finer][1][parts].sum(axis=1) == slices[chosen][1]
            if not cards[axis]:
                continue
            for total, places, adds in zip(keys[chosen], parts.tolist(), once.tolist(), strict=True):
                yield Relation(total, tuple(keys[finer][place] for place in places), adds)


def apart(things: Things, inside: npt.NDArray[np.bool_], name: str, code: str) -> Column:
    """An axis of two: things of which any line is so, and all others, from whose totals a reader can take them."""
    so = np.zeros(len(things.size), bool)
    so[things.of_line[inside & (things.of_line != NONE)]] = True
    value = np.where(np.append(so, False)[things.of_line], 0, 1)
    codes = (code, f"{NOT}{code}")
    return Column.of(name, [(each,) for each in codes], value, codes)
