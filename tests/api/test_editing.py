"""A program edits a record with the version that it read and a reason, and reads what was edited."""

import pytest

from tests import make
from tests.api.test_road import send, take_in

WHY = "The recording says otherwise; I listened to it twice."


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def incident(program_for, reviewer):
    return take_in(reviewer, send(program_for("field_researcher")))


def edit(program, id, **body):
    return program("PATCH", f"/records/{id}", json=body)


def test_what_is_named_changes_and_all_else_stays(reviewer, incident):
    shown = reviewer.get(f"/incidents/{incident}").json
    act = shown["acts"][0]
    answer = edit(
        reviewer, act["id"], seen=act["version"], reasons=WHY, facts={"type": "EXT", "status": None}
    )
    assert answer.status_code == 200, answer.json
    assert answer.json == {"id": act["id"], "version": 2, "fields": ["status", "type"], "again": []}
    assert reviewer.get(f"/records/{act['id']}").json["facts"] == {"type": "EXT"}
    before = reviewer.get(f"/records/{act['id']}", version=1).json
    assert (before["version"], before["facts"]) == (1, act["facts"])
    (said,) = before["edits"]
    assert (said["kind"], said["fields"], said["reasons"]) == ("changed", ["status", "type"], WHY)
    assert (said["from_version"], said["to_version"], said["edited_by"]) == (1, 2, "reviewer inventado")


def test_every_record_of_an_incident_says_its_id_and_version(reviewer, incident):
    shown = reviewer.get(f"/incidents/{incident}").json
    blocks = ("acts", "persons", "involvements", "perpetrators", "sources")
    for row in (shown, *(each for block in blocks for each in shown[block])):
        read = reviewer.get(f"/records/{row['id']}").json
        assert (read["version"], read["edits"]) == (row["version"], [])


def test_words_of_an_incident_are_edited_and_restored(reviewer, incident):
    answer = edit(reviewer, incident, seen=1, reasons=WHY, summary="Shorter.", narrative="  Así fue. ")
    assert answer.json["fields"] == ["summary", "narrative"]
    shown = reviewer.get(f"/incidents/{incident}").json
    assert (shown["summary"], shown["narrative"]) == ("Shorter.", "  Así fue. ")
    back = reviewer.post(f"/records/{incident}/restore", {"seen": 2, "of": 1, "reasons": WHY})
    assert back.status_code == 200, back.json
    shown = reviewer.get(f"/incidents/{incident}").json
    assert (shown["summary"], shown["narrative"]) == (make.CANARY_SUMMARY, make.CANARY_NARRATIVE)


def test_a_version_that_is_stale_is_a_conflict(reviewer, incident):
    assert edit(reviewer, incident, seen=1, reasons=WHY, facts={"time": "16:30"}).status_code == 200
    late = edit(reviewer, incident, seen=1, reasons=WHY, facts={"time": "17:45"})
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    assert late.json["version"] == reviewer.get(f"/records/{incident}").json["version"] == 2
    assert reviewer.get(f"/incidents/{incident}").json["facts"]["time"] == "16:30"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reasons": WHY, "facts": {"time": "16:30"}}, "invalid-input"),
        ({"seen": 1, "facts": {"time": "16:30"}}, "reasons-needed"),
        ({"seen": 1, "reasons": WHY, "facts": {"time": "late"}}, "invalid-input"),
        ({"seen": 1, "reasons": WHY, "facts": {"interview": {}}}, "invalid-input"),
        ({"seen": 1, "reasons": WHY, "facts": {"version": 3}}, "invalid-input"),
        ({"seen": 1, "reasons": WHY, "state": "closed"}, "invalid-input"),
    ],
)
def test_what_does_not_hold_changes_nothing(reviewer, incident, body, code):
    answer = edit(reviewer, incident, **body)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert reviewer.get(f"/records/{incident}").json["version"] == 1


def test_an_act_is_taken_out_and_brought_back(reviewer, incident):
    act = reviewer.get(f"/incidents/{incident}").json["acts"][0]
    body = {"seen": 1, "reasons": WHY}
    assert reviewer.post(f"/records/{act['id']}/take-out", body).status_code == 200
    assert reviewer.get(f"/incidents/{incident}").json["acts"] == []
    assert edit(reviewer, act["id"], **{**body, "seen": 2}, facts={}).status_code == 404
    assert reviewer.post(f"/records/{act['id']}/bring-back", {**body, "seen": 2}).status_code == 200
    assert [each["id"] for each in reviewer.get(f"/incidents/{incident}").json["acts"]] == [act["id"]]
    for deed in ("take-out", "bring-back"):  # a whole incident does not leave itself
        assert reviewer.post(f"/records/{incident}/{deed}", body).status_code == 404


