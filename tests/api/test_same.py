"""Linked by a program, an act told twice stays one act and a person told of twice counts once."""

from uuid import uuid4

import pytest

from tests.api.test_road import send, take_in


@pytest.fixture
def reviewer(program_for):
    return program_for("reviewer")


@pytest.fixture
def known(program_for, reviewer):
    return take_in(reviewer, send(program_for("field_researcher")))


def ids(reviewer, incident, block):
    return [each["id"] for each in reviewer.get(f"/incidents/{incident}").json[block]]


def test_what_the_incident_holds_already_is_named_by_key_and_id(program_for, reviewer, known):
    second = send(program_for("field_researcher"))
    (act,), persons = ids(reviewer, known, "acts"), ids(reviewer, known, "persons")
    document = reviewer.get(f"/inbox/{second}").json["document"]
    same = {
        "acts": {document["acts"][0]["key"]: act},
        "persons": {document["persons"][0]["key"]: persons[0]},
    }
    assert take_in(reviewer, second, link_to=known, same=same) == known
    shown = reviewer.get(f"/incidents/{known}").json
    assert [each["id"] for each in shown["acts"]] == [act]
    assert len(shown["persons"]) == 2 * len(persons)


def refused(reviewer, report, **said):
    answer = reviewer.post(f"/inbox/{report}/take-in", said)
    assert answer.status_code == 422, answer.json
    return set(answer.json["fields"])


def test_a_key_or_an_id_that_is_not_there_is_named_and_nothing_is_linked(program_for, reviewer, known):
    second = send(program_for("field_researcher"))
    (act,) = ids(reviewer, known, "acts")
    document = reviewer.get(f"/inbox/{second}").json["document"]
    key = document["acts"][0]["key"]
    other = take_in(reviewer, send(program_for("field_researcher")))
    (elsewhere,) = ids(reviewer, other, "acts")
    for same, wrong in (
        ({"acts": {"a99": act}}, "same.acts.a99"),
        ({"acts": {key: str(uuid4())}}, f"same.acts.{key}"),
        ({"acts": {key: elsewhere}}, f"same.acts.{key}"),
        ({"persons": {"p1": act}}, "same.persons.p1"),
    ):
        assert refused(reviewer, second, link_to=known, same=same) == {wrong}
    assert refused(reviewer, second, same={"acts": {key: act}}) == {"same"}
    assert ids(reviewer, known, "acts") == [act]
