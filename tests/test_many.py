"""Many acts are looked at, moved together with one reason, and moved back; nothing counts by the dozen that may not."""

import pytest
from sqlalchemy import func, select

from incidents import review
from incidents.errors import InvalidInput, NotFound, ReasonsNeeded
from incidents.intake import editing, report, schema
from incidents.intake.take_in import take_in
from incidents.model.audit import AuditEntry
from incidents.model.incident import Act
from incidents.model.review import Review
from incidents.model.vocabulary import Verification
from incidents.release import publish
from incidents.review import Why
from tests import make

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)

V = Verification
WHY = "The same register, compared line by line with the paper."
SECRET = [{"key": "a1", "type": "SXA", "status": "C"}]
YOUNG = [{"key": "p1", "kind": "individual", "facts": {"age": 16}}]


@pytest.fixture
def act_of(staff):
    """An act that waits; its id."""

    def one(sender=None, **changes):
        with (sender or staff.researcher).work() as work:
            sent = report.send(work, schema.load(make.report_document(**changes)), "page").id
        with staff.coordinator.work() as work:
            incident = take_in(work, sent).id
        with staff.coordinator.work() as work:
            return work.db.scalars(select(Act.id).where(Act.incident_id == incident)).one()

    return one


def versions(work, ids):
    return {act.id: act.version for act in review.chosen(work, ids)}


def move_many(member, ids, to):
    """Look and move; the id of the move, and why which stayed."""
    with member.work() as work:
        rows, found = review.move_many(work, versions(work, ids), to, WHY)
        return (rows[0].id if rows else None), dict(found.staying)


def move_back(member, id, why=WHY):
    with member.work() as work:
        rows, found = review.move_back(work, id, why)
        return {row.act_id for row in rows}, dict(found.staying)


def states(staff, *ids):
    with staff.reviewer.work() as work:
        return [work.get(Act, id).verification for id in ids]


def contradict(member, act):
    with member.work() as work:
        (one,) = review.grounds_of(work, work.get(Act, act)).told
        review.weigh(work, one.source, one.information, review.Weight("contradicts", "6", "F", "UNK"), WHY)


def test_a_look_says_of_each_act_why_it_would_stay_and_changes_nothing(staff, act_of):
    plain, own = act_of(), act_of(staff.reviewer)
    secret, young, said = act_of(acts=SECRET), act_of(persons=YOUNG, involvements=None), act_of(acts=SECRET)
    against = act_of()
    contradict(staff.coordinator, against)
    with staff.coordinator.work() as work:
        review.move(work, review.act(work, said), V.CREDIBLE, WHY)
    ids = [plain, own, secret, young, said, against]
    with staff.reviewer.work() as work:
        before = versions(work, ids)
        credible = review.plan(work, review.chosen(work, ids), V.CREDIBLE)
        unlikely = review.plan(work, review.chosen(work, ids), V.UNLIKELY)
        verified = review.plan(work, review.chosen(work, [plain]), V.VERIFIED)
        told = work.db.scalar(select(func.count(Review.id)))
    assert [act.id for act in credible.moving] == [plain]
    assert credible.staying == {
        own: Why.OWN, secret: Why.RESTRICTED, young: Why.MINOR, said: Why.SECOND_WORD, against: Why.UNSUPPORTED,
    }  # fmt: skip
    assert list(credible.counts.values()) == [1] * 5
    assert unlikely.staying == {own: Why.OWN}
    assert verified.staying == {plain: Why.STATE}
    with staff.reviewer.work() as work:
        assert versions(work, ids) == before
        assert work.db.scalar(select(func.count(Review.id))) == told


