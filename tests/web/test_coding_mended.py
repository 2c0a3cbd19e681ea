"""The pages of a double coding say what is left, why nothing could be drawn, and ask before something is final."""

import re

import pytest

from incidents import consent
from incidents.model.vocabulary import Purpose
from tests.test_coding import drawn, reports_of, taken_in, teller_of
from tests.web.test_coding_pages import asked

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def test_a_sheet_that_cannot_be_coded_any_more_is_left_out_and_not_counted(browser_for, staff):
    taken_in(staff, 2)
    sample = drawn(staff)
    with staff.coordinator.work() as work:
        consent.withdraw(work, teller_of(work, reports_of(staff, sample)[0]), [Purpose.RECORD])
    reviewer = browser_for("reviewer")
    page = reviewer.get(f"/coding/{sample}").text
    assert page.count("left out") == page.count("/coding/sheets/") - 1 == 1  # one to open, and the next one
    assert "0 of 1 done" in page
    assert "0 of 1 done" in reviewer.get("/coding/").text


def test_why_nothing_is_drawn_stands_at_its_cause_with_the_numbers_and_fewer_than_asked_is_said(
    browser_for, staff
):
    taken_in(staff, 2)
    taken_in(staff, sender="reviewer")
    (unwilling,) = taken_in(staff)
    with staff.coordinator.work() as work:
        consent.withdraw(work, teller_of(work, unwilling), [Purpose.STATISTICS])
    coordinator = browser_for("coordinator")
    early = asked(staff, since="2020-01-01", until="2020-02-01")
    none = coordinator.post("/coding/draw", data=early).text
    assert re.search(r'href="#f-since">Received from</a>: No report that was received in these days', none)
    answer = coordinator.post("/coding/draw", data=asked(staff, size="50"))
    assert "Drawn: 2 of the 50 you asked for" in coordinator.get(answer.location).text
    again = coordinator.post("/coding/draw", data=asked(staff))
    assert again.status_code == 422
    assert re.search(r'href="#f-coders">Who codes\?</a>: Of the reports of these days', again.text)
    assert "taken in (4) none" in again.text
    assert (
        "by one of the coders: 3; without the agreement of everybody who told: 1; without an account: 0."
        in again.text
    )


def test_before_a_report_is_done_for_good_the_empty_questions_are_asked_about_once(browser_for, staff):
    taken_in(staff, 2)
    at = f"/coding/{drawn(staff)}"
    reviewer = browser_for("reviewer")
    first, second = sorted(set(re.findall(r"/coding/sheets/[0-9a-f-]+", reviewer.get(at).text)))
    (number,) = re.findall(rf'{first}">Report (\d)', reviewer.get(at).text)
    assert 'name="sure"' not in reviewer.get(first).text
    some = {"deed": "done", "acts": "KID", "type": "KID"}
    answer = reviewer.post(first, data=some)
    assert answer.status_code == 422
    assert "2 questions are empty: done all the same?" in answer.text
    assert re.search(r'type="checkbox" name="sure" value="yes">', answer.text)
    assert re.search(r'name="acts" value="KID" checked', answer.text)  # nothing typed was lost
    assert "2 questions" not in reviewer.post(first, data={**some, "deed": "keep"}).text
    assert reviewer.post(first, data={**some, "sure": "yes"}).location == second
    assert f"Report {number} is done." in reviewer.get(second).text
    whole = {**some, "gender": "F", "nationality.0": "HND"}
    assert reviewer.post(second, data=whole).status_code == 303
