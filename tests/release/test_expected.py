"""The figures that other engines give for the same data and metric (ARX; see docs on the method)."""

import csv
from dataclasses import replace

import pytest

from benchmarks import incident_set
from incidents.release import any_csv, hierarchy, table
from incidents.release.anonymize import Search, anonymize
from incidents.release.policy import Secret
from tests.needs import shared
from tests.release.invented import QUASI, benchmark_set, policy

ADULT = (
    "sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class",
)  # fmt: skip


@pytest.fixture(scope="module")
def adult():
    with shared("data", "adult", "adult.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    trees = {
        name: hierarchy.read(shared("data", "adult", f"adult_hierarchy_{name}.csv"), name) for name in ADULT
    }
    return table.build(rows, policy(*ADULT), trees)


@pytest.mark.parametrize(
    ("k", "suppression", "loss", "suppressed"),
    [
        (5, 0.05, 0.2696346628, 1346),
        (2, 0.0, 0.6036845479, 0),
        (5, 0.0, 0.6355438467, 0),
        (5, 0.02, 0.3574824899, 506),
        (10, 0.05, 0.3178416058, 1437),
        (100, 0.05, 0.5286026488, 1339),
    ],
)
def test_adult_is_solved_to_the_published_optimum(adult, k, suppression, loss, suppressed):
    result = anonymize(adult, policy(*ADULT, k=k, suppression=suppression))
    assert result.loss == pytest.approx(loss, abs=1e-10)
    assert len(result.suppressed) == suppressed
    assert result.certificate["optimal"]
    assert result.certificate["bound"] == result.loss
    assert result.smallest["rows"] >= k


def test_adult_at_k_5_and_5_percent_has_the_published_node(adult):
    result = anonymize(adult, policy(*ADULT))
    assert result.certificate["node"] == [0, 3, 0, 0, 2, 1, 1, 2, 0]


def test_adult_as_it_is_has_the_average_risk_that_arx_gives(adult):
    assert len(table.group(adult)) / adult.size == pytest.approx(0.6465751607983555, abs=1e-15)


@pytest.fixture(scope="module")
def incidents():
    rows, trees = benchmark_set(30_000)
    return table.build(rows, policy(*QUASI, kept=("violation",)), trees)


def test_thirty_thousand_incidents_have_the_published_optimum(incidents):
    result = anonymize(incidents, policy(*QUASI, kept=("violation",)))
    assert result.loss == pytest.approx(0.2428683904, abs=1e-10)
    assert result.certificate["node"] == [2, 3, 0, 2, 3, 2]
    assert len(result.suppressed) == 1383


def with_secret(incidents, **more):
    rules = policy(
        *QUASI, kept=("violation",), secret=(Secret("violation", **{"l": 1, "by": "violation", **more}),)
    )
    told = replace(incidents, counts_for={"violation": incidents.kept["violation"]})
    return anonymize(told.guarded(rules), rules)


def test_with_three_different_violations_a_class_more_is_lost_as_published(incidents):
    found = with_secret(incidents, l=3, whole=True)
    assert found.loss == pytest.approx(0.2437977333, abs=1e-10)
    assert len(found.suppressed) == 1419


def test_with_shares_of_violations_that_differ_by_less_than_a_bound_as_published(incidents):
    found = with_secret(incidents, t=0.4)
    assert found.loss == pytest.approx(0.2841563219, abs=1e-10)
    assert len(found.suppressed) == 928
    assert found.certificate["optimal"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "loss", "suppressed"), [(300_000, 0.1634172567, 11_704), (1_000_000, 0.1309403128, 32_978)]
)
def test_larger_sets_have_the_published_optimum(size, loss, suppressed):
    columns, trees = incident_set.columns(size)
    sheet = any_csv.Sheet(",", {name: columns[name] for name in QUASI}, size)
    rules = any_csv.rules(
        "set", {"k": 5, "suppression": 0.05, "quasi": {name: {} for name in QUASI}}, sheet, trees
    )
    found = Search(any_csv.build(sheet, rules, trees), 5, int(0.05 * size)).run()
    assert found.loss == pytest.approx(loss, abs=1e-10)
    assert found.suppressed == suppressed
