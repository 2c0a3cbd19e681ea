"""Tables as they are printed, and the few sentences that speak of them: from what is shown, and nothing else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from incidents.release import hierarchy
from incidents.release.tables.cells import ALL, OUT, Shown, Table
from incidents.release.text import labels
from incidents.release.text.facts import FAMILIES, INCIDENTS, Facts, key
from incidents.release.text.numbers import NOUNS, Value, at_least, known, listed, share
from incidents.release.text.story import Grid
from incidents.release.text.words import axis, say, told

WIDEST = 8  # columns of numbers that a page holds; a wider table goes on below
MENTIONED = 3  # rows that a sentence names
UNTOLD = frozenset(
    {"", hierarchy.NOT_RECORDED, hierarchy.NOT_SHOWN, hierarchy.OVER_YEARS, "UNK", "NAS", "DEC", "NAP"}
)


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands above a table, and the sentences under it."""

    title: str
    notes: tuple[str, ...] = ()


Captions = Callable[[Table, str], Caption]  # the caption of a table in a language


def plain(table: Table, language: str) -> Caption:
    """A caption made of what the table is of."""
    what = unit(table, language)
    rows, columns = axis(table.rows.name, language), axis(table.columns.name, language)
    if len(table.columns.codes) > 1 and table.columns.name:
        return Caption(say("by_two", language, unit=what, rows=rows, columns=columns))
    return Caption(say("by_one", language, unit=what, rows=rows))


def grids(number: int, table: Table, shown: Shown, language: str, captions: Captions) -> list[Grid]:
    """The table with its number; a wide one in several parts, each with the columns of the rows' names."""
    caption = captions(table, language)
    title = say("table", language, number=str(number), title=caption.title)
    totals = tuple(place for place, code in enumerate(table.rows.codes) if code == ALL)
    found = []
    for part in _parts(table.columns.codes):
        rows = tuple(
            (
                labels.label(table.rows, row, language),
                *(_cell(table, shown, row, code, language) for code in part),
            )
            for row in table.rows.codes
        )
        found.append(Grid(title, _head(table, part, language), rows, totals=totals))
        title = say("continued", language, number=str(number))
    found[-1] = replace(found[-1], notes=caption.notes)
    return found


def _head(table: Table, codes: Sequence[str], language: str) -> tuple[str, ...]:
    """What the rows are, and each column; the only one of a table is called by what is counted."""
    first = _capital(axis(table.rows.name, language))
    if table.columns.codes == (ALL,):
        return first, unit(table, language)
    return first, *(labels.label(table.columns, code, language) for code in codes)


def unit(table: Table, language: str) -> str:
    """What is counted, several and with a capital."""
    return _capital(NOUNS[table.unit].of(language)[1] if table.unit in NOUNS else table.unit)


def _parts(codes: Sequence[str]) -> Iterable[Sequence[str]]:
    return (codes[start : start + WIDEST] for start in range(0, len(codes), WIDEST))


def value(table: Table, shown: Shown, row: str, column: str = ALL) -> Value | None:
    """What is shown there; None where the table has no such cell."""
    cell = table.cells.get((row, column))
    return None if cell is None else shown.values.get(cell, OUT)


def _cell(table: Table, shown: Shown, row: str, column: str, language: str) -> str:
    found = value(table, shown, row, column)
    return "" if found is None else labels.printed(found, language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# -- sentences


def opening(shown: Shown, facts: Facts, language: str) -> str:
    """How many incidents people told of, and how many people and families they harmed; each at least."""
    incidents = shown.values.get(INCIDENTS)
    if incidents is None or not known(incidents):
        return ""
    harmed = [
        at_least(number, noun, language)
        for noun, cell in (("persons", key("persons")), ("families", FAMILIES))
        if (number := shown.values.get(cell)) is not None and known(number)
    ]
    said = at_least(incidents, "incidents", language)
    return " ".join(
        filter(
            None,
            (
                told("total_incidents", language, org=facts.organisation, number=said),
                told("harmed", language, number=listed(harmed, language)),
            ),
        )
    )


def largest(table: Table, shown: Shown, language: str) -> str:
    """The largest rows whose numbers are shown, each of the whole: “18 of 41 incidents”."""
    whole = value(table, shown, ALL)
    if not isinstance(whole, int) or table.unit not in NOUNS:
        return ""
    found = [
        (-number, row)
        for row in table.rows.codes
        if row not in {ALL, *UNTOLD} and isinstance(number := value(table, shown, row), int) and number
    ]
    parts = [
        f"{labels.label(table.rows, row, language)}, {share(-number, whole, table.unit, language)}"
        for number, row in sorted(found, key=lambda each: each[0])[:MENTIONED]
    ]
    return told("largest_shown", language, axis=axis(table.rows.name, language), list="; ".join(parts))
