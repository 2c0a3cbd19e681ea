"""Somebody is looked for at a desk: by a form, in a job; the page shows why, and each name is opened alone."""

import random

import pytest
from sqlalchemy import select

from incidents import jobs
from incidents.model.audit import AuditEntry
from incidents.model.people import Person
from tests import make
from tests.search import invented
from tests.web.reading import form, links, problems

WHO = {"name": "Inés Bográn Castellanos", "phone": "+504 9912-3456"}


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def known(staff):
    person = {"key": "p1", "kind": "individual", "teller": True, "identity": WHO}
    return invented.record(staff, random.Random(1), persons=[person])


def looked_for(reader, staff, **typed):
    asked = form(reader.get("/search/people/").text, having="phone")
    asked.typed.update({"reason": "contact", "confirm_passphrase": make.PASSPHRASE, **typed})
    answer = reader.post(asked.action, data=asked.typed)
    assert answer.status_code == 303
    assert not any(value in answer.location for value in typed.values())
    assert jobs.run_waiting(staff.coordinator.house)
    return answer.location


def test_who_is_on_the_phone_is_found_and_stays_closed_until_opened(reader, staff, known, house):
    address = looked_for(reader, staff, name="Ines Bogran", phone="9912 3456")
    page = reader.get(address).text
    assert "Bogr" not in page
    assert "Same telephone" in page
    assert f"/incidents/{known}" in page
    asked = form(page, having="reason")
    assert asked.typed["reason"] == "contact"
    opened = reader.post(asked.action, data={**asked.typed, "field": "name"})
    assert "Inés Bográn" in opened.text
    house.db().rollback()
    person = house.db().scalars(select(Person)).one()
    notes = house.db().scalars(select(AuditEntry).where(AuditEntry.event == "name.opened"))
    assert [(note.about_id, note.detail) for note in notes] == [(person.id, {"why": "contact"})]
    assert links(reader.get("/search/people/").text, address) == [address]


def test_who_stands_in_a_report_that_waits_leads_to_it(reader, staff):
    person = {"key": "p1", "kind": "individual", "teller": True, "identity": WHO}
    sent = invented.send(staff.coordinator, random.Random(1), persons=[person])
    page = reader.get(looked_for(reader, staff, name="Castellanos Bogran")).text
    assert f"/inbox/{sent}" in page
    assert "Castellanos" not in page


def test_nobody_is_said(reader, staff, known):
    assert "Nobody fits" in reader.get(looked_for(reader, staff, name="Zutano")).text


def test_a_search_says_how_far_it_is(reader, staff, known):
    asked = form(reader.get("/search/people/").text, having="phone")
    typed = {**asked.typed, "name": "Ines", "reason": "contact", "confirm_passphrase": make.PASSPHRASE}
    address = reader.post(asked.action, data=typed).location
    assert "Waiting to start" in reader.get(address).text
    assert reader.get(address.replace("/search/people", "/jobs")).location == address


def test_what_is_no_search_is_refused_and_stays_typed(reader, known):
    typed = {"phone": "12", "reason": "", "confirm_passphrase": make.PASSPHRASE}
    answer = reader.post("/search/people/", data=typed)
    assert answer.status_code == 422
    assert {"phone", "reason"} <= problems(answer.text).keys()
    assert form(answer.text, having="phone").typed["phone"] == "12"


def test_words_in_a_report_that_waits_lead_to_it(reader, staff):
    sent = invented.send(staff.researcher, random.Random(1), narrative="Nos llevaron al puente de piedra.")
    address = reader.post("/incidents/find", data={"words": "PUENTE"}).location
    assert jobs.run_waiting(staff.coordinator.house)
    page = reader.get(address).text
    assert f"/inbox/{sent}" in page
    assert "<mark>puente</mark>" in page
