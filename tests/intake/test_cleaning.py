"""One cell becomes one value, or a reason; nothing is guessed."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.intake.cleaning import (
    AnswerNotUnderstood,
    CellNotUnderstood,
    CenturyUnclear,
    DateIsNumber,
    DateNotUnderstood,
    DateOrderUnclear,
    DateOrderWrong,
    DateStyle,
    NumberNotCount,
    NumberNotUnderstood,
    NumberUnclear,
    TimeNotUnderstood,
    as_text,
    folded,
    read_answer,
    read_count,
    read_date,
    read_edtf,
    read_number,
    read_time,
    visible,
)

PLAIN = DateStyle()
DMY, MDY, YMD = (DateStyle(order, century=20) for order in ("DMY", "MDY", "YMD"))


@pytest.mark.parametrize(
    ("cell", "style", "edtf"),
    [
        ("13-Jan-20", MDY, "2020-01-13"),
        ("January 13, 2020", PLAIN, "2020-01-13"),
        ("Jan. 13, 2020", PLAIN, "2020-01-13"),
        ("13th January 2020", PLAIN, "2020-01-13"),
        ("13 de enero de 2020", PLAIN, "2020-01-13"),
        ("1º de septiembre del 2019", PLAIN, "2019-09-01"),
        ("13-ENE-2020", PLAIN, "2020-01-13"),
        ("1/30/2019", MDY, "2019-01-30"),
        ("01/28/2019", MDY, "2019-01-28"),
        ("1/30/2019 3:25 PM", MDY, "2019-01-30"),
        ("06/07/2021", DMY, "2021-07-06"),
        ("06/07/2021", MDY, "2021-06-07"),
        ("06/07/21", DMY, "2021-07-06"),
        ("19-01-30", YMD, "2019-01-30"),
        ("16.01.2014", DMY, "2014-01-16"),
        ("2019/1/30", PLAIN, "2019-01-30"),
        ("2019-01-30", DMY, "2019-01-30"),
        ("2019-01-30T23:30:00-06:00", PLAIN, "2019-01-30"),
        ("2019-01-30T10:00:00.000Z", PLAIN, "2019-01-30"),
        ("2019-01-30 10:00:00", PLAIN, "2019-01-30"),
        ("\ufeff 2019-01-30\xa0", PLAIN, "2019-01-30"),
        (date(2019, 1, 30), PLAIN, "2019-01-30"),
        (datetime(2019, 1, 30, 23, 30, tzinfo=timezone(timedelta(hours=-6))), PLAIN, "2019-01-30"),
        ("43495", DateStyle(serial="1900"), "2019-01-30"),
        (43495.42, DateStyle(serial="1900"), "2019-01-30"),
        (42033.0, DateStyle(serial="1904"), "2019-01-30"),
        ("Dec-2016", PLAIN, "2016-12"),
        ("diciembre de 2016", PLAIN, "2016-12"),
        ("12/2016", PLAIN, "2016-12"),
        ("2024-10", PLAIN, "2024-10"),
        ("2024/3", PLAIN, "2024-03"),
        ("2013", MDY, "2013"),
        (2013.0, MDY, "2013"),
    ],
)
def test_a_date_is_read_as_precisely_as_it_is_written(cell, style, edtf):
    assert read_date(cell, style).edtf == edtf


@pytest.mark.parametrize("cell", ["13/01/2020", "1/13/2020", "5/5/2020"])
def test_a_date_that_has_one_reading_alone_needs_no_order(cell):
    assert read_date(cell, PLAIN).precision == "DAY"


@pytest.mark.parametrize(
    ("cell", "style", "reason"),
    [
        ("06/07/2021", PLAIN, DateOrderUnclear),
        ("30/1/2019", MDY, DateOrderWrong),
        ("1/30/2019", DMY, DateOrderWrong),
        ("30/01/2019", YMD, DateOrderWrong),
        ("13-Jan-20", PLAIN, CenturyUnclear),
        ("13/01/20", DateStyle("DMY"), CenturyUnclear),
        ("43495", PLAIN, DateIsNumber),
        (43495.0, PLAIN, DateIsNumber),
        ("59", DateStyle(serial="1900"), DateNotUnderstood),
        ("00059", DateStyle(serial="1900"), DateNotUnderstood),
        ("30/02/2019", DMY, DateNotUnderstood),
        ("2019-02-30", PLAIN, DateNotUnderstood),
        ("2019-13", PLAIN, DateNotUnderstood),
        ("13/2019", PLAIN, DateNotUnderstood),
        ("0999", PLAIN, DateNotUnderstood),
        ("Dec-16", DMY, DateNotUnderstood),
        ("jan 13-20", DMY, DateNotUnderstood),
        ("13 Foo 2020", DMY, DateNotUnderstood),
        ("1/2/2019-3/2/2019", DMY, DateNotUnderstood),
        ("yesterday", DMY, DateNotUnderstood),
        ("NA", DMY, DateNotUnderstood),
        (True, DMY, DateNotUnderstood),
        (time(3, 25), DMY, DateNotUnderstood),
    ],
)
def test_a_date_that_could_be_another_is_refused(cell, style, reason):
    with pytest.raises(CellNotUnderstood) as caught:
        read_date(cell, style)
    assert type(caught.value) is reason


def test_a_source_that_estimates_its_days_gives_approximate_days_and_exact_months():
    style = DateStyle("DMY", approximate=True)
    assert read_date("16.01.2014", style).to_json() == {"edtf": "2014-01-16~", "precision": "APX"}
    assert read_date("Dec-2016", style).precision == "MON"


def test_edtf_is_read_as_it_stands():
    assert read_edtf("../2019-05-01").precision == "BEF"
    with pytest.raises(DateNotUnderstood):
        read_edtf("06/07/2021")


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("3:25:00 p. m.", "15:25"),
        ("3:25:00\xa0p.\xa0m.", "15:25"),
        ("12:12:00 p. m.", "12:12"),
        ("12:30:00 a. m.", "00:30"),
        ("3:25 PM", "15:25"),
        ("7 am", "07:00"),
        ("11:00:00", "11:00"),
        ("08:15", "08:15"),
        ("15h25", "15:25"),
        ("20:30 hrs", "20:30"),
        ("2019-01-30T10:00:00.000-06:00", "10:00"),
        (time(3, 25), "03:25"),
        (datetime(2019, 1, 30, 15, 25, tzinfo=UTC), "15:25"),
    ],
)
def test_a_time_of_day_is_read(cell, read):
    assert read_time(cell) == read


@pytest.mark.parametrize(
    "cell", ["11", "25:00", "13:00 pm", "0:30 pm", "3:61", "3:25:61", "noon", "", 0.5, None]
)
def test_what_is_no_time_of_day_is_refused(cell):
    with pytest.raises(TimeNotUnderstood):
        read_time(cell)


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("1,022", ".", 1022),
        ("1,022", ",", 1.022),
        ("1.022,50", ",", 1022.5),
        ("1.022,50", "", 1022.5),
        ("1,022,334", "", 1022334),
        ("12,50", "", 12.5),
        ("0.125", "", 0.125),
        ("1\u202f022", ".", 1022),
        ("1'022", ".", 1022),
        (" 43 ", "", 43),
        ("-1", "", -1),
        (43.0, "", 43),
        (7, "", 7),
    ],
)
def test_a_number_is_read(cell, decimal, number):
    assert read_number(cell, decimal) == number


@pytest.mark.parametrize(
    ("cell", "decimal", "reason"),
    [
        ("1,022", "", NumberUnclear),
        ("1.022", "", NumberUnclear),
        ("1,02", ".", NumberNotUnderstood),
        ("10,22,334", ".", NumberNotUnderstood),
        ("NA", "", NumberNotUnderstood),
        ("4 men", "", NumberNotUnderstood),
        ("١٢", "", NumberNotUnderstood),
        ("1e3", "", NumberNotUnderstood),
        (True, "", NumberNotUnderstood),
        (date(2019, 1, 30), "", NumberNotUnderstood),
    ],
)
def test_a_number_that_could_be_another_is_refused(cell, decimal, reason):
    with pytest.raises(reason):
        read_number(cell, decimal)


@pytest.mark.parametrize("cell", ["-1", "2.5", -1.0])
def test_what_counts_something_is_whole_and_not_below_zero(cell):
    with pytest.raises(NumberNotCount):
        read_count(cell)


def test_true_is_not_remembered_as_one():
    assert read_count(1) == 1
    with pytest.raises(NumberNotUnderstood):
        read_count(True)
    assert (folded(1), folded(True), folded(1.0)) == ("1", "true", "1")


@pytest.mark.parametrize(
    ("answer", "cells"),
    [
        ("yes", ["Yes", "Sí", "si", "SI\u0301", "True", "1", 1, 1.0, True, "x", " yes\u200b"]),
        ("no", ["No", "NO", "False", "0", 0, False]),
        ("NAP", ["N/A", "no aplica"]),
        ("UNK", ["unknown", "Desconocido"]),
        ("NAS", ["not asked", "No se preguntó"]),
        ("DEC", ["Prefirió no responder"]),
    ],
)
def test_yes_no_and_the_four_no_answers_are_told_apart(answer, cells):
    assert {read_answer(cell) for cell in cells} == {answer}


@pytest.mark.parametrize("cell", ["", None, "maybe", "2", "NA", "-"])
def test_no_other_answer_is_taken(cell):
    with pytest.raises(AnswerNotUnderstood):
        read_answer(cell)


def test_text_loses_what_nobody_sees_and_nothing_else():
    assert visible("\ufeff Jose\u0301\u200b\xa0 &amp;  co.\r\n") == "José & co."
    assert as_text(43.0) == "43"
    assert as_text(datetime(2019, 1, 30)) == "2019-01-30"  # noqa: DTZ001 - a spreadsheet knows no zone
    assert as_text(None) == ""


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_problem(text):
    for style in (PLAIN, DMY, MDY, YMD):
        try:
            assert read_date(text, style).precision in {"DAY", "MON", "YEA"}
        except CellNotUnderstood:
            continue


@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2200, 1, 1)))
def test_every_day_comes_back_from_every_way_of_writing_it(day):
    written = [
        (f"{day:%d/%m/%Y}", DMY),
        (f"{day:%m/%d/%Y}", MDY),
        (f"{day:%d.%m.%Y}", DMY),
        (f"{day.day} {day:%B} {day.year}", PLAIN),
        (day.isoformat(), PLAIN),
        (str((day - date(1899, 12, 30)).days), DateStyle(serial="1900")),
    ]
    for text, style in written:
        assert read_date(text, style).edtf == day.isoformat()
