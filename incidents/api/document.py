"""The description of the API (OpenAPI 3.1), for whoever is signed in."""

from typing import Any

from flask import Response, current_app, jsonify

from incidents.api.frame import Api, Routes
from incidents.gate import SIGNED_IN, needs
from incidents.intake.schema import Value
from incidents.model.moment import PRECISIONS, Moment
from incidents.model.place import Place
from incidents.model.vocabulary import lists

ABOUT = (
    "Everything here stands under the same permissions, keys and trail as the pages. "
    "Sign in with POST /api/v1/session and send the token as a bearer token; it ends as a browser's session does. "
    "A program that runs by itself has a token of its own (amp_…). A POST under an Idempotency-Key is done once; what "
    "goes wrong is said as problem+json, in the language of Accept-Language; RateLimit says how many requests are left."
)
OPTIONS: dict[str, Any] = {
    "info": {"description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "security": [{"token": []}],
}
_TEXT = {"type": ["string", "null"]}
_SHAPES: dict[type, dict[str, Any]] = {
    Moment: {
        "properties": {
            "edtf": {"type": "string", "examples": ["2019-01-30", "2019-01", "2019-01-30~", "../2019-05-01"]},
            "precision": {"type": "string", "enum": list(PRECISIONS)},
        },
        "required": ["edtf", "precision"],
    },
    Place: {
        "properties": {
            **{name: {**_TEXT, "examples": [one]} for name, one in (("country", "MEX"), ("state", "MX-BCN"))},
            "municipality": {**_TEXT, "examples": ["02004"]},
            "type": _TEXT,
            "precision": {"type": ["string", "null"], "enum": [*lists()["place_precision"], "UNK", None]},
        },
    },
}

routes = Routes("document", "")


def value_objects(_converter: Any, field: Any, **_more: Any) -> dict[str, Any]:
    """What a Moment and a Place look like: marshmallow knows them as values only."""
    shape = _SHAPES.get(field.kind) if isinstance(field, Value) else None
    return {"type": ["object", "null"], "additionalProperties": False, **shape} if shape else {}


@routes.route("/openapi.json")
@needs(SIGNED_IN)
@routes.response(200, {"type": "object"})
def show() -> Response:
    """What is described here."""
    found: Api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return jsonify(found.described())
