"""A table: its cells, how they add up, and what of each is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Key = tuple[
    str, ...
]  # what is counted, and the code on each axis; a cell that stands in two tables has one key

ALL = "*"  # the code of a total on its axis
FEW = "<5"  # shown for a count of one to four; and for zeros, where a row or column shows none
OUT = "…"  # shown for a larger count that would give a small one away; as a last resort for a whole row or column


@dataclass(frozen=True, slots=True)
class Relation:
    """A total and its parts.

    `adds`: each thing is in exactly one part, so that the total is their sum. Else a thing may be in several: the
    total is at least each part and at most their sum.
    """

    total: Key
    parts: tuple[Key, ...]
    adds: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """Rows or columns. `words`: the code list that labels the codes; empty where they speak for themselves.

    `together`: those of the codes that stand for everything that has no row of its own.
    """

    name: str
    codes: tuple[str, ...]
    words: str = ""
    together: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of `unit` (incidents, persons, reports, families, interviews), by rows and columns.

    `cells[row, column]` is the key of what stands there. `notes`: codes of the sentences of its caption.
    """

    name: str
    unit: str
    rows: Axis
    columns: Axis
    cells: Mapping[tuple[str, str], Key]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """All tables of an edition. `counts`: of every key, totals too. `relations`: everything a reader can add up."""

    tables: tuple[Table, ...]
    counts: Mapping[Key, int] = field(repr=False)
    relations: tuple[Relation, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is printed of each key: a number, `FEW` or `OUT`. `method`: A to D, or none: nothing is protected."""

    counted: Counted
    values: Mapping[Key, int | str]
    method: str
