"""One person through the API: in codes, one field opened for a reason, what else stands for consent, erased."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from incidents import consent, follow_up
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from incidents.model.people import Person
from tests import make
from tests.api.test_road import send, take_in

BASIS = {"kind": "number_only", "reasons": "A court published the number.", "purposes": ["STA"]}
DECISION = "Asked by herself at the shelter, agreed by two of us."


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def incident(program_for, reviewer):
    return take_in(reviewer, send(program_for("field_researcher")))


@pytest.fixture
def person(reviewer, incident):
    return next(
        each["id"] for each in reviewer.get(f"/incidents/{incident}").json["persons"] if each["teller"]
    )


def events(name):
    db.session.rollback()
    return [each for each in db.session.scalars(select(AuditEntry)) if each.event == name]


def identity(who, person, field="name", reason="contact", **more):
    return who.post(f"/persons/{person}/identity", {"field": field, "reason": reason, **more})


# -- in codes


def test_somebody_is_told_in_codes_with_what_they_decided_and_no_name(reviewer, incident, person):
    reviewer.post(f"/persons/{person}/withdraw", {"purposes": ["ROW"]})
    shown = reviewer.get(f"/persons/{person}")
    assert shown.status_code == 200
    assert shown.json["facts"] == {"age": 29, "nationality": ["HND"], "origin": "HND"}
    (there,) = shown.json["incidents"]
    assert (there["id"], there["number"], there["parts"]) == (incident, 1, [{"act": "KID", "part": "DIR"}])
    may = {each["purpose"]: (each["permitted"], each["why"]) for each in shown.json["may"]}
    assert may["STA"][0] is True
    assert may["ROW"] == (False, "withdrawn")
    assert may["PUB"][0] is False
    (decided,) = shown.json["decided"]
    assert decided["said"]["decisions"] == {"REC": "given", "STA": "given", "ROW": "given"}
    assert [(each["purposes"], each["by_words"]) for each in shown.json["withdrawn"]] == [(["ROW"], False)]
    assert (shown.json["bases"], shown.json["erasure_due"], shown.json["packages"]) == ([], None, [])
    assert not any(canary in shown.text for canary in make.CANARIES)
    assert events("name.opened") == []


def test_who_reads_no_incident_is_told_of_nobody(program_for, person):
    for who in ("analyst", "field_researcher", "auditor", "administrator"):
        assert program_for(who).get(f"/persons/{person}").status_code == 403
    assert program_for("reviewer").get(f"/persons/{uuid4()}").status_code == 404


# -- one field


def test_a_field_is_opened_for_a_reason_that_is_noted_as_on_the_page(reviewer, person):
    opened = identity(reviewer, person, "name", "referral")
    assert (opened.status_code, opened.json) == (
        200,
        {"field": "name", "value": make.CANARY_NAME, "asked": False, "unreadable": {}},
    )
    (note,) = events("name.opened")
    assert note.detail["why"] == "referral"
    assert not any(canary in json.dumps(note.detail) for canary in make.CANARIES)
    key = {"Idempotency-Key": str(uuid4())}
    for _each in "12":  # what only opens is opened and noted each time
        said = {"field": "name", "reason": "contact"}
        again = reviewer("POST", f"/persons/{person}/identity", json=said, headers=key)
        assert "Idempotency-Replayed" not in again.headers
    assert len(events("name.opened")) == 3


def test_no_field_is_opened_without_a_right_a_reason_and_a_name_that_there_is(program_for, reviewer, person):
    for wrong in ({"field": "narrative"}, {"reason": "curious"}, {"reason": ""}, {"purpose": "x"}):
        said = {"field": "name", "reason": "contact", **wrong}
        assert reviewer.post(f"/persons/{person}/identity", said).status_code == 422
    for who in ("analyst", "field_researcher", "auditor", "administrator"):
        assert identity(program_for(who), person).status_code == 403
    assert identity(reviewer, uuid4()).status_code == 404
    assert events("name.opened") == []


def test_where_a_second_yes_is_asked_nothing_opens_before_it(app, program_for, reviewer, person):
    app.extensions["house"].second_yes = True
    asked = identity(reviewer, person)
    assert (asked.status_code, asked.json["asked"], asked.json["value"]) == (200, True, None)
    assert events("name.opened") == []
    (opening,) = program_for("second").get("/openings").json["items"]
    assert program_for("second").post(f"/openings/{opening['id']}", {"yes": True}).status_code == 200
    assert identity(reviewer, person).json["value"] == make.CANARY_NAME


def says(who, person, rules, contact="given"):
    """What they said of being reached, and whether they agreed to it."""
    with who.work() as work:
        row = work.get(Person, UUID(person))
        work.seal(row, safe_contact=rules)
        work.note("person.changed", row)
        consent.decide(work, row, {"method": "spoken", "decisions": {"CON": contact}})


def task(who, incident, person=None):
    due = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
    about = {"person": person} if person else {}
    made = who.post("/tasks", {"incident": incident, "kind": "CAL", "due_on": due, **about})
    assert made.status_code == 201, made.json
    return made.json["id"]


def test_a_number_is_opened_for_a_call_only_where_nothing_forbids_it(
    program_for, reviewer, staff, incident, person
):
    id = task(reviewer, incident, person)
    refused = reviewer.post(f"/tasks/{id}/phone", {"reason": "contact"})  # was not asked about it
    assert (refused.status_code, make.CANARY_PHONE in refused.text) == (409, False)
    says(staff.reviewer, person, {"may_call": "yes"})
    opened = reviewer.post(f"/tasks/{id}/phone", {"reason": "contact"})
    assert (opened.status_code, opened.json["value"]) == (200, make.CANARY_PHONE)
    assert [each.detail["why"] for each in events("phone.opened")] == ["contact"]
    assert identity(reviewer, person, "phone").json["value"] == make.CANARY_PHONE
    says(staff.reviewer, person, {"may_call": "no"})
    for answer in (
        reviewer.post(f"/tasks/{id}/phone", {"reason": "contact"}),
        *(identity(reviewer, person, "phone", why) for why in follow_up.WHY_CALL),
    ):
        assert answer.status_code == 409
        assert make.CANARY_PHONE not in answer.text
    assert len(events("phone.opened")) == 2
    for wrong in ({}, {"reason": "verification"}, {"reason": "contact", "person": person}):
        assert reviewer.post(f"/tasks/{id}/phone", wrong).status_code == 422
    for who in ("analyst", "field_researcher"):
        assert program_for(who).post(f"/tasks/{id}/phone", {"reason": "contact"}).status_code == 403
    assert reviewer.post(f"/tasks/{uuid4()}/phone", {"reason": "contact"}).status_code == 404
    assert reviewer.post(f"/tasks/{task(reviewer, incident)}/phone", {"reason": "contact"}).status_code == 409


# -- what else stands


def test_a_reason_beside_consent_counts_once_a_second_person_confirmed_it(program_for, reviewer, person):
    made = reviewer.post(f"/persons/{person}/bases", BASIS)
    assert made.status_code == 201, made.json
    assert (made.json["set_by"], made.json["confirmed_by"]) == ("reviewer inventado", None)
    own = reviewer.post(f"/bases/{made.json['id']}/confirm")
    assert (own.status_code, own.json["code"]) == (409, "second-person-needed")
    other = program_for("coordinator").post(f"/bases/{made.json['id']}/confirm")
    assert (other.status_code, other.json["confirmed_by"]) == (200, make.FOUNDER)
    ended = reviewer.post(f"/bases/{made.json['id']}/end")
    assert ended.status_code == 200
    (line,) = reviewer.get(f"/persons/{person}").json["bases"]
    assert line["ended_on"] is not None
    assert line["facts"] == BASIS
    assert [len(events(f"basis.{what}")) for what in ("set", "confirmed", "ended")] == [1, 1, 1]


def test_a_second_yes_comes_once_and_nothing_that_ended_ends_later(program_for, reviewer, person):
    coordinator = program_for("coordinator")
    free = reviewer.post(f"/persons/{person}/bases", {**BASIS, "kind": "free", "relation": "sibling"}).json[
        "id"
    ]
    assert coordinator.post(f"/bases/{free}/confirm").status_code == 200
    held = reviewer.post(f"/persons/{person}/bases", {**BASIS, "kind": "held", "relation": "sibling"}).json[
        "id"
    ]
    again = coordinator.post(f"/bases/{free}/confirm")
    assert (again.status_code, again.json["code"]) == (409, "move-not-allowed")
    bases = {each["id"]: each for each in reviewer.get(f"/persons/{person}").json["bases"]}
    assert bases[held]["ended_on"] is None  # whoever was taken again is not free by a yes of before
    assert reviewer.post(f"/bases/{held}/end").status_code == 200
    for deed in ("end", "confirm"):
        assert coordinator.post(f"/bases/{held}/{deed}").json["code"] == "move-not-allowed"
    assert len(events("basis.ended")) == 1


def test_what_is_no_basis_is_refused(program_for, reviewer, person):
    for wrong, field in (
        ({"reasons": "yes"}, "reasons"),
        ({"kind": "because"}, "kind"),
        ({"purposes": ["ALL"]}, "purposes.0"),
        ({"kind": "missing"}, "relation"),
        ({"confirmed_by": str(uuid4())}, "confirmed_by"),
    ):
        refused = reviewer.post(f"/persons/{person}/bases", {**BASIS, **wrong})
        assert (refused.status_code, list(refused.json["fields"])) == (422, [field])
    for who in ("analyst", "auditor"):
        assert program_for(who).post(f"/persons/{person}/bases", BASIS).status_code == 403
        assert program_for(who).post(f"/bases/{uuid4()}/confirm").status_code == 403
    assert reviewer.post(f"/bases/{uuid4()}/confirm").status_code == 404
    assert reviewer.post(f"/bases/{uuid4()}/end").status_code == 404


# -- erasing


def test_an_erased_person_opens_for_nobody(program_for, reviewer, person):
    coordinator = program_for("coordinator")
    for wrong in ({}, {"decision": "no"}):
        assert coordinator.post(f"/persons/{person}/erase", wrong).status_code == 422
    assert reviewer.post(f"/persons/{person}/erase", {"decision": DECISION}).status_code == 403
    assert coordinator.post(f"/persons/{uuid4()}/erase", {"decision": DECISION}).status_code == 404
    assert coordinator.post(f"/persons/{person}/erase", {"decision": DECISION}).status_code == 204
    shown = reviewer.get(f"/persons/{person}").json
    assert (shown["facts"], shown["unreadable"]) == (None, {"facts": "erased"})
    assert {each["permitted"] for each in shown["may"]} == {False}
    opened = identity(reviewer, person)
    assert make.CANARY_NAME not in opened.text
    assert opened.status_code == 410 or opened.json["unreadable"] == {"value": "erased"}
    assert len(events("erasure.decided")) == 1
    assert program_for("auditor").get("/trail/verify").json["holds"] is True
