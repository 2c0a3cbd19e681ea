"""A coordinator erases a person from their page; the page then shows where the content was."""

import pytest
from sqlalchemy import select

from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.people import Person
from tests import make

HTTPS = {"base_url": "https://localhost"}


@pytest.fixture
def someone(staff, house):
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(make.report_document()), "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent)
    return house.db().scalars(select(Person.id).where(Person.teller.is_(True))).one()


def erase(client, person, decision="She asked for it on the phone; Ana and Bruno agreed."):
    data = {"deed": "erase", "decision": decision, "confirm_passphrase": make.PASSPHRASE}
    return client.post(f"/incidents/persons/{person}", data=data, **HTTPS)


def test_an_erased_person_opens_for_nobody_and_the_page_says_so(browser_for, staff, someone):
    client = browser_for("second")
    assert erase(client, someone).status_code == 303
    shown = client.get(f"/incidents/persons/{someone}", **HTTPS)
    assert shown.status_code == 200
    assert "Erased" in shown.text
    opened = client.post(
        f"/incidents/persons/{someone}/identity", data={"field": "name", "reason": "contact"}, **HTTPS
    )
    assert make.CANARY_NAME not in opened.text
    with staff.coordinator.work() as work:
        assert work.vault.view(work.get(Person, someone), "name").why == "erased"
        assert list(work.breaks()) == []


def test_a_decision_is_written_down(browser_for, staff, someone):
    refused = erase(browser_for("second"), someone, decision="yes")
    assert refused.status_code == 422
    with staff.coordinator.work() as work:
        assert work.vault.view(work.get(Person, someone), "name") == make.CANARY_NAME


def test_a_reviewer_erases_nobody(browser_for, someone, staff):
    client = browser_for("reviewer")
    assert "Erase for ever" not in client.get(f"/incidents/persons/{someone}", **HTTPS).text
    assert erase(client, someone).status_code == 403
    with staff.coordinator.work() as work:
        assert work.vault.view(work.get(Person, someone), "name") == make.CANARY_NAME
