"""A program goes through what was edited; a closed field opens as on the page, and is corrected with a reason."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents.model.base import db
from incidents.model.consent import ConsentEvent
from tests import make
from tests.api.programs import noted
from tests.api.test_road import send, take_in

WHY = "The recording says otherwise; I listened to it twice."
RIGHT = "Rosa Inventada Segunda"


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def incident(program_for, reviewer):
    return take_in(reviewer, send(program_for("field_researcher")))


@pytest.fixture
def person(reviewer, incident):
    return reviewer.get(f"/incidents/{incident}").json["persons"][0]["id"]


def edit(program, id, seen, **body):
    answer = program("PATCH", f"/records/{id}", json={"seen": seen, "reasons": WHY, **body})
    assert answer.status_code == 200, answer.json


def version(program, id):
    """An edit that an act rests on is written into the act too."""
    return program.get(f"/records/{id}").json["version"]


def listed(program, **about):
    answer = program.get("/edits", **about)
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def correct(program, id, **body):
    said = {"field": "name", "value": RIGHT, "seen": 1, "reasons": WHY, **body}
    return program.post(f"/records/{id}/correct", said)


def test_every_edit_is_told_once_the_latest_first_and_read_with_both_sides(reviewer, program_for, incident):
    act = reviewer.get(f"/incidents/{incident}").json["acts"][0]
    edit(reviewer, incident, 1, facts={"time": "16:30"})
    edit(reviewer, act["id"], version(reviewer, act["id"]), facts={"type": "EXT"})
    edit(reviewer, incident, version(reviewer, incident), facts={"time": "17:45"})
    second = program_for("second")
    out = {"seen": version(reviewer, act["id"]), "reasons": "It never happened at all."}
    assert second.post(f"/records/{act['id']}/take-out", out).status_code == 200
    found = listed(second, incident=incident)
    assert [(each["record"], each["kind"]) for each in found] == [
        (act["id"], "taken_out"),
        (incident, "changed"),
        (act["id"], "changed"),
        (incident, "changed"),
    ]
    told, after = [], {}
    for _slice in range(4):
        answer = second.get("/edits", incident=incident, limit=1, **after).json
        told += [each["id"] for each in answer["items"]]
        after = {"after": answer["next"]}
    assert (told, answer["next"]) == ([each["id"] for each in found], None)
    one = second.get(f"/edits/{found[3]['id']}").json
    assert (one["after"]["facts"]["time"], one["version"], one["reasons"]) == (
        "16:30",
        version(reviewer, incident),
        WHY,
    )
    assert one["before"]["facts"].get("time") != "16:30"
    assert one["would_change"] == ["time"]
    back = {"seen": one["version"], "of": one["from_version"], "reasons": WHY}
    assert second.post(f"/records/{incident}/restore", back).json["fields"] == ["time"]
    gone = second.get(f"/edits/{found[0]['id']}").json
    assert (gone["would_change"], gone["may_bring_back"]) == (None, True)
    assert second.get(f"/edits/{uuid4()}").status_code == 404


def test_a_list_of_edits_is_of_one_thing(reviewer, incident, person):
    for about in ({}, {"incident": incident, "person": person}):
        assert reviewer.get("/edits", **about).json["fields"].keys() == {"incident"}
    assert reviewer.get("/edits", incident=str(uuid4())).status_code == 404
    edit(reviewer, person, 1, facts={"age": 44})
    (line,) = listed(reviewer, person=person)
    assert (line["about"], line["record"], line["named"]) == ("person", person, False)


@pytest.mark.parametrize("who", ["field_researcher", "administrator", "auditor"])
def test_edits_are_for_who_reads_incidents(program_for, reviewer, incident, who):
    edit(reviewer, incident, 1, facts={"time": "16:30"})
    (line,) = listed(reviewer, incident=incident)
    program = program_for(who)
    assert program.get("/edits", incident=incident).json["code"] == "not-allowed"
    assert program.get(f"/edits/{line['id']}").json["code"] == "not-allowed"


# -- a closed field


def test_a_name_is_opened_corrected_and_stays_closed_in_its_history(app, reviewer, person):
    opened = reviewer.post(f"/records/{person}/name", {"field": "name"})
    assert (opened.status_code, opened.json["value"]) == (200, make.CANARY_NAME)
    assert (opened.json["asked"], opened.json["version"]) == (False, 1)
    done = correct(reviewer, person)
    assert (done.status_code, done.json["fields"], done.json["version"]) == (200, ["name"], 2)
    assert reviewer.post(f"/records/{person}/name", {"field": "name"}).json["value"] == RIGHT
    late = correct(reviewer, person, value="Another")
    assert (late.status_code, late.json["code"], late.json["version"]) == (409, "conflict", 2)
    (line,) = listed(reviewer, person=person)
    assert (line["named"], line["fields"], line["reasons"]) == (True, ["name"], None)
    shown = reviewer.get(f"/edits/{line['id']}")
    assert (shown.json["before"], shown.json["after"]) == (None, None)
    assert not {RIGHT, make.CANARY_NAME, WHY} & set(map(str, shown.json.values()))
    named = reviewer.post(f"/edits/{line['id']}/names").json
    assert (named["before"], named["after"], named["reasons"]) == (make.CANARY_NAME, RIGHT, WHY)
    said = [(event, detail.get("why")) for event, detail in noted(app, person)]
    assert said.count(("name.opened", "correction")) >= 3
    assert ("record.edited", None) in said


def test_a_contact_and_the_fields_of_perpetrators_and_sources_are_corrected_too(reviewer, incident, person):
    contact = {"field": "safe_contact", "safe_contact": {"hours": "evenings"}, "seen": 1, "reasons": WHY}
    assert reviewer.post(f"/records/{person}/correct", contact).status_code == 200
    opened = reviewer.post(f"/records/{person}/name", {"field": "safe_contact"}).json
    assert opened["value"] == {"hours": "evenings"}
    shown = reviewer.get(f"/incidents/{incident}").json
    for block, field in (("perpetrators", "name"), ("sources", "citation")):
        id = shown[block][0]["id"]
        assert correct(reviewer, id, field=field).json["fields"] == [field]
        assert reviewer.post(f"/records/{id}/name", {"field": field}).json["value"] == RIGHT


def test_a_correction_that_does_not_hold_changes_nothing(reviewer, incident, person):
    for body, code, at in (
        ({"reasons": "no"}, "reasons-needed", None),
        ({"field": "age"}, "invalid-input", "field"),
        ({"field": "safe_contact"}, "invalid-input", "safe_contact"),
        ({"value": "x" * 20_001}, "invalid-input", "value"),
        ({"value": {"a": 1}}, "invalid-input", "value"),
        ({"kind": "group"}, "invalid-input", "kind"),
    ):
        refused = correct(reviewer, person, **body)
        assert (refused.status_code, refused.json["code"]) == (422, code), body
        assert at is None or list(refused.json["fields"]) == [at]
    assert correct(reviewer, person, field="citation").status_code == 404
    act = reviewer.get(f"/incidents/{incident}").json["acts"][0]["id"]
    assert correct(reviewer, act).status_code == 404
    assert correct(reviewer, str(uuid4())).status_code == 404
    assert reviewer.post(f"/records/{person}/name", {"field": "name"}).json["version"] == 1


def test_where_a_second_yes_is_asked_for_a_name_opens_after_it(
    app, house, reviewer, program_for, incident, person
):
    app.extensions["house"].second_yes = True
    for answer in (reviewer.post(f"/records/{person}/name", {"field": "name"}), correct(reviewer, person)):
        assert (answer.status_code, answer.json["asked"]) == (202, True)
        assert make.CANARY_NAME not in answer.text
    second = program_for("second")
    (asked,) = second.get("/openings").json["items"]
    assert (asked["person"], asked["field"], asked["why"]) == (person, "name", "correction")
    assert second.post(f"/openings/{asked['id']}", {"yes": True}).status_code == 200
    assert correct(reviewer, person).json["fields"] == ["name"]
    doer = reviewer.get(f"/incidents/{incident}").json["perpetrators"][0]["id"]
    refused = reviewer.post(f"/records/{doer}/name", {"field": "name"})
    assert (refused.status_code, refused.json["code"]) == (409, "second-yes-for-persons")


@pytest.mark.parametrize("who", ["field_researcher", "analyst", "administrator", "auditor"])
def test_nobody_else_opens_or_corrects_a_name(program_for, reviewer, person, who):
    correct(reviewer, person)
    (line,) = listed(reviewer, person=person)
    program = program_for(who)
    event = {"event": str(uuid4()), "reason": "contact"}
    assert program.post(f"/records/{person}/name", {"field": "name"}).status_code == 403
    assert correct(program, person, seen=2).status_code == 403
    assert program.post(f"/edits/{line['id']}/names").status_code == 403
    assert program.post(f"/persons/{person}/who-was-there", event).status_code == 403


# -- who was there


def test_who_was_there_opens_for_a_reason_that_is_noted(app, program_for, reviewer):
    document = make.report_document()
    document["persons"][0]["consent"]["names"] = {"witness": "Testiga Inventada"}
    sent = program_for("field_researcher").post("/reports", document)
    persons = reviewer.get(f"/incidents/{take_in(reviewer, sent.json['id'])}").json["persons"]
    with app.app_context():
        found = db.session.scalars(select(ConsentEvent)).all()
        event = next(each for each in found if str(each.person_id) in {p["id"] for p in persons})
        id, person = str(event.id), str(event.person_id)
    body = {"event": id, "reason": "verification"}
    opened = reviewer.post(f"/persons/{person}/who-was-there", body)
    assert (opened.status_code, opened.json["names"]["witness"]) == (200, "Testiga Inventada")
    assert ("names.opened", {"why": "verification"}) in noted(app, id)
    other = next(each["id"] for each in persons if each["id"] != person)
    assert reviewer.post(f"/persons/{other}/who-was-there", body).status_code == 404
    for wrong in ({"event": id}, {"event": id, "reason": "curiosity"}):
        assert reviewer.post(f"/persons/{person}/who-was-there", wrong).json["fields"].keys() == {"reason"}
