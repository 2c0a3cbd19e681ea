"""A coordinator's program invites, confirms, changes and removes, with the same care as the page; nobody else does."""

from uuid import uuid4

import pytest

from incidents import accounts, tokens
from tests import make
from tests.api.programs import Program, noted


@pytest.fixture
def coordinator(program_for):
    return program_for("coordinator")


def invited(program, name="Nadia Inventada", roles=("reviewer",)):
    answer = program.post("/members", {"name": name, "roles": list(roles)})
    assert answer.status_code == 201, answer.json
    return answer.json


def joined(house, link):
    """The person opens the link and chooses a passphrase."""
    accounts.join(house, link.rpartition("/")[2], make.PASSPHRASE)


def deed(program, id, what, **body):
    return program("POST", f"/members/{id}/{what}", **({"json": body} if body else {}))


def test_somebody_is_invited_joins_and_is_confirmed_by_the_fingerprint(app, house, coordinator):
    made = invited(coordinator)
    assert (made["state"], made["roles"]) == ("invited", ["reviewer"])
    joined(house, made["link"])
    one = coordinator.get(f"/members/{made['id']}").json
    assert (one["state"], one["may_confirm"], one["compartments"]) == ("waiting", True, [])
    wrong = deed(coordinator, made["id"], "confirm", fingerprint="0000 0000")
    assert (wrong.status_code, set(wrong.json["fields"])) == (422, {"fingerprint"})
    assert coordinator.get(f"/members/{made['id']}").json["state"] == "waiting"
    right = deed(coordinator, made["id"], "confirm", fingerprint=one["fingerprint"].lower())
    assert (right.status_code, right.json["state"]) == (200, "active")
    assert coordinator.get(f"/members/{made['id']}").json["compartments"]
    events = [event for event, _detail in noted(app, made["id"])]
    assert events == ["member.invited", "member.joined", "member.confirmed"]


def test_the_link_is_said_once(coordinator):
    body = {"name": "Nadia Inventada", "roles": ["reviewer"]}
    key = {"Idempotency-Key": "one-invitation"}
    first, again = (coordinator("POST", "/members", json=body, headers=key) for _time in range(2))
    assert first.json["link"].startswith("https://")
    assert again.json == {**first.json, "link": None}
    assert coordinator.post("/members", body).json["code"] == "name-taken"
    listed = coordinator.get("/members").text
    assert first.json["link"].rpartition("/")[2] not in listed


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"name": "Nadia Inventada", "roles": []}, "roles"),
        ({"name": "Nadia Inventada", "roles": ["queen"]}, "roles.0"),
        ({"name": "  ", "roles": ["reviewer"]}, "name"),
        ({"name": "Nadia Inventada", "roles": ["reviewer"], "state": "active"}, "state"),
        ({"name": "Nadia Inventada", "roles": ["reviewer"], "language": "xx"}, "language"),
    ],
)
def test_an_invitation_that_does_not_hold_is_refused(coordinator, body, at):
    refused = coordinator.post("/members", body)
    assert (refused.status_code, list(refused.json["fields"])) == (422, [at])


def test_roles_change_and_somebody_is_disabled_enabled_and_removed(app, staff, coordinator, program_for):
    id, theirs = str(staff.analyst.id), program_for("analyst")
    answer = deed(coordinator, id, "roles", roles=["analyst", "auditor"])
    assert (answer.status_code, answer.json["roles"]) == (200, ["analyst", "auditor"])
    assert theirs.get("/me").status_code == 200
    assert deed(coordinator, id, "disable").json["state"] == "disabled"
    assert theirs.get("/me").status_code == 401
    assert deed(coordinator, id, "disable").status_code == 409
    assert deed(coordinator, id, "enable").json["state"] == "active"
    assert deed(coordinator, id, "remove").json["state"] == "removed"
    one = coordinator.get(f"/members/{id}").json
    assert (one["state"], one["compartments"]) == ("removed", [])
    assert deed(coordinator, id, "remove").status_code == 409
    events = [event for event, _detail in noted(app, id)]
    assert [each for each in events if each.startswith("member.")][-4:] == [
        "member.roles",
        "member.disabled",
        "member.enabled",
        "member.removed",
    ]


def test_who_lost_the_way_in_gets_a_new_link_and_waits_again(house, staff, coordinator):
    id = str(staff.reviewer.id)
    answer = deed(coordinator, id, "renew")
    assert (answer.status_code, answer.json["id"]) == (200, id)
    joined(house, answer.json["link"])
    one = coordinator.get(f"/members/{id}").json
    assert (one["state"], one["may_confirm"]) == ("waiting", False)  # another coordinator confirms
    refused = deed(coordinator, id, "confirm", fingerprint=one["fingerprint"])
    assert refused.json["code"] == "second-coordinator-needed"


def test_nobody_does_any_of_it_to_themselves(staff, coordinator):
    mine = str(staff.coordinator.id)
    for what, body in (("roles", {"roles": ["auditor"]}), ("disable", {}), ("remove", {}), ("renew", {})):
        assert deed(coordinator, mine, what, **body).json["code"] == "second-person-needed", what
    assert coordinator.get(f"/members/{uuid4()}").status_code == 404


def test_a_passphrase_that_was_given_long_ago_is_asked_for_again(staff, coordinator, monkeypatch):
    monkeypatch.setattr("incidents.safeguards.sessions.FRESH", -1)
    for what, body in (("roles", {"roles": ["auditor"]}), ("disable", {}), ("remove", {}), ("renew", {})):
        answer = deed(coordinator, str(staff.analyst.id), what, **body)
        assert answer.json["code"] == "fresh-sign-in-needed", what


@pytest.mark.parametrize("who", ["field_researcher", "reviewer", "analyst", "administrator", "auditor"])
def test_nobody_else_grants_and_few_invite(staff, program_for, who):
    program, id = program_for(who), str(staff.second.id)
    for what, body in (
        ("confirm", {"fingerprint": "0"}),
        ("roles", {"roles": ["auditor"]}),
        ("disable", {}),
        ("enable", {}),
        ("remove", {}),
        ("renew", {}),
    ):
        assert deed(program, id, what, **body).json["code"] == "not-allowed", what
    may = who == "administrator"
    answer = program.post("/members", {"name": "Nadia Inventada", "roles": ["reviewer"]})
    assert answer.status_code == (201 if may else 403)


def test_no_token_does_any_of_it(app, staff):
    with staff.coordinator.work() as work:
        secret = tokens.make(work, "A script", ["member:list"]).secret
    program = Program(app)
    program.headers = {"Authorization": f"Bearer {secret}"}
    assert program.get(f"/members/{staff.analyst.id}").status_code == 200
    assert deed(program, str(staff.analyst.id), "disable").json["code"] == "not-by-token"
    body = {"name": "Nadia Inventada", "roles": ["reviewer"]}
    assert program.post("/members", body).json["code"] == "not-by-token"
