"""The report document that a mapping makes of the cells of one row, and of the rows of repeats that belong to it."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from incidents.errors import Problem, _
from incidents.intake.cleaning import Cell, CellNotUnderstood
from incidents.intake.mapping import Repeat, Sheet, one_of
from incidents.intake.readers import Cells, Getter, compiled
from incidents.intake.rules import Style
from incidents.intake.targets import KEYED, in_list, target_of, value_lists
from incidents.model.place import Place


class PlaceNotMapped(Problem):
    status = 422
    code = "place-not-mapped"
    sentence = _("The place of this row does not fit together: country, state, municipality and precision.")


Path = tuple[str | int, ...]
_READ = json.JSONDecoder().raw_decode
_NAMES = {"persons": "person", "acts": "act"}  # how an involvement names an item of each list


class DocumentMaker:
    """Constants make a skeleton, copied a row; each rule then sets one value in the copy."""

    def __init__(self, sheet: Sheet, index: Mapping[str, int], style: Style, *, repeat: bool = False) -> None:
        skeleton: dict[str, Any] = {}
        orders: dict[str, dict[str, int]] = {}
        paths = [*sheet.constants, *sheet.rules]
        steps = {path: _steps(path, orders, skeleton) for path in paths}
        targets = {path: target_of(one_of(path) if repeat else path) for path in paths}
        self._constant_items = {steps[path][:2] for path in sheet.constants}
        for path, value in sheet.constants.items():
            _put(skeleton, steps[path], value)
        self._skeleton = json.dumps(skeleton)
        self._setters: list[tuple[Path, Getter]] = [
            (steps[path], compiled(targets[path], rules, index, style)) for path, rules in sheet.rules.items()
        ]
        self._places = list(dict.fromkeys(steps[path][:-1] for path in paths if targets[path].of_place))
        self._within = list(dict.fromkeys(found for path in paths if (found := _list_in(steps[path]))))
        self._optional = self._found_optional(orders)
        self._lists = tuple(orders)

    def _found_optional(self, orders: dict[str, dict[str, int]]) -> list[tuple[str, int]]:
        """Items that a row may leave without a word, last first so that taking one out moves no other."""
        items = [(name, place) for name, order in orders.items() for place in order.values()]
        return sorted((item for item in items if item not in self._constant_items), reverse=True)

    def make(self, cells: Cells, problems: list[Problem]) -> dict[str, Any]:
        document: dict[str, Any] = _READ(self._skeleton)[0]  # the fastest deep copy of what JSON holds
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
        for path in self._within:
            _leave_out_empty(document, path)
        if self._optional:
            self._prune(document)
        return document

    def _complete(self, document: dict[str, Any], path: Path, problems: list[Problem]) -> None:
        """A place gets the precision of its finest code, unless the mapping says one."""
        above = _at(document, path[:-1])
        place = _at(above, path[-1:]) if above else None
        if not place:
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


class RepeatMaker:
    """Each row of a repeat makes items of its own; `*` and `^` in their keys become numbers."""

    def __init__(self, repeat: Repeat, index: Mapping[str, int], style: Style) -> None:
        self._maker = DocumentMaker(repeat.sheet, index, style, repeat=True)

    def add(
        self, document: dict[str, Any], cells: Sequence[Cell], place: tuple[int, int], problems: list[Problem]
    ) -> None:
        """`place`: the number of the row in the report, and of the one above it."""
        made = self._maker.make(cells, problems)
        for name, items in made.items():
            document.setdefault(name, []).extend(_numbered(item, *place) for item in items)


def without_absent(document: dict[str, Any]) -> None:
    """Nobody is involved in what a row of a repeat left empty."""
    if "involvements" not in document:
        return
    there = {field: {item["key"] for item in document.get(name, [])} for name, field in _NAMES.items()}
    document["involvements"] = [
        one
        for one in document["involvements"]
        if all(one.get(field) in keys for field, keys in there.items())
    ]


def _numbered(item: dict[str, Any], number: int, above: int) -> dict[str, Any]:
    named = {
        name: item[name].replace("*", str(number)).replace("^", str(above))
        for name in ("key", *_NAMES.values())
        if name in item
    }
    return item | named


# --- paths -------------------------------------------------------------------------------------------------------


def _steps(path: str, orders: dict[str, dict[str, int]], skeleton: dict[str, Any]) -> Path:
    """`persons.p1.facts.age` → persons, 0, facts, age; the item is made in the skeleton with its key."""
    first, *rest = path.split(".")
    if not in_list(first):
        return _with_lists((first, *rest), skeleton)
    order = orders.setdefault(first, {})
    place = order.setdefault(rest[0], len(order))
    items = skeleton.setdefault(first, [])
    if place == len(items):
        items.append({"key": rest[0]} if first in KEYED else {})
    return (first, place, *_with_lists(tuple(rest[1:]), items[place]))


def _with_lists(steps: tuple[str, ...], within: dict[str, Any]) -> Path:
    """`mpp.returned_on.2` → mpp, returned_on, 1; the list is made with room for it."""
    for place, step in enumerate(steps[1:], 1):
        if step.isdecimal() and steps[place - 1] in value_lists():
            for name in steps[: place - 1]:
                within = within.setdefault(name, {})
            items = within.setdefault(steps[place - 1], [])
            further = steps[place + 1 :]
            items += [{} if further else None for _more in range(int(step) - len(items))]
            return (*steps[:place], int(step) - 1, *further)
    return steps


def _list_in(path: Path) -> Path:
    """The path of the list of values in it; empty where there is none."""
    return next((path[:place] for place, step in enumerate(path) if place > 1 and isinstance(step, int)), ())


def _leave_out_empty(document: dict[str, Any], path: Path) -> None:
    """Of a list of values those that the row fills; where it fills none there is no list, and nothing around it."""
    above = _at(document, path[:-1])
    above[path[-1]] = [value for value in above[path[-1]] if value]
    while path and isinstance(path[-1], str) and not _at(document, path):
        del _at(document, path[:-1])[path[-1]]
        path = path[:-1]


def _uninvolve(document: dict[str, Any], name: str, item: dict[str, Any]) -> None:
    field = _NAMES.get(name)
    if field and "involvements" in document:
        document["involvements"] = [one for one in document["involvements"] if one.get(field) != item["key"]]


@lru_cache(maxsize=4096)
def _place(items: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
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
