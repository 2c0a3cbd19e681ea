"""What we claim about speed can be measured again: each benchmark runs to its end on tiny sizes. No time is judged."""

import pytest

from benchmarks.__main__ import page, section
from benchmarks.alone import NAMES, Sizes, measure
from benchmarks.figures import Figure, best, number

TINY = Sizes(rounds=1, loops=1, reports=2, waiting=3, rows=30, keys=30)


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_runs_and_its_figures_can_be_read(name):
    figures, memory = measure(name, TINY)
    assert figures
    assert all(figure.value > 0 for figure in figures)
    told = section(name, figures, memory)
    assert all(f"| {figure.what} |" in told for figure in figures)
    assert page([told], "./run bench").startswith("# What was measured")


@pytest.mark.parametrize(
    ("value", "least", "verdict"),
    [(1.6, True, "ok"), (1.5, True, "ok"), (1.4, True, "MISSED"), (1.4, False, "ok"), (1.6, False, "MISSED")],
)
def test_a_figure_says_whether_it_reached_what_was_asked(value, least, verdict):
    assert Figure("a ratio", value, target=1.5, least=least).verdict == verdict


def test_nothing_is_asked_of_a_figure_without_a_target():
    assert Figure("a time", 3.0).cells() == ("a time", "3.00 ×", "", "", "")


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0"), (1234567.8, "1,234,568"), (12.345, "12.3"), (1.2345, "1.23"), (0.012345, "0.0123")],
)
def test_a_number_keeps_three_figures(value, told):
    assert number(value) == told


def test_every_deed_has_its_turn_in_each_round():
    turns = []
    best({"one": lambda: turns.append("one"), "other": lambda: turns.append("other")}, rounds=2, loops=2)
    assert turns == ["one", "one", "other", "other"] * 2
