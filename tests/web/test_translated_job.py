"""The whole main job by people who read Spanish alone: every page on the way, and what is refused on it."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from incidents import accounts
from incidents.model.incident import Incident
from incidents.model.people import Person
from tests import make
from tests.browser import PHONE
from tests.evidence import invented
from tests.web.test_keyboard_walk import states
from tests.web.test_translated_walk import es, in_spanish
from tests.web.walking import press, signed_in

STORY = "Nos bajaron del camión en la terminal."


@pytest.fixture
def of(site, open_page, house, staff):
    """Somebody's browser, and all of it in Spanish: `of(staff.analyst)`."""

    def one(member: make.Member, **options) -> Page:
        with member.work() as work:
            accounts.set_language(work, "es")
        page = signed_in(open_page, house, member, locale="es-MX", **options)
        page.expected.append("422")
        page.goto(site)
        in_spanish(page, "home")
        return page

    return one


def deed(page: Page, value: str, name: str) -> None:
    with page.expect_navigation():
        page.locator(f'button[name="deed"][value="{value}"]:visible').last.click()
    in_spanish(page, name)


def by_link(page: Page, text: str | re.Pattern[str], name: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name=text).first.click()
    in_spanish(page, name)


def told(page: Page, site: str) -> None:
    """A report with everything that can be told, and what is refused on the way."""
    page.goto(f"{site}/reports/new")
    in_spanish(page, "report-new")
    deed(page, "send", "report-refused")
    expect(page.locator("#problems")).to_be_focused()
    for purpose in ("REC", "STA", "ROW"):
        page.locator(f'[name="persons.0.consent.decisions.{purpose}"][value="given"]').check()
    page.get_by_text(es("More questions, if there is time")).click()
    page.get_by_label(es("It may be said that there was sexual violence or torture")).check()
    page.fill('[name="narrative"]', STORY)
    page.check('[name="danger"][value="no"]')
    deed(page, "go:who", "report-who")
    page.fill('[name="persons.0.identity.name"]', make.CANARY_NAME)
    page.select_option('[name="persons.0.facts.gender"]', "F")
    page.fill('[name="persons.0.facts.age"]', "ab")
    deed(page, "send", "report-age-refused")
    page.fill('[name="persons.0.facts.age"]', "30")
    deed(page, "add:persons", "report-two-persons")
    page.fill('[name="persons.1.facts.age"]', "41")
    deed(page, "go:what", "report-what")
    page.select_option('[name="acts.0.type"]', "KID")
    page.check('[name="involvements.0.part"][value="DIR"]')
    deed(page, "add:acts", "report-two-acts")
    page.select_option('[name="acts.1.type"]', "ILT")
    page.check('[name="involvements.2.part"][value="DIR"]')
    deed(page, "check", "report-act-details")
    deed(page, "go:programme", "report-programme")
    deed(page, "go:when", "report-when")
    for piece, value in (("kind", "month"), ("year", "2019"), ("month", "03")):
        page.check(f'[name="incident.moment.{piece}"][value="{value}"]')
    expect(page.locator("output.said").first).to_have_text("algún día de marzo de 2019")
    page.get_by_text(es("Another place")).click()
    page.select_option('[name="incident.place.state"]', "MX-TAM")
    deed(page, "go:doers", "report-doers")
    page.select_option('[name="perpetrators.0.type"]', "CRG")
    deed(page, "go:after", "report-after")
    deed(page, "send", "report-receipt")
    page.goto(f"{site}/reports/")
    in_spanish(page, "report-list")
    by_link(page, re.compile("R-[0-9A-Z]{4}-[0-9A-Z]{4}"), "report-own")


