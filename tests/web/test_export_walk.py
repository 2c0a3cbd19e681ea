"""The export page in a browser: read on a phone and at a desk, and the file saved whole."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from incidents.intake import exporters, report
from tests import make
from tests.browser import DESK, PHONE
from tests.web.walking import glance, signed_in


@pytest.mark.browser
@pytest.mark.parametrize(
    ("viewport", "script"), [(PHONE, False), (DESK, True)], ids=["phone-plain", "desk-script"]
)
def test_a_coordinator_saves_the_file_whole(site, open_page, house, staff, viewport, script):
    with staff.researcher.work() as work:
        report.send(work, make.report_document(), "page")
    page = signed_in(open_page, house, staff.coordinator, viewport=viewport, java_script_enabled=script)
    page.goto(f"{site}/import/")
    page.get_by_role("link", name="Export all records").click()
    expect(page.locator("h1")).to_contain_text("Export all records")
    glance(page, f"export-{viewport['width']}")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Write the file").click()
    assert saved.value.suggested_filename == exporters.NAME
    lines = [json.loads(line) for line in Path(saved.value.path()).read_bytes().splitlines()]
    assert lines[-1] == {"end": 1, "left_out": {}}
    expect(page.get_by_role("button", name="Write the file")).to_be_enabled()
