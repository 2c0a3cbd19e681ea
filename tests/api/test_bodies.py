"""What comes in is read whole or refused with a sentence, and changes nothing else."""

import io
import json

import pytest
from sqlalchemy import func, select

from incidents.model.audit import AuditBlock
from incidents.model.base import db
from tests import make
from tests.api.programs import sessions_of
from tests.api.test_road import MAPPING, REASONS, TABLE, acts_of, send, take_in

NOT_OURS_TO_GIVE = {
    "role": "coordinator",
    "roles": ["coordinator"],
    "state": "signed",
    "version": 7,
    "verification": "VER",
    "recorded_by": "00000000-0000-0000-0000-000000000000",
    "signed_by": "00000000-0000-0000-0000-000000000000",
    "batch_id": "00000000-0000-0000-0000-000000000000",
    "reference": "R-2222-2222",
}
NESTED = '{"persons": ' + "[" * 100_000 + "]" * 100_000 + "}"


def blocks():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditBlock))


def problem_of(answer):
    """A Problem as RFC 9457 has it."""
    assert answer.mimetype == "application/problem+json"
    said = answer.json
    assert {"type", "title", "status", "code", "detail"} <= set(said)
    assert said["status"] == answer.status_code
    return said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"summary": NaN}',
        b'{"summary": "one", "summary": "two"}',
        b'{"summary": "half \\ud83d"}',
        b'{"summary": "nul \\u0000"}',
        b'{"summary": "\xff"}',
        NESTED.encode(),
        b'{"persons": [{"facts": {"age": ' + b"9" * 5000 + b"}}]}",
    ],
    ids=range(12),
)
def test_what_is_not_one_json_object_of_real_text_is_refused(program_for, body):
    refused = program_for("field_researcher")("POST", "/reports", data=body, content_type="application/json")
    assert (refused.status_code, problem_of(refused)["code"]) == (422, "not-readable")


def test_another_content_type_is_refused_with_what_to_do(program_for):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        refused = program_for("field_researcher")("POST", "/reports", data=b"{}", content_type=content_type)
        assert (refused.status_code, problem_of(refused)["code"]) == (415, "unsupported-media-type")
        assert "Content-Type" in refused.json["detail"]


def test_a_body_that_is_too_large_is_refused(program_for, app):
    researcher = program_for("field_researcher")
    long = json.dumps({"narrative": "a" * (16 * 1024 * 1024)})
    refused = researcher("POST", "/reports", data=long, content_type="application/json")
    assert (refused.status_code, problem_of(refused)["code"]) == (413, "too-large")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    refused = researcher("POST", "/reports", data=long, content_type="application/json")
    assert (refused.status_code, problem_of(refused)["code"]) == (413, "too-large")


def test_a_narrative_of_millions_of_characters_is_kept_whole(program_for):
    researcher = program_for("field_researcher")
    narrative = "Ñandú  y\tlluvia\n" * 200_000
    assert researcher.get(f"/reports/{send(researcher, narrative=narrative)}").json["document"][
        "narrative"
    ] == (narrative)


def test_a_field_is_named_by_its_path_in_the_document(program_for):
    wrong = make.report_document()
    wrong["persons"][0]["facts"]["age"] = 200
    wrong["incident"]["place"]["state"] = "US-TX"
    wrong["acts"][0]["name"] = "canary"
    refused = program_for("field_researcher").post("/reports", wrong)
    assert refused.status_code == 422
    assert set(problem_of(refused)["fields"]) == {"persons.0.facts.age", "incident.place", "acts.0.name"}
    assert "canary" not in refused.text


def test_nothing_in_an_address_is_passed_over(program_for):
    for path in (
        "/reports?sort=name",
        "/inbox?state=taken_in",
        "/incidents?after=yesterday",
        "/reports?limit=0",
    ):
        assert problem_of(program_for("reviewer")("GET", path))["code"] == "invalid-input"


