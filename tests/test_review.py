"""An act is decided by a second person, with reasons, along a table of moves."""

import pytest
from sqlalchemy import select, update

from incidents import review
from incidents.errors import (
    GroundsNeeded,
    MoveNotAllowed,
    NotAllowed,
    ReasonsNeeded,
    SecondPersonNeeded,
    TrailBroken,
)
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.incident import Act
from incidents.model.vocabulary import Role, Verification
from tests import make

V = Verification
WHY = "Detailed, consistent with two other accounts."


def sent(member, **changes):
    with member.work() as work:
        return report.send(work, schema.load(make.report_document(**changes)), "page").id


def act_of(staff, by=None, **changes):
    sender = by or staff.researcher
    report_id = sent(sender, **changes)
    with staff.reviewer.work() as work:
        incident = take_in(work, report_id)
    with staff.reviewer.work() as work:
        return work.db.scalars(select(Act.id).where(Act.incident_id == incident.id)).first()


def move(member, act_id, to, why=WHY):
    with member.work() as work:
        review.move(work, review.act(work, act_id), to, why)


def state(staff, act_id):
    with staff.reviewer.work() as work:
        return work.get(Act, act_id).verification


def test_a_second_person_makes_an_act_credible(staff):
    act = act_of(staff)
    move(staff.reviewer, act, V.CREDIBLE)
    assert state(staff, act) == V.CREDIBLE
    with staff.reviewer.work() as work:
        ((decision, reasons),) = review.reviews(work, work.get(Act, act))
    assert (decision.to_state, decision.decided_by, reasons) == (V.CREDIBLE, staff.reviewer.id, WHY)


def test_nobody_verifies_what_they_submitted(staff):
    act = act_of(staff, by=staff.reviewer)
    with pytest.raises(SecondPersonNeeded):
        move(staff.reviewer, act, V.CREDIBLE)
    with staff.reviewer.work() as work:
        assert V.CREDIBLE not in review.allowed(work, work.get(Act, act))
    move(staff.second, act, V.CREDIBLE)
    assert state(staff, act) == V.CREDIBLE


@pytest.mark.parametrize("why", ["", "   ", "ok", "            "])
def test_reasons_are_written(staff, why):
    act = act_of(staff)
    with pytest.raises(ReasonsNeeded):
        move(staff.reviewer, act, V.CREDIBLE, why)
    assert state(staff, act) == V.RECEIVED


def test_what_is_not_in_the_table_cannot_happen(staff):
    act = act_of(staff)
    for to in V:
        if (V.RECEIVED, to) not in review.MOVES:
            with pytest.raises(MoveNotAllowed):
                move(staff.reviewer, act, to)
    assert state(staff, act) == V.RECEIVED


def test_verified_needs_two_origins(staff):
    one = [{"type": "INP", "relation": "VIC", "origin": "interview 1"}]
    act = act_of(staff, sources=[*one, {"type": "INP", "relation": "REL", "origin": "interview 1"}])
    move(staff.reviewer, act, V.CREDIBLE)
    with pytest.raises(GroundsNeeded):
        move(staff.reviewer, act, V.VERIFIED)
    both = act_of(staff, sources=[*one, {"type": "DOC", "relation": "OFF", "origin": "court file"}])
    move(staff.reviewer, both, V.CREDIBLE)
    move(staff.reviewer, both, V.VERIFIED)
    assert state(staff, both) == V.VERIFIED


@pytest.mark.parametrize("who", ["analyst", "researcher", "administrator", "auditor"])
def test_only_reviewers_decide(staff, who):
    act = act_of(staff)
    with pytest.raises(NotAllowed):
        move(getattr(staff, who), act, V.CREDIBLE)


def test_every_move_asks_for_a_permission_that_somebody_holds(staff):
    from incidents.safeguards.access import GRANTS

    for rule in review.MOVES.values():
        assert rule.permission in GRANTS[Role.REVIEWER]
    for (_from, to), rule in review.MOVES.items():
        assert rule.second_person or to == V.UNDER_VERIFICATION
        assert (rule.asks == review.Asks.CORROBORATION) == (to == V.VERIFIED)
        assert (rule.asks == review.Asks.SUPPORT) == (to == V.CREDIBLE)


def test_who_submitted_an_act_is_read_from_what_was_signed(staff, house):
    with staff.reviewer.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        take_in(work, sent)
    with make.behind(house) as connection:
        connection.execute(update(Act.__table__).values(submitted_by=[]))
    with staff.reviewer.work() as work, pytest.raises(TrailBroken):
        review.move(work, work.db.scalars(select(Act)).one(), Verification.CREDIBLE, REASON_OF_MINE)


def test_who_takes_in_what_was_not_told_does_not_verify_it(staff):
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    invented = make.report_document(acts=[{"key": "a1", "type": "KID", "status": "A"}])
    with staff.reviewer.work() as work:
        take_in(work, sent, invented)
    with staff.reviewer.work() as work, pytest.raises(SecondPersonNeeded):
        review.move(work, work.db.scalars(select(Act)).one(), Verification.CREDIBLE, REASON_OF_MINE)


REASON_OF_MINE = "Nobody but me has looked at this."
