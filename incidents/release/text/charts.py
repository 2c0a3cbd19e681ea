"""Bar charts of tables: of what is shown alone. What is not shown is an empty bar of a broken line, never zero."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt

from incidents.release.tables import captions
from incidents.release.tables.cells import ALL, Shown, Table
from incidents.release.text import drawing, grids, labels
from incidents.release.text.numbers import Value
from incidents.release.text.story import Picture
from incidents.release.text.words import say

MOST = 4  # charts of one text
LEAST = 2  # numbers below which a chart shows nothing that a sentence does not
LONGEST, MONTHS = 14, 24  # bars of a chart
WRAPPED = 46  # letters of a line of a label
# What is drawn, by the axis of the rows of a table of incidents or persons, in this order; the first table of each.
DRAWN = ("act", "act_group", "month", "perpetrator", "perpetrator_group", "nationality")
PERIODS = frozenset({"month"})
WIDTH, HEIGHT, STEP, WRAPPED_STEP = 300, 180, 24, 34


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a table."""

    label: str
    value: Value
    told: bool = True  # what it stands for can be compared: it is no answer, no others


def chosen(tables: Sequence[Table]) -> list[Table]:
    """The tables of an edition that are drawn."""
    first: dict[str, Table] = {}
    for table in tables:
        first.setdefault(table.rows.name, table)
    return [first[name] for name in DRAWN if name in first][:MOST]


def bars(table: Table, shown: Shown, language: str) -> list[Bar]:
    """Months as they come; other rows by size, behind them those of no answer, and then what is not shown."""
    months = table.rows.name in PERIODS
    found = [
        Bar(captions.label(table.rows, code, language), value, grids.told_of(table, code))
        for code in table.rows.codes
        if code != ALL and (not months or grids.told_of(table, code))
        if (value := grids.value(table, shown, code)) is not None
    ]
    times = Counter(bar.label for bar in found)
    found = [
        replace(bar, label=f"{bar.label} ({n})") if times[bar.label] > 1 else bar
        for n, bar in enumerate(found, 1)
    ]
    return found if months else sorted(found, key=_by_size)


def _by_size(bar: Bar) -> tuple[bool, bool, int]:
    return (not isinstance(bar.value, int), not bar.told, -bar.value if isinstance(bar.value, int) else 0)


def chart(number: int, table: Table, shown: Shown, language: str) -> Picture | None:
    """The chart with its number; none where too little of it is shown."""
    every, title = bars(table, shown, language), grids.title(table, table.rows.name, language)
    found = every[-MONTHS:] if table.rows.name in PERIODS else every[:LONGEST]
    exact = [bar.value for bar in found if isinstance(bar.value, int)]
    if len(exact) < LEAST or not any(exact):
        return None
    told = "; ".join(
        say("value", language, label=bar.label, value=labels.printed(bar.value, language)) for bar in found
    )
    alternative = say("chart_alt", language, title=f"{title}.", values=told)
    drawn = drawing.svg(
        _columns(found, language) if table.rows.name in PERIODS else _rows(found, language), alternative
    )
    notes = ["chart_few"] * (len(exact) < len(found)) + ["chart_cut"] * (len(found) < len(every))
    return Picture(
        f"chart-{number}",
        say("figure", language, number=str(number), title=title),
        alternative,
        drawn,
        drawing.png(drawn),
        drawing.printed(drawn),
        tuple(say(name, language) for name in notes),
    )


def _values(found: Sequence[Bar], language: str) -> alt.Data:
    """Of what is not shown the length is the same everywhere."""
    longest = max(bar.value for bar in found if isinstance(bar.value, int))
    return drawing.data(
        [
            {
                "label": _lines(bar),
                "shown": labels.printed(bar.value, language),
                "length": bar.value if isinstance(bar.value, int) else longest / 16,
                "hidden": not isinstance(bar.value, int),
            }
            for bar in found
        ]
    )


def _layers(base: alt.Chart, **text: Any) -> alt.LayerChart:
    number = base.transform_filter("!datum.hidden").mark_bar(color=drawing.BLUE)
    hidden = base.transform_filter("datum.hidden").mark_bar(
        fill="white", stroke=drawing.INK, strokeDash=drawing.BROKEN, strokeWidth=1
    )
    said = base.mark_text(color=drawing.INK, fontSize=11, **text).encode(text="shown:N")
    return alt.LayerChart(layer=[number, hidden, said])


def _axis(angle: int) -> alt.Axis:
    return alt.Axis(
        title=None,
        ticks=False,
        domain=False,
        labelExpr="split(datum.label, '\\n')",
        labelFontSize=11,
        labelColor=drawing.INK,
        labelLimit=0,
        labelPadding=6,
        labelAngle=angle,
        labelOverlap=False,
    )


def _rows(found: Sequence[Bar], language: str) -> alt.LayerChart:
    base = alt.Chart(_values(found, language)).encode(
        x=alt.X("length:Q", axis=None, scale=alt.Scale(domain=_domain(found))),
        y=alt.Y("label:N", sort=_order(found), axis=_axis(0), scale=alt.Scale(paddingInner=0.3)),
    )
    step = WRAPPED_STEP if any("\n" in _lines(bar) for bar in found) else STEP
    return _layers(base, align="left", dx=4).properties(width=WIDTH, height=step * len(found))


def _columns(found: Sequence[Bar], language: str) -> alt.LayerChart:
    base = alt.Chart(_values(found, language)).encode(
        x=alt.X("label:N", sort=_order(found), axis=_axis(-45), scale=alt.Scale(paddingInner=0.25)),
        y=alt.Y("length:Q", axis=None, scale=alt.Scale(domain=_domain(found))),
    )
    return _layers(base, baseline="bottom", dy=-3).properties(width=WIDTH + 140, height=HEIGHT)


def _domain(found: Sequence[Bar]) -> list[float]:
    longest = max(bar.value for bar in found if isinstance(bar.value, int))
    return [0, longest * 1.12]


def _lines(bar: Bar) -> str:
    return "\n".join(textwrap.wrap(bar.label, WRAPPED))


def _order(found: Sequence[Bar]) -> list[str]:
    return [_lines(bar) for bar in found]
