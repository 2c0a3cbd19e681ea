"""A release as long work: followed, ended, killed and begun anew; what comes of it is what a page would have made."""

import json
import os
import signal
import time
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents import consent, jobs
from incidents.errors import ConsentChanged, InvalidInput, NotAllowed, NotFound
from incidents.jobs import lasting
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from incidents.model.job import Job
from incidents.model.people import Person
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import JobState, Purpose, ReleaseState
from incidents.release import anonymize, editions, making, opening, pack, publish, stages
from incidents.release.publish import Wanted
from incidents.work import Compartment, begin, keys
from tests.release.test_publish import GIVEN, person, prepared, signed, story, tell

POLICY = "dataset-research"
ONE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
REFUSES = GIVEN | {"ROW": "refused"}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Several words about a few incidents."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))
    monkeypatch.setattr(opening, "TOGETHER", 3)
    monkeypatch.setattr(lasting, "BREATH", 0)


@pytest.fixture
def told(staff):
    """Twelve that look alike in two months, and one who refused."""
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    tell(staff, [story(people=[person(decisions=REFUSES)])])


def begun(staff, wanted=None):
    with staff.analyst.work() as work:
        return making.start(work, wanted or Wanted(POLICY, {})).id


def row(house, id):
    house.db().rollback()
    return house.db().get(Job, id, populate_existing=True)


def came_of(staff, id):
    with staff.analyst.work() as work:
        return making.outcome(work, making.one(work, id))


def same_but_for_chance(work, release):
    """A pack without what is drawn anew each time: its reference, the order of its rows, and what hangs on that."""
    said = json.loads(json.dumps(work.read(release, "manifest")).replace(release.reference, "L-"))
    files = pack.opened(work.read(release, "pack"))
    said.pop("files")
    rows = Counter(files["data.csv"].decode().splitlines())
    return said, rows, files["codebook.csv"], sorted(files)


def breaks(staff):
    with staff.coordinator.work() as work:
        return list(work.breaks())


def words_of(monkeypatch):
    """What is written into the row, one after the other."""
    heard, write = [], lasting._Words._write

    def writing(self, **said):
        write(self, **said)
        if said:
            heard.append((said["stage"], said["done"], said["total"]))

    monkeypatch.setattr(lasting._Words, "_write", writing)
    return heard


def test_what_comes_of_a_job_is_what_a_page_would_have_made(staff, house, told):
    at_once = prepared(staff)
    job = begun(staff)
    assert jobs.run_waiting(house)
    assert (row(house, job).state, row(house, job).problem) == (JobState.DONE, None)
    found = came_of(staff, job)
    with staff.analyst.work() as work:
        release = work.get(Release, found.release)
        assert release.reference == found.reference
        assert (release.state, release.prepared_by) == (ReleaseState.PREPARED, staff.analyst.id)
        assert same_but_for_chance(work, release) == same_but_for_chance(work, work.get(Release, at_once))
    assert breaks(staff) == []
    signed(staff, found.release)
    house.db().rollback()
    events = list(
        house.db().scalars(select(AuditEntry.event).where(AuditEntry.about_id.in_([job, found.release])))
    )
    for noted in ("job.mandated", "job.claimed", "job.done", "release.prepared", "release.signed"):
        assert noted in events


@ONE
def test_how_far_it_is_grows_and_each_stage_is_said(staff, house, told, monkeypatch):
    heard, job = words_of(monkeypatch), begun(staff)
    assert jobs.run_waiting(house)
    assert [stage for n, (stage, *_rest) in enumerate(heard) if n == 0 or heard[n - 1][0] != stage] == [
        *stages.STAGES
    ]
    gathered = [done for stage, done, _total in heard if stage == stages.GATHER]
    assert gathered == [0, 3, 6, 9, 12, 13]
    assert {total for stage, _done, total in heard if stage == stages.GATHER} == {13}
    assert row(house, job).state == JobState.DONE
    assert breaks(staff) == []


@ONE
def test_the_worker_has_the_keys_of_the_facts_while_it_lasts_and_no_others(staff, house, told, monkeypatch):
    seen, look = [], publish.look

    def looking(work, wanted, said):
        seen.extend(c for c in Compartment if work.vault.holds(c))
        seen.append(set(keys.lent(house.keystore)))
        return look(work, wanted, said)

    monkeypatch.setattr(publish, "look", looking)
    job = begun(staff)
    assert jobs.run_waiting(house)
    assert seen == [Compartment.FACTS, {job}]
    assert keys.lent(house.keystore) == {}


