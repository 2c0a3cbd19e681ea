"""Import, basis, review, release: the road by script, each step another person's."""

import csv
import json
import re
import zipfile

import pytest

from incidents.cli import importers
from incidents.release import making
from tests.cli.line import CANARY, MAPPING, rows
from tests.release import unpacked
from tests.release.unpacked import NAMES, TREES

# -- import


def results(line):
    with (line.folder / "result.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_import_accounts_for_every_row(imported):
    lines = results(imported)
    assert list(lines[0]) == ["row", "outcome", "reason"]
    assert len(lines) == 40
    assert [line["outcome"] for line in lines] == ["new"] * 39 + ["refused"]
    assert lines[-1]["reason"]


def test_a_dry_run_judges_every_row_and_writes_none(line):
    file, mapping = line.file("list.csv", rows(40)), line.file("map.toml", MAPPING)
    arguments = ("import", file, "--mapping", mapping, "--result", line.folder / "result.csv")
    said = line(*arguments, "--dry-run", as_="Rita").stdout
    assert "Nothing was written" in said
    assert "39 new, 1 refused" in said
    assert len(results(line)) == 40
    assert "39 new" in line(*arguments, as_="Rita").stdout


def test_the_same_file_again_changes_nothing(imported):
    arguments = ("import", imported.folder / "list.csv", "--mapping", imported.folder / "map.toml")
    said = imported(*arguments, "--result", imported.folder / "result.csv", as_="Rita").stdout
    assert "1 refused, 39 unchanged" in said


def test_who_may_not_import_imports_nothing(line):
    file, mapping = line.file("list.csv", rows(40)), line.file("map.toml", MAPPING)
    arguments = ("import", file, "--mapping", mapping, "--result", line.folder / "result.csv")
    line(*arguments, as_="Alan", code=1)
    line(*arguments, as_="Fidel", code=1)
    assert not (line.folder / "result.csv").exists()


def test_a_result_cell_is_never_a_formula(tmp_path):
    importers._told(tmp_path / "result.csv", [("=1+1", "refused", "@x")], {"refused": 1}, "It has")
    assert (tmp_path / "result.csv").read_text().splitlines()[1] == "'=1+1,refused,'@x"


# -- basis, review


def test_a_basis_needs_a_second_person(imported):
    assert "An invented list, 2021" in imported("basis", "list", as_="Ana").stdout
    assert "Someone else" in imported("basis", "confirm", imported.batch, as_="Rita", code=1).stderr
    imported("basis", "confirm", imported.batch, as_="Ana")
    assert "None waits" in imported("basis", "list", as_="Ana").stdout
    assert "no such record" in imported("basis", "confirm", imported.batch, as_="Rosa", code=1).stderr


def review(line, who, code=0, reason="A list that its publisher checked, row by row."):
    return line("review", line.batch, "--to", "CRE", "--reason", reason, as_=who, code=code)


def test_an_import_is_reviewed_in_bulk_by_a_second_person_with_reasons(imported):
    assert "Someone else" in review(imported, "Rita", code=1).stderr
    assert "write your reasons" in review(imported, "Rosa", code=1, reason="ok").stderr
    assert "39 acts" in review(imported, "Rosa").stdout
    assert "No act of this import became credible" in review(imported, "Rosa").stdout


# -- release


@pytest.fixture
def prepared(imported):
    imported("basis", "confirm", imported.batch, as_="Ana")
    review(imported, "Rosa")
    told = imported(
        "release", "prepare", "--policy", "dataset-research", "--batch", imported.batch, "--hxl", as_="Alan"
    )
    said, imported.progress = told.stdout, told.stderr
    imported.reference = said.split()[0]
    imported.said = said
    return imported


def test_preparing_a_release_says_what_is_in_it_and_why_the_rest_is_not(prepared):
    numbers = {
        name.strip(" -"): int(count)
        for name, count in re.findall(r"^  (\D+?)\s+(\d+)$", prepared.said, re.MULTILINE)
    }
    assert numbers["considered"] == 39
    assert sum(numbers.values()) == 2 * numbers["considered"]
    assert numbers["released"] >= 5
    assert "k = 5" in prepared.said
    stages = ["Verify", "Gather", "Search", "Compare", "Write", "Measure", "Keep"]
    assert re.findall(r"^(\w+) \(\d of 7\)$", prepared.progress, re.MULTILINE) == stages


def test_tables_with_noise_say_what_they_cost_and_what_does_not_go_with_them(prepared):
    asked = ("release", "prepare", "--policy", "public-table", "--method", "D", "--batch", prepared.batch)
    said = prepared(*asked, as_="Alan").stdout
    assert re.search(
        r"Chance was added to \d+ incidents and \d+ people: with 95 % a number is off by 63 at most", said
    )
    assert "costs those in it an epsilon of 1, 0 before, 4 at most in all" in said
    assert "Two sign it beside you." in said
    refused = prepared(*asked, "--table", "act|state", as_="Alan", code=1)
    assert "no tables of your own and no quotes" in refused.stderr


def test_nobody_signs_unseen_at_the_command_line_either(prepared, monkeypatch):
    sign = ("release", "sign", prepared.reference)
    assert "declared: Say that you looked" in prepared(*sign, as_="Bruno", code=1).stderr
    monkeypatch.setattr("incidents.cli.frame.at_terminal", lambda: True)
    asked = []
    monkeypatch.setattr("click.confirm", lambda question, **_more: asked.append(question))  # no is the answer
    assert "nobody signs unseen" in prepared(*sign, as_="Bruno", code=1).stderr
    assert asked == ["Did you look at what goes out, and may it go out?"]
    monkeypatch.undo()
    listed = prepared("release", "list", as_="Alan").stdout
    assert re.search(rf"{prepared.reference}.* prepared ", listed)


def test_a_signed_release_is_downloaded_as_folder_and_as_zip(prepared, tmp_path):
    download = ("release", "download", prepared.reference, "--out")
    assert "cannot go" in prepared(*download, tmp_path / "pack", as_="Alan", code=1).stderr
    prepared("release", "sign", prepared.reference, "--declared", as_="Alan", code=1)
    assert "is signed" in prepared("release", "sign", prepared.reference, "--declared", as_="Bruno").stdout
    by_name = prepared("release", "decisions", prepared.reference, as_="Bruno").stdout.splitlines()[1:]
    again = ("release", "prepare", "--policy", "dataset-research", "--batch", prepared.batch)
    assert "50 new incidents" in prepared(*again, "--continue", prepared.reference, as_="Alan", code=1).stderr
    assert f"Compared with {prepared.reference}" in prepared(*again, "--coarser", as_="Alan").stdout
    assert len(by_name) == int(re.search(r"released\s+(\d+)", prepared.said)[1])
    assert all(re.search(r"CRE\s+Rosa", line) and line.endswith("as it was") for line in by_name)
    assert "Rosa" not in (
        by_number := prepared("release", "decisions", prepared.reference, as_="Alan").stdout
    )
    assert "reviewer 1" in by_number
    prepared(*download, tmp_path / "pack", as_="Alan")
    prepared(*download, tmp_path / "pack.zip", as_="Alan")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        zipped = {name: archive.read(name) for name in archive.namelist()}
    assert zipped == {path.name: path.read_bytes() for path in (tmp_path / "pack").iterdir()}
    assert set(zipped) >= {
        *NAMES,
        *TREES,
        "data-hxl.csv",
        "README.txt",
        "manifest.json",
        "tables-en.xlsx",
        "report-en.docx",
    }
    assert json.loads(zipped["manifest.json"])["counts"]["considered"] == 39
    assert CANARY not in unpacked.text(zipped)
    assert re.search(
        rf"{prepared.reference}\s+signed\s+dataset-research", prepared("release", "list", as_="Ana").stdout
    )


def test_a_release_is_recalled_corrected_and_discarded_by_who_may(prepared):
    asked = ("release", "prepare", "--policy", "dataset-research", "--batch", prepared.batch)
    waits = prepared(*asked, as_="Alan").stdout.split()[0]
    assert "is discarded" in prepared("release", "discard", waits, as_="Alan").stdout
    assert waits not in prepared("release", "list", as_="Ana").stdout
    recall = (
        "release",
        "recall",
        prepared.reference,
        "--why",
        "A partner published it beside a finer table.",
    )
    prepared(*recall, as_="Bruno", code=1)
    prepared("release", "sign", prepared.reference, "--declared", as_="Bruno")
    prepared("release", "discard", prepared.reference, as_="Alan", code=1)
    assert (
        "there is nothing to correct"
        in prepared("release", "correct", prepared.reference, as_="Alan", code=1).stderr
    )
    prepared(*recall, as_="Alan", code=1)
    assert "reasons" in prepared(*recall[:-1], "no", as_="Bruno", code=1).stderr
    assert "is recalled" in prepared(*recall, as_="Bruno").stdout
    assert re.search(rf"{prepared.reference}\s+recalled", prepared("release", "list", as_="Ana").stdout)


def test_a_pack_never_mixes_with_what_is_there(prepared, tmp_path):
    prepared("release", "sign", prepared.reference, "--declared", as_="Ana")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "data.csv").write_text("older")
    arguments = ("release", "download", prepared.reference, "--out")
    assert "not empty" in prepared(*arguments, tmp_path / "old", as_="Alan", code=1).stderr
    (tmp_path / "old.zip").write_text("older")
    assert "exists already" in prepared(*arguments, tmp_path / "old.zip", as_="Alan", code=1).stderr
    assert (tmp_path / "old" / "data.csv").read_text() == "older"


