"""What few incidents carry is told together: by a plain rule, in every table alike, and with nothing lost."""

import random
from collections import defaultdict
from dataclasses import replace

import pytest

from benchmarks.tables import lines as invented
from incidents.release import hierarchy, policy
from incidents.release.free import Free
from incidents.release.tables import audit, captions, edition, merging, protect
from incidents.release.tables.cells import ALL, Axis
from incidents.release.tables.merging import OTHERS
from incidents.release.tables.plan import Plan

RULES = policy.load("public-table")


def standing(axis, carried, least=10):
    """`carried`: code → how many incidents."""
    codes = sorted(carried)
    numbers = [place for place, code in enumerate(codes) for _one in range(carried[code])]
    pairs = (merging.np.arange(len(numbers)), merging.np.array(numbers, int))
    return merging.lines(axis, codes, [pairs], least)


def told(axis, carried, least=10):
    found = standing(axis, carried, least)
    sums = defaultdict(int)
    for code, number in carried.items():
        sums[merging.told(axis, code, found)] += number
    return dict(sums)


def test_a_rare_code_goes_up_its_own_path_until_enough_are_told_with_it():
    assert told("state", {"MX-TAM": 50, "MX-CHP": 6, "MX-VER": 5, "MX-CMX": 9, "MX-JAL": 3}) == {
        "MX-TAM": 50, "MX-SOUTH": 11, "MEX": 12,
    }  # fmt: skip
    assert told("act", {"KID": 30, "EXT": 12, "THR": 6, "ASS": 5, "TOR": 40, "KIL": 11}) == {
        "KID": 30, "EXT": 12, "VIOLENCE": 11, "TOR": 40, "KIL": 11,
    }  # fmt: skip


def test_what_is_too_few_together_takes_the_smallest_line_beside_it():
    assert told("exposure", {"JUS": 40, "HEA": 20, "TRA": 12, "SHE": 3}) == {"JUS": 40, "HEA": 20, OTHERS: 15}
    assert told("state", {"MX-TAM": 50, "USA": 30, "MX-CHP": 6, "MX-VER": 5, "GTM": 2}) == {
        "MX-TAM": 50, "USA": 30, OTHERS: 13,
    }  # fmt: skip


def test_a_state_of_a_coarser_line_is_taken_with_the_line_that_tells_it_not_alone():
    """Mexico: others (12) would tell a state that lost its line: so that line goes first."""
    found = told("state", {"MX-TAM": 50, "MX-COA": 11, "MX-CHP": 6, "MX-JAL": 6, "USA": 30, "GTM": 2})
    assert found == {"MX-TAM": 50, "MX-COA": 11, "USA": 30, OTHERS: 14}


def test_nothing_is_told_together_where_each_has_enough_or_too_few_lines_would_be_left():
    assert standing("exposure", {"JUS": 40, "HEA": 10}) is None
    assert standing("exposure", {"JUS": 40, "HEA": 12, "SHE": 3}) is None
    assert standing("exposure", {"JUS": 4, "HEA": 3}) is None
    assert standing("exposure", {}) is None


def test_what_is_not_shown_keeps_its_line_so_that_others_never_say_it():
    found = told("act", {"KID": 40, "EXT": 30, "(not shown)": 2, "KIL": 6, "DIS": 5})
    assert found == {"KID": 40, "EXT": 30, "(not shown)": 2, OTHERS: 11}


@pytest.mark.parametrize("seed", range(40))
def test_every_line_has_enough_and_no_code_with_a_line_of_its_own_is_told_elsewhere(seed):
    draw = random.Random(seed)
    axis = draw.choice(["state", "nationality", "act", "perpetrator", "age", "exposure", "source_type"])
    codes = list("ABCDEFGHIJ")
    if axis in {"nationality", "act", "perpetrator"}:
        codes = [*hierarchy.named(axis).paths(())]
    if axis == "age":
        codes = [code for _low, code in hierarchy.Ages.BANDS] + ["CHI", "ADU"]
    if axis == "state":
        codes = [*sorted(hierarchy.mexican_states()), "MEX", "USA", "GTM"]
    some = draw.sample(codes, min(len(codes), draw.randrange(1, 20)))
    carried = {code: int(60 * draw.random() ** 4) + 1 for code in [*some, "(not recorded)"]}
    found = standing(axis, carried)
    sums = told(axis, carried)
    assert sum(sums.values()) == sum(carried.values())
    if found is None:
        assert sums == carried
        return
    assert all(number >= 10 for number in sums.values()), sums
    assert all(merging.told(axis, code, found) == code for code in found - {"(not shown)"})
    assert found == standing(axis, dict(sorted(carried.items(), key=lambda each: -each[1])))


