"""XLSX: the sheets that people see, and of them the values alone.

Calamine reads the values. Before it may, every XML part is walked once: it declares no document type (so no
entity can be expanded), what unpacks stays inside the limits, and the walk notes what Calamine does not tell:
hidden rows and columns, formulas whose result was never saved, cells that hold an error. Comments, document properties,
hidden sheets and external links are never opened.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.sax import SAXException  # the names alone; defusedxml parses
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from incidents.errors import Problem, _
from incidents.intake.cleaning import as_text
from incidents.intake.tabular import (
    LIMITS,
    CellIsError,
    FileNotReadable,
    FileTooLarge,
    FormulaWithoutResult,
    HeaderMissing,
    Limits,
    Row,
    RowHidden,
    Table,
    column_names,
    is_blank,
    size_of,
)


class WorkbookLocked(Problem):
    status = 422
    code = "workbook-locked"
    sentence = _(
        "This workbook is protected by a password or of an old kind (.xls). Save it as .xlsx without a password."
    )


class WorkbookUnsafe(Problem):
    status = 422
    code = "workbook-unsafe"
    sentence = _("This workbook is not built as a spreadsheet program builds one, and was not opened.")


class SheetMissing(Problem):
    status = 422
    code = "sheet-missing"
    sentence = _("The workbook has no visible sheet “%(sheet)s”, which the mapping names.")


_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_FLOOR = 2**20  # below this size any ratio is harmless
_WIDEST = 2**14  # columns of a sheet
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def _parts(stream: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """The archive, once its directory promises to stay inside the limits."""
    if size_of(stream) > limits.size:
        raise FileTooLarge(limit=limits.size // 2**20, unit="MiB")
    if stream.read(8) == _OLD_OFFICE:
        raise WorkbookLocked
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        raise FileNotReadable from None
    parts = archive.infolist()
    if len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked:
        raise FileTooLarge(limit=limits.unpacked // 2**20, unit="MiB unpacked")
    for part in parts:
        if part.file_size > _FLOOR and part.file_size > limits.ratio * part.compress_size:
            raise WorkbookUnsafe
    if len({part.filename.lower() for part in parts}) != len(parts) or any(
        part.flag_bits & 1 for part in parts
    ):
        raise WorkbookUnsafe
    return archive


class _Book(ContentHandler):
    """Names of sheets and the ids by which the relations name their parts."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, str] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name SAX calls
        if name.rpartition(":")[2] == "sheet":
            ids = [attrs.getValue(key) for key in attrs.getNames() if key.endswith(":id")]
            self.ids[attrs.get("name", "")] = ids[0] if ids else ""


