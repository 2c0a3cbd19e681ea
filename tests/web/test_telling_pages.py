"""On the page of a person: one or a group, and whether they told us."""

import pytest

from incidents.intake import editing
from incidents.model.edit import Edit
from incidents.model.people import Person
from tests.web.test_editing_pages import WHY, facts, one, taken, typed, with_

__all__ = ["taken"]  # a fixture
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)


def stands(staff, id):
    with staff.reviewer.work() as work:
        person = work.get(Person, id)
        return person.kind.value, person.teller


def teller(staff):
    with staff.reviewer.work() as work:
        return work.db.query(Person.id).where(Person.teller).scalar()


def without(sent, name):
    return [(each, value) for each, value in sent if each != name]


def test_a_person_becomes_a_group_that_did_not_tell_us_and_the_history_says_so(staff, taken, browser_for):
    taken()
    id, browser = teller(staff), browser_for("reviewer")
    url = f"/incidents/edit/person/{id}"
    sent = typed(browser.get(url).text)
    assert (dict(sent)["persons.0.kind"], dict(sent)["persons.0.teller"]) == ("individual", "yes")
    assert browser.post(url, data=with_(without(sent, "persons.0.teller"))).status_code == 422  # no reason
    now = {"persons.0.kind": "group", "persons.0.facts.group_size.best": "5"}
    answer = browser.post(url, data=with_(without(sent, "persons.0.teller"), **now, reasons=WHY))
    assert answer.status_code == 303, answer.text
    assert stands(staff, id) == ("group", False)
    assert "age" not in facts(staff, Person, id)
    assert facts(staff, Person, id)["group_size"]["best"] == 5
    edit = browser.get(f"/incidents/edits/{one(staff, Edit)}").text
    for words in ("Kind", "A group", "One person", "Told us"):
        assert words in edit
    sent = typed(browser.get(url).text)
    answer = browser.post(url, data=with_(sent, **{"persons.0.kind": "individual"}, reasons=WHY))
    assert "counts for no one person" in browser.get(answer.location).text


def test_two_at_once_choose_who_they_are(staff, taken, browser_for):
    taken()
    id, (first, later) = teller(staff), (browser_for("reviewer"), browser_for("second"))
    url = f"/incidents/edit/person/{id}"
    pages = typed(first.get(url).text), typed(later.get(url).text)
    sent = with_(without(pages[0], "persons.0.teller"), reasons=WHY)
    assert first.post(url, data=sent).status_code == 303
    answer = later.post(url, data=with_(pages[1], **{"persons.0.kind": "group"}, reasons=WHY))
    assert answer.status_code == 409
    assert "persons.0.teller" not in dict(typed(answer.text))
    assert later.post(url, data=with_(typed(answer.text))).status_code == 303
    assert stands(staff, id) == ("group", False)
    with staff.reviewer.work() as work:
        assert next(each.fields for each in editing.history(work, [id])) == ["teller"]
