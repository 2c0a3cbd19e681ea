"""Idempotency-Key: what is sent twice is done once, and answered alike; what is kept of it, and how long."""

import hashlib
import io
import json
import re
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from incidents import jobs, tokens
from incidents.api.once import TOLD, is_asked_anew
from incidents.intake import report
from incidents.model.base import Compartment, db
from incidents.model.report import Report
from incidents.model.token import Once
from incidents.safeguards.keytables import meta
from tests import make
from tests.api.programs import Program
from tests.api.test_road import MAPPING, TABLE, send

# Codes, counts, members, what is public, and what whoever asks is told once; by the answer that tells it.
HARMLESS = {
    "AnyJob": "kind problem stage state",
    "Basis": "confirmed_by set_by unreadable",
    "Batch": "came_in moved_by recorded_by unreadable",
    "BatchBasis": "citation confirmed_by licence set_by source_date unreadable",
    "Commented": "by called unreadable",
    "Decided": "verdict",
    "DecisionEvent": "entered_by event",
    "DeskBegun": "kind state",
    "DeskDone": "state",
    "Download": "by",
    "Edited": "fields",
    "ErasureLine": "agreed_by kind proposed_by unreadable",
    "EvidenceLine": "state unreadable",
    "Handed": "assignee",
    "HierarchyKept": "digest name",
    "InboxLine": "channel danger recorded_by reference state",
    "IncidentRef": "reference",
    "Intervention": "recorded_by unreadable",
    "Invited": "link name roles state",
    "Job": "problem state",
    "Linked": "kind",
    "MadeToken": "compartments ended_by member name permissions token",
    "Making": "problem reference stage state",
    "MappingLine": "name saved_by",
    "MemberRef": "name roles state",
    "Moved": "moves verification",
    "MovedTogether": "counts",
    "OwnSheet": "state",
    "Package": "prepared_by purpose reference signed_by state unreadable withheld",
    "Question": "by question state unreadable",
    "Refusal": "code detail details",
    "Release": "also_signed_by counts manifest policy prepared_by reference signed_by state unreadable",
    "ReportLine": "channel danger reference state",
    "RuleLine": "about set_by",
    "Said": "by unreadable",
    "SetCode": "code list",
    "Staying": "why",
    "Task": "assignee state unreadable",
    "Token": "token",
    "TokenLine": "compartments ended_by member name permissions",
    "Withdrawal": "entered_by",
}
KEY = {"Idempotency-Key": "a-key-of-this-test"}


def post(program, path, body, key=KEY):
    return program("POST", path, json=body, headers=key or {})


def reports():
    return db.session.scalar(select(func.count()).select_from(Report))


def kept(house):
    return house.keystore.read(select(meta.c.name).where(meta.c.name.like("%/once/%")))


def test_the_same_twice_is_one_and_the_same_answer(program_for):
    researcher, document = program_for("field_researcher"), make.report_document()
    first, second = (post(researcher, "/reports", document) for _time in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert reports() == 1
    assert (
        post(researcher, "/reports", document, {"Idempotency-Key": "another"}).json["id"] != first.json["id"]
    )
    assert post(researcher, "/reports", document, None).json["id"] != first.json["id"]


def test_another_body_under_the_same_key_is_refused(program_for):
    researcher = program_for("field_researcher")
    post(researcher, "/reports", make.report_document())
    refused = post(researcher, "/reports", make.report_document(summary="Another one."))
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency-key-reused")
    assert reports() == 1


def test_a_key_is_its_principals_and_its_addresss(program_for, staff, app):
    document = make.report_document()
    with staff.reviewer.work() as work:
        secret = tokens.make(work, "A script", ["report:send"]).secret
    by_token = Program(app)
    by_token.headers = {"Authorization": f"Bearer {secret}"}
    ids = {
        post(program, "/reports", document).json["id"]
        for program in (program_for("field_researcher"), program_for("reviewer"), by_token)
    }
    assert len(ids) == 3
    taken = {post(program_for("reviewer"), f"/inbox/{id}/take-in", {}).json["id"] for id in ids}
    assert len(taken) == 3


def test_what_was_refused_may_be_sent_again_under_its_key(program_for):
    researcher = program_for("field_researcher")
    assert post(researcher, "/reports", {"no": "such"}).status_code == 422
    assert post(researcher, "/reports", make.report_document()).status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "with\ttab"])
