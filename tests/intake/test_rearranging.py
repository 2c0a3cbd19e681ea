"""What was joined or taken apart: nothing is counted twice, and undone, everything counts as it did before."""

import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import consent, erasure, review, search
from incidents.consent import Permit, Refusal
from incidents.errors import (
    Conflict,
    LaterFirst,
    MoveNotAllowed,
    NotAllowed,
    NotFound,
    Problem,
    ReasonsNeeded,
)
from incidents.intake import rearranging, report, schema, take_in
from incidents.intake.take_in import Same
from incidents.model.base import db
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import Purpose, ReportState, Says, Verification
from incidents.release import gather, policy
from tests import make
from tests.conftest import Staff

WHY = "Both tell of the same night, seen by two people."
GIVEN = {"REC": "given", "STA": "given", "ROW": "given"}


def told(*acts, name="Marisol Inventada", decisions=None):
    """One teller, harmed in each of these acts."""
    return make.report_document(
        acts=[{"key": f"a{n}", "type": code, "status": "C"} for n, code in enumerate(acts, 1)],
        persons=[
            {
                "key": "p1",
                "teller": True,
                "identity": {"name": name},
                "facts": {"age": 30, "nationality": ["HND"]},
                "consent": {"decisions": GIVEN if decisions is None else decisions},
            }
        ],
        involvements=None,
    )


@pytest.fixture
def sent(staff):
    def send(*acts, **more):
        with staff.researcher.work() as work:
            return report.send(work, schema.load(told(*acts, **more)), "page").id

    return send


@pytest.fixture
def taken(staff, sent):
    """A report sent and taken in: its id and the incident's."""

    def take(*acts, **more):
        id = sent(*acts, **more)
        with staff.reviewer.work() as work:
            return id, take_in.take_in(work, id).id

    return take


def counted(staff):
    """The acts that count, by kind; how many different incidents and persons; no act twice."""
    with staff.analyst.work() as work:
        found = gather.gather(work, policy.load("internal"), {})
    with staff.reviewer.work() as work:
        rows = [(act.id, facts["type"]) for one in incidents(work) for act, facts in one.acts]
        assert len({id for id, _type in rows}) == len(rows)
        acts = Counter(type for _id, type in rows)
        pairs = {
            (link.act_id, one.same.get(link.person_id, link.person_id))
            for one in incidents(work)
            for link, _said in one.involvements
        }
    assert len(found.rows) == len(pairs)  # one row an act and person, however often they were recorded
    return {
        "acts": acts,
        "incidents": len({row["incident"] for row in found.rows}),
        "persons": len({id for row in found.rows for id in row["persons"]}),
    }


def incidents(work):
    ids = [line.incident.id for line in search.listed(work, None, limit=100).lines]
    return [search.open_incident(work, id) for id in ids]


def people(staff, incident):
    with staff.reviewer.work() as work:
        return [person.id for person, _facts in search.people_of(work, incident)]


def acts(staff, incident):
    with staff.reviewer.work() as work:
        return [act.id for act, _facts in search.acts_of(work, search.together(work, [incident]))]


def doing(staff, deed, *arguments, **more):
    with staff.reviewer.work() as work:
        done = deed(work, *arguments, **more)
        return getattr(done, "id", done)


def undo(staff, id):
    with staff.reviewer.work() as work:
        rearranging.undo(work, work.get(Rearrangement, id), "It was a mistake of ours.")


# -- linked


def test_an_act_told_twice_is_one_act_with_two_sources(staff, taken, sent):
    _report, incident = taken("KID", "EXT")
    known, again = acts(staff, incident)[0], sent("KID", "ROB", name="Filomeno Inventado")
    with staff.reviewer.work() as work:
        take_in.take_in(work, again, None, incident, Same(acts={"a1": known}))
    with staff.reviewer.work() as work:
        opened = search.open_incident(work, incident)
        assert sorted(facts["type"] for _act, facts in opened.acts) == ["EXT", "KID", "ROB"]
        act = work.get(Act, known)
        assert len(review.grounds_of(work, act).origins(Says.SUPPORTS)) == 2
        assert set(act.submitted_by) == {str(staff.researcher.id), str(staff.reviewer.id)}
    assert counted(staff)["persons"] == 2


