"""The redaction desk, as programs work at it: nothing is printed that two people did not read."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents.model.audit import AuditEntry
from tests import make
from tests.redaction import quoting, test_cases
from tests.redaction.quoting import ACCOUNT, tell

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def incident(staff):
    people = SimpleNamespace(
        researcher=staff.field_researcher,
        reviewer=staff.reviewer,
        other_reviewer=staff.second,
        coordinator=staff.coordinator,
    )
    return tell(people)


def begun(program, incident):
    (account,) = program.get(f"/redaction/incident/{incident}").json["accounts"]
    assert account["text"] == ACCOUNT
    made = program.post(f"/redaction/incident/{incident}", {"part": account["part"], "kind": "quote"})
    assert (made.status_code, made.json["state"]) == (201, "proposed"), made.json
    return f"/redaction/{made.json['id']}"


def do(program, address, deed, **said):
    """At the desk as it stands."""
    return program.post(f"{address}/{deed}", {"version": program.get(address).json["version"], **said})


def decide_all(program, address):
    for number in range(4):
        cuts = program.get(address).json["sentences"][number]["cuts"]
        does = [cut["does"] or "keep" for cut in cuts]
        done = do(program, address, "decide", sentence=number, take=True, does=does)
        assert done.status_code == 200, done.json
        assert done.json["version"] == program.get(address).json["version"]
    desk = program.get(address).json
    (other,) = [each for each in desk["persons"] if not each["told"]]
    said = do(
        program, address, "say", age="exact", shown=["gender"], restricted="no",
        persons=[{"person": other["person"], "how": "hidden"}],
    )  # fmt: skip
    assert said.status_code == 200, said.json


def events(house, event):
    house.db().rollback()
    return list(house.db().scalars(select(AuditEntry.event).where(AuditEntry.event == event)))


def test_two_programs_bring_an_account_from_the_incident_to_the_shelf(program_for, incident, house):
    reviewer, other, analyst = program_for("reviewer"), program_for("second"), program_for("analyst")
    address = begun(reviewer, incident)
    desk = reviewer.get(address).json
    assert desk["left"] == {"sentences": 4, "people": 1, "restricted": 1, "empty": 1}
    words = {(cut["kind"], cut["words"]) for each in desk["sentences"] for cut in each["cuts"]}
    assert ("person", "Filomeno Deltrebol") in words
    assert ("number", "664 555 0183") in words
    assert do(reviewer, address, "sign", read=desk["read"]).json["code"] == "not-ready-to-sign"
    decide_all(reviewer, address)
    ready = reviewer.get(address).json
    assert ready["left"] == {}
    assert ready["text"] == (
        "Nos bajaron del camión el [DATE] en [PLACE 1]. Mi primo [PERSON 1] gritó y le pegaron. "
        "Pidieron 5000 dólares y mi número, [NUMBER]. No he podido dormir desde entonces."
    )
    assert do(reviewer, address, "sign", read=desk["read"]).json["code"] == "other-text"
    assert do(reviewer, address, "sign", read=ready["read"]).json["state"] == "signed-once"
    assert do(reviewer, address, "sign", read=ready["read"]).json["code"] == "second-person-needed"
    assert analyst.get("/quotes").json["items"] == []
    (waits,) = other.get("/redaction").json["items"]
    assert (waits["waits_for_me"], waits["incident"]) == (True, str(incident))
    assert do(other, address, "sign", read=other.get(address).json["read"]).json["state"] == "signed"
    assert other.get(address).json["on_shelf"]
    (quoted,) = analyst.get("/quotes").json["items"]
    assert (quoted["text"], quoted["gender"], quoted["nationality"]) == (ready["text"], "F", [])
    assert len(events(house, "quote.signed")) == 2
    assert do(other, address, "recall", why="asked").json["state"] == "recalled"
    gone = other.get(address).json
    assert (gone["recalled_for"], "source" in gone, "text" in gone) == ("asked", False, False)
    assert analyst.get("/quotes").json["items"] == []
    assert program_for("auditor").get("/trail/verify").json["holds"]


def test_what_is_decided_takes_a_signature_back_and_only_of_the_version_that_was_read(program_for, incident):
    reviewer, other = program_for("reviewer"), program_for("second")
    address = begun(reviewer, incident)
    old = other.get(address).json["version"]
    decide_all(reviewer, address)
    late = other.post(f"{address}/decide", {"version": old, "sentence": 0, "take": False})
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    do(reviewer, address, "sign", read=reviewer.get(address).json["read"])
    assert len(other.get(address).json["signed"]) == 1
    out = {"version": other.get(address).json["version"], "sentence": 3, "take": False}
    for _time in range(2):
        again = other("POST", f"{address}/decide", json=out, headers={"Idempotency-Key": "once"})
        assert again.status_code == 200, again.json
    desk = other.get(address).json
    assert (desk["state"], desk["signed"], desk["version"]) == ("proposed", [], out["version"] + 1)
    assert "dormir" not in desk["text"]


def test_of_an_account_that_reads_otherwise_by_now_the_line_is_left_and_the_way_off(
    program_for, incident, monkeypatch
):
    reviewer = program_for("reviewer")
    address = begun(reviewer, incident)
    monkeypatch.setattr("incidents.redaction.sources.mark", lambda _work, text: text)
    desk = reviewer.get(address)
    assert (desk.status_code, desk.json["changed"], "source" in desk.json) == (200, True, False)
    assert ACCOUNT[:20] not in desk.text
    assert do(reviewer, address, "decide", sentence=0, take=False).json["code"] == "account-changed"
    assert do(reviewer, address, "recall", why="not-used").json["state"] == "recalled"


def test_a_case_is_written_for_somebody_of_the_incident(program_for, incident):
    reviewer = program_for("reviewer")
    subjects = reviewer.get(f"/redaction/incident/{incident}/case").json["persons"]
    assert sorted(each["number"] for each in subjects) == [1, 2]
    told = reviewer.get(f"/incidents/{incident}").json["persons"]
    teller = next(each["id"] for each in told if each["teller"])
    written = {"person": teller, "text": test_cases.TEXT, "risk": test_cases.RISK, "language": "eng"}
    short = reviewer.post(f"/redaction/incident/{incident}/case", {**written, "risk": "nobody"})
    assert list(short.json["fields"]) == ["risk"]
    for language in ("", "en", "xyz"):
        wrong = reviewer.post(f"/redaction/incident/{incident}/case", {**written, "language": language})
        assert (wrong.status_code, list(wrong.json["fields"])) == (422, ["language"])
    assert (
        reviewer.post(f"/redaction/incident/{incident}/case", {**written, "person": str(uuid4())}).status_code
        == 404
    )
    made = reviewer.post(f"/redaction/incident/{incident}/case", written)
    assert (made.status_code, made.json["kind"]) == (201, "case")
    address = f"/redaction/{made.json['id']}"
    assert reviewer.get(address).json["risk"] == test_cases.RISK
    again = do(reviewer, address, "rewrite", text="She was held for a day.", risk=test_cases.RISK)
    assert again.status_code == 200, again.json
    assert reviewer.get(address).json["source"] == "She was held for a day."
    assert reviewer.get(address).json["language"] == "eng"  # as it was said; now anew
    say = {"age": "exact", "restricted": "no"}
    assert do(reviewer, address, "say", **say).status_code == 200
    assert reviewer.get(address).json["language"] == "eng"
    assert do(reviewer, address, "say", **say, language="hat").status_code == 200
    assert reviewer.get(address).json["language"] == "hat"
    assert list(do(reviewer, address, "say", **say, language="klingon").json["fields"]) == ["language"]


def test_the_desk_refuses_who_does_not_review_and_what_it_does_not_know(program_for, incident, staff):
    reviewer = program_for("reviewer")
    address = begun(reviewer, incident)
    for who in ("analyst", "field_researcher", "auditor", "administrator"):
        for path in ("/redaction", address, f"/redaction/incident/{incident}"):
            refused = program_for(who).get(path)
            assert (refused.status_code, refused.json["code"]) == (403, "not-allowed")
            assert make.CANARY_NARRATIVE not in refused.text
    desk = reviewer.get(address).json
    assert do(reviewer, address, "decide", sentence=9, take=True).status_code == 404
    assert do(reviewer, address, "decide", sentence=0, take=True, does=["burn"]).status_code == 422
    assert do(reviewer, address, "decide", sentence=0, take=True, state="signed").status_code == 422
    assert do(reviewer, address, "recall", why="because").status_code == 422
    (account,) = reviewer.get(f"/redaction/incident/{incident}").json["accounts"]
    case = {"part": account["part"], "kind": "case"}
    assert reviewer.post(f"/redaction/incident/{incident}", case).status_code == 422
    assert reviewer.get(address).json == desk
    assert quoting.TELLER not in reviewer.get("/redaction").text


def test_what_is_said_of_somebody_elsewhere_or_of_more_than_anybody_reads_is_refused(program_for, incident):
    reviewer = program_for("reviewer")
    address = begun(reviewer, incident)
    desk = reviewer.get(address).json
    beside = {"age": "exact", "restricted": "no"}
    here = [{"person": each["person"], "how": "hidden"} for each in desk["persons"]]
    refused = do(
        reviewer, address, "say", **beside, persons=[*here, {"person": str(uuid4()), "how": "recognized"}]
    )
    assert refused.status_code == 422
    assert "not in this account" in refused.text
    far = {"words": "llamaron", "do": "cut"}
    for given in ({"does": ["x" * 101]}, {"more": [far] * 201}, {"more": [far | {"words": "a" * 2_001}]}):
        refused = do(reviewer, address, "decide", sentence=0, take=True, **given)
        assert refused.status_code == 422, given
    assert do(reviewer, address, "say", **beside, persons=here[:1] * 1_001).status_code == 422
    assert do(reviewer, address, "say", **beside, shown=["gender"] * 11).status_code == 422
    assert reviewer.get(address).json == desk
    assert do(reviewer, address, "say", **beside, persons=here).status_code == 200
