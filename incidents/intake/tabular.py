"""A file becomes tables of named rows: CSV, XLSX (see `workbook`) or JSON (see `nested`). Nothing is guessed silently.

A row carries its number as a person sees it: the row of a spreadsheet, header and blank rows counted; in a
JSON list the first object is 1. CSV is read as a stream, so that memory does not grow with the file.
"""

import codecs
import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from incidents.errors import Problem, _
from incidents.intake.cleaning import Cell, visible


class FileNotReadable(Problem):
    status = 422
    code = "file-not-readable"
    sentence = _("This file is not of the kind that the mapping says (CSV, XLSX or JSON), or it is damaged.")


class FileTooLarge(Problem):
    status = 413
    code = "file-too-large"
    sentence = _(
        "This file is larger than an import takes (limit: %(limit)s %(unit)s). Split it and import the parts."
    )


class EncodingUnclear(Problem):
    status = 422
    code = "encoding-unclear"
    sentence = _(
        "The letters of this file can be read in several ways. Say encoding in the mapping: %(possible)s."
    )


class EncodingWrong(Problem):
    status = 422
    code = "encoding-wrong"
    sentence = _("This file is not written in %(encoding)s, as the mapping says. Nothing was read.")


class SeparatorUnclear(Problem):
    status = 422
    code = "separator-unclear"
    sentence = _(
        "It is not clear what parts the columns of this file. Say separator in the mapping: , ; | or a tab."
    )


class QuotesBroken(Problem):
    status = 422
    code = "quotes-broken"
    sentence = _(
        "The quotation marks are broken at row %(row)s, so that the rows after it cannot be told apart."
    )


class HeaderMissing(Problem):
    status = 422
    code = "header-missing"
    sentence = _("This table has no row with the names of its columns.")


class RowTooLong(Problem):
    """More cells than columns: a separator stands inside a text, and every cell after it is shifted."""

    status = 422
    code = "row-too-long"
    sentence = _("This row has more cells than the table has columns; they may be shifted.")


class RowTooShort(Problem):
    status = 422
    code = "row-too-short"
    sentence = _("This row has fewer cells than the table has columns; a line may be broken.")


class RowHidden(Problem):
    status = 422
    code = "row-hidden"
    sentence = _("This row is hidden in the workbook. Show it or delete it: hidden rows are not imported.")


class FormulaWithoutResult(Problem):
    status = 422
    code = "formula-without-result"
    sentence = _(
        "Column “%(column)s” holds a formula without its result. Open the file, let it calculate, save it."
    )


class CellIsError(Problem):
    status = 422
    code = "cell-is-error"
    sentence = _("Column “%(column)s” holds an error of the spreadsheet, such as #N/A.")