def test_a_person_told_of_twice_is_one_person_and_keeps_a_record_for_each_report(staff, taken, sent):
    _report, incident = taken("KID")
    known, again = people(staff, incident)[0], sent("EXT")
    with staff.reviewer.work() as work:
        take_in.take_in(work, again, None, incident, Same(persons={"p1": known}))
    assert len(people(staff, incident)) == 2
    assert counted(staff)["persons"] == 1


def test_an_act_of_another_incident_is_not_supported_by_the_way(staff, taken, sent):
    _one, incident = taken("KID")
    _two, other = taken("EXT")
    with staff.reviewer.work() as work, pytest.raises(NotFound):
        take_in.take_in(work, sent("KID"), None, incident, Same(acts={"a1": acts(staff, other)[0]}))


def test_unlinked_what_a_report_brought_counts_no_more_and_it_waits_again(staff, taken, sent, house):
    _first, incident = taken("KID")
    before, again = counted(staff), sent("KID", "ROB", name="Filomeno Inventado")
    known = acts(staff, incident)[0]
    with staff.reviewer.work() as work:
        take_in.take_in(work, again, None, incident, Same(acts={"a1": known}))
    after = counted(staff)
    with staff.reviewer.work() as work:
        rearranging.unlink(work, work.get(Report, again), WHY)
    assert counted(staff) == before
    with staff.reviewer.work() as work:
        assert [each.id for each in report.inbox(work)] == [again]
        assert len(review.grounds_of(work, work.get(Act, known)).origins(Says.SUPPORTS)) == 1
        assert [each.reference for each in review.reports_of(work, work.get(Incident, incident))] != []
        take_in.take_in(work, again, None, incident, Same(acts={"a1": known}))
    assert counted(staff) == after
    house.db().rollback()
    said = house.db().scalars(select(Rearrangement).where(Rearrangement.kind == Arrangement.UNLINKED)).one()
    assert said.undone_by == staff.reviewer.id


def test_a_person_taken_in_again_is_the_same_person_with_one_ledger(staff, taken):
    sent, incident = taken("KID", decisions={"REC": "given", "ROW": "refused"})
    person = people(staff, incident)[0]
    with staff.reviewer.work() as work:
        rearranging.unlink(work, work.get(Report, sent), WHY)
    with staff.reviewer.work() as work:
        made = take_in.take_in(work, sent)
        id = made.id
    assert people(staff, id) == [person]
    with staff.reviewer.work() as work:
        assert len(consent.history(work, work.get(Person, person))) == 1
        assert consent.permits(work, work.get(Person, person), Purpose.ROWS) == Refusal("refused")


def test_two_reviewers_who_take_in_the_same_report_at_once_are_two_threads_and_one_is_told(
    staff, sent, instance, house
):
    id, start, fates = sent("KID"), threading.Barrier(2, timeout=60), []
    who = [staff.reviewer, staff.other_reviewer]
    house.db().rollback()

    def take(member):
        with instance.app.app_context():
            try:
                with member.work() as work:
                    start.wait()
                    take_in.take_in(work, id)
                    start.wait()
                fates.append("taken in")
            except (Conflict, MoveNotAllowed) as told:
                fates.append(told.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=take, args=(member,)) for member in who]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fates) == ["conflict", "taken in"]
    house.db().rollback()
    assert len(house.db().scalars(select(Incident)).all()) == 1
    assert len(house.db().scalars(select(ReportLink)).all()) == 1


# -- nobody's no is lost


@pytest.mark.parametrize("key", ["p1", "x1"])
def test_whoever_said_no_to_being_recorded_is_taken_in_under_no_key(staff, sent, key):
    id = sent("KID")
    document = told("KID", decisions={"REC": "refused"})
    document["persons"][0]["key"] = key
    with staff.reviewer.work() as work, pytest.raises(Problem) as refused:
        take_in.take_in(work, id, document)
    assert list(refused.value.fields) == ["persons.0.identity.name"]


def test_a_told_refusal_is_not_dropped_under_a_new_key(staff, sent):
    id = sent("KID", decisions={"REC": "given", "ROW": "refused"})
    document = told("KID", name="Somebody Else", decisions={"REC": "given"})
    document["persons"][0]["key"] = "x1"
    with staff.reviewer.work() as work, pytest.raises(Problem):
        take_in.take_in(work, id, document)


