"""At a desk and on a phone: somebody on the line is found, a state brings its municipalities, figures of others."""

import random

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate, jobs
from incidents.cli.places import load_catalogue
from incidents.intake import series
from incidents.model import place
from tests import make
from tests.browser import PHONE
from tests.search import invented
from tests.web.test_municipalities import ROWS
from tests.web.test_people_pages import WHO
from tests.web.test_series_pages import MAPPING
from tests.web.test_series_pages import ROWS as COUNTS
from tests.web.walking import look, press

SQLITE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def page_for(site, open_page, house, staff):
    """A phone on which somebody is signed in; `look` shows the page at a desk too."""

    def one(who):
        member = getattr(staff, who)
        token = member.token or accounts.sign_in(house, member.name, make.PASSPHRASE).token
        made = open_page(viewport=PHONE)
        cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
        made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
        return made

    return one


def another_place(page, site):
    """Of a report that is begun: where a place is chosen by its state."""
    page.goto(f"{site}/reports/new")
    page.fill('[name="narrative"]', "Algo.")
    press(page, "Add codes first")
    page.get_by_role("button", name="When and where").first.click()
    page.get_by_text("Another place").first.click()


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@SQLITE
def test_somebody_on_the_line_is_found_and_opened(site, page_for, staff, house):
    person = {"key": "p1", "kind": "individual", "teller": True, "identity": WHO}
    invented.record(staff, random.Random(1), persons=[person])
    invented.send(staff.researcher, random.Random(2), persons=[person])
    page = page_for("reviewer")
    page.goto(f"{site}/incidents/")
    page.get_by_role("link", name="Find a person").click()
    page.fill('[name="name"]', "Ines Bogran")
    page.fill('[name="phone"]', "9912 3456")
    page.select_option('[name="reason"]', "contact")
    look(page, "people-ask")
    assert fits(page)
    press(page, "Find")
    expect(page.get_by_text("Everybody is opened and compared")).to_be_visible()
    look(page, "people-waiting")
    assert jobs.run_waiting(house)
    page.goto(page.url)
    expect(page.get_by_text("Same telephone").first).to_be_visible()
    assert "Bogr" not in page.content()
    look(page, "people-found")
    assert fits(page)
    page.get_by_role("button", name="Open").first.click()
    expect(page.get_by_text("Inés Bográn Castellanos")).to_be_visible()
    look(page, "people-opened")


@SQLITE
def test_a_state_brings_its_municipalities(site, page_for, instance, tmp_path):
    load_catalogue(ROWS.encode(), instance.folder)
    place.look_in(instance.folder)
    page = page_for("researcher")
    another_place(page, site)
    municipality = page.locator('[name="incident.place.municipality"]')
    expect(municipality.locator('option[value="20067"]')).to_have_count(0)
    page.select_option('[name="incident.place.state"]', "MX-OAX")
    expect(municipality.locator('option[value="20067"]')).to_have_count(1)
    municipality.select_option("20067")
    look(page, "municipality")
    assert fits(page)
    place.look_in(tmp_path / "nowhere")


@SQLITE
def test_on_a_slow_line_municipalities_are_said_to_come_and_a_choice_made_meanwhile_stays(
    site, page_for, instance, tmp_path
):
    load_catalogue(ROWS.encode(), instance.folder)
    place.look_in(instance.folder)
    page, held = page_for("researcher"), []
    page.route("**/reports/municipalities", lambda route: held.append(route))  # noqa: PLW0108  a method of a list is taken for none
    another_place(page, site)
    coming = page.get_by_text("Fetching its municipalities…").first
    municipality = page.locator('[name="incident.place.municipality"]')
    expect(coming).to_be_hidden()
    with page.expect_request("**/reports/municipalities"):
        page.select_option('[name="incident.place.state"]', "MX-BCN")
    expect(coming).to_be_visible()
    municipality.select_option("02004")
    look(page, "municipalities-coming")
    held.pop().continue_()
    expect(municipality.locator('option[value="02001"]')).to_have_count(
        1
    )  # it does not come with the program
    expect(municipality).to_have_value("02004")
    expect(coming).to_be_hidden()
    assert fits(page)
    place.look_in(tmp_path / "nowhere")


@SQLITE
@pytest.mark.parametrize("broken", ["no line", "an error"])
def test_where_the_municipalities_do_not_come_a_button_asks_again(site, page_for, instance, tmp_path, broken):
    load_catalogue(ROWS.encode(), instance.folder)
    place.look_in(instance.folder)
    page = page_for("researcher")
    another_place(page, site)
    page.route(
        "**/reports/municipalities",
        lambda route: route.abort() if broken == "no line" else route.fulfill(status=502, body="Bad gateway"),
    )
    page.expected = ["htmx:", "Failed to load resource", "Response Status Error Code 502"]
    again = page.get_by_role("button", name="Try again").first
    municipality = page.locator('[name="incident.place.municipality"]')
    expect(again).to_be_hidden()
    page.select_option('[name="incident.place.state"]', "MX-OAX")
    expect(again).to_be_visible()
    expect(municipality).to_be_attached()  # what was there is not replaced by an error
    expect(page.locator("#no-line")).to_be_hidden()  # it speaks of another button
    expect(page.get_by_text("You can go on without one: say in the account").first).to_be_visible()
    look(page, f"municipalities-{broken.replace(' ', '-')}")
    assert fits(page)
    again.press("Enter")
    expect(again).to_be_visible()
    page.unroute("**/reports/municipalities")
    again.focus()
    page.keyboard.press("Enter")
    expect(municipality.locator('option[value="20067"]')).to_have_count(1)
    expect(again).to_be_hidden()
    expect(page.locator('[name="incident.place.state"]')).to_be_focused()
    place.look_in(tmp_path / "nowhere")


@SQLITE
def test_figures_of_others_are_read(site, page_for, staff):
    with staff.reviewer.work() as work:
        series.bring_in(work, COUNTS.encode(), "counts.csv", series.load(MAPPING))
    page = page_for("analyst")
    page.goto(f"{site}/series/")
    look(page, "series")
    assert fits(page)
    page.get_by_role("link", name="INV / =KID").click()
    page.select_option('[name="state"]', "MX-BCN")
    press(page, "Show")
    expect(page.get_by_text("Tijuana")).to_be_visible()
    look(page, "series-table")
    assert fits(page)
