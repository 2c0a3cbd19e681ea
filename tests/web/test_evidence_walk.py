"""A file sent from a phone over a line that breaks, looked at and saved, in a real browser."""

import io

import pikepdf
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incidents import accounts, evidence, gate
from incidents.evidence import SEGMENT
from incidents.intake import report, take_in
from incidents.model.evidence import Evidence
from incidents.model.incident import Incident
from tests import make
from tests.browser import DESK, PHONE
from tests.evidence import invented
from tests.web.walking import look, press

PHOTO = invented.jpeg((640, 480)) + bytes(4 * SEGMENT)  # a camera may leave anything behind the picture
BROKEN = ["ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_FAILED", "Failed to load resource"]


@pytest.fixture
def incident(staff):
    with staff.reviewer.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


@pytest.fixture
def opened(site, open_page, house, staff):
    """A browser in which a reviewer is signed in."""
    member = staff.reviewer
    token = member.token or accounts.sign_in(house, member.name, make.PASSPHRASE).token

    def one(**options):
        made = open_page(**options)
        cookie = {"name": gate.COOKIE, "value": token.hex(), "domain": "localhost", "path": "/"}
        made.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
        return made

    return one


def the_original(staff):
    with staff.reviewer.work() as work:
        item = work.db.scalars(select(Evidence)).one()
        return b"".join(evidence.take_original(work, item, "verification")[2])


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_photograph_goes_on_by_itself_after_the_line_broke(site, opened, staff, incident, tmp_path):
    page = opened(viewport=PHONE)
    page.expected = BROKEN
    sent, back = [], []

    def at_sixty_per_cent(route):
        """The fourth piece finds no line, three times, and as long as the page is looked at."""
        sent.append(route.request.url)
        if len(sent) in (4, 5, 6) or (len(sent) > 6 and not back):
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/segments**", at_sixty_per_cent)
    page.goto(f"{site}/incidents/{incident}")
    page.get_by_role("link", name="Add evidence").click()
    look(page, "evidence-new")
    page.set_input_files(
        '[name="file"]', files=[{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}]
    )
    page.check('[name="origin"][value="given"]')
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The line is broken")).to_be_visible(timeout=60_000)
    look(page, "evidence-broken")
    back.append(True)
    expect(page.get_by_role("heading", name="Chain of custody")).to_be_visible(timeout=60_000)
    expect(page.locator("img.evidence")).to_have_js_property("naturalWidth", 640)
    look(page, "evidence")
    page.select_option('[name="reason"]', "court")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the original").click()
    saved = tmp_path / "original"
    download.value.save_as(saved)
    assert saved.read_bytes() == PHOTO
    assert download.value.suggested_filename.startswith("evidence-")


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_sending_that_was_closed_goes_on_another_day(site, opened, staff, incident):
    page = opened(viewport=DESK)
    page.expected = BROKEN
    page.route("**/segments?at=3145728**", lambda route: route.abort("internetdisconnected"))
    page.goto(f"{site}/evidence/new/{incident}")
    file = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    page.set_input_files('[name="file"]', files=[file])
    page.check('[name="origin"][value="staff"]')
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The line is broken")).to_be_visible(timeout=60_000)
    other = opened(viewport=PHONE)
    other.goto(f"{site}/incidents/{incident}")
    expect(other.get_by_text("Not whole yet")).to_be_visible()
    look(other, "evidence-listed")
    page.close()
    other.get_by_role("link", name="Evidence 1").click()
    look(other, "evidence-arriving")
    other.set_input_files('[name="file"]', files=[{**file, "buffer": PHOTO + b"more"}])
    press(other, "Go on")
    expect(other.get_by_text("This is another file")).to_be_visible(timeout=60_000)
    other.set_input_files('[name="file"]', files=[file])
    press(other, "Go on")
    expect(other.get_by_role("heading", name="Chain of custody")).to_be_visible(timeout=60_000)
    expect(other.locator("img.evidence")).to_have_js_property("naturalWidth", 640)
    assert the_original(staff) == PHOTO


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_what_is_refused_is_told_on_the_page(site, opened, incident):
    page = opened(viewport=PHONE)
    page.goto(f"{site}/evidence/new/{incident}")
    empty = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": b""}
    page.set_input_files('[name="file"]', files=[empty])
    page.check('[name="origin"][value="staff"]')
    page.get_by_text("Collected: when, where, by whom").click()
    page.fill('[name="device"]', "Inventaphone 9")
    page.expected = ["422"]
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("This file is empty")).to_be_visible(timeout=60_000)
    expect(page.locator('[name="device"]')).to_have_value("Inventaphone 9")
    bomb = {"name": "x.png", "mimeType": "image/png", "buffer": invented.bomb()}
    page.set_input_files('[name="file"]', files=[bomb])
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("more than 100 million points")).to_be_visible(timeout=60_000)
    look(page, "evidence-refused")


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_working_copy_of_a_pdf_can_do_nothing(site, opened, staff, incident):
    with staff.reviewer.work() as work:
        data = invented.pdf()
        to = work.get(Incident, incident)
        id = evidence.keep(work, to, invented.about(data), io.BytesIO(data)).id
    page = opened(viewport=DESK)
    page.goto(f"{site}/evidence/{id}")
    look(page, "evidence-pdf")
    answer = page.request.get(f"{site}/evidence/{id}/copy")
    policies = [
        each["value"] for each in answer.headers_array if each["name"].lower() == "content-security-policy"
    ]
    assert "sandbox" in " ".join(policies)
    with pikepdf.open(io.BytesIO(answer.body())) as pdf:
        assert len(pdf.pages) == 1
