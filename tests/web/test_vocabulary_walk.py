"""A coordinator adds a label on a phone, renames a code and retires one; a list of codes is looked at by a stranger."""

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate
from tests import make
from tests.browser import PHONE
from tests.web.walking import look, press


@pytest.fixture
def page(site, open_page, house, coordinator):
    """A phone on which a coordinator is signed in."""
    token = accounts.sign_in(house, coordinator.name, make.PASSPHRASE).token
    made = open_page(viewport=PHONE)
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return made


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_coordinator_sets_the_words_on_a_phone(site, page):
    page.goto(f"{site}/vocabulary/")
    look(page, "vocabulary")
    page.get_by_role("link", name="Labels", exact=True).click()
    look(page, "vocabulary-empty")
    for english, spanish, above in (("Campaign", "Campaña", ""), ("North", "Norte", "Campaign")):
        page.fill('[name="en"]', english)
        page.fill('[name="es"]', spanish)
        if above:
            page.select_option('[name="above"]', label=above)
        press(page, "Add")
        expect(page.get_by_text("From now on forms offer it.")).to_be_visible()
    expect(page.get_by_text("Campaign / North").first).to_be_visible()
    look(page, "vocabulary-labels")
    page.goto(f"{site}/vocabulary/?list=act&beside=ht")
    look(page, "vocabulary-acts")
    page.get_by_role("link", name="Change Followed or watched").click()
    look(page, "vocabulary-change")
    page.get_by_text("Retire this code").click()
    press(page, "Retire it")
    expect(page.get_by_text("what carries it keeps it")).to_be_visible()
    page.goto(f"{site}/vocabulary/?list=verification")
    look(page, "vocabulary-fixed")
    page.goto(f"{site}/vocabulary/?list=weapon")
    page.expected.append("422")
    page.fill('[name="en"]', "Handgun")
    page.fill('[name="es"]', "Cuerda")
    press(page, "Add")
    expect(page.locator("#problems")).to_be_visible()
    look(page, "vocabulary-problem")
