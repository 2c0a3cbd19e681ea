"""A report comes in, sealed in parts; its writer reads it again; a reviewer takes it in once."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.errors import Conflict, InvalidInput, MoveNotAllowed, NoKey, NotAllowed, NotFound, TrailBroken
from incidents.intake import drafts, report, schema
from incidents.intake.take_in import take_in
from incidents.model.base import db
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Act, Incident
from incidents.model.people import Involvement, Person
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.vocabulary import PartKind, ReportState
from tests import make


def send(member, client_id=None, **changes):
    with member.work() as work:
        document = schema.load(make.report_document(**changes))
        return report.send(work, document, "page", client_id).id


def count(house, kind):
    return house.db().scalar(select(func.count()).select_from(kind))


def test_a_writer_reads_again_what_they_sent(staff):
    sent = send(staff.researcher)
    with staff.researcher.work() as work:
        told = report.read_own(work, sent)
    document = make.report_document()
    assert told.document["narrative"] == document["narrative"]
    document["persons"][0]["consent"]["on"] = "2019-02-04"  # the day of the conversation
    assert told.document["persons"] == document["persons"]
    assert told.document["acts"] == document["acts"]
    assert told.unreadable == {}


def test_each_person_has_a_part_and_the_words_lie_with_the_teller(staff, house):
    sent = send(staff.researcher)
    with staff.reviewer.work() as work:
        parts = report.parts_of(work, [work.get(Report, sent)])[sent]
        contents = work.read_all(parts, "content")
    assert [part.kind for part in parts] == [PartKind.REST, PartKind.TELLER, PartKind.PERSON]
    assert "narrative" not in contents[0]
    assert contents[1]["narrative"] == make.CANARY_NARRATIVE
    assert "narrative" not in contents[2]
    assert make.CANARY_NAME not in str(contents[0])


def test_the_same_report_sent_ten_times_is_one(staff, house):
    client = uuid4()
    first = {send(staff.researcher, client) for _ in range(10)}
    assert len(first) == 1
    assert count(house, Report) == 1


def test_two_writers_may_use_the_same_client_id(staff, house):
    client = uuid4()
    assert send(staff.researcher, client) != send(staff.reviewer, client)


def test_a_writer_reads_nobody_elses_report(staff):
    sent = send(staff.reviewer)
    with pytest.raises(NotFound), staff.researcher.work() as work:
        report.read_own(work, sent)
    with pytest.raises(NotFound), staff.researcher.work() as work:
        report.read_own(work, uuid4())


def test_a_writer_cannot_open_anothers_report_even_past_the_rule(staff):
    sent = send(staff.reviewer)
    with staff.researcher.work() as work:
        (part, *_more) = report.parts_of(work, [work.get(Report, sent)])[sent]
        with pytest.raises(NoKey):
            work.vault.open(part, "content")


def test_taking_in_makes_an_incident_with_acts_and_people(staff, house):
    sent = send(staff.researcher)
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    with staff.reviewer.work() as work:
        found = work.get(Incident, incident)
        assert work.read(found, "narrative") == make.CANARY_NARRATIVE
        assert work.read(found, "facts")["place"]["state"] == "MX-BCN"
        (act,) = work.db.scalars(select(Act).where(Act.incident_id == incident))
        assert work.read(act, "facts") == {"type": "KID", "status": "C"}
        assert act.submitted_by == [str(staff.researcher.id)]
        links = list(work.db.scalars(select(Involvement).where(Involvement.act_id == act.id)))
        people = [work.get(Person, link.person_id) for link in links]
        assert {work.read(person, "name", "verification") for person in people} == {
            make.CANARY_NAME,
            "Filomeno Deltrébol",
        }
        assert work.get(Report, sent).state == ReportState.TAKEN_IN
        assert [link.incident_id for link in work.db.scalars(select(ReportLink))] == [incident]
        assert list(work.breaks()) == []


def test_the_person_keeps_the_id_they_had_in_the_report(staff, house):
    sent = send(staff.researcher)
    told = set(house.db().scalars(select(ReportPart.person_id).where(ReportPart.person_id.is_not(None))))
    with staff.reviewer.work() as work:
        take_in(work, sent)
    assert set(house.db().scalars(select(Person.id))) == told


def test_of_two_reviewers_taking_in_the_same_report_one_is_told(staff, house):
    sent = send(staff.researcher)
    with Session(db.engine, autoflush=False, expire_on_commit=False) as elsewhere:
        other = replace(house, db=lambda: elsewhere)
        late = other.work(staff.second.actor, staff.second.ring)
        take_in(late, sent)
        with staff.reviewer.work() as work:
            take_in(work, sent)
        with pytest.raises(Conflict):
            late.commit()
    with pytest.raises(MoveNotAllowed), staff.second.work() as work:
        take_in(work, sent)
    assert count(house, Incident) == 1


def test_a_report_forged_in_anothers_name_is_not_taken_in(staff, house):
    sent = send(staff.researcher)
    with make.behind(house) as database:
        table = Report.__table__
        database.execute(table.update().where(table.c.id == sent).values(recorded_by=staff.analyst.id))
    with pytest.raises(TrailBroken), staff.reviewer.work() as work:
        take_in(work, sent)


@pytest.mark.parametrize("who", ["analyst", "researcher", "administrator", "auditor"])
def test_only_reviewers_take_in(staff, who):
    sent = send(staff.researcher)
    with pytest.raises(NotAllowed), getattr(staff, who).work() as work:
        take_in(work, sent)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"state": "received"}, "state"),
        ({"version": 3}, "version"),
        ({"persons": [{"role": "coordinator"}]}, "persons.0.role"),
        ({"acts": [{"type": "XXX"}]}, "acts.0.type"),
        ({"acts": [{}]}, "acts.0.type"),
        ({"persons": [{"facts": {"age": 300}}]}, "persons.0.facts.age"),
        ({"involvements": [{"person": "p9", "act": "a1"}]}, "involvements.0.person"),
        ({"incident": {"moment": {"edtf": "2019-02-31", "precision": "DAY"}}}, "incident.moment"),
        ({"incident": {"time": "25h"}}, "incident.time"),
        ({"incident": {"moment": {"edtf": "2999-01", "precision": "MON"}}}, "incident.moment"),
    ],
)
def test_bad_input_is_named_field_by_field(document, path):
    with pytest.raises(InvalidInput) as refused:
        schema.load(document)
    assert path in refused.value.fields


def test_other_words_under_a_client_id_that_was_used_are_not_lost_without_a_sound(staff):
    client_id = uuid4()
    with staff.researcher.work() as work:
        report.send(work, make.report_document(narrative="They took him."), "page", client_id)
    with staff.researcher.work() as work, pytest.raises(InvalidInput):
        report.send(work, make.report_document(narrative="They took him, and came back."), "page", client_id)


def test_a_draft_whose_first_save_was_cut_is_saved_by_the_next(staff, house):
    id = uuid4()
    cut = house.work(staff.researcher.actor, staff.researcher.ring)
    drafts.save(cut, id, [("narrative", "They took")])
    cut.vault.flush()
    cut.drop()
    house.db().expunge_all()
    with staff.researcher.work() as work:
        drafts.save(work, id, [("narrative", "They took him.")])
    with staff.researcher.work() as work:
        assert drafts.read(work, id).typed == [("narrative", "They took him.")]


def test_no_draft_comes_to_the_keys_of_a_report(staff):
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        part = work.db.scalars(select(ReportPart.id).where(ReportPart.report_id == sent)).first()
    with staff.other_researcher.work() as work, pytest.raises(NotFound):
        drafts.save(work, part, [("narrative", "x")])
    with staff.reviewer.work() as work:
        assert not report.read(work, sent).unreadable


def test_a_consent_that_the_taker_wrote_is_the_takers_entry(staff):
    told, coded = make.report_document(), make.report_document()
    told["persons"][0]["consent"]["decisions"] = {"REC": "given", "ROW": "refused"}
    with staff.researcher.work() as work:
        sent = report.send(work, told, "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent, coded)
    with staff.reviewer.work() as work:
        ledger = work.db.scalars(select(ConsentEvent).order_by(ConsentEvent.number)).all()
        assert [event.entered_by for event in ledger] == [staff.researcher.id, staff.reviewer.id]
