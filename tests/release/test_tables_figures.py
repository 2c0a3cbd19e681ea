"""Figures that others published, found again: a file comes in, is taken in, and tables are made of it, unprotected."""

import csv
import io
import json
from dataclasses import replace

import pytest

from incidents import consent, erasure, jobs
from incidents.intake import importers
from incidents.release import policy
from incidents.release.tables import edition, lines, sheet
from incidents.release.tables.cells import ALL, Shown
from incidents.release.tables.plan import Free
from incidents.work import Compartment
from tests.intake.test_importers import real, run
from tests.needs import shared

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
CITIES = {"Manila": "ph_manila", "QuezonCity": "ph_quezon_city", "Caloocan": "ph_caloocan"}
YEARS = {"2014", "2018", "2019"}


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


def published():
    return json.loads(shared("data", "expected_figures.json").read_text(encoding="utf-8"))["published"]


def made(staff, *asked):
    """Tables of everything, by a policy that protects nothing and says so."""
    rules = replace(policy.load("internal"), product="tables", unit="incident")
    with staff.analyst.work() as work:
        found = lines.told(work, rules, {})
    assert found.considered == found.released
    done = edition.only_free(found, rules, asked)
    return done, Shown(done.counted, done.counted.counts, "none")


def cells(done, shown, number):
    table = done.counted.tables[number]
    return {cell: shown.values[key] for cell, key in table.cells.items()}


@pytest.mark.slow
def test_figures_of_the_killings_are_tables_six_cells_2320_and_2312(staff):
    figures = published()["ph_hrdag_2019"]
    for city, mapping in CITIES.items():
        real(staff, f"data/ph/{city}_Complete_Sources_clean.xlsx", mapping)
    by = ("label:city", "label:category", "persons")
    done, shown = made(staff, Free(*by), Free(*by, (("label:sources_beyond_balay", "yes"),)))
    whole, beyond = cells(done, shown, 0), cells(done, shown, 1)
    assert whole[ALL, ALL] == figures["total_all_sources"] == 2320
    assert beyond[ALL, ALL] == figures["total_after_excluding_balay_only"] == 2312
    six = {f"{city}|{by}": n for (city, by), n in beyond.items() if ALL not in (city, by)}
    assert six == figures["after_exclusion"]
    assert done.counted.counts["persons", "label:sources_beyond_balay=not yes"] == 8
    text = sheet.csv_text(done.counted.tables[1], shown, done, "en")
    lines = list(csv.reader(io.StringIO(text)))
    assert [line[-1] for line in lines[1 : lines.index([])]] == ["885", "733", "694", "2312"]
    assert "Not protected: each number is printed as it was counted." in text
    assert "Only: sources_beyond_balay, Yes." in text


@pytest.mark.slow
def test_figures_of_the_americas_are_tables_810_497_495_and_arizona_171_133(staff):
    figures = published()["iom_mmp_americas_2019"]
    data = shared("data", *figures["file"].split("/"))
    mapping = (policy.FOLDER.parents[2] / "docs" / "mappings" / "mmp.toml").read_text("utf-8")
    run(staff.reviewer, _of(data.read_text("utf-8"), figures["americas_regions"]), mapping, data.name)
    with staff.second.work() as work:
        for basis in consent.waiting_bases(work):
            consent.confirm_basis(work, basis)
    done, shown = made(
        staff,
        Free("label:region", "label:year", "persons"),
        Free("state", "label:year", "persons", (("label:region", "US-Mexico Border"),)),
    )
    regions, states = cells(done, shown, 0), cells(done, shown, 1)
    assert regions[ALL, "2019"] == figures["americas_2019"] == 810
    assert regions[ALL, "2014"] == figures["americas_2014"] == 495
    assert (
        regions["US-Mexico Border", "2019"] == states[ALL, "2019"] == figures["us_mexico_border_2019"] == 497
    )
    assert states["US-AZ", "2019"] == figures["arizona_2019"] == 171
    assert states["US-AZ", "2018"] == figures["arizona_2018"] == 133


def _of(text, regions):
    """The head of the file, and its rows of these regions and of the years that were published."""
    head, *rows = csv.reader(io.StringIO(text))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(row for row in rows if row[1] in regions and row[3] in YEARS)
    return out.getvalue().encode()
