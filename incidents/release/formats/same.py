"""Every file holds the rows of data.csv: read by libraries, or by readers here, that did not write it."""

import codecs
import csv
import io
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from numbers import Real
from typing import Any

from pandas.io import stata
from python_calamine import CalamineError, CalamineWorkbook

from incidents.release import hierarchy, write
from incidents.release.columns import NUMBERS, SIZE, Column, Line, Texts
from incidents.release.formats import labelled, parquet, reading, tabular, workbook
from incidents.release.measure import FileNotAsPromised
from incidents.release.write import File

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
CHUNK = 20_000  # rows of Stata that are decoded together


def read_back(known: Sequence[Column]) -> Callable[[File], None]:
    """Hears of one file after the other, data.csv first, and holds each against it. Problem: FileNotAsPromised."""
    promised: list[Texts] = []

    def check(file: File) -> None:
        if file.name == write.DATA:
            promised.append(comma(file.data, known))
        else:
            _must_agree(file.name, file.data, promised[0], known)

    return check


def must_be(files: Mapping[str, bytes], known: Sequence[Column]) -> None:
    """Each data file against data.csv, its first line included. Problem: FileNotAsPromised."""
    promised = comma(files[write.DATA], known)
    for name in READERS:
        _must_agree(name, files[name], promised, known)


def _must_agree(name: str, content: bytes, promised: Texts, known: Sequence[Column]) -> None:
    try:
        found = READERS[name](content, known)
    except UNREADABLE:
        raise FileNotAsPromised(file=name, what="not readable") from None  # its reason could quote a value
    shown = _fitting if name == labelled.SPSS else str
    pairs = zip(promised.columns, found.columns, strict=True)
    if not all(column.says_as(other, shown, write.cell) for column, other in pairs):
        raise FileNotAsPromised(file=name, what="not the rows of data.csv")


def _fitting(value: str) -> str:
    """What stands in SPSS for a text that is too long for it."""
    return value if len(value.encode()) <= labelled.LONGEST else labelled.ELSEWHERE


def comma(content: bytes, known: Sequence[Column]) -> Texts:
    """The rows of a CSV. Problem: FileNotAsPromised, for other columns."""
    csv.field_size_limit(1 << 24)
    lines = csv.reader(_lines(content, ""), strict=True)
    head = next(lines, None)
    if head is None:
        raise ValueError("no head")
    if head != [write.cell(column.name) for column in known]:
        raise FileNotAsPromised(file=write.DATA, what="columns")
    return Texts.of(map(tuple, lines), len(known))


def _lines(content: bytes, newline: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=newline)


def _excel(content: bytes, known: Sequence[Column]) -> Texts:
    """As `comma`, behind the mark; its cells are escaped already."""
    return comma(content.removeprefix(codecs.BOM_UTF8), known).mapped(write.raw)


def _json(content: bytes, known: Sequence[Column]) -> Texts:
    """An array of objects, a line each: more than one is never held."""
    return Texts.of(_objects(_lines(content, "\n"), [column.name for column in known]), len(known))


def _objects(lines: Iterator[str], names: list[str]) -> Iterator[Line]:
    if next(lines, "") != "[\n":
        raise ValueError("no array")
    line, onward = next(lines, ""), True
    if line == "\n":  # of no rows
        line, onward = next(lines, ""), False
    while onward:
        onward = line.endswith(",\n")
        row = json.loads(line.removesuffix(",\n"))
        if list(row) != names:
            raise ValueError("columns")
        yield tuple(row.values())
        line = next(lines, "")
    if line != "]\n" or next(lines, "") != "":
        raise ValueError("no end")


