"""Each state in a release is traced to the decisions it counts on: whose, when, on what; and to what became of them."""

import pytest
from sqlalchemy import select, update

from incidents import review
from incidents.errors import NotAllowed, TrailBroken
from incidents.intake import editing
from incidents.model.incident import Act
from incidents.model.release import Release
from incidents.model.review import Review
from incidents.model.vocabulary import COUNTED, Verification
from incidents.release import decisions
from tests import make
from tests.release.test_publish import prepared, signed, story, tell

WHY = "The recording says otherwise; I listened to it twice."


@pytest.fixture
def release(staff):
    """Six acts in one release, of which one is a restricted one that two reviewers found credible."""
    tell(
        staff,
        [
            *(story(sources=[{"type": "INP", "relation": "VIC"}]) for _each in range(5)),
            story(acts=[{"key": "a1", "type": "SXA", "status": "C"}]),
        ],
    )
    id = prepared(staff)
    signed(staff, id)
    return id


def traced(staff, id, who="coordinator"):
    with getattr(staff, who).work() as work:
        return decisions.traced(work, work.get(Release, id))


def test_every_released_state_is_traced_to_who_decided_it_and_to_what_came_later(staff, release):
    found = traced(staff, release)
    assert len(found) == 6
    with staff.coordinator.work() as work:
        for line in found:
            act = work.get(Act, line.said.act.id)
            assert line.state == act.verification == Verification.CREDIBLE
            assert line.decision.act_id == act.id
            assert line.decision.cites
            assert len(line.decision.cites) == line.sources + line.evidence
            assert line.holds
        two = [line for line in found if line.first is not None]
        assert [(line.first.decided_by, line.decision.decided_by) for line in two] == [
            (staff.reviewer.id, staff.second.id)
        ]
        assert {line.decision.decided_by for line in found if line.first is None} == {staff.reviewer.id}
    # On the same day one is decided anew, another is edited: the release still says what was in force as it was signed.
    moved, changed, *_rest = (line.said.act.id for line in found if line.first is None)
    with staff.second.work() as work:
        review.move(work, review.act(work, moved), Verification.UNDER_VERIFICATION, "Somebody took it back.")
    with staff.second.work() as work:
        row = work.get(Act, changed)
        now = editing.read(work, row)["facts"]
        editing.edit(work, row, row.version, {**now, "status": "A"}, WHY)
    later = {line.said.act.id: line for line in traced(staff, release)}
    assert later.keys() == {line.said.act.id for line in found}
    was = {line.said.act.id: line.decision.id for line in found}
    assert {id: line.decision.id for id, line in later.items()} == was
    assert {id for id, line in later.items() if not line.holds} == {moved, changed}
    assert [row.decided_by for row in later[moved].since] == [staff.second.id]
    assert {line.state for line in later.values()} <= set(COUNTED)


def test_an_act_of_the_same_person_that_was_not_decided_is_not_in_it(staff, release):
    """What was made of a row is looked for among its person's acts: only those that counted then."""
    found = traced(staff, release)
    act = found[0].said.act.id
    with staff.second.work() as work:
        row = work.get(Act, act)
        editing.edit(work, row, row.version, {**editing.read(work, row)["facts"], "status": "A"}, WHY)
    with staff.reviewer.work() as work:
        others = set(work.db.scalars(select(Act.id).where(Act.verification == Verification.RECEIVED)))
    assert not {line.said.act.id for line in traced(staff, release)} & others


def test_one_that_waits_says_what_is_in_force_now(staff):
    tell(staff, [story() for _each in range(6)])
    id = prepared(staff)
    assert {line.decision.decided_by for line in traced(staff, id, "analyst")} == {staff.reviewer.id}


def test_whoever_may_not_see_releases_is_told_nothing_of_them(staff, release):
    for who in ("reviewer", "researcher", "auditor"):
        with pytest.raises(NotAllowed), getattr(staff, who).work() as work:
            decisions.traced(work, work.get(Release, release))


def test_a_decision_that_was_put_in_behind_the_program_is_not_believed(staff, release):
    act = traced(staff, release)[0].said.act.id
    with staff.coordinator.work() as work:
        id = work.db.scalars(select(Review.id).where(Review.act_id == act)).first()
    with make.behind(staff.coordinator.house) as data:
        table = Review.__table__
        data.execute(update(table).where(table.c.id == id).values(decided_by=staff.analyst.id))
    with staff.coordinator.work() as work:
        work.db.expire_all()
        with pytest.raises(TrailBroken):
            decisions.traced(work, work.get(Release, release))
