"""Tables are asked for on the form, made as long work, looked at as they leave, and signed."""

import pytest

from incidents import jobs
from incidents.release import making
from tests.release.test_publish import person, prepared, story, tell
from tests.web.reading import problems
from tests.web.test_release_pages import chosen, text_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def analyst(browser_for):
    return browser_for("analyst")


@pytest.fixture
def told(staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    tell(staff, [story("2019-09", [person(age=40, nationality=["HTI"])]) for _ in range(3)])


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The job, by its name."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))


def test_tables_are_made_as_long_work_and_stand_on_their_page_as_they_leave(
    analyst, browser_for, house, staff, told
):
    answer = chosen(analyst, policy="public-table")
    assert answer.status_code == 303, answer.text
    assert jobs.run_waiting(house)
    made = analyst.get(answer.headers["Location"])
    assert made.status_code == 303
    address = made.headers["Location"]
    for reader in (analyst, browser_for("coordinator")):
        page = text_of(reader.get(address).text)
        assert "T1. Incidents by act and state" in page
        assert "People directly harmed" in page
        assert "they would give a small one away" in page
    assert "Sign this release" in page
    assert analyst.get(f"{address}/decisions").status_code == 200
    assert analyst.get(f"{address}/risk").status_code == 404


def test_a_smallest_group_is_not_asked_of_tables(analyst, told):
    answer = chosen(analyst, policy="public-table", k="7")
    assert answer.status_code == 422
    assert "leave this empty" in problems(answer.text)["k"]


def test_where_nobody_may_be_counted_the_page_says_why(analyst, house, staff):
    tell(staff, [story(people=[person(decisions={"REC": "given", "STA": "refused"})])])
    answer = chosen(analyst, policy="public-table")
    assert jobs.run_waiting(house)
    page = text_of(analyst.get(answer.headers["Location"]).text)
    assert "No table can be made" in page
    assert "Counted in incidents" in page


def test_rows_are_still_looked_at_at_once(analyst, staff, told):
    assert "/releases/preview" in chosen(analyst).headers["Location"]
    assert prepared(staff)
