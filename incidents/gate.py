"""Every request passes here: who are you, may you, one Work, commit or roll back, headers.

A view without @needs(...) does not start the app: forgetting is noticed at once.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, request, session, stream_with_context
from werkzeug.exceptions import RequestEntityTooLarge

from incidents import accounts, tokens
from incidents.errors import Conflict, NotFound, OtherSite, Problem, SignInNeeded, TooLarge, WrongMethod
from incidents.model.account import User
from incidents.model.vocabulary import AccountState
from incidents.work import Actor, House, Permission, SignedIn, Work, begin, keys, token_keys

View = TypeVar("View", bound=Callable[..., Any])
Explain = Callable[[Problem], Response]
Works = Callable[[], AbstractContextManager[Work]]

PUBLIC = "public"  # a page for anyone: write @needs(PUBLIC), in full view
SIGNED_IN = "signed in"  # any account, also one that waits for a coordinator
COOKIE = "__Host-amparo"
PREFIX = token_keys.PREFIX.encode()  # of a member's token for a program
BLOCK = 64 * 1024  # bytes
NEEDS = "_needs"
_REPEATABLE = "_repeatable"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_NOTED = {403, 404, 409}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def needs(permission: Permission | str, *, repeatable: bool = False) -> Callable[[View], View]:
    """What a view asks of whoever calls it.

    Repeatable: done twice is done once, so that the loser of a race simply tries again.
    """

    def mark(view: View) -> View:
        setattr(view, NEEDS, permission)
        setattr(view, _REPEATABLE, repeatable)
        return view

    return mark


def guard(app: Flask, house: House, explain: Callable[[str], Explain]) -> None:
    """Put the gate before every view of this app; call it last. `explain(path)` renders a Problem."""
    app.extensions["house"] = house
    for endpoint, view in app.view_functions.items():
        if endpoint == "static":
            continue
        permission = _needed(view)
        if permission is None:
            raise RuntimeError(f"{endpoint} says no @needs(permission)")
        app.view_functions[endpoint] = _gated(view, permission)
    app.after_request(_finish)
    app.register_error_handler(Problem, lambda problem: _refuse(house, problem, explain))
    app.register_error_handler(404, lambda _error: _refuse(house, NotFound(), explain))
    app.register_error_handler(405, lambda error: _wrong_method(house, error, explain))
    app.register_error_handler(RequestEntityTooLarge, lambda _error: _refuse(house, TooLarge(), explain))


def needed(app: Flask, endpoint: str) -> Permission | str:
    """What an endpoint asks for; for the documents and the tests."""
    found = _needed(app.view_functions[endpoint])
    assert found is not None  # noqa: S101  the app would not have started
    return found


def _needed(view: Any) -> Permission | str | None:
    return getattr(view, NEEDS, None)


def _gated(view: Callable[..., Any], permission: Permission | str) -> Callable[..., Response]:
    @wraps(view)
    def run(**path: Any) -> Response:
        _must_come_from_here()
        try:
            return _once(view, permission, path)
        except Conflict:
            session.pop("_flashes", None)  # what was said of it did not happen
            quicker = g.pop("again", None)  # asks whether the same request was done meanwhile
            if not getattr(view, _REPEATABLE, False) and not (quicker and quicker()):
                raise
            return _once(view, permission, path)

    return run


def _once(view: Callable[..., Any], permission: Permission | str, path: dict[str, Any]) -> Response:
    work = _enter(permission)
    try:
        response = make_response(view(**path))
        if response.status_code < 400:
            g.work.commit()
    finally:
        work.drop()
    return response


def _enter(permission: Permission | str) -> Work:
    house: House = current_app.extensions["house"]
    g.user, g.session = _admitted(house, token()) or (None, None)
    work: Work = house.work(*_actor(g.user, g.session))
    g.work = work
    if permission == PUBLIC:
        return work
    if g.session is None:
        raise SignInNeeded
    work = _confirm_again(house, work)
    if isinstance(permission, Permission):
        work.actor.must(permission)
    return work


def _admitted(house: House, given: bytes) -> tuple[User, SignedIn] | None:
    """Who this is: by a session of their own, or by a token of theirs, which opens no page."""
    if given.startswith(PREFIX):
        return tokens.admit(house, given.decode("ascii")) if request.path.startswith("/api/") else None
    return accounts.admit(house, given) if given else None


def _actor(user: User | None, session: SignedIn | None) -> tuple[Actor, Any]:
    if user is None or session is None:
        return Actor(keys.NODE), None
    roles = tuple(user.roles) if user.state == AccountState.ACTIVE else ()
    return Actor(user.id, roles, session.fresh, session.by, session.scope), session.ring


def _confirm_again(house: House, work: Work) -> Work:
    """A form may carry the passphrase once more, for a step that asks for it."""
    if request.method in _SAFE or not request.form.get("confirm_passphrase"):
        return work
    work.actor.must_be_in_person()  # a passphrase beside a token would widen it, past a second factor too
    given, code = request.form["confirm_passphrase"], request.form.get("confirm_code", "")
    accounts.confirm_passphrase(work, g.session, given, code)
    renewed: Work = house.work(Actor(work.actor.id, work.actor.roles, fresh=True), g.session.ring)
    g.work = renewed
    return renewed


def token() -> bytes:
    """The session's token: a bearer token for programs, the cookie for people; never both. A member's, as spelt."""
    text = request.cookies.get(COOKIE, "")
    if "Authorization" in request.headers:
        kind, _, text = request.headers["Authorization"].partition(" ")
        text = text if kind == "Bearer" else ""
        if text.startswith(token_keys.PREFIX) and text.isascii():
            return text.encode()
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _must_come_from_here() -> None:
    """No other site may act through somebody's browser. A program says no origin, and sends nothing unasked."""
    if request.method in _SAFE or "Authorization" in request.headers:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.path.startswith("/api/") and not (site or origin or COOKIE in request.cookies):
        return
    if site == "same-origin" or (site is None and origin and urlsplit(origin).netloc == request.host):
        return
    raise OtherSite


