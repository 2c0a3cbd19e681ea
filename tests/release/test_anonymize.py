"""Nobody stands alone: the search, by hand, by brute force, and by readers that are not ours."""

import itertools
import random
from collections import Counter, defaultdict
from dataclasses import replace

import pandas as pd
import pytest

from incidents.release import filters, table
from incidents.release import policy as policies
from incidents.release.anonymize import (
    KBelowPolicy,
    LatticeTooLarge,
    MakesNoRows,
    Search,
    TooFewForK,
    anonymize,
)
from incidents.release.hierarchy import NOT_RECORDED, NOT_SHOWN, Listed
from incidents.release.policy import Secret
from tests.release.invented import incident_rows, policy, secret

CITY = Listed("city", [("a1", "A", "*"), ("a2", "A", "*"), ("b1", "B", "*"), ("b2", "B", "*")])
SEX = Listed("sex", [("F", "*"), ("M", "*")])


def rows_of(*cities: str, **same: object):
    return [
        {"incident": number, "persons": [number], "city": city, **same} for number, city in enumerate(cities)
    ]


def release(rows, trees, chosen):
    return anonymize(table.build(rows, chosen, {tree.name: tree for tree in trees}), chosen)


def test_two_towns_become_their_region_and_no_more():
    # a1 a1 a2 a2 b1 b1 b2 b2 with k = 4 and nothing left out: each region holds 4.
    # Loss: two of four leaves: (2/4 - 1/4) / (1 - 1/4) = 1/3 for every row.
    result = release(
        rows_of("a1", "a1", "a2", "a2", "b1", "b1", "b2", "b2"), [CITY], policy("city", k=4, suppression=0)
    )
    assert Counter(row["city"] for row in result.rows) == {"A": 4, "B": 4}
    assert result.loss == pytest.approx(1 / 3)
    assert result.node == {"city": "1"}
    assert result.smallest == {"rows": 4, "incidents": 4, "persons": 4}


def test_leaving_out_one_row_is_cheaper_than_coarsening_all():
    # Nine of a1 and one of b1, k = 2: left out, the one costs 1/10; region A for all would leave B alone too.
    result = release(rows_of(*["a1"] * 9, "b1"), [CITY], policy("city", k=2, suppression=0.1))
    assert [row["city"] for row in result.rows] == ["a1"] * 9
    assert result.suppressed == (9,)
    assert result.loss == pytest.approx(0.1)


def test_one_incident_of_many_rows_does_not_hide_itself():
    rows = rows_of(*["a1"] * 6, *["a2"] * 5)
    for row in rows[:6]:
        row["incident"] = "one"  # six rows, one incident: below k, although six persons
    result = release(rows, [CITY], policy("city", k=5, suppression=0))
    assert {row["city"] for row in result.rows} == {"A"}
    assert result.smallest["incidents"] == 6


def test_one_person_in_many_incidents_does_not_hide_themselves():
    rows = rows_of(*["a1"] * 6, *["a2"] * 5)
    for row in rows[:6]:
        row["persons"] = ["the same person"]
    result = release(rows, [CITY], policy("city", k=5, suppression=0))
    assert {row["city"] for row in result.rows} == {"A"}
    assert result.smallest == {"rows": 11, "incidents": 11, "persons": 6}


def test_rows_that_list_nobody_count_as_one_person_an_incident():
    rows = [{"incident": "one", "persons": [], "city": "a1"} for _ in range(9)]
    with pytest.raises(TooFewForK):
        release(rows, [CITY], policy("city", k=2, suppression=0))


def test_a_heavier_column_is_kept_finer():
    rows = [
        {"incident": n, "persons": [n], "city": city, "sex": sex}
        for n, (city, sex) in enumerate(itertools.product(["a1", "a2"], ["F", "M"]))
    ]
    kept = {}
    for heavy in ("city", "sex"):
        chosen = policy("city", "sex", k=2, suppression=0)
        quasi = tuple(replace(each, weight=9.0 if each.column == heavy else 1.0) for each in chosen.quasi)
        kept[heavy] = release(rows, [CITY, SEX], replace(chosen, quasi=quasi)).node
    assert kept == {"city": {"city": "0", "sex": "1"}, "sex": {"city": "1", "sex": "0"}}


def test_fewer_rows_than_k_make_no_file():
    with pytest.raises(TooFewForK) as refused:
        release(rows_of("a1", "a2", "b1"), [CITY], policy("city", k=5))
    assert refused.value.details == {"rows": 3, "k": 5}
    with pytest.raises(TooFewForK):
        release([], [CITY], policy("city", k=5))


def test_a_release_may_be_stricter_than_its_policy_but_not_laxer():
    rows = rows_of(*["a1"] * 5, *["a2"] * 5)
    chosen = policy("city", k=5, suppression=0)
    coded = table.build(rows, chosen, {"city": CITY})
    assert {row["city"] for row in anonymize(coded, chosen, k=7).rows} == {"A"}
    with pytest.raises(KBelowPolicy):
        anonymize(coded, chosen, k=4)


