"""Reports that are set aside, looked through, recorded as interviews or cleared, through the API."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from incidents.intake import report, schema
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PRACTICE
from tests import make
from tests.api.test_lists import told, walked
from tests.api.test_road import send

NOTHING = {
    "interview": {"on": {"edtf": "2019-02-04", "precision": "DAY"}, "outcome": "NOT"},
    "danger": "no",
}


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def sent(program_for):
    return send(program_for("field_researcher"))


def events(name):
    db.session.rollback()
    return [each for each in db.session.scalars(select(AuditEntry)) if each.event == name]


# -- set aside


def test_a_report_is_set_aside_with_a_code_and_brought_back(reviewer, sent):
    aside = reviewer.post(f"/inbox/{sent}/set-aside", {"reason": "outside"})
    assert (aside.status_code, aside.json["state"]) == (200, "set_aside")
    assert reviewer.get("/inbox").json["items"] == []
    assert [each["id"] for each in reviewer.get("/inbox", state="set_aside").json["items"]] == [sent]
    assert len(events("report.set-aside")) == 1
    assert reviewer.post(f"/inbox/{sent}/set-aside", {"reason": "test"}).status_code == 409
    assert reviewer.post(f"/inbox/{sent}/take-in", {}).status_code == 409
    back = reviewer.post(f"/inbox/{sent}/bring-back")
    assert (back.status_code, back.json["state"]) == (200, "received")
    assert reviewer.post(f"/inbox/{sent}/bring-back").status_code == 409
    assert [each["id"] for each in reviewer.get("/inbox").json["items"]] == [sent]


def test_what_is_no_reason_is_refused_and_so_is_who_takes_nothing_in(reviewer, program_for, sent):
    for wrong in ({}, {"reason": "because"}, {"reason": make.CANARY_NAME}, {"reason": "test", "state": "x"}):
        assert reviewer.post(f"/inbox/{sent}/set-aside", wrong).status_code == 422
    for who in ("field_researcher", "analyst", "auditor"):
        assert program_for(who).post(f"/inbox/{sent}/set-aside", {"reason": "test"}).status_code == 403
        assert program_for(who).post(f"/inbox/{sent}/bring-back").status_code == 403
        assert program_for(who).post(f"/inbox/{sent}/check", {}).status_code == 403
    for path, body in (("set-aside", {"reason": "test"}), ("bring-back", None), ("check", {})):
        assert reviewer.post(f"/inbox/{uuid4()}/{path}", body).status_code == 404
    assert reviewer.get(f"/inbox/{sent}").json["state"] == "received"


def test_under_a_key_it_is_set_aside_once(reviewer, sent):
    key = {"Idempotency-Key": str(uuid4())}
    first, again = (
        reviewer("POST", f"/inbox/{sent}/set-aside", json={"reason": "test"}, headers=key) for _each in "12"
    )
    assert (first.status_code, first.data) == (200, again.data)
    assert len(events("report.set-aside")) == 1


def test_what_does_not_fit_is_said_as_told_and_as_coded_and_nothing_is_changed(reviewer, sent):
    whole = reviewer.post(f"/inbox/{sent}/check", {})
    assert (whole.status_code, whole.json) == (200, {"contradictions": [], "not_asked": []})
    coded = reviewer.get(f"/inbox/{sent}").json["document"]
    coded["acts"][0]["moment"] = {"edtf": "2019-03-01", "precision": "DAY"}  # after it was told of
    coded["incident"]["moment"] = {"edtf": "2019-03-01", "precision": "DAY"}
    found = reviewer.post(f"/inbox/{sent}/check", {"understood": coded}).json["contradictions"]
    assert found
    for each in found:
        assert each["detail"]
        assert each["fields"]
        assert not any(canary in json.dumps(each) for canary in make.CANARIES)
    assert reviewer.post(f"/inbox/{sent}/check", {}).json["contradictions"] == []


def test_who_was_not_asked_is_said_by_number(program_for, reviewer):
    document = make.report_document()
    persons = document["persons"]
    persons[0]["consent"] = {"method": "spoken", "decisions": {"STA": "given"}}
    report = send(program_for("field_researcher"), persons=persons)
    assert reviewer.post(f"/inbox/{report}/check", {}).json["not_asked"] == [1]


# -- interviews


def test_interviews_that_wait_are_told_once_each_and_recorded(program_for, reviewer, sent):
    researcher = program_for("field_researcher")
    made = [_nothing(researcher) for _each in range(4)]
    pressing = _nothing(researcher, danger="today")
    assert told(walked(reviewer, "/interviews/waiting")) == sorted([*made, pressing])
    one = reviewer.post(f"/interviews/waiting/{made[0]}")
    assert (one.status_code, one.json["id"], one.json["state"]) == (200, made[0], "taken_in")
    assert reviewer.post(f"/interviews/waiting/{made[0]}").status_code == 409
    assert reviewer.post(f"/interviews/waiting/{sent}").status_code == 409  # it tells of an incident
    assert reviewer.post(f"/interviews/waiting/{uuid4()}").status_code == 404
    assert reviewer.post("/interviews/waiting").json == {"count": 3}
    assert reviewer.post("/interviews/waiting").json == {"count": 0}
    assert [each["id"] for each in reviewer.get("/interviews/waiting").json["items"]] == [pressing]
    counted = program_for("analyst").get("/interviews/count").json
    assert (counted["total"]["interviews"], counted["outcomes"]) == (4, {"NOT": 4})
    assert len(events("interview.recorded")) == 4


def _nothing(who, **more):
    answer = who.post("/reports", {**NOTHING, **more, "client_id": str(uuid4())})
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def test_who_takes_nothing_in_sees_and_records_no_interview(program_for):
    id = _nothing(program_for("field_researcher"))
    for who in ("field_researcher", "analyst", "auditor"):
        assert program_for(who).get("/interviews/waiting").status_code == 403
        assert program_for(who).post("/interviews/waiting").status_code == 403
        assert program_for(who).post(f"/interviews/waiting/{id}").status_code == 403
    assert events("interview.recorded") == []


# -- what somebody learnt on


@pytest.fixture
def practised(staff):
    with staff.field_researcher.work() as work:
        return str(report.send(work, schema.load(make.report_document()), PRACTICE).id)


def test_a_practice_report_is_cleared_by_its_writer_with_its_keys(program_for, practised, house):
    researcher = program_for("field_researcher")
    parts = db.session.scalars(select(ReportPart.id).where(ReportPart.report_id == UUID(practised))).all()
    assert parts
    db.session.rollback()
    assert program_for("reviewer").post(f"/reports/{practised}/clear").status_code == 404
    key = {"Idempotency-Key": str(uuid4())}
    done, again = (researcher("POST", f"/reports/{practised}/clear", headers=key) for _each in "12")
    assert (done.status_code, again.json["code"]) == (
        204,
        "answer-not-kept",
    )  # kept answers go with what is gone
    assert researcher.post(f"/reports/{practised}/clear").status_code == 404
    assert db.session.get(Report, UUID(practised)) is None
    assert {id for id, _compartment in house.keystore.erased(set(parts))} == set(parts)
    assert len(events("practice.cleared")) == 1


def test_a_report_that_counts_is_never_cleared(program_for, sent):
    for who in ("field_researcher", "coordinator"):
        assert program_for(who).post(f"/reports/{sent}/clear").status_code == 404
    assert program_for("field_researcher").get(f"/reports/{sent}").status_code == 200
