"""The rows of a file, each with the report document that the mapping makes of it, or with the reasons why not."""

import hashlib
import json
from collections.abc import Iterator
from collections.abc import Mapping as Table_
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Any, BinaryIO

from incidents.errors import Problem, _
from incidents.intake.cleaning import CellNotUnderstood, as_text
from incidents.intake.mapping import Mapping, Sheet
from incidents.intake.readers import Cells, Getter, compiled
from incidents.intake.tabular import (
    LIMITS,
    Limits,
    Row,
    Table,
    is_blank,
    read_csv,
    read_json,
)
from incidents.intake.targets import KEYED, target_of
from incidents.intake.workbook import Workbook
from incidents.model.place import Place


class ColumnsNotNamed(Problem):
    """What is not named is not silently dropped."""

    status = 422
    code = "columns-not-named"
    sentence = _("The file has columns that the mapping neither uses nor ignores: %(columns)s.")


class ColumnsMissing(Problem):
    status = 422
    code = "columns-missing"
    sentence = _("The mapping names columns that the file does not have: %(columns)s.")


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


class PlaceNotMapped(Problem):
    status = 422
    code = "place-not-mapped"
    sentence = _("The place of this row does not fit together: country, state, municipality and precision.")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of the file. `document` is None where `problems` say why."""

    number: int
    sheet: str
    source_key: str
    document: dict[str, Any] | None
    problems: list[Problem]


def rows(mapping: Mapping, stream: BinaryIO, filename: str, limits: Limits = LIMITS) -> "Reading":
    """Every row of the file that is not blank, in its order. Problems of the whole file are raised at once."""
    return Reading(mapping, stream, filename, limits)


class Reading:
    """An iterator of rows that also tells how the file was read, for the preview to show."""

    def __init__(self, mapping: Mapping, stream: BinaryIO, filename: str, limits: Limits = LIMITS) -> None:
        self.hidden_sheets: tuple[str, ...] = ()
        self._tables = self._opened(mapping, stream, limits)
        self._readers = [
            _RowReader(mapping, sheet, table, PurePath(filename).name) for sheet, table in self._tables
        ]
        self._seen: dict[bytes, str] = {}
        self._rows = self._all()

    def _opened(self, mapping: Mapping, stream: BinaryIO, limits: Limits) -> list[tuple[Sheet, Table]]:
        first = mapping.sheets[0]
        if mapping.kind == "csv":
            said = {"encoding": mapping.encoding, "separator": mapping.separator}
            return [(first, read_csv(stream, **said, header_row=first.header_row, limits=limits))]
        if mapping.kind == "json":
            return [(first, read_json(stream, limits=limits))]
        book = Workbook(stream, limits)
        self.hidden_sheets = book.hidden
        return [(sheet, book.table(name, sheet.header_row)) for sheet, name in _pairs(mapping, book)]

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
        return sum(1 for _sheet, table in self._tables for _row in table)

    def __iter__(self) -> Iterator[SourceRow]:
        return self

    def __next__(self) -> SourceRow:
        return next(self._rows)

    def _all(self) -> Iterator[SourceRow]:
        for (_sheet, table), reader in zip(self._tables, self._readers, strict=True):
            for row in table:
                yield self._once(reader.read(row))

    def _once(self, row: SourceRow) -> SourceRow:
        """A key may occur once in a file; of the keys a digest is remembered."""
        if not row.source_key:
            return row
        digest = hashlib.blake2b(row.source_key.encode(), digest_size=16).digest()
        here = f"{row.sheet} {row.number}".strip()
        first = self._seen.setdefault(digest, here)
        if first == here:
            return row
        return SourceRow(row.number, row.sheet, row.source_key, None, [*row.problems, KeyTwice(row=first)])


def _pairs(mapping: Mapping, book: Workbook) -> list[tuple[Sheet, str]]:
    """Sheets of the mapping with those of the book; each visible one is used or ignored by name."""
    only = mapping.sheets[0]
    left = [name for name in book.sheets if name not in mapping.ignore_sheets]
    if not only.name:
        if len(left) != 1:
            raise SheetsNotNamed(sheets=", ".join(left))
        return [(only, left[0])]
    named = {sheet.name for sheet in mapping.sheets}
    if unnamed := [name for name in left if name not in named]:
        raise SheetsNotNamed(sheets=", ".join(unnamed))
    return [(sheet, sheet.name) for sheet in mapping.sheets]


class _RowReader:
    """Everything that one table needs, worked out once before its first row."""

    def __init__(self, mapping: Mapping, sheet: Sheet, table: Table, filename: str) -> None:
        key = mapping.source.key
        self._label = [mapping.source.label, *([filename] if key == "file-row" else [])]
        self._key_columns = key if isinstance(key, tuple) else ()
        self._sheet, self._width = table.sheet, len(table.columns)
        index = {name: place for place, name in enumerate(table.columns)}
        self._used = self._check(sheet, table.columns, index)
        self._unnamed = [
            (place, name)
            for name, place in index.items()
            if name.startswith("(column ") and name not in sheet.ignore and place not in self._used
        ]
        self._keys = [(index[name], name) for name in self._key_columns]
        self._document = _DocumentMaker(mapping, sheet, index)

    def _check(self, sheet: Sheet, columns: tuple[str, ...], index: Table_[str, int]) -> dict[int, str]:
        named = sheet.columns | frozenset(self._key_columns)
        if missing := sorted((named | sheet.ignore) - set(columns)):
            raise ColumnsMissing(columns=", ".join(missing))
        known = named | sheet.ignore
        if extra := [name for name in columns if name not in known and not name.startswith("(column ")]:
            raise ColumnsNotNamed(columns=", ".join(extra))
        return {index[name]: name for name in named}

    def read(self, row: Row) -> SourceRow:
        problems = self._untrusted(row)
        key = "" if row.problem else self._key(row, problems)
        document = None if row.problem else self._document.make(row.cells, problems)
        return SourceRow(row.number, self._sheet, key, None if problems else document, problems)

    def _untrusted(self, row: Row) -> list[Problem]:
        if row.problem:
            return [row.problem]
        found: list[Problem] = [
            fault(column=self._used[place]) for place, fault in row.faults.items() if place in self._used
        ]
        found += [
            ColumnHasNoName(column=name) for place, name in self._unnamed if not is_blank(row.cells[place])
        ]
        return found

    def _key(self, row: Row, problems: list[Problem]) -> str:
        """What names the row for good: the label and its key's values, or its place in the file."""
        if not self._keys:
            return json.dumps(
                [*self._label, *([self._sheet] if self._sheet else []), row.number], ensure_ascii=False
            )
        values = [as_text(row.cells[place]) for place, _ in self._keys]
        problems += [
            KeyEmpty(column=name) for value, (_, name) in zip(values, self._keys, strict=True) if not value
        ]
        return json.dumps([*self._label, *values], ensure_ascii=False) if all(values) else ""


