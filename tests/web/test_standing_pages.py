"""The choice says what stands and what that means; a refusal names it; a preview shows the tables of its rows."""

import pytest

from incidents import jobs
from incidents.model.release import Release
from incidents.release import making
from tests.release.test_publish import GIVEN, person, prepared, signed, story, tell
from tests.web.test_release_pages import chosen, previewed, text_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
TABLES = "public-table"


@pytest.fixture
def analyst(browser_for):
    return browser_for("analyst")


@pytest.fixture
def told(staff):
    given = GIVEN | {"PAR": "given"}
    tell(staff, [story(f"2019-0{month}", [person(decisions=given)]) for month in (1, 9) for _ in range(6)])


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The job, by its name."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))


def reference(staff, release):
    with staff.analyst.work() as work:
        return work.get(Release, release).reference


def test_before_anything_went_out_nothing_stands(analyst, told, staff):
    prepared(staff)
    assert "What stands already" not in analyst.get("/releases/new").text


def test_beside_rows_the_choice_says_so_and_tables_of_them_are_refused_by_name(analyst, house, staff, told):
    release = prepared(staff)
    signed(staff, release)
    page = text_of(analyst.get("/releases/new").text)
    assert "Tables of incidents that are in one of these are refused" in page
    assert f"{reference(staff, release)} (Rows for researchers, " in page
    answer = chosen(analyst, policy=TABLES)
    assert jobs.run_waiting(house)
    page = text_of(analyst.get(answer.headers["Location"]).text)
    assert f"{reference(staff, release)}, which anybody may have, holds rows of 12 of them" in page


def test_beside_tables_rows_are_refused_before_they_are_made_and_a_partners_offered(analyst, staff, told):
    release = prepared(staff, TABLES)
    signed(staff, release)
    page = text_of(analyst.get("/releases/new").text)
    assert "A row file for anybody is refused" in page
    assert "after 50 new incidents or on" in page
    answer = analyst.get(previewed(analyst))
    assert answer.status_code == 422
    page = text_of(answer.text)
    assert f"{reference(staff, release)}, which anybody may have, counts 12 of them" in page
    assert "policy=partner" in answer.text
    assert "policy=small-rows" not in answer.text
    assert analyst.get("/releases/preview?policy=partner").status_code == 200


def test_the_preview_and_the_page_of_a_row_file_show_the_tables_of_its_rows(analyst, staff, told):
    preview = text_of(analyst.get(previewed(analyst)).text)
    release = prepared(staff)
    page = text_of(analyst.get(f"/releases/{release}").text)
    for shown in (preview, page):
        assert "T1. Rows of the file by act and state" in shown
        assert "Not shown: 0 rows" in shown
        assert "How coarse it became" in shown
    partner = text_of(analyst.get("/releases/preview?policy=partner").text)
    assert "T1." not in partner
