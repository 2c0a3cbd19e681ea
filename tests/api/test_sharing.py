"""A package for one recipient, as programs have it made."""

from uuid import UUID

import pyrage
import pytest
from sqlalchemy import select

from incidents.model.people import Person
from tests import make
from tests.api.programs import DECLARED
from tests.api.test_road import UNSAID, UNSEEN, send, take_in
from tests.sharing.test_enclosed import picture, shown
from tests.sharing.test_sharing import CHECKED, LAWYER, mentioned, opened, teller


def test_a_program_prepares_signs_and_fetches_the_same_package(program_for):
    who = program_for("reviewer")
    links = [{"person": "p1", "act": "a1", "part": "DIR"}]
    incident = take_in(who, send(program_for("field_researcher"), persons=[teller()], involvements=links))
    body = {
        "purpose": "LEG",
        "recipient": "Lic. Inventada",
        "key": str(LAWYER.to_public()),
        "checked": CHECKED,
        "incidents": [str(incident)],
        "fields": ["name"],
    }
    made = who.post("/sharing", body)
    assert (made.status_code, made.json["state"]) == (201, "prepared")
    assert [each["persons_of"] for each in made.json["incidents"]] == [1]
    for body in UNSAID:
        refused = program_for("second").post(f"/sharing/{made.json['id']}/sign", body)
        assert (refused.status_code, refused.json["fields"]) == (422, {"declared": UNSEEN})
    assert who.get(f"/sharing/{made.json['id']}").json["state"] == "prepared"
    signed = program_for("second").post(f"/sharing/{made.json['id']}/sign", DECLARED)
    assert (signed.status_code, signed.json["state"]) == (200, "signed")
    assert who.get("/sharing").json["items"][0]["recipient"] == "Lic. Inventada"
    closed = who.get(f"/sharing/{made.json['id']}/package").data
    assert make.CANARY_NAME in opened(closed)["incident-1.txt"].decode()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(closed, [pyrage.x25519.Identity.generate()])


def test_a_program_weighs_evidence_and_has_it_packed(program_for, staff):
    who = program_for("reviewer")
    people = [shown(), mentioned()]
    links = [{"person": each["key"], "act": "a1", "part": "DIR"} for each in people]
    incident = UUID(take_in(who, send(program_for("field_researcher"), persons=people, involvements=links)))
    with staff.reviewer.work() as work:
        told = work.db.scalars(select(Person.id).where(Person.teller.is_(True))).one()
    goes, stays = picture(staff, incident, seen=[told]), picture(staff, incident)
    asked = {"purpose": "LEG", "recipient": "Lic. Inventada", "incidents": [str(incident)]}
    offers = {each["id"]: each for each in who.post("/sharing/evidence", asked).json["items"]}
    assert offers[str(goes)]["reasons"] == []
    assert offers[str(goes)]["people"] == [{"person": str(told), "shown": True, "why": None}]
    assert offers[str(stays)]["reasons"] == ["no_consent"]
    body = {**asked, "key": str(LAWYER.to_public()), "checked": CHECKED}
    assert who.post("/sharing", {**body, "evidence": [{"id": str(stays)}]}).status_code == 422
    made = who.post("/sharing", {**body, "evidence": [{"id": str(goes)}]})
    assert made.status_code == 201, made.json
    program_for("second").post(f"/sharing/{made.json['id']}/sign", DECLARED)
    closed = who.get(f"/sharing/{made.json['id']}/package").data
    assert "evidence-1.jpg" in opened(closed)
