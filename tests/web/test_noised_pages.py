"""Chance is offered where the form offers how counts are protected, says what it costs, and is refused at its field."""

from uuid import UUID

import pytest

from incidents import jobs
from incidents.release import making
from tests.release.test_noised import ready, sent_out
from tests.release.test_publish import story, tell
from tests.web.reading import form, problems
from tests.web.test_release_pages import chosen, text_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
YEAR = {"filter__from": "2019-01-01", "filter__to": "2019-12-31"}


@pytest.fixture
def analyst(browser_for):
    return browser_for("analyst")


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The job, by its name."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))


def test_the_form_and_the_policy_say_what_chance_costs_and_how_far_it_throws(analyst):
    page = text_of(analyst.get("/releases/new").text)
    assert "costs those in it ε = 1 of 4, and with 95 % a number is off by 63 at most" in page
    page = text_of(analyst.get("/policies/?policy=public-table").text)
    assert "with 95 % by 63 at most" in page
    assert "ε = 1, all of them 4 at most" in page
    assert "Chance (method D)" not in text_of(analyst.get("/policies/?policy=dataset-research").text)


def test_tables_with_chance_say_what_they_cost_before_anybody_signs(analyst, browser_for, house, staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(3)])
    answer = chosen(analyst, policy="public-table", method="D", **YEAR)
    assert answer.status_code == 303, answer.text
    assert jobs.run_waiting(house)
    address = analyst.get(answer.headers["Location"]).headers["Location"]
    for reader in (analyst, browser_for("coordinator")):
        page = text_of(reader.get(address).text)
        assert "T2. Incidents by month" in page
        assert "Counted before chance was added: incidents, people 6, 6" in page
        assert "ε that those in it paid before, of 4 0" in page
        assert "fewer than five" not in page
        assert "It was added to 6 incidents, and the total alone may be off by 63" in page
    assert "who is in it pays ε = 1 for it. Two sign it" in page
    sent_out(staff, UUID(address.rpartition("/")[2]))
    assert "with chance, ε = 1" in text_of(analyst.get("/releases/new").text)
    again = analyst.get("/releases/new?policy=public-table&method=D")
    assert form(again.text, having="policy").filled()["method"] == "D"


def test_where_no_period_was_typed_the_page_says_why_there_is_no_table_by_month(analyst, staff):
    tell(staff, [story() for _ in range(2)])
    release = ready(staff, {})
    page = text_of(analyst.get(f"/releases/{release}").text)
    assert "no period of ten years or less was typed" in page
    assert "less exact T3, T5, T6, T7, T8" in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"policy": "dataset-research"}, "A file of rows is not protected in this way"),
        ({"policy": "published-table"}, "This policy does not offer it"),
        ({"policy": "public-table", "free__1__rows": "gender"}, "With chance no tables of your own are made"),
    ],
)
def test_what_does_not_go_with_chance_is_said_at_its_field_and_nothing_typed_is_lost(analyst, more, said):
    answer = chosen(analyst, method="D", **more, **YEAR)
    assert answer.status_code == 422
    assert said in problems(answer.text)["method"]
    kept = form(answer.text, having="policy").filled()
    assert (kept["method"], kept["filter.from"]) == ("D", "2019-01-01")
