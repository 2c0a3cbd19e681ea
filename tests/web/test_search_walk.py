"""The list of incidents in a real browser: codes chosen on a phone, the address follows, words are found."""

import random

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate, jobs
from tests import make
from tests.browser import PHONE
from tests.search import invented
from tests.web.walking import look, press


@pytest.fixture
def page(site, open_page, house, staff):
    """A phone on which a reviewer is signed in."""
    member = staff.reviewer
    token = member.token or accounts.sign_in(house, member.name, make.PASSPHRASE).token
    made = open_page(viewport=PHONE)
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return made


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_list_is_narrowed_saved_and_searched_on_a_phone(site, page, staff, house):
    for number, act in enumerate(("KID", "EXT", "EXT")):
        invented.record(staff, random.Random(number), acts=[{"key": "a1", "type": act}])
    page.goto(f"{site}/incidents/")
    look(page, "incidents")
    page.get_by_text("Filter, sort, choose columns").click()
    page.select_option("#filter-act", "EXT")
    look(page, "incidents-filter")
    press(page, "Show")
    page.wait_for_url("**act=EXT**")
    expect(page.locator("#incidents tbody tr")).to_have_count(2)
    page.select_option("#filter-country", "MEX")
    press(page, "Show")
    page.wait_for_url("**country=MEX**")
    assert "act=EXT" in page.url
    page.goto(page.url)
    page.get_by_text("Save this filter").click()
    page.fill('[name="name"]', "Extortion in Mexico")
    press(page, "Save")
    expect(page.get_by_role("link", name="Extortion in Mexico")).to_be_visible()
    look(page, "incidents-filtered")
    page.get_by_role("link", name="Country: Mexico").click()
    expect(page.locator("#incidents tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_text("Look for words in the accounts").click()
    page.fill('[name="words"]', "gasolinera")
    press(page, "Look for them")
    look(page, "words-waiting")
    assert jobs.run_waiting(house)
    page.goto(page.url)
    expect(page.get_by_text("3 of 3 incidents")).to_be_visible()
    look(page, "words-found")