def test_what_was_forgotten_is_added(reviewer, incident):
    added = {}
    for what, body in (
        ("acts", {"facts": {"type": "ROB"}}),
        (
            "persons",
            {"person": {"kind": "individual", "facts": {"age": 17}, "identity": {"name": "Tercera"}}},
        ),
        ("perpetrators", {"facts": {"group": "Los Terceros (inventados)"}, "name": "El Mudo"}),
    ):
        answer = reviewer.post(f"/incidents/{incident}/{what}", {**body, "reasons": WHY})
        assert answer.status_code == 201, answer.json
        added[what] = answer.json["id"]
    part = {"person": added["persons"], "act": added["acts"], "facts": {"part": "DIR"}, "reasons": WHY}
    assert reviewer.post(f"/incidents/{incident}/involvements", part).status_code == 201
    assert reviewer.post(f"/incidents/{incident}/involvements", part).status_code == 422
    shown = reviewer.get(f"/incidents/{incident}").json
    for what, id in added.items():
        assert id in {each["id"] for each in shown[what]}
        assert [each["kind"] for each in reviewer.get(f"/records/{id}").json["edits"]] == ["added"]
    assert "El Mudo" not in str(shown)


@pytest.mark.parametrize("who", ["field_researcher", "analyst", "administrator", "auditor"])
def test_nobody_else_edits_or_reads_versions(program_for, incident, who):
    program = program_for(who)
    assert edit(program, incident, seen=1, reasons=WHY, facts={}).status_code == 403
    assert program.get(f"/records/{incident}").status_code == 403
    assert program.post(f"/incidents/{incident}/acts", {"facts": {"type": "KID"}}).status_code == 403


@pytest.mark.parametrize(
    ("facts", "status", "changed"),
    [
        ({"labels": None}, 200, ["labels.folio"]),
        ({"interview": None}, 422, []),
        ({}, 200, []),
    ],
)
def test_null_takes_labels_away_and_what_is_kept_elsewhere_is_refused(
    reviewer, program_for, facts, status, changed
):
    document = make.report_document()
    document["incident"]["labels"] = {"folio": "17"}
    sent = program_for("field_researcher").post("/reports", document)
    incident = take_in(reviewer, sent.json["id"])
    answer = edit(reviewer, incident, seen=1, reasons=WHY, facts=facts)
    assert answer.status_code == status, answer.json
    assert answer.json.get("fields", []) == changed or status == 422
    labels = reviewer.get(f"/records/{incident}").json["facts"].get("labels")
    assert labels == (None if changed else {"folio": "17"})


def test_an_act_that_was_edited_since_is_not_decided_on(reviewer, program_for, incident):
    (act, *_rest) = reviewer.get(f"/incidents/{incident}").json["acts"]
    assert edit(reviewer, act["id"], seen=1, reasons=WHY, facts={"type": "EXT"}).status_code == 200
    second = program_for("second")
    body = {"to": "CRE", "reasons": WHY}
    stale = second.post(f"/acts/{act['id']}/move", {**body, "seen": 1})
    assert (stale.status_code, stale.json["code"]) == (409, "conflict")
    assert second.post(f"/acts/{act['id']}/move", body).status_code == 422
    assert reviewer.get(f"/incidents/{incident}").json["acts"][0]["verification"] == act["verification"]


def test_who_somebody_is_to_the_record_is_edited(reviewer, incident):
    person = next(
        each for each in reviewer.get(f"/incidents/{incident}").json["persons"] if not each["teller"]
    )
    answer = edit(reviewer, person["id"], seen=person["version"], reasons=WHY, teller=True, kind="group")
    assert answer.status_code == 200, answer.json
    assert answer.json["fields"] == ["age", "kind", "teller"]
    now = reviewer.get(f"/records/{person['id']}").json
    assert (now["kind"], now["teller"], now["facts"]) == ("group", True, {})
    act = reviewer.get(f"/incidents/{incident}").json["acts"][0]
    assert edit(reviewer, act["id"], seen=act["version"], reasons=WHY, kind="group").status_code == 422
    assert edit(reviewer, person["id"], seen=2, reasons=WHY, kind="crowd").status_code == 422
