"""What the audit finds without a solver is what the solver says, and what a reader says who tries every number."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.release.tables import audit, solving
from incidents.release.tables.cells import ALL, FEW, OUT, Counted, Shown
from incidents.release.tables.protect import Rules, protect
from incidents.release.tables.solving import Around
from tests.release.tables import registry
from tests.release.tables.invented import linked, tables
from tests.release.tables.reader import Reader

SOME_EXAMPLES = settings(max_examples=25, deadline=None)
RULE = audit.RULES["A"]


def badly_hidden(counted: Counted, draw: random.Random, share: float = 0.4) -> Shown:
    """Small counts, and some of the large ones, whatever that gives away; all ends are finite."""
    values = {
        key: FEW if 1 <= count < 5 else OUT if count >= 5 and draw.random() < share else count
        for key, count in counted.counts.items()
    }
    grand = max(counted.counts, key=lambda key: (key.count(ALL), key))
    return Shown(counted, values | {grand: counted.counts[grand]}, "A")


def systems(shown: Shown) -> list[solving.System]:
    return audit._systems(shown.counted.relations, audit.bounds(shown))


def searched(shown: Shown) -> dict[tuple[str, ...], audit.Interval]:
    """What is found of all systems, whether one row after the other tells it already or not."""
    rule = audit.RULES[shown.method]
    return {
        key: each
        for system in systems(shown)
        for key, each in audit._searched(system, shown.counted.counts, rule).items()
    }


def told(shown: Shown) -> dict[tuple[str, ...], audit.Interval]:
    """The same by the solver alone, cell by cell."""
    counts, rule = shown.counted.counts, audit.RULES[shown.method]
    return {
        key: each
        for key, each in audit.intervals(shown).items()
        if counts[key] in audit.SMALL and rule.broken(each)
    }


@given(tables(people=24), st.randoms(use_true_random=False))
@SOME_EXAMPLES
def test_a_small_count_is_narrowed_where_a_reader_who_tries_every_number_narrows_it(counted, draw):
    shown = badly_hidden(counted, draw)
    reader, unknown = Reader(shown), {key for each in systems(shown) for key in each.keys}
    narrow = {
        key
        for key in unknown
        if 1 <= counted.counts[key] < 5 and not all(reader.possible(key, number) for number in (1, 4))
    }
    found = searched(shown)
    assert set(found) == narrow
    for key, interval in found.items():
        possible = [number for number in reader.domains[key] if reader.possible(key, number)]
        assert (interval.low, interval.high) == (possible[0], possible[-1])


@given(tables(people=24), st.randoms(use_true_random=False), st.integers(0, 9))
@SOME_EXAMPLES
def test_a_world_near_the_true_counts_is_one_that_nothing_printed_rules_out(counted, draw, number):
    shown = badly_hidden(counted, draw)
    reader = Reader(shown)
    for system in systems(shown):
        near = Around(system, {key: counted.counts[key] for key in system.keys})
        for key in system.keys:
            world = near.moved(key, number)
            if world is None:
                continue
            assert world[key] == number
            everything = counted.counts | world
            assert all(everything[each] in reader.domains[each] for each in everything)
            for each in counted.relations:
                parts, total = [everything[part] for part in each.parts], everything[each.total]
                assert sum(parts) == total if each.adds else max(parts, default=0) <= total <= sum(parts)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("adds", [True, False])
def test_what_many_linked_tables_give_away_is_what_the_solver_says_of_each_cell(seed, adds):
    """Up and down, where things stand in one row and where they stand in several."""
    counted = linked(random.Random(seed), 60, 5, [4, 3, 4], adds=adds)
    shown = badly_hidden(counted, random.Random(seed), 0.6)
    assert searched(shown) == told(shown)


@pytest.mark.parametrize("state", ["28", "02"])
def test_what_the_register_gives_away_is_what_the_solver_says_of_each_cell_in_figures(state):
    counted = registry.cube(state)
    for share in (0.0, 0.3, 0.7):
        shown = badly_hidden(counted, random.Random(state), share)
        assert searched(shown) == told(shown) != {}
    for rules in (Rules("A"), Rules("C", key=b"invented" * 4, incidents=1000)):
        shown = protect(counted, rules).shown
        assert searched(shown) == told(shown) == {}


def without_towards(monkeypatch):
    """No world that moves many at once: each cell is asked by itself."""
    monkeypatch.setattr(solving.System, "towards", lambda *_: None)


def test_worlds_near_the_true_counts_answer_most_questions(monkeypatch):
    """Else the test above would be one of the solver alone."""
    without_towards(monkeypatch)
    shown = protect(registry.cube("28"), Rules("A")).shown
    asked: list[object] = []
    monkeypatch.setattr(solving.System, "end", lambda _self, key, _way: asked.append(key))
    assert not searched(shown)
    small = [key for each in systems(shown) for key in each.keys if shown.counted.counts[key] in audit.SMALL]
    assert len(asked) < len(small) / 4


@pytest.mark.parametrize("wrong", ["answer", "rounding", "none"])
def test_a_solver_that_errs_near_the_true_counts_proves_nothing(monkeypatch, wrong):
    """Seven in two rows of a total of seven, each printed “<5”: three or four and no other."""
    parts = (("p0",), ("p1",))
    counted = Counted((), {("t",): 7, parts[0]: 3, parts[1]: 4}, (audit.Relation(("t",), parts),))
    shown = Shown(counted, {("t",): 7, parts[0]: FEW, parts[1]: FEW}, "A")
    without_towards(monkeypatch)
    honest = solving._answer

    def erring(model):
        values = honest(model)
        if wrong == "none" or values is None:
            raise solving.Unsolved
        return [value + (1.0 if wrong == "answer" else 0.5) for value in values]

    moved = Around.moved

    def moving(self, key, number):
        with monkeypatch.context() as patch:
            patch.setattr(solving, "_answer", erring)
            return moved(self, key, number)

    monkeypatch.setattr(Around, "moved", moving)
    assert searched(shown) == {part: audit.Interval(3, 4) for part in parts}


@pytest.mark.parametrize("way", [1, -1])
def test_that_a_cell_with_an_end_has_none_is_no_answer(monkeypatch, way):
    """“Unbounded or infeasible” was taken for “as far as you like”, and the cell for one that nobody narrows."""
    system = solving.System([("p",)], {("p",): 1}, {("p",): 4}, [])
    monkeypatch.setattr(solving, "_answer", lambda _model: None)
    with pytest.raises(solving.Unsolved):
        system.end(("p",), way)
    endless = solving.System([("p",)], {("p",): 5}, {("p",): None}, [])
    assert endless.end(("p",), 1) is None
