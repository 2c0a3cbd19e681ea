"""Duplicates on pages: what may be known already, everybody against everybody, two side by side, a decision."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from crypto.envelope import Envelope
from incidents import erasure, jobs, search
from incidents.intake import duplicates, report, schema, take_in
from incidents.model.audit import AuditEntry
from incidents.model.duplicate import DuplicateDecision, Verdict
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import Batch
from incidents.web import duplicates as pages
from tests import make
from tests.web.reading import form, links, problems

NAME, LIKE = "Wilmer Rápalo Chinchilla", "Wilmer Rapalo Chinchiyla"
PHONE, NEAR = "+504 9911-2233", "+504 9911-2234"
REASONS = "Same telephone but for a digit; both tell of the blue house."
PAIR = r"/duplicates/pair\?[^\"]+"


def told_of(name=NAME, phone=PHONE, facts=None, **changes):
    person = {
        "key": "p1",
        "teller": True,
        "identity": {"name": name, "phone": phone, **changes.pop("identity", {})},
        "facts": {"gender": "M", "age": 29, "nationality": ["HND"], **(facts or {})},
        "consent": {"method": "spoken", "decisions": {"REC": "given"}},
    }
    return make.report_document(persons=[person], involvements=None, **changes)


@pytest.fixture
def known(staff):
    """Incidents that were taken in, each from a report of one person; the ids of incident and person."""

    def make_one(**told):
        with staff.researcher.work() as work:
            sent = report.send(work, schema.load(told_of(**told)), "page").id
        with staff.coordinator.work() as work:
            incident = take_in.take_in(work, sent)
        with staff.coordinator.work() as work:
            (person, _facts), *_others = search.open_incident(work, incident.id).people
            return incident.id, person.id

    return make_one


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


def look(client, about, id, **more):
    return client.post("/duplicates/look", data={"about": about, "id": str(id)}, **more)


def address(about, one, other):
    return f"/duplicates/pair?about={about}&one={one}&other={other}"


def decide(client, about, one, other, verdict="same", reasons=REASONS, keep="one"):
    typed = {"verdict": verdict, "reasons": reasons, "keep": keep}
    return client.post(address(about, one, other), data=typed)


def noted(house, event):
    house.db().rollback()
    house.db().expire_all()
    return [row.detail for row in house.db().scalars(select(AuditEntry).where(AuditEntry.event == event))]


# -- what may be known already


def test_duplicates_of_a_waiting_report_are_shown_with_the_signs_in_words(reader, known, staff, house):
    _incident, person = known()
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(told_of(LIKE, NEAR)), "page").id
    page = look(reader, "report", sent).text
    assert NAME in page
    assert "Names alike but for a slip of the pen" in page
    assert "Same telephone but for one digit" in page
    assert f"/incidents/persons/{person}" in page
    assert noted(house, "identity.opened-in-bulk")[0] == {"count": 1, "why": "duplicate"}


def test_duplicates_come_as_a_piece_of_the_page_that_asked(reader, known):
    (_one, person), _other = known(), known(name=LIKE, phone=NEAR)
    answer = look(reader, "person", person, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'id="known-already"' in answer.text


def test_duplicates_of_an_incident_are_incidents_and_persons(reader, known):
    (one, _person), (other, _like) = known(), known(name=LIKE, phone=NEAR)
    page = look(reader, "incident", one).text
    assert f"/incidents/{other}" in links(page, r"/incidents/[0-9a-f-]{36}")
    assert "People who may be the same" in page


def test_duplicates_nothing_alike_is_said(reader, known):
    (_one, person), _other = known(), known(name="Keyla Banegas", phone=None, facts={"gender": "F"})
    page = look(reader, "person", person).text
    assert "Nothing that is known looks like it." in page


def test_duplicates_ask_for_the_passphrase_as_names_in_bulk(staff, known):
    _incident, person = known()
    with staff.reviewer.work(fresh=False) as work, pytest.raises(Exception, match="fresh-sign-in-needed"):
        duplicates.look(work, "person", person)
    with staff.reviewer.work(fresh=False) as work, pytest.raises(Exception, match="fresh-sign-in-needed"):
        duplicates.start(work)
    with staff.reviewer.work(fresh=False) as work, pytest.raises(Exception, match="fresh-sign-in-needed"):
        duplicates.names_of(work, [person])


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_duplicates_are_the_reviewers(browser_for, known, who):
    (_one, person), (_other, like) = known(), known(name=LIKE, phone=NEAR)
    client = browser_for(who)
    assert look(client, "person", person).status_code == 403
    assert client.get("/duplicates/").status_code == 403
    assert client.post("/duplicates/sweep").status_code == 403
    assert client.get(address("person", person, like)).status_code == 403
    assert decide(client, "person", person, like).status_code == 403


@pytest.mark.parametrize("about", ["person", "incident", "report", "user", ""])
def test_duplicates_of_what_is_not_there_are_not_found(reader, about):
    assert look(reader, about, uuid4()).status_code == 404
    assert reader.get(address(about, uuid4(), uuid4())).status_code == 404


def test_duplicates_are_asked_for_where_the_record_stands(reader, known, staff):
    incident, person = known()
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(told_of(LIKE, NEAR)), "page").id
    for address, about, id in (
        (f"/inbox/{sent}", "report", sent),
        (f"/incidents/persons/{person}", "person", person),
        (f"/incidents/{incident}", "incident", incident),
    ):
        asked = form(reader.get(address).text, having="about")
        assert (asked.action, asked.typed["about"], asked.typed["id"]) == ("/duplicates/look", about, str(id))


def test_duplicates_among_many_people_are_looked_for_by_a_job(reader, known, house, monkeypatch):
    monkeypatch.setattr("incidents.intake.duplicates.looking.AT_HAND", 1)
    (_one, person), (_other, like) = known(), known(name=LIKE, phone=NEAR)
    assert "See what is found" in look(reader, "person", person, headers={"HX-Request": "true"}).text
    answer = look(reader, "person", person)
    assert answer.status_code == 303
    while jobs.run_waiting(house):
        pass
    page = reader.get(answer.location).text
    assert f"/incidents/persons/{like}" in page
    assert NAME not in page


def test_duplicates_that_are_too_many_to_list_are_counted(reader, known, house, monkeypatch):
    monkeypatch.setattr("incidents.intake.duplicates.looking.MOST", 1)
    known(), known(name=LIKE, phone=NEAR), known(name=LIKE, phone=PHONE)
    page = reader.get(sweep(reader, house)).text
    assert "4 pairs that are less likely are not listed" in page


def test_duplicates_a_look_can_be_ended(reader, known, house):
    known()
    where = reader.post("/duplicates/sweep").location
    ends = re.findall(r'action="(/jobs/[^"]+/cancel)"', reader.get(where).text)
    assert reader.post(ends[0]).status_code == 303
    assert "Cancelled" in reader.get(where).text


# -- everybody


def sweep(client, house):
    answer = client.post("/duplicates/sweep")
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert jobs.run_waiting(house)
    return answer.location


def test_duplicates_of_everybody_are_a_job_whose_result_names_nobody(reader, known, house):
    (one, person), (other, like) = known(), known(name=LIKE, phone=NEAR)
    where = sweep(reader, house)
    page = reader.get(where).text
    assert "Same telephone but for one digit" in page
    assert NAME not in page
    assert LIKE not in page
    asked = {link.partition("?")[2].replace("&amp;", "&") for link in links(page, PAIR)}
    pairs = {frozenset(re.findall(r"[0-9a-f-]{36}", link)) for link in asked}
    assert pairs == {frozenset(map(str, pair)) for pair in ((person, like), (one, other))}
    assert noted(house, "identity.opened-in-bulk") == [{"count": 2, "why": "duplicate"}]


def test_duplicates_names_of_a_page_of_pairs_are_opened_on_request_and_noted(reader, known, house):
    known(), known(name=LIKE, phone=NEAR)
    where = sweep(reader, house)
    page = reader.post(where).text
    assert NAME in page
    assert LIKE in page
    assert len(noted(house, "identity.opened-in-bulk")) == 2


def test_duplicates_found_by_somebody_are_theirs_alone(reader, browser_for, known, house):
    known()
    where = sweep(reader, house)
    assert browser_for("other_reviewer").get(where).status_code == 404


def test_duplicates_the_first_page_lists_my_looks(reader, known, house):
    known()
    where = sweep(reader, house)
    assert where in reader.get("/duplicates/").text


# -- a pair


def test_duplicates_two_persons_side_by_side_with_what_differs(reader, known, house):
    (_one, person), (_other, like) = known(), known(name=LIKE, phone=NEAR)
    page = reader.get(address("person", person, like)).text
    for text in (NAME, LIKE, PHONE, NEAR, "differs", "Same telephone but for one digit"):
        assert text in page
    assert noted(house, "identity.opened-in-bulk") == [{"count": 2, "why": "duplicate"}]


def test_duplicates_two_incidents_side_by_side(reader, known):
    (one, _person), (other, _like) = known(), known(name=LIKE, narrative="Otra voz, la misma noche.")
    page = reader.get(address("incident", one, other)).text
    assert make.CANARY_NARRATIVE in page
    assert "Otra voz, la misma noche." in page


def test_duplicates_two_persons_who_are_one_count_as_one_and_are_not_asked_about_again(reader, known, house):
    (_one, person), (_other, like) = known(), known(name=LIKE, phone=NEAR)
    answer = decide(reader, "person", person, like, keep="other")
    assert answer.status_code == 303
    house.db().expire_all()
    (row,) = house.db().scalars(select(Rearrangement))
    assert (row.kept_id, row.gone_id) == (like, person)
    (decision,) = house.db().scalars(select(DuplicateDecision))
    assert decision.verdict == Verdict.SAME
    assert noted(house, "duplicate.decided") == [{"verdict": "same", "kind": "person"}]
    page = reader.get(sweep(reader, house)).text
    assert not [link for link in links(page, PAIR) if "about=person" in link]


def test_duplicates_two_incidents_that_are_one_are_merged(reader, known, house):
    (one, _person), (other, _like) = known(), known(name=LIKE, phone=NEAR)
    assert decide(reader, "incident", one, other).status_code == 303
    house.db().expire_all()
    (row,) = house.db().scalars(select(Rearrangement))
    assert (row.kept_id, row.gone_id) == (one, other)


@pytest.mark.parametrize("verdict", ["different", "later"])
def test_duplicates_a_decision_is_remembered(reader, known, house, verdict):
    (_one, person), (_other, like) = known(), known(name=LIKE, phone=NEAR)
    assert decide(reader, "person", person, like, verdict).status_code == 303
    page = look(reader, "person", person).text
    if verdict == "different":
        assert NEAR not in page
        assert str(like) not in page
    else:
        assert "Put off" in page
        assert any(str(like) in link for link in links(reader.get("/duplicates/").text, PAIR))
    house.db().expire_all()
    assert house.db().scalars(select(Rearrangement)).first() is None


def test_duplicates_decided_again_the_one_row_changes(reader, known, house):
    (_one, person), (_other, like) = known(), known(name=LIKE, phone=NEAR)
    decide(reader, "person", person, like, "later")
    decide(reader, "person", like, person, "different")
    house.db().expire_all()
    (row,) = house.db().scalars(select(DuplicateDecision))
    assert row.verdict == Verdict.DIFFERENT
    assert "different" in reader.get(address("person", person, like)).text


def test_duplicates_a_decision_asks_for_reasons_and_keeps_what_was_typed(reader, known, house):
    (_one, person), (_other, like) = known(), known(name=LIKE, phone=NEAR)
    answer = decide(reader, "person", person, like, "different", "no")
    assert answer.status_code == 422
    assert list(problems(answer.text)) == ["reasons"]
    assert form(answer.text, having="reasons").typed["verdict"] == "different"
    answer = decide(reader, "person", person, like, "nonsense")
    assert list(problems(answer.text)) == ["verdict"]
    assert house.db().scalars(select(DuplicateDecision)).first() is None


def test_duplicates_a_record_is_no_duplicate_of_itself(reader, known):
    _incident, person = known()
    assert reader.get(address("person", person, person)).status_code in {404, 422}


# -- who is not there


def test_duplicates_erased_and_unreadable_people_are_left_out_and_said(reader, known, staff, house):
    (_one, person), (_other, like), (_third, third) = known(), known(name=LIKE, phone=NEAR), known(name=LIKE)
    with staff.coordinator.work() as work:
        erasure.erase_person(
            work, work.get(Person, like), "Asked for by the person, agreed by two coordinators."
        )
    erasure.finish(house)
    table = Person.__table__
    with make.behind(house) as connection:
        connection.execute(table.update().where(table.c.id == third).values(phone=Envelope(b"\xe1 nothing")))
    page = look(reader, "person", person).text
    assert str(like) not in page
    assert str(third) not in page
    assert "2 could not be opened or were erased, and were left out." in page


def test_duplicates_what_a_job_has_not_published_is_not_there(reader, known, staff, house):
    (_one, person), (other, _like) = known(), known(name=LIKE, phone=NEAR)
    with staff.coordinator.work() as work:
        batch = Batch(kind="import", recorded_by=work.actor.id, received_on=work.today)
        work.add(batch)
        work.get(Incident, other).batch_id = batch.id
    assert "Nothing that is known looks like it." in look(reader, "person", person).text


def test_duplicates_every_pair_that_was_put_off_is_on_some_page_though_all_were_on_one_day(
    reader, known, monkeypatch
):
    monkeypatch.setattr(pages, "PUT_OFF", 1)
    people = [known()[1] for _number in range(3)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        decide(reader, "person", people[one], people[other], "later")
    onward, seen = ["/duplicates/"], []
    while onward:
        page = reader.get(onward[0].replace("&amp;", "&")).text
        seen += set(links(page, PAIR))
        onward = links(page, r"/duplicates/\?after=[^\"]+")
    assert len(seen) == len(set(seen)) == 3
