"""Texts beside somebody erased, answered for in a real browser on a phone."""

import pytest
from playwright.sync_api import expect

from incidents import erasure
from incidents.model.people import Person
from tests.browser import PHONE
from tests.web.test_texts_pages import DECISION, OLD, narrative, two_told
from tests.web.walking import arrived, look, press, signed_in


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_texts_that_tell_of_somebody_erased_are_answered_for_on_a_phone(site, open_page, house, staff):
    incident, rosa = two_told(staff)
    with staff.second.work() as work:
        erasure.erase_person(work, work.get(Person, rosa), DECISION)
    erasure.finish(house)
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/")
    page.get_by_text("Texts that may tell of somebody erased").click()
    look(page, "texts-listed")
    page.get_by_role("link", name="Read and answer").click()
    account = page.locator("section", has_text=OLD)
    account.get_by_text("Write it anew").click()
    account.get_by_label("The new text").fill("Somebody hid in the cellar.")
    look(page, "texts-of-one")
    account.get_by_role("button", name="Put this in its place for ever").click()
    expect(page.get_by_text("Written anew. What it said before is unreadable for everybody.")).to_be_visible()
    assert narrative(staff, incident) == "Somebody hid in the cellar."
    arrived(page)  # all of its boxes
    for box in page.get_by_label("Nothing of them is in it").all():
        box.check()
    press(page, "Nothing of them is in those I ticked")
    expect(page.get_by_text("Every text is answered for")).to_be_visible()
    page.goto(f"{site}/incidents/persons/{rosa}")
    expect(page.get_by_text("Not all is erased yet")).to_have_count(0)
