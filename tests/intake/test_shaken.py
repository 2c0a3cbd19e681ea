"""What is joined and taken apart after a decision: a changed ground asks for a new look, a mere join does not."""

import io

import pytest
from sqlalchemy import select

from incidents import evidence, review, search
from incidents.errors import GroundsNeeded
from incidents.intake import rearranging, report, schema
from incidents.intake.take_in import Same, take_in
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.vocabulary import Verification
from tests import make
from tests.evidence import invented

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)

V = Verification
WHY = "Both tell of the same night, seen by two people."
ACTS = [{"key": key, "type": "KID", "status": "C"} for key in ("a1", "a2")]


def told(age=30, acts=ACTS[:1]):
    persons = [{"key": "p1", "kind": "individual", "facts": {"age": age}}]
    return schema.load(make.report_document(acts=acts, persons=persons, involvements=None))


def send(staff, **more):
    with staff.researcher.work() as work:
        return report.send(work, told(**more), "page").id


def take(staff, sent, **more):
    with staff.coordinator.work() as work:
        return take_in(work, sent, **more).id


def acts_of(staff, incident):
    with staff.coordinator.work() as work:
        query = select(Act.id).where(Act.incident_id == incident, Act.left_on.is_(None))
        return list(work.db.scalars(query.order_by(Act.number, Act.id)))


def people_of(staff, incident):
    with staff.coordinator.work() as work:
        return [person.id for person, _facts in search.people_of(work, incident)]


def decide(member, act, to):
    with member.work() as work:
        review.move(work, review.act(work, act), to, WHY)


def state(staff, act):
    with staff.reviewer.work() as work:
        return work.get(Act, act).verification


def edited(staff, incident):
    with staff.reviewer.work() as work:
        return work.get(Incident, incident).edited_after_verification


def arrangement(staff, kind):
    with staff.coordinator.work() as work:
        query = select(Rearrangement.id).where(Rearrangement.kind == kind, Rearrangement.undone_on.is_(None))
        return work.db.scalars(query).one()


def undo(staff, kind):
    id = arrangement(staff, kind)
    with staff.coordinator.work() as work:
        rearranging.undo(work, work.get(Rearrangement, id), WHY)


def undo_last(staff, kept):
    with staff.coordinator.work() as work:
        query = select(Rearrangement).where(Rearrangement.kept_id == kept, Rearrangement.undone_on.is_(None))
        rearranging.undo(work, work.db.scalars(query).one(), WHY)


def bring(staff, incident):
    data = invented.jpeg()
    with staff.coordinator.work() as work:
        return evidence.keep(work, work.get(Incident, incident), invented.about(data), io.BytesIO(data)).id


def judge(member, act, item):
    with member.work() as work:
        said = {"authentic": "yes", "shows": "act", "reasons": "The street and the clock fit."}
        review.judge(work, work.get(Act, act), work.get(Evidence, item), **said)


def test_a_mere_join_asks_for_no_new_look_and_parting_does_where_a_ground_goes(staff):
    one, other = (take(staff, send(staff)) for _each in range(2))
    (act,), (there,) = acts_of(staff, one), acts_of(staff, other)
    for each in (act, there):
        decide(staff.reviewer, each, V.CREDIBLE)
    with staff.coordinator.work() as work:
        rearranging.merge(work, one, other, WHY)
    assert [state(staff, act), state(staff, there)] == [V.CREDIBLE, V.CREDIBLE]
    item = bring(staff, one)
    judge(staff.second, there, item)
    decide(staff.reviewer, there, V.VERIFIED)  # on a picture that came to the incident it is joined to
    undo(staff, Arrangement.MERGED)
    assert [state(staff, act), state(staff, there)] == [V.CREDIBLE, V.UNDER_VERIFICATION]
    assert [edited(staff, one), edited(staff, other)] == [False, True]
    with pytest.raises(GroundsNeeded):
        decide(staff.reviewer, there, V.VERIFIED)
    with staff.reviewer.work() as work:
        last, why = review.reviews(work, work.get(Act, there))[-1]
        assert (last.decided_by, why) == (staff.coordinator.id, WHY)


