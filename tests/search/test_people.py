"""Somebody is found by name, telephone or document, however it was typed; others are not, and nothing is kept."""

import random
from uuid import UUID

import pytest
from sqlalchemy import select

from incidents import erasure, jobs, search
from incidents.app import register_jobs
from incidents.errors import FreshSignInNeeded, InvalidInput, NotAllowed
from incidents.intake import rearranging, report
from incidents.model.audit import AuditEntry
from incidents.model.job import Job
from incidents.model.report import ReportLink
from incidents.search import people
from incidents.search.numbers import readings
from tests.search import invented

SOMEBODY = {
    "name": "María de los Ángeles Zelaya Euceda",
    "phone": "+504 9912-3456",
    "documents": "DNI 0801-1990-12345",
}
OTHER = {"name": "José Ramírez Pineda", "other_names": "Pepe Ramírez; El Gato", "phone": "619 555 0123"}


def signs(asked, identity):
    found = people.compare(people.sought(asked), identity)
    return set(found[1]) if found else set()


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        ("MARIA ANGELES ZELAYA EUCEDA", "name_same"),
        ("euceda zelaya, maria", "name_shorter"),
        ("Selaya Euseda", "name_sounds"),
        ("Zelaia Eucedo Marya", "name_alike"),
        ("M Zelaya", "name_initial"),
        ("Mari Zelaya", "name_short"),
        ("María Zelaya Bográn", "name_partly"),
        ("Zelaya", "name_shorter"),
    ],
)
def test_a_name_is_found_however_it_was_typed(typed, sign):
    assert signs({"name": typed}, SOMEBODY) == {sign}


@pytest.mark.parametrize("typed", ["Carlos Mejía", "María Bográn Castellanos Funes", "M", "Ana Zelandia"])
def test_a_name_that_is_another_is_not_found(typed):
    assert signs({"name": typed}, SOMEBODY) == set()


def test_another_name_of_theirs_is_looked_through():
    assert signs({"name": "el gato"}, OTHER) == {"other_name"}


def test_nobody_without_a_name_is_found_by_name():
    assert signs({"name": "Rosa"}, {"name": None, "other_names": None}) == set()


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        ("+504 99123456", "phone_same"),
        ("00504 9912 3456", "phone_same"),
        ("504-9912-3456", "phone_same"),
        ("9912 3456", "phone_same"),
        ("9912 3465", "phone_near"),
        ("9912 3457", "phone_near"),
    ],
)
def test_a_telephone_is_found_with_and_without_the_code_of_its_country(typed, sign):
    assert signs({"phone": typed}, SOMEBODY) == {sign}


def test_a_mexican_mobile_is_found_as_it_was_dialled_before_and_since():
    assert readings("044 55 1234 5678") & readings("+52 1 55 1234 5678") & readings("5512345678")


@pytest.mark.parametrize("typed", ["9800 1111", "555 0123"])
def test_another_telephone_is_not_found(typed):
    assert signs({"phone": typed}, SOMEBODY) == set()


def test_a_document_is_found_with_one_slip():
    assert signs({"document": "0801199012345"}, SOMEBODY) == {"document_same"}
    assert signs({"document": "0801-1990-12354"}, SOMEBODY) == {"document_near"}
    assert signs({"document": "0801-1991-54321"}, SOMEBODY) == set()


# -- the job


@pytest.fixture
def known(staff):
    """Somebody in an incident, and another one in a report that waits."""
    register_jobs()
    incident = invented.record(staff, random.Random(1), persons=[entry(SOMEBODY)])
    sent = invented.send(staff.coordinator, random.Random(2), persons=[entry(OTHER)])
    return incident, sent


def entry(identity):
    return {"key": "p1", "kind": "individual", "teller": True, "identity": identity}


def look(staff, **typed):
    with staff.reviewer.work() as work:
        people.check(work, typed, "contact")
        id = jobs.start(work, search.PEOPLE, {"reason": "contact"}, typed).id
    assert jobs.run_waiting(staff.coordinator.house)
    with staff.reviewer.work() as work:
        job = jobs.one(work, id)
        return jobs.result(work, job)