@pytest.fixture(scope="module")
def made():
    asked = [Free("state", "nationality", "persons"), Free("perpetrator", "exposure"), Free("region")]
    return edition.edition(invented(90), RULES, Plan.of(RULES, asked))


def test_an_axis_has_the_same_lines_in_every_table(made):
    lines = defaultdict(set)
    for table in made.counted.tables:
        for axis in (table.rows, table.columns):
            if axis.name in {"act", "state", "perpetrator", "exposure"}:
                assert OTHERS in axis.together or any(merging.coarse(axis.name, c) for c in axis.together)
                lines[axis.name].add(axis.codes)
    assert {name: len(found) for name, found in lines.items()} == dict.fromkeys(lines, 1)
    assert {"act", "state", "perpetrator", "exposure"} == {*lines}


def test_every_merged_cell_is_what_counting_its_codes_again_finds(made):
    """By sets, from the lines themselves."""
    (table,) = [each for each in made.counted.tables if each.name == "T1-incidents"]
    lines = [made.lines.counted[number] for number in range(len(made.lines.counted))]
    for (act, state), key in table.cells.items():
        found = {
            line["incident"]
            for line in lines
            if act in {ALL, merging.told("act", line["act"], made.merged["act"])}
            if state in {ALL, merging.told("state", line["state"] or "MEX", made.merged["state"])}
        }
        assert made.counted.counts[key] == len(found)


def test_merged_tables_are_protected_and_show_more_of_their_totals(made):
    shown = protect.suppressed(made.counted)
    assert not audit.narrowed(shown)
    whole = edition.edition(invented(90), replace(RULES, merge=0), Plan.of(RULES))
    assert not any(table.rows.together for table in whole.counted.tables)
    assert len(whole.counted.counts) > 2 * len(made.counted.counts)


def test_a_line_that_tells_several_says_so_and_names_none_of_them(made):
    for table in made.counted.tables:
        notes = " ".join(captions.notes(table, captions.About.of(made, "A"), "en"))
        assert ("is told together" in notes) == bool(table.rows.together or table.columns.together)
    axis = Axis(
        "state",
        ("MX-TAM", "MX-BORDER-WEST", "MEX", OTHERS, "(not recorded)", ALL),
        "",
        ("MX-BORDER-WEST", "MEX", OTHERS),
    )
    assert captions.label(axis, "MX-BORDER-WEST", "en") == "Northern border, west (Baja California, Sonora)"
    assert captions.label(axis, "MEX", "en") == "Mexico: others"
    assert captions.label(axis, OTHERS, "es") == "Todos los demás"
    without = Axis("state", ("MX-TAM", OTHERS, ALL), "", (OTHERS,))
    assert captions.label(without, OTHERS, "en") == "All others, or not known"


def test_no_table_is_made_of_a_code_alone_that_is_told_with_others(made):
    hidden = next(c for c in ("MX-ZAC", "MX-JAL", "MX-SLP") if c not in made.merged["state"])
    with pytest.raises(edition.ToldTogether):
        edition.only_free(invented(90), RULES, [Free("act", where=(("state", hidden),))])
    edition.only_free(invented(90), RULES, [Free("act", where=(("state", "MX-TAM"),))])


def test_a_correction_tells_together_what_the_edition_before_it_told(made):
    fewer = edition.edition(invented(85), RULES, merged=made.merged)
    (before,) = [each for each in made.counted.tables if each.name == "T1-incidents"]
    (after,) = [each for each in fewer.counted.tables if each.name == "T1-incidents"]
    assert {*after.rows.codes} <= {*before.rows.codes}
    assert {*after.columns.codes} <= {*before.columns.codes}
