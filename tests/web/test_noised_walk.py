"""Tables with chance on a phone and at a desk: where they are chosen, what they say, what the policy says of them."""

import pytest
from playwright.sync_api import expect

from tests.release.test_noised import ready
from tests.release.test_publish import story, tell
from tests.web.test_differences_walk import look, page_of

__all__ = ["page_of"]


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_tables_with_chance_on_a_phone_and_at_a_desk(site, page_of, staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(4)])
    release = ready(staff)
    for width in ("phone", "desk"):
        page = page_of(staff.analyst, width)
        page.goto(f"{site}/releases/new")
        expect(page.get_by_label("Chance is added to every count")).to_be_visible()
        look(page, f"noised-choice-{width}")
        page.goto(f"{site}/releases/{release}")
        expect(page.locator("#measured")).to_contain_text("ε of this edition")
        look(page, f"noised-release-{width}")
        page.goto(f"{site}/policies/?policy=public-table")
        expect(page.locator("#rules")).to_contain_text("Chance (method D)")
        look(page, f"noised-policy-{width}")
