"""A release is started on a phone, followed while it is made, signed, downloaded; then its days are over."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from incidents import jobs
from incidents.jobs import lasting
from incidents.model.release import Release
from incidents.release import making, opening
from tests.release.test_publish import signed, story, tell
from tests.web.walking import look_at_both


@pytest.mark.browser
@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_release_is_followed_on_a_phone(site, phone_of, staff, house, monkeypatch):
    monkeypatch.setattr(making, "AT_HAND", 1)
    monkeypatch.setattr(opening, "TOGETHER", 4)
    monkeypatch.setattr(lasting, "BREATH", 0)
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    page = phone_of(staff.analyst)
    page.goto(f"{site}/releases/new")
    page.get_by_label("Rows for researchers").check()
    look_at_both(page, "1-choose")
    page.get_by_role("button", name="Prepare", exact=True).click()
    expect(page.locator("#progress")).to_contain_text("Waiting to start")
    look_at_both(page, "2-waiting")
    looked = making._looked

    def looking(work, asked, said):
        def speaking(stage, done, total):
            said(stage, done, total)
            if (stage, done) == ("gather", 8):
                expect(page.locator("#progress")).to_contain_text("8 of 12 incidents")  # by itself
                look_at_both(page, "3-gathering")

        return looked(work, asked, speaking)

    monkeypatch.setattr(making, "_looked", looking)
    assert jobs.run_waiting(house)
    page.get_by_role("link", name="See the result").click()
    expect(page.locator("#sign")).to_contain_text("waits for a coordinator")
    house.db().rollback()
    release = house.db().query(Release).one().id
    signed(staff, release)
    page.reload()
    with page.expect_download():
        page.get_by_role("button", name="Download the pack").click()
    page.reload()
    page.get_by_text("Who downloaded it").click()
    expect(page.locator("#record")).to_contain_text("by Alan Invented")
    house.db().rollback()  # it was downloaded since this session read it
    with staff.coordinator.work() as work:
        work.get(Release, release).expires_on = work.today - timedelta(days=1)
    page.reload()
    expect(page.locator("main")).to_contain_text("Its days are over")
    look_at_both(page, "4-expired")
