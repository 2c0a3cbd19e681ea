"""The decisions that a release counts on, read on a phone and at a desk."""

import pytest
from playwright.sync_api import expect

from tests.release.test_publish import prepared, signed, story, tell
from tests.web.test_differences_walk import look, page_of

__all__ = ["page_of"]


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_from_a_release_to_its_decisions_on_a_phone_and_at_a_desk(site, page_of, staff):
    tell(staff, [story(sources=[{"type": "INP", "relation": "VIC"}]) for _each in range(6)])
    id = prepared(staff)
    signed(staff, id)
    for width in ("phone", "desk"):
        page = page_of(staff.coordinator, width)
        page.goto(f"{site}/releases/{id}")
        page.get_by_role("link", name="The decisions it counts on").click()
        expect(page.locator("main")).to_contain_text("All of them stand as they did then.")
        page.get_by_text("Reasons").first.click()
        expect(page.locator("details[open]")).to_contain_text("Detailed and consistent account.")
        look(page, f"5-decisions-{width}")
