"""The code lists for programs: with what the organisation added, renamed and retired."""

import pytest

from incidents import accounts, vocabulary
from incidents.model import vocabulary as words
from tests import make


@pytest.fixture(autouse=True)
def as_shipped():
    words.use(())
    yield
    words.use(())


def test_a_program_reads_every_list_with_the_organisations_own_codes(app, house, staff):
    with staff.coordinator.work() as work:
        vocabulary.add(work, "weapon", {"en": "Rope", "es": "Cuerda"})
        vocabulary.retire(work, "weapon", "BLU")
    token = accounts.sign_in(house, staff.field_researcher.name, make.PASSPHRASE).token
    answer = app.test_client().get("/api/v1/vocabulary", headers={"Authorization": f"Bearer {token.hex()}"})
    assert answer.status_code == 200
    assert set(answer.json["lists"]) == set(words.shipped())
    weapons = {each["code"]: each for each in answer.json["lists"]["weapon"]}
    assert weapons["X_ROPE"] == {
        "code": "X_ROPE",
        "labels": {"en": "Rope", "es": "Cuerda"},
        "above": "",
        "restricted": False,
        "own": True,
        "retired": False,
    }
    assert weapons["BLU"]["retired"]
    assert answer.json["version"] == words.version()


ROPE = {"list": "weapon", "labels": {"en": "Rope", "es": "Cuerda"}}


@pytest.fixture
def coordinator(program_for):
    return program_for("coordinator")


def code_of(program, name, code):
    words.use(())  # another process
    lists = program.get("/vocabulary").json["lists"]
    return next((each for each in lists[name] if each["code"] == code), None)


def test_a_code_is_added_renamed_retired_and_brought_back(app, coordinator, program_for):
    reader = program_for("field_researcher")
    added = coordinator.post("/vocabulary/add", ROPE)
    assert (added.status_code, added.json) == (
        201,
        {"list": "weapon", "code": "X_ROPE", "retired_on": None},
    )
    one = {"list": "weapon", "code": "X_ROPE"}
    assert code_of(reader, "weapon", "X_ROPE")["labels"] == ROPE["labels"]
    labels = {"en": "Rope or cord", "es": "Cuerda o lazo"}
    assert coordinator.post("/vocabulary/rename", {**one, "labels": labels}).status_code == 200
    assert code_of(reader, "weapon", "X_ROPE")["labels"] == labels
    assert coordinator.post("/vocabulary/retire", one).json["retired_on"]
    assert code_of(reader, "weapon", "X_ROPE")["retired"]
    assert coordinator.post("/vocabulary/retire", one).json["code"] == "move-not-allowed"
    assert coordinator.post("/vocabulary/bring-back", one).json["retired_on"] is None
    assert not code_of(reader, "weapon", "X_ROPE")["retired"]
    blocks = program_for("auditor").get("/trail").json["items"]
    said = [note for block in blocks for note in block["notes"] if note["about"] == "own_code"]
    assert [(note["event"], note["detail"]) for note in reversed(said)] == [
        (f"vocabulary.{each}", one) for each in ("added", "renamed", "retired", "brought-back")
    ]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({**ROPE, "labels": {"en": "Rope"}}, {"labels.es"}),
        ({**ROPE, "labels": {"en": "Handgun", "es": "Cuerda"}}, {"labels.en"}),
        ({**ROPE, "labels": {"en": "Rope", "es": "Cuerda", "xx": "?"}}, {"labels.xx.key"}),
        ({**ROPE, "above": "GUN"}, {"above"}),
        ({**ROPE, "code": "X_MINE"}, {"code"}),
        ({**ROPE, "list": "act"}, {"above"}),
    ],
)
def test_a_code_that_does_not_fit_is_refused_at_its_place(coordinator, body, at):
    refused = coordinator.post("/vocabulary/add", body)
    assert (refused.status_code, set(refused.json["fields"])) == (422, at)


@pytest.mark.parametrize(
    ("name", "status"), [("verification", 409), ("age_band", 409), ("nothing", 404), ("act/../x", 404)]
)
def test_a_list_that_takes_no_code_or_is_none_says_so(coordinator, name, status):
    assert coordinator.post("/vocabulary/add", {**ROPE, "list": name}).status_code == status


@pytest.mark.parametrize("who", ["field_researcher", "reviewer", "analyst", "administrator", "auditor"])
def test_nobody_else_sets_a_code(program_for, who):
    program, one = program_for(who), {"list": "weapon", "code": "GUN"}
    for deed, body in (
        ("add", ROPE),
        ("rename", {**one, "labels": ROPE["labels"]}),
        ("retire", one),
        ("bring-back", one),
    ):
        assert program.post(f"/vocabulary/{deed}", body).json["code"] == "not-allowed"


def test_the_same_code_sent_twice_is_one(coordinator):
    key = {"Idempotency-Key": "rope-once"}
    first, second = (coordinator("POST", "/vocabulary/add", json=ROPE, headers=key) for _time in range(2))
    assert (first.status_code, second.data) == (201, first.data)
    assert code_of(coordinator, "weapon", "X_ROPE2") is None
