"""The whole road as programs drive it: report, incident, review, release; and a table of other people's rows."""

import io
import json
import zipfile
from uuid import uuid4

import pytest

from incidents import jobs
from incidents.release import making
from tests import make
from tests.api.programs import DECLARED
from tests.intake.invented import HEAD
from tests.release import unpacked

REASONS = "Two phone records and a bus ticket agree with it."
FILE = '[file]\nkind = "csv"\nseparator = ";"\n[fields]\n"incident.moment" = { column = "d", as = "date" }'
MAPPING = f"{HEAD}\n{FILE}\n"
TABLE = "id;d\n1;2019\n2;2019-03\n3;soon\n"


def send(who, **changes):
    sent = who.post("/reports", make.report_document(client_id=str(uuid4()), **changes))
    assert sent.status_code == 201, sent.json
    return sent.json["id"]


def take_in(who, report, **more):
    taken = who.post(f"/inbox/{report}/take-in", more)
    assert taken.status_code == 201, taken.json
    return taken.json["id"]


def acts_of(who, incident):
    return [act["id"] for act in who.get(f"/incidents/{incident}").json["acts"]]


def files(table=TABLE, mapping=MAPPING):
    return {
        "file": (io.BytesIO(table.encode()), "invented.csv"),
        "mapping": (io.BytesIO(mapping.encode()), "map.toml"),
    }


@pytest.fixture
def prepared(program_for):
    """A release that waits for its signature, with the programs of the four who brought it there."""
    researcher, reviewer = program_for("field_researcher"), program_for("reviewer")
    for _report in range(6):
        for act in acts_of(reviewer, take_in(reviewer, send(researcher))):
            moved = reviewer.post(f"/acts/{act}/move", {"seen": 1, "to": "CRE", "reasons": REASONS})
            assert (moved.status_code, moved.json["verification"]) == (200, "CRE")
    made = program_for("analyst").post("/releases", {"policy": "dataset-research"})
    assert made.status_code == 201, made.json
    return made.json


def test_four_people_bring_a_report_to_a_release(program_for, prepared):
    signed = program_for("coordinator").post(f"/releases/{prepared['id']}/sign", DECLARED)
    assert (signed.status_code, signed.json["state"]) == (200, "signed")
    assert signed.json["counts"] == {"considered": 6, "released": 6, "excluded": {}}
    pack = program_for("analyst").get(f"/releases/{prepared['id']}/pack")
    assert (pack.status_code, pack.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(pack.data)) as zipped:
        assert {"data.csv", "codebook.csv", "manifest.json"} <= set(zipped.namelist())
        assert json.loads(zipped.read("manifest.json")) == signed.json["manifest"]
    inside = unpacked.text({"pack.zip": pack.data})
    assert [canary for canary in make.CANARIES if canary in inside] == []
    verified = program_for("auditor").get("/trail/verify").json
    assert verified == {"holds": True, "breaks": [], "more": False}


UNSEEN = ["Say that you looked at what goes out, and that it may: nobody signs unseen."]
UNSAID = [None, {}, {"declared": False}, {"declared": None}]


def test_no_program_signs_what_nobody_says_they_looked_at(program_for, prepared):
    coordinator, address = program_for("coordinator"), f"/releases/{prepared['id']}"
    for body in UNSAID:
        refused = coordinator.post(f"{address}/sign", body)
        assert (refused.status_code, refused.json["fields"]) == (422, {"declared": UNSEEN})
    assert (coordinator.get(address).json["state"], coordinator.get(address).json["signed_by"]) == (
        "prepared",
        None,
    )


def test_a_program_continues_a_series_as_a_person_does(program_for, prepared):
    analyst, wanted = program_for("analyst"), {"policy": "dataset-research"}
    assert (
        analyst.post("/releases", wanted | {"continues": prepared["id"]}).json["code"] == "move-not-allowed"
    )
    program_for("coordinator").post(f"/releases/{prepared['id']}/sign", DECLARED)
    refused = analyst.post("/releases", wanted | {"continues": prepared["id"]})
    assert (refused.status_code, refused.json["code"]) == (409, "edition-too-soon")
    again = analyst.post("/releases", wanted | {"coarser": True, "hxl": True})
    assert (again.status_code, again.json["manifest"]["compared"]) == (201, [prepared["reference"]])
    assert "data-hxl.csv" in {each["name"] for each in again.json["manifest"]["files"]}


