"""kill -9 at any moment: the trail verifies, nothing is half done, and repeating finishes.

A driver works in an instance until it is killed, again and again; afterwards a new process
does what a start and a sign-in do, and everything is looked at.
"""

import os
import random
import select as waiting
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from incidents import erasure, jobs, members
from incidents.erasure import tombstones
from incidents.model.account import User
from incidents.model.base import compartments
from incidents.model.erasure import Erasure, ErasureState
from incidents.model.incident import Act, Incident
from incidents.model.job import Job
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person
from incidents.model.report import Batch, Report, ReportLink, ReportPart
from incidents.model.vocabulary import AccountState, JobState, ReportState
from incidents.safeguards.audit import all_kinds
from incidents.safeguards.keytables import grant, session
from incidents.work import Compartment, Unreadable, keys, rotation
from tests.victim import (
    ACTIONS,
    DATABASES,
    KINDS,
    ROWS,
    batch_of,
    copied,
    desk,
    in_a_child,
    opened,
    people_of,
    recover,
)

HOUSE = Path(__file__).resolve().parents[1]
START_SECONDS = 300  # to be ready; only a machine that does much else needs more than a few
EVERYTHING = os.environ.get("AMPARO_REQUIRE_ALL") == "1"
KILLS = 3 if EVERYTHING else 1  # each of an action on each database, at any moment
MOMENTS = 10 if EVERYTHING else 3  # of an action on each database, around its commits; not the same on both
SPAN = 1.5  # seconds after "ready" within which it dies: several rounds of each action


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "instance"


