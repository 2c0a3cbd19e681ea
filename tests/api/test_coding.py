"""A program reads how far the coders of a sample agree, once all have finished, and learns nobody's name."""

from uuid import uuid4

import pytest

from tests import make
from tests.test_coding import all_coded, drawn, taken_in


@pytest.fixture
def people(staff):
    """The staff by the names that a sample's builders know it by."""
    staff.other_reviewer, staff.researcher = staff.second, staff.field_researcher
    return staff


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_sample_is_listed_and_its_figures_come_when_all_have_finished(program_for, people, monkeypatch):
    people.second = people.coordinator  # takes in what the others code
    taken_in(people, 2)
    id = drawn(people, seed="sierra")
    sample = str(id)
    analyst, coder = program_for("analyst"), program_for("reviewer")
    (line,) = analyst.get("/coding").json["items"]
    assert (line["id"], line["coders"], line["finished"]) == (sample, 2, False)
    assert analyst.get(f"/coding/{sample}").json["code"] == "coding-not-finished"
    monkeypatch.setattr("incidents.agreement.measuring.FLOOR", 2)
    all_coded(people, id, {"acts": ["KID", "EXT"], "type": ["EXT"]})
    told = analyst.get(f"/coding/{sample}")
    found = told.json
    assert (found["drawn"], found["drawn_from"], found["reports"], found["seed"]) == (2, 2, 2, "sierra")
    lines = {(each["question"], each["code"]): each for each in found["figures"]}
    assert lines["acts", None]["agreed"] == 0.5
    assert ("acts", "EXT") not in lines  # one report: told to those who coded it alone
    whole = {
        (each["question"], each["code"]): each for each in coder.get(f"/coding/{sample}").json["figures"]
    }
    assert whole["acts", "EXT"]["agreed"] == 0.5
    assert lines["acts", "KID"]["one_code"]
    assert (lines["type", None]["kappa"], lines["type", None]["too_little_varies"]) == (None, True)
    assert lines["gender", None]["reports"] == 1
    assert set(found["method"]) == {"en", "es"}
    for member in (people.reviewer, people.other_reviewer, people.coordinator):
        assert member.name not in told.text
    assert make.CANARY_NARRATIVE not in told.text
    assert analyst.get(f"/coding/{uuid4()}").status_code == 404
    assert program_for("field_researcher").get("/coding").status_code == 403


def draw(program, people, **changes):
    with people.coordinator.work() as work:
        today = work.today.isoformat()
    body = {
        "size": 2,
        "since": today,
        "until": today,
        "coders": [str(people.reviewer.id), str(people.other_reviewer.id)],
        "questions": ["acts", "type", "gender"],
        "seed": "sierra",
    }
    return program.post("/coding", {**body, **changes})


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_a_sample_is_drawn_coded_unseen_and_where_they_differ_is_told(program_for, people):
    coordinator, one, other = program_for("coordinator"), program_for("reviewer"), program_for("second")
    people.second = people.coordinator
    taken_in(people, 2)
    made = draw(coordinator, people)
    assert (made.status_code, made.json["size"], made.json["coders"]) == (201, 2, 2)
    sample, chosen = made.json["id"], {"acts": ["KID"], "type": ["KID"], "gender": ["F"]}
    listed = one.get(f"/coding/{sample}/sheets").json
    assert [(each["number"], each["state"]) for each in listed["items"]] == [(1, "waiting"), (2, "waiting")]
    assert listed["progress"] == [{"coder": people.reviewer.name, "done": 0, "of": 2}]
    assert len(coordinator.get(f"/coding/{sample}/sheets").json["progress"]) == 2
    first = listed["items"][0]["id"]
    told = one.get(f"/coding/sheets/{first}").json
    assert (told["account"], told["answers"], told["over"]) == (make.CANARY_NARRATIVE, {}, False)
    assert [each["key"] for each in told["questions"]] == ["acts", "type", "gender"]
    assert other.get(f"/coding/sheets/{first}").status_code == 404
    kept = one.post(f"/coding/sheets/{first}", {"answers": {"acts": ["KID"]}})
    assert (kept.status_code, kept.json["state"]) == (200, "begun")
    assert one.get(f"/coding/sheets/{first}").json["answers"] == {"acts": ["KID"]}
    for body, at in (
        ({"answers": {"acts": ["KID"]}, "done": True}, "sure"),
        ({"answers": {}, "done": True}, "answers.acts"),
        ({"answers": {"acts": ["NONE"]}}, "answers.acts"),
        ({"answers": {"weapons": ["GUN"]}}, "answers.weapons"),
    ):
        assert list(one.post(f"/coding/sheets/{first}", body).json["fields"]) == [at], body
    assert coordinator.get(f"/coding/{sample}/differences").json["code"] == "coding-not-finished"
    for program, number in ((one, 0), (one, 1), (other, 0), (other, 1)):
        sheet = program.get(f"/coding/{sample}/sheets").json["items"][number]["id"]
        said = {**chosen, "type": ["EXT"]} if (program, number) == (other, 1) else chosen
        done = program.post(f"/coding/sheets/{sheet}", {"answers": said, "done": True})
        assert (done.status_code, done.json["state"]) == (200, "done")
    assert one.post(f"/coding/sheets/{first}", {"answers": chosen}).json["code"] == "move-not-allowed"
    (line,) = one.get(f"/coding/{sample}/differences").json["items"]
    assert (line["number"], line["question"]) == (2, "type")
    assert {each["coder"]: each["codes"] for each in line["said"]} == {
        people.reviewer.name: ["KID"],
        people.other_reviewer.name: ["EXT"],
    }
    assert program_for("analyst").get(f"/coding/{sample}/differences").status_code == 403
    assert program_for("analyst").get(f"/coding/sheets/{first}").status_code == 403


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_who_may_draw_closes_a_sample_and_nobody_codes_it_any_more(program_for, people):
    people.second = people.coordinator
    taken_in(people, 1)
    coordinator, coder = program_for("coordinator"), program_for("reviewer")
    sample = draw(coordinator, people, size=1).json["id"]
    (sheet,) = coder.get(f"/coding/{sample}/sheets").json["items"]
    assert coder.post(f"/coding/{sample}/close").status_code == 403
    closed = coordinator.post(f"/coding/{sample}/close")
    assert (closed.status_code, closed.json["finished"]) == (200, True)
    assert coordinator.post(f"/coding/{sample}/close").json["code"] == "move-not-allowed"
    late = coder.post(f"/coding/sheets/{sheet['id']}", {"answers": {"acts": ["KID"]}})
    assert late.json["code"] == "move-not-allowed"


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"size": 0}, "size"),
        ({"coders": []}, "coders"),
        ({"questions": ["weather"]}, "questions"),
        ({"since": "soon"}, "since"),
        ({"drawn_by": "me"}, "drawn_by"),
        ({}, "since"),
    ],
)
def test_a_sample_that_cannot_be_drawn_says_why(program_for, people, change, at):
    refused = draw(program_for("coordinator"), people, **change)
    assert (refused.status_code, list(refused.json["fields"])) == (422, [at])
    assert draw(program_for("analyst"), people).status_code == 403
