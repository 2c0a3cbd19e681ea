"""What is written at once, without objects, is what the session would have written; and the trail knows it."""

import hashlib
import json
from contextlib import nullcontext, suppress
from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import UnmappedInstanceError

from crypto.envelope import Envelope, canon, canonical_json
from incidents.errors import Erased
from incidents.model.audit import RecordDigest, Revision
from incidents.model.base import in_bulk, is_bare, is_new, is_stored
from incidents.model.job import Job
from incidents.model.people import IDENTITY_FIELDS, Person
from incidents.model.report import Report
from incidents.model.vocabulary import JobState, PersonKind, ReportState
from incidents.safeguards import audit
from incidents.safeguards.digests import PLAIN
from incidents.work import Compartment, Work, keys
from tests import make


def plain(value):
    """How a value is hashed, said a second time and slowly."""
    if value is None:
        return b"n"
    if isinstance(value, Envelope):
        return b"e" + value.data
    if isinstance(value, bytes):
        return b"b" + value
    if isinstance(value, UUID):
        return b"u" + value.bytes
    if isinstance(value, (date, datetime)):
        return b"d" + value.isoformat().encode()
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def report(work: Work, **values: object) -> Report:
    return Report(
        reference=f"R-{uuid4().hex[:8]}",
        state=ReportState.RECEIVED,
        channel="import",
        received_on=work.today,
        recorded_by=work.actor.id,
        client_id=uuid4(),
        **values,
    )


def written(house, coordinator, *, at_once, **values) -> Report:
    """A report as it is read back after it was written."""
    with coordinator.work() as work:
        with in_bulk() if at_once else nullcontext():
            id = work.add(report(work, fingerprint=b"\0of a row", **values)).id
        work.note("report.received")
    house.db().expire_all()
    return house.db().get_one(Report, id)


def test_a_digest_is_of_the_canon_of_every_column_but_an_empty_later_one(house, coordinator):
    with coordinator.work() as work:
        who = make.person(work)
    later = {column.key for column in Person.__table__.columns if column.info.get("later")}
    assert later
    parts = [
        part
        for column in Person.__mapper__.column_attrs
        if column.key not in later or getattr(who, column.key) is not None
        for part in (column.key, plain(getattr(who, column.key)))
    ]
    assert audit.digest(who) == hashlib.sha256(canon("person", *parts)).digest()


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -7,
        10**12,
        "",
        "ñ",
        b"",
        b"\0",
        UUID(int=7),
        date(2019, 1, 30),
        ["b", "a"],
        {"b": 1},
    ],
)
def test_every_kind_of_value_is_hashed_as_before(value):
    assert PLAIN.get(type(value), canonical_json)(value) == plain(value)


def test_a_row_written_at_once_is_the_row_that_the_session_writes(house, coordinator):
    one = written(house, coordinator, at_once=True)
    other = written(house, coordinator, at_once=False)
    own = {"id", "reference", "client_id"}
    columns = [column.key for column in Report.__mapper__.column_attrs if column.key not in own]
    assert [getattr(one, name) for name in columns] == [getattr(other, name) for name in columns]
    assert (one.version, one.danger, one.edition, one.batch_id) == (1, "NAS", 1, None)


def test_a_value_given_is_not_replaced_by_the_default(house, coordinator):
    assert written(house, coordinator, at_once=True, danger="today", edition=4).danger == "today"


def test_the_trail_knows_what_was_written_at_once(house, coordinator):
    row = written(house, coordinator, at_once=True)
    with coordinator.work() as work:
        assert list(work.breaks()) == []
        work.vouched([work.get(Report, row.id)])
    with make.behind(house) as data:
        data.execute(Report.__table__.update().values(channel="page"))
    with coordinator.work() as work:
        assert [found.what for found in work.breaks()] == ["a row was changed or moved"]


def test_what_was_written_at_once_can_be_changed_like_any_row(house, coordinator):
    row = written(house, coordinator, at_once=True)
    with coordinator.work() as work:
        work.get(Report, row.id).state = ReportState.SET_ASIDE
        work.note("report.set-aside", row, reason="test")
    assert row.version == 2
    with coordinator.work() as work:
        assert list(work.breaks()) == []


@pytest.mark.parametrize("many", [1, 3, 4, 5, 11, 32])
def test_rows_that_are_made_as_they_are_written_are_in_one_block(house, coordinator, monkeypatch, many):
    monkeypatch.setattr(audit, "PIECE", 4)
    made = []

    def each():
        for _one in range(many):
            with in_bulk():
                made.append(report(work, fingerprint=b"\0of a row"))
            yield made[-1]

    with coordinator.work() as work:
        work.add_each(each)
        work.note("import.chunk", count=many)
        assert not made  # nothing is held before
    with coordinator.work() as work:
        assert list(work.breaks()) == []  # verified over all leaves, in no pieces
        work.vouched([work.get(Report, row.id) for row in made])
    blocks = {row.block for row in house.db().query(RecordDigest).filter_by(about="report")}
    assert len(made) == many
    assert len(blocks) == 1


