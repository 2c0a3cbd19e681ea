"""A reviewer works the queue through with the keyboard alone."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from incidents import accounts, gate
from incidents.intake import report, schema, take_in
from incidents.model.incident import Act, Incident
from incidents.model.vocabulary import Verification
from tests import make

ACTS = 4
WHY = "Two shelters tell of the same house, apart from each other."


@pytest.fixture
def desk(site, open_page, staff, house):
    for _each in range(ACTS):
        with staff.researcher.work() as work:
            sent = report.send(work, schema.load(make.report_document()), "page").id
        with staff.coordinator.work() as work:
            take_in.take_in(work, sent)
    page = open_page(viewport={"width": 1280, "height": 800})
    token = accounts.sign_in(house, staff.reviewer.name, make.PASSPHRASE).token
    cookie = {"name": gate.COOKIE, "value": token.hex(), "url": site.replace("http:", "https:")}
    page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    page.goto(f"{site}/review/")
    return page


def counted(house, *where):
    house.db().rollback()
    return house.db().scalar(select(func.count()).select_from(Act).join(Incident).where(*where))


@pytest.mark.browser
def test_acts_are_chosen_taken_and_decided_without_a_mouse(desk, staff, house):
    press = desk.keyboard.press
    for key in ("j", "x", "j", "j", "x", "k"):
        press(key)
    boxes = desk.locator('input[name="acts"]')
    assert [boxes.nth(n).is_checked() for n in range(ACTS)] == [True, False, True, False]
    with desk.expect_navigation():
        press("a")
    expect(desk.locator("main")).to_contain_text("2 incidents are now in the hands of Rita Inventada")
    assert counted(house, Incident.assignee == staff.reviewer.id) == 2
    press("?")
    expect(desk.locator("#keys")).to_contain_text("to the next act")
    press("j")
    with desk.expect_navigation():
        press("Enter")
    desk.locator('input[name="move"][value="CRE"]').focus()
    press("Space")
    desk.locator('textarea[name="reasons"]').focus()
    desk.keyboard.type(WHY)
    press("Tab")
    with desk.expect_navigation():
        press("Enter")
    expect(desk.locator("main")).to_contain_text("Decided: Credible")
    assert counted(house, Act.verification == Verification.CREDIBLE) == 1


@pytest.mark.browser
def test_what_is_typed_into_a_field_is_text(desk):
    desk.locator("#state").focus()
    desk.keyboard.press("x")
    assert desk.locator('input[name="acts"]:checked').count() == 0
    desk.keyboard.press("Escape")
    desk.locator("h1").click()
    desk.keyboard.press("/")
    assert desk.evaluate("document.activeElement.id") == "state"
