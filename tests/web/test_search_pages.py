"""The list of incidents: its address is its state, without a name; words are looked for in a job, sealed."""

import random

import pytest
from sqlalchemy import select

from incidents import jobs, search
from incidents.model.audit import AuditEntry
from incidents.model.facet import Facet
from incidents.model.job import Job
from incidents.model.saved import Saved
from tests.search import invented
from tests.web.reading import form, links, problems

INCIDENT = r"/incidents/[0-9a-f-]{36}"


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def three(staff):
    """Kidnapping in Baja California, extortion there, extortion in Tamaulipas."""
    return [
        invented.record(staff, random.Random(1), acts=[{"key": "a1", "type": act}], incident=place(state))
        for act, state in (("KID", "MX-BCN"), ("EXT", "MX-BCN"), ("EXT", "MX-TAM"))
    ]


def place(state):
    return {"place": {"country": "MEX", "state": state, "precision": "STA"}}


def told(page):
    return {link.rpartition("/")[2] for link in links(page, INCIDENT)}


def test_two_facets_narrow_and_two_codes_of_one_widen(reader, three):
    one, two, three_ = map(str, three)
    assert told(reader.get("/incidents/?act=EXT").text) == {two, three_}
    assert told(reader.get("/incidents/?act=EXT&state=MX-BCN").text) == {two}
    assert told(reader.get("/incidents/?act=EXT&act=KID&state=MX-BCN").text) == {one, two}
    assert told(reader.get("/incidents/?act=ASS").text) == set()


def test_what_is_chosen_stands_on_the_page_and_can_be_taken_away(reader, three):
    page = reader.get("/incidents/?act=EXT&state=MX-BCN&handling=open").text
    assert "Baja California" in page
    off = links(page, r"/incidents/\?[^\"]*")
    assert any("act=EXT" in link and "state=" not in link for link in off)
    assert any("state=MX-BCN" in link and "act=" not in link for link in off)
    asked = form(page, having="verification")
    assert asked.typed.getlist("act") == [""]  # the chosen ones belong to the form and stand in the list
    assert '<input type="hidden" form="filter" name="act" value="EXT">' in page


def test_nonsense_in_the_address_is_left_out(reader, three):
    page = reader.get(
        "/incidents/?act=NONSENSE&month=2019-13&from=yesterday&sort=x&size=7&show=name&assignee=me"
    )
    assert page.status_code == 200
    assert len(told(page.text)) == 3
    assert "NONSENSE" not in page.text


@pytest.mark.parametrize("sort", ["newest", "oldest", "reference", "happened"])
def test_each_order_shows_each_incident_once(reader, three, sort, monkeypatch):
    monkeypatch.setattr(search.listed, "__kwdefaults__", {**search.listed.__kwdefaults__, "limit": 2})
    first = reader.get(f"/incidents/?sort={sort}").text
    (onward,) = [link for link in links(first, r"/incidents/\?[^\"]*") if "before=" in link]
    second = reader.get(onward.replace("&amp;", "&")).text
    assert told(first) | told(second) == set(map(str, three))
    assert (len(told(first)), len(told(second))) == (2, 1)
    (back,) = [link for link in links(second, r"/incidents/\?[^\"]*") if "after=" in link]
    assert told(reader.get(back.replace("&amp;", "&")).text) == told(first)


def test_columns_are_chosen(reader, three):
    page = reader.get("/incidents/?show=where&show=programme").text
    heads = page.partition("<thead")[2].partition("</thead>")[0]
    assert "Programme" in heads
    assert "When" not in heads


def test_a_filter_is_saved_sealed_and_is_its_owners_alone(reader, three, browser_for, house):
    page = reader.get("/incidents/?act=EXT&state=MX-BCN").text
    asked = form(page, having="name")
    asked.typed.update({"name": "Extortion at the river"})
    answer = reader.post(asked.action, data=asked.typed)
    assert answer.status_code == 303
    assert answer.location == "/incidents/?act=EXT&state=MX-BCN"
    page = reader.get("/incidents/").text
    assert "Extortion at the river" in page
    assert "/incidents/?act=EXT&amp;state=MX-BCN" in page
    other = browser_for("other_reviewer")
    assert "Extortion at the river" not in other.get("/incidents/").text
    saved = house.db().scalars(select(Saved)).one()
    assert b"river" not in saved.content.data
    forget = f"/incidents/filters/{saved.id}/forget"
    assert other.post(forget).status_code == 404
    assert reader.post(forget).status_code == 303
    assert "Extortion at the river" not in reader.get("/incidents/").text