def test_who_is_known_and_who_waits_are_both_found_and_the_opening_is_noted_once(staff, known, house):
    incident, sent = known
    (hit,) = look(staff, name="angeles zelaya")["hits"]
    with staff.reviewer.work() as work:
        assert [each.id for each in search.person(work, UUID(hit["person"]))[1]] == [incident]
    found = look(staff, name="Pepe Ramirez")
    assert [each["report"] for each in found["hits"]] == [str(sent)]
    assert (found["looked"], found["left_out"], found["more"]) == (2, 0, False)
    house.db().rollback()
    notes = house.db().scalars(select(AuditEntry).where(AuditEntry.event == people.OPENED)).all()
    assert [note.detail for note in notes] == [{"count": 2, "why": "contact"}] * 2


def test_nothing_of_whom_somebody_looked_for_is_kept(staff, known, house):
    found = look(staff, name="zelaya", phone="9912 3456")
    assert "elaya" not in str(found)
    assert "9912" not in str(found)
    house.db().rollback()
    job = house.db().scalars(select(Job).where(Job.kind == search.PEOPLE)).one()
    assert (job.input, job.arguments) == (None, {"reason": "contact"})


def test_who_fits_best_stands_first(staff, known):
    invented.record(staff, random.Random(3), persons=[entry({"name": "Ángeles Zelaya"})])
    found = look(staff, name="Angeles Zelaya", phone="99123456")["hits"]
    assert [set(each["signs"]) for each in found] == [{"phone_same", "name_shorter"}, {"name_same"}]


def test_somebody_recorded_twice_is_found_once(staff, known):
    again = invented.record(staff, random.Random(3), persons=[entry(SOMEBODY)])
    with staff.coordinator.work() as work:
        one, other = (search.people_of(work, id)[0][0].id for id in (known[0], again))
        rearranging.merge_persons(work, one, other, "The same name and the same phone.")
    assert [each["person"] for each in look(staff, name="Zelaya Euceda")["hits"]] == [str(one)]


def test_who_was_unlinked_is_found_in_the_report_that_waits_again(staff, known, house):
    sent = house.db().scalars(select(ReportLink.report_id).where(ReportLink.incident_id == known[0])).one()
    house.db().rollback()
    with staff.reviewer.work() as work:
        rearranging.unlink(work, report.read(work, sent).report, "It tells of something else.")
    assert [each["report"] for each in look(staff, name="Zelaya Euceda")["hits"]] == [str(sent)]


def test_who_is_erased_is_found_by_nobody(staff, known):
    with staff.coordinator.work() as work:
        person = search.people_of(work, known[0])[0][0]
        erasure.erase_person(work, person, "Asked for by the person; agreed by two of us.")
    erasure.finish(staff.coordinator.house)
    assert look(staff, name="Zelaya Euceda")["hits"] == []


# -- asking


@pytest.mark.parametrize(
    ("typed", "reason", "wrong"),
    [
        ({}, "contact", {"name"}),
        ({"name": "de la"}, "contact", {"name"}),
        ({"name": "M"}, "contact", {"name"}),
        ({"phone": "12345"}, "contact", {"phone"}),
        ({"document": "DNI"}, "contact", {"document"}),
        ({"name": "x" * 201}, "contact", {"name"}),
        ({"name": "Rosa"}, "curiosity", {"reason"}),
        ({"name": "Rosa"}, "", {"reason"}),
    ],
)
def test_what_is_no_search_or_has_no_reason_is_refused(staff, typed, reason, wrong):
    with staff.reviewer.work() as work, pytest.raises(InvalidInput) as refused:
        people.check(work, typed, reason)
    assert set(refused.value.fields) == wrong


@pytest.mark.parametrize("who", ["analyst", "researcher", "auditor", "administrator"])
def test_whoever_opens_no_names_looks_for_nobody(staff, who):
    with getattr(staff, who).work() as work, pytest.raises(NotAllowed):
        people.check(work, {"name": "Rosa"}, "contact")


def test_the_passphrase_was_given_just_now(staff):
    with staff.reviewer.work(fresh=False) as work, pytest.raises(FreshSignInNeeded):
        people.check(work, {"name": "Rosa"}, "contact")
