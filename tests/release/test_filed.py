"""Tables in the pack of a row file: every cell is counted again from data.csv, line by line."""

import csv
import html
import io
import random
import re
from collections import Counter
from itertools import combinations

import openpyxl
import pytest

from incidents.model import vocabulary
from incidents.release import policy, publish, write
from incidents.release.anonymize import Result
from incidents.release.tables import captions, filed, sheet
from incidents.release.tables.cells import ALL, Axis
from tests.release.test_correct import corrected, somebody_withdraws
from tests.release.test_publish import GIVEN, manifest, pack, person, prepared, rows, signed, story, tell

# What each kind of table counts by, in the columns of the file: an own list, not that of the program.
BY = {
    "T1-rows": ("act", "place"), "T2-rows": ("period", "act_status"), "T3-rows": ("perpetrator_group", "act_status"),
    "T4-nationality": ("nationality", None), "T4-age": ("age", None), "T4-gender": ("gender", None),
    "T8-rows": ("verification", None),
}  # fmt: skip
AXES = {
    "act": "act",
    "perpetrator_group": "perpetrator_group",
    "gender": "gender",
    "verification": "verification",
}
WORDS = {
    "act": "act",
    "gender": "gender",
    "verification": "verification",
    "act_status": "act_status",
    "age": "age_band",
}


def printed(files, name, language="en"):
    """Rows of a written table: the head, and by name of the row what stands in it; its notes."""
    lines = list(csv.reader(io.StringIO(files[f"{name}.{language}.csv"].decode("utf-8-sig"))))
    end = lines.index([])
    return lines[0], {line[0]: line[1:] for line in lines[1:end]}, [line[0] for line in lines[end + 1 :]]


def named(said, column, value):
    """What a value of the file is called in a table."""
    level = said["hierarchies"].get(column, {}).get("level")
    if value == "*":
        return "All" if level == "all" else "Told together, since few carry it"
    name = {"band": "age", "stage": "stage", "shown": "gender"}.get(level, AXES.get(column))
    name = name or {"act_status": "status", "nationality": "nationality"}.get(column, level)
    return captions.label(Axis(name, (), WORDS.get(column, "")), value, "en")


def recounted(said, data, by):
    """Every cell of a table by two columns, with its totals: lines of the file, one after the other."""
    found = Counter()
    for row in data:
        down, across = (named(said, column, row[column]) if column else "All" for column in by)
        found.update({(a, b) for a in (down, "All") for b in (across, "All")})
    return found


def told(staff, seed):
    """A history of some hundred people."""
    draw = random.Random(seed)
    stories = []
    for _ in range(60):
        of = person(
            age=draw.choice([9, 20, 30, 41]),
            gender=draw.choice("FFM"),
            nationality=[draw.choice(["HND", "HND", "HTI"])],
            decisions=GIVEN | ({"ROW": "refused"} if draw.random() < 0.1 else {}),
        )
        acts = [
            {
                "key": "a1",
                "type": draw.choice(["KID", "EXT", "ROB"]),
                "status": draw.choice(["C", "C", "A", "U"]),
            }
        ]
        stories.append(story(f"2019-0{draw.choice([1, 1, 2, 6])}", [of], acts=acts))
    tell(staff, stories)


CHILDREN = {"0-4", "5-9", "10-11", "12-14", "15-17", "CHI"}


def of(said, data, name):
    """The rows that a table of one status, or of children, counts."""
    for part in name.split("-")[2:] if name.startswith("T1-") else ():
        data = [
            row for row in data if (row["age"] in CHILDREN if part == "CHI" else row["act_status"] == part)
        ]
    return data


def must_be_of_its_rows(files, said):
    """Every cell of every table that stands in a pack."""
    data = rows(files)
    for name in said["tables"]:
        counted = of(said, data, name)
        by = BY.get("T1-rows" if name.startswith("T1-") else name)
        if by is None:  # children and adults: the ages of the file, told apart here
            by = ("stage", "gender" if name == "T4-stage-gender" else None)
            counted = [row | {"stage": STAGES[stage_of(row["age"])]} for row in data]
        recount = recounted(said, counted, by)
        head, lines, _notes = printed(files, name)
        columns = ["All"] if head[1:] == ["Rows of the file"] else head[1:]
        cells = {
            (row, column): int(cell)
            for row, line in lines.items()
            for column, cell in zip(columns, line, strict=True)
            if cell != UNTOLD  # a nought that may be none
        }
        assert +recount == +Counter(cells), name
        marks = {
            (row, column): cell
            for row, line in lines.items()
            for column, cell in zip(columns, line, strict=True)
            if cell == UNTOLD
        }
        must_stand_where_something_is_not_told(marks, recount, {row for row, _column in cells | marks})
        assert recount, name
    return set(said["tables"])


