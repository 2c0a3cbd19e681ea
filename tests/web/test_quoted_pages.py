"""Quotes are chosen for the report of tables on a page of their own, and read by whoever signs them."""

from datetime import date

import pytest
from sqlalchemy import update

from incidents import jobs, redaction
from incidents.model.incident import Act
from incidents.release import making
from tests.redaction import quoting
from tests.release.test_publish import prepared, signed, story, tell
from tests.web.reading import DECLARED, form, problems
from tests.web.test_release_pages import chosen, text_of

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The job, by its name."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))


def test_a_quote_is_chosen_printed_read_and_signed_by_two(staff, house, browser_for):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    id = quoting.signed(staff, quoting.tell(staff))
    analyst, first, second = browser_for("analyst"), browser_for("coordinator"), browser_for("second")
    address = chosen(analyst, policy="public-table").headers["Location"]
    assert address.startswith("/releases/quotes?")
    asked = form(analyst.get(address).text, having="quotes")
    assert not asked.typed.get("quotes")  # nothing by itself
    answer = analyst.post(address, data={"quotes": str(id)})
    assert answer.status_code == 303, answer.text
    assert jobs.run_waiting(house)
    release = analyst.get(answer.headers["Location"]).headers["Location"]
    page = first.get(release).text
    assert "No he podido dormir desde entonces." in page
    assert "Two sign it beside whoever prepared it." in text_of(page)
    for browser, said in ((first, "one more person"), (second, "It can be downloaded.")):
        assert browser.post(f"{release}/sign", data=DECLARED).status_code == 303
        assert said in text_of(browser.get(release).text)


def test_nobody_chooses_among_quotes_for_tables_that_are_refused_anyhow(staff, house, browser_for):
    """Rows of the same incidents stand; no record fits; a row was altered past the program."""
    tell(staff, [story("2019-01") for _ in range(7)])
    quoting.signed(staff, quoting.tell(staff))
    analyst = browser_for("analyst")
    assert chosen(analyst, policy="public-table").status_code == 303
    none = chosen(analyst, policy="public-table", filter__to="1999-12-31")
    assert none.status_code == 422
    assert form(none.text, having="policy").typed["filter.to"] == "1999-12-31"
    rows = prepared(staff)
    signed(staff, rows)
    refused = chosen(analyst, policy="public-table")
    assert refused.status_code == 422
    assert "Tables cannot be made of these incidents" in text_of(refused.text)
    with house.db().begin():
        house.db().execute(update(Act).values(received_on=date(2001, 1, 1)))
    broken = chosen(analyst, policy="public-table")
    assert broken.status_code in {409, 422, 500}
    assert "Location" not in broken.headers


def test_what_left_the_shelf_since_the_page_was_read_is_said_and_the_rest_stays_chosen(staff, browser_for):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    incident = quoting.tell(staff)
    ids = [quoting.signed(staff, incident) for _ in range(2)]
    analyst = browser_for("analyst")
    address = chosen(analyst, policy="public-table").headers["Location"]
    with staff.reviewer.work() as work:
        redaction.recall(work, quoting.of(work, ids[0]), "asked")
    answer = analyst.post(address, data={"quotes": [str(id) for id in ids]})
    assert answer.status_code == 422
    assert "may not leave any more" in text_of(answer.text)
    assert form(answer.text, having="quotes").typed["quotes"] == str(ids[1])
    assert analyst.get("/releases/quotes?policy=dataset-research").status_code == 404
    assert problems(answer.text) is not None


def test_who_goes_back_to_choose_again_finds_what_was_chosen(staff, browser_for):
    id = quoting.signed(staff, quoting.tell(staff))
    analyst = browser_for("analyst")
    back = analyst.get(f"/releases/new?policy=public-table&quotes={id}").text
    sent = form(back, having="policy").filled()
    onward = analyst.post("/releases/new", data=sent).headers["Location"]
    assert form(analyst.get(onward).text, having="quotes").typed["quotes"] == str(id)
