"""What every answer of the API shares: bodies read strictly, Problems as problem+json."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from flask import Flask, Request, Response, after_this_request, current_app, g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_smorest import Api as SmorestApi  # type: ignore[import-untyped]  # it has no types
from flask_smorest import Blueprint
from flask_smorest.utils import prepare_response  # type: ignore[import-untyped]  # as above
from marshmallow import Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from incidents.errors import Conflict, InvalidInput, NotReadable, Problem, TooLarge, WrongMedia
from incidents.intake.schema import flat
from incidents.model.account import User
from incidents.work import House, Work

PROBLEM = "application/problem+json"
LONGEST = 16 * 1024 * 1024  # bytes of JSON: a narrative of several megabytes is a narrative
NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # a NUL and half a character: no database and no file takes them

View = TypeVar("View", bound=Callable[..., Any])


def house() -> House:
    found: House = current_app.extensions["house"]
    return found


def work() -> Work:
    found: Work = g.work
    return found


def once_done(step: Callable[[], object]) -> None:
    """What follows the commit of this request, such as destroying keys; nothing where it is refused."""

    @after_this_request
    def follow(response: Response) -> Response:
        if response.status_code < HTTPStatus.BAD_REQUEST:
            step()
        return response


def who(id: UUID | None) -> str | None:
    """The name of a member of the staff; Amparo for the node itself."""
    if id is None:
        return None
    user = work().db.get(User, id)
    return user.name if user is not None else "Amparo"


# -- what comes in


class Reading(FlaskParser):
    """Reads a body whole or not at all. What the schema does not name is refused, in addresses too."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = dict.fromkeys(
        FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION
    )

    def load_json(self, req: Request, _schema: Schema) -> Any:
        if not req.mimetype and not req.get_data():
            return {}  # nothing is said; what has to be, the schema names
        if not req.is_json:
            raise WrongMedia
        data = req.get_data()
        if len(data) > LONGEST:
            raise TooLarge
        return read_json(data)

    def handle_error(self, error: ValidationError, *_args: Any, **_more: Any) -> NoReturn:
        """What is wrong, by field; webargs' own layer, the place it was found in, is taken off."""
        messages = error.messages
        inner = next(iter(messages.values())) if isinstance(messages, dict) else messages
        raise InvalidInput(flat(inner))


def read_json(data: bytes) -> dict[str, Any]:
    """One JSON object of real text: no NaN, no name twice, no half characters."""
    try:
        value = json.loads(data, object_pairs_hook=_each_once, parse_constant=_no_number)
        if isinstance(value, dict) and not any(map(NO_TEXT.search, _texts(value))):
            return value
    except (ValueError, RecursionError):
        pass
    raise NotReadable


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


# -- the library, with types and with our reader


class Routes(Blueprint):  # type: ignore[misc]  # its base has no types
    """A family of endpoints. Its name is their tag in the description."""

    ARGUMENTS_PARSER = Reading()

    def __init__(self, name: str, prefix: str) -> None:
        super().__init__(name, __name__, url_prefix=prefix)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        decorate: Callable[[View], View] = super().route(rule, tags=[self.name], **options)
        return decorate

    def arguments(self, schema: type[Schema], **options: Any) -> Callable[[View], View]:
        decorate: Callable[[View], View] = super().arguments(schema, **options)
        return decorate

    def response(
        self, status_code: int, schema: type[Schema] | dict[str, Any] | None = None, **options: Any
    ) -> Callable[[View], View]:
        decorate: Callable[[View], View] = super().response(status_code, schema, **options)
        return decorate

    def alt_response(self, status_code: int, schema: type[Schema], **options: Any) -> Callable[[View], View]:
        decorate: Callable[[View], View] = super().alt_response(status_code, schema=schema, **options)
        return decorate

    def register_views_in_doc(self, api: "Api", *what: Any, **more: Any) -> None:
        api.later(partial(super().register_views_in_doc, api, *what, **more))

    def doc(self, **said: Any) -> Callable[[View], View]:
        decorate: Callable[[View], View] = super().doc(**said)
        return decorate


class ProblemSchema(Schema):
    """RFC 9457. `code` is stable, `detail` is for people, `fields` says which parts of a body it is about."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), data_key="fields", attribute="fields"
    )
    number = fields.String()


class Api(SmorestApi):  # type: ignore[misc]  # its base has no types
    """The description. Errors stay with the gate and with `explain`; it serves nothing by itself."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        self._waiting: list[Callable[[], None]] = []
        self._one_at_a_time = Lock()
        super().__init__(app)

    def later(self, describe: Callable[[], None]) -> None:
        """Describing takes half of a start, and few ask for it: it waits for the first who does."""
        self._waiting.append(describe)

    def described(self) -> dict[str, Any]:
        with self._one_at_a_time:
            while self._waiting:
                self._waiting.pop(0)()
        said: dict[str, Any] = self.spec.to_dict()
        return said

    def _register_error_handlers(self) -> None:
        """None: the library's would answer for the pages too."""

    def _register_responses(self) -> None:
        self.later(self._describe_problems)

    def _describe_problems(self) -> None:
        named = [(status.name, status.phrase) for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST]
        for name, phrase in (*named, ("DEFAULT_ERROR", "What went wrong, as RFC 9457 says it")):
            said = {"description": phrase, "schema": ProblemSchema}
            prepare_response(said, self.spec, PROBLEM)
            self.spec.components.response(name, said, lazy=True)


# -- what goes wrong


def explain(problem: Problem) -> Response:
    """A Problem as problem+json (RFC 9457)."""
    title = problem.code.replace("-", " ").capitalize()
    more: dict[str, Any] = {}
    if isinstance(problem, InvalidInput):
        more["fields"] = {
            path: [str(_(said)) for said in sentences] for path, sentences in problem.fields.items()
        }
    if isinstance(problem, Conflict) and "version" in problem.details:
        more["version"] = problem.details["version"]  # what a program reads before it sends its change again
    response = _problem(problem.status, problem.code, title, problem.said(_), **more)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _problem(status: int, code: str, title: str, detail: str, **more: Any) -> Response:
    body = {
        "type": f"urn:amparo:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    response = Response(json.dumps(body, ensure_ascii=False), status, content_type=PROBLEM)
    locale = get_locale()
    response.headers["Content-Language"] = str(locale.language) if locale else "en"
    response.headers["Vary"] = "Accept-Language"
    return response


def refused(error: HTTPException) -> Response:
    """What the web server's own layer refuses before anybody of ours looks at it."""
    status = HTTPStatus(error.code or HTTPStatus.BAD_REQUEST)
    code = status.phrase.lower().replace(" ", "-")
    return _problem(status, code, status.phrase, Problem().said(_))


def fault(_error: Exception) -> Response:
    """A fault of ours shows a number only; the log has the same number."""
    number = secrets.token_hex(4)
    current_app.logger.error("fault %s at %s", number, request.endpoint)
    sentence = _("Something went wrong on our side.")
    return _problem(500, "fault", "Fault", sentence, number=number)
