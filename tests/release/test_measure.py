"""The written file is read again by code that shares nothing with the engine; it must hold what was promised."""

import ast
import csv
import hashlib
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from incidents.model import vocabulary
from incidents.release import measure, table, write
from incidents.release import policy as policies
from incidents.release.anonymize import anonymize
from incidents.release.measure import FileNotAsPromised, KNotHeld
from tests.release.invented import incident_rows


def pack(name="dataset-research", rows=None):
    policy = policies.load(name)
    result = anonymize(table.build(rows or incident_rows(300), policy), policy)
    files = [write.data(result), write.codebook(policy, result, vocabulary.lists())]
    promised = write.manifest(
        policy,
        result,
        files=files,
        considered=len(result.rows) + len(result.suppressed),
        excluded={},
        filters={},
        data_date=date(2021, 3, 1),
        code_list_version="-",
    )
    return {file.name: file.data for file in files}, promised


def by_hand(lines, k=2, protection=True):
    content = "\r\n".join(lines).encode()
    entry = {"name": "data.csv", "sha256": hashlib.sha256(content).hexdigest(), "rows": len(lines) - 1}
    return {"data.csv": content}, {
        "rules": {"protection": protection},
        "k": k,
        "quasi_identifiers": ["place", "age"],
        "columns": lines[0].split(","),
        "row_file": "data.csv",
        "files": [entry],
    }


def test_k_and_risk_are_those_counted_by_hand():
    # Classes (N,ADU) 3 rows, (S,ADU) 2 rows: smallest 2; 2 classes ÷ 5 rows = 0.4; worst placed 1/2.
    found = measure.measure(
        *by_hand(["place,act,age", "N,KID,ADU", "N,EXT,ADU", "N,KID,ADU", "S,KID,ADU", "S,KID,ADU"])
    )
    assert (found.k, found.rows, found.classes, found.unique) == (2, 5, 2, 0)
    assert found.prosecutor_risk == pytest.approx(0.4)
    assert found.highest_risk == pytest.approx(0.5)


def test_a_lonely_row_stops_the_release():
    with pytest.raises(KNotHeld) as refused:
        measure.measure(*by_hand(["place,act,age", "N,KID,ADU", "N,KID,ADU", "S,KID,CHI"]))
    assert refused.value.details == {"k": 2, "found": 1}


def test_an_empty_file_is_no_release():
    with pytest.raises(KNotHeld):
        measure.measure(*by_hand(["place,act,age"]))


def test_without_protection_it_reports_and_says_so():
    found = measure.measure(*by_hand(["place,act,age", "N,KID,ADU", "S,KID,CHI"], protection=False))
    assert (found.protection, found.k, found.unique, found.prosecutor_risk) == ("off", 1, 2, 1.0)


@pytest.mark.parametrize("name", ["dataset-research", "partner"])
def test_a_whole_pack_measures_as_an_independent_count_of_it(name):
    files, promised = pack(name)
    found = measure.measure(files, promised)
    rows = list(csv.DictReader(io.StringIO(files["data.csv"].decode(), newline="")))
    classes = Counter(tuple(row[column] for column in promised["quasi_identifiers"]) for row in rows)
    assert found.k == min(classes.values()) >= promised["k"]
    assert found.prosecutor_risk == len(classes) / len(rows)
    told = write.with_risk(promised, found.figures())
    assert told["k_measured"] == found.k
    assert told["risk"]["protection"] == "on"


def test_an_internal_pack_is_reported_unprotected():
    found = measure.measure(*pack("internal"))
    assert found.protection == "off"
    assert found.rows == 300


def test_a_folder_is_read_as_the_bytes_are(tmp_path):
    files, promised = pack()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert measure.measure(tmp_path, promised) == measure.measure(files, promised)


def test_a_row_taken_out_of_a_class_of_k_is_found_out():
    files, promised = pack()
    lines = files["data.csv"].decode().split("\r\n")
    places = [promised["columns"].index(name) for name in promised["quasi_identifiers"]]
    classes = Counter(tuple(line.split(",")[place] for place in places) for line in lines[1:-1])
    smallest = min(classes, key=classes.__getitem__)
    doomed = [line for line in lines[1:-1] if tuple(line.split(",")[place] for place in places) == smallest]
    for line in doomed[: classes[smallest] - promised["k"] + 1]:
        lines.remove(line)
    content = "\r\n".join(lines).encode()
    entry = next(file for file in promised["files"] if file["name"] == "data.csv")
    with pytest.raises(FileNotAsPromised) as refused:
        measure.measure(files | {"data.csv": content}, promised)
    assert refused.value.details["what"] == "SHA-256"
    entry |= {"sha256": hashlib.sha256(content).hexdigest(), "rows": len(lines) - 2}
    with pytest.raises(KNotHeld):
        measure.measure(files | {"data.csv": content}, promised)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda promised: promised["columns"].append("more"), "columns"),
        (lambda promised: promised["quasi_identifiers"].append("more"), "quasi-identifiers"),
        (lambda promised: promised["files"][0].update(rows=1), "number of rows"),
        (lambda promised: promised.update(row_file="other.csv"), "missing"),
        (lambda promised: promised["files"].append({"name": "gone.csv", "sha256": "", "rows": 0}), "missing"),
    ],
)
def test_a_file_of_another_shape_than_promised_is_refused(change, what):
    files, promised = pack()
    change(promised)
    with pytest.raises(FileNotAsPromised) as refused:
        measure.measure(files, promised)
    assert refused.value.details["what"] == what


def test_a_row_of_another_width_is_refused():
    with pytest.raises(FileNotAsPromised):
        measure.measure(*by_hand(["place,act,age", "N,KID,ADU", "N,KID"]))


def test_the_measure_imports_nothing_of_the_engine():
    """Nor does what it is made of: sentences, and itself."""
    folder = Path(measure.__file__).with_name("measures")
    files = [Path(measure.__file__), *folder.glob("*.py")]
    assert len(files) > 5
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {
            name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
        }
        ours = {name for name in imported if str(name).startswith("incidents")}
        assert {name for name in ours if not name.startswith("incidents.release.measures")} <= {
            "incidents.errors"
        }
        assert not {"numpy", "pandas"} & imported
