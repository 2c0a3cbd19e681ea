"""Whether somebody is one person or a group, and whether they told us, is edited; it opens nothing by itself."""

import pytest
from sqlalchemy import select

from incidents import consent, review
from incidents.errors import InvalidInput, ReasonsNeeded, SecondPersonNeeded
from incidents.intake import editing, following
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose, Verification
from tests.intake.test_following import _registered, bring_in, waiting
from tests.test_consent_table import Told, no, somebody, yes

WHY = "They were asked again: the second of them told it too."
__all__ = ["_registered"]  # a fixture
pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
V, COUNTED, ROW = Verification, Purpose.STATISTICS, Purpose.ROWS
TWO_ACTS = {
    "acts": [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}],
    "involvements": [
        {"person": "p1", "act": "a1", "part": "DIR"},
        {"person": "p2", "act": "a2", "part": "DIR"},
    ],
}


def edited(member, id, reasons=WHY, **said):
    with member.work() as work:
        person = work.get(Person, id)
        return len(
            editing.edit(work, person, person.version, editing.read(work, person)["facts"], reasons, said)
        )


def stands(staff, id):
    with staff.reviewer.work() as work:
        now = editing.read(work, work.get(Person, id))
        work.must_be_whole()
        return now["kind"], now["teller"], now["facts"]


def moved(member, to):
    with member.work() as work:
        for id in list(work.db.scalars(select(Act.id))):
            review.move(work, review.act(work, id), to, "Two careful readings, and the sources agree.")


def states(staff):
    with staff.reviewer.work() as work:
        return set(work.db.scalars(select(Act.verification)))


def test_whoever_told_it_too_decides_alone_and_every_act_is_looked_at_anew_by_another(staff):
    told = Told(staff, [somebody(given={}), somebody("p2", teller=False)], **TWO_ACTS)
    moved(staff.second, V.CREDIBLE)
    told.basis("p2", kind="number_only", purposes=[COUNTED.value])
    assert yes(told.may(COUNTED, "p2"))
    for reasons in ("", "because"):
        with pytest.raises(ReasonsNeeded):
            edited(staff.reviewer, told.ids["p2"], reasons, teller=True)
    assert edited(staff.reviewer, told.ids["p2"], teller=True) == 2
    assert stands(staff, told.ids["p2"]) == ("individual", True, {"age": 30})
    assert told.may(COUNTED, "p2") == no("no_consent")  # theirs alone from now on
    assert states(staff) == {V.UNDER_VERIFICATION}
    with pytest.raises(SecondPersonNeeded):
        moved(staff.reviewer, V.CREDIBLE)
    moved(staff.second, V.CREDIBLE)
    with staff.reviewer.work() as work:
        (done,) = editing.history(work, [told.ids["p2"]])
        assert (done.fields, done.reasons) == (["teller"], WHY)
        before, after = editing.sides(work, done.edit)
        assert (before["teller"], after["teller"]) == (False, True)


def test_whoever_did_not_tell_it_carries_nobody_and_keeps_every_no_of_their_own(staff):
    told = Told(staff, [somebody(given={}), somebody("p2", teller=False)], **TWO_ACTS)
    told.basis("p2", kind="number_only", purposes=[COUNTED.value])
    assert yes(told.may(COUNTED, "p2"))
    edited(staff.reviewer, told.ids["p1"], teller=False)
    assert told.may(COUNTED, "p2") == no("no_teller")
    told.says("p1", decisions={COUNTED.value: "refused"})
    assert told.may(COUNTED, "p1") == no("refused")
    edited(staff.reviewer, told.ids["p1"], teller=True)
    assert told.may(COUNTED, "p1") == no("refused")


def test_a_yes_that_was_said_for_a_group_ends_as_it_becomes_one_person(staff):
    size = {"group_size": {"best": 4}}
    told = Told(staff, [somebody(kind="group", given={}, **size)])
    assert told.may(ROW) == no("group")
    edited(staff.reviewer, told.ids["p1"], kind="individual")
    assert stands(staff, told.ids["p1"]) == ("individual", True, {})
    assert not yes(told.may(ROW))
    assert yes(told.may(COUNTED))  # which a group can permit, and did
    told.says(decisions={ROW.value: "given"})
    assert yes(told.may(ROW))


def test_of_a_person_who_becomes_a_group_nothing_stays_that_no_group_has_and_it_is_restored(staff):
    told = Told(staff, [somebody(given={}, age=30, gender="F", nationality=["HND"])])
    assert yes(told.may(ROW))
    edited(staff.reviewer, told.ids["p1"], kind="group")
    assert stands(staff, told.ids["p1"]) == ("group", True, {"nationality": ["HND"]})
    assert told.may(ROW) == no("group")
    with staff.reviewer.work() as work:
        person = work.get(Person, told.ids["p1"])
        editing.restore(work, person, person.version, 1, WHY)
    assert stands(staff, told.ids["p1"])[0] == "individual"
    assert not yes(told.may(ROW))  # asked anew, for nobody knows any more whom that yes was asked of


def test_what_is_no_kind_and_what_is_no_field_of_theirs_is_said(staff):
    told = Told(staff, [somebody(given={})])
    for wrong in ({"kind": "crowd"}, {"narrative": "…"}):
        with pytest.raises(InvalidInput) as problem:
            edited(staff.reviewer, told.ids["p1"], **wrong)
        assert set(problem.value.fields) == set(wrong)
    assert edited(staff.reviewer, told.ids["p1"], kind="individual", teller=True) == 0
    with staff.reviewer.work() as work:
        assert consent.history(work, work.get(Person, told.ids["p1"]))[-1][1]["event"] == "given"
        assert not editing.history(work, [told.ids["p1"]])


def test_a_newer_version_leaves_alone_who_a_reviewer_found_them_to_be(staff, house):
    bring_in(staff.reviewer, {})
    with staff.second.work() as work:
        id = work.db.scalars(select(Person.id).where(Person.teller)).one()
    edited(staff.second, id, teller=False)
    bring_in(staff.reviewer, {"age": "30"})
    with staff.other_reviewer.work() as work:
        following.adopt(work, waiting(staff.other_reviewer).id)
    assert stands(staff, id) == ("individual", False, {"age": 30})
