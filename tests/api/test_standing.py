"""A program reads how the work stands and what the trail says, and has the facets made where some are missing."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from incidents import jobs, trail
from incidents.model.base import db
from incidents.model.consent import ConsentEvent
from incidents.model.facet import Facet
from tests import make
from tests.api.test_road import REASONS, acts_of, send, take_in


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def incident(program_for, reviewer):
    return take_in(reviewer, send(program_for("field_researcher")))


# -- the workload


def test_the_workload_counts_what_came_in_waits_and_was_decided(program_for, reviewer, incident):
    send(program_for("field_researcher"))
    (act, *rest) = acts_of(reviewer, incident)
    body = {"seen": 1, "to": "CRE", "reasons": REASONS}
    assert reviewer.post(f"/acts/{act}/move", body).status_code == 200
    answer = reviewer.get("/workload")
    assert answer.status_code == 200, answer.json
    said, week = answer.json, answer.json["weeks"][0]
    today = datetime.now(UTC).date()
    assert len(said["weeks"]) == 12
    assert (today - datetime.fromisoformat(week["monday"]).date()).days in range(8)
    assert [week[name] for name in ("received", "taken_in", "decided", "counted")] == [2, 1, 1, 1]
    assert (said["reports_waiting"], said["acts_waiting"], said["days"]) == (1, len(rest), 0)
    (mine,) = said["reviewers"]
    assert (mine["name"], mine["taken_in"], mine["decided"], mine["overdue"]) == (
        "reviewer inventado",
        1,
        1,
        0,
    )
    assert [(each["state"], each["received"]) for each in said["places"]] == [("MX-BCN", 1)]
    assert not any(canary in answer.text for canary in make.CANARIES)


@pytest.mark.parametrize("who", ["field_researcher", "analyst", "administrator", "auditor"])
def test_the_workload_is_the_reviewers(program_for, who):
    assert program_for(who).get("/workload").json["code"] == "not-allowed"


# -- the trail


def test_every_block_is_told_once_the_last_first_and_says_nothing_of_what_a_record_says(
    program_for, incident
):
    auditor = program_for("auditor")
    whole = auditor.get("/trail", limit=100)
    numbers = [block["number"] for block in whole.json["items"]]
    assert numbers == list(range(numbers[0], 0, -1))
    told, after = [], {}
    while True:
        slice_ = auditor.get("/trail", limit=3, **after).json
        told += [block["number"] for block in slice_["items"]]
        if slice_["next"] is None:
            break
        after = {"after": slice_["next"]}
    assert told == numbers
    block = next(
        each
        for each in whole.json["items"]
        if any(note["event"] == "incident.recorded" for note in each["notes"])
    )
    assert (block["name"], block["token"]) == ("reviewer inventado", "")
    assert incident in {note["about_id"] for note in block["notes"]}
    assert not any(canary in whole.text for canary in make.CANARIES)


def test_a_block_holds_as_many_notes_as_on_the_page(program_for, staff, incident):
    with staff.coordinator.work() as work:
        found = [(block.number, len(notes)) for block, notes in trail.blocks(work)]
    said = program_for("coordinator").get("/trail").json["items"]
    assert [(each["number"], len(each["notes"])) for each in said] == found
    assert {each["more"] for each in said} == {len(each["notes"]) == 20 for each in said}


def test_a_note_says_no_key_and_not_who_was_erased(program_for, staff, reviewer, incident):
    assert reviewer.post("/words/look", {"words": "gasolinera"}).status_code == 202
    with staff.coordinator.work() as work:
        kept = {name for _block, notes in trail.blocks(work) for note in notes for name in note.detail}
    items = program_for("coordinator").get("/trail").json["items"]
    said = {name for block in items for note in block["notes"] for name in note["detail"]}
    assert kept & {"job", "worker", "sign", "until"}
    assert said == kept - {"digest", "job", "sign", "subject", "until", "worker"}


@pytest.mark.parametrize("who", ["field_researcher", "reviewer", "analyst"])
def test_the_trail_is_not_everybodys(program_for, who):
    assert program_for(who).get("/trail").json["code"] == "not-allowed"


def test_a_gap_in_a_ledger_of_consent_is_a_break_of_the_trail_as_on_the_page(
    house, program_for, reviewer, incident
):
    teller = next(
        each["id"] for each in reviewer.get(f"/incidents/{incident}").json["persons"] if each["teller"]
    )
    for said in ("refused", "given"):
        answer = reviewer.post(
            f"/persons/{teller}/consents", {"decisions": {"STA": said}, "given_by": "self"}
        )
        assert answer.status_code == 201, answer.json
    assert program_for("auditor").get("/trail/verify").json["holds"] is True
    table = ConsentEvent.__table__
    with make.behind(house) as data:
        data.execute(table.delete().where(table.c.number == 1))
    verified = program_for("auditor").get("/trail/verify").json
    assert verified["holds"] is False
    assert "a consent before it is missing" in {each["what"] for each in verified["breaks"]}


# -- facets


def test_facets_are_made_anew_by_one_job_however_often_it_is_asked_for(app, house, reviewer, incident):
    assert reviewer.post("/incidents/index").json == {"complete": True, "job": None}
    with app.app_context():
        db.session.execute(delete(Facet))
        db.session.commit()
    first, second = (reviewer.post("/incidents/index") for _time in range(2))
    assert (first.status_code, first.json["complete"]) == (200, False)
    assert first.json["job"]["id"] == second.json["job"]["id"]
    assert jobs.run_waiting(house)
    assert reviewer.get(f"/jobs/{first.json['job']['id']}").json["state"] == "done"
    assert reviewer.post("/incidents/index").json["complete"]
    assert [each["id"] for each in reviewer.get("/incidents", facet="act:KID").json["items"]] == [incident]


@pytest.mark.parametrize("who", ["field_researcher", "auditor", "administrator"])
def test_facets_are_made_by_who_reads_incidents(program_for, who):
    assert program_for(who).post("/incidents/index").json["code"] == "not-allowed"
