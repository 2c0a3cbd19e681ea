"""No small count of linked tables can be worked out: seen by the audit, and by a reader who tries every number."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.release.tables import audit, protect
from incidents.release.tables.cells import ALL, FEW, OUT, Counted, Relation, Shown
from tests.release.tables.invented import linked, tables
from tests.release.tables.reader import Reader

FEW_EXAMPLES = settings(max_examples=12, deadline=None)


@given(tables())
@FEW_EXAMPLES
def test_a_reader_who_tries_every_number_narrows_no_small_count(counted):
    shown = protect.suppressed(counted)
    reader = Reader(shown)
    for key, count in counted.counts.items():
        assert count in reader.domains[key]
        if 1 <= count <= 4:
            assert all(reader.possible(key, number) for number in (1, 4)), key


@given(tables())
@FEW_EXAMPLES
def test_what_is_printed_is_true(counted):
    shown = protect.suppressed(counted)
    for key, count in counted.counts.items():
        value = shown.values[key]
        assert value in {count, OUT} or (value == FEW and count < 5)
        assert not 1 <= count <= 4 or value in {FEW, OUT}


@given(tables(people=24), st.randoms(use_true_random=False))
@FEW_EXAMPLES
def test_the_intervals_of_the_audit_are_those_of_a_reader_who_tries_every_number(counted, draw):
    """Whatever was hidden, well or badly; as long as each print may be what is behind it."""
    values = {
        key: FEW if 1 <= count < 5 else OUT if count >= 5 and draw.random() < 0.4 else count
        for key, count in counted.counts.items()
    }
    if counted.counts[ALL, ALL] >= 5:
        values[ALL, ALL] = counted.counts[ALL, ALL]  # so that every interval has an end
    shown = Shown(counted, values, "A")
    reader = Reader(shown)
    for key, interval in audit.intervals(shown).items():
        possible = [number for number in reader.domains[key] if reader.possible(key, number)]
        assert (interval.low, interval.high) == (possible[0], possible[-1])


@given(tables(largest=5, people=120))
@FEW_EXAMPLES
def test_a_row_shows_all_its_zeros_or_none_and_none_under_a_few(counted):
    values = protect.suppressed(counted).values
    above = {key: [each for each in counted.relations if key in each.parts] for key in counted.counts}
    for key, count in counted.counts.items():
        if not count and values[key] != 0:
            assert any(_shows_no_zero(each, above, values) for each in above[key])
    for each in counted.relations:
        if values[each.total] == FEW:
            assert _shows_no_zero(each, above, values)


def _shows_no_zero(relation, above, values):
    return all(
        values[part] != 0 or any(values[each.total] == 0 for each in above[part]) for part in relation.parts
    )


@given(tables(people=60))
@FEW_EXAMPLES
def test_the_same_counts_are_hidden_in_the_same_way_in_whatever_order_they_come(counted):
    turned = Counted((), dict(reversed(counted.counts.items())), counted.relations)
    assert protect.suppressed(turned).values == protect.suppressed(counted).values


def row(total, *counts):
    parts = tuple((f"p{number}",) for number in range(len(counts)))
    cells = {("total",): total} | dict(zip(parts, counts, strict=True))
    return Counted((), cells, (Relation(("total",), parts),))


def printed(total, *counts):
    return list(protect.suppressed(row(total, *counts)).values.values())


def test_what_is_hidden_beside_a_small_count():
    assert printed(30, 20, 10, 0) == [30, 20, 10, 0]  # nothing is small
    assert printed(23, 10, 10, 3, 0) == [23, OUT, 10, FEW, 0]  # one large count beside it, not the total
    assert printed(7, 5, 2) == [OUT, 5, FEW]  # 7 − 5 or more leaves 1 or 2: the total goes, being below ten
    assert printed(8, 4, 4, 0) == [8, FEW, FEW, FEW]  # four and four, were it not for the zero
    assert printed(7, *[1] * 7, 0, 0) == [7, *[FEW] * 9]  # seven of seven
    assert printed(3, 3, 0, 0) == [FEW, FEW, FEW, FEW]  # among a few, nobody says where they were not
    assert printed(0, 0, 0) == [0, 0, 0]


def test_where_every_sign_tells_a_whole_row_is_hidden():
    """Eight people, five and three by sex, three and five by category: who reads “<5” knows more of each."""
    counts = {
        ("f", "a"): 2, ("f", "b"): 3, ("m", "a"): 1, ("m", "b"): 2,
        ("f", ALL): 5, ("m", ALL): 3, (ALL, "a"): 3, (ALL, "b"): 5, (ALL, ALL): 8,
    }  # fmt: skip
    relations = [Relation((sex, ALL), ((sex, "a"), (sex, "b"))) for sex in ("f", "m", ALL)]
    relations += [Relation((ALL, act), (("f", act), ("m", act))) for act in ("a", "b", ALL)]
    shown = protect.suppressed(Counted((), counts, tuple(relations)))
    assert not audit.narrowed(shown)
    wiped = [key for key, count in counts.items() if count < 5 and shown.values[key] == OUT]
    assert wiped
    assert all(audit.intervals(shown)[key].low <= 1 for key in wiped)


def test_counts_that_nothing_adds_up_are_shown_by_themselves():
    counted = Counted((), {("a",): 3, ("b",): 0, ("c",): 17}, ())
    assert protect.suppressed(counted).values == {("a",): FEW, ("b",): 0, ("c",): 17}
    assert protect.suppressed(Counted((), {}, ())).values == {}
    circle = (Relation(("a",), (("b",),)), Relation(("b",), (("a",),)))
    with pytest.raises(ValueError, match="part of its own part"):
        protect.suppressed(Counted((), {("a",): 3, ("b",): 3}, circle))


def test_a_small_count_that_is_printed_is_found_by_the_audit():
    counted = row(23, 10, 10, 3)
    values = dict(counted.counts)
    assert audit.narrowed(Shown(counted, values, "A"))[("p2",)] == audit.Interval(3, 3)


@pytest.mark.slow
def test_nine_large_tables_are_protected_and_audited_in_seconds():
    counted = linked(random.Random(1), 3000, 60, [30] * 9)
    began = time.process_time()
    shown = protect.suppressed(counted)
    assert time.process_time() - began < 30  # 7 where it was measured
    assert not audit.narrowed(shown)
    one_way = [key for key, count in counted.counts.items() if count >= 10 and ALL in key]
    assert all(shown.values[key] == counted.counts[key] for key in one_way)