class CellIsNested(Problem):
    status = 422
    code = "cell-is-nested"
    sentence = _(
        "Column “%(column)s” holds a list of further records. The mapping reads it as a repeat, or not."
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What an import takes. A JSON file and the box of cells of a sheet are held in memory, CSV is not."""

    size: int = 256 * 2**20
    json_size: int = 32 * 2**20
    rows: int = 1_000_000
    columns: int = 1_000
    cells: int = 5_000_000  # rows × columns of one sheet
    unpacked: int = 512 * 2**20  # all parts of a workbook together
    ratio: int = 200  # unpacked to packed; spreadsheets reach 10 to 60
    parts: int = 2_000


LIMITS = Limits()

# A report keeps five million letters of a narrative; Python's own limit of 128 KiB is a setting of the whole process.
csv.field_size_limit(5_000_000)

SEPARATORS = ",;|\t"


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: list[Cell]  # in the order of the table's columns
    problem: Problem | None = None  # the whole row cannot be trusted
    faults: Mapping[int, type[Problem]] = field(default_factory=dict)  # column → why its cell cannot be
    inner: Mapping[str, Sequence["Row"]] | None = None  # the rows of each repeat that belong to this row
    above: int = 0  # of a row in a repeat within a repeat: which row of the outer one it belongs to, from 1


@dataclass(slots=True)
class Table:
    """The rows of one sheet or file. `blank` grows while it is read."""

    columns: tuple[str, ...]
    rows: Iterable[Row]
    sheet: str = ""
    encoding: str = ""
    separator: str = ""
    blank: int = 0
    hidden: frozenset[str] = frozenset()  # columns that nobody sees
    inner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the columns of each repeat
    inner_hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            if not row.faults and all(is_blank(cell) for cell in row.cells):
                self.blank += 1
            else:
                yield row

    def named(self, row: Row) -> dict[str, Cell]:
        """A row as a preview shows it."""
        return dict(zip(self.columns, row.cells, strict=False))


def is_blank(cell: Cell) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and not visible(cell))


def column_names(header: Iterable[Cell], limits: Limits = LIMITS) -> tuple[str, ...]:
    """Clean, distinct names: a second `age` is `age (2)`, a column without a name is `(column 15)`."""
    names: list[str] = []
    taken: set[str] = set()
    for place, cell in enumerate(header, 1):
        base = visible(str(cell)) if cell is not None else ""
        name, again = base or f"(column {place})", 1
        while name in taken:
            again += 1
            name = f"{base or f'(column {place})'} ({again})"
        taken.add(name)
        names.append(name)
    if len(names) > limits.columns:
        raise FileTooLarge(limit=limits.columns, unit="columns")
    return tuple(names)


def size_of(stream: BinaryIO) -> int:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size


# --- CSV ---------------------------------------------------------------------------------------------------------

_CHUNK = 2**16
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Windows puts quotation marks and dashes where ISO-8859-1 has control characters; a file with them is not ISO.
_CONTROLS = bytes([*range(0x80, 0xA0)])


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        yield chunk
    stream.seek(0)


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(stream):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def encodings(stream: BinaryIO) -> tuple[str, ...]:
    """How the file's letters may be read; more than one answer: a person must look and say."""
    stream.seek(0)
    head = stream.read(4)
    for bom, encoding in _BOMS.items():
        if head.startswith(bom):
            return (encoding,) if _decodes(stream, encoding) else ()
    if _decodes(stream, "utf-8"):
        return ("utf-8",)
    if any(chunk.translate(None, _CONTROLS) != chunk for chunk in _chunks(stream)):
        return ("cp1252", "mac-roman", "cp850")
    return ("iso-8859-1",)


def _encoding(stream: BinaryIO, said: str) -> str:
    possible = encodings(stream)
    if not said:
        if len(possible) != 1:
            raise EncodingUnclear(possible=", ".join(possible))
        return possible[0]
    if said == "utf-8" and possible in {("utf-8",), ("utf-8-sig",)}:
        return possible[0]
    # Bytes that make sense as UTF-8 are never another encoding by chance: to read them so would garble every accent.
    garbled = possible == ("utf-8",) and not _decodes(stream, "ascii")
    controls = said == "iso-8859-1" and len(possible) != 1
    if said == "utf-8" or garbled or controls or not _decodes(stream, said):
        raise EncodingWrong(encoding=said)
    return said


class _Borrowed(io.RawIOBase):
    """A stream that is read here and closed by its owner alone, also when a half-read table is dropped."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _records(stream: BinaryIO, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered records of a CSV file; a broken quotation mark names the row it stands in."""
    stream.seek(0)
    lent = io.BufferedReader(_Borrowed(stream), _CHUNK)
    text = io.TextIOWrapper(lent, encoding=encoding, errors="strict", newline="")
    number = 0
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=separator, strict=True), 1):
            yield number, cells
    except csv.Error:
        raise QuotesBroken(row=number + 1) from None


def separators(stream: BinaryIO, encoding: str) -> tuple[str, ...]:
    """What may part the columns: marks that give the first fifty records one and the same width above one."""
    fits = []
    for mark in SEPARATORS:
        try:
            first = itertools.islice(_records(stream, encoding, mark), 50)
            widths = {len(cells) for _, cells in first if any(cells)}
        except QuotesBroken:
            continue
        if len(widths) == 1 and widths != {1}:
            fits.append(mark)
    return tuple(fits)


def _separator(stream: BinaryIO, encoding: str, said: str) -> str:
    if said:
        return said
    possible = separators(stream, encoding)
    if len(possible) != 1:
        raise SeparatorUnclear
    return possible[0]


def read_csv(
    stream: BinaryIO, *, encoding: str = "", separator: str = "", header_row: int = 0, limits: Limits = LIMITS
) -> Table:
    """A CSV file; what is not said is found out, or asked about where there are several answers.

    `header_row`: the row of the file that names the columns; 0: the first that is not blank.
    """
    if size_of(stream) > limits.size:
        raise FileTooLarge(limit=limits.size // 2**20, unit="MiB")
    if any(b"\0" in chunk for chunk in _chunks(stream)) and encodings(stream) != ("utf-16",):
        raise FileNotReadable
    encoding = _encoding(stream, encoding)
    separator = _separator(stream, encoding, separator)
    records = _records(stream, encoding, separator)
    columns = _header(records, header_row, limits)
    return Table(columns, _csv_rows(records, len(columns), limits), "", encoding, separator)


def _header(records: Iterator[tuple[int, list[str]]], header_row: int, limits: Limits) -> tuple[str, ...]:
    for number, cells in records:
        if number == header_row or (not header_row and any(map(visible, cells))):
            return column_names(cells, limits)
    raise HeaderMissing


def _csv_rows(records: Iterator[tuple[int, list[str]]], width: int, limits: Limits) -> Iterator[Row]:
    for number, cells in records:
        if number > limits.rows:
            raise FileTooLarge(limit=limits.rows, unit="rows")
        yield _csv_row(number, cells, width)


def _csv_row(number: int, cells: list[Any], width: int) -> Row:
    if len(cells) == width or not any(cells):
        return Row(number, cells)
    if len(cells) < width:
        return Row(number, cells, RowTooShort())
    return Row(number, cells, RowTooLong() if any(cells[width:]) else None)