def test_what_rests_on_its_own_incident_stays_decided_when_two_are_parted(staff):
    one, other = (take(staff, send(staff)) for _each in range(2))
    (act,), (there,) = acts_of(staff, one), acts_of(staff, other)
    with staff.coordinator.work() as work:
        rearranging.merge(work, one, other, WHY)
    for each, of in ((act, one), (there, other)):
        judge(staff.second, each, bring(staff, of))
        decide(staff.reviewer, each, V.CREDIBLE)
        decide(staff.reviewer, each, V.VERIFIED)
    undo(staff, Arrangement.MERGED)
    assert [state(staff, act), state(staff, there)] == [V.VERIFIED, V.VERIFIED]
    assert [edited(staff, one), edited(staff, other)] == [False, False]


def test_where_a_person_turns_out_to_be_a_minor_one_reviewer_alone_is_not_enough(staff, house):
    grown, young = take(staff, send(staff)), take(staff, send(staff, age=15))
    (act,), (adult,), (child,) = acts_of(staff, grown), people_of(staff, grown), people_of(staff, young)
    other = take(staff, send(staff))
    (apart,) = acts_of(staff, other)
    for each in (act, apart):
        decide(staff.reviewer, each, V.CREDIBLE)
    with staff.coordinator.work() as work:
        rearranging.merge_persons(work, people_of(staff, other)[0], adult, WHY)
    assert [state(staff, act), state(staff, apart)] == [
        V.CREDIBLE,
        V.CREDIBLE,
    ]  # two grown people: nothing more is asked
    with staff.coordinator.work() as work:
        rearranging.merge_persons(work, child, people_of(staff, other)[0], WHY)
    assert [state(staff, act), state(staff, apart)] == [V.UNDER_VERIFICATION, V.UNDER_VERIFICATION]
    for member, expected in ((staff.reviewer, V.UNDER_VERIFICATION), (staff.second, V.CREDIBLE)):
        decide(member, act, V.CREDIBLE)
        assert state(staff, act) == expected  # two have to agree now
    undo_last(staff, child)
    assert state(staff, act) == V.CREDIBLE  # asking for fewer people takes no ground away
    with staff.coordinator.work() as work:
        rearranging.merge_persons(work, child, people_of(staff, other)[0], WHY)
    assert state(staff, act) == V.CREDIBLE  # two decided already
    house.two_reviewers = False
    decide(staff.reviewer, apart, V.CREDIBLE)
    undo_last(staff, child)
    with staff.coordinator.work() as work:
        rearranging.merge_persons(work, child, people_of(staff, other)[0], WHY)
    assert state(staff, apart) == V.CREDIBLE  # a house that asks for one


def test_a_linked_report_that_makes_somebody_a_minor_asks_for_two(staff):
    known = take(staff, send(staff))
    (act,), (person,) = acts_of(staff, known), people_of(staff, known)
    decide(staff.reviewer, act, V.CREDIBLE)
    take(staff, send(staff), link_to=known, same=Same({}, {"p1": person}))
    assert state(staff, act) == V.CREDIBLE  # linked: nothing of this act changed
    take(staff, send(staff, age=16), link_to=known, same=Same({}, {"p1": person}))
    assert state(staff, act) == V.UNDER_VERIFICATION
    both = Same({"a1": act}, {"p1": person})  # an act that this report tells of too
    take(staff, send(staff, age=16), link_to=known, same=both)
    assert state(staff, act) == V.UNDER_VERIFICATION


@pytest.mark.parametrize("touched", [False, True])
def test_an_undone_split_gives_back_what_was_decided_unless_it_was_looked_at_elsewhere(staff, touched):
    known = take(staff, send(staff, acts=ACTS))
    acts = acts_of(staff, known)
    for act in acts:
        decide(staff.reviewer, act, V.CREDIBLE)
    with staff.coordinator.work() as work:
        made = rearranging.split(work, work.get(Incident, known), acts[1:], WHY).id
    assert state(staff, acts[0]) == V.CREDIBLE
    (stand_in,) = acts_of(staff, made)
    if touched:
        decide(staff.reviewer, stand_in, V.UNLIKELY)
    undo(staff, Arrangement.SPLIT)
    assert acts_of(staff, known) == acts
    assert state(staff, acts[0]) == V.CREDIBLE
    assert state(staff, acts[1]) == (V.UNDER_VERIFICATION if touched else V.CREDIBLE)
