"""A file becomes named rows, or a Problem that says what is wrong with it."""

import gc
import io
import json
import tracemalloc
from pathlib import Path

import pytest

from incidents.intake.nested import read_json
from incidents.intake.tabular import (
    CellIsNested,
    EncodingUnclear,
    EncodingWrong,
    FileNotReadable,
    FileTooLarge,
    HeaderMissing,
    Limits,
    QuotesBroken,
    RowTooLong,
    RowTooShort,
    SeparatorUnclear,
    encodings,
    read_csv,
)
from tests.needs import shared


def csv_of(text, written="utf-8", **said):
    return read_csv(io.BytesIO(text.encode(written)), **said)


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


def test_the_stream_stays_the_callers_also_when_a_table_is_dropped_half_read():
    stream = io.BytesIO(b"a,b\n1,2\n3,4\n")
    rows = iter(read_csv(stream))
    assert next(rows).cells == ["1", "2"]
    del rows
    gc.collect()
    assert not stream.closed
    rows = iter(read_csv(stream))
    next(rows)
    stream.close()
    del rows
    gc.collect()


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


def test_the_answer_of_kobotoolbox_is_a_list_too():
    assert cells(json_of({"count": 1, "results": [{"a": 1}]})) == [[1]]


def test_further_records_inside_a_row_are_no_cell():
    (row,) = json_of([{"a": 1, "people": [{"name": "x"}]}])
    assert row.faults == {1: CellIsNested}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "3",
        '{"a": 1}',
        "[1]",
        '[{"a": NaN}]',
        '[{"a": 1, "a": 2}]',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_json_of_another_shape_is_refused(text):
    with pytest.raises(FileNotReadable):
        read_json(io.BytesIO(text.encode()))


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