# -- killed


def in_a_child(house, do):
    """Do it in a process of its own; how that ended."""
    house.db().rollback()
    db.session.remove()
    child = os.fork()
    if child == 0:
        try:
            for engine in (db.engine, house.keystore._engine):
                engine.dispose(close=False)  # the connections are the other process's
            do()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dies_at(monkeypatch, stage, after=0):
    """kill -9 in the middle of a stage, once so many incidents were gathered."""
    looked = making._looked

    def looking(work, asked, said):
        def speaking(now, done, total):
            said(now, done, total)
            if now == stage and done >= after:
                os.kill(os.getpid(), signal.SIGKILL)

        return looked(work, asked, speaking)

    monkeypatch.setattr(making, "_looked", looking)


def dies_before_the_commit(monkeypatch):
    kept = making._kept

    def keeping(*given):
        kept(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(making, "_kept", keeping)


@pytest.mark.parametrize("moment", ["gather", "write", "kept"])
def test_killed_in_the_middle_it_begins_anew_and_ends_as_if_nothing_had_been(
    staff, house, told, monkeypatch, moment
):
    job = begun(staff)
    with monkeypatch.context() as there:
        dies_before_the_commit(there) if moment == "kept" else dies_at(
            there, moment, 6 if moment == "gather" else 0
        )
        assert in_a_child(house, lambda: jobs.run_waiting(house)) == -signal.SIGKILL
    there_now = row(house, job)
    stage = {"kept": stages.KEEP}.get(moment, moment)
    assert (there_now.state, there_now.stage) == (JobState.RUNNING, stage)
    assert moment != "gather" or (there_now.done, there_now.total) == (6, 13)
    for kind in (Release, ReleasedRow):
        assert house.db().scalar(select(func.count()).select_from(kind)) == 0
    assert breaks(staff) == []
    assert not jobs.run_waiting(house)  # its lease lasts
    now = house.now
    monkeypatch.setattr(house, "now", lambda: now() + lasting.LAST * 2)
    assert jobs.run_waiting(house)
    found = came_of(staff, job)
    with staff.analyst.work() as work:
        counted = same_but_for_chance(work, work.get(Release, found.release))
    at_once = prepared(staff)
    with staff.analyst.work() as work:
        assert counted == same_but_for_chance(work, work.get(Release, at_once))
    assert house.db().scalar(select(func.count()).select_from(Release)) == 2
    assert keys.lent(house.keystore) == {}
    assert breaks(staff) == []


# -- ended, or another's


@ONE
def test_a_cancel_ends_it_at_the_next_word_and_leaves_nothing(staff, house, told, monkeypatch):
    job, looked = begun(staff), making._looked

    def looking(work, asked, said):
        def speaking(now, done, total):
            said(now, done, total)
            if done == 3:
                cancel()

        return looked(work, asked, speaking)

    def cancel():
        """Its owner, by another process."""
        with Session(db.engine, autoflush=False) as own:
            web = replace(house, db=lambda: own)
            with begin(web, staff.analyst.actor, staff.analyst.ring) as work:
                jobs.cancel(work, work.get(Job, job))

    monkeypatch.setattr(making, "_looked", looking)
    assert jobs.run_waiting(house)
    there = row(house, job)
    assert (there.state, there.stage, there.done) == (JobState.CANCELLED, stages.GATHER, 3)
    assert house.db().scalar(select(func.count()).select_from(Release)) == 0
    assert keys.lent(house.keystore) == {}
    assert not jobs.run_waiting(house)
    assert breaks(staff) == []


@ONE
def test_a_worker_that_is_asked_to_end_leaves_it_to_the_next(staff, house, told):
    job = begun(staff)
    assert jobs.run_waiting(house, lambda: True)
    assert row(house, job).state == JobState.WAITING
    assert set(keys.lent(house.keystore)) == {job}
    assert jobs.run_waiting(house)
    assert came_of(staff, job).release


def test_a_stage_that_lasts_keeps_its_lease_and_another_worker_finds_nothing_to_claim(
    staff, house, told, monkeypatch
):
    monkeypatch.setattr(lasting, "BEAT", 0.02)
    look, leases = publish.look, []

    def looking(work, wanted, said):
        for _moment in range(2):
            before = row_beside(house, job).leased_until
            wait_until(lambda before=before: row_beside(house, job).leased_until > before)
            leases.append(before)
        return look(work, wanted, said)

    monkeypatch.setattr(publish, "look", looking)
    job = begun(staff)
    assert jobs.run_waiting(house)
    assert len(leases) == 2
    assert came_of(staff, job).release
    assert breaks(staff) == []


def row_beside(house, id):
    """As another process sees it now."""
    with Session(db.engine) as own:
        return own.get(Job, id)


def wait_until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@ONE
def test_anothers_and_one_of_another_kind_are_not_there(staff, house, told, monkeypatch):
    job = begun(staff)
    with staff.coordinator.work() as work, pytest.raises(NotFound):
        jobs.one(work, job)
    with staff.coordinator.work() as work, pytest.raises(NotAllowed):
        making.start(work, Wanted(POLICY, {}))
    monkeypatch.setitem(jobs.registry, "other", jobs.Kind("other", making.COMPARTMENTS, making.run))
    with staff.analyst.work() as work:
        other = jobs.start(work, "other", {}).id
    with staff.analyst.work() as work, pytest.raises(NotFound):
        making.one(work, other)


# -- what is asked for, and what is refused


@ONE
def test_asked_for_twice_it_is_one_job_and_what_a_glance_tells_is_refused_at_once(staff, house, told):
    job = begun(staff)
    assert begun(staff) == job
    assert begun(staff, Wanted(POLICY, {}, k=6)) != job
    with staff.analyst.work() as work:
        with pytest.raises(InvalidInput):
            making.start(work, Wanted(POLICY, {"to": "soon"}))
        with pytest.raises(anonymize.KBelowPolicy):
            making.start(work, Wanted(POLICY, {}, k=4))
        with pytest.raises(anonymize.MakesNoRows):
            making.start(work, Wanted("report-narrative", {}))
        with pytest.raises(NotFound):
            making.start(work, Wanted(POLICY, {}, continues=job))


@ONE
def test_a_refusal_says_what_a_page_says_with_its_counts(staff, house):
    tell(staff, [story() for _ in range(3)])
    tell(staff, [story(people=[person(decisions=REFUSES)])])
    with staff.analyst.work() as work, pytest.raises(anonymize.TooFewForK) as met:
        publish.look(work, Wanted(POLICY, {}))
    job = begun(staff)
    assert jobs.run_waiting(house)
    assert row(house, job).state == JobState.DONE
    problem = came_of(staff, job).problem
    assert (type(problem), problem.said()) == (type(met.value), met.value.said())
    assert problem.details == json.loads(json.dumps(met.value.details))
    assert problem.details["counts"]["excluded"]["refused"] == 1
    noted = house.db().scalars(select(AuditEntry).where(AuditEntry.event == making.REFUSED)).one()
    assert noted.detail == {"code": "too-few-for-k"}
    assert breaks(staff) == []


@ONE
def test_what_would_differ_and_what_comes_too_soon_is_refused_and_a_correction_is_made(staff, house, told):
    first = prepared(staff)
    signed(staff, first)
    too_soon = begun(staff, Wanted(POLICY, {}, continues=first))
    assert jobs.run_waiting(house)
    assert isinstance(came_of(staff, too_soon).problem, editions.TooSoon)
    with staff.coordinator.work() as work:
        who = next(p for p in work.db.scalars(select(Person)) if publish.holding(work, p))
        consent.withdraw(work, who, [Purpose.ROWS])
    differs = begun(staff)
    assert jobs.run_waiting(house)
    assert isinstance(came_of(staff, differs).problem, editions.ReleasesDiffer)
    with staff.analyst.work() as work:
        job = making.start_correction(work, work.get(Release, first)).id
    assert jobs.run_waiting(house)
    found = came_of(staff, job)
    with staff.analyst.work() as work:
        release = work.get(Release, found.release)
        assert release.corrects == first
        assert work.read(release, "manifest")["counts"]["released"] == 6
    signed(staff, found.release)
    assert row(house, job).state == JobState.DONE
    assert house.db().get(Release, first).state == ReleaseState.RECALLED


@ONE
def test_consent_is_asked_again_at_the_signature_of_what_a_job_made(staff, house, told):
    job = begun(staff)
    assert jobs.run_waiting(house)
    release = came_of(staff, job).release
    with staff.coordinator.work() as work:
        who = next(p for p in work.db.scalars(select(Person)) if publish.holding(work, p))
        consent.withdraw(work, who, [Purpose.ROWS])
    with pytest.raises(ConsentChanged):
        signed(staff, release)