def test_a_program_has_a_release_made_and_follows_it(program_for, prepared):
    analyst, wanted = program_for("analyst"), {"policy": "dataset-research"}
    wanted |= {"hxl": True}
    begun = analyst.post("/releases/jobs", wanted)
    assert begun.status_code == 202, begun.json
    assert (begun.json["state"], begun.json["release"]) == ("waiting", None)
    id = begun.json["id"]
    assert analyst.post("/releases/jobs", wanted).json["id"] == id
    house = program_for("analyst").client.application.extensions["house"]
    assert jobs.run_waiting(house)
    made = analyst.get(f"/releases/jobs/{id}").json
    assert (made["state"], made["stage"], made["refused"]) == ("done", "keep", None)
    signed = program_for("coordinator").post(f"/releases/{made['release']}/sign", DECLARED)
    assert (signed.json["reference"], signed.json["expires_on"]) == (made["reference"], None)
    pack = analyst.get(f"/releases/{made['release']}/pack")
    assert "data-hxl.csv" in zipfile.ZipFile(io.BytesIO(pack.data)).namelist()
    (taken,) = analyst.get(f"/releases/{made['release']}").json["downloaded"]
    assert taken["by"] == "analyst inventado"
    corrected = analyst.post(f"/releases/{made['release']}/correction")
    assert corrected.status_code == 202
    assert jobs.run_waiting(house)
    refused = analyst.get(f"/releases/jobs/{corrected.json['id']}").json["refused"]
    assert refused["code"] == "nothing-to-correct"
    assert "Nobody left" in refused["detail"]
    assert program_for("coordinator").get(f"/releases/jobs/{id}").status_code == 403
    assert analyst.get(f"/imports/{id}").status_code in (403, 404)


def test_a_program_recalls_what_is_signed_and_discards_what_nobody_signed(program_for, prepared):
    analyst, coordinator = program_for("analyst"), program_for("coordinator")
    address = f"/releases/{prepared['id']}"
    assert coordinator.post(f"{address}/recall", {"reasons": REASONS}).json["code"] == "move-not-allowed"
    coordinator.post(f"{address}/sign", DECLARED)
    assert analyst("DELETE", address).json["code"] == "move-not-allowed"
    assert coordinator("DELETE", address).json["code"] == "move-not-allowed"
    assert analyst.post(f"{address}/recall", {"reasons": REASONS}).status_code == 403
    assert coordinator.post(f"{address}/recall", {"reasons": "no"}).status_code == 422
    recalled = coordinator.post(f"{address}/recall", {"reasons": REASONS})
    assert (recalled.status_code, recalled.json["state"]) == (200, "recalled")
    assert analyst.get(f"{address}/pack").status_code == 409
    for who in (analyst, coordinator):
        waits = analyst.post("/releases", {"policy": "dataset-research"}).json["id"]
        assert who("DELETE", f"/releases/{waits}").status_code == 204
        assert analyst.get(f"/releases/{waits}").status_code == 404
    assert program_for("auditor").get("/trail/verify").json["holds"]


def test_among_thousands_of_acts_a_signature_is_long_work_that_is_followed(
    program_for, prepared, house, monkeypatch
):
    monkeypatch.setattr(making, "AT_HAND", 1)
    coordinator, address = program_for("coordinator"), f"/releases/{prepared['id']}"
    begun = coordinator.post(f"{address}/sign", DECLARED)
    assert (begun.status_code, begun.json["state"], begun.json["release"]) == (202, "waiting", None)
    follow = f"/releases/signatures/{begun.json['id']}"
    assert program_for("second").get(follow).status_code == 404
    assert program_for("analyst").get(f"{address}/pack").status_code == 409
    assert jobs.run_waiting(house)
    done = coordinator.get(follow).json
    assert (done["state"], done["release"], done["refused"]) == ("done", prepared["id"], None)
    assert coordinator.get(address).json["state"] == "signed"
    assert program_for("analyst").get(f"{address}/pack").status_code == 200


def test_whoever_asks_whether_a_pack_is_there_has_not_taken_it(program_for, prepared):
    analyst, address = program_for("analyst"), f"/releases/{prepared['id']}"
    program_for("coordinator").post(f"{address}/sign", DECLARED)
    asked = analyst("HEAD", f"{address}/pack")
    assert (asked.status_code, asked.data) == (200, b"")
    assert analyst.get(address).json["downloads"] == 0
    assert analyst.get(f"{address}/pack").status_code == 200
    assert analyst.get(address).json["downloads"] == 1


def test_a_release_leaves_unsigned_to_nobody(program_for, prepared):
    refused = program_for("analyst").get(f"/releases/{prepared['id']}/pack")
    assert (refused.status_code, refused.json["code"]) == (409, "move-not-allowed")


def test_signing_asks_for_the_passphrase_given_just_now(program_for, prepared, monkeypatch):
    coordinator = program_for("coordinator")
    monkeypatch.setattr("incidents.safeguards.sessions.FRESH", -1)
    refused = coordinator.post(f"/releases/{prepared['id']}/sign", DECLARED)
    assert (refused.status_code, refused.json["code"]) == (403, "fresh-sign-in-needed")
    monkeypatch.undo()
    monkeypatch.setattr("incidents.safeguards.sessions.FRESH", 60)
    assert coordinator.post("/session/confirm", {"passphrase": make.PASSPHRASE}).status_code == 204
    assert coordinator.post(f"/releases/{prepared['id']}/sign", DECLARED).status_code == 200


