"""What is measured beside k, against published values and against plain counting."""

import hashlib
import itertools
import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.release import measure
from incidents.release.measures import households, population, uniques
from incidents.release.measures.attackers import AttackerNotHeld
from incidents.release.measures.distinct import DistinctNotHeld
from incidents.release.measures.help import Proposal
from incidents.release.measures.population import PopulationMissing, RiskTooHigh, individual

# sdcMicro's example francdat: Key1 to Key4, w. The rows are as the package has them, written down from the literature:
# the published frequencies (f 2 2 2 1 1 1 1 2; F 110 84.5 84.5 17 541 8 5 110) and risks hold for them.
FRANCDAT = [
    "1,2,5,1,18", "1,2,1,1,45.5", "1,2,1,1,39", "1,3,1,5,17", "4,3,1,4,541", "4,3,1,1,8", "6,2,1,5,5", "1,2,5,1,92",
]  # fmt: skip
RK = [0.01714426, 0.02204233, 0.02204233, 0.17707583, 0.01165448, 0.29706308, 0.40235948, 0.01714426]
# Table of the SDC practice guide of the World Bank and IHSN: residence, gender, education, labour; weight.
GUIDE = [
    "U,F,SI,E,180", "U,F,SI,E,180", "U,F,PI,N,215", "U,M,SC,E,76", "R,F,SC,U,186",
    "U,M,SC,E,76", "U,F,PC,N,180", "U,M,PS,U,215", "U,F,SI,N,186", "U,F,SI,N,76",
]  # fmt: skip


def pack(columns, lines, quasi, *, k=2, protection=True, attackers=(), **risk):
    content = "\r\n".join([",".join(columns), *lines]).encode()
    file = {"name": "data.csv", "sha256": hashlib.sha256(content).hexdigest(), "rows": len(lines)}
    return {"data.csv": content}, {
        "rules": {"protection": protection}, "k": k, "quasi_identifiers": list(quasi), "columns": list(columns),
        "row_file": "data.csv", "files": [file], "attackers": list(attackers), "risk_rules": risk,
    }  # fmt: skip


def guide(**more):
    return measure.measure(*pack("abcdw", GUIDE, "abcd", protection=False, **more))


def test_francdat_has_the_risks_that_sdcmicro_gives():
    found = measure.measure(*pack("abcdw", FRANCDAT, "abcd", protection=False, weights="w"))
    risk = population.risks_of(found.read, measure.Beside(), found.population)
    each = [risk[tuple(line.split(",")[:4])] for line in FRANCDAT]
    assert each == pytest.approx(RK, abs=5e-9)
    assert found.population.expected == pytest.approx(sum(RK), abs=1e-7)
    assert found.population.highest == pytest.approx(max(RK), abs=5e-9)


def test_the_table_of_the_practice_guide_has_its_risks_and_its_global_risk():
    found = guide(weights="w").population
    assert found.mean == pytest.approx(0.01582, abs=5e-6)
    assert found.expected == pytest.approx(0.1582, abs=5e-5)
    assert [round(individual(f, people), 4) for f, people in ((2, 360), (1, 215), (2, 152), (1, 186), (2, 262))] == [
        0.0054, 0.0251, 0.0126, 0.0282, 0.0074,
    ]  # fmt: skip


@pytest.mark.parametrize("f", [1, 2, 3, 4, 7, 31, 60])
@pytest.mark.parametrize("p", [0.02, 0.3, 0.499, 0.501, 0.9, 0.9999])
def test_the_individual_risk_is_the_mean_of_one_over_the_population(f, p):
    """The mean of 1/F over the negative binomial distribution of F, summed term by term."""
    q, total, chance, size = 1 - p, 0.0, p**f, f
    while size < 40 * f / p:
        total += chance / size
        chance *= q * size / (size - f + 1)
        size += 1
    assert individual(f, f / p) == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("p", [0.01, 0.2, 0.6])