def test_what_was_looked_at_moves_and_what_changed_meanwhile_stays(staff, act_of):
    one, other, changed = act_of(), act_of(), act_of()
    with staff.reviewer.work() as work:
        seen = versions(work, [one, other, changed])
    with staff.coordinator.work() as work:
        row = work.get(Act, changed)
        editing.edit(work, row, row.version, {"type": "KID", "status": "A"}, "The recording says otherwise.")
    with staff.reviewer.work() as work, pytest.raises(ReasonsNeeded):
        review.move_many(work, seen, V.CREDIBLE, "ok")
    with staff.reviewer.work() as work, pytest.raises(InvalidInput):
        review.move_many(work, seen, V.SOURCE_WITHDREW, WHY)
    with staff.reviewer.work() as work:
        rows, found = review.move_many(work, seen, V.CREDIBLE, WHY)
        assert {row.act_id for row in rows} == {one, other}
        assert found.staying == {changed: Why.CHANGED}
    assert states(staff, one, other, changed) == [V.CREDIBLE, V.CREDIBLE, V.RECEIVED]
    with staff.reviewer.work() as work:
        for act in (one, other):
            ((decision, reasons),) = review.reviews(work, work.get(Act, act))
            assert (decision.decided_by, reasons) == (staff.reviewer.id, WHY)
            assert decision.cites
        (note,) = work.db.scalars(select(AuditEntry).where(AuditEntry.event == "acts.moved-together"))
        assert note.detail == {"count": 2, "to": "CRE"}


def test_a_move_is_taken_back_where_nobody_touched_it_since(staff, act_of):
    ids = decided, edited, said, left = [act_of() for _each in range(4)]
    move, _staying = move_many(staff.reviewer, ids, V.CREDIBLE)
    with staff.coordinator.work() as work:
        review.move(work, review.act(work, decided), V.UNDER_VERIFICATION, WHY)
    contradict(staff.coordinator, edited)
    with staff.reviewer.work() as work:
        (known,) = review.together(work)
        assert (known.id, known.by, known.to, known.count) == (move, staff.reviewer.id, V.CREDIBLE, 4)
        looked = review.look_back(work, move)
        assert {act.id for act in looked.moving} == {said, left}
    with staff.reviewer.work() as work, pytest.raises(ReasonsNeeded):
        review.move_back(work, move, "")
    back, staying = move_back(staff.other_reviewer, move)
    assert back == {said, left}
    assert staying == {decided: Why.CHANGED, edited: Why.CHANGED}
    assert states(staff, *ids) == [V.UNDER_VERIFICATION, V.UNDER_VERIFICATION, V.RECEIVED, V.RECEIVED]
    with staff.reviewer.work() as work:
        assert [row.to_state for row, _why in review.reviews(work, work.get(Act, left))] == [
            V.CREDIBLE,
            V.RECEIVED,
        ]
    assert move_back(staff.reviewer, move)[0] == set()  # what was moved back was touched


def test_taking_back_revives_nothing_that_the_rules_would_refuse(staff, act_of):
    plain, secret, mine = act_of(), act_of(acts=SECRET), act_of(staff.other_reviewer)
    for member in (staff.reviewer, staff.coordinator):
        with member.work() as work:
            review.move(work, review.act(work, secret), V.CREDIBLE, WHY)
    move_many(staff.reviewer, [plain, mine], V.CREDIBLE)
    move, _staying = move_many(staff.reviewer, [plain, secret, mine], V.UNDER_VERIFICATION)
    with staff.other_reviewer.work() as work:
        found = review.look_back(work, move)
    assert found.staying == {secret: Why.RESTRICTED, mine: Why.OWN}
    assert move_back(staff.other_reviewer, move)[0] == {plain}
    assert states(staff, plain, secret, mine) == [V.CREDIBLE, V.UNDER_VERIFICATION, V.UNDER_VERIFICATION]


def test_a_move_of_what_was_released_is_told(staff, act_of):
    out = act_of()
    move, _staying = move_many(staff.reviewer, [out], V.CREDIBLE)
    with staff.analyst.work() as work:
        id = publish.prepare(work, "internal", {}).id
    with staff.reviewer.work() as work:
        assert review.released(work, review.chosen(work, [out])) == 0  # it is inside still
    for signer in (staff.coordinator, staff.second):
        with signer.work() as work:
            publish.sign(work, publish.release(work, id)[0], declared=True)
    inside = act_of()
    with staff.reviewer.work() as work:
        assert review.released(work, review.chosen(work, [out, inside])) == 1
        assert review.released(work, review.look_back(work, move).moving) == 1


def test_what_is_no_move_of_many_is_not_taken_back(staff, act_of):
    act = act_of()
    with staff.reviewer.work() as work:
        alone = review.move(work, review.act(work, act), V.CREDIBLE, WHY).id
    for id in (alone, act):
        with staff.reviewer.work() as work, pytest.raises(NotFound):
            review.look_back(work, id)
