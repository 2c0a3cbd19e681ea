"""Programs that use the API: each sends a bearer token, and nothing that a browser would."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from config import Settings
from crypto.lock import FLOOR
from incidents.app import create_app
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from incidents.model.vocabulary import Role
from incidents.work import House
from tests import make

ROLES = {  # one of each role, by its name, and a second coordinator
    "second" if role == Role.COORDINATOR else role.value: (f"{role.value} inventado", role) for role in Role
}
DECLARED = {"declared": True}  # what whoever signs says
HERE = {"Sec-Fetch-Site": "same-origin"}  # what a browser says of a request from our own page


class Program:
    def __init__(self, app: Flask, token: bytes = b"") -> None:
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token.hex()}"} if token else {}

    def __call__(self, method: str, path: str, **more: Any):
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def get(self, path: str, **query: Any):
        return self("GET", path, query_string=query)

    def post(self, path: str, body: Any = None):
        return self("POST", path, **({} if body is None else {"json": body}))


def noted(app: Flask, id: str) -> list[tuple[str, dict[str, Any]]]:
    """What the trail says of a record, the first first: the event and its detail."""
    with app.app_context():
        db.session.rollback()
        query = select(AuditEntry).where(AuditEntry.about_id == UUID(id))
        found = db.session.scalars(query.order_by(AuditEntry.block, AuditEntry.position))
        return [(each.event, each.detail) for each in found]


def sessions_of(member: make.Member) -> bytes:
    """A new session's token, as right after signing in."""
    return member.house.sessions.start(member.ring)


def start(settings: Settings) -> Flask:
    """The whole app; a fault of ours is answered as in the world, not raised into the test."""
    made = create_app(settings, FLOOR)
    made.extensions["limits"].most = 0  # a matrix asks more in a minute than any program should
    made.config.update(PREFERRED_URL_SCHEME="https", PROPAGATE_EXCEPTIONS=False)
    return made


def stop(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    app.extensions["house"].keystore._engine.dispose()


def staff_of(house: House, coordinator: make.Member) -> SimpleNamespace:
    """Those of ROLES, invited one by one where no template knows them."""
    known = {who: make.member(house, coordinator, name, role) for who, (name, role) in ROLES.items()}
    return SimpleNamespace(coordinator=coordinator, **known)
