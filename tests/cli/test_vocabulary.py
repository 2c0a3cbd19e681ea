"""The check of the code lists opens the records, where a member says so."""

import pytest

from incidents.model import vocabulary as words
from tests.cli.line import MAPPING


@pytest.fixture(autouse=True)
def as_shipped():
    words.use(())
    yield
    words.use(())


def with_rope(line, weapon="X_ROPE"):
    """Two rows, each with a code of this organisation's own."""
    table = line.file(
        "t.csv",
        "id;day;state;what;name;sex;age;from;with\n"
        + "".join(f"{n};2019-07-0{n};T;K;Somebody;F;20;H;{weapon}\n" for n in (1, 2)),
    )
    more = '"acts.a1.weapons" = { column = "with", as = "codes", codes = { X_ROPE = "X_ROPE" } }\n'
    mapping = line.file("m.toml", MAPPING + more)
    line("import", table, "--mapping", mapping, "--result", line.folder / "r.csv", as_="Rita")


def test_the_records_are_opened_and_what_they_hold_is_in_the_lists(line):
    line("vocabulary", "add", "weapon", "--en", "Rope", "--es", "Cuerda", as_="Ana")
    with_rope(line)
    said = line("vocabulary", "check", as_="Ana").stdout
    assert "records opened." in said
    assert "1 of your own, 0 retired" in said


def test_a_code_that_the_list_has_not_any_more_is_named_with_its_count(line):
    line("vocabulary", "add", "weapon", "--en", "Rope", "--es", "Cuerda", as_="Ana")
    with_rope(line)
    with line.house() as house:
        from incidents.model.code import OwnCode

        house.db().query(OwnCode).delete()  # behind the program
        house.db().commit()
    said = line("vocabulary", "check", as_="Ana", code=1)
    assert "weapon X_ROPE: the list does not have it, 2 records hold it" in said.stdout


def test_without_a_member_nothing_is_opened(line):
    assert "records opened" not in line("vocabulary", "check").stdout


def test_who_opens_no_facts_checks_no_records(line):
    assert "allow" in line("vocabulary", "check", as_="Fidel", code=1).stderr