def test_a_policy_for_tables_makes_no_rows():
    chosen = policies.load("public-table")
    with pytest.raises(MakesNoRows):
        anonymize(table.build(incident_rows(50), chosen), chosen)


def test_too_many_levels_are_refused_before_they_fill_the_memory():
    deep = Listed("deep", [("x", *map(str, range(60)), "*"), ("y", *map(str, range(60)), "*")])
    names = [f"q{number}" for number in range(4)]
    rows = [{"incident": 1, "persons": [1], **dict.fromkeys(names, "x")}]
    chosen = policy(*names)
    with pytest.raises(LatticeTooLarge):
        anonymize(table.build(rows, chosen, dict.fromkeys(names, deep)), chosen)


def test_a_class_of_one_kind_of_act_loses_the_act_and_keeps_its_rows():
    rows = rows_of(*["a1"] * 5, *["b1"] * 5)
    for row, act in zip(
        rows, ["RAP", "SXA", "RAP", "SXA", "RAP", "KID", "ROB", "KID", "KID", "KID"], strict=True
    ):
        row["act"] = act
    chosen = policy("city", k=5, suppression=0, kept=("act",), secret=(secret("act", by="act_group"),))
    result = release(rows, [CITY], chosen)
    acts = defaultdict(list)
    for row in result.rows:
        acts[row["city"]].append(row["act"])
    assert acts == {"a1": [NOT_SHOWN] * 5, "b1": ["KID", "ROB", "KID", "KID", "KID"]}
    assert result.hidden == {"act": 5}


def test_an_act_that_the_filter_fixed_is_no_secret():
    rows = rows_of(*["a1"] * 5, act="KID")
    chosen = policy("city", k=5, kept=("act",), secret=(secret("act"),))
    coded = replace(table.build(rows, chosen, {"city": CITY}), fixed=filters.fixed(chosen, {"acts": ["KID"]}))
    assert {row["act"] for row in anonymize(coded, chosen).rows} == {"KID"}


def test_an_act_that_is_alike_in_the_whole_file_is_told_of_everybody_in_it_and_so_of_nobody():
    rows = rows_of(*["a1"] * 5, *["b1"] * 5, act="KID")
    chosen = policy("city", k=5, kept=("act",), secret=(secret("act"),))
    result = release(rows, [CITY], chosen)
    assert {row["act"] for row in result.rows} == {NOT_SHOWN}
    assert result.hidden == {"act": 10}
    unknown = release(rows_of(*["a1"] * 5, act=None), [CITY], chosen)
    assert {row["act"] for row in unknown.rows} == {NOT_RECORDED}  # of which there is nothing to hide


@pytest.mark.parametrize(
    ("asked", "by", "fixed"),
    [
        ({}, "act", False),
        ({"acts": ["KID"]}, "act", True),
        ({"acts": ["KID", "KIX"]}, "act", False),
        ({"acts": ["KID", "KIX"]}, "act_group", True),  # one group
        ({"acts": ["KID", "ROB"]}, "act_group", False),
        ({"acts": ["KID"]}, "perpetrator_group", False),
        ({"states": ["MX-TAM"]}, "act", False),
    ],
)
def test_only_a_filter_of_acts_fixes_what_acts_tell(asked, by, fixed):
    chosen = policy("city", k=5, kept=("act",), secret=(secret("act", by=by),))
    assert filters.fixed(chosen, asked) == ({"act"} if fixed else set())


def test_the_same_rows_give_the_same_release_in_any_order():
    chosen = policies.load("dataset-research")
    rows = incident_rows(300)
    first = anonymize(table.build(rows, chosen), chosen)
    again = anonymize(table.build(rows, chosen), chosen)
    assert first == again
    random.Random(5).shuffle(rows)
    other = anonymize(table.build(rows, chosen), chosen)
    assert other.node == first.node
    assert other.loss == pytest.approx(first.loss, abs=1e-12)
    assert Counter(map(repr, other.rows)) == Counter(map(repr, first.rows))


def test_a_search_that_is_stopped_says_so_and_stays_safe():
    chosen = policies.load("dataset-research")
    coded = table.build(incident_rows(300), chosen)
    whole, stopped = anonymize(coded, chosen), anonymize(coded, chosen, evaluations=2)
    assert whole.certificate["optimal"]
    assert not stopped.certificate["optimal"]
    assert stopped.certificate["bound"] <= whole.loss <= stopped.loss
    assert stopped.smallest["incidents"] >= chosen.k


@pytest.mark.parametrize("seed", range(6))
def test_no_class_of_a_released_file_is_below_k_by_any_count(seed):
    chosen = policies.load("dataset-research")
    rows = incident_rows(350, seed)
    result = anonymize(table.build(rows, chosen), chosen)
    assert len(result.rows) + len(result.suppressed) == len(rows)
    assert len(result.suppressed) <= 0.05 * len(rows)
    incidents, persons = defaultdict(set), defaultdict(set)
    for number, row in zip(result.released, result.rows, strict=True):
        key = tuple(row[name] for name in result.quasi_identifiers)
        incidents[key].add(rows[number]["incident"])
        persons[key].update(rows[number]["persons"])
    assert min(map(len, incidents.values())) == result.smallest["incidents"] >= chosen.k
    assert min(map(len, persons.values())) == result.smallest["persons"] >= chosen.k
    assert len(set(result.classes)) == len(incidents)


