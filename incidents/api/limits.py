"""How often one principal asks: a count a minute in this process, said with every answer, refused above it."""

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, g, request

from incidents.api.frame import work
from incidents.errors import TooManyRequests

WINDOW = 60  # seconds
MANY = 10_000  # principals that are remembered at once
SIGN_IN = 15 * 60  # seconds until somebody may try again who guessed too often


class Limits:
    """Counts of a window that begins with the first request of each principal. `most` 0: no limit."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self._clock = most, clock
        self._lock = Lock()
        self._counts: dict[UUID, tuple[float, int]] = {}

    def spend(self, who: UUID) -> tuple[int, int]:
        """One more request: how many are left in this window (below 0: too many), and how many seconds it lasts."""
        now = self._clock()
        with self._lock:
            if len(self._counts) >= MANY:
                self._counts = {id: each for id, each in self._counts.items() if now - each[0] < WINDOW}
            began, count = self._counts.get(who, (now, 0))
            if now - began >= WINDOW:
                began, count = now, 0
            self._counts[who] = (began, count + 1)
        return self.most - count - 1, max(1, int(began + WINDOW - now) + 1)


def register(app: Flask, most: int) -> None:
    app.extensions["limits"] = Limits(most)
    app.after_request(_said)


def limited(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view of the API, behind the gate: whoever asks is known by then."""

    @wraps(view)
    def run(**path: Any) -> Any:
        limits: Limits = current_app.extensions["limits"]
        if g.session is not None and limits.most:
            g.limit = (limits.most, *limits.spend(work().actor.token or work().actor.id))
            if g.limit[1] < 0:
                raise TooManyRequests
        return view(**path)

    return run


def _said(response: Response) -> Response:
    """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), and when to come again."""
    limit = getattr(g, "limit", None)
    if limit is not None:
        most, left, seconds = limit
        response.headers["RateLimit-Policy"] = f'"principal";q={most};w={WINDOW}'
        response.headers["RateLimit"] = f'"principal";r={max(0, left)};t={seconds}'
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and request.path.startswith("/api/"):
        response.headers["Retry-After"] = str(limit[2] if limit is not None else SIGN_IN)
    return response
