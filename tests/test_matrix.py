"""Every address × every role × one's own record, another's, and none: made from the app's own list of addresses."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.routing import Rule

from incidents import (
    gate,
    search,
    tokens,
)
from incidents.gate import PUBLIC, SIGNED_IN, needed
from incidents.model.vocabulary import Role
from incidents.safeguards.access import GRANTS, NOT_BY_TOKEN, Permission
from incidents.work import Compartment
from tests import make
from tests import scene as scenes
from tests.addresses import LATER, ONWARD, OWN, UNOPENED, Answer, answered, asked_for, methods, named, rules
from tests.api.programs import HERE
from tests.scene import NOBODY, UNSAFE, Scene
from tests.statements import asked_of_databases

# a record of each kind, and somebody in each role
scene = scenes.scene


@pytest.fixture(scope="module")
def answers(scene: Scene) -> list[Answer]:
    """Every question once. Safe ones first: nothing is gone yet."""
    asked = [(rule, method) for rule in rules(scene.app) for method in methods(rule)]
    asked.sort(key=lambda each: (each[1] in UNSAFE, each[0].endpoint == "api.account.sign_out"))
    return [
        answer
        for rule, method in asked
        for who in (NOBODY, *sorted(Role))
        for answer in answered(scene, rule, method, who)
    ]


def lacking(scene: Scene, answer: Answer) -> bool:
    permission = needed(scene.app, answer.endpoint)
    return isinstance(permission, Permission) and permission not in GRANTS[Role(answer.who)]


def test_every_address_that_names_a_record_has_its_place_in_the_matrix(scene):
    assert [rule.rule for rule in rules(scene.app) if rule.arguments and named(rule) is None] == []
    assert [rule.rule for rule in rules(scene.app) if len(rule.arguments) > 1] == []


def test_no_address_holds_a_name(scene):
    arguments = {argument for rule in rules(scene.app) for argument in rule.arguments}
    assert arguments <= {"id", "token"}


def test_no_answer_is_a_fault(answers):
    assert [answer.place for answer in answers if answer.status >= 500] == []


def test_nobody_gets_in_without_signing_in(scene, answers):
    mine = [
        answer for answer in answers if answer.who == NOBODY and needed(scene.app, answer.endpoint) != PUBLIC
    ]
    assert mine
    assert [answer.place for answer in mine if answer.status != 401] == []


def test_a_role_without_the_permission_is_refused_whatever_it_asks_for(scene, answers):
    refused = [answer for answer in answers if answer.who and lacking(scene, answer)]
    assert {answer.who for answer in refused} == set(Role)
    assert [answer.place for answer in refused if answer.status != 403] == []
    told = {}
    for answer in refused:
        told.setdefault((answer.endpoint, answer.method, answer.who), set()).add(answer.text)
    assert [place for place, texts in told.items() if len(texts) > 1] == []


def test_not_yours_and_not_there_are_the_same_answer(scene, answers):
    private = {rule.endpoint for rule in rules(scene.app) if named(rule) in OWN}
    pairs = {}
    for answer in answers:
        if answer.endpoint in private and answer.whose != "own":
            place = (answer.endpoint, answer.method, answer.who)
            pairs.setdefault(place, set()).add((answer.status, answer.text))
    assert {endpoint for endpoint, _method, _who in pairs} == private
    assert [(place, told) for place, told in pairs.items() if len(told) > 1] == []


RESEARCHER = Role.FIELD_RESEARCHER.value
OURS = {
    "Content-Type",
    "HX-Redirect",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
}


def test_a_field_researcher_never_learns_whether_anothers_record_exists(scene, answers):
    """At every address that names a record, by every method: the same status, the same words, the same headers."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for answer in answers:
        if answer.who == RESEARCHER and answer.whose in ("none", "other"):
            headers = [(name, value) for name, value in answer.headers.items() if name in OURS]
            headers += [
                ("Set-Cookie", said.partition("=")[0]) for said in answer.headers.getlist("Set-Cookie")
            ]
            told.setdefault((answer.endpoint, answer.method), {})[answer.whose] = (
                answer.status,
                answer.text,
                headers,
            )
    every = {
        (rule.endpoint, method)
        for rule in rules(scene.app)
        if named(rule) not in (None, "link")
        for method in methods(rule)
    }
    assert {place for place, both in told.items() if len(both) == 2} == every
    assert [place for place, both in told.items() if len({str(each) for each in both.values()}) > 1] == []
    assert {place[0] for place in every if told[place]["other"][0] not in (403, 404)} <= UNOPENED


