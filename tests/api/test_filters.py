"""A program filters incidents as a page does."""

import random

import pytest

from tests.search import invented


@pytest.fixture
def two(staff):
    return [
        str(invented.record(staff, random.Random(1), acts=[{"key": "a1", "type": act}]))
        for act in ("KID", "EXT")
    ]


def told(answer):
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def test_facets_narrow_and_codes_of_one_widen(program_for, two):
    reviewer = program_for("reviewer")
    assert told(reviewer.get("/incidents", facet="act:KID")) == two[:1]
    assert sorted(told(reviewer.get("/incidents", facet=["act:KID", "act:EXT"]))) == sorted(two)
    assert told(reviewer.get("/incidents", facet=["act:KID", "country:USA"])) == []
    answer = reviewer.get("/incidents", verification="REC", received_from="2019-01-01")
    assert (answer.json["total"], answer.json["counted"], answer.json["complete"]) == (2, True, True)


@pytest.mark.parametrize("facet", ["KID", "name:Ana", "act:"])
def test_what_is_no_facet_is_refused(program_for, two, facet):
    assert program_for("reviewer").get("/incidents", facet=facet).status_code == 422
