"""Rows become columns of small integers: what the search groups, counts and coarsens.

The search makes hundreds of small group-bys, so a grouping is kept as one integer code a column and
is coarsened from the nearest finer one, never from the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from incidents.release import hierarchy
from incidents.release.hierarchy import NOT_RECORDED, Hierarchy
from incidents.release.policy import Policy

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Node = tuple[int, ...]
LABEL = "label:"
_KEY_LIMIT = 2**62
_DENSE = 1 << 14  # below this many possible keys, counting in an array beats hashing


class Ladder:
    """One quasi-identifier, coded: for each level its labels, the code of each leaf, the loss of each code.

    Loss of a value is the ARX metric: (share - 1/|D|) / (1 - 1/|D|), share being the part of the
    domain D (the leaves) that the value covers: 0 for a leaf, 1 for the root.
    """

    def __init__(
        self, column: str, tree: Hierarchy, leaves: Sequence[str], finest: str | None, weight: float
    ) -> None:
        paths = tree.paths(dict.fromkeys(leaves))
        hierarchy.check_nested(tree.name, paths.values())
        start = tree.levels.index(finest) if finest else 0
        self.column, self.hierarchy, self.weight = column, tree.name, weight
        self.levels = tree.levels[start:]
        self.labels: list[tuple[str, ...]] = []
        self._codes: list[Ints] = []
        self.loss: list[Floats] = []
        for level in range(start, len(tree.levels)):
            codes, labels = _coded(path[level] for path in paths.values())
            share = np.bincount(codes) / len(codes)
            least = 1 / max(len(codes), 1)  # no rows: refused by the search, with a sentence
            self.labels.append(labels)
            self._codes.append(codes)
            self.loss.append((share - least) / (1 - least) if len(codes) > 1 else np.zeros(1))
        position = {leaf: number for number, leaf in enumerate(paths)}
        self.rows = self._codes[0][np.fromiter((position[leaf] for leaf in leaves), np.int64, len(leaves))]

    @cached_property
    def steps(self) -> dict[tuple[int, int], Ints]:
        """(finer level, coarser level) → code at the finer one to code at the coarser one."""
        found = {}
        for fine in range(len(self.levels)):
            for coarse in range(fine, len(self.levels)):
                step = np.zeros(len(self.labels[fine]), np.int64)
                step[self._codes[fine]] = self._codes[coarse]
                found[fine, coarse] = step
        return found


@dataclass(frozen=True, slots=True)
class Counted:
    """Distinct things a class must hold enough of: incidents, persons, values of a secret column.

    `row` and `thing` are aligned: row number ↔ code of a thing that the row speaks of.
    `at_least` None stands for the k of the search.
    """

    name: str
    row: Ints
    thing: Ints
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, coded for one policy: nothing that the policy does not name is in it."""

    size: int
    ladders: tuple[Ladder, ...]
    counted: tuple[Counted, ...]
    kept: Mapping[str, list[str]]  # columns that go out as they are
    counts_for: Mapping[str, list[str]]  # secret column → the values that are counted for it
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Distinct things of a grouping: `alone` counts those with one pair only, `pairs` holds the others."""

    alone: Ints  # a number a class
    pairs: Ints  # class * things + thing, distinct
    things: int

    def distinct(self) -> Ints:
        """Different things, a number a class."""
        return self.alone + np.bincount(self.pairs // self.things, minlength=len(self.alone))

    def coarsened(self, to: Ints, classes: int) -> "Tally":
        """The same for merged classes; `to`: finer class → coarser class."""
        alone = np.bincount(to, weights=self.alone, minlength=classes).astype(np.int64)
        moved = to[self.pairs // self.things] * self.things + self.pairs % self.things
        return Tally(alone, pd.unique(moved), self.things)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Classes of rows that look the same: a code a column, the rows of each, the things of each."""

    codes: tuple[Ints, ...]
    rows: Ints
    tallies: tuple[Tally, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def coarsened(self, ladders: Sequence[Ladder], fine: Node, coarse: Node) -> "Grouping":
        """The same rows at a coarser node."""
        codes = [
            ladder.steps[a, b][column] if a != b else column
            for ladder, a, b, column in zip(ladders, fine, coarse, self.codes, strict=True)
        ]
        cards = [len(ladder.labels[level]) for ladder, level in zip(ladders, coarse, strict=True)]
        classes, first = classes_of(codes, cards)
        rows = np.bincount(classes, weights=self.rows).astype(np.int64)
        tallies = tuple(tally.coarsened(classes, len(first)) for tally in self.tallies)
        return Grouping(tuple(column[first] for column in codes), rows, tallies)


def build(
    rows: Sequence[Mapping[str, Any]], policy: Policy, hierarchies: Mapping[str, Hierarchy] | None = None
) -> Table:
    """Code the rows for a policy. `hierarchies` stand in, by name, for the shipped ones.

    A row: `incident` (opaque id), `persons` (opaque ids), and the releasable columns; see the policy.
    """
    known = hierarchies or {}
    ladders = []
    for quasi in policy.quasi:
        tree = known.get(quasi.hierarchy) or hierarchy.named(quasi.hierarchy)
        leaves = [tree.leaf(row, quasi.column) for row in rows]
        ladders.append(Ladder(quasi.column, tree, leaves, quasi.finest, quasi.weight))
    coarse = {ladder.column for ladder in ladders}
    columns = (*policy.columns, *(_label_columns(rows) if policy.labels else ()))
    kept = {name: [_text(row, name) for row in rows] for name in columns if name not in coarse}
    counts_for = {secret.column: [_text(row, secret.by) for row in rows] for secret in policy.secret}
    counted = (_incidents(rows), _persons(rows)) if policy.protection else ()
    return Table(len(rows), tuple(ladders), counted, kept, counts_for, columns)


def group(table: Table) -> Grouping:
    """The distinct combinations at the finest node, with what each holds."""
    codes = [ladder.rows for ladder in table.ladders]
    classes, first = classes_of(codes, [len(ladder.labels[0]) for ladder in table.ladders])
    tallies = tuple(tally(counted, classes, len(first)) for counted in table.counted)
    return Grouping(
        tuple(column[first] for column in codes), np.bincount(classes, minlength=len(first)), tallies
    )


def tally(counted: Counted, classes: Ints, number: int) -> Tally:
    """Which things each class holds. A thing met in one class only adds up; the others are kept as pairs."""
    things = int(counted.thing.max(initial=0)) + 1
    pairs = pd.unique(classes[counted.row] * things + counted.thing)
    thing = pairs % things
    alone = np.bincount(thing, minlength=things)[thing] == 1
    return Tally(np.bincount(pairs[alone] // things, minlength=number), pairs[~alone], things)


def classes_of(codes: Sequence[Ints], cards: Sequence[int]) -> tuple[Ints, Ints]:
    """Class number of each row, and the first row of each class."""
    key, possible = codes[0], int(cards[0])
    for column, card in zip(codes[1:], cards[1:], strict=True):
        if possible * card > _KEY_LIMIT:
            key, distinct = pd.factorize(key)
            possible = len(distinct)
        key, possible = key * card + column, possible * card
    if possible <= max(4 * len(key), _DENSE):
        used = np.flatnonzero(np.bincount(key, minlength=possible))
        number = np.empty(possible, np.int64)
        number[used] = np.arange(len(used))
        classes = number[key]
    else:
        classes, used = pd.factorize(key)
    first = np.empty(len(used), np.int64)
    first[classes[::-1]] = np.arange(len(key) - 1, -1, -1)
    return classes, first


def as_text(value: object) -> str:
    """A value as it stands in a file; nothing recorded is said, never left empty."""
    if isinstance(value, Mapping):  # a moment
        value = value.get("edtf")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return "|".join(sorted(map(str, value))) or NOT_RECORDED
    return NOT_RECORDED if value is None or value == "" else str(value)


def _text(row: Mapping[str, Any], column: str) -> str:
    if column.startswith(LABEL):
        return as_text((row.get("labels") or {}).get(column.removeprefix(LABEL)))
    base, _, group = column.rpartition("_")
    if group == "group" and row.get(column) in (None, "") and row.get(base):
        return hierarchy.group_of(base, str(row[base])) or as_text(row[base])
    return as_text(row.get(column))


def _label_columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({LABEL + name for row in rows for name in row.get("labels") or {}})


def _incidents(rows: Sequence[Mapping[str, Any]]) -> Counted:
    """A row without an incident id is an incident of its own."""
    ids = [row.get("incident", number) for number, row in enumerate(rows)]
    return Counted("incidents", np.arange(len(rows), dtype=np.int64), _numbered(ids))


def _persons(rows: Sequence[Mapping[str, Any]]) -> Counted:
    """A row that lists nobody stands for one unknown person of its incident, however many such rows there are."""
    pairs = [
        (number, person)
        for number, row in enumerate(rows)
        for person in (row.get("persons") or [("nobody of", row.get("incident", number))])
    ]
    row = np.fromiter((number for number, _ in pairs), np.int64, len(pairs))
    return Counted("persons", row, _numbered(person for _, person in pairs))


def _coded(values: Iterable[str]) -> tuple[Ints, tuple[str, ...]]:
    seen: dict[str, int] = {}
    codes = np.fromiter((seen.setdefault(value, len(seen)) for value in values), np.int64)
    return codes, tuple(seen)


def _numbered(things: Iterable[object]) -> Ints:
    seen: dict[object, int] = {}
    return np.fromiter((seen.setdefault(thing, len(seen)) for thing in things), np.int64)
