"""The fields of a report that a mapping may fill: read off the one schema, so that there is no second list of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from incidents.errors import Problem, _
from incidents.intake.schema import ReportSchema, Value
from incidents.model.place import Place
from incidents.model.vocabulary import lists, version


class TargetUnknown(Problem):
    status = 422
    code = "mapping-target-unknown"
    sentence = _("The mapping fills “%(target)s”, which a report does not have.")


@dataclass(frozen=True, slots=True)
class Target:
    """`kind`: moment, day, time, count, money, answer, code, codes, text, point, verbatim, label or flag.

    `codes`: those allowed; `of_place`: a part of a place, which is completed and checked as a whole.
    """

    kind: str
    codes: frozenset[str] = frozenset()
    of_place: bool = False

    def allows(self, value: object) -> bool:
        """Whether a constant, or what a rule may give, fits."""
        match self.kind:
            case "flag":
                return isinstance(value, bool)
            case "count":
                return isinstance(value, int) and not isinstance(value, bool) and value >= 0
            case "codes":
                return isinstance(value, list) and bool(value) and all(self._known(item) for item in value)
            case "answer" | "code":
                return self._known(value)
            case "moment":
                return isinstance(value, dict)
            case "money":
                return isinstance(value, str) and bool(MONEY.fullmatch(value))
            case _:
                return isinstance(value, str)

    def _known(self, value: object) -> bool:
        return isinstance(value, str) and (not self.codes or value in self.codes)


# What the schema does not tell apart: these are text to it.
_BY_PATH = {
    "narrative": Target("verbatim"),
    "incident.time": Target("time"),
    "danger_before": Target("day"),
    "persons.*.consent.on": Target("day"),
    "persons.*.facts.origin": Target("code"),
    "persons.*.identity.exact_place": Target("point"),
}
_BY_NAME = {"asked": "money", "paid": "money", "usd": "money", "currency": "code"}
_NUMBER = re.compile(r"[1-9]\d?", re.ASCII)  # which value of a list, from 1
MONEY = re.compile(r"\d{1,12}(?:\.\d{1,2})?", re.ASCII)
# Items of these lists are named by a word (`acts.a1`), the key they keep; those of other lists by a number.
KEYED = ("acts", "persons")


def _walk(schema: Schema, above: str = "") -> Iterator[tuple[str, Target]]:
    for name, one in schema.fields.items():
        path = f"{above}{name}"
        if isinstance(one, fields.List) and isinstance(one.inner, fields.Nested):
            yield from _walk(one.inner.schema, f"{path}.*.")
        elif isinstance(one, fields.Nested):
            yield from _walk(one.schema, f"{path}.")
        elif isinstance(one, fields.Dict):
            yield from _table(one, path)
        elif isinstance(one, Value) and one.kind is Place:
            yield from _place(path)
        elif isinstance(one, fields.List) and isinstance(one.inner, Value):  # a day each, a place each
            yield from _place(f"{path}.*") if one.inner.kind is Place else [(f"{path}.*", Target("moment"))]
        elif not isinstance(one, fields.UUID):  # a source row has its source key for that
            yield path, _BY_PATH.get(path) or _leaf(one, name)


def _table(one: fields.Dict, path: str) -> Iterator[tuple[str, Target]]:
    """Labels have names of the project's own choosing; decisions stand under the purposes alone."""
    names = _choices(one.key_field) or ("*",)
    codes = _choices(one.value_field)
    for name in names:
        yield f"{path}.{name}", Target("code", codes) if codes else Target("label")


def _place(path: str) -> Iterator[tuple[str, Target]]:
    for name in ("country", "state", "municipality"):
        yield f"{path}.{name}", Target("code", of_place=True)  # checked as a whole, by Place
    no_answers = frozenset(lists()["no_answer"])
    types = frozenset(lists()["location_type"]) | no_answers
    yield f"{path}.type", Target("code", types, of_place=True)
    yield f"{path}.precision", Target("code", frozenset(lists()["place_precision"]) | {"UNK"}, of_place=True)


def _leaf(one: fields.Field[Any], name: str) -> Target:
    if name in _BY_NAME and isinstance(one, fields.String):
        return Target(_BY_NAME[name])
    match one:
        case Value():
            return Target("moment")
        case fields.Boolean():
            return Target("flag")
        case fields.Integer():
            return Target("count")
        case fields.List():
            return Target("codes", _choices(one.inner))
    codes = _choices(one)
    return Target("answer" if {"yes", "no"} <= codes else "code", codes) if codes else Target("text")


def _choices(one: fields.Field[Any] | None) -> frozenset[str]:
    checks = one.validators if one else []
    return frozenset().union(*(check.choices for check in checks if isinstance(check, OneOf)))


def targets() -> dict[str, Target]:
    """Path → what may stand there; `*` stands for the key of a list's item and for the name of a label."""
    return _targets(version())


@lru_cache(maxsize=2)
def _targets(_version: str) -> dict[str, Target]:
    """With the codes of this version of the lists."""
    return {path: target for path, target in _walk(ReportSchema()) if not path.endswith(".*.key")}


def target_of(path: str) -> Target:
    """What may stand at a path such as `persons.p1.facts.age`."""
    return _target_of(path, version())


@lru_cache(maxsize=4096)
def _target_of(path: str, _version: str) -> Target:
    steps = path.split(".")
    if len(steps) > 2 and in_list(steps[0]):
        if steps[0] not in KEYED and not steps[1].isdecimal():
            raise TargetUnknown(target=path)
        steps[1] = "*"
    pattern = [*steps[:2], *("*" if _NUMBER.fullmatch(step) else step for step in steps[2:])]
    found = (
        targets().get(".".join(steps))
        or targets().get(".".join(pattern))
        or (targets().get(".".join([*steps[:-1], "*"])) if steps[-2:-1] == ["labels"] else None)
    )
    if found is None or not all(path.split(".")):
        raise TargetUnknown(target=path)
    return found


def in_list(first: str) -> bool:
    """Whether a path that begins so goes into a list of items."""
    return any(known.startswith(f"{first}.*.") for known in targets())


def value_lists() -> frozenset[str]:
    """The fields that hold several days or places (`returned_on`, `held`); each is mapped by its number."""
    steps = [path.split(".") for path in targets()]
    return frozenset(
        path[place - 1]
        for path in steps
        for place, step in enumerate(path)
        if place > 1 and step == "*" and path[place - 1] != "labels"
    )