@pytest.mark.parametrize("name", NOT_OURS_TO_GIVE)
def test_what_the_house_decides_itself_cannot_be_given(program_for, staff, app, name):
    researcher, reviewer = program_for("field_researcher"), program_for("reviewer")
    report, incident = send(researcher), take_in(reviewer, send(researcher))
    (act,) = acts_of(reviewer, incident)
    more = {name: NOT_OURS_TO_GIVE[name]}
    tried = {
        ("field_researcher", "/reports"): make.report_document(),
        ("reviewer", f"/inbox/{report}/take-in"): {},
        ("second", f"/acts/{act}/move"): {"seen": 1, "to": "CRE", "reasons": REASONS},
        ("analyst", "/releases"): {"policy": "dataset-research"},
        ("analyst", "/session/confirm"): {"passphrase": make.PASSPHRASE},
    }
    with app.app_context():
        before = blocks()
        for (who, path), body in tried.items():
            refused = program_for(who).post(path, {**body, **more})
            assert (refused.status_code, list(problem_of(refused)["fields"])) == (422, [name]), path
        assert blocks() == before


def test_what_the_house_decides_itself_cannot_be_given_deep_inside_either(program_for):
    for place in ("interview", "incident"):
        document = make.report_document()
        document[place]["verification"] = "VER"
        assert program_for("field_researcher").post("/reports", document).status_code == 422
    for place in ("acts", "persons", "involvements", "perpetrators", "sources"):
        document = make.report_document()
        document[place][0]["submitted_by"] = []
        assert program_for("field_researcher").post("/reports", document).status_code == 422


def test_a_fault_of_ours_shows_a_number_and_nothing_of_what_it_was_about(program_for, monkeypatch, caplog):
    def broken(*_args, **_more):
        raise RuntimeError(make.CANARY_NAME)

    monkeypatch.setattr("incidents.search.listed", broken)
    answer = program_for("reviewer").get("/incidents")
    assert (answer.status_code, problem_of(answer)["code"]) == (500, "fault")
    assert make.CANARY_NAME not in answer.text
    assert answer.json["number"] in caplog.text


def test_a_token_of_nobody_opens_nothing(app, staff):
    client, token = app.test_client(), sessions_of(staff.reviewer).hex()
    for sent in (
        f"Basic {token}",
        token[:-2],
        f"Bearer {token[:-2]}{int(token[-2:], 16) ^ 1:02x}",
        "Bearer ñ",
        "Bearer",
    ):
        refused = client.get("/api/v1/me", headers={"Authorization": sent.encode("utf-8").decode("latin-1")})
        assert (refused.status_code, problem_of(refused)["code"]) == (401, "sign-in-needed"), sent
        assert refused.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("table", "mapping"),
    [
        (b"", MAPPING.encode()),
        (b"\x00\x01\x02", MAPPING.encode()),
        (b"PK\x03\x04 no archive", MAPPING.replace("csv", "xlsx").encode()),
        (TABLE.encode(), b""),
        (TABLE.encode(), b"\xff"),
        (TABLE.encode(), b"[file]\nkind = 1"),
        (TABLE.encode(), b"= ="),
    ],
    ids=range(7),
)
def test_a_file_that_cannot_be_read_is_said_and_nothing_is_kept(program_for, app, table, mapping):
    reviewer = program_for("reviewer")
    with app.app_context():
        before = blocks()
        for path in ("/imports/preview", "/imports"):
            given = {"file": (io.BytesIO(table), "t.csv"), "mapping": (io.BytesIO(mapping), "m.toml")}
            refused = reviewer("POST", path, data=given)
            if path == "/imports" and refused.status_code == 202:
                continue  # the table is read by the job
            assert refused.status_code == 422
            assert problem_of(refused)["detail"]
            assert blocks() == before


def test_an_import_needs_both_its_files(program_for):
    refused = program_for("reviewer")("POST", "/imports", data={"file": (io.BytesIO(b"a"), "t.csv")})
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["mapping"])
