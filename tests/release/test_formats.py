"""The same rows in every format: each value, each label, nothing else, and the same bytes each time."""

import csv
import hashlib
import io
import json
import random
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import openpyxl
import pytest
from fastparquet import ParquetFile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from incidents.model import vocabulary
from incidents.release import columns, formats, pack, write
from incidents.release import policy as policies
from incidents.release.citation import Citation
from incidents.release.columns import Code, Column
from incidents.release.formats import labelled, reading, same, streaming, workbook
from incidents.release.measure import FileNotAsPromised
from tests.release import unpacked
from tests.release.invented import incident_rows
from tests.release.test_write import prepared
from tests.release.unpacked import NAMES, TREES

# What a format may lose: what runs, ends of lines, accents, other scripts, what XML writes in its own way.
HARD = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\tx", " x", "'=1", "'x", "a\r\nb\rc", "México, «así»",
    "عنف ضد المهاجرين", "👩🏽‍🦱 ✊",
    "x" * 3000, "ñ" * 3000, "ع" * 700, "_x0041_", '&amp;<b>"', "NA", "TRUE", "0604", "1e5", "2021-03", "\x00\x07",
    "https://example.org", "e\u0301", "\ufeffx", "end ", "a|b",
)  # fmt: skip


def made(name="dataset-research", rows=None):
    policy, result = prepared(name, rows)
    return {file.name: file for file in formats.every(policy, result, vocabulary.lists())}


def noted(values):
    """Columns and rows of a file of our own whose second column holds these texts."""
    rows = [("KID", columns.plain(value), "3") for value in values]
    names = ("act", "label:note", "size")
    return columns.described(policies.load("internal"), names, {}, rows, vocabulary.lists()), rows


@pytest.mark.parametrize("name", ["dataset-research", "partner", "internal"])
def test_a_pack_holds_the_same_rows_in_every_format(name):
    files = made(name)
    assert set(files) == NAMES | (set() if name == "internal" else TREES)
    rows = list(csv.DictReader(io.StringIO(files["data.csv"].data.decode(), newline="")))
    assert json.loads(files["data.json"].data) == rows  # no cell of these has an apostrophe before it
    assert {file.rows for each, file in files.items() if each.startswith("data.")} == {len(rows)}
    frame = ParquetFile(io.BytesIO(files["data.parquet"].data)).to_pandas()
    assert frame.to_dict("records") == rows
    assert files["data-excel.csv"].data.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", sorted(same.READERS))
