"""The rows of a file, each with the report document that the mapping makes of it, or with the reasons why not."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, BinaryIO, Self

from incidents.errors import Problem, _
from incidents.intake.cleaning import Cell, CellNotUnderstood, as_text
from incidents.intake.documents import DocumentMaker, RepeatMaker, without_absent
from incidents.intake.mapping import Mapping, Repeat, Sheet
from incidents.intake.nested import Linked, read_json
from incidents.intake.tabular import LIMITS, Limits, Row, Table, is_blank, read_csv
from incidents.intake.workbook import Workbook
from incidents.translations import Say

_TEXT = json.encoder.encode_basestring


class ColumnsNotNamed(Problem):
    """What is not named is not silently dropped."""

    status = 422
    code = "columns-not-named"
    sentence = _(
        "The file has columns that the mapping neither uses nor ignores: %(columns)s. Give each a field in the "
        "mapping, or list it there under “ignore”."
    )


class ColumnsMissing(Problem):
    status = 422
    code = "columns-missing"
    sentence = _(
        "The mapping names columns that the file does not have: %(columns)s. Is it the right file, with the right "
        "separator? A column that may be missing stands under “optional” in the mapping."
    )


class ColumnsHidden(Problem):
    status = 422
    code = "columns-hidden"
    sentence = _(
        "The mapping reads columns that are hidden in the workbook: %(columns)s. Show them, or leave them out."
    )


class SheetsNotNamed(Problem):
    status = 422
    code = "sheets-not-named"
    sentence = _("The workbook has sheets that the mapping neither uses nor ignores: %(sheets)s.")


class ColumnHasNoName(CellNotUnderstood):
    code = "column-has-no-name"
    sentence = _("This row has a value in %(column)s, which has no name and is not in the mapping.")


class KeyEmpty(CellNotUnderstood):
    code = "key-empty"
    sentence = _("Column “%(column)s” is part of the row's key and is empty.")


class KeyTwice(Problem):
    status = 422
    code = "key-twice"
    sentence = _("An earlier row (%(row)s) has the same key.")


class RepeatRow(Problem):
    """What is wrong in a row of a repeat, which is wrong in the report it belongs to."""

    status = 422
    code = "repeat-row"
    sentence = _("In row %(row)s of “%(repeat)s”: %(why)s")

    def said(self, translate: Say = str) -> str:
        why = self.details["why"]
        said = why.said(translate) if isinstance(why, Problem) else why
        return translate(self.sentence) % {**self.details, "why": said}


ATTACHED = _("Attached files are not imported (column “%(column)s”).")
ROWS_OF = _("With %(count)s rows of “%(repeat)s”.")


class EditedTwice(Problem):
    status = 422
    code = "edited-twice"
    sentence = _(
        "This row and an earlier one (%(row)s) are the same, edited. Leave one of them out of the file."
    )


class Note(str):
    """What else became of a row: a sentence with its details, which a reader's language may say otherwise."""

    __slots__ = ("details", "sentence")
    sentence: str
    details: dict[str, object]

    def __new__(cls, sentence: str, **details: object) -> Self:
        made = super().__new__(cls, sentence % details)
        made.sentence, made.details = sentence, details
        return made

    def said(self, translate: Say = str) -> str:
        return translate(self.sentence) % self.details


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of the file. `document` is None where `problems` say why; `notes` say what else became of it."""

    number: int
    sheet: str
    source_key: str
    document: dict[str, Any] | None
    problems: list[Problem]
    notes: tuple[Note, ...] = ()
    earlier_key: str = ""  # of the row of which this one is a later edit


def rows(mapping: Mapping, stream: BinaryIO, filename: str, limits: Limits = LIMITS) -> "Reading":
    """Every row of the file that is not blank, in its order. Problems of the whole file are raised at once."""
    return Reading(mapping, stream, filename, limits)


class Reading:
    """The rows, to be gone through once, and how the file was read, for the preview to show."""

    def __init__(self, mapping: Mapping, stream: BinaryIO, filename: str, limits: Limits = LIMITS) -> None:
        self.hidden_sheets: tuple[str, ...] = ()
        self._linked: Linked | None = None
        self._tables = self._opened(mapping, stream, limits)
        self._readers = [
            _RowReader(mapping, sheet, table, PurePath(filename).name) for sheet, table in self._tables
        ]
        self._seen: dict[bytes, str] = {}

    def _opened(self, mapping: Mapping, stream: BinaryIO, limits: Limits) -> list[tuple[Sheet, Table]]:
        first = mapping.sheets[0]
        if mapping.kind == "csv":
            said = {"encoding": mapping.encoding, "separator": mapping.separator}
            return [(first, read_csv(stream, **said, header_row=first.header_row, limits=limits))]
        if mapping.kind == "json":
            table = read_json(stream, list_name=mapping.list, repeats=mapping.repeats, limits=limits)
            return [(first, table)]
        book = Workbook(stream, limits)
        self.hidden_sheets = book.hidden
        tables = [(sheet, book.table(name, sheet.header_row)) for sheet, name in _pairs(mapping, book)]
        return self._with_repeats(mapping, book, tables) if mapping.repeats else tables

    def _with_repeats(
        self, mapping: Mapping, book: Workbook, tables: list[tuple[Sheet, Table]]
    ) -> list[tuple[Sheet, Table]]:
        ((sheet, table),) = tables
        further = [(each, book.table(each.name, each.sheet.header_row)) for each in mapping.repeats]
        self._linked = Linked(table, further)
        return [(sheet, self._linked.table)]

    @property
    def encoding(self) -> str:
        return self._tables[0][1].encoding

    @property
    def separator(self) -> str:
        return self._tables[0][1].separator

    @property
    def blank(self) -> int:
        """Blank rows so far; they are counted and skipped."""
        return sum(table.blank for _, table in self._tables)

    def count(self) -> int:
        """How many rows there are; nothing is made of them, and this reading is used up."""
        rows = sum(1 for _sheet, table in self._tables for _row in table)
        return rows + sum(1 for _row in self._left_over())

    def __iter__(self) -> Iterator[SourceRow]:
        """Each row once. Nothing here holds this: a reading that is over lets go of its workbook at once."""
        for (_sheet, table), reader in zip(self._tables, self._readers, strict=True):
            for row in table:
                yield self._once(reader.read(row))
        yield from self._left_over()

    def _left_over(self) -> Iterator[SourceRow]:
        """Rows of further sheets that belong to no row of the main one."""
        for sheet, row in self._linked.left_over() if self._linked else ():
            yield SourceRow(row.number, sheet, "", None, [row.problem] if row.problem else [])

    def _once(self, row: SourceRow) -> SourceRow:
        """A key may occur once in a file, and so may what is edited; of the keys a digest is remembered."""
        here = f"{row.sheet} {row.number}".strip()
        for key, twice in ((row.source_key, KeyTwice), (row.earlier_key, EditedTwice)):
            if not key or (twice is EditedTwice and key == row.source_key):
                continue
            digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
            first = self._seen.setdefault(digest, here)
            if first != here:
                return replace(row, document=None, problems=[*row.problems, twice(row=first)])
        return row


def _pairs(mapping: Mapping, book: Workbook) -> list[tuple[Sheet, str]]:
    """Sheets of the mapping with those of the book; each visible one is used or ignored by name."""
    only = mapping.sheets[0]
    known = mapping.ignore_sheets | {repeat.name for repeat in mapping.repeats}
    left = [name for name in book.sheets if name not in known]
    if not only.name:
        if len(left) != 1:
            raise SheetsNotNamed(sheets=", ".join(left))
        return [(only, left[0])]
    named = {sheet.name for sheet in mapping.sheets}
    if unnamed := [name for name in left if name not in named]:
        raise SheetsNotNamed(sheets=", ".join(unnamed))
    return [(sheet, sheet.name) for sheet in mapping.sheets]


class _Columns:
    """The columns of one table beside those that a mapping names: where each stands, and which cells to trust."""

    def __init__(
        self,
        named: Iterable[str],
        known: Iterable[str],
        sheet: Sheet,
        columns: Sequence[str],
        hidden: frozenset[str],
    ) -> None:
        """`named` are read; `known` need not be there, like those that `sheet` calls optional."""
        self._width = len(columns)
        place = {name: number for number, name in enumerate(columns)}
        used = set(named)
        ignored = {*known, *_fitting(sheet.ignore, columns)}
        if columns:  # a list that no record has has no columns either
            self._check(used, ignored, sheet, columns)
        if unseen := sorted(used & hidden):
            raise ColumnsHidden(columns=", ".join(unseen))
        self.index = {name: place.get(name, self._width) for name in used}
        self._absent = not used <= place.keys()
        self._used = {place[name]: name for name in used if name in place}
        self._unnamed = [
            (number, name)
            for name, number in place.items()
            if name.startswith("(column ") and name not in ignored and number not in self._used
        ]

    def _check(self, used: set[str], ignored: set[str], sheet: Sheet, columns: Sequence[str]) -> None:
        there = set(columns)
        plain = {name for name in sheet.ignore if "*" not in name}
        absent = (used | plain) - there
        if missing := sorted(absent - _fitting(sheet.optional, absent)):
            raise ColumnsMissing(columns=", ".join(missing))
        extra = [name for name in columns if name not in used | ignored and not name.startswith("(column ")]
        if extra:
            raise ColumnsNotNamed(columns=", ".join(extra))

    def cells(self, row: Row) -> Sequence[Cell]:
        """With an empty cell for the optional columns that are not there."""
        return [*row.cells[: self._width], None] if self._absent else row.cells

    def problems(self, row: Row) -> list[Problem]:
        if row.problem:
            return [row.problem]
        found: list[Problem] = [
            fault(column=self._used[place]) for place, fault in row.faults.items() if place in self._used
        ]
        found += [
            ColumnHasNoName(column=name) for place, name in self._unnamed if not is_blank(row.cells[place])
        ]
        return found


def _fitting(patterns: Iterable[str], names: Iterable[str]) -> set[str]:
    """The names among these that are said, or that fit a pattern such as `_*`. Nothing but `*` has a meaning."""
    names = set(names)
    found = {pattern for pattern in patterns if pattern in names}
    for pattern in patterns:
        if "*" in pattern and pattern not in names:
            fits = re.compile(re.escape(pattern).replace(r"\*", ".*"), re.DOTALL)
            found |= {name for name in names if fits.fullmatch(name)}
    return found


class _RowReader:
    """Everything that one table needs, worked out once before its first row."""

    def __init__(self, mapping: Mapping, sheet: Sheet, table: Table, filename: str) -> None:
        source = mapping.source
        self._label = [source.label, *([filename] if source.key == "file-row" else [])]
        key_columns = source.key if isinstance(source.key, tuple) else ()
        named = {*sheet.columns, *key_columns, *filter(None, [source.replaces])}
        links = {repeat.index for repeat in mapping.repeats if not repeat.within}
        self._columns = _Columns(named, {*mapping.attachments, *links}, sheet, table.columns, table.hidden)
        index = self._columns.index
        self._sheet = table.sheet
        self._keys = [(index[name], name) for name in key_columns]
        self._replaces = index[source.replaces] if source.replaces else None
        self._attached = [(n, name) for n, name in enumerate(table.columns) if name in mapping.attachments]
        self._document = DocumentMaker(sheet, index, mapping.style)
        self._repeats = [_RepeatReader(mapping, repeat, table) for repeat in mapping.repeats]

    def read(self, row: Row) -> SourceRow:
        problems = self._columns.problems(row)
        if row.problem:
            return SourceRow(row.number, self._sheet, "", None, problems)
        cells = self._columns.cells(row)
        key = self._key(row.number, cells, problems)
        document = self._document.make(cells, problems)
        for repeat in self._repeats:
            repeat.add(document, row, problems)
        if self._repeats:
            without_absent(document)
        notes = self._notes(row) if self._attached or self._repeats else ()
        earlier = self._earlier(cells) if self._replaces is not None else ""
        return SourceRow(
            row.number, self._sheet, key, None if problems else document, problems, notes, earlier
        )

    def _key(self, number: int, cells: Sequence[Cell], problems: list[Problem]) -> str:
        """What names the row for good: the label and its key's values, or its place in the file."""
        if not self._keys:
            return _listed([*self._label, *([self._sheet] if self._sheet else [])], str(number))
        values = [_id(cells[place]) for place, _ in self._keys]
        problems += [
            KeyEmpty(column=name) for value, (_, name) in zip(values, self._keys, strict=True) if not value
        ]
        return _listed([*self._label, *values]) if all(values) else ""

    def _earlier(self, cells: Sequence[Cell]) -> str:
        value = _id(cells[self._replaces or 0])
        return _listed([*self._label, value]) if value else ""

    def _notes(self, row: Row) -> tuple[Note, ...]:
        attached = [
            Note(ATTACHED, column=name)
            for place, name in self._attached
            if place in row.faults or not is_blank(row.cells[place])
        ]
        counts = [(len(rows), name) for name, rows in (row.inner or {}).items()]
        return (*attached, *(Note(ROWS_OF, count=count, repeat=name) for count, name in counts if count))