def test_nor_by_what_the_program_does_for_it(scene):
    """The same questions to both databases, in the same order: so an answer takes no longer for what is there."""
    mine = [
        (rule, method)
        for rule in rules(scene.app)
        if named(rule) in OWN and needed(scene.app, rule.endpoint) in GRANTS[Role.FIELD_RESEARCHER]
        for method in methods(rule)
    ]
    assert {named(rule) for rule, _method in mine} == {"draft", "sent"}
    differ = []
    for rule, method in mine:
        (argument,) = rule.arguments
        ids = {"none": uuid4(), "other": scene.records[named(rule), "second"]}  # type: ignore[index]
        done: dict[str, list[str]] = {}
        for whose in ("none", "other", "none", "other"):  # once before it counts: whatever is cached, is
            with scene.app.test_request_context():
                path = scene.app.url_for(rule.endpoint, **{argument: ids[whose]})
            with asked_of_databases(scene.app) as done[whose]:
                scene.ask(method, path, RESEARCHER)
        if done["none"] != done["other"]:
            differ.append((rule.endpoint, method, done))
    assert differ == []


def test_what_is_not_there_is_not_found_by_who_may_look(scene, answers):
    records = {rule.endpoint for rule in rules(scene.app) if named(rule) not in (None, "link")} - UNOPENED
    looked = [
        answer
        for answer in answers
        if answer.whose == "none" and answer.method == "GET" and answer.who
        if answer.endpoint in records and not lacking(scene, answer)
    ]
    assert looked
    assert [answer.place for answer in looked if answer.status != 404] == []


def test_what_is_there_is_shown_to_who_may_see_it(scene, answers):
    """A matrix of refusals alone would prove nothing."""
    shown = {
        (answer.endpoint, answer.who)
        for answer in answers
        if answer.method == "GET" and answer.who
        if answer.status == 200 or (answer.status == 303 and answer.endpoint in ONWARD)
    }
    missing = {
        (rule.endpoint, role.value)
        for rule in rules(scene.app)
        if "GET" in methods(rule) and named(rule) != "link" and rule.endpoint not in LATER
        for role in _may(scene, rule)
    } - shown
    assert missing == set()


def _may(scene: Scene, rule: Rule) -> list[Role]:
    """The roles that have the permission; of one's own records, those who have one."""
    permission = needed(scene.app, rule.endpoint)
    return [
        role
        for role in Role
        if permission in (PUBLIC, SIGNED_IN) or permission in GRANTS[role]
        if named(rule) not in OWN or (named(rule), role.value) in scene.records
    ]


def test_every_unsafe_address_refuses_a_request_from_elsewhere(scene):
    for rule in rules(scene.app):
        for method in set(methods(rule)) & UNSAFE:
            arguments = asked_for(scene, rule, "reviewer")[-1][1]
            with scene.app.test_request_context():
                path = scene.app.url_for(rule.endpoint, **arguments)
            for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
                answer = scene.ask(method, path, "reviewer", headers=headers)
                assert answer.status_code == 403, (path, headers)


def test_every_answer_carries_the_headers(scene, answers):
    for answer in answers:
        missing = {name for name, value in gate.HEADERS.items() if answer.headers.get(name) != value}
        assert missing == set(), answer.place
        assert answer.headers["Cache-Control"] == "no-store", answer.place


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/nowhere", "/api/v1/me/", "/static/nowhere.css", "/static/style.css"]
)
def test_what_is_found_nowhere_and_what_is_open_to_all_carry_them_too(scene, path):
    for method in ("GET", "HEAD", "OPTIONS", "POST", "TRACE"):
        answer = scene.ask(method, path, NOBODY)
        assert answer.status_code < 500
        assert {name for name, value in gate.HEADERS.items() if answer.headers.get(name) != value} == set()


