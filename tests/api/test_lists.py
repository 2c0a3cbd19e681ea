"""Lists go on where they stopped, tell each row once whatever comes meanwhile, and say where to go on in the body."""

import base64
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from flask import g
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from incidents import tokens
from incidents.api import paging
from incidents.intake import importers
from incidents.model.consent import Withdrawal
from incidents.model.report import Batch
from tests.api.programs import Program
from tests.api.test_document import operations
from tests.api.test_road import send, take_in

INVALID = (422, "invalid-input")


def told(slices):
    return sorted(id for each in slices for id in each)


def walked(who, path, between=lambda: None, **query):
    """Every slice of a list, following `next` to its end; something may happen between two of them."""
    slices, onward = [], None
    while True:
        answer = who.get(path, limit=2, **query, **({"after": onward} if onward else {}))
        assert answer.status_code == 200, answer.json
        slices.append([item["id"] for item in answer.json["items"]])
        onward = answer.json["next"]
        if onward is None:
            return slices
        if len(slices) < 4:
            between()


@pytest.fixture
def seven(program_for):
    return [send(program_for("field_researcher")) for _report in range(7)]


def test_my_reports_are_told_once_each(program_for, seven):
    slices = walked(program_for("field_researcher"), "/reports")
    assert [len(each) for each in slices] == [2, 2, 2, 1]
    assert told(slices) == sorted(seven)
    assert walked(program_for("reviewer"), "/reports") == [[]]


def test_the_inbox_is_told_once_each(program_for, seven):
    assert told(walked(program_for("reviewer"), "/inbox")) == sorted(seven)
    assert walked(program_for("reviewer"), "/inbox", state="set_aside") == [[]]


def test_incidents_are_told_once_each(program_for, seven):
    reviewer = program_for("reviewer")
    incidents = [take_in(reviewer, report) for report in seven]
    assert told(walked(reviewer, "/incidents")) == sorted(incidents)
    assert walked(reviewer, "/incidents", state="closed") == [[]]


def test_a_list_that_ends_with_a_full_slice_has_no_empty_one_after_it(program_for, seven):
    send(program_for("field_researcher"))
    assert [len(each) for each in walked(program_for("reviewer"), "/inbox")] == [2, 2, 2, 2]


# -- while rows come


def _report(program_for, _staff):
    return send(program_for("field_researcher"))


def _incident(program_for, _staff):
    return take_in(program_for("reviewer"), send(program_for("field_researcher")))


def _task(program_for, staff):
    reviewer = program_for("reviewer")
    if not hasattr(staff, "known"):
        staff.known = _incident(program_for, staff)
    given = {
        "incident": staff.known,
        "kind": "CAL",
        "due_on": (datetime.now(UTC) + timedelta(days=3)).date().isoformat(),
    }
    made = reviewer.post("/tasks", given)
    assert made.status_code == 201, made.json
    return made.json["id"]


def _question(program_for, _staff):
    report = send(program_for("field_researcher"))
    return program_for("reviewer").post(f"/inbox/{report}/ask", {"question": "when"}).json["id"]


def _token(_program_for, staff):
    with staff.analyst.work() as work:
        return str(tokens.make(work, "A script", ["account:own"]).row.id)


LISTS = {
    "/reports": ("field_researcher", _report),
    "/inbox": ("reviewer", _report),
    "/incidents": ("reviewer", _incident),
    "/tasks": ("reviewer", _task),
    "/questions": ("reviewer", _question),
    "/tokens": ("analyst", _token),
}


@pytest.mark.parametrize("path", LISTS)
def test_each_row_that_was_there_at_the_start_is_told_once_while_others_come(program_for, staff, path):
    """All on one day, so that what comes lands before the place, after it, and between."""
    who, make_one = LISTS[path]
    at_first = [make_one(program_for, staff) for _each in range(5)]
    found = told(walked(program_for(who), path, between=lambda: make_one(program_for, staff)))
    assert len(set(found)) == len(found)
    assert set(at_first) <= set(found)


ROWS = st.lists(st.tuples(st.sampled_from(["2026-01-01", "2026-01-02"]), st.text(max_size=3)), unique=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, database=None)
@given(
    rows=ROWS,
    coming=st.lists(ROWS, max_size=4),
    gone=st.booleans(),
    limit=st.integers(1, 3),
    down=st.booleans(),
)
def test_whatever_comes_and_goes_each_row_that_stays_is_told_once(
    app, staff, rows, coming, gone, limit, down
):
    """The one function behind every list, against all that can come between two slices."""
    ring = staff.analyst.ring
    there, found, query = list(rows), [], {"limit": limit}
    stays = set(rows)
    with app.test_request_context("/api/v1/some?state=open"):
        g.work = SimpleNamespace(vault=SimpleNamespace(ring=ring))
        for come in (*coming, *[[]] * (len(rows) + sum(map(len, coming)) + 1)):
            some, onward = paging.sliced(there, lambda row: row, query, down=down)
            found += some
            if onward is None:
                break
            if gone and some[-1] in stays:  # the very row that the cursor was made of
                there.remove(some[-1])
            there += [row for row in come if row not in there and row not in rows]
            query["after"] = paging.Cursor().deserialize(onward)
        del g.work
    assert len(found) == len(set(found))
    assert stays <= set(found)
    assert found == sorted(found, reverse=down)


