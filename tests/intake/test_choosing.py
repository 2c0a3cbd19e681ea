"""A newer version taken difference by difference: what is not granted is refused, and is not asked again."""

import pytest
from sqlalchemy import select

from incidents import consent, erasure, jobs, review
from incidents.errors import InvalidInput
from incidents.intake import following, importers, report
from incidents.model.audit import AuditEntry
from incidents.model.incident import Act, Perpetrator
from incidents.model.people import Involvement, Person
from incidents.model.report import Report
from incidents.model.vocabulary import Purpose, ReportState
from incidents.model.vocabulary import Verification as V  # noqa: N817  as in review.py
from incidents.work import Compartment
from tests import make
from tests.intake.test_following import bring_in, fate, opened, the_trail_holds, waiting


@pytest.fixture(autouse=True)
def _registered():
    def discard(house, job):
        erasure.discard_batch(house, importers.batch_of(job))

    jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run, discard))


def names(staff):
    """What a reviewer is asked of the version that waits."""
    newer = waiting(staff.other_reviewer)
    with staff.other_reviewer.work() as work:
        return [each.name for each in following.proposed(work, report.read(work, newer.id)).differences]


def choose(staff, *taken):
    newer = waiting(staff.other_reviewer)
    with staff.other_reviewer.work() as work:
        following.adopt(work, newer.id, taken)
    staff.other_reviewer.house.db().rollback()
    staff.other_reviewer.house.db().expire_all()


def changed(staff, *versions, row=None):
    """A row that was worked on, and its newer versions."""
    bring_in(staff.reviewer, row or {})
    with staff.second.work() as work:
        for act in work.db.scalars(select(Act)):
            review.move(work, act, V.CREDIBLE, "Compared with the register.")
    for version in versions:
        bring_in(staff.reviewer, (row or {}) | version)


def facts_of_teller(staff):
    with staff.reviewer.work() as work:
        return work.read(work.db.scalars(select(Person).where(Person.teller)).one(), "facts")


def state_of_act(staff):
    with staff.reviewer.work() as work:
        return work.db.scalars(select(Act)).first().verification


# -- what is asked


def test_each_field_that_changed_is_asked_by_itself(staff, house):
    changed(staff, {"age": "30", "day": "2019-03-09", "name": "Xiomara Corregida", "story": "Otra cosa."})
    assert names(staff) == [
        "words.narrative",
        "incident.moment",
        "persons.p1.facts.age",
        "persons.p1.identity.name",
    ]


def test_what_stands_here_is_what_reviewers_left_and_what_they_corrected_alike_is_not_asked(staff, house):
    bring_in(staff.reviewer, {})
    with staff.second.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        work.seal(person, facts={"age": 31})
        work.note("person.coded", person)
    bring_in(staff.reviewer, {"age": "30"})
    newer = waiting(staff.other_reviewer)
    with staff.other_reviewer.work() as work:
        (asked,) = following.proposed(work, report.read(work, newer.id)).differences
        assert [side[("facts", "age")] for side in (asked.before, asked.ours, asked.theirs)] == [29, 31, 30]
    bring_in(staff.reviewer, {"age": "31"})
    assert names(staff) == []


def test_somebody_or_something_new_or_gone_is_one_answer(staff, house):
    changed(staff, {"name2": "", "age2": "", "act2": "E"})
    assert names(staff) == ["acts.a2", "persons.p2"]


def test_a_name_that_is_not_there_is_refused_and_nothing_happens(staff, house):
    changed(staff, {"age": "30"})
    with pytest.raises(InvalidInput):
        choose(staff, "persons.p1.facts.gender")
    assert waiting(staff.other_reviewer).state == ReportState.RECEIVED


# -- what is granted


def test_what_is_granted_changes_and_nothing_else(staff, house):
    changed(staff, {"age": "30", "day": "2019-03-09", "name": "Xiomara Corregida", "story": "Otra cosa."})
    choose(staff, "persons.p1.facts.age", "words.narrative")
    found, people = opened(staff.reviewer)
    assert (found.people[0][1]["age"], found.narrative) == (30, "Otra cosa.")
    assert (found.facts["moment"]["edtf"], people[0]) == ("2019-03-01", make.CANARY_NAME)
    with staff.reviewer.work() as work:
        states = {row.edition: row.state for row in work.db.scalars(select(Report))}
    assert states == {1: ReportState.SUPERSEDED, 2: ReportState.TAKEN_IN}
    the_trail_holds(staff)


def test_acts_whose_facts_change_are_looked_at_anew_and_no_others(staff, house):
    changed(staff, {"name": "Xiomara Corregida", "day": "2019-03-09"})
    choose(staff, "persons.p1.identity.name")
    assert state_of_act(staff) == V.CREDIBLE
    bring_in(staff.reviewer, {"name": "Xiomara Corregida", "day": "2019-03-10"})
    choose(staff, "incident.moment")
    assert state_of_act(staff) == V.UNDER_VERIFICATION


