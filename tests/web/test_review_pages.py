"""Acts are decided on a page, by somebody who did not submit them, with reasons."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents import review
from incidents.intake import report, schema, take_in
from incidents.model.incident import Act
from incidents.model.review import Review
from incidents.model.vocabulary import Verification
from tests import make
from tests.web.reading import form, links, problems

V = Verification
ACT = r"/review/[0-9a-f-]{36}"
REASONS = "Two shelters tell of the same house, apart from each other."


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def waiting(staff):
    """An act that waits: from a report of this person, with so many sources; its id."""

    def make_one(sender="researcher", **changes):
        with getattr(staff, sender).work() as work:
            sent = report.send(work, schema.load(make.report_document(**changes)), "page").id
        with staff.coordinator.work() as work:
            incident = take_in.take_in(work, sent)
        with staff.coordinator.work() as work:
            return work.db.scalars(select(Act.id).where(Act.incident_id == incident.id)).one()

    return make_one


def state_of(house, id):
    house.db().rollback()
    house.db().expire_all()
    return house.db().get_one(Act, id).verification


def decide(reader, id, move, reasons=REASONS):
    return reader.post(f"/review/{id}", data={"move": move, "reasons": reasons})


TWO_ORIGINS = [
    {"type": "INP", "relation": "VIC", "origin": "family one"},
    {"type": "INR", "relation": "WIT", "origin": "shelter"},
]


def test_the_queue_shows_what_waits_and_names_nobody(reader, waiting):
    id = waiting()
    page = reader.get("/review/").text
    assert links(page, ACT) == [f"/review/{id}"]
    assert "may decide" in page
    for canary in make.CANARIES:
        assert canary not in page


def test_the_queue_is_filtered_by_state_and_goes_on(reader, waiting, monkeypatch):
    monkeypatch.setattr("incidents.web.review.PER_PAGE", 1)
    first, second = sorted((waiting(), waiting()))
    page = reader.get("/review/?state=REC").text
    assert links(page, ACT) == [f"/review/{first}"]
    (onward,) = links(page, r"/review/\?[^\"]*after=[^\"]+")
    assert "state=REC" in onward
    assert links(reader.get(onward.replace("&amp;", "&")).text, ACT) == [f"/review/{second}"]
    assert links(reader.get("/review/?state=VER").text, ACT) == []


def test_an_act_is_decided_with_reasons(reader, waiting, house):
    id = waiting()
    answer = decide(reader, id, "CRE")
    assert answer.status_code == 303
    assert state_of(house, id) == V.CREDIBLE
    page = reader.get(f"/review/{id}").text
    assert REASONS in page
    assert "Rita Inventada" in page
    assert "Decided: Credible" in page


def test_only_the_moves_of_the_table_are_offered(reader, waiting, house):
    id = waiting()
    page = form(reader.get(f"/review/{id}").text, having="reasons")
    assert page.choices["move"] == {to.value for from_, to in review.MOVES if from_ == V.RECEIVED}
    assert decide(reader, id, "VER").status_code == 422
    assert decide(reader, id, "nonsense").status_code == 422
    assert state_of(house, id) == V.RECEIVED


@pytest.mark.parametrize("reasons", ["", "  ok  "])
def test_a_decision_without_reasons_is_asked_for_them_and_keeps_the_choice(reader, waiting, house, reasons):
    id = waiting()
    answer = decide(reader, id, "UNL", reasons)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["reasons"]
    assert form(answer.text, having="reasons").typed["move"] == "UNL"
    assert state_of(house, id) == V.RECEIVED


def test_what_was_written_survives_a_missing_choice(reader, waiting):
    answer = decide(reader, waiting(), "")
    assert problems(answer.text) == {"move": "Choose what you find."}
    assert form(answer.text, having="reasons").typed["reasons"] == REASONS


def test_verified_is_offered_with_two_origins_only(reader, waiting, house):
    one, two = waiting(), waiting(sources=TWO_ORIGINS)
    for id in (one, two):
        assert decide(reader, id, "UND", "").status_code == 303
    page = reader.get(f"/review/{one}").text
    assert "1 independent origin<" in page
    assert "needs two sources of different origin" in page
    assert decide(reader, one, "VER").status_code == 422
    assert "2 independent origins<" in reader.get(f"/review/{two}").text
    assert decide(reader, two, "VER").status_code == 303
    assert (state_of(house, one), state_of(house, two)) == (V.UNDER_VERIFICATION, V.VERIFIED)


def test_what_i_submitted_is_not_mine_to_decide(reader, waiting, house):
    id = waiting(sender="reviewer")
    assert "submitted it" in reader.get("/review/").text
    page = reader.get(f"/review/{id}").text
    assert "nobody decides on what they submitted" in page
    assert 'name="reasons"' not in page
    answer = decide(reader, id, "CRE")
    assert answer.status_code == 422
    assert state_of(house, id) == V.RECEIVED
    assert house.db().scalars(select(Review)).first() is None


def test_the_incident_leads_to_its_acts_and_tells_what_was_decided(reader, waiting, house):
    id = waiting()
    incident = house.db().get_one(Act, id).incident_id
    house.db().rollback()
    decide(reader, id, "CRE")
    page = reader.get(f"/incidents/{incident}").text
    assert links(page, ACT) == [f"/review/{id}"]
    assert REASONS in page
    assert "Credible" in page


def test_several_decisions_of_one_day_stand_in_their_order(reader, waiting):
    id = waiting()
    for move in ("UND", "CRE", "UND", "UNL"):
        assert decide(reader, id, move).status_code == 303
    page = reader.get(f"/review/{id}").text
    history = page[page.index('class="history"') :]
    said = re.findall(r"</svg>(Under verification|Credible|Unlikely)", history)
    assert said == ["Unlikely", "Under verification", "Credible", "Under verification"]


def test_an_absent_act_is_not_found(reader):
    assert reader.get(f"/review/{uuid4()}").status_code == 404


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_review_is_the_reviewers(browser_for, waiting, house, who):
    id = waiting()
    assert browser_for(who).get("/review/").status_code == 403
    assert browser_for(who).get(f"/review/{id}").status_code == 403
    assert decide(browser_for(who), id, "CRE").status_code == 403
    assert state_of(house, id) == V.RECEIVED


# -- weighing


def test_a_source_is_weighed_on_the_page_and_the_grades_suggest(reader, waiting, house):
    id = waiting(sources=TWO_ORIGINS)
    page = reader.get(f"/review/{id}").text
    assert "is graded in both ways yet" in page
    for number, source in enumerate(re.findall(r'name="source" value="([^"]+)"', page), 1):
        said = {"says": "supports", "credibility": "2", "reliability": "B", "first_hand": "yes", "origin": ""}
        given = {f"{number}.{name}": value for name, value in said.items()}
        answer = reader.post(
            f"/review/{id}", data={"deed": "weigh", "source": source, "number": number, **given}
        )
        assert answer.status_code == 303
    page = reader.get(f"/review/{id}").text
    assert "Sources of two origins support it" in page
    assert state_of(house, id) == V.RECEIVED


def test_a_wrong_grade_is_said_at_its_field_and_the_rest_is_kept(reader, waiting):
    id = waiting()
    source = re.search(r'name="source" value="([^"]+)"', reader.get(f"/review/{id}").text)[1]
    given = {"1.says": "contradicts", "1.credibility": "9", "1.reliability": "B", "1.first_hand": "no"}
    answer = reader.post(f"/review/{id}", data={"deed": "weigh", "source": source, "number": "1", **given})
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["1-credibility"]
    assert form(answer.text, having="1.says").typed["1.says"] == "contradicts"
    answer = reader.post(f"/review/{id}", data={"deed": "weigh", "source": str(id), "number": "1", **given})
    assert answer.status_code == 404


def test_what_it_rests_on_is_ticked_and_can_be_taken_out(reader, waiting, house):
    id = waiting(sources=TWO_ORIGINS)
    decide(reader, id, "UND", "")
    page = reader.get(f"/review/{id}").text
    ids = re.findall(r'name="cites" value="([^"]+)" checked', page)
    assert len(ids) == 2
    said = {"move": "VER", "reasons": REASONS, "cites_shown": "1"}
    answer = reader.post(f"/review/{id}", data={**said, "cites": ids[:1]})
    assert answer.status_code == 422
    assert re.findall(r'name="cites" value="([^"]+)" checked', answer.text) == ids[:1]
    assert reader.post(f"/review/{id}", data={**said, "cites": ids}).status_code == 303
    assert "Rests on: Source 1, Source 2" in reader.get(f"/review/{id}").text


def test_a_restricted_act_shows_the_first_word(reader, browser_for, waiting, house):
    id = waiting(acts=[{"key": "a1", "type": "SXA", "status": "C"}])
    assert "needs the word of two reviewers" in reader.get(f"/review/{id}").text
    decide(reader, id, "CRE")
    page = reader.get(f"/review/{id}").text
    assert "you said “Credible" in page
    assert "First of two" in page
    assert problems(decide(reader, id, "CRE").text)["move"].startswith("You said this already")
    other = browser_for("second")
    assert "a second word is missing" in reader.get("/review/").text
    assert "yours is the second word" in other.get("/review/").text
    assert ": “Credible" in other.get(f"/review/{id}").text
    assert decide(other, id, "CRE").status_code == 303
    assert state_of(house, id) == V.CREDIBLE


def test_how_the_work_stands_shows_reviewers_and_places_and_no_content(reader, waiting):
    decide(reader, waiting(), "CRE")
    page = reader.get("/review/workload").text
    assert "Rita Inventada" in page
    assert "Baja California" in page
    for canary in make.CANARIES:
        assert canary not in page


# -- in whose hands


def test_chosen_acts_change_hands_and_the_queue_shows_mine(reader, browser_for, waiting, house):
    first, second = waiting(), waiting()
    answer = reader.post("/review/?whose=nobodys", data={"acts": [str(first)], "assignee": "me"})
    assert answer.status_code == 303
    assert "whose=nobodys" in answer.location
    assert "1 incident is now in the hands of Rita Inventada" in reader.get(answer.location).text
    assert links(reader.get("/review/?whose=mine").text, ACT) == [f"/review/{first}"]
    assert links(reader.get("/review/?whose=nobodys").text, ACT) == [f"/review/{second}"]
    assert links(browser_for("second").get("/review/?whose=mine").text, ACT) == []
    reader.post("/review/", data={"acts": [str(first), str(second)], "assignee": ""})
    assert links(reader.get("/review/?whose=mine").text, ACT) == []
    answer = reader.post("/review/", data={"assignee": "me"})
    assert answer.status_code == 422
    assert re.search(r'notice problem"[^>]*>.{0,400}No act was chosen', answer.text, re.DOTALL)


def test_nothing_is_put_into_the_hands_of_somebody_who_does_not_review(reader, waiting, staff):
    id = waiting()
    for wrong in (staff.analyst.id, uuid4()):
        answer = reader.post("/review/", data={"acts": [str(id)], "assignee": str(wrong)})
        assert answer.status_code == 422
    assert links(reader.get("/review/?whose=nobodys").text, ACT) == [f"/review/{id}"]
