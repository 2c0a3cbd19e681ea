"""Counts that others published: kept once, said when they change, and their figures found again."""

import csv
import json
from collections import Counter

import pytest
from sqlalchemy import func, select

from config import HERE
from incidents.errors import NotAllowed
from incidents.intake import series
from incidents.intake.mapping import MappingNotToml, MappingWrong
from incidents.model.report import Batch
from incidents.model.series import ReferenceSeries
from incidents.model.vocabulary import Role
from tests import make
from tests.needs import shared

MAPPINGS = HERE / "docs" / "mappings" / "series"
MONTHS = {"Enero": "2026-01", "Febrero": "2026-02", "Marzo": "2026-03"}
MAPPING = """
format = 1
kind = "series"
name = "Invented counts"
series = "INV"
source = "Nobody"
separator = ","
what = ["what"]
place = ["mun", "ent"]
period = "month"
not_said = ["SIN_FECHA"]
count = "n"
date_column = "asked"
"""
HEAD = "what,ent,mun,month,n,asked\n"


def shipped(name):
    return series.load((MAPPINGS / f"{name}.toml").read_text("utf-8"))


@pytest.fixture
def rita(house, coordinator):
    return make.member(house, coordinator, "Rita", Role.REVIEWER)


def bring(who, rows, mapping=MAPPING):
    with who.work() as work:
        return series.bring_in(work, (HEAD + rows).encode(), "counts.csv", series.load(mapping))


def outcomes(told):
    return Counter(one.outcome for one in told)


def kept(house):
    house.db().rollback()
    return list(house.db().scalars(select(ReferenceSeries).order_by(ReferenceSeries.series)))


def recomputed():
    return json.loads(shared("data", "expected_figures.json").read_text("utf-8"))["recomputed_here"]


def imported(who, mapping, *path):
    file = shared("data", *path)
    with who.work() as work:
        return series.bring_in(work, file.read_bytes(), file.name, shipped(mapping))


def summed(house, name, **where):
    query = select(func.sum(ReferenceSeries.count)).where(ReferenceSeries.series.startswith(name))
    return house.db().scalar(query.filter_by(**where))


# -- the real files


def test_figures_of_sesnsp_are_found_again(house, rita):
    figures = recomputed()["sesnsp_2026_q1"]
    told = imported(rita, "sesnsp", "sesnsp", "sesnsp_estatal_2026_latin1.csv")
    assert len({one.row for one in told}) == figures["rows"]
    assert outcomes(told) == {"new": figures["rows"] * 3, "empty": figures["rows"] * 9}
    for offence in ("Secuestro", "Extorsión", "Lesiones"):
        name = f"SESNSP / {offence} / "
        assert {m: summed(house, name, period=p) for m, p in MONTHS.items()} == figures[offence]
    assert summed(house, "SESNSP / Secuestro / ", place="MX-CHH") == figures["Secuestro_q1_Chihuahua"]
    assert summed(house, "SESNSP / Secuestro / ", place="MX-TAM") == figures["Secuestro_q1_Tamaulipas"]
    assert outcomes(imported(rita, "sesnsp", "sesnsp", "sesnsp_estatal_2026_latin1.csv"))["new"] == 0
    assert house.db().scalar(select(func.count()).select_from(ReferenceSeries)) == figures["rows"] * 3


def test_figures_of_rnpdno_are_found_again(house, rita):
    for name, figures in recomputed()["rnpdno"].items():
        assert set(outcomes(imported(rita, "rnpdno", "rnpdno", f"{name}.csv"))) == {"new"}
        here = ReferenceSeries.place.startswith(name[:2])
        rows = list(house.db().scalars(select(ReferenceSeries).where(here)))
        by_kind = Counter()
        for row in rows:
            by_kind[row.series.split(" / ")[1]] += row.count
        assert by_kind | {"cells_below_5": sum(row.count < 5 for row in rows)} == figures


def test_figures_without_a_date_stand_for_the_state(house, rita):
    told = imported(rita, "rnpdno", "rnpdno", "02_sin-fecha.csv")
    assert outcomes(told) == {"new": 3}
    assert {(row.place, row.period) for row in kept(house)} == {("MX-BCN", "")}
    assert [row.count for row in kept(house)] == [641, 265, 42]


# -- once, at once, never overwritten


def test_the_same_file_again_changes_nothing(house, rita):
    rows = "A,02,02004,2024-10,7,2026-08-09\nA,02,,SIN_FECHA,0,2026-08-09\n"
    assert outcomes(bring(rita, rows)) == {"new": 2}
    assert outcomes(bring(rita, rows)) == {"unchanged": 2}
    assert sorted((row.place, row.period, row.count) for row in kept(house)) == [
        ("02004", "2024-10", 7),
        ("MX-BCN", "", 0),
    ]
    (batch,) = house.db().scalars(select(Batch))
    assert (batch.kind, batch.published) == ("series", True)