def test_one_two_and_three_rows_have_the_formulas_of_mu_argus(p):
    q = 1 - p
    assert individual(1, 1 / p) == pytest.approx(p / q * -math.log(p))
    assert individual(2, 2 / p) == pytest.approx(p / q**2 * (p * math.log(p) + q))
    assert individual(3, 3 / p) == pytest.approx(p / (2 * q**3) * (q * (3 * q - 2) - 2 * p**2 * math.log(p)))


def test_a_whole_population_is_no_sample():
    assert individual(4, 4) == 0.25
    assert individual(4, 3) == 0.25


def test_a_household_of_three_has_the_published_risk():
    risk = {("a",): 0.02, ("b",): 0.03}
    assert households.joint(risk, Counter({("a",): 1, ("b",): 2})) == pytest.approx(0.078, abs=5e-4)
    lines = ["x,1", "x,1", "y,1", "x,2", "x,2", "y,2", "y,3"]
    found = measure.measure(*pack("ah", lines, "a", protection=False, household="h")).households
    assert (found.households, found.alike, found.alone) == (3, 1, 1)  # two are x, x, y
    assert found.highest == pytest.approx(1 - (3 / 4) ** 2 * (2 / 3))


def test_the_table_of_the_practice_guide_has_its_suda_scores():
    found = guide().uniques
    assert {"".join(one): score for one, score in found.scores.items()} == {
        "UFPIN": 6, "RFSCU": 12, "UFPCN": 6, "UMPSU": 10,
    }  # fmt: skip
    names = {tuple(found.columns[place] for place in each) for each in found.sets["R", "F", "SC", "U"]}
    assert names == {("a",), ("c", "d"), ("b", "d"), ("b", "c")}
    # of 34: a 6+2, b 2+2+2, c 6+6+6+2+2, d 2+2+2+2 (a set counts for each of its columns)
    assert found.contribution() == pytest.approx({"a": 8 / 34, "b": 6 / 34, "c": 22 / 34, "d": 8 / 34})


def test_dis_is_spread_over_the_rows_as_published():
    """The guide's DIS-SUDA come of the older scores of the IHSN: 7/4, 13/4, 7/4, 11/4, with one in a hundred."""
    overall = uniques.dis(4, 6, 0.01)
    assert overall == pytest.approx(0.04 / 5.98)
    scores = {("3",): 1.75, ("5",): 3.25, ("7",): 1.75, ("8",): 2.75}
    spread = uniques.spread(overall, 4, scores, 4)
    assert [round(each, 4) for each in spread.values()] == [0.0051, 0.0107, 0.0051, 0.0088]


