"""A record is mended on a phone and at a desk: the form, the reason, two at once, the history."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from incidents.intake import editing, report, schema, take_in
from incidents.model.incident import Incident
from incidents.model.people import Person
from tests import make
from tests.web.walking import WIDTHS, faultless, glance, signed_in

WHY = "The recording says otherwise; I listened to it twice."


@pytest.fixture
def page_of(site, open_page, house):
    def open_one(member, width: str, *, script: bool = True) -> Page:
        return signed_in(open_page, house, member, viewport=WIDTHS[width], java_script_enabled=script)

    return open_one


@pytest.fixture
def taken(staff):
    with staff.researcher.work() as work:
        id = report.send(work, schema.load(make.report_document()), "page").id
    with staff.other_reviewer.work() as work:
        return take_in.take_in(work, id).id


def look(page: Page, name: str) -> None:
    glance(page, name)
    if "without" not in name:  # its script is the page's own
        faultless(page, name)


def press(page: Page, text: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=text, exact=True).click()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "script"), [("phone", True), ("desk", False)])
def test_a_reviewer_mends_an_incident_while_a_colleague_does(site, page_of, staff, taken, width, script):
    page = page_of(staff.reviewer, width, script=script)
    page.expected += ["422", "409"]
    name = f"{width}{'' if script else '-without'}"
    page.goto(f"{site}/incidents/{taken}")
    look(page, f"1-incident-{name}")
    page.locator(f'a[href="/incidents/edit/incident/{taken}"]').click()
    look(page, f"2-edit-{name}")
    page.fill('[name="summary"]', "Nine days in a cellar.")
    press(page, "Keep the changes")
    expect(page.locator("#problems")).to_be_visible()
    expect(page.locator('[name="summary"]')).to_have_value("Nine days in a cellar.")
    with staff.second.work() as work:
        row = work.get(Incident, taken)
        facts = {n: said for n, said in editing.read(work, row)["facts"].items() if n != "interview"}
        editing.edit(work, row, row.version, facts, WHY, {"summary": "Eight days in a cellar."})
    page.fill('[name="reasons"]', WHY)
    press(page, "Keep the changes")
    expect(page.locator("body")).to_contain_text("Nothing you typed was lost")
    look(page, f"3-both-{name}")
    page.get_by_label("As you wrote it: Nine days in a cellar.").check()
    press(page, "Keep the changes")
    expect(page.locator("#history")).to_contain_text("edited (Summary)")
    look(page, f"4-history-{name}")
    page.locator("#history a").first.click()
    expect(page.locator("#changed")).to_contain_text("Eight days in a cellar.")
    look(page, f"5-edit-shown-{name}")


@pytest.mark.browser
@pytest.mark.parametrize("width", ["phone", "desk"])
def test_acts_and_people_are_mended_and_added(site, page_of, staff, taken, width):
    page = page_of(staff.reviewer, width)
    page.goto(f"{site}/incidents/{taken}")
    page.locator('#acts a[href*="/edit/act/"]').click()
    look(page, f"6-act-{width}")
    page.select_option('[name="acts.0.status"]', "A")
    page.fill('[name="reasons"]', WHY)
    press(page, "Keep the changes")
    page.locator('#acts a[href*="/edit/involvement/"]').first.click()
    look(page, f"7-part-{width}")
    page.go_back()
    page.get_by_role("link", name="Add a forgotten act").click()
    page.select_option('[name="acts.0.type"]', "ROB")
    look(page, f"8-add-act-{width}")
    page.fill('[name="reasons"]', WHY)
    press(page, "Add it")
    expect(page.locator("#acts .item")).to_have_count(2)
    page.get_by_role("link", name="Add a forgotten person").click()
    look(page, f"9-add-person-{width}")
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person.id).where(Person.teller.is_(True))).one()
    page.goto(f"{site}/incidents/persons/{person}")
    page.locator('#facts a[href*="/edit/person/"]').click()
    page.fill('[name="persons.0.facts.age"]', "31")
    page.fill('[name="reasons"]', WHY)
    look(page, f"10-person-{width}")
    press(page, "Keep the changes")
    page.get_by_role("link", name="Correct a name or a contact").click()
    look(page, f"11-which-{width}")
    with page.expect_navigation():
        page.locator('button[name="field"][value="name"]').click()
    page.fill('[name="persons.0.identity.name"]', "Xiomara Otra Inventada")
    page.fill('[name="reasons"]', WHY)
    look(page, f"12-name-{width}")
    press(page, "Keep the changes")
    expect(page.locator("#edits")).to_contain_text("edited (Name)")
    look(page, f"13-person-history-{width}")
