"""A newer version of a row in a real browser: each difference in words, taken or not, on a phone and at a desk."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from incidents import accounts, gate, review
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.model.vocabulary import Verification as V  # noqa: N817  as in review.py
from tests import make
from tests.browser import DESK, PHONE
from tests.intake.test_following import bring_in
from tests.web.walking import look

CHANGED = {
    "age": "30", "day": "2019-03-09", "name": "Xiomara Corregida", "story": "Otra cosa.", "stat": "Y",
    "name2": "", "age2": "", "act2": "E", "group": "Otros inventados",
}  # fmt: skip


def page_of(open_page, house, member, viewport, locale="en", *, script=True) -> Page:
    token = accounts.sign_in(house, member.name, make.PASSPHRASE).token
    page = open_page(viewport=viewport, locale=locale, java_script_enabled=script)
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return page


def waits(staff) -> str:
    bring_in(staff.reviewer, {"stat": "N"})
    with staff.second.work() as work:
        review.move(work, work.db.scalars(select(Act)).one(), V.CREDIBLE, "Compared with the register.")
    bring_in(staff.reviewer, CHANGED)
    with staff.reviewer.work() as work:
        return f"/inbox/{work.db.scalars(select(Report.id).where(Report.edition == 2)).one()}"


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("viewport", "script"), [(PHONE, False), (DESK, True)])
def test_a_reviewer_takes_the_age_and_leaves_the_rest(site, open_page, house, staff, viewport, script):
    page = page_of(open_page, house, staff.other_reviewer, viewport, script=script)
    page.goto(f"{site}{waits(staff)}")
    if script:
        look(page, "newer-choices")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") if script else True
    expect(page.locator('input[value="theirs"]:checked')).to_have_count(0)
    page.locator('input[name="take.persons.p1.facts.age"][value="theirs"]').check()
    page.get_by_role("button", name="Do as I chose").click()
    expect(page.get_by_text("was brought up to date")).to_be_visible()
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        assert work.read(person, "facts")["age"] == 30
        assert work.read(person, "name") == make.CANARY_NAME
        assert len(work.db.scalars(select(Act)).all()) == 1


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_all_of_it_is_one_press_and_the_page_speaks_spanish(site, open_page, house, staff):
    with staff.other_reviewer.work() as work:
        accounts.set_language(work, "es")
    page = page_of(open_page, house, staff.other_reviewer, PHONE, "es")
    page.goto(f"{site}{waits(staff)}")
    look(page, "newer-choices-es")
    page.locator('button[value="adopt"]').click()
    page.wait_for_url("**/incidents/**")
    with staff.reviewer.work() as work:
        assert len(work.db.scalars(select(Act)).all()) == 2
    if folder := os.environ.get("AMPARO_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "newer-adopted-es.png", full_page=True)
