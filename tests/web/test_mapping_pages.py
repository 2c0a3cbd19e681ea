"""Saved mappings and tables to fill in, on the page of imports."""

import io
import re

import openpyxl
import pytest

from incidents.intake import template
from tests.web.reading import form, problems
from tests.web.test_import_pages import MAPPING, PREVIEW, choose

SAVED = r"/import/saved/[0-9a-f-]{36}"


@pytest.fixture
def importer(browser_for):
    return browser_for("reviewer")


def test_a_mapping_is_saved_where_it_is_used_and_chosen_the_next_time(importer, browser_for):
    assert choose(importer, name="Shelter sheet").status_code == 303
    other = browser_for("other_reviewer")
    page = other.get("/import/").text
    assert "Shelter sheet" in page
    id = re.search(SAVED, page)[0].rsplit("/", 1)[1]
    assert id in form(page, having="mapping").choices["mapping"]
    answer = choose(other, rules="", mapping=id)
    assert re.search(PREVIEW, answer.headers["Location"])
    assert other.get(f"/import/saved/{id}.toml").text.strip() == MAPPING.strip()


def test_a_file_finds_the_only_saved_mapping_that_names_its_columns(importer):
    choose(importer, name="Shelter sheet")
    answer = choose(importer, rules="")
    assert "invented killings" in importer.get(answer.headers["Location"]).text


def test_where_several_fit_a_person_chooses(importer):
    choose(importer, name="One")
    choose(importer, name="Other")
    answer = choose(importer, rules="")
    assert answer.status_code == 422
    assert "One, Other" in answer.text


def test_where_none_fits_a_mapping_is_asked_for(importer):
    answer = choose(importer, rules="")
    assert answer.status_code == 422
    assert "Choose a mapping" in answer.text


def test_a_mapping_is_not_saved_with_a_file_that_it_does_not_read(importer):
    assert choose(importer, rows="A;B\n1;2\n", name="Shelter sheet").status_code == 422
    assert not re.search(SAVED, importer.get("/import/").text)


def test_a_saved_mapping_is_taken_away(importer):
    choose(importer, name="Shelter sheet")
    place = re.search(SAVED, importer.get("/import/").text)[0]
    assert importer.post(f"{place}/forget").status_code == 303
    assert not re.search(SAVED, importer.get("/import/").text)
    assert importer.get(f"{place}.toml").status_code == 404


def test_the_tables_to_fill_in_are_offered_in_the_language_of_the_page(importer):
    book = importer.get("/import/template/template.xlsx?language=es")
    sheet = openpyxl.load_workbook(io.BytesIO(book.data))[template.MAIN]
    assert sheet["A1"].value == "Número del reporte"
    assert importer.get("/import/template/template.csv").data == template.table()
    assert importer.get("/import/template/template.codes.csv").data == template.codes("en")


def test_a_filled_in_table_needs_no_mapping(importer):
    head = template.table().decode("utf-8-sig").strip().split(",")
    cells = {"report": "7", "narrative": "Nos pararon en la carretera.", "acts.a1.type": "KID"}
    rows = "\n".join([",".join(head), ",".join(cells.get(name, "") for name in head)])
    answer = choose(importer, rows=rows, rules="")
    assert answer.status_code == 303, problems(answer.text)
    page = importer.get(answer.headers["Location"]).text
    assert "own template" in page
    assert "Import 1 row" in page
