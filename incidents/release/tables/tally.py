"""T9: attacks as Human Rights First counts them: by what was done and to whom, and by the kind of source."""

from collections.abc import Callable, Mapping

import numpy as np

from incidents.model.vocabulary import codes
from incidents.release import hierarchy
from incidents.release.hierarchy import NOT_SHOWN
from incidents.release.tables import axes
from incidents.release.tables.axes import Counting, Row, only
from incidents.release.tables.cells import ALL, Axis, Table
from incidents.release.tables.cross import Column, Cube, apart, cube
from incidents.release.tables.facts import INVOLVED
from incidents.release.tables.plan import Made, Plan, by

ATTACK, WITHIN, SO = "attack", {"tally": "attack"}, "yes"
MURDER, LGBTQ, LGBTQ_HIDDEN = "murder", "lgbtq", "lgbtq_hidden"
KINDS: Mapping[str, tuple[str, ...]] = {
    MURDER: ("KIL",),
    "torture": ("TOR",),
    "kidnapping": ("KID", "KIX", "KIH", "KIU", "KIC"),
    "rape": ("RAP",),
    "violent": ("ASS", "ASM", "ILT", "ROB", "RES", "SXA", "SXE", "TRL", "TRS", "FRC", "HND"),
    NOT_SHOWN: (NOT_SHOWN,),
}
NAMED = tuple(kind for kind in KINDS if kind != NOT_SHOWN)
HAITIAN_OR_BLACK = frozenset({"HTF", "BLK"})
STATE = frozenset({"STATE_MX", "STATE_US"})


def tally(counting: Counting, _plan: Plan) -> Made:
    """One table: rows of kinds of attack, of whom they were against, and of state agents; columns of sources."""
    value, seen = counting.seen(("act",))
    kinds = [attack(row.get("act")) for row in seen]
    attacks = [place for place, kind in enumerate(kinds) if kind is not None]
    things = only(counting.incidents, np.isin(value, attacks))
    # What is no attack has the code of one here, and no line of it is counted.
    kind_of = Column.of(ATTACK, [(kind or MURDER,) for kind in kinds], value, KINDS, NAMED)
    sources = counting.column("source_type")
    cubes = {ATTACK: cube(things, [kind_of, sources], WITHIN)}
    for name, (reads, so) in FLAGS.items():
        cubes[name] = cube(things, [apart(things, counting.where(reads, so), name, SO), sources], WITHIN)
    unnamed = bool(counting.where(("population",), lambda row: NOT_SHOWN in (row["population"] or ())).any())
    return [_laid(cubes, (LGBTQ_HIDDEN,) if unnamed else ())], [*cubes.values()]


def attack(act: str | None) -> str | None:
    """What kind of attack an act is, if it is one; an own code is what the shipped one above it is."""
    own = codes("act").get(act or "")
    shipped = own.above if own and own.own else act
    return next((kind for kind, acts in KINDS.items() if shipped in acts), None)


def _laid(cubes: Mapping[str, Cube], notes: tuple[str, ...]) -> Table:
    """Rows and columns over the cubes of the kinds and of each flag."""
    kinds = cubes[ATTACK]
    rows: dict[str, tuple[Cube, dict[str, str]]] = {
        code: (kinds, {ATTACK: code}) for code in kinds.codes[ATTACK]
    }
    rows |= {name: (cubes[name], {name: SO}) for name in FLAGS}
    rows[ALL] = (kinds, {})
    columns = by("source_type", kinds)
    cells = {
        (row, column): made.key(**fixed, **({} if column == ALL else {"source_type": column}))
        for row, (made, fixed) in rows.items()
        for column in columns.codes
    }
    return Table(
        "T9", kinds.unit, Axis(ATTACK, tuple(rows)), columns, cells, ("tally", "several_rows", *notes)
    )


# -- of whom, and by whom


def _of_children(row: Row) -> bool:
    return axes.kind("stage").codes(row) == ("CHI",)


def _of_lgbtq(row: Row) -> bool:
    return "LGB" in (row["population"] or ())


def _of_haitians(row: Row) -> bool:
    return row["nationality"] == "HTI" or bool(HAITIAN_OR_BLACK & {*(row["population"] or ())})


def _by_state(row: Row) -> bool:
    groups = {hierarchy.group_of("perpetrator", code) for code in row["doers"] or ()}
    return row["collusion"] == INVOLVED or bool(groups & STATE)


FLAGS: Mapping[str, tuple[tuple[str, ...], Callable[[Row], bool]]] = {
    "children": (axes.AGE, _of_children),
    LGBTQ: (("population",), _of_lgbtq),
    "haitian_or_black": (("nationality", "population"), _of_haitians),
    "state_agents": (("doers", "collusion"), _by_state),
}
