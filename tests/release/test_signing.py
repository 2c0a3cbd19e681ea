"""A signature as long work: ended, killed and begun anew; nobody has the pack before, and nothing changed since."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import consent, jobs, review, tokens
from incidents.errors import (
    Conflict,
    ConsentChanged,
    FreshSignInNeeded,
    MoveNotAllowed,
    NotAllowed,
    NotFound,
    SecondPersonNeeded,
)
from incidents.intake import report, schema
from incidents.jobs import lasting
from incidents.model.audit import AuditEntry
from incidents.model.base import db
from incidents.model.incident import Act
from incidents.model.job import Job
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.model.vocabulary import JobState, Purpose, ReleaseState, Verification
from incidents.release import discard, making, named, opening, publish, signing, stages, weekly
from incidents.work import Compartment, begin, keys
from tests.release.test_making import breaks, in_a_child, row, words_of
from tests.release.test_publish import pack, prepared, rows, signed, story, tell

ONE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
TWO = "internal"  # a policy that asks for two signatures


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Several words about a few people."""
    monkeypatch.setitem(jobs.registry, making.KIND, jobs.Kind(making.KIND, making.COMPARTMENTS, making.run))
    for kind, compartments in signing.KINDS.items():
        monkeypatch.setitem(jobs.registry, kind, jobs.Kind(kind, compartments, signing.run))
    for module in (opening, publish):
        monkeypatch.setattr(module, "TOGETHER", 3)
    monkeypatch.setattr(lasting, "BREATH", 0)


@pytest.fixture
def told(staff):
    """Twelve that look alike in two months."""
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])


@pytest.fixture
def waits(staff, told):
    """A release that waits for a signature."""
    return prepared(staff)


def fresh(member):
    return replace(member.actor, fresh=True)


def begun(staff, release, by=None, *, looked=False):
    who = by or staff.coordinator
    with begin(who.house, fresh(who), who.ring) as work:
        return signing.start(work, work.get(Release, release), looked=looked, declared=True).id


def state(house, release):
    house.db().rollback()
    return house.db().get(Release, release, populate_existing=True)


def came_of(staff, job, by=None):
    with (by or staff.coordinator).work() as work:
        return signing.outcome(work, signing.one(work, job))


def elsewhere(house, member, do):
    """Somebody, by another process."""
    with Session(db.engine, autoflush=False, expire_on_commit=False) as own:
        there = replace(house, db=lambda: own)
        with begin(there, fresh(member), member.ring) as work:
            do(work)


def at_a_word(monkeypatch, stage, do: Callable[[], None], *, done=0, once=True):
    """Do it in the middle of a look: as a stage is said."""
    may, did = publish.may_be_signed, []

    def looking(work, release, *, looked: bool, told):
        def speaking(now, so_far, total):
            told(now, so_far, total)
            if now == stage and so_far >= done and not (once and did):
                did.append(now)
                do()

        return may(work, release, looked=looked, told=speaking)

    monkeypatch.setattr(publish, "may_be_signed", looking)
    return did


def withdraw(work):
    consent.withdraw(work, work.db.scalars(select(Person).order_by(Person.id)).first(), [Purpose.ROWS])


# -- what comes of it


def test_what_a_job_signs_is_signed_as_by_a_page(staff, house, waits):
    at_once = prepared(staff)
    job = begun(staff, waits)
    with pytest.raises(MoveNotAllowed):
        pack(staff, waits)
    assert jobs.run_waiting(house)
    assert (row(house, job).state, row(house, job).problem) == (JobState.DONE, None)
    assert came_of(staff, job).release == waits
    there = state(house, waits)
    assert (there.state, there.signed_by) == (ReleaseState.SIGNED, staff.coordinator.id)
    files = pack(staff, waits)
    signed(staff, at_once)
    other = state(house, at_once)
    assert (there.signed_on, there.expires_on, there.also_signed_by) == (
        other.signed_on,
        other.expires_on,
        None,
    )
    assert sorted(map(str, rows(files))) == sorted(map(str, rows(pack(staff, at_once))))
    assert breaks(staff) == []
    house.db().rollback()
    events = list(house.db().scalars(select(AuditEntry.event).where(AuditEntry.about_id.in_([job, waits]))))
    for noted in ("job.mandated", "job.claimed", "job.done", "release.signed"):
        assert events.count(noted) == 1
    assert keys.lent(house.keystore) == {}


