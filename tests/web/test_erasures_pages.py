"""Erasures that wait, on pages: asked for, agreed to, called off, done; and the rules that propose them."""

import pytest
from sqlalchemy import select

from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.people import Person
from tests import make
from tests.web.reading import form, problems

WORDS = "A man called from a new number and said he is her husband."


@pytest.fixture
def person(staff, house):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent)
    return house.db().scalars(select(Person.id).where(Person.teller.is_(True))).one()


@pytest.fixture
def reviewer(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def boss(browser_for):
    return browser_for("second")


def ask(client, person, words=WORDS):
    return client.post(f"/incidents/persons/{person}", data={"deed": "ask_erase", "words": words})


def test_a_reviewer_writes_down_who_asked_and_a_coordinator_sees_it_wait(reviewer, boss, person):
    assert ask(reviewer, person, "yes").status_code == 422
    assert ask(reviewer, person).status_code == 303
    assert "An erasure of this person waits until" in reviewer.get(f"/incidents/persons/{person}").text
    shown = boss.get("/erasures").text
    assert WORDS in shown
    assert "It needs a second person of the staff." in shown
    assert "Erase now" not in shown
    agreed = reviewer.post("/erasures", data={"deed": "agree", "proposal": proposal(shown)})
    assert agreed.status_code == 422


def proposal(page):
    return form(page, having="proposal").typed["proposal"]


def test_before_its_day_nobody_does_it(reviewer, boss, person, staff):
    ask(reviewer, person)
    id = proposal(boss.get("/erasures").text)
    assert boss.post("/erasures", data={"deed": "agree", "proposal": id}).status_code == 303
    early = boss.post("/erasures", data={"deed": "carry_out", "proposal": id})
    assert early.status_code == 422
    assert "This waits until the day beside it." in early.text
    with staff.coordinator.work() as work:
        assert work.vault.view(work.get(Person, person), "name") == make.CANARY_NAME


def test_calling_off_asks_for_reasons_and_keeps_what_was_typed(reviewer, boss, person):
    ask(reviewer, person)
    id = proposal(boss.get("/erasures").text)
    answer = boss.post("/erasures", data={"deed": "call_off", "proposal": id, f"{id}.words": "no"})
    assert answer.status_code == 422
    assert f"{id}-words" in problems(answer.text)
    data = {"deed": "call_off", "proposal": id, f"{id}.words": "She wrote from her own number: not her."}
    assert boss.post("/erasures", data=data).status_code == 303
    assert "Nothing waits to be erased" in boss.get("/erasures").text


def test_a_rule_is_set_looked_by_and_ended(boss, person):
    refused = boss.post("/erasures", data={"deed": "set_rule", "about": "names", "months": "soon"})
    assert "months" in problems(refused.text)
    set_ = boss.post("/erasures", data={"deed": "set_rule", "about": "names", "months": "24"})
    assert set_.status_code == 303
    shown = boss.get("/erasures").text
    assert "24 months" in shown
    looked = boss.post("/erasures", data={"deed": "look"})
    assert "Nothing is past its time." in boss.get(looked.headers["Location"]).text
    rule = form(shown, having="rule").typed["rule"]
    boss.post("/erasures", data={"deed": "end_rule", "rule": rule})
    assert "No rule is set" in boss.get("/erasures").text


def test_a_reviewer_sets_no_rule_and_erases_nothing(reviewer, person):
    ask(reviewer, person)
    shown = reviewer.get("/erasures").text
    assert "Set a rule" not in shown
    answer = reviewer.post("/erasures", data={"deed": "set_rule", "about": "names", "months": "24"})
    assert answer.status_code == 403
