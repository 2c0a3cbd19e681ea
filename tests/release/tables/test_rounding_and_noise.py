"""Fives that are the same in every table and edition; noise that is what it says, exactly."""

import math
import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.release.tables import audit, noise, rounding
from incidents.release.tables.cells import FEW, OUT, Counted, Relation
from incidents.release.tables.filed import left_out
from incidents.release.tables.protect import Rules, TooFewToRound, protect
from tests.release.tables.invented import tables

KEY = b"a key of the instance, invented."
FIVES = Rules("C", key=KEY, incidents=1000)


def alone(counts):
    return Counted((), {("x", str(number)): count for number, count in enumerate(counts)}, ())


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30))
def test_fives_are_near_and_zero_only_where_it_is_true(counts):
    counted = alone(counts)
    for key, value in rounding.rounded(counted, KEY).items():
        count = counted.counts[key]
        assert value % 5 == 0
        assert abs(value - count) < 5
        assert (value == 0) == (count == 0)


def test_a_cell_is_always_rounded_the_same_way_and_never_prints_less_when_it_grows():
    key = ("acts", "KID", "TAM")
    printed = [rounding.rounded(Counted((), {key: count}, ()), KEY)[key] for count in range(60)]
    assert printed == sorted(printed)
    beside = Counted((), {("other",): 3, key: 12}, ())
    assert rounding.rounded(beside, KEY)[key] == printed[12]
    assert {rounding.threshold(key, bytes([n]) * 32) for n in range(60)} == set(range(5))


def test_fives_are_unbiased_over_the_cells():
    off = [value - 12 for value in rounding.rounded(alone([12] * 4000), KEY).values()]
    assert set(off) == {-2, 3}
    assert abs(sum(off)) / 4000 < 0.15  # the mean's own deviation is 0.04


def test_a_code_that_runs_over_its_edge_is_another_cell():
    keys = [("ab", "c"), ("a", "bc")]
    assert len({tuple(rounding.threshold(key, bytes([n]) * 32) for n in range(20)) for key in keys}) == 2


def test_fives_that_would_tell_a_small_count_take_a_total_away():
    """Nine cells of 5 whose total prints 5: each is one. Somewhere among many names one total is rounded so."""
    parts = tuple(("part", str(number)) for number in range(9))
    names = [("total", str(number)) for number in range(40)]
    told = next(name for name in names if rounding.threshold(name, KEY) == 4)  # 9 prints 5
    counted = Counted((), dict.fromkeys(parts, 1) | {told: 9}, (Relation(told, parts),))
    shown = protect(counted, FIVES).shown
    assert shown.values[told] == OUT
    assert all(shown.values[part] == 5 for part in parts)
    assert not audit.narrowed(shown)


@given(tables())
@settings(max_examples=10, deadline=None)
def test_no_small_count_is_worked_out_from_fives(counted):
    protected = protect(counted, FIVES)
    intervals = protected.intervals()
    for key, count in counted.counts.items():
        if 1 <= count <= 4:
            assert intervals[key].low <= count
            assert intervals[key].high is None or intervals[key].high >= max(5, intervals[key].low + 4)


def test_fives_are_refused_below_a_thousand_incidents():
    with pytest.raises(TooFewToRound):
        protect(alone([3]), Rules("C", key=KEY, incidents=999))


# -- noise


def test_noise_is_drawn_from_the_discrete_laplace_distribution():
    draws, scale = 12000, Fraction(3, 2)
    generator = random.Random(5)
    seen = Counter(noise.laplace(scale, generator.randrange) for _ in range(draws))
    ratio = math.exp(-1 / scale)
    expected = {z: draws * (1 - ratio) / (1 + ratio) * ratio ** abs(z) for z in range(-6, 7)}
    assert sum((seen[z] - mean) ** 2 / mean for z, mean in expected.items()) < 35  # 13 cells: p below 0.001
    assert all(isinstance(z, int) for z in seen)


def test_a_toss_happens_as_often_as_the_exponential_says_without_floats():
    """Every course of the draws is followed, with its exact probability, until what is left does not matter."""
    gamma, happens, left = Fraction(2, 3), Fraction(0), Fraction(1)
    for turn in range(1, 40):
        stops = left * (1 - gamma / turn)
        happens += stops if turn % 2 else 0
        left -= stops
    assert abs(float(happens) - math.exp(-2 / 3)) < 1e-12
    generator = random.Random(3)
    often = sum(noise._happens(gamma, generator.randrange) for _ in range(6000)) / 6000
    assert abs(often - float(happens)) < 0.025


def test_noise_covers_zeros_says_what_it_costs_and_is_drawn_anew():
    counted = alone([0] * 300)
    first, second = (protect(counted, Rules("D", epsilon=Fraction(1, 2), cap=4)) for _ in range(2))
    assert first.epsilon == Fraction(1, 2)
    assert first.shown.values != second.shown.values
    assert 0 < sum(value > 0 for value in first.shown.values.values()) < 300
    assert min(first.shown.values.values()) == 0
    for rules in (
        Rules("D", cap=1),
        Rules("D", epsilon=Fraction(1)),
        Rules("D", epsilon=Fraction(-1), cap=1),
    ):
        with pytest.raises(ValueError):
            protect(counted, rules)


# -- from anonymized rows


def test_tables_of_anonymized_rows_say_how_many_are_not_shown():
    assert left_out(20) == 20
    assert left_out(0) == 0
    assert left_out(3) == FEW
