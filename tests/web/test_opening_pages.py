"""A name is opened, closes again, and waits for a colleague's yes where the house asks for two."""

import pytest
from sqlalchemy import select

from incidents.model.people import Person
from tests import make
from tests.sharing.test_sharing import tell, teller
from tests.web.reading import form


@pytest.fixture
def person(staff, house):
    tell(staff, [teller()])
    return house.db().scalars(select(Person.id)).one()


def open_name(client, person, **headers):
    typed = {"field": "name", "reason": "contact"}
    return client.post(f"/incidents/persons/{person}/identity", data=typed, headers=headers)


def test_an_opened_line_closes_itself_and_by_a_button(browser_for, person):
    client = browser_for("reviewer")
    line = open_name(client, person, **{"HX-Request": "true"}).text
    assert make.CANARY_NAME in line
    assert "load delay:120s" in line
    closed = client.get(f"/incidents/persons/{person}/closed?field=name").text
    assert make.CANARY_NAME not in closed
    assert "Closed" in closed
    assert client.get(f"/incidents/persons/{person}/closed?field=narrative").status_code == 404


def test_a_colleague_is_asked_and_says_yes(app, browser_for, person):
    app.extensions["house"].second_yes = True
    client, colleague = browser_for("reviewer"), browser_for("second")
    asked = open_name(client, person)
    assert asked.status_code == 303
    assert "A colleague must say yes first." in client.get(asked.headers["Location"]).text
    shown = colleague.get("/openings").text
    assert make.CANARY_NAME not in shown
    assert "Rita Inventada asks" in shown
    assert "Names that a colleague asks to open" in colleague.get("/").text
    answer = form(shown, having="answer").action
    assert colleague.post(answer, data={"answer": "perhaps"}).status_code == 404
    assert colleague.post(answer, data={"answer": "yes"}).status_code == 303
    assert make.CANARY_NAME in open_name(client, person).text


def test_with_htmx_the_line_says_that_a_colleague_was_asked(app, browser_for, person):
    app.extensions["house"].second_yes = True
    line = open_name(browser_for("reviewer"), person, **{"HX-Request": "true"})
    assert line.status_code == 200
    assert "A colleague must say yes first." in line.text
    assert make.CANARY_NAME not in line.text
