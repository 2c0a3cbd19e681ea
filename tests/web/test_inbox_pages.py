"""A reviewer finds reports in the inbox and takes them in, links them, asks or sets them aside."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from incidents import search
from incidents.intake import report, schema, take_in
from incidents.model.incident import Act, Incident
from incidents.model.report import Report
from incidents.model.vocabulary import ReportState
from tests import make
from tests.web.reading import form, links, problems

INBOX = r"/inbox/[0-9a-f-]{36}"
INCIDENT = r"/incidents/[0-9a-f-]{36}"


@pytest.fixture
def reader(browser_for):
    return browser_for("reviewer")


@pytest.fixture
def sent(staff):
    """Send a report as the field researcher; its id."""

    def send(**changes):
        with staff.researcher.work() as work:
            return report.send(work, schema.load(make.report_document(**changes)), "page").id

    return send


def state_of(house, id):
    house.db().rollback()
    house.db().expire_all()
    return house.db().get_one(Report, id).state


def post(reader, address, deed, having="acts.0.type", **typed):
    page = form(reader.get(address).text, having=having).filled(deed)
    page.update({name.replace("__", "."): value for name, value in typed.items()})
    return reader.post(address, data=page)


def test_the_inbox_names_no_person_and_shows_danger_first(reader, sent):
    sent()
    urgent = sent(danger="today")
    page = reader.get("/inbox/").text
    assert links(page, INBOX)[0] == f"/inbox/{urgent}"
    assert "In danger now" in page
    for canary in make.CANARIES:
        assert canary not in page


def test_the_inbox_goes_on_where_a_page_ends(reader, sent, monkeypatch):
    monkeypatch.setattr("incidents.web.inbox.PER_PAGE", 2)
    ids = {f"/inbox/{sent()}" for _ in range(5)}
    found, address = [], "/inbox/"
    while address:
        page = reader.get(address).text
        found += links(page, INBOX)
        onward = links(page, r"/inbox/\?after=[^\"]+")
        address = onward[0].replace("&amp;", "&") if onward else None
    assert len(found) == 5
    assert set(found) == ids


def test_a_report_is_read_as_told_beside_its_codes(reader, sent):
    page = reader.get(f"/inbox/{sent()}").text
    assert make.CANARY_NARRATIVE in page
    typed = form(page, having="acts.0.type").typed
    assert typed["acts.0.type"] == "KID"
    assert "persons.0.identity.name" not in typed  # closed: tests/web/test_closed_names_pages.py
    assert typed["incident.moment.day"] == "2019-01-30"
    assert typed["involvements.1.part"] == "WIT"


def test_taken_in_it_is_an_incident(reader, sent, house, staff):
    id = sent()
    answer = post(reader, f"/inbox/{id}", "take_in", acts__0__type="KIX")
    assert answer.status_code == 303
    assert state_of(house, id) == ReportState.TAKEN_IN
    shown = reader.get(answer.location).text
    assert "Taken in as incident I-" in shown
    assert "Express kidnapping" in shown
    with staff.coordinator.work() as work:
        incident = work.db.scalars(select(Incident)).one()
        opened = search.open_incident(work, incident.id)
        assert opened.narrative == make.CANARY_NARRATIVE
        assert [facts.get("age") for _person, facts in opened.people] == [29, 41]


def test_the_page_as_it_came_takes_in_what_was_told(reader, sent, staff):
    id = sent()
    post(reader, f"/inbox/{id}", "take_in")
    with staff.coordinator.work() as work:
        incident = work.db.scalars(select(Incident)).one()
        told = make.report_document()
        assert work.read(incident, "facts") == {**told["incident"], "interview": told["interview"]}
        opened = search.open_incident(work, incident.id)
        assert opened.acts[0][1] == {"type": "KID", "status": "C"}
        assert [work.read(person, "phone") for person, _facts in opened.people] == [make.CANARY_PHONE, None]


def test_an_error_loses_nothing_and_does_nothing(reader, sent, house):
    id = sent()
    answer = post(reader, f"/inbox/{id}", "take_in", persons__1__facts__age="mucho", acts__0__type="EXR")
    assert answer.status_code == 422
    assert problems(answer.text) == {"persons-1-facts-age": "Write a whole number, such as 17."}
    typed = form(answer.text, having="acts.0.type").typed
    assert (typed["persons.1.facts.age"], typed["acts.0.type"]) == ("mucho", "EXR")
    assert state_of(house, id) == ReportState.RECEIVED


def test_an_act_and_a_person_may_be_added_while_coding(reader, sent, staff):
    address = f"/inbox/{sent()}"
    page = form(post(reader, address, "add:acts").text, having="acts.1.type").filled("take_in")
    page.update({"acts.1.type": "EXR", "involvements.2.part": "IND"})
    assert reader.post(address, data=page).status_code == 303
    with staff.coordinator.work() as work:
        acts = work.db.scalars(select(Act)).all()
        assert sorted(facts["type"] for facts in work.read_all(acts, "facts")) == ["EXR", "KID"]


def test_two_reviewers_at_once_make_one_incident_and_the_second_is_told(browser_for, reader, sent, house):
    address = f"/inbox/{sent()}"
    page = form(reader.get(address).text, having="acts.0.type").filled("take_in")
    assert reader.post(address, data=page).status_code == 303
    second = browser_for("other_reviewer")
    answer = second.post(address, data=page)
    assert answer.status_code == 303
    shown = second.get(answer.location).text
    assert "This report was taken in meanwhile" in shown
    assert len(links(shown, INCIDENT)) == 1
    assert len(house.db().scalars(select(Incident)).all()) == 1


def test_the_loser_of_a_race_within_the_commit_is_told_as_well(
    reader, sent, staff, house, instance, monkeypatch
):
    id = sent()
    address = f"/inbox/{id}"
    page = form(reader.get(address).text, having="acts.0.type").filled("take_in")
    taken = []
    real = take_in.take_in

    def outrun(work, *arguments, **more):
        done = real(work, *arguments, **more)
        if not taken:
            taken.append(id)
            with instance.app.app_context(), staff.coordinator.work() as other:
                real(other, id)
        return done

    monkeypatch.setattr("incidents.intake.take_in.take_in", outrun)
    answer = reader.post(address, data=page)
    assert answer.status_code == 303
    shown = reader.get(answer.location).text
    assert "This report was taken in meanwhile" in shown
    assert "Taken in as incident I-" not in shown
    house.db().rollback()
    assert len(house.db().scalars(select(Incident)).all()) == 1


def test_a_report_is_linked_to_a_known_incident_by_its_reference(reader, sent, house):
    first = post(reader, f"/inbox/{sent()}", "take_in").location
    known = house.db().scalars(select(Incident)).one().reference
    house.db().rollback()
    second = sent()
    asked = post(reader, f"/inbox/{second}", "link", known=f" {known.lower()} ")
    assert "New: not there yet" in asked.text
    assert state_of(house, second) == ReportState.RECEIVED
    answer = reader.post(f"/inbox/{second}", data=form(asked.text, having="acts.0.type").filled("link"))
    assert answer.location.partition("?")[0] == first.partition("?")[0]  # the same incident
    assert state_of(house, second) == ReportState.TAKEN_IN
    assert len(links(reader.get(first).text, INBOX)) == 2
    assert len(house.db().scalars(select(Incident)).all()) == 1


def test_a_reference_that_leads_nowhere_is_told_at_its_field(reader, sent, house):
    id = sent()
    answer = post(reader, f"/inbox/{id}", "link", known="I-2222-2222")
    assert answer.status_code == 422
    assert problems(answer.text) == {"known": "There is no incident of this reference."}
    assert state_of(house, id) == ReportState.RECEIVED


def test_set_aside_with_a_reason_and_brought_back(reader, sent, house):
    id = sent()
    answer = post(reader, f"/inbox/{id}", "set_aside", having="reason", reason="test")
    assert answer.status_code == 303
    assert state_of(house, id) == ReportState.SET_ASIDE
    assert links(reader.get("/inbox/").text, INBOX) == []
    assert links(reader.get("/inbox/?state=set_aside").text, INBOX) == [f"/inbox/{id}"]
    page = reader.get(f"/inbox/{id}").text
    assert "A test or an exercise" in page
    assert reader.post(f"/inbox/{id}", data={"deed": "bring_back"}).status_code == 303
    assert state_of(house, id) == ReportState.RECEIVED


@pytest.mark.parametrize(("deed", "name"), [("set_aside", "reason"), ("ask", "question")])
def test_without_a_reason_of_the_list_nothing_happens(reader, sent, house, deed, name):
    id = sent()
    answer = reader.post(f"/inbox/{id}", data={"deed": deed, name: make.CANARY_NAME})
    assert answer.status_code == 422
    assert problems(answer.text) == {name: "Choose one of these."}
    assert state_of(house, id) == ReportState.RECEIVED


def test_the_sender_sees_what_is_asked(reader, browser_for, sent, house):
    id = sent()
    post(reader, f"/inbox/{id}", "ask", having="question", question="where")
    assert state_of(house, id) == ReportState.NEEDS_INFORMATION
    shown = browser_for("researcher").get(f"/reports/{id}").text
    assert "A reviewer asks" in shown
    assert "Where did it happen?" in shown
    assert post(reader, f"/inbox/{id}", "take_in").status_code == 303


def test_a_report_taken_in_is_not_set_aside_any_more(reader, sent, house):
    id = sent()
    post(reader, f"/inbox/{id}", "take_in")
    answer = reader.post(f"/inbox/{id}", data={"deed": "set_aside", "reason": "test"})
    assert answer.status_code == 303
    assert state_of(house, id) == ReportState.TAKEN_IN


def test_an_absent_report_is_not_found(reader):
    assert reader.get(f"/inbox/{uuid4()}").status_code == 404
    assert reader.get("/inbox/?after=nonsense").status_code == 200


@pytest.mark.parametrize("who", ["researcher", "analyst", "administrator", "auditor"])
def test_the_inbox_is_the_reviewers(browser_for, sent, who):
    id = sent()
    assert browser_for(who).get("/inbox/").status_code == 403
    assert browser_for(who).get(f"/inbox/{id}").status_code == 403


def test_an_act_and_a_person_that_are_there_already_are_not_counted_again(reader, sent, staff):
    post(reader, f"/inbox/{sent()}", "take_in")
    with staff.coordinator.work() as work:
        known = work.db.scalars(select(Incident)).one()
        opened = search.open_incident(work, known.id)
        (act, _facts), (person, _said) = opened.acts[0], opened.people[0]
    second = sent()
    asked = post(reader, f"/inbox/{second}", "link", known=known.reference)
    for canary in make.CANARIES[:3]:
        assert canary not in asked.text.split('id="choices"')[1].split("</select>")[0]
    page = form(asked.text, having="acts.0.type").filled("link")
    page.update({"same.acts.a1": str(act.id), "same.persons.p1": str(person.id)})
    assert reader.post(f"/inbox/{second}", data=page).status_code == 303
    with staff.coordinator.work() as work:
        opened = search.open_incident(work, known.id)
        assert len(opened.acts) == 1
        assert len(opened.people) == 4
        assert set(opened.same.values()) == {person.id}


def test_what_differs_from_what_was_told_is_shown_beside_it(reader, sent):
    address = f"/inbox/{sent()}"
    assert "Nothing differs." in reader.get(address).text
    shown = post(reader, address, "check", acts__0__type="KIX", persons__0__facts__age="31").text
    panel = shown.split('id="changes"')[1].split("</section>\n</section>")[0]
    assert "Kidnapping for ransom" in panel
    assert "Express kidnapping" in panel
    assert "Nothing differs." not in shown


def test_what_does_not_fit_is_shown_and_blocks_nothing(reader, sent, house):
    id = sent(
        incident={
            "moment": {"edtf": "2019-01-30", "precision": "DAY"},
            "mpp": {"returned_on": [{"edtf": "2019-03", "precision": "MON"}]},
        }
    )
    assert "It happened before the first day on which they were sent back." in reader.get(f"/inbox/{id}").text
    assert post(reader, f"/inbox/{id}", "take_in").status_code == 303
    assert state_of(house, id) == ReportState.TAKEN_IN


def test_a_record_that_was_not_asked_for_is_pointed_out(reader, sent):
    people = make.report_document()["persons"]
    assert "Agreement to a record was not asked" not in reader.get(f"/inbox/{sent()}").text
    people[0]["consent"] = {"decisions": {"STA": "given"}}
    assert "Agreement to a record was not asked" in reader.get(f"/inbox/{sent(persons=people)}").text
