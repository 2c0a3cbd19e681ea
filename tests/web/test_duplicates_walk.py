"""Duplicates in a real browser, on a phone: asked for on the report's page, everybody compared, a pair decided."""

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate, jobs
from incidents.intake import report, schema, take_in
from tests import make
from tests.browser import PHONE
from tests.web.test_duplicates_pages import LIKE, NAME, NEAR, REASONS, known, told_of
from tests.web.walking import look, press

__all__ = ["known"]


@pytest.fixture
def page(open_page, house, staff):
    """A phone on which a reviewer is signed in."""
    token = accounts.sign_in(house, staff.reviewer.name, make.PASSPHRASE).token
    made = open_page(viewport=PHONE)
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return made


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_duplicates_are_looked_for_and_decided_on_a_phone(site, page, house, staff, known):
    known()
    known(name=LIKE, phone=NEAR, identity={"birth_date": "1990-02-03", "documents": "A 214 420 741"})
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(told_of(f"{NAME} Funes", NEAR)), "page").id
    page.goto(f"{site}/inbox/{sent}")
    page.locator("#already").scroll_into_view_if_needed()
    press(page, "Look for it")
    expect(page.locator("#known-already").get_by_text(LIKE)).to_be_visible()
    look(page, "duplicates-of-a-report")
    page.goto(f"{site}/duplicates/")
    look(page, "duplicates")
    press(page, "Compare all")
    look(page, "duplicates-comparing")
    where = page.url
    assert jobs.run_waiting(house)
    page.goto(where)
    look(page, "duplicates-found")
    press(page, "Open the names of this page")
    expect(page.get_by_text(LIKE)).to_be_visible()
    look(page, "duplicates-found-with-names")
    page.get_by_role("link", name="Look at the two and decide").last.click()
    look(page, "duplicates-pair")
    page.check('[name="verdict"][value="later"]')
    page.fill('[name="reasons"]', REASONS)
    press(page, "Decide")
    expect(page.get_by_text("Put off by")).to_be_visible()
    look(page, "duplicates-put-off")
    with staff.reviewer.work() as work:
        take_in.take_in(work, sent)
    page.goto(where)
    page.get_by_role("link", name="Look at the two and decide").first.click()
    look(page, "duplicates-pair-of-incidents")
