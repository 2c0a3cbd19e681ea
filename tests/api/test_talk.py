"""Questions, answers, comments and assignments as programs have them."""

import pytest

from tests.api.test_road import acts_of, send, take_in

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
SAID = "A las cuatro, dijo la señora del Alcatraz."


def test_asked_answered_read_and_commented(program_for, staff):
    researcher, reviewer = program_for("field_researcher"), program_for("reviewer")
    report = send(researcher)
    incident = take_in(reviewer, report)
    (act,) = acts_of(reviewer, incident)
    asked = reviewer.post(f"/inbox/{report}/ask", {"question": "other", "words": "¿A qué hora?", "act": act})
    assert (asked.status_code, asked.json["state"]) == (201, "waiting")
    (mine,) = researcher.get(f"/reports/{report}/questions").json["questions"]
    assert (mine["words"], mine["by"], mine["act"]) == ("¿A qué hora?", None, None)
    body = {"question": mine["id"], "words": SAID}
    assert [researcher.post(f"/reports/{report}/answer", body).status_code for _time in range(2)] == [
        201,
        201,
    ]
    assert program_for("reviewer").post(f"/reports/{report}/answer", body).status_code == 404
    assert [each["id"] for each in reviewer("GET", "/questions?state=answered").json["items"]] == [mine["id"]]
    assert reviewer.post(f"/incidents/{incident}/comments", {"words": "@Bruno, look."}).status_code == 201
    talk = reviewer.get(f"/incidents/{incident}/talk").json
    assert [each["words"] for each in talk["questions"][0]["answers"]] == [SAID]
    assert [each["words"] for each in talk["comments"]] == ["@Bruno, look."]
    assert reviewer.post(f"/questions/{mine['id']}/settle", {}).json["state"] == "ended"
    assert reviewer.post(f"/questions/{mine['id']}/settle", {}).status_code == 409
    hands = {"assignee": str(staff.reviewer.id), "due_on": "2001-01-01"}
    assert reviewer.post(f"/incidents/{incident}/assign", hands).status_code == 422
    hands["due_on"] = None
    assert reviewer.post(f"/incidents/{incident}/assign", hands).json["assignee"] == staff.reviewer.name
    assert reviewer.get("/mentions").json == {"items": [], "next": None}
