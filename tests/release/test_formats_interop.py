"""Programs of other people open the files of a pack and find what is in them: R, pandas, Frictionless.

Stata is not to be had here: its files are read by R's haven and by pandas, and start.do runs nowhere in these tests.
"""

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import frictionless
import pandas as pd
import pytest

from incidents.model import vocabulary
from incidents.release import columns, formats
from incidents.release.formats import labelled
from tests.needs import absent
from tests.release.test_citation import cited
from tests.release.test_formats import HARD, noted
from tests.release.test_write import prepared
from tests.release.unpacked import NAMES

READ = Path(__file__).with_name("read.R")
R_PACKAGES = ("haven", "jsonlite", "readr", "readxl")


@pytest.fixture(scope="module", params=["dataset-research", "internal", "hard"])
def opened(request, tmp_path_factory):
    """A pack in a folder, its columns and its rows."""
    if request.param == "hard":
        known, rows = noted(HARD)
    else:
        policy, result = prepared(request.param)
        rows = columns.lines(result)
        known = columns.described(policy, result.columns, result.node, rows, vocabulary.lists())
    folder = tmp_path_factory.mktemp("pack")
    for file in formats.of(known, rows, cited=cited("dataset-research")):
        (folder / file.name).write_bytes(file.data)
    return folder, known, rows


@pytest.fixture(scope="module")
def r():
    """Runs an R script in a folder."""
    program = shutil.which("Rscript")
    tried = program and subprocess.run(
        [program, "--vanilla", "-e", "".join(f"loadNamespace('{name}');" for name in R_PACKAGES)],
        capture_output=True,
        check=False,
    )
    if not tried or tried.returncode:
        absent(
            "R", "On Debian: apt-get install r-base-core " + " ".join(f"r-cran-{name}" for name in R_PACKAGES)
        )

    def run(script, folder):
        told = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [program, "--vanilla", str(script)],
            cwd=folder,
            env=told,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def by_column(known, rows, name="name"):
    return {
        getattr(column, name): list(values)
        for column, values in zip(known, zip(*rows, strict=True), strict=True)
    }


def numbered(known, rows, missing):
    """What a file of labelled numbers says: "number: label" for codes, texts, and sizes as numbers."""
    said = by_column(known, rows, "variable")
    for column in known:
        if column.name == "size":
            said[column.variable] = [
                "NA" if value == "(not recorded)" else value for value in said[column.variable]
            ]
        elif column.numbers:
            labels = {
                code: f"{missing.get(code, number)}: {column.labelled()[number]}"
                for code, number in column.numbers.items()
            }
            said[column.variable] = [labels[value] for value in said[column.variable]]
    return said


def sheet(content):
    head, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return head, lines


def turned(head, lines):
    return dict(zip(head, map(list, zip(*lines, strict=True)), strict=True))


@pytest.mark.slow
def test_r_reads_every_value_and_every_label(opened, r):
    folder, known, rows = opened
    r(READ, folder)
    said = json.loads((folder / "read.json").read_bytes())
    assert said["data.json"] == said["data.xlsx"] == by_column(known, rows)
    head, lines = sheet((folder / "data.csv").read_bytes())
    assert (
        said["data.csv"]
        == said["data-excel.csv"]
        == dict(zip(head, map(list, zip(*lines, strict=True)), strict=True))
    )
    assert [len(line) for line in said["codebook.csv"].values()] == [
        len(sheet((folder / "codebook.csv").read_bytes())[1])
    ] * 12
    letters = {code: f".{letter}" for code, letter in labelled.LETTERS.items()}
    assert said["data.dta"] == numbered(known, rows, letters)
    assert said["data.sav"] == numbered(known, rows, {})
    assert {name: label[0] for name, label in said["labels"].items()} == {
        column.variable: labelled.short_label(column) for column in known
    }
    assert {name: sorted(values) for name, values in said["missing"].items() if values} == {
        column.variable: found
        for column in known
        if (
            found := sorted(
                number for number in column.numbers.values() if number in columns.NUMBERS.values()
            )
        )
    }


@pytest.mark.slow
def test_the_script_for_r_runs_and_prints_labels(opened, r):
    folder, known, rows = opened
    said = r(folder / "start.R", folder)
    assert f"{len(rows)} rows." in said
    for column in known:
        for label in column.labelled().values():
            assert label in said


@pytest.mark.slow
def test_pandas_reads_every_value_and_every_label(opened):
    folder, known, rows = opened
    expected = by_column(known, rows)
    text = {"dtype": str, "keep_default_na": False}
    head, lines = sheet((folder / "data.csv").read_bytes())
    for frame in (
        pd.read_csv(folder / "data.csv", **text),
        pd.read_csv(folder / "data-excel.csv", encoding="utf-8-sig", **text),
    ):
        assert list(frame.columns) == head
        assert frame.to_numpy().tolist() == lines
    for frame in (
        pd.read_json(folder / "data.json", dtype=False),
        pd.read_excel(folder / "data.xlsx", sheet_name="Data", engine="openpyxl", **text),
        pd.read_excel(folder / "data.xlsx", sheet_name="Data", engine="calamine", **text),
    ):
        assert frame.to_dict("list") == expected
    stata = pd.read_stata(folder / "data.dta", convert_missing=False)
    for column in known:
        if column.numbers:  # what is missing has no category in pandas
            labels = column.labelled()
            shown = {
                code: labels[number] for code, number in column.numbers.items() if code not in columns.NUMBERS
            }
            found = [None if pd.isna(value) else value for value in stata[column.variable]]
            assert found == [shown.get(value) for value in expected[column.name]]


@pytest.mark.slow
def test_frictionless_finds_the_descriptor_valid_and_reads_every_value(opened):
    folder, known, rows = opened
    with frictionless.system.use_context(trusted=True):
        package = frictionless.Package(str(folder / "datapackage.json"))
        assert {resource.path for resource in package.resources} == {
            name for name in NAMES if name.startswith(("data.", "data-", "codebook"))
        }
        report = package.validate()
        assert report.valid, report.flatten(["title", "message"])
        head, lines = sheet((folder / "data.csv").read_bytes())
        for name in ("data", "data-excel"):
            read = package.get_resource(name).read_rows()
            assert [[row[name] for name in head] for row in read] == lines
        names = [column.name for column in known]
        read = package.get_resource("data-xlsx").read_rows()
        assert [tuple(row[name] for name in names) for row in read] == rows


@pytest.mark.slow
def test_frictionless_sees_a_file_that_was_changed(opened):
    folder, _known, _rows = opened
    kept = (folder / "data.csv").read_bytes()
    (folder / "data.csv").write_bytes(kept + b"x\r\n")
    try:
        with frictionless.system.use_context(trusted=True):
            assert not frictionless.Package(str(folder / "datapackage.json")).validate().valid
    finally:
        (folder / "data.csv").write_bytes(kept)
