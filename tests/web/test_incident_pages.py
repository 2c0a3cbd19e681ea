"""Incidents as pages: listed without a name, read in words, identity opened field by field."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents import consent, search
from incidents.intake import report, schema, take_in
from incidents.model.audit import AuditEntry
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Incident
from incidents.model.people import IDENTITY_FIELDS
from incidents.model.report import Batch
from incidents.model.vocabulary import Purpose
from incidents.search import REASONS
from incidents.work import Compartment
from tests import make
from tests.web.reading import form, links, problems

INCIDENT = r"/incidents/[0-9a-f-]{36}"
PERSON = r"/incidents/persons/[0-9a-f-]{36}"


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def recorded(staff):
    """Send a report and take it in; the id of the incident."""

    def record(**changes):
        with staff.researcher.work() as work:
            sent = report.send(work, schema.load(make.report_document(**changes)), "page").id
        with staff.coordinator.work() as work:
            return take_in.take_in(work, sent).id

    return record


@pytest.fixture
def teller(recorded, staff):
    """Somebody who told us, in an incident of their own; the id of the person."""
    incident = recorded()
    with staff.coordinator.work() as work:
        return search.open_incident(work, incident).people[0][0].id


def notes(house, event):
    house.db().rollback()
    return list(house.db().scalars(select(AuditEntry).where(AuditEntry.event == event)))


# -- the list


def test_the_list_says_when_where_and_what_and_names_nobody(reader, recorded):
    recorded()
    page = reader.get("/incidents/").text
    assert "Baja California, Mexico" in page
    assert "about January 30, 2019" in page or "about 30 January 2019" in page
    assert "Kidnapping for ransom" in page
    for canary in make.CANARIES:
        assert canary not in page


def test_the_list_opens_its_facts_once_and_notes_the_count(reader, recorded, house):
    for _ in range(3):
        recorded()
    before = len(notes(house, "facts.opened"))
    reader.get("/incidents/")
    opened = [note for note in notes(house, "facts.opened")[before:] if note.about == "incident"]
    assert [note.detail["count"] for note in opened] == [3]


def test_pages_of_the_list_meet_without_gap_or_repetition(reader, recorded, monkeypatch):
    monkeypatch.setattr(search.listed, "__kwdefaults__", {**search.listed.__kwdefaults__, "limit": 2})
    everything = {f"/incidents/{recorded()}" for _ in range(5)}
    seen, address = [], "/incidents/"
    for _ in range(3):
        page = reader.get(address).text
        seen.append(links(page, INCIDENT))
        older = links(page, r"/incidents/\?before=[^\"]+")
        address = older[0] if older else None
    assert [len(each) for each in seen] == [2, 2, 1]
    assert {each for part in seen for each in part} == everything
    back = links(page, r"/incidents/\?after=[^\"]+")[0]
    assert links(reader.get(back).text, INCIDENT) == seen[1]


def test_the_list_is_filtered_by_handling_and_keeps_the_filter_while_paging(reader, recorded, monkeypatch):
    monkeypatch.setattr(search.listed, "__kwdefaults__", {**search.listed.__kwdefaults__, "limit": 1})
    recorded()
    recorded()
    page = reader.get("/incidents/?handling=open").text
    assert "2 incidents" in page
    assert [
        link for link in links(page, r"/incidents/\?[^\"]+") if "handling=open" in link and "before=" in link
    ]
    assert "No incident fits" in reader.get("/incidents/?handling=closed").text
    assert "2 incidents" in reader.get("/incidents/?handling=nonsense&before=nonsense").text


def test_with_htmx_only_the_list_comes(reader, recorded):
    recorded()
    page = reader.get("/incidents/?handling=open", headers={"HX-Request": "true"}).text
    assert "<html" not in page
    assert len(links(page, INCIDENT)) == 1


def test_a_reference_leads_to_its_incident(reader, recorded, house):
    id = recorded()
    reference = house.db().get_one(Incident, id).reference
    answer = reader.get("/incidents/", query_string={"reference": f" {reference.lower()} "})
    assert answer.location == f"/incidents/{id}"
    assert "no incident of this reference" in reader.get("/incidents/?reference=I-2222-2222").text


def test_what_a_job_has_not_published_is_seen_by_nobody(reader, staff):
    with staff.coordinator.work() as work:
        batch = work.add(Batch(kind="import", recorded_by=work.actor.id, received_on=work.today))
        told = report.make(
            work, schema.load(make.report_document()), channel="import", client_id=uuid4(), batch_id=batch.id
        )
        incident = take_in.understand(work, told, told.document)
        id, person = incident.id, next(iter(told.person_ids.values()))
    assert links(reader.get("/incidents/").text, INCIDENT) == []
    assert reader.get(f"/incidents/{id}").status_code == 404
    assert reader.get(f"/incidents/persons/{person}").status_code == 404
    answer = reader.post(f"/incidents/persons/{person}/identity", data={"field": "name", "reason": "contact"})
    assert answer.status_code == 404
    assert make.CANARY_NAME not in answer.text


# -- one incident


def test_an_incident_is_told_in_words(reader, recorded):
    page = reader.get(f"/incidents/{recorded()}").text
    assert make.CANARY_NARRATIVE in page
    assert "Kidnapping for ransom" in page
    assert "Los Faroleros (inventados)" in page
    assert "Usually reliable" in page
    assert "Witness only" in page
    for hidden in (make.CANARY_NAME, make.CANARY_PHONE, make.CANARY_ADDRESS, make.CANARY_DOCUMENT):
        assert hidden not in page


def test_what_may_be_done_is_shown_as_it_would_be_judged_now(reader, recorded, staff):
    id = recorded()
    page = reader.get(f"/incidents/{id}").text
    assert page.count("Not decided yet: no") == 3
    with staff.coordinator.work() as work:
        consent.withdraw(work, search.open_incident(work, id).people[0][0], [Purpose.ROWS])
    assert "Withdrawn" in reader.get(f"/incidents/{id}").text


def test_somebody_in_no_act_is_still_on_the_page(reader, recorded):
    page = reader.get(f"/incidents/{recorded(acts=None, involvements=None)}").text
    assert len(set(links(page, PERSON))) == 2


def test_an_altered_decision_counts_for_nothing_and_the_page_still_stands(reader, recorded, house):
    id = recorded()
    with make.behind(house) as connection:
        connection.execute(ConsentEvent.__table__.update().values(entered_by=uuid4()))
    page = reader.get(f"/incidents/{id}")
    assert page.status_code == 200
    assert "Altered outside the program: no" in page.text


def test_an_erased_person_is_shown_as_erased(reader, recorded, teller, house):
    for compartment in (Compartment.FACTS, Compartment.IDENTITY):
        house.keystore.shred([(teller, compartment)], "test")
    page = reader.get(f"/incidents/persons/{teller}")
    assert page.status_code == 200
    assert "Erased. Nobody can open this again." in page.text


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_incidents_are_read_by_reviewers_alone(browser_for, recorded, teller, who):
    browser = browser_for(who)
    assert browser.get("/incidents/").status_code == 403
    assert browser.get(f"/incidents/{recorded()}").status_code == 403
    assert browser.get(f"/incidents/persons/{teller}").status_code == 403
    answer = browser.post(
        f"/incidents/persons/{teller}/identity", data={"field": "name", "reason": "contact"}
    )
    assert answer.status_code == 403


def test_an_absent_incident_and_an_absent_person_are_not_found(reader):
    assert reader.get(f"/incidents/{uuid4()}").status_code == 404
    assert reader.get(f"/incidents/persons/{uuid4()}").status_code == 404


# -- identity


def test_a_field_is_opened_with_a_reason_and_noted(reader, teller, house):
    answer = reader.post(
        f"/incidents/persons/{teller}/identity",
        data={"field": "phone", "reason": "contact"},
        headers={"HX-Request": "true"},
    )
    assert make.CANARY_PHONE in answer.text
    assert make.CANARY_NAME not in answer.text
    assert "<html" not in answer.text
    (note,) = notes(house, "phone.opened")
    assert (note.about_id, note.detail) == (teller, {"why": "contact"})


def test_without_a_script_the_page_comes_with_the_field_open(reader, teller):
    address = f"/incidents/persons/{teller}"
    page = form(reader.get(address).text, having="field")
    assert page.action == f"{address}/identity"
    answer = reader.post(page.action, data={"reason": "referral", "field": "name"})
    assert make.CANARY_NAME in answer.text
    assert make.CANARY_PHONE not in answer.text
    title = answer.text[answer.text.index("<title>") : answer.text.index("</title>")]
    assert make.CANARY_NAME not in title


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("reason", ["", "because I can"])
def test_without_a_reason_nothing_is_opened(reader, teller, house, headers, reason):
    answer = reader.post(
        f"/incidents/persons/{teller}/identity", data={"field": "name", "reason": reason}, headers=headers
    )
    assert answer.status_code == 422
    assert "Choose why you open it." in answer.text
    assert make.CANARY_NAME not in answer.text
    assert notes(house, "name.opened") == []


def test_only_identity_is_opened_here(reader, teller):
    for field in ("facts", "id", "", "narrative"):
        answer = reader.post(
            f"/incidents/persons/{teller}/identity", data={"field": field, "reason": "contact"}
        )
        assert answer.status_code == 404


def test_every_field_and_every_reason_of_the_page_is_known(reader, teller):
    page = form(reader.get(f"/incidents/persons/{teller}").text, having="field")
    assert {value for name, value in page.buttons if name == "field"} == set(IDENTITY_FIELDS)
    assert page.choices["reason"] - {""} == set(REASONS)


def test_an_erased_field_says_so(reader, teller, house):
    house.keystore.shred([(teller, Compartment.IDENTITY)], "test")
    answer = reader.post(
        f"/incidents/persons/{teller}/identity",
        data={"field": "name", "reason": "contact"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 410
    assert "erased" in answer.text


# -- consent


def decide(reader, person, **decisions):
    address = f"/incidents/persons/{person}"
    page = form(reader.get(address).text, having="persons.0.consent.decisions.REC").filled()
    page.update({f"persons.0.consent.decisions.{purpose}": said for purpose, said in decisions.items()})
    return reader.post(address, data=page)


def test_a_later_decision_is_appended_and_counts(reader, teller, staff):
    assert decide(reader, teller, ROW="refused", PUB="given").status_code == 303
    with staff.coordinator.work() as work:
        person, _incidents = search.person(work, teller)
        assert isinstance(consent.permits(work, person, Purpose.PUBLISH), consent.Permit)
        assert consent.permits(work, person, Purpose.ROWS) == consent.Refusal("refused")
        assert isinstance(consent.permits(work, person, Purpose.STATISTICS), consent.Permit)
        assert len(consent.history(work, person)) == 2
    page = reader.get(f"/incidents/persons/{teller}").text
    assert "Recorded. It counts from now on." in page
    assert page.count("Decided on") == 2


def test_a_decision_about_nothing_is_not_recorded(reader, teller, staff):
    answer = decide(reader, teller)
    assert answer.status_code == 422
    assert "persons-0-consent-decisions-REC" in problems(answer.text)
    with staff.coordinator.work() as work:
        assert len(consent.history(work, search.person(work, teller)[0])) == 1


def test_a_withdrawal_stops_its_purpose_at_once(reader, teller, staff):
    address = f"/incidents/persons/{teller}"
    assert reader.post(address, data={"deed": "withdraw", "purposes": ["ROW"]}).status_code == 303
    with staff.coordinator.work() as work:
        person, _incidents = search.person(work, teller)
        assert consent.permits(work, person, Purpose.ROWS) == consent.Refusal("withdrawn")
        assert isinstance(consent.permits(work, person, Purpose.STATISTICS), consent.Permit)


def test_everything_is_withdrawn_only_where_everything_was_chosen(reader, teller, staff):
    address = f"/incidents/persons/{teller}"
    answer = reader.post(address, data={"deed": "withdraw"})
    assert answer.status_code == 422
    assert problems(answer.text) == {"purposes": "Choose at least one use, or everything."}
    assert reader.post(address, data={"deed": "withdraw", "purposes": ["all"]}).status_code == 303
    with staff.coordinator.work() as work:
        person, _incidents = search.person(work, teller)
        assert consent.permits(work, person, Purpose.RECORD) == consent.Refusal("withdrawn")


def test_a_deed_that_is_not_on_the_page_does_not_exist(reader, teller):
    assert reader.post(f"/incidents/persons/{teller}", data={"deed": "publish"}).status_code == 404
