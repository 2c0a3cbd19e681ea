"""Programs join and take apart as the pages do: what counts where, why, by what it is undone; and who may not."""

from uuid import uuid4

import pytest

from tests import make
from tests.api.programs import noted
from tests.api.test_road import REASONS, send, take_in

WHY = "Both tell of the same night, seen by two people."
TWO_ACTS = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "ROB", "status": "C"}]


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def taken(program_for, reviewer):
    """Sends a report and takes it in: the ids of both."""

    def take(**changes):
        sent = send(program_for("field_researcher"), **changes)
        return sent, take_in(reviewer, sent)

    return take


@pytest.fixture
def two_acts(taken):
    return taken(acts=TWO_ACTS, involvements=None)


def done(program, incident, deed, **body):
    return program.post(f"/incidents/{incident}/{deed}", {"reasons": WHY, **body})


def undone(program, id, reasons="It was a mistake of ours."):
    return program.post(f"/arrangements/{id}/undo", {"reasons": reasons})


def shown(program, incident):
    return program.get(f"/incidents/{incident}").json


def types(program, incident):
    return sorted(act["facts"]["type"] for act in shown(program, incident)["acts"])


def test_two_are_merged_and_are_two_again(app, reviewer, taken):
    (_sent, one), (_other, gone) = taken(), taken()
    before = types(reviewer, one)
    answer = done(reviewer, one, "merge", other=gone)
    assert answer.status_code == 200, answer.json
    assert answer.json["incident"]["id"] == one
    assert types(reviewer, one) == sorted([*before, *types(reviewer, gone)])
    assert [each["id"] for each in reviewer.get("/incidents").json["items"]] == [one]
    listed = reviewer.get(
        f"/incidents/{gone}/arrangements"
    ).json  # what is asked about it is answered by the one it is now
    assert (listed["incident"]["id"], [each["id"] for each in listed["merged"]]) == (one, [gone])
    (line,) = listed["items"]
    assert (line["kind"], line["kept"], line["gone"], line["reasons"]) == ("merged", one, gone, WHY)
    assert (line["by"], line["may_undo"], line["undone_on"]) == ("reviewer inventado", True, None)
    assert answer.json["arrangements"] == [line["id"]]
    assert undone(reviewer, line["id"]).status_code == 200
    assert types(reviewer, one) == before
    (line,) = reviewer.get(f"/incidents/{one}/arrangements").json["items"]
    assert (line["undone_by"], line["may_undo"]) == ("reviewer inventado", False)
    assert undone(reviewer, line["id"]).json["code"] == "move-not-allowed"
    said = [(each, {"kind": "merged"}) for each in ("rearranged", "rearranged.undone")]
    assert noted(app, line["id"]) == said


def test_acts_are_split_off_and_come_back(reviewer, two_acts):
    _sent, incident = two_acts
    robbery = next(a["id"] for a in shown(reviewer, incident)["acts"] if a["facts"]["type"] == "ROB")
    answer = done(reviewer, incident, "split", acts=[robbery])
    assert answer.status_code == 201, answer.json
    made = answer.json["incident"]["id"]
    assert (types(reviewer, incident), types(reviewer, made)) == (["KID"], ["ROB"])
    assert shown(reviewer, made)["narrative"] == make.CANARY_NARRATIVE
    back = undone(reviewer, answer.json["arrangements"][0])
    assert back.status_code == 200, back.json
    assert types(reviewer, incident) == ["KID", "ROB"]


@pytest.mark.parametrize("which", ["none", "all", "elsewhere"])
def test_a_split_leaves_something_and_takes_what_is_there(reviewer, two_acts, taken, which):
    _sent, incident = two_acts
    every = [act["id"] for act in shown(reviewer, incident)["acts"]]
    _other, another = taken()
    elsewhere = [act["id"] for act in shown(reviewer, another)["acts"]][:1]
    acts, status = {"none": ([], 422), "all": (every, 409), "elsewhere": (elsewhere, 404)}[which]
    assert done(reviewer, incident, "split", acts=acts).status_code == status
    assert types(reviewer, incident) == ["KID", "ROB"]


def test_a_report_is_unlinked_and_waits_again(reviewer, taken):
    sent, incident = taken()
    assert done(reviewer, incident, "unlink", report=str(uuid4())).json["fields"].keys() == {"report"}
    answer = done(reviewer, incident, "unlink", report=sent)
    assert answer.status_code == 200, answer.json
    assert types(reviewer, incident) == []
    assert sent in {each["id"] for each in reviewer.get("/inbox").json["items"]}
    (line,) = reviewer.get(f"/incidents/{incident}/arrangements").json["items"]
    assert (line["kind"], line["gone"], line["may_undo"]) == ("unlinked", sent, False)
    assert undone(reviewer, line["id"]).json["code"] == "move-not-allowed"
    assert take_in(reviewer, sent, link_to=incident) == incident


def test_two_records_are_one_person_and_two_again(reviewer, taken):
    _sent, incident = taken()
    keep, other = (each["id"] for each in shown(reviewer, incident)["persons"][:2])
    for body in ({"keep": keep, "other": keep}, {"keep": keep, "other": str(uuid4())}):
        assert done(reviewer, incident, "same-person", **body).json["fields"].keys() == {"other"}
    answer = done(reviewer, incident, "same-person", keep=keep, other=other)
    assert answer.status_code == 200, answer.json
    listed = reviewer.get(f"/incidents/{incident}/arrangements").json
    assert listed["same"] == [{"person": other, "kept": keep}]
    assert undone(reviewer, listed["items"][0]["id"]).status_code == 200
    assert reviewer.get(f"/incidents/{incident}/arrangements").json["same"] == []


