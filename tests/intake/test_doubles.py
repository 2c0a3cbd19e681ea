"""Incidents told twice are found in a large house as in a small one."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from incidents.intake.duplicates import doubles, weights
from incidents.intake.duplicates.traits import Scene, Traits

FIRST = date(2019, 1, 1)
LIKELY, POSSIBLE = weights.SWEPT, weights.POSSIBLE


def month(incident, number):
    """Some month in one of five states, one act."""
    first = FIRST + timedelta(days=30 * (number % 36))
    state = f"MX-{number % 5}"
    return Scene(UUID(int=incident), state, state, first, first + timedelta(days=29), frozenset({"KID"}))


def house(size):
    """So many incidents; the first two are of one month and state, each with somebody who may be one."""
    scenes = [month(0, 7), *(month(number, number + 6) for number in range(1, size))]
    people = {UUID(int=10**6 + n): Traits(UUID(int=10**6 + n), words=("zacarias", f"r{n}")) for n in (0, 1)}
    parts = {UUID(int=n): [UUID(int=10**6 + n)] for n in (0, 1)}
    return doubles.Chronicle({scene.incident: scene for scene in scenes}, parts, people), scenes


@pytest.mark.parametrize("size", [3_000, 70_000])
def test_duplicates_one_month_and_state_with_one_person_is_told_twice_however_many_there_are(size):
    chronicle, (one, other, *_rest) = house(size)
    alike = frozenset(UUID(int=10**6 + n) for n in (0, 1))
    found = chronicle.compare(one, other, {alike: LIKELY})
    assert found.score >= weights.SWEPT
    assert found.score > chronicle.compare(one, other, {alike: POSSIBLE}).score
    assert chronicle.compare(one, other, {}).score < POSSIBLE


@pytest.mark.parametrize("size", [3_000, 70_000])
def test_duplicates_one_person_is_not_enough_for_one_incident(size):
    chronicle, (one, _other, *rest) = house(size)
    elsewhere = next(scene for scene in rest if scene.state != one.state)
    beside = Scene(UUID(int=1), elsewhere.place, elsewhere.state, elsewhere.first, elsewhere.last, one.acts)
    alike = frozenset(UUID(int=10**6 + n) for n in (0, 1))
    assert chronicle.compare(one, beside, {alike: LIKELY}).score < POSSIBLE
