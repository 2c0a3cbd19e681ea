"""Erasures that wait, through the API: asked for, agreed to by a second person, called off, carried out."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents.model.audit import AuditEntry
from incidents.model.base import db
from tests import make
from tests.api.test_duplicates import confirmed
from tests.api.test_lists import told, walked
from tests.api.test_road import send, take_in

WORDS = "They wrote to us from a number that nobody knew."


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def persons(program_for, reviewer):
    incident = take_in(reviewer, send(program_for("field_researcher")))
    return [each["id"] for each in reviewer.get(f"/incidents/{incident}").json["persons"]]


def events(name):
    db.session.rollback()
    return [each for each in db.session.scalars(select(AuditEntry)) if each.event == name]


def asked(who, person):
    answer = who.post(f"/persons/{person}/ask-erasure", {"words": WORDS})
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def later(app, days):
    house = app.extensions["house"]
    before = house.now
    house.now = lambda: before() + timedelta(days=days)


def test_what_somebody_asked_waits_for_a_second_person_and_for_its_day(
    app, program_for, reviewer, persons, staff
):
    coordinator, person = program_for("coordinator"), persons[0]
    id = asked(reviewer, person)
    assert {each["permitted"] for each in reviewer.get(f"/persons/{person}").json["may"]} == {
        False
    }  # at once
    (line,) = reviewer.get("/erasures").json["items"]
    assert (line["id"], line["about"], line["words"], line["agreed_by"]) == (id, person, WORDS, None)
    assert reviewer.get(f"/persons/{person}").json["erasure_due"] == line["due_on"]
    own = reviewer.post(f"/erasures/{id}/agree")
    assert (own.status_code, own.json["code"]) == (409, "second-person-needed")
    early = coordinator.post(f"/erasures/{id}/carry-out")
    assert (early.status_code, early.json["code"]) == (409, "not-due")
    later(app, 30)
    reviewer, coordinator = program_for("reviewer"), program_for("coordinator")
    alone = coordinator.post(f"/erasures/{id}/carry-out")
    assert (alone.status_code, alone.json["code"]) == (409, "second-person-needed")
    agreed = program_for("second").post(f"/erasures/{id}/agree")
    assert (agreed.status_code, agreed.json["agreed_by"]) == (200, "coordinator inventado")
    assert reviewer.post(f"/erasures/{id}/carry-out").status_code == 403
    assert coordinator.post(f"/erasures/{id}/carry-out").status_code == 204
    assert coordinator.post(f"/erasures/{id}/carry-out").status_code == 409
    assert reviewer.get(f"/persons/{person}").json["unreadable"] == {"facts": "erased"}
    assert reviewer.get("/erasures").json["items"] == []
    assert [len(events(f"erasure.{what}")) for what in ("proposed", "agreed", "decided")] == [1, 1, 1]


def test_what_is_called_off_waits_no_more_and_the_withdrawal_stays(program_for, reviewer, persons):
    id = asked(reviewer, persons[0])
    coordinator = program_for("coordinator")
    for wrong in ({}, {"words": "no"}, {"words": WORDS, "until": "soon"}, {"words": WORDS, "state": "done"}):
        assert coordinator.post(f"/erasures/{id}/call-off", wrong).status_code == 422
    assert reviewer.post(f"/erasures/{id}/call-off", {"words": WORDS}).status_code == 403
    assert coordinator.post(f"/erasures/{id}/call-off", {"words": WORDS}).status_code == 204
    assert coordinator.post(f"/erasures/{id}/call-off", {"words": WORDS}).status_code == 409
    assert coordinator.get("/erasures").json["items"] == []
    shown = reviewer.get(f"/persons/{persons[0]}").json
    assert [each["purposes"] for each in shown["withdrawn"]] == [[]]
    assert shown["erasure_due"] is None


def test_each_is_asked_for_once_and_told_once(program_for, reviewer):
    made = []
    for _each in range(3):
        incident = take_in(reviewer, send(program_for("field_researcher")))
        made.append(asked(reviewer, reviewer.get(f"/incidents/{incident}").json["persons"][0]["id"]))
    assert told(walked(reviewer, "/erasures")) == sorted(made)


def test_who_asks_says_who_and_how_once(program_for, reviewer, persons):
    for wrong in ({}, {"words": "yes"}, {"words": WORDS, "due_on": "2019-01-01"}):
        assert reviewer.post(f"/persons/{persons[0]}/ask-erasure", wrong).status_code == 422
    asked(reviewer, persons[0])
    assert reviewer.post(f"/persons/{persons[0]}/ask-erasure", {"words": WORDS}).status_code == 409
    for who in ("analyst", "auditor", "field_researcher"):
        program = program_for(who)
        assert program.post(f"/persons/{persons[1]}/ask-erasure", {"words": WORDS}).status_code == 403
        assert program.get("/erasures").status_code == 403
        assert program.get("/erasures/rules").status_code == 403
    assert reviewer.post(f"/erasures/{uuid4()}/agree").status_code == 404
    assert len(events("erasure.proposed")) == 1


def test_a_rule_proposes_what_is_past_its_time_and_ends(app, program_for):
    report = send(program_for("field_researcher"))
    program_for("reviewer").post(f"/inbox/{report}/set-aside", {"reason": "test"})
    coordinator = confirmed(program_for("coordinator"))
    for wrong in ({"about": "all", "months": 3}, {"about": "set_aside", "months": 0}, {"about": "set_aside"}):
        assert coordinator.post("/erasures/rules", wrong).status_code == 422
    made = coordinator.post("/erasures/rules", {"about": "set_aside", "months": 3})
    assert made.status_code == 201, made.json
    assert (made.json["months"], made.json["set_by"]) == (3, make.FOUNDER)
    assert program_for("reviewer").post("/erasures/rules", {"about": "names", "months": 3}).status_code == 403
    assert program_for("reviewer").get("/erasures/rules").json["items"] == [made.json]
    assert coordinator.post("/erasures/look").json == {"count": 0}
    later(app, 100)
    coordinator = program_for("coordinator")
    assert coordinator.post("/erasures/look").json == {"count": 1}
    assert coordinator.post("/erasures/look").json == {"count": 0}
    (line,) = coordinator.get("/erasures").json["items"]
    assert (line["kind"], line["about"], line["rule"], line["words"]) == (
        "report",
        report,
        made.json["id"],
        None,
    )
    assert coordinator.post(f"/erasures/rules/{made.json['id']}/end").status_code == 204
    again = coordinator.post(f"/erasures/rules/{made.json['id']}/end")
    assert again.json["code"] == "move-not-allowed"  # it ended on that day, and on no later one
    assert coordinator.get("/erasures/rules").json["items"] == []
