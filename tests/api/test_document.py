"""The description of the API: whole, behind sign-in, and true."""

import copy
import json
import re
from collections import Counter
from functools import cache

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from config import HERE as ROOT
from incidents.gate import PUBLIC, needed
from incidents.model import vocabulary
from incidents.work import Permission
from tests import make
from tests.api.programs import DECLARED, HERE, Program, sessions_of
from tests.api.test_road import REASONS, acts_of, files, send, take_in

API = "/api/v1"
EXAMPLES = 8  # of each endpoint


@pytest.fixture
def document(program_for):
    return program_for("auditor").get("/openapi.json").json


def rules(app):
    """Every rule of the API with its methods, as the description writes them."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            yield rule, path, {method.lower() for method in rule.methods - {"HEAD", "OPTIONS"}}


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def test_every_endpoint_is_described_in_a_sentence(app, document):
    assert document["openapi"] == "3.1.0"
    said = {
        (path, method)
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert said == {(path, method) for _rule, path, methods in rules(app) for method in methods}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                assert re.fullmatch(r"[A-Z].*[.]", operation["summary"]), (method, path)


def test_the_table_of_the_documents_names_every_endpoint_once_with_what_it_asks_for(app):
    written = re.findall(
        r"^\| `([A-Z]+) (/api/[^`]+)` \| (.+?) \|",
        (ROOT / "docs" / "api.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert [
        each for each, times in Counter((how, path) for how, path, _asks in written).items() if times > 1
    ] == []
    asked = {
        (how.upper(), path): needed(app, rule.endpoint)
        for rule, path, methods in rules(app)
        for how in methods
    }
    assert {(how, path) for how, path, _asks in written} == set(asked)
    told = {(how, path): asks.strip("`") for how, path, asks in written}
    wrong = {
        at: (told[at], str(asks))
        for at, asks in asked.items()
        if isinstance(asks, Permission) and told[at] != asks.value
    }
    assert wrong == {}


def test_the_description_is_for_whoever_is_signed_in_and_nothing_else_shows_it(app, program_for):
    assert program_for("").get("/openapi.json").status_code == 401
    public = {rule.rule for rule, _path, _methods in rules(app) if needed(app, rule.endpoint) == PUBLIC}
    assert public == {f"{API}/session"}


def test_the_description_says_that_nothing_unnamed_is_taken(document):
    schemas = document["components"]["schemas"]
    bodies = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _path, _method, operation in operations(document)
        if "requestBody" in operation
        for content in operation["requestBody"]["content"].values()
    }
    assert {"Document", "TakeIn", "Move", "Prepare", "SignIn", "Confirm"} <= bodies
    assert [name for name in bodies if schemas[name].get("additionalProperties") is not False] == []


def test_what_the_api_sends_is_what_the_description_says(app, document, program_for):
    """The road once, each answer checked against the description."""
    described = schemathesis.openapi.from_dict(document)

    def right(who, method, path, template, **more):
        answer = program_for(who)(method, path, **more)
        operation = described[f"{API}{template}"][method]
        operation.validate_response(schemathesis.Response.from_any(answer))
        return answer.json

    sent = right("field_researcher", "POST", "/reports", "/reports", json=make.report_document())
    right("field_researcher", "GET", "/reports", "/reports")
    right("field_researcher", "GET", f"/reports/{sent['id']}", "/reports/{id}")
    right("reviewer", "GET", "/inbox", "/inbox")
    right("reviewer", "GET", f"/inbox/{sent['id']}", "/inbox/{id}")
    taken = right("reviewer", "POST", f"/inbox/{sent['id']}/take-in", "/inbox/{id}/take-in", json={})
    right("reviewer", "GET", "/incidents", "/incidents")
    shown = right("reviewer", "GET", f"/incidents/{taken['id']}", "/incidents/{id}")
    move = {"seen": shown["acts"][0]["version"], "to": "CRE", "reasons": REASONS}
    right("reviewer", "POST", f"/acts/{shown['acts'][0]['id']}/move", "/acts/{id}/move", json=move)
    right("reviewer", "POST", "/imports/preview", "/imports/preview", data=files())
    right("reviewer", "POST", "/imports", "/imports", data=files())
    made = right("analyst", "POST", "/releases", "/releases", json={"policy": "internal"})
    right("analyst", "GET", "/releases", "/releases")
    right("coordinator", "POST", f"/releases/{made['id']}/sign", "/releases/{id}/sign", json=DECLARED)
    right("auditor", "GET", "/trail/verify", "/trail/verify")
    right("auditor", "GET", "/me", "/me")
    right("analyst", "GET", "/inbox", "/inbox")  # a refusal is described too


@pytest.mark.slow
@pytest.mark.parametrize("who", ["coordinator", "analyst", ""])
def test_no_request_that_fits_the_description_or_nearly_does_is_a_fault(
    app, staff, program_for, document, who
):
    researcher, reviewer = program_for("field_researcher"), program_for("reviewer")
    incident = take_in(reviewer, send(researcher))
    ids = [send(researcher), incident, *acts_of(reviewer, incident)]
    program = Program(app, sessions_of(getattr(staff, who)) if who else b"")
    described = schemathesis.openapi.from_dict(document)
    described.app = app
    operations_here = [found.ok() for found in described.get_all_operations()]
    everywhere = examples(json.dumps(document, sort_keys=True))
    assert [each.label for each in operations_here] == [label for label, _cases in everywhere]
    for operation, (label, cases) in zip(operations_here, everywhere, strict=True):
        for drawn, place in cases:
            case = once_more(drawn, operation)
            if "id" in case.path_parameters and place % 2:
                case.path_parameters["id"] = ids[place % len(ids)]
            answer = case.call(headers={**program.headers, **HERE})
            assert answer.status_code < 500, (label, who, answer.text)


def once_more(drawn, operation):
    """A copy that is sent to this operation: what is sent is changed by the sending."""
    case = object.__new__(type(drawn))
    for name in type(drawn).__slots__:
        value = operation if name == "operation" else copy.deepcopy(getattr(drawn, name))
        object.__setattr__(case, name, value)
    return case


def test_codes_stand_in_the_order_of_their_list_at_every_start(document):
    schemas = document["components"]["schemas"]
    told = schemas["What"]["properties"]
    at_the_end = sorted(vocabulary.NO_ANSWERS)
    assert told["response"]["enum"] == [*vocabulary.lists()["authority_response"], *at_the_end, None]
    assert told["outcome"]["items"]["enum"] == [*vocabulary.lists()["outcome"], *at_the_end]


@cache
def examples(document):
    """What is tried at each endpoint: the same for whoever asks, on each database, and drawing it is most of the work.

    Returns (label, [(case, place)]) in the order of the description, given as JSON.
    """
    described = schemathesis.openapi.from_dict(json.loads(document))
    found = [each.ok() for each in described.get_all_operations()]
    return [(each.label, [case for mode in GenerationMode for case in drawn(each, mode)]) for each in found]


def drawn(operation, mode):
    """Examples of one endpoint, and which record each is tried on: one that is there or another."""
    cases = []

    @seed(2)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), place=st.integers(0, 99))
    def tried(case, place):
        cases.append((case, place))

    tried()
    return cases