@ONE
def test_each_stage_is_said_and_how_many_are_asked_and_gathered(staff, house, waits, monkeypatch):
    heard = words_of(monkeypatch)
    begun(staff, waits)
    assert jobs.run_waiting(house)
    said = [stage for n, (stage, *_rest) in enumerate(heard) if n == 0 or heard[n - 1][0] != stage]
    assert said == [*stages.SIGNING]
    assert [done for stage, done, _total in heard if stage == stages.CONSENT] == [0, 3, 6, 9, 12]
    assert [done for stage, done, _total in heard if stage == stages.GATHER] == [0, 3, 6, 9, 12]


@ONE
@pytest.mark.parametrize("texts", [False, True])
def test_the_worker_is_lent_the_keys_of_names_only_where_something_was_typed(
    staff, house, waits, monkeypatch, texts
):
    if texts:
        monkeypatch.setattr(signing.tabled, "texts_of", lambda _said: ["We worked in Matamoros."])
    seen = []

    def look():
        seen.append(set(keys.lent(house.keystore)))

    at_a_word(monkeypatch, stages.VERIFY, look)
    held, run = [], signing.run

    def running(step):
        held.extend(each for each in Compartment if step.work.vault.holds(each))
        return run(step)

    for kind, compartments in signing.KINDS.items():
        monkeypatch.setitem(jobs.registry, kind, jobs.Kind(kind, compartments, running))
    job = begun(staff, waits)
    assert jobs.run_waiting(house)
    assert set(held) == ({Compartment.FACTS, Compartment.IDENTITY} if texts else {Compartment.FACTS})
    assert seen == [{job}]
    assert keys.lent(house.keystore) == {}


# -- killed


@pytest.mark.parametrize("moment", [stages.CONSENT, stages.GATHER, "kept"])
def test_killed_in_the_middle_it_begins_anew_and_is_signed_once(staff, house, waits, monkeypatch, moment):
    job = begun(staff, waits)
    with monkeypatch.context() as there:
        if moment == "kept":
            put = publish.put_signature

            def putting(*given):
                put(*given)
                os.kill(os.getpid(), signal.SIGKILL)

            there.setattr(publish, "put_signature", putting)
        else:
            at_a_word(there, moment, lambda: os.kill(os.getpid(), signal.SIGKILL), done=6)
        assert in_a_child(house, lambda: jobs.run_waiting(house)) == -signal.SIGKILL
    there_now = row(house, job)
    assert (there_now.state, there_now.stage) == (
        JobState.RUNNING,
        stages.SIGN if moment == "kept" else moment,
    )
    assert moment == "kept" or (there_now.done, there_now.total) == (6, 12)
    assert (state(house, waits).state, state(house, waits).signed_by) == (ReleaseState.PREPARED, None)
    with pytest.raises(MoveNotAllowed):
        pack(staff, waits)
    assert breaks(staff) == []
    assert not jobs.run_waiting(house)  # its lease lasts
    now = house.now
    monkeypatch.setattr(house, "now", lambda: now() + lasting.LAST * 2)
    assert jobs.run_waiting(house)
    assert came_of(staff, job).release == waits
    assert state(house, waits).state == ReleaseState.SIGNED
    house.db().rollback()
    noted = select(AuditEntry).where(AuditEntry.event == "release.signed", AuditEntry.about_id == waits)
    assert len(list(house.db().scalars(noted))) == 1
    assert keys.lent(house.keystore) == {}
    assert breaks(staff) == []


# -- ended, another's, twice


@ONE
@pytest.mark.parametrize("stage", [stages.GATHER, stages.SIGN])
def test_a_cancel_before_it_is_signed_leaves_it_unsigned(staff, house, waits, monkeypatch, stage):
    job = begun(staff, waits)

    def cancel():
        elsewhere(house, staff.coordinator, lambda work: jobs.cancel(work, work.get(Job, job)))

    if stage == stages.SIGN:
        put = publish.put_signature

        def putting(*given):
            put(*given)
            cancel()

        monkeypatch.setattr(publish, "put_signature", putting)
    else:
        at_a_word(monkeypatch, stage, cancel)
    assert jobs.run_waiting(house)
    assert row(house, job).state == JobState.CANCELLED
    assert (state(house, waits).state, state(house, waits).signed_by) == (ReleaseState.PREPARED, None)
    assert keys.lent(house.keystore) == {}
    assert not jobs.run_waiting(house)
    assert breaks(staff) == []
    begun(staff, waits)  # and may be asked for again
    monkeypatch.undo()