def test_a_relative_with_the_same_phone_may_be_added_beside_who_said_no(staff, sent):
    document = told("KID", decisions={"REC": "given", "ROW": "refused"})
    document["persons"][0]["identity"]["phone"] = make.CANARY_PHONE
    with staff.researcher.work() as work:
        id = report.send(work, schema.load(document), "page").id
    brother = {"key": "x1", "identity": {"name": "Filomeno Inventado", "phone": make.CANARY_PHONE}}
    document["persons"].append(brother)
    with staff.reviewer.work() as work:
        incident = take_in.take_in(work, id, schema.load(document)).id
    assert len(people(staff, incident)) == 2


def test_somebody_added_at_take_in_belongs_to_the_incident_in_no_act_too(staff, sent):
    id, document = sent("KID"), told("KID")
    document["persons"].append({"key": "p9", "facts": {"age": 7}})
    document["involvements"] = [{"person": "p1", "act": "a1"}]
    with staff.reviewer.work() as work:
        incident = take_in.take_in(work, id, document).id
    with staff.reviewer.work() as work:
        ages = [facts["age"] for _person, facts in search.people_of(work, incident)]
        rearranging.unlink(work, work.get(Report, id), WHY)
    assert sorted(ages) == [7, 30]
    assert people(staff, incident) == []


# -- merged


def test_two_merged_incidents_are_one_with_the_acts_of_both_and_two_again(staff, taken):
    _a, one = taken("KID")
    _b, other = taken("EXT", name="Filomeno Inventado")
    before = counted(staff)
    row = doing(staff, rearranging.merge, one, other, WHY)
    after = counted(staff)
    assert (before["incidents"], after["incidents"]) == (2, 1)
    assert after["acts"] == before["acts"]
    assert len(acts(staff, one)) == 2
    undo(staff, row)
    assert counted(staff) == before


def test_a_chain_of_merges_has_one_end_and_no_ring_is_made(staff, taken):
    a, b, c = (taken("KID")[1] for _ in range(3))
    doing(staff, rearranging.merge, b, a, WHY)
    doing(staff, rearranging.merge, c, b, WHY)
    with staff.reviewer.work() as work:
        assert search.kept(work, a) == c
    for keep, gone in ((a, c), (b, c), (c, a), (c, c)):
        with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
            rearranging.merge(work, keep, gone, WHY)


def test_of_two_who_merge_into_each_other_at_once_one_is_told(staff, taken, house):
    one, other = taken("KID")[1], taken("EXT")[1]
    house.db().rollback()
    with Session(db.engine, autoflush=False, expire_on_commit=False) as elsewhere:
        late = replace(house, db=lambda: elsewhere).work(
            staff.other_reviewer.actor, staff.other_reviewer.ring
        )
        rearranging.merge(late, other, one, WHY)
        doing(staff, rearranging.merge, one, other, WHY)
        with pytest.raises(Conflict):
            late.commit()


def test_a_merge_has_reasons_and_is_the_reviewers(staff, taken):
    one, other = taken("KID")[1], taken("EXT")[1]
    with staff.reviewer.work() as work, pytest.raises(ReasonsNeeded):
        rearranging.merge(work, one, other, "yes")
    for who in (staff.analyst, staff.researcher, staff.auditor):
        with who.work() as work, pytest.raises(NotAllowed):
            rearranging.merge(work, one, other, WHY)


def test_what_one_record_of_a_person_refuses_stops_all_of_them(staff, taken):
    _a, one = taken("KID")
    _b, other = taken("EXT")
    kept, gone = people(staff, one)[0], people(staff, other)[0]
    row = doing(staff, rearranging.merge_persons, kept, gone, WHY)
    with staff.reviewer.work() as work:
        assert isinstance(consent.permits(work, work.get(Person, kept), Purpose.ROWS), Permit)
        consent.withdraw(work, work.get(Person, gone), [Purpose.ROWS])
    with staff.reviewer.work() as work:
        both = [work.get(Person, id) for id in (kept, gone)]
        assert set(consent.permits_all(work, both, Purpose.ROWS).values()) == {Refusal("withdrawn")}
        assert isinstance(consent.permits(work, both[0], Purpose.STATISTICS), Permit)
    undo(staff, row)
    with staff.reviewer.work() as work:
        assert isinstance(consent.permits(work, work.get(Person, kept), Purpose.ROWS), Permit)


