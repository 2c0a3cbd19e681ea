"""A whole catalogue has 2,475 municipalities: a page offers those of the chosen state, the ones met often first."""

import re
from uuid import uuid4

import pytest

from incidents.cli.places import load_catalogue
from incidents.model import place
from tests.web.reading import form

ROWS = """code,name,state
02004,Tijuana,MX-BCN
02001,Ensenada,MX-BCN
02003,Tecate,MX-BCN
05030,Saltillo,MX-COA
05018,Monclova,MX-COA
20067,Oaxaca de Juárez,MX-OAX
"""


@pytest.fixture
def catalogue(instance, app, tmp_path):
    """Ensenada, Monclova and Oaxaca do not come with the program."""
    load_catalogue(ROWS.encode(), instance.folder)
    place.look_in(instance.folder)
    yield
    place.look_in(tmp_path / "nowhere")


@pytest.fixture
def writer(browser_for, catalogue):
    return browser_for("researcher")


def offered(browser, **pieces):
    sent = {f"incident.place.{name}": value for name, value in pieces.items()}
    return re.findall(r'<option value="(\d{5})"', browser.post("/reports/municipalities", data=sent).text)


def test_those_of_the_chosen_state_and_the_often_met_first(writer):
    found = offered(writer, state="MX-BCN")
    assert {code[:2] for code in found} == {"02"}
    assert found[-1] == "02001"
    assert {"02004", "02003"} <= set(found[:-1])
    assert offered(writer, state="MX-OAX") == ["20067"]


def test_without_a_state_those_that_come_with_the_program(writer):
    found = offered(writer, state="")
    assert set(found) == set(place.shipped())
    assert len(found) < 100


def test_what_was_chosen_stays_chosen_whatever_the_state(writer):
    page = writer.post(
        "/reports/municipalities",
        data={"incident.place.state": "MX-BCN", "incident.place.municipality": "20067"},
    ).text
    assert '<option value="20067" selected>' in page
    data = {"incident.place.state": "", "incident.place.municipality": "20067"}
    page = writer.post("/reports/municipalities", data=data).text
    assert '<option value="20067" selected>' in page


def test_without_a_script_the_state_is_chosen_and_the_page_shows_its_municipalities(writer):
    asked = form(writer.get("/reports/new", follow_redirects=True).text, having="client_id")
    typed = {**asked.typed, "client_id": str(uuid4()), "deed": "go:when", "narrative": "Algo."}
    answer = writer.post("/reports/new", data=typed)
    assert answer.status_code == 303
    page = form(writer.get(answer.location).text, having="incident.place.state")
    assert "20067" not in page.choices["incident.place.municipality"]
    page.typed.update({"incident.place.state": "MX-OAX"})
    again = writer.post(answer.location.partition("?")[0], data=page.filled("check"), follow_redirects=True)
    assert "20067" in form(again.text, having="incident.place.state").choices["incident.place.municipality"]


def test_the_filter_of_incidents_offers_those_of_its_state(browser_for, catalogue):
    browser = browser_for("reviewer")
    page = form(browser.get("/incidents/?state=MX-OAX").text, having="municipality")
    assert page.choices["municipality"] == {"", "20067"}
    assert "20067" not in form(browser.get("/incidents/").text, having="municipality").choices["municipality"]
    assert "20067" in browser.get("/incidents/municipalities?state=MX-OAX").text


def test_a_municipality_that_is_filtered_by_stays_in_the_list_of_what_is_chosen(browser_for, catalogue):
    page = browser_for("reviewer").get("/incidents/?municipality=20067").text
    assert "Oaxaca de Juárez" in page
