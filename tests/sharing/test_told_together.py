"""Several who told, one of whom took their yes back: what stood on their word alone, or cannot be told apart, stays."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.consent import Permit
from incidents.intake import rearranging, report, schema
from incidents.intake.take_in import take_in
from incidents.model.consent import Basis
from incidents.model.incident import Act, Incident
from incidents.model.moment import Moment
from incidents.model.people import Person
from incidents.model.report import ReportPart
from incidents.model.vocabulary import Purpose
from tests import make
from tests.sharing.test_enclosed import picture, reasons, shown
from tests.sharing.test_sharing import content, tell, teller

FIRST = {**make.report_document()["incident"], "exposure": "JUS"}
OTHER_TIME = Moment.parse("2021-11").to_json()
DOER = [{"group": "Los Otros Inventados"}]


def told_again(staff, known, people, links=None, **changes):
    """One more report of an incident that is known."""
    links = links or [{"person": each["key"], "act": "a1", "part": "DIR"} for each in people]
    document = make.report_document(persons=people, involvements=links, **changes)
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent, link_to=known)
    return sent


def took_back(staff, number, how="withdrawn"):
    """The person who told, in the order in which they were taken in."""
    with staff.reviewer.work() as work:
        parts = select(ReportPart.person_id, ReportPart.report_id).where(ReportPart.person_id.is_not(None))
        rows = work.db.execute(parts)
        person = work.get(Person, number(rows.all()))
        if how == "withdrawn":
            consent.withdraw(work, person, [Purpose.LEGAL])
        else:
            consent.decide(work, person, {"decisions": {"LEG": "refused"}})


def of(report_id):
    return lambda rows: next(row.person_id for row in rows if row.report_id == report_id)


def not_of(report_id):
    return lambda rows: next(row.person_id for row in rows if row.report_id != report_id)


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_what_only_the_one_told_stays_and_what_the_other_told_goes(staff, how):
    incident = tell(staff, [teller()], incident=FIRST, perpetrators=DOER)
    second = told_again(staff, incident, [teller()], incident={}, perpetrators=[])
    took_back(staff, not_of(second), how)
    found = content(staff, incident)
    (document,) = found.incidents
    assert document["facts"] == {}  # when and where was the word of whoever took it back
    assert len(document["acts"]) == len(document["persons"]) == 1
    assert "Los Otros" not in json.dumps(found.incidents)
    assert found.withheld["facts"] == found.withheld["act"] == 1


def test_when_and_where_go_as_far_as_the_other_told_them_too(staff):
    incident = tell(staff, [teller()], incident=FIRST)
    same = {name: FIRST[name] for name in ("place",) if name in FIRST}
    second = told_again(staff, incident, [teller()], incident={**same, "moment": OTHER_TIME})
    took_back(staff, not_of(second))
    assert content(staff, incident).incidents[0]["facts"] == same


def test_of_what_was_told_together_goes_what_the_other_was_in(staff):
    people = [teller("p1"), teller("p2")]
    acts = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}]
    links = [
        {"person": "p1", "act": "a1", "part": "DIR"},
        {"person": "p2", "act": "a2", "part": "DIR"},
    ]
    document = make.report_document(
        persons=people, acts=acts, involvements=links, perpetrators=DOER, incident=FIRST
    )
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    assert content(staff, incident).incidents[0]["facts"]["exposure"] == "JUS"
    with staff.reviewer.work() as work:
        parts = work.db.scalars(select(ReportPart).where(ReportPart.person_id.is_not(None)))
        first = min(parts, key=lambda part: part.number)
        consent.withdraw(work, work.get(Person, first.person_id))
    found = content(staff, incident)
    (document,) = found.incidents
    assert [act["facts"]["type"] for act in document["acts"]] == ["EXT"]
    assert document["facts"] == {}
    assert document["perpetrators"] == []
    assert found.withheld["told_together"] == found.withheld["facts"] == 1


# -- a child in a picture


def agreed_child(**changes):
    child = shown("p2", age=16)
    today = datetime.now(UTC).date().isoformat()
    child["consent"] |= {"given_by": "adolescent", "guardian_doer": "no", "on": today, **changes}
    return child


def stand_for(staff, *, confirmed=True):
    with staff.reviewer.work() as work:
        child = next(
            person
            for person in work.db.scalars(select(Person))
            if work.read(person, "facts").get("age") == 16
        )
        facts = {"kind": "two_reviewers", "purposes": ["PHO"], "reasons": "Both were asked apart."}
        basis = consent.set_basis(work, facts, person_id=child.id)
    if confirmed:
        with staff.second.work() as work:
            consent.confirm_basis(work, work.get(Basis, basis.id))


def test_a_child_is_shown_where_a_guardian_and_the_child_and_two_reviewers_say_so(staff):
    incident = tell(staff, [shown("p1"), agreed_child()])
    picture(staff, incident)
    assert reasons(staff, incident) == [("child",)]
    stand_for(staff, confirmed=False)
    assert reasons(staff, incident) == [("child",)]
    stand_for(staff)
    assert reasons(staff, incident) == [()]
    with staff.reviewer.work() as work:
        for person in work.db.scalars(select(Person)):
            assert isinstance(consent.permits(work, person, Purpose.PHOTO), Permit)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"guardian_doer": "yes"}, "guardian_not_safe"), ({"given_by": "alone"}, "two_reviewers")],
)
def test_without_a_guardian_who_may_say_so_no_child_is_shown(staff, changes, why):
    incident = tell(staff, [shown("p1"), agreed_child(**changes)])
    picture(staff, incident)
    stand_for(staff)
    assert why in reasons(staff, incident)[0]


def test_after_a_split_the_word_of_whoever_took_it_back_stays_in_neither_half(staff):
    people = [teller("p1"), teller("p2")]
    acts = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}]
    links = [{"person": "p1", "act": "a1", "part": "DIR"}, {"person": "p2", "act": "a2", "part": "DIR"}]
    document = make.report_document(
        persons=people, acts=acts, involvements=links, perpetrators=DOER, incident=FIRST
    )
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    with staff.reviewer.work() as work:
        first = work.db.scalars(select(Act).where(Act.incident_id == incident).order_by(Act.number)).first()
        rearranging.split(work, work.get(Incident, incident), [first.id], "They are two different days.")
    with staff.reviewer.work() as work:
        told = work.db.scalars(select(ReportPart).where(ReportPart.person_id.is_not(None)))
        consent.withdraw(work, work.get(Person, min(told, key=lambda part: part.number).person_id))
    (document,) = content(staff, incident).incidents
    assert [act["facts"]["type"] for act in document["acts"]] == ["EXT"]
    assert document["facts"] == {}
    assert document["perpetrators"] == []


@pytest.mark.parametrize("cut", [False, True])
def test_a_limit_of_whoever_told_holds_in_both_halves(staff, cut):
    people = [teller("p1"), teller("p2")]
    people[0]["consent"]["terms"] = {"LEG": {"no_place": True}}
    acts = [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}]
    links = [{"person": "p1", "act": "a1", "part": "DIR"}, {"person": "p2", "act": "a2", "part": "DIR"}]
    document = make.report_document(persons=people, acts=acts, involvements=links, incident=FIRST)
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    if cut:
        with staff.reviewer.work() as work:
            first = work.db.scalars(
                select(Act).where(Act.incident_id == incident).order_by(Act.number)
            ).first()
            rearranging.split(work, work.get(Incident, incident), [first.id], "They are two different days.")
    (document,) = content(staff, incident).incidents
    assert "place" not in document["facts"]


def test_what_was_split_off_takes_nobodys_word_with_it_who_told_of_the_other_half_alone(staff):
    incident = tell(staff, [teller()], incident=FIRST, perpetrators=DOER)
    second = told_again(staff, incident, [teller()], incident={}, perpetrators=[])
    with staff.reviewer.work() as work:
        hers = work.db.scalars(select(Act).where(Act.report_id == second)).one()
        made = rearranging.split(
            work, work.get(Incident, incident), [hers.id], "They are two different days."
        ).id
    (document,) = content(staff, made).incidents
    assert document["facts"]["exposure"] == "JUS"
    took_back(staff, not_of(second))
    (document,) = content(staff, made).incidents
    assert document["facts"] == {}
    assert len(document["acts"]) == 1
