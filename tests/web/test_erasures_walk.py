"""Erasures that wait, in a real browser on a phone."""

import pytest
from playwright.sync_api import expect

from incidents.model.people import Person
from tests.browser import PHONE
from tests.sharing.test_sharing import tell, teller
from tests.web.walking import look, press, signed_in


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_an_erasure_is_asked_for_agreed_to_and_called_off_on_phones(site, open_page, house, staff):
    tell(staff, [teller()])
    person = house.db().query(Person).one().id
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/incidents/persons/{person}")
    page.get_by_text("Somebody asks whom no known contact reaches").click()
    page.fill('[name="words"]', "A man called from a new number and said he is her husband.")
    look(page, "person-erasure-asked")
    press(page, "Stop all use, and wait")
    expect(page.get_by_text("An erasure of this person waits until")).to_be_visible()
    signer = signed_in(open_page, house, staff.second, viewport=PHONE)
    signer.goto(f"{site}/erasures")
    press(signer, "I stand for it too")
    expect(signer.get_by_text("Bruno Inventado stands for it too.")).to_be_visible()
    signer.get_by_text("Set a rule").click()
    look(signer, "erasures")
    signer.get_by_text("Call it off").first.click()
    signer.get_by_label("Your reasons").fill("She wrote from her own number: it was not her.")
    signer.get_by_role("button", name="Call it off").click()
    expect(signer.get_by_text("Nothing waits to be erased")).to_be_visible()
