"""A task made, looked at and closed in a real browser, on a phone; and the count of interviews."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from incidents import accounts, consent, follow_up, gate, search
from incidents.intake import interviews, report, take_in
from incidents.model.incident import Incident
from incidents.model.vocabulary import codes
from tests import make
from tests.browser import PHONE
from tests.intake.test_interviews import conversation, send, told_of_one
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


@pytest.fixture
def teller(staff):
    """Somebody who may be called."""
    sent = told_of_one(staff.researcher)
    with staff.reviewer.work() as work:
        incident = take_in.take_in(work, sent)
    with staff.reviewer.work() as work:
        person = next(each for each, _facts in search.people_of(work, incident.id) if each.teller)
        rules = {"may_call": "yes", "hours": "after six", "language": "es", "message": "no"}
        work.seal(person, safe_contact=rules | {"code_word": "girasol"})
        work.note("person.changed", person)
        consent.decide(work, person, {"method": "spoken", "decisions": {"CON": "given"}})
        return incident.id, person.id


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_task_is_made_seen_and_closed_on_a_phone(site, page, staff, teller):
    incident, person = teller
    page.goto(f"{site}/incidents/persons/{person}")
    page.get_by_role("link", name="Add a task").click()
    page.select_option('[name="kind"]', index=1)
    page.check('[name="due"][value="tomorrow"]')
    page.fill('[name="words"]', "Tell her what became of the complaint.")
    look(page, "task-new")
    press(page, "Keep the task")
    expect(page.get_by_text("girasol")).to_be_visible()
    look(page, "task")
    page.select_option('[name="reason"]', "contact")
    press(page, "Open the phone number")
    expect(page.get_by_text(make.CANARY_PHONE)).to_be_visible()
    look(page, "task-phone")
    with staff.reviewer.work() as work:
        kind, found = next(iter(codes("task"))), work.get(Incident, incident)
        follow_up.make(work, found, None, kind, work.today, None)
        follow_up.make(work, found, None, kind, work.today + timedelta(days=40), staff.reviewer.id)
    page.goto(f"{site}/tasks/")
    look(page, "tasks")
    page.goto(f"{site}/incidents/{incident}")
    page.get_by_role("link", name="Record what was done").click()
    look(page, "intervention-new")
    page.select_option('[name="kind"]', index=1)
    page.select_option('[name="status"]', index=1)
    press(page, "Record")
    look(page, "incident-followed-up")
    page.goto(f"{site}/tasks/")
    page.locator("main table a").nth(1).click()
    page.select_option('[name="outcome"]', index=1)
    press(page, "It is done")
    expect(page.get_by_text("Closed.")).to_be_visible()
    look(page, "task-closed")


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_interviews_in_which_nothing_had_happened_are_recorded_with_one_press_and_counted(
    site, page, staff, teller
):
    for outcome in ("NOT", "STP"):
        send(staff.researcher, conversation(outcome))
    with staff.reviewer.work() as work:
        assert len(report.inbox(work)) == len(interviews.waiting(work)) == 2
    page.goto(f"{site}/inbox/")
    look(page, "inbox-interviews")
    page.get_by_role("link", name="Interviews in which nothing had happened").click()
    look(page, "interviews-waiting")
    press(page, "Record 2 interviews")
    page.goto(f"{site}/interviews/")
    expect(page.get_by_text("1 of 3 people interviewed told of an incident.")).to_be_visible()
    look(page, "interviews")