def test_nothing_granted_leaves_all_as_it_is(staff, house):
    changed(staff, {"age": "30", "name2": "", "age2": "", "act2": "E", "group": "Otros", "stat": ""})
    before, people = opened(staff.reviewer)
    choose(staff)
    after, names_after = opened(staff.reviewer)
    assert (after.facts, people) == (before.facts, names_after)
    for block in ("acts", "people", "involvements", "perpetrators", "sources"):
        kept = [[(row.id, facts) for row, facts in getattr(one, block)] for one in (before, after)]
        assert kept[0] == kept[1], block
    assert state_of_act(staff) == V.CREDIBLE
    the_trail_holds(staff)


def test_all_of_it_granted_is_what_the_source_says(staff, house):
    changed(staff, {"age": "30", "name2": "", "age2": "", "act2": "E", "group": "Otros"})
    choose(staff, *names(staff))
    found, people = opened(staff.reviewer)
    assert people == [make.CANARY_NAME]
    assert [facts["type"] for _act, facts in found.acts] == ["KID", "EXT"]
    assert [facts["group"] for _row, facts in found.perpetrators] == ["Otros"]
    assert len(found.involvements) == 2


def test_a_new_person_takes_part_in_the_acts_that_are_here(staff, house):
    changed(staff, {"name2": "Filomeno Deltrébol", "age2": "41", "act2": "E"}, row={"name2": "", "age2": ""})
    choose(staff, "persons.p2")
    found, people = opened(staff.reviewer)
    assert people == [make.CANARY_NAME, "Filomeno Deltrébol"]
    assert len(found.acts) == 1
    assert len(found.involvements) == 2


# -- what was refused


def test_what_was_refused_is_not_asked_again_and_another_value_is(staff, house):
    changed(staff, {"age": "30", "day": "2019-03-09"})
    choose(staff, "incident.moment")
    bring_in(staff.reviewer, {"age": "30", "day": "2019-03-09", "name": "Xiomara Corregida"})
    assert names(staff) == ["persons.p1.identity.name"]
    choose(staff)
    bring_in(staff.reviewer, {"age": "31", "day": "2019-03-09", "name": "Xiomara Corregida"})
    assert names(staff) == ["persons.p1.facts.age"]
    choose(staff, "persons.p1.facts.age")
    assert facts_of_teller(staff)["age"] == 31


def test_an_act_that_was_refused_does_not_come_with_the_next_version(staff, house):
    changed(staff, {"act2": "E"})
    choose(staff)
    for age in ("30", "31"):
        bring_in(staff.reviewer, {"act2": "E", "age": age})
        assert names(staff) == ["persons.p1.facts.age"]
        choose(staff, "persons.p1.facts.age")
    found, _people = opened(staff.reviewer)
    assert [facts["type"] for _act, facts in found.acts] == ["KID"]
    bring_in(staff.reviewer, {"act2": "K", "age": "31"})
    assert names(staff) == ["acts.a2"]
    choose(staff, "acts.a2")
    found, _people = opened(staff.reviewer)
    assert [facts["type"] for _act, facts in found.acts] == ["KID", "KID"]
    assert len(found.involvements) == 4


def test_somebody_who_was_refused_does_not_come_with_the_next_version(staff, house):
    alone, both = {"name2": "", "age2": ""}, {"name2": "Filomeno Deltrébol", "age2": "41"}
    changed(staff, both, row=alone)
    choose(staff)
    bring_in(staff.reviewer, both | {"age": "30"})
    assert names(staff) == ["persons.p1.facts.age"]
    choose(staff, "persons.p1.facts.age")
    bring_in(staff.reviewer, both | {"age": "30", "age2": "42"})
    assert names(staff) == ["persons.p2"]
    choose(staff, "persons.p2")
    found, people = opened(staff.reviewer)
    assert people == [make.CANARY_NAME, "Filomeno Deltrébol"]
    assert len(found.involvements) == 2


def test_what_is_kept_though_its_source_names_it_no_more_stays(staff, house):
    gone = {"name2": "", "age2": "", "act2": "", "group": "Otros"}
    changed(staff, gone, row={"act2": "E"})
    choose(staff)
    for age in ("30", "31"):
        bring_in(staff.reviewer, gone | {"age": age})
        choose(staff, "persons.p1.facts.age")
    found, people = opened(staff.reviewer)
    assert (len(people), len(found.acts), len(found.involvements)) == (2, 2, 4)
    assert [facts["group"] for _row, facts in found.perpetrators] == ["Los Faroleros"]


