"""Rules compiled for one table: each becomes a function from the cells of a row to the value of a field."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from incidents.errors import _
from incidents.intake.cleaning import (
    Cell,
    CellNotUnderstood,
    DateNotUnderstood,
    DateStyle,
    PointIsExactPlace,
    as_text,
    folded,
    holds_point,
    read_amount,
    read_answer,
    read_count,
    read_date,
    read_edtf,
    read_number,
    read_point,
    read_time,
    visible,
)
from incidents.intake.rules import Rule, Style
from incidents.intake.targets import Target
from incidents.model.moment import UNKNOWN, Moment


class ValueNotMapped(CellNotUnderstood):
    code = "value-not-mapped"
    sentence = _("Column “%(column)s” holds a value for which the mapping has no code.")


class CellEmpty(CellNotUnderstood):
    code = "cell-empty"
    sentence = _("Column “%(column)s” is empty, and the mapping requires it.")


Cells = Sequence[Cell]
Getter = Callable[[Cells], Any]  # None: nothing to say, the field stays empty


def compiled(target: Target, rules: Sequence[Rule], index: Mapping[str, int], style: Style) -> Getter:
    """The function that reads a field; of several rules the first that has something to say gives the value."""
    getters = [_conditioned(rule, _one(target, rule, index, style), index) for rule in rules]
    if len(getters) == 1:
        return getters[0]

    def first(cells: Cells) -> Any:
        return next((value for getter in getters if (value := getter(cells)) is not None), None)

    return first


def _conditioned(rule: Rule, getter: Getter, index: Mapping[str, int]) -> Getter:
    if not rule.when:
        return getter
    conditions = [(index[name], frozenset(map(folded, values))) for name, values in rule.when.items()]

    def when(cells: Cells) -> Any:
        return getter(cells) if all(folded(cells[place]) in wanted for place, wanted in conditions) else None

    return when


def _one(target: Target, rule: Rule, index: Mapping[str, int], style: Style) -> Getter:
    if rule.value is not None:
        return _constant(_shaped(target, rule.value))
    match rule.way:
        case "any":
            return _any(rule, index)
        case "flags" | "positive":
            return _flags(target, rule, index, style)
        case "text" if target.kind == "verbatim":
            return _verbatim(rule, index)
        case "text" | "point" if rule.columns:
            return _joined(target, rule, index)
    return _single(target, rule, index, style)


def _shaped(target: Target, value: Any) -> Any:
    """A single code as the field keeps it: a list where the field is one."""
    if target.kind == "codes":
        return list(value) if isinstance(value, tuple) else [value]
    return value


def _constant(value: Any) -> Getter:
    return lambda _cells: list(value) if isinstance(value, list) else value


def _verbatim(rule: Rule, index: Mapping[str, int]) -> Getter:
    """A narrative keeps every character; where several columns tell, each keeps its own."""
    places = [index[name] for name in rule.columns or (rule.column,)]

    def verbatim(cells: Cells) -> Any:
        texts = [
            cell if isinstance(cell, str) else as_text(cell) for cell in (cells[place] for place in places)
        ]
        told = [text for text in texts if text[:1].isalnum() or visible(text)]  # most begin with what is seen
        return rule.join.join(told) if told else _none(rule)

    return verbatim


def _none(rule: Rule) -> Any:
    if rule.required:
        raise CellEmpty(column=rule.column)
    return rule.empty


def _joined(target: Target, rule: Rule, index: Mapping[str, int]) -> Getter:
    columns = [(index[name], name) for name in rule.columns]
    read = read_point if rule.way == "point" else as_text

    def joined(cells: Cells) -> Any:
        texts = [_read(read, cells[place], name) for place, name in columns if folded(cells[place])]
        found = rule.join.join(text for text in texts if text)
        if target.kind == "label" and holds_point(found):
            raise PointIsExactPlace(column=rule.columns[0])
        return found or rule.empty

    return joined


def _read(read: Callable[[Cell], str], cell: Cell, column: str) -> str:
    try:
        return read(cell)
    except CellNotUnderstood as problem:
        raise type(problem)(column=column) from None


def _any(rule: Rule, index: Mapping[str, int]) -> Getter:
    """`yes` where one of the columns says yes, otherwise `no`."""
    columns = [(index[name], name) for name in rule.columns]

    def any_of(cells: Cells) -> str:
        answers = [
            _is_yes(cells[place], name) for place, name in columns
        ]  # each is looked at: none hides another
        return "yes" if any(answers) else "no"

    return any_of


def _is_yes(cell: Cell, column: str) -> bool:
    if not folded(cell):
        return False
    try:
        return read_answer(cell) == "yes"
    except CellNotUnderstood as problem:
        raise type(problem)(column=column) from None


def _is_positive(cell: Cell, column: str, decimal: str) -> bool:
    if not folded(cell):
        return False
    try:
        return read_count(cell, decimal) > 0
    except CellNotUnderstood as problem:
        raise type(problem)(column=column) from None


def _flags(target: Target, rule: Rule, index: Mapping[str, int], style: Style) -> Getter:
    """Columns that each say yes (or count above zero) give their codes: a list, or text in a label."""
    columns = [(index[name], name, code) for name, code in rule.flags.items()]
    decimal = rule.decimal or style.decimal
    empty = None if rule.empty is None else _shaped(target, rule.empty)

    def codes(cells: Cells) -> Iterator[str]:
        for place, name, code in columns:
            cell = cells[place]
            if _is_positive(cell, name, decimal) if rule.way == "positive" else _is_yes(cell, name):
                yield code

    def given(cells: Cells) -> Any:
        found = _distinct(codes(cells))
        if found:
            return rule.join.join(found) if target.kind == "label" else found
        answered = any(folded(cells[place]) for place, _name, _code in columns)
        return None if answered else empty  # “none of these” is not “not asked”

    return given


def _single(target: Target, rule: Rule, index: Mapping[str, int], style: Style) -> Getter:
    """One column: what stands for nothing or for a no-answer first, then the cell itself."""
    place, name = index[rule.column], rule.column
    special, empty = _special(target, rule), _shaped(target, rule.empty) if rule.empty is not None else None
    convert = _converter(target, rule, style)

    def single(cells: Cells) -> Any:
        cell = cells[place]
        key = folded(cell)
        if not key and not rule.required:
            return empty
        if key in special:
            return special[key]
        try:
            return convert(cell, key) if key else _none(rule)
        except CellNotUnderstood as problem:
            raise type(problem)(column=name) from None

    return single


def _special(target: Target, rule: Rule) -> dict[str, Any]:
    """Spellings of “unknown” and of the other no-answers, as the field keeps them."""
    found: dict[str, Any] = {}
    for spelling, code in {**dict.fromkeys(rule.unknown, "UNK"), **rule.no_answers}.items():
        match target.kind:
            case "moment":
                found[folded(spelling)] = UNKNOWN.to_json()
            case "code" | "codes":
                prefixed = f"?{code}" if f"?{code}" in target.codes else code
                found[folded(spelling)] = _shaped(target, prefixed)
            case "answer" | "label":
                found[folded(spelling)] = code
            case _:  # a number, a time or a text that is not known stays empty
                found[folded(spelling)] = None
    return found


def _converter(target: Target, rule: Rule, style: Style) -> Callable[[Cell, str], Any]:
    decimal = rule.decimal or style.decimal
    if rule.way in {"date", "edtf"}:
        return _dated(target, _date_reader(rule, style))
    if rule.way in {"code", "codes"} or rule.codes:
        return _coded(target, rule)
    simple: dict[tuple[str, str], Callable[[Cell], Any]] = {
        ("number", "label"): lambda cell: as_text(read_number(cell, decimal)),
        ("number", "money"): lambda cell: read_amount(cell, decimal),
        ("number", ""): lambda cell: read_count(cell, decimal),
        ("text", "label"): lambda cell: _no_point(as_text(cell)),
        ("text", ""): as_text,
        ("tri", "flag"): lambda cell: {"yes": True, "no": False}.get(read_answer(cell)),
        ("tri", ""): read_answer,
        ("time", ""): read_time,
        ("point", ""): read_point,
    }
    read = simple.get((rule.way, target.kind)) or simple[rule.way, ""]
    return lambda cell, _key: read(cell)


def _date_reader(rule: Rule, style: Style) -> Callable[[Cell], Moment]:
    if rule.way == "edtf":
        return lambda cell: read_edtf(as_text(cell))
    dates = DateStyle(
        rule.order or style.date.order,
        rule.century or style.date.century,
        rule.serial or style.date.serial,
        rule.approximate or style.date.approximate,
    )
    return lambda cell: read_date(cell, dates)


def _no_point(text: str) -> str:
    """A label is a fact, which many read; an exact place is not."""
    if holds_point(text):
        raise PointIsExactPlace
    return text


def _dated(target: Target, read: Callable[[Cell], Moment]) -> Callable[[Cell, str], Any]:
    """A date as the field keeps it: a Moment, one exact day, or text."""

    def day(cell: Cell, _key: str) -> str:
        moment = read(cell)
        if moment.precision != "DAY":
            raise DateNotUnderstood
        return moment.edtf

    match target.kind:
        case "moment":
            return lambda cell, _key: read(cell).to_json()
        case "day":
            return day
        case _:
            return lambda cell, _key: read(cell).edtf


def _coded(target: Target, rule: Rule) -> Callable[[Cell, str], Any]:
    """A value's code: by the whole value, else by a part of it, else the default; nothing else is taken."""
    codes = {folded(value): code for value, code in rule.codes.items()}
    contains = [(folded(part), code) for part, code in rule.contains.items()]
    bare = not codes and not contains  # the column holds codes already

    def code_of(key: str, text: str) -> Any:
        if key in codes:
            return codes[key]
        for part, code in contains:
            if part in key:
                return code
        if bare and target.allows([text] if target.kind == "codes" else text):
            return text
        if rule.default is None:
            raise ValueNotMapped
        return rule.default or None  # an empty default: any other value says nothing here

    if rule.way == "codes" and target.kind == "label":
        return lambda cell, _key: rule.join.join(
            _distinct(code_of(part.casefold(), part) for part in _parts(cell, rule.split))
        )
    if rule.way == "codes":
        return lambda cell, _key: _distinct(
            code_of(part.casefold(), part) for part in _parts(cell, rule.split)
        )
    if target.kind == "codes":
        return lambda cell, key: _listed(code_of(key, as_text(cell)))
    return lambda cell, key: code_of(key, as_text(cell))


def _parts(cell: Cell, split: str) -> list[str]:
    """The choices of a select-multiple cell; without a mark they are parted by spaces, as KoboToolbox does."""
    return [part.strip() for part in as_text(cell).split(split or None) if part.strip()]


def _listed(code: Any) -> list[str] | None:
    return None if code is None else list(code) if isinstance(code, tuple) else [code]


def _distinct(codes: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(code for code in codes if code is not None))