def _refuse(house: House, problem: Problem, explain: Callable[[str], Explain]) -> Response:
    work = getattr(g, "work", None)
    if work is not None:
        work.drop()
        if work.actor.roles and problem.status in _NOTED:
            by = {"token": str(work.actor.token)} if work.actor.token else {}
            house.note_refusal(work.actor, "refused", code=problem.code, at=request.endpoint or "", **by)
    response = explain(request.path)(problem)
    response.status_code = problem.status
    return response


def _wrong_method(house: House, error: Any, explain: Callable[[str], Explain]) -> Response:
    """A page that is asked for in another way is not there; a program is told which ways there are."""
    if not request.path.startswith("/api/"):
        return _refuse(house, NotFound(), explain)
    response = _refuse(house, WrongMethod(), explain)
    response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def paged(lines: Callable[[Works], Iterator[bytes]], mimetype: str, filename: str) -> Response:
    """A long file, page by page, each in a Work of its own that commits before its bytes leave.

    It begins after the commit of this request. Who asks is looked up anew before each page: whoever was disabled,
    signed out or lost a role since gets no further one. A fault cuts the connection, and says nothing of what it was
    about.
    """
    house, given = g.work.house, token()
    response = Response(
        stream_with_context(_cut(lines(lambda: begin(house, *_still(house, given))))), mimetype=mimetype
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _still(house: House, given: bytes) -> tuple[Actor, Any]:
    found = _admitted(house, given)
    if found is None:
        raise SignInNeeded
    return _actor(*found)


def _cut(lines: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from lines
    except Exception as fault:  # noqa: BLE001  its text may quote a record, and the server would write it down
        current_app.logger.error("a file was cut: %s", type(fault).__name__)  # noqa: TRY400  as above
        raise ConnectionAbortedError from None


def poured(file: BinaryIO, mimetype: str, filename: str) -> Response:
    """A file that was made for this answer: handed out block by block, and closed however it ends."""
    response = Response(_blocks(file), mimetype=mimetype)
    response.call_on_close(file.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def set_cookie(response: Response, token: bytes) -> Response:
    """Hand the browser its session: not readable by scripts, sent to nobody else."""
    response.set_cookie(COOKIE, token.hex(), secure=True, httponly=True, samesite="Strict", path="/")
    return response


def clear_cookie(response: Response) -> Response:
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
