"""The count of interviews, and one button for those in which nothing had happened."""

import pytest

from incidents.intake import interviews, report, take_in
from incidents.web import interview as pages
from tests import make
from tests.intake.test_interviews import TIJUANA, conversation, send, told_of_one
from tests.web.reading import forms, links

REPORT = r"/inbox/[0-9a-f-]{36}"


@pytest.fixture
def waiting(staff):
    return [send(staff.researcher, conversation(outcome)) for outcome in ("NOT", "STP")]


def test_the_inbox_leads_to_the_interviews_in_which_nothing_had_happened(browser_for, staff, waiting):
    told = told_of_one(staff.researcher)
    reader = browser_for("reviewer")
    assert links(reader.get("/inbox/").text, "/interviews/waiting") == ["/interviews/waiting"]
    page = reader.get("/interviews/waiting").text
    assert set(links(page, REPORT)) == {f"/inbox/{id}" for id in waiting}
    assert "Record 2 interviews in which nothing had happened" in page
    for canary in make.CANARIES:
        assert canary not in page
    answer = reader.post("/interviews/waiting")
    assert answer.status_code == 303
    shown = reader.get(answer.location).text
    assert "2 interviews were recorded and count." in shown
    assert links(shown, REPORT) == [f"/inbox/{told}"]
    assert "None waits" in reader.get("/interviews/waiting").text


def test_one_of_them_is_recorded_from_its_report_and_one_that_told_is_not(browser_for, staff, waiting):
    told = told_of_one(staff.researcher)
    reader = browser_for("reviewer")
    address = f"/interviews/waiting/{waiting[0]}"
    assert address in [form.action for form in forms(reader.get(f"/inbox/{waiting[0]}").text)]
    assert reader.post(address).status_code == 303
    assert reader.post(address).status_code == 409
    assert "/interviews/waiting/" not in reader.get(f"/inbox/{told}").text
    assert reader.post(f"/interviews/waiting/{told}").status_code == 409
    assert set(links(reader.get("/inbox/").text, REPORT)) == {f"/inbox/{id}" for id in (waiting[1], told)}


def test_a_recorded_interview_s_report_still_opens(browser_for, waiting):
    reader = browser_for("reviewer")
    reader.post("/interviews/waiting")
    page = reader.get(f"/inbox/{waiting[0]}")
    assert page.status_code == 200
    assert "Taken in" in page.text


@pytest.mark.parametrize("who", ["reviewer", "analyst"])
def test_the_count_is_said_in_one_sentence_by_month_and_by_place(browser_for, staff, waiting, who):
    told_of_one(staff.researcher)
    with staff.reviewer.work() as work:
        assert interviews.record_all(work) == 2
    with staff.reviewer.work() as work:
        take_in.take_in(work, report.inbox(work)[0].id)
    page = browser_for(who).get("/interviews/").text
    assert "1 of 3 people interviewed told of an incident." in page
    assert "February 2019" in page
    assert "Tijuana" in page
    assert TIJUANA["municipality"] not in page
    assert ("/interviews/waiting" in page) == (who == "reviewer")


def test_with_no_interview_yet_the_page_says_when_one_counts(browser_for):
    assert "No interview is counted yet" in browser_for("analyst").get("/interviews/").text


@pytest.mark.parametrize("who", ["researcher", "administrator", "auditor"])
def test_the_count_is_not_for_everybody(browser_for, who):
    assert browser_for(who).get("/interviews/").status_code == 403
    assert browser_for(who).post("/interviews/waiting").status_code == 403


def test_the_button_says_how_many_it_records_and_the_page_how_many_more_wait(
    browser_for, staff, waiting, monkeypatch
):
    monkeypatch.setattr(pages, "SHOWN", 1)
    monkeypatch.setattr(interviews, "AT_ONCE", 1)
    reader = browser_for("reviewer")
    page = reader.get("/interviews/waiting").text
    assert "Record 1 interview in which nothing had happened" in page
    assert "1 more waits. It is shown here once these are recorded." in page
    assert len(links(page, REPORT)) == 1
    shown = reader.get(reader.post("/interviews/waiting").location).text
    assert "1 interview was recorded and counts." in shown
    assert "more wait" not in reader.get("/interviews/waiting").text
