"""Rows kept as columns are the same rows: read again, and to the engine."""

import random
from dataclasses import replace
from uuid import UUID

import pytest

from incidents.release import anonymize, policy, table
from incidents.release.rows import Ids, Lines, Rows, only
from tests.release.invented import incident_rows


def both(size=600, seed=3):
    """Invented rows as `gather` makes them, as dictionaries and as columns."""
    draw = random.Random(seed)
    rows, columns = [], Rows()
    for row in incident_rows(size, seed):
        place = int(row["incident"].decode().rpartition("-")[2])
        persons = [] if draw.random() < 0.1 else [UUID(int=2**100 + len(rows)).hex]
        kept = {name: value for name, value in row.items() if name not in ("name", "narrative")}
        one = {**kept, "incident": UUID(int=2**90 + place).hex, "persons": persons}
        if draw.random() < 0.1:
            one |= {"act": "(not shown)", "act_group": "(not shown)"}
        rows.append(one)
        columns.append(one)
    return rows, columns


def test_rows_are_read_as_they_were_put_in():
    rows, columns = both()
    assert columns == rows
    assert columns[-1] == rows[-1]
    assert columns[3:6] == rows[3:6]
    assert Rows() == []
    with pytest.raises(IndexError):
        columns[len(rows)]


def test_values_that_are_equal_and_not_the_same_stay_apart():
    columns = Rows()
    for value in (1, True, 1.0, "1", None, {"a": 1}, {"a": True}):
        columns.append({"incident": UUID(int=1).hex, "persons": [], "age": value})
    assert [repr(row["age"]) for row in columns] == [
        "1", "True", "1.0", "'1'", "None", "{'a': 1}", "{'a': True}",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["dataset-research", "partner", "internal"])
def test_the_engine_finds_the_same_in_columns_as_in_dictionaries(name):
    rows, columns = both()
    rules = replace(policy.load(name), suppression=0.2)
    one, other = (anonymize.anonymize(table.build(each, rules), rules) for each in (rows, columns))
    assert list(one.rows) == list(other.rows)
    assert replace(one, rows=()) == replace(other, rows=())


def test_some_of_the_rows_are_rows_themselves():
    rows, columns = both()
    places = random.Random(5).sample(range(len(rows)), 400)
    some = only(columns, places)
    assert isinstance(some, Rows)
    assert some == only(rows, places)
    assert some.distinct(range(400)) == {
        "incidents": len({rows[each]["incident"] for each in places}),
        "persons": len({id for each in places for id in rows[each]["persons"]}),
    }
    some.append({"incident": UUID(int=1).hex, "persons": [], "age": 199, "seen": "new"})
    assert some[-1] == {"incident": UUID(int=1).hex, "persons": [], "age": 199, "seen": "new"}
    assert some[:-1] == only(rows, places)
    assert columns == rows
    assert only(columns, ()) == []


@pytest.mark.parametrize("name", ["dataset-research", "partner", "internal"])
def test_the_engine_finds_the_same_in_some_of_the_columns(name):
    rows, columns = both(900)
    rules, places = replace(policy.load(name), suppression=0.2), range(0, 900, 2)
    one, other = (
        anonymize.anonymize(table.build(only(each, places), rules), rules) for each in (rows, columns)
    )
    assert list(one.rows) == list(other.rows)
    assert replace(one, rows=()) == replace(other, rows=())


def test_ids_and_lines_are_sequences():
    ids = Ids[UUID | None]()
    for id in (UUID(int=7), None):
        ids.append(id)
    assert list(ids) == [UUID(int=7), None]
    lines = Lines(("a", "b"), {"b": ["1", "2"], "a": ["x", "y"]}, 2)
    assert list(lines.lines()) == [("x", "1"), ("y", "2")]
    assert lines[1] == lines[-1] == {"a": "y", "b": "2"}
    assert lines == [{"a": "x", "b": "1"}, {"a": "y", "b": "2"}]
