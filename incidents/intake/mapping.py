"""A saved mapping: how the columns of one kind of file become reports (docs/mappings/README.md has the format).

Reading a mapping checks all of it: fields, codes, ways of reading. What a file holds and the mapping does not
name is refused before the first row, so that nothing is dropped without a word.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table_
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from incidents.errors import Problem, _
from incidents.intake.cleaning import DateStyle
from incidents.intake.rules import Rule, RuleCodeUnknown, Style, rule_of
from incidents.intake.targets import KEYED, in_list, target_of


class MappingNotToml(Problem):
    status = 422
    code = "mapping-not-toml"
    sentence = _(
        "The mapping is not written in TOML: look at line %(line)s. A quotation mark or a bracket may be missing, or a "
        "name with accents or spaces stands without quotation marks."
    )


def not_toml(text: str, error: tomllib.TOMLDecodeError) -> MappingNotToml:
    """With the line that the reader stopped at; at the end of the text, the last one."""
    found = re.search(r"at line (\d+)", str(error))
    return MappingNotToml(line=int(found.group(1)) if found else text.count("\n") + 1)


class MappingWrong(Problem):
    status = 422
    code = "mapping-wrong"
    sentence = _("In the mapping, “%(where)s” is missing, unknown or does not fit.")


class MappingInventsConsent(Problem):
    """Consent is each person's own; only a column can tell of it."""

    status = 422
    code = "mapping-invents-consent"
    sentence = _(
        "The mapping gives consent for everybody (“%(target)s”). It is read from a column, person by person."
    )


class BasisMissing(Problem):
    status = 422
    code = "basis-missing"
    sentence = _(
        "The mapping does not say why these data may be kept: a published source, cited, or consent."
    )


KINDS = ("csv", "xlsx", "json")
ENCODINGS = ("", "utf-8", "utf-16", "iso-8859-1", "cp1252", "mac-roman", "cp850")
_TOP = {"format", "name", "file", "source", "basis", "sheets", "repeats"}
_COLUMNS = {"constants", "fields", "ignore", "optional"}
_FILE = {
    "kind",
    "list",
    "encoding",
    "separator",
    "header_row",
    "date_order",
    "century",
    "serial",
    "decimal",
    "ignore_sheets",
}
_SHEET = {"name", "header_row"} | _COLUMNS
_REPEAT = {"from", "within", "index", "parent", "header_row"} | _COLUMNS


@dataclass(frozen=True, slots=True)
class Source:
    """How a row is known again: `key` is `row`, `file-row`, or the columns whose values name it.

    `replaces`: the column that names the row of which this one is a later edit (KoboToolbox's deprecatedID).
    """

    label: str
    key: str | tuple[str, ...]
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """Why the rows may be kept: `published` with citation and licence, or `consent` as columns say it."""

    kind: str
    citation: str = ""
    licence: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is filled from one table: rules and constants by path, in the order of the file.

    `ignore` and `optional` (columns that may be absent) also hold patterns such as `_*`.
    """

    name: str
    header_row: int
    rules: Table_[str, tuple[Rule, ...]]
    constants: Table_[str, Any]
    ignore: frozenset[str]
    optional: frozenset[str] = frozenset()

    @property
    def columns(self) -> frozenset[str]:
        """Every column that a rule looks at."""
        return frozenset(name for rules in self.rules.values() for rule in rules for name in rule.reads)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A list inside each row, or a further sheet: each of its rows becomes items of the one report.

    In its paths `*` is the number of its row in the report, `^` that of the row of `within` above it.
    """

    sheet: Sheet
    within: str
    index: str  # the column of the sheet above that its rows are named by
    parent: str  # its own column that names the row above

    @property
    def name(self) -> str:
        return self.sheet.name


@dataclass(frozen=True, slots=True)
class Mapping:
    name: str
    kind: str
    encoding: str
    separator: str
    style: Style
    source: Source
    basis: Basis
    sheets: tuple[Sheet, ...]  # one, without a name, for a file without sheets
    ignore_sheets: frozenset[str]
    repeats: tuple[Repeat, ...]  # an outer one before those within it
    list: str  # of JSON: the name of the list of rows in the one object; empty: found by the usual names
    attachments: tuple[str, ...]  # columns that name attached files, which are not imported, and said
    digest: str = field(compare=False)  # SHA-256 of what the mapping says, comments and layout apart


