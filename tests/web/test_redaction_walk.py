"""An account on the desk in a real browser, on a phone: sentence by sentence, two signatures, the shelf."""

import pytest
from playwright.sync_api import expect

from incidents import redaction
from tests.browser import PHONE
from tests.redaction import quoting, test_cases
from tests.redaction.quoting import tell
from tests.web.walking import look, press, signed_in


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_case_is_written_on_a_phone(site, open_page, house, staff):
    incident = tell(staff)
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/redaction/incident/{incident}")
    page.get_by_role("link", name="Write a case for a list of cases").click()
    look(page, "case-new")
    page.get_by_label("Person 1").check()
    page.get_by_label("What happened").fill(test_cases.TEXT)
    page.get_by_label("The risk, looked at").fill(test_cases.RISK)
    page.locator("main").get_by_label("Language").select_option("eng")
    press(page, "Put it on the desk")
    expect(page.get_by_role("heading", name="Sentence 1 of 3")).to_be_visible()
    page.get_by_text("Write it anew").click()
    look(page, "case-desk")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_what_was_chosen_beside_the_text_outlives_a_decision_on_a_sentence(site, open_page, house, staff):
    case = test_cases.written(staff, tell(staff))
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/redaction/{case}")
    page.locator("main").get_by_label("Language").select_option("hat")
    page.get_by_label("Month").check()
    page.get_by_label("Gender").uncheck()
    page.get_by_label("No", exact=True).check()
    page.get_by_text("Write it anew").click()
    page.get_by_label("The risk, looked at").fill("Her neighbours know of it")
    press(page, "Leave it out")
    expect(page.get_by_role("heading", name="Sentence 2 of 3")).to_be_visible()
    expect(page.locator("main").get_by_label("Language")).to_have_value("hat")
    expect(page.get_by_label("Month")).to_be_checked()
    expect(page.get_by_label("Gender")).not_to_be_checked()
    expect(page.get_by_label("No", exact=True)).to_be_checked()
    expect(page.get_by_label("The risk, looked at")).to_have_value("Her neighbours know of it")
    page.get_by_role("button", name="Keep this", exact=True).click()
    expect(page.get_by_text("Kept.", exact=True)).to_be_visible()
    with staff.reviewer.work() as work:
        looked = redaction.look(work, quoting.of(work, case))
    assert looked.language == "hat"
    assert looked.facts["restricted"] == "no"
    assert (looked.facts["shown"]["gender"], looked.facts["shown"]["month"]) == (False, True)


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_of_two_forms_that_are_called_alike_neither_is_filled_in(site, open_page, house, staff):
    case = test_cases.written(staff, tell(staff))
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/redaction/{case}")
    beside = page.locator("main form", has=page.locator('[name="restricted"]'))
    beside.evaluate("form => form.after(form.cloneNode(true))")  # as a list with a form a line
    beside.last.locator('[name="language"]').select_option("hat")
    press(page, "Leave it out")
    expect(page.get_by_role("heading", name="Sentence 2 of 3")).to_be_visible()
    expect(page.locator("main").get_by_label("Language")).to_have_value("eng")


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_an_account_is_redacted_and_signed_on_phones(site, open_page, house, staff):
    incident = tell(staff)
    page = signed_in(open_page, house, staff.reviewer, viewport=PHONE)
    page.goto(f"{site}/incidents/{incident}")
    page.get_by_role("link", name="Prepare a quote").click()
    look(page, "quote-new")
    press(page, "Put it on the desk")
    for number in range(1, 4):
        expect(page.get_by_role("heading", name=f"Sentence {number} of 4")).to_be_visible()
        if number == 3:
            page.select_option('[name="does.0"]', "keep")
            look(page, "quote-sentence")
        press(page, "Keep this sentence")
    expect(page.get_by_role("heading", name="Sentence 4 of 4")).to_be_visible()
    press(page, "Leave out all that nobody looked at")
    expect(page.get_by_text("Everything that nobody looked at stays out.")).to_be_visible()
    page.get_by_label("They are in it, and nobody could recognize them").check()
    page.get_by_label("No", exact=True).check()
    page.locator("main").get_by_label("Language").select_option("spa")
    press(page, "Keep this")
    expect(page.get_by_role("button", name="Sign this text")).to_be_visible()
    look(page, "quote-desk")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(page, "Sign this text")
    expect(page.get_by_text("It waits for a second person.")).to_be_visible()
    other = signed_in(open_page, house, staff.other_reviewer, viewport=PHONE)
    other.goto(page.url)
    press(other, "Sign this text")
    expect(other.get_by_role("heading", name="On the shelf")).to_be_visible()
    other.goto(f"{site}/redaction")
    look(other, "quote-list")
    analyst = signed_in(open_page, house, staff.analyst, viewport=PHONE)
    analyst.goto(f"{site}/quotes")
    expect(analyst.get_by_text("[PERSON 1]")).to_be_visible()
    look(analyst, "quote-shelf")
    assert analyst.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