@pytest.mark.parametrize("path", ["/api/v1/incidents", "/incidents/"])
def test_a_fault_carries_them_too_and_shows_a_number_only(scene, monkeypatch, path):
    def broken(*_args, **_more):
        raise RuntimeError(make.CANARY_NAME)

    monkeypatch.setattr(search, "listed", broken)
    answer = scene.ask("GET", path, "reviewer")
    assert answer.status_code == 500
    assert make.CANARY_NAME not in answer.text
    assert {name for name, value in gate.HEADERS.items() if answer.headers.get(name) != value} == set()


def test_no_cookie_leaves_without_its_three_marks(answers):
    for answer in answers:
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert {"Secure", "HttpOnly", "SameSite=Strict"} <= {
                part.strip() for part in cookie.split(";")
            }, cookie


# -- a token as one who asks


@pytest.fixture(scope="module")
def by_token(scene: Scene) -> dict[str, str]:
    """Tokens of a coordinator: one that carries all it can, with every key, and one that carries next to nothing."""
    with scene.app.app_context(), scene.staff.second.work() as work:
        whole = [each.value for each in tokens.may_carry(work)]
        every = [each.value for each in Compartment]
        given = {"whole": (whole, every), "narrow": (["account:own"], [])}
        return {name: tokens.make(work, name, *each).secret for name, each in given.items()}


def _told(scene: Scene, secret: str, *, cookie: bool = False) -> Iterator[tuple[Rule, str, Any]]:
    """What each address says to a token that asks for what is not there: nothing is changed by it."""
    for rule in rules(scene.app):
        for method in methods(rule):
            with scene.app.test_request_context():
                path = scene.app.url_for(rule.endpoint, **asked_for(scene, rule, "analyst")[0][1])
            headers = HERE if cookie else {**HERE, "Authorization": f"Bearer {secret}"}
            client = scene.app.test_client()
            if cookie:
                client.set_cookie(gate.COOKIE, secret, secure=True)
            body = {"json": {}} if path.startswith("/api/") and method in UNSAFE else {}
            more = {"headers": headers, "base_url": "https://localhost", "buffered": True, **body}
            yield rule, method, client.open(path, method=method, **more)


def test_a_token_opens_no_page(scene, by_token):
    for cookie in (False, True):
        for rule, method, answer in _told(scene, by_token["whole"], cookie=cookie):
            public = needed(scene.app, rule.endpoint) == PUBLIC
            if not public and (cookie or not rule.rule.startswith("/api/")):
                assert answer.status_code == 401, (rule.rule, method)


def test_a_token_does_what_it_carries_and_nothing_else(scene, by_token):
    """Of each address of the API: refused by the word that says why, or not for want of a permission."""
    refused = {"not-allowed", "not-by-token", "not-in-scope"}
    mine = GRANTS[Role.COORDINATOR]
    for name, secret in by_token.items():
        told = {}
        for rule, method, answer in _told(scene, secret):
            permission = needed(scene.app, rule.endpoint)
            if not rule.rule.startswith("/api/") or not isinstance(permission, Permission):
                continue
            code = (answer.json or {}).get("code") if "json" in answer.mimetype else None
            if permission not in mine:
                right = code == "not-allowed"
            elif permission in NOT_BY_TOKEN:
                right = code == "not-by-token"
            elif name == "narrow" and permission != Permission.ACCOUNT_OWN:
                right = code == "not-in-scope"
            else:
                right = code not in refused or code == "not-by-token"  # a passphrase is asked for further in
            told[rule.endpoint, method] = (right, answer.status_code, code)
        assert len(told) > 80
        assert {place: said for place, said in told.items() if not said[0]} == {}
