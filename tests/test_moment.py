"""A date is kept as precisely as it is known, and never more."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.moment import (
    PRECISIONS,
    UNKNOWN,
    DateNotKept,
    Moment,
    PrecisionDisagrees,
    RangeBackwards,
)
from incidents.model.vocabulary import NO_ANSWERS

SHAPES = [
    ("2019-11-14", "DAY", date(2019, 11, 14), date(2019, 11, 14)),
    ("2019-11-14~", "APX", date(2019, 11, 9), date(2019, 11, 19)),
    ("2019-11", "MON", date(2019, 11, 1), date(2019, 11, 30)),
    ("2020-02", "MON", date(2020, 2, 1), date(2020, 2, 29)),
    ("2019", "YEA", date(2019, 1, 1), date(2019, 12, 31)),
    ("2019-23", "SEA", date(2019, 9, 1), date(2019, 12, 31)),
    ("2019-24", "SEA", date(2019, 1, 1), date(2020, 3, 31)),
    ("2019-11-14/2019-11-18", "RNG", date(2019, 11, 14), date(2019, 11, 18)),
    ("2019-11/2020", "RNG", date(2019, 11, 1), date(2020, 12, 31)),
    ("../2019-05-01", "BEF", None, date(2019, 5, 1)),
    ("../2019-05", "BEF", None, date(2019, 5, 31)),
    ("2019-05-01/..", "AFT", date(2019, 5, 1), None),
    ("", "UNK", None, None),
]


@pytest.mark.parametrize(("edtf", "precision", "earliest", "latest"), SHAPES)
def test_each_shape_gives_its_precision_and_its_bounds(edtf, precision, earliest, latest):
    moment = Moment.parse(edtf)
    assert (moment.precision, moment.earliest, moment.latest) == (precision, earliest, latest)
    assert Moment.from_json(moment.to_json()) == moment


def test_every_precision_of_the_code_list_has_a_shape():
    assert {precision for _, precision, _, _ in SHAPES} | NO_ANSWERS == set(PRECISIONS)


@pytest.mark.parametrize("code", sorted(NO_ANSWERS))
def test_a_date_that_was_not_given_says_why(code):
    moment = Moment("", code)
    assert (moment.earliest, moment.latest, moment.month, moment.year) == (None, None, None, None)
    assert Moment.from_json(moment.to_json()) == moment
    assert len({Moment("", each).in_words(language) for each in NO_ANSWERS for language in ("en", "es")}) == 8


def test_an_unknown_day_is_never_filled_with_one():
    assert Moment.parse("2019-11").to_json() == {"edtf": "2019-11", "precision": "MON"}
    assert Moment.parse("2019") != Moment.parse("2019-01-01")


@pytest.mark.parametrize(
    ("edtf", "precision"),
    [
        ("2019-11", "DAY"),
        ("2019-11-14", "MON"),
        ("2019-11-14", "APX"),
        ("", "DAY"),
        ("2019-11-14", "UNK"),
        ("2019", "SEA"),
    ],
)
def test_more_or_fewer_digits_than_the_precision_says_are_refused(edtf, precision):
    with pytest.raises(PrecisionDisagrees):
        Moment(edtf, precision)


@pytest.mark.parametrize(
    "edtf",
    [
        "2019-02-30",
        "2019-13",
        "2019-00",
        "0000",
        "19",
        "2019-1-3",
        "2019-11-14T10:00",
        "x",
        "../..",
        "2019?",
        "\uff12\uff10\uff11\uff19",
        "2019\n",
    ],
)
def test_what_is_no_date_is_refused(edtf):
    with pytest.raises(DateNotKept):
        Moment.parse(edtf)


@pytest.mark.parametrize("precision", ["", "day", "WEEK", "HOUR"])
def test_a_precision_that_the_list_does_not_have_is_refused(precision):
    with pytest.raises(DateNotKept):
        Moment("2019", precision)


@pytest.mark.parametrize(
    "edtf",
    ["2019-11-18/2019-11-14", "2019-11-14/2019-11-14", "2020/2019-11", "2019/2019-05", "2019-01-28/2019"],
)
def test_a_range_that_does_not_go_forward_is_refused(edtf):
    with pytest.raises(RangeBackwards):
        Moment.parse(edtf)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "2019",
        {},
        {"edtf": "2019"},
        {"edtf": 2019, "precision": "YEA"},
        {"edtf": "2019", "precision": None},
        {"edtf": "2019", "precision": "YEA", "x": 1},
    ],
)
def test_json_of_another_shape_is_refused(value):
    with pytest.raises(DateNotKept):
        Moment.from_json(value)


@pytest.mark.parametrize(
    ("edtf", "month"),
    [
        ("2019-11-14", "2019-11"),
        ("2019-11", "2019-11"),
        ("2019-11-15~", "2019-11"),
        ("2019-11-02~", None),
        ("2019", None),
        ("../2019-11-14", None),
        ("2019-11-11/2019-11-20", "2019-11"),
    ],
)
def test_a_moment_has_a_month_only_where_all_of_it_lies_in_one(edtf, month):
    assert Moment.parse(edtf).month == month


def test_a_moment_has_a_year_only_where_all_of_it_lies_in_one():
    assert Moment.parse("2019-11/2019-12").year == 2019
    assert Moment.parse("2019-24").year is None
    assert UNKNOWN.year is None


@pytest.mark.parametrize(
    ("edtf", "english", "spanish"),
    [
        ("2019-11-13", "13 November 2019", "13 de noviembre de 2019"),
        ("2019-11-01", "1 November 2019", "1 de noviembre de 2019"),
        ("2019-11-15~", "mid-November 2019", "mediados de noviembre de 2019"),
        ("2019-11-12~", "about 12 November 2019", "hacia el 12 de noviembre de 2019"),
        ("2019-11-01/2019-11-10", "early November 2019", "principios de noviembre de 2019"),
        ("2019-11-11/2019-11-20", "mid-November 2019", "mediados de noviembre de 2019"),
        ("2020-02-21/2020-02-29", "late February 2020", "finales de febrero de 2020"),
        ("2019-01-01/2019-01-05", "between 1 and 5 January 2019", "entre el 1 y el 5 de enero de 2019"),
        (
            "2019-01-28/2019-02-03",
            "between 28 January and 3 February 2019",
            "entre el 28 de enero y el 3 de febrero de 2019",
        ),
        (
            "2018-12-28/2019-01-03",
            "between 28 December 2018 and 3 January 2019",
            "entre el 28 de diciembre de 2018 y el 3 de enero de 2019",
        ),
        ("2019-01/2019-03", "between January and March 2019", "entre enero y marzo de 2019"),
        ("2019-01-28/2020", "between 28 January 2019 and 2020", "entre el 28 de enero de 2019 y 2020"),
        ("2017/2018", "between 2017 and 2018", "entre 2017 y 2018"),
        ("2019-11", "some day in November 2019", "algún día de noviembre de 2019"),
        ("2019", "some day in 2019", "algún día de 2019"),
        ("2019-21", "spring 2019", "primavera de 2019"),
        ("../2019-05-01", "1 May 2019 or before", "el 1 de mayo de 2019 o antes"),
        ("2019-05/..", "May 2019 or after", "mayo de 2019 o después"),
        ("", "date unknown", "fecha desconocida"),
    ],
)
def test_a_moment_is_said_in_both_languages(edtf, english, spanish):
    moment = Moment.parse(edtf)
    assert (moment.in_words(), moment.in_words("es_MX")) == (english, spanish)


@given(st.dates(min_value=date(1000, 1, 1)), st.dates(min_value=date(1000, 1, 1)))
def test_any_two_days_in_order_make_a_range_that_holds_both(one, other):
    first, last = sorted((one, other))
    if first == last:
        return
    moment = Moment.parse(f"{first}/{last}")
    assert (moment.earliest, moment.latest) == (first, last)
    assert str(last.year) in moment.in_words()


@given(st.text(max_size=24))
def test_any_text_is_a_moment_or_a_problem(text):
    try:
        moment = Moment.parse(text)
    except (DateNotKept, RangeBackwards):
        return
    assert moment.edtf == text
    assert moment.in_words("es")
