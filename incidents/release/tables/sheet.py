"""Tables as they are shown, as CSV and as a workbook: text never runs, no author, one time for everybody."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from incidents.release import hierarchy
from incidents.release.tables import captions, cited
from incidents.release.tables.captions import LANGUAGES, About
from incidents.release.tables.cells import ALL, OUT, Shown, Table
from incidents.release.tables.edition import Edition
from incidents.release.tables.spread import Spread

Cell = int | str
CONTENTS = {"en": "Contents", "es": "Contenido"}
WIDTH = 40  # of the column of the rows' names, in characters
_FIXED = datetime(1980, 1, 1, tzinfo=UTC)
_PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def head(table: Table, language: str) -> list[str]:
    """What the rows are, then each column; the only one of a table is called by its unit."""
    first = captions.axis(table.rows.name, language)
    first = first[:1].upper() + first[1:]
    if table.columns.codes == (ALL,):
        return [first, captions.said(f"unit.{table.unit}", language)]
    return [first, *(captions.label(table.columns, code, language) for code in table.columns.codes)]


def body(table: Table, shown: Shown, language: str) -> Iterable[list[Cell]]:
    """Each row: its name, and what is printed of its cells."""
    for row in table.rows.codes:
        values = [captions.printed(table, shown, row, column) for column in table.columns.codes]
        yield [captions.label(table.rows, row, language), *(_said(value, language) for value in values)]


def _said(value: Cell, language: str) -> Cell:
    """A mark that is a sentence is said in the language."""
    known = hierarchy.labels().get(str(value))
    return known[language == "es"] if known and not isinstance(value, int) else value


def under(
    table: Table, shown: Shown, about: About, spreads: Sequence[Spread], language: str
) -> tuple[str, ...]:
    """The notes of a table; of T6 the quartiles before them."""
    told = [
        captions.of_spread(each, shown.values.get(each.n, OUT), language)
        for each in spreads
        if table.name == "T6"
    ]
    return (*told, *captions.notes(table, about, language))


def _about(made: Edition | About, shown: Shown) -> tuple[About, Sequence[Spread]]:
    """What the captions of an edition say; tables of a row file bring theirs, and have no quartiles."""
    return (made, ()) if isinstance(made, About) else (About.of(made, shown.method), made.spreads)


# -- CSV


def csv_text(
    table: Table,
    shown: Shown,
    made: Edition | About,
    language: str,
    cell: Callable[[str], str] = str,
    cite: str = "",
) -> str:
    """Head and rows, then an empty line, the title and the notes, the last of them how the pack is cited.

    `cell`: makes of a text one that no sheet runs.
    """
    about, spreads = _about(made, shown)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    lines: list[Sequence[Cell]] = [head(table, language), *body(table, shown, language)]
    for line in lines:
        writer.writerow([cell(value) if isinstance(value, str) else value for value in line])
    writer.writerow([])
    told = (*under(table, shown, about, spreads, language), *cited.notes(table, language), cite)
    for text in filter(None, (captions.title(table, language), *told)):
        writer.writerow([cell(text)])
    return out.getvalue()


def csv_files(
    shown: Shown,
    made: Edition | About,
    cell: Callable[[str], str] = str,
    cite: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """One for each table and language, by neutral names; with the mark without which Excel garbles accents.

    `cite`: of each language how the pack is cited.
    """
    cites = cite or {}
    return {
        f"{table.name}.{language}.csv": csv_text(
            table, shown, made, language, cell, cites.get(language, "")
        ).encode("utf-8-sig")
        for table in shown.counted.tables
        for language in LANGUAGES
    }


# -- XLSX


def workbook(
    shown: Shown, made: Edition | About, language: str, properties: Mapping[str, str] | None = None
) -> bytes:
    """A sheet for each table, with its notes, behind a list of them; under each how they are cited.

    `properties`: what the file says of itself, how it is cited under `comments`.
    """
    out, said = io.BytesIO(), dict(properties or {})
    cite = said.get("comments", "")
    book = xlsxwriter.Workbook(out, _PLAIN)
    book.set_properties({"created": _FIXED, **said})
    formats = {name: book.add_format(how) for name, how in _FORMATS.items()}
    about, spreads = _about(made, shown)
    first = book.add_worksheet(CONTENTS[language])
    first.set_column(0, 0, WIDTH // 2)
    for place, table in enumerate(shown.counted.tables):
        first.write_string(place, 0, table.name, formats["text"])
        first.write_string(place, 1, captions.title(table, language), formats["text"])
        sheet = book.add_worksheet(table.name)
        sheet.set_column(0, 0, WIDTH)
        _laid(sheet, table, shown, language, formats)
        told = (*under(table, shown, about, spreads, language), *cited.notes(table, language), cite)
        _noted(sheet, table, tuple(filter(None, told)), formats)
    first.write_string(len(shown.counted.tables) + 1, 0, cite, formats["text"])
    book.close()
    return out.getvalue()


_FORMATS: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "text": {"num_format": "@"},
    "number": {"num_format": "#,##0"},
    "mark": {"num_format": "@", "align": "right"},
}


def _laid(sheet: Any, table: Table, shown: Shown, language: str, formats: dict[str, Any]) -> None:
    sheet.write_string(0, 0, captions.title(table, language), formats["bold"])
    for place, name in enumerate(head(table, language)):
        sheet.write_string(1, place, name, formats["bold"])
    for number, line in enumerate(body(table, shown, language), start=2):
        sheet.write_string(number, 0, str(line[0]), formats["text"])
        for place, value in enumerate(line[1:], start=1):
            if isinstance(value, int):
                sheet.write_number(number, place, value, formats["number"])
            else:
                sheet.write_string(number, place, value, formats["mark"])


def _noted(sheet: Any, table: Table, notes: Sequence[str], formats: dict[str, Any]) -> None:
    for number, text in enumerate(notes, start=len(table.rows.codes) + 3):
        sheet.write_string(number, 0, text, formats["text"])
