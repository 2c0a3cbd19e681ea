"""Two documents beside each other, line by line, in words."""

import pytest

from incidents.web import beside


@pytest.fixture
def lines(app):
    def changed(told, understood):
        with app.test_request_context("/"):
            (block,) = beside.changes({"incident": told}, {"incident": understood})
            return [(line.name, line.told, line.understood) for line in block.lines]

    return changed


def test_two_places_of_one_name_differ_by_their_kind_and_by_how_exactly_they_are_known(lines):
    bare = {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "precision": "MUN"}
    ((name, told, understood),) = lines(
        {"place": bare}, {"place": {**bare, "type": "STR", "precision": "EXA"}}
    )
    assert name == "Where"
    assert "(" not in told
    assert understood.startswith(f"{told} (")
    assert understood.count(",") == told.count(",") + 1


def test_what_came_of_a_case_is_not_called_as_what_came_of_the_incident(lines):
    told = {"outcome": ["FLE"], "mpp": {"outcome": "TER"}}
    names = [name for name, _told, _understood in lines(told, {})]
    assert sorted(names) == ["Outcome", "What came of the case"]
