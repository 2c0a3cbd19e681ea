"""The consent step on a phone, in both languages, with a script and without: read aloud, decided, stopped, refused."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from incidents import accounts, consent
from incidents.intake import report
from incidents.intake.take_in import take_in
from incidents.model.people import Person
from incidents.model.report import Draft, Report
from tests.browser import PHONE
from tests.web.walking import glance as look
from tests.web.walking import press_deed as press

AT = "persons.0.consent"
KEEP = f"{AT}.decisions.REC"
WALKS = [("en", True), ("es", False)]


def tick(page: Page, name: str, value: str) -> None:
    page.locator(f'label:has([name="{name}"][value="{value}"])').click()


def open_all(page: Page) -> None:
    for summary in page.locator("main details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()


def drafts(house) -> list[UUID]:
    house.db().rollback()
    return list(house.db().scalars(select(Draft.id)))


@pytest.fixture
def speaks(staff):
    def both(language):
        for member in (staff.researcher, staff.reviewer):
            with member.work() as work:
                accounts.set_language(work, language)

    return both


@pytest.fixture
def whom(app, tmp_path, monkeypatch):
    (tmp_path / "whom.txt").write_text("Clinic: 664 000 0000\nShelter, at any hour: 664 000 0001", "utf-8")
    (tmp_path / "whom.es.txt").write_text(
        "Clínica: 664 000 0000\nAlbergue, a cualquier hora: 664 000 0001", "utf-8"
    )
    monkeypatch.setattr(app.extensions["house"], "referral", tmp_path / "whom.txt")


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "script"), WALKS)
def test_the_consent_step_from_the_first_word_to_the_last(
    site, phone_of, staff, house, speaks, whom, locale, script
):
    speaks(locale)
    phone, name = phone_of(staff.researcher, script=script), f"{locale}-{'script' if script else 'plain'}"
    phone.goto(f"{site}/reports/new")
    expect(phone.locator("#consent .say").first).to_be_visible()
    look(phone, f"{name}-1-new")
    open_all(phone)
    expect(phone.locator(".of-guardian").first).to_be_hidden()
    expect(phone.locator(".of-family").first).to_be_hidden()
    look(phone, f"{name}-2-open")
    phone.select_option(f'[name="{AT}.given_by"]', "family")
    expect(phone.locator(".of-family").first).to_be_visible()
    expect(phone.locator(".of-guardian").first).to_be_hidden()
    phone.select_option(f'[name="{AT}.given_by"]', "guardian")
    expect(phone.locator(".of-guardian").first).to_be_visible()
    look(phone, f"{name}-3-guardian")
    phone.select_option(f'[name="{AT}.given_by"]', "self")
    tick(phone, KEEP, "given")
    tick(phone, f"{AT}.decisions.STA", "given")
    tick(phone, f"{AT}.decisions.ROW", "requested")
    phone.fill('[name="narrative"]', "Nos bajaron del camión.")
    press(phone, "stop")
    expect(phone.locator("#words-1")).to_be_visible()
    expect(phone.locator(".told")).to_contain_text("664 000 0001")
    look(phone, f"{name}-4-stopped")
    words = phone.locator("#words-1").inner_text()
    phone.locator('a[href$="/words"]').click()
    expect(phone.locator("body")).to_have_text(words)
    look(phone, f"{name}-5-card")
    phone.go_back()
    phone.locator('a[href$="/receipt"]').click()
    expect(phone.locator("main")).to_contain_text("Sin decidir" if locale == "es" else "Not decided yet")
    look(phone, f"{name}-6-receipt")
    phone.go_back()
    phone.locator('a[href*="/reports/drafts/"]').click()
    expect(phone.locator("#consent .say").first).to_be_hidden()
    press(phone, "go:who")
    press(phone, "add:persons")
    phone.fill('[name="persons.1.identity.name"]', "Julio Inventado")
    tick(phone, "persons.1.teller", "yes")
    phone.locator("#persons-1 > details.of-one > summary").last.click()
    tick(phone, "persons.1.consent.decisions.REC", "given")
    look(phone, f"{name}-7-who")
    press(phone, "send")
    expect(phone.locator("#words-2")).to_be_visible()
    expect(phone.locator("#words-1")).to_have_text(words)
    look(phone, f"{name}-8-sent")


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "script"), WALKS)
def test_a_no_on_the_page_itself(site, phone_of, staff, house, speaks, whom, locale, script):
    speaks(locale)
    phone, name = phone_of(staff.researcher, script=script), f"{locale}-{'script' if script else 'plain'}"
    phone.expected.append("422")
    phone.goto(f"{site}/reports/new")
    tick(phone, KEEP, "given")
    phone.fill('[name="narrative"]', "Nos bajaron del camión.")
    press(phone, "save")
    (before,) = drafts(house)
    tick(phone, KEEP, "refused")
    press(phone, "send")
    assert drafts(house) == []
    expect(phone.locator("#problems")).to_be_visible()
    expect(phone.locator('[name="narrative"]')).to_have_value("Nos bajaron del camión.")
    expect(phone.locator("#consent .told")).to_contain_text("664 000 0001")
    look(phone, f"{name}-9-no")
    if script:
        assert str(before) not in phone.url
    tick(phone, KEEP, "given")
    press(phone, "save")
    (after,) = drafts(house)
    assert after != before
    expect(phone.locator('[name="narrative"]')).to_have_value("Nos bajaron del camión.")


@pytest.mark.browser
def test_a_no_takes_what_was_kept_by_itself_at_once(site, phone_of, staff, house):
    phone = phone_of(staff.researcher)
    phone.goto(f"{site}/reports/new")
    tick(phone, KEEP, "given")
    phone.fill('[name="narrative"]', "Nos bajaron del camión.")
    expect(phone.locator("#saved")).to_contain_text("Kept as your draft")
    (before,) = drafts(house)
    tick(phone, KEEP, "refused")
    expect(phone.locator("#saved")).to_contain_text("They said no: nothing is kept")
    assert drafts(house) == []
    expect(phone.locator("#client-id")).not_to_have_value(str(before))
    assert str(before) not in phone.url
    tick(phone, KEEP, "given")
    expect(phone.locator("#saved")).to_contain_text("Kept as your draft")
    (after,) = drafts(house)
    assert f"id={after}" in phone.url
    tick(phone, KEEP, "refused")
    expect(phone.locator("#saved")).to_contain_text("They said no: nothing is kept")
    phone.on("dialog", lambda dialog: dialog.accept())
    phone.reload()
    expect(phone.locator('[name="narrative"]')).to_have_value("")


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "script"), WALKS)
def test_the_pages_of_who_keeps_consents(site, phone_of, staff, house, speaks, locale, script):
    speaks(locale)
    name = f"{locale}-{'script' if script else 'plain'}"
    phone = phone_of(staff.researcher, script=script)
    phone.goto(f"{site}/reports/new")
    tick(phone, KEEP, "given")
    phone.fill('[name="narrative"]', "Nos bajaron del camión.")
    press(phone, "send")
    with staff.reviewer.work() as work:
        sent = work.db.scalars(select(Report)).one().id
        person = report.read(work, sent).person_ids["p1"]
        take_in(work, sent)
    with staff.reviewer.work() as work:
        family = {"given_by": "family", "relation": "sibling", "kin": "1", "for_search": "yes"}
        given = {"decisions": {"PUB": "given"}, "on": "2024-01-01", "legal_basis": "CON", **family}
        consent.decide(work, work.get(Person, person), given)
    keeper = phone_of(staff.reviewer, script=script)
    keeper.goto(f"{site}/consents")
    look(keeper, f"{name}-10-consents")
    keeper.locator('form[action$="/consents/ran-out"] button').click()
    look(keeper, f"{name}-11-noted")
    keeper.goto(f"{site}/incidents/persons/{person}")
    keeper.locator("#consent > details > summary").first.click()
    look(keeper, f"{name}-12-person")
    keeper.goto(f"{site}/consents/{person}/receipt")
    look(keeper, f"{name}-13-receipt")
    anybody = phone_of(staff.reviewer, script=script)
    anybody.goto(f"{site}/withdraw")
    look(anybody, f"{name}-14-withdraw")
    assert anybody.viewport_size == PHONE
