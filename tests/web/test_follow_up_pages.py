"""Tasks on their pages: made in a few taps, shown when they are due, and never a number where a call could hurt."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from incidents import consent, erasure, follow_up, search
from incidents.intake import report, take_in
from incidents.model.follow_up import Intervention, Task, TaskState
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.vocabulary import codes
from tests import make
from tests.web.reading import form, links, problems

KIND, OUTCOME = (next(iter(codes(name))) for name in ("task", "task_outcome"))
TASK = r"/tasks/[0-9a-f-]{36}"
WORDS = "Tell her what became of the complaint."


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def incident(staff):
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


@pytest.fixture
def teller(staff, incident):
    """Somebody who may be called, and said how."""
    with staff.reviewer.work() as work:
        person = next(each for each, _facts in search.people_of(work, incident) if each.teller)
        work.seal(person, safe_contact={"may_call": "yes", "hours": "after six", "code_word": "girasol"})
        work.note("person.changed", person)
        consent.decide(work, person, {"method": "spoken", "decisions": {"CON": "given"}})
        return person.id


def make_task(staff, incident, teller=None, days=3):
    with staff.reviewer.work() as work:
        person = work.get(Person, teller) if teller else None
        due = work.today + timedelta(days=days)
        made = follow_up.make(work, work.get(Incident, incident), person, KIND, due, staff.reviewer.id, WORDS)
        return made.id


def tasks(house):
    house.db().rollback()
    house.db().expire_all()
    return list(house.db().scalars(select(Task)))


def test_a_task_is_made_from_the_page_of_a_person_in_a_few_choices(reader, house, incident, teller):
    (address,) = links(reader.get(f"/incidents/persons/{teller}").text, r"/tasks/new/[^\"]+")
    page = form(reader.get(address).text, having="kind")
    assert page.typed["person"] == str(teller)
    assert page.choices["due"] == {"tomorrow", "three_days", "week", "month", "day"}
    page.typed.update({"kind": KIND, "due": "week", "words": WORDS})
    answer = reader.post(address, data=page.filled())
    assert answer.status_code == 303
    (task,) = tasks(house)
    assert task.due_on == task.made_on + timedelta(days=7)
    assert (task.subject, task.subject_id, task.assignee) == ("person", teller, task.made_by)
    page = reader.get(answer.location).text
    assert WORDS in page
    assert "girasol" in page
    for canary in make.CANARIES:
        assert canary not in page


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"due": "week"}, "kind"),
        ({"kind": KIND}, "due"),
        ({"kind": KIND, "due": "day"}, "due_on"),
        ({"kind": KIND, "due": "day", "due_on": "2019-01-01"}, "due_on"),
        ({"kind": KIND, "due": "week", "person": "x"}, "person"),
        ({"kind": KIND, "due": "week", "assignee": "x"}, "assignee"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_that_was_typed_is_lost(
    reader, house, incident, typed, wrong
):
    answer = reader.post(f"/tasks/new/{incident}", data={"words": WORDS, **typed})
    assert answer.status_code == 422
    assert list(problems(answer.text)) == [wrong]
    assert form(answer.text, having="kind").typed["words"] == WORDS
    assert tasks(house) == []


def test_tasks_stand_by_the_day_they_are_due_and_what_is_overdue_says_so(
    reader, house, staff, incident, monkeypatch
):
    late, today, later = (make_task(staff, incident, days=days) for days in (0, 2, 30))
    now = house.now
    for each in (house, reader.application.extensions["house"]):
        monkeypatch.setattr(each, "now", lambda: now() + timedelta(days=2))
    page = reader.get("/tasks/").text
    assert links(page, TASK) == [f"/tasks/{id}" for id in (late, today, later)]
    assert page.count("Overdue") == 1
    assert "Today" in page
    assert "Tasks that are due" in reader.get("/").text
    assert re.search(r'class="count">2</span><a href="/tasks/">', reader.get("/").text)


def test_the_list_of_everybody_holds_what_is_a_colleague_s(browser_for, staff, incident):
    id = make_task(staff, incident)
    other = browser_for("other_reviewer")
    assert links(other.get("/tasks/").text, TASK) == []
    assert links(other.get("/tasks/?whose=all").text, TASK) == [f"/tasks/{id}"]


def test_a_long_list_goes_on(reader, staff, incident, monkeypatch):
    monkeypatch.setattr(follow_up, "PER_PAGE", 1)
    first, second = make_task(staff, incident, days=1), make_task(staff, incident, days=2)
    page = reader.get("/tasks/?whose=all").text
    assert links(page, TASK) == [f"/tasks/{first}"]
    (onward,) = links(page, r"/tasks/\?[^\"]*after=[^\"]+")
    page = reader.get(onward.replace("&amp;", "&")).text
    assert links(page, TASK) == [f"/tasks/{second}"]


def test_the_phone_is_opened_on_a_press_with_a_reason_and_noted(reader, staff, incident, teller):
    id = make_task(staff, incident, teller)
    assert make.CANARY_PHONE not in reader.get(f"/tasks/{id}").text
    refused = reader.post(f"/tasks/{id}/phone", data={})
    assert refused.status_code == 422
    assert make.CANARY_PHONE not in refused.text
    assert list(problems(refused.text)) == ["reason"]
    opened = reader.post(f"/tasks/{id}/phone", data={"reason": "contact"})
    assert (opened.status_code, make.CANARY_PHONE in opened.text) == (200, True)
    assert make.CANARY_NAME not in opened.text


@pytest.mark.parametrize(("held", "said"), [("yes", "in the captors’ hands"), ("UNK", "in whose hands")])
def test_where_the_phone_may_be_in_captors_hands_the_page_says_so_and_shows_none(
    reader, staff, incident, teller, held, said
):
    with staff.reviewer.work() as work:
        person = work.get(Person, teller)
        work.seal(person, safe_contact={"may_call": "yes", "phone_held": held, "code_word": "girasol"})
        work.note("person.changed", person)
    id = make_task(staff, incident, teller)
    page = reader.get(f"/tasks/{id}").text
    assert said in page
    assert f"/tasks/{id}/phone" not in page
    answer = reader.post(f"/tasks/{id}/phone", data={"reason": "contact"})
    assert answer.status_code == 422
    assert make.CANARY_PHONE not in answer.text
    assert "Do not call." in answer.text


def test_a_phone_in_captors_hands_is_not_opened_for_a_call_from_the_person_s_page_either(
    reader, staff, teller
):
    address, sent = f"/incidents/persons/{teller}/identity", {"field": "phone", "reason": "contact"}
    assert make.CANARY_PHONE in reader.post(address, data=sent).text
    with staff.reviewer.work() as work:
        person = work.get(Person, teller)
        work.seal(person, safe_contact={"phone_held": "yes"})
        work.note("person.changed", person)
    for headers in ({}, {"HX-Request": "true"}):
        answer = reader.post(address, data=sent, headers=headers)
        assert make.CANARY_PHONE not in answer.text
        assert "Do not call." in answer.text
    seen = reader.post(address, data=sent | {"reason": "duplicate"})
    assert make.CANARY_PHONE in seen.text


def test_a_task_is_put_off_handed_over_and_closed(reader, house, staff, incident):
    id = make_task(staff, incident)
    for typed in (
        {"deed": "postpone", "due": "month"},
        {"deed": "reassign", "assignee": str(staff.coordinator.id)},
        {"deed": "done", "outcome": OUTCOME, "closing": "She knows."},
    ):
        assert reader.post(f"/tasks/{id}", data=typed).status_code == 303, typed
    (task,) = tasks(house)
    assert (task.state, task.assignee) == (TaskState.DONE, staff.coordinator.id)
    assert task.due_on == task.made_on + timedelta(days=30)
    page = reader.get(f"/tasks/{id}").text
    assert "She knows." in page
    assert 'name="deed"' not in page
    assert reader.post(f"/tasks/{id}", data={"deed": "dropped", "outcome": OUTCOME}).status_code == 422
    assert reader.post(f"/tasks/{id}", data={"deed": "nonsense"}).status_code == 404


def test_closing_asks_what_came_of_it_and_keeps_the_words(reader, house, staff, incident):
    id = make_task(staff, incident)
    answer = reader.post(f"/tasks/{id}", data={"deed": "done", "closing": "She knows."})
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["outcome"]
    assert form(answer.text, having="outcome").typed["closing"] == "She knows."
    assert tasks(house)[0].state == TaskState.OPEN


def test_an_erased_person_s_page_offers_no_task(reader, house, staff, incident, teller):
    make_task(staff, incident, teller)
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, teller), "Asked by herself, agreed by two of us.")
    erasure.finish(house)
    page = reader.get(f"/incidents/persons/{teller}").text
    assert "/tasks/new/" not in page
    assert reader.get("/tasks/?whose=all").status_code == 200


def test_what_was_done_is_recorded_and_stands_on_the_incident_s_page(reader, house, incident):
    kind, status = (list(codes(name)) for name in ("intervention", "intervention_status"))
    (address,) = links(reader.get(f"/incidents/{incident}").text, r"/tasks/interventions/new/[^\"]+")
    page = form(reader.get(address).text, having="kind")
    page.typed.update({"kind": kind[0], "status": status[0], "on.kind": "day", "on.day": "2019-03-04"})
    page.typed["words"] = "At the hospital."
    assert reader.post(address, data=page.filled()).status_code == 303
    shown = reader.get(f"/incidents/{incident}").text
    assert "At the hospital." in shown
    assert "4 March 2019" in shown
    (made,) = house.db().scalars(select(Intervention))
    answer = reader.post(f"/tasks/interventions/{made.id}", data={"status": status[-1]})
    assert answer.status_code == 303
    assert codes("intervention_status")[status[-1]].label("en") in reader.get(f"/incidents/{incident}").text
    answer = reader.post(address, data={"words": "At the hospital.", "on.kind": "day"})
    assert answer.status_code == 422
    assert form(answer.text, having="kind").typed["words"] == "At the hospital."


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_whoever_does_no_tasks_sees_none(browser_for, staff, incident, who):
    id = make_task(staff, incident)
    browser = browser_for(who)
    for address in ("/tasks/", f"/tasks/{id}", f"/tasks/new/{incident}"):
        assert browser.get(address).status_code == 403
    assert "/tasks/" not in browser.get("/").text


def test_a_day_is_typed_where_none_of_the_usual_ones_fits(reader, house, incident):
    day = date.today() + timedelta(days=12)  # noqa: DTZ011  a day that is typed
    typed = {"kind": KIND, "due": "day", "due_on": day.isoformat()}
    assert reader.post(f"/tasks/new/{incident}", data=typed).status_code == 303
    assert tasks(house)[0].due_on == day
