"""The three main jobs where no script runs: a full report, a verification by two reviewers, a release that two sign."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from incidents.intake import report, schema
from incidents.model.report import Report
from tests import make
from tests.browser import DESK, PHONE
from tests.evidence import invented
from tests.release.test_publish import story, tell
from tests.web.test_keyboard_walk import REFERENCE, STORY, states
from tests.web.walking import arrived

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("template", ["sqlite"], indirect=True)]


@pytest.fixture
def without(site, open_page, house):
    """Somebody's browser in which no script runs, signed in on the page for it: `without(staff.analyst)`."""

    def of(member: make.Member, viewport=DESK) -> Page:
        page = open_page(viewport=viewport, java_script_enabled=False)
        page.goto(f"{site}/sign-in")
        page.get_by_label("Name").fill(member.name)
        page.get_by_label("Passphrase").fill(make.PASSPHRASE)
        onward(page, "Sign in")
        return page

    return of


def onward(page: Page, name: str | re.Pattern[str], role: str = "button", *, exact: bool = False) -> None:
    """Press it, and be on a page on which nothing waits for a script."""
    with page.expect_navigation():
        page.get_by_role(role, name=name, exact=exact).first.click()
    whole(page)


def by_menu(page: Page, name: str) -> None:
    """The menu of a narrow page opens without a script too."""
    if page.viewport_size["width"] < 768:
        page.get_by_role("button", name="Menu").click()
    onward(page, name, "link")


