"""The shipped mappings on the real files: every row accounted for, published figures found again."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from incidents.intake import schema
from incidents.intake.mapped import rows
from incidents.intake.mapping import load
from tests.needs import shared

MAPPINGS = Path(__file__).parents[2] / "docs" / "mappings"
FILES = {
    "mmp": ("mmp/mmp_global_export_2020-01-14.csv", 6339),
    "ph_manila": ("ph/Manila_Complete_Sources_clean.xlsx", 733),
    "ph_quezon_city": ("ph/QuezonCity_Complete_Sources_clean.xlsx", 694),
    "ph_caloocan": ("ph/Caloocan_Complete_Sources_clean.xlsx", 893),
    "secuestros_cdmx_corta": ("secuestros_cdmx/encuesta_corta_clean.csv", 99),
    "secuestros_cdmx_larga": ("secuestros_cdmx/encuesta_larga_sin_narraciones.csv", 111),
}
KOBO = {
    "kobo_impact": ("kobo/impact_kobo_raw_export_120.csv", 120),
    "kobo_geo_types": ("kobo/formpack_all_geo_types_v1.json", 1),
    "kobo_grouped": ("kobo/formpack_grouped_translated_v1.json", 3),
    "kobo_nested_repeats": ("kobo/formpack_nested_grouped_repeatable_v1.json", 2),
    "kobo_text_to_choices": ("kobo/formpack_selectone_to_multiple_submissions.json", 9),
}
ALL = FILES | KOBO
CITIES = ("ph_manila", "ph_quezon_city", "ph_caloocan")


@cache
def _mapped(name, path):
    with path.open("rb") as stream:
        return tuple(rows(load(MAPPINGS / f"{name}.toml"), stream, path.name))


def mapped(name):
    return _mapped(name, shared("data", *Path(ALL[name][0]).parts))


def published():
    return json.loads(shared("data", "expected_figures.json").read_text(encoding="utf-8"))["published"]


def recomputed():
    return json.loads(shared("data", "expected_figures.json").read_text(encoding="utf-8"))["recomputed_here"]


def labels(row):
    return row.document["incident"]["labels"]


def people(row):
    """How many persons a row tells of; unknown counts nobody."""
    return (
        row.document["persons"][0]["facts"].get("group_size", {}).get("best", 0)
        if "facts" in row.document["persons"][0]
        else 0
    )


def test_every_shipped_mapping_is_tried_here():
    ours = {"template", "template_csv"}  # our own templates: tests/intake/test_template.py fills them in
    assert {path.stem for path in MAPPINGS.glob("*.toml")} - ours == set(ALL)
    for name in ALL:
        assert load(MAPPINGS / f"{name}.toml").basis.kind == "published"


@pytest.mark.parametrize("name", ALL)
def test_every_row_is_accounted_for_and_holds_in_the_schema(name):
    told = mapped(name)
    assert len(told) == ALL[name][1]
    assert [problem.said() for row in told for problem in row.problems] == []
    assert len({row.source_key for row in told}) == len(told)
    for row in told:
        assert schema.load(row.document)


def test_figures_of_the_killings_2320_and_2312_without_those_known_to_balay_alone():
    figures = published()["ph_hrdag_2019"]
    told = [row for name in CITIES for row in mapped(name)]
    beyond = [row for row in told if labels(row)["sources_beyond_balay"] == "yes"]
    assert len(told) == figures["total_all_sources"] == 2320
    assert len(beyond) == figures["total_after_excluding_balay_only"] == 2312
    assert (
        Counter(f"{labels(row)['city']}|{labels(row)['category']}" for row in beyond)
        == figures["after_exclusion"]
    )
    assert {labels(row)["sources"] for row in told if row not in beyond} == {"balay"}


def test_figures_of_the_americas_810_497_495_and_arizona_171_133():
    figures = published()["iom_mmp_americas_2019"]

    def total(year, regions=("US-Mexico Border",), state=None):
        chosen = (
            row
            for row in mapped("mmp")
            if labels(row)["year"] == year
            and labels(row)["region"] in regions
            and state in (None, row.document["incident"].get("place", {}).get("state"))
        )
        return sum(map(people, chosen))

    americas = tuple(figures["americas_regions"])
    assert total("2019", americas) == figures["americas_2019"] == 810
    assert total("2019") == figures["us_mexico_border_2019"] == 497
    assert total("2014", americas) == figures["americas_2014"] == 495
    assert total("2019", state="US-AZ") == figures["arizona_2019"] == 171
    assert total("2018", state="US-AZ") == figures["arizona_2018"] == 133


def test_figures_of_all_missing_migrants_by_year_and_region():
    figures = recomputed()["mmp_2020-01-14"]
    by_year, border = Counter(), Counter()
    for row in mapped("mmp"):
        by_year[labels(row)["year"]] += people(row)
        if labels(row)["region"] == "US-Mexico Border":
            border[labels(row)["year"]] += people(row)
    assert by_year == figures["by_year"]
    assert border == figures["us_mexico_border"]
    assert sum(by_year.values()) == figures["total"] == figures["dead"] + figures["missing"]
    assert len(mapped("mmp")) == figures["rows"]


def counted(row, what):
    """The dead or the missing of a row; an empty cell counts nobody."""
    return int(labels(row).get(what, 0))


def test_figures_of_the_dead_and_the_missing_apart_19195_and_15493():
    figures = recomputed()["mmp_2020-01-14"]
    told = mapped("mmp")
    apart = {what: sum(counted(row, what) for row in told) for what in ("dead", "missing")}
    assert apart == {"dead": figures["dead"], "missing": figures["missing"]}
    assert apart == {"dead": 19195, "missing": 15493}
    for row in told:
        outcome = set(row.document["involvements"][0].get("outcome", ()))
        assert counted(row, "dead") + counted(row, "missing") == people(row)
        assert outcome == {code for what, code in (("dead", "DEA"), ("missing", "MIS")) if counted(row, what)}


def test_figures_of_the_mediterranean_by_year():
    figures = recomputed()["mmp_2020-01-14"]["mediterranean"]
    found = Counter()
    for row in mapped("mmp"):
        if labels(row)["region"] == "Mediterranean" and labels(row)["year"] in figures:
            found[labels(row)["year"]] += people(row)
    assert found == figures
    assert figures["2016"] == 5143


def test_figures_of_the_reports_from_the_metro():
    figures = recomputed()["secuestros_cdmx"]
    larga = mapped("secuestros_cdmx_larga")
    assert (len(larga), len(mapped("secuestros_cdmx_corta"))) == (
        figures["larga_rows"],
        figures["corta_rows"],
    )
    said = Counter(labels(row).get("reported_to_prosecutor", "") for row in larga)
    assert said == {
        "no": figures["denuncia"]["No"],
        "yes": figures["denuncia"]["Sí"],
        "": figures["denuncia"][""],
    }
    assert sum(row.document["perpetrators"][0]["number"]["best"] for row in larga) == figures["agresores_sum"]


def test_a_group_whose_size_the_source_does_not_tell_is_not_of_size_zero():
    unknown = [row for row in mapped("mmp") if "facts" not in row.document["persons"][0]]
    assert len(unknown) == 11
    assert {row.document["persons"][0]["kind"] for row in unknown} == {"group"}


def test_the_year_of_the_day_is_the_year_that_the_source_prints():
    for row in mapped("mmp"):
        assert row.document["incident"]["moment"]["edtf"][:4] == labels(row)["year"]


def test_a_date_that_is_only_a_year_stays_one():
    (year,) = [
        row
        for row in mapped("secuestros_cdmx_larga")
        if row.document["incident"]["moment"]["precision"] != "DAY"
    ]
    assert year.document["incident"]["moment"] == {"edtf": "2013", "precision": "YEA"}


def test_no_state_is_said_where_the_report_names_no_station_of_the_metro():
    for row in mapped("secuestros_cdmx_larga"):
        told = labels(row)["metro"] == "yes" and "station" in labels(row)
        assert ("state" in row.document["incident"]["place"]) == told
    states = Counter(row.document["incident"]["place"]["state"] for row in mapped("secuestros_cdmx_corta"))
    assert states == {"MX-CMX": 89, "MX-MEX": 10}


def test_no_shipped_mapping_makes_a_killing_of_a_death_or_a_teller_of_anybody():
    assert {row.document["acts"][0]["type"] for row in mapped("mmp")} == {"OTH"}
    for name in FILES:
        assert not any(person["teller"] for row in mapped(name) for person in row.document["persons"])
