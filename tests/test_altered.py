"""A row that was changed behind the program is not signed by being changed in it; what ends something goes on."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from incidents import erasure, jobs, members, review
from incidents.errors import Conflict, TrailBroken
from incidents.intake import report, take_in
from incidents.model.account import User
from incidents.model.audit import AuditEntry, RecordDigest
from incidents.model.base import db
from incidents.model.incident import Act, Incident
from incidents.model.job import Job
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.model.vocabulary import AccountState, JobState, ReportState, Verification
from incidents.safeguards import audit
from incidents.work import Compartment
from tests import make

DECISION = "Asked by herself at the shelter, agreed by two of us."


def put(house, kind, id, **values):
    with make.behind(house) as data:
        data.execute(update(kind.__table__).where(kind.__table__.c.id == id).values(**values))


def breaks(who):
    with who.work() as work:
        work.db.expire_all()
        return {found.where for found in work.breaks()}


def notes(house, event):
    with make.behind(house) as data:
        return data.scalar(
            select(func.count()).select_from(AuditEntry.__table__).where(AuditEntry.event == event)
        )


@pytest.fixture
def sent(staff):
    with staff.researcher.work() as work:
        return report.send(work, make.report_document(), "page").id


@pytest.fixture
def incident(staff, sent):
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


def edit(work, incident):
    row = work.get(Incident, incident)
    row.edited_after_verification = True
    work.note("incident.edited", row)


def act_of(who, incident):
    with who.work() as work:
        return work.db.scalars(select(Act.id).where(Act.incident_id == incident)).one()


def test_an_incident_that_was_altered_is_named_when_somebody_edits_it_and_stays_as_it_was_found(
    house, staff, incident
):
    put(house, Incident, incident, assignee=staff.reviewer.id)
    before = notes(house, "incident.edited")
    with pytest.raises(TrailBroken) as refused, staff.reviewer.work() as work:
        edit(work, incident)
    assert refused.value.details == {"where": f"incident/{incident}"}
    assert notes(house, "incident.edited") == before
    assert breaks(staff.coordinator) == {f"incident/{incident}"}


def test_a_verification_that_was_written_in_is_not_signed_by_the_next_decision(house, staff, incident):
    act = act_of(staff.reviewer, incident)
    put(house, Act, act, verification="UND")
    with pytest.raises(TrailBroken, match="trail-broken"), staff.other_reviewer.work() as work:
        review.move(work, work.get(Act, act), Verification.CREDIBLE, "Two phone records agree with it.")
    assert breaks(staff.coordinator) == {f"act/{act}"}


@pytest.mark.parametrize("column", ["left_on", "left_for"])
def test_a_later_column_that_was_filled_in_is_named_before_a_change_too(house, staff, incident, column):
    act = act_of(staff.reviewer, incident)
    put(house, Act, act, **{column: {"left_on": date(2026, 11, 27), "left_for": incident}[column]})
    with pytest.raises(TrailBroken), staff.other_reviewer.work() as work:
        work.get(Act, act).verification = Verification.UNDER_VERIFICATION
    assert breaks(staff.coordinator) == {f"act/{act}"}


def test_a_row_that_was_altered_together_with_its_digest_still_breaks_the_trail_after_a_change(
    house, staff, incident
):
    """The change itself cannot tell; the block of the digest that was rewritten can, for ever."""
    with staff.reviewer.work() as work:
        row = work.get(Incident, incident)
        before, row.assignee = row.assignee, staff.coordinator.id
        forged, row.assignee = audit.digest(row), before
    put(house, Incident, incident, assignee=staff.coordinator.id)
    with make.behind(house) as data:
        said = RecordDigest.__table__
        block = data.scalar(select(said.c.block).where(said.c.record_id == incident))
        data.execute(update(said).where(said.c.record_id == incident).values(digest=forged))
    with staff.reviewer.work() as work:
        edit(work, incident)
    assert breaks(staff.coordinator) == {f"block {block}"}


def test_an_older_row_that_was_put_back_is_named_when_somebody_changes_it(house, staff, incident):
    with make.behind(house) as data:
        older = dict(data.execute(select(Incident.__table__).where(Incident.id == incident)).one()._mapping)
    with staff.reviewer.work() as work:
        edit(work, incident)
    with make.behind(house) as data:
        data.execute(update(Incident.__table__).where(Incident.id == incident).values(**older))
    with pytest.raises(TrailBroken), staff.reviewer.work() as work:
        work.get(Incident, incident).assignee = staff.reviewer.id


def test_who_lost_a_race_is_told_so_and_not_that_records_were_altered(house, staff, incident):
    with Session(db.engine, autoflush=False, expire_on_commit=False) as elsewhere:
        late = replace(house, db=lambda: elsewhere).work(staff.reviewer.actor, staff.reviewer.ring)
        row = late.get(Incident, incident)
        with staff.other_reviewer.work() as work:
            work.get(Incident, incident).assignee = staff.other_reviewer.id
            work.note("incident.edited", work.get(Incident, incident))
        row.assignee = staff.reviewer.id
        with pytest.raises(Conflict):
            late.commit()
    assert breaks(staff.coordinator) == set()


def test_a_job_that_was_altered_is_not_cancelled(house, staff, monkeypatch):
    monkeypatch.setitem(jobs.registry, "nothing", jobs.Kind("nothing", frozenset({Compartment.FACTS}), print))
    with staff.reviewer.work() as work:
        job = jobs.start(work, "nothing", {"n": 1}).id
    put(house, Job, job, arguments={"n": 2})
    with pytest.raises(TrailBroken), staff.reviewer.work() as work:
        jobs.cancel(work, work.get(Job, job))
    assert breaks(staff.coordinator) == {f"job/{job}"}


def test_a_member_whose_row_and_jobs_were_altered_is_removed_all_the_same_and_the_trail_says_so(
    house, staff, monkeypatch
):
    monkeypatch.setitem(jobs.registry, "nothing", jobs.Kind("nothing", frozenset({Compartment.FACTS}), print))
    gone = staff.reviewer
    with gone.work() as work:
        job = jobs.start(work, "nothing", {"n": 1}).id
    put(house, Job, job, arguments={"n": 2})
    put(house, User, gone.id, roles=["coordinator", "reviewer"])
    make.removed(house, staff.coordinator, gone)
    assert house.db().get_one(User, gone.id, populate_existing=True).state == AccountState.REMOVED
    assert notes(house, "record.altered") == 1
    assert breaks(staff.coordinator) == {f"job/{job}"}  # left as it is: no worker runs it
    assert house.db().get_one(Job, job, populate_existing=True).state == JobState.WAITING


def test_whoever_altered_roles_does_not_get_them_signed_by_being_disabled(house, staff):
    put(house, User, staff.researcher.id, roles=["coordinator"])
    with pytest.raises(TrailBroken), staff.coordinator.work() as work:
        members.disable(work, work.get(User, staff.researcher.id))
    assert breaks(staff.coordinator) == {f"user/{staff.researcher.id}"}


def test_an_erasure_ends_although_the_rows_that_hang_on_it_were_altered(house, staff, sent, incident):
    act = act_of(staff.reviewer, incident)
    put(house, Act, act, verification="VER")
    put(house, Report, sent, danger="today")
    with staff.coordinator.work() as work:
        ids = work.db.scalars(select(Person.id)).all()
        for id in ids:
            erasure.erase_person(work, work.get(Person, id), DECISION)
    assert erasure.finish(house) == len(ids)
    assert house.db().get_one(Act, act, populate_existing=True).verification == Verification.SOURCE_WITHDREW
    assert house.db().get_one(Report, sent, populate_existing=True).state == ReportState.ERASED
    assert notes(house, "record.altered") == 2
    assert breaks(staff.coordinator) == set()


def test_a_job_that_is_altered_while_it_runs_ends_and_is_never_taken_up_again(house, staff, monkeypatch):
    def run(step):
        with db.engine.begin() as data:
            data.execute(update(Job.__table__).values(arguments={"n": 2}))
        step.chunk(1, 2)

    kind = jobs.Kind("nothing", frozenset({Compartment.FACTS}), run)
    monkeypatch.setitem(jobs.registry, "nothing", kind)
    with staff.reviewer.work() as work:
        job = jobs.start(work, "nothing", {"n": 1}).id
    assert jobs.run_waiting(house)
    assert notes(house, "job.refused") == 1
    monkeypatch.setattr(house, "now", lambda: datetime.now(UTC) + 2 * jobs.LEASE)
    assert not jobs.run_waiting(house)
    assert house.db().get_one(Job, job, populate_existing=True).state == JobState.RUNNING
    assert breaks(staff.coordinator) == {f"job/{job}"}
