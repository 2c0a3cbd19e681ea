"""After an erasure nothing opens what was erased: no file, no older backup put back, no member; all else opens.

And whatever is rewritten, edited, copied, put back and rotated in between: an old text never opens, the last one does.
"""

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, select, text

from crypto.envelope import Envelope, FieldKey, Kind, field_place, keyver
from crypto.errors import CryptoError
from incidents import accounts, backup, erasure, evidence, gate, members
from incidents.errors import Problem
from incidents.model.account import User
from incidents.model.base import Base, Record, compartments
from incidents.model.erasure import Answer, TextBeside
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.report import ReportPart
from incidents.model.review import Review
from incidents.model.vocabulary import Role, Verification
from incidents.safeguards.keytables import dek
from incidents.safeguards.rings import DataKey
from incidents.safeguards.wrapping import any_opened
from incidents.work import House, Unreadable
from tests.api.programs import start, stop
from tests.evidence import invented
from tests.test_texts_beside import NEW, OLD, erase, narrative, rewritten, two_told
from tests.victim import (
    COORDINATOR,
    DATABASES,
    DECISION,
    PASSPHRASE,
    Desk,
    copied,
    desk,
    document,
    join,
    opened,
    settings,
    take_in_one,
)

GONE = Unreadable("erased")


@pytest.fixture(params=DATABASES)
def folder(request, tmp_path, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("VICTIM_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    (tmp_path / "instance-elsewhere").mkdir()
    return tmp_path / "instance"


# -- what is searched for


@dataclass(frozen=True)
class Secret:
    """A sealed field of something that goes, with the place that it is bound to."""

    table: str
    column: str
    record: UUID
    thing: UUID
    compartment: str
    data: bytes

    def opens(self, keys: dict[tuple[UUID, str, int], list[bytes]]) -> bool:
        """Under any key of any thing that anybody still comes to."""
        version = keyver(self.data, Kind.FIELD)
        place = field_place(self.table, self.column, self.record, self.compartment, version)
        return any(_fits(key, version, self.data, place) for found in keys.values() for key in found)


def _fits(key: bytes, version: int, data: bytes, place: bytes) -> bool:
    try:
        FieldKey(key, version).open(Envelope(data), place)
    except CryptoError:
        return False
    return True


def secrets_of(work, records) -> list[Secret]:
    return [
        Secret(r.__tablename__, column, r.id, r.thing_id, its.value, getattr(r, column).data)
        for r in records
        for column, its in compartments(type(r)).items()
        if getattr(r, column) is not None
    ]


def keys_here(house: House, who: Desk) -> dict[tuple[UUID, str, int], list[bytes]]:
    """Every data key of the keystore that this member's ring opens, as it is."""
    found: dict[tuple[UUID, str, int], list[bytes]] = {}
    for row in house.keystore.read(select(*(dek.c[name] for name in DataKey._fields))):
        wrap = DataKey(*row)
        try:
            key = any_opened(house.keystore, who.ring, (wrap.object, wrap.compartment), wrap.version, [wrap])
        except (CryptoError, Problem):
            continue  # another's
        found.setdefault((wrap.object, wrap.compartment, wrap.version), []).append(key)
    return found


def wraps(house: House, things) -> set[bytes]:
    rows = house.keystore.read(select(dek.c.object, dek.c.compartment, dek.c.blob))
    return {bytes(row.blob) for row in rows if (row.object, row.compartment) in things}


def every_byte(*folders: Path) -> bytes:
    """Both databases with their journals, the evidence store, the copies of tombstones, whatever else is there."""
    return b"".join(p.read_bytes() for folder in folders for p in folder.rglob("*") if p.is_file())


def dumped(folder: Path) -> bytes:
    """What a database of its own holds; SQLite's lies in the folder."""
    url = settings(folder).database_url
    if url.startswith("sqlite"):
        return b""
    engine, found = create_engine(url), []
    with engine.connect() as connection:
        for table in Base.metadata.tables:
            found += [
                repr(tuple(row)).encode() for row in connection.execute(text(f'SELECT * FROM "{table}"'))
            ]
    engine.dispose()
    return b"\n".join(found)


def lost(folder: Path) -> None:
    """The disk is gone with everything on it; the recovery sheet is not."""
    pepper = (folder / "pepper").read_bytes()
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    (folder / "pepper").write_bytes(pepper)
    (folder / "pepper").chmod(0o600)
    if os.environ.get("VICTIM_DATABASE_URL"):
        engine = create_engine(settings(folder).database_url)
        Base.metadata.drop_all(engine)
        engine.dispose()


@dataclass
class Page:
    """The pages of the instance in a folder, for its coordinator."""

    folder: Path

    def shows(self, *paths: str) -> list[str]:
        app = start(settings(self.folder))
        try:
            with app.app_context():
                token = accounts.sign_in(app.extensions["house"], COORDINATOR, PASSPHRASE).token
            client = app.test_client()
            client.set_cookie(gate.COOKIE, token.hex(), secure=True)
            return [client.get(path, base_url="https://localhost").text for path in paths]
        finally:
            stop(app)


def with_file(house: House, who: Desk, incident: UUID) -> UUID:
    data = invented.jpeg()
    with who.work() as work:
        return evidence.keep(work, work.get(Incident, incident), invented.about(data), io.BytesIO(data)).id


def test_nothing_anywhere_opens_what_was_erased_and_everything_else_opens(folder, tmp_path):
    copied(tmp_path / "template", folder)
    elsewhere = folder.with_name("instance-elsewhere")
    with opened(folder) as house:
        ana = desk(house)
        incident, rosa = two_told(house, ana)
        other = take_in_one(house, ana, document("Petra"))
        hers, kept = with_file(house, ana, incident), with_file(house, ana, other)
        backup.backup(settings(folder), house, tmp_path / "older")  # knows everything

        with ana.work() as work:
            parts = work.db.scalars(select(ReportPart).where(ReportPart.person_id == rosa)).all()
            gone = secrets_of(work, [work.get(Person, rosa), *parts, work.get(Evidence, hers)])
            account = [
                s for s in secrets_of(work, [work.get(Incident, incident)]) if s.compartment == "testimony"
            ]
        things = {(s.thing, s.compartment) for s in gone}
        blobs = wraps(house, things) | wraps(house, {(incident, "testimony")})
        before = keys_here(house, ana)
        raw = {
            key
            for (id, c, _v), keys in before.items()
            if (id, c) in {*things, (incident, "testimony")}
            for key in keys
        }
        assert all(secret.opens(before) for secret in [*gone, *account])  # the search finds what there is
        store = folder / "evidence"
        pieces = {path.read_bytes() for path in (store / str(hers)).rglob("*") if path.is_file()}
        assert blobs
        assert raw
        assert pieces

        erase(house, ana, rosa)
        with ana.work() as work:
            erasure.erase_evidence(work, work.get(Evidence, hers), DECISION)
        erasure.finish(house)
        rewritten(house, ana, incident)
        whole = nothing_opens(house, folder, elsewhere, [*gone, *account], blobs | raw | pieces)
        assert narrative(ana, incident) == NEW
        said_by_pages(house, folder, incident, rosa, other, kept)
        assert whole

    lost(folder)
    done = backup.restore(settings(folder), tmp_path / "older")
    assert done.replayed
    with opened(folder) as restored:
        erasure.finish(restored)
        bea = desk(restored, "Bea")
        nothing_opens(restored, folder, elsewhere, [*gone, *account], blobs | raw | pieces)
        assert (
            narrative(bea, incident) == GONE
        )  # what it was before; the new text was written after this backup
        said_by_pages(restored, folder, incident, rosa, other, kept)


def nothing_opens(house: House, folder: Path, elsewhere: Path, gone, searched) -> bool:
    house.db().rollback()
    content = every_byte(folder, elsewhere) + dumped(folder)
    assert not [each for each in searched if each in content]
    assert b"Rosa Ibarra" not in content  # nothing of it lies there unsealed either
    for name in ("Ana", "Bea"):
        left = keys_here(house, desk(house, name))
        assert left
        assert not [secret for secret in gone if secret.opens(left)]
    with desk(house).work() as work:
        assert list(work.breaks()) == []
    return True


def said_by_pages(house: House, folder: Path, incident: UUID, rosa: UUID, other: UUID, kept: UUID) -> None:
    """The page says erased where it was; each field of everything else opens."""
    paths = (f"/incidents/persons/{rosa}", f"/incidents/{other}", f"/incidents/{incident}")
    person, another, hers = Page(folder).shows(*paths)
    assert "Erased. Nobody can open this again." in person
    assert "Told by Petra." in another
    assert OLD not in hers
    who = desk(house)
    with who.work() as work:
        original = evidence.take_original(work, evidence.one(work, kept), "court")
        assert b"".join(original[2]) == invented.jpeg()
    with who.work() as work:
        erased = house.keystore.erased(_things(work))
        over = house.keystore.over(_things(work))
        closed = [
            (record.__tablename__, column)
            for record in _records(work)
            for column, its in compartments(type(record)).items()
            if isinstance(work.vault.view(record, column), Unreadable)
            and (record.thing_id, its.value) not in erased
            and (record.thing_id, its.value) not in over
            and record.__tablename__ != "draft"
        ]
    assert closed == []


def _records(work) -> Iterator[Record]:
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Record) and compartments(mapper.class_):
            yield from work.db.scalars(select(mapper.class_))


def _things(work) -> set[UUID]:
    return {record.thing_id for record in _records(work)}


# -- through any story


SHORT = hypothesis_settings(
    max_examples=5,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LONG = hypothesis_settings(SHORT, max_examples=12, stateful_step_count=20)


@dataclass
class State:
    """What the data says: the account, the reviews beside it, and what was sealed of both since the last rewriting."""

    account: Any = ""
    reviews: dict[UUID, str] = field(default_factory=dict)
    now: dict[UUID, Secret] = field(default_factory=dict)  # of the account and of each review, as it lies
    replaced: list[Secret] = field(default_factory=list)
    ending: list[Secret] = field(default_factory=list)  # written anew; the keys are not destroyed yet

    def copy(self) -> "State":
        return State(self.account, dict(self.reviews), dict(self.now), list(self.replaced), list(self.ending))


class Rewritings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp())
        self.folder = self.top / "instance"
        (self.top / "instance-elsewhere").mkdir()
        self.numbers, self.backups, self.old = count(), [], []
        self.state = State()
        copied(self.top / "template", self.folder)

    @initialize()
    def begin(self) -> None:
        self._open()
        self.incident, rosa = two_told(self.house, self.ana)
        self.erasure = erase(self.house, self.ana, rosa)
        self.state.account = OLD
        self._look()
        self.back_up()

    def teardown(self) -> None:
        self._close()
        shutil.rmtree(self.top)

    @rule(finished=st.sampled_from([True, True, False]))
    def rewrite(self, *, finished: bool) -> None:
        if self.state.account == GONE:
            return  # there is nothing to write anew; `edit` writes it
        said = f"Written anew, {next(self.numbers)}."
        with self.ana.work() as work:
            row = work.add(self._asked(work.today))
        with self.ana.work() as work:
            erasure.rewrite(work, work.get(TextBeside, row.id), {"narrative.text": said})
        self.state.ending += [*self.state.replaced, *self.state.now.values()]
        self.state.replaced, self.state.account = [], said
        self._look()
        if finished:
            self.finish()

    def _asked(self, today) -> TextBeside:
        return TextBeside(
            erasure_id=self.erasure,
            about="incident",
            about_id=self.incident,
            thing_id=self.incident,
            compartment="testimony",
            named=True,
            due_on=today,
            state=Answer.WAITING,
        )

    @rule()
    def finish(self) -> None:
        erasure.finish(self.house)
        self.old += self.state.ending
        self.state.ending = []

    @rule()
    def edit(self) -> None:
        said = f"Edited, {next(self.numbers)}."
        with self.ana.work() as work:
            work.vault.closing.let_open([self.incident])
            work.seal(work.get(Incident, self.incident), narrative=said)
        self.state.replaced.append(self.state.now[self.incident])
        self.state.account = said
        self._look()

    @rule()
    def review(self) -> None:
        said = f"Reasons, {next(self.numbers)}."
        with self.ana.work() as work:
            act = work.db.scalars(select(Act).where(Act.incident_id == self.incident)).first()
            moved = {"from_state": Verification.RECEIVED, "to_state": Verification.UNDER_VERIFICATION}
            made = Review(
                incident_id=self.incident,
                act_id=act.id,
                decided_by=self.ana.actor.id,
                decided_on=work.today,
                **moved,
            )
            work.seal(made, reasons=said)
            self.state.reviews[work.add(made).id] = said
        self._look()

    @rule()
    def rotate(self) -> None:
        gone = join(self.house, f"Member {next(self.numbers)}", Role.REVIEWER)
        with self.ana.work() as work:
            members.remove(work, work.get(User, gone))
        members.finish_removals(self.house, self.ana.ring, self.ana.actor.id)
        self.ana = desk(self.house)

    @rule()
    def back_up(self) -> None:
        to = self.top / f"backup-{len(self.backups)}"
        backup.backup(settings(self.folder), self.house, to)
        self.backups.append((to, self.state.copy()))

    @rule(data=st.data())
    def restore(self, data) -> None:
        if not self.backups:
            return
        folder, state = data.draw(st.sampled_from(self.backups))
        self._close()
        lost(self.folder)
        backup.restore(settings(self.folder), folder)
        self._open()
        self.state = state.copy()
        self.finish()
        destroyed = set(self.old)
        for id in [id for id, secret in self.state.now.items() if secret in destroyed]:
            if id == self.incident:
                self.state.account = GONE
            else:
                self.state.reviews[id] = GONE

    @invariant()
    def an_old_text_never_opens_and_the_last_one_does(self) -> None:
        left = keys_here(self.house, self.ana)
        assert not [secret for secret in self.old if secret.opens(left)]
        with self.ana.work() as work:
            work.vault.closing.let_open([self.incident])
            assert work.vault.view(work.get(Incident, self.incident), "narrative") == self.state.account
            for id, said in self.state.reviews.items():
                assert work.vault.view(work.get(Review, id), "reasons") == said

    @invariant()
    def the_trail_verifies(self) -> None:
        with self.ana.work() as work:
            assert list(work.breaks()) == []

    def _look(self) -> None:
        """What lies there now; of what does not open nothing is expected."""
        with self.ana.work() as work:
            rows = [work.get(Incident, self.incident), *(work.get(Review, id) for id in self.state.reviews)]
            found = {s.record: s for s in secrets_of(work, rows) if s.column in ("narrative", "reasons")}
        self.state.now = found

    def _open(self) -> None:
        self._context = opened(self.folder)
        self.house = self._context.__enter__()
        self.ana = desk(self.house)

    def _close(self) -> None:
        self._context.__exit__(None, None, None)
        self.house.keystore.close()


def test_through_any_story_an_old_text_never_opens_and_the_last_one_does():
    run_state_machine_as_test(Rewritings, settings=SHORT)


@pytest.mark.slow
def test_the_same_holds_through_long_stories():
    run_state_machine_as_test(Rewritings, settings=LONG)
