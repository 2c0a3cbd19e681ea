"""A workbook gives its visible sheets and of them the values alone, and is refused where it is built to harm."""

import io
import re
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
from openpyxl.comments import Comment

from incidents.intake.tabular import (
    CellIsError,
    FileNotReadable,
    FileTooLarge,
    FormulaWithoutResult,
    HeaderMissing,
    Limits,
    RowHidden,
)
from incidents.intake.workbook import SheetMissing, Workbook, WorkbookLocked, WorkbookUnsafe
from tests.needs import shared


def book_of(build):
    book = openpyxl.Workbook()
    build(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream


def sheet_of(*rows):
    def build(book):
        for row in rows:
            book.active.append(row)

    return book_of(build)


def rewritten(stream, **parts):
    """The same archive with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out


def test_sheets_give_values_of_their_own_kind_and_row_numbers():
    def build(book):
        book.active.title = "A"
        for place, value in {
            "B3": "when",
            "C3": "n",
            "B4": datetime(2019, 1, 30),  # noqa: DTZ001 - a spreadsheet knows no zone
            "C4": 7,
            "B6": date(2019, 1, 30),
            "C6": "007",
            "B7": time(3, 25),
            "C7": True,
        }.items():
            book.active[place] = value

    table = Workbook(book_of(build)).table("A")
    assert table.columns == ("when", "n")
    rows = [(row.number, *row.cells) for row in table]
    assert [row[0] for row in rows] == [4, 6, 7]
    assert rows[0][2] == 7
    assert rows[1][2] == "007"
    assert rows[2][1:] == (time(3, 25), True)
    assert table.blank == 1


def test_a_formula_without_its_result_and_an_error_are_reported_in_their_column():
    stream = sheet_of(["a", "b"], ["=1+1", 2], [3, "#N/A"], [5, 6])
    table = Workbook(stream).table("Sheet")
    assert [row.faults for row in table] == [{0: FormulaWithoutResult}, {1: CellIsError}, {}]


def test_a_formula_with_its_result_is_a_value():
    xml = zipfile.ZipFile(sheet_of(["a", "b"], ["=1+1", 2])).read("xl/worksheets/sheet1.xml").decode()
    for told, value in (("<v>2</v>", 2), ("<v></v>", "")):
        kind = ' t="str"' if value == "" else ""
        changed = re.sub(r"<v ?/>|<v></v>", told, xml.replace('<c r="A2">', f'<c r="A2"{kind}>'))
        table = Workbook(
            rewritten(sheet_of(["a", "b"], ["=1+1", 2]), **{"xl/worksheets/sheet1.xml": changed})
        ).table("Sheet")
        (row,) = table
        assert (row.cells[0], row.faults) == (value, {})


def test_hidden_content_is_not_read():
    def build(book):
        book.active.append(["a"])
        book.active["A2"] = "seen"
        book.active["A2"].comment = Comment("CANARY comment", "CANARY author")
        book.active["A3"] = "hidden row"
        book.active.row_dimensions[3].hidden = True
        book.properties.title = "CANARY title"
        for title, state in (("Hidden", "hidden"), ("Deep", "veryHidden")):
            book.create_sheet(title)["A1"] = "CANARY sheet"
            book[title].sheet_state = state

    workbook = Workbook(book_of(build))
    assert (workbook.sheets, workbook.hidden) == (("Sheet",), ("Hidden", "Deep"))
    rows = list(workbook.table("Sheet"))
    assert [(row.cells, type(row.problem)) for row in rows] == [
        (["seen"], type(None)),
        (["hidden row"], RowHidden),
    ]
    assert "CANARY" not in repr(rows)
    for sheet in ("Hidden", "Deep", "Absent"):
        with pytest.raises(SheetMissing):
            workbook.table(sheet)


def test_a_bomb_is_refused_unopened():
    bomb = rewritten(sheet_of(["a"], [1]), **{"xl/media/zeros.bin": b"\0" * 30_000_000})
    with pytest.raises(WorkbookUnsafe):
        Workbook(bomb)
    with pytest.raises(FileTooLarge):
        Workbook(bomb, Limits(unpacked=10_000_000))
    with pytest.raises(FileTooLarge):
        Workbook(sheet_of(["a"]), Limits(parts=3))


def test_a_cell_at_the_far_end_of_a_sheet_does_not_fill_the_memory():
    def build(book):
        book.active["A1"] = "a"
        book.active["XFD1048576"] = 1

    with pytest.raises(FileTooLarge):
        Workbook(book_of(build)).table("Sheet")


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_in_any_part_is_refused(part, encoding):
    stream = sheet_of(["a"], [1])
    xml = zipfile.ZipFile(stream).read(part).decode().removeprefix("<?xml version='1.0' encoding='UTF-8'?>\n")
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY e "boom">]>{xml}'
    with pytest.raises(WorkbookUnsafe):
        Workbook(rewritten(stream, **{part: bomb.encode(encoding)})).table("Sheet")


def test_what_is_no_workbook_is_refused_with_the_reason():
    with pytest.raises(FileNotReadable):
        Workbook(io.BytesIO(b"a,b\n1,2\n"))
    with pytest.raises(FileNotReadable):
        Workbook(io.BytesIO(sheet_of(["a"]).getvalue()[:-200]))
    with pytest.raises(WorkbookLocked):
        Workbook(io.BytesIO(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)))
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("x.txt", "x")
    with pytest.raises(FileNotReadable):
        Workbook(plain)


def test_xml_that_is_broken_is_refused():
    broken = rewritten(sheet_of(["a"], [1]), **{"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"})
    with pytest.raises(FileNotReadable):
        Workbook(broken).table("Sheet")


def test_an_empty_sheet_has_no_names_of_columns():
    with pytest.raises(HeaderMissing):
        Workbook(sheet_of()).table("Sheet")


def test_a_real_form_in_two_languages_is_read_sheet_by_sheet():
    with shared("data", "kobo", "impact_xlsform_en_ar.xlsx").open("rb") as stream:
        workbook = Workbook(stream)
        assert workbook.sheets == ("survey", "choices")
        choices = workbook.table("choices")
        assert (len(list(choices)), choices.blank) == (969, 1)