def _listed(texts: Iterable[str], *more: str) -> str:
    """These texts as a list of JSON: each row has a key, and `json.dumps` takes five times as long."""
    return f"[{', '.join([*map(_TEXT, texts), *more])}]"


def _id(cell: Cell) -> str:
    """KoboToolbox writes one id with `uuid:` before it and without."""
    return as_text(cell).removeprefix("uuid:")


class _RepeatReader:
    """The rows of one repeat, each into the document of the row it belongs to."""

    def __init__(self, mapping: Mapping, repeat: Repeat, table: Table) -> None:
        self._name = repeat.name
        links = {repeat.parent, *(each.index for each in mapping.repeats if each.within == repeat.name)}
        columns, hidden = table.inner[self._name], table.inner_hidden.get(self._name, frozenset())
        self._columns = _Columns(repeat.sheet.columns, links, repeat.sheet, columns, hidden)
        self._maker = RepeatMaker(repeat, self._columns.index, mapping.style)

    def add(self, document: dict[str, Any], above: Row, problems: list[Problem]) -> None:
        for number, row in enumerate((above.inner or {}).get(self._name, ()), 1):
            found = self._columns.problems(row)
            if not row.problem:
                self._maker.add(document, self._columns.cells(row), (number, row.above), found)
            problems += [RepeatRow(row=row.number, repeat=self._name, why=each) for each in found]