def must_stand_where_something_is_not_told(marks, recount, lines):
    """A restricted act that no row tells is not shown where rows beside it do not tell their act, and nowhere else."""
    columns = {column for _row, column in recount}
    unnamed = captions.label(Axis("act", (), "act"), "(not shown)", "en")
    restricted = {captions.label(Axis("act", (), "act"), act, "en") for act in RESTRICTED}
    assert marks == {
        (row, column): UNTOLD
        for row in lines & restricted
        for column in columns
        if not recount[row, column] and recount[unnamed, column]
    }


UNTOLD = "Not shown, to protect people"
RESTRICTED = {code for code, each in vocabulary.codes("act").items() if each.restricted}
STAGES = {"CHI": "Children (under 18)", "ADU": "Adults", "(not recorded)": "(not recorded)"}


def stage_of(age):
    return "CHI" if age in CHILDREN else age if age == "(not recorded)" else "ADU"


# -- files at every level that a policy may choose, without a database


LEVELS = {
    "period": ("moment", {"month": ["2019-01", "2019-03", "../2018-12", "2019-Q2", "2020"],
                          "quarter": ["2019-Q1", "2019-Q3", "2020"], "year": ["2019", "2020/.."], "all": ["*"]}),
    "place": ("place", {"state": ["MX-TAM", "MX-SON", "*"], "region": ["MEX"], "all": ["*"]}),
    "age": ("age", {"band": ["0-4", "15-17", "18-24", "45+", "(not recorded)"], "stage": ["CHI", "ADU"], "all": ["*"]}),
    "gender": ("gender", {"shown": ["F", "M", "(not shown)"], "all": ["*"]}),
    "nationality": ("nationality", {"country": ["HND", "HTI", "*"], "all": ["*"]}),
}  # fmt: skip
TOLD = {"act": ["KID", "RAP", "(not shown)"], "act_status": ["C", "A", "U"],
        "perpetrator_group": ["STATE_MX", "(not recorded)"], "verification": ["CRE", "VER"]}  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_tables_of_any_file_are_those_of_its_rows(seed):
    draw = random.Random(seed)
    rules = policy.load("dataset-research")
    node = {column: draw.choice(list(levels)) for column, (_tree, levels) in LEVELS.items()}
    values = {column: LEVELS[column][1][node[column]] for column in LEVELS} | TOLD
    told = [{name: draw.choice(each) for name, each in values.items()} for _ in range(draw.randrange(1, 60))]
    trees = {column: tree for column, (tree, _levels) in LEVELS.items()}
    made = Result(
        columns=tuple(values), rows=told, released=tuple(range(len(told))), suppressed=(), classes=(), k=5,
        quasi_identifiers=tuple(LEVELS), node=node, hierarchies=trees, loss=0.0, smallest={}, hidden={}, certificate={},
    )  # fmt: skip
    found = filed.tables(rules, made, 7, {}, "2021-01-01")
    files = {file.name: file.data for file in [write.data(made)]} | sheet.csv_files(found.shown, found.about)
    said = {
        "tables": [table.name for table in found.shown.counted.tables],
        "hierarchies": {column: {"level": level} for column, level in node.items()},
    }
    checked = must_be_of_its_rows(files, said)
    assert {"T1-rows", "T3-rows", "T8-rows"} <= checked
    assert ("T2-rows" in checked) == (node["period"] != "all")
    assert ("T4-age" in checked) == (node["age"] == "band")
    if node["age"] != "all" and any(stage_of(row["age"]) == "CHI" for row in told):
        assert "T1-rows-CHI" in checked


@pytest.mark.parametrize(("place", "printed"), [("MX-SON", 0), ("MX-TAM", "(not shown)"), (ALL, 2)])
def test_a_nought_of_a_restricted_act_is_nought_where_every_row_beside_it_tells_its_act(place, printed):
    """What the rows and totals of a file give is given: two of rape, both in one state; none unnamed in Sonora."""
    told = [("RAP", "MX-CHH")] * 2 + [("KID", "MX-SON")] * 3 + [("KID", "MX-TAM"), ("(not shown)", "MX-TAM")]
    rows = [{"act": act, "place": state} for act, state in told]
    made = Result(
        ("act", "place"), rows, tuple(range(len(rows))), (), (), 5, ("place",), {"place": "state"},
        {"place": "place"}, 0.0, {}, {}, {},
    )  # fmt: skip
    found = filed.tables(policy.load("dataset-research"), made, 0, {}, "2021-01-01")
    table = next(each for each in found.shown.counted.tables if each.name == "T1-rows")
    assert captions.printed(table, found.shown, "RAP", place) == printed


