"""Rows become columns of small integers: what the search groups, counts and coarsens.

The search makes hundreds of small group-bys, so a grouping is kept as one integer code a column and
is coarsened from the nearest finer one, never from the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from incidents.release import frames, hierarchy, rare
from incidents.release.hierarchy import NOT_RECORDED, Hierarchy
from incidents.release.policy import Policy, Quasi
from incidents.release.rare import Lump
from incidents.release.rows import NOT_THERE, Rows

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
        self,
        column: str,
        tree: Hierarchy,
        leaves: Sequence[str],
        finest: str | None,
        weight: float,
        of_row: Ints | None = None,  # which leaf each row has; none: one a row, in their order
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
        coded = self._codes[0][np.fromiter((position[leaf] for leaf in leaves), np.int64, len(leaves))]
        self.rows = coded if of_row is None else coded[of_row]

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
class Alike:
    """A secret column whose shares in a class stay within `t` of those of the whole table.

    `value`: a code a row. `shares`: of each code in the whole table.
    """

    value: Ints
    shares: Floats
    t: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, coded for one policy: nothing that the policy does not name is in it."""

    size: int
    ladders: tuple[Ladder, ...]
    counted: tuple[Counted, ...]
    alike: tuple[Alike, ...]
    kept: Mapping[str, list[str]]  # columns that go out as they are
    counts_for: Mapping[str, list[str]]  # secret column → the values that are counted for it
    columns: tuple[str, ...]
    lumps: Mapping[str, Lump] = field(default_factory=dict)  # of columns whose rare values are told coarsely
    fixed: frozenset[str] = frozenset()  # secret columns of which a filter says it already

    def guarded(self, policy: Policy) -> "Table":
        """With what the search itself must hold of the secret columns."""
        counted, alike = [], []
        for secret in policy.secret:
            values = numbered(self.counts_for[secret.column])
            if secret.whole:
                counted.append(replace(one_a_row(secret.column, values), at_least=secret.l))
            if secret.t is not None:
                alike.append(Alike(values, np.bincount(values) / max(self.size, 1), secret.t))
        return replace(self, counted=(*self.counted, *counted), alike=(*self.alike, *alike))


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
        return Tally(alone, frames.unique(moved), self.things)