@pytest.fixture(params=DATABASES)
def folder(request, tmp_path, template_folder, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("VICTIM_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    (tmp_path / "instance-elsewhere").mkdir()
    copied(template_folder, tmp_path / "instance")
    return tmp_path / "instance"


@pytest.fixture
def chance(request, folder):
    """Seeded, so that a failure can be repeated; other moments on the other database."""
    return random.Random(request.node.name)


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    for kind in KINDS:
        monkeypatch.setitem(jobs.registry, kind.name, kind)


def start(folder, action, seed):
    """The driver, past its start: what it says next is what it does wrong."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.victim", str(folder), action, str(seed)],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, _, _ = waiting.select([program.stdout], [], [], START_SECONDS)
    line = program.stdout.readline() if said else b""
    if line != b"ready\n":
        program.kill()
        pytest.fail(f"the driver did not start: {program.communicate()[1].decode()[-2000:]}")
    return program


def kill(program, after):
    """SIGKILL, whatever it is doing; it must not have ended by itself before."""
    time.sleep(after)
    ended = program.poll()
    program.send_signal(signal.SIGKILL)
    errors = program.communicate()[1].decode()
    assert ended is None, errors[-2000:]


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_around_any_commit_nothing_is_half_done(folder, chance, action):
    """Just before and just after each commit, of keys and of data: where something could be left between them."""
    moments = in_a_child(folder, action)
    assert moments >= 4  # it ran to its end, and it wrote
    chosen = chance.sample(range(1, moments + 1), min(MOMENTS, moments))
    for moment in chosen:
        assert in_a_child(folder, action, moment) == 0
        with opened(folder) as house:
            assert breaks(house) == []
            recover(house)
            go_on_with_jobs(house)
            look_at_everything(house)


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_at_any_moment_nothing_is_half_done(folder, chance, action):
    for number in range(KILLS):
        kill(start(folder, action, number), chance.uniform(0, SPAN))
        with opened(folder) as house:
            assert breaks(house) == []  # as it lies there
            recover(house)
            go_on_with_jobs(house)
            look_at_everything(house)


def test_two_that_work_at_once_are_both_killed(folder, chance):
    """The web and the worker die together."""
    for number in range(KILLS):
        programs = [start(folder, action, number) for action in chance.sample(sorted(ACTIONS), 2)]
        time.sleep(chance.uniform(0, SPAN))
        ended = [_killed(program) for program in programs]
        assert [said for said in ended if said] == []
        with opened(folder) as house:
            assert breaks(house) == []
            recover(house)
            go_on_with_jobs(house)
            look_at_everything(house)


def _killed(program):
    """What it said if it ended by itself; two that change the same rows may be told so."""
    ended = program.poll()
    program.send_signal(signal.SIGKILL)
    errors = program.communicate()[1].decode()
    told = errors.strip().splitlines()[-1:] == ["incidents.errors.Conflict: conflict"]
    return "" if ended is None or told else errors[-2000:]


# -- what must hold


def breaks(house):
    with desk(house).work() as work:
        return list(work.breaks())


def go_on_with_jobs(house):
    """As the worker does, after the lease of whoever was killed."""
    now = house.now
    house.now = lambda: now() + jobs.LEASE * 2
    while jobs.run_waiting(house):
        pass
    house.now = now
    with desk(house).work() as work:  # a command that was killed waits for its owner, who has come
        if jobs.lend_again(work) == 0:
            return
    while jobs.run_waiting(house):
        pass


def look_at_everything(house):
    assert breaks(house) == []
    whole_reports(house)
    whole_incidents(house)
    whole_erasures(house)
    whole_removals(house)
    whole_jobs(house)
    whole_keys(house)
    house.db().rollback()


def whole_reports(house):
    """Each report with all its parts, and an incident if and only if it was taken in."""
    db = house.db()
    for report in db.scalars(select(Report).where(Report.batch_id.is_(None))):
        kinds = db.scalars(select(ReportPart.kind).where(ReportPart.report_id == report.id)).all()
        assert kinds.count("rest") == kinds.count("teller") == 1
        linked = db.scalars(select(ReportLink).where(ReportLink.report_id == report.id)).all()
        if report.state != ReportState.ERASED:
            assert len(linked) == (report.state == ReportState.TAKEN_IN)


def whole_incidents(house):
    db = house.db()
    with desk(house).work() as work:
        for incident in db.scalars(select(Incident).where(Incident.batch_id.is_(None))):
            acts = db.scalars(select(Act.id).where(Act.incident_id == incident.id)).all()
            people = people_of(work, incident.id)
            links = db.scalar(
                select(func.count()).select_from(Involvement).where(Involvement.act_id.in_(acts))
            )
            assert len(acts) == 2
            assert people
            assert links == 2 * len(people)


def whole_erasures(house):
    """Finished; every key of theirs gone, told elsewhere, and nobody else's."""
    db = house.db()
    db.expire_all()
    made = db.scalars(select(Erasure)).all()
    assert {one.state for one in made} <= {ErasureState.SWEPT}
    things = {tuple(thing) for one in made for thing in erasure.things(one)}
    assert house.keystore.erased(id for id, _ in things) == {(id, c.value) for id, c in things}
    assert not house.keystore.keys(id for id, _ in things).keys() & {(id, c.value) for id, c in things}
    for folder in house.checkpoints if made else ():
        told = {(stone.thing, stone.compartment) for stone in tombstones.read(folder / tombstones.FILE)}
        assert told == {(id, c.value) for id, c in things}
    with desk(house).work() as work:
        for person in db.scalars(select(Person)):
            gone = (person.id, Compartment.IDENTITY) in things
            seen = {isinstance(work.vault.view(person, column), Unreadable) for column in IDENTITY_FIELDS}
            assert seen == {gone}


def whole_removals(house):
    """Who is removed holds nothing, and nothing is wrapped for an older generation."""
    gone = house.db().scalars(select(User.id).where(User.state == AccountState.REMOVED)).all()
    for id in gone:
        assert keys.is_removed(house.keystore, id)
        assert house.keystore.read(select(grant.c.what).where(grant.c.holder == id)) == []
        assert house.keystore.read(select(session.c.token).where(session.c.user == id)) == []
    assert rotation.pending(house.keystore) == []
    with desk(house).work() as work:
        assert members.too_few(work) == {}


def whole_jobs(house):
    """Ended; all of their rows there once, or none; no keys lent."""
    db = house.db()
    for job in db.scalars(select(Job)):
        rows = db.scalars(select(Report.reference).where(Report.batch_id == batch_of(job))).all()
        batch = db.get(Batch, batch_of(job))
        assert job.state in (JobState.DONE, JobState.CANCELLED)
        assert len(rows) == len(set(rows)) == (ROWS if job.state == JobState.DONE else 0)
        assert (batch is not None and batch.published) == (job.state == JobState.DONE)
        incidents = db.scalars(select(Incident.id).where(Incident.batch_id == batch_of(job))).all()
        acts = db.scalars(select(Act.id).where(Act.incident_id.in_(incidents))).all()
        assert len(incidents) == len(acts) == (len(rows) if job.kind == "import" else 0)
    jobs.tidy(house)
    lent = keys.lent(house.keystore).keys()
    assert not lent & set(db.scalars(select(Job.id)))


def whole_keys(house):
    """Whatever is sealed has its key, unless it was erased."""
    db = house.db()
    for kind in all_kinds():
        for row in db.scalars(select(kind)):
            wanted = {(row.thing_id, c.value) for name, c in compartments(kind).items() if getattr(row, name)}
            have = house.keystore.keys([row.thing_id]).keys() | house.keystore.erased([row.thing_id])
            assert wanted <= have