# -- split


def test_split_acts_are_an_incident_of_their_own_looked_at_anew(staff, taken):
    _report, incident = taken("KID", "ROB")
    before, (first, second) = counted(staff), acts(staff, incident)
    with staff.other_reviewer.work() as work:
        review.move(work, work.get(Act, second), Verification.CREDIBLE, "Detailed and consistent account.")
    with staff.reviewer.work() as work:
        made = rearranging.split(work, work.get(Incident, incident), [second], WHY).id
    assert acts(staff, incident) == [first]
    with staff.reviewer.work() as work:
        new, old = work.get(Act, acts(staff, made)[0]), work.get(Act, second)
        assert (new.verification, old.left_for) == (Verification.RECEIVED, new.id)
        assert str(staff.reviewer.id) in new.submitted_by
        assert work.read(new, "facts")["type"] == work.read(old, "facts")["type"]
        assert [a.verification for a, _i in review.queue(work, [Verification.CREDIBLE])] == []
    assert people(staff, made) == people(staff, incident)
    assert counted(staff)["acts"] == before["acts"]
    assert counted(staff)["persons"] == 1
    with staff.reviewer.work() as work:
        row = work.db.scalars(select(Rearrangement)).one().id
    undo(staff, row)
    assert counted(staff)["acts"] == before["acts"]
    assert acts(staff, incident) == [first, second]
    with staff.reviewer.work() as work:
        assert work.get(Act, second).verification == Verification.CREDIBLE
        assert search.kept(work, made) == incident


def test_not_every_act_may_be_split_off(staff, taken):
    _report, incident = taken("KID")
    with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
        rearranging.split(work, work.get(Incident, incident), acts(staff, incident), WHY)


def test_a_split_is_not_undone_under_a_later_one(staff, taken):
    _report, incident = taken("KID", "ROB", "EXT")
    ids = acts(staff, incident)
    with staff.reviewer.work() as work:
        made = rearranging.split(work, work.get(Incident, incident), ids[1:], WHY).id
    with staff.reviewer.work() as work:
        first = work.db.scalars(select(Rearrangement)).one().id
        rearranging.split(work, work.get(Incident, made), acts(staff, made)[:1], WHY)
    with pytest.raises(LaterFirst):
        undo(staff, first)


# -- all of it together


class Walk:
    """A random history of one instance; each step that is not possible is refused and changes nothing."""

    def __init__(self, staff, sent):
        self.staff, self.sent, self.reports, self.joined = staff, sent, [], []

    def step(self, deed, one, other):
        with suppress(Problem):
            getattr(self, deed)(one, other)

    def listed(self):
        with self.staff.reviewer.work() as work:
            return sorted(one.incident.id for one in incidents(work))

    def pick(self, rows, number):
        if not rows:
            raise NotFound
        return rows[number % len(rows)]

    def merge(self, one, other):
        rows = self.listed()
        self.joined.append(
            doing(self.staff, rearranging.merge, self.pick(rows, one), self.pick(rows, other), WHY)
        )

    def person(self, one, other):
        rows = sorted({id for each in self.listed() for id in people(self.staff, each)})
        self.joined.append(
            doing(self.staff, rearranging.merge_persons, self.pick(rows, one), self.pick(rows, other), WHY)
        )

    def split(self, one, other):
        incident = self.pick(self.listed(), one)
        act = self.pick(acts(self.staff, incident), other)
        with self.staff.reviewer.work() as work:
            made = rearranging.split(work, work.get(Incident, incident), [act], WHY).id
        with self.staff.reviewer.work() as work:
            rows = work.db.scalars(select(Rearrangement).where(Rearrangement.gone_id == made))
            self.joined.append(rows.one().id)

    def unlink(self, one, _other):
        with self.staff.reviewer.work() as work:
            rearranging.unlink(work, work.get(Report, self.pick(self.reports, one)), WHY)

    def undo(self, one, _other):
        undo(self.staff, self.pick(self.joined, one))

    def undo_all(self):
        """The latest first; and every report that waits is taken in again."""
        for id in reversed(self.joined):
            with suppress(MoveNotAllowed):  # undone before
                undo(self.staff, id)
        with self.staff.reviewer.work() as work:
            waiting = [each.id for each in report.inbox(work)]
        for id in waiting:
            doing(self.staff, take_in.take_in, id)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "person", "split", "unlink", "undo"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=7,
)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_however_often_joined_and_taken_apart_no_act_counts_twice_and_undone_all_counts_as_before(
    sqlite_template, tmp_path_factory, steps
):
    folder = tmp_path_factory.mktemp("walk") / "instance"
    opened = sqlite_template.copy(folder, make.database_file(folder))
    with opened.app.app_context():
        staff = Staff(opened.house, sqlite_template.founder_in(opened.house))
        _walk(staff, steps)
    opened.close()


