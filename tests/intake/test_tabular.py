"""A file becomes named rows, or a Problem that says what is wrong with it."""

import io
import json
import tracemalloc
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from incidents.intake.tabular import (
    CellIsError,
    CellIsNested,
    EncodingUnclear,
    EncodingWrong,
    FileNotReadable,
    FileTooLarge,
    FormulaWithoutResult,
    HeaderMissing,
    Limits,
    QuotesBroken,
    RowHidden,
    RowTooLong,
    RowTooShort,
    SeparatorUnclear,
    encodings,
    read_csv,
    read_json,
)
from incidents.intake.workbook import SheetMissing, Workbook, WorkbookLocked, WorkbookUnsafe
from tests.needs import shared


def csv_of(text, encoding="utf-8", **said):
    return read_csv(io.BytesIO(text.encode(encoding)), **said)


def cells(table):
    return [row.cells for row in table]


# --- CSV ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("iso-8859-1", "iso-8859-1")],
)
def test_letters_are_read_where_one_encoding_alone_fits(encoding, found):
    table = csv_of("Año,Niña\r\n2019,Sí\r\n", encoding)
    assert table.columns == ("Año", "Niña")
    assert cells(table) == [["2019", "Sí"]]
    assert table.encoding == found


def test_letters_of_windows_are_asked_about_and_read_when_said():
    quoted = "a,b\n“x”,1\n".encode("cp1252")
    assert len(encodings(io.BytesIO(quoted))) > 1
    with pytest.raises(EncodingUnclear) as caught:
        read_csv(io.BytesIO(quoted))
    assert "cp1252" in caught.value.said()
    with pytest.raises(EncodingWrong):
        read_csv(io.BytesIO(quoted), encoding="iso-8859-1")
    assert cells(read_csv(io.BytesIO(quoted), encoding="cp1252")) == [["“x”", "1"]]


@pytest.mark.parametrize(
    ("written", "said"), [("iso-8859-1", "utf-8"), ("utf-8", "iso-8859-1"), ("utf-8", "cp1252")]
)
def test_a_said_encoding_that_would_garble_accents_is_refused(written, said):
    with pytest.raises(EncodingWrong):
        csv_of("a,b\nSí,1\n", written, encoding=said)


def test_an_encoding_that_fails_at_the_last_byte_is_refused_before_the_first_row():
    with pytest.raises(EncodingWrong):
        read_csv(io.BytesIO(b"a,b\n" + b"1,2\n" * 100_000 + b"\xe9,1\n"), encoding="utf-8")


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
def test_columns_are_parted_by_the_one_mark_that_fits(mark):
    table = csv_of(f"a{mark}b{mark}c\n1{mark}x{mark}\n2{mark}y{mark}z\n")
    assert (table.separator, table.columns) == (mark, ("a", "b", "c"))


def test_a_file_that_two_marks_fit_is_asked_about():
    with pytest.raises(SeparatorUnclear):
        csv_of("a,x;b\n1,5;2\n3,5;4\n")
    assert csv_of("a,x;b\n1,5;2\n", separator=";").columns == ("a,x", "b")


def test_a_file_of_one_column_needs_its_mark_said():
    with pytest.raises(SeparatorUnclear):
        csv_of("name\nAna\n")
    assert cells(csv_of("name\nAna\n", separator=",")) == [["Ana"]]


def test_quoted_line_ends_separators_and_quotes_stay_in_their_cell():
    table = csv_of('a;b\r\n"first; ""line""\r\nsecond";1\r\n')
    assert cells(table) == [['first; "line"\r\nsecond', "1"]]


def test_a_broken_quotation_mark_names_its_row():
    with pytest.raises(QuotesBroken) as caught:
        cells(csv_of('a,b\n1,2\n"x"y,2\n3,4\n', separator=","))
    assert caught.value.details == {"row": 3}
    with pytest.raises(QuotesBroken):
        cells(csv_of('a,b\n1,2\n"never closed,2\n3,4\n', separator=","))


def test_rows_carry_the_number_that_a_spreadsheet_shows():
    table = csv_of('\n\na,b\n1,2\n\n"x\ny",3\n , \n4,5\n', separator=",")
    assert [(row.number, row.cells[0]) for row in table] == [(4, "1"), (6, "x\ny"), (8, "4")]
    assert table.blank == 2


def test_the_row_of_names_may_be_said():
    table = csv_of("Shelter list,\nMay,\nname,age\nAna,30\n", header_row=3)
    assert table.columns == ("name", "age")
    assert [row.number for row in table] == [4]
    with pytest.raises(HeaderMissing):
        csv_of("a,b\n1,2\n", header_row=9)


def test_headers_are_cleaned_and_made_distinct():
    table = csv_of(
        "\ufeff\ufeffstart,Edad\xa0 (años)\u200b, age ,age,,,age,an\u0303o\n" + ",".join("12345678") + "\n"
    )
    assert table.columns == (
        "start",
        "Edad (años)",
        "age",
        "age (2)",
        "(column 5)",
        "(column 6)",
        "age (3)",
        "año",
    )
    assert table.named(next(iter(table)))["(column 6)"] == "6"


def test_a_second_name_does_not_take_one_that_is_already_there():
    assert csv_of("a,a (2),a\n1,2,3\n").columns == ("a", "a (2)", "a (3)")


