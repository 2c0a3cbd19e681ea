"""Lists go on where they stopped, tell each row once, and say where to go on in the body."""

import pytest

from tests.api.test_road import send, take_in


def told(slices):
    return sorted(id for each in slices for id in each)


def walked(who, path, **query):
    """Every slice of a list, following `next` to its end."""
    slices, onward = [], None
    while True:
        answer = who.get(path, limit=2, **query, **({"after": onward} if onward else {}))
        assert answer.status_code == 200, answer.json
        slices.append([item["id"] for item in answer.json["items"]])
        onward = answer.json["next"]
        if onward is None:
            return slices


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


def test_a_place_that_is_in_no_list_is_refused(program_for, seven):
    nowhere = "00000000-0000-0000-0000-000000000000"
    for path, after in (
        ("/reports", nowhere),
        ("/releases", nowhere),
        ("/inbox", "x"),
        ("/incidents", f"2019.{nowhere}"),
    ):
        who = program_for("analyst" if path == "/releases" else "reviewer")
        assert who.get(path, after=after).status_code == 422
