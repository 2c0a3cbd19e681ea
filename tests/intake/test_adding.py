"""What was forgotten is added, what was wrong is taken out: nothing is deleted, nothing counts twice or unseen."""

import pytest
from sqlalchemy import select

from incidents import search
from incidents.errors import InvalidInput, MoveNotAllowed, NotFound, ReasonsNeeded, SecondPersonNeeded
from incidents.intake import adding, editing, following, rearranging, take_in
from incidents.model.edit import EditKind
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.report import Report
from incidents.model.vocabulary import Verification
from incidents.release import gather, policy
from incidents.search import Filter
from tests.intake.test_editing import WHY, edited, ids, moved, sent, state, taken
from tests.intake.test_following import _registered, bring_in, waiting

__all__ = ["_registered", "sent", "taken"]
V = Verification


def doing(staff, deed, *arguments, who="reviewer", **more):
    with getattr(staff, who).work() as work:
        done = deed(work, *arguments, **more)
        return getattr(done, "id", done)


def acts_in(staff, incident):
    with staff.reviewer.work() as work:
        return [act.id for act, _facts in search.open_incident(work, incident).acts]


def take_out(staff, kind, id, who="reviewer"):
    with getattr(staff, who).work() as work:
        row = work.get(kind, id)
        return len(adding.take_out(work, row, row.version, WHY))


def bring_back(staff, kind, id, who="reviewer"):
    with getattr(staff, who).work() as work:
        row = work.get(kind, id)
        return len(adding.bring_back(work, row, row.version, WHY))


def test_an_added_act_stands_behind_the_told_ones_and_is_verified_by_somebody_else(staff, taken):
    incident = taken()
    with staff.reviewer.work() as work:
        act = adding.add_act(work, work.get(Incident, incident), {"type": "ROB"}, WHY).id
    assert acts_in(staff, incident)[-1] == act
    with pytest.raises(SecondPersonNeeded):
        moved(staff.reviewer, act)
    moved(staff.second, act)
    with staff.reviewer.work() as work:
        (done,) = editing.history(work, [act])
        assert (done.edit.kind, done.edit.from_version, done.reasons) == (EditKind.ADDED, None, WHY)
        assert editing.sides(work, done.edit)[1]["facts"] == {"type": "ROB"}
        listed = search.listed(work, wanted=Filter(codes={"act": ("ROB",)}))
        assert [line.incident.id for line in listed.lines] == [incident]
        work.must_be_whole()


def test_an_added_part_or_doer_sends_acts_back(staff, taken):
    incident = taken()
    (act,) = ids(staff, Act)
    moved(staff.reviewer, act)
    with staff.second.work() as work:
        row = work.get(Incident, incident)
        person = adding.add_person(work, row, {"kind": "individual", "facts": {"age": 17}}, WHY).id
    assert state(staff, act) == V.CREDIBLE
    with staff.second.work() as work:
        adding.add_involvement(work, work.get(Incident, incident), person, act, {"part": "DIR"}, WHY)
    assert state(staff, act) == V.UNDER_VERIFICATION
    moved(staff.reviewer, act)
    with staff.second.work() as work:
        adding.add_perpetrator(work, work.get(Incident, incident), {"group": "Los Terceros"}, WHY)
    assert state(staff, act) == V.UNDER_VERIFICATION


@pytest.mark.parametrize(
    "deed",
    [
        lambda work, row: adding.add_act(work, row, {"type": "ROB"}, "no"),
        lambda work, row: adding.add_person(work, row, {}, "no"),
        lambda work, row: adding.add_perpetrator(work, row, {}, "no"),
    ],
)
def test_what_is_added_has_a_reason(staff, taken, deed):
    incident = taken()
    with staff.reviewer.work() as work, pytest.raises(ReasonsNeeded):
        deed(work, work.get(Incident, incident))


def test_nobody_is_put_into_an_act_of_another_incident(staff, taken):
    one, _other = taken(), taken()
    with staff.reviewer.work() as work:
        here = search.open_incident(work, one)
        (there,) = {*work.db.scalars(select(Act.id))} - {act.id for act, _facts in here.acts}
        person, row = here.people[0][0].id, here.incident
        with pytest.raises(InvalidInput):
            adding.add_involvement(work, row, person, there, {"part": "DIR"}, WHY)
        with pytest.raises(InvalidInput):
            adding.add_act(work, row, {"type": "ROB"}, WHY, parts={there: {"part": "DIR"}})


def test_what_was_added_goes_with_its_report_and_stays_behind_a_split(staff, taken):
    incident = taken()
    with staff.reviewer.work() as work:
        adding.add_act(work, work.get(Incident, incident), {"type": "ROB"}, WHY)
    with staff.reviewer.work() as work:
        rearranging.split(work, work.get(Incident, incident), [acts_in(staff, incident)[0]], "Another night.")
    assert len(acts_in(staff, incident)) == 1
    with staff.reviewer.work() as work:
        rearranging.unlink(work, work.db.scalars(select(Report)).one(), "It tells of something else.")
    assert acts_in(staff, incident) == []


# -- taken out, and brought back


