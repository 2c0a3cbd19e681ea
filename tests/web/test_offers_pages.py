"""Where a set is small or refused, the page shows the four offers with what each loses."""

import re

import pytest

from tests.release.test_publish import GIVEN, person, story, tell
from tests.web.test_release_pages import previewed, text_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
TITLES = ("Tables of an edition", "Case list", "Row file of a small set", "File for one partner")


def test_a_small_set_shows_four_offers_in_order_each_with_what_it_loses(browser_for, staff):
    tell(staff, [story() for _ in range(6)])
    analyst = browser_for("analyst")
    page = analyst.get(previewed(analyst)).text
    words = text_of(page)
    assert [title for title in re.findall(r"<h3>(.*?)</h3>", page) if title in TITLES] == list(TITLES)
    assert "Fewer than a thousand incidents" in words
    assert "By consent it could count today: incidents 6, persons 6." in words
    assert "By consent it could tell today of: incidents 0, persons 0." in words
    assert "It would hold: incidents 6, persons 6." in words
    assert "Rows that go in: 6 of 6." in words
    assert "No row file can be made" in words  # nobody agreed to be in a partner's file
    assert "policy=small-rows" in page
    assert "policy=partner" not in page
    assert "Detail lost" in words  # of each column


def test_a_refusal_shows_them_too(browser_for, staff):
    tell(staff, [story(people=[person(decisions=GIVEN | {"ROW": "refused"})])])
    analyst = browser_for("analyst")
    answer = analyst.get(previewed(analyst))
    assert answer.status_code == 422
    words = text_of(answer.text)
    assert "What may be made of it instead" in words
    assert all(title in words for title in TITLES)
    assert "By consent it could count today: incidents 1, persons 1." in words