def _walk(staff, steps):
    def send(*acts, **more):
        with staff.researcher.work() as work:
            return report.send(work, schema.load(told(*acts, **more)), "page").id

    walk = Walk(staff, send)
    for kinds in (("KID", "ROB"), ("EXT",), ("ASS", "THR")):
        walk.reports.append(send(*kinds))
        doing(staff, take_in.take_in, walk.reports[-1])
    before = counted(staff)
    for step in steps:
        walk.step(*step)
        now = counted(staff)
        assert all(number == 1 for number in now["acts"].values())
        assert not now["acts"] - before["acts"]
        assert now["persons"] <= before["persons"]
    walk.undo_all()
    after = counted(staff)
    assert (after["acts"], after["persons"]) == (before["acts"], before["persons"])


# -- erased


def test_an_erased_person_takes_along_why_they_were_joined_and_where_they_were(staff, taken, house):
    _a, one = taken("KID")
    sent, other = taken("EXT")
    kept, gone = people(staff, one)[0], people(staff, other)[0]
    doing(staff, rearranging.merge_persons, kept, gone, WHY)
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, gone), "She asked for it, and two of us agreed.")
    erasure.finish(house)
    with staff.reviewer.work() as work:
        (_row, reasons), *_others = rearranging.of(work, [gone])
        assert reasons.why == "erased"
        assert work.get(Report, sent).state == ReportState.ERASED
        assert consent.permits(work, work.get(Person, kept), Purpose.ROWS) == Refusal("withdrawn")


def test_whoever_tells_through_an_unlinked_report_does_not_keep_an_account_alive(staff, taken, sent, house):
    _first, incident = taken("KID")
    again, known = sent("KID", name="Filomeno Inventado"), acts(staff, incident)[0]
    with staff.reviewer.work() as work:
        take_in.take_in(work, again, None, incident, Same(acts={"a1": known}))
    with staff.reviewer.work() as work:
        rearranging.unlink(work, work.get(Report, again), WHY)
    (person,) = people(staff, incident)
    with staff.coordinator.work() as work:
        erasure.erase_person(work, work.get(Person, person), "She asked for it, and two of us agreed.")
    erasure.finish(house)
    with staff.reviewer.work() as work:
        assert search.open_incident(work, incident).narrative.why == "erased"
        assert work.get(Act, known).verification == Verification.SOURCE_WITHDREW


def test_the_reason_why_a_report_was_unlinked_goes_with_the_report(staff, taken, house):
    sent, _incident = taken("KID")
    with staff.reviewer.work() as work:
        rearranging.unlink(work, work.get(Report, sent), WHY)
    with staff.coordinator.work() as work:
        erasure.erase_report(work, work.get(Report, sent), "She asked for it, and two of us agreed.")
    erasure.finish(house)
    with staff.reviewer.work() as work:
        assert [reasons.why for _row, reasons in rearranging.of(work, [sent])] == ["erased"]


# -- linked incidents


def test_incidents_are_linked_and_let_go_of(staff, taken):
    one, other = taken("KID")[1], taken("EXT")[1]
    row = doing(staff, rearranging.link, one, other, "PRE")
    for kind, two in (("PRE", other), ("SAM", one), ("XXX", other)):
        with staff.reviewer.work() as work, pytest.raises(MoveNotAllowed):
            rearranging.link(work, one, two, kind)
    with staff.reviewer.work() as work:
        (link,) = rearranging.links_of(work, other)
        assert (link.id, link.kind) == (row, "PRE")
        rearranging.unlink_incidents(work, link)
    with staff.reviewer.work() as work:
        assert rearranging.links_of(work, one) == []
        assert isinstance(row, UUID)
