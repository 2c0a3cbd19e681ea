"""Texts beside somebody erased: read, answered for and written anew by a program."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents import erasure
from incidents.model.audit import AuditEntry
from incidents.model.incident import Incident
from incidents.model.people import Person
from tests.web.test_texts_pages import DECISION, OLD, two_told

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def erased(staff, house):
    people = SimpleNamespace(researcher=staff.field_researcher, reviewer=staff.reviewer)
    incident, rosa = two_told(people)
    with staff.second.work() as work:
        done = erasure.erase_person(work, work.get(Person, rosa), DECISION).id
    erasure.finish(house)
    return SimpleNamespace(address=f"/erasures/texts/{done}", incident=incident, id=str(done))


def events(house, event):
    house.db().rollback()
    return list(house.db().scalars(select(AuditEntry.event).where(AuditEntry.event == event)))


def account(program, erased):
    texts = program.get(erased.address).json["items"]
    return next(each for each in texts if each["record"] == str(erased.incident))


def test_texts_are_read_and_answered_for(program_for, erased, house):
    reviewer = program_for("reviewer")
    (line,) = reviewer.get("/erasures/texts").json["items"]
    shown = reviewer.get(erased.address).json
    assert (line["id"], line["count"], line["closed"]) == (erased.id, len(shown["items"]), False)
    assert [each["named"] for each in shown["items"]] == sorted(
        (each["named"] for each in shown["items"]), reverse=True
    )
    assert OLD in account(reviewer, erased)["said"].values()
    first = reviewer.get(erased.address, limit=1).json
    rest = reviewer.get(erased.address, after=first["next"]).json
    assert [*first["items"], *rest["items"]] == shown["items"]
    ids = [each["id"] for each in shown["items"]]
    unknown = reviewer.post(f"{erased.address}/nothing", {"texts": [*ids, str(uuid4())]})
    assert unknown.status_code == 404
    assert len(reviewer.get(erased.address).json["items"]) == len(ids)  # all or none
    assert reviewer.post(f"{erased.address}/nothing", {"texts": ids}).status_code == 204
    assert len(events(house, "text.nothing")) == len(ids)
    assert reviewer.get(erased.address).json["items"] == []
    assert reviewer.get("/erasures/texts").json["items"] == []


def test_a_text_is_written_anew_and_what_it_said_is_gone(program_for, erased, house, staff, monkeypatch):
    reviewer = program_for("reviewer")
    text = account(reviewer, erased)
    (place,) = [place for place, said in text["said"].items() if said == OLD]
    address = f"{erased.address}/rewrite"
    same = reviewer.post(address, {"text": text["id"], "said": {place: OLD}})
    assert (same.status_code, list(same.json["fields"])) == (422, ["text"])
    monkeypatch.setattr("incidents.safeguards.sessions.FRESH", -1)
    anew = {"text": text["id"], "said": {place: "Somebody hid in the cellar."}}
    assert reviewer.post(address, anew).json["code"] == "fresh-sign-in-needed"
    monkeypatch.undo()
    written = reviewer("POST", address, json=anew, headers={"Idempotency-Key": "once"})
    again = reviewer("POST", address, json=anew, headers={"Idempotency-Key": "once"})
    assert (written.status_code, again.status_code) == (204, 409)
    assert again.json["code"] == "answer-not-kept"  # with the old text went every answer
    assert len(events(house, "text.rewritten")) == 1
    assert len(events(house, "text.shredded")) == 1
    with staff.second.work() as work:
        assert work.vault.view(work.get(Incident, erased.incident), "narrative") == anew["said"][place]
    assert reviewer.get(erased.address).json["unfinished"] == 0
    assert reviewer.post(f"{erased.address}/seal-again").status_code == 204


def test_texts_are_for_reviewers_and_for_the_erasure_that_they_stand_beside(program_for, erased):
    for who in ("field_researcher", "analyst", "auditor", "administrator"):
        for path in ("/erasures/texts", erased.address):
            refused = program_for(who).get(path)
            assert (refused.status_code, OLD in refused.text) == (403, False)
    reviewer = program_for("reviewer")
    text = account(reviewer, erased)["id"]
    assert reviewer.get(f"/erasures/texts/{uuid4()}").status_code == 404
    elsewhere = reviewer.post(f"/erasures/texts/{uuid4()}/nothing", {"texts": [text]})
    assert elsewhere.status_code == 404
    assert list(reviewer.post(f"{erased.address}/nothing", {"texts": []}).json["fields"]) == ["texts"]
