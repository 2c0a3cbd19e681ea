"""How often one asks: a count for each principal, said with each answer; too many are told when to come again."""

import re
from uuid import uuid4

import pytest

from incidents import tokens
from incidents.api.limits import WINDOW, Limits
from tests import make
from tests.api.programs import HERE, Program

SAID = re.compile(r'"principal";r=(\d+);t=(\d+)')


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def limits(app):
    app.extensions["limits"] = found = Limits(3, Clock())
    return found


def test_a_window_begins_with_the_first_request_and_ends():
    clock, who = Clock(), uuid4()
    limits = Limits(2, clock)
    assert [limits.spend(who)[0] for _time in range(4)] == [1, 0, -1, -2]
    assert limits.spend(uuid4())[0] == 1
    clock.now += WINDOW
    assert limits.spend(who)[0] == 1


def test_each_answer_says_how_many_are_left_and_one_too_many_when_to_come_again(limits, program_for):
    auditor = program_for("auditor")
    left = [int(SAID.fullmatch(auditor.get("/me").headers["RateLimit"])[1]) for _time in range(3)]
    assert left == [2, 1, 0]
    refused = auditor.get("/me")
    assert (refused.status_code, refused.json["code"]) == (429, "too-many-requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= WINDOW + 1
    assert refused.headers["RateLimit-Policy"] == f'"principal";q=3;w={WINDOW}'
    assert program_for("analyst").get("/me").status_code == 200  # another's is another's


def test_a_new_session_has_no_new_limit_and_a_token_has_its_own(limits, program_for, staff, app):
    for _time in range(3):
        assert program_for("analyst").get("/me").status_code == 200
    assert program_for("analyst").get("/me").status_code == 429
    with staff.analyst.work() as work:
        secret = tokens.make(work, "A script", ["release:download"]).secret
    program = Program(app)
    program.headers = {"Authorization": f"Bearer {secret}"}
    assert program.get("/me").status_code == 200


def test_who_guesses_is_told_when_to_try_again(app, staff):
    def sign_in():
        body = {"name": staff.analyst.name, "passphrase": "wrong"}
        return app.test_client().post("/api/v1/session", json=body, headers=HERE)

    answers = [sign_in() for _time in range(11)]
    assert (answers[-1].status_code, answers[-1].headers["Retry-After"]) == (429, "900")
    assert make.PASSPHRASE != "wrong"


# -- whatever goes wrong, as RFC 9457 says it


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("DELETE", "/incidents", {}, 405, "method-not-allowed"),
        ("POST", "/reports", {"data": b"x", "content_type": "text/plain"}, 415, "unsupported-media-type"),
        ("POST", "/reports", {"data": b"{", "content_type": "application/json"}, 422, "not-readable"),
        ("GET", "/releases", {}, 403, "not-allowed"),
        ("GET", "/incidents?limit=0", {}, 422, "invalid-input"),
    ],
)
@pytest.mark.parametrize(
    ("asked", "language"), [("es", "es"), ("es-MX,en;q=0.5", "es"), ("en", "en"), ("", "en")]
)
def test_each_problem_is_said_whole_and_in_the_language_asked_for(
    program_for, method, path, more, status, code, asked, language
):
    headers = {"Accept-Language": asked} if asked else {}
    answer = program_for("reviewer")(method, path, headers=headers, **more)
    assert answer.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= set(answer.json)
    assert (answer.status_code, answer.json["status"], answer.json["code"]) == (status, status, code)
    assert answer.headers["Content-Language"] == language
    english = program_for("reviewer")(method, path, headers={"Accept-Language": "en"}, **more)
    assert (answer.json["detail"] == english.json["detail"]) == (language == "en")
    if code == "invalid-input":
        assert (answer.json["fields"] == english.json["fields"]) == (language == "en")
    if status == 405:
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_fault_and_an_address_of_no_api_are_said_so_too(program_for, monkeypatch):
    from incidents import search

    def broken(*_given, **_more):
        raise RuntimeError(make.CANARY_NAME)

    monkeypatch.setattr(search, "listed", broken)
    answer = program_for("reviewer")("GET", "/incidents", headers={"Accept-Language": "es"})
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.json["code"] == "fault"
    assert make.CANARY_NAME not in answer.text
    assert "nuestra" in answer.json["detail"] or "nuestro" in answer.json["detail"]
