"""The register of disappeared persons by each method, and beside tau-ARGUS, which shares no code with this house."""

from fractions import Fraction

import pytest
from pytauargus import protect as tau

from incidents.release.tables import audit
from incidents.release.tables.cells import ALL, FEW, OUT, Shown
from incidents.release.tables.protect import Rules, protect
from tests.release.tables import registry

SMALL = {
    "28": (29, 39),
    "02": (10, 16),
}  # Tamaulipas, Baja California: cells below five, of all that are published


@pytest.mark.parametrize("state", SMALL)
def test_no_small_cell_of_the_register_is_recovered_from_its_margins_in_figures(state):
    counted = registry.cube(state)
    published = [key for key, _count in registry.rows(state)]
    small = [key for key in published if counted.counts[key] < 5]
    assert (len(small), len(published)) == SMALL[state]

    shown = protect(counted, Rules("A")).shown
    assert not audit.narrowed(shown)
    intervals = audit.intervals(shown)
    for key, interval in sorted(intervals.items()):
        print(*key, shown.values[key], interval.low, interval.high)  # noqa: T201 - asked for: pytest -s shows them
    assert {key for key, value in shown.values.items() if isinstance(value, str)} == set(intervals)
    assert all(intervals[key].low <= counted.counts[key] <= (intervals[key].high or 999) for key in intervals)
    assert all(
        shown.values[key] == FEW and intervals[key].low <= 1 and intervals[key].high == 4 for key in small
    )

    totals = [key for key in counted.counts if key.count(ALL) >= 2 and counted.counts[key] >= 10]
    lost = [key for key in totals if shown.values[key] == OUT]
    assert shown.values[ALL, ALL, ALL] == counted.counts[ALL, ALL, ALL]
    # One category has fewer than five in the whole state: one other total must keep it company, and no more does.
    assert [key[1] != ALL for key in lost] == [True]


@pytest.mark.parametrize("state", SMALL)
def test_without_what_is_hidden_beside_them_small_cells_are_recovered_in_figures(state):
    """What the audit says where only the small cells themselves are hidden: it does find what there is to find."""
    counted = registry.cube(state)
    values = {key: FEW if 1 <= count < 5 else count for key, count in counted.counts.items()}
    shown = Shown(counted, values, "A")
    exact = [key for key, each in audit.intervals(shown).items() if each.low == each.high]
    assert exact
    assert all(audit.intervals(shown, [key])[key].low == counted.counts[key] for key in exact[:3])
    assert audit.narrowed(shown)


@pytest.mark.parametrize("state", SMALL)
def test_the_register_rounded_counted_with_noise_and_open_in_figures(state):
    counted = registry.cube(state)
    fives = protect(counted, Rules("C", key=b"invented" * 4, incidents=1000))
    for key, count in counted.counts.items():
        value = fives.shown.values[key]
        assert value == OUT or (value % 5 == 0 and abs(value - count) < 5 and (value == 0) == (count == 0))
    assert not audit.narrowed(fives.shown)
    assert all(each.high != each.low for key, each in fives.intervals().items() if counted.counts[key] < 5)

    noisy = protect(counted, Rules("D", epsilon=Fraction(1), cap=8))
    assert noisy.epsilon == 1
    assert noisy.shown.values.keys() == counted.counts.keys()
    assert noisy.shown.values != counted.counts

    for method in ("B", "none"):
        assert protect(counted, Rules(method)).shown.values == counted.counts


@pytest.mark.parametrize("state", SMALL)
def test_tau_argus_finds_the_same_intervals_in_figures(state, tmp_path, monkeypatch):
    """It hides what it finds best; its audit and ours read the result, with no more knowledge than sums of wholes."""
    monkeypatch.chdir(tmp_path)  # it leaves its logs wherever it is started
    counted = registry.cube(state, axes=2)
    named = {
        code: f"c{n:02}" for n, code in enumerate(sorted({c for key in counted.counts for c in key} - {ALL}))
    }
    people = [key for key, count in counted.counts.items() if ALL not in key for _one in range(count)]
    micro = {
        "place": [named[key[0]] for key in people],
        "what": [named[key[1]] for key in people],
        "one": [1] * len(people),
    }
    rules = {"safety_rules": "FREQ(5,30)", "suppress": "OPT(1)"}
    done = tau(micro, ["place", "what"], "one", **rules, workdir=str(tmp_path))
    frame = done.tables[0].dataframe()
    codes = {name: code for code, name in named.items()} | {"Total": ALL}
    keys = [(codes[place], codes[what]) for place, what in zip(frame["place"], frame["what"], strict=True)]
    assert {key: round(count) for key, count in zip(keys, frame["one"], strict=True)} == counted.counts

    theirs = {keys[row["cell"]]: (round(row["min"]), round(row["max"])) for row in done.engine.audit(0)}
    hidden = {key for key, status in zip(keys, frame["status"], strict=True) if status in {"U", "M"}}
    assert hidden == set(theirs)
    assert {key for key, count in counted.counts.items() if 1 <= count < 5} <= hidden
    known = {key: (0, None) if key in hidden else (count, count) for key, count in counted.counts.items()}
    systems = audit._systems(counted.relations, known)
    ours = {key: (system.end(key, -1), system.end(key, 1)) for system in systems for key in system.keys}
    assert ours == theirs