def test_of_two_who_sign_at_once_one_signature_is_kept(staff, house, waits, monkeypatch):
    first, second = begun(staff, waits), begun(staff, waits, staff.second)

    def the_other():
        """Another worker takes the second's job, and is quicker."""
        with Session(db.engine, autoflush=False, expire_on_commit=False) as own:
            assert jobs.run_waiting(replace(house, db=lambda: own))

    did = at_a_word(monkeypatch, stages.COMPARE, the_other)
    assert jobs.run_waiting(house)
    assert did
    there = state(house, waits)
    assert (there.state, there.signed_by) == (ReleaseState.SIGNED, staff.second.id)
    assert came_of(staff, second, staff.second).release == waits
    assert isinstance(came_of(staff, first).problem, MoveNotAllowed)
    assert breaks(staff) == []


def test_where_two_must_sign_both_do_also_at_once_and_neither_twice(staff, house, told, monkeypatch):
    release = prepared(staff, TWO)
    first, second = begun(staff, release), begun(staff, release, staff.second)

    def the_other():
        with Session(db.engine, autoflush=False, expire_on_commit=False) as own:
            assert jobs.run_waiting(replace(house, db=lambda: own))

    at_a_word(monkeypatch, stages.COMPARE, the_other)
    assert jobs.run_waiting(house)
    there = state(house, release)
    assert {there.signed_by, there.also_signed_by} == {staff.coordinator.id, staff.second.id}
    assert there.state == ReleaseState.SIGNED
    assert {came_of(staff, first).release, came_of(staff, second, staff.second).release} == {release}
    other = prepared(staff, TWO)
    begun(staff, other)
    assert jobs.run_waiting(house)
    assert state(house, other).state == ReleaseState.PREPARED
    with pytest.raises(SecondPersonNeeded):
        begun(staff, other)
    assert breaks(staff) == []


@ONE
def test_asked_for_twice_it_is_one_job_and_it_is_nobody_elses(staff, house, waits):
    job = begun(staff, waits)
    assert begun(staff, waits) == job
    with staff.second.work() as work, pytest.raises(NotFound):
        signing.one(work, job)
    with staff.analyst.work() as work:
        with pytest.raises(NotAllowed):
            signing.start(work, work.get(Release, waits), declared=True)
        made = making.start(work, publish.Wanted("dataset-research", {})).id
    with staff.coordinator.work() as work, pytest.raises(NotFound):
        signing.one(work, made)


@ONE
def test_the_passphrase_is_asked_for_before_it_begins(staff, house, waits):
    who = staff.coordinator
    with (
        begin(house, replace(who.actor, fresh=False), who.ring) as work,
        pytest.raises(FreshSignInNeeded),
    ):
        signing.start(work, work.get(Release, waits), declared=True)
    house.db().rollback()
    assert list(house.db().scalars(select(Job))) == []


@ONE
def test_where_the_loan_ended_it_waits_for_its_owner_and_then_begins(staff, house, waits, monkeypatch):
    job = begun(staff, waits)
    keys.take_back(house.keystore, job)
    assert jobs.run_waiting(house)
    assert row(house, job).state == JobState.NEEDS_OWNER
    assert state(house, waits).state == ReleaseState.PREPARED
    with staff.coordinator.work() as work:
        assert jobs.lend_again(work) == 1
    assert jobs.run_waiting(house)
    assert state(house, waits).state == ReleaseState.SIGNED


# -- what changed meanwhile


def test_whoever_withdraws_while_it_is_gathered_stops_it(staff, house, waits, monkeypatch):
    job = begun(staff, waits)
    at_a_word(monkeypatch, stages.GATHER, lambda: elsewhere(house, staff.coordinator, withdraw), done=3)
    assert jobs.run_waiting(house)
    assert isinstance(came_of(staff, job).problem, ConsentChanged)
    assert state(house, waits).state == ReleaseState.PREPARED
    noted = house.db().scalars(select(AuditEntry).where(AuditEntry.event == signing.REFUSED)).one()
    assert noted.detail == {"code": ConsentChanged.code}
    assert breaks(staff) == []


