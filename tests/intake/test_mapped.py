"""Rows, columns and sheets of a file: each row a report or a reason, nothing dropped."""

import io

import pytest

from incidents.intake.mapped import (
    ColumnHasNoName,
    ColumnsMissing,
    ColumnsNotNamed,
    KeyEmpty,
    KeyTwice,
    SheetsNotNamed,
    rows,
)
from incidents.intake.tabular import CellIsError, FileNotReadable, FormulaWithoutResult, RowTooLong
from incidents.intake.workbook import SheetMissing
from tests.intake.invented import HEAD, mapping_of, read, workbook_of


def test_a_row_that_is_not_understood_says_why_and_does_not_stop_the_others():
    mapping = mapping_of(
        '"incident.moment" = { column = "d", as = "date" }\n"incident.time" = { column = "t", as = "time" }'
    )
    told = read(mapping, "id;d;t\n1;2019;10:00\n2;soon;noon\n3;2019;10:00;x\n\n4;2019;\n")
    assert [(row.number, bool(row.document)) for row in told] == [
        (2, True),
        (3, False),
        (4, False),
        (6, True),
    ]
    assert [problem.code for problem in told[1].problems] == ["date-not-understood", "time-not-understood"]
    assert [type(problem) for problem in told[2].problems] == [RowTooLong]


def test_a_reason_names_the_column_and_never_quotes_the_cell():
    (row,) = read(
        mapping_of('"persons.p1.facts.age" = { column = "Edad", as = "number" }'), "id;Edad\n1;CANARY\n"
    )
    (problem,) = row.problems
    assert "Edad" in problem.said()
    assert "CANARY" not in problem.said() + repr(problem.details) + repr(problem)
    assert problem.said(lambda sentence: f"[{sentence}]").startswith("[")


def test_a_row_is_known_again_by_its_key():
    fields = '"incident.labels.x" = { column = "x", as = "text" }'
    told = read(mapping_of(fields), "id;x\n7;a\n007;b\n7 ;c\n;d\n")
    assert [row.source_key for row in told] == [
        '["invented", "7"]',
        '["invented", "007"]',
        '["invented", "7"]',
        "",
    ]
    assert [[type(problem) for problem in row.problems] for row in told] == [[], [], [KeyTwice], [KeyEmpty]]
    assert told[2].problems[0].details == {"row": "2"}


def test_two_columns_of_a_key_cannot_be_mistaken_for_one_another():
    head = HEAD.replace('["id"]', '["id", "x"]')
    told = read(mapping_of(head=head), "id;x\na;b c\na b;c\n")
    assert told[0].source_key != told[1].source_key


def test_a_file_without_a_key_is_known_by_its_rows():
    by_row, by_file = (
        mapping_of(head=HEAD.replace('["id"]', key), ignore=["id"]) for key in ('"row"', '"file-row"')
    )
    assert [row.source_key for row in read(by_row, "id\n1\n\n2\n", "may.csv")] == [
        '["invented", 2]',
        '["invented", 4]',
    ]
    assert read(by_file, "id\n1\n", "folder/may.csv")[0].source_key == '["invented", "may.csv", 2]'


def test_a_reading_tells_how_the_file_was_read():
    mapping = mapping_of('"incident.labels.x" = { column = "Año", as = "text" }', file='kind = "csv"')
    reading = rows(mapping, io.BytesIO("id;Año\n1;ñ\n;\n".encode("iso-8859-1")), "f.csv")
    assert (len(list(reading)), reading.blank, reading.encoding, reading.separator) == (
        1,
        1,
        "iso-8859-1",
        ";",
    )


def test_json_is_mapped_by_the_paths_of_its_groups():
    mapping = mapping_of(
        '"persons.p1.facts.age" = { column = "g/age", as = "number" }\n'
        '"incident.outcome" = { column = "harm", as = "codes", codes = { a = "INM", b = "PSY" } }',
        head=HEAD.replace('"id"', '"_uuid"'),
        file='kind = "json"',
        ignore=["people"],
    )
    told = read(mapping, '[{"_uuid": "x", "g": {"age": 30}, "harm": ["a", "b"], "people": [{"n": 1}]}]')
    assert told[0].document == {
        "persons": [{"key": "p1", "facts": {"age": 30}}],
        "incident": {"outcome": ["INM", "PSY"]},
    }