def test_a_report_sent_ten_times_is_one_report_and_each_answer_says_so(program_for):
    researcher, document = program_for("field_researcher"), make.report_document(client_id=str(uuid4()))
    answers = [researcher.post("/reports", document) for _time in range(10)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert [each["id"] for each in researcher.get("/reports").json["items"]] == [answers[0].json["id"]]


def test_what_was_sent_is_read_again_as_it_was_told(program_for):
    researcher, document = program_for("field_researcher"), make.report_document()
    told = researcher.get(f"/reports/{send(researcher)}").json
    for person in document["persons"]:
        if "consent" in person:
            person["consent"]["on"] = "2019-02-04"  # the day of the interview, where nothing else was said
    assert told["document"] == document
    assert told["unreadable"] == {}


def test_who_does_not_want_to_be_written_down_is_not(program_for):
    researcher, document = program_for("field_researcher"), make.report_document()
    document["persons"][0]["consent"]["decisions"]["REC"] = "refused"
    refused = researcher.post("/reports", document)
    assert refused.status_code == 422
    assert list(refused.json["fields"]) == ["persons.0.consent.decisions.REC"]
    assert researcher.get("/reports").json["items"] == []


def test_a_reviewer_may_code_a_report_differently_and_link_it_to_a_known_incident(program_for):
    researcher, reviewer = program_for("field_researcher"), program_for("reviewer")
    known = take_in(reviewer, send(researcher))
    second = send(researcher)
    understood = reviewer.get(f"/inbox/{second}").json["document"]
    understood["acts"][0]["type"] = "EXT"
    assert take_in(reviewer, second, understood=understood, link_to=known) == known
    acts = reviewer.get(f"/incidents/{known}").json["acts"]
    assert sorted(act["facts"]["type"] for act in acts) == ["EXT", "KID"]


def test_what_a_reviewer_codes_is_named_where_it_does_not_hold(program_for):
    report = send(program_for("field_researcher"))
    wrong = {"understood": {"acts": [{"type": "NONE"}]}, "link_to": str(uuid4())}
    refused = program_for("reviewer").post(f"/inbox/{report}/take-in", wrong)
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["understood.acts.0.type"])
    refused = program_for("reviewer").post(f"/inbox/{report}/take-in", {"link_to": str(uuid4())})
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["link_to"])
    assert program_for("reviewer").get("/inbox").json["items"][0]["state"] == "received"


def test_nobody_decides_on_what_they_submitted(program_for):
    reviewer = program_for("reviewer")
    (act,) = acts_of(reviewer, take_in(reviewer, send(reviewer)))
    refused = reviewer.post(f"/acts/{act}/move", {"seen": 1, "to": "CRE", "reasons": REASONS})
    assert (refused.status_code, refused.json["code"]) == (409, "second-person-needed")


def test_names_stay_closed_in_incidents(program_for):
    reviewer = program_for("reviewer")
    incident = take_in(reviewer, send(program_for("field_researcher")))
    shown = reviewer.get(f"/incidents/{incident}").text + reviewer.get("/incidents").text
    assert [value for value in make.IDENTITY.values() if value in shown] == []


def test_a_table_is_previewed_imported_and_accounted_for(program_for, house):
    reviewer = program_for("reviewer")
    seen = reviewer("POST", "/imports/preview", data=files()).json
    assert seen["totals"] == {"new": 2, "refused": 1}
    assert reviewer.get("/incidents").json["items"] == []
    begun = reviewer("POST", "/imports", data=files())
    assert (begun.status_code, begun.json["state"]) == (202, "waiting")
    job = begun.json["id"]
    assert reviewer.get(f"/imports/{job}/result").status_code == 409
    assert jobs.run_waiting(house)
    assert reviewer.get(f"/imports/{job}").json["state"] == "done"
    first = reviewer.get(f"/imports/{job}/result", limit=2).json
    rest = reviewer.get(f"/imports/{job}/result", limit=2, after=first["next"]).json
    assert [line["outcome"] for line in first["items"] + rest["items"]] == ["new", "new", "refused"]
    assert (first["totals"], rest["next"]) == ({"new": 2, "refused": 1}, None)
    assert len(reviewer.get("/incidents").json["items"]) == 2


def test_an_import_belongs_to_who_began_it(program_for):
    job = program_for("reviewer")("POST", "/imports", data=files()).json["id"]
    other = program_for("coordinator")
    assert other.get(f"/imports/{job}").status_code == 404
    assert other.get(f"/imports/{job}").text == other.get(f"/imports/{uuid4()}").text