def test_what_was_decided_otherwise_as_the_signature_was_written_stops_it(staff, house, waits, monkeypatch):
    def decided(work):
        act = work.db.scalars(select(Act)).first()
        review.move(work, act, Verification.UNDER_VERIFICATION, "Another report tells the same.")

    put, did = publish.put_signature, []

    def putting(*given):
        put(*given)
        if not did:
            did.append(1)
            elsewhere(house, staff.reviewer, decided)

    monkeypatch.setattr(publish, "put_signature", putting)
    job = begun(staff, waits)
    assert jobs.run_waiting(house)
    assert did
    assert isinstance(came_of(staff, job).problem, ConsentChanged)
    assert state(house, waits).state == ReleaseState.PREPARED


def test_at_a_page_too_what_changes_while_it_is_signed_stops_it(staff, house, waits, monkeypatch):
    at_a_word_did = []
    asked = publish.named.must_name_nobody

    def asking(*given, **more):
        if not at_a_word_did:
            at_a_word_did.append(1)
            elsewhere(house, staff.coordinator, withdraw)
        return asked(*given, **more)

    monkeypatch.setattr(publish.named, "must_name_nobody", asking)
    with pytest.raises(Conflict):
        signed(staff, waits, staff.second)
    assert state(house, waits).state == ReleaseState.PREPARED


@ONE
def test_a_report_that_comes_in_meanwhile_and_a_look_at_it_begin_nothing_anew(
    staff, house, waits, monkeypatch
):
    looks = at_a_word(monkeypatch, stages.VERIFY, lambda: None, once=False)

    def sent(work):
        report.send(work, schema.load(story()), "page")

    def others(work):
        tokens.make(work, "a script", ["release:download"])
        weekly.freeze(work)

    put = publish.put_signature

    def putting(*given):
        put(*given)
        elsewhere(house, staff.researcher, sent)
        elsewhere(house, staff.analyst, others)

    monkeypatch.setattr(publish, "put_signature", putting)
    begun(staff, waits)
    assert jobs.run_waiting(house)
    assert state(house, waits).state == ReleaseState.SIGNED
    assert len(looks) == 1


# -- one at a time, and of one that is gone


@ONE
def test_one_signature_of_one_release_is_under_way_whatever_was_said_of_its_words(staff, house, waits):
    first = begun(staff, waits)
    assert begun(staff, waits, looked=True) == first


@ONE
@pytest.mark.parametrize("when", ["before", "after"])
def test_of_one_that_was_discarded_its_signature_says_so(staff, house, waits, monkeypatch, when):
    job = begun(staff, waits)
    if when == "after":
        monkeypatch.setattr(publish, "may_be_signed", _refusing)
        assert jobs.run_waiting(house)
    with staff.analyst.work() as work:
        discard.shred(work, discard.discard(work, work.get(Release, waits)))
    assert isinstance(came_of(staff, job).problem, discard.ReleaseDiscarded)
    if when == "before":
        assert jobs.run_waiting(house)
        assert isinstance(came_of(staff, job).problem, discard.ReleaseDiscarded)
        assert state_of(staff, job) == JobState.DONE


def _refusing(*_given, **_more):
    raise ConsentChanged


def state_of(staff, job):
    with staff.coordinator.work() as work:
        return work.get(Job, job).state


# -- names


@ONE
def test_which_names_stand_against_it_is_opened_for_the_signer_and_kept_nowhere(
    staff, house, waits, monkeypatch
):
    with staff.coordinator.work() as work:
        name = work.read(work.db.scalars(select(Person)).first(), "name").split()[0]
    monkeypatch.setattr(signing.tabled, "texts_of", lambda _said: [f"We spoke with {name} in May."])
    job = begun(staff, waits)
    assert jobs.run_waiting(house)
    with staff.coordinator.work() as work:
        assert jobs.result(work, work.get(Job, job)) == {"refused": {"code": named.WordsLikeNames.code}}
    problem = came_of(staff, job).problem
    assert isinstance(problem, named.WordsLikeNames)
    assert named.finding.words(name)[0].plain in problem.said()
    again = begun(staff, waits, looked=True)
    assert jobs.run_waiting(house)
    assert came_of(staff, again).release == waits
