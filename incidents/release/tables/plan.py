"""Which tables are made and how fine; and how a table is laid over counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from incidents.release.policy import Policy
from incidents.release.tables import axes
from incidents.release.tables.cells import ALL, Axis, Table
from incidents.release.tables.cross import Cube

Made = tuple[list[Table], list[Cube]]
WHERE = "where"  # a note, and after a colon an axis and its code
ALONE = Axis("", (ALL,))  # the columns of a table by one thing


@dataclass(frozen=True, slots=True)
class Free:
    """A table that somebody asks for: by two axes, or by one. `where`: of these codes on further axes only."""

    rows: str
    columns: str = ""
    unit: str = "incidents"
    where: tuple[tuple[str, str], ...] = ()

    def said(self) -> str:
        """As an address, a program and a manifest say it: rows|columns|unit, and after these axis=code."""
        return "|".join(
            (self.rows, self.columns, self.unit, *(f"{name}={code}" for name, code in self.where))
        )

    @classmethod
    def of(cls, said: str) -> "Free":
        """The other way round; what is left out at the end is the usual."""
        rows, *more = said.split("|")
        columns, unit, *where = [*more, *("", "")[len(more) :]]
        only = [(name, code) for name, _is, code in (each.partition("=") for each in where)]
        return cls(rows, columns, unit or "incidents", tuple(only))

    @property
    def named(self) -> tuple[str, ...]:
        """Every axis that it speaks of."""
        return tuple(filter(None, (self.rows, self.columns, *(name for name, _code in self.where))))


@dataclass(frozen=True, slots=True)
class Plan:
    """How fine the tables are, by the names of axes; and what is asked for besides T1 to T9."""

    act: str = "act"
    perpetrator: str = "perpetrator"
    place: str = "state"
    nationality: str = "nationality"
    free: tuple[Free, ...] = ()

    @classmethod
    def of(cls, policy: Policy, free: Iterable[Free] = ()) -> "Plan":
        """As fine as the policy lets it be: what it names by its group only is counted by its group."""
        act, doer = (name if name in policy.columns else f"{name}_group" for name in ("act", "perpetrator"))
        return cls(act, doer, free=tuple(free))


def by(name: str, cube: Cube) -> Axis:
    """An axis of a table: every code that came up, and the total."""
    return Axis(name, (*cube.codes[name], ALL), axes.kind(name).words)


def table(
    name: str, cube: Cube, rows: str, columns: str = "", notes: Sequence[str] = (), **fixed: str
) -> Table:
    """Rows and columns of a cube, with their totals; `fixed`: the code of an axis that is neither."""
    down, across = by(rows, cube), by(columns, cube) if columns else ALONE
    only = {axis: code for axis, code in fixed.items() if code != ALL}
    cells = {
        (row, column): cube.key(**only, **_coded({rows: row, columns: column}))
        for row in down.codes
        for column in across.codes
    }
    return Table(name, cube.unit, down, across, cells, tuple(notes))


def _coded(codes: Mapping[str, str]) -> dict[str, str]:
    return {axis: code for axis, code in codes.items() if axis and code != ALL}
