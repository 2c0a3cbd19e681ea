"""What is in the files of a pack, and what never is."""

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from incidents.model import vocabulary
from incidents.release import columns, table, write
from incidents.release import policy as policies
from incidents.release.anonymize import anonymize
from tests.needs import shared
from tests.release.invented import incident_rows


def prepared(name="dataset-research", rows=None):
    policy = policies.load(name)
    return policy, anonymize(table.build(rows or incident_rows(300), policy), policy)


def read(file):
    return list(csv.reader(io.StringIO(file.data.decode(), newline="")))


def manifest(policy, result, files=(), considered=None, excluded=None):
    taken = len(result.rows) + len(result.suppressed)
    return write.manifest(
        policy,
        result,
        files=files,
        considered=taken if considered is None else considered,
        excluded=excluded or {},
        filters={"state": "MX-TAM"},
        data_date=date(2021, 3, 1),
        code_list_version=vocabulary.version(),
    )


@pytest.mark.parametrize("name", ["dataset-research", "partner", "internal"])
def test_a_file_has_the_columns_of_its_policy_in_that_order_and_nothing_else(name):
    policy, result = prepared(name)
    labels = ["label:station"] if policy.labels else []
    head, *lines = read(write.data(result))
    assert head == [*policy.columns, *labels]
    assert {len(line) for line in lines} == {len(head)}
    assert len(lines) == len(result.rows) == write.data(result).rows


@pytest.mark.parametrize("name", ["dataset-research", "partner", "internal"])
def test_no_byte_of_a_pack_tells_what_the_policy_does_not_name(name, tmp_path):
    policy, result = prepared(name)
    files = [write.data(result), write.codebook(policy, result, vocabulary.lists())]
    write.folder(files, manifest(policy, result, files), tmp_path / "pack")
    pack = b"".join(file.read_bytes() for file in (tmp_path / "pack").iterdir())
    for canary in (b"Canary", b"canary", b"Marisol", b"incident-0", b"b'incident"):
        assert canary not in pack
    if policy.protection:
        assert b"station" not in pack
        assert b"2019-01-0" not in pack  # no day where months are the finest


def test_internal_rows_are_as_they_were_recorded():
    rows = incident_rows(40)
    _policy, result = prepared("internal", rows)
    assert len(result.rows) == 40
    for given, out in zip(rows, result.rows, strict=True):
        assert out["moment"] == (given["moment"]["edtf"] or "(not recorded)")
        assert out["gender"] == (given["gender"] or "(not recorded)")
        assert out["label:station"] == "north"
        assert out["act_group"] in {"KIDNAPPING", "EXTORTION", "VIOLENCE", "PROPERTY", "SEXUAL"}


def test_the_order_of_a_file_is_not_the_order_in_which_rows_came_in():
    rows = [{**row, "municipality": f"{number:05d}"} for number, row in enumerate(incident_rows(200))]
    _policy, result = prepared("internal", rows)
    first, second = (read(write.data(result))[1:] for _ in range(2))
    came_in = [[row[name] for name in result.columns] for row in result.rows]
    assert first not in (came_in, second)  # one chance in 200! of failing by accident
    assert Counter(map(tuple, first)) == Counter(map(tuple, second)) == Counter(map(tuple, came_in))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        " =1",
        '"=1',
        "'=1",
        "“=cmd",
        "\uff1d1",
        "\ufeff=1",
        "\u00a0-1",
    ],
)
def test_no_cell_and_no_header_is_run_by_a_spreadsheet(text):
    rows = [{**row, "source_type": text, "labels": {text: text}} for row in incident_rows(10)]
    policy, result = prepared("internal", rows)
    for file in (write.data(result), write.codebook(policy, result, vocabulary.lists())):
        for line in read(file):
            for value in line:
                assert not value.lstrip(' "“\u00a0\ufeff').startswith(
                    tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
                )
    renamed = replace(result, columns=(text,), rows=[{text: text}])
    assert read(write.data(renamed)) == [["'" + text], ["'" + columns.plain(text)]]


def test_a_harmless_value_is_written_as_it_is():
    for text in ("México", "60+", "10-11", "(not recorded)", "it's = fine", "", "0"):
        assert write.cell(text) == text


