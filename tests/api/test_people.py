"""Somebody looked for by a program: in a body, with a reason; ids and signs come back, and no name."""

import json

import pytest
from sqlalchemy import select

from incidents import jobs
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from tests import make
from tests.api.test_duplicates import confirmed
from tests.api.test_road import send, take_in

WHO = {"name": make.CANARY_NAME, "phone": make.CANARY_PHONE, "reason": "contact"}


@pytest.fixture
def reviewer(program_for):
    return confirmed(program_for("reviewer"))


def looked_for(reviewer, house, **typed):
    begun = reviewer.post("/people/look", {**WHO, **typed})
    assert begun.status_code == 200, begun.json
    while jobs.run_waiting(house):
        pass
    return reviewer.get(f"/people/found/{begun.json['job']}")


def test_who_is_known_and_who_stands_in_a_report_that_waits_is_found_without_a_name(
    reviewer, program_for, house
):
    researcher = program_for("field_researcher")
    waits, incident = send(researcher), take_in(reviewer, send(researcher))
    person = reviewer.get(f"/incidents/{incident}").json["persons"][0]["id"]
    found = looked_for(reviewer, house)
    assert (found.status_code, found.json["state"]) == (200, "done")
    hits = {each["person"]: each for each in found.json["people"]}
    assert [each["id"] for each in hits[person]["incidents"]] == [incident]
    assert waits in {each["report"] for each in found.json["people"]}
    assert {"name_same", "phone_same"} <= set(hits[person]["signs"])
    assert not any(canary in found.text for canary in make.CANARIES)
    assert found.json["looked"] >= 2


def test_the_search_is_noted_with_its_reason_and_what_was_looked_for_is_kept_nowhere_in_clear(
    reviewer, house
):
    looked_for(reviewer, house, reason="referral")
    notes = db.session.scalars(select(AuditEntry)).all()
    (note,) = [each for each in notes if each.event == "identity.opened-in-bulk"]
    assert note.detail["why"] == "referral"
    assert not any(canary in json.dumps([each.detail for each in notes]) for canary in make.CANARIES)


def test_it_takes_the_right_a_passphrase_a_reason_and_something_to_look_for(program_for, staff, reviewer):
    assert program_for("analyst").post("/people/look", WHO).status_code == 403
    assert program_for("field_researcher").post("/people/look", WHO).status_code == 403
    for wrong in ({**WHO, "reason": "curious"}, {"name": "R", "reason": "contact"}, {"reason": "contact"}):
        assert reviewer.post("/people/look", wrong).status_code == 422, wrong
    assert reviewer.post("/people/look", {**WHO, "who": "me"}).status_code == 422


def test_a_search_is_its_owners_alone_and_another_job_is_none(reviewer, program_for, house):
    begun = reviewer.post("/people/look", WHO).json
    assert begun["state"] == "waiting"
    assert program_for("coordinator").get(f"/people/found/{begun['job']}").status_code == 404
    look = reviewer.post("/duplicates/look", {"about": "everybody"}).json
    assert reviewer.get(f"/people/found/{look['job']}").status_code == 404
