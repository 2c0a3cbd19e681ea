"""The words of an edition are typed on a phone and read before it is signed."""

import pytest
from playwright.sync_api import expect

from incidents import jobs
from tests.release.test_publish import story, tell
from tests.web.walking import look_at_both


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_words_are_typed_on_a_phone_and_read_before_the_signature(site, phone_of, staff, house):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    page = phone_of(staff.analyst)
    page.goto(f"{site}/releases/new")
    page.get_by_label("public-table").check()
    page.get_by_role("button", name="Type them").click()
    page.get_by_label("Nobody was paid").check()
    look_at_both(page, "1-words")
    page.get_by_role("group", name="Requests for comment").get_by_label("English").fill("Asked on 3 March.")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_label("public-table")).to_be_checked()
    expect(page.locator("main")).to_contain_text("Requests for comment (Spanish)")
    look_at_both(page, "2-kept")
    page.locator(".actions button").last.click()
    assert jobs.run_waiting(house)
    page.reload()
    signer = phone_of(staff.second)
    address = page.url
    page.close()
    signer.goto(address)
    expect(signer.locator("#worded")).to_contain_text("Asked on 3 March.")
    look_at_both(signer, "3-signature")
