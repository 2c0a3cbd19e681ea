"""An export asks page by page: whether its writer may still, what rows are vouched for by, who wants to be kept."""

import json

import pytest
from sqlalchemy import select, text

from incidents import consent, erasure
from incidents.errors import SignInNeeded, TrailBroken
from incidents.intake import exporters, outgoing, report, schema
from incidents.intake.take_in import Same, take_in
from incidents.model.account import User
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.vocabulary import AccountState, Purpose, Role, Verification
from incidents.work import begin
from tests import make
from tests.intake.test_round_trip import (
    _registered,
    another,
    elsewhere,
    exported,
    imported,
    incident_of,
    person_of,
    send,
)

__all__ = ["_registered", "elsewhere"]  # fixtures
FIRST = {"key": "a1", "type": "KID", "status": "C"}
SECOND = {"key": "a1", "type": "EXT", "status": "C"}


def lines_of(data):
    return [json.loads(line) for line in data.splitlines()]


def record(data, kind):
    return [line for line in lines_of(data) if line.get("record") == kind]


def left_out(data):
    return lines_of(data)[-1]["left_out"]


def told_twice(coordinator, second=SECOND, *, same=False):
    """One incident that two people told of, in two reports; the act of each, or one act that both told."""
    one = send(coordinator, make.report_document(acts=[FIRST]))
    incident = incident_of(coordinator, one)
    with coordinator.work() as work:
        act = work.db.scalars(select(Act.id)).one()
        document = make.report_document(acts=[second], narrative="Otra voz.", summary=None)
        two = report.send(work, schema.load(document), "page").id
    with coordinator.work() as work:
        take_in(work, two, link_to=incident, same=Same(acts={"a1": act}) if same else None)
    return one, two


def not_kept(coordinator, sent, how):
    with coordinator.work() as work:
        person = work.get(Person, person_of(coordinator, sent))
        if how == "withdrawn":
            consent.withdraw(work, person, [Purpose.RECORD])
        else:
            consent.decide(work, person, {"decisions": {"REC": "refused"}})


# -- what was told by somebody who does not want to be kept


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_acts_of_a_teller_who_does_not_want_to_be_kept_do_not_go(template, coordinator, tmp_path, how):
    one, two = told_twice(coordinator)
    not_kept(coordinator, one, how)
    data = exported(coordinator)
    (incident,) = record(data, "incident")
    assert [(act["facts"]["type"], act["report"]) for act in incident["acts"]] == [("EXT", str(two))]
    assert {each.get("report") for each in incident["perpetrators"]} <= {str(two)}
    assert [each["report"] for each in incident["reports"]] == [str(two)]
    assert [each["id"] for each in record(data, "report")] == [str(two)]
    assert str(one) not in data.decode()
    assert left_out(data)["acts_withdrawn"] == left_out(data)["reports_withdrawn"] == 1
    with another(template, tmp_path / "b") as there:
        done = imported(there, data)
    assert set(done["totals"]) == {"new"}
    assert not [each["reason"] for each in done["lines"] if each["reason"]]


def test_an_act_that_somebody_else_told_too_goes_and_names_only_them(coordinator):
    one, two = told_twice(coordinator, FIRST, same=True)
    not_kept(coordinator, one, "withdrawn")
    (incident,) = record(exported(coordinator), "incident")
    (act,) = incident["acts"]
    assert "report" not in act
    assert [source["report"] for source in incident["sources"]] == [str(two)]


def test_of_an_incident_of_which_nobody_tells_who_wants_to_be_kept_nothing_goes(coordinator):
    one = send(coordinator, make.report_document())
    send(coordinator, make.report_document(narrative="Otra.", summary=None))
    not_kept(coordinator, one, "withdrawn")
    data = exported(coordinator)
    assert len(record(data, "incident")) == len(record(data, "report")) == 1
    assert len(record(data, "person")) == 2
    assert left_out(data) == {
        "acts_withdrawn": 1,
        "incidents_withdrawn": 1,
        "people_withdrawn": 2,
        "reports_withdrawn": 1,
    }
    for gone in (one, incident_of(coordinator, one), person_of(coordinator, one, "p2")):
        assert str(gone) not in data.decode()


def test_whoever_agreed_to_be_kept_themselves_goes_even_where_the_teller_does_not(coordinator):
    one = send(coordinator, make.report_document())
    other = person_of(coordinator, one, "p2")
    with coordinator.work() as work:
        consent.decide(work, work.get(Person, other), {"decisions": {"REC": "given"}})
    not_kept(coordinator, one, "withdrawn")
    data = exported(coordinator)
    assert [each["id"] for each in record(data, "person")] == [str(other)]


def test_an_act_that_an_erasure_left_without_a_source_does_not_go(coordinator):
    one = send(coordinator, make.report_document())
    with coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person_of(coordinator, one)), "She asked; two agreed.")
    erasure.finish(coordinator.house)
    with coordinator.work() as work:
        assert work.db.scalars(select(Act.verification)).one() == Verification.SOURCE_WITHDREW
    data = exported(coordinator)
    assert [each.get("acts") for each in record(data, "incident")] == [None]
    assert left_out(data)["acts_withdrawn"] == 1


# -- while it is written


@pytest.fixture
def begun(house, coordinator, monkeypatch):
    """Two incidents, a record a page: the file after its first line and the first report."""
    monkeypatch.setattr(exporters, "PAGE", 1)
    monkeypatch.setattr(outgoing, "PAGE", 1)
    for _time in range(2):
        send(coordinator, make.report_document())
    with coordinator.work() as work:
        exporters.begin(work)
    actor, ring = coordinator.actor, coordinator.ring  # as they were when it began
    lines = exporters.lines(lambda: begin(house, actor, ring))
    assert b'"amparo"' in next(lines)
    assert b'"record":"report"' in next(lines)
    return lines


def change(house, coordinator, **changes):
    with coordinator.work() as work:
        user = work.get(User, coordinator.actor.id)
        for name, value in changes.items():
            setattr(user, name, value)
        work.note("member.changed", user)


def test_a_member_who_is_disabled_gets_no_further_page(house, coordinator, begun):
    change(house, coordinator, state=AccountState.DISABLED)
    with pytest.raises(SignInNeeded):
        next(begun)


def test_a_member_who_lost_the_role_gets_no_further_page(house, coordinator, begun):
    change(house, coordinator, roles=[Role.REVIEWER.value])
    with pytest.raises(SignInNeeded):
        next(begun)


def test_who_withdraws_meanwhile_is_in_no_later_page(coordinator, begun):
    with coordinator.work() as work:
        people = list(work.db.scalars(select(Person).where(Person.teller.is_(True))))
        for person in people:
            consent.withdraw(work, person)
    rest = b"".join(begun).decode()
    assert all(f'"id":"{person.id}"' not in rest for person in people)
    assert '"record":"incident"' not in rest


def test_what_is_altered_behind_the_program_meanwhile_is_not_carried_out(house, begun):
    with make.behind(house) as connection:
        connection.execute(text("UPDATE person SET teller = NOT teller"))
    with pytest.raises(TrailBroken):
        list(begun)


def test_where_a_withdrawal_is_taken_away_meanwhile_the_file_has_no_last_line(house, coordinator, begun):
    with coordinator.work() as work:
        consent.withdraw(work, work.db.scalars(select(Person).where(Person.teller.is_(True))).first())
    with make.behind(house) as connection:
        connection.execute(text("DELETE FROM withdrawal"))
    got = []
    with pytest.raises(TrailBroken):
        got.extend(begun)
    assert not [line for line in got if b'"end"' in line]
