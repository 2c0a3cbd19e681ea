"""What stands already, and the tables of a row file, on a phone and at a desk."""

import pytest
from playwright.sync_api import expect

from tests.release.test_publish import person, prepared, signed, story, tell
from tests.web.test_differences_walk import look, page_of

__all__ = ["page_of"]


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_what_stands_and_the_tables_of_a_row_file_on_a_phone_and_at_a_desk(site, page_of, staff):
    tell(staff, [story(people=[person(nationality=[code])]) for code in ("HND", "HND", "SLV", "GTM") * 4])
    tell(staff, [story("2019-09") for _each in range(7)])
    rows = prepared(staff, filters={"to": "2019-06-30"})
    signed(staff, rows)
    signed(staff, prepared(staff, "public-table", {"from": "2019-07-01"}))
    for width in ("phone", "desk"):
        page = page_of(staff.analyst, width)
        page.goto(f"{site}/releases/new")
        expect(page.locator("#stands")).to_contain_text("Row files")
        look(page, f"standing-choice-{width}")
        page.goto(f"{site}/releases/{rows}")
        page.locator("#tables summary").nth(1).click()
        look(page, f"standing-tables-{width}")
        page.goto(f"{site}/releases/preview?policy=dataset-research&to=2019-06-30")
        expect(page.locator("#tables")).to_contain_text("Not shown")
        look(page, f"standing-preview-{width}")
