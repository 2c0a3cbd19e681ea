"""What is done with a piece of evidence, and with one of a report, through the API."""

import io
from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents.model.audit import AuditEntry
from incidents.model.base import db
from tests import make
from tests.api.test_evidence import begin, segment
from tests.api.test_road import send, take_in
from tests.evidence import invented

WHY = "The prosecutor asked for it in writing."
DECISION = "Sent to us by mistake; the coordinator agreed."


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def incident(program_for, reviewer):
    return take_in(reviewer, send(program_for("field_researcher")))


def kept(who, data=None, **to):
    data = data or invented.png()
    begun = who.post("/evidence", {"name": "x.png", "origin": "staff", "size": len(data), **to})
    assert begun.status_code == 201, begun.json
    id = begun.json["id"]
    segment(who, id, 0, data)
    assert who.post(f"/evidence/{id}/finish", {}).status_code == 200
    return id


@pytest.fixture
def piece(reviewer, incident):
    return kept(reviewer, incident=incident)


def events(name):
    db.session.rollback()
    return [each for each in db.session.scalars(select(AuditEntry)) if each.event == name]


def test_a_file_that_came_with_a_report_goes_along_when_it_is_taken_in(program_for, reviewer):
    report = send(program_for("field_researcher"))
    id = kept(reviewer, report=report)
    assert [each["id"] for each in reviewer.get("/evidence", report=report).json["items"]] == [id]
    incident = take_in(reviewer, report)
    assert [each["id"] for each in reviewer.get("/evidence", incident=incident).json["items"]] == [id]


def test_it_belongs_to_one_of_the_two_and_to_what_is_there(program_for, reviewer, incident):
    report = send(program_for("field_researcher"))
    for to in ({}, {"incident": incident, "report": report}):
        refused = reviewer.post("/evidence", {"name": "x", "origin": "staff", "size": 1, **to})
        assert (refused.status_code, list(refused.json["fields"])) == (422, ["incident"])
        assert reviewer.get("/evidence", **to).status_code == 422
    for to in ({"report": incident}, {"incident": report}, {"report": str(uuid4())}):
        assert (
            reviewer.post("/evidence", {"name": "x", "origin": "staff", "size": 1, **to}).status_code == 404
        )
        assert reviewer.get("/evidence", **to).status_code == 404
    assert program_for("analyst").get("/evidence", report=report).status_code == 403


def copied(who, id, data, **query):
    return who(
        "POST", f"/evidence/{id}/copy", query_string=query, data={"copy": (io.BytesIO(data), "copy.jpg")}
    )


def test_a_copy_made_by_hand_is_stripped_and_is_the_one_that_is_shown(reviewer, piece):
    before = reviewer.get(f"/evidence/{piece}").json["copy"]["number"]
    made = copied(reviewer, piece, invented.jpeg(), looked="true")
    assert made.status_code == 201, made.json
    assert (made.json["copy"]["number"], made.json["copy"]["facts"]["how"]) == (before + 1, "by-hand")
    shown = reviewer.get(f"/evidence/{piece}/copy").data
    assert shown.startswith(b"\xff\xd8")
    assert invented.DEVICE.encode() in invented.jpeg()
    assert invented.DEVICE.encode() not in shown
    chain = [each["kind"] for each in reviewer.get(f"/evidence/{piece}").json["custody"]]
    assert chain.count("transformed") == 2


def test_a_copy_that_nobody_looked_through_is_none(reviewer, program_for, piece):
    for query in ({"looked": "false"}, {}):
        refused = copied(reviewer, piece, invented.jpeg(), **query)
        assert (refused.status_code, list(refused.json["fields"])) == (422, ["looked"])
    told = copied(reviewer, piece, invented.docx(), looked="true")  # an office file says who wrote it
    assert (told.status_code, told.json["code"]) == (422, "evidence-copy-still-says")
    assert copied(program_for("analyst"), piece, invented.jpeg(), looked="true").status_code == 403
    assert reviewer.get(f"/evidence/{piece}").json["copy"]["number"] == 1


def in_it(who, piece):
    return sorted((each["person"], each["part"]) for each in who.get(f"/evidence/{piece}").json["people"])


