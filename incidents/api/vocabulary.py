"""The code lists as they are now, for a program that offers them; a code added, renamed, retired, brought back."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate

from incidents import vocabulary as setting
from incidents.api.frame import Routes, work
from incidents.errors import InvalidInput
from incidents.gate import needs
from incidents.intake.schema import NOT_A_CODE, Strict
from incidents.model import vocabulary
from incidents.model.code import OwnCode
from incidents.model.tongues import LANGUAGES
from incidents.work import Permission

P = Permission
routes = Routes("vocabulary", "/vocabulary")


class CodeSchema(Schema):
    code = fields.String()
    labels = fields.Dict(keys=fields.String(), values=fields.String())
    above = fields.String(
        metadata={
            "description": "The code it stands under, in a tree; of an own act or perpetrator, the shipped one."
        }
    )
    restricted = fields.Boolean()
    own = fields.Boolean()
    retired = fields.Boolean(metadata={"description": "Offer it no more; it is valid in what exists."})


class VocabularySchema(Schema):
    version = fields.String()
    lists = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(CodeSchema)))


@routes.route("")
@needs(P.ACCOUNT_OWN)
@routes.response(200, VocabularySchema)
def every() -> dict[str, Any]:
    """Every code list with its codes, in the order they are offered; and the version to cite."""
    lists = vocabulary.lists().items()
    return {
        "version": vocabulary.version(),
        "lists": {name: list(codes.values()) for name, codes in lists},
    }


# -- set


def _text() -> fields.String:
    return fields.String(required=True, validate=validate.Length(max=100))


def _labels() -> fields.Dict:
    said = (
        "One in each language that is needed, further ones if you have them; another word for the same thing."
    )
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(LANGUAGES), error=NOT_A_CODE)),
        values=fields.String(validate=validate.Length(max=1000)),
        required=True,
        metadata={"description": said},
    )


class OneCodeSchema(Strict):
    list = _text()
    code = _text()


class NewCodeSchema(Strict):
    """`above`: the code that it stands under, in a tree; of an act or a perpetrator the shipped one that is nearest."""

    list = _text()
    labels = _labels()
    above = fields.String(load_default="", validate=validate.Length(max=100))


class NewWordsSchema(OneCodeSchema):
    labels = _labels()


class SetCodeSchema(Schema):
    list = fields.String(attribute="vocabulary")
    code = fields.String()
    retired_on = fields.Date(allow_none=True)


@contextmanager
def _at_labels() -> Iterator[None]:
    """What is wrong with a label is said where it stands in the body."""
    try:
        yield
    except InvalidInput as problem:
        at = {f"labels.{name}" if name in LANGUAGES else name: said for name, said in problem.fields.items()}
        raise InvalidInput(at) from None


@routes.route("/add", methods=["POST"])
@needs(P.VOCABULARY_SET)
@routes.arguments(NewCodeSchema)
@routes.response(HTTPStatus.CREATED, SetCodeSchema)
def add(given: dict[str, Any]) -> OwnCode:
    """A new code of a list; its letters are made of the English label. 409 where the list takes none."""
    with _at_labels():
        return setting.add(work(), given["list"], given["labels"], given["above"])


@routes.route("/rename", methods=["POST"])
@needs(P.VOCABULARY_SET)
@routes.arguments(NewWordsSchema)
@routes.response(200, SetCodeSchema)
def rename(given: dict[str, Any]) -> OwnCode:
    """Other words for the same thing, also where it was used before."""
    with _at_labels():
        return setting.rename(work(), given["list"], given["code"], given["labels"])


@routes.route("/retire", methods=["POST"])
@needs(P.VOCABULARY_SET)
@routes.arguments(OneCodeSchema)
@routes.response(200, SetCodeSchema)
def retire(given: dict[str, str]) -> OwnCode:
    """Offered no more; valid, with its label, in what it was used for."""
    return setting.retire(work(), given["list"], given["code"])


@routes.route("/bring-back", methods=["POST"])
@needs(P.VOCABULARY_SET)
@routes.arguments(OneCodeSchema)
@routes.response(200, SetCodeSchema)
def bring_back(given: dict[str, str]) -> OwnCode:
    """Offered again, and means what it meant."""
    return setting.bring_back(work(), given["list"], given["code"])
