"""Tables on paper: captions in two languages, CSV and a workbook in which nothing runs and nobody is named."""

import csv
import io
import zipfile

import openpyxl
import pytest

from incidents.release import write
from incidents.release.free import Free
from incidents.release.tables import captions, edition, sheet
from incidents.release.tables.cells import ALL, FEW, OUT, Shown
from incidents.release.tables.plan import Plan
from tests.release import counted

LIVE = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def made():
    rules = counted.policy(labels=True)
    told = counted.rows(80, 2)
    for row in told[::3]:
        row["labels"] = {"station": LIVE}
    lines = counted.lines(told, aside=[row | {"verification": "NVE"} for row in counted.rows(9, 3)])
    return edition.edition(lines, rules, Plan.of(rules, [Free("label:station", "gender", "persons")]))


def shown(made, method="none", **values):
    return Shown(made.counted, {**made.counted.counts, **values}, method)


def read(text):
    return list(csv.reader(io.StringIO(text)))


def test_each_table_prints_its_title_its_cells_and_its_notes_in_both_languages(made):
    files = sheet.csv_files(shown(made), made, write.cell)
    assert len(files) == 2 * len(made.counted.tables) == 2 * 36
    for table in made.counted.tables:
        for language in ("en", "es"):
            lines = read(files[f"{table.name}.{language}.csv"].decode("utf-8-sig"))
            end = lines.index([])
            assert end == len(table.rows.codes) + 1
            assert lines[end + 1] == [captions.title(table, language)]
            for row, line in zip(table.rows.codes, lines[1:end], strict=True):
                assert all(
                    value == str(made.counted.counts[table.cells[row, column]])
                    or "show" in value
                    or "muestra" in value
                    for column, value in zip(table.columns.codes, line[1:], strict=True)
                )
            assert not [line for line in lines if any(value.startswith("=") for value in line)]


def test_a_caption_says_unit_period_place_rule_date_of_the_data_and_that_rows_do_not_add(made):
    (table,) = [table for table in made.counted.tables if table.name == "T1-persons"]
    about = captions.About.of(made, "A")
    english, spanish = (" ".join(captions.notes(table, about, language)) for language in ("en", "es"))
    for part in (
        "different people directly harmed", "where the act happened", "Period: December 2018 to December 2019.",
        "Date of the data: November 20, 2019.", "rows need not add up", "“<5”: fewer than five",
    ):  # fmt: skip
        assert part in english
    for part in (
        "personas distintas", "donde ocurrió el acto", "Periodo: diciembre de 2018 a diciembre de 2019",
        "20 de noviembre de 2019", "pueden no sumar su total", "«<5»: menos de cinco",
    ):  # fmt: skip
        assert part in spanish
    assert captions.title(table, "es") == "T1. Personas directamente afectadas por acto y estado"


def test_every_code_of_every_table_has_a_name_in_both_languages(made):
    for table in made.counted.tables:
        for axis in (table.rows, table.columns):
            for code in axis.codes:
                names = [captions.label(axis, code, language) for language in ("en", "es")]
                assert all(names)
                assert code != names[0] or axis.name.startswith("label:")


def test_what_is_hidden_prints_its_mark_and_what_no_consent_names_is_no_nought(made):
    (table,) = [table for table in made.counted.tables if table.name == "T1-incidents-A"]
    nought = next(
        cell
        for cell, key in table.cells.items()
        if cell[0] in {"RAP", "TOR"} and not made.counted.counts[key]
    )
    one, other = [cell for cell in table.cells if cell[0] == "KID"][:2]
    values = shown(made, "A")
    values = Shown(made.counted, {**values.values, table.cells[one]: FEW, table.cells[other]: OUT}, "A")
    assert captions.printed(table, values, *nought) == "(not shown)"
    assert [captions.printed(table, values, *cell) for cell in (one, other)] == [FEW, OUT]
    text = sheet.csv_text(table, values, made, "es")
    assert all(part in text for part in (FEW, OUT, "No se muestra"))


def test_the_workbook_has_a_sheet_a_table_no_author_one_time_and_no_formula(made):
    data = sheet.workbook(shown(made), made, "en")
    assert data == sheet.workbook(shown(made), made, "en")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Contents", *(table.name for table in made.counted.tables)]
    kinds = {cell.data_type for tab in book for line in tab.iter_rows() for cell in line}
    assert kinds <= {"s", "n"}
    assert LIVE in {cell.value for cell in book["X1"]["A"]}
    (table,) = [table for table in made.counted.tables if table.name == "T8-incidents"]
    last = [cell.value for cell in book["T8-incidents"][2 + len(table.rows.codes)]]
    assert last == ["All", made.counted.counts[table.cells[ALL, ALL]]]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        core = parts.read("docProps/core.xml").decode()
    assert "1980-01-01" in core
    assert "<dc:creator></dc:creator>" in core


def test_the_quartiles_stand_under_their_table_and_only_where_the_count_is_shown():
    told = [
        row | {"act": "KID", "days_held": 4 + n, "incident": f"{n << 99:032x}"}
        for n, row in enumerate(counted.rows(12, 1), 1)
    ]
    made = edition.edition(counted.lines(told), counted.policy())
    (table,) = [table for table in made.counted.tables if table.name == "T6"]
    days = made.spreads[0]
    text = sheet.csv_text(table, shown(made), made, "en")
    assert "Days held: median 10, quartiles 8 and 13, of 12 incidents." in text
    hidden = Shown(made.counted, {**made.counted.counts, days.n: OUT}, "A")
    assert "median 10" not in sheet.csv_text(table, hidden, made, "en")