def test_a_filter_without_a_name_is_refused_and_the_list_stays(reader, three):
    answer = reader.post("/incidents/filters", data={"act": "EXT", "name": " "})
    assert answer.status_code == 422
    assert len(told(answer.text)) == 2
    assert "name" in problems(answer.text)


# -- words


def looked_for(reader, staff, words):
    answer = reader.post("/incidents/find", data={"words": words})
    assert answer.status_code == 303
    assert words not in answer.location
    assert jobs.run_waiting(staff.coordinator.house)
    return answer.location


def test_words_are_found_whatever_their_accents_and_shown_where_they_stand(reader, staff, three, house):
    invented.record(staff, random.Random(2), narrative="Otra historia, sin nada de eso.")
    address = looked_for(reader, staff, "GASOLINERA zanahoriopolis")
    page = reader.get(address).text
    assert told(page) == set(map(str, three))
    assert "<mark>gasolinera</mark>" in page
    assert "GASOLINERA zanahoriopolis</h1>" in page
    job = house.db().scalars(select(Job).where(Job.kind == search.FIND)).one()
    assert job.input is None
    assert b"gasolinera" not in job.result.data.lower()
    assert links(reader.get("/incidents/").text, address) == [address]
    house.db().rollback()
    (note,) = house.db().scalars(select(AuditEntry).where(AuditEntry.event == "narratives.searched"))
    assert note.detail == {"count": 4, "found": 3}


def test_nothing_found_is_said(reader, staff, three):
    assert "No account holds these words" in reader.get(looked_for(reader, staff, "inexistente")).text


def test_a_search_says_how_far_it_is_and_can_be_ended(reader, staff, three, house):
    address = reader.post("/incidents/find", data={"words": "gasolinera"}).location
    assert "Waiting to start" in reader.get(address).text
    assert reader.get(address.replace("/incidents/found", "/jobs")).location == address
    id = address.rpartition("/")[2]
    assert reader.post(f"/jobs/{id}/cancel").status_code == 303
    assert "Waiting to start" not in reader.get(address).text


def test_a_search_of_others_is_not_there(reader, staff, three, browser_for):
    address = looked_for(reader, staff, "gasolinera")
    assert browser_for("other_reviewer").get(address).status_code == 404
    assert browser_for("analyst").get(address).status_code == 403


@pytest.mark.parametrize("words", ["", " ", "a", '"', "x" * 201])
def test_what_is_no_search_is_refused(reader, three, words):
    answer = reader.post("/incidents/find", data={"words": words})
    assert answer.status_code == 422
    assert "words" in problems(answer.text)


# -- data from before there were facets


def test_until_the_marks_are_made_the_page_says_so_and_a_reviewer_makes_them(reader, staff, three):
    assert "may miss" not in reader.get("/incidents/?act=EXT").text
    with staff.coordinator.work() as work:
        work.beside(Facet, (), Facet.token.is_not(None))
    page = reader.get("/incidents/?act=EXT").text
    assert "A filter may miss older incidents" in page
    assert told(page) == set()
    assert len(told(reader.get("/incidents/").text)) == 3
    answer = reader.post("/incidents/index")
    assert "See how far it is".lower() in reader.get("/incidents/").text.lower()
    assert reader.get(answer.location).status_code == 200
    assert jobs.run_waiting(staff.coordinator.house)
    assert reader.get(answer.location).location == "/incidents/"
    page = reader.get("/incidents/?act=EXT").text
    assert "may miss" not in page
    assert len(told(page)) == 2


def test_days_in_the_wrong_order_are_said_and_stay_chosen(browser_for):
    page = browser_for("reviewer").get("/incidents/?from=2026-02-01&to=2026-01-01").text
    assert "The last day lies before the first" in page
    assert "No incident fits" not in page
    assert "/incidents/?from=2026-02-01" in page  # each of the two can be taken away
    same_day = browser_for("reviewer").get("/incidents/?from=2026-02-01&to=2026-02-01").text
    assert "No incident fits" in same_day
