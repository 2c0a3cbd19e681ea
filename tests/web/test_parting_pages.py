"""As a person parts: their three words also when they stop; whose are whose; whom to call."""

import re

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.consent import codes
from incidents.intake import parting, report
from incidents.intake.take_in import take_in
from incidents.model.consent import WithdrawalCode
from incidents.model.people import Person
from incidents.model.report import Draft, Report
from incidents.model.vocabulary import Purpose
from tests import make
from tests.web.reading import form
from tests.web.test_report_pages import apart, write

WORDS = r'<p class="ref words" id="words-\d">([^<]+)</p>'
SECOND = {
    "persons__1__key": "p2",
    "persons__1__kind": "individual",
    "persons__1__teller": "yes",
    "persons__1__identity__name": "Otra Inventada",
    "persons__1__consent__decisions__REC": "given",
    "persons__1__consent__decisions__STA": "refused",
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(codes, "SLOW", 0.0)


@pytest.fixture
def writer(browser_for):
    return browser_for("researcher")


@pytest.fixture
def stopped(writer):
    """The page after “Stop here”, and the draft's address."""
    answer = write(writer, "stop", upto="account")
    return answer.location, answer.location.removesuffix("/stopped")


def only_report(house):
    house.db().rollback()
    return house.db().scalars(select(Report)).one()


def test_who_stops_gets_three_words_that_hold_for_the_report_it_becomes(
    writer, stopped, house, staff, browser_for
):
    page, draft = stopped
    (words,) = re.findall(WORDS, writer.get(page).text)
    browser_for("").post("/withdraw", data={"words": words})
    send = form(writer.get(draft).text, having="narrative").filled("send")
    assert writer.post(draft, data=send).status_code == 303
    with staff.reviewer.work() as work:
        sent = only_report(house).id
        person = report.read(work, sent).person_ids["p1"]
        take_in(work, sent)
    with staff.reviewer.work() as work:
        answer = consent.permits(work, work.get(Person, person), Purpose.STATISTICS)
    assert answer == consent.Refusal("withdrawn")
    assert len(house.db().scalars(select(WithdrawalCode)).all()) == 1


def test_words_that_nobody_took_yet_stand_on_the_receipt_too(writer, stopped, staff, house):
    page, draft = stopped
    (words,) = re.findall(WORDS, writer.get(page).text)
    send = form(writer.get(draft).text, having="narrative").filled("send")
    receipt = writer.get(writer.post(draft, data=send).location).text
    assert re.findall(WORDS, receipt) == [words]
    with staff.researcher.work() as work:
        assert parting.shown(work, only_report(house).client_id) == []


def test_words_that_were_taken_are_shown_no_more_after_sending(writer, stopped):
    page, draft = stopped
    id = draft.rpartition("/")[2]
    assert writer.post(f"/reports/{id}/words").location == page
    assert re.findall(WORDS, writer.get(page).text) == []
    send = form(writer.get(draft).text, having="narrative").filled("send")
    assert re.findall(WORDS, writer.get(writer.post(draft, data=send).location).text) == []


def test_stopping_again_gives_no_second_words(writer, stopped, house):
    page, draft = stopped
    again = form(writer.get(draft).text, having="narrative").filled("stop")
    assert writer.post(draft, data=again).location == page
    assert len(house.db().scalars(select(WithdrawalCode)).all()) == 1


def test_who_stopped_has_the_card_and_the_receipt_too(writer, stopped, browser_for):
    page, draft = stopped
    id = draft.rpartition("/")[2]
    (words,) = re.findall(WORDS, writer.get(page).text)
    assert words in writer.get(f"/reports/{id}/words").text
    assert "Keep an internal record: Yes" in writer.get(f"/reports/{id}/receipt").text
    for what in ("words", "receipt"):
        assert browser_for("reviewer").get(f"/reports/{id}/{what}").status_code in (403, 404)


def test_whom_to_call_stands_there_as_the_organisation_wrote_it(writer, stopped, app, tmp_path, monkeypatch):
    page, _draft = stopped
    assert "Whom to call" not in writer.get(page).text
    (tmp_path / "whom.txt").write_text("Clinic: 664 000 0000", "utf-8")
    (tmp_path / "whom.es.txt").write_text("Clínica: 664 000 0000", "utf-8")
    monkeypatch.setattr(app.extensions["house"], "referral", tmp_path / "whom.txt")
    shown = writer.get(page).text
    assert "Whom to call" in shown
    assert "Clinic: 664 000 0000" in shown
    writer.post("/language", data={"language": "es"})
    assert "Clínica: 664 000 0000" in writer.get(page).text


def test_the_words_of_two_are_told_apart_and_each_has_a_card_of_their_own(writer):
    sent = write(writer, "send", **SECOND).location
    shown = writer.get(sent).text
    first, second = re.findall(WORDS, shown)
    told = re.findall(r"<h3>([^<]+)</h3>", shown)
    assert told == ["The person who tells", "Person 2"]
    for number, (own, other) in enumerate(((first, second), (second, first)), 1):
        card = writer.get(sent.replace("/sent", f"/words?person={number}")).text
        assert own in card
        assert other not in card
        assert "Person" not in card
        assert make.CANARY_NAME not in card
    receipts = [writer.get(sent.replace("/sent", f"/receipt?person={number}")).text for number in (1, 2)]
    assert [
        re.search(r"Statistics[^:]*: (\w+)|statistics[^:]*: (\w+)", text)[0][-2:] for text in receipts
    ] == [
        "es",
        "No",
    ]
    assert writer.get(sent.replace("/sent", "/words?person=3")).status_code == 404


def test_a_key_that_was_another_persons_brings_no_words_along(writer, house):
    """Stopped with two; the second is taken out; a third gets the free key, and words of their own."""
    stopped = write(writer, "stop", upto="who", **SECOND).location
    draft = stopped.removesuffix("/stopped")
    first, second = re.findall(WORDS, writer.get(stopped).text)
    for deed in ("remove:persons.1", "add:persons"):
        page = form(writer.get(f"{draft}?step=who").text, having="client_id").filled(deed)
        writer.post(draft, data=page)
    page = form(writer.get(f"{draft}?step=who&persons=2").text, having="client_id").filled("send")
    page |= {"persons.1.identity.name": "Tercera Inventada", "persons.1.teller": "yes"}
    shown = writer.get(writer.post(draft, data=page).location).text
    words = re.findall(WORDS, shown)
    assert first in words
    assert len(house.db().scalars(select(WithdrawalCode)).all()) == 3
    assert words[-1] not in (first, second)


def test_a_discarded_draft_takes_its_words_along(writer, stopped, staff, house):
    _page, draft = stopped
    id = apart(house).id
    writer.post(f"{draft}/discard")
    with staff.researcher.work() as work:
        assert parting.shown(work, id) == []
    assert house.db().scalars(select(Draft)).first() is None