rows = st.lists(st.tuples(*[st.sampled_from("xyz")] * 4), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_every_set_is_found_that_plain_comparison_finds(lines):
    found = measure.measure(*pack("abcd", list(map(",".join, lines)), "abcd", protection=False)).uniques

    def alone(one, places):
        return sum(all(one[place] == other[place] for place in places) for other in lines) == 1

    sets = {}
    for one in lines:
        subsets = [each for size in (1, 2, 3) for each in itertools.combinations(range(4), size)]
        good = [each for each in subsets if alone(one, each)]
        least = [each for each in good if not any(set(other) < set(each) for other in good)]
        if least:
            sets[one] = set(least)
    assert {one: set(each) for one, each in found.sets.items()} == sets


@settings(max_examples=30, deadline=None)
@given(rows, st.sets(st.sampled_from("abcd"), min_size=1))
def test_a_reader_finds_what_plain_counting_finds(lines, known):
    reader = {"name": "r", "columns": sorted(known)}
    made = pack("abcd", list(map(",".join, lines)), "a", protection=False, attackers=[reader])
    found = measure.measure(*made).attackers[0]
    sizes = [
        sum(all(one["abcd".index(c)] == other["abcd".index(c)] for c in known) for other in lines)
        for one in lines
    ]
    assert found.smallest == min(sizes)
    assert found.unique == sizes.count(1)
    assert found.prosecutor_risk == pytest.approx(sum(1 / size for size in sizes) / len(lines))
    assert found.above == sum(1 for size in sizes if 1 / size > 0.2)


LINES = ["t1,x,k", "t1,x,k", "t2,x,k", "t2,x,k", "t2,x,l", "t1,x,k"]


def refused(columns, coarser=None):
    reader = {"name": "witness", "columns": columns, "k": 2}
    with pytest.raises(AttackerNotHeld) as problem:
        measure.measure(*pack("tpa", LINES, "tp", attackers=[reader]), measure.Beside(coarser=coarser or {}))
    return problem.value


def test_a_reader_whose_k_is_not_held_stops_the_release_and_what_helps_is_counted():
    problem = refused(["t", "a"])
    assert problem.details["found"] == 1
    assert problem.details["help"] == (Proposal("a", 0),)  # without t, l would still be one row
    assert "“a” left out" in problem.said()
    problem = refused(["a"], {"a": [{"k": "k", "l": "l"}, {"k": "*", "l": "*"}]})
    assert problem.details["help"] == (Proposal("a", 2),)
    assert "2 levels coarser" in problem.said()


def test_without_a_k_a_reader_is_reported_and_the_public_figures_hide_the_small():
    reader = {"name": "witness", "columns": ["t", "a"]}
    found = measure.measure(*pack("tpa", LINES, "tp", attackers=[reader]))
    told = found.figures()["attackers"][0]
    assert (told["smallest"], told["unique"], told["highest_risk"]) == ("<2", "<2", ">0.5")
    assert "l" not in {value for each in found.figures()["attackers"] for value in map(str, each.values())}
    inside = found.internal()
    assert inside["attackers"][0]["smallest_classes"][0] == {"rows": 1, "values": {"t": "t2", "a": "l"}}
    assert inside["smallest_classes"][0]["rows"] == 3
    assert inside["stand_out"][0]["by"] == [["a"]]
    assert not {"smallest_classes", "stand_out"} & set(found.figures())


def test_a_population_makes_the_risk_and_its_limit_stops_the_release():
    lines = ["x"] * 2 + ["y"] * 2
    files = pack("a", lines, "a", population="census.csv", limit=0.03)
    found = measure.measure(*files, measure.Beside({("x",): 100, ("y",): 200})).population
    assert (found.mean, found.people, found.fewer) == (pytest.approx((2 / 100 + 2 / 200) / 4), 300, 0)
    people, coarser = {("x",): 10, ("y",): 200}, {"a": [{"x": "*", "y": "*"}]}
    with pytest.raises(RiskTooHigh) as problem:
        measure.measure(*files, measure.Beside(people, coarser))
    assert problem.value.details["help"] == (Proposal("a", 1),)
    assert "5.25%" in problem.value.said()
    with pytest.raises(PopulationMissing):
        measure.measure(*files)


def test_incidents_and_persons_are_counted_while_their_ids_are_at_hand():
    files = pack("a", ["x", "x", "y", "y"], "a")

    def beside(*ids):
        return measure.Beside(things=("incidents",), rows=[((value,), [(id,)]) for value, id in ids])

    found = measure.measure(*files, beside(("x", 1), ("x", 2), ("y", 2), ("y", 3)))
    assert found.figures()["distinct"] == {"incidents": 2}
    assert found.highest_risk == pytest.approx(1 / 2)  # however many rows each incident has
    with pytest.raises(DistinctNotHeld):
        measure.measure(*files, beside(("x", 1), ("x", 1), ("y", 2), ("y", 3)))
    with pytest.raises(measure.FileNotAsPromised):  # other rows than those of the file
        measure.measure(*files, beside(("x", 1), ("x", 2), ("x", 2), ("y", 3)))
