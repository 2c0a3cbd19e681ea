"""The fields of a report that a mapping may fill: read off the one schema, so that there is no second list of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from incidents.errors import Problem, _
from incidents.intake.schema import ReportSchema, Value
from incidents.model.vocabulary import lists, version


class TargetUnknown(Problem):
    status = 422
    code = "mapping-target-unknown"
    sentence = _("The mapping fills “%(target)s”, which a report does not have.")


@dataclass(frozen=True, slots=True)
class Target:
    """`kind`: moment, day, time, count, answer, code, codes, text, verbatim, label or flag; `codes`: those allowed."""

    kind: str
    codes: frozenset[str] = frozenset()

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
            case _:
                return isinstance(value, str)

    def _known(self, value: object) -> bool:
        return isinstance(value, str) and (not self.codes or value in self.codes)


# What the schema does not tell apart: these are text to it.
_BY_PATH = {
    "narrative": Target("verbatim"),
    "incident.time": Target("time"),
    "persons.*.consent.on": Target("day"),
    "persons.*.facts.origin": Target("code"),
}
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
        elif isinstance(one, Value) and name == "place":
            yield from _place(path)
        elif not isinstance(one, fields.UUID):  # a source row has its source key for that
            yield path, _BY_PATH.get(path) or _leaf(one)


def _table(one: fields.Dict, path: str) -> Iterator[tuple[str, Target]]:
    """Labels have names of the project's own choosing; decisions stand under the purposes alone."""
    names = _choices(one.key_field) or ("*",)
    codes = _choices(one.value_field)
    for name in names:
        yield f"{path}.{name}", Target("code", codes) if codes else Target("label")


def _place(path: str) -> Iterator[tuple[str, Target]]:
    for name in ("country", "state", "municipality"):
        yield f"{path}.{name}", Target("code")  # checked as a whole, by Place
    no_answers = frozenset(lists()["no_answer"])
    yield f"{path}.type", Target("code", frozenset(lists()["location_type"]) | no_answers)
    yield f"{path}.precision", Target("code", frozenset(lists()["place_precision"]) | {"UNK"})


def _leaf(one: fields.Field[Any]) -> Target:
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
    if len(steps) > 2 and any(known.startswith(f"{steps[0]}.*.") for known in targets()):
        if steps[0] not in KEYED and not steps[1].isdecimal():
            raise TargetUnknown(target=path)
        steps[1] = "*"
    found = targets().get(".".join(steps)) or targets().get(".".join([*steps[:-1], "*"]))
    if found is None or not all(path.split(".")):
        raise TargetUnknown(target=path)
    return found
