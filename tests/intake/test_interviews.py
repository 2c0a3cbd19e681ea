"""Every conversation is kept and counted, also when nothing had happened."""

import pytest
from sqlalchemy import func, select

from incidents import erasure
from incidents.errors import MoveNotAllowed, NotAllowed
from incidents.intake import interviews, report, schema, take_in
from incidents.model.audit import AuditEntry
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Interview, Report, ReportLink
from incidents.model.vocabulary import ReportState
from tests import make

DECISION = "Asked by herself at the shelter, agreed by two of us."
TIJUANA = {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "precision": "MUN"}
ON = {"edtf": "2019-02-04", "precision": "DAY"}
TELLER = {"key": "p1", "kind": "individual", "teller": True}


def conversation(outcome, on=ON, place=TIJUANA, tellers=1, **more):
    """A report of an interview in which nothing had happened."""
    said = {"on": on, "mode": "INP", "place": place, "outcome": outcome}
    return {
        "interview": {name: value for name, value in said.items() if value},
        "narrative": "Nothing had happened to them.",
        "persons": [TELLER | {"key": f"p{number}"} for number in range(1, tellers + 1)],
        **more,
    }


def send(who, document):
    with who.work() as work:
        return report.send(work, schema.load(document), "page").id


def told_of_one(who, **changes):
    """A report of an interview that told of an incident."""
    interview = {"on": ON, "mode": "INP", "place": TIJUANA, "outcome": "INC"} | changes.pop("interview", {})
    return send(who, make.report_document(interview=interview, **changes))


def kept(who):
    with who.work() as work:
        rows = list(work.db.scalars(select(Interview)))
        return {row.report_id: facts for row, facts in zip(rows, work.read_all(rows, "facts"), strict=True)}


def test_a_report_of_an_interview_that_is_taken_in_leaves_the_interview(staff):
    sent = told_of_one(staff.researcher)
    with staff.reviewer.work() as work:
        take_in.take_in(work, sent)
    facts = kept(staff.reviewer)[sent]
    assert (facts["outcome"], facts["tellers"], facts["place"]["municipality"]) == ("INC", 1, "02004")


def test_a_report_that_says_nothing_of_an_interview_leaves_none(staff):
    sent = send(staff.researcher, make.report_document(interview=None))
    with staff.reviewer.work() as work:
        take_in.take_in(work, sent)
    assert kept(staff.reviewer) == {}


@pytest.mark.parametrize("outcome", ["NOT", "STP", "REF"])
def test_an_interview_in_which_nothing_had_happened_is_recorded_without_an_incident(staff, outcome):
    sent = send(staff.researcher, conversation(outcome))
    with staff.reviewer.work() as work:
        assert [row.id for row in interviews.waiting(work)] == [sent]
        interviews.record(work, sent)
    assert kept(staff.reviewer)[sent]["outcome"] == outcome
    with staff.reviewer.work() as work:
        assert work.get(Report, sent).state == ReportState.TAKEN_IN
        for kind in (Incident, ReportLink, Person):
            assert work.db.scalar(select(func.count()).select_from(kind)) == 0
        assert work.db.scalar(select(func.count()).where(AuditEntry.event == "interview.recorded")) == 1
        assert list(work.breaks()) == []


def test_one_that_told_of_an_incident_is_not_recorded_without_it_and_none_twice(staff):
    told, nothing = told_of_one(staff.researcher), send(staff.researcher, conversation("NOT"))
    with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
        interviews.record(work, told)
    with staff.reviewer.work() as work:
        interviews.record(work, nothing)
    with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
        interviews.record(work, nothing)


def test_all_that_wait_are_recorded_at_once_and_the_others_wait_on(staff, monkeypatch):
    monkeypatch.setattr(interviews, "AT_ONCE", 2)
    told = told_of_one(staff.researcher)
    for outcome in ("NOT", "STP", "REF"):
        send(staff.researcher, conversation(outcome))
    for done in (2, 1, 0):
        with staff.reviewer.work() as work:
            assert interviews.record_all(work) == done
    with staff.reviewer.work() as work:
        assert [row.id for row in report.inbox(work)] == [told]


