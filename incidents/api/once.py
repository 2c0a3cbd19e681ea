"""Idempotency-Key: a POST that is sent again under the key of the first is not done again, and gets the first's answer.

That it was done is a row that is committed with it: of two at once, one is done. Its answer lies sealed to whoever
asked, among the keys and not among the data: there nothing that was erased outlives its erasure in an old copy.
Of what it told of somebody nothing is kept: told again, these fields are null, and they are read anew at their address.
What only looks is looked at anew each time: it does nothing that could be done twice.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import uuid4

from flask import Response, g, make_response, request

from incidents.api.frame import work
from incidents.errors import AnswerNotKept, InvalidInput, KeyReused, _
from incidents.gate import NEEDS, SIGNED_IN
from incidents.jobs import KEPT
from incidents.model.token import Once
from incidents.work import Permission, Ring, keys

LONGEST_KEY = 255  # characters
MOST = 256 * 1024  # bytes of an answer that is kept
HEADERS = ("Content-Type", "Location")
# What only opens, and one's own session.
ALONE = {Permission.DATA_EXPORT, Permission.EVIDENCE_ORIGINAL, Permission.IDENTITY_OPEN, SIGNED_IN}
TOLD = frozenset(  # of sealed fields, and what somebody typed: null in what is kept
    {
        "decisions",
        "facts",
        "filename",
        "incidents",
        "mapping",
        "nobody",
        "purposes",
        "reasons",
        "recipient",
        "several",
        "words",
    }
)
PIECE = 1024 * 1024  # bytes
LOOKS = "_looks"

View = TypeVar("View", bound=Callable[..., Any])


def looks(view: View) -> View:
    """A POST that changes nothing, and is one for what it is sent: nothing of its answer is kept."""
    setattr(view, LOOKS, True)
    return view


def is_asked_anew(view: Callable[..., Any]) -> bool:
    """Whether its answer is never kept: what only opens or looks, and one's own session."""
    return getattr(view, NEEDS) in ALONE or bool(getattr(view, LOOKS, False))


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view of the API, behind the gate. What only opens is opened each time, for each opening is noted."""
    anew = is_asked_anew(view)

    @wraps(view)
    def run(**path: Any) -> Any:
        asked = request.headers.get("Idempotency-Key")
        ring = work().vault.ring
        if request.method != "POST" or asked is None or ring is None or anew:
            return view(**path)
        place, body = _place(ring.own.id.bytes, asked), _digest(ring, _body())
        known = _known(place)
        if known is not None:
            return _again(known, body)
        g.again = lambda: _known(place) is not None  # asked by the gate, where another one was quicker
        response = make_response(view(**path))
        if response.status_code < HTTPStatus.BAD_REQUEST and not response.is_streamed and work().is_begun:
            _keep(place, body, response)
        return response

    return run


def _place(who: bytes, key: str) -> bytes:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput({"Idempotency-Key": [_("A key has 1 to 255 letters, digits and signs.")]})
    said = hashlib.sha256(b"amparo/v1/once" + who)
    for part in (request.path, key):
        said.update(len(part).to_bytes(4, "big") + part.encode())
    return said.digest()


def _digest(ring: Ring, sent: bytes) -> bytes:
    """Made with a key of whoever asks: nobody finds a name or a passphrase in the data by trying what was sent."""
    return hmac.digest(keys.expand(ring.own.wrap, "once"), sent, "sha256")


def _body() -> bytes:
    """A digest of what was sent: of fields and files, where it came in parts, for their borders differ each time."""
    said = hashlib.sha256(request.query_string + b"\n" + request.mimetype.encode() + b"\n")
    if request.mimetype != "multipart/form-data":
        said.update(request.get_data())
        return said.digest()
    for name, value in sorted(request.form.items(multi=True)):
        said.update(json.dumps([name, value]).encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda each: each[0]):
        said.update(json.dumps([name, file.filename]).encode())
        inner = hashlib.sha256()
        while piece := file.stream.read(PIECE):
            inner.update(piece)
        file.stream.seek(0)
        said.update(inner.digest())
    return said.digest()


def _known(place: bytes) -> Once | None:
    row = work().db.get(Once, place, populate_existing=True)
    return row if row is not None and row.at > work().now() - KEPT else None


def _again(known: Once, body: bytes) -> Response:
    if known.body != body:
        raise KeyReused
    ring = work().vault.ring
    kept = ring and keys.put_aside_value(work().house.keystore, ring, known.aside)
    if not kept:
        raise AnswerNotKept
    said = json.loads(kept)
    response = Response(base64.b64decode(said["data"]), said["status"], said["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _keep(place: bytes, body: bytes, response: Response) -> None:
    """The row with the deed, the answer with its keys; what is older than a day goes."""
    now = work().now()
    aside = f"once/{now:%Y%m%dT%H%M%S}/{uuid4()}"
    keys.drop_asides_before(work().house.keystore, f"once/{now - KEPT:%Y%m%dT%H%M%S}")
    work().beside(Once, [(place, body, aside, now)], instead_of=Once.at <= now - KEPT)
    data = _of_nobody(response)
    if len(data) <= MOST:
        headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        said = {
            "status": response.status_code,
            "headers": headers,
            "data": base64.b64encode(data).decode(),
        }
        work().put_aside(aside, json.dumps(said))


def _of_nobody(response: Response) -> bytes:
    """What a view says once and never again is not kept either."""
    data: bytes = response.get_data()
    if not response.is_json:
        return data
    said = json.loads(data)
    kept = _without(said, TOLD | set(g.get("said_once", ())))
    return data if kept == said else json.dumps(kept).encode()


def _without(said: Any, names: frozenset[str]) -> Any:
    if isinstance(said, dict):
        return {name: None if name in names else _without(inner, names) for name, inner in said.items()}
    return [_without(each, names) for each in said] if isinstance(said, list) else said
