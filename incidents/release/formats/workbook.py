"""The rows and the codebook as XLSX: all text, nothing that runs, no author, one time for everybody."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from incidents.release import write
from incidents.release.citation import Citation
from incidents.release.columns import Column, Line, Texts
from incidents.release.formats import streaming

NAME = "data.xlsx"
DATA, CODEBOOK, LONG = "Data", "Codebook", "Long texts"
ROWS = 1_048_575  # of one sheet, without its head
CHARACTERS = 32_767  # of one cell, counted as UTF-16 does
PIECE = 16_000  # half of it: no character counts more than two
ELSEWHERE = "(too long for a cell: see the sheet “Long texts”, number %s)"
_FIXED = datetime(1980, 1, 1, tzinfo=UTC)


def made(known: Sequence[Column], rows: Sequence[Line], cited: Citation | None = None) -> bytes:
    """The workbook: `Data` (`Data 2` … where one sheet does not hold them), `Codebook`, `Long texts` where needed.

    How it is cited stands among the properties of the file.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": _FIXED} | (cited.properties("en") if cited else {}))
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    head = [column.name for column in known]
    long: list[str] = []
    between: dict[str, streaming.Between] = {}
    for number, part in enumerate(_parts(Texts.of(rows, len(known))), start=1):
        sheet = book.add_worksheet(DATA if number == 1 else f"{DATA} {number}")
        if streaming.may_be(part, PIECE):
            _sheet(sheet, head, (), bold, text)
            streaming.begun(sheet, book.str_table, part, text)
            between[f"xl/worksheets/sheet{number}.xml"] = streaming.Between(part, book.str_table.string_table)
        else:
            _sheet(sheet, head, (_fitting(row, long) for row in part), bold, text)
    _sheet(book.add_worksheet(CODEBOOK), write.CODEBOOK_HEAD, write.explanations(known), bold, text)
    if long:
        _sheet(book.add_worksheet(LONG), ("number", "part", "text"), _pieces(long), bold, text)
    between = {name: replace(each, numbers=dict(each.numbers)) for name, each in between.items()}
    book.close()
    return streaming.filled(out.getvalue(), between) if between else out.getvalue()


def _parts(rows: Texts) -> Iterable[Texts]:
    return (rows[start : start + ROWS] for start in range(0, max(len(rows), 1), ROWS))


def _fitting(row: Line, long: list[str]) -> Iterable[str]:
    """The row, a text that no cell holds put into `long` and pointed to."""
    for value in row:
        if len(value) > PIECE and len(value.encode("utf-16-le")) // 2 > CHARACTERS:
            long.append(value)
            yield ELSEWHERE % len(long)
        else:
            yield value


def _pieces(long: Sequence[str]) -> Iterable[Sequence[str]]:
    for number, value in enumerate(long, start=1):
        for part, start in enumerate(range(0, len(value), PIECE), start=1):
            yield (str(number), str(part), value[start : start + PIECE])


def _sheet(sheet: Any, head: Iterable[str], lines: Iterable[Iterable[str]], bold: Any, text: Any) -> None:
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(head):
        sheet.write_string(0, place, name, bold)
    for number, line in enumerate(lines, start=1):
        for place, value in enumerate(line):
            if value:
                sheet.write_string(number, place, value, text)
