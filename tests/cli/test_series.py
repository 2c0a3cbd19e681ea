"""Published counts and the catalogue of places, from the command line."""

import csv

import pytest

from config import HERE
from incidents.model import place

MAPPING = HERE / "docs" / "mappings" / "series" / "rnpdno.toml"
COUNTS = """cve_entidad,entidad,periodo,categoria,sexo,cve_municipio,municipio,conteo,consultado_en
02,BAJA CALIFORNIA,2024-10,LOCALIZADA_CON_VIDA,MUJER,02001,ENSENADA,3,2026-08-09
02,BAJA CALIFORNIA,2024-10,LOCALIZADA_CON_VIDA,MUJER,2001,ENSENADA,3,2026-08-09
"""


@pytest.fixture(autouse=True)
def _looked_elsewhere(tmp_path):
    """What a test loads is known in this process until another instance is looked in."""
    yield
    place.look_in(tmp_path / "nowhere")


def test_series_are_loaded_once_and_listed(line):
    assert "There is none" in line("series", "list", as_="Alan").stdout
    result = line.folder / "r.csv"
    load = ("series", "load", line.file("counts.csv", COUNTS), "--mapping", MAPPING, "--result", result)
    assert "2 cells: 1 new, 1 refused" in line(*load, as_="Rita").stdout
    assert "1 refused, 1 unchanged" in line(*load, as_="Rita").stdout
    with result.open(encoding="utf-8", newline="") as file:
        assert [(row["row"], row["outcome"]) for row in csv.DictReader(file)] == [
            ("2", "unchanged"),
            ("3", "refused"),
        ]
    assert "RNPDNO / LOCALIZADA_CON_VIDA / MUJER" in line("series", "list", as_="Alan").stdout
    assert "The trail holds" in line("audit", "verify").stdout


def test_whoever_may_not_import_loads_no_series(line):
    counts, result = line.file("counts.csv", COUNTS), line.folder / "r.csv"
    line("series", "load", counts, "--mapping", MAPPING, "--result", result, as_="Alan", code=1)
    assert not result.exists()


def test_a_catalogue_is_loaded_into_an_instance(line):
    said = line("places", "load", line.file("places.csv", "cvegeo,municipio\n02001,Ensenada\n")).stdout
    assert "1 municipalities are new, 0 have another name now; 60 are known here." in said
    assert (line.instance / "places.csv").stat().st_mode & 0o077 == 0


def test_a_catalogue_needs_an_instance(empty):
    assert "Nothing is set up" in empty("places", "load", empty.file("p.csv", "code,name\n"), code=1).stderr


def test_a_catalogue_by_other_numbers_than_inegi_is_refused(line):
    bad = line.file("places.csv", "code,name,state\n02001,Ensenada,MX.02\n")
    assert "GeoNames" in line("places", "load", bad, code=1).stderr
    assert not (line.instance / "places.csv").exists()