@dataclass(frozen=True, slots=True)
class Spread:
    """How often each value stands in each class of a grouping: `pairs` is class * values + value, distinct."""

    pairs: Ints
    times: Ints
    values: int

    @classmethod
    def of(cls, pairs: Ints, times: Ints | None, values: int) -> "Spread":
        """Of pairs that may come more than once; `times` None: once each."""
        number, distinct = frames.factorize(pairs)
        counted = np.bincount(number, weights=times, minlength=len(distinct)).astype(np.int64)
        return cls(distinct, counted, values)

    def coarsened(self, to: Ints) -> "Spread":
        """The same for merged classes; `to`: finer class → coarser class."""
        moved = to[self.pairs // self.values] * self.values + self.pairs % self.values
        return Spread.of(moved, self.times, self.values)

    def distance(self, rows: Ints, shares: Floats) -> Floats:
        """Half the sum of the differences of the shares, a number a class (Li 2007, equal distances)."""
        whose, value = self.pairs // self.values, self.pairs % self.values
        off = (
            np.abs(self.times / rows[whose] - shares[value]) - shares[value]
        )  # what a class lacks differs by its share
        return (1 + np.bincount(whose, weights=off, minlength=len(rows))) / 2


@dataclass(frozen=True, slots=True)
class Grouping:
    """Classes of rows that look the same: a code a column, the rows of each, the things and values of each."""

    codes: tuple[Ints, ...]
    rows: Ints
    tallies: tuple[Tally, ...]
    spreads: tuple[Spread, ...] = ()

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
        spreads = tuple(spread.coarsened(classes) for spread in self.spreads)
        return Grouping(tuple(column[first] for column in codes), rows, tallies, spreads)


def build(
    rows: Sequence[Mapping[str, Any]],
    policy: Policy,
    hierarchies: Mapping[str, Hierarchy] | None = None,
    k: int | None = None,
    lumps: Mapping[str, Lump] | None = None,
) -> Table:
    """Code the rows for a policy. `hierarchies` stand in, by name, for the shipped ones.

    A row: `incident` (opaque id), `persons` (opaque ids), and the releasable columns; see the policy.
    `k`: what a lump of rare values reaches; the policy's own without it. `lumps`: how a series tells them.
    """
    known = hierarchies or {}
    things: tuple[rare.Pairs, ...] = ()
    if lumps is None and any(quasi.rare or quasi.ends for quasi in policy.quasi):
        things = tuple((each.row, each.thing) for each in (_incidents(rows), _persons(rows)))
    ladders, told = [], {}
    for quasi in policy.quasi:
        tree = known.get(quasi.hierarchy) or hierarchy.named(quasi.hierarchy)
        of_row, seen = _seen(rows, LEAF_OF.get(hierarchy.base(tree.name), (quasi.column,)))
        leaves = [tree.leaf(row, quasi.column) for row in seen]
        start = tree.levels.index(quasi.finest) if quasi.finest else 0
        lump = (lumps or {}).get(quasi.column) or lump_of(
            quasi, tree, start, rare.Carried(leaves, of_row, things), max(k or 0, policy.k)
        )
        if lump is not None:
            tree, told[quasi.column] = rare.Lumped(tree, start, lump), lump
        ladders.append(Ladder(quasi.column, tree, leaves, quasi.finest, quasi.weight, of_row))
    coarse = {ladder.column for ladder in ladders}
    columns = (*policy.columns, *(_label_columns(rows) if policy.labels else ()))
    kept = {name: _texts(rows, name) for name in columns if name not in coarse}
    counts_for = {secret.column: _texts(rows, secret.by) for secret in policy.secret}
    counted = (_incidents(rows), _persons(rows)) if policy.protection else ()
    return Table(len(rows), tuple(ladders), counted, (), kept, counts_for, columns, told).guarded(policy)


def lump_of(quasi: Quasi, tree: Hierarchy, start: int, carried: rare.Carried, k: int) -> Lump | None:
    """How the rare values of a column are told, where its policy asks for that; a lump reaches k in any case."""
    if not (carried.things and (quasi.rare or quasi.ends)):
        return None
    least, outer = (max(number, k) if number else 0 for number in (quasi.rare, quasi.ends))
    return rare.lump(tree, start, carried, least, outer)


def group(table: Table) -> Grouping:
    """The distinct combinations at the finest node, with what each holds."""
    codes = [ladder.rows for ladder in table.ladders]
    return grouped(table, codes, [len(ladder.labels[0]) for ladder in table.ladders])[0]


def grouped(table: Table, codes: Sequence[Ints], cards: Sequence[int]) -> tuple[Grouping, Ints]:
    """The classes of rows with these codes, and the class of each row."""
    classes, first = classes_of(codes, cards)
    tallies = tuple(tally(counted, classes, len(first)) for counted in table.counted)
    spreads = tuple(
        Spread.of(classes * len(alike.shares) + alike.value, None, len(alike.shares)) for alike in table.alike
    )
    rows = np.bincount(classes, minlength=len(first))
    return Grouping(tuple(column[first] for column in codes), rows, tallies, spreads), classes


def tally(counted: Counted, classes: Ints, number: int) -> Tally:
    """Which things each class holds. A thing met in one class only adds up; the others are kept as pairs."""
    things = int(counted.thing.max(initial=0)) + 1
    pairs = frames.unique(classes[counted.row] * things + counted.thing)
    thing = pairs % things
    alone = np.bincount(thing, minlength=things)[thing] == 1
    return Tally(np.bincount(pairs[alone] // things, minlength=number), pairs[~alone], things)


def classes_of(codes: Sequence[Ints], cards: Sequence[int]) -> tuple[Ints, Ints]:
    """Class number of each row, and the first row of each class."""
    key, possible = codes[0], int(cards[0])
    for column, card in zip(codes[1:], cards[1:], strict=True):
        if possible * card > _KEY_LIMIT:
            key, distinct = frames.factorize(key)
            possible = len(distinct)
        key, possible = key * card + column, possible * card
    if possible <= max(4 * len(key), _DENSE):
        used = np.flatnonzero(np.bincount(key, minlength=possible))
        number = np.empty(possible, np.int64)
        number[used] = np.arange(len(used))
        classes = number[key]
    else:
        classes, used = frames.factorize(key)
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


# What a computed hierarchy reads of a row; a listed one reads its own column.
LEAF_OF = {
    "moment": ("moment",),
    "place": ("municipality", "state", "country"),
    "age": ("age", "age_band"),
}
Seen = Sequence[Mapping[str, Any]]


def _seen(rows: Seen, names: Sequence[str]) -> tuple[Ints, Seen]:
    """Which of the rows that differ in these columns each row is, and these; where nobody knows it, each is its own."""
    if not isinstance(rows, Rows):
        return np.arange(len(rows), dtype=np.int64), rows
    there = {name: coded for name in names if (coded := rows.coded(name)) is not None}
    if not there:
        return np.zeros(len(rows), np.int64), [{}]
    codes = [coded.codes for coded in there.values()]
    of_row, first = classes_of(codes, [max(len(coded.values), 1) for coded in there.values()])
    differ = ({name: coded[place] for name, coded in there.items()} for place in first.tolist())
    return of_row, [{n: v for n, v in one.items() if v is not NOT_THERE} for one in differ]


def _texts(rows: Seen, column: str) -> list[str]:
    """A column as it stands in a file."""
    of_row, seen = _seen(rows, _read_for(column))
    texts = np.array([_text(row, column) for row in seen], dtype=object)
    return [] if not len(rows) else list(texts[of_row])


def _read_for(column: str) -> tuple[str, ...]:
    if column.startswith(LABEL):
        return ("labels",)
    base, _, group = column.rpartition("_")
    return (column, base) if group == "group" else (column,)


def _text(row: Mapping[str, Any], column: str) -> str:
    if column.startswith(LABEL):
        return as_text((row.get("labels") or {}).get(column.removeprefix(LABEL)))
    base, _, group = column.rpartition("_")
    if group == "group" and row.get(column) in (None, "") and row.get(base):
        return hierarchy.group_of(base, str(row[base])) or as_text(row[base])
    return as_text(row.get(column))


def _label_columns(rows: Seen) -> list[str]:
    return sorted({LABEL + name for row in _seen(rows, ("labels",))[1] for name in row.get("labels") or {}})


def one_a_row(name: str, things: Sequence[object] | Ints) -> Counted:
    """What each row speaks of, where it speaks of one thing."""
    numbers = things if isinstance(things, np.ndarray) else numbered(things)
    return Counted(name, each_row(len(things)), numbers)


def each_row(size: int) -> Ints:
    """The numbers of so many rows."""
    return np.arange(size, dtype=np.int64)


def _incidents(rows: Sequence[Mapping[str, Any]]) -> Counted:
    """A row without an incident id is an incident of its own."""
    if isinstance(rows, Rows):
        return one_a_row("incidents", frames.numbered(rows.incidents)[0])
    return one_a_row("incidents", [row.get("incident", number) for number, row in enumerate(rows)])


def _persons(rows: Sequence[Mapping[str, Any]]) -> Counted:
    """A row that lists nobody stands for one unknown person of its incident, however many such rows there are."""
    if isinstance(rows, Rows):
        person, nobody = (
            frames.numbered(rows.persons)[0],
            np.frombuffer(rows.persons, "V16") == np.void(bytes(16)),
        )
        unknown = frames.numbered(rows.incidents)[0] + person.max(initial=0) + 1
        return one_a_row("persons", frames.factorize(np.where(nobody, unknown, person))[0])
    pairs = [
        (number, person)
        for number, row in enumerate(rows)
        for person in (row.get("persons") or [("nobody of", row.get("incident", number))])
    ]
    row = np.fromiter((number for number, _ in pairs), np.int64, len(pairs))
    return Counted("persons", row, numbered(person for _, person in pairs))


def _coded(values: Iterable[str]) -> tuple[Ints, tuple[str, ...]]:
    seen: dict[str, int] = {}
    codes = np.fromiter((seen.setdefault(value, len(seen)) for value in values), np.int64)
    return codes, tuple(seen)


def numbered(things: Iterable[object]) -> Ints:
    """A code a thing, in the order in which they come."""
    seen: dict[object, int] = {}
    return np.fromiter((seen.setdefault(thing, len(seen)) for thing in things), np.int64)
