"""Counts of others, as programs have them: with where they are from and as of when; empty is not zero."""

import pytest

from incidents.intake import series
from tests.web.test_series_pages import MAPPING, ROWS

KID = {"series": "INV / =KID", "of": "2026-08-09"}


@pytest.fixture
def loaded(staff):
    with staff.reviewer.work() as work:
        series.bring_in(work, ROWS.encode(), "counts.csv", series.load(MAPPING))


def test_each_series_stands_with_its_months_its_source_and_its_day(program_for, loaded):
    found = program_for("analyst").get("/series").json["items"]
    assert [(each["series"], each["counts"], each["of"]) for each in found] == [
        ("INV / =KID", 6, "2026-08-09"),
        ("INV / EXT", 1, "2026-08-09"),
    ]
    assert {each["source"] for each in found} == {"Nobody, of nowhere"}


def test_the_counts_of_one_come_in_slices_with_their_places_and_months(program_for, loaded):
    auditor = program_for("auditor")
    first = auditor.get("/series/counts", **KID, limit=4).json
    rest = auditor.get("/series/counts", **KID, limit=4, after=first["next"]).json
    lines = [(each["place"], each["period"], each["count"]) for each in first["items"] + rest["items"]]
    assert len(lines) == len(set(lines)) == 6
    assert ("02004", "2024-11", 0) in lines
    assert ("28032", "", 2) in lines
    assert first["next"] is not None
    assert rest["next"] is None


def test_what_is_not_there_is_not_found_and_nobody_else_reads_it(program_for, loaded):
    analyst = program_for("analyst")
    assert analyst.get("/series/counts", series="INV / none", of="2026-08-09").status_code == 404
    assert analyst.get("/series/counts", series="INV / =KID").status_code == 422
    assert analyst.get("/series/counts", **{**KID, "of": "soon"}).status_code == 422
    assert program_for("").get("/series").status_code == 401
