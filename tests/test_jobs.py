"""Long work: its row is the truth about it."""

import gc
import os
import signal
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, update

from incidents import jobs, members
from incidents.errors import Conflict, JobNotReady, NoKey, NotAllowed, NotFound
from incidents.jobs import running
from incidents.model.account import User
from incidents.model.audit import AuditBlock, AuditEntry
from incidents.model.job import Job
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import JobState, Role
from incidents.safeguards import audit
from incidents.work import Compartment, Permission, Sessions, keys
from tests.victim import COUNT, DATABASES, ROWS, Desk, batch_of, copied, count_up, desk, join, opened

LENT = frozenset({Compartment.FACTS, Compartment.INTAKE})  # what comes of a job, and what it is made from
CANARY = "Xochiquetzal Canario"


@pytest.fixture(params=DATABASES)
def folder(request, tmp_path, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("VICTIM_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    return tmp_path / "instance"


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "instance"


@pytest.fixture
def house(folder, template_folder, monkeypatch):
    monkeypatch.setitem(jobs.registry, "count", COUNT)
    copied(template_folder, folder)
    with opened(folder) as house:
        yield house


@pytest.fixture
def ana(house) -> Desk:
    return desk(house)


@pytest.fixture
def kind(monkeypatch):
    """Register a kind of work for this test alone."""

    def register(run, name="task", compartments=LENT, **more):
        monkeypatch.setitem(jobs.registry, name, jobs.Kind(name, compartments, run, **more))
        return name

    return register


def start(who, name="count", arguments=None, given=None):
    with who.work() as work:
        return jobs.start(work, name, arguments or {}, given)


def again(house, job):
    """The row as it stands now."""
    house.db().rollback()
    house.db().refresh(job)
    return job


def later(house, monkeypatch, by):
    now = house.now
    monkeypatch.setattr(house, "now", lambda: now() + by)


def whole(who):
    with who.work() as work:
        assert list(work.breaks()) == []


def rows_of(house, job):
    return house.db().scalars(select(Report.reference).where(Report.batch_id == batch_of(job))).all()


def power_goes(house):
    """A new boot key: sessions and the worker's principal are others."""
    house.sessions = Sessions(house.keystore, os.urandom(32))


def killed_after(chunks):
    """Counts, and dies in the chunk after so many."""

    def run(step):
        commit, made = step.chunk, []

        def chunk(done, total):
            if len(made) == chunks:
                raise KeyboardInterrupt
            made.append(done)
            commit(done, total)

        step.chunk = chunk
        return count_up(step)

    return run


# -- the usual way


def test_a_job_is_done_by_the_worker_and_read_by_its_owner(house, ana):
    job = start(ana)
    assert jobs.run_waiting(house)
    assert not jobs.run_waiting(house)
    with ana.work() as work:
        assert jobs.result(work, job) == {"rows": ROWS}
    assert (job.state, job.done, job.total) == (JobState.DONE, ROWS, ROWS)
    assert len(set(rows_of(house, job))) == ROWS
    whole(ana)


def test_what_goes_in_and_what_comes_out_is_sealed(house, ana, kind, folder):
    job = start(ana, kind(lambda step: step.input[::-1]), given=CANARY)
    jobs.run_waiting(house)
    with ana.work() as work:
        assert jobs.result(work, job) == CANARY[::-1]
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert CANARY.encode() not in files
    assert CANARY[::-1].encode() not in files


def test_how_far_a_job_is_is_written_without_what_it_was_made_from(house, ana, kind):
    written = []
    event.listen(
        house.db().get_bind(), "before_cursor_execute", lambda _c, _cursor, sql, *_rest: written.append(sql)
    )

    def run(step):
        for done in (1, 2, 3):
            step.chunk(done, 3)
        updates = [sql for sql in written if sql.startswith("UPDATE job")]
        assert len(updates) == 4  # claimed, and three chunks
        assert not any("input" in sql for sql in updates)

    job = start(ana, kind(run), given=CANARY)
    assert jobs.run_waiting(house)
    assert again(house, job).state == JobState.DONE
    assert len([sql for sql in written if sql.startswith("UPDATE job")]) == 5


def test_a_job_that_ended_keeps_nothing_of_what_it_was_made_from(house, ana, kind):
    job = start(ana, kind(lambda step: len(step.input)), given=CANARY)
    assert job.input is not None
    assert opens(house, job)
    jobs.run_waiting(house)
    assert again(house, job).input is None
    assert not opens(house, job)


def opens(house, job):
    """The keys of what a job is made from: a copy of the data may still hold it."""
    return house.keystore.keys([job.id], Compartment.INTAKE.value)


def test_a_job_that_was_cancelled_before_it_began_keeps_no_key_of_it_either(house, ana, kind):
    job = start(ana, kind(lambda step: len(step.input)), given=CANARY)
    with ana.work() as work:
        jobs.cancel(work, work.get(Job, job.id))
    jobs.tidy(house)
    assert not opens(house, job)


def test_a_job_that_goes_on_keeps_its_key(house, ana, kind):
    job = start(ana, kind(lambda step: len(step.input)), given=CANARY)
    jobs.tidy(house)
    assert opens(house, job)
    jobs.run_waiting(house)
    with ana.work() as work:
        assert jobs.result(work, job) == len(CANARY)


def test_a_preview_that_nobody_decides_on_is_gone_after_a_day(house, ana, kind, monkeypatch):
    name = kind(lambda step: len(step.input))
    with ana.work() as work:
        job = jobs.propose(work, name, {}, CANARY)
    jobs.tidy(house)
    assert again(house, job).state == JobState.PROPOSED
    later(house, monkeypatch, timedelta(days=1, minutes=1))
    jobs.tidy(house)
    assert (again(house, job).state, job.problem, job.input) == (JobState.CANCELLED, "expired", None)
    assert not opens(house, job)
    whole(ana)


def test_a_new_preview_ends_those_of_yesterday(house, ana, kind, monkeypatch):
    name = kind(lambda step: len(step.input))
    with ana.work() as work:
        old = jobs.propose(work, name, {}, CANARY)
    later(house, monkeypatch, timedelta(days=1, minutes=1))
    with ana.work() as work:
        new = jobs.propose(work, name, {}, CANARY)
    assert (again(house, old).state, old.input) == (JobState.CANCELLED, None)
    assert again(house, new).state == JobState.PROPOSED


def test_the_worker_signs_under_the_owners_mandate_and_in_the_owners_name(house, ana):
    job = start(ana)
    jobs.run_waiting(house)
    worker = house.sessions.worker()
    signed = house.db().scalars(select(AuditBlock).where(AuditBlock.signer == worker.kid)).all()
    assert len(signed) == ROWS // 20 + 1
    assert {block.actor for block in signed} == {ana.actor.id}
    note = house.db().scalars(select(AuditEntry).where(AuditEntry.event == audit.MANDATE)).one()
    assert note.detail["job"] == str(job.id)
    assert note.detail["kind"] == "count"
    assert jobs.MANDATE == audit.MANDATE


def test_a_block_of_the_worker_without_a_mandate_is_named(house, ana):
    start(ana)
    jobs.run_waiting(house)
    db = house.db()
    db.execute(update(AuditEntry).where(AuditEntry.event == audit.MANDATE).values(event="job.started"))
    db.commit()
    with ana.work() as work:
        said = {one.what for one in work.breaks()}
    assert "the signature does not hold" in said


def test_keys_are_lent_for_as_long_as_the_job_lasts(house, ana):
    job = start(ana)
    assert set(keys.lent(house.keystore)) == {job.id}
    jobs.run_waiting(house)
    assert keys.lent(house.keystore) == {}


def test_a_kind_is_lent_what_it_lists_and_no_more(house, ana, kind):
    seen = {}

    def run(step):
        seen.update({c: step.work.vault.holds(c) for c in Compartment})

    start(ana, kind(run))
    jobs.run_waiting(house)
    assert seen == {c: c in LENT for c in Compartment}


def test_nobody_has_done_what_their_own_keys_do_not_open(house, kind):
    join(house, "Carla", Role.ANALYST)
    carla = desk(house, "Carla")
    name = kind(lambda step: 1, compartments=frozenset(Compartment))
    with pytest.raises(NoKey):
        start(carla, name)
    assert house.db().scalars(select(Job)).all() == []


def test_a_job_needs_the_right_to_have_one(house):
    join(house, "Fidel", Role.FIELD_RESEARCHER)
    with pytest.raises(NotAllowed):
        start(desk(house, "Fidel"))


def test_another_persons_job_is_not_there(house, ana):
    job, bea = start(ana), desk(house, "Bea")
    for deed in (jobs.result, jobs.cancel):
        with pytest.raises(NotFound), bea.work() as work:
            deed(work, work.get(Job, job.id))
    with bea.work() as work:
        assert jobs.own(work) == []
    with ana.work() as work:
        assert [one.id for one in jobs.own(work)] == [job.id]


def test_a_result_is_not_read_before_it_is_there(house, ana):
    job = start(ana)
    with pytest.raises(JobNotReady), ana.work() as work:
        jobs.result(work, job)


# -- keys that are gone


def test_after_a_power_cut_a_job_waits_for_its_owner_and_goes_on(house, ana, kind):
    job = start(ana, kind(killed_after(1)))
    with pytest.raises(KeyboardInterrupt):
        jobs.run_waiting(house)
    power_goes(house)
    house.now = lambda now=house.now: now() + jobs.LEASE * 2
    kind(count_up)
    assert jobs.run_waiting(house)
    assert (again(house, job).state, job.problem, job.done) == (JobState.NEEDS_OWNER, "no-key", 20)
    assert not jobs.run_waiting(house)
    with desk(house).work() as work:
        assert jobs.lend_again(work) == 1
    jobs.run_waiting(house)
    assert again(house, job).state == JobState.DONE
    assert sorted(rows_of(house, job)) == sorted(f"{job.id.hex[:12]}-{n}" for n in range(ROWS))
    whole(ana)


def test_keys_are_not_lent_again_for_a_row_that_was_changed(house, ana):
    job = start(ana)
    power_goes(house)
    jobs.run_waiting(house)
    house.db().execute(update(Job).where(Job.id == job.id).values(arguments={"rows": 10_000}))
    house.db().commit()
    house.db().expire_all()
    with desk(house).work() as work:
        assert jobs.lend_again(work) == 0
    assert keys.lent(house.keystore) == {}


def test_a_job_stops_before_its_mandate_ends(house, ana, kind):
    def run(step):
        later_now = step.until + timedelta(seconds=1)
        step.house.now = lambda: later_now
        return count_up(step)

    before, job = house.now, start(ana, kind(run))
    jobs.run_waiting(house)
    house.now = before
    assert again(house, job).state == JobState.NEEDS_OWNER
    assert rows_of(house, job) == []
    whole(ana)


def test_keys_that_were_renewed_meanwhile_send_the_owner_for_new_ones(house, kind):
    carla = join(house, "Carla", Role.REVIEWER)
    job = start(desk(house), kind(lambda step: _remove(house, carla) or count_up(step)))
    jobs.run_waiting(house)
    assert again(house, job).state == JobState.NEEDS_OWNER
    kind(count_up)
    with desk(house).work() as work:
        jobs.lend_again(work)
    jobs.run_waiting(house)
    assert again(house, job).state == JobState.DONE
    whole(desk(house))


def _remove(house, who):
    bea = desk(house, "Bea")
    with bea.work() as work:
        members.remove(work, work.get(User, who))
    members.finish_removals(house, bea.ring, bea.actor.id)


def test_lost_seeds_are_taken_back(house, ana, monkeypatch):
    job = start(ana)
    with ana.work() as work:
        jobs.cancel(work, work.get(Job, job.id))
    keys.lend(
        house.keystore, ana.ring, house.sessions.worker().public, job.id, frozenset({Compartment.FACTS})
    )
    jobs.tidy(house)
    assert keys.lent(house.keystore) == {}
    start(ana)
    jobs.tidy(house)
    assert len(keys.lent(house.keystore)) == 1
    later(house, monkeypatch, timedelta(days=2))
    jobs.tidy(house)
    assert keys.lent(house.keystore) == {}


# -- asked for again


def test_asked_for_again_while_it_goes_on_it_is_that_one(house, ana, kind):
    name = kind(lambda step: step.input)
    first = start(ana, name, {"of": 1}, CANARY)
    assert start(ana, name, {"of": 1}, CANARY).id == first.id
    others = [
        start(ana, name, {"of": 2}, CANARY),
        start(ana, name, {"of": 1}, "else"),
        start(ana, name, {"of": 1}),
    ]
    assert len({first.id, *(job.id for job in others)}) == 4
    while jobs.run_waiting(house):
        pass
    assert start(ana, name, {"of": 1}, CANARY).id != first.id  # it was done: this is asked anew
    whole(ana)


def test_asked_for_again_while_it_waits_for_its_owner_it_gets_keys_and_no_second_is_begun(house, ana, kind):
    name = kind(lambda step: step.input)
    first = start(ana, name, {"of": 1}, CANARY)
    power_goes(house)
    jobs.run_waiting(house)
    assert again(house, first).state == JobState.NEEDS_OWNER
    asked = start(desk(house), name, {"of": 1}, CANARY)
    assert (asked.id, again(house, first).state) == (first.id, JobState.WAITING)
    assert jobs.run_waiting(house)
    assert again(house, first).state == JobState.DONE
    whole(desk(house))


def test_one_that_waits_and_was_changed_is_not_that_one(house, ana, kind):
    name = kind(lambda step: step.input)
    first = start(ana, name, {"of": 1}, CANARY)
    power_goes(house)
    jobs.run_waiting(house)
    house.db().execute(update(Job).where(Job.id == first.id).values(arguments={"of": 2}))
    house.db().commit()
    house.db().expire_all()
    assert start(desk(house), name, {"of": 2}, CANARY).id != first.id
    assert again(house, first).state == JobState.NEEDS_OWNER


def test_anothers_is_not_that_one_nor_what_a_token_began_nor_what_is_to_end(house, ana, kind):
    name = kind(count_up)
    join(house, "Berta", Role.COORDINATOR)
    first = start(ana, name)
    assert start(desk(house, "Berta"), name).id != first.id
    program = Desk(house, replace(ana.actor, token=uuid4(), scope=frozenset(Permission)), ana.ring)
    assert start(program, name).id != first.id
    with ana.work() as work:
        jobs.cancel(work, first)
    assert start(ana, name).id != first.id


def test_of_two_who_ask_for_the_same_at_once_one_is_begun(house, ana, folder, kind):
    """Both have looked before either has written."""
    name, both, came = kind(count_up), threading.Barrier(2, timeout=60), []

    def ask():
        with opened(folder) as mine:
            work = replace(ana, house=mine).house.work(ana.actor, ana.ring)
            job = jobs.start(work, name, {"of": 1}, CANARY)
            both.wait()
            try:
                work.commit()
                came.append(job.id)
            except Conflict:
                came.append(None)
            finally:
                work.drop()

    house.db().rollback()
    threads = [threading.Thread(target=ask) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, came)) == [False, True]
    (begun,) = filter(None, came)
    house.db().rollback()
    assert house.db().scalars(select(Job.id).where(Job.kind == name)).all() == [begun]
    assert start(ana, name, {"of": 1}, CANARY).id == begun
    whole(ana)


# -- two workers, one that died


def test_of_two_workers_one_gets_the_job(house, ana, folder, kind):
    ran, barrier = [], threading.Barrier(2)
    start(ana, kind(lambda step: ran.append(threading.get_ident())))
    house.db().rollback()

    def work():
        with opened(folder) as mine:
            barrier.wait()
            jobs.run_waiting(mine)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 1
    whole(ana)


def test_two_that_claim_the_same_version_are_one_too_many(house, ana, folder, monkeypatch):
    start(ana)
    seen = running._claimable

    def slower(work):
        found = seen(work)
        monkeypatch.setattr(running, "_claimable", seen)
        with opened(folder) as faster:
            assert running._claim(faster) is not None
        return found

    monkeypatch.setattr(running, "_claimable", slower)
    assert running._claim(house) is None
    whole(ana)


def test_a_killed_job_is_claimed_after_its_lease_and_goes_on_after_its_last_chunk(
    house, ana, kind, monkeypatch
):
    began = []

    def run(step):
        began.append(step.job.done)
        return count_up(step)

    job = start(ana, kind(killed_after(1)))
    with pytest.raises(KeyboardInterrupt):
        jobs.run_waiting(house)
    kind(run)
    assert not jobs.run_waiting(house)
    later(house, monkeypatch, jobs.LEASE + timedelta(seconds=1))
    assert jobs.run_waiting(house)
    assert began == [20]
    assert again(house, job).state == JobState.DONE
    assert len(set(rows_of(house, job))) == ROWS
    whole(ana)


def test_a_worker_that_lost_its_lease_writes_nothing_more(house, ana, folder, kind, monkeypatch):
    def run(step):
        kind(count_up)
        with opened(folder) as other:
            other.now = lambda: house.now() + jobs.LEASE * 2
            assert jobs.run_waiting(other)
        return count_up(step)

    job = start(ana, kind(run))
    assert jobs.run_waiting(house)
    assert again(house, job).state == JobState.DONE
    assert len(rows_of(house, job)) == ROWS
    whole(ana)


# -- what goes wrong


def test_a_change_by_somebody_else_is_met_by_going_on_from_the_last_chunk(house, ana, kind):
    tries = []

    def run(step):
        tries.append(step.job.done)
        answer = count_up(step)
        if len(tries) == 1:
            raise Conflict
        return answer

    job = start(ana, kind(run))
    jobs.run_waiting(house)
    assert tries == [0, ROWS]
    assert again(house, job).state == JobState.DONE
    whole(ana)


def test_a_job_that_meets_nothing_but_conflicts_gives_up(house, ana, kind):
    tries = []

    def run(step):
        tries.append(1)
        raise Conflict

    job = start(ana, kind(run))
    jobs.run_waiting(house)
    assert len(tries) == running.TRIES
    assert (again(house, job).state, job.problem) == (JobState.FAILED, "conflict")


def test_a_fault_is_written_down_without_a_word_of_the_record(house, ana, kind, caplog):
    def run(step):
        raise ValueError(CANARY)

    job = start(ana, kind(run))
    assert jobs.run_waiting(house)
    assert (again(house, job).state, job.problem) == (JobState.FAILED, "fault")
    assert "ValueError" in caplog.text
    assert CANARY not in caplog.text
    assert keys.lent(house.keystore) == {}


def test_what_was_not_committed_before_a_fault_is_dropped(house, ana, kind):
    def run(step):
        step.chunk(1, 2)
        step.work.add(
            Batch(id=batch_of(step.job), kind="x", recorded_by=ana.actor.id, received_on=step.work.today)
        )
        raise NotFound

    job = start(ana, kind(run))
    jobs.run_waiting(house)
    assert (again(house, job).state, job.problem, job.done) == (JobState.FAILED, "not-found", 1)
    assert house.db().scalars(select(Batch)).all() == []
    whole(ana)


def test_a_job_whose_arguments_were_changed_is_not_run(house, ana, kind):
    ran = []
    job = start(ana, kind(ran.append))
    house.db().execute(update(Job).where(Job.id == job.id).values(arguments={"all": True}))
    house.db().commit()
    assert not jobs.run_waiting(house)
    assert not jobs.run_waiting(house)
    assert ran == []
    noted = house.db().scalars(select(AuditEntry).where(AuditEntry.event == jobs.REFUSED)).all()
    assert [note.about_id for note in noted] == [job.id]
    with ana.work() as work:
        assert [one.where for one in work.breaks()] == [f"job/{job.id}"]


def test_a_job_that_nobody_signed_is_not_run(house, ana, kind):
    name = kind(lambda step: pytest.fail("it ran"))
    forged = Job(
        kind=name, state=JobState.WAITING, owner=ana.actor.id, arguments={}, made_at=house.now(),
        done=0, total=0, cancel_asked=False,
    )  # fmt: skip
    house.db().add(forged)
    house.db().commit()
    assert not jobs.run_waiting(house)


def test_a_kind_that_nobody_knows_fails(house, ana, kind, monkeypatch):
    job = start(ana, kind(lambda step: 1))
    monkeypatch.delitem(jobs.registry, "task")
    jobs.run_waiting(house)
    assert (again(house, job).state, job.problem) == (JobState.FAILED, "unknown-kind")


# -- ending


def test_a_job_that_was_not_begun_is_cancelled_at_once(house, ana):
    job = start(ana, given=CANARY)
    with ana.work() as work:
        jobs.cancel(work, work.get(Job, job.id))
    assert (again(house, job).state, job.input) == (JobState.CANCELLED, None)
    assert keys.lent(house.keystore) == {}
    assert not jobs.run_waiting(house)
    with pytest.raises(JobNotReady), ana.work() as work:
        jobs.cancel(work, work.get(Job, job.id))


def test_a_running_job_is_cancelled_after_its_chunk_and_swept(house, ana, folder, kind):
    def run(step):
        count_half = step.chunk

        def chunk(done, total):
            count_half(done, total)
            with opened(folder) as other, desk(other).work() as work:
                jobs.cancel(work, work.get(Job, step.job.id))

        step.chunk = chunk
        return count_up(step)

    job = start(ana, kind(run, clean_up=COUNT.clean_up))
    jobs.run_waiting(house)
    assert (again(house, job).state, job.done) == (JobState.CANCELLED, 20)
    assert rows_of(house, job) == []
    assert house.db().get(Batch, batch_of(job)) is None
    whole(ana)


def test_a_killed_job_is_cancelled_without_keys(house, ana, kind, monkeypatch):
    job = start(ana, kind(killed_after(1), clean_up=COUNT.clean_up))
    with pytest.raises(KeyboardInterrupt):
        jobs.run_waiting(house)
    power_goes(house)
    with desk(house).work() as work:
        jobs.cancel(work, work.get(Job, job.id))
    later(house, monkeypatch, jobs.LEASE * 2)
    assert jobs.run_waiting(house)
    assert again(house, job).state == JobState.CANCELLED
    assert rows_of(house, job) == []
    whole(desk(house))


def test_the_jobs_of_somebody_who_left_are_cancelled(house, ana):
    carla = join(house, "Carla", Role.REVIEWER)
    job = start(desk(house, "Carla"))
    _remove(house, carla)
    assert keys.lent(house.keystore) == {}
    jobs.run_waiting(house)
    assert again(house, job).state == JobState.CANCELLED


def test_a_coordinator_cancels_all_jobs_of_somebody_who_leaves(house, ana):
    carla = join(house, "Carla", Role.REVIEWER)
    job = start(desk(house, "Carla"))
    with desk(house).work() as work:
        jobs.cancel_all(work, carla)
    assert again(house, job).state == JobState.CANCELLED
    with pytest.raises(NotAllowed), desk(house, "Carla").work() as work:
        jobs.cancel_all(work, carla)


def test_the_jobs_of_a_disabled_member_wait(house, ana):
    carla = join(house, "Carla", Role.REVIEWER)
    job = start(desk(house, "Carla"))
    with desk(house).work() as work:
        members.disable(work, work.get(User, carla))
    jobs.run_waiting(house)
    assert again(house, job).state == JobState.NEEDS_OWNER


def test_the_worker_ends_after_the_running_chunk_and_the_next_goes_on(house, ana, kind):
    def run(step):
        os.kill(os.getpid(), signal.SIGTERM)
        return count_up(step)

    job = start(ana, kind(run))
    jobs.work_forever(house, pause=0.01)
    job = house.db().get(Job, job.id)
    assert (job.state, job.done) == (JobState.WAITING, 20)
    kind(count_up)
    assert jobs.run_waiting(house)
    assert again(house, job).state == JobState.DONE
    whole(ana)


# -- in a command's own process


def test_a_command_does_the_job_with_its_own_keys(house, ana, kind):
    told = []
    name = kind(lambda step: count_up(step) | {"given": step.input}, compartments=frozenset(Compartment))
    answer = jobs.run_here(house, ana.actor, ana.ring, name, {}, "in", lambda *seen: told.append(seen))
    assert answer == {"rows": ROWS, "given": "in"}
    assert told == [(20, ROWS), (ROWS, ROWS)]
    assert keys.lent(house.keystore) == {}
    whole(ana)


def test_while_a_command_works_no_collection_looks_through_what_was_loaded_before(house, ana, kind):
    frozen = []
    name = kind(lambda step: frozen.append(gc.get_freeze_count()) or count_up(step))
    jobs.run_here(house, ana.actor, ana.ring, name, {}, "in")
    assert frozen[0] > 10_000
    assert gc.get_freeze_count() == 0


def test_a_command_that_was_killed_goes_on_at_once_when_it_is_repeated(house, ana, kind):
    name = kind(killed_after(1))
    with pytest.raises(KeyboardInterrupt):
        jobs.run_here(house, ana.actor, ana.ring, name, {"a": 1}, "in")
    kind(count_up)
    jobs.run_here(house, ana.actor, ana.ring, name, {"a": 1}, "in")
    with ana.work() as work:
        (job,) = jobs.own(work)
    assert (job.state, len(rows_of(house, job))) == (JobState.DONE, ROWS)
    whole(ana)


@pytest.mark.parametrize(("arguments", "given"), [({"a": 2}, "in"), ({"a": 1}, "other")])
def test_another_command_is_another_job(house, ana, kind, arguments, given):
    name = kind(killed_after(1))
    with pytest.raises(KeyboardInterrupt):
        jobs.run_here(house, ana.actor, ana.ring, name, {"a": 1}, "in")
    kind(count_up)
    jobs.run_here(house, ana.actor, ana.ring, name, arguments, given)
    with ana.work() as work:
        assert [job.state for job in jobs.own(work)] == [JobState.DONE, JobState.RUNNING]


def test_a_problem_of_a_command_is_raised_and_written_down(house, ana, kind):
    def run(step):
        raise NotFound

    with pytest.raises(NotFound):
        jobs.run_here(house, ana.actor, ana.ring, kind(run), {})
    with ana.work() as work:
        (job,) = jobs.own(work)
    assert (job.state, job.problem) == (JobState.FAILED, "not-found")
