"""A pack says how it is cited: in every file that a reader may hold alone, and alike in all of them."""

import csv
import dataclasses
import io
import json
import re
import tempfile
import zipfile

import openpyxl
import pyreadstat
import pytest
from fastparquet import ParquetFile
from pandas.io import stata

from incidents.model.release import Release
from incidents.release import citation, formats, policy
from incidents.release.citation import Citation
from tests.release.test_formats import noted
from tests.release.test_publish import manifest, pack, prepared, signed, story, tell

TITLE = {"en": "What people reported", "es": "Lo que las personas relataron"}
SAID = {
    "en": "Casa Azul, A.C. “What people reported”. Tables, edition L-2222-3333. Data as of May 4, 2021.",
    "es": "Casa Azul, A.C. «Lo que las personas relataron». Tablas, edición L-2222-3333. Datos al 4 de mayo de 2021.",
}
sqlite = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def cited(name="public-table", **more):
    rules = policy.load(name)
    said = {"reference": "L-2222-3333"} | more
    return Citation.of(rules, "Casa Azul, A.C.", TITLE, "2021-05-04", **said)


def test_a_citation_names_who_what_which_edition_and_the_day_of_the_data():
    assert cited().lines == SAID


def test_a_correction_says_in_whose_place_it_is():
    found = cited(corrects="L-4444-5555").lines
    assert "edition L-2222-3333, in place of L-4444-5555." in found["en"]
    assert "edición L-2222-3333, en lugar de L-4444-5555." in found["es"]


@pytest.mark.parametrize(
    ("name", "public"), [("dataset-research", True), ("partner", False), ("internal", False)]
)
def test_what_is_not_for_anybody_says_that_it_is_not_to_be_cited(name, public):
    found = cited(name)
    assert found.public == public
    assert ("do not cite" in found.line("en")) == ("no debe citarse" in found.line("es")) == (not public)


def test_terms_stand_in_it_where_the_policy_says_them_and_are_no_rule_of_what_it_holds(tmp_path):
    shipped = policy.load("public-table")
    text = (policy.FOLDER / "public-table.toml").read_text("utf-8")
    mine = tmp_path / "public-table.toml"
    mine.write_text('terms_en = "CC BY 4.0."\nterms_es = "Licencia CC BY 4.0."\n' + text, "utf-8")
    rules = policy.load(mine)
    assert rules.digest == shipped.digest
    found = Citation.of(rules, "Casa", TITLE, "2021-05-04", reference="L-2222-3333")
    assert found.line("en").endswith(" CC BY 4.0.")
    assert found.line("es").endswith(" Licencia CC BY 4.0.")
    assert found.manifest()["terms"] == {"en": "CC BY 4.0.", "es": "Licencia CC BY 4.0."}
    assert "terms" not in dataclasses.replace(found, terms={}).manifest()


def test_programs_read_the_citation_in_both_languages():
    items = json.loads(cited().csl())
    assert [each["language"] for each in items] == ["en", "es"]
    assert {each["id"] for each in items} == {"L-2222-3333-en", "L-2222-3333-es"}
    for each in items:
        assert each["type"] == "report"
        assert each["author"] == [{"literal": "Casa Azul, A.C."}]
        assert each["title"] == TITLE[each["language"]]
        assert each["issued"] == {"date-parts": [[2021, 5, 4]]}
        assert each["note"] == SAID[each["language"]]
    assert cited().csl() == cited().csl()


def of_stata(content):
    with stata.StataReader(io.BytesIO(content)) as opened:
        return opened.data_label


def of_spss(content):
    with tempfile.NamedTemporaryFile(suffix=".sav") as file:
        file.write(content)
        file.flush()
        _rows, about = pyreadstat.read_sav(file.name, metadataonly=True)
    return about.file_label


def of_workbook(content):
    about = openpyxl.load_workbook(io.BytesIO(content), read_only=True).properties
    assert about.creator is about.lastModifiedBy is None
    return f"{about.title} {about.subject} {about.description}"


def of_parquet(content):
    return str(ParquetFile(io.BytesIO(content)).key_value_metadata)


SOURCES = {"data.dta": of_stata, "data.sav": of_spss, "data.xlsx": of_workbook, "data.parquet": of_parquet}
TABLE = re.compile(r"(?:T|quotes).*\.(?:en|es)\.csv")


def cites(name, content):
    """How a file of tables says that it is cited: a sheet of each table where it ends, a workbook of itself too."""
    if name.endswith(".csv"):
        return {list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[-1][0]}
    book = openpyxl.load_workbook(io.BytesIO(content))
    last = {[cell.value for cell in sheet["A"] if cell.value][-1] for sheet in book}
    return last | {book.properties.description}


def test_a_name_longer_than_a_format_has_room_for_is_cut_between_letters_and_the_reference_stays():
    known, rows = noted(["x"])
    long = dataclasses.replace(cited("dataset-research"), organisation="Ñandú, asociación civil " * 9)
    files = {file.name: file.data for file in formats.of(known, rows, cited=long)}
    for name, of, most in (("data.dta", of_stata, 80), ("data.sav", of_spss, 64)):
        told = of(files[name])
        assert told.startswith("L-2222-3333, Ñandú")
        assert most - 4 <= len(told.encode()) <= most
        assert "\ufffd" not in told
    again = {file.name: file.data for file in formats.of(known, rows, cited=long)}
    assert files == again


def document(content):
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return opened.read("word/document.xml").decode()


@sqlite
@pytest.mark.parametrize("name", ["public-table", "dataset-research"])
def test_every_file_that_is_read_alone_says_the_reference_of_its_release(staff, name):
    tell(staff, [story(f"2019-0{month}") for month in (1, 2) for _ in range(6)])
    release = prepared(staff, name)
    signed(staff, release)
    files = pack(staff, release)
    with staff.analyst.work() as work:
        reference = work.get(Release, release).reference
    said = manifest(files)
    assert said["reference"] == reference
    for language in ("en", "es"):
        line = said["cite"][language]
        assert reference in line
        assert said["organisation"] in line
        for read in (
            files["README.txt"].decode(),
            files[f"report-{language}.html"].decode(),
            document(files[f"report-{language}.docx"]),
        ):
            assert line in read
        assert json.loads(files["regions.geojson"])[f"cite_{language}"] == line
    assert {each["number"] for each in json.loads(files[citation.NAME])} == {reference}
    assert citation.NAME in files["README.txt"].decode()
    alone = {each for each in files if TABLE.fullmatch(each) or each.startswith("tables-")}
    assert len(alone) > 10
    for each in sorted(alone):
        (language,) = re.findall(r"\b(en|es)\b", each)
        assert cites(each, files[each]) == {said["cite"][language]}, each
    if name == "dataset-research":
        assert {each for each in files if each.startswith("data.")} - SOURCES.keys() == {
            "data.csv",
            "data.json",
        }
        for each, of in SOURCES.items():
            told = of(files[each])
            assert reference in told, each
            assert said["organisation"] in told
            assert each in {"data.dta", "data.sav"} or said["cite"]["en"] in told
        assert not [n for n in ("data.csv", "data.json", "codebook.csv") if reference.encode() in files[n]]
        package = json.loads(files["datapackage.json"])
        assert (package["version"], package["contributors"][0]["title"]) == (reference, said["organisation"])
