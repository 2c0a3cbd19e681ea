"""A value says less and less, and what is known roughly is never made exact."""

import csv
from collections import Counter

import pytest

from incidents.release import hierarchy
from incidents.release.hierarchy import (
    NOT_RECORDED,
    OVER_YEARS,
    HierarchyMissesValue,
    HierarchyNotNested,
    HierarchyNotReadable,
    Listed,
    named,
)


def path(name, **row):
    tree = named(name)
    leaf = tree.leaf(row, name)
    return tree.paths([leaf])[leaf]


@pytest.mark.parametrize(
    ("edtf", "expected"),
    [
        ("2019-01-30", ("2019-01-30", "2019-01", "2019-Q1", "2019", "*")),
        ("2019-12", ("2019-12", "2019-12", "2019-Q4", "2019", "*")),
        ("2019", ("2019", "2019", "2019", "2019", "*")),
        ("2019-11-15~", ("2019-11", "2019-11", "2019-Q4", "2019", "*")),
        ("2019-11-02~", ("2019-Q4", "2019-Q4", "2019-Q4", "2019", "*")),  # five days before is October
        ("2019-01-02~", (OVER_YEARS,) * 4 + ("*",)),
        ("2019-11-14/2019-11-18", ("2019-11", "2019-11", "2019-Q4", "2019", "*")),
        ("2019-10/2019-11-18", ("2019-Q4", "2019-Q4", "2019-Q4", "2019", "*")),
        ("2019-03/2019-11", ("2019", "2019", "2019", "2019", "*")),
        ("2018-12-30/2019-01-02", (OVER_YEARS,) * 4 + ("*",)),
        ("../2019-05-01", (OVER_YEARS,) * 4 + ("*",)),
        ("2019-05-01/..", (OVER_YEARS,) * 4 + ("*",)),
        ("2019-22", ("2019", "2019", "2019", "2019", "*")),
        ("2019-24", (OVER_YEARS,) * 4 + ("*",)),  # a winter reaches over the new year
        ("", (NOT_RECORDED,) * 4 + ("*",)),
    ],
)
def test_a_moment_enters_at_the_unit_that_surely_holds_it(edtf, expected):
    assert path("moment", moment={"edtf": edtf, "precision": "-"}) == expected
    assert path("moment", moment=edtf) == expected


def test_a_month_equals_its_days_once_months_are_released():
    leaves = named("moment").paths(["2019-01-30", "2019-01-02", "2019-01", "2019"])
    assert {known[1] for known in leaves.values()} == {"2019-01", "2019"}
    assert {known[3] for known in leaves.values()} == {"2019"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"municipality": "02004", "state": "MX-BCN", "country": "MEX"},
            ("02004", "MX-BCN", "MX-BORDER-WEST", "MEX", "*"),
        ),
        ({"municipality": "28027"}, ("28027", "MX-TAM", "MX-BORDER-EAST", "MEX", "*")),
        ({"state": "MX-CHP", "country": "MEX"}, ("MX-CHP", "MX-CHP", "MX-SOUTH", "MEX", "*")),
        ({"country": "MEX", "municipality": "UNK"}, ("MEX", "MEX", "MEX", "MEX", "*")),
        (
            {"state": "US-TX", "country": "USA", "municipality": "48061"},
            ("US-TX", "US-TX", "USA", "USA", "*"),
        ),
        ({"country": "?UNK"}, (NOT_RECORDED,) * 4 + ("*",)),
    ],
)
def test_a_place_enters_where_it_is_known(row, expected):
    assert path("place", **row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"age": 9, "age_band": "0-4"}, ("9", "5-9", "CHI", "*")),
        ({"age": 17}, ("17", "15-17", "CHI", "*")),
        ({"age": 18}, ("18", "18-24", "ADU", "*")),
        ({"age": 0}, ("0", "0-4", "CHI", "*")),
        ({"age": 103}, ("103", "60+", "ADU", "*")),
        ({"age": 440, "age_band": "60+"}, ("60+", "60+", "ADU", "*")),
        ({"age_band": "25-34"}, ("25-34", "25-34", "ADU", "*")),
        ({"age_band": "ADU"}, ("ADU", "ADU", "ADU", "*")),
        ({"age_band": "DEC"}, (NOT_RECORDED,) * 3 + ("*",)),
    ],
)
def test_an_age_enters_as_exactly_as_it_is_known(row, expected):
    assert path("age", **row) == expected


