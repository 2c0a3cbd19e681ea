"""What is erased is unreadable everywhere, for everybody, whenever the power went in between."""

import json
import os
import shutil
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, update

from crypto.envelope import Envelope
from incidents import backup, consent, erasure, jobs
from incidents.erasure import finishing, tombstones
from incidents.errors import (
    Erased,
    FreshSignInNeeded,
    MoveNotAllowed,
    NotAllowed,
    ReasonsNeeded,
)
from incidents.intake import report as reports
from incidents.intake import take_in
from incidents.model.audit import AuditEntry, Revision
from incidents.model.consent import ConsentEvent, Withdrawal
from incidents.model.erasure import Erasure, ErasureState
from incidents.model.incident import Act, Incident, Information, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person
from incidents.model.report import Batch, Report, ReportLink, ReportPart
from incidents.model.vocabulary import PartKind, Purpose, ReportState, Role, Verification
from incidents.safeguards.keytables import dek
from incidents.work import Compartment, Unreadable, keys
from tests.victim import (
    COUNT,
    DATABASES,
    DECISION,
    batch_of,
    copied,
    desk,
    document,
    join,
    opened,
    people_of,
    settings,
    take_in_one,
)

V = Verification
GONE = Unreadable("erased")


@pytest.fixture(params=DATABASES)
def folder(request, tmp_path, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("VICTIM_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    (tmp_path / "instance-elsewhere").mkdir()
    return tmp_path / "instance"


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "instance"


@pytest.fixture
def house(folder, template_folder):
    copied(template_folder, folder)
    with opened(folder) as house:
        yield house


@pytest.fixture
def ana(house):
    return desk(house)


def erase(house, who, person_id):
    with who.work() as work:
        erased = erasure.erase_person(work, work.get(Person, person_id), DECISION)
    assert erasure.finish(house) == 1
    return erased


def people(who, incident):
    """Tellers first."""
    with who.work() as work:
        return people_of(work, incident)


def acts(house, incident):
    house.db().rollback()
    query = select(Act).where(Act.incident_id == incident).execution_options(populate_existing=True)
    return house.db().scalars(query).all()


def states(house, incident):
    return {act.verification for act in acts(house, incident)}


def set_states(who, incident, state):
    with who.work() as work:
        for act in work.db.scalars(select(Act).where(Act.incident_id == incident)):
            act.verification = state


def parts(house, incident):
    query = (
        select(ReportPart)
        .join(ReportLink, ReportLink.report_id == ReportPart.report_id)
        .where(ReportLink.incident_id == incident)
    )
    return {part.kind: part for part in house.db().scalars(query)}


def read(who, record, column):
    with who.work() as work:
        return work.vault.view(record, column)


def name_of(who, person_id):
    with who.work() as work:
        return work.vault.view(work.get(Person, person_id), "name")


def whole(who):
    with who.work() as work:
        assert list(work.breaks()) == []


def blobs(house, *things):
    """The wrapped keys of these things, as they stand in the keystore."""
    return [
        bytes(row.blob) for row in house.keystore.read(select(dek.c.blob).where(dek.c.object.in_(things)))
    ]


# -- a person


def test_an_erased_person_opens_for_nobody(house, ana):
    incident = take_in_one(house, ana, document("Rosa"))
    (rosa,) = people(ana, incident)
    erase(house, ana, rosa.id)
    for who in (ana, desk(house, "Bea")):
        for column in ("facts", *IDENTITY_FIELDS):
            assert read(who, rosa, column) == GONE
            with pytest.raises(Erased), who.work() as work:
                work.read(rosa, column)
    whole(ana)


def test_their_part_in_acts_and_their_consents_go_with_them(house, ana):
    incident = take_in_one(house, ana, document("Rosa"))
    (rosa,) = people(ana, incident)
    erase(house, ana, rosa.id)
    db = house.db()
    for kind, columns in ((Involvement, ["facts"]), (ConsentEvent, ["decisions", "names"])):
        rows = db.scalars(select(kind).where(kind.person_id == rosa.id)).all()
        assert rows
        assert [read(ana, row, column) for row in rows for column in columns if getattr(row, column)] == [
            GONE for row in rows for column in columns if getattr(row, column)
        ]


def test_earlier_versions_of_the_person_go_with_them(house, ana):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    with ana.work() as work:
        work.seal(work.get(Person, rosa.id), name="Rosa María")
    revision = house.db().scalars(select(Revision).where(Revision.record_id == rosa.id)).one()
    before = Person(id=rosa.id, name=Envelope(bytes.fromhex(revision.seals["name"])))
    assert read(ana, before, "name") == "Rosa"
    erase(house, ana, rosa.id)
    assert read(ana, before, "name") == GONE


def test_no_wrapped_key_of_what_was_erased_is_left_in_any_file(house, ana, folder):
    incident = take_in_one(house, ana, document("Rosa"))
    (rosa,) = people(ana, incident)
    told = parts(house, incident)
    gone = blobs(house, rosa.id, told[PartKind.TELLER].id, told[PartKind.REST].id)
    assert len(gone) == 4
    assert all(blob in _bytes_of(folder) for blob in gone)
    erase(house, ana, rosa.id)
    left = _bytes_of(folder)
    assert [blob for blob in gone if blob in left or blob[-32:] in left] == []


def _bytes_of(folder):
    """Both databases, their journals, and whatever else lies there or beside it."""
    return b"\0".join(path.read_bytes() for path in folder.parent.rglob("*") if path.is_file())


def test_every_exit_stops_with_the_decision_and_stays_shut(house, ana):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    with ana.work() as work:
        assert isinstance(consent.permits(work, rosa, Purpose.STATISTICS), consent.Permit)
        work.db.rollback()
        erasure.erase_person(work, work.get(Person, rosa.id), DECISION)
    for purpose in Purpose:
        with ana.work() as work:
            assert consent.permits(work, rosa, purpose) == consent.Refusal("withdrawn")
    erasure.finish(house)
    with pytest.raises(Erased), ana.work() as work:
        consent.decide(work, work.get(Person, rosa.id), {"decisions": {"STA": "given"}})
    with ana.work() as work:
        consent.withdraw(work, work.get(Person, rosa.id))
        assert consent.permits(work, rosa, Purpose.STATISTICS) == consent.Refusal("withdrawn")


def test_a_teller_who_told_alone_takes_their_words_and_the_acts_along(house, ana):
    incident = take_in_one(house, ana, document("Rosa", mentioned=("Luis",)))
    set_states(ana, incident, V.CREDIBLE)
    rosa, luis = people(ana, incident)
    erase(house, ana, rosa.id)
    told = parts(house, incident)
    assert states(house, incident) == {V.SOURCE_WITHDREW}
    assert read(ana, told[PartKind.TELLER], "content") == GONE
    assert read(ana, told[PartKind.REST], "content") == GONE
    assert read(ana, house.db().get(Incident, incident), "narrative") == GONE
    assert read(ana, told[PartKind.PERSON], "content")["person"]["identity"]["name"] == "Luis"
    assert read(ana, luis, "name") == "Luis"
    whole(ana)


def test_the_report_of_a_teller_who_told_of_nobody_else_is_erased_with_them(house, ana):
    incident = take_in_one(house, ana, document("Rosa"))
    (rosa,) = people(ana, incident)
    erase(house, ana, rosa.id)
    with ana.work() as work:
        (report,) = work.db.scalars(select(Report))
        assert report.state == ReportState.ERASED
        assert reports.read(work, report.id).unreadable == {"rest": "erased", "p1": "erased"}


def test_what_another_teller_told_stays_and_is_verified_anew(house, ana):
    incident = take_in_one(house, ana, document("Rosa", "Marta"))
    set_states(ana, incident, V.CREDIBLE)
    rosa = next(one for one in people(ana, incident) if read(ana, one, "name") == "Rosa")
    erase(house, ana, rosa.id)
    told = parts(house, incident)
    assert states(house, incident) == {V.UNDER_VERIFICATION}
    assert isinstance(read(ana, told[PartKind.REST], "content"), dict)
    assert isinstance(read(ana, house.db().get(Incident, incident), "narrative"), str)
    assert house.db().scalars(select(Report.state)).all() == [ReportState.TAKEN_IN]


def test_the_last_of_two_tellers_takes_the_acts_along(house, ana):
    incident = take_in_one(house, ana, document("Rosa", "Marta"))
    for teller in people(ana, incident):
        erase(house, ana, teller.id)
    assert states(house, incident) == {V.SOURCE_WITHDREW}
    assert house.db().scalars(select(Report.state)).all() == [ReportState.ERASED]


@pytest.mark.parametrize("other", [document("Marta"), document()], ids=["a teller", "a newspaper"])
def test_an_incident_that_another_report_tells_of_keeps_its_acts(house, ana, other):
    incident = take_in_one(house, ana, document("Rosa"))
    (rosa,) = people(ana, incident)
    take_in_one(house, ana, other, link_to=incident)
    set_states(ana, incident, V.RECEIVED)
    erase(house, ana, rosa.id)
    assert states(house, incident) == {V.RECEIVED}
    assert isinstance(read(ana, house.db().get(Incident, incident), "narrative"), str)


def test_somebody_who_was_only_mentioned_leaves_the_acts_alone(house, ana):
    incident = take_in_one(house, ana, document("Rosa", mentioned=("Luis",)))
    set_states(ana, incident, V.CREDIBLE)
    rosa, luis = people(ana, incident)
    erase(house, ana, luis.id)
    told = parts(house, incident)
    assert states(house, incident) == {V.CREDIBLE}
    assert read(ana, luis, "name") == GONE
    assert read(ana, told[PartKind.PERSON], "content") == GONE
    assert read(ana, rosa, "name") == "Rosa"


# -- a report


def test_an_erased_report_opens_for_its_writer_no_more(house, ana):
    join(house, "Fidel", Role.FIELD_RESEARCHER)
    fidel = desk(house, "Fidel")
    with fidel.work() as work:
        sent = reports.send(work, document("Rosa", mentioned=("Luis",)), "page")
    kept = [part.id for part in house.db().scalars(select(ReportPart))]
    assert len(blobs(house, *kept)) == 6  # for the inbox and for the writer, each
    with ana.work() as work:
        erasure.erase_report(work, work.get(Report, sent.id), DECISION)
    erasure.finish(house)
    assert blobs(house, *kept) == []
    with fidel.work() as work:
        assert set(reports.read_own(work, sent.id).unreadable.values()) == {"erased"}
    with ana.work() as work:
        assert work.get(Report, sent.id).state == ReportState.ERASED
    with pytest.raises(MoveNotAllowed), ana.work() as work:
        erasure.erase_report(work, work.get(Report, sent.id), DECISION)
    whole(ana)


def test_acts_that_only_an_erased_report_told_of_leave_all_counts(house, ana):
    incident = take_in_one(house, ana, document())
    set_states(ana, incident, V.CREDIBLE)
    with ana.work() as work:
        erasure.erase_report(work, work.db.scalars(select(Report)).one(), DECISION)
    erasure.finish(house)
    assert states(house, incident) == {V.SOURCE_WITHDREW}


# -- who may


def test_erasing_asks_for_the_right_a_fresh_sign_in_and_reasons(house, ana):
    join(house, "Carla", Role.REVIEWER)
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    for who, reasons, refusal in (
        (desk(house, "Carla"), DECISION, NotAllowed),
        (desk(house, fresh=False), DECISION, FreshSignInNeeded),
        (ana, "  yes  ", ReasonsNeeded),
    ):
        with pytest.raises(refusal), who.work() as work:
            erasure.erase_person(work, work.get(Person, rosa.id), reasons)
    assert erasure.finish(house) == 0
    assert read(ana, rosa, "name") == "Rosa"
    assert house.db().scalars(select(Withdrawal)).all() == []


def test_the_decision_is_kept_sealed_and_found_by_whom_it_is_about(house, ana):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    erased = erase(house, ana, rosa.id)
    with ana.work() as work:
        (known,) = erasure.of(work, rosa.id)
        assert known.id == erased.id
        assert work.read(known, "decision") == DECISION
        assert known.state == ErasureState.SWEPT
    assert {stone.decision for stone in keys.tombstones(house.keystore)} == {str(erased.id)}


# -- cut anywhere


@pytest.mark.parametrize("cut", ["_shred", "_sweep", "_mark_reports", "_settle_acts"])
def test_a_cut_erasure_is_finished_at_the_next_start_without_a_key(house, ana, folder, monkeypatch, cut):
    incident = take_in_one(house, ana, document("Rosa"))
    rosa = people(ana, incident)[0].id
    with ana.work() as work:
        erasure.erase_person(work, work.get(Person, rosa), DECISION)
    with monkeypatch.context() as patch:
        patch.setattr(finishing, cut, _power_goes)
        with pytest.raises(KeyboardInterrupt):
            erasure.finish(house)
    house.db().close()
    with opened(folder) as later:
        assert erasure.finish(later) == 1
        assert erasure.finish(later) == 0
        assert states(later, incident) == {V.SOURCE_WITHDREW}
        assert later.db().scalars(select(Erasure.state)).all() == [ErasureState.SWEPT]
    assert name_of(ana, rosa) == GONE
    whole(ana)


def _power_goes(*_):
    raise KeyboardInterrupt


def test_keys_destroyed_just_before_the_cut_are_destroyed_once(house, ana, monkeypatch):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    with ana.work() as work:
        erasure.erase_person(work, work.get(Person, rosa.id), DECISION)
    shred = house.keystore.shred
    with monkeypatch.context() as patch:
        patch.setattr(house.keystore, "shred", lambda *said: (shred(*said), _power_goes()))
        with pytest.raises(KeyboardInterrupt):
            erasure.finish(house)
    stones = keys.tombstones(house.keystore)
    assert erasure.finish(house) == 1
    assert keys.tombstones(house.keystore) == stones
    whole(ana)


def test_two_processes_that_finish_the_same_erasure_do_it_once(house, ana, folder, monkeypatch):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    with ana.work() as work:
        erasure.erase_person(work, work.get(Person, rosa.id), DECISION)
    things = finishing.things

    def slower(erased):
        monkeypatch.setattr(finishing, "things", things)
        with opened(folder) as faster:
            assert erasure.finish(faster) == 1
        return things(erased)

    monkeypatch.setattr(finishing, "things", slower)
    assert erasure.finish(house) == 0
    assert house.db().scalar(select(func.count()).where(AuditEntry.event == "erasure.swept")) == 1
    whole(ana)


# -- by whoever writes to the database


def test_an_intent_that_nobody_signed_destroys_no_key(house, ana):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    db = house.db()
    db.execute(
        insert(Erasure).values(
            id=rosa.id, version=1, kind="person", subject=rosa.id, things=[f"{rosa.id}/identity"],
            state=ErasureState.INTENDED, decided_by=ana.actor.id, decided_on=date(2025, 1, 1),
        )
    )  # fmt: skip
    db.commit()
    assert erasure.finish(house) == 0
    assert erasure.finish(house) == 0
    assert read(ana, rosa, "name") == "Rosa"
    assert db.scalar(select(func.count()).where(AuditEntry.event == erasure.REFUSED)) == 1


def test_an_intent_that_was_made_larger_destroys_no_key(house, ana):
    incident = take_in_one(house, ana, document("Rosa", mentioned=("Luis",)))
    rosa, luis = people(ana, incident)
    with ana.work() as work:
        made = erasure.erase_person(work, work.get(Person, rosa.id), DECISION)
    db = house.db()
    db.execute(update(Erasure).values(things=[*made.things, f"{luis.id}/identity"]))
    db.commit()
    assert erasure.finish(house) == 0
    assert read(ana, luis, "name") == "Luis"


# -- copies kept elsewhere


def stones_in(folder):
    return [json.loads(line) for line in (folder / tombstones.FILE).read_text().splitlines()]


def test_tombstones_are_copied_to_each_folder_once(house, ana):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    erased = erase(house, ana, rosa.id)
    erasure.finish(house)
    for folder in house.checkpoints:
        said = stones_in(folder)
        assert {f"{one['thing']}/{one['compartment']}" for one in said} == set(erased.things)
        assert {one["decision"] for one in said} == {str(erased.id)}
        assert len(said) == len(erased.things)
        assert (folder / tombstones.FILE).stat().st_mode & 0o077 == 0


def test_a_copy_that_was_cut_in_a_line_is_mended(house, ana):
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    erase(house, ana, rosa.id)
    path = house.checkpoints[0] / tombstones.FILE
    os.truncate(path, path.stat().st_size - 20)
    erasure.finish(house)
    assert {stone[:2] for stone in tombstones.read(path)} == {
        stone[:2] for stone in keys.tombstones(house.keystore)
    }


def test_a_folder_that_is_not_there_stops_no_erasure_and_is_filled_later(house, ana, folder):
    away = folder.with_name("stick") / "amparo"
    house.checkpoints = (*house.checkpoints, away)
    (rosa,) = people(ana, take_in_one(house, ana, document("Rosa")))
    erase(house, ana, rosa.id)
    assert read(ana, rosa, "name") == GONE
    assert tombstones.copy(house) == [away]
    away.parent.mkdir()
    assert tombstones.copy(house) == []
    assert stones_in(away) == stones_in(house.checkpoints[0])


@pytest.mark.parametrize("folder", ["sqlite"], indirect=True)  # the file itself is put back
def test_data_from_before_an_erasure_is_swept_again_by_its_tombstones(house, ana, folder):
    incident = take_in_one(house, ana, document("Rosa"))
    rosa = people(ana, incident)[0].id
    before = backup.backup(settings(folder), house, folder.with_name("backup"))
    erased = erase(house, ana, rosa).id
    house.db().get_bind().dispose()
    house.db().close()
    assert before["files"][0]["name"] == backup.DATA
    for name in ("data.db-shm", "data.db-wal"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(folder.with_name("backup") / backup.DATA, folder / "data.db")
    with opened(folder) as restored:
        assert erasure.finish(restored) == 1
        assert states(restored, incident) == {V.SOURCE_WITHDREW}
        bea = desk(restored, "Bea")
        with bea.work() as work:
            assert consent.permits(work, work.get(Person, rosa), Purpose.ROWS) == consent.Refusal("withdrawn")
            assert work.get(Erasure, erased).kind == "restored"
        assert name_of(bea, rosa) == GONE
        whole(bea)


@pytest.mark.parametrize("folder", ["sqlite"], indirect=True)  # the file itself is put back
def test_data_from_before_an_erasure_of_names_loses_the_names_again_and_no_count(house, ana, folder):
    incident = take_in_one(house, ana, document("Rosa"))
    rosa = people(ana, incident)[0].id
    backup.backup(settings(folder), house, folder.with_name("backup"))
    with ana.work() as work:
        erased = erasure.erase_names(work, work.get(Person, rosa), DECISION).id
    assert erasure.finish(house) == 1
    house.db().get_bind().dispose()
    house.db().close()
    for name in ("data.db-shm", "data.db-wal"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(folder.with_name("backup") / backup.DATA, folder / "data.db")
    with opened(folder) as restored:
        assert erasure.finish(restored) == 1
        assert states(restored, incident) == {V.RECEIVED}
        bea = desk(restored, "Bea")
        with bea.work() as work:
            assert work.get(Erasure, erased).kind == "names"
        assert name_of(bea, rosa) == GONE
        whole(bea)


def test_a_tombstone_without_a_decision_is_left_alone(house, ana):
    house.keystore.shred([(ana.actor.id, Compartment.INTAKE)], "draft dropped by its writer")
    assert erasure.finish(house) == 0
    assert house.db().scalars(select(Erasure)).all() == []


# -- batches that nobody saw


def test_a_batch_that_was_not_published_is_swept_with_its_keys(house, ana):
    kept = take_in_one(house, ana, document("Luisa"))
    before = _rows(house)
    with ana.work() as work:
        batch = work.add(Batch(kind="import", recorded_by=ana.actor.id, received_on=work.today)).id
        for name in ("Rosa", "Marta"):
            told = reports.make(work, document(name), channel="import", client_id=uuid4(), batch_id=batch)
            take_in.understand(work, told, told.document)
    gone = {row.thing_id for row in _rows(house)} - {row.thing_id for row in before}
    assert len(blobs(house, *gone)) == 2 * (
        2 + 2 + 3
    )  # parts, person, incident: facts, testimony and identity
    assert erasure.discard_batch(house, batch) == 2
    assert erasure.discard_batch(house, batch) == 0
    assert {row.id for row in _rows(house)} == {row.id for row in before}
    assert house.db().scalars(select(Incident.id)).all() == [kept]
    assert blobs(house, *gone) == []
    assert keys.tombstones(house.keystore) == []
    whole(ana)


def _rows(house):
    house.db().rollback()
    kinds = (
        Act,
        Batch,
        ConsentEvent,
        Incident,
        Information,
        Involvement,
        Person,
        Report,
        ReportLink,
        ReportPart,
        Source,
    )
    return [row for kind in kinds for row in house.db().scalars(select(kind))]


def test_a_published_batch_is_not_swept(house, ana, monkeypatch):
    monkeypatch.setitem(jobs.registry, "count", COUNT)
    jobs.run_here(house, ana.actor, ana.ring, "count", {})
    with ana.work() as work:
        (job,) = jobs.own(work)
    with pytest.raises(MoveNotAllowed):
        erasure.discard_batch(house, batch_of(job))
    assert len(house.db().scalars(select(Report)).all()) == 40
