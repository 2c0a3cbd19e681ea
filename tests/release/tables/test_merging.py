"""What few incidents carry is told together: by a plain rule, in every table alike, and with nothing lost."""

import random
from collections import defaultdict
from dataclasses import replace

import pytest

from benchmarks.tables import lines as invented
from incidents.release import hierarchy, policy
from incidents.release.free import Free
from incidents.release.rows import Rows
from incidents.release.tables import audit, axes, captions, edition, merging, protect
from incidents.release.tables.cells import ALL, FEW, Axis
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


def test_what_nobody_noted_of_a_report_to_authorities_is_never_told_with_what_somebody_said():
    assert told("authority", {"POL": 40, "NOB": 30, "CDH": 6, "CON": 5, "UNK": 3, "(not recorded)": 2}) == {
        "POL": 40, "NOB": 30, OTHERS: 11, "(not recorded)": 5,
    }  # fmt: skip
    found = {
        "TAK": 30,
        "REF": 12,
        "INV": 4,
        "RET": 3,
        "unreported": 2,
        "NAS": 25,
        "DEC": 1,
        "(not recorded)": 1,
    }
    assert told("response", found) == {
        "TAK": 30, OTHERS: 19, "unreported": 2, "NAS": 25, "(not recorded)": 2,
    }  # fmt: skip
    assert told("not_reported", {"FEA": 30, "DIS": 11, "TIM": 4, "TOL": 7, "reported": 1, "DEC": 9}) == {
        "FEA": 30, "DIS": 11, OTHERS: 11, "reported": 1, "(not recorded)": 9,
    }  # fmt: skip


def test_reported_not_reported_and_not_noted_are_three_rows_also_where_one_is_of_nobody(made):
    tables = {each.name: each for each in made.counted.tables if each.name.startswith("T7-")}
    labels = {
        name: [captions.label(table.rows, code, "en") for code in table.rows.codes]
        for name, table in tables.items()
    }
    unknown = "Not noted or not known, or not shown to protect people"
    assert labels["T7-reported"] == ["Reported", "Not reported", unknown, "All"]
    for name, why_none in (("T7-response", "Not reported"), ("T7-not-reported", "Reported")):
        assert [label for label in labels[name] if label in {why_none, unknown}] == [why_none, unknown]
        assert "All others, or not known" not in labels[name]
    same = [
        ("T7-reported", "no", "T7-response", "unreported"),
        ("T7-reported", "yes", "T7-not-reported", "reported"),
    ]
    for one, code, other, again in same:
        counts = [made.counted.counts[tables[t].cells[c, ALL]] for t, c in ((one, code), (other, again))]
        assert counts[0] == counts[1] > 0
    notes = captions.notes(tables["T7-response"], captions.About.of(made, "A"), "es")
    assert any(note.startswith("No se denunció: no se acudió a nadie") for note in notes)


def test_what_was_told_to_an_authority_that_the_house_added_was_reported():
    """It stood as a code of the house in T7, and as not reported where somebody noted why to no other one."""
    mine = {"authorities": ["MUN"], "not_reported": ["FEA"], "response": "TAK"}
    for row in (mine, mine | {"not_reported": []}, mine | {"authorities": ["MUN", "SHE"]}):
        found = {name: list(axes.KINDS[name].codes(row)) for name in ("reported", "response")}
        assert found == {"reported": ["yes"], "response": ["TAK"]}
    assert list(axes.KINDS["reported"].codes(mine | {"authorities": ["DEC"]})) == ["no"]
    assert list(axes.KINDS["reported"].codes({"authorities": ["DEC"]})) == ["DEC"]


def test_who_reads_not_reported_in_one_table_learns_no_hidden_count_of_another():
    """One incident of a hundred was reported: no table beside it gives that away."""
    lines = invented(100)
    told = [lines.counted[number] for number in range(len(lines.counted))]
    few = {row["incident"] for row in told[:1]}
    for row in told:
        so = row["incident"] in few
        row |= {"authorities": ["POL"] if so else ["NOB"], "response": "TAK" if so else None}
        row |= {"not_reported": [] if so else ["FEA"]}
    rows = Rows()
    for row in told:
        rows.append(row)
    made = edition.edition(replace(lines, counted=rows), RULES)
    shown = protect.suppressed(made.counted)
    assert not audit.narrowed(shown)
    values = {
        (table.name, code): shown.values[key]
        for table in made.counted.tables
        for (code, _column), key in table.cells.items()
    }
    assert values["T7-reported", "yes"] == values["T7-not-reported", "reported"] == FEW
    for cell in (("T7-reported", "no"), ("T7-response", "unreported"), ("T7-not-reported", "FEA")):
        assert not isinstance(values[cell], int) or not isinstance(values[cell[0], ALL], int)


def test_a_correction_of_tables_that_told_it_otherwise_prints_no_table_by_it(made):
    asked = [Free("response"), Free("state", "reported"), Free("state")]
    fewer = edition.edition(invented(85), RULES, Plan.of(RULES, asked, reporting=False), merged=made.merged)
    names = {table.name for table in fewer.counted.tables}
    assert {name for name in names if name.startswith(("T7-", "X"))} == {"T7-hearing", "X1"}
    assert not [
        key for key in fewer.counted.counts if {"reported", "response"} & {c.split("=")[0] for c in key}
    ]


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
