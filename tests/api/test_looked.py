"""What a release would hold, and its risk in full: looked at by a program before anybody signs."""

import csv
import io
import zipfile
from collections import Counter

import pytest
from sqlalchemy import func, select

from incidents.model.audit import AuditEntry
from incidents.release import making, offers
from tests import make
from tests.api.programs import DECLARED
from tests.api.test_road import prepared as prepared

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
WANTED = {"policy": "dataset-research"}


def blocks(house, event=None):
    house.db().rollback()
    query = select(func.count()).select_from(AuditEntry)
    return house.db().scalar(query if event is None else query.where(AuditEntry.event == event))


def test_a_preview_is_what_would_be_prepared_and_leaves_nothing(program_for, prepared, house):
    analyst, before = program_for("analyst"), blocks(house, "release.prepared")
    seen = analyst.post("/releases/preview", WANTED)
    assert seen.status_code == 200, seen.json
    assert seen.json["manifest"]["counts"] == prepared["counts"]
    assert seen.json["manifest"]["k_measured"] == prepared["manifest"]["k_measured"]
    assert "lumps" not in seen.json["manifest"]
    assert all(line.keys() == {*prepared["manifest"]["columns"]} for line in seen.json["lines"])
    assert 0 < len(seen.json["lines"]) <= 6
    assert [canary for canary in make.CANARIES if canary in seen.text] == []
    assert (seen.json["why_offers"], [each["policy"] for each in seen.json["offers"]]) == (
        "small",
        list(offers.OFFERED),
    )
    assert len(analyst.get("/releases").json["items"]) == 1
    assert blocks(house, "release.prepared") == before


def test_of_rows_without_protection_a_preview_shows_no_row(program_for, prepared):
    seen = program_for("analyst").post("/releases/preview", {"policy": "internal"}).json
    assert (seen["lines"], seen["why_offers"], seen["offers"]) == ([], None, [])
    assert seen["manifest"]["counts"]["released"] == 6


def test_a_preview_refuses_what_it_cannot_show(program_for, prepared, monkeypatch):
    analyst = program_for("analyst")

    def refused(program=analyst, **body):
        answer = program.post("/releases/preview", WANTED | body)
        return answer.status_code, answer.json["code"]

    assert refused(policy="public-table") == (422, "makes-no-rows")
    assert refused(filters={"from": "2020-02-01", "to": "2020-01-01"}) == (422, "invalid-input")
    assert refused(k=2) == (422, "k-below-policy")
    assert refused(lines=600) == (422, "invalid-input")
    for who in ("coordinator", "reviewer", "auditor"):
        assert refused(program_for(who)) == (403, "not-allowed")
    monkeypatch.setattr(making, "AT_HAND", 1)
    assert refused() == (409, "too-much-at-once")


def test_the_risk_in_full_is_what_somebody_counts_in_the_pack(program_for, prepared, house):
    analyst, coordinator = program_for("analyst"), program_for("coordinator")
    address = f"/releases/{prepared['id']}"
    assert coordinator.post(f"{address}/sign", DECLARED).status_code == 200
    with zipfile.ZipFile(io.BytesIO(analyst.get(f"{address}/pack").data)) as pack:
        rows = list(csv.DictReader(io.StringIO(pack.read("data.csv").decode("utf-8-sig"))))
    quasi = prepared["manifest"]["quasi_identifiers"]
    classes = Counter(tuple(row[name] for name in quasi) for row in rows)
    found = analyst.get(f"{address}/risk").json
    assert (found["rows"], found["classes"], found["k"]) == (len(rows), len(classes), min(classes.values()))
    told = {tuple(each["values"][name] for name in quasi): each["rows"] for each in found["smallest_classes"]}
    assert told == dict(sorted(classes.items(), key=lambda each: each[1])[:10])
    assert coordinator.get(f"{address}/risk").json == found
    assert blocks(house, "release.risk-read") == 2
    assert program_for("reviewer").get(f"{address}/risk").status_code == 403
    assert blocks(house, "release.risk-read") == 2


def test_of_rows_as_recorded_the_risk_is_figures_and_of_tables_there_is_none(program_for, prepared):
    analyst = program_for("analyst")
    rows = analyst.post("/releases", {"policy": "internal"}).json
    found = analyst.get(f"/releases/{rows['id']}/risk").json
    assert (found["protection"], found["rows"]) == ("off", 6)
    assert found["smallest_classes"] == found["attackers"] == found["stand_out"] == []
    tables = analyst.post("/releases", {"policy": "public-table"})
    assert tables.status_code == 201, tables.json
    assert analyst.get(f"/releases/{tables.json['id']}/risk").status_code == 404
