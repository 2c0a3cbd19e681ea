"""Tables T1 to T9: every cell counted again by loops and sets, and what adds up adds up."""

import itertools

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from incidents.model.moment import Moment
from incidents.release.free import Free
from incidents.release.tables import edition as editions
from incidents.release.tables.cells import ALL
from incidents.release.tables.plan import Plan
from tests.release import counted
from tests.release.counted import SAYS, SO, attack, number

MEASURES = ("days_held", "ransom_asked", "ransom_paid")
FREE = (
    Free("nationality", "act_group"),
    Free("perpetrator_group", "gender", "persons"),
    Free("country", "", "families", (("source_type", "INP"), ("act", "KID"))),
)


def world(size, seed):
    """Invented lines; of the first persons some are groups, some of one family; one or two reports an incident."""
    told, aside = (
        counted.rows(size, seed),
        [row | {"verification": "UND"} for row in counted.rows(size // 4, seed + 1)],
    )
    more = {
        "sizes": {f"{1:032x}": 8, f"{2:032x}": None, f"{3:032x}": 0},
        "families": {f"{n:032x}": f"family {n % 3}" for n in range(1, 12)},
        "reports": {row["incident"]: ("one", row["incident"])[: 1 + len(row["persons"])] for row in told},
    }
    return told, aside, more


def says(row, axis, code):
    return code == ALL or not axis or code in SAYS[axis](row)


def expected(table, row, column, told, aside, more):
    """What stands in a cell, said by the table's own axes."""
    if table.name == "T6":
        return captives(told, row, column)
    if table.name == "T9":
        return of_attacks(told, row, column)
    if table.name == "T8-elsewhere":
        of = {r["incident"] for r in told if row == ALL or SO[row](r)}
        return len(of)
    lines = aside if table.name == "T8-aside" else told
    for note in (note for note in table.notes if note.startswith("where:")):
        lines = [line for line in lines if says(line, *note.removeprefix("where:").split("="))]
    for axis, code in ((table.rows.name, row), (table.columns.name, column)):
        lines = [line for line in lines if says(line, axis, code)]
    if table.name.startswith("T1-"):
        _one, unit, *status = table.name.split("-")
        lines = [r for r in lines if not status or r["act_status"] == status[0]]
        lines = [r for r in lines if unit != "children" or counted.stage(r) == "CHI"]
    return number(lines, table.unit, **more)


def captives(told, measure, answer):
    held = [row for row in told if counted.GROUP[row["act"]] == "KIDNAPPING"]
    values = {}
    for row in held:
        values.setdefault(row["incident"], []).append(row[measure])
    answers = [
        "told"
        if any(v not in (None, "DEC") for v in given)
        else "DEC"
        if "DEC" in given
        else "(not recorded)"
        for given in values.values()
    ]
    return len(answers) if answer == ALL else answers.count(answer)


def of_attacks(told, row, column):
    lines = [line for line in told if attack(line) and says(line, "source_type", column)]
    if row in SO:
        of = {line["incident"] for line in told if attack(line) and SO[row](line)}
        return len({line["incident"] for line in lines} & of)
    return len({line["incident"] for line in lines if row in (ALL, attack(line))})


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(st.integers(0, 90), st.integers(0, 10_000))
def test_every_cell_of_every_table_is_what_a_dumb_counter_finds(size, seed):
    told, aside, more = world(size, seed)
    rules = counted.policy(
        columns=("act", "act_status", "place", "nationality", "gender", "perpetrator", "source_type")
    )
    lines = counted.lines(told, aside=aside, **more)
    made = editions.edition(lines, rules, Plan.of(rules, FREE)).counted
    names = [table.name for table in made.tables]
    assert len(names) == len({*names}) == 38
    for table in made.tables:
        for (row, column), key in table.cells.items():
            found = expected(table, row, column, told, aside, more)
            assert made.counts[key] == found, (table.name, row, column)
        both = itertools.product(table.rows.codes, table.columns.codes)
        assert {*table.cells} == {*both}


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(st.integers(0, 60), st.integers(0, 10_000))
def test_a_total_is_the_sum_of_its_parts_or_lies_between_the_largest_and_the_sum(size, seed):
    told, aside, more = world(size, seed)
    rules = counted.policy()
    made = editions.edition(counted.lines(told, aside=aside, **more), rules).counted
    for relation in made.relations:
        parts, total = [made.counts[part] for part in relation.parts], made.counts[relation.total]
        assert max(parts, default=0) <= total <= sum(parts)
        assert total == sum(parts) or not relation.adds
    by_gender = [r for r in made.relations if r.total == ("persons",) and r.parts[0][1].startswith("gender=")]
    seen = {}
    for row in told:
        for person in row["persons"]:
            seen.setdefault(person, set()).update(SAYS["gender"](row))
    assert [r.adds for r in by_gender] == [all(len(codes) == 1 for codes in seen.values())] * len(by_gender)


def test_one_cell_in_two_tables_has_one_key():
    told, aside, more = world(60, 4)
    rules = counted.policy()
    made = editions.edition(counted.lines(told, aside=aside, **more), rules).counted
    tables = {table.name: table for table in made.tables}
    whole = tables["T1-incidents"].cells[ALL, ALL]
    assert (
        whole
        == tables["T2-incidents"].cells[ALL, ALL]
        == tables["T8-incidents"].cells[ALL, ALL]
        == ("incidents",)
    )
    assert tables["T1-incidents-A"].cells[ALL, ALL] == tables["T3-state"].cells[ALL, "A"]
    assert tables["T1-children"].cells[ALL, ALL] == tables["T4-stage-gender"].cells["CHI", ALL]


def test_what_a_policy_names_by_its_group_only_is_counted_by_its_group():
    told, _aside, _more = world(40, 5)
    rules = counted.policy(columns=("act_group", "perpetrator_group", "act_status"))
    made = editions.edition(counted.lines(told), rules).counted
    axes = {table.rows.name for table in made.tables}
    assert {"act_group", "perpetrator_group"} <= axes
    assert not {"act", "perpetrator"} & axes


@pytest.mark.parametrize("axis", ["act", "nationality", "label:station", "name"])
def test_no_free_table_is_made_by_what_the_policy_does_not_name(axis):
    told, _aside, _more = world(10, 6)
    rules = counted.policy(columns=("act_group", "act_status"))
    with pytest.raises(editions.NoSuchAxis):
        editions.only_free(counted.lines(told), rules, [Free(axis)])


def test_no_table_stands_on_one_axis_twice():
    told, _aside, _more = world(10, 6)
    with pytest.raises(editions.AxisTwice):
        editions.only_free(counted.lines(told), counted.policy(), [Free("act", "act")])


# -- T2


def dated(*moments):
    base = counted.rows(1, 1)[0]
    return [
        base | {"incident": f"{n << 100:032x}", "moment": Moment.parse(text).to_json()}
        for n, text in enumerate(moments, start=1)
    ]


def test_a_date_counts_in_its_month_else_in_its_quarter_else_in_its_year():
    told = dated("2019-06-14", "2019-06-15~", "2019-06", "2019-05-30/2019-06-02", "2019-21", "2019-08-02")
    made = editions.edition(counted.lines(told, day="2019-09-05"), counted.policy()).counted
    (table,) = [table for table in made.tables if table.name == "T2-incidents"]
    rows = {row: made.counts[table.cells[row, ALL]] for row in table.rows.codes}
    assert rows == {"2019-06": 3, "2019-07": 0, "2019-08": 1, "2019-Q2": 1, "2019": 1, ALL: 6}
    assert [*rows] == ["2019-06", "2019-07", "2019-08", "2019-Q2", "2019", ALL]
    assert [note for note in table.notes if note.startswith("incomplete")] == [
        "incomplete:2019-07",
        "incomplete:2019-08",
    ]


# -- T6


def held(days, paid=None):
    base = counted.rows(1, 1)[0] | {"act": "KID", "ransom_asked": None}
    return [
        base | {"incident": f"{n << 100:032x}", "days_held": value, "ransom_paid": paid}
        for n, value in enumerate(days, start=1)
    ]


def spreads(told):
    made = editions.edition(counted.lines(told), counted.policy())
    return {each.measure: each for each in made.spreads}, made.counted.counts


def test_quartiles_of_ten_and_more_are_told_rounded_and_of_nine_not():
    found, counts = spreads(held([1, 2, 3, 4, 5, 6, 7, 8, 9, 300], "1780"))
    days, paid = found["days_held"], found["ransom_paid"]
    assert (days.lower, days.median, days.upper, days.unit) == (3, 6, 8, "days")
    assert (paid.lower, paid.median, paid.upper, paid.unit) == (1800, 1800, 1800, "USD")
    assert counts[days.n] == 10
    few, _counts = spreads(held([1, 2, 3, 4, 5, 6, 7, 8, 9]))
    assert (few["days_held"].lower, few["days_held"].median, few["days_held"].upper) == (None, None, None)


def test_who_refused_to_say_stands_apart_from_what_is_not_known():
    _found, counts = spreads(held([1, "DEC", None, "DEC"]))
    within = ("incidents", "act_group=KIDNAPPING")
    assert [counts[*within, f"days_held={code}"] for code in ("told", "DEC", "(not recorded)")] == [1, 2, 1]
