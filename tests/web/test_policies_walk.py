"""A preview with its four offers, a policy, a hierarchy and the risk in full, on a phone and at a desk."""

import re

import pytest
from playwright.sync_api import expect

from tests.release.test_publish import person, prepared, story, tell
from tests.web.test_differences_walk import look, page_of
from tests.web.walking import held_back

__all__ = ["page_of"]


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_from_a_policy_to_the_risk_of_a_release_on_a_phone_and_at_a_desk(site, page_of, staff):
    tell(staff, [story(people=[person(nationality=[code])]) for code in ("HND", "HND", "SLV", "GTM") * 5])
    tell(staff, [story(people=[person(gender="M")]) for _each in range(2)])
    id = prepared(staff, "small-rows")
    for width in ("phone", "desk"):
        page = page_of(staff.analyst, width)
        page.goto(f"{site}/releases")
        page.get_by_role("link", name="What each policy does").click()
        look(page, f"pol-policies-{width}")
        page.get_by_role("link", name="Rows for researchers").click()
        widths = page.locator("#rules dd").evaluate_all("each => each.map(one => one.clientWidth)")
        assert min(widths) > 150  # a narrow panel broke its words
        page.get_by_label("gender").select_option("all")
        expect(page.locator("#counted")).to_contain_text("Rows lost")
        look(page, f"pol-policy-{width}")
        page.goto(f"{site}/policies/hierarchies?name=place")
        page.get_by_role("button", name="Count").click()
        expect(page.locator("#counted")).to_contain_text("by region")
        look(page, f"pol-hierarchy-{width}")
        page.goto(f"{site}/releases/preview?policy=dataset-research")
        page.locator("#offers summary").nth(2).click()
        look(page, f"pol-preview-{width}")
        page.goto(f"{site}/releases/{id}")
        page.get_by_role("link", name="The risk in full").click()
        expect(page.locator("#groups")).to_contain_text("Central America")
        look(page, f"pol-risk-{width}")


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_what_is_chosen_while_the_scripts_are_on_their_way_is_counted(site, page_of, staff):
    tell(staff, [story(people=[person(nationality=[code])]) for code in ("HND", "HND", "SLV", "GTM") * 5])
    page = page_of(staff.analyst, "phone")
    come = held_back(page, "**/htmx.min.js*")
    page.goto(f"{site}/policies/?policy=dataset-research", wait_until="commit")
    page.get_by_label("gender").select_option("all")
    come()
    expect(page.locator("#counted")).to_contain_text("Rows lost")
    expect(page).to_have_url(re.compile("count=yes"))
