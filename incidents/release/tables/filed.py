"""Tables of a row file: counted from the rows that leave with it and from nothing else, so they tell nothing more.

They are those of T1 to T4 and T8 that the columns of the file can say, at its levels. What stayed out so that k holds
is what few are alike in: so each table says how many rows are not in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from incidents.release import frames, hierarchy
from incidents.release.anonymize import Result
from incidents.release.hierarchy import AT_MOST, OR_LATER
from incidents.release.policy import Policy
from incidents.release.rows import lines_of
from incidents.release.tables import axes, months
from incidents.release.tables.captions import ANY, LEFT, About
from incidents.release.tables.cells import ALL, FEW, Counted, Shown, Table
from incidents.release.tables.cross import Column, Cube, Things, against, cube
from incidents.release.tables.plan import table

UNIT, METHOD = "rows", "B"
CHILD, STATUSES = "CHI", (ALL, "C", "A", "U")
LARGE = 5  # so few rows that are not shown are as few as a count of a table may be
# Of a column that is coarsened, the axis that it is at a level; at any other one no table is made by it.
AT_LEVEL: Mapping[tuple[str, str], str] = {
    **{("moment", level): level for level in ("month", "quarter", "year")},
    **{("place", level): level for level in ("state", "region", "country")},
    ("age", "band"): "age",
    ("age", "stage"): "stage",
    ("gender", "shown"): "gender",
    **{("nationality", level): "nationality" for level in ("country", "subregion", "region")},
}
AS_TOLD: Mapping[str, str] = {
    **{name: name for name in ("act", "act_group", "perpetrator", "perpetrator_group", "verification")},
    "act_status": "status",
}


@dataclass(frozen=True)
class Filed:
    """The tables of a file, and what each says of itself."""

    shown: Shown = field(repr=False)
    about: About


def tables(
    policy: Policy, result: Result, left: int, filters: Mapping[str, Any], data_date: str
) -> Filed | None:
    """Every table that these rows can say; none where they say none. `left`: rows that stayed out so that k holds."""
    made = _Made(policy, result, left, data_date)
    for add in (made.acts, made.by_time, made.by_doer, made.people, made.verification):
        add()
    if not made.tables:
        return None
    counts = {key: number for each in made.cubes for key, number in each.counts.items()}
    relations = dict.fromkeys(relation for each in made.cubes for relation in each.relations)
    shown = Shown(Counted(tuple(made.tables), counts, tuple(relations)), counts, METHOD)
    first, last = (filters.get(name) or "" for name in ("from", "to"))
    if not (first or last):
        first, last = ends(made.dated)
    return Filed(shown, About(data_date, first, last, policy.states, METHOD, at_least=False))


def left_out(rows: int) -> int | str:
    """The n of “not shown: n”, by the rule of the tables themselves."""
    return FEW if 1 <= rows < LARGE else rows


class _Made:
    """The axes of a file, and the tables so far."""

    def __init__(self, policy: Policy, result: Result, left: int, data_date: str) -> None:
        self.axes: dict[str, Column] = {}
        self.tables: list[Table] = []
        self.cubes: list[Cube] = []
        self.dated: Sequence[str] = ()
        self.data_date, size = data_date, len(result.rows)
        self.notes = (f"row_is_{policy.unit}", f"{LEFT}:{left_out(left)}")
        self.things = Things(UNIT, np.arange(size), np.ones(size, np.int64))
        told = zip(*lines_of(result.rows, result.columns), strict=True) if size else ()
        for name, values in zip(result.columns, told, strict=False):
            self._axis(name, values, result)

    def _axis(self, column: str, values: Sequence[str], result: Result) -> None:
        tree, level = result.hierarchies.get(column), result.node.get(column, "")
        name = AT_LEVEL.get((tree, level)) if tree else AS_TOLD.get(column)
        if name is None:
            return
        number, seen = frames.factorize(np.array(values, object))
        found = [str(value) for value in seen]
        self.axes[name] = _column(name, found, number)
        if tree == "moment":
            self.dated = found
        if name == "age":
            up = hierarchy.named("age").levels.index(level)
            stages = [hierarchy.upward("age", up, value)[1] for value in found]
            self.axes["stage"] = _column("stage", stages, number)

    def _by(self, *names: str) -> list[Column]:
        return [self.axes[name] for name in names if name in self.axes]

    def _one(self, *names: str) -> str:
        """The first of these axes that the file has."""
        return next((name for name in names if name in self.axes), "")

    def _table(
        self, name: str, counts: Cube, rows: str, columns: str, notes: Iterable[str] = (), **fixed: str
    ) -> None:
        made = table(name, counts, rows, columns, (*self.notes, *notes), **fixed)
        if any(counts.counts[key] for key in made.cells.values()):  # one of nothing but zeros says nothing
            self.tables.append(made)

    # -- the tables

    def acts(self) -> None:
        """T1: acts by place; of all and of children, each completed, attempted, not known and all."""
        act, place = self._one("act", "act_group"), self._one("state", "region", "country")
        if not act:
            return
        child = [against(self.axes["stage"], CHILD)] if "stage" in self.axes else []
        counts = cube(self.things, [*self._by(act, place, "status"), *child])
        self.cubes.append(counts)
        for of in ({}, {"stage": CHILD}) if child else ({},):
            for status in STATUSES if "status" in self.axes else (ALL,):
                short = "-".join(each for each in ("T1", UNIT, *of.values(), status) if each != ALL)
                self._table(short, counts, act, place, **of, status=status)

    def by_time(self) -> None:
        """T2: by month, quarter or year."""
        if time := self._one("month", "quarter", "year"):
            self._with_status("T2", time, months.incomplete(self.axes[time].codes, self.data_date))

    def by_doer(self) -> None:
        """T3: by the alleged doer."""
        if doer := self._one("perpetrator", "perpetrator_group"):
            self._with_status("T3", doer, ("alleged",))

    def _with_status(self, number: str, name: str, notes: Iterable[str]) -> None:
        status = self._one("status")
        self.cubes.append(cube(self.things, self._by(name, status)))
        self._table(f"{number}-{UNIT}", self.cubes[-1], name, status, notes)

    def people(self) -> None:
        """T4: by nationality, age, gender, and children and adults by gender."""
        for name in ("nationality", "age", "gender"):
            if name in self.axes:
                self.cubes.append(cube(self.things, self._by(name)))
                self._table(f"T4-{name}", self.cubes[-1], name, "")
        if "stage" in self.axes:
            gender = self._one("gender")
            self.cubes.append(cube(self.things, self._by("stage", gender)))
            self._table(f"T4-stage{'-gender' if gender else ''}", self.cubes[-1], "stage", gender)

    def verification(self) -> None:
        """T8: by what was decided of the act."""
        if "verification" in self.axes:
            self.cubes.append(cube(self.things, self._by("verification")))
            self._table("T8-rows", self.cubes[-1], "verification", "")


def _column(name: str, told: Sequence[str], number: Any) -> Column:
    """An axis of what each row says; what is told as “*” there is no total."""
    values = [(ANY if value == hierarchy.ANY else value,) for value in told]
    codes = {code for each in values for code in each}
    also = {"month": months.between(codes), "status": STATUSES[1:]}.get(name, ())
    return Column.of(name, values, number, axes.order(name, {*codes, *also}), also)


def ends(told: Iterable[str]) -> tuple[str, str]:
    """The first and the last month that the file speaks of; empty where it tells an end as “or before”, “or later”."""
    found = {
        each for each in told if each not in {hierarchy.NOT_RECORDED, hierarchy.OVER_YEARS, hierarchy.ANY}
    }
    units = {each.removeprefix(AT_MOST).removesuffix(OR_LATER) for each in found}
    spans = [_span(unit) for unit in sorted(units)]
    if not spans:
        return "", ""
    first = "" if any(each.startswith(AT_MOST) for each in found) else min(first for first, _last in spans)
    last = "" if any(each.endswith(OR_LATER) for each in found) else max(last for _first, last in spans)
    return first, last


def _span(unit: str) -> tuple[str, str]:
    """The first and the last month of a month, quarter or year."""
    year, _dash, part = unit.partition("-")
    if part.startswith("Q"):
        return f"{year}-{3 * int(part[1]) - 2:02}", f"{year}-{3 * int(part[1]):02}"
    return (unit, unit) if part else (f"{year}-01", f"{year}-12")
