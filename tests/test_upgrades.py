"""Sealed documents of earlier schemas stay readable; one of every released number is kept beside these tests."""

import json
from pathlib import Path

import pytest

from incidents.errors import Unopened
from incidents.intake import schema
from incidents.model import upgrades
from incidents.model.people import Person
from tests import make

RELEASED = Path(__file__).with_name("documents")
NUMBERS = sorted(int(file.stem) for file in RELEASED.glob("*.json"))
PLACE = ("incident", "facts")


def documents(number):
    return json.loads((RELEASED / f"{number}.json").read_text("utf-8"))


@pytest.fixture
def steps(monkeypatch):
    """Two changes, as later versions may make them."""
    made = (
        lambda old: {("programmes" if name == "programme" else name): value for name, value in old.items()},
        lambda old: {**old, "programmes": [old["programmes"]]},
    )
    monkeypatch.setattr(upgrades, "STEPS", {PLACE: made})


def test_a_document_of_every_released_number_is_kept():
    now = max(upgrades.number(*place) for place in [*upgrades.STEPS, PLACE])
    assert list(range(1, now + 1)) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_a_released_document_is_read_as_todays(number):
    for place, document in documents(number).items():
        table, column = place.split(".")
        read = upgrades.current(table, column, document)
        assert read.get(upgrades.KEY, 1) == upgrades.number(table, column)
        if number == upgrades.number(table, column):
            assert read == document


@pytest.mark.parametrize("number", NUMBERS)
def test_a_released_report_still_holds(number):
    document = documents(number)["report_part.content"]
    assert schema.load(upgrades.current("report_part", "content", document))["acts"]


def test_a_document_goes_through_every_step_and_carries_its_number(steps):
    old = {"programme": "MP1"}
    assert upgrades.current(*PLACE, old) == {"programmes": ["MP1"], "schema": 3}
    assert upgrades.current(*PLACE, {"programmes": "MP1", "schema": 2}) == {
        "programmes": ["MP1"],
        "schema": 3,
    }
    assert old == {"programme": "MP1"}
    assert upgrades.current("act", "facts", old) is old


def test_a_document_is_sealed_with_todays_number(steps):
    assert upgrades.numbered(*PLACE, {"programmes": ["MP1"]})["schema"] == 3
    assert upgrades.numbered("act", "facts", {"type": "KID"}) == {"type": "KID"}
    assert upgrades.numbered(*PLACE, "words alone") == "words alone"


@pytest.mark.parametrize("number", [4, 0, "2", None])
def test_a_document_of_a_later_program_is_not_guessed_at(steps, number):
    with pytest.raises(Unopened):
        upgrades.current(*PLACE, {"schema": number})


def test_what_was_sealed_before_a_change_opens_after_it_and_is_written_back(coordinator, monkeypatch):
    with coordinator.work() as work:
        id = make.person(work, {"gender": "F"}).id
    later = {("person", "facts"): (lambda old: {"genders": [old["gender"]]},)}
    monkeypatch.setattr(upgrades, "STEPS", later)
    with coordinator.work() as work:
        person = work.get(Person, id)
        read = work.vault.open(person, "facts")
        assert read == {"genders": ["F"], "schema": 2}
        assert list(work.vault.scan(Person, ["facts"], [(id, person.facts)])) == [[read]]
        work.seal(person, facts=read)
        work.note("person.changed", person)
    with coordinator.work() as work:
        assert work.vault.open(work.get(Person, id), "facts") == read