def test_the_codebook_explains_every_column_and_every_code_in_both_languages():
    policy, result = prepared()
    head, *lines = read(write.codebook(policy, result, vocabulary.lists()))
    entries = [dict(zip(head, line, strict=True)) for line in lines]
    columns = {entry["column"]: entry for entry in entries if not entry["code"]}
    assert list(columns) == list(policy.columns)
    assert all(entry["meaning_en"] and entry["meaning_es"] for entry in columns.values())
    assert columns["age"]["level"] == result.node["age"]
    codes = {(entry["column"], entry["code"]): entry for entry in entries if entry["code"]}
    for row in result.rows:
        for column in (
            "act",
            "gender",
            "verification",
            "perpetrator_group",
            "place",
            "nationality",
            "act_status",
        ):
            entry = codes[column, row[column]]
            assert entry["label_en"]
            assert entry["label_es"]
    assert codes["act", "KID"]["huridocs"] == "030104000000"
    assert codes["act", "KID"]["iccs"] == "020221"
    assert columns["act"]["iccs"] == "ICCS 1.0, 2015"
    assert columns["gender"]["iccs"] == columns["place"]["huridocs"] == ""
    told = {entry["code"]: entry for (column, _code), entry in codes.items() if column == "act"}
    with vocabulary.FILE.open(encoding="utf-8", newline="") as shipped:
        known = {row["code"]: row for row in csv.DictReader(shipped) if row["vocabulary"] == "act"}
    for code in {*told} & {*known}:
        for ours, theirs in (("huridocs", "huridocs"), ("iccs", "iccs"), ("sesnsp", "sesnsp_subtype")):
            assert told[code][ours] == (known[code][theirs] or "(none confirmed)")


def test_each_subtype_of_sesnsp_is_one_of_its_open_data():
    published = shared("data", "sesnsp", "sesnsp_estatal_2026_latin1.csv")
    with published.open(encoding="iso-8859-1", newline="") as file:
        known = {row["Subtipo de delito"] for row in csv.DictReader(file)}
    ours = {code.sesnsp for codes in vocabulary.lists().values() for code in codes.values()} - {""}
    assert ours
    assert ours <= known


def test_the_manifest_promises_what_can_be_checked():
    policy, result = prepared()
    files = [write.data(result), write.codebook(policy, result, vocabulary.lists())]
    promised = manifest(policy, result, files)
    assert promised["k"] == 5
    assert promised["quasi_identifiers"] == ["period", "place", "age", "gender", "nationality"]
    assert promised["policy"] == "dataset-research"
    assert promised["rules"]["protection"] is True
    assert promised["data_date"] == "2021-03-01"
    assert promised["code_list_version"] == vocabulary.version()
    assert {file["name"] for file in promised["files"]} == {"data.csv", "codebook.csv"}
    assert promised["certificate"]["optimal"] is True
    assert promised["hierarchies"]["age"] == {"hierarchy": "age", "level": result.node["age"]}
    assert "k = 5 over incidents, quasi-identifiers period, place" in promised["definition"]["en"]
    assert "k = 5 sobre incidentes" in promised["definition"]["es"]
    assert json.loads(write.canonical(promised)) == promised


def test_the_manifest_is_the_same_bytes_for_the_same_release():
    policy, result = prepared()
    assert write.canonical(manifest(policy, result)) == write.canonical(manifest(*prepared()))


def test_the_manifest_of_an_internal_file_says_that_protection_is_off():
    policy, result = prepared("internal", [{**row, "size": 3} for row in incident_rows(50)])
    promised = manifest(policy, result)
    assert promised["rules"]["protection"] is False
    assert promised["k"] == 1
    assert promised["definition"]["en"].startswith("No protection")
    assert promised["definition"]["es"].startswith("Sin protección")
    assert promised["totals"] == {"size": 150, "rows_without_size": 0}


def test_counts_in_and_out_add_up_or_nothing_is_written():
    policy, result = prepared(rows=incident_rows(400))  # of which some rows are left out
    taken = len(result.rows) + len(result.suppressed)
    counts = manifest(policy, result, considered=taken + 9, excluded={"no_consent": 7, "filtered": 2})[
        "counts"
    ]
    assert counts["considered"] == counts["released"] + sum(counts["excluded"].values())
    assert counts["excluded"]["suppressed"] == len(result.suppressed) > 0
    for considered, excluded in (
        (taken + 1, {}),
        (taken, {"no_consent": 1}),
        (taken, {"no_consent": 1, "filtered": -1}),
        (taken + 1, {"No Consent": 1}),
    ):
        with pytest.raises(write.CountsDoNotAddUp):
            manifest(policy, result, considered=considered, excluded=excluded)


def test_a_pack_never_overwrites_a_file(tmp_path):
    policy, result = prepared()
    files = [write.data(result)]
    write.folder(files, manifest(policy, result, files), tmp_path)
    with pytest.raises(FileExistsError):
        write.folder(files, manifest(policy, result, files), tmp_path)
