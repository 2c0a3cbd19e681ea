"""Policies in plain words, hierarchies shown and checked, and a live count of what levels leave of today's data."""

import re

import pytest

from incidents.release import hierarchy, policy, trees
from tests.release.test_publish import person, story, tell
from tests.web.test_release_pages import text_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def test_every_policy_is_explained_in_plain_words(browser_for):
    analyst = browser_for("analyst")
    whole = analyst.get("/policies/").text
    for name in policy.names():
        rules = policy.load(name)
        assert rules.text("en") in whole
        words = text_of(analyst.get(f"/policies/?policy={name}").text)
        assert rules.digest[:12] in words
        for column in rules.columns:
            assert column in words
    words = text_of(analyst.get("/policies/?policy=small-rows").text)
    assert "Rows of a small set" in words
    for said in (
        "at least 5 incidents and 5 persons",
        "at most 5% of the rows",
        "Anonymized row-level data",
        "At the finest by region.",
        "What fewer than 10 incidents or persons carry is told more coarsely.",
        "Told only in groups in which it has at least 2 different values.",
        "The press knows the date, the city and the age.",
    ):
        assert said in words
    assert "none: rows as recorded" in text_of(analyst.get("/policies/?policy=internal").text)
    published = text_of(analyst.get("/policies/?policy=published-table").text)
    assert "none: every count as it is" in published
    assert "what others published and nobody told us" in published
    assert analyst.get("/policies/?policy=../secret").status_code == 404


def test_what_a_reader_knows_stands_in_words_and_not_in_names_of_columns(browser_for):
    analyst = browser_for("analyst")
    page = analyst.get("/policies/?policy=dataset-research").text
    readers = text_of(page.partition('id="readers"')[2].partition("</section>")[0])
    assert "When it happened · Where it happened · Age of the person harmed at the time" in readers
    assert not {"period", "perpetrator_group"} & {*readers.replace(",", " ").split()}


def test_every_hierarchy_is_shown_and_checked(browser_for):
    analyst = browser_for("analyst")
    whole = text_of(analyst.get("/policies/hierarchies").text)
    assert hierarchy.version() in whole
    for name in hierarchy.names():
        found = trees.shown(name)
        assert (found.problem, found.missing) == (None, ())
        words = text_of(analyst.get(f"/policies/hierarchies?name={name}").text)
        assert found.version in words
        assert ("all end in one" in words) == (name != "moment")
    assert "Tamaulipas" in text_of(analyst.get("/policies/hierarchies?name=place").text)
    assert analyst.get("/policies/hierarchies?name=secret").status_code == 404
    assert analyst.get("/policies/hierarchies?name=age&by=secret").status_code == 404


def test_a_count_says_what_levels_leave_of_today_and_shows_no_row(browser_for, staff):
    tell(staff, [story("2019-03") for _ in range(6)])
    tell(staff, [story("2019-03", people=[person(gender="M")]) for _ in range(2)])
    analyst = browser_for("analyst")
    address = "/policies/?policy=dataset-research&count=yes&level.place=nonsense&level.gender="
    for level, lost in (("shown", 2), ("all", 0)):
        page = analyst.get(address + level).text
        counted = page[page.index('id="counted"') :]
        assert re.findall(r'<dd class="number">(\d+)<', counted) == ["8", "1", str(8 - lost), str(lost)]
        assert "2019-03" not in page
    page = analyst.get("/policies/hierarchies?name=gender&by=dataset-research&count=yes").text
    levels = re.findall(
        r'<th scope="row">([^<]+)</th><td class="number">(\d+)</td><td class="number">(\d+)', page
    )
    assert levels == [("women or men; all others are not shown", "1", "2"), ("not told", "1", "0")]


def test_who_signs_reads_the_rules_and_counts_nothing(browser_for):
    signer = browser_for("second")
    page = signer.get("/policies/?policy=dataset-research&count=yes").text
    assert "Its rules" in page
    assert "Try levels" not in page
    assert 'id="counted"' not in page
    assert "With the data of today" not in signer.get("/policies/hierarchies?name=age&count=yes").text
    assert browser_for("reviewer").get("/policies/").status_code == 403
