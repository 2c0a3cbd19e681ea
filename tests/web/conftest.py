"""The whole app on a founded instance, and a browser for each person of the staff."""

from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Settings
from crypto.lock import FLOOR
from incidents import accounts, gate
from incidents.app import create_app
from incidents.model.base import db
from incidents.model.vocabulary import Role
from incidents.work import House
from tests import make

BrowserFor = Callable[[str], FlaskClient]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings, FLOOR)
    made.config.update(TESTING=True, PREFERRED_URL_SCHEME="https")
    yield made
    with made.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    made.extensions["house"].keystore._engine.dispose()


class Staff:
    """The people of the house, each invited and confirmed when a test first speaks of them."""

    NAMES: ClassVar = {
        "second": ("Bruno Inventado", Role.COORDINATOR),
        "reviewer": ("Rita Inventada", Role.REVIEWER),
        "other_reviewer": ("Remo Inventado", Role.REVIEWER),
        "analyst": ("Alan Invented", Role.ANALYST),
        "researcher": ("Fidel Inventado", Role.FIELD_RESEARCHER),
        "other_researcher": ("Flor Inventada", Role.FIELD_RESEARCHER),
        "administrator": ("Ada Invented", Role.ADMINISTRATOR),
        "auditor": ("Oda Invented", Role.AUDITOR),
    }

    def __init__(self, house: House, coordinator: make.Member) -> None:
        self.coordinator, self._house = coordinator, house

    def __getattr__(self, who: str) -> make.Member:
        name, role = self.NAMES[who]
        member = make.member(self._house, self.coordinator, name, role)
        setattr(self, who, member)
        return member


@pytest.fixture
def staff(house: House, coordinator: make.Member) -> Staff:
    return Staff(house, coordinator)


@pytest.fixture
def browser_for(app: Flask, house: House, staff: Staff) -> BrowserFor:
    """A browser in which somebody of the staff is signed in: `browser_for("reviewer")`; "" is nobody."""

    def open_one(who: str) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        if who:
            member = getattr(staff, who)
            token = member.token or accounts.sign_in(house, member.name, make.PASSPHRASE).token
            client.set_cookie(gate.COOKIE, token.hex(), secure=True, httponly=True, samesite="Strict")
        return client

    return open_one
