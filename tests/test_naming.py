"""Whom nobody names or shows: said of one record of somebody, it holds for all of them."""

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.intake import rearranging, report, schema
from incidents.intake.take_in import take_in
from incidents.model.people import Person
from incidents.model.rearrangement import Rearrangement
from tests import make

WHY = "The same name, the same day of birth, the same shelter."


def tell(staff, **changes):
    """One teller of one report, taken in: their id."""
    facts = changes.pop("facts", {"age": 30})
    teller = {**make.report_document()["persons"][0], "facts": facts}
    told = make.report_document(persons=[teller], involvements=None, **changes)
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(told), "page").id
    with staff.reviewer.work() as work:
        id = report.read(work, sent).person_ids["p1"]
    with staff.reviewer.work() as work:
        take_in(work, sent)
    return id


@pytest.fixture
def two(staff):
    """Two records, and what is said in the second one."""

    def made(**said):
        return tell(staff), tell(staff, **said)

    return made


def join(staff, one, other):
    with staff.reviewer.work() as work:
        rearranging.merge_persons(work, one, other, WHY)


def hidden(staff, *ids):
    with staff.reviewer.work() as work:
        return consent.in_danger(work, ids), consent.perhaps_children(work, ids)


def test_danger_in_another_record_of_the_same_person_holds_for_both(staff, two):
    one, other = two(danger="today")
    assert hidden(staff, one, other)[0] == {other}
    join(staff, one, other)
    assert hidden(staff, one)[0] == {one}
    assert hidden(staff, one, other)[0] == {one, other}
    with staff.reviewer.work() as work:
        rearranging.undo(work, work.db.scalars(select(Rearrangement)).one(), WHY)
    assert hidden(staff, one)[0] == set()


@pytest.mark.parametrize("facts", [{"birth_year": 2015}, {"age_band": "CHI"}])
def test_so_does_childhood(staff, two, facts):
    one, other = two(facts=facts)
    assert hidden(staff, one, other)[1] == {other}
    join(staff, one, other)
    assert hidden(staff, one)[1] == {one}


def test_what_does_not_open_is_taken_for_a_childs(staff, two):
    from incidents import erasure

    one, other = two()
    with staff.coordinator.work() as work:
        erasure.erase_person(
            work, work.get(Person, other), "They asked for it on the phone; two of us agreed."
        )
    erasure.finish(staff.coordinator.house)
    assert hidden(staff, one, other)[1] == {other}