Path = tuple[str | int, ...]


class _DocumentMaker:
    """Constants make a skeleton, copied a row; each rule then sets one value in the copy."""

    def __init__(self, mapping: Mapping, sheet: Sheet, index: Table_[str, int]) -> None:
        skeleton: dict[str, Any] = {}
        orders: dict[str, dict[str, int]] = {}
        paths = [*sheet.constants, *sheet.rules]
        steps = {path: _steps(path, orders, skeleton) for path in paths}
        self._constant_items = {steps[path][:2] for path in sheet.constants}
        for path, value in sheet.constants.items():
            _put(skeleton, steps[path], value)
        self._skeleton = json.dumps(skeleton)
        self._setters: list[tuple[Path, Getter]] = [
            (steps[path], compiled(target_of(path), rules, index, mapping.style))
            for path, rules in sheet.rules.items()
        ]
        self._places = list(
            dict.fromkeys(steps[path][:-1] for path in paths if path.split(".")[-2:-1] == ["place"])
        )
        self._optional = self._found_optional(orders)
        self._lists = tuple(orders)

    def _found_optional(self, orders: dict[str, dict[str, int]]) -> list[tuple[str, int]]:
        """Items that a row may leave without a word, last first so that taking one out moves no other."""
        items = [(name, place) for name, order in orders.items() for place in order.values()]
        return sorted((item for item in items if item not in self._constant_items), reverse=True)

    def make(self, cells: Cells, problems: list[Problem]) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._skeleton)  # the fastest deep copy of what JSON holds
        for path, getter in self._setters:
            try:
                value = getter(cells)
            except CellNotUnderstood as problem:
                problems.append(problem)
                continue
            if value is not None:
                _put(document, path, value if isinstance(value, str) else _own(value))
        for path in self._places:
            self._complete(document, path, problems)
        if self._optional:
            self._prune(document)
        return document

    def _complete(self, document: dict[str, Any], path: Path, problems: list[Problem]) -> None:
        """A place gets the precision of its finest code, unless the mapping says one."""
        above = _at(document, path[:-1])
        place = above.get(path[-1]) if above else None
        if place is None:
            return
        try:
            above[path[-1]] = dict(_place(tuple(place.items())))
        except Problem:
            problems.append(PlaceNotMapped())

    def _prune(self, document: dict[str, Any]) -> None:
        """An item of which the row says nothing is not there, and nobody is involved in it."""
        for name, place in self._optional:
            item = document[name][place]
            if set(item) <= {"key"}:
                del document[name][place]
                _uninvolve(document, name, item)
        for name in self._lists:
            if not document[name]:
                del document[name]


def _steps(path: str, orders: dict[str, dict[str, int]], skeleton: dict[str, Any]) -> Path:
    """`persons.p1.facts.age` → persons, 0, facts, age; the item is made in the skeleton with its key."""
    first, *rest = path.split(".")
    if len(rest) < 2 or first in {"incident", "interview"}:
        return (first, *rest)
    order = orders.setdefault(first, {})
    place = order.setdefault(rest[0], len(order))
    items = skeleton.setdefault(first, [])
    if place == len(items):
        items.append({"key": rest[0]} if first in KEYED else {})
    return (first, place, *rest[1:])


def _uninvolve(document: dict[str, Any], name: str, item: dict[str, Any]) -> None:
    field = {"persons": "person", "acts": "act"}.get(name)
    if field and "involvements" in document:
        document["involvements"] = [one for one in document["involvements"] if one.get(field) != item["key"]]


@lru_cache(maxsize=4096)
def _place(items: tuple[tuple[str, str], ...]) -> Table_[str, str]:
    return Place.from_json(dict(items)).to_json()


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step] if isinstance(step, int) else document.get(step)
        if document is None:
            return None
    return document


def _put(document: Any, path: Path, value: object) -> None:
    for step in path[:-1]:
        document = document[step] if isinstance(step, int) else document.setdefault(step, {})
    document[path[-1]] = value


def _own(value: Any) -> Any:
    """A list or table of the row's own: what a rule gives may be shared by many rows."""
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value