def test_who_is_in_it_are_people_of_its_incident_and_all_of_them(reviewer, program_for, incident, piece):
    one, other = (each["id"] for each in reviewer.get(f"/incidents/{incident}").json["persons"])
    said = {"gave": [one], "shown": [one, other], "everybody": True}
    named = reviewer.post(f"/evidence/{piece}/people", said)
    assert named.status_code == 204, named.json
    assert reviewer.get(f"/evidence/{piece}").json["people_named"] is True
    assert in_it(reviewer, piece) == sorted([(one, "gave"), (one, "shown"), (other, "shown")])
    assert [each.detail["count"] for each in events("evidence.people-named")] == [3]
    reviewer.post(f"/evidence/{piece}/people", {"shown": [other], "everybody": True})
    assert in_it(reviewer, piece) == [(other, "shown")]
    elsewhere = take_in(reviewer, send(program_for("field_researcher")))
    stranger = reviewer.get(f"/incidents/{elsewhere}").json["persons"][0]["id"]
    for wrong in (
        {"shown": [stranger], "everybody": True},
        {"shown": [one], "everybody": False},
        {"shown": [one]},
        {"shown": [one], "everybody": True, "said_by": one},
    ):
        assert reviewer.post(f"/evidence/{piece}/people", wrong).status_code == 422
    assert program_for("auditor").post(f"/evidence/{piece}/people", said).status_code == 403
    assert in_it(reviewer, piece) == [(other, "shown")]


def test_a_handing_over_stands_in_the_chain_once_under_a_key(reviewer, program_for, piece):
    said, key = {"to": "Fiscalía Inventada", "words": WHY}, {"Idempotency-Key": str(uuid4())}
    first, again = (
        reviewer("POST", f"/evidence/{piece}/hand-over", json=said, headers=key) for _each in "12"
    )
    assert (first.status_code, again.status_code) == (204, 204)
    assert again.headers["Idempotency-Replayed"] == "true"
    links = [
        each for each in reviewer.get(f"/evidence/{piece}").json["custody"] if each["kind"] == "transferred"
    ]
    assert [(each["words"], each["by"]) for each in links] == [(said, "reviewer inventado")]
    assert [each.detail for each in events("evidence.handed-over")] == [{}]
    for wrong, field in (({"to": " ", "words": WHY}, "to"), ({"to": "They", "words": "yes"}, "words")):
        refused = reviewer.post(f"/evidence/{piece}/hand-over", wrong)
        assert (refused.status_code, list(refused.json["fields"])) == (422, [field])
    assert program_for("field_researcher").post(f"/evidence/{piece}/hand-over", said).status_code == 403


def test_an_erased_piece_opens_for_nobody_and_is_erased_once(reviewer, program_for, piece):
    coordinator = program_for("coordinator")
    for wrong in ({}, {"decision": "no"}, {"decision": DECISION, "at": "once"}):
        assert coordinator.post(f"/evidence/{piece}/erase", wrong).status_code == 422
    assert reviewer.post(f"/evidence/{piece}/erase", {"decision": DECISION}).status_code == 403
    assert coordinator.post(f"/evidence/{uuid4()}/erase", {"decision": DECISION}).status_code == 404
    key = {"Idempotency-Key": str(uuid4())}
    done, again = (
        coordinator("POST", f"/evidence/{piece}/erase", json={"decision": DECISION}, headers=key)
        for _each in "12"
    )
    assert done.status_code == 204
    assert again.json["code"] == "answer-not-kept"  # kept answers go with what is erased
    assert coordinator.post(f"/evidence/{piece}/erase", {"decision": DECISION}).status_code in (409, 410)
    shown = reviewer.get(f"/evidence/{piece}").json
    assert (shown["state"], shown["facts"], shown["unreadable"]["facts"]) == ("destroyed", None, "erased")
    assert reviewer.post(f"/evidence/{piece}/original", {"reason": "court"}).status_code == 410
    assert reviewer.get(f"/evidence/{piece}/copy").status_code == 409
    assert len(events("erasure.decided")) == 1
    assert program_for("auditor").get("/trail/verify").json["holds"] is True


def test_the_begin_of_before_is_the_same(reviewer, incident):
    assert begin(reviewer, incident, make.CANARY_NAME.encode()).status_code == 201
