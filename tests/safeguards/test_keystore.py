"""The second file: what is deleted is gone from it, every call is short, and none waits for the data."""

import sqlite3
import threading
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from incidents.errors import AlreadySetUp, Erased, NoKey
from incidents.intake import report
from incidents.model.account import User
from incidents.model.base import Compartment, db
from incidents.model.vocabulary import Role
from incidents.safeguards import keystore as store
from incidents.work import Keystore, Unreadable, Vault, keys
from tests import make


def every_byte(house) -> bytes:
    """The keystore and whatever lies beside it."""
    files = sorted(house.keystore.path.parent.glob(f"{house.keystore.path.name}*"))
    return b"".join(file.read_bytes() for file in files)


# -- what is deleted


def test_the_wraps_of_what_was_shredded_are_gone_from_the_file(house, coordinator):
    with coordinator.work() as work:
        people = [make.person(work) for _number in range(50)]
    wraps = [wrap for found in house.keystore.keys([p.id for p in people]).values() for wrap in found]
    held = every_byte(house)
    assert all(wrap.blob in held and wrap.commitment in held for wrap in wraps)
    gone, kept = people[:25], people[25:]
    house.keystore.shred(
        [(p.id, compartment) for p in gone for compartment in Compartment], "the reference of a decision"
    )
    left = every_byte(house)
    for person in gone:
        assert not [w for w in wraps if w.object == person.id and (w.blob in left or w.commitment in left)]
        assert not any(blob[-32:] in left for blob in (w.blob for w in wraps if w.object == person.id))
    for person in kept:
        assert all(w.blob in left for w in wraps if w.object == person.id)
    vault = Vault(house.keystore, coordinator.ring)
    assert {vault.view(p, "name") for p in gone} == {Unreadable("erased")}
    assert {vault.view(p, "name") for p in kept} == {make.CANARY_NAME}


def test_the_locks_grants_and_sessions_of_a_removed_member_are_gone_from_the_file(house, coordinator):
    gone = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    secrets = [
        bytes(row[0])
        for table, column, owner in (
            (store.lock, "blob", "principal"),
            (store.grant, "blob", "holder"),
            (store.session, "box", "user"),
        )
        for row in house.keystore.read(select(table.c[column]).where(table.c[owner] == gone.id))
    ]
    assert len(secrets) >= 7
    assert all(secret in every_byte(house) for secret in secrets)
    make.removed(house, coordinator, gone)
    assert not [secret for secret in secrets if secret in every_byte(house)]


def test_the_former_wraps_are_gone_after_a_rotation(house, coordinator):
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        people = [make.person(work) for _number in range(20)]
    before = [wrap for found in house.keystore.keys([p.id for p in people]).values() for wrap in found]
    make.removed(house, coordinator, leaving)
    assert not [wrap for wrap in before if wrap.blob in every_byte(house)]


def test_what_was_erased_gets_no_key_again(house, coordinator):
    with coordinator.work() as work:
        person = make.person(work)
    house.keystore.shred([(person.id, Compartment.IDENTITY)], "a decision")
    with pytest.raises(Erased), coordinator.work() as work:
        work.seal(work.get(type(person), person.id), name="a name for what was erased")
    with pytest.raises(Erased):
        house.keystore.put_keys([wrap_like(house, person.id)])


def wrap_like(house, thing):
    row = house.keystore.read(select(store.dek).limit(1))[0]
    return store.DataKey(*(getattr(row, name) for name in store.DataKey._fields))._replace(object=thing)


def test_shredding_twice_is_shredding_once(house, coordinator):
    thing = uuid4()
    for decision in ("the first decision", "another"):
        house.keystore.shred([(thing, Compartment.FACTS)], decision)
    stones = [stone for stone in keys.tombstones(house.keystore) if stone.thing == thing]
    assert [stone.decision for stone in stones] == ["the first decision"]


def test_data_keys_are_stored_all_or_none(house, coordinator):
    one, other = wrap_like(house, uuid4()), wrap_like(house, uuid4())
    house.keystore.shred([(other.object, Compartment.FACTS)], "a decision")
    with pytest.raises(Erased):
        house.keystore.put_keys([one, other])
    assert house.keystore.keys([one.object]) == {}


def test_every_connection_overwrites_what_it_deletes_and_keeps_no_log(house, instance):
    def pragmas(keystore):
        with keystore.step() as step:
            return {
                name: step.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("secure_delete", "journal_mode", "synchronous", "trusted_schema", "temp_store")
            }

    wanted = {
        "secure_delete": 1,
        "journal_mode": "truncate",
        "synchronous": 2,
        "trusted_schema": 0,
        "temp_store": 2,
    }
    with house.keystore._engine.connect() as one, house.keystore._engine.connect() as other:
        assert one.connection.dbapi_connection is not other.connection.dbapi_connection
    again = Keystore(instance.folder / "keys.db", instance.folder / "fingerprint")
    assert pragmas(house.keystore) == pragmas(again) == wanted
    again._engine.dispose()


def test_the_journal_is_empty_between_two_calls(house, coordinator):
    with coordinator.work() as work:
        make.person(work)
    journal = house.keystore.path.with_name("keys.db-journal")
    assert not journal.exists() or journal.stat().st_size == 0
    assert not house.keystore.path.with_name("keys.db-wal").exists()


def test_the_file_is_its_owner_s_alone(tmp_path):
    made = Keystore(tmp_path / "keys.db", tmp_path / "fingerprint")
    made.set_anchors(["one", "two"])
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    made._engine.dispose()


