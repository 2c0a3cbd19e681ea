"""Duplicates as programs have them: ids, scores and signs, no name; a decision that is remembered."""

import pytest

from incidents import jobs
from tests import make
from tests.api.test_road import send, take_in

REASONS = "The same words on the same day, from the same person."


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def twins(program_for, reviewer):
    """One report told twice: incident and person of each."""
    found = []
    for _again in range(2):
        incident = take_in(reviewer, send(program_for("field_researcher")))
        found.append((incident, reviewer.get(f"/incidents/{incident}").json["persons"][0]["id"]))
    return found


def confirmed(who):
    answer = who.post("/session/confirm", {"passphrase": make.PASSPHRASE})
    assert answer.status_code in {200, 204}, answer.text
    return who


def test_duplicates_are_found_without_a_name_and_decided(reviewer, twins):
    (one, person), (other, like) = twins
    confirmed(reviewer)
    found = reviewer.post("/duplicates/look", {"about": "person", "id": person})
    assert found.status_code == 200, found.json
    (pair,) = [each for each in found.json["persons"] if each["other"] == like]
    assert {"name_same", "phone_same", "document_same"} <= {sign["code"] for sign in pair["signs"]}
    assert not any(canary in found.text for canary in make.CANARIES)
    body = {"about": "person", "keep": person, "other": like, "verdict": "different", "reasons": REASONS}
    assert reviewer.post("/duplicates/decide", {**body, "reasons": "no"}).status_code == 422
    assert reviewer.post("/duplicates/decide", body).json["verdict"] == "different"
    again = reviewer.post("/duplicates/look", {"about": "person", "id": person}).json["persons"]
    assert like not in {each["other"] for each in again}
    assert one != other


def test_duplicates_of_everybody_are_a_job(reviewer, program_for, twins, house):
    confirmed(reviewer)
    begun = reviewer.post("/duplicates/look", {"about": "everybody"}).json
    assert begun["state"] == "waiting"
    while jobs.run_waiting(house):
        pass
    found = reviewer.get(f"/duplicates/found/{begun['job']}").json
    assert found["state"] == "done"
    assert found["persons"]
    assert program_for("coordinator").get(f"/duplicates/found/{begun['job']}").status_code == 404


def test_duplicates_of_nothing_are_not_found(reviewer):
    confirmed(reviewer)
    assert reviewer.post("/duplicates/look", {"about": "person"}).status_code == 404
    assert reviewer.post("/duplicates/look", {"about": "user"}).status_code == 422
