"""Kappa and alpha equal published worked examples and an independent implementation, and are never made up.

NLTK (nltk.metrics.agreement) is that implementation: written by others, used by the tests alone.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask

from incidents.agreement.alpha import agreed, alpha
from incidents.agreement.kappa import Estimate, kappa
from incidents.agreement.measuring import FLOOR, Measured, figures, measured
from incidents.agreement.results import Agreement, Drawn
from incidents.agreement.sentences import percent, sentences
from incidents.agreement.sheet import BY_KEY

_ = None
# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A, B and C.
BINARY = ([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
NOMINAL = ("aabbdcccedda", "babbbccceddd")
FOUR = (
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
)
# Three coders and fifteen units, the example of the encyclopedias ("Krippendorff's alpha", Wikipedia): 0.691.
THREE = (
    [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
    [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
    [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
)
# J. Cohen (1960), the table of 200 cases: 0.492. J. L. Fleiss, B. Levin and M. C. Paik, Statistical Methods for Rates
# and Proportions (2003), table 18.1: 0.676. SAS, PROC FREQ, as in the tests of statsmodels (stats/tests/
# test_inter_rater.py): 0.4842, standard error 0.1380, 95 % limits 0.2137 and 0.7547.
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
FLEISS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
QUICK = settings(max_examples=60, deadline=None)


def units(coders: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*coders, strict=True))


def cells(table: list[list[int]]) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(table) for j, times in enumerate(row) for _each in range(times)]


def theirs(coded: Sequence[Sequence[Any]]) -> AnnotationTask:
    return AnnotationTask(
        [
            (coder, unit, value)
            for unit, row in enumerate(coded)
            for coder, value in enumerate(row)
            if value is not None
        ]
    )


@pytest.mark.parametrize(
    ("coders", "published"), [(BINARY, 0.095), (NOMINAL, 0.692), (FOUR, 0.743), (THREE, 0.691)]
)
def test_alpha_equals_the_published_examples_and_another_implementation_in_figures(coders, published):
    found = alpha(units(coders))
    assert round(found.value, 3) == published
    assert found.value == pytest.approx(theirs(units(coders)).alpha(), abs=1e-12)
    assert found.low < found.value < found.high


@pytest.mark.parametrize(("table", "published"), [(COHEN, 0.492), (FLEISS, 0.676), (SAS, 0.484)])
def test_kappa_equals_the_published_examples_and_another_implementation_in_figures(table, published):
    found = kappa(cells(table))
    assert round(found.value, 3) == published
    assert found.value == pytest.approx(theirs(cells(table)).kappa(), abs=1e-12)


def test_the_interval_of_kappa_equals_a_published_one_in_figures():
    found = kappa(cells(SAS))
    assert (round(found.low, 4), round(found.high, 4)) == (0.2137, 0.7547)


# -- any codes


CODES = st.sampled_from("abcd")
PAIRS = st.lists(st.tuples(CODES, CODES), min_size=1, max_size=40)
UNITS = st.integers(2, 4).flatmap(
    lambda coders: st.lists(st.tuples(*[st.none() | CODES] * coders), min_size=1, max_size=25)
)


@QUICK
@given(PAIRS)
def test_kappa_is_what_another_implementation_finds_whoever_is_first_and_whatever_codes_are_called(pairs):
    found = kappa(pairs)
    turned = kappa([(other, one) for one, other in pairs])
    renamed = kappa([(ord(one) * 7, ord(other) * 7) for one, other in pairs])
    if len({value for pair in pairs for value in pair}) == 1:
        assert found is turned is renamed is None
        return
    assert found.value == pytest.approx(theirs(pairs).kappa(), abs=1e-9)
    assert -1 <= found.value <= 1
    for other in (turned, renamed):
        assert (other.value, other.low, other.high) == pytest.approx((found.value, found.low, found.high))
    if found.low is not None:
        assert -1 <= found.low <= found.value <= found.high <= 1


@QUICK
@given(UNITS, st.randoms(use_true_random=False))
def test_alpha_is_what_another_implementation_finds_in_any_order_of_coders(coded, chance):
    found = alpha(coded, draws=0)
    order = list(range(len(coded[0])))
    chance.shuffle(order)
    turned = alpha([tuple(unit[place] for place in order) for unit in coded], draws=0)
    pairable = [[value for value in unit if value is not None] for unit in coded]
    values = {value for unit in pairable if len(unit) > 1 for value in unit}
    if len(values) < 2:
        assert found is turned is None
        return
    assert found == turned
    assert found.value == pytest.approx(theirs(coded).alpha(), abs=1e-9)


@QUICK
@given(PAIRS)
def test_without_missing_values_the_share_alike_is_that_of_the_pairs(pairs):
    assert agreed(pairs) == pytest.approx(sum(one == other for one, other in pairs) / len(pairs))


@QUICK
@given(st.lists(CODES, min_size=2, max_size=30))
def test_full_agreement_is_one_and_has_no_interval(values):
    assume(len(set(values)) > 1)
    assert kappa([(value, value) for value in values]) == Estimate(1.0)
    assert alpha([(value, value, value) for value in values]) == Estimate(1.0)


def test_where_nothing_varies_or_nothing_was_coded_no_coefficient_is_made_up():
    assert kappa([]) is None
    assert kappa([("a", "a")] * 20) is None
    assert alpha([("a", "a")] * 20) is None
    assert alpha([("a", None), (None, "b")]) is None
    assert kappa([("a", "b")] * 20) == Estimate(0.0)  # chance alone; no interval of no width


def test_an_interval_is_worked_out_once_for_the_same_figures_whatever_the_codes_are_called(monkeypatch):
    coded = [("a", "a"), ("b", "b"), ("a", "b"), ("c", "b"), ("c", "c")] * 7
    first = alpha(coded, draws=200)
    monkeypatch.setattr("incidents.agreement.alpha.Random", None)  # drawn no more
    assert alpha(coded, draws=200) == first
    assert alpha([(one * 2, other * 2) for one, other in coded], draws=200) == first
    monkeypatch.undo()
    other = alpha([*coded, ("a", "c")], draws=200)
    assert (other.value, other.low, other.high) != (first.value, first.low, first.high)


# -- a question of a sheet


def test_below_the_floor_it_is_too_few_to_say():
    said = figures([("a", "a"), ("b", "a")] * (FLOOR // 2 - 1) + [("a", None)] * 50)
    assert (said.count, said.few, said.kappa, said.alpha) == (FLOOR - 2, True, None, None)
    assert said.agreed is None  # of a few, a share would tell what each was coded as
    few = measured(BY_KEY["acts"], [(["KID"], ["KID"])])
    assert (few.figures.count, few.codes) == (1, ())


def test_one_same_code_throughout_is_said_as_such():
    said = figures([("a", "a")] * FLOOR)
    assert (said.one_code, said.agreed, said.kappa, said.alpha) == (True, 1.0, None, None)


def test_where_one_of_two_hundred_differs_too_little_varies_for_figures_that_mean_anything():
    said = figures([("a", "a")] * 199 + [("a", "b")])
    assert said.agreed == 0.995
    assert said.kappa.vague
    assert said.alpha.vague
    assert not Estimate(1.0).vague
    assert not figures([("a", "a"), ("b", "b"), ("a", "b"), ("b", "a")] * FLOOR).kappa.vague
    measure = Measured(BY_KEY["type"], said)
    drawn = Drawn(date(2026, 1, 1), date(2026, 2, 1), "x", 200, 300, 0, ["type"])
    text = sentences(Agreement(drawn, 2, 200, 0, [measure]), str, "en")[-1]
    assert text == (
        "Kind of act: 99 % agreement on 200 reports; too little varies for Cohen’s kappa; "
        "too little varies for Krippendorff’s alpha."
    )


def test_several_coders_have_no_kappa():
    said = figures([("a", "a", "b"), ("b", "b", None)] * FLOOR)
    assert said.kappa is None
    assert said.alpha is not None


def test_of_several_codes_only_the_same_ones_are_agreement_and_each_code_is_measured_too():
    rows = [[["KID", "EXT"], ["EXT", "KID"]], [["KID"], ["KID", "ROB"]], [["ROB"], ["ROB"]], [["EXT"], None]]
    found = measured(BY_KEY["acts"], rows * FLOOR, draws=50)
    assert found.figures.count == 3 * FLOOR
    assert found.figures.agreed == pytest.approx(2 / 3)
    codes = dict(found.codes)
    assert list(codes) == ["KID", "EXT", "ROB"]
    assert codes["KID"].agreed == codes["EXT"].agreed == 1
    assert codes["ROB"].agreed == pytest.approx(2 / 3)
    assert codes["ROB"].kappa.value == pytest.approx(
        theirs([("n", "n"), ("n", "y"), ("y", "y")] * FLOOR).kappa()
    )


def test_almost_all_is_not_all():
    assert [percent(share) for share in (0.0, 0.884, 0.999, 1.0)] == ["0", "88", "99", "100"]
