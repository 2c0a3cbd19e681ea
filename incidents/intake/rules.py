"""One rule of a mapping as it is written: columns of a row become the value of one field."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from incidents.errors import Problem, _
from incidents.intake.cleaning import (
    DateStyle,
)
from incidents.intake.targets import Target
from incidents.model.vocabulary import lists


class RuleWrong(Problem):
    status = 422
    code = "mapping-rule-wrong"
    sentence = _(
        "In the rule for “%(target)s” of the mapping, “%(key)s” is missing, unknown or does not fit."
    )


class RuleCodeUnknown(Problem):
    status = 422
    code = "mapping-code-unknown"
    sentence = _("In the mapping, “%(target)s” is given “%(value)s”, which its list does not have.")


# Which ways of reading fit which kind of field. A label holds text, whatever it was read from.
_WAYS = {
    "moment": ("date", "edtf"),
    "time": ("time",),
    "count": ("number",),
    "money": ("number",),
    "point": ("text", "point"),
    "answer": ("tri", "code", "any"),
    "code": ("code",),
    "codes": ("code", "codes", "flags", "positive"),
    "text": ("text", "date", "edtf"),
    "day": ("date",),
    "verbatim": ("text",),
    "label": ("text", "code", "codes", "tri", "any", "number", "flags", "positive", "date", "edtf"),
    "flag": ("tri",),
}


@dataclass(frozen=True, slots=True)
class Style:
    """What the mapping says of all its dates and numbers; a rule may say otherwise for its column."""

    date: DateStyle = field(default_factory=DateStyle)
    decimal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """As written in the mapping; see docs/mappings/README.md for each key."""

    column: str = ""
    columns: tuple[str, ...] = ()
    way: str = ""  # `as` in the file
    order: str = ""
    century: int = 0
    serial: str = ""
    approximate: bool = False
    decimal: str = ""
    codes: Mapping[str, Any] = field(default_factory=dict)
    contains: Mapping[str, Any] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    no_answers: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default: Any = None
    empty: Any = None
    value: Any = None
    split: str = ""
    join: str = " "
    required: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column the rule looks at."""
        named = (self.column,) if self.column else ()
        return (*named, *self.columns, *self.flags, *self.when)


_KEYS = {("as" if item.name == "way" else item.name): item.name for item in fields(Rule)}
_TEXT_TABLE = (dict,)
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("column", "as", "order", "serial", "decimal", "split", "join"), (str,)),
    **dict.fromkeys(("columns", "unknown"), (list,)),
    **dict.fromkeys(("codes", "contains", "flags", "no_answers", "when"), _TEXT_TABLE),
    **dict.fromkeys(("approximate", "required"), (bool,)),
    "century": (int,),
}


def rule_of(path: str, target: Target, written: object) -> Rule:
    """Check one rule of the file; every key must be known, fit its type and fit the field."""
    if not isinstance(written, dict):
        raise RuleWrong(target=path, key="")
    for key, value in written.items():
        if key not in _KEYS or (key in _TYPES and not isinstance(value, _TYPES[key])):
            raise RuleWrong(target=path, key=key)
    rule = Rule(**{_KEYS[key]: _frozen(value) for key, value in written.items()})
    _check_columns(path, target, rule)
    _check_codes(path, target, rule)
    return rule


def _frozen(value: object) -> Any:
    if isinstance(value, dict):
        return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _check_columns(path: str, target: Target, rule: Rule) -> None:
    if rule.value is not None:
        if rule.column or rule.columns or rule.flags or not rule.when:
            raise RuleWrong(target=path, key="value")
        return
    if rule.way not in _WAYS[target.kind]:
        raise RuleWrong(target=path, key="as")
    several = {"flags": "flags", "positive": "flags", "any": "columns"}.get(rule.way)
    given = [name for name in ("column", "columns", "flags") if getattr(rule, name)]
    if given != [several or given[0] if given else ""] or (
        rule.way not in {"text", "point"} and "columns" in given and not several
    ):
        raise RuleWrong(target=path, key=several or "column")
    if rule.order not in {"", "DMY", "MDY", "YMD"} or rule.decimal not in {"", ".", ","}:
        raise RuleWrong(target=path, key="order" if rule.order else "decimal")
    if rule.serial not in {"", "1900", "1904"}:
        raise RuleWrong(target=path, key="serial")
    if not all(isinstance(values, tuple) for values in rule.when.values()):
        raise RuleWrong(target=path, key="when")


def _check_codes(path: str, target: Target, rule: Rule) -> None:
    """What a rule may give must fit the field now, not at the row where it first occurs."""
    whole = [value for value in (rule.default or None, rule.empty, rule.value) if value is not None]
    single = [*rule.codes.values(), *rule.contains.values(), *rule.flags.values()]
    for value in whole + single:
        several = isinstance(value, tuple)
        fits = target.allows(
            [value] if target.kind == "codes" and not several else list(value) if several else value
        )
        if not fits:
            raise RuleCodeUnknown(target=path, value=value)
    if rule.way == "codes" and any(isinstance(value, tuple) for value in single):
        raise RuleWrong(target=path, key="codes")  # one choice, one code
    if not set(rule.no_answers.values()) <= set(lists()["no_answer"]):
        raise RuleWrong(target=path, key="no_answers")