def test_anchors_are_kept_sorted_once_and_without_empty_lines(tmp_path):
    made = Keystore(tmp_path / "keys.db", tmp_path / "fingerprint")
    assert made.anchors == []
    made.set_anchors(["b", "a", "b", ""])
    assert made.anchors == ["a", "b"]
    made._engine.dispose()


# -- every call is one short transaction


@pytest.fixture
def calls(house, monkeypatch):
    """After each call to the keystore the file must be free: another process takes it at once."""
    found, under_way = [], []

    def checked(name, method):
        def call(*arguments, **more):
            under_way.append(name)
            try:
                answer = method(*arguments, **more)
            finally:
                under_way.pop()
            if under_way:  # a part of another call
                return answer
            assert house.keystore._engine.pool.checkedout() == 0, name
            with sqlite3.connect(house.keystore.path, timeout=0) as other:
                other.isolation_level = None
                other.execute("BEGIN EXCLUSIVE")
                other.execute("ROLLBACK")
            other.close()
            found.append(name)
            return answer

        return call

    for name in (
        "read fact set_fact enrol holder by_kid put_lock lock grant open holders_of revoke put_keys keys "
        "shred erased depends_on"
    ).split():
        monkeypatch.setattr(house.keystore, name, checked(name, getattr(house.keystore, name)))
    return found


def test_every_call_leaves_no_transaction_open(house, coordinator, calls):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with reviewer.work() as work:
        person = make.person(work)
    with reviewer.work() as work:
        work.read(work.get(type(person), person.id), "name")
    make.removed(house, coordinator, reviewer)
    house.keystore.shred([(person.id, Compartment.FACTS)], "a decision")
    house.keystore.revoke(uuid4())
    assert {"put_keys", "keys", "open", "grant", "enrol", "shred", "put_lock"} <= set(calls)


def test_a_call_that_fails_leaves_no_transaction_open(house, coordinator, calls):
    house.keystore.shred([(thing := uuid4(), Compartment.FACTS)], "a decision")
    with pytest.raises(Erased):
        house.keystore.put_keys([wrap_like(house, thing)])
    with pytest.raises(NoKey):
        house.keystore.holder(uuid4())
    assert house.keystore._engine.pool.checkedout() == 0
    with sqlite3.connect(house.keystore.path, timeout=0) as other:
        other.execute("BEGIN EXCLUSIVE")
    other.close()


@pytest.fixture
def order(house):
    """What was done to which file, in order: the data's write lock taken and let go, each key written."""
    seen = []

    def on_data(_connection, _cursor, statement, *_more):
        if statement.startswith(("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE")):
            seen.append("data is being written")

    def on_end(_connection):
        seen.append("data is free")

    def on_keys(_connection, _cursor, statement, *_more):
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            seen.append("a key is written")

    hooks = [
        (db.engine, "before_cursor_execute", on_data),
        (db.engine, "commit", on_end),
        (db.engine, "rollback", on_end),
        (house.keystore._engine, "before_cursor_execute", on_keys),
    ]
    for target, name, hook in hooks:
        event.listen(target, name, hook)
    yield seen
    for target, name, hook in hooks:
        event.remove(target, name, hook)


def test_no_key_is_written_while_the_data_is_being_written(house, coordinator, order):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with reviewer.work() as work:
        person = make.person(work)
    with reviewer.work() as work:
        work.seal(known := work.get(type(person), person.id), name="x")
        work.note("person.changed", known)
    make.removed(house, coordinator, reviewer)
    assert {"a key is written", "data is being written", "data is free"} == set(order)
    writing = False
    for what in order:
        writing = what == "data is being written" or (writing and what != "data is free")
        assert not (writing and what == "a key is written")


def test_new_data_keys_are_stored_before_the_rows_that_need_them(house, coordinator, order):
    with coordinator.work() as work:
        order.clear()
        make.person(work)
        assert order == []  # nothing is written before the commit
    assert order.index("a key is written") < order.index("data is being written")


def test_the_keystore_waits_for_nobody_who_writes_data(house, coordinator, instance):
    with make.behind(house) as data:
        data.execute(User.__table__.update().values(language="es"))  # the data's write lock is held
        done = threading.Event()

        def one():
            house.keystore.set_fact("something", b"else")
            done.set()

        threading.Thread(target=one).start()
        assert done.wait(60)
        data.rollback()
    assert house.keystore.fact("something") == b"else"


def test_twenty_threads_write_at_once_and_nothing_is_lost(house):
    def one(number):
        for turn in range(5):
            house.keystore.set_fact(f"fact/{number}/{turn}", bytes([number, turn]))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {(n, t): house.keystore.fact(f"fact/{n}/{t}") for n in range(20) for t in range(5)}
    assert found == {(n, t): bytes([n, t]) for n, t in found}


def test_neither_keystore_nor_ring_nor_lock_says_what_it_holds(house, coordinator):
    ring = coordinator.ring
    house.keystore.open(ring, store.compartment_id(Compartment.FACTS))
    said = repr([ring, house, coordinator.own, Vault(house.keystore, ring), house.sessions, house.locks])
    for secret in (coordinator.own.seed, house.locks.pepper, house.sessions._boot):
        assert secret.hex() not in said
        assert repr(secret)[2:-1] not in said


def test_a_second_set_up_leaves_keys_alone_that_something_is_sealed_with(staff, house):
    """An empty database behind a keystore in use: its address was mistyped."""
    with staff.researcher.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with pytest.raises(AlreadySetUp):
        keys.found(house.keystore, house.node_key, 2, 3)
    with staff.reviewer.work() as work:
        assert not report.read(work, sent).unreadable
