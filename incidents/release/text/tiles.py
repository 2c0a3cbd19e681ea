"""A map of the states of Mexico: one square a state, as newspapers draw it. No shapes, no places, no coordinates."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import altair as alt

from incidents.model import place
from incidents.release.tables import merging
from incidents.release.tables.cells import ALL, Axis, Shown, Table
from incidents.release.text import drawing, grids, labels
from incidents.release.text.numbers import NOUNS, Value, spoken
from incidents.release.text.story import Picture
from incidents.release.text.tilemap import TILES
from incidents.release.text.words import say

STATE = "state"
SIDE = 44
# Light to dark: told apart in grey too. White letters on the dark ones.
SHADES = ("#cfe0f1", "#94bfe0", "#4c8cc2", "#1f4e79")
DARK = SHADES[2:]


def counts(tables: Sequence[Table], shown: Shown) -> tuple[Table, dict[str, Value]] | None:
    """The first table that has states, and what is shown of each state of Mexico."""
    for table in tables:
        if table.rows.name == STATE:
            found = {code: grids.value(table, shown, code) for code in table.rows.codes}
        elif table.columns.name == STATE:
            found = {code: grids.value(table, shown, ALL, code) for code in table.columns.codes}
        else:
            continue
        known = {code: value for code, value in found.items() if code in TILES and value is not None}
        if known:
            return table, known
    return None


def _axis(table: Table) -> Axis:
    return table.rows if table.rows.name == STATE else table.columns


def told_together(table: Table) -> frozenset[str]:
    """The states that have no line of their own, and that a line of several may stand for."""
    axis = _axis(table)
    return frozenset(
        code
        for code in TILES
        if code not in axis.codes and {merging.OTHERS, *merging.path(STATE, code)} & {*axis.together}
    )


def tiles(table: Table, values: Mapping[str, Value], k: int, language: str) -> Picture | None:
    """The map; none where no state reaches k."""
    if not any(_reaches(value, k) for value in values.values()):
        return None
    told = [
        say(
            "value",
            language,
            label=place.state_label(code, language),
            value=_said(values[code], k, language),
        )
        for code in sorted(values)
    ]
    title, without = grids.title(table, STATE, language), told_together(table)
    alternative = say("map_alt", language, title=f"{title}.", values="; ".join(told))
    noun = NOUNS[table.unit].of(language)[1]
    notes = [say("map_note", language, noun=noun, least=spoken(k, language))]
    if without:
        notes.append(say("map_together", language))
        alternative = f"{alternative} {notes[-1]}"
    drawn = drawing.svg(_chart(values, without, k, language), alternative)
    return Picture(
        "map",
        say("map", language, title=title),
        alternative,
        drawn,
        drawing.png(drawn),
        drawing.printed(drawn),
        tuple(notes),
    )


def _reaches(value: Value | None, k: int) -> bool:
    return isinstance(value, int) and value >= k


def _said(value: Value, k: int, language: str) -> str:
    """A number below k is not on the map, whatever a table may print."""
    if isinstance(value, int) and 0 < value < k:
        return f"<{k}"
    return labels.printed(value, language)


def _chart(values: Mapping[str, Value], without: AbstractSet[str], k: int, language: str) -> alt.LayerChart:
    base = alt.Chart(drawing.data(_rows(values, without, k, language))).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(paddingInner=0.08)),
        y=alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0.08)),
    )
    plain = base.transform_filter("!datum.hidden").mark_rect().encode(color=alt.Color("fill:N", scale=None))
    hidden = base.transform_filter("datum.hidden").mark_rect(
        fill="white", stroke=drawing.INK, strokeDash=drawing.BROKEN, strokeWidth=1
    )
    ink = alt.Color("ink:N", scale=None)
    code = base.mark_text(fontSize=10, dy=-9).encode(text="code:N", color=ink)
    said = base.mark_text(fontSize=13, fontWeight="bold", dy=8).encode(text="shown:N", color=ink)
    columns, rows = (max(place[axis] for place in TILES.values()) + 1 for axis in (0, 1))
    return alt.LayerChart(layer=[plain, hidden, code, said]).properties(
        width=SIDE * columns, height=SIDE * rows
    )


def _rows(
    values: Mapping[str, Value], without: AbstractSet[str], k: int, language: str
) -> list[dict[str, object]]:
    most = max(value for value in values.values() if isinstance(value, int))
    found: list[dict[str, object]] = []
    for state, (column, row) in TILES.items():
        value = values.get(state, 0)
        reached = _reaches(value, k)
        fill = _shade(int(value), k, most) if reached else drawing.PALE
        found.append(
            {
                "column": column,
                "row": row,
                "code": state.removeprefix("MX-"),
                "shown": _said(value, k, language) if value else "",
                "hidden": (bool(value) or state in without) and not reached,
                "fill": fill,
                "ink": "white" if fill in DARK else drawing.INK,
            }
        )
    return found


def _shade(value: int, k: int, most: int) -> str:
    """Darker the larger it is, in equal steps from k to the largest."""
    step = (value - k) * len(SHADES) // max(most - k + 1, 1)
    return SHADES[min(step, len(SHADES) - 1)]
