"""Where the focus stands for somebody without a mouse: after an error, after a part of the page changed, in a menu."""

import pytest
from playwright.sync_api import expect

from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from tests import make
from tests.browser import DESK
from tests.evidence import invented
from tests.web.keyboard import Hands, hands
from tests.web.test_leave_walk import elsewhere, shift_three_times

__all__ = ["hands"]
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("template", ["sqlite"], indirect=True)]
SMALL = {"viewport": {"width": 320, "height": 640}}  # 1280 pixels at 400 %


@pytest.fixture
def incident(staff) -> str:
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.reviewer.work() as work:
        return f"/incidents/{take_in(work, sent).id}"


def here(person: Hands) -> str:
    return person.page.evaluate("document.activeElement.id || document.activeElement.localName")


def test_a_mouse_would_be_found(hands, staff):
    person = hands(staff.analyst)
    for deed in (person.page.locator("h1").click, person.page.mouse.down):
        with pytest.raises(AssertionError, match="without the keyboard"):
            deed()


def test_what_went_wrong_has_the_focus_and_leads_to_its_field(hands, staff):
    person = hands(staff.researcher, **SMALL)
    person.page.expected.append("422")
    person.follow("Write a report", "link")
    person.follow("Seal and send", "button", back=True)
    assert here(person) == "problems"
    link = person.tab()
    assert link is not None
    assert link.role == "link"
    person.press()
    expect(person.page.locator("#f-narrative")).to_be_focused()
    person.page.keyboard.type("Algo.")
    person.follow("Seal and send", "button")
    expect(person.page.locator("h1")).to_contain_text("Sealed and sent")


def test_a_wrong_passphrase_is_said_where_the_focus_is(hands, staff, site, open_page):
    page = open_page(viewport=DESK)
    page.expected.append("422")
    person = Hands(page)
    page.goto(f"{site}/sign-in")
    person.write("Name", staff.analyst.name)
    person.write("Passphrase", "not this one, surely")
    person.follow("Sign in", "button")
    assert here(person) == "problems"
    assert person.reach("Name", "textbox").value == staff.analyst.name
    person.nothing_was_wrong()


def test_a_name_that_is_opened_and_closed_keeps_the_focus_beside_it(hands, staff, incident, site):
    person = hands(staff.reviewer)
    person.by_menu("Incidents")
    person.follow("I-", "link")
    person.follow("Person 1", "link")
    person.walk_through()
    person.reach("Open Name", "button", back=True)
    person.page.expected.append("422")
    person.press()
    expect(person.page.locator(".refused")).to_be_visible()
    expect(person.page.locator('.sealed button[value="name"]')).to_be_focused()
    person.pick("Why do you open it?", "To verify an act", back=True)
    person.reach("Open Name", "button")
    person.press()
    expect(person.page.locator(".sealed .value").first).to_contain_text(make.CANARY_NAME)
    expect(person.page.get_by_role("button", name="Close Name")).to_be_focused()
    person.press()
    expect(person.page.locator(".sealed .value")).to_have_count(0)
    expect(person.page.locator('.sealed button[value="name"]')).to_be_focused()
    assert person.tab().name.startswith("Open Other names")


def test_a_part_of_the_page_that_changes_keeps_the_focus(hands, staff, incident):
    person = hands(staff.reviewer)
    person.by_menu("Incidents")
    person.follow("I-", "link")
    person.reach("Look for it", "button")
    with person.page.expect_response("**/duplicates/**"):
        person.press()
    expect(person.page.locator("div#known-already")).to_be_focused()
    person.tab(back=True)
    after = "document.activeElement.compareDocumentPosition(document.getElementById('known-already')) & 4"
    assert person.page.evaluate(f"document.activeElement.closest('main') !== null && Boolean({after})")


def test_a_sending_that_stopped_leaves_the_focus_on_its_button(hands, staff, incident, tmp_path):
    person = hands(staff.reviewer)
    person.page.expected += ["ERR_FAILED"]
    person.by_menu("Incidents")
    person.follow("I-", "link")
    person.follow("Add evidence", "link")
    person.page.route("**/evidence/new/**", lambda route: route.abort())
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(invented.jpeg((64, 48)))
    person.attach("The file", photo)
    person.choose("Where does it come from?", "Given")
    person.reach("Add", "button")
    person.press()
    expect(person.page.locator("#sending")).to_contain_text("The sending was stopped")
    expect(person.page.get_by_role("button", name="Add", exact=True)).to_be_focused()


def test_the_menu_of_a_narrow_page_opens_holds_nobody_and_closes(hands, staff):
    person = hands(staff.reviewer, **SMALL)
    person.walk_through()
    person.reach("Menu", "button")
    person.press()
    assert person.tab().role == "link"
    assert person.page.evaluate("document.activeElement.closest('#menu') !== null")
    person.press("Escape")
    expect(person.page.locator("#menu")).to_be_hidden()
    assert person.where().name == "Menu"
    person.by_menu("My account")
    person.walk_through()


@pytest.mark.parametrize("way", ["button", "keys"])
def test_quick_leave_is_a_key(hands, staff, way):
    person = hands(staff.researcher)
    elsewhere(person.page)
    person.follow("Write a report", "link")
    if way == "button":
        person.reach("Leave quickly", "button")
        person.press()
    else:
        shift_three_times(person.page)
    person.page.wait_for_url("https://**")
