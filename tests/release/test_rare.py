"""Rare values are told more coarsely before the search, outliers as “until” and “since”; a lump reaches k."""

import random
from collections import defaultdict
from itertools import pairwise

import pytest

from incidents.release import anonymize, any_csv, differ, filters, hierarchy, policy, rare, table
from incidents.release.differ import File, Row
from tests.release.invented import incident_rows

RESEARCH = policy.load("dataset-research")


def rows_of(**columns):
    """A row an incident and person; `columns`: name → {value: times}."""
    size = max(sum(times.values()) for times in columns.values())
    listed = {name: [v for v, n in times.items() for _ in range(n)] for name, times in columns.items()}
    return [
        {"incident": f"i{n}", "persons": [f"p{n}"]} | {name: values[n] for name, values in listed.items()}
        for n in range(size)
    ]


def told(rows, column="nationality", name="small-rows", **more):
    """Value as recorded → how it is told at the finest level of a policy, with the loss of each."""
    coded = table.build(rows, policy.load(name), **more)
    ladder = next(each for each in coded.ladders if each.column == column)
    return [ladder.labels[0][code] for code in ladder.rows], ladder, coded


def test_a_nationality_is_told_where_ten_incidents_carry_it_and_elsewhere_with_its_neighbours():
    rows = rows_of(nationality={"HND": 30, "CUB": 10, "HTI": 6, "DOM": 5, "CMR": 9})
    labels, _ladder, _coded = told(rows)
    # Haiti and the Dominican Republic together reach ten. Cameroon finds nobody: Cuba, the rarest shown, goes with it.
    assert dict(zip([row["nationality"] for row in rows], labels, strict=True)) == {
        "HND": "HND",
        "CUB": "*",
        "HTI": "M49-029",
        "DOM": "M49-029",
        "CMR": "*",
    }


def test_ten_rows_of_one_incident_are_one_incident():
    rows = rows_of(nationality={"HND": 30, "CUB": 12})
    for row in rows[30:]:
        row["incident"] = "the same"
    labels, _ladder, _coded = told(rows)
    assert "CUB" not in labels


def test_what_was_lumped_is_counted_as_lost_and_the_levels_stay_nested():
    rows = rows_of(nationality={"HND": 30, "HTI": 6, "DOM": 5, "SLV": 4})
    _labels, ladder, _coded = told(rows)
    loss = {ladder.labels[0][code]: ladder.loss[0][code] for code in ladder.rows}
    assert loss["HND"] == 0
    assert all(lost > 0 for label, lost in loss.items() if label != "HND")


@pytest.mark.parametrize("seed", range(12))
def test_every_lump_reaches_k_and_every_level_is_nested(seed):
    draw = random.Random(seed)
    rows = incident_rows(size=draw.choice([12, 60, 300]), seed=seed)
    k = draw.choice([5, 7])
    coded = table.build(rows, RESEARCH, k=k)
    for ladder in coded.ladders:
        if ladder.column == "gender":
            continue
        who = defaultdict(set)
        for row, code in zip(rows, ladder.rows, strict=True):
            who[ladder.labels[0][code]].add(row["incident"])
        shown = coded.lumps[ladder.column]
        if ladder.column == "period":
            ends = [each for each in who if "/" in each]
            assert all(len(who[each]) >= k for each in ends)
        else:
            assert all(len(incidents) >= k for incidents in who.values()) or len(who) == 1
        assert rare.Lump.of(shown.plain()) == shown


def test_outliers_are_told_as_until_and_since():
    rows = rows_of(
        moment={"2009-03": 1, "2019-01": 3, "2019-02": 8, "2019-03": 9, "2021-05": 2, "2019-04": 7}
    )
    labels, ladder, _coded = told(rows, "period", "dataset-research")
    by = dict(zip([row["moment"] for row in rows], labels, strict=True))
    assert by["2019-02"] == by["2019-01"] == by["2009-03"] == "../2019-02"
    assert by["2019-03"] == "2019-03"
    assert by["2019-04"] == by["2021-05"] == "2019-04/.."
    assert ladder.levels[0] == "month"


def test_old_age_is_told_from_the_band_that_enough_have_reached():
    rows = rows_of(age={"70": 2, "50": 9, "30": 20, "3": 1, "7": 6, "16": 8})
    labels, _ladder, _coded = told(rows, "age", "dataset-research")
    by = dict(zip([row["age"] for row in rows], labels, strict=True))
    assert by == {"70": "45+", "50": "45+", "30": "25-34", "3": "0-9", "7": "0-9", "16": "15-17"}


def test_a_band_of_several_and_an_open_period_know_what_they_become():
    assert hierarchy.upward("age", 1, "45+") == ("45+", "ADU", "*")
    assert hierarchy.upward("age", 1, "0-9") == ("0-9", "CHI", "*")
    assert hierarchy.upward("moment", 1, "../2019-02") == ("../2019-02", "../2019-Q1", "../2019", "*")
    assert hierarchy.upward("nationality", 0, "M49-029") == ("M49-029", "M49-029", "M49-019", "*")
    assert hierarchy.several("age", 1, "45+")
    assert not hierarchy.several("age", 1, "60+")
    assert not hierarchy.several("nationality", 0, "HND")


def test_a_series_goes_on_telling_what_it_told():
    first = rows_of(nationality={"HND": 30, "HTI": 6, "DOM": 5})
    later = rows_of(nationality={"HND": 30, "HTI": 26, "DOM": 5, "JAM": 1, "CMR": 1})
    _labels, _ladder, coded = told(first)
    labels, _ladder, _coded = told(later, lumps=coded.lumps)
    assert set(labels[30:61]) == set(told(first)[0][30:])  # though Haiti would stand by itself today
    assert labels[-1] == "*"


