"""The code lists as they are now, for a program that offers them: shipped codes, and the organisation's own."""

from typing import Any

from marshmallow import Schema, fields

from incidents.api.frame import Routes
from incidents.gate import needs
from incidents.model import vocabulary
from incidents.work import Permission

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
@needs(Permission.ACCOUNT_OWN)
@routes.response(200, VocabularySchema)
def every() -> dict[str, Any]:
    """Every code list with its codes, in the order they are offered; and the version to cite."""
    lists = vocabulary.lists().items()
    return {
        "version": vocabulary.version(),
        "lists": {name: list(codes.values()) for name, codes in lists},
    }
