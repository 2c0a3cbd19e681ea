"""An instance in a folder, and a program that works in it until it is killed.

Run as `python -m tests.victim FOLDER ACTION SEED`: it opens the folder as any process
would, says "ready", and does one thing again and again. Tests use the same pieces.
"""

import atexit
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
from flask import Flask
from sqlalchemy import URL, Connection, event, make_url, select

import incidents.model.erasure  # noqa: F401  every table is known before the first is made
from config import Settings
from crypto.lock import FLOOR
from incidents import accounts, erasure, founding, jobs, members
from incidents.errors import Conflict
from incidents.intake import importers, report, take_in
from incidents.model.account import User
from incidents.model.base import Base, Compartment, db, prepare
from incidents.model.incident import Act
from incidents.model.job import Job
from incidents.model.people import Involvement, Person
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import ReportState, Role
from incidents.work import Actor, House, Keystore, Locks, Ring, Sessions, Work, begin, keys
from tests.once import quick_folder

EVERYTHING = os.environ.get("AMPARO_REQUIRE_ALL") == "1"
DATABASES = ["sqlite", *([pytest.param("postgres", marks=pytest.mark.postgres)] if EVERYTHING else [])]
PASSPHRASE = "una frase larga de prueba"
COORDINATOR = "Ana"
FOUNDED = "amparo_founded"  # the database that is copied
STARTS = 5  # while another process works
ROWS = 40  # of a counting job
DECISION = "She asked for it in a talk on the phone."


@dataclass
class Desk:
    """Somebody who is signed in."""

    house: House
    actor: Actor
    ring: Ring

    def work(self) -> Any:
        return begin(self.house, self.actor, self.ring)


def settings(folder: Path) -> Settings:
    return Settings(
        instance=folder,
        database_url=os.environ.get("VICTIM_DATABASE_URL") or f"sqlite:///{folder / 'data.db'}",
        keys_file=folder / "keys.db",
        pepper_file=folder / "pepper",
        boot_key_file=folder / "boot" / "boot.key",
        checkpoints=folder.with_name(f"{folder.name}-elsewhere"),
        timezone="UTC",
    )


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """The house in this folder, as a new process finds it."""
    here = settings(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    app = Flask("victim")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=here.database_url, SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True}
    )
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
        Base.metadata.create_all(db.engine)
        try:
            yield _house(here)
        finally:
            db.session.remove()
            db.engine.dispose()


def _house(here: Settings) -> House:
    keystore = Keystore(here.keys_file, here.instance / "fingerprint")
    node_key = here.instance / "node.key"
    return House(
        db=db.session,
        keystore=keystore,
        locks=Locks(keystore, keys.key_file(here.pepper_file), FLOOR),
        sessions=Sessions(keystore, keys.boot_key(here.boot_key_file)),
        node_key=node_key,
        checkpoints=(here.instance / "checkpoints", here.checkpoints),
        node=keys.node(node_key) if node_key.exists() else None,
    )


def found(house: House) -> None:
    """Two coordinators, so that either may be removed."""
    founding.found(house, "Casa Prueba", COORDINATOR, PASSPHRASE)
    join(house, "Bea", Role.COORDINATOR)


def copied(template: Path, folder: Path) -> None:
    """A founded instance of one's own; founding is done once."""
    if os.environ.get("VICTIM_DATABASE_URL"):
        _copied_on_postgres(folder, make_url(os.environ["VICTIM_DATABASE_URL"]))
        return
    if not template.exists():
        with opened(template) as house:
            found(house)
    shutil.copytree(template, folder)


_founded: dict[str, Path] = {}  # by server


def _copied_on_postgres(folder: Path, url: URL) -> None:
    """The first fills the empty database that it was given; each after it is given a copy in its place."""
    server = str(url.query["host"])
    with psycopg.connect(host=server, user=url.username, dbname="postgres", autocommit=True) as link:
        if server not in _founded:
            with opened(folder) as house:
                found(house)
            kept = Path(tempfile.mkdtemp(prefix="amparo-founded-", dir=quick_folder()))
            atexit.register(shutil.rmtree, kept)
            shutil.copytree(folder, kept / "instance")
            link.execute(f"CREATE DATABASE {FOUNDED} TEMPLATE {url.database}".encode())
            _founded[server] = kept / "instance"
            return
        link.execute(f"DROP DATABASE {url.database}".encode())
        link.execute(f"CREATE DATABASE {url.database} TEMPLATE {FOUNDED} STRATEGY FILE_COPY".encode())
    shutil.copytree(_founded[server], folder)


def desk(house: House, name: str = COORDINATOR, *, fresh: bool = True) -> Desk:
    session = accounts.sign_in(house, name, PASSPHRASE)
    user, signed_in = accounts.admit(house, session.token)
    return Desk(house, accounts.actor_of(user, fresh=fresh), signed_in.ring)


