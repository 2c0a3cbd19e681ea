"""What plainly holds, read without asking the schema.

A thousand rows a second is more than marshmallow reads. So each field says once how it is read where the value has the
right type and needs no mending; its own validators are asked all the same. Whatever is not plain is left to the schema:
this can only be quicker, never milder.
"""

import sys
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, cast

from marshmallow import Schema, fields, validate

from incidents.errors import Problem
from incidents.model.moment import Moment
from incidents.model.place import Place, catalogue

_Reader = Callable[[Any], Any]


class NotPlain(Exception):
    """Not a value that can be taken as it is; no error, it is how the schema is asked."""


def _reader(field: fields.Field[Any]) -> _Reader:
    """How one field reads a plain value, its validators included."""
    match field:
        case fields.String(validators=[validate.OneOf() as check]) if type(field) is fields.String:
            return partial(_word, check)
        case fields.String(validators=[validate.Length(equal=None) as check]) if type(field) is fields.String:
            return partial(_text, max(check.min or 0, 1), check.max or sys.maxsize)
    read = _typed(field)
    checks = field.validators

    def checked(value: Any) -> Any:
        found = read(value)
        for check in checks:
            check(found)
        return found

    return checked if checks else read


def _typed(field: fields.Field[Any]) -> _Reader:
    kind = getattr(field, "kind", None)  # of a value object that checks itself
    if kind is not None:
        return partial(_value, kind)
    match field:
        case fields.Nested(many=None | False):
            return object_reader(field.schema)
        case fields.List():
            return partial(_list, _reader(field.inner))
        case fields.Dict(key_field=fields.Field() as key, value_field=fields.Field() as value):
            return partial(_dict, _reader(key), _reader(value))
    return partial(_scalar, _SCALARS.get(type(field)))


_SCALARS: dict[type, type] = {fields.String: str, fields.Integer: int, fields.Boolean: bool}


def _scalar(kind: type | None, value: Any) -> Any:
    if type(value) is not kind or value == "":
        raise NotPlain
    return value


def _word(among: validate.OneOf, value: Any) -> Any:
    if type(value) is not str or value == "" or value not in among.choices:
        raise NotPlain
    return value


def _text(least: int, most: int, value: Any) -> Any:
    if type(value) is not str or not least <= len(value) <= most:
        raise NotPlain
    return value


def _list(read: _Reader, value: Any) -> list[Any]:
    if type(value) is not list:
        raise NotPlain
    return [read(one) for one in value]


def _dict(read_key: _Reader, read: _Reader, value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise NotPlain
    return {read_key(name): read(inner) for name, inner in value.items()}


def _value(kind: type[Moment] | type[Place], value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise NotPlain
    try:
        known = catalogue() if kind is Place else None
        return dict(_known_value(cast("Any", kind), tuple(value.items()), known))
    except (TypeError, Problem):  # TypeError: holds what cannot be remembered
        raise NotPlain from None


@lru_cache(maxsize=8192)
def _known_value(kind: Any, items: tuple[tuple[str, Any], ...], _catalogue: object) -> Any:
    return kind.from_json(dict(items)).to_json()


def object_reader(schema: Schema) -> _Reader:
    """Reads an object of exactly the named fields, in the schema's order."""
    readers = {name: _reader(field) for name, field in schema.load_fields.items()}
    required = frozenset(name for name, field in schema.load_fields.items() if field.required)

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise NotPlain
        found = {name: reader(value[name]) for name, reader in readers.items() if name in value}
        if len(found) != len(value) or not required.issubset(found):
            raise NotPlain
        return found

    return read
