"""A withdrawal by three words in a real browser, in Spanish: from the page to the corrected release."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incidents import accounts, gate, review
from incidents.consent import codes
from incidents.intake import parting, report, schema
from incidents.intake.take_in import take_in
from incidents.model.account import User
from incidents.model.incident import Act
from incidents.model.vocabulary import Verification
from tests import make
from tests.browser import DESK, PHONE
from tests.release.test_publish import manifest, pack, prepared, signed, story
from tests.web.walking import look


def browser_of(open_page, house, member):
    """Signed in, in Spanish."""
    with member.work() as work:
        work.get(User, member.id).language = "es"
    token = member.token or accounts.sign_in(house, member.name, make.PASSPHRASE).token
    made = open_page(viewport=DESK, locale="es")
    cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
    made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return made


def told(staff) -> list[str]:
    """Three classes of six, all credible; the words of the first teller."""
    words = []
    for month in (1, 4, 7):
        for _report in range(6):
            with staff.researcher.work() as work:
                sent = report.send(work, schema.load(story(f"2019-{month:02}")), "page").id
            with staff.researcher.work() as work:
                words += parting.shown(work, sent)
            with staff.reviewer.work() as work:
                take_in(work, sent)
    with staff.reviewer.work() as work:
        for act in work.db.scalars(select(Act)):
            review.move(work, act, Verification.CREDIBLE, "Detailed and consistent account.")
    return words


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_three_words_typed_on_a_phone_end_in_a_corrected_release(site, open_page, house, staff, monkeypatch):
    monkeypatch.setattr(codes, "SLOW", 0.05)
    words = told(staff)
    release = prepared(staff)
    signed(staff, release)
    before = pack(staff, release)

    phone = open_page(viewport=PHONE, locale="es")
    phone.goto(f"{site}/withdraw")
    assert phone.locator("html").get_attribute("lang") == "es"
    look(phone, "three-words")
    phone.fill("#words", words[0].upper())
    phone.locator('form[action="/withdraw"] button').click()
    expect(phone.locator("#done")).to_be_visible()
    look(phone, "three-words-done")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    reviewer = browser_of(open_page, house, staff.reviewer)
    reviewer.goto(f"{site}/consents")
    look(reviewer, "consents")
    reviewer.locator("#withdrawn a").first.click()
    expect(reviewer.locator("#releases")).to_contain_text("L-")
    expect(reviewer.locator("#notice-1")).to_contain_text("borrar todas las copias")
    look(reviewer, "person-withdrew")

    analyst = browser_of(open_page, house, staff.analyst)
    analyst.goto(f"{site}/releases/{release}")
    correction = f'form[action="/releases/{release}/correction"] button'
    analyst.locator("main details summary").first.click()
    analyst.locator(correction).click()
    analyst.wait_for_url(re.compile(r"/releases/(?!" + str(release) + ")[0-9a-f-]+$"))
    corrected = UUID(analyst.url.rpartition("/")[2])
    look(analyst, "correction")

    signer = browser_of(open_page, house, staff.second)
    signer.goto(f"{site}/releases/{corrected}")
    signer.check("[name=declared]")
    signer.locator(f'form[action="/releases/{corrected}/sign"] button[type="submit"]').click()
    signer.goto(f"{site}/releases/{release}")
    expect(signer.locator("#notice")).to_contain_text("queda retirado")
    look(signer, "corrected")

    after = manifest(pack(staff, corrected))
    assert after["counts"]["released"] == manifest(before)["counts"]["released"] - 6
    assert after["counts"]["excluded"] == {"withdrawn": 1, "held_back": 5}