def test_what_is_no_key_is_refused(program_for, key):
    refused = post(
        program_for("field_researcher"), "/reports", make.report_document(), {"Idempotency-Key": key}
    )
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["Idempotency-Key"])


def test_files_sent_in_parts_are_told_by_what_they_hold(program_for):
    def sent(table):
        files = {"file": (io.BytesIO(table), "t.csv"), "mapping": (io.BytesIO(MAPPING.encode()), "m.toml")}
        return program_for("reviewer")("POST", "/imports", data=files, headers=KEY)

    first, second = sent(TABLE.encode()), sent(TABLE.encode())
    assert first.status_code < 300
    assert first.json["id"] == second.json["id"]
    assert sent(TABLE.encode() + b"\n").json["code"] == "idempotency-key-reused"


def test_of_two_at_once_one_is_done(app, program_for):
    """Both have looked before either has written: the second finds it done at its commit."""
    document, both = make.report_document(), threading.Barrier(2, timeout=60)
    real, answers = report.send, []

    def slow(*given, **more):
        done = real(*given, **more)
        both.wait()
        return done

    programs = [program_for("field_researcher") for _each in range(2)]

    def ask(program):
        with app.app_context():
            answers.append(post(program, "/reports", document))
            db.session.remove()

    report.send = slow
    try:
        threads = [threading.Thread(target=ask, args=(program,)) for program in programs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        report.send = real
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert reports() == 1


def test_an_answer_is_kept_sealed_among_the_keys_and_not_among_the_data(program_for, house, instance):
    document = make.report_document()
    sent = post(program_for("field_researcher"), "/reports", document)
    assert len(kept(house)) == 1
    lying = b"".join(path.read_bytes() for path in instance.folder.rglob("*.db*"))
    assert json.dumps(sent.json).encode() not in lying
    assert sent.json["reference"].encode() not in house.keystore.path.read_bytes()


def test_what_is_stored_of_a_body_is_found_by_nobody_who_tries(program_for):
    """A digest without a key would give away a name or a passphrase to whoever guesses it."""
    researcher, document = program_for("field_researcher"), make.report_document()
    post(researcher, "/reports", document)
    (row,) = db.session.scalars(select(Once))
    sent = json.dumps(document).encode()
    for spelt in (sent, json.dumps(document, separators=(",", ":")).encode()):
        for before in (b"", b"\napplication/json\n"):
            assert hashlib.sha256(before + spelt).digest() != row.body
    confirmed = post(program_for("reviewer"), "/session/confirm", {"passphrase": make.PASSPHRASE})
    assert confirmed.status_code == 204
    assert len(list(db.session.scalars(select(Once)))) == 1


def test_a_day_later_it_is_gone_and_the_key_is_free(app, program_for):
    house = app.extensions["house"]
    researcher, document = program_for("field_researcher"), make.report_document()
    first = post(researcher, "/reports", document).json["id"]
    now = house.now
    house.now = lambda: now() + timedelta(hours=25)
    assert post(researcher, "/reports", document).json["id"] != first
    assert len(kept(house)) == 1
    assert db.session.scalar(select(func.count()).select_from(Once)) == 1


def test_a_day_later_it_is_gone_though_nobody_sends_anything_more(app, program_for):
    house = app.extensions["house"]
    post(program_for("field_researcher"), "/reports", make.report_document())
    jobs.tidy(house)
    assert (len(kept(house)), db.session.scalar(select(func.count()).select_from(Once))) == (1, 1)
    now = house.now
    house.now = lambda: now() + timedelta(hours=25)
    jobs.tidy(house)
    assert (len(kept(house)), db.session.scalar(select(func.count()).select_from(Once))) == (0, 0)


def test_an_erasure_leaves_no_answer_that_could_repeat_it(program_for, house):
    researcher, document = program_for("field_researcher"), make.report_document()
    post(researcher, "/reports", document)
    house.keystore.shred([(uuid4(), Compartment.FACTS)], "a decision")
    assert kept(house) == []
    again = post(researcher, "/reports", document)
    assert (again.status_code, again.json["code"]) == (409, "answer-not-kept")
    assert reports() == 1


def test_what_is_opened_is_opened_and_noted_each_time(program_for, house):
    id = send(program_for("field_researcher"))
    for _time in range(2):
        answer = post(program_for("reviewer"), f"/inbox/{id}/names", {"reason": "contact"})
        assert answer.status_code == 200
        assert "Idempotency-Replayed" not in answer.headers
    assert kept(house) == []


def test_a_tokens_secret_is_not_said_again(program_for):
    body = {"name": "A script", "permissions": ["release:download"]}
    first, second = (post(program_for("analyst"), "/tokens", body) for _time in range(2))
    assert first.json["token"].startswith("amp_")
    assert second.json == {**first.json, "token": None}


def test_what_only_looks_is_looked_at_anew_and_nothing_of_it_is_kept(program_for, house):
    asked = {"policy": "public"}
    for _time in range(2):
        answer = post(program_for("analyst"), "/releases/preview", asked)
        assert "Idempotency-Replayed" not in answer.headers
    assert kept(house) == []
    assert db.session.scalar(select(func.count()).select_from(Once)) == 0


def test_of_what_a_deed_tells_of_somebody_nothing_is_kept(program_for, house):
    """Done once, told twice, and what was said is asked for at its address."""
    id = send(program_for("field_researcher"))
    reviewer = program_for("reviewer")
    incident = post(reviewer, f"/inbox/{id}/take-in", {}).json["id"]
    address = f"/incidents/{incident}/comments"
    words = {"words": "Hay que llamar otra vez."}
    first, second = (post(reviewer, address, words) for _time in range(2))
    assert first.json == {**first.json, **words}
    assert second.json == {**first.json, "words": None, "nobody": None, "several": None}
    assert second.headers["Idempotency-Replayed"] == "true"


def test_each_text_of_a_deeds_answer_is_none_of_a_record_or_is_not_kept(app):
    """What a new deed tells stands here once somebody thought of whether it may lie there for a day: of that answer.

    A name says little: one schema's `details` are codes, and another's would be what somebody typed.
    """
    with app.test_request_context():
        said = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].described()
    texts = set()
    for rule in app.url_map.iter_rules():
        kept = rule.endpoint.startswith("api.") and "POST" in rule.methods
        if kept and not is_asked_anew(app.view_functions[rule.endpoint]):
            told = said["paths"][re.sub("<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule)]["post"]["responses"]
            answers = [response for code, response in told.items() if code.startswith("2")]
            for media in (media for answer in answers for media in answer.get("content", {}).values()):
                texts |= texts_of(said["components"]["schemas"], media.get("schema", {}), rule.rule)
    harmless = {(schema, name) for schema, names in HARMLESS.items() for name in names.split()}
    assert len(texts) > 20
    assert sorted(texts - harmless) == []
    assert sorted(harmless - texts) == []  # what is told no more stands here no more


def texts_of(schemas, schema, within, name="", seen=()):
    """Schema and name of what holds text without a format, or anything at all, and may be kept."""
    if "$ref" in schema:
        one = schema["$ref"].rpartition("/")[2]
        return (
            set() if (one, name) in seen else texts_of(schemas, schemas[one], one, name, (*seen, (one, name)))
        )
    kind, fields = schema.get("type", ""), schema.get("properties", {})
    plain = ("string" in kind and "format" not in schema) or ("object" in kind and not fields)
    found = {(within, name)} if plain else set()
    inner = [*schema.get("anyOf", ()), *schema.get("allOf", ())]
    for each in [*inner, schema["items"]] if "items" in schema else inner:
        found |= texts_of(schemas, each, within, name, seen)
    for each, of in fields.items():
        if each not in TOLD:
            found |= texts_of(schemas, of, within, each, seen)
    return found
