"""Among thousands of rows a release is made as long work: started, followed, ended and read on pages."""

import re

import pytest

from incidents import jobs
from incidents.jobs import lasting
from incidents.model.job import Job
from incidents.model.release import Release
from incidents.model.vocabulary import JobState, ReleaseState
from incidents.release import making, opening, publish
from tests.release.test_publish import GIVEN, person, signed, story, tell
from tests.web.reading import form, forms, links, problems
from tests.web.test_release_pages import chosen, release_of, text_of, withdrawn

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


@pytest.fixture
def analyst(browser_for):
    return browser_for("analyst")


@pytest.fixture
def told(staff):
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    tell(staff, [story(people=[person(decisions=GIVEN | {"ROW": "refused"})])])


@pytest.fixture(autouse=True)
def many(monkeypatch):
    """As if there were thousands."""
    monkeypatch.setattr(making, "AT_HAND", 1)
    monkeypatch.setattr(opening, "TOGETHER", 3)
    monkeypatch.setattr(lasting, "BREATH", 0)


def started(analyst, **typed):
    answer = chosen(analyst, **typed)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def only_job(house):
    house.db().rollback()
    return house.db().query(Job).populate_existing().one()


def test_a_release_is_started_followed_and_signed(analyst, staff, house, told, monkeypatch):
    page = analyst.get("/releases/new").text
    assert "takes minutes" in text_of(page)
    address = started(analyst)
    assert address.startswith("/releases/jobs/")
    waiting = analyst.get(address).text
    assert "begins anew by itself" in text_of(waiting)
    (piece,) = re.findall(r'hx-get="(/releases/jobs/[0-9a-f-]{36}/progress\?looked=1)"', waiting)
    seen, look = [], making._looked

    def looking(work, asked, said):
        def speaking(stage, done, total):
            said(stage, done, total)
            if done == 6 or stage == "write":
                seen.append(text_of(analyst.get(piece).text))

        return look(work, asked, speaking)

    monkeypatch.setattr(making, "_looked", looking)
    listed = links(analyst.get("/releases").text, r"/releases/jobs/[0-9a-f-]{36}")
    assert listed == [address]
    assert analyst.get("/jobs/" + address.rpartition("/")[2]).headers["Location"] == address
    assert jobs.run_waiting(house)
    gathering, writing = seen
    assert "6 of 13 incidents" in gathering
    assert "each consent is asked" in gathering
    assert "The files are written" in writing
    there = analyst.get(address)
    release = release_of(house)
    assert there.headers["Location"] == f"/releases/{release.id}"
    assert "waits for a coordinator" in text_of(analyst.get(there.headers["Location"]).text)
    assert links(analyst.get("/releases").text, r"/releases/jobs/[0-9a-f-]{36}") == []
    signed(staff, release.id)
    assert release_of(house).state == ReleaseState.SIGNED


def test_a_cancel_keeps_nothing_and_leads_back_to_the_choice(analyst, house, told):
    address = started(analyst, filter__states="MX-TAM", k="6")
    (cancel,) = (each.action for each in forms(analyst.get(address).text) if each.action.endswith("/cancel"))
    assert analyst.post(cancel).headers["Location"].startswith("/jobs/")
    page = analyst.get(address).text
    assert only_job(house).state == JobState.CANCELLED
    assert "Nothing was kept" in text_of(page)
    (back,) = links(page, r"/releases/new\?[^\"]+")
    again = form(analyst.get(back.replace("&amp;", "&")).text, having="policy").typed
    assert (again["policy"], again["k"], again["filter.states"]) == ("dataset-research", "6", "MX-TAM")
    assert house.db().query(Release).count() == 0


def test_a_refusal_stands_where_it_was_asked_for_with_its_counts(analyst, house, told):
    address = started(analyst, policy="partner", filter__to="2019-12-31")
    assert jobs.run_waiting(house)
    page = analyst.get(address)
    words = text_of(page.text)
    assert page.status_code == 200
    assert "every row stays out" in words
    assert "No consent or recorded basis for this use" in words
    again = form(page.text, having="policy").typed
    assert (again["policy"], again["filter.to"]) == ("partner", "2019-12-31")


@pytest.mark.parametrize(
    ("typed", "field"), [({"k": "4"}, "k"), ({"filter__from": "2019-02-30"}, "filter-from")]
)
def test_what_a_glance_tells_is_said_before_anything_begins(analyst, house, told, typed, field):
    answer = chosen(analyst, **typed)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == [field]
    assert house.db().query(Job).count() == 0


def test_a_preview_that_grew_too_large_leads_on(analyst, house, told, monkeypatch):
    monkeypatch.setattr(making, "AT_HAND", 100)
    address = started(analyst)
    assert address.startswith("/releases/preview")
    monkeypatch.setattr(making, "AT_HAND", 1)
    assert analyst.get(address).headers["Location"] == "/releases/new?policy=dataset-research"
    assert analyst.post(address, data={"deed": "submit"}).headers["Location"].startswith("/releases/jobs/")


def test_a_correction_is_made_as_long_work_too(analyst, staff, house, told):
    started(analyst)
    assert jobs.run_waiting(house)
    release = release_of(house).id
    signed(staff, release)
    address = f"/releases/{release}/correction"
    refused = analyst.post(address, data={}).headers["Location"]
    assert jobs.run_waiting(house)
    assert "Nobody left this release" in analyst.get(refused).text
    withdrawn(staff)
    made = analyst.post(address, data={}).headers["Location"]
    assert jobs.run_waiting(house)
    there = analyst.get(made).headers["Location"]
    with staff.analyst.work() as work:
        assert publish.release(work, house.db().query(Release).filter_by(corrects=release).one().id)
    assert "It takes the place of" in analyst.get(there).text


def test_anothers_is_not_there(analyst, browser_for, house, told):
    address = started(analyst)
    assert browser_for("second").get(address).status_code == 403
    assert browser_for("second").post(f"/jobs/{only_job(house).id}/cancel").status_code == 404
    assert analyst.get("/releases/jobs/00000000-0000-0000-0000-000000000000").status_code == 404
