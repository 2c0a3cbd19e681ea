"""A backup opens everything it should and nothing it should not."""

import json
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import backup, erasure, tokens
from incidents.backup import BackupRefused, RestoreRefused
from incidents.model import place
from incidents.model.audit import AuditHead
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.work import Compartment, Unreadable, rekeying
from tests.victim import DECISION, copied, desk, document, found, opened, settings, take_in_one

GONE = Unreadable("erased")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "instance-elsewhere").mkdir()
    return tmp_path / "instance"


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "backup"


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "instance"


@pytest.fixture
def house(folder, template_folder):
    copied(template_folder, folder)
    with opened(folder) as house:
        take_in_one(house, desk(house), document("Rosa"))
        yield house


def names(house):
    with desk(house).work() as work:
        return [work.vault.view(one, "name") for one in work.db.scalars(select(Person))]


def lost(folder):
    """The disk is gone; the recovery sheet is not."""
    pepper = (folder / "pepper").read_bytes()
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    (folder / "pepper").write_bytes(pepper)
    (folder / "pepper").chmod(0o600)


def erase_everybody(house):
    with desk(house).work() as work:
        for one in work.db.scalars(select(Person)):
            erasure.erase_person(work, one, DECISION)
    erasure.finish(house)


def change(copy, deed):
    """Edit the manifest by hand."""
    path = copy / backup.MANIFEST
    manifest = json.loads(path.read_text())
    deed({entry["name"]: entry for entry in manifest["files"]}, manifest)
    path.write_text(json.dumps(manifest))


def rehash(copy, name):
    change(copy, lambda files, _all: files[name].update(sha256=backup._sha256(copy / name)))


