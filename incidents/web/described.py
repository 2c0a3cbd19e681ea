"""The description of the API as a page: each address in a sentence, what it takes and gives. Made from the document."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from incidents.errors import NotFound
from incidents.gate import needed, needs
from incidents.web.frame import page
from incidents.work import Permission

P = Permission
routes = Blueprint("described", __name__)
# What the addresses of a family are about, in the words of the pages.
SUBJECTS = {
    "account": _l("Signing in and the own account"),
    "adding": _l("Adding to an incident"),
    "arranging": _l("Joined or taken apart"),
    "batches": _l("Earlier imports"),
    "coding": _l("Double coding"),
    "consent": _l("Consent"),
    "document": _l("This description"),
    "duplicates": _l("Duplicates"),
    "editing": _l("Editing records"),
    "edits": _l("What was edited"),
    "erasures": _l("Erasures"),
    "evidence": _l("Evidence"),
    "export": _l("Export"),
    "figures": _l("Figures"),
    "follow_up": _l("Tasks"),
    "hierarchies": _l("Hierarchies"),
    "importers": _l("Import"),
    "inbox": _l("Inbox"),
    "incident": _l("Incidents"),
    "interventions": _l("Interventions"),
    "interview": _l("Interviews"),
    "job": _l("Long work"),
    "many": _l("Moving many acts together"),
    "mappings": _l("Mappings of columns"),
    "members": _l("Members"),
    "naming": _l("Correct what is closed"),
    "newer": _l("Newer versions of a report"),
    "openings": _l("Opening what is closed"),
    "people": _l("Looking for a person"),
    "persons": _l("Persons"),
    "policies": _l("Policies"),
    "quotes": _l("Quotes"),
    "redaction": _l("Redaction"),
    "release": _l("Releases"),
    "report": _l("Reports"),
    "review": _l("Review"),
    "series": _l("Figures of others"),
    "sharing": _l("Sharing"),
    "talk": _l("Questions and comments"),
    "texts": _l("Texts that may tell of somebody erased"),
    "tokens": _l("Tokens for programs"),
    "trail": _l("Trail"),
    "vocabulary": _l("Code lists"),
    "words": _l("Words in the accounts"),
    "workload": _l("How the work stands"),
}
METHODS = ("get", "post", "patch", "put", "delete")
Document = Mapping[str, Any]


@routes.app_template_filter("marked_code")
def marked_code(text: str) -> Markup:
    """A sentence of the document, in which `name` stands between backticks, with each such name marked as code."""
    plain = str(escape(text))  # a plain one: what is put into a Markup would be escaped again
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", plain))  # noqa: S704  escaped the line before; the marks are ours


@routes.get("/account/api")
@needs(P.ACCOUNT_OWN)
def show() -> Response:
    """For people; programs read /api/v1/openapi.json. `?of=`: one subject, with what each of its addresses takes."""
    document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].described()
    one = request.args.get("of", "")
    found = [each for each in families(document) if each["name"] == (one or each["name"])]
    if not found:
        raise NotFound
    return page("described/show.html", about=document["info"]["description"], one=one, families=found)


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
    return [{"name": name, "subject": _subject(name), "lines": lines} for name, lines in found.items()]


def _subject(family: str) -> str:
    return str(SUBJECTS.get(family, family.replace("_", " ").capitalize()))


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