# --- columns and sheets ------------------------------------------------------------------------------------------


def test_a_column_that_is_not_named_is_refused_before_the_first_row():
    with pytest.raises(ColumnsNotNamed) as caught:
        read(mapping_of(), "id;extra\n1;2\n")
    assert caught.value.details == {"columns": "extra"}
    assert read(mapping_of(ignore=["extra"]), "id;extra\n1;2\n")[0].document == {}


def test_a_column_that_is_named_and_not_there_is_refused():
    with pytest.raises(ColumnsMissing):
        read(mapping_of('"incident.time" = { column = "t", as = "time" }'), "id\n1\n")
    with pytest.raises(ColumnsMissing):
        read(mapping_of(ignore=["gone"]), "id\n1\n")


def test_a_column_without_a_name_may_be_empty_and_not_hold_anything():
    empty, full = read(mapping_of(), "id;\n1;\n2;x\n")
    assert empty.document == {}
    assert [type(problem) for problem in full.problems] == [ColumnHasNoName]
    used = mapping_of('"summary" = { column = "(column 2)", as = "text" }')
    assert read(used, "id;\n2;x\n")[0].document == {"summary": "x"}


SHEETS = """
[[sheets]]
name = "police"
[sheets.constants]
"perpetrators.1.type" = "PMU"
[[sheets]]
name = "others"
ignore = ["note"]
[sheets.constants]
"perpetrators.1.type" = "ARM"
[sheets.fields]
"incident.labels.x" = { column = "y", as = "text" }
"""


def test_each_sheet_has_its_own_constants_rules_and_ignored_columns():
    mapping = mapping_of(
        '"incident.labels.x" = { column = "x", as = "text" }', file='kind = "xlsx"', more=SHEETS
    )
    book = workbook_of(police=[["id", "x"], [1, "a"]], others=[["id", "y", "note"], [2, "b", "n"]])
    told = list(rows(mapping, book, "f.xlsx"))
    assert [(row.sheet, row.number, row.source_key) for row in told] == [
        ("police", 2, '["invented", "1"]'),
        ("others", 2, '["invented", "2"]'),
    ]
    assert [row.document["perpetrators"][0]["type"] for row in told] == ["PMU", "ARM"]
    assert [row.document["incident"]["labels"]["x"] for row in told] == ["a", "b"]


def test_a_sheet_that_is_not_named_is_refused():
    plain = mapping_of(file='kind = "xlsx"')
    named = mapping_of(file='kind = "xlsx"', more='[[sheets]]\nname = "a"')
    ignoring = mapping_of(file='kind = "xlsx"\nignore_sheets = ["b"]')
    gone = mapping_of(file='kind = "xlsx"\nignore_sheets = ["a", "b"]', more='[[sheets]]\nname = "c"')
    two = workbook_of(a=[["id"], [1]], b=[["id"], [2]])
    for mapping in (plain, named):
        with pytest.raises(SheetsNotNamed):
            rows(mapping, two, "f.xlsx")
    assert [row.sheet for row in rows(ignoring, two, "f.xlsx")] == ["a"]
    with pytest.raises(SheetMissing):
        rows(gone, two, "f.xlsx")


def test_a_key_may_occur_once_in_all_sheets_together():
    mapping = mapping_of(file='kind = "xlsx"', more='[[sheets]]\nname = "a"\n[[sheets]]\nname = "b"')
    told = list(rows(mapping, workbook_of(a=[["id"], [1]], b=[["id"], [1]]), "f.xlsx"))
    assert told[1].problems[0].details == {"row": "a 2"}


def test_a_bad_cell_is_a_reason_only_where_its_column_is_used():
    book = workbook_of(a=[["id", "x", "note"], [1, "=1+1", "#N/A"], [2, "ok", "=2+2"], [3, "#REF!", ""]])
    mapping = mapping_of('"summary" = { column = "x", as = "text" }', file='kind = "xlsx"', ignore=["note"])
    told = list(rows(mapping, book, "f.xlsx"))
    assert [[type(problem) for problem in row.problems] for row in told] == [
        [FormulaWithoutResult],
        [],
        [CellIsError],
    ]
    assert told[0].problems[0].details == {"column": "x"}


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(FileNotReadable):
        read(mapping_of(file='kind = "xlsx"'), "id\n1\n")
