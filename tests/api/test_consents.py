"""Consent through the API: decided, taken back and said yes to again; receipts, words, whom to ask again."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from incidents import consent, tokens
from incidents.consent import codes, ledger
from incidents.intake import parting
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from incidents.model.consent import ConsentEvent
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests import make
from tests.api.programs import HERE
from tests.api.test_road import send, take_in


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def sent(program_for):
    return send(program_for("field_researcher"))


@pytest.fixture
def person(reviewer, sent):
    incident = take_in(reviewer, sent)
    return next(
        each["id"] for each in reviewer.get(f"/incidents/{incident}").json["persons"] if each["teller"]
    )


def events():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(ConsentEvent))


def decide(who, person, **said):
    return who.post(f"/persons/{person}/consents", said)


def of(who, person, reading="en"):
    return who.get(f"/persons/{person}/receipt", read=reading).json["lines"]


def test_a_decision_is_one_more_event_as_the_page_enters_it(reviewer, person, staff):
    with staff.reviewer.work() as work:
        before = len(consent.history(work, work.get(Person, UUID(person))))
    answer = decide(reviewer, person, decisions={"PUB": "given", "QUO": "refused"}, given_by="self")
    assert answer.status_code == 201, answer.json
    assert answer.json["event"] == "changed"
    assert answer.json["decisions"] == {"PUB": "given", "QUO": "refused"}
    assert answer.json["entered_by"] == "reviewer inventado"
    with staff.reviewer.work() as work:
        row, said = consent.history(work, work.get(Person, UUID(person)))[-1]
        assert (row.number, row.id) == (before + 1, UUID(answer.json["id"]))
        until = ledger.months_after(work.today, 24)  # two years, where nothing else was said
    assert said["terms"]["PUB"]["until"] == until.isoformat()
    (note,) = [
        each
        for each in db.session.scalars(select(AuditEntry))
        if each.event == "consent.recorded" and each.detail["purposes"] == ["PUB", "QUO"]
    ]
    assert note.detail.keys() == {"purposes"}


def test_a_yes_to_what_was_taken_back_counts_where_it_knew_of_all_of_it(reviewer, person, staff):
    first = reviewer.post(f"/persons/{person}/withdraw", {"purposes": ["ROW"]}).json["id"]
    second = reviewer.post(f"/persons/{person}/withdraw", {"everything": True}).json["id"]
    yes = {"decisions": {"REC": "given", "ROW": "given"}, "given_by": "self"}
    refused = decide(reviewer, person, **yes, answers=[first])
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["answers"])
    assert sum(line.endswith("Yes, and taken back since") for line in of(reviewer, person)) == 3
    assert decide(reviewer, person, **yes, answers=[first, second]).status_code == 201
    with staff.reviewer.work() as work:
        answers = consent.permits_each(work, [work.get(Person, UUID(person))], [Purpose.ROWS])
    assert all(isinstance(each, consent.Permit) for found in answers.values() for each in found.values())


def test_a_yes_that_answers_nothing_is_refused(reviewer, person):
    refused = decide(reviewer, person, decisions={"ROW": "given"}, answers=[str(uuid4())])
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["answers"])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "decisions"),
        ({"decisions": {}}, "decisions"),
        ({"decisions": {"ALL": "given"}}, "decisions.ALL.key"),
        ({"decisions": {"PUB": "yes"}}, "decisions.PUB.value"),
        ({"decisions": {"PUB": "given"}, "on": "soon"}, "on"),
        ({"decisions": {"PUB": "given"}, "event": "given"}, "event"),
        ({"decisions": {"PUB": "given"}, "entered_by": str(UUID(int=0))}, "entered_by"),
        ({"decisions": {"PUB": "given"}, "again": []}, "again"),
    ],
)
def test_what_is_no_decision_is_named_and_nothing_is_entered(reviewer, person, said, field):
    before = events()
    refused = decide(reviewer, person, **said)
    assert (refused.status_code, list(refused.json["fields"])) == (422, [field]), refused.json
    assert events() == before


def test_who_does_not_keep_consents_enters_none_and_nobody_unknown_has_one(program_for, reviewer, person):
    before = events()
    for who in ("analyst", "field_researcher", "auditor", "administrator"):
        assert decide(program_for(who), person, decisions={"PUB": "given"}).status_code == 403, who
        for path in ("/consents/again", "/consents/later", "/consents/withdrawn"):
            assert program_for(who).get(path).status_code == 403
    assert decide(reviewer, uuid4(), decisions={"PUB": "given"}).status_code == 404
    assert reviewer.get(f"/persons/{uuid4()}/receipt").status_code == 404
    assert program_for("field_researcher").get(f"/persons/{person}/receipt").status_code == 403
    assert events() == before


def test_under_a_key_it_is_entered_once(reviewer, person):
    before, key = events(), {"Idempotency-Key": str(uuid4())}
    said = {"decisions": {"PUB": "given"}}
    first, again = (reviewer("POST", f"/persons/{person}/consents", json=said, headers=key) for _each in "12")
    assert (first.status_code, again.status_code, first.json["decisions"]) == (201, 201, {"PUB": "given"})
    assert again.json == {
        **first.json,
        "decisions": None,
    }  # what somebody decided does not lie there for a day
    assert events() == before + 1


# -- receipts and words


def test_a_receipt_says_what_was_decided_in_the_language_asked_for_and_names_nobody(
    program_for, reviewer, sent, person
):
    writer = program_for("field_researcher")
    for who, path in ((writer, f"/reports/{sent}/receipt"), (reviewer, f"/persons/{person}/receipt")):
        own, english = who.get(path).json, who.get(path, read="en").json
        assert (own["language"], own["lines"][0]) == ("es", "Lo que decidí")  # theirs, not the program's
        assert (english["language"], english["lines"][0]) == ("en", "What I decided")
        assert "Keep an internal record: Yes" in english["lines"]
        assert "Publish with identity: Not asked" in english["lines"]
        assert not any(canary in json.dumps([own, english]) for canary in make.CANARIES)
        assert who.get(path, read="xx").status_code == 422
    assert (
        writer.get(f"/reports/{sent}/receipt", person=1).json == writer.get(f"/reports/{sent}/receipt").json
    )
    assert writer.get(f"/reports/{sent}/receipt", person=2).status_code == 404  # was not asked


def test_a_receipt_and_the_words_are_for_whoever_sent_the_report(program_for, sent):
    for other in ("reviewer", "coordinator"):
        for path in ("receipt", "words"):
            theirs, none = (program_for(other).get(f"/reports/{id}/{path}") for id in (sent, uuid4()))
            assert (theirs.status_code, none.status_code) == (404, 404)
        assert program_for(other).post(f"/reports/{sent}/words/taken").status_code == 404


def test_the_words_are_told_until_they_are_taken(program_for, staff, sent):
    writer = program_for("field_researcher")
    with staff.field_researcher.work() as work:
        expected = [{"number": number, "words": said} for number, said in parting.of_each(work, UUID(sent))]
    assert len(expected) == 1
    with staff.field_researcher.work() as work:
        secret = tokens.make(work, "A script", ["report:read-own"], []).secret
    script = program_for("")
    script.headers = {"Authorization": f"Bearer {secret}"}
    assert script.get(f"/reports/{sent}").status_code == 200
    for answer in (script.get(f"/reports/{sent}/words"), script.post(f"/reports/{sent}/words/taken")):
        assert (answer.status_code, answer.json["code"]) == (403, "not-by-token")
        assert expected[0]["words"] not in answer.text
    assert writer.get(f"/reports/{sent}/words").json == {"items": expected, "next": None}
    assert writer.post(f"/reports/{sent}/words/taken").status_code == 204
    assert writer.get(f"/reports/{sent}/words").json["items"] == []


def test_whoever_withdrew_with_their_words_is_told_as_such(
    app, program_for, reviewer, sent, person, monkeypatch
):
    monkeypatch.setattr(codes, "SLOW", 0.0)
    (words,) = [
        each["words"] for each in program_for("field_researcher").get(f"/reports/{sent}/words").json["items"]
    ]
    page = app.test_client().post(
        "/withdraw", data={"words": words}, headers=HERE, base_url="https://localhost"
    )
    assert page.status_code == 303
    (line,) = reviewer.get("/consents/withdrawn").json["items"]
    assert (line["person"], line["by_words"], line["purposes"]) == (person, True, [])
    assert words not in json.dumps(line)


# -- whom to ask


def test_whom_to_ask_again_is_told_by_codes_and_references(reviewer, program_for, person, staff):
    with staff.reviewer.work() as work:
        today = work.today
        soon = {"decisions": {"PUB": "given"}, "terms": {"PUB": {"until": today.isoformat()}}}
        consent.decide(work, work.get(Person, UUID(person)), soon)
    (line,) = reviewer.get("/consents/again").json["items"]
    assert (line["person"], line["uses"], line["until"], line["over"]) == (
        person,
        ["PUB"],
        today.isoformat(),
        False,
    )
    assert line["facts"] == {"age": 29, "nationality": ["HND"]}
    assert line["references"] == [each["reference"] for each in reviewer.get("/incidents").json["items"]]
    assert not any(canary in json.dumps(line) for canary in make.CANARIES)
    assert reviewer.get("/consents/later").json["items"] == []
    decide(reviewer, person, decisions={"PUB": "given"})
    assert reviewer.get("/consents/again").json["items"] == []


def test_who_said_later_is_told_with_the_day_until_they_decide(reviewer, person, staff):
    decide(reviewer, person, decisions={"QUO": "requested"})
    with staff.reviewer.work() as work:
        day = (work.today + consent.LATER).isoformat()
    (line,) = reviewer.get("/consents/later").json["items"]
    assert (line["person"], line["later"], line["entered_by"]) == (person, {"QUO": day}, "reviewer inventado")
    decide(reviewer, person, decisions={"QUO": "refused"})
    assert reviewer.get("/consents/later").json["items"] == []


def test_each_who_took_something_back_is_told_once_in_slices(reviewer, program_for):
    made = []
    for _report in range(3):
        incident = take_in(reviewer, send(program_for("field_researcher")))
        one = reviewer.get(f"/incidents/{incident}").json["persons"][0]["id"]
        made.append(reviewer.post(f"/persons/{one}/withdraw", {"purposes": ["STA"]}).json["id"])
    first = reviewer.get("/consents/withdrawn", limit=2).json
    rest = reviewer.get("/consents/withdrawn", limit=2, after=first["next"]).json
    told = [each["id"] for each in (*first["items"], *rest["items"])]
    assert (sorted(told), rest["next"]) == (sorted(made), None)
    assert {(each["by_words"], *each["purposes"], each["releases"]) for each in first["items"]} == {
        (False, "STA", 0)
    }