def test_alleged_doers_that_were_refused_are_replaced_by_those_that_are_taken_later(staff, house):
    changed(staff, {"group": "Otros"})
    choose(staff)
    bring_in(staff.reviewer, {"group": "Terceros"})
    choose(staff, "perpetrators")
    with staff.reviewer.work() as work:
        kept = work.db.scalars(select(Perpetrator).where(Perpetrator.left_on.is_(None))).all()
        assert [work.read(row, "facts")["group"] for row in kept] == ["Terceros"]


def test_what_was_set_aside_is_not_asked_again_beside_what_is_new(staff, house):
    changed(staff, {"age": "30", "act2": "E"})
    with staff.other_reviewer.work() as work:
        report.set_aside(work, work.get(Report, waiting(staff.other_reviewer).id), "repetition")
    bring_in(staff.reviewer, {"age": "30", "act2": "E", "day": "2019-03-09"})
    assert names(staff) == ["incident.moment"]
    with staff.other_reviewer.work() as work:
        following.adopt(work, waiting(staff.other_reviewer).id)
    found, _people = opened(staff.reviewer)
    assert found.facts["moment"]["edtf"] == "2019-03-09"
    assert found.people[0][1]["age"] == 29
    assert len(found.acts) == 1


def test_a_version_with_nothing_but_what_was_set_aside_asks_nobody(staff, house):
    changed(staff, {"age": "30", "day": "2019-03-09"})
    with staff.other_reviewer.work() as work:
        report.set_aside(work, work.get(Report, waiting(staff.other_reviewer).id), "repetition")
    done = bring_in(staff.reviewer, {"age": "30"})
    assert "set aside before" in fate(done)[1]
    with staff.reviewer.work() as work:
        assert report.inbox(work) == []
    assert facts_of_teller(staff)["age"] == 29
    assert state_of_act(staff) == V.CREDIBLE
    bring_in(staff.reviewer, {"age": "33"})
    assert names(staff) == ["persons.p1.facts.age"]
    the_trail_holds(staff)


def test_an_incident_of_which_something_was_refused_follows_no_more_by_itself(staff, house):
    bring_in(staff.reviewer, {"stat": "N"})
    bring_in(staff.reviewer, {"stat": "Y"})
    choose(staff)
    done = bring_in(staff.reviewer, {"stat": "Y", "age": "30"})
    assert following.REASONS["worked_on"] in fate(done)[1]


# -- consent


def agrees(staff):
    with staff.second.work() as work:
        person = work.db.scalars(select(Person).where(Person.teller)).one()
        return isinstance(consent.permits(work, person, Purpose.STATISTICS), consent.Permit)


def test_more_consent_is_asked_and_is_only_entered_where_it_is_taken(staff, house):
    bring_in(staff.reviewer, {"stat": "N"})
    bring_in(staff.reviewer, {"stat": "Y", "age": "30"})
    assert set(names(staff)) == {"persons.p1.facts.age", "persons.p1.consent"}
    choose(staff, "persons.p1.facts.age")
    assert not agrees(staff)
    bring_in(staff.reviewer, {"stat": "N", "age": "30"})
    assert names(staff) == []
    choose(staff)
    bring_in(staff.reviewer, {"stat": "Y", "age": "30"})
    choose(staff, "persons.p1.consent")
    assert agrees(staff)


def test_less_consent_is_entered_at_once_and_is_nothing_to_choose(staff, house):
    changed(staff, {"stat": "N", "age": "30"})
    assert not agrees(staff)
    assert names(staff) == ["persons.p1.facts.age"]
    choose(staff)
    assert not agrees(staff)


def test_people_who_changed_places_are_asked_about_as_themselves(staff, house):
    bring_in(staff.reviewer, {"told": ""})
    swapped = {"told": "", "name": "Filomeno Deltrébol", "age": "42", "name2": make.CANARY_NAME, "age2": "29"}
    bring_in(staff.reviewer, swapped)
    assert set(names(staff)) == {"persons.p1.facts.age", "persons.p1.consent"}
    choose(staff, "persons.p1.facts.age")
    with staff.second.work() as work:
        people = {work.read(p, "name"): work.read(p, "facts")["age"] for p in work.db.scalars(select(Person))}
        assert people == {make.CANARY_NAME: 29, "Filomeno Deltrébol": 42}
        assert len(work.db.scalars(select(Involvement).where(Involvement.left_on.is_(None))).all()) == 2


def test_the_trail_says_how_many_were_taken_and_not_which(staff, house):
    changed(staff, {"age": "30"})
    choose(staff, "persons.p1.facts.age")
    with staff.reviewer.work() as work:
        details = select(AuditEntry.detail).where(AuditEntry.event == "report.adopted")
        assert work.db.scalars(details).all() == [{"count": 1, "taken": 1}]