def test_a_restored_instance_opens_what_it_should(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    lost(folder)
    done = backup.restore(settings(folder), copy)
    with opened(folder) as restored:
        assert names(restored) == ["Rosa"]
        with desk(restored).work() as work:
            assert list(work.breaks()) == []
    assert done.data_at <= done.keys_at
    assert not (folder / backup.UNFINISHED).exists()


def test_a_backup_older_than_the_newest_tables_and_columns_is_restored(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    with closing(sqlite3.connect(copy / "data.db")) as data, data:
        for table in ("mention", "comment", "answer", "question", "coding", "coding_sample"):
            data.execute(f"DROP TABLE {table}")
        data.execute("ALTER TABLE person DROP COLUMN safe_contact")
    rehash(copy, "data.db")
    lost(folder)
    backup.restore(settings(folder), copy)
    assert not (folder / backup.UNFINISHED).exists()


def test_without_the_pepper_a_restored_instance_opens_nothing(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    pepper = (folder / "pepper").read_bytes()
    assert pepper not in b"".join(path.read_bytes() for path in copy.rglob("*") if path.is_file())
    assert "pepper" in json.loads((copy / backup.MANIFEST).read_text())["not_included"]
    assert "pepper" in backup.Restored.needed
    assert not (copy / "pepper").exists()


def test_the_keys_are_copied_last(house, folder, copy):
    manifest = backup.backup(settings(folder), house, copy)
    files = manifest["files"]
    assert [files[0]["name"], files[-1]["name"]] == [backup.DATA, backup.KEYS]
    assert [entry["at"] for entry in files] == sorted(entry["at"] for entry in files)


def test_sealed_files_beside_the_database_are_copied_too(house, folder, copy):
    (folder / "evidence" / "ab").mkdir(parents=True)
    (folder / "evidence" / "ab" / "cd").write_bytes(b"sealed")
    backup.backup(settings(folder), house, copy)
    lost(folder)
    backup.restore(settings(folder), copy)
    assert (folder / "evidence" / "ab" / "cd").read_bytes() == b"sealed"


def test_a_catalogue_of_places_that_was_loaded_comes_back_with_the_rest(house, folder, copy):
    catalogue = b"code,name,state\n02001,Ensenada,MX-BCN\n"
    (folder / "places.csv").write_bytes(catalogue)
    backup.backup(settings(folder), house, copy)
    lost(folder)
    assert not (folder / "places.csv").exists()
    backup.restore(settings(folder), copy)
    assert (folder / "places.csv").read_bytes() == catalogue
    place.look_in(folder)
    assert place.named("Ensenada")
    place.look_in(folder / "nowhere")


def test_an_instance_without_a_catalogue_is_backed_up_without_one(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    lost(folder)
    backup.restore(settings(folder), copy)
    assert not (folder / "places.csv").exists()


def test_nobody_else_reads_a_backup_or_what_was_restored_from_it(house, folder, copy):
    (folder / "evidence").mkdir(mode=0o755)
    (folder / "evidence" / "ab").write_bytes(b"sealed")
    before = os.umask(0)
    try:
        backup.backup(settings(folder), house, copy)
        lost(folder)
        backup.restore(settings(folder), copy)
    finally:
        os.umask(before)
    paths = [path for root in (copy, folder) for path in (root, *root.rglob("*"))]
    assert [path for path in paths if path.stat().st_mode & 0o077] == []


def test_a_copy_made_while_others_write_is_whole(house, folder, copy):
    stop, problems = threading.Event(), []

    def write():
        with opened(folder) as mine:
            while not stop.is_set():
                take_in_one(mine, desk(mine), document("Marta"))

    def guarded():
        try:
            write()
        except Exception as problem:  # noqa: BLE001  it is shown by the assertion below
            problems.append(problem)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        backup.backup(settings(folder), house, copy)
    finally:
        stop.set()
        thread.join()
    assert problems == []
    lost(folder)
    backup.restore(settings(folder), copy)
    with opened(folder) as restored:
        assert set(names(restored)) <= {"Rosa", "Marta"}
        with desk(restored).work() as work:
            assert list(work.breaks()) == []


def test_a_backup_goes_into_an_empty_folder_alone(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    with pytest.raises(BackupRefused, match=backup.BackupRefused.code):
        backup.backup(settings(folder), house, copy)


def test_a_warning_is_due_when_the_last_copy_of_the_keys_is_older_than_a_day(
    house, folder, copy, monkeypatch
):
    assert backup.last(house) is None
    assert backup.overdue(house)
    backup.backup(settings(folder), house, copy)
    assert not backup.overdue(house)
    now = house.now()
    monkeypatch.setattr(house, "now", lambda: now + timedelta(hours=25))
    assert backup.overdue(house)


# -- what was erased stays erased


def test_what_was_erased_after_the_backup_is_erased_in_what_is_restored(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    erase_everybody(house)
    lost(folder)
    done = backup.restore(settings(folder), copy)
    assert (
        done.replayed == 6
    )  # facts, identity, words of tasks, two parts of the report, the words of the incident
    with opened(folder) as restored:
        assert erasure.finish(restored) == 1
        assert names(restored) == [GONE]
        with desk(restored).work() as work:
            assert list(work.breaks()) == []


def test_a_token_that_was_ended_after_the_backup_is_not_back(house, folder, copy):
    someone = desk(house)
    with someone.work() as work:
        made = tokens.make(work, "a script", ["incident:read"], ["facts"])
    assert tokens.admit(house, made.secret)
    backup.backup(settings(folder), house, copy)
    with someone.work() as work:
        tokens.end(work, made.row.id)
    lost(folder)
    backup.restore(settings(folder), copy)
    with opened(folder) as restored:
        assert tokens.admit(restored, made.secret) is None
        assert names(restored) == ["Rosa"]
        with desk(restored).work() as work:
            assert list(work.breaks()) == []


def test_what_could_not_be_compared_is_said(house, folder, copy):
    here = settings(folder)
    backup.backup(here, house, copy)
    lost(folder)
    shutil.rmtree(here.checkpoints)
    done = backup.restore(here, copy)
    assert any("is not there" in said for said in done.not_compared)
    lost(folder)
    nowhere = type(here)(**{name: getattr(here, name) for name in here.__slots__} | {"checkpoints": None})
    done = backup.restore(nowhere, copy)
    assert any("AMPARO_CHECKPOINTS" in said for said in done.not_compared)


def test_what_was_signed_after_the_backup_is_said_to_be_missing(house, folder, copy):
    here, head = settings(folder), house.db().scalar(select(AuditHead.number))
    for number in (head, head + 7):
        (here.checkpoints / f"checkpoint-{number:09d}-{bytes(16).hex()}.txt").touch()
    backup.backup(here, house, copy)
    lost(folder)
    assert backup.restore(here, copy).not_compared[1:] == [
        f"blocks {head + 7} to {head + 7} of the trail, signed after this backup"
    ]


# -- what is refused


def refused(folder, copy, why):
    with pytest.raises(RestoreRefused) as refusal:
        backup.restore(settings(folder), copy)
    assert why in refusal.value.details["why"]


def test_an_instance_that_is_in_use_is_not_overwritten(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    before = (folder / "keys.db").read_bytes()
    refused(folder, copy, "not empty")
    assert (folder / "keys.db").read_bytes() == before
    for name in ("keys.db", "node.key", "fingerprint"):
        (folder / name).unlink()
    refused(folder, copy, "the database holds tables")


def test_keys_copied_before_their_data_are_refused(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    lost(folder)
    change(copy, lambda files, _all: files["keys.db"].update(at="2020-01-01T00:00:00+00:00"))
    refused(folder, copy, "copied before the data")
    assert [path.name for path in folder.iterdir()] == ["pepper"]


def test_the_keys_of_an_older_backup_are_refused(house, folder, copy, tmp_path):
    backup.backup(settings(folder), house, tmp_path / "older")
    take_in_one(house, desk(house), document("Marta"))
    backup.backup(settings(folder), house, copy)
    lost(folder)
    shutil.copy(tmp_path / "older" / "keys.db", copy / "keys.db")
    refused(folder, copy, "not the file that was backed up")
    rehash(copy, "keys.db")
    refused(folder, copy, "older than the data")
    assert not (folder / "keys.db").exists()


@pytest.mark.parametrize("name", ["data.db", "keys.db", "node.key"])
def test_a_changed_or_missing_file_is_refused(house, folder, copy, name):
    backup.backup(settings(folder), house, copy)
    lost(folder)
    (copy / name).write_bytes((copy / name).read_bytes()[:-1])
    refused(folder, copy, name)
    (copy / name).unlink()
    refused(folder, copy, name)


def test_a_damaged_database_is_refused_even_under_its_own_hash(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    lost(folder)
    with (copy / "data.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))
    rehash(copy, "data.db")
    refused(folder, copy, "damaged")


def test_a_manifest_leads_nowhere_else(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    lost(folder)
    change(copy, lambda _files, said: said["files"].append(said["files"][0] | {"name": "../elsewhere"}))
    refused(folder, copy, "outside")
    (copy / backup.MANIFEST).write_text("[]")
    refused(folder, copy, "cannot be read")
    (copy / backup.MANIFEST).unlink()
    refused(folder, copy, "missing")


def test_a_damaged_keystore_is_not_called_a_backup(house, folder, copy, tmp_path):
    broken = tmp_path / "broken.db"
    with closing(sqlite3.connect(broken)) as made:
        made.executescript("CREATE TABLE t (a); CREATE INDEX i ON t (a);")
        made.executemany("INSERT INTO t VALUES (?)", [(str(n) * 50,) for n in range(500)])
        made.commit()
    with broken.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(os.urandom(4 * 4096))
    here = settings(folder)
    there = type(here)(**{name: getattr(here, name) for name in here.__slots__} | {"keys_file": broken})
    with pytest.raises(BackupRefused):
        backup.backup(there, house, copy)
    assert not (copy / backup.MANIFEST).exists()


@pytest.mark.parametrize("cut", ["_put_data", "_put_keys", "_replay"])
def test_a_restore_that_was_cut_is_repeated(house, folder, copy, monkeypatch, cut):
    backup.backup(settings(folder), house, copy)
    lost(folder)

    def power_goes(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backup, cut, power_goes)
        with pytest.raises(KeyboardInterrupt):
            backup.restore(settings(folder), copy)
    assert not (folder / "keys.db").exists()
    backup.restore(settings(folder), copy)
    with opened(folder) as restored:
        assert names(restored) == ["Rosa"]


def test_a_restore_that_was_cut_at_its_very_end_does_not_open_the_door_to_another(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    (folder / backup.UNFINISHED).touch()
    refused(folder, copy, "not empty")


# -- PostgreSQL


@pytest.fixture
def other_postgres_url(postgres_cluster):
    """A second database with nothing in it; the instance that is backed up makes its own tables."""
    url = postgres_cluster.empty()
    yield url
    postgres_cluster.drop(url)


@pytest.mark.postgres
def test_data_in_postgresql_is_dumped_and_restored(
    folder,
    copy,
    other_postgres_url,
    empty_postgres_url,
    monkeypatch,
):
    monkeypatch.setenv("VICTIM_DATABASE_URL", other_postgres_url)
    with opened(folder) as house:
        found(house)
        take_in_one(house, desk(house), document("Rosa"))
        backup.backup(settings(folder), house, copy)
        erase_everybody(house)
    lost(folder)
    refused(folder, copy, "holds tables")
    monkeypatch.setenv("VICTIM_DATABASE_URL", empty_postgres_url)
    with monkeypatch.context() as patch:
        patch.setattr(backup, "_put_keys", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            backup.restore(settings(folder), copy)
    assert backup.restore(settings(folder), copy).replayed == 6
    with opened(folder) as restored:
        erasure.finish(restored)
        assert names(restored) == [GONE]
        with desk(restored).work() as work:
            assert list(work.breaks()) == []


@pytest.mark.postgres
def test_a_dump_goes_into_no_other_kind_of_database(folder, copy, empty_postgres_url, monkeypatch):
    monkeypatch.setenv("VICTIM_DATABASE_URL", empty_postgres_url)
    with opened(folder) as house:
        found(house)
        backup.backup(settings(folder), house, copy)
    lost(folder)
    monkeypatch.delenv("VICTIM_DATABASE_URL")
    refused(folder, copy, "names sqlite")


def test_only_what_was_sealed_before_a_rewriting_may_lack_its_key(house, folder, copy):
    """A key that is missing for what was written since is missed, though older ones of the thing are over for good."""
    with desk(house).work() as work:
        one = work.db.scalars(select(Incident)).one()
        upto = work.vault.rekey(one.id, Compartment.TESTIMONY)
        work.seal(one, narrative="Written anew.", summary=None)
    rekeying.close_off(house.keystore, one.id, "testimony", upto, "a decision")
    rekeying.destroy(house.keystore, one.id, "testimony", upto)
    backup.backup(settings(folder), house, copy)
    shutil.copytree(copy, copy.with_name("lacking"))
    lost(folder)
    backup.restore(settings(folder), copy)
    lost(folder)
    lacking = copy.with_name("lacking")
    with closing(sqlite3.connect(lacking / backup.KEYS)) as keystore, keystore:
        keystore.execute("DELETE FROM dek WHERE object = ? AND compartment = 'testimony'", (one.id.hex,))
    rehash(lacking, backup.KEYS)
    refused(folder, lacking, "1 things have no key")


def test_what_opens_no_more_in_what_is_restored_is_named(house, folder, copy):
    backup.backup(settings(folder), house, copy)
    erase_everybody(house)
    lost(folder)
    done = backup.restore(settings(folder), copy)
    assert len(done.gone) == done.replayed > 0
    assert all(": erased on 20" in line for line in done.gone)
