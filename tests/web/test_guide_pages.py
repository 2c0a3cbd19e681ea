"""The guide: a first day for each role, what each state means, two pages for the interview."""

import re
from html import unescape

import pytest

from incidents.model.vocabulary import JobState, ReleaseState, ReportState, Role, Verification
from tests.web.test_release_pages import text_of
from tests.web.walking import arrived, look, look_at_both

ROLES = {role: "researcher" if role == Role.FIELD_RESEARCHER else role.value for role in Role}
PAGES = ("/guide/", "/guide/words", "/guide/interview", *(f"/guide/first-day?role={role}" for role in Role))


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", list(Role))
def test_every_step_leads_somewhere_its_reader_may_go(browser_for, role):
    browser = browser_for(ROLES[role])
    days = {each: browser.get(f"/guide/first-day?role={each}").text for each in Role}
    links = {role: re.findall(r'<p class="no-print"><a href="([^"]+)"', day) for role, day in days.items()}
    for address in {each for found in links.values() for each in found}:
        assert browser.get(address, follow_redirects=True).status_code == 200, address
    own = [unescape(each) for each in links[role]]
    assert len(own) >= 2  # at the least one step and the words
    assert f'href="/guide/first-day?role={role}"' in browser.get("/guide/").text
    assert browser.get("/guide/first-day").text == days[role]
    assert browser.get("/guide/first-day?role=../secret").status_code == 404


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_every_state_is_explained_under_its_badge(browser_for):
    whole = browser_for("auditor").get("/guide/words").text
    meanings = re.findall(r"<dt>(.*?)</dt><dd>(.+?)</dd>", whole, re.DOTALL)
    states = {*ReportState, *Verification, *ReleaseState, *JobState, "draft"}
    assert len(meanings) == len(states)
    badges = {text_of(badge) for badge, _text in meanings}
    assert not badges & {str(state) for state in states}  # words, never the code
    assert 'class="badge"' not in whole  # a code that has no words would stand in a bare badge


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_the_sheet_for_the_interview_says_whom_to_call(app, browser_for, tmp_path):
    browser = browser_for("researcher")
    assert "Somebody of ours, at any hour" in text_of(browser.get("/guide/interview").text)
    house = app.extensions["house"]
    file = tmp_path / "call.txt"
    file.write_text("Invented shelter: 000", "utf-8")
    object.__setattr__(house, "referral", file)
    said = text_of(browser.get("/guide/interview").text)
    assert "Invented shelter: 000" in said
    assert "Somebody of ours, at any hour" not in said


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
@pytest.mark.parametrize("locale", ["en", "es"])
def test_axe_finds_nothing_in_the_guide(site, phone_of, staff, locale):
    page = phone_of(staff.coordinator)
    page.goto(site)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name={"en": "English", "es": "Español"}[locale]).click()
    arrived(page)
    for address in PAGES:
        page.goto(site + address)
        assert page.get_attribute("html", "lang") == locale
        look_at_both(page, "guide-" + locale + re.sub(r"\W+", "-", address.removeprefix("/guide")))
    page.emulate_media(color_scheme="dark")
    page.goto(site + "/guide/words")
    look(page, f"guide-dark-{locale}")