def test_a_file_with_another_row_is_refused(name):
    policy, result = prepared()
    rows = columns.lines(result)
    known = columns.described(policy, result.columns, result.node, rows, vocabulary.lists())
    files = {file.name: file.data for file in formats.of(known, rows)}
    same.must_be(files, known)
    other = {file.name: file.data for file in formats.of(known, [rows[1], rows[0], *rows[2:]])}
    fewer = {file.name: file.data for file in formats.of(known, rows[1:])}
    for wrong in (other[name], fewer[name], files[name][: len(files[name]) // 2], b""):
        with pytest.raises(FileNotAsPromised) as refused:
            same.must_be(files | {name: wrong}, known)
        assert refused.value.details["file"] == name


@pytest.mark.parametrize("name", ["data.dta", "data.sav"])
def test_a_file_with_another_label_is_refused(name):
    known, rows = noted(["x"])
    files = {file.name: file.data for file in formats.of(known, rows)}
    lying = [replace(known[0], codes={"KID": Code("Theft", "Robo")}), *known[1:]]
    wrong = {file.name: file.data for file in formats.of(lying, rows)}
    with pytest.raises(FileNotAsPromised):
        same.must_be(files | {name: wrong[name]}, known)


@settings(max_examples=25, deadline=None)
@example(list(HARD))
@example([])
@given(st.lists(st.one_of(st.text(max_size=60), st.sampled_from(HARD)), min_size=1, max_size=12))
def test_any_text_is_the_same_in_every_format(values):
    known, rows = noted(values)
    files = {file.name: file.data for file in formats.of(known, rows)}
    same.must_be(files, known)
    assert [row["label:note"] for row in json.loads(files["data.json"])] == [row[1] for row in rows]


@settings(max_examples=15, deadline=None)
@example(list(HARD))
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_label_and_any_name_is_the_same_in_every_format(labels):
    codes = {f"C{number}": Code(label, label) for number, label in enumerate(labels)}
    numbers = {code: number for number, code in enumerate(codes, start=1)}
    known = [Column("act", "act", labels[0], labels[-1], "", codes, numbers)]
    rows = [(code,) for code in codes]
    same.must_be({file.name: file.data for file in formats.of(known, rows)}, known)


def test_only_what_no_format_can_hold_is_changed_in_a_text():
    kept = [text for text in HARD if columns.plain(text) == text]
    changed = {text: columns.plain(text) for text in HARD if text not in kept}
    assert changed == {"a\r\nb\rc": "a\nb\nc", "\x00\x07": "\ufffd\ufffd", "end ": "end"}
    assert columns.plain(" \n") == columns.plain("") == "(not recorded)"


def test_no_cell_of_a_workbook_is_a_formula_a_number_or_a_link():
    known, rows = noted(HARD)
    book = openpyxl.load_workbook(io.BytesIO(workbook.made(known, rows)))
    assert book.sheetnames == ["Data", "Codebook"]
    for sheet in book:
        for cell in (cell for line in sheet.iter_rows() for cell in line if cell.value is not None):
            assert cell.data_type == "s"
            assert cell.hyperlink is None
    codes = [[cell.value or "" for cell in line] for line in book["Codebook"].iter_rows()]
    assert codes[0] == list(write.CODEBOOK_HEAD)
    assert ["act", "KID"] in [[line[0], line[4]] for line in codes]


def test_a_text_too_long_for_a_cell_is_said_and_put_beside():
    long, astral = "á" * 70_000, "😀" * 20_000
    known, rows = noted([long, "short", astral])
    files = {file.name: file.data for file in formats.of(known, rows)}
    same.must_be(files, known)
    book = openpyxl.load_workbook(io.BytesIO(files["data.xlsx"]))
    assert book.sheetnames == ["Data", "Codebook", "Long texts"]
    assert [line[1].value for line in book["Data"].iter_rows(min_row=2)] == [
        workbook.ELSEWHERE % 1, "short", workbook.ELSEWHERE % 2
    ]  # fmt: skip
    pieces = [[cell.value for cell in line] for line in book["Long texts"].iter_rows(min_row=2)]
    assert "".join(text for number, _part, text in pieces if number == "1") == long
    assert max(len(text.encode("utf-16-le")) // 2 for _number, _part, text in pieces) <= 32_767
    assert reading.sav(files["data.sav"]).rows[0][1] == labelled.ELSEWHERE


def test_rows_beyond_one_sheet_go_on_in_the_next(monkeypatch):
    monkeypatch.setattr(workbook, "ROWS", 2)
    known, rows = noted(["a", "b", "c"])
    files = {file.name: file.data for file in formats.of(known, rows)}
    same.must_be(files, known)
    assert openpyxl.load_workbook(io.BytesIO(files["data.xlsx"])).sheetnames == ["Data", "Data 2", "Codebook"]


CITED = Citation("Casa", {"en": "Rows", "es": "Renglones"}, "rows", "L-2222-3333", "2021-01-01")


@pytest.mark.parametrize(("sheet", "said"), [(299, True), (300, False)])
def test_where_one_sheet_does_not_hold_the_rows_the_readme_says_so(monkeypatch, sheet, said):
    policy, result = prepared("internal", incident_rows(300))
    assert len(result.rows) == 300
    monkeypatch.setattr(workbook, "ROWS", sheet)
    gathered = SimpleNamespace(considered=300, data_date="2021-01-01")
    told = pack.readme("-", CITED, {"en": "-", "es": "-"}, policy.unit, result, gathered).decode()
    assert ("“Data 2”" in told) == ("«Data 2»" in told) == said


@pytest.mark.parametrize("size", [3, 4, 16, 17, 18, 5_003])
@pytest.mark.parametrize("sheet", [workbook.ROWS, 2_000])
def test_a_sheet_that_is_written_row_by_row_has_the_bytes_of_its_library(monkeypatch, size, sheet):
    monkeypatch.setattr(workbook, "ROWS", sheet)
    draw = random.Random(size)
    texts = ["a", "<b>&", "ñ", "👩🏽‍🦱", " x ", "=1", *map(str, range(40))]
    known, rows = noted([draw.choice(texts) for _row in range(size)])
    streamed = workbook.made(known, rows)
    monkeypatch.setattr(streaming, "FEWEST", size + 1)
    assert streamed == workbook.made(known, rows)


@pytest.mark.parametrize("rows", [[("KID", "", "3")] * 4, [("KID", "x" * 40_000, "3")] * 4])
def test_a_sheet_with_an_empty_cell_or_a_text_too_long_is_left_to_its_library(rows):
    known, _rows = noted(["a"])
    assert not streaming.may_be(columns.Texts.of(rows, 3), workbook.PIECE)
    book = openpyxl.load_workbook(io.BytesIO(workbook.made(known, rows)))
    assert len(list(book["Data"].iter_rows())) == 5


def test_a_large_file_is_held_compressed_and_is_the_same(monkeypatch):
    monkeypatch.setattr(write, "LARGE", 10)
    small, large = write.File("a", b"0123456789", 1), write.File("b", b"0123456789" * 1_000, 2)
    files = write.Files([small, large])
    assert dict(files) == {"a": b"0123456789", "b": b"0123456789" * 1_000}
    assert (large.size, large.sha256) == (10_000, hashlib.sha256(large.data).hexdigest())
    assert len(large.compressed) < 100
    assert pack.stored(files) == pack.stored(dict(files))
    assert pack.opened(pack.stored(files)) == dict(files)


def test_the_same_rows_are_the_same_bytes_and_tell_no_time_and_no_author():
    known, rows = noted(HARD)
    files = {file.name: file.data for file in formats.of(known, rows)}
    assert files == {file.name: file.data for file in formats.of(known, rows)}
    assert b"<timestamp>\x1101 Jan 1980 00:00</timestamp>" in files["data.dta"]
    assert files["data.sav"][92:109] == b"01 Jan 8000:00:00"
    with zipfile.ZipFile(io.BytesIO(files["data.xlsx"])) as inner:
        assert {entry.date_time for entry in inner.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = inner.read("docProps/core.xml").decode()
    assert re.search(r"<dc:creator>(.*?)</dc:creator>", core).group(1) == ""
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"1980-01-01T00:00:00Z"}
    assert b'"index_columns": []' in files["data.parquet"]
    assert b"/proc/" not in b"".join(unpacked.within(files))


@pytest.mark.parametrize("name", ["dataset-research", "partner"])
def test_no_byte_of_any_file_tells_what_the_policy_does_not_name(name):
    rows = [
        {**row, "municipality": "28032", "labels": {"canary": "canary"}, "size": 86753}
        for row in incident_rows(300)
    ]  # fmt: skip
    files = {each: file.data for each, file in made(name, rows).items()}
    for content in unpacked.within({**files, "pack.zip": pack.archive(files)}):
        for canary in (
            b"Canary",
            b"canary",
            b"Marisol",
            b"Quintanilla",
            b"narrative",
            b"incident-0",
            b"28032",
            b"86753",
        ):
            assert canary not in content
        assert b"2019-01-0" not in content  # no day where months are the finest


def test_codes_are_labelled_numbers_in_stata_and_spss_and_the_codebook_says_which():
    files = made("dataset-research", incident_rows(300, seed=5))  # its gender is told
    book = list(csv.DictReader(io.StringIO(files["codebook.csv"].data.decode(), newline="")))
    numbers = {(line["variable"], line["number"]): line for line in book if line["number"]}
    rows = json.loads(files["data.json"].data)
    read = reading.sav(files["data.sav"].data)
    assert {"act", "gender", "verification"} <= set(read.labels)
    for name, labels in read.labels.items():
        place = read.names.index(name)
        for row, line in zip(rows, read.rows, strict=True):
            entry = numbers[name, f"{line[place]:.0f}"]
            assert entry["code"] == row[entry["column"]]
            assert labels[line[place]] == labelled.cut(entry["label_en"])
    assert {number for (_name, number), line in numbers.items() if line["code"] == "(not recorded)"} == {
        "9999"
    }


def test_two_codes_with_one_label_stay_two_in_a_file_of_labels():
    known = Column(
        "act", "act", "-", "-", "", {"A": Code("Theft", ""), "B": Code("Theft", "")}, {"A": 1, "B": 2}
    )
    assert known.labelled() == {1: "Theft (A)", 2: "Theft (B)"}


def test_names_are_those_that_statistics_programs_take():
    names = (
        "act",
        "label:act",
        "label:Act",
        "label:" + "w" * 50,
        "label:" + "w" * 60,
        "label:é",
        "label:é!",
        "int",
    )
    found = [column.variable for column in columns.described(
        policies.load("internal"), names[:7], {}, [("x",) * 7], vocabulary.lists()
    )]  # fmt: skip
    assert found == [
        "act",
        "label_act",
        "label_act_2",
        "label_" + "w" * 26,
        "label_" + "w" * 24 + "_2",
        "label",
        "label_2",
    ]
    assert columns._variables(["int", "9", "str12", "With", "!"]) == {
        "int": "int_", "9": "v_9", "str12": "str12_", "With": "with_", "!": "column"
    }  # fmt: skip


def test_a_pack_is_kept_small_and_one_of_before_still_opens():
    files = {file.name: file.data for file in made("internal").values()}
    kept = pack.stored(files)
    assert pack.opened(kept) == files
    assert sum(map(len, kept.values())) < sum(map(len, files.values())) / 2
    assert pack.opened({"data.csv": "YWJj"}) == {"data.csv": b"abc"}


def test_the_script_for_python_runs_and_prints_labels(tmp_path):
    files = made()
    for name, file in files.items():
        (tmp_path / name).write_bytes(file.data)
    done = subprocess.run(
        [sys.executable, "-W", "error", "start.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert f"{files['data.csv'].rows} rows." in done.stdout
    assert "Kidnapping" in done.stdout
    assert done.stderr == ""


def test_what_stands_in_a_file_of_any_format_is_found_by_the_search_for_canaries():
    known, rows = noted(["of one who told"])
    rows = [("KID", f"the canary of {number} {'-' * number}", "3") for number in range(30)]
    for file in formats.of(known, rows):
        if file.name.startswith("data"):
            found = unpacked.text({file.name: file.data})
            assert file.name == "datapackage.json" or all(row[1] in found for row in rows)


def test_the_readme_names_every_file():
    for name in {*NAMES, "manifest.json"} - {"start.R", "start.do", "start.py"}:
        assert name in pack.README
