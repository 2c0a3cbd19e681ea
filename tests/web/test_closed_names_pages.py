"""Names in a report that waits: closed at each look, opened for a reason that is noted, carried as they were told."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incidents.intake import report, schema
from incidents.model.audit import AuditEntry
from incidents.model.consent import ConsentEvent
from incidents.model.people import Person
from tests import make
from tests.browser import PHONE
from tests.web.reading import form, problems
from tests.web.walking import arrived, look, press, signed_in

SECRETS = (make.CANARY_NAME, make.CANARY_PHONE, make.CANARY_DOCUMENT)


@pytest.fixture
def address(staff):
    with staff.researcher.work() as work:
        return f"/inbox/{report.send(work, make.report_document(), 'page').id}"


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


def typed(text):
    return form(text, having="acts.0.type").filled()


def opened(reader, address, why="verification", **changes):
    page = typed(reader.get(address).text)
    return reader.post(address, data={**page, "deed": "open_names", "names_why": why, **changes})


def notes(house):
    query = select(AuditEntry).where(AuditEntry.event == "report.names-opened")
    return [note.detail for note in house.db().scalars(query)]


def name_kept(staff):
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller.is_(True))).one()
        return work.read(person, "name", "correction"), work.read(person, "phone", "correction")


def test_a_report_is_read_with_its_names_closed(reader, address, house):
    text = reader.get(address).text
    assert make.CANARY_NARRATIVE in text
    assert not [secret for secret in SECRETS if secret in text]
    assert "Names and ways to reach them" in text
    assert notes(house) == []


def test_names_beside_a_consent_are_closed_with_the_others_and_go_along(staff, reader, house):
    guardian = "Ermelinda Tutora Inventada"
    told = make.report_document()
    told["persons"][0]["consent"]["names"] = {"witness": guardian}
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(told), "page").id
    address = f"/inbox/{sent}"
    assert guardian not in reader.get(address).text
    assert guardian in opened(reader, address).text
    page = typed(reader.get(address).text)
    assert reader.post(address, data={**page, "deed": "take_in"}).status_code == 303
    with staff.reviewer.work() as work:
        rows = [row for row in work.db.scalars(select(ConsentEvent)) if row.names is not None]
        assert [said["witness"] for said in work.read_all(rows, "names", "correction")] == [guardian]


def test_what_is_closed_goes_along_as_it_was_told(staff, reader, address):
    page = typed(reader.get(address).text)
    answer = reader.post(address, data={**page, "deed": "take_in", "persons.0.facts.age": "31"})
    assert answer.status_code == 303
    assert name_kept(staff) == (make.CANARY_NAME, make.CANARY_PHONE)


def test_names_are_opened_for_a_reason_that_is_noted_and_the_next_look_finds_them_closed(
    reader, address, house
):
    refused = opened(reader, address, why="")
    assert refused.status_code == 422
    assert problems(refused.text) == {"names_why": "Choose why you open it."}
    assert make.CANARY_NAME not in refused.text
    shown = opened(reader, address, **{"persons.0.facts.age": "44"})
    assert shown.status_code == 200
    page = typed(shown.text)
    assert page["persons.0.identity.name"] == make.CANARY_NAME
    assert page["persons.0.facts.age"] == "44"  # what was typed stays
    assert notes(house) == [{"why": "verification", "count": 2}]
    assert make.CANARY_NAME not in reader.get(address).text
    shut = reader.post(address, data={**page, "deed": "close_names"})
    assert make.CANARY_NAME not in shut.text
    assert typed(shut.text)["persons.0.facts.age"] == "44"


def test_opened_names_are_corrected_and_cleared_as_they_are_typed(staff, reader, address):
    page = typed(opened(reader, address).text)
    changed = {"persons.0.identity.name": "Otra Inventada", "persons.0.identity.phone": ""}
    assert reader.post(address, data={**page, **changed, "deed": "take_in"}).status_code == 303
    assert name_kept(staff) == ("Otra Inventada", None)


def test_a_form_that_says_that_names_were_opened_shows_none(reader, address, house):
    page = typed(reader.get(address).text)
    answer = reader.post(address, data={**page, "deed": "check", "names_typed": "yes"})
    assert not [secret for secret in SECRETS if secret in answer.text]
    assert notes(house) == []


def test_opened_names_close_by_themselves_and_keep_what_was_corrected(reader, address):
    page = opened(reader, address).text
    assert "load delay:120s" in page
    closing = typed(page) | {"deed": "close_names", "timed": "yes"}
    assert make.CANARY_NAME not in reader.post(address, data=closing).text
    changed = reader.post(address, data={**closing, "persons.0.identity.name": "Otra Inventada"}).text
    assert "Otra Inventada" in changed
    assert "load delay:120s" in changed


def test_where_two_say_yes_names_wait_for_the_page_of_the_person(app, reader, address, house):
    app.extensions["house"].second_yes = True
    assert "Take the report in first" in reader.get(address).text
    answer = opened(reader, address)
    assert answer.status_code == 422
    assert "Take the report in first" in answer.text
    assert make.CANARY_NAME not in answer.text
    assert notes(house) == []


def test_a_report_that_was_taken_in_is_read_the_same_way(reader, address, house):
    reader.post(address, data={**typed(reader.get(address).text), "deed": "take_in"})
    text = reader.get(address).text
    assert make.CANARY_NAME not in text
    asked = form(text, having="names_why").filled() | {"deed": "open_names", "names_why": "verification"}
    assert make.CANARY_NAME in reader.post(address, data=asked).text
    assert len(notes(house)) == 1


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_names_are_opened_and_closed_on_a_phone(site, open_page, house, staff, address):
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}{address}")
    page.locator("#s-who summary").first.click()
    expect(page.locator("#s-who").get_by_text("Names and ways to reach them").first).to_be_visible()
    look(page, "inbox-names-closed")
    page.select_option('[name="names_why"]', "verification")
    press(page, "Open the names")
    expect(page.locator('[name="persons.0.identity.name"]')).to_have_value(make.CANARY_NAME)
    look(page, "inbox-names-open")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(page, "Close the names")
    expect(page.locator('[name="persons.0.identity.name"]')).to_have_count(0)


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_opened_names_close_on_a_phone_after_two_minutes(site, open_page, house, staff, address):
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.clock.install()
    page.goto(f"{site}{address}")
    page.locator("#s-who summary").first.click()
    page.select_option('[name="names_why"]', "verification")
    page.get_by_role("button", name="Open the names").click()
    name = page.locator('[name="persons.0.identity.name"]')
    expect(name).to_have_value(make.CANARY_NAME)
    arrived(page)  # its own clock begins with its scripts
    page.clock.fast_forward(125_000)
    expect(page.get_by_text("close by themselves")).to_have_count(0)
    assert make.CANARY_NAME not in page.content()