def _xlsx(content: bytes, known: Sequence[Column]) -> Texts:
    book, names = CalamineWorkbook.from_filelike(io.BytesIO(content)), [column.name for column in known]
    pieces: dict[str, str] = {}
    if workbook.LONG in book.sheet_names:
        for number, _part, text in book.get_sheet_by_name(workbook.LONG).to_python()[1:]:
            pieces[workbook.ELSEWHERE % number] = pieces.get(workbook.ELSEWHERE % number, "") + str(text)
    found = Texts.of((), len(known))
    for name in book.sheet_names:
        if name.startswith(workbook.DATA):
            lines = iter(book.get_sheet_by_name(name).iter_rows())
            _head([next(lines, [])], names)
            while some := list(islice(lines, CHUNK)):
                found.extend(map(str, column) for column in zip(*some, strict=True))
    return found.mapped(lambda value: pieces.get(value, value))


def _parquet(content: bytes, known: Sequence[Column]) -> Texts:
    names, groups = reading.parquet_by_columns(content)
    _head([names], [column.name for column in known])
    found = Texts.of((), len(known))
    for columns in groups:
        found.extend(columns)
    return found


def _stata(content: bytes, known: Sequence[Column]) -> Texts:
    reader: Any = stata.StataReader(io.BytesIO(content), convert_categoricals=False, convert_missing=True)
    found, names = Texts.of((), len(known)), [column.variable for column in known]
    with reader:
        for table in _tables(reader):
            _head([list(table.columns)], names)
            found.extend(_decoded(known, [list(table[name]) for name in names]))
        labels = [dict(each) for each in reader.value_labels().values()]
    coded = [column for column in known if column.numbers]
    told = [{_stata_number(column, code): label for code, label in _labels(column)} for column in coded]
    if labels != told:
        raise ValueError("labels")
    return found


def _tables(reader: Any) -> Iterator[Any]:
    """Some rows at a time; of none, a table without any."""
    first = True
    while True:
        try:
            table = reader.read(nrows=CHUNK)
        except StopIteration:
            break
        first = False
        yield table
    if first:
        yield reader.read(nrows=0)


def _stata_number(column: Column, code: str) -> int:
    """How Stata's kinds of missing stand among labels: .a is the number above the largest and ., .b the next."""
    letter = labelled.LETTERS.get(code)
    return column.numbers[code] if letter is None else 2**31 - 26 + ord(letter) - ord("a")


def _spss(content: bytes, known: Sequence[Column]) -> Texts:
    read, rows = reading.sav_by_rows(content)
    _head([read.names], [column.variable for column in known])
    for column in known:
        labels = {number: labelled.cut(label) for number, label in column.labelled().items()}
        missing = {float(number) for code, number in NUMBERS.items() if code in column.numbers}
        name = column.variable
        if read.labels.get(name, {}) != labels or set(read.missing.get(name, ())) != missing:
            raise ValueError("labels")
    found = Texts.of((), len(known))
    while some := list(islice(rows, CHUNK)):
        found.extend(_decoded(known, zip(*some, strict=True)))
    return found


def _labels(column: Column) -> Iterable[tuple[str, str]]:
    labels = column.labelled()
    return ((code, labels[number]) for code, number in column.numbers.items())


def _decoded(known: Sequence[Column], columns: Iterable[Iterable[object]]) -> Iterator[Iterable[str]]:
    """Numbers back to the codes that they stand for."""
    for column, values in zip(known, columns, strict=True):
        codes = {str(number): code for code, number in column.numbers.items()}
        codes |= {f".{letter}": code for code, letter in labelled.LETTERS.items()}
        if column.name == SIZE:
            yield [_size(value) for value in values]
        elif column.numbers:
            yield [codes[_said(value)] for value in values]
        else:
            yield [str(value) for value in values]


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


READERS: Mapping[str, Callable[[bytes, Sequence[Column]], Texts]] = {
    tabular.EXCEL_CSV: _excel,
    tabular.JSON: _json,
    workbook.NAME: _xlsx,
    parquet.NAME: _parquet,
    labelled.STATA: _stata,
    labelled.SPSS: _spss,
}
