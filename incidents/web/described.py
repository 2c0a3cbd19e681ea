"""The description of the API as a page: each address in a sentence, what it takes and gives. Made from the document."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, current_app

from incidents.gate import needed, needs
from incidents.web.frame import page
from incidents.work import Permission

P = Permission
routes = Blueprint("described", __name__)
METHODS = ("get", "post", "patch", "put", "delete")
Document = Mapping[str, Any]


@routes.get("/account/api")
@needs(P.ACCOUNT_OWN)
def show() -> Response:
    """For people; programs read /api/v1/openapi.json."""
    document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].described()
    return page("described/show.html", about=document["info"]["description"], families=families(document))


def families(document: Document) -> list[dict[str, Any]]:
    """Its addresses by family, in the order of the document."""
    found: dict[str, list[dict[str, Any]]] = {}
    asks = {rule.rule: rule.endpoint for rule in current_app.url_map.iter_rules()}
    permissions = {_spelt(rule): str(needed(current_app, asks[rule])) for rule in asks if "/api/" in rule}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                line = _line(document, path, method, methods)
                line["needs"] = permissions.get(path, "")
                found.setdefault(methods[method].get("tags", [""])[0], []).append(line)
    return [{"name": name, "lines": lines} for name, lines in found.items()]


def _spelt(rule: str) -> str:
    return rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}")


def _line(document: Document, path: str, method: str, methods: Document) -> dict[str, Any]:
    operation = methods[method]
    given = [*methods.get("parameters", []), *operation.get("parameters", [])]
    contents: list[Document] = list(operation.get("requestBody", {}).get("content", {}).values())
    body: Document = contents[0].get("schema", {}) if contents else {}
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "given": [
            _field(document, each["name"], each["schema"], each) for each in map(_resolver(document), given)
        ],
        "body": list(_fields(document, body)),
        "answers": [code for code in operation.get("responses", {}) if code.startswith("2")],
    }


def _resolver(document: Document) -> Any:
    return lambda value: resolved(document, value)


def resolved(document: Document, value: Document) -> Document:
    """What a reference stands for; anything else is itself."""
    while "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _fields(document: Document, schema: Document) -> Iterator[dict[str, Any]]:
    """The fields of a body, the first layer of it: what is inside stands in the document."""
    whole = resolved(document, schema)
    for name, inner in whole.get("properties", {}).items():
        yield _field(document, name, inner, {"required": name in whole.get("required", ())})


def _field(document: Document, name: str, schema: Document, about: Document) -> dict[str, Any]:
    whole = resolved(document, schema)
    kind = whole.get("format") or whole.get("type", "")
    kinds = [kind] if isinstance(kind, str) else [each for each in kind if each != "null"]
    return {
        "name": name,
        "kind": ", ".join(kinds),
        "required": bool(about.get("required")),
        "says": whole.get("description", ""),
        "of": [str(each) for each in whole.get("enum", ()) if each is not None][:40],
    }