def load(source: Path | str) -> Mapping:
    """The mapping in a file (a Path) or in a text; a Problem names the first thing that does not fit."""
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise not_toml(text, error) from None
    _only(written, _TOP | _COLUMNS | {"attachments"}, "")
    if written.get("format") != 1:
        raise MappingWrong(where="format")
    file = _table(written, "file")
    _only(file, _FILE, "file.")
    sheets, repeats = _sheets(written), _repeats(written)
    if repeats:
        _check_involved([*sheets, *(repeat.sheet for repeat in repeats)])
    mapping = Mapping(
        name=_text(written, "name"),
        kind=_one_of(file, "kind", KINDS, "file."),
        encoding=_one_of(file, "encoding", ENCODINGS, "file."),
        separator=_one_of(file, "separator", ("", ",", ";", "|", "\t"), "file."),
        style=_style(file),
        source=_source(_table(written, "source")),
        basis=_basis(_table(written, "basis"), [*sheets, *(repeat.sheet for repeat in repeats)]),
        sheets=sheets,
        repeats=repeats,
        list=_text(file, "list", "file.") if "list" in file else "",
        attachments=tuple(_texts(written, "attachments", "")),
        ignore_sheets=frozenset(_texts(file, "ignore_sheets", "file.")),
        digest=hashlib.sha256(json.dumps(written, sort_keys=True, default=str).encode()).hexdigest(),
    )
    _check_kind(mapping)
    return mapping


def _check_kind(mapping: Mapping) -> None:
    """What only some kinds of file have."""
    if mapping.kind != "xlsx" and any(sheet.name for sheet in mapping.sheets):
        raise MappingWrong(where="sheets")
    if mapping.repeats and (mapping.kind == "csv" or len(mapping.sheets) > 1):
        raise MappingWrong(where="repeats")
    if mapping.kind != "json" and mapping.list:
        raise MappingWrong(where="file.list")


# --- parts of the file -------------------------------------------------------------------------------------------


def _only(table: Table_[str, Any], known: Iterable[str], above: str) -> None:
    for key in table:
        if key not in known:
            raise MappingWrong(where=f"{above}{key}")


def _table(written: Table_[str, Any], name: str) -> dict[str, Any]:
    value = written.get(name, {})
    if not isinstance(value, dict):
        raise MappingWrong(where=name)
    return value


def _text(written: Table_[str, Any], name: str, above: str = "") -> str:
    value = written.get(name)
    if not isinstance(value, str) or not value.strip():
        raise MappingWrong(where=f"{above}{name}")
    return value


def _one_of(written: Table_[str, Any], name: str, choices: tuple[str, ...], above: str) -> str:
    value = written.get(name, "")
    if value not in choices:
        raise MappingWrong(where=f"{above}{name}")
    return str(value)


def _number(written: Table_[str, Any], name: str, above: str) -> int:
    value = written.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MappingWrong(where=f"{above}{name}")
    return value


def _texts(written: Table_[str, Any], name: str, above: str) -> list[str]:
    value = written.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MappingWrong(where=f"{above}{name}")
    return value


def _style(file: Table_[str, Any]) -> Style:
    order = _one_of(file, "date_order", ("", "DMY", "MDY", "YMD"), "file.")
    serial = _one_of(file, "serial", ("", "1900", "1904"), "file.")
    return Style(
        DateStyle(order, _number(file, "century", "file."), serial),
        _one_of(file, "decimal", ("", ".", ","), "file."),
    )


def _source(written: Table_[str, Any]) -> Source:
    _only(written, {"label", "key", "replaces"}, "source.")
    key = written.get("key")
    if isinstance(key, list) and key:
        replaces = _text(written, "replaces", "source.") if "replaces" in written else ""
        if replaces and len(key) != 1:
            raise MappingWrong(where="source.replaces")
        return Source(_text(written, "label", "source."), tuple(_texts(written, "key", "source.")), replaces)
    if "replaces" in written:
        raise MappingWrong(where="source.replaces")
    return Source(_text(written, "label", "source."), _one_of(written, "key", ("row", "file-row"), "source."))


def _basis(written: Table_[str, Any], sheets: Iterable[Sheet]) -> Basis:
    _only(written, {"kind", "citation", "licence", "date"}, "basis.")
    if written.get("kind") == "published":
        date = str(written.get("date", ""))
        return Basis(
            "published", _text(written, "citation", "basis."), _text(written, "licence", "basis."), date
        )
    told = any(".consent.decisions." in path for sheet in sheets for path in sheet.rules)
    if written.get("kind") != "consent" or not told:
        raise BasisMissing
    return Basis("consent")


def _sheets(written: Table_[str, Any]) -> tuple[Sheet, ...]:
    """One for the file, or one a named sheet; a sheet's own rules and constants go before the file's."""
    named = written.get("sheets", [{}])
    if not isinstance(named, list) or not named or not all(isinstance(sheet, dict) for sheet in named):
        raise MappingWrong(where="sheets")
    names = [sheet.get("name", "") for sheet in named]
    if len(set(names)) != len(names) or ("sheets" in written and not all(names)):
        raise MappingWrong(where="sheets.name")
    return tuple(_sheet(written, sheet) for sheet in named)


