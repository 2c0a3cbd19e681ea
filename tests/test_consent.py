"""What was not asked is not consented: the one judge of what may leave."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from incidents import consent
from incidents.consent import Permit, Refusal
from incidents.errors import NotAllowed, SecondPersonNeeded, TrailBroken
from incidents.model.consent import Basis, ConsentEvent
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests import make

GIVEN = {"decisions": {"STA": "given", "ROW": "given"}}


def someone(staff, facts=None):
    with staff.reviewer.work() as work:
        return make.person(work, facts).id


def record(staff, person_id, given):
    with staff.reviewer.work() as work:
        consent.decide(work, work.get(Person, person_id), given)


def answer(staff, person_id, purpose=Purpose.ROWS, **more):
    with staff.reviewer.work() as work:
        return consent.permits(work, work.get(Person, person_id), purpose, **more)


def test_what_was_not_asked_is_not_permitted(staff):
    assert answer(staff, someone(staff)) == Refusal("no_consent")


def test_a_purpose_is_permitted_alone(staff):
    person = someone(staff)
    record(staff, person, {"decisions": {"STA": "given"}})
    assert isinstance(answer(staff, person, Purpose.STATISTICS), Permit)
    assert answer(staff, person, Purpose.ROWS) == Refusal("no_consent")


def test_the_last_decision_holds(staff):
    person = someone(staff)
    record(staff, person, GIVEN)
    record(staff, person, {"decisions": {"ROW": "refused"}})
    assert answer(staff, person) == Refusal("refused")
    assert isinstance(answer(staff, person, Purpose.STATISTICS), Permit)


def test_a_decision_of_tomorrow_does_not_hold_today(staff):
    person = someone(staff)
    with staff.reviewer.work() as work:
        tomorrow = work.today + timedelta(days=1)
    record(staff, person, {**GIVEN, "on": tomorrow.isoformat()})
    assert answer(staff, person) == Refusal("no_consent")
    assert isinstance(answer(staff, person, on=tomorrow), Permit)


def test_a_withdrawal_stops_every_purpose_at_once(staff):
    person = someone(staff)
    record(staff, person, GIVEN)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, person))
    assert answer(staff, person) == Refusal("withdrawn")
    assert answer(staff, person, Purpose.STATISTICS) == Refusal("withdrawn")


def test_a_withdrawal_of_one_purpose_leaves_the_others(staff):
    person = someone(staff)
    record(staff, person, GIVEN)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, person), [Purpose.ROWS])
    assert answer(staff, person) == Refusal("withdrawn")
    assert isinstance(answer(staff, person, Purpose.STATISTICS), Permit)


@pytest.mark.parametrize(
    ("facts", "given_by", "permitted"),
    [
        ({"age": 8}, "self", False),
        ({"age": 8}, "guardian", True),
        ({"age_band": "10-11"}, "self", False),
        ({"age_band": "CHI"}, "adolescent", False),
        ({"age": 15}, "self", False),
        ({"age": 15}, "guardian", False),
        ({"age": 15}, "adolescent", True),
        ({"age": 18}, "self", True),
        ({"gender": "F"}, "self", True),
    ],
)
def test_a_child_needs_who_a_child_needs(staff, facts, given_by, permitted):
    person = someone(staff, facts)
    record(staff, person, {**GIVEN, "given_by": given_by, "guardian_doer": "no"})
    assert isinstance(answer(staff, person), Permit) is permitted


def test_a_basis_counts_only_when_a_second_person_confirmed_it(staff):
    person = someone(staff)
    facts = {"kind": "published_source", "citation": "An invented register", "purposes": ["ROW", "AUT"]}
    with staff.reviewer.work() as work:
        basis = consent.set_basis(work, facts, person_id=person).id
    assert answer(staff, person) == Refusal("basis_unconfirmed")
    with pytest.raises(SecondPersonNeeded), staff.reviewer.work() as work:
        consent.confirm_basis(work, work.get(Basis, basis))
    with staff.coordinator.work() as work:
        consent.confirm_basis(work, work.get(Basis, basis))
    assert answer(staff, person).kind == "basis"
    assert answer(staff, person, Purpose.AUTHORITIES) == Refusal("no_consent")


def test_a_basis_never_stands_over_the_persons_own_no(staff):
    person = someone(staff)
    facts = {"kind": "published_source", "citation": "An invented register", "purposes": ["ROW"]}
    with staff.reviewer.work() as work:
        basis = consent.set_basis(work, facts, person_id=person).id
    with staff.coordinator.work() as work:
        consent.confirm_basis(work, work.get(Basis, basis))
    record(staff, person, {"decisions": {"ROW": "refused"}})
    assert answer(staff, person) == Refusal("refused")


def test_a_ledger_with_a_missing_event_counts_for_nothing(staff, house):
    person = someone(staff)
    record(staff, person, GIVEN)
    record(staff, person, {"decisions": {"ROW": "refused"}})
    record(staff, person, {"decisions": {"PUB": "given"}})
    with make.behind(house) as database:
        table = ConsentEvent.__table__
        database.execute(table.delete().where(table.c.number == 2))
    assert answer(staff, person) == Refusal("no_consent")


def test_a_decision_changed_behind_the_program_is_refused(staff, house):
    person = someone(staff)
    record(staff, person, GIVEN)
    other = someone(staff)
    record(staff, other, {"decisions": {"ROW": "refused"}})
    with make.behind(house) as database:
        table = ConsentEvent.__table__
        given = database.execute(select(table.c.decisions).where(table.c.person_id == person)).scalar_one()
        database.execute(table.update().where(table.c.person_id == other).values(decisions=given))
    with pytest.raises(TrailBroken):
        answer(staff, other)


def test_an_analyst_records_no_consent(staff):
    person = someone(staff)
    with pytest.raises(NotAllowed), staff.analyst.work() as work:
        consent.decide(work, work.get(Person, person), GIVEN)


def test_who_may_not_be_kept_any_more_is_not_used_for_anything(staff):
    withdrew, refused = someone(staff), someone(staff)
    for person in (withdrew, refused):
        record(staff, person, GIVEN)
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, withdrew), [Purpose.RECORD])
    record(staff, refused, {"decisions": {"REC": "refused"}})
    assert answer(staff, withdrew) == Refusal("withdrawn")
    assert answer(staff, refused) == Refusal("refused")


def test_an_older_paper_that_is_entered_later_undoes_no_refusal(staff):
    person = someone(staff)
    record(staff, person, {"decisions": {"ROW": "refused"}, "on": "2019-05-01"})
    record(staff, person, {"decisions": {"ROW": "given"}, "on": "2019-01-01"})
    assert answer(staff, person) == Refusal("refused")


@pytest.mark.parametrize("population", ["UAC", "SEP"])
def test_an_unaccompanied_child_of_unknown_age_is_a_child(staff, population):
    person = someone(staff, {"population": [population]})
    record(staff, person, {**GIVEN, "given_by": "self"})
    assert answer(staff, person) == Refusal("no_guardian")


def test_a_basis_that_was_changed_behind_the_program_is_not_confirmed(staff, house):
    person = someone(staff)
    facts = {"kind": "published_source", "citation": "El Informador, 2019-03-01", "purposes": ["ROW"]}
    with staff.reviewer.work() as work:
        basis = consent.set_basis(work, facts, person_id=someone(staff)).id
    with make.behind(house) as connection:
        connection.execute(update(Basis.__table__).values(person_id=person))
    with staff.coordinator.work() as work, pytest.raises(TrailBroken):
        consent.confirm_basis(work, work.get(Basis, basis))
