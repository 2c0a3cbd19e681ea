"""The leaves of a report's schema: how one field is read, whatever it stands in."""

from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from incidents.errors import Problem, _
from incidents.model.moment import Moment
from incidents.model.place import Place
from incidents.model.vocabulary import NO_ANSWERS, lists, version

LONGEST = 5_000_000  # characters of a narrative
MANY = 500  # of acts or persons in one report

NOT_A_CODE = _("This is not one of the choices.")
TOO_LONG = _("This is longer than can be kept here.")
NO_SUCH_PERSON = _("This names a person who is not in the report.")
NO_SUCH_ACT = _("This names an act that is not in the report.")
TO_COME = _("This has not come yet. Look at the year.")
NOT_A_DAY = _("Write a day as 2019-11-14.")
NOT_MONEY = _("Write an amount in figures, such as 1500 or 1500.50.")
TWICE = _("Two entries carry the same key.")


def answers(vocabulary: str) -> AbstractSet[str]:
    """The codes of a list and the no-answers, in order; where a list uses the letters of one, that one is written ?UNK.

    With the organisation's own codes, as they are now, and with the retired ones: what exists stays valid.
    """
    return _answers(vocabulary, version())


@lru_cache(maxsize=256)
def _answers(vocabulary: str, _version: str) -> AbstractSet[str]:
    own = lists()[vocabulary]
    return dict.fromkeys([*own, *(f"?{code}" if code in own else code for code in sorted(NO_ANSWERS))]).keys()


class Answer(validate.OneOf):
    """One of the codes that a list has now; asked each time, because a coordinator may add to it."""

    def __init__(self, vocabulary: str) -> None:
        answers(vocabulary)  # there is such a list
        self.vocabulary = vocabulary
        self.error = NOT_A_CODE
        self.labels, self.labels_text, self.choices_text = (), "", ""

    @property
    def choices(self) -> Any:  # type: ignore[override]  # asked each time
        return answers(self.vocabulary)


class Given(Answer):
    """One of the codes that a list has now, and no no-answer: this must be said."""

    @property
    def choices(self) -> Any:  # type: ignore[override]  # as above
        return lists()[self.vocabulary].keys()


def Code(vocabulary: str) -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=Answer(vocabulary))


def Codes(vocabulary: str) -> fields.List[Any]:  # noqa: N802  reads as a field
    one = fields.String(validate=Answer(vocabulary))
    return fields.List(one, validate=validate.Length(max=MANY))


def OneOf(*words: str) -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=validate.OneOf(words, error=NOT_A_CODE))


def Tri() -> fields.String:  # noqa: N802  reads as a field
    """Yes, no, or one of the four no-answers; none of which is a no."""
    return OneOf("yes", "no", *sorted(NO_ANSWERS))


def Text(longest: int = 2000) -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=validate.Length(max=longest, error=TOO_LONG))


def Day() -> fields.String:  # noqa: N802  reads as a field
    return fields.String(allow_none=True, validate=validate.Regexp(r"^\d{4}-\d{2}-\d{2}$", error=NOT_A_DAY))


def Money() -> fields.String:  # noqa: N802  reads as a field
    """An amount as decimal text: what was told is not rounded by a machine."""
    return fields.String(
        allow_none=True, validate=validate.Regexp(r"^\d{1,12}(?:\.\d{1,2})?$", error=NOT_MONEY)
    )


def Currency() -> fields.String:  # noqa: N802  reads as a field
    """Three letters of ISO 4217."""
    return fields.String(
        allow_none=True, validate=validate.Regexp(r"^[A-Z]{3}$", error=_("Write a currency as MXN or USD."))
    )


def _has_come(moment: dict[str, str]) -> None:
    """What happened, or was said, has happened: a year typed wrong is caught here."""
    try:
        first = Moment.from_json(moment).earliest
    except Problem as problem:  # only a value object that was read is asked; another says why it is none
        raise ValidationError(problem.said()) from None
    if first is not None and first > datetime.now(UTC).date() + timedelta(
        days=1
    ):  # east of here it is tomorrow
        raise ValidationError(TO_COME)


class Value(fields.Field[Any]):
    """A value object that checks itself (Moment, Place); kept as its own JSON."""

    def __init__(self, kind: type[Moment] | type[Place], *, to_come: bool = False) -> None:
        super().__init__(allow_none=True, validate=_has_come if kind is Moment and not to_come else None)
        self.kind = kind

    def _deserialize(self, value: object, attr: str | None, data: Any, **_more: Any) -> Any:  # noqa: ARG002  the signature is marshmallow's
        try:
            return self.kind.from_json(value).to_json()
        except Problem as problem:
            raise ValidationError(problem.said()) from None


class Strict(Schema):
    class Meta:
        unknown = RAISE
        ordered = True