def test_without_these_rules_nothing_is_lumped():
    rows = rows_of(nationality={"HND": 30, "HTI": 1})
    plain = policy.Quasi("nationality", "nationality", "country")
    rules = policy.Policy(**{**{n: getattr(RESEARCH, n) for n in RESEARCH.__slots__}, "quasi": (plain,)})
    assert not table.build(rows, rules).lumps


@pytest.mark.parametrize(
    ("moment", "asked", "out"),
    [
        ("2026-11-03", {}, True),  # its month is not over
        ("2026-10-31", {}, False),
        ("2026", {}, True),
        ("2025", {}, False),
        ("", {}, False),
        ("2025-01-20", {"from": "2025-01-15"}, True),  # half a month
        ("2025-02-01", {"from": "2025-01-15"}, False),
        ("2025-06-03", {"to": "2025-06-29"}, True),
        ("2025-06-03", {"to": "2025-06-30"}, False),
    ],
)
def test_a_month_that_is_not_over_or_is_cut_by_the_filter_stays_out(moment, asked, out):
    row = {"moment": {"edtf": moment} if moment else None}
    assert filters.unfinished(RESEARCH, row["moment"], asked, "2026-11-28") is out
    assert not filters.unfinished(policy.load("internal"), row["moment"], asked, "2026-11-28")


def test_a_quarter_is_whole_only_after_its_last_month():
    rules = policy.load("partner")
    assert filters.unfinished(rules, {"edtf": "2026-10-02"}, {}, "2026-12-31")
    assert not filters.unfinished(rules, {"edtf": "2026-10-02"}, {}, "2027-01-01")


def test_what_each_column_lost_adds_up_to_the_loss():
    rows = incident_rows(size=300, seed=5)
    result = anonymize.anonymize(table.build(rows, RESEARCH), RESEARCH)
    weight = {quasi.column: quasi.weight for quasi in RESEARCH.quasi}
    total = sum(weight[name] * lost for name, lost in result.lost.items()) / sum(weight.values())
    assert total == pytest.approx(result.loss)


def test_a_new_row_in_a_lump_is_seen_beside_a_file_that_told_its_values():
    """Thirteen from the Caribbean, told by country; then one more, told together: fourteen less thirteen is one."""

    def file(reference, labels):
        told = {
            f"t{n}": Row({"nationality": label}, f"i{n}", frozenset({f"p{n}"}))
            for n, label in enumerate(labels)
        }
        return File(reference, 5, {"nationality": ("nationality", 0)}, (), told)

    old = file("L-OLD", ["HTI"] * 6 + ["DOM"] * 7 + ["HND"] * 9)
    told = ["M49-029"] * 13 + ["HND"] * 9
    assert not differ.clashes(file("", told), [old])
    (clash,) = differ.clashes(file("", [*told, "M49-029"]), [old])
    assert clash.part == {"t22"}
    assert differ.holding(file("", [*told, "M49-029"]), [old]).waiting == {"t22"}


def test_a_path_of_labels_is_nested_whatever_was_lumped():
    tree = hierarchy.named("nationality")
    lump = rare.Lump((frozenset({"HND"}), frozenset({"M49-029"}), frozenset()), (frozenset(),) * 3)
    paths = rare.Lumped(tree, 0, lump).paths(["HND", "HTI", "CMR"])
    assert paths["HTI"] == ("M49-029", "M49-029", "M49-019", "*")
    assert paths["CMR"] == ("*",) * 4
    assert paths["HND"] == tree.paths(())["HND"]
    parents = {}
    for path in paths.values():
        for level, (label, parent) in enumerate(pairwise(path)):
            assert parents.setdefault((level, label), parent) == parent


def test_any_table_may_ask_for_it_and_not_for_ends_that_it_has_not():
    tree = hierarchy.Listed(
        "age", [("1", "low", "*"), ("2", "low", "*"), ("7", "high", "*"), ("9", "high", "*")]
    )
    sheet = any_csv.Sheet(",", {"age": ["1"] * 4 + ["7"] * 2 + ["9"]}, 7)
    rules = any_csv.rules("mine", {"k": 2, "quasi": {"age": {"rare": 3}}}, sheet, {"age": tree})
    (ladder,) = any_csv.build(sheet, rules, {"age": tree}).ladders
    assert [ladder.labels[0][code] for code in ladder.rows] == ["1"] * 4 + ["high"] * 3
    for key, value in (("ends", 3), ("ended", True)):
        with pytest.raises(policy.PolicyWrongValue):
            any_csv.rules("mine", {"k": 2, "quasi": {"age": {key: value}}}, sheet, {"age": tree})


@pytest.mark.parametrize(("key", "value"), [("rare", -1), ("rare", "many"), ("ends", 1.5), ("ended", "yes")])
def test_a_rule_of_the_wrong_kind_is_refused(key, value):
    said = policy.document(policy.FOLDER / "small-rows.toml")
    said["quasi"]["period"][key] = value
    with pytest.raises(policy.PolicyWrongValue):
        policy.of("mine", said, policy.shipped())


def test_places_have_no_ends():
    said = policy.document(policy.FOLDER / "small-rows.toml")
    said["quasi"]["place"]["ends"] = 5
    with pytest.raises(policy.PolicyWrongValue):
        policy.of("mine", said, policy.shipped())
