"""Every file holds the rows of data.csv: read by libraries, or by readers here, that did not write it."""

import codecs
import csv
import io
import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from pandas.io import stata
from python_calamine import CalamineError, CalamineWorkbook

from incidents.release import hierarchy, write
from incidents.release.columns import NUMBERS, SIZE, Column
from incidents.release.formats import labelled, parquet, reading, tabular, workbook
from incidents.release.measure import FileNotAsPromised

# What readers say of a file that is not what it should be.
UNREADABLE = (
    ArithmeticError,
    EOFError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
    CalamineError,
)
MISSING = (".", "None")  # without a kind, in Stata and SPSS
Rows = list[tuple[str, ...]]


def must_be(files: Mapping[str, bytes], known: Sequence[Column]) -> None:
    """Each data file against data.csv, its first line included. Problem: FileNotAsPromised."""
    promised = comma(files[write.DATA], known)
    for name, read in READERS.items():
        try:
            found = read(files[name], known)
        except UNREADABLE:
            raise FileNotAsPromised(
                file=name, what="not readable"
            ) from None  # its reason could quote a value
        if not _agree(name, promised, found):
            raise FileNotAsPromised(file=name, what="not the rows of data.csv")


def _agree(name: str, promised: Rows, found: Rows) -> bool:
    if name == labelled.SPSS:
        promised = [tuple(map(_fitting, row)) for row in promised]
    escaped = {value: write.cell(value) for row in found for value in row}
    return [tuple(map(escaped.__getitem__, row)) for row in found] == promised


def _fitting(value: str) -> str:
    """What stands in SPSS for a text that is too long for it."""
    return value if len(value.encode()) <= labelled.LONGEST else labelled.ELSEWHERE


def comma(content: bytes, known: Sequence[Column]) -> Rows:
    """The rows of a CSV. Problem: FileNotAsPromised, for other columns."""
    csv.field_size_limit(1 << 24)
    head, *rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    if head != [write.cell(column.name) for column in known]:
        raise FileNotAsPromised(file=write.DATA, what="columns")
    return list(map(tuple, rows))


def _excel(content: bytes, known: Sequence[Column]) -> Rows:
    """As `comma`, behind the mark; its cells are escaped already."""
    return [tuple(map(write.raw, row)) for row in comma(content.removeprefix(codecs.BOM_UTF8), known)]


def _json(content: bytes, known: Sequence[Column]) -> Rows:
    names = [column.name for column in known]
    rows = json.loads(content)
    _head([list(row) for row in rows[:1]], names)
    return [tuple(row[name] for name in names) for row in rows]


def _xlsx(content: bytes, known: Sequence[Column]) -> Rows:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    pieces: dict[str, str] = {}
    for number, _part, text in sheets.get(workbook.LONG, [])[1:]:
        pieces[workbook.ELSEWHERE % number] = pieces.get(workbook.ELSEWHERE % number, "") + str(text)
    rows: Rows = []
    for name, lines in sheets.items():
        if name.startswith(workbook.DATA):
            _head(lines[:1], [column.name for column in known])
            rows += (tuple(pieces.get(str(value), str(value)) for value in line) for line in lines[1:])
    return rows


def _parquet(content: bytes, known: Sequence[Column]) -> Rows:
    names, rows = reading.parquet(content)
    _head([names], [column.name for column in known])
    return rows


def _stata(content: bytes, known: Sequence[Column]) -> Rows:
    reader: Any = stata.StataReader(io.BytesIO(content), convert_categoricals=False, convert_missing=True)
    with reader:
        table = reader.read()
        labels = [dict(each) for each in reader.value_labels().values()]
    _head([list(table.columns)], [column.variable for column in known])
    coded = [column for column in known if column.numbers]
    told = [{_stata_number(column, code): label for code, label in _labels(column)} for column in coded]
    if labels != told:
        raise ValueError("labels")
    return _decoded(known, [list(table[column.variable]) for column in known])


def _stata_number(column: Column, code: str) -> int:
    """How Stata's kinds of missing stand among labels: .a is the number above the largest and ., .b the next."""
    letter = labelled.LETTERS.get(code)
    return column.numbers[code] if letter is None else 2**31 - 26 + ord(letter) - ord("a")


def _spss(content: bytes, known: Sequence[Column]) -> Rows:
    read = reading.sav(content)
    _head([read.names], [column.variable for column in known])
    for column in known:
        labels = {number: labelled.cut(label) for number, label in column.labelled().items()}
        missing = {float(number) for code, number in NUMBERS.items() if code in column.numbers}
        name = column.variable
        if read.labels.get(name, {}) != labels or set(read.missing.get(name, ())) != missing:
            raise ValueError("labels")
    return _decoded(known, zip(*read.rows, strict=True) if read.rows else [[] for _ in known])


def _labels(column: Column) -> Iterable[tuple[str, str]]:
    labels = column.labelled()
    return ((code, labels[number]) for code, number in column.numbers.items())


def _decoded(known: Sequence[Column], columns: Iterable[Iterable[object]]) -> Rows:
    """Numbers back to the codes that they stand for."""
    found = []
    for column, values in zip(known, columns, strict=True):
        codes = {str(number): code for code, number in column.numbers.items()}
        codes |= {f".{letter}": code for code, letter in labelled.LETTERS.items()}
        if column.name == SIZE:
            found.append([_size(value) for value in values])
        elif column.numbers:
            found.append([codes[_said(value)] for value in values])
        else:
            found.append([str(value) for value in values])
    return list(zip(*found, strict=True))


def _size(value: object) -> str:
    said = _said(value)
    return hierarchy.NOT_RECORDED if said in MISSING else said


def _said(value: object) -> str:
    """A whole number without its point; what is missing as Stata or SPSS says it."""
    return f"{value:.0f}" if isinstance(value, Real) else str(value)


def _head(found: Sequence[Sequence[object]], names: Sequence[str]) -> None:
    for head in found:
        if list(head) != list(names):
            raise ValueError("columns")


READERS: Mapping[str, Callable[[bytes, Sequence[Column]], Rows]] = {
    tabular.EXCEL_CSV: _excel,
    tabular.JSON: _json,
    workbook.NAME: _xlsx,
    parquet.NAME: _parquet,
    labelled.STATA: _stata,
    labelled.SPSS: _spss,
}