def whole(page: Page) -> None:
    """Nothing is beside the screen, and no button is shown that only a script would serve."""
    arrived(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    shown = page.locator("button:visible, [data-with-script]:visible")
    idle = (
        "each => each.matches('[data-with-script]') || (each.type === 'button' && !each.popoverTargetElement)"
    )
    assert [each.inner_text() for each in shown.all() if each.evaluate(idle)] == [], page.url


def test_a_full_report_is_written_without_javascript(without, staff):
    page = without(staff.researcher, PHONE)
    onward(page, "Write a report", "link")
    for purpose in ("REC", "STA", "ROW"):
        page.locator(f'[name="persons.0.consent.decisions.{purpose}"][value="given"]').check()
    page.get_by_text("More questions, if there is time").click()
    page.get_by_label("It may be said that there was sexual violence").check()
    page.get_by_label("In their own words").fill(STORY)
    page.get_by_role("group", name="Is anyone in danger?").get_by_label("No, not now").check()
    onward(page, "Add codes first")
    page.get_by_label("Name", exact=False).first.fill(make.CANARY_NAME)
    page.get_by_label("Gender").select_option("F")
    page.get_by_label("Age when it happened").fill("30")
    onward(page, "Add a person or a group")
    page.locator('[name="persons.1.identity.name"]').fill(make.CANARY_OTHER_NAME)
    onward(page, "Next: What")
    page.locator('[name="acts.0.type"]').select_option("KID")
    page.locator('[name="involvements.0.part"][value="DIR"]').check()
    page.locator('[name="involvements.1.part"][value="WIT"]').check()
    onward(page, "Add an act")
    page.locator('[name="acts.1.type"]').select_option("ILT")
    page.locator('[name="involvements.2.part"][value="DIR"]').check()
    onward(page, "Next: The programme")
    onward(page, "Next: When")
    for piece, value in (("kind", "month"), ("year", "2019"), ("month", "03")):
        page.locator(f'[name="incident.moment.{piece}"][value="{value}"]').check()
    page.get_by_text("Another place").click()
    page.get_by_label("State, in Mexico").select_option("MX-TAM")
    onward(page, "Show those of the chosen state")
    expect(page.get_by_text("some day in March 2019")).to_be_visible()
    page.get_by_label("City or municipality").select_option("28022")
    onward(page, "Next: Alleged perpetrators")
    page.get_by_label("Name of the group").fill("Los Faroleros (inventados)")
    onward(page, "Next: Afterwards")
    onward(page, "Seal and send")
    expect(page.locator("h1")).to_contain_text("Sealed and sent")
    onward(page, "My reports", "link")
    onward(page, REFERENCE, "link")
    expect(page.locator("main")).to_contain_text(STORY)
    with staff.researcher.work() as work:
        (one,) = work.db.scalars(select(Report)).all()
        document = report.read_own(work, one.id).document
    assert document["incident"]["moment"] == {"edtf": "2019-03", "precision": "MON"}
    assert document["incident"]["place"]["municipality"] == "28022"
    assert [each["type"] for each in document["acts"]] == ["KID", "ILT"]
    assert [each["part"] for each in document["involvements"]] == ["DIR", "WIT", "DIR"]
    assert document["perpetrators"][0]["group"] == "Los Faroleros (inventados)"


def test_what_is_wrong_is_said_without_javascript_and_nothing_is_lost(without, staff):
    page = without(staff.researcher, PHONE)
    page.expected.append("422")
    onward(page, "Write a report", "link")
    page.get_by_label("In their own words").fill(STORY)
    onward(page, "Add codes first")
    page.get_by_label("Age when it happened").fill("mu")
    page.get_by_label("Other names").fill(make.CANARY_OTHER_NAME)
    onward(page, "Seal and send")
    expect(page.locator("#problems")).to_be_in_viewport()
    expect(page.get_by_label("Age when it happened")).to_have_value("mu")
    expect(page.get_by_label("Other names")).to_have_value(make.CANARY_OTHER_NAME)
    page.get_by_label("Age when it happened").fill("30")
    onward(page, "Seal and send")
    expect(page.locator("h1")).to_contain_text("Sealed and sent")


def decided(page: Page, act: str) -> None:
    by_menu(page, "Review")
    onward(page, act, "link")
    page.get_by_role("group", name="What do you find?").get_by_label("Credible").check()
    page.get_by_label("Your reasons").fill("Two shelters tell of the same house, apart from each other.")
    onward(page, "Decide")


def test_a_verification_by_two_reviewers_is_done_without_javascript(without, staff):
    acts = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "ILT", "status": "C"}]
    with staff.researcher.work() as work:
        report.send(work, schema.load(make.report_document(acts=acts)), "page")
    first = without(staff.reviewer, PHONE)
    by_menu(first, "Inbox")
    onward(first, REFERENCE, "link")
    first.locator("#s-who summary").first.click()
    first.get_by_label("Why do you open it?").first.select_option("verification")
    onward(first, "Open the names")
    expect(first.locator('[name="persons.0.identity.name"]')).to_have_value(make.CANARY_NAME)
    onward(first, "Close the names")
    onward(first, "Take it in as a new incident")
    onward(first, re.compile("^Person 1$"), "link")
    first.get_by_label("Why do you open it?").first.select_option("verification")
    onward(first, re.compile("^Open Name"))
    expect(first.locator("main")).to_contain_text(make.CANARY_NAME)
    onward(first, re.compile("^Close"))
    expect(first.locator("main")).not_to_contain_text(make.CANARY_NAME)
    onward(first, re.compile("^I-"), "link")
    onward(first, "Add evidence", "link")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": invented.jpeg((64, 48))}
    first.get_by_label("The file").set_input_files([photo])
    first.get_by_role("group", name="Where does it come from?").locator("input").first.check()
    onward(first, "Add", exact=True)
    expect(first.get_by_role("heading", name="Chain of custody")).to_be_visible()
    decided(first, "Kidnapping for ransom")
    decided(first, "Severe abuse in captivity")
    assert states(staff) == {"KID": "CRE", "ILT": "REC"}
    second = without(staff.other_reviewer)
    decided(second, "Severe abuse in captivity")
    assert states(staff) == {"KID": "CRE", "ILT": "CRE"}


def test_a_release_is_prepared_signed_by_two_and_downloaded_without_javascript(without, staff):
    tell(staff, [story("2019-03"), story("2019-06")])
    analyst = without(staff.analyst, PHONE)
    onward(analyst, "Prepare a release", "link")
    analyst.get_by_role("group", name="Policy").get_by_label("Working rows that stay here").check()
    onward(analyst, "Preview")
    onward(analyst, "Submit for signature")
    address = analyst.url
    for member in (staff.coordinator, staff.second):
        signer = without(member)
        by_menu(signer, "Releases")
        onward(signer, analyst.locator("h1").inner_text().split()[0], "link")
        signer.check("[name=declared]")
        onward(signer, "Sign this release")
    by_menu(analyst, "Releases")
    analyst.goto(address)
    with analyst.expect_download() as downloading:
        analyst.get_by_role("button", name="Download the pack").click()
    with zipfile.ZipFile(Path(downloading.value.path())) as pack:
        assert json.loads(pack.read("manifest.json"))["counts"]["released"] == 2
        rows = list(csv.DictReader(io.TextIOWrapper(pack.open("data.csv"), "utf-8")))
    assert {row["state"] for row in rows} == {"MX-TAM"}
