"""Records within records, as KoboToolbox and ODK export repeats: lists in a JSON object, further sheets of a workbook.

Each row of the main table gets the rows that belong to it, by the name of the repeat. A row inside a repeat inside a
repeat also says which row of the outer one it belongs to.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Protocol

from incidents.errors import Problem, _
from incidents.intake.cleaning import as_text
from incidents.intake.tabular import (
    LIMITS,
    CellIsNested,
    FileNotReadable,
    FileTooLarge,
    Limits,
    Row,
    Table,
    column_names,
    size_of,
)


class RepeatNotList(Problem):
    status = 422
    code = "repeat-not-list"
    sentence = _("“%(repeat)s” is a repeat to the mapping, and holds no list of records in this row.")


class LinkMissing(Problem):
    status = 422
    code = "repeat-link-missing"
    sentence = _("The sheet “%(sheet)s” has no column “%(column)s”, which links a repeat to its rows.")


class LinkTwice(Problem):
    status = 422
    code = "repeat-link-twice"
    sentence = _("An earlier row has the same “%(column)s”, so that the rows of a repeat fit both.")


class BelongsToNone(Problem):
    status = 422
    code = "repeat-row-alone"
    sentence = _("This row of a repeat belongs to no row of the table above it.")


class Repeat(Protocol):
    """What is known of a repeat here: its list or sheet, the repeat that it stands in, and how sheets are linked."""

    @property
    def name(self) -> str: ...
    @property
    def within(self) -> str: ...
    @property
    def index(self) -> str: ...
    @property
    def parent(self) -> str: ...


# --- JSON --------------------------------------------------------------------------------------------------------

LISTS = ("results", "data", "submissions", "value")  # as KoboToolbox, its tools and ODK Central name the list


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise FileNotReadable
    return dict(pairs)


def _no_constant(_constant: str) -> None:
    raise FileNotReadable  # NaN and Infinity are no JSON


def _parsed(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_no_twice, parse_constant=_no_constant)


def _content(text: str) -> Any:
    """One JSON value, or one a line."""
    try:
        return _parsed(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise
        return [_parsed(line) for line in lines]


def read_json(
    stream: BinaryIO, *, list_name: str = "", repeats: Sequence[Repeat] = (), limits: Limits = LIMITS
) -> Table:
    """A list of objects: alone, one a line, or in one object under `list_name` (else one of LISTS)."""
    if size_of(stream) > limits.json_size:
        raise FileTooLarge(limit=limits.json_size // 2**20, unit="MiB")
    try:
        content = _content(stream.read().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise FileNotReadable from None
    if isinstance(content, dict):
        names = (list_name,) if list_name else LISTS
        content = next((content[name] for name in names if name in content), None)
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise FileNotReadable
    return _table([dict(_flat(item)) for item in content], repeats, limits)


def _flat(item: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Groups become `group/field`, as KoboToolbox names them; a list of plain values is one cell."""
    for name, value in item.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{path}/")
        elif isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
            yield path, " ".join(str(part) for part in value if part is not None)
        else:
            yield path, value


def _table(items: list[dict[str, Any]], repeats: Sequence[Repeat], limits: Limits) -> Table:
    if len(items) > limits.rows:
        raise FileTooLarge(limit=limits.rows, unit="rows")
    found = [_found(item, repeats) for item in items]
    lists = {each.name: _columns(_within(repeats, each.name), _items(found, each.name)) for each in repeats}
    keys = _columns(_within(repeats, ""), items)
    rows = (
        _row(number, item, keys, nested, lists)
        for number, (item, nested) in enumerate(zip(items, found, strict=True), 1)
    )
    inner = {name: column_names(names, limits) for name, names in lists.items()}
    return Table(column_names(keys, limits), rows, encoding="utf-8", inner=inner)


@dataclass(slots=True)
class _Found:
    """The records of each repeat in one record, with the number of the outer one each belongs to."""

    records: dict[str, list[tuple[int, dict[str, Any]]]]
    problem: Problem | None = None


def _found(item: dict[str, Any], repeats: Sequence[Repeat]) -> _Found:
    found = _Found({})
    for repeat in repeats:
        outer = found.records[repeat.within] if repeat.within else [(0, item)]
        records = found.records[repeat.name] = []
        for number, (_above, record) in enumerate(outer, 1):
            value = record.get(repeat.name) or []
            if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
                found.problem = RepeatNotList(repeat=repeat.name)
                continue
            records += [(number if repeat.within else 0, dict(_flat(each))) for each in value]
    return found