def _sheet(written: Table_[str, Any], own: Table_[str, Any]) -> Sheet:
    _only(own, _SHEET, "sheets.")
    constants = {**dict(_leaves(_table(written, "constants"))), **dict(_leaves(_table(own, "constants")))}
    rules = {**_table(written, "fields"), **_table(own, "fields")}
    for path in set(constants) & set(rules):
        raise MappingWrong(where=path)
    for path, value in constants.items():
        _check_constant(path, value)
    header_row = _number(own, "header_row", "sheets.") or _number(
        _table(written, "file"), "header_row", "file."
    )
    return Sheet(
        name=own.get("name", ""),
        header_row=header_row,
        rules={path: _rules(path, rule) for path, rule in rules.items()},
        constants=constants,
        ignore=frozenset([*_texts(written, "ignore", ""), *_texts(own, "ignore", "sheets.")]),
        optional=frozenset([*_texts(written, "optional", ""), *_texts(own, "optional", "sheets.")]),
    )


def _repeats(written: Table_[str, Any]) -> tuple[Repeat, ...]:
    """Each with rules and constants of its own; those of the file are of its own row alone."""
    given = written.get("repeats", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise MappingWrong(where="repeats")
    found: dict[str, Repeat] = {}
    for one in given:
        repeat = _repeat(one)
        if repeat.name in found or (repeat.within and repeat.within not in found):
            raise MappingWrong(where="repeats.within" if repeat.within else "repeats.from")
        found[repeat.name] = repeat
    _check_stems(written, found.values())
    return tuple(found.values())


def _check_involved(sheets: Iterable[Sheet]) -> None:
    """An involvement names a person and an act that the mapping makes; `^` and `*` in their names are numbers."""
    sheets = list(sheets)
    paths = [path.split(".") for sheet in sheets for path in (*sheet.constants, *sheet.rules)]
    made = {name: {_stem(path[1]) for path in paths if path[0] == name} for name in KEYED}
    for sheet in sheets:
        for path, value in sheet.constants.items():
            first, *_rest, last = path.split(".")
            if (
                first == "involvements"
                and last in {"person", "act"}
                and _stem(str(value)) not in made[f"{last}s"]
            ):
                raise MappingWrong(where=path)


def _stem(key: str) -> str:
    return re.sub(r"[\^*]|\d+$", "*", key)


def _repeat(written: Table_[str, Any]) -> Repeat:
    _only(written, _REPEAT, "repeats.")
    constants, rules = dict(_leaves(_table(written, "constants"))), _table(written, "fields")
    for path in set(constants) & set(rules):
        raise MappingWrong(where=path)
    for path, value in constants.items():
        _check_constant(path, value, one_of(path))
    sheet = Sheet(
        name=_text(written, "from", "repeats."),
        header_row=_number(written, "header_row", "repeats."),
        rules={path: _rules(path, rule, one_of(path)) for path, rule in rules.items()},
        constants=constants,
        ignore=frozenset(_texts(written, "ignore", "repeats.")),
        optional=frozenset(_texts(written, "optional", "repeats.")),
    )
    within = _text(written, "within", "repeats.") if "within" in written else ""
    parent = _text(written, "parent", "repeats.") if "parent" in written else "_parent_index"
    index = _text(written, "index", "repeats.") if "index" in written else "_index"
    return Repeat(sheet, within, index, parent)


def one_of(path: str) -> str:
    """A path of a repeat as its first row fills it: `persons.p*.facts.age` → `persons.p1.facts.age`."""
    steps = path.split(".")
    if len(steps) < 3 or not in_list(steps[0]) or steps[1].count("*") != 1 or "*" in ".".join(steps[2:]):
        raise MappingWrong(where=path)
    return ".".join([steps[0], steps[1].replace("*", "1"), *steps[2:]])


def _check_stems(written: Table_[str, Any], repeats: Iterable[Repeat]) -> None:
    """`p*` of a repeat becomes p1, p2 …: nothing else may be called so."""
    taken: set[tuple[str, str]] = set()
    for path in (*_leafed(written, "constants"), *_table(written, "fields")):
        first, *rest = path.split(".")
        if first in KEYED and rest:
            taken.add((first, _stem(rest[0])))
    for repeat in repeats:
        own = {
            (path.split(".")[0], path.split(".")[1])
            for path in (*repeat.sheet.constants, *repeat.sheet.rules)
        }
        own = {(first, stem) for first, stem in own if first in KEYED}
        if taken & own:
            raise MappingWrong(where=".".join(min(taken & own)))
        taken |= own


def _leafed(written: Table_[str, Any], name: str) -> list[str]:
    return [path for path, _value in _leaves(_table(written, name))]


def _leaves(table: Table_[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _check_constant(path: str, value: object, example: str = "") -> None:
    if ".consent." in path:
        raise MappingInventsConsent(target=path)
    if not target_of(example or path).allows(value):
        raise RuleCodeUnknown(target=path, value=value)


def _rules(path: str, written: object, example: str = "") -> tuple[Rule, ...]:
    target = target_of(example or path)
    several = written if isinstance(written, list) and written else [written]
    rules = tuple(rule_of(path, target, one) for one in several)
    if ".consent." in path and any(rule.value is not None or rule.default == "given" for rule in rules):
        raise MappingInventsConsent(target=path)
    if ".consent." in path and any(rule.empty in ("given", True) for rule in rules):
        raise MappingInventsConsent(target=path)
    return rules