def join(house: House, name: str, *roles: Role) -> UUID:
    """A member who was invited, joined and was confirmed."""
    ana = desk(house)
    with ana.work() as work:
        user, token = members.invite(work, name, list(roles))
    accounts.join(house, token, PASSPHRASE)
    with ana.work() as work:
        members.confirm(work, work.get(User, user.id))
    return user.id


def document(*tellers: str, mentioned: tuple[str, ...] = ()) -> dict[str, Any]:
    """An invented report. Each teller agreed to statistics and rows."""
    agreed = {
        "method": "spoken",
        "language": "es",
        "decisions": dict.fromkeys(("REC", "STA", "ROW"), "given"),
    }
    people = [_person(number, name, consent=agreed) for number, name in enumerate(tellers)]
    people += [_person(number, name) for number, name in enumerate(mentioned, len(tellers))]
    return {
        "narrative": f"Told by {' and '.join(tellers) or 'a newspaper'}.",
        "incident": {"moment": {"edtf": "2019-01-30", "precision": "DAY"}},
        "acts": [{"key": "a1", "type": "KID", "status": "C"}, {"key": "a2", "type": "EXT", "status": "C"}],
        "persons": people,
    }


def _person(number: int, name: str, consent: dict[str, Any] | None = None) -> dict[str, Any]:
    entry = {
        "key": f"p{number}",
        "kind": "individual",
        "teller": consent is not None,
        "identity": {"name": name, "phone": "55 1234 5678"},
        "facts": {"gender": "F", "age": 30},
    }
    return entry | ({"consent": consent} if consent else {})


def take_in_one(house: House, who: Desk, told: dict[str, Any], link_to: UUID | None = None) -> UUID:
    """A report sent and taken in; the incident."""
    with who.work() as work:
        sent = report.send(work, told, "page")
    with who.work() as work:
        return take_in.take_in(work, sent.id, link_to=link_to).id


# -- a job that counts: each chunk leaves rows, so that nothing done twice or lost stays unseen


def count_up(step: jobs.Step) -> dict[str, int]:
    """One report without parts a number, twenty numbers a chunk, under a batch that is published at the end."""
    batch_id = batch_of(step.job)
    if step.work.db.get(Batch, batch_id) is None:
        step.work.add(
            Batch(id=batch_id, kind="count", recorded_by=step.actor.id, received_on=step.work.today)
        )
    total = step.arguments.get("rows", ROWS)
    for start in range(step.job.done, total, 20):
        for number in range(start, min(start + 20, total)):
            step.work.add(_row(step, number))
        step.chunk(min(start + 20, total), total)
    batch = step.work.get(Batch, batch_id)
    batch.published = True
    step.work.seal(batch, about={"rows": total})
    return {"rows": total}


def batch_of(job: Job) -> UUID:
    return uuid5(job.id, "batch")


def _row(step: jobs.Step, number: int) -> Report:
    return Report(
        reference=f"{step.job.id.hex[:12]}-{number}",
        state=ReportState.RECEIVED,
        channel="import",
        received_on=step.work.today,
        recorded_by=step.actor.id,
        client_id=UUID(int=step.job.id.int ^ number),
        batch_id=batch_of(step.job),
    )


COUNT = jobs.Kind(
    "count",
    frozenset({Compartment.FACTS, Compartment.INTAKE}),
    count_up,
    lambda house, job: erasure.discard_batch(house, batch_of(job)) and None,
)


# -- what is done until the end comes


def take_ins(house: House, who: Desk, rng: random.Random) -> None:
    take_in_one(house, who, document("Rosa", mentioned=("Luis",) if rng.random() < 0.5 else ()))


def erasures(house: House, who: Desk, rng: random.Random) -> None:
    incident = take_in_one(house, who, document("Rosa", mentioned=("Luis",)))
    with who.work() as work:
        erasure.erase_person(work, rng.choice(people_of(work, incident)), DECISION)
    erasure.finish(house)


def report_erasures(house: House, who: Desk, _rng: random.Random) -> None:
    with who.work() as work:
        sent = report.send(work, document("Rosa"), "page")
    with who.work() as work:
        erasure.erase_report(work, work.get(Report, sent.id), DECISION)
    erasure.finish(house)


def removals(house: House, who: Desk, _rng: random.Random) -> None:
    gone = join(house, f"Member {uuid4()}", Role.REVIEWER)
    for _ in range(3):
        take_in_one(house, who, document("Rosa"))
    with who.work() as work:
        members.remove(work, work.get(User, gone))
    members.finish_removals(house, who.ring, who.actor.id)


def counting(house: House, who: Desk, rng: random.Random) -> None:
    with who.work() as work:
        jobs.start(work, "count", {"rows": ROWS, "seed": rng.random()})
    jobs.run_waiting(house)


def counting_here(house: House, who: Desk, _rng: random.Random) -> None:
    jobs.run_here(house, who.actor, who.ring, "count", {"rows": ROWS})


def cancelling(house: House, who: Desk, rng: random.Random) -> None:
    """A job that is cancelled by its owner after its first chunk."""
    with who.work() as work:
        job = jobs.start(work, "count and cancel", {"rows": ROWS, "seed": rng.random()})
    jobs.run_waiting(house)
    house.db().refresh(job)


