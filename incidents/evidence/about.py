"""What is said of a file when it is brought in: one schema for the form, the API and the command line."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from incidents.errors import InvalidInput, Problem, _
from incidents.model.evidence import Origin
from incidents.model.moment import Moment

LONG = validate.Length(max=20_000)
LINE = validate.Length(max=1000)
WHERE_FROM = _("Of something found openly the address is needed.")
NO_ADDRESS = _("An address begins with http:// or https://.")
# What stands in the facts; all else that is said stands in the sealed description.
FACTS = ("size", "origin", "collected", "captured")

NOT_A_CHOICE = _("This is not one of the choices.")
NOT_A_HASH = _("Write a SHA-256 as 64 figures, from 0 to f.")


class _Moment(fields.Field[Any]):
    """A Moment, kept as its own JSON."""

    def _deserialize(self, value: object, attr: str | None, data: Any, **_more: Any) -> Any:  # noqa: ARG002  the signature is marshmallow's
        try:
            return Moment.from_json(value).to_json()
        except Problem as problem:
            raise ValidationError(problem.said()) from None


class AboutSchema(Schema):
    """`sha256`: what it should be, where somebody knows it; compared when all of it is here."""

    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=validate.Length(min=1, max=1000))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=2**48))
    sha256 = fields.String(validate=validate.Regexp(r"[0-9a-fA-F]{64}\Z", error=NOT_A_HASH))
    origin = fields.String(
        required=True, validate=validate.OneOf([origin.value for origin in Origin], error=NOT_A_CHOICE)
    )
    collected = _Moment()
    collected_at = fields.String(validate=LINE)
    captured = fields.String(
        validate=validate.Regexp(r"[0-9a-fA-F]{64}\Z", error=NOT_A_HASH)
    )  # hash that the capturing tool gave
    collected_by = fields.String(validate=LINE)
    device = fields.String(validate=LINE)
    url = fields.String(validate=validate.Length(max=4000))
    title = fields.String(validate=LINE)
    tool = fields.String(validate=LINE)
    notes = fields.String(validate=LONG)

    @validates_schema(skip_on_field_errors=False)
    def _open_source_names_its_place(self, data: dict[str, Any], **_more: Any) -> None:
        url = data.get("url", "")
        if data.get("origin") == Origin.OPEN and not url:
            raise ValidationError({"url": [WHERE_FROM]})
        if url and not url.startswith(("http://", "https://")):
            raise ValidationError({"url": [NO_ADDRESS]})


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """What was given, without what is empty; an InvalidInput names what is wrong."""
    filled = {name: value for name, value in given.items() if value not in (None, "")}
    try:
        loaded: dict[str, Any] = AboutSchema().load(filled)
    except ValidationError as error:
        messages: dict[str, Any] = dict(error.messages_dict)
        raise InvalidInput(
            {name: [str(said) for said in found] for name, found in messages.items()}
        ) from None
    return loaded


def parted(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Into facts and description."""
    facts = {name: given[name] for name in FACTS if given.get(name) is not None}
    said = {name: value for name, value in given.items() if name not in FACTS and value is not None}
    return {"schema": 1, **facts}, said


def shown(text: str) -> str:
    """A name as it came, what does not print written out: nothing in it can act, and nothing of it is lost."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
