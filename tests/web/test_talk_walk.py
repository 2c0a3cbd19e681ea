"""A question asked at a desk, seen and answered on a phone, read at the desk: in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate
from incidents.intake import report, take_in
from tests import make
from tests.browser import DESK, PHONE
from tests.web.test_walk import look, press

SAID = "A las cuatro, dijo la señora del Alcatraz."


@pytest.fixture
def page_of(site, open_page, house):
    """A window in which somebody of the staff is signed in."""

    def open_one(member, viewport):
        token = member.token or accounts.sign_in(house, member.name, make.PASSPHRASE).token
        made = open_page(viewport=viewport)
        cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
        made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
        return made

    return open_one


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_question_goes_to_the_phone_and_its_answer_comes_back(site, page_of, staff):
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.other_reviewer.work() as work:
        incident = take_in.take_in(work, sent).id
    desk, phone = page_of(staff.reviewer, DESK), page_of(staff.researcher, PHONE)
    desk.goto(f"{site}/incidents/{incident}")
    desk.get_by_role("link", name="Review this act").click()
    desk.get_by_role("link", name="Ask the sender, or comment").click()
    desk.select_option('[name="question"]', "when")
    desk.fill('[name="words"]', "¿A qué hora salió el camión azul?")
    look(desk, "talk-ask")
    press(desk, "Ask")
    desk.fill('[name="comment"]', "@Remo Inventado: the hour is missing.")
    press(desk, "Say it")
    expect(desk.get_by_text("the hour is missing")).to_be_visible()
    with desk.expect_navigation():  # what is waited for stands on either page
        desk.get_by_role("link", name="The act").click()
    expect(desk.get_by_text("Waiting for an answer").first).to_be_visible()
    look(desk, "talk-act-waits")

    phone.goto(f"{site}/")
    phone.get_by_role("link", name="Answer it").click()
    expect(phone.get_by_text("¿A qué hora salió el camión azul?")).to_be_visible()
    with phone.expect_response("**/answer/kept"):
        phone.fill("textarea", SAID)
    expect(phone.get_by_text("Kept as your draft, sealed")).to_be_visible()
    look(phone, "talk-answer")
    phone.reload()
    expect(phone.locator("textarea")).to_have_value(SAID)
    press(phone, "Seal and send")
    expect(phone).to_have_url(
        re.compile(r"/reports/[^/]+$")
    )  # it stands in the box of the page before as well
    expect(phone.get_by_text(SAID)).to_be_visible()
    look(phone, "talk-own-report")

    desk.goto(f"{site}/")
    desk.get_by_role("link", name="Answers to be read").click()
    look(desk, "talk-list")
    desk.locator("a.ref").click()
    expect(desk.get_by_text(SAID)).to_be_visible()
    look(desk, "talk-incident")
    press(desk, "Read, done with it")
    expect(desk.get_by_text("Done with it.")).to_be_visible()
    desk.set_viewport_size(PHONE)
    look(desk, "talk-incident-phone")
