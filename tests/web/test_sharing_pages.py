"""A package for one recipient on pages: chosen, signed by somebody else, downloaded, recalled."""

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from tests import make
from tests.sharing.test_sharing import LAWYER, mentioned, opened, tell, teller
from tests.web.reading import DECLARED, form, problems

CHECKED = "Read aloud on the phone, number known since 2019."


@pytest.fixture
def reviewer(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def signer(browser_for):
    return browser_for("second")


@pytest.fixture
def incident(staff):
    return tell(staff, [teller()])


def address_of(reviewer, incident):
    """The form, reached as people do: from the incident."""
    page = reviewer.get(f"/incidents/{incident}").text
    start = page.index('href="/sharing/new?incident=') + len('href="')
    return page[start : page.index('"', start)]


def prepared(reviewer, incident, **typed):
    page = form(reviewer.get(address_of(reviewer, incident)).text, having="recipient").filled()
    page.update(
        {
            "recipient": "Lic. Inventada",
            "purpose": "LEG",
            "key": str(LAWYER.to_public()),
            "checked": CHECKED,
            "fields": "name",
            "account": "yes",
        }
        | typed
    )
    return reviewer.post("/sharing/new", data=page)


def test_from_the_incident_to_the_file_that_only_the_recipient_opens(reviewer, signer, incident):
    answer = prepared(reviewer, incident)
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"]
    shown = signer.get(address).text
    assert "Persons: 1 of 1" in shown
    assert make.CANARY_NAME not in shown
    unseen = signer.post(f"{address}/sign")
    assert (unseen.status_code, list(problems(unseen.text))) == (422, ["declared"])
    assert "nobody signs unseen" in problems(unseen.text)["declared"]
    assert signer.post(f"{address}/sign", data=DECLARED).status_code == 303
    closed = reviewer.post(f"{address}/download")
    assert closed.headers["Content-Disposition"].endswith('.zip.age"')
    assert make.CANARY_NAME in opened(closed.data)["incident-1.txt"].decode()
    assert not any(canary.encode() in closed.data for canary in make.CANARIES)


def test_what_was_typed_is_kept_where_something_is_wrong(reviewer, incident):
    answer = prepared(reviewer, incident, key="age1nothing", recipient="Clínica Inventada")
    assert answer.status_code == 422
    assert "key" in problems(answer.text)
    kept = form(answer.text, having="recipient").typed
    assert (kept["recipient"], kept["key"], kept["fields"]) == ("Clínica Inventada", "age1nothing", "name")


def test_where_nobody_agreed_the_page_says_so(staff, reviewer):
    incident = tell(staff, [teller(decisions={"REC": "given"})])
    answer = prepared(reviewer, incident)
    assert answer.status_code == 422
    assert "Nobody in these incidents agreed to this use" in answer.text


def test_the_page_says_what_stays_out_and_why(staff, reviewer):
    incident = tell(staff, [teller(), mentioned()])
    shown = reviewer.get(prepared(reviewer, incident).headers["Location"]).text
    assert "Persons: 1 of 2" in shown
    assert "The account does not go." in shown
    assert "No consent or recorded basis for this use: 1" in shown


def test_after_a_withdrawal_the_page_says_what_to_do_and_the_person_shows_who_holds_it(
    staff, reviewer, signer, incident
):
    address = prepared(reviewer, incident).headers["Location"]
    signer.post(f"{address}/sign", data=DECLARED)
    reviewer.post(f"{address}/download")
    with staff.reviewer.work() as work:
        person = work.db.scalars(select(Person)).one()
        consent.withdraw(work, person, [Purpose.LEGAL])
    answer = reviewer.post(f"{address}/download")
    assert answer.status_code == 422
    assert "It was handed over before" in answer.text
    assert "Packages that held this person" in reviewer.get(f"/incidents/persons/{person.id}").text


def test_a_recall_asks_for_a_reason_and_ends_the_download(reviewer, signer, incident):
    address = prepared(reviewer, incident).headers["Location"]
    signer.post(f"{address}/sign", data=DECLARED)
    assert signer.post(f"{address}/recall", data={"reasons": "no"}).status_code == 422
    assert (
        signer.post(f"{address}/recall", data={"reasons": "The lawyer left the clinic."}).status_code == 303
    )
    assert "Recalled on" in reviewer.get(address).text
    assert reviewer.post(f"{address}/download").status_code == 409


def test_an_incident_that_is_not_there_is_said_at_its_field(reviewer, incident):
    answer = prepared(reviewer, incident, incidents="I-0000-0000")
    assert problems(answer.text) == {"incidents": "There is no incident with one of these references."}
