"""A reviewer works the queue through with the keyboard alone."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from incidents import accounts, gate
from incidents.intake import report, schema, take_in
from incidents.model.incident import Act, Incident
from incidents.model.vocabulary import Verification
from tests import make
from tests.web.walking import signed_in

ACTS = 4
WHY = "Two shelters tell of the same house, apart from each other."


@pytest.fixture
def acts(staff):
    for _each in range(ACTS):
        with staff.researcher.work() as work:
            sent = report.send(work, schema.load(make.report_document()), "page").id
        with staff.coordinator.work() as work:
            take_in.take_in(work, sent)


@pytest.fixture
def desk(acts, site, open_page, staff, house):
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
@pytest.mark.parametrize("script", [True, False])
def test_who_wants_no_single_letters_turns_them_off_for_good(desk, site, open_page, staff, house, script):
    mine = signed_in(open_page, house, staff.reviewer, java_script_enabled=script)
    mine.goto(f"{site}/account")
    mine.get_by_role("button", name="Turn the shortcuts off").click()
    expect(mine.locator("#shortcuts")).to_contain_text("Off")
    desk.reload()  # another device of theirs
    for key in ("j", "x", "?"):
        desk.keyboard.press(key)
    assert desk.evaluate("document.activeElement.localName") == "body"
    assert not desk.locator("#keys").evaluate("fold => fold.open")
    desk.locator("#keys summary").click()
    expect(desk.locator("#keys")).to_contain_text("you turned them off")
    expect(desk.locator("#keys kbd")).to_have_count(0)
    mine.get_by_role("button", name="Turn the shortcuts on").click()
    expect(mine.locator("#shortcuts")).to_contain_text("On")
    desk.reload()
    desk.keyboard.press("j")
    assert desk.evaluate("document.activeElement.localName") == "a"
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_contain_text("can be turned off")


def test_nobody_turns_off_the_shortcuts_of_another(acts, browser_for):
    turned = browser_for("reviewer").post(
        "/account", data={"deed": "shortcuts", "shortcuts": "off"}, base_url="https://localhost"
    )
    assert turned.status_code == 303
    assert "keys.js" not in browser_for("reviewer").get("/review/", base_url="https://localhost").text
    assert "keys.js" in browser_for("coordinator").get("/review/", base_url="https://localhost").text


@pytest.mark.browser
def test_what_is_typed_into_a_field_is_text(desk):
    desk.locator("#state").focus()
    desk.keyboard.press("x")
    assert desk.locator('input[name="acts"]:checked').count() == 0
    desk.keyboard.press("Escape")
    desk.locator("h1").click()
    desk.keyboard.press("/")
    assert desk.evaluate("document.activeElement.id") == "state"
