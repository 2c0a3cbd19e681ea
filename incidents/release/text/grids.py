"""Tables as they are printed, and the few sentences that speak of them: from what is shown, and nothing else."""

import re
from collections.abc import Sequence
from dataclasses import replace

from incidents.model.vocabulary import NO_ANSWERS
from incidents.release import hierarchy
from incidents.release.tables import captions, sheet
from incidents.release.tables.captions import About
from incidents.release.tables.cells import ALL, Shown, Table
from incidents.release.tables.spread import Spread
from incidents.release.text import labels
from incidents.release.text.facts import FAMILIES, INCIDENTS, PERSONS, Facts, key
from incidents.release.text.numbers import NOUNS, Value, at_least, counted, known, listed, share
from incidents.release.text.story import Grid
from incidents.release.text.words import say, source, told

WIDEST = 8  # columns of numbers that a page holds; a wider table goes on below
MENTIONED = 3  # rows that a sentence names
# Of which tables a sentence names the largest rows: of the first with such rows.
SPOKEN_OF = ("act", "act_group", "month", "perpetrator", "perpetrator_group", "nationality", "exposure")
# Rows of which nothing can be said: no answer, several, others.
UNTOLD = frozenset(
    {
        hierarchy.NOT_RECORDED,
        hierarchy.NOT_SHOWN,
        hierarchy.OVER_YEARS,
        "several",
        "OTH",
        "OTHER",
        *NO_ANSWERS,
    }
)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


def grids(table: Table, shown: Shown, about: About, spreads: Sequence[Spread], language: str) -> list[Grid]:
    """The table; a wide one in several parts, each with the names of the rows, and under the last the notes."""
    title, head = captions.title(table, language), tuple(map(_capital, sheet.head(table, language)))
    totals = tuple(place for place, code in enumerate(table.rows.codes) if code == ALL)
    found = []
    for start in range(0, len(table.columns.codes), WIDEST):
        codes = table.columns.codes[start : start + WIDEST]
        rows = tuple(_line(table, shown, row, codes, language) for row in table.rows.codes)
        shorter = (head[0], *head[start + 1 : start + 1 + WIDEST])
        found.append(Grid(title, shorter, rows, totals=totals))
        title = say("continued", language, title=captions.title(table, language))
    notes = sheet.under(table, shown, about, spreads, language)
    found[-1] = replace(found[-1], notes=(" ".join(notes),) if notes else ())
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _line(table: Table, shown: Shown, row: str, codes: Sequence[str], language: str) -> tuple[str, ...]:
    values = (value(table, shown, row, code) for code in codes)
    cells = ("" if each is None else labels.printed(each, language) for each in values)
    return (captions.label(table.rows, row, language), *cells)


def value(table: Table, shown: Shown, row: str, column: str = ALL) -> Value | None:
    """What is printed there; None where the table has no such cell."""
    return captions.printed(table, shown, row, column) if (row, column) in table.cells else None


def empty(table: Table, shown: Shown) -> bool:
    """Whether it says of nothing that it was told: then it would only seem to say that it did not happen."""
    return all(shown.values.get(cell) == 0 for cell in table.cells.values())


def title(table: Table, rows: str, language: str) -> str:
    """What a picture of it shows, by this axis: “Incidents by act”."""
    unit = captions.said(f"unit.{table.unit}", language)
    return say("by_one", language, unit=unit, rows=captions.axis(rows, language))


# -- sentences


def opening(shown: Shown, facts: Facts, language: str) -> str:
    """How many incidents people told of, and how many people and families they harmed; each at least."""
    incidents = shown.values.get(INCIDENTS)
    if incidents is None or not known(incidents):
        return ""
    if facts.noise:
        return _about(shown, facts, language)
    harmed = [
        at_least(number, noun, language)
        for noun, cell in (("persons", key("persons")), ("families", FAMILIES))
        if (number := shown.values.get(cell)) is not None and known(number)
    ]
    said = at_least(incidents, "incidents", language)
    sentences = (
        told(
            source("total_incidents", published=facts.published),
            language,
            org=facts.organisation,
            number=said,
        ),
        told(source("harmed", published=facts.published), language, number=listed(harmed, language)),
    )
    return " ".join(filter(None, sentences))


def _about(shown: Shown, facts: Facts, language: str) -> str:
    """The same with noise, which takes away as often as it adds: no number is a minimum."""
    off = facts.noise["off"]
    said = (
        told(name, language, **more, off=off, number=counted(number, noun, language))
        for name, cell, noun, more in (
            ("total_with_noise", INCIDENTS, "incidents", {"org": facts.organisation}),
            ("harmed_with_noise", PERSONS, "persons", {}),
        )
        if known(number := shown.values.get(cell)) and number is not None
    )
    return " ".join(said)


def spoken_of(tables: Sequence[Table]) -> frozenset[str]:
    """The names of the tables of which a sentence speaks."""
    first: dict[str, str] = {}
    for table in tables:
        first.setdefault(table.rows.name, table.name)
    return frozenset(first[axis] for axis in SPOKEN_OF if axis in first)


def told_of(table: Table, row: str) -> bool:
    """Whether a row says something that a reader would compare: no total, no answer, no others; of months: a month."""
    return row not in {ALL, *UNTOLD, *table.rows.together} and (
        table.rows.name != "month" or _MONTH.fullmatch(row) is not None
    )


def largest(table: Table, shown: Shown, language: str, *, published: bool = False) -> str:
    """The largest rows whose numbers are shown, each of the whole: “18 of 41 incidents”."""
    whole = value(table, shown, ALL)
    if not isinstance(whole, int) or table.unit not in NOUNS:
        return ""
    found = [
        (-number, captions.label(table.rows, row, language))
        for row in table.rows.codes
        if told_of(table, row) and isinstance(number := value(table, shown, row), int) and number
    ]
    parts = [
        f"{label}, {share(-number, whole, table.unit, language)}"
        for number, label in sorted(found, key=lambda each: each[0])[:MENTIONED]
    ]
    rows = captions.axis(table.rows.name, language)
    return told(source("largest_shown", published=published), language, axis=rows, list="; ".join(parts))