def test_a_count_that_changed_is_said_and_not_overwritten(house, rita):
    bring(rita, "A,02,02004,2024-10,7,2026-08-09\n")
    (told,) = bring(rita, "A,02,02004,2024-10,9,2026-08-09\n")
    assert (told.outcome, told.reason) == (
        "changed",
        "7 is kept; the file says 9 under the same date of data.",
    )
    assert [row.count for row in kept(house)] == [7]
    assert outcomes(bring(rita, "A,02,02004,2024-10,9,2026-09-09\n")) == {"new": 1}
    assert sorted(row.count for row in kept(house)) == [7, 9]


def test_an_empty_count_is_not_zero(house, rita):
    assert outcomes(bring(rita, "A,02,02004,2024-10,,2026-08-09\n")) == {"empty": 1}
    assert kept(house) == []
    assert house.db().scalar(select(func.count()).select_from(Batch)) == 0


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("A,02,2004,2024-10,7,2026-08-09", "mun"),
        ("A,33,,2024-10,7,2026-08-09", "mun"),
        ("A,02,02000,2024-10,7,2026-08-09", "mun"),
        ("A,02,02004,2024-13,7,2026-08-09", "month"),
        ("A,02,02004,,7,2026-08-09", "month"),
        ("A,02,02004,2024-10,-7,2026-08-09", "n"),
        ("A,02,02004,2024-10,few,2026-08-09", "n"),
        ("A,02,02004,2024-10,7,yesterday", "asked"),
    ],
)
def test_a_count_that_is_not_understood_says_why(house, rita, row, column):
    (told,) = bring(rita, row + "\n")
    assert told.outcome == "refused"
    assert f"“{column}”" in told.reason
    assert kept(house) == []


def test_a_count_that_stands_there_twice_is_refused_both_times(house, rita):
    rows = "A,02,02004,2024-10,7,2026-08-09\n" * 2 + "B,02,02004,2024-10,1,2026-08-09\n"
    assert outcomes(bring(rita, rows)) == {"refused": 2, "new": 1}
    assert [row.series for row in kept(house)] == ["INV / B"]


def test_a_broken_row_is_said(rita):
    (told,) = [
        one for one in bring(rita, "A,02\nB,02,02004,2024-10,1,2026-08-09\n") if one.outcome == "refused"
    ]
    assert told.row == 2


def test_a_column_that_is_missing_is_named(rita):
    with pytest.raises(series.ColumnsMissing) as refused:
        bring(rita, "", MAPPING.replace('"n"', '"number"'))
    assert "number" in refused.value.said()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("format = 1", "format = 2", "format"),
        ('kind = "series"', "", "kind"),
        ('what = ["what"]', "what = []", "what"),
        ('count = "n"', "", "count"),
        ('count = "n"', 'count = "n"\nmonths = { January = "01" }', "months"),
        ('count = "n"', 'months = { January = "13" }', "months"),
        ('date_column = "asked"', "", "data_date"),
        ('date_column = "asked"', 'data_date = "today"', "data_date"),
        ("format = 1", "format = 1\nbasis = 1", "basis"),
        ('separator = ","', 'separator = "-"', "separator"),
    ],
)
def test_a_mapping_names_what_does_not_fit(old, new, where):
    with pytest.raises(MappingWrong) as refused:
        series.load(MAPPING.replace(old, new))
    assert refused.value.details == {"where": where}


def test_a_mapping_is_toml():
    with pytest.raises(MappingNotToml):
        series.load("format = ")


def test_whoever_may_not_import_brings_in_none(house, coordinator):
    alan = make.member(house, coordinator, "Alan", Role.ANALYST)
    with pytest.raises(NotAllowed):
        bring(alan, "A,02,02004,2024-10,7,2026-08-09\n")


def test_series_are_listed_by_what_they_count_and_as_of_when(rita):
    bring(rita, "A,02,02004,2024-10,7,2026-08-09\nA,02,02004,2024-11,7,2026-08-09\n")
    with rita.work() as work:
        (one,) = series.listed(work)
    assert (one.series, one.counts, one.first, one.last) == ("INV / A", 2, "2024-10", "2024-11")


def test_the_trail_vouches_for_every_count(rita):
    bring(rita, "A,02,02004,2024-10,7,2026-08-09\n")
    with rita.work() as work:
        assert list(work.breaks()) == []


def test_result_columns_are_written(tmp_path):
    from incidents.cli.series import COLUMNS, _write

    _write(tmp_path / "r.csv", [series.Said(2, "=INV", "02004", "2024-10", 0, None, "new")])
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        head, row = csv.reader(file)
    assert tuple(head) == COLUMNS
    assert row[4] == "0"
    assert not row[1].startswith("=")
