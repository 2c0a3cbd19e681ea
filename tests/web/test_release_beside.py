"""A second file of the same data: what is refused, what waits, what it was compared with; on pages and by program."""

import pytest

from incidents.release import editions
from tests.release.test_publish import prepared, signed, story, tell
from tests.web.reading import DECLARED
from tests.web.test_release_pages import chosen, previewed, submitted, text_of


@pytest.fixture
def out(staff, monkeypatch):
    """Seven rows of one class went out; two more are told since, and six in another month."""
    monkeypatch.setattr(editions, "NEW_INCIDENTS", 2)
    tell(staff, [story("2019-01") for _ in range(7)])
    release = prepared(staff)
    signed(staff, release)
    tell(staff, [story("2019-01") for _ in range(2)] + [story("2019-06") for _ in range(6)])
    return release


def test_a_file_beside_another_is_refused_with_its_remedies_and_a_series_goes_on(staff, out, browser_for):
    analyst = browser_for("analyst")
    refused = analyst.get(previewed(analyst))
    assert refused.status_code == 422
    assert "tells: period: year" in text_of(refused.text)
    assert "Continue the series of L-" in text_of(refused.text)
    coarse = text_of(analyst.get(previewed(analyst, beside="coarser")).text)
    assert "by the year" in coarse
    page = text_of(analyst.get(previewed(analyst, beside=str(out))).text)
    assert "New: waits until enough stand together 2" in page
    assert "Edition 2 of the series of L-" in page
    assert "Compared with what went out before: L-" in page
    address = submitted(analyst, beside=str(out))
    assert "Edition 2 of the series of L-" in text_of(analyst.get(address).text)
    assert chosen(analyst, beside="nonsense").status_code == 422


def test_what_went_out_meanwhile_stops_a_signature_with_a_sentence(staff, browser_for):
    tell(staff, [story() for _ in range(7)])
    one = prepared(staff)
    tell(staff, [story() for _ in range(2)])
    other = prepared(staff)
    signed(staff, one)
    answer = browser_for("second").post(f"/releases/{other}/sign", data=DECLARED)
    assert answer.status_code == 422
    assert "went out since this was prepared" in text_of(answer.text)


def test_nothing_is_asked_where_nothing_went_out(browser_for):
    assert "Beside what went out" not in browser_for("analyst").get("/releases/new").text
