"""Where rare values are told as one, the people behind it are those of all its parts: worked out by hand."""

import pytest

from incidents.release import any_csv
from incidents.release.hierarchy import Listed

TREE = [
    (c, g, "*") for c, g in (("a1", "A"), ("a2", "A"), ("a3", "A"), ("a4", "A"), ("b1", "B"), ("b2", "B"))
]
# a1 is common; a2 and a3 are rare, and told as A; a4 is in no row, and would be told as A too.
CENSUS = {"a1": 1000, "a2": 30, "a3": 50, "a4": 20, "b1": 400, "b2": 100}


def test_the_population_of_a_lump_is_the_sum_of_its_parts(tmp_path):
    rows = ["a1"] * 6 + ["a2"] * 2 + ["a3"] * 2 + ["b1"] * 4
    source = tmp_path / "in.csv"
    source.write_text("city\n" + "".join(f"{each}\n" for each in rows))
    (tmp_path / "census.csv").write_text("city,count\n" + "".join(f"{c},{n}\n" for c, n in CENSUS.items()))
    trees = {"city": Listed("city", TREE, ("city", "group", "all"))}
    said = {
        "k": 3, "suppression": 0.0, "columns": ["city"], "quasi": {"city": {"rare": 4}},
        "risk": {"population": "census.csv"},
    }  # fmt: skip
    sheet = any_csv.read(source)
    rules = any_csv.rules("in", said, sheet, trees)
    made = any_csv.make(sheet, rules, trees, folder=tmp_path)
    lines = made.files["data.csv"].decode().split()[1:]
    assert sorted(lines) == ["A"] * 4 + ["a1"] * 6 + ["b1"] * 4
    risk = made.internal["population"]
    # a1 1000, A 30 + 50 + 20, b1 400; the 100 of b2 are told as “*”, which no row is
    assert risk["people"] == pytest.approx(1600)
    assert risk["global_risk"] == pytest.approx((6 / 1000 + 4 / 100 + 4 / 400) / 14)
    assert risk["highest_risk"] == pytest.approx(1 / 100)  # whoever is one of A
