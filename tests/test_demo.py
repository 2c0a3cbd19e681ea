"""The demo: the whole road by six people, and nobody's name anywhere but where it was typed."""

import csv
import hashlib
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from config import HERE
from crypto.lock import FLOOR
from incidents.app import create_app
from incidents.cli import commands, demo, frame, printed
from incidents.cli.invented import canaries, reports
from incidents.cli.stories import PERSON_MARK, RARE_STARS, RARE_TREES
from incidents.intake import report, schema
from incidents.model.vocabulary import Verification
from incidents.release import pack as packing
from tests.cli.line import Line, Served
from tests.release import walked

SMALL = 220  # incidents of the quick demo; the whole one has demo.INCIDENTS
PASSPHRASE = "granizo lento sobre el tejado"
NEEDED = {"data.csv", "codebook.csv", "manifest.json", "README.txt"}


def make_app(settings):
    return create_app(settings, FLOOR)


def run(folder, out, incidents=SMALL):
    """The headless demo in this process, with a passphrase that the test knows."""
    env = {
        "AMPARO_INSTANCE": str(folder / "instance"),
        "AMPARO_BOOT_KEY_FILE": str(folder / "boot" / "boot.key"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "INCIDENTS", incidents)
        patch.setattr(demo, "passphrase", lambda: PASSPHRASE)
        return CliRunner(env=env).invoke(commands, ["demo", "--headless", str(out)], obj=make_app)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    result = run(folder, folder / "out")
    assert result.exit_code == 0, result.output
    return SimpleNamespace(
        folder=folder,
        instance=folder / "instance",
        out=folder / "out",
        said=result.output,
        pack=pack(folder / "out"),
    )


def pack(out):
    """The files of a pack without the canaries, which are no part of it."""
    here = (path for path in out.iterdir() if path.is_file())  # the tables have a folder of their own
    return {path.name: path.read_bytes() for path in here if path.name != "canaries.txt"}


def manifest_of(files):
    return json.loads(files["manifest.json"])


def lines(out):
    return (out / "canaries.txt").read_text("utf-8").splitlines()


def forms():
    """Every canary whole, its distinctive words alone, its number without blanks; as UTF-8 and UTF-16."""
    for canary in canaries():
        shapes = {canary.name, *canary.name.split(), canary.phone, canary.phone.replace(" ", "")}
        for shape in shapes:
            yield from (shape.encode(), shape.encode("utf-16-le"), shape.encode("utf-16-be"))


def check(files):
    """What the manifest promises, counted anew from the files."""
    promised = manifest_of(files)
    counts = promised["counts"]
    assert counts["considered"] == counts["released"] + sum(counts["excluded"].values())
    listed = {file["name"]: file for file in promised["files"]}
    assert set(files) == {*listed, "manifest.json"} >= NEEDED
    for name, file in listed.items():
        assert hashlib.sha256(files[name]).hexdigest() == file["sha256"]
    rows = list(csv.DictReader(files["data.csv"].decode().splitlines()))
    assert len(rows) == listed["data.csv"]["rows"] == counts["released"]
    names = promised["quasi_identifiers"]
    assert len(names) >= 4
    classes = Counter(tuple(row[name] for name in names) for row in rows)
    assert min(classes.values()) >= promised["k"] >= 5
    return promised


def test_the_pack_keeps_what_its_manifest_promises(small):
    check(small.pack)


def test_the_tables_leave_too_and_hold_what_an_editor_needs(small):
    tables = pack(small.out / demo.OF_TABLES)
    said = manifest_of(tables)
    assert {name.split("-")[0] for name in said["tables"]} == {f"T{number}" for number in range(1, 10)}
    kinds = [
        line["kind"] for line in csv.DictReader(io.StringIO(tables["quotes.es.csv"].decode("utf-8-sig")))
    ]
    assert Counter(kinds) == {"case": 3, "quote": printed.QUOTES}
    assert {"report-en.docx", "report-es.docx", "tables-en.xlsx", "map-es.svg", "chart-4-en.png"} <= {*tables}
    assert (
        walked.findings(
            packing.archive(tables), [form for each in canaries() for form in (each.name, each.phone)]
        )
        == []
    )


def test_every_table_of_the_demo_says_something(small):
    """No table is printed in which nothing but nought or a single line stands."""
    page = pack(small.out / demo.OF_TABLES)["report-en.html"].decode()
    for name in ("T6", "T7-response", "T7-not-reported", "T8-elsewhere"):
        text = pack(small.out / demo.OF_TABLES)[f"{name}.en.csv"].decode("utf-8-sig").split("\r\n\r\n")[0]
        rows = [line.split(",")[1:] for line in text.split("\r\n")[1:]]
        assert len(rows) > 2
        assert any(cell.isdecimal() and int(cell) > 0 for row in rows[:-1] for cell in row), name
    assert "median" in page


def test_the_terminal_says_the_counts(small):
    counts = manifest_of(small.pack)["counts"]
    assert re.search(rf"considered\s+{counts['considered']}\b", small.said)
    assert re.search(rf"released\s+{counts['released']}\b", small.said)


def test_every_kind_of_exclusion_happens(small):
    assert {"duplicate", "no_consent", "not_verified", "refused", "withdrawn"} <= set(
        manifest_of(small.pack)["counts"]["excluded"]
    )


def test_canaries_are_names_and_numbers_one_a_line(small):
    said = lines(small.out)
    assert len(said) == len(set(said)) == 24
    assert all(line.strip() == line != "" for line in said)
    assert [line for line in said if line.startswith("+52 ")] == said[1::2]


def test_canaries_stand_in_the_reports_exactly_as_typed(small):
    line = Line(small.folder)
    typed = set()
    with line.house() as house:
        for writer in demo.WRITERS:
            with frame.signed_in(house, writer, PASSPHRASE) as desk, desk.work() as work:
                for one in report.own(work):
                    for person in report.read_own(work, one.id).document["persons"]:
                        typed |= set(person.get("identity", {}).values())
    assert set(lines(small.out)) <= typed


def test_no_canary_is_in_any_file_of_the_instance_or_of_the_pack(small):
    files = [
        path for path in (*small.instance.rglob("*"), *(small.folder / "boot").rglob("*")) if path.is_file()
    ]
    contents = {**small.pack, **{str(path): path.read_bytes() for path in files}}
    assert len(contents["manifest.json"]) > 100
    assert {name for name, content in contents.items() for form in forms() if form in content} == set()


def test_each_step_was_another_persons(small):
    with closing(sqlite3.connect(small.instance / "data.db")) as data:
        rows = data.execute(
            "SELECT DISTINCT e.event, u.name FROM audit_entry e JOIN audit_block b ON b.number = e.block "
            "JOIN user u ON u.id = b.actor"
        ).fetchall()
    by = {event: {name for other, name in rows if other == event} for event, _name in rows}
    assert by["report.received"] == {"Altair", "Bellatrix"}
    assert by["report.taken-in"] == by["consent.withdrawn"] == {"Encina"}
    assert by["act.first-word"] == {"Fresno"}
    assert by["act.moved"] == {"Fresno", "Encina"}  # two have to agree on a restricted act
    assert by["release.prepared"] == by["release.downloaded"] == {"Vega"}
    assert by["release.signed"] == {"Ceiba", "Roble"}  # two sign where somebody's words are printed
    assert by["quote.signed"] == {"Encina", "Fresno"}


def test_the_trail_of_the_demo_holds(small):
    assert "The trail holds" in Line(small.folder)("audit", "verify").stdout


def test_the_demo_refuses_an_instance_that_is_not_empty(small, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in small.instance.rglob("*")}
    result = run(small.folder, tmp_path / "out")
    assert result.exit_code == 1
    assert "The demo needs an empty instance" in result.stderr
    assert not (tmp_path / "out").exists()
    assert {path: path.stat().st_mtime_ns for path in small.instance.rglob("*")} == before


def test_an_instance_folder_that_is_there_and_empty_is_taken_and_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("AMPARO_INSTANCE", str(tmp_path))
    with demo.throw_away() as settings:
        assert settings.instance == tmp_path
    assert tmp_path.is_dir()


def test_without_a_named_instance_nothing_of_a_real_one_is_touched(tmp_path, monkeypatch):
    for name in ("KEYS_FILE", "PEPPER_FILE", "BOOT_KEY_FILE", "CHECKPOINTS"):
        monkeypatch.setenv(f"AMPARO_{name}", str(tmp_path / name))
    monkeypatch.setenv("AMPARO_DATABASE_URL", f"sqlite:///{tmp_path / 'data.db'}")
    monkeypatch.setenv("AMPARO_INSTANCE", "")
    monkeypatch.delenv("AMPARO_INSTANCE")
    with demo.throw_away() as settings:
        assert settings.checkpoints is None
        inside = {settings.keys_file.parent, settings.pepper_file.parent, settings.instance}
        assert len(inside) == 1
        assert settings.database_url == f"sqlite:///{settings.instance / 'data.db'}"
        assert settings.instance.stat().st_mode & 0o077 == 0
    assert not settings.instance.exists()


# -- who is invented


def test_the_same_seed_invents_the_same_reports():
    assert reports(40) == reports(40)
    assert [one.document for one in reports(40)] == [one.document for one in reports(40)]
    assert reports(40, seed=1)[0].document != reports(40)[0].document


def test_every_invented_report_is_one_that_the_form_would_take():
    for one in reports(200):
        assert schema.load(one.document)["narrative"]


def test_everybody_invented_is_marked_as_invented():
    identities = [p["identity"] for one in reports(200) for p in one.document["persons"] if "identity" in p]
    assert {identity["other_names"] for identity in identities} == set(PERSON_MARK.values())
    assert all(re.fullmatch(r"\+52 \d{3} 555 \d{4}", i["phone"]) for i in identities if "phone" in i)


def test_canaries_are_words_that_stand_nowhere_else():
    words = [*RARE_STARS, *RARE_TREES]
    assert len(words) == len(set(words)) == 24
    others = [json.dumps(one.document, ensure_ascii=False) for one in reports(400)[len(canaries()) :]]
    assert [word for word in words if any(word in other for other in others)] == []


def test_what_is_invented_is_as_mixed_as_life():
    told = reports(400)
    documents = [one.document for one in told]
    persons = [person for document in documents for person in document["persons"]]
    consents = [person["consent"] for person in persons if "consent" in person]
    assert {document["interview"]["language"] for document in documents} == {"es", "en"}
    assert {consent["given_by"] for consent in consents} == {"self", "guardian", "adolescent"}
    for purpose in ("REC", "STA", "ROW", "PUB"):
        said = {consent["decisions"][purpose] for consent in consents}
        if purpose == "REC":  # who says no to being written down is not written down
            assert "given" in said
            assert "refused" not in said
        else:
            assert said >= {"given", "refused", "not_asked"}
    assert {person["kind"] for person in persons} == {"individual", "group"}
    assert {one.fate for one in told} == set(Verification) - {Verification.SOURCE_WITHDREW}
    assert any(one.withdraws == () for one in told)
    assert any(one.withdraws for one in told)
    assert any(one.agrees_later for one in told)


# -- as it is run


@pytest.mark.slow
def test_two_empty_instances_give_packs_of_equal_counts(tmp_path):
    manifests = []
    for name in ("one", "two"):
        env = {**os.environ, "AMPARO_INSTANCE": str(tmp_path / name)}
        out = tmp_path / f"out-{name}"
        done = subprocess.run(
            [sys.executable, "-m", "incidents", "demo", "--headless", str(out)],
            cwd=HERE,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        manifests.append(check(pack(out)))
    counts = [manifest["counts"] for manifest in manifests]
    assert counts[0] == counts[1]
    assert counts[0]["considered"] >= 500
    assert counts[0]["released"] >= 100


@pytest.mark.slow
def test_the_served_demo_prints_who_may_sign_in_and_vanishes_when_it_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    line = Line(tmp_path / "line")
    line.env = {}
    monkeypatch.delenv("AMPARO_INSTANCE", raising=False)
    with Served(line, "demo") as served:
        served.wait_for("PASSPHRASE", seconds=400)
        served.wait_for("Tilo")
        assert served.get("/sign-in")[0] == 200
        said = dict(re.findall(r"^(\w+)\s+(?:\w+)\s+(\w+(?:-\w+){3})$", served.said(), re.MULTILINE))
        assert set(said) == set(demo.STAFF)
        assert list((tmp_path / "tmp").glob("amparo-demo-*"))
    assert served.process.returncode == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_is_typed_at_the_desk_is_in_the_language_of_what_is_printed():
    """Accounts and cases of the demo are in Spanish; beside them stood an English sentence on the risk."""
    for text in (*printed.CASES.values(), printed.RISK):
        words = set(re.findall(r"[a-záéíóúñ]+", text.lower()))
        assert words & {"que", "lo", "la"}
        assert not words & {"the", "it", "and"}
