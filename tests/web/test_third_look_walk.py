"""The form on a real phone: going back after sending, with and without a script; the page of take-in, folded."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from incidents import accounts
from incidents.intake import report, schema
from incidents.model.report import Report
from tests import make
from tests.web.walking import glance as look
from tests.web.walking import press_deed as press

SCREENS = 3 * 740  # pixels of a small phone


def reports(house) -> int:
    house.db().rollback()
    return house.db().scalar(select(func.count()).select_from(Report))


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_going_back_after_sending_shows_the_receipt(site, phone_of, staff, house, script):
    phone = phone_of(staff.researcher, script=script)
    phone.goto(f"{site}/reports/new")
    phone.fill('[name="narrative"]', "Nos bajaron del camión.")
    press(phone, "go:who")
    press(phone, "add:persons")
    press(phone, "go:doers")
    press(phone, "add:perpetrators")
    press(phone, "send")
    steps = 0
    while True:
        phone.go_back()
        if phone.url == "about:blank":
            break
        expect(phone.locator("h1")).to_contain_text("Sealed and sent")
        steps += 1
    assert steps >= 4
    assert reports(house) == 1


@pytest.mark.browser
def test_a_page_with_a_problem_can_be_gone_back_to(site, phone_of, staff):
    phone = phone_of(staff.researcher)
    phone.expected.append("422")
    phone.goto(f"{site}/reports/new")
    press(phone, "send")
    expect(phone.locator("#problems")).to_be_visible()
    phone.fill('[name="narrative"]', "Nos bajaron del camión.")
    press(phone, "send")
    phone.go_back()
    expect(phone.locator("h1")).to_contain_text("Sealed and sent")


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en", "es"])
def test_the_form_as_a_stranger_sees_it(site, phone_of, staff, house, locale):
    with staff.researcher.work() as work:
        accounts.set_language(work, locale)
    with staff.reviewer.work() as work:
        accounts.set_language(work, locale)
    phone = phone_of(staff.researcher, script=locale == "en")
    phone.goto(f"{site}/reports/new")
    look(phone, f"{locale}-new")
    phone.fill('[name="narrative"]', "Nos bajaron del camión.")
    for step in ("who", "what", "programme", "when", "doers", "after"):
        press(phone, f"go:{step}")
        if step == "who":
            phone.fill('[name="persons.0.identity.name"]', "Marta Inventada")
            press(phone, "add:persons")
        look(phone, f"{locale}-{step}")
    phone.goto(f"{site}/reports/")
    look(phone, f"{locale}-list")
    phone.goto(f"{site}/reports/nothing")
    look(phone, f"{locale}-nothing")
    phone.locator('[name="danger"][value="today"]').check(force=True)
    press(phone, "STP")
    look(phone, f"{locale}-stopped-sent")
    phone.goto(f"{site}/")
    look(phone, f"{locale}-home")
    with staff.researcher.work() as work:
        soon = schema.load(make.report_document(danger="before", danger_before="2026-12-14"))
        sent = report.send(work, soon, "page", uuid4()).id
        report.send(work, schema.load(make.report_document()), "page", uuid4())
        report.send(work, schema.load(make.report_document()), "practice", uuid4())
    reader = phone_of(staff.reviewer, script=locale == "en")
    reader.goto(f"{site}/inbox/")
    look(reader, f"{locale}-inbox")
    reader.goto(f"{site}/inbox/{sent}")
    look(reader, f"{locale}-take-in")
    assert reader.evaluate("document.documentElement.scrollHeight") <= SCREENS
    reader.goto(f"{site}/inbox/?state=practice")
    look(reader, f"{locale}-practice")
    phone.goto(f"{site}/reports/")
    look(phone, f"{locale}-own")
    house.sessions.end_all(staff.researcher.id)
    phone.expected.append("401")
    phone.goto(f"{site}/reports/")
    look(phone, f"{locale}-signed-out")