def test_a_link_reads_the_other_way_from_the_other_side(reviewer, taken):
    (_a, one), (_b, other) = taken(), taken()
    body = {"other": other, "kind": "PRE"}
    made = reviewer.post(f"/incidents/{one}/relate", body)
    assert made.status_code == 201, made.json
    assert reviewer.post(f"/incidents/{one}/relate", body).json["code"] == "move-not-allowed"
    for here, there, kind in ((one, other, "PRE"), (other, one, "FOL")):
        (link,) = reviewer.get(f"/incidents/{here}/arrangements").json["links"]
        assert (link["incident"], link["kind"], link["backwards"]) == (there, kind, False)
    _c, third = taken()
    end = {"link": made.json["id"]}
    assert reviewer.post(f"/incidents/{third}/unrelate", end).status_code == 404
    assert reviewer.post(f"/incidents/{other}/unrelate", end).status_code == 200
    assert reviewer.get(f"/incidents/{one}/arrangements").json["links"] == []


def test_a_report_stands_beside_what_its_incident_makes_of_it(reviewer, two_acts, taken):
    sent, incident = two_acts
    act = next(each for each in shown(reviewer, incident)["acts"] if each["facts"]["type"] == "ROB")
    edit = {"seen": 1, "reasons": REASONS, "facts": {"type": "EXT"}}
    assert reviewer("PATCH", f"/records/{act['id']}", json=edit).status_code == 200
    answer = reviewer.get(f"/incidents/told/{sent}")
    assert answer.status_code == 200, answer.json
    said = answer.json
    assert said["incident"]["id"] == incident
    assert [each["type"] for each in said["told"]["acts"]] == ["KID", "ROB"]
    assert sorted(each["type"] for each in said["understood"]["acts"]) == ["EXT", "KID"]
    kept = {each["type"]: each["key"] for each in said["understood"]["acts"]}
    assert kept["KID"] == said["told"]["acts"][0]["key"]
    assert said["understood"]["narrative"] == make.CANARY_NARRATIVE
    assert make.CANARY_NAME not in answer.text
    assert make.CANARY_PHONE not in answer.text
    _other, another = taken()
    assert reviewer.get(f"/incidents/told/{sent}", incident=another).status_code == 404
    assert reviewer.get(f"/incidents/told/{uuid4()}").status_code == 404


def test_each_asks_for_reasons_and_takes_nothing_it_does_not_know(reviewer, two_acts, taken):
    sent, incident = two_acts
    act = shown(reviewer, incident)["acts"][0]["id"]
    keep, other = (each["id"] for each in shown(reviewer, incident)["persons"][:2])
    _other, gone = taken()
    for deed, body in (
        ("merge", {"other": gone}),
        ("split", {"acts": [act]}),
        ("unlink", {"report": sent}),
        ("same-person", {"keep": keep, "other": other}),
    ):
        assert done(reviewer, incident, deed, **body, reasons="no").json["code"] == "reasons-needed"
        assert done(reviewer, incident, deed, **body, state="closed").json["fields"].keys() == {"state"}
    assert done(reviewer, incident, "merge", other=str(uuid4())).json["fields"].keys() == {"other"}
    assert done(reviewer, incident, "merge", other=incident).json["code"] == "move-not-allowed"
    nothing = reviewer.post(f"/incidents/{incident}/relate", {"other": gone, "kind": "KID"})
    assert nothing.json["fields"].keys() == {"kind"}
    assert reviewer.get(f"/incidents/{incident}/arrangements").json["items"] == []


def test_the_same_sent_twice_is_done_once(reviewer, taken):
    (_a, one), (_b, gone) = taken(), taken()
    sent = {"json": {"other": gone, "reasons": WHY}, "headers": {"Idempotency-Key": "merge-these-two"}}
    first, second = (reviewer("POST", f"/incidents/{one}/merge", **sent) for _time in range(2))
    assert (first.status_code, second.status_code, first.data == second.data) == (200, 200, True)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(reviewer.get(f"/incidents/{one}/arrangements").json["items"]) == 1


@pytest.mark.parametrize("who", ["field_researcher", "analyst", "administrator", "auditor"])
def test_nobody_else_joins_or_takes_apart(program_for, reviewer, two_acts, taken, who):
    sent, incident = two_acts
    _other, gone = taken()
    (row,) = done(reviewer, incident, "merge", other=gone).json["arrangements"]
    program, act = program_for(who), shown(reviewer, incident)["acts"][0]["id"]
    assert done(program, incident, "split", acts=[act]).status_code == 403
    assert done(program, incident, "unlink", report=sent).status_code == 403
    assert undone(program, row).status_code == 403
    assert program.get(f"/incidents/{incident}/arrangements").status_code == 403
    assert program.get(f"/incidents/told/{sent}").status_code == 403
    assert len(reviewer.get(f"/incidents/{incident}/arrangements").json["items"]) == 1
