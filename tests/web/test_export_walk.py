"""The export page in a browser: read on a phone and at a desk, and the file saved whole."""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from incidents import accounts, gate
from incidents.intake import exporters, report
from tests import make

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.mark.browser
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_coordinator_saves_the_file_whole(site, open_page, house, staff, viewport, script):
    with staff.researcher.work() as work:
        report.send(work, make.report_document(), "page")
    page = open_page(viewport=viewport, java_script_enabled=script)
    token = accounts.sign_in(house, staff.coordinator.name, make.PASSPHRASE).token
    cookie = {"name": gate.COOKIE, "value": token.hex(), "url": site.replace("http:", "https:")}
    page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    page.goto(f"{site}/import/")
    page.get_by_role("link", name="Export all records").click()
    expect(page.locator("h1")).to_contain_text("Export all records")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if folder := os.environ.get("AMPARO_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"export-{viewport['width']}.png", full_page=True)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Write the file").click()
    assert saved.value.suggested_filename == exporters.NAME
    lines = [json.loads(line) for line in Path(saved.value.path()).read_bytes().splitlines()]
    assert lines[-1] == {"end": 1, "left_out": {}}
    expect(page.get_by_role("button", name="Write the file")).to_be_enabled()