# -- what is no cursor


def test_a_cursor_opens_for_nobody_else_and_in_no_other_list(app, program_for, staff, seven):
    reviewer = program_for("reviewer")
    cursor = reviewer.get("/inbox", limit=2).json["next"]
    assert reviewer.get("/inbox", limit=5, after=cursor).status_code == 200  # another number at a time
    assert program_for("reviewer").get("/inbox", after=cursor).status_code == 200  # another session of theirs
    with staff.reviewer.work() as work:
        secret = tokens.make(work, "A script", ["report:take-in"]).secret
    by_token = Program(app)
    by_token.headers = {"Authorization": f"Bearer {secret}"}
    refused = [
        program_for("coordinator").get("/inbox", after=cursor),
        by_token.get("/inbox", after=cursor),
        reviewer.get("/inbox", after=cursor, state="received"),
        reviewer.get("/reports", after=cursor),
        reviewer.get("/incidents", after=cursor),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json["code"]) == INVALID
        (sentence,) = answer.json["fields"]["after"]
        assert sentence == "This is no place in the list. Begin again without it."
    assert by_token.get("/inbox").status_code == 200


def test_a_cursor_that_was_altered_at_any_sign_is_refused(program_for, seven):
    reviewer = program_for("reviewer")
    cursor = reviewer.get("/inbox", limit=2).json["next"]
    other = [cursor[:at] + ("A" if sign != "A" else "B") + cursor[at + 1 :] for at, sign in enumerate(cursor)]
    for text in (
        *other[::5],
        other[-1],
        cursor[:-1],
        f"{cursor}A",
        f"{cursor}=",
        f" {cursor}",
        "é",
        "-",
        "A" * 9999,
    ):
        answer = reviewer.get("/inbox", after=text)
        assert (answer.status_code, answer.json["code"]) == INVALID, text


def test_what_was_a_place_before_there_were_cursors_is_none(program_for, seven):
    nowhere = "00000000-0000-0000-0000-000000000000"
    for path, who, after in (
        ("/reports", "field_researcher", seven[0]),
        ("/releases", "analyst", nowhere),
        ("/inbox", "reviewer", f"2019-01-01.{seven[0]}"),
        ("/incidents", "reviewer", "x"),
        ("/tasks", "reviewer", ""),
    ):
        answer = program_for(who).get(path, after=after)
        assert (answer.status_code, answer.json["code"]) == INVALID, path


def test_a_cursor_says_nothing_of_what_it_stands_for(program_for, seven):
    made = {program_for("reviewer").get("/inbox", limit=limit).json["next"] for limit in range(1, 7)}
    assert len(made) == 6
    assert len({len(each) for each in made}) == 1
    for cursor in made:
        read = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        for id in seven:
            assert id.encode() not in read
            assert bytes.fromhex(id.replace("-", "")) not in read
        assert b"20" + b"26-" not in read


def test_every_list_of_the_api_goes_on_in_the_same_way(program_for):
    """From the description: whatever answers with items takes a cursor and a limit, and says where to go on."""
    document = program_for("auditor").get("/openapi.json").json
    schemas, lists = document["components"]["schemas"], []
    for path, method, operation in operations(document):
        for content in operation["responses"].get("200", {}).get("content", {}).values():
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if method == "get" and "items" in schemas.get(name, {}).get("properties", {}):
                lists.append(path)
                assert schemas[name]["properties"]["next"]["type"] == ["string", "null"], path
                assert {"after", "limit"} <= {each.get("name") for each in operation["parameters"]}, path
    assert len(lists) >= 15


def test_a_cursor_is_a_text_and_nothing_else():
    with pytest.raises((ValidationError, RuntimeError)):
        paging.Cursor().deserialize(None)


def test_withdrawals_and_imports_are_told_to_the_last(program_for, staff):
    """More than the 200 that a page shows, several of them on each day."""
    with staff.coordinator.work() as work:
        by = work.actor.id
        for number in range(203):
            on = work.today - timedelta(days=number // 3)
            work.add(Withdrawal(person_id=uuid4(), purposes=[], withdrawn_on=on, entered_by=by))
            batch = Batch(kind=importers.KIND, published=True, recorded_by=by, received_on=on)
            work.seal(work.add(batch), about={"filename": "a.csv"})
    for path in ("/consents/withdrawn", "/imports/batches"):
        told, onward = [], None
        while True:
            answer = program_for("reviewer").get(path, limit=60, **({"after": onward} if onward else {}))
            told += [
                (item.get("withdrawn_on") or item["received_on"], item["id"]) for item in answer.json["items"]
            ]
            onward = answer.json["next"]
            if onward is None:
                break
        assert len(set(told)) == len(told) == 203
        assert told == sorted(told, reverse=True)
