"""Quotes of a report are chosen on a phone, and read by whoever signs."""

import pytest
from playwright.sync_api import expect

from incidents import jobs
from tests.redaction import quoting
from tests.release.test_publish import story, tell
from tests.web.walking import look_at_both, press


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_quotes_are_chosen_on_a_phone(site, phone_of, staff, house):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    quoting.signed(staff, quoting.tell(staff))
    page = phone_of(staff.analyst)
    page.goto(f"{site}/releases/new")
    page.get_by_label("public-table").check()
    press(page, "Preview")
    expect(page.get_by_role("heading", name="Quotes in the report")).to_be_visible()
    look_at_both(page, "quoted-choose")
    page.locator('input[name="quotes"]').check()
    press(page, "Prepare")
    expect(page.locator("#progress")).to_be_visible()
    assert jobs.run_waiting(house)
    page.get_by_role("link", name="See the result").click()
    expect(page.get_by_role("heading", name="What people told, as it leaves")).to_be_visible()
    look_at_both(page, "quoted-release")
