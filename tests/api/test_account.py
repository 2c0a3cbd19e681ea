"""A token: got by signing in, confirmed, ended; never beside a cookie."""

import pyotp
import pytest

from incidents import gate, members
from incidents.model.account import User
from incidents.model.vocabulary import Role
from tests import make
from tests.api.programs import HERE, Program, sessions_of


def sign_in(app, name, passphrase=make.PASSPHRASE, **more):
    body = {"name": name, "passphrase": passphrase, **more}
    return app.test_client().post("/api/v1/session", json=body, headers=HERE)


@pytest.fixture
def with_code(house, staff, app):
    """The analyst with a second factor: its secret."""
    return make.second_factor(staff.analyst)


def test_signing_in_gives_a_token_and_no_cookie(app, staff):
    answer = sign_in(app, staff.field_researcher.name)
    assert (answer.status_code, list(answer.json)) == (201, ["token"])
    assert "Set-Cookie" not in answer.headers
    me = Program(app, bytes.fromhex(answer.json["token"])).get("/me").json
    assert (me["name"], me["roles"], me["fresh"]) == (staff.field_researcher.name, ["field_researcher"], True)


def test_who_i_am_names_what_i_may_do_and_which_keys_i_hold(program_for):
    analyst, reviewer = program_for("analyst").get("/me").json, program_for("reviewer").get("/me").json
    assert analyst["compartments"] == ["facts"]
    assert "incident:read" not in analyst["permissions"]
    assert sorted(reviewer["compartments"]) == ["facts", "identity", "intake", "testimony"]


def test_a_wrong_name_and_a_wrong_passphrase_are_the_same_refusal(app, staff):
    refused = [sign_in(app, staff.analyst.name, "wrong"), sign_in(app, "Nadie Inventado")]
    assert [answer.status_code for answer in refused] == [401, 401]
    assert refused[0].text == refused[1].text


def test_guessing_ends_after_ten_tries(app, staff):
    for _try in range(10):
        assert sign_in(app, staff.analyst.name, "wrong").status_code == 401
    assert sign_in(app, staff.analyst.name).json["code"] == "too-many-attempts"


def test_a_second_factor_is_asked_for_and_leaves_no_half_session(app, staff, with_code, house):
    asked = sign_in(app, staff.analyst.name)
    assert (asked.status_code, list(asked.json["fields"])) == (422, ["code"])
    assert sign_in(app, staff.analyst.name, code="000000").status_code == 401
    entered = sign_in(app, staff.analyst.name, code=pyotp.TOTP(with_code).now())
    assert entered.status_code == 201
    assert Program(app, bytes.fromhex(entered.json["token"])).get("/me").status_code == 200


def test_an_ended_session_opens_nothing(app, staff):
    program = Program(app, sessions_of(staff.reviewer))
    assert program("DELETE", "/session").status_code == 204
    assert program.get("/me").status_code == 401


def test_a_member_who_is_not_confirmed_may_look_at_themselves_and_no_more(app, staff, house):
    _user, link = make.invited(house, staff.coordinator, "Nueva Inventada", Role.REVIEWER)
    joined = make.joined(house, "Nueva Inventada", link)
    program = Program(app, joined.token)
    assert program.get("/me").json["state"] == "waiting"
    assert program.get("/me").json["permissions"] == []
    assert program.get("/inbox").status_code == 403


def test_a_disabled_member_is_out_at_once(app, staff):
    program = Program(app, sessions_of(staff.reviewer))
    assert program.get("/me").status_code == 200
    with staff.coordinator.work() as work:
        members.disable(work, work.get(User, staff.reviewer.id))
    assert program.get("/me").status_code == 401


def test_a_bearer_token_stands_alone_also_beside_a_cookie(app, staff):
    client = app.test_client()
    client.set_cookie(gate.COOKIE, sessions_of(staff.coordinator).hex(), secure=True)
    headers = {"Authorization": f"Bearer {sessions_of(staff.analyst).hex()}"}
    https = {"base_url": "https://localhost"}
    assert client.get("/api/v1/me", headers=headers, **https).json["name"] == staff.analyst.name
    wrong = {"Authorization": "Bearer 00"}
    assert client.get("/api/v1/me", headers=wrong, **https).status_code == 401


def test_another_site_signs_nobody_in_and_acts_for_nobody(app, staff):
    body = {"name": staff.analyst.name, "passphrase": make.PASSPHRASE}
    refused = app.test_client().post(
        "/api/v1/session", json=body, headers={"Origin": "https://elsewhere.example"}
    )
    assert (refused.status_code, refused.json["code"]) == (403, "other-site")
    client = app.test_client()
    client.set_cookie(gate.COOKIE, sessions_of(staff.field_researcher).hex(), secure=True)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        refused = client.post(
            "/api/v1/reports", json=make.report_document(), headers=headers, base_url="https://localhost"
        )
        assert (refused.status_code, refused.json["code"]) == (403, "other-site")


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}])
def test_a_program_signs_in_without_an_origin_or_with_the_servers_own(app, staff, headers):
    body = {"name": staff.analyst.name, "passphrase": make.PASSPHRASE}
    answer = app.test_client().post("/api/v1/session", json=body, headers=headers)
    assert answer.status_code == 201
