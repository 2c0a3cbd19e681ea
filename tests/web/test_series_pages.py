"""Counts of others are listed with where they are from, shown a state at a time, and given whole as CSV."""

import csv
import io
from datetime import date

import pytest

from incidents.errors import NotFound
from incidents.intake import series
from tests.web.reading import form, links

MAPPING = """
format = 1
kind = "series"
name = "Invented counts"
series = "INV"
source = "Nobody, of nowhere"
separator = ","
what = ["what"]
place = ["mun", "ent"]
period = "month"
not_said = ["SIN_FECHA"]
count = "n"
date_column = "asked"
"""
ROWS = """what,ent,mun,month,n,asked
=KID,02,,2024-10,1200,2026-08-09
=KID,02,02004,2024-10,3,2026-08-09
=KID,02,02004,2024-11,0,2026-08-09
=KID,02,02001,2024-11,5,2026-08-09
=KID,28,28032,2025-01,7,2026-08-09
=KID,28,28032,SIN_FECHA,2,2026-08-09
EXT,08,08037,2024-10,9,2026-08-09
"""
OF = date(2026, 8, 9)


@pytest.fixture
def loaded(staff):
    with staff.reviewer.work() as work:
        series.bring_in(work, ROWS.encode(), "counts.csv", series.load(MAPPING))


def test_each_series_stands_with_its_months_source_and_day(browser_for, loaded):
    page = browser_for("analyst").get("/series/").text
    assert "INV / =KID" in page
    assert "Nobody, of nowhere" in page
    assert "2024-10" in page
    assert "2025-01" in page
    assert "2026" in page.partition("Data of</th>")[2]
    assert len(links(page, r"/series/table\?[^\"]*")) == 2


def test_without_any_the_page_says_how_they_come(browser_for):
    assert "./run series load" in browser_for("analyst").get("/series/").text


def test_a_state_in_a_year_is_a_table_in_which_empty_is_not_zero(staff, loaded):
    with staff.analyst.work() as work:
        found = series.part(work, "INV / =KID", OF, "MX-BCN", "2024")
    assert found.states == ["MX-BCN", "MX-TAM"]
    assert found.years == ["2024"]
    assert found.periods == ["2024-10", "2024-11"]
    assert found.lines == [("MX-BCN", [1200, None]), ("02001", [None, 5]), ("02004", [3, 0])]


def test_at_no_known_time_is_a_year_of_its_own(staff, loaded):
    with staff.analyst.work() as work:
        found = series.part(work, "INV / =KID", OF, "MX-TAM", "")
        assert found.lines == [("28032", [2])]
        first = series.part(work, "INV / =KID", OF)
        assert (first.state, first.year, len(first.lines)) == ("MX-BCN", "2024", 3)


def test_a_reader_chooses_state_and_year_without_a_script(browser_for, loaded):
    browser = browser_for("reviewer")
    listed = links(browser.get("/series/").text, r"/series/table\?[^\"]*")
    shown = browser.get(next(each for each in listed if "KID" in each).replace("&amp;", "&")).text
    asked = form(shown, having="state")
    page = browser.get(asked.action, query_string={**asked.typed, "state": "MX-BCN", "year": "2024"}).text
    assert "Tijuana" in page
    assert ">1,200<" in page
    assert "–" in page


def test_the_whole_is_a_file_with_its_source_in_each_row_and_no_formula(browser_for, loaded):
    answer = browser_for("analyst").get(
        "/series/csv", query_string={"series": "INV / =KID", "of": "2026-08-09"}
    )
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 6
    assert {row["source"] for row in rows} == {"Nobody, of nowhere"}
    (one,) = [row for row in rows if row["place"] == "02004" and row["period"] == "2024-11"]
    assert (one["count"], one["place_name"], one["data_date"]) == ("0", "Tijuana", "2026-08-09")


@pytest.mark.parametrize("asked", ["", "series=INV", "series=NONE&of=2026-08-09", "series=INV&of=yesterday"])
def test_what_is_no_series_is_not_there(browser_for, loaded, asked):
    browser = browser_for("analyst")
    assert browser.get(f"/series/table?{asked}").status_code == 404
    assert browser.get(f"/series/csv?{asked}").status_code == 404


def test_a_series_that_is_not_there_is_refused(staff):
    with staff.analyst.work() as work, pytest.raises(NotFound):
        series.rows(work, "INV", OF)
