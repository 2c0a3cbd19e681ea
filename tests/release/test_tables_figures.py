"""Figures that others published, found again: a file comes in, is released as tables without protection, and read."""

import csv
import html
import io
import json
import re
import shutil

import openpyxl
import pytest

from incidents import consent, erasure, jobs
from incidents.errors import SecondPersonNeeded
from incidents.intake import importers
from incidents.model.release import Release
from incidents.model.vocabulary import ReleaseState
from incidents.release import policy, publish
from incidents.work import Compartment
from tests.intake.test_importers import HERE, real, run
from tests.needs import shared
from tests.release import unpacked
from tests.release.test_publish import manifest, pack, prepared, signed, story, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
CITIES = {"Manila": "ph_manila", "QuezonCity": "ph_quezon_city", "Caloocan": "ph_caloocan"}
YEARS = {"2014", "2018", "2019"}
POLICY = "published-table"
UNPROTECTED = {
    "en": "No protection: every count is printed as it is. Others published all of it before",
    "es": "Sin protección: cada conteo se imprime como es. Todo lo publicaron otros antes",
}
NOTES = {
    "en": "Not protected: each number is printed as it was counted.",
    "es": "Sin protección: cada número se imprime como se contó.",
}
SENTENCES = {
    "en": "Nothing in these counts is protected: others published all of it before.",
    "es": "Nada en estos conteos está protegido: todo lo publicaron otros antes.",
}
TABLE = """
[[table]]
rows = "{rows}"
columns = "{columns}"
unit = "persons"
where = {{ {where} }}
"""


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


def published():
    return json.loads(shared("data", "expected_figures.json").read_text(encoding="utf-8"))["published"]


@pytest.fixture
def wants(tmp_path, monkeypatch):
    """Tables beside T1 to T9, written into a copy of the policy's file: label, label, and of which codes only."""
    folder = shutil.copytree(policy.FOLDER, tmp_path / "policies")
    monkeypatch.setattr(policy, "FOLDER", folder)

    def more(*asked):
        with (folder / f"{POLICY}.toml").open("a", encoding="utf-8") as file:
            for rows, columns, *where in asked:
                file.write(TABLE.format(rows=rows, columns=columns, where=", ".join(where)))

    return more


def released(staff):
    """Prepared by one, signed by two others, and taken: the files of the pack."""
    release = prepared(staff, POLICY)
    signed(staff, release)
    with staff.coordinator.work() as work:
        assert work.get(Release, release).state == ReleaseState.PREPARED  # one signature is not enough
        with pytest.raises(SecondPersonNeeded):
            publish.sign(work, work.get(Release, release), declared=True)
    signed(staff, release, staff.second)
    return pack(staff, release)


def figures(files, name, language="en"):
    """A table of the pack as row → column → what is printed: the same in the CSV, the workbook and the page."""
    text = files[f"{name}.{language}.csv"].decode("utf-8-sig").split("\r\n\r\n")[0]
    (_corner, *columns), *lines = csv.reader(io.StringIO(text))
    assert _in_workbook(files, name, language, lines)
    assert _on_page(files, name, language) == lines
    return {row: dict(zip(columns, values, strict=True)) for row, *values in lines}


def _in_workbook(files, name, language, lines):
    book = openpyxl.load_workbook(io.BytesIO(files[f"tables-{language}.xlsx"]), read_only=True)
    found = [
        [str(cell) for cell in row if cell is not None] for row in book[name].iter_rows(values_only=True)
    ]
    return found[2 : 2 + len(lines)] == lines


def _on_page(files, name, language):
    """The rows of the table whose caption begins with its name, thousands not set apart."""
    page = files[f"report-{language}.html"].decode()
    grids = [each for each in re.findall(r"<table.*?</table>", page, re.DOTALL) if f">{name}. " in each]
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        for row in re.findall(r"<tr.*?</tr>", grids[0], re.DOTALL)
    ]
    plain = [[html.unescape(re.sub("<.*?>", "", cell)).strip() for cell in row] for row in rows]
    return [[row[0], *(cell.replace(",", "").replace("\u00a0", "") for cell in row[1:])] for row in plain[1:]]


