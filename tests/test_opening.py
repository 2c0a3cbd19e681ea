"""A second person's yes before a name is opened, where the house asks for it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from incidents import opening
from incidents.errors import MoveNotAllowed, NotAllowed, SecondPersonNeeded, TrailBroken
from incidents.model.opening import Opening
from incidents.model.people import Person
from tests import make


@pytest.fixture
def person(staff):
    with staff.reviewer.work() as work:
        return make.person(work).id


@pytest.fixture(autouse=True)
def two(house):
    house.second_yes = True


def opened(who, person, name="name", why="contact"):
    with who.work() as work:
        return opening.field(work, work.get(Person, person), name, why)


def answered(who, *, yes=True):
    with who.work() as work:
        opening.answer(work, work.db.scalars(select(Opening)).one(), yes=yes)


def test_it_opens_after_somebody_elses_yes_for_whoever_asked_that_field_alone(staff, person):
    assert opened(staff.reviewer, person) is opening.ASKED
    answered(staff.coordinator)
    assert opened(staff.reviewer, person) == make.CANARY_NAME
    assert opened(staff.reviewer, person, "phone") is opening.ASKED
    assert opened(staff.reviewer, person, why="duplicate") is opening.ASKED
    assert opened(staff.second, person) is opening.ASKED


def test_asked_twice_is_asked_once_and_nobody_answers_themselves(staff, person):
    opened(staff.reviewer, person)
    opened(staff.reviewer, person)
    with staff.coordinator.work() as work:
        assert len(opening.waiting(work)) == 1
    with staff.reviewer.work() as work:
        assert list(opening.waiting(work)) == []
    with pytest.raises(SecondPersonNeeded):
        answered(staff.reviewer)


def test_a_no_leaves_it_closed_and_can_be_asked_again(staff, person):
    opened(staff.reviewer, person)
    answered(staff.coordinator, yes=False)
    assert opened(staff.reviewer, person) is opening.ASKED
    with staff.coordinator.work() as work:
        assert len(opening.waiting(work)) == 1
    with pytest.raises(MoveNotAllowed), staff.coordinator.work() as work:
        opening.answer(work, work.db.scalars(select(Opening).where(Opening.yes.is_(False))).one(), yes=True)


def test_a_yes_ends_with_the_next_day(staff, house, person):
    opened(staff.reviewer, person)
    answered(staff.coordinator)
    house.now = lambda: datetime.now(UTC) + timedelta(days=2)
    assert opened(staff.reviewer, person) is opening.ASKED


def test_a_yes_that_the_database_alone_says_opens_nothing(staff, house, person):
    opened(staff.reviewer, person)
    with make.behind(house) as connection:
        connection.execute(update(Opening).values(yes=True, answered_by=staff.coordinator.id))
    with pytest.raises(TrailBroken):
        opened(staff.reviewer, person)


def test_without_the_setting_a_reason_is_enough_and_without_the_role_nothing_is(staff, house, person):
    house.second_yes = False
    assert opened(staff.reviewer, person) == make.CANARY_NAME
    with pytest.raises(NotAllowed):
        opened(staff.analyst, person)
