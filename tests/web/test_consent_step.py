"""The consent step: what lies open, what is ticked, who decides; on the receipt later is not the same as not asked."""

import re

import pytest

from incidents import consent
from incidents.intake import report
from incidents.intake.agreeing import _less
from incidents.intake.take_in import take_in
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests.test_consent_expiry import decide
from tests.web.reading import form
from tests.web.test_report_pages import only_report, told, write

AT = "persons.0.consent"
ALOUD = r"<details( open)?>\s*<summary>Read this aloud first"


@pytest.fixture
def writer(browser_for):
    return browser_for("researcher")


def typed(**more):
    return {f"persons__0__consent__{name}": value for name, value in more.items()}


def test_what_is_read_aloud_lies_open_until_something_is_decided(writer):
    page = writer.get("/reports/new", follow_redirects=True).text
    assert re.search(ALOUD, page)[1]
    decided = writer.get(write(writer, "save", upto="account").location).text
    assert not re.search(ALOUD, decided)[1]


def test_nothing_is_ticked_before_it_is_asked(writer):
    page = form(writer.get("/reports/new", follow_redirects=True).text, having="narrative")
    assert not [name for name in page.typed if ".decisions." in name]
    assert page.choices[f"{AT}.decisions.ROW"] == {"given", "refused", "requested"}


def test_later_is_told_apart_from_not_asked_on_the_receipt(writer, house, staff):
    sent = write(writer, "send", **typed(decisions__ROW="requested")).location
    assert (
        told(staff, only_report(house).id).document["persons"][0]["consent"]["decisions"]["ROW"]
        == "requested"
    )
    address = sent.replace("/sent", "/receipt")
    shown = writer.get(f"{address}?read=en").text
    assert re.search(r"row[^<]*: Not decided yet", shown, re.IGNORECASE)
    assert "Publish with identity: Not asked" in shown
    for language, undecided in (("es", "Sin decidir"), ("fr", "Pas encore décidé"), ("ht", "Poko deside")):
        assert f": {undecided}" in writer.get(f"{address}?read={language}").text


def test_what_is_read_aloud_and_the_receipt_are_in_the_persons_language_not_the_screens(writer):
    page = writer.get(write(writer, "check", upto="account", **typed(language="ht")).location).text
    assert '<html lang="en">' in page
    assert form(page, having="narrative").typed[f"{AT}.notice"] == "2026-12.ht"
    assert '<p class="say" lang="ht">Èske nou ka kenbe sa ou rakonte nou an' in page
    assert "May we keep what you tell us" not in page
    writer.post("/language", data={"language": "es"})
    sent = write(writer, "send", **typed(language="fr", notice="2026-12.fr")).location
    receipt = writer.get(sent.replace("/sent", "/receipt")).text
    assert '<html lang="es">' in receipt
    assert "Ce que j’ai décidé" in receipt
    assert "Avant de nous quitter" in receipt


def test_a_later_in_the_newer_version_of_a_report_takes_the_yes_back():
    old = {"consent": {"decisions": {"STA": "given"}}}
    new = {"consent": {"decisions": {"STA": "requested"}}}
    assert _less(old, new)["decisions"] == {"STA": "not_asked"}


def test_who_was_there_and_for_what_is_asked_and_kept(writer, house, staff):
    given = typed(
        given_by="family",
        relation="sibling",
        kin="older sister",
        for_search="yes",
        safe="no",
        names__interviewer="Iris Inventada",
        names__witness="Teo Inventado",
        names__interpreter="Inés Inventada",
        names__guardian="Gala Inventada",
    )
    page = form(writer.get("/reports/new", follow_redirects=True).text, having="narrative")
    fields = {name.replace("__", ".") for name in given}
    assert fields <= set(page.typed) | set(page.choices)
    write(writer, "send", **given)
    kept = told(staff, only_report(house).id).document["persons"][0]["consent"]
    assert kept["names"] == {
        "interviewer": "Iris Inventada",
        "witness": "Teo Inventado",
        "interpreter": "Inés Inventada",
        "guardian": "Gala Inventada",
    }
    assert (kept["kin"], kept["for_search"], kept["safe"]) == ("older sister", "yes", "no")
    shown = writer.get(f"/reports/{only_report(house).id}").text
    for word in ("Teo Inventado", "older sister", "For the search"):
        assert word in shown


def test_the_persons_page_asks_for_the_day_and_the_legal_basis_too(writer, browser_for, house, staff):
    write(writer, "send")
    with staff.reviewer.work() as work:
        sent = only_report(house).id
        person = report.read(work, sent).person_ids["p1"]
        take_in(work, sent)
    reviewer, address = browser_for("reviewer"), f"/incidents/persons/{person}"
    page = form(reviewer.get(address).text, having=f"{AT}.legal_basis").filled()
    page |= {f"{AT}.decisions.PUB": "given", f"{AT}.on": "2024-01-05", f"{AT}.legal_basis": "CON"}
    assert reviewer.post(address, data=page).status_code == 303
    shown = reviewer.get(address).text
    assert "legal basis: Consent" in shown
    assert "expired" in str(permits(staff, person, Purpose.PUBLISH))
    assert "Note that 1 ran out" in reviewer.get("/consents").text
    assert reviewer.post("/consents/ran-out").status_code == 303
    assert "Noted for 1 person." in reviewer.get("/consents").text
    assert "Expired" in reviewer.get(address).text
    assert ": Yes, until it ran out" in reviewer.get(f"/consents/{person}/receipt").text


def permits(staff, person, purpose):
    with staff.reviewer.work() as work:
        return consent.permits(work, work.get(Person, person), purpose)


def test_a_receipt_says_what_was_taken_back_since(writer, browser_for, house, staff):
    write(writer, "send")
    with staff.reviewer.work() as work:
        sent = only_report(house).id
        person = report.read(work, sent).person_ids["p1"]
        take_in(work, sent)
    with staff.reviewer.work() as work:
        taken_back = consent.withdraw(work, work.get(Person, person), [Purpose.STATISTICS]).id
    address = f"/consents/{person}/receipt"
    assert browser_for("reviewer").get(address).text.count("Yes, and taken back since") == 1
    decide(staff, person, {"decisions": {"STA": "given"}, "again": [taken_back]})
    assert "taken back" not in browser_for("reviewer").get(address).text