def _cancelled_after_a_chunk(step: jobs.Step) -> dict[str, int]:
    first = step.chunk

    def chunk(done: int, total: int) -> None:
        first(done, total)
        owner = desk(step.house)
        with owner.work() as work:
            jobs.cancel(work, work.get(type(step.job), step.job.id))

    step.chunk = chunk  # type: ignore[method-assign]
    return count_up(step)


CANCEL = jobs.Kind("count and cancel", COUNT.compartments, _cancelled_after_a_chunk, COUNT.clean_up)

MAPPING = """
format = 1
name = "Invented list"
[file]
kind = "csv"
separator = ";"
[source]
label = "invented"
key = ["id"]
[basis]
kind = "published"
citation = "An invented list, 2021"
licence = "CC0"
[constants]
"acts.a1" = { type = "KID", status = "C" }
"persons.p1" = { kind = "individual", teller = false }
"involvements.1" = { person = "p1", act = "a1", part = "DIR" }
"sources.1" = { type = "PRE", origin = "invented list" }
[fields]
"incident.moment" = { column = "day", as = "date", required = true }
"persons.p1.identity.name" = { column = "name", as = "text" }
"""
importers.CHUNK = 10  # rows: several chunks of a short file

IMPORT = jobs.Kind(
    importers.KIND,
    frozenset(Compartment),
    importers.run,
    lambda house, job: erasure.discard_batch(house, importers.batch_of(job)) and None,
)


def imports(house: House, who: Desk, _rng: random.Random) -> None:
    rows = "\n".join(f"{uuid4()};2019-03-{number % 28 + 1:02};Rosa {number}" for number in range(ROWS))
    given = importers.packed(f"id;day;name\n{rows}\n".encode(), "list.csv", MAPPING)
    jobs.run_here(house, who.actor, who.ring, importers.KIND, {}, given)


KINDS = (CANCEL, COUNT, IMPORT)

ACTIONS: dict[str, Callable[[House, Desk, random.Random], None]] = {
    "cancel": cancelling,
    "erase person": erasures,
    "erase report": report_erasures,
    "import": imports,
    "job": counting,
    "job here": counting_here,
    "remove member": removals,
    "take in": take_ins,
}


def people_of(work: Work, incident: UUID) -> list[Person]:
    query = select(Person).where(
        Person.id.in_(
            select(Involvement.person_id)
            .join(Act, Involvement.act_id == Act.id)
            .where(Act.incident_id == incident)
        )
    )
    return list(work.db.scalars(query.order_by(Person.teller.desc(), Person.id)))


def recover(house: House) -> None:
    """What a start of the program and a coordinator's sign-in do after a kill."""
    erasure.finish(house)
    ana = desk(house)
    members.finish_removals(house, ana.ring, ana.actor.id)
    with ana.work() as work:
        jobs.lend_again(work)


def recover_beside(house: House) -> None:
    """The same while another process works: whoever changed the same row first has it, as after any Conflict."""
    for _ in range(STARTS):
        try:
            return recover(house)
        except Conflict:
            house.db().rollback()
    return recover(house)


# -- where the power goes


@dataclass
class Power:
    """Counts the moments just before and just after each commit, of keys and of data; goes at one of them."""

    goes_at: int = 0  # never
    moments: int = 0

    def moment(self, *_: object) -> None:
        self.moments += 1
        if self.moments == self.goes_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def feed(self, house: House) -> None:
        event.listen(db.engine, "commit", self.moment)
        event.listen(house.db(), "after_commit", self.moment)
        step = house.keystore.step

        @contextmanager
        def watched() -> Iterator[Connection]:
            with step() as connection:
                file = connection.connection.dbapi_connection
                before = file.total_changes
                yield connection
                wrote = file.total_changes != before
                if wrote:
                    self.moment()
            if wrote:
                self.moment()

        house.keystore.step = watched  # type: ignore[method-assign]


def in_a_child(folder: Path, action: str, goes_at: int = 0) -> int:
    """Do it once in a process of its own, which dies at this moment. How many moments it lived through, or 0."""
    ends, said = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with opened(folder) as house:
                who, power = desk(house), Power(goes_at)
                power.feed(house)
                ACTIONS[action](house, who, random.Random(action))  # the same moments each time
                os.write(said, str(power.moments).encode())
        finally:
            os._exit(0)
    os.close(said)
    os.waitpid(child, 0)
    with os.fdopen(ends) as pipe:
        return int(pipe.read() or 0)


ALONE = 600  # seconds after which whoever was to kill it is gone


def main() -> None:
    signal.alarm(ALONE)
    folder, action, seed = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    for kind in KINDS:
        jobs.register(kind)
    with opened(folder) as house:
        recover_beside(house)
        rng = random.Random(seed)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for _ in count():
            ACTIONS[action](house, desk(house), rng)  # a new sign-in each time: a removal renews the keys


if __name__ == "__main__":
    main()
