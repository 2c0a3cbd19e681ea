"""Texts beside somebody erased, on pages: read, said to hold nothing, written anew, closed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import consent, erasure
from incidents.intake import report
from incidents.intake.take_in import take_in
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import ReportPart
from tests.victim import document
from tests.web.reading import problems

OLD = "Rosa Ibarra hid in the cellar."
DECISION = "She asked for it in a talk on the phone."


def two_told(staff):
    """An incident that two tell of; the account is of whoever asks to be erased."""
    with staff.researcher.work() as work:
        first = report.send(work, {**document("Rosa Ibarra"), "narrative": OLD}, "page").id
        second = report.send(work, {**document("Luisa"), "narrative": "Rosa was there."}, "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, first).id
    with staff.reviewer.work() as work:
        take_in(work, second, link_to=incident)
    with staff.reviewer.work() as work:
        part = select(ReportPart.person_id).where(
            ReportPart.report_id == first, ReportPart.person_id.is_not(None)
        )
        return incident, work.db.scalars(part).one()


@pytest.fixture
def erased(staff, house):
    incident, rosa = two_told(staff)
    with staff.second.work() as work:
        done = erasure.erase_person(work, work.get(Person, rosa), DECISION).id
    erasure.finish(house)
    return done, incident, rosa


@pytest.fixture
def reviewer(browser_for):
    return browser_for("reviewer")


def rows(staff, about):
    with staff.second.work() as work:
        return [each.id for each in erasure.waiting(work) if each.about == about]


def narrative(staff, incident):
    with staff.second.work() as work:
        return work.vault.view(work.get(Incident, incident), "narrative")


def test_a_reviewer_sees_on_the_first_page_that_texts_wait_and_reads_them(reviewer, erased):
    assert "Texts that may tell of somebody erased" in reviewer.get("/").text
    listed = reviewer.get("/erasures/texts").text
    assert "A person was erased" in listed
    shown = reviewer.get(f"/erasures/texts/{erased[0]}").text
    assert OLD in shown
    assert "Names them" in shown


def test_the_page_of_the_person_says_that_not_all_is_erased_until_it_is(reviewer, staff, erased):
    done, _incident, rosa = erased
    assert "Not all is erased yet" in reviewer.get(f"/incidents/persons/{rosa}").text
    ids = [
        id for about in ("incident", "report_part", "source", "rearrangement") for id in rows(staff, about)
    ]
    answered = reviewer.post(f"/erasures/texts/{done}", data={"deed": "nothing", "texts": ids})
    assert answered.status_code == 303
    assert "Every text is answered for" in reviewer.get(f"/erasures/texts/{done}").text
    shown = reviewer.get(f"/incidents/persons/{rosa}").text
    assert "Not all is erased yet" not in shown
    assert "Erased" in shown


def test_a_text_is_written_anew(reviewer, staff, erased):
    done, incident, _rosa = erased
    (row,) = rows(staff, "incident")
    data = {"deed": "rewrite", "text": str(row), f"{row}.narrative.text": OLD}
    same = reviewer.post(f"/erasures/texts/{done}", data=data)
    assert same.status_code == 422
    assert f"{row}-narrative-text" in problems(same.text)
    data[f"{row}.narrative.text"] = "Somebody hid in the cellar."
    assert reviewer.post(f"/erasures/texts/{done}", data=data).status_code == 303
    assert narrative(staff, incident) == "Somebody hid in the cellar."
    assert OLD not in reviewer.get(f"/incidents/{incident}").text


def test_a_text_of_another_erasure_and_an_unknown_deed_are_not_found(reviewer, staff, erased):
    (row,) = rows(staff, "incident")
    other = "00000000-0000-4000-8000-000000000000"
    assert (
        reviewer.post(f"/erasures/texts/{other}", data={"deed": "nothing", "texts": row}).status_code == 404
    )
    assert reviewer.post(f"/erasures/texts/{erased[0]}", data={"deed": "burn"}).status_code == 404
    assert "Tick the texts" in reviewer.post(f"/erasures/texts/{erased[0]}", data={"deed": "nothing"}).text


def test_closed_after_thirty_days_it_is_shown_nowhere_but_here(reviewer, staff, house, erased, monkeypatch):
    done, incident, _rosa = erased
    was = house.now
    with staff.second.work() as work:
        for row in erasure.waiting(work):
            row.due_on = (was() - timedelta(days=1)).date()
    shown = reviewer.get(f"/incidents/{incident}").text
    assert OLD not in shown
    assert "Closed: it may tell of somebody who was erased" in shown
    assert OLD in reviewer.get(f"/erasures/texts/{done}").text
    assert "Closed since" in reviewer.get("/erasures/texts").text


def test_every_kind_of_open_text_has_words_on_the_page():
    from incidents.model.opentext import FOLLOWS, OPEN_TEXT
    from incidents.web.texts import KINDS

    assert set(KINDS) == set(OPEN_TEXT) - FOLLOWS


def test_a_name_beside_somebody_elses_consent_is_shown_with_the_person_and_written_anew(
    reviewer, staff, house
):
    _incident, rosa = two_told(staff)
    with staff.reviewer.work() as work:
        other = next(person.id for person in work.db.scalars(select(Person)) if person.id != rosa)
        given = {"decisions": {"STA": "given"}, "names": {"witness": "Rosa Ibarra", "interviewer": "Ina"}}
        event = consent.decide(work, work.get(Person, other), given).id
    with staff.second.work() as work:
        done = erasure.erase_person(work, work.get(Person, rosa), DECISION).id
    erasure.finish(house)
    (row,) = rows(staff, "consent_event")
    shown = reviewer.get(f"/erasures/texts/{done}").text
    assert "Names beside somebody else’s consent" in shown
    assert f"/incidents/persons/{other}" in shown
    typed = {"deed": "rewrite", "text": str(row), f"{row}.names.witness": "Somebody"}
    assert reviewer.post(f"/erasures/texts/{done}", data=typed).status_code == 303
    with staff.second.work() as work:
        names = work.vault.view(work.get(ConsentEvent, event), "names")
    assert names == {"witness": "Somebody", "interviewer": "Ina"}
