"""Fives that are the same in every table and edition; noise that is what it says, exactly."""

import heapq
import math
import random
from collections import Counter
from fractions import Fraction
from itertools import product

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


# -- noise, exactly


class _Asked(Exception):
    """A choice that is not made yet: how likely each way is."""


def _every_course(drawing, most=20_000):
    """What comes of a sampler and how likely: every course of its choices, the likeliest first.

    What was not followed to its end is given beside: it belongs to some of the results.
    """
    found, left = Counter(), [(-1, ())]
    for _turn in range(most):
        if not left:
            break
        mass, told = heapq.heappop(left)
        script = iter(told)

        def choose(weights, script=script):
            made = next(script, None)
            if made is None:
                raise _Asked(weights)
            return made

        try:
            found[drawing(choose)] -= mass
        except _Asked as asked:
            for way, weight in enumerate(asked.args[0]):
                if weight:
                    heapq.heappush(left, (mass * weight, (*told, way)))
    return found, -sum(mass for mass, _told in left)


@pytest.mark.parametrize("gamma", [Fraction(0), Fraction(1, 3), Fraction(1)])
def test_a_toss_has_its_exact_probability(gamma):
    """In fractions: of the draws below so many only whether they lie below the threshold is told apart."""

    def toss(choose):
        return noise._happens(gamma, lambda below: _below(choose, below, gamma.numerator))

    found, left = _every_course(toss, 60)
    assert left < Fraction(1, 10**9)
    assert abs(float(found[True]) - math.exp(-gamma)) < 1e-9


def _below(choose, size, threshold):
    """A draw below `size` of which nobody asks more than whether it is below the threshold."""
    share = Fraction(min(threshold, size), size)
    return threshold if choose((share, 1 - share)) else 0


@pytest.mark.parametrize("scale", [Fraction(1), Fraction(3, 2), Fraction(1, 2)])
def test_the_sampler_has_the_exact_probabilities_of_its_distribution(monkeypatch, scale):
    """Every course of its draws, each toss with the probability that the test above gives it."""

    def drawing(choose):
        odds = lambda gamma, _draw: not choose((math.exp(-gamma), 1 - math.exp(-gamma)))  # noqa: E731 - in place
        monkeypatch.setattr(noise, "_happens", odds)
        return noise.laplace(scale, lambda below: choose([1 / below] * below))

    found, left = _every_course(drawing)
    assert left < 0.03
    for number in range(-3, 4):
        exact = probability(number, scale)
        assert found[number] - 1e-12 <= exact <= found[number] + left + 1e-12
        assert exact > 2 * left


def probability(number, scale):
    """Of the discrete Laplace distribution, as its paper writes it."""
    ratio = math.exp(-1 / scale)
    return (1 - ratio) / (1 + ratio) * ratio ** abs(number)


def printed(value, count, scale):
    """The probability that a count prints so: below zero prints 0."""
    if value:
        return probability(value - count, scale)
    return sum(probability(-count - more, scale) for more in range(400))


def worst(one, other, scale, most=12):
    """How much likelier anything that can be printed is of one of two houses, at most: every pair of numbers."""
    cells = range(most)
    return max(
        math.prod(printed(value, count, scale) for value, count in zip(seen, one, strict=True))
        / math.prod(printed(value, count, scale) for value, count in zip(seen, other, strict=True))
        for seen in product(cells, repeat=len(one))
    )


@pytest.mark.parametrize(
    ("one", "other"), [((1, 0), (0, 1)), ((3, 2), (2, 1)), ((2, 0), (0, 0)), ((5, 5), (5, 3))]
)
def test_nothing_that_can_be_printed_tells_more_of_somebody_than_epsilon(one, other):
    """Two houses that differ by one who changes two cells by one: every outcome of small cells, and its odds."""
    epsilon, cap = Fraction(1), sum(abs(a - b) for a, b in zip(one, other, strict=True))
    assert cap == 2
    bound = math.exp(epsilon) * (1 + 1e-9)
    assert worst(one, other, cap / epsilon) <= bound
    assert worst(other, one, cap / epsilon) <= bound
    too_little = 1 / epsilon  # as if nobody changed more than one cell
    assert max(worst(one, other, too_little), worst(other, one, too_little)) > bound
