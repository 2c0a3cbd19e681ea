"""A browser for each person of the staff."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from incidents import accounts, gate
from incidents.work import House
from tests import make
from tests.browser import PHONE, OpenPage, served
from tests.conftest import Staff
from tests.web.walking import signed_in

BrowserFor = Callable[[str], FlaskClient]


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


@pytest.fixture
def phone_of(site: str, open_page: OpenPage, house: House) -> Callable[..., Page]:
    """Somebody's own phone, signed in: `phone_of(staff.researcher, locale="es", script=False)`."""

    def open_one(member: make.Member, *, script: bool = True, locale: str = "en") -> Page:
        small = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
        return signed_in(open_page, house, member, **small, locale=locale, java_script_enabled=script)

    return open_one


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The app behind a real address. Asked for before `open_page`, so that no page outlives it."""
    with served(app) as here:
        yield here