def test_trans_people_are_released_under_their_gender_and_non_binary_people_not_at_all():
    assert [path("gender", gender=code)[1] for code in ("TW", "TM", "NB", "DEC", None)] == [
        "F", "M", NOT_RECORDED, NOT_RECORDED, NOT_RECORDED,
    ]  # fmt: skip


def test_why_something_is_not_known_is_not_told():
    assert {
        path("nationality", nationality=code) for code in ("UNK", "NAS", "DEC", "NAP", "XXX", "", None)
    } == {(NOT_RECORDED,) * 3 + ("*",)}


def test_nationalities_go_from_country_to_subregion_to_region():
    assert path("nationality", nationality="HND") == ("HND", "M49-013", "M49-019", "*")
    assert path("nationality", nationality="HTI") == ("HTI", "M49-029", "M49-019", "*")
    assert path("nationality", nationality="several") == ("several", "several", "several", "*")


@pytest.mark.parametrize("name", hierarchy.names())
def test_every_shipped_hierarchy_is_nested_and_ends_in_one_value(name):
    seen = {
        "moment": ["2019-01-30", "2019-02", "2019-Q1", "2020", OVER_YEARS, NOT_RECORDED],
        "place": ["02004", "MX-BCN", "MX-SON", "MEX", "USA", "US-TX", NOT_RECORDED],
        "age": ["3", "0-4", "ADU", "CHI", NOT_RECORDED],
    }.get(name, [NOT_RECORDED])
    paths = named(name).paths(seen).values()
    hierarchy.check_nested(name, paths)
    assert {known[-1] for known in paths} == {"*"}
    assert {len(known) for known in paths} == {len(named(name).levels)}


def test_every_label_of_a_hierarchy_can_be_said_in_both_languages():
    listed = {
        label
        for name in ("act", "nationality", "perpetrator")
        for known in named(name).paths(()).values()
        for label in known[1:]
    }
    assert listed - set(hierarchy.labels()) - {"XXA"} == set()  # XXA is in the vocabulary
    assert all(en and es for en, es in hierarchy.labels().values())


def test_a_value_that_becomes_two_again_is_named():
    with pytest.raises(HierarchyNotNested) as refused:
        Listed("towns", [("a", "A", "north", "*"), ("b", "A", "south", "*")])
    assert refused.value.details == {"hierarchy": "towns", "value": "A", "level": 1}


def test_a_hierarchy_that_does_not_end_in_one_value_is_refused():
    with pytest.raises(HierarchyNotReadable):
        Listed("towns", [("a", "A"), ("b", "B")])
    with pytest.raises(HierarchyNotReadable) as refused:
        Listed("towns", [("a", "A", "*"), ("b", "*")])
    assert refused.value.details["line"] == 2


@pytest.mark.parametrize(
    ("name", "column"), [("act", "act"), ("place", "state"), ("moment", "moment"), ("age", "age_band")]
)
def test_a_value_that_a_hierarchy_misses_is_named(name, column):
    tree = named(name)
    with pytest.raises(HierarchyMissesValue) as refused:
        tree.paths([tree.leaf({column: "Q-unheard-of"}, name)])
    assert refused.value.details["value"] == "Q-unheard-of"


def test_a_hierarchy_file_of_arx_is_read_as_it_is(tmp_path):
    file = tmp_path / "hierarchy_town.csv"
    file.write_text("a;A;*\nb;A;*\n", encoding="utf-8")
    tree = hierarchy.read(file, "town")
    assert tree.levels == ("0", "1", "2")
    assert tree.paths(["a"])["b"] == ("b", "A", "*")


def test_acts_and_perpetrators_of_the_vocabulary_all_have_a_group():
    file = hierarchy.FOLDER.parents[1] / "model" / "vocabulary.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        words = list(csv.DictReader(lines))
    for name in ("act", "perpetrator"):
        codes = [row["code"] for row in words if row["vocabulary"] == name]
        assert [code for code in codes if hierarchy.group_of(name, code) is None] == []
    bands = {row["code"] for row in words if row["vocabulary"] == "age_band"}
    assert {code for _, code in named("age").BANDS} | {"ADU", "CHI"} == bands
    assert set(named("gender").paths(())) == {row["code"] for row in words if row["vocabulary"] == "gender"}


def test_states_of_mexico_are_thirty_two_and_each_has_its_number():
    states = hierarchy._inegi()
    assert sorted(states) == [f"{number:02d}" for number in range(1, 33)]
    assert Counter(hierarchy._regions().values())["MX-BORDER-WEST"] == 2