def test_what_would_be_made_is_dropped_with_the_work(house, coordinator):
    with coordinator.work() as work:
        work.add_each(lambda: pytest.fail("it was made"))
        work.drop()
        work.note("import.chunk", count=0)


def test_what_waits_to_be_written_at_once_is_pending_and_dropped_with_the_work(house, coordinator):
    work = house.work(coordinator.actor, coordinator.ring)
    with in_bulk():
        added = work.add(report(work))
    assert work.pending(Report) == [added]
    assert work.pending(Person) == []
    work.drop()
    assert work.pending(Report) == []
    assert house.db().scalars(select(Report)).all() == []


def test_what_is_let_go_is_sealed_like_anything_else(house, coordinator):
    with coordinator.work() as work, in_bulk():
        who = Person(kind=PersonKind.INDIVIDUAL)
        work.seal(who, facts={"age": 30}, **dict.fromkeys(IDENTITY_FIELDS))
        work.add(who)
        work.note("person.added", who)
    with coordinator.work() as work:
        known = work.get(Person, who.id)
        assert (work.read(known, "facts"), work.read(known, "name")) == ({"age": 30}, None)


def test_a_bare_row_is_no_row_of_a_session(house, coordinator):
    work = house.work(coordinator.actor, coordinator.ring)
    with in_bulk():
        row = report(work)
    assert (is_bare(row), is_new(row), is_stored(row)) == (True, True, False)
    with pytest.raises(UnmappedInstanceError):
        work.db.add(row)
    kept = work.add(report(work))
    assert (is_bare(kept), is_new(kept), is_stored(kept)) == (False, False, False)
    work.drop()


def test_an_unknown_value_makes_no_record():
    with pytest.raises(TypeError, match="Report has no colour"):
        Report(colour="red")


# -- earlier versions


def test_a_revision_keeps_what_a_change_replaced_and_nothing_else(house, coordinator):
    with coordinator.work() as work:
        who = make.person(work)
    with coordinator.work() as work:
        work.seal(work.get(Person, who.id), name="Rosa María")
        work.note("person.changed", who)
    kept = house.db().scalars(select(Revision).where(Revision.record_id == who.id)).one()
    assert (list(kept.seals), kept.clear, kept.of_version) == (["name"], {}, 1)


def test_of_a_job_no_earlier_version_is_kept(house, coordinator):
    with coordinator.work() as work:
        job = work.add(
            Job(kind="none", state=JobState.WAITING, owner=work.actor.id, arguments={}, made_at=work.now())
        )
        work.seal(job, input="the whole file")
        work.note("job.made", job)
    with coordinator.work() as work:
        job.state, job.input = JobState.DONE, None
        work.note("job.done", job)
    assert house.db().scalars(select(Revision)).all() == []
    with coordinator.work() as work:
        assert list(work.breaks()) == []


# -- the keystore


def test_a_step_within_a_step_is_a_part_of_it(house):
    store = house.keystore
    with suppress(ZeroDivisionError), store.step():
        store.set_fact("half done", b"1")
        _ = 1 / 0
    assert store.fact("half done") is None
    with store.step():
        store.set_fact("done", b"1")
        assert store.fact("done") == b"1"
    assert store.fact("done") == b"1"


def test_anchors_changed_by_another_process_are_seen(house):
    store = house.keystore
    before = store.anchors
    store._anchor.write_text("another fingerprint")
    assert store.anchors == ["another fingerprint"] != before
    store._anchor.unlink()
    assert store.anchors == []


def test_a_thing_that_was_erased_gets_no_key_among_many_new_ones(house, coordinator):
    gone = uuid4()
    house.keystore.shred([(gone, Compartment.FACTS)], "a decision")
    work = house.work(coordinator.actor, coordinator.ring)
    for thing in (uuid4(), gone, uuid4()):
        work.vault.mint(thing, Compartment.FACTS)
    work.note("person.added")
    with pytest.raises(Erased):
        work.commit()
    assert [stone.thing for stone in keys.tombstones(house.keystore)] == [gone]


def test_a_list_asks_for_the_keys_of_one_compartment_and_a_page_for_all(house, coordinator, monkeypatch):
    with coordinator.work() as work:
        people = [make.person(work) for _ in range(12)]
    asked = []
    store = house.keystore
    look = store.keys
    monkeypatch.setattr(
        store, "keys", lambda ids, compartment=None: asked.append(compartment) or look(ids, compartment)
    )
    with coordinator.work() as work:
        assert work.read_all(people, "facts") == [{"age": 29}] * 12
        assert work.read_all(people, "facts") == [{"age": 29}] * 12
        assert work.read_all(people, "phone") == [make.CANARY_PHONE] * 12
    with coordinator.work() as work:
        assert work.read_all(people[:2], "facts") == [{"age": 29}] * 2
        assert work.read_all(people[:2], "phone") == [make.CANARY_PHONE] * 2
    assert asked == ["facts", "identity", None]