def says_so(files):
    """That nothing is protected, in every file that holds a number, in its language."""
    said = manifest(files)
    assert said["method"] == "none"
    assert said["rules"]["protection"] is False
    assert said["rules"]["signatures"] == 2
    readme = " ".join(files["README.txt"].decode().split())
    for language, sentence in UNPROTECTED.items():
        assert sentence in said["definition"][language]
        assert sentence in readme
        for name in said["tables"]:
            assert NOTES[language] in files[f"{name}.{language}.csv"].decode("utf-8-sig")
        book = unpacked.text({"book.xlsx": files[f"tables-{language}.xlsx"]})
        assert NOTES[language] in book
        for name in (f"report-{language}.html", f"report-{language}.docx"):
            assert SENTENCES[language] in html.unescape(unpacked.text({name: files[name]})), name
    assert "<5" not in readme


@pytest.mark.slow
def test_figures_of_the_killings_leave_as_tables_six_cells_2320_and_2312(staff, wants):
    expected = published()["ph_hrdag_2019"]
    for city, mapping in CITIES.items():
        real(staff, f"data/ph/{city}_Complete_Sources_clean.xlsx", mapping)
    tell(staff, [story()], verified=False)  # what somebody told us is beside it, and in none of these tables
    by = ("label:city", "label:category")
    wants(by, (*by, '"label:sources_beyond_balay" = "yes"'))
    files = released(staff)
    whole, beyond = figures(files, "X1"), figures(files, "X2")
    assert whole["All"]["All"] == str(expected["total_all_sources"]) == "2320"
    assert beyond["All"]["All"] == str(expected["total_after_excluding_balay_only"]) == "2312"
    six = {
        f"{city}|{by}": int(n)
        for city, row in beyond.items()
        for by, n in row.items()
        if "All" not in (city, by)
    }
    assert six == expected["after_exclusion"]
    assert [row["All"] for row in beyond.values()] == ["885", "733", "694", "2312"]
    assert figures(files, "X2", "es")["Total"]["Total"] == "2312"
    assert "Only: sources_beyond_balay, Yes." in files["X2.en.csv"].decode()
    assert manifest(files)["counts"] == {"considered": 2320, "released": 2320, "excluded": {}}
    says_so(files)


@pytest.mark.slow
def test_figures_of_the_americas_leave_as_tables_810_497_495_and_arizona_171_133(staff, wants):
    expected = published()["iom_mmp_americas_2019"]
    data = shared("data", *expected["file"].split("/"))
    mapping = (HERE / "docs" / "mappings" / "mmp.toml").read_text("utf-8")
    run(staff.reviewer, _of(data.read_text("utf-8"), expected["americas_regions"]), mapping, data.name)
    with staff.second.work() as work:
        for basis in consent.waiting_bases(work):
            consent.confirm_basis(work, basis)
    wants(("label:region", "label:year"), ("state", "label:year", '"label:region" = "US-Mexico Border"'))
    files = released(staff)
    regions, states = figures(files, "X1"), figures(files, "X2")
    assert regions["All"]["2019"] == str(expected["americas_2019"]) == "810"
    assert regions["All"]["2014"] == str(expected["americas_2014"]) == "495"
    assert regions["US-Mexico Border"]["2019"] == str(expected["us_mexico_border_2019"]) == "497"
    assert states["All"]["2019"] == "497"
    assert states["Arizona"]["2019"] == str(expected["arizona_2019"]) == "171"
    assert states["Arizona"]["2018"] == str(expected["arizona_2018"]) == "133"
    says_so(files)


def _of(text, regions):
    """The head of the file, and its rows of these regions and of the years that were published."""
    head, *rows = csv.reader(io.StringIO(text))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(row for row in rows if row[1] in regions and row[3] in YEARS)
    return out.getvalue().encode()
