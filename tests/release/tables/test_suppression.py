"""No small count of linked tables can be worked out: seen by the audit, and by a reader who tries every number."""

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.release.tables import audit, protect
from incidents.release.tables.cells import ALL, FEW, OUT, Shown
from tests.release.tables.invented import tables
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