def test_pycanon_finds_the_same_k():
    pycanon = pytest.importorskip("pycanon.anonymity")
    chosen = replace(policies.load("dataset-research"), secret=())
    rows = incident_rows(300)
    for number, row in enumerate(rows):
        row["incident"], row["persons"] = number, [number]  # so that rows are what is counted
    result = anonymize(table.build(rows, chosen), chosen)
    found = pycanon.k_anonymity(pd.DataFrame(result.rows), list(result.quasi_identifiers))
    assert found == result.smallest["rows"] >= chosen.k


def random_hierarchy(draw: random.Random, name: str) -> Listed:
    paths = [[str(leaf)] for leaf in range(draw.randint(2, 9))]
    groups = list(range(len(paths)))
    for level in range(draw.randint(0, 2)):
        merged = [draw.randint(0, max(groups) // 2) for _ in range(max(groups) + 1)]
        groups = [merged[group] for group in groups]
        for path, group in zip(paths, groups, strict=True):
            path.append(f"level {level} group {group}")
    return Listed(name, [(*path, "*") for path in paths])


def unlike(values, shares):
    """Half the sum of the differences between the shares of a class and those of all rows."""
    return sum(abs(values.count(value) / len(values) - share) for value, share in shares.items()) / 2


def brute_force(rows, trees, k, limit, l, t):  # noqa: E741 – its name in the literature
    """Every node of the lattice, counted the slow way: loss, suppressed, total level, node."""
    best = None
    paths = [tree.paths(()) for tree in trees]
    shares = [
        [Counter(path[level] for path in known.values()) for level in range(len(tree.levels))]
        for known, tree in zip(paths, trees, strict=True)
    ]
    told = Counter(row["secret"] for row in rows)
    whole = {value: times / len(rows) for value, times in told.items()}
    for node in itertools.product(*(range(len(tree.levels)) for tree in trees)):
        keys, incidents, persons, secrets = [], defaultdict(set), defaultdict(set), defaultdict(list)
        for row in rows:
            key = tuple(
                known[row[tree.name]][level] for known, tree, level in zip(paths, trees, node, strict=True)
            )
            keys.append(key)
            incidents[key].add(row["incident"])
            persons[key].update(row["persons"])
            secrets[key].append(row["secret"])
        out = {
            key
            for key, values in secrets.items()
            if len(incidents[key]) < k or len(persons[key]) < k or len(set(values)) < l
            or unlike(values, whole) > t + 1e-12
        }  # fmt: skip
        lost, suppressed = 0.0, 0
        for key in keys:
            if key in out:
                lost, suppressed = lost + 1, suppressed + 1
                continue
            for label, level, share, known in zip(key, node, shares, paths, strict=True):
                least = 1 / len(known)
                lost += (share[level][label] / len(known) - least) / (1 - least) / len(trees)
        candidate = (round(lost / len(rows), 10), suppressed, sum(node), node)
        if suppressed <= limit and (best is None or candidate < best):
            best = candidate
    return best


@pytest.mark.parametrize("seed", range(400))
def test_the_search_equals_brute_force_on_random_lattices(seed):
    draw = random.Random(seed)
    trees = [random_hierarchy(draw, f"q{number}") for number in range(draw.randint(1, 3))]
    size = draw.randint(4, 90)
    things = draw.choice([size // 2 + 1, size * 50])  # many rows an incident, or hardly any
    rows = [
        {
            "incident": draw.randrange(things),
            "persons": [draw.randrange(things) for _ in range(draw.randint(1, 2))],
            "secret": draw.choice("uuuuvw"),
            **{tree.name: draw.choice(list(tree.paths(()))[: draw.randint(1, 9)]) for tree in trees},
        }
        for _ in range(size)
    ]
    k, limit = draw.randint(2, 6), int(size * draw.choice([0, 0.02, 0.1, 0.5]))
    l, t = draw.choice([1, 1, 2, 3]), draw.choice([None, None, 0.4, 0.15])  # noqa: E741 – its name in the literature
    rules = policy(*(tree.name for tree in trees), secret=(Secret("secret", l, "secret", l > 1, t),))
    coded = table.build(rows, rules, {tree.name: tree for tree in trees})
    expected = brute_force(rows, trees, k, limit, l, 1 if t is None else t)
    if expected is None:
        with pytest.raises(TooFewForK):
            Search(coded, k, limit).run()
        return
    found = Search(coded, k, limit).run()
    assert found.optimal
    assert (round(found.loss, 10), found.suppressed, sum(found.node), found.node) == expected
