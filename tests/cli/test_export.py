"""`./run export`: the organisation's own data in a file, and in again where there is nothing yet."""

import json
import stat

import pytest

from tests.cli.line import CANARY, STAFF, Line


@pytest.fixture
def exported(imported):
    imported("export", imported.folder / "all.jsonl", as_="Ana")
    return imported


def test_an_export_holds_every_record_and_warns(imported):
    said = imported("export", imported.folder / "all.jsonl", as_="Ana").stdout
    lines = (imported.folder / "all.jsonl").read_text("utf-8").splitlines()
    kinds = [json.loads(line).get("record") for line in lines[1:-1]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"report": 39, "incident": 39, "person": 39}
    assert "117 records" in said
    assert "nothing in it is sealed" in said
    assert CANARY not in said


def test_round_trip_by_the_command_line(exported, tmp_path):
    fresh = Line(tmp_path / "there")
    fresh.init()
    arguments = ("import", exported.folder / "all.jsonl", "--result", fresh.folder / "result.csv")
    assert "117 new" in fresh(*arguments, "--dry-run", as_="Ana").stdout
    assert "117 new" in fresh(*arguments, as_="Ana").stdout
    assert "117 unchanged" in fresh(*arguments, as_="Ana").stdout
    fresh("export", fresh.folder / "again.jsonl", as_="Ana")
    one, other = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in (exported.folder / "all.jsonl", fresh.folder / "again.jsonl")
    )
    told = [
        sorted(json.dumps(each.get("document", each.get("identity")), sort_keys=True) for each in lines)
        for lines in (one, other)
    ]
    assert told[0] == told[1]
    fresh("audit", "verify")


def test_an_export_is_its_owner_s_alone_and_overwrites_nothing(exported):
    file = exported.folder / "all.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0
    before = file.read_bytes()
    assert "it is there already" in exported("export", file, as_="Ana", code=1).output
    assert file.read_bytes() == before


@pytest.mark.parametrize("who", sorted(set(STAFF) - {"Bruno"}))
def test_whoever_is_no_coordinator_exports_nothing(imported, who):
    file = imported.folder / "all.jsonl"
    imported("export", file, as_=who, code=1)
    assert list(imported.folder.glob("all*")) == []
