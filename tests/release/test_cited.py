"""Under a table of acts stand their codes of ICCS, and for which acts nobody confirmed one."""

import csv
import io

import openpyxl
import pytest

from incidents.model import vocabulary
from incidents.release.tables import sheet
from incidents.release.tables.captions import About
from incidents.release.tables.cells import ALL, Axis, Counted, Shown, Table

ACTS = ("KID", "ROB", "EXP", "(not shown)", ALL)
ABOUT = About("2021-03-01", "2019-01", "2019-12", ("CRE", "VER"), "A", at_least=False)


def table(rows, columns):
    cells = {(row, column): (row, column) for row in rows.codes for column in columns.codes}
    return Table("T1-incidents", "incidents", rows, columns, cells)


@pytest.fixture(params=["rows", "columns"])
def made(request):
    acts, states = Axis("act", ACTS, "act"), Axis("state", ("MX-TAM", ALL))
    one = table(acts, states) if request.param == "rows" else table(states, acts)
    counts = dict.fromkeys(one.cells.values(), 12)
    return Shown(Counted((one,), counts, ()), counts, "A")


def codes():
    """Straight from the file of codes."""
    with vocabulary.FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file) if row["vocabulary"] == "act"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_codes_of_acts_stand_under_the_table_in_both_files(made, language):
    known = codes()
    files = sheet.csv_files(made, ABOUT)
    text = files[f"T1-incidents.{language}.csv"].decode("utf-8-sig")
    lines = [line[0] for line in csv.reader(io.StringIO(text.split("\r\n\r\n")[1]))]
    (given,) = (line for line in lines if "ICCS 1.0, 2015" in line)
    assert given.endswith(
        ": " + "; ".join(f"{known[act][language]} {known[act]['iccs']}" for act in ("KID", "ROB")) + "."
    )
    assert lines[-1].endswith(f": {known['EXP'][language]}.")
    book = openpyxl.load_workbook(io.BytesIO(sheet.workbook(made, ABOUT, language)))
    there = [row[0] for row in book["T1-incidents"].iter_rows(values_only=True) if row[0]]
    assert {given, lines[-1]} <= {*there}


def test_a_table_of_no_acts_says_nothing_of_them():
    one = table(Axis("gender", ("F", ALL), "gender"), Axis("state", ("MX-TAM", ALL)))
    counts = dict.fromkeys(one.cells.values(), 12)
    files = sheet.csv_files(Shown(Counted((one,), counts, ()), counts, "A"), ABOUT)
    assert b"ICCS" not in b"".join(files.values())