@pytest.mark.parametrize(("told", "ends"), [
    (["2019-02", "2019-11"], "Period: February 2019 to November 2019."),
    (["2019-Q2", "2020"], "Period: April 2019 to December 2020."),
    (["../2018-12", "2019-11"], "Period: up to November 2019."),
    (["2018-12", "2019/.."], "Period: from December 2018 on."),
    (["(not recorded)"], "Period: no date is known."),
])  # fmt: skip
def test_the_period_of_the_tables_is_that_of_the_file(told, ends):
    rows = [{"period": each} for each in told]
    made = Result(
        ("period",),
        rows,
        (),
        (),
        (),
        5,
        ("period",),
        {"period": "month"},
        {"period": "moment"},
        0.0,
        {},
        {},
        {},
    )
    found = filed.tables(policy.load("small-rows"), made, 0, {}, "2021-01-01")
    assert ends in captions.notes(found.shown.counted.tables[0], found.about, "en")


# -- packs


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_every_cell_of_every_table_is_counted_again_from_the_written_rows(staff):
    told(staff, 1)
    release = prepared(staff)
    signed(staff, release)
    files = pack(staff, release)
    must_be_of_its_rows(files, manifest(files))
    left = manifest(files)["counts"]["excluded"].get("suppressed", 0)
    for name in manifest(files)["tables"]:
        for language, text in (("en", "Not shown: %s rows"), ("es", "No se muestran: %s renglones")):
            notes = " ".join(printed(files, name, language)[2])
            assert text % ("<5" if 0 < left < 5 else left) in notes
            assert "data.csv" in notes
        book = openpyxl.load_workbook(io.BytesIO(files["tables-en.xlsx"]))[name]
        lines = [[str(cell.value) for cell in line if cell.value is not None] for line in book.iter_rows()]
        head, cells, _notes = printed(files, name)
        assert lines[1 : 2 + len(cells)] == [head, *([key, *line] for key, line in cells.items())]
    assert "tables-en.xlsx" in files["README.txt"].decode()
    assert "Renglones para investigación (dataset-research)" in files["README.txt"].decode()
    for language, undercount in (("en", "undercount small groups"), ("es", "subestiman los grupos pequeños")):
        assert must_say_no_other_number(files, language) > len(manifest(files)["tables"])
        assert undercount in seen(files[f"report-{language}.html"])
    somebody_withdraws(staff, release)
    correction = corrected(staff, release)
    signed(staff, correction)
    after = pack(staff, correction)
    must_be_of_its_rows(after, manifest(after))
    assert (
        printed(after, "T8-rows")[1]["All"] == [str(len(rows(after)))] != printed(files, "T8-rows")[1]["All"]
    )


def seen(page):
    """What a reader of a page sees."""
    return html.unescape(re.sub(r"<(style|svg).*?</\1>|<[^>]+>", " ", page.decode(), flags=re.DOTALL))


def must_say_no_other_number(files, language):
    """The text says numbers of the tables, of the manifest and of dates, shares of these, and no others."""
    said = manifest(files)
    out = [*said["counts"]["excluded"].values()]  # reasons that are one to a reader are told as one
    sums = {sum(each) for size in range(len(out) + 1) for each in combinations(out, size)}
    known = {said["counts"]["considered"], said["counts"]["released"], *sums}
    for name in said["tables"]:
        _head, lines, notes = printed(files, name, language)
        texts = [*lines, *notes, *_head, *(cell for line in lines.values() for cell in line)]
        known |= {int(number) for each in texts for number in re.findall(r"\d+", each)}
    known |= {int(part) for part in said["data_date"].split("-")}
    text = seen(files[f"report-{language}.html"]).replace(said["reference"], "")  # it counts nothing
    found = re.findall(r"\d+(?! ?(?:percent|%|por ciento))", text)
    assert {int(number) for number in found} - known <= {50}, language
    return len(found)


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_small_file_has_tables_at_its_levels_and_a_partners_has_none(staff):
    tell(staff, [story(f"2019-0{month}", people(month)) for month in (1, 1, 6, 6) for _ in range(6)])
    small = prepared(staff, "small-rows")
    with staff.analyst.work() as work:
        said = publish.release(work, small)[1]
        titles = [each.title for each in publish.tables_of(work, publish.release(work, small)[0], "en")]
    assert {each["hierarchy"]: each["level"] for each in said["hierarchies"].values()}["place"] == "region"
    assert "T1. Rows of the file by group of acts and region" in titles
    with staff.analyst.work() as work:
        for name in ("partner", "internal"):
            made = publish.look(work, publish.Wanted(name, {}, k=None))
            assert "tables" not in made.manifest
            assert not [each for each in made.files if each.startswith("T")]
    assert [policy.load(name).public for name in ("dataset-research", "small-rows", "partner", "internal")] == [
        True, True, False, False,
    ]  # fmt: skip


def people(month):
    return [person(decisions=GIVEN | {"PAR": "given"}, age=20 + month)]