class _Relations(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  the name SAX calls
        if name.rpartition(":")[2] == "Relationship" and attrs.get("TargetMode") != "External":
            target = posixpath.join("/xl", attrs.get("Target", ""))
            self.targets[attrs.get("Id", "")] = posixpath.normpath(target).lstrip("/")


@dataclass(slots=True)
class _Seen:
    """What one walk through a sheet's XML found, rows and columns from 0."""

    hidden: set[int] = field(default_factory=set)  # rows
    columns: set[int] = field(default_factory=set)  # hidden ones
    faults: dict[int, dict[int, type[Problem]]] = field(default_factory=dict)
    last_row: int = -1
    last_column: int = -1


class _Sheet(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.seen = _Seen()
        self.row = self.column = -1
        self.kind = ""
        self.formula = self.inside = self.result = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  the name SAX calls
        match name.rpartition(":")[2]:
            case "row":
                self.row = int(attrs.get("r") or self.row + 2) - 1
                self.column = -1
                if attrs.get("hidden") in {"1", "true"}:
                    self.seen.hidden.add(self.row)
            case "col" if attrs.get("hidden") in {"1", "true"}:
                first, last = int(attrs.get("min") or 1), int(attrs.get("max") or 1)
                self.seen.columns.update(range(first - 1, min(last, _WIDEST)))
            case "c":
                self._start_cell(attrs)
            case "f":
                self.formula = True
            case "v":
                self.inside = True
                self.result = self.kind == "str"  # an empty text is a result too

    def _start_cell(self, attrs: AttributesImpl) -> None:
        self.column += 1
        if match := _CELL.fullmatch(attrs.get("r", "")):
            self.row, self.column = int(match[2]) - 1, _column(match[1])
        self.kind, self.formula, self.result = attrs.get("t", ""), False, False
        self.seen.last_row = max(self.seen.last_row, self.row)
        self.seen.last_column = max(self.seen.last_column, self.column)

    def characters(self, content: str) -> None:
        if self.inside and content:
            self.result = True

    def endElement(self, name: str) -> None:  # noqa: N802  the name SAX calls
        match name.rpartition(":")[2]:
            case "v":
                self.inside = False
            case "c" if self.kind == "e":
                self._note(CellIsError)
            case "c" if self.formula and not self.result:
                self._note(FormulaWithoutResult)

    def _note(self, fault: type[Problem]) -> None:
        self.seen.faults.setdefault(self.row, {})[self.column] = fault


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _walk(archive: zipfile.ZipFile, part: str, handler: ContentHandler) -> None:
    try:
        with archive.open(part) as xml:
            defusedxml.sax.parse(xml, handler, forbid_dtd=True)
    except DefusedXmlException:
        raise WorkbookUnsafe from None
    except (KeyError, ValueError, OSError, NotImplementedError, zipfile.BadZipFile, zlib.error, SAXException):
        raise FileNotReadable from None


class Workbook:
    """An XLSX file whose parts were walked; gives one visible sheet at a time."""

    def __init__(self, stream: BinaryIO, limits: Limits = LIMITS) -> None:
        self._stream, self._limits = stream, limits
        self._archive = _parts(stream, limits)
        book, relations = _Book(), _Relations()
        _walk(self._archive, "xl/workbook.xml", book)
        _walk(self._archive, "xl/_rels/workbook.xml.rels", relations)
        for part in self._archive.namelist():
            if part in {"xl/styles.xml", "xl/sharedStrings.xml"}:
                _walk(self._archive, part, ContentHandler())
        self._part = {name: relations.targets.get(key, "") for name, key in book.ids.items()}
        self._book = _opened(stream)
        shown = [sheet for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        self.sheets = tuple(sheet.name for sheet in shown if sheet.visible == SheetVisibleEnum.Visible)
        self.hidden = tuple(sheet.name for sheet in shown if sheet.visible != SheetVisibleEnum.Visible)

    def table(self, sheet: str, header_row: int = 0) -> Table:
        """The named rows of one visible sheet. `header_row`: as in the sheet; 0: the first that is not blank."""
        if sheet not in self.sheets or not self._part.get(sheet):
            raise SheetMissing(sheet=sheet)
        handler = _Sheet()
        _walk(self._archive, self._part[sheet], handler)
        seen, limits = handler.seen, self._limits
        if (seen.last_row + 1) * (seen.last_column + 1) > limits.cells:
            raise FileTooLarge(limit=limits.cells, unit="cells")
        if seen.last_row >= limits.rows:
            raise FileTooLarge(limit=limits.rows, unit="rows")
        content = _sheet(self._book, sheet)
        left = content.start[1] if content.start else 0
        rows = enumerate(content.iter_rows())
        columns = _header(rows, header_row, limits)
        hidden = frozenset(
            columns[place - left] for place in seen.columns if 0 <= place - left < len(columns)
        )
        return Table(columns, _rows(rows, seen, left), sheet, hidden=hidden)


def _opened(stream: BinaryIO) -> CalamineWorkbook:
    stream.seek(0)
    try:
        return CalamineWorkbook.from_filelike(stream)
    except PasswordError:
        raise WorkbookLocked from None
    except CalamineError:
        raise FileNotReadable from None


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except CalamineError:
        raise FileNotReadable from None


def _header(rows: Iterator[tuple[int, list[Any]]], header_row: int, limits: Limits) -> tuple[str, ...]:
    for place, cells in rows:
        if place + 1 == header_row or (not header_row and not all(is_blank(cell) for cell in cells)):
            return column_names((as_text(cell) for cell in cells), limits)
    raise HeaderMissing


def _rows(rows: Iterator[tuple[int, list[Any]]], seen: _Seen, left: int) -> Iterator[Row]:
    for place, cells in rows:
        faults = {column - left: fault for column, fault in seen.faults.get(place, {}).items()}
        yield Row(place + 1, cells, RowHidden() if place in seen.hidden else None, faults)
