"""Tasks and the count of interviews, as programs have them: no name, no number, and no way to reach anybody."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.model.vocabulary import codes
from tests import make
from tests.api.test_lists import told, walked
from tests.api.test_road import send, take_in

KIND, OUTCOME = (next(iter(codes(name))) for name in ("task", "task_outcome"))


def day(later):
    return (datetime.now(UTC).date() + timedelta(days=later)).isoformat()


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def incident(program_for, reviewer):
    return take_in(reviewer, send(program_for("field_researcher")))


def make_task(who, incident, later=3, **more):
    made = who.post("/tasks", {"incident": incident, "kind": KIND, "due_on": day(later), **more})
    assert made.status_code == 201, made.json
    return made.json


def test_a_task_is_made_listed_and_closed(reviewer, incident):
    person = reviewer.get(f"/incidents/{incident}").json["persons"][0]["id"]
    made = make_task(reviewer, incident, person=person, words=make.CANARY_NARRATIVE)
    assert (made["person"], made["due_on"], made["state"]) == (person, day(3), "open")
    listed = reviewer.get("/tasks").json["items"]
    assert [(each["id"], each["facts"]["kind"]) for each in listed] == [(made["id"], KIND)]
    assert not any(canary in str(listed) for canary in make.CANARIES)
    body = {"state": "done", "outcome": OUTCOME, "words": "She knows."}
    closed = reviewer.post(f"/tasks/{made['id']}/close", body)
    assert (closed.status_code, closed.json["state"], closed.json["facts"]["outcome"]) == (
        200,
        "done",
        OUTCOME,
    )
    assert reviewer.post(f"/tasks/{made['id']}/close", body).status_code == 409
    assert reviewer.get("/tasks").json["items"] == []


def test_tasks_are_told_once_each_by_the_day_they_are_due(reviewer, incident):
    made = [make_task(reviewer, incident, later)["id"] for later in (5, 1, 3, 9, 7)]
    slices = walked(reviewer, "/tasks")
    assert [len(each) for each in slices] == [2, 2, 1]
    assert [id for each in slices for id in each] == [made[place] for place in (1, 2, 0, 4, 3)]
    assert told(walked(reviewer, "/tasks", whose="all")) == sorted(made)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "NO-SUCH"},
        {"due_on": "2019-01-01"},
        {"assignee": "00000000-0000-0000-0000-000000000000"},
        {"state": "done"},
    ],
)
def test_what_does_not_fit_is_refused(reviewer, incident, body):
    sent = {"incident": incident, "kind": KIND, "due_on": day(3), **body}
    assert reviewer.post("/tasks", sent).status_code == 422


def test_the_count_of_interviews_is_the_pages_count(program_for, reviewer, incident):
    found = program_for("analyst").get("/interviews/count")
    assert found.status_code == 200
    assert found.json["total"] == {"interviews": 1, "told": 1, "people": 1, "people_told": 1}
    assert found.json["months"] == [{"month": "2019-02", **found.json["total"]}]
    assert found.json["left_out"] == {}


def test_whoever_does_no_tasks_is_refused(program_for, incident):
    for who in ("field_researcher", "analyst"):
        assert program_for(who).get("/tasks").status_code == 403