def test_a_filter_that_is_none_is_said(line):
    arguments = ("release", "prepare", "--policy", "dataset-research", "--act", "XYZ")
    assert "acts: This is not one of the choices" in line(*arguments, as_="Alan", code=1).stderr


def test_among_thousands_of_acts_it_is_said_how_far_a_signature_is(prepared, monkeypatch):
    monkeypatch.setattr(making, "AT_HAND", 1)
    said = prepared("release", "sign", prepared.reference, "--declared", as_="Bruno")
    assert "Verify (1 of 5)" in said.stderr
    assert "Sign (5 of 5)" in said.stderr
    assert "is signed" in said.stdout
    assert (
        "The record cannot go"
        in prepared("release", "sign", prepared.reference, "--declared", as_="Ana", code=1).stderr
    )


def test_a_release_that_is_not_there_is_not_found(line):
    assert "no such record" in line("release", "sign", "L-0000-0000", "--declared", as_="Ana", code=1).stderr


def test_quotes_are_named_one_by_one_and_only_for_the_report_of_tables(line, imported):
    assert line("release", "quotes", as_="Alan").stdout.split() == [
        "ID",
        "KIND",
        "UNDER",
        "THE",
        "NAME",
        "BEGINS",
    ]
    quote = ("--quote", "7d6f3a52-3f6c-4a0e-9a53-111111111111")
    refused = line("release", "prepare", "--policy", "dataset-research", *quote, as_="Alan", code=1)
    assert "Only the report that goes with tables prints quotes." in refused.stderr
    refused = line("release", "prepare", "--policy", "public-table", *quote, as_="Alan", code=1)
    assert "may not leave today" in refused.stderr
