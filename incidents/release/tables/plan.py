"""Which tables are made and how fine; and how a table is laid over counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from incidents.release.free import Free as Free
from incidents.release.policy import Policy
from incidents.release.tables import axes, merging
from incidents.release.tables.cells import ALL, Axis, Table
from incidents.release.tables.cross import Cube

Made = tuple[list[Table], list[Cube]]
WHERE = "where"  # a note, and after a colon an axis and its code
ALONE = Axis("", (ALL,))  # the columns of a table by one thing


@dataclass(frozen=True, slots=True)
class Plan:
    """How fine the tables are, by the names of axes; and what is asked for besides T1 to T9."""

    act: str = "act"
    perpetrator: str = "perpetrator"
    place: str = "state"
    nationality: str = "nationality"
    free: tuple[Free, ...] = ()
    reporting: bool = True  # T7 of whether it was reported; not where an edition told it otherwise

    @classmethod
    def of(cls, policy: Policy, free: Iterable[Free] = (), *, reporting: bool = True) -> "Plan":
        """As fine as the policy lets it be: what it names by its group only is counted by its group."""
        act, doer = (name if name in policy.columns else f"{name}_group" for name in ("act", "perpetrator"))
        asked = [each for each in (*policy.free, *free) if reporting or not {*each.named} & {*merging.APART}]
        return cls(act, doer, free=tuple(asked), reporting=reporting)


def by(name: str, cube: Cube) -> Axis:
    """An axis of a table: every code that came up, and the total."""
    told = next(each.together for each in cube.columns if each.name == name)
    return Axis(name, (*cube.codes[name], ALL), axes.kind(name).words, told)


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