def taken_in(page: Page, site: str, staff) -> None:
    """Its names are opened and closed, it becomes an incident, a photograph is added."""
    page.goto(f"{site}/inbox/")
    in_spanish(page, "inbox")
    by_link(page, re.compile("R-[0-9A-Z]{4}-[0-9A-Z]{4}"), "inbox-report")
    page.locator("#s-who > summary").click()
    deed(page, "open_names", "inbox-names-refused")
    page.locator('[name="names_why"]').select_option("verification")
    deed(page, "open_names", "inbox-names-open")
    deed(page, "close_names", "inbox-names-closed")
    deed(page, "take_in", "incident")
    with staff.reviewer.work() as work:
        incident = work.db.scalars(select(Incident)).one().id
        person = work.db.scalars(select(Person).where(Person.teller)).one().id
    page.goto(f"{site}/incidents/persons/{person}")
    in_spanish(page, "person")
    page.locator('.sealed button[value="name"]').click()
    page.locator(".refused").wait_for()
    in_spanish(page, "person-name-refused")
    page.locator('[name="reason"]').first.select_option("verification")
    page.locator('.sealed button[value="name"]').click()
    expect(page.locator(".sealed .value")).to_have_text(make.CANARY_NAME)
    in_spanish(page, "person-name-open")
    for address in (f"incidents/{incident}", "incidents/", f"incidents/{incident}/timeline"):
        page.goto(f"{site}/{address}")
        in_spanish(page, address)
    page.goto(f"{site}/evidence/new/{incident}")
    in_spanish(page, "evidence-new")
    photo = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": invented.jpeg((64, 48))}
    page.set_input_files('[name="file"]', files=[photo])
    page.check('[name="origin"][value="given"]')
    with page.expect_navigation():
        page.locator('main form[data-evidence] button[type="submit"]').click()
    in_spanish(page, "evidence")


def decided(page: Page, site: str, act: str) -> None:
    page.goto(f"{site}/review/")
    in_spanish(page, "review-queue")
    by_link(page, act, "review-act")
    page.locator('[name="move"][value="CRE"]').check()
    page.fill('[name="reasons"]', "Coincide con lo que contaron dos albergues.")
    with page.expect_navigation():
        press(page, es("Decide"))
    in_spanish(page, "review-decided")


def previewed(page: Page) -> None:
    with page.expect_navigation():
        press(page, es("Preview"))


def left(analyst: Page, signers: list[Page], site: str) -> bytes:
    """A release that two sign beside who prepared it; its pack."""
    analyst.goto(f"{site}/releases/new")
    in_spanish(analyst, "release-new")
    analyst.check('[name="policy"][value="internal"]')
    analyst.fill('[name="filter.from"]', "2020-01-01")
    previewed(analyst)
    in_spanish(analyst, "release-of-nothing")
    analyst.goto(f"{site}/releases/new")
    analyst.check('[name="policy"][value="internal"]')
    previewed(analyst)
    in_spanish(analyst, "release-preview")
    deed(analyst, "submit", "release-prepared")
    address = analyst.url
    for signer in signers:
        signer.goto(f"{site}/releases")
        in_spanish(signer, "releases")
        signer.goto(address)
        in_spanish(signer, "release-to-sign")
        signer.check("[name=declared]")
        with signer.expect_navigation():
            press(signer, es("Sign this release"))
        in_spanish(signer, "release-signed")
    for more in ("/risk", "/decisions", ""):
        analyst.goto(f"{address}{more}")
        in_spanish(analyst, f"release{more}")
    with analyst.expect_download() as downloading:
        press(analyst, es("Download the pack"))
    return Path(downloading.value.path()).read_bytes()


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_the_whole_job_is_translated_from_the_report_to_the_downloaded_pack(of, site, staff, tmp_path):
    told(of(staff.researcher, viewport=PHONE), site)
    reviewer = of(staff.reviewer)
    taken_in(reviewer, site, staff)
    decided(reviewer, site, "Secuestro extorsivo")
    decided(reviewer, site, "Maltrato grave en cautiverio")
    assert states(staff) == {"KID": "CRE", "ILT": "REC"}
    decided(of(staff.other_reviewer), site, "Maltrato grave en cautiverio")
    assert states(staff) == {"KID": "CRE", "ILT": "CRE"}
    analyst = of(staff.analyst)
    archive = left(analyst, [of(staff.coordinator), of(staff.second)], site)
    with zipfile.ZipFile(io.BytesIO(archive)) as pack:
        assert json.loads(pack.read("manifest.json"))["counts"]["released"] == 2