def _within(repeats: Sequence[Repeat], name: str) -> set[str]:
    return {each.name for each in repeats if each.within == name}


def _items(found: Sequence[_Found], name: str) -> Iterator[dict[str, Any]]:
    return (record for each in found for _above, record in each.records[name])


def _columns(repeats: set[str], items: Iterable[dict[str, Any]]) -> list[str]:
    """Every name that occurs, but for the lists that are tables of their own."""
    return [key for key in dict.fromkeys(key for item in items for key in item) if key not in repeats]


def _row(
    number: int, item: dict[str, Any], keys: list[str], found: _Found, lists: Mapping[str, list[str]]
) -> Row:
    inner = {
        name: [
            replace(_cells(place, record, lists[name]), above=above)
            for place, (above, record) in enumerate(records, 1)
        ]
        for name, records in found.records.items()
    }
    return replace(_cells(number, item, keys), problem=found.problem, inner=inner or None)


def _cells(number: int, item: dict[str, Any], keys: list[str]) -> Row:
    cells = [item.get(key) for key in keys]
    nested = {place: CellIsNested for place, cell in enumerate(cells) if isinstance(cell, list)}
    return Row(number, [None if place in nested else cell for place, cell in enumerate(cells)], None, nested)


# --- sheets ------------------------------------------------------------------------------------------------------


class Linked:
    """The rows of a main sheet with those of further sheets that belong to them; what belongs to none is left over."""

    def __init__(self, table: Table, further: Sequence[tuple[Repeat, Table]]) -> None:
        self._further = [(repeat, _Sheet(repeat, own)) for repeat, own in further]
        self._sheets = {repeat.name: sheet for repeat, sheet in self._further}
        for repeat, sheet in self._further:
            sheet.link = _place(self._sheets[repeat.within].table if repeat.within else table, repeat.index)
        self.table = Table(table.columns, self._rows(table), table.sheet, hidden=table.hidden)
        self.table.inner = {repeat.name: sheet.table.columns for repeat, sheet in self._further}
        self.table.inner_hidden = {repeat.name: sheet.table.hidden for repeat, sheet in self._further}

    def _rows(self, table: Table) -> Iterator[Row]:
        for row in table:
            yield row if row.problem else self._joined(row)
        self.table.blank += table.blank

    def _joined(self, row: Row) -> Row:
        inner: dict[str, list[Row]] = {}
        problem = None
        for repeat, sheet in self._further:
            rows = inner[repeat.name] = []
            for number, above in enumerate(inner[repeat.within], 1) if repeat.within else [(0, row)]:
                if sheet.asked_before(above):
                    problem = LinkTwice(column=repeat.index)
                rows += [replace(each, above=number) for each in sheet.of(above)]
        return replace(row, inner=inner, problem=problem)

    def left_over(self) -> Iterator[tuple[str, Row]]:
        """Rows of repeats that belong to no row; to be asked when all rows were read."""
        for repeat, sheet in self._further:
            for rows in sheet.by_parent.values():
                yield from ((repeat.name, replace(row, problem=BelongsToNone())) for row in rows)


class _Sheet:
    """The rows of one further sheet, by the row above that they name."""

    def __init__(self, repeat: Repeat, table: Table) -> None:
        self.table, self.link = table, 0
        self.by_parent: dict[str, list[Row]] = {}
        self._asked: set[str] = set()
        parent = _place(table, repeat.parent)
        for row in table:
            key = as_text(row.cells[parent])
            self.by_parent.setdefault(key, []).append(row)

    def of(self, above: Row) -> list[Row]:
        """Those that belong to a row above, each given once."""
        key = as_text(above.cells[self.link])
        return self.by_parent.pop(key, []) if key else []

    def asked_before(self, above: Row) -> bool:
        """Whether another row above has the same name, so that it is not known whose these are."""
        key = as_text(above.cells[self.link])
        again = key in self._asked
        self._asked.add(key)
        return again and bool(key)


def _place(table: Table, column: str) -> int:
    if column not in table.columns:
        raise LinkMissing(sheet=table.sheet, column=column)
    return table.columns.index(column)