def test_a_row_of_another_width_is_not_trusted():
    table = csv_of("a,b\n1,2\n1,2,3\n1\n1,2,,\n", separator=",")
    assert [type(row.problem) for row in table] == [type(None), RowTooLong, RowTooShort, type(None)]


def test_a_text_of_two_hundred_thousand_letters_is_read_whole():
    text = "palabra " * 25_000
    assert cells(csv_of(f"a,b\n{text},1\n")) == [[text, "1"]]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" , \n"])
def test_a_file_without_names_of_columns_is_refused(content):
    with pytest.raises(HeaderMissing):
        read_csv(io.BytesIO(content), separator=",")


def test_a_file_that_is_no_text_is_refused():
    with pytest.raises(FileNotReadable):
        read_csv(io.BytesIO(b"PK\x03\x04\x00\x00a,b"))


def test_what_is_too_large_is_refused_with_its_limit():
    for limits, said in ((Limits(size=2), "MiB"), (Limits(columns=1), "columns"), (Limits(rows=2), "rows")):
        with pytest.raises(FileTooLarge) as caught:
            cells(read_csv(io.BytesIO(b"a,b\n1,2\n3,4\n"), limits=limits))
        assert caught.value.details["unit"] == said


def test_the_stream_stays_the_callers():
    stream = io.BytesIO(b"a,b\n1,2\n")
    table = read_csv(stream)
    assert cells(table) == [["1", "2"]]
    del table
    assert not stream.closed


def test_csv_is_read_in_flat_memory(tmp_path):
    def peak(rows):
        path = tmp_path / f"{rows}.csv"
        path.write_text("a,b\n" + "some text of a row,1\n" * rows)
        with path.open("rb") as stream:
            tracemalloc.start()
            assert sum(1 for _ in read_csv(stream)) == rows
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    assert peak(40_000) < peak(2_000) + 200_000


# --- JSON --------------------------------------------------------------------------------------------------------


def json_of(value):
    return read_json(io.BytesIO(json.dumps(value).encode()))


def test_a_json_list_becomes_rows_with_groups_and_choices_in_their_cells():
    table = json_of(
        [{"_uuid": "1", "g": {"age": 30}, "k": ["a", "b"], "g2/x": True}, {"_uuid": "2", "late": None}, {}]
    )
    assert table.columns == ("_uuid", "g/age", "k", "g2/x", "late")
    assert [(row.number, row.cells) for row in table] == [
        (1, ["1", 30, "a b", True, None]),
        (2, ["2", None, None, None, None]),
    ]
    assert table.blank == 1


def test_the_answer_of_koboToolbox_is_a_list_too():
    assert cells(json_of({"count": 1, "results": [{"a": 1}]})) == [[1]]


def test_further_records_inside_a_row_are_no_cell():
    (row,) = json_of([{"a": 1, "people": [{"name": "x"}]}])
    assert row.faults == {1: CellIsNested}


@pytest.mark.parametrize(
    "text", ["", "{", "3", '{"a": 1}', "[1]", '[{"a": NaN}]', '[{"a": 1, "a": 2}]', "[" * 100_000]
)
def test_json_of_another_shape_is_refused(text):
    with pytest.raises(FileNotReadable):
        read_json(io.BytesIO(text.encode()))


# --- XLSX --------------------------------------------------------------------------------------------------------


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
            "B4": datetime(2019, 1, 30),
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
        changed = xml.replace('<c r="A2">', f'<c r="A2"{kind}>').replace("<v />", told).replace("<v/>", told)
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


# --- real files --------------------------------------------------------------------------------------------------

REAL = [
    ("mmp/mmp_global_export_2020-01-14.csv", "utf-8", ",", 22, 6339),
    ("secuestros_cdmx/encuesta_larga_sin_narraciones.csv", "utf-8", ";", 12, 111),
    ("secuestros_cdmx/encuesta_corta_clean.csv", "utf-8", ";", 11, 99),
    ("sesnsp/sesnsp_estatal_2026_latin1.csv", "iso-8859-1", ",", 19, 3648),
    ("ph/PH-results_published.psv", "utf-8", "|", 9, 6),
    ("rnpdno/28_2024-10.csv", "utf-8", ",", 9, 39),
    ("adult/adult.csv", "utf-8", ";", 9, 30162),
    ("kobo/impact_kobo_raw_export_120.csv", "utf-8", ",", 348, 120),
]


@pytest.mark.parametrize(("path", "encoding", "separator", "columns", "count"), REAL)
def test_real_csv_files_are_read_without_being_told_how(path, encoding, separator, columns, count):
    with shared("data", *Path(path).parts).open("rb") as stream:
        table = read_csv(stream)
        rows = list(table)
    assert (table.encoding, table.separator, len(table.columns), len(rows)) == (
        encoding,
        separator,
        columns,
        count,
    )
    assert not [row for row in rows if row.problem]


def test_a_real_form_in_two_languages_is_read_sheet_by_sheet():
    with shared("data", "kobo", "impact_xlsform_en_ar.xlsx").open("rb") as stream:
        workbook = Workbook(stream)
        assert workbook.sheets == ("survey", "choices")
        choices = workbook.table("choices")
        assert (len(list(choices)), choices.blank) == (969, 1)