@pytest.mark.parametrize("who", ["researcher", "analyst"])
def test_only_who_takes_in_records(staff, who):
    sent = send(staff.researcher, conversation("NOT"))
    with getattr(staff, who).work() as work:
        for deed in (interviews.waiting, lambda w: interviews.record(w, sent)):
            with pytest.raises(NotAllowed):
                deed(work)


# -- the count


@pytest.fixture
def some(staff):
    """Two of five told: in February three, one of them of two people; one of no day; one in another place."""
    sent = [
        told_of_one(staff.researcher),
        send(staff.researcher, conversation("NOT", tellers=2)),
        send(staff.researcher, conversation("REF")),
        send(staff.researcher, conversation("NOT", on={"edtf": "2019", "precision": "YEA"}, place=None)),
        told_of_one(
            staff.researcher, interview={"on": {"edtf": "2019-03", "precision": "MON"}, "place": TIJUANA}
        ),
    ]
    with staff.reviewer.work() as work:
        take_in.take_in(work, sent[0])
        take_in.take_in(work, sent[4])
    with staff.reviewer.work() as work:
        assert interviews.record_all(work) == 3
    return sent


def of(count):
    return count.interviews, count.told, count.people, count.people_told


@pytest.mark.parametrize("who", ["reviewer", "analyst", "coordinator"])
def test_the_count_says_how_many_were_asked_and_how_many_told(staff, some, who):
    with getattr(staff, who).work() as work:
        found = interviews.counted(work)
    assert of(found.total) == (5, 2, 6, 2)
    assert {month: of(count) for month, count in found.months.items()} == {
        "2019-03": (1, 1, 1, 1),
        "2019-02": (3, 1, 4, 1),
        "": (1, 0, 1, 0),
    }
    assert list(found.months) == ["2019-03", "2019-02", ""]
    assert {dict(place).get("municipality"): of(count) for place, count in found.places.items()} == {
        "02004": (4, 2, 5, 2),
        None: (1, 0, 1, 0),
    }
    assert not found.left_out


def test_a_report_that_waits_was_set_aside_or_replaced_is_not_counted(staff, some):
    send(staff.researcher, conversation("NOT"))
    aside = send(staff.researcher, conversation("NOT"))
    with staff.reviewer.work() as work:
        report.set_aside(work, work.get(Report, aside), "test")
        work.get(Report, some[0]).state = ReportState.SUPERSEDED
        work.note("report.superseded", work.get(Report, some[0]))
    with staff.analyst.work() as work:
        found = interviews.counted(work)
    assert of(found.total) == (4, 1, 5, 1)
    assert dict(found.left_out) == {"superseded": 1}


def test_an_interview_goes_with_the_report_that_is_erased_and_with_its_only_teller(house, staff, some):
    with staff.coordinator.work() as work:
        erasure.erase_report(work, work.get(Report, some[1]), DECISION)
        teller = work.db.scalars(select(Person.id).where(Person.teller.is_(True))).first()
        erasure.erase_person(work, work.get(Person, teller), DECISION)
    assert erasure.finish(house) == 2
    with staff.analyst.work() as work:
        work.db.expire_all()
        found = interviews.counted(work)
        assert of(found.total)[:2] == (3, 1)
        assert dict(found.left_out) == {"erased": 2}


def test_the_count_is_for_those_who_may_read_facts(staff, some):
    for who in (staff.researcher, staff.administrator, staff.auditor):
        with who.work() as work, pytest.raises(NotAllowed):
            interviews.counted(work)


def test_they_are_found_behind_however_many_reports_that_tell_of_one(staff, monkeypatch):
    monkeypatch.setattr(interviews, "LOOKED_AT", 2)
    told = [told_of_one(staff.researcher) for _number in range(3)]
    sent = {send(staff.researcher, conversation("NOT")) for _number in range(3)}
    assert len(told) == 3
    with staff.reviewer.work() as work:
        found = [each.id for each in interviews.waiting(work)]
        assert (len(found), set(found)) == (3, sent)
        assert interviews.record_all(work) == 3