def counted(staff):
    with staff.analyst.work() as work:
        return gather.gather(work, policy.load("internal"), {}).rows


def test_what_is_taken_out_counts_nowhere_and_comes_back_unseen_by_nobody(staff, taken):
    incident = taken()
    (act,) = ids(staff, Act)
    moved(staff.reviewer, act)
    assert len(counted(staff)) == 1
    take_out(staff, Act, act)
    assert (acts_in(staff, incident), counted(staff)) == ([], [])
    with staff.reviewer.work() as work:
        assert search.listed(work, wanted=Filter(codes={"act": ("KID",)})).lines == []
        assert [row.id for row in adding.left(work, [work.get(Incident, incident)])] == [act]
    with pytest.raises(NotFound):
        take_out(staff, Act, act)
    bring_back(staff, Act, act)
    assert acts_in(staff, incident) == [act]
    assert state(staff, act) == V.UNDER_VERIFICATION
    with pytest.raises(SecondPersonNeeded):
        moved(staff.reviewer, act)
    moved(staff.second, act)
    with staff.reviewer.work() as work:
        kinds = [each.edit.kind for each in editing.history(work, [act])]
        assert kinds == [EditKind.TAKEN_OUT, EditKind.BROUGHT_BACK]
        work.must_be_whole()


@pytest.mark.parametrize("kind", [Involvement, Perpetrator, Source], ids=lambda kind: kind.__tablename__)
def test_what_acts_rested_on_leaves_and_they_are_looked_at_anew(staff, taken, kind):
    taken(sources=[{"type": "INP", "relation": "VIC"}, {"type": "DOC", "relation": "OFF"}])  # one stays
    (act,), id = ids(staff, Act), ids(staff, kind)[0]
    for deed in (take_out, bring_back):
        moved(staff.second, act)
        assert deed(staff, kind, id) == 1
        assert state(staff, act) == V.UNDER_VERIFICATION


def test_only_what_an_edit_took_out_is_brought_back(staff, taken):
    incident = taken(acts=[{"key": "a1", "type": "KID"}, {"key": "a2", "type": "EXT"}], involvements=None)
    act = acts_in(staff, incident)[0]
    with pytest.raises(MoveNotAllowed):
        bring_back(staff, Act, act)
    with staff.reviewer.work() as work:
        rearranging.split(work, work.get(Incident, incident), [act], "It was another night.")
    with pytest.raises(MoveNotAllowed):
        bring_back(staff, Act, act)


def test_what_was_taken_out_does_not_come_back_beside_what_its_report_brings_anew(staff, taken):
    incident = taken()
    (act,) = ids(staff, Act)
    take_out(staff, Act, act)
    with staff.reviewer.work() as work:
        told = work.db.scalars(select(Report)).one()
        rearranging.unlink(work, told, "It tells of something else.")
    with staff.reviewer.work() as work:
        take_in.take_in(work, work.db.scalars(select(Report.id)).one(), None, incident)
    with pytest.raises(MoveNotAllowed):
        bring_back(staff, Act, act)
    assert len(acts_in(staff, incident)) == 1


def test_a_part_that_was_told_anew_meanwhile_does_not_come_back_beside_it(staff, taken):
    incident = taken()
    part = ids(staff, Involvement)[0]
    with staff.reviewer.work() as work:
        row = work.get(Involvement, part)
        person, act = row.person_id, row.act_id
    take_out(staff, Involvement, part)
    with staff.reviewer.work() as work:
        adding.add_involvement(work, work.get(Incident, incident), person, act, {"part": "WIT"}, WHY)
    with pytest.raises(MoveNotAllowed):
        bring_back(staff, Involvement, part)


def test_a_person_that_was_added_is_edited_like_any_other(staff, taken):
    incident = taken()
    with staff.reviewer.work() as work:
        entry = {"kind": "individual", "facts": {"age": 17}, "identity": {"name": "Tercera Inventada"}}
        person = adding.add_person(work, work.get(Incident, incident), entry, WHY).id
    edited(staff.reviewer, Person, person, age=18)
    with staff.reviewer.work() as work:
        opened = search.open_incident(work, incident)
        assert {"age": 18} in [facts for _person, facts in opened.people]
        assert work.read(work.get(Person, person), "name", "contact") == "Tercera Inventada"


def test_an_act_that_was_taken_out_stays_out_when_a_newer_version_tells_of_it_as_before(staff, house):
    bring_in(staff.other_reviewer, {"act2": "E"})
    with staff.reviewer.work() as work:
        (act,) = [act.id for act, said in _acts(work) if said["type"] == "KID"]
    take_out(staff, Act, act)
    bring_in(staff.other_reviewer, {"act2": "E", "day": "2019-03-04"})
    with staff.reviewer.work() as work:
        following.adopt(work, waiting(staff.reviewer).id)
    with staff.reviewer.work() as work:
        assert [said["type"] for _act, said in _acts(work)] == ["EXT"]
    bring_back(staff, Act, act)
    with staff.reviewer.work() as work:
        assert [said["type"] for _act, said in _acts(work)] == ["KID", "EXT"]


def _acts(work):
    return search.open_incident(work, work.db.scalars(select(Incident.id)).one()).acts
