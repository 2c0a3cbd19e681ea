"""The trail names what was done past the program: to its notes, to its blocks, to any row of the data.

Whoever does it here has both databases and writes what they like. What they have not is a key.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from crypto.principal import Principal
from crypto.trail import GENESIS, block_hash
from incidents import consent, members
from incidents.errors import SignInNeeded, TrailBroken
from incidents.intake import report, take_in
from incidents.model.account import User
from incidents.model.audit import AuditBlock, AuditEntry, AuditHead, RecordDigest, Revision
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose, Role
from incidents.safeguards import audit, checkpoints
from incidents.work import House, Ring, Work, begin
from tests import make

PERSON = Person.__table__
BLOCK, NOTE, MARK, HEAD = (kind.__table__ for kind in (AuditBlock, AuditEntry, RecordDigest, AuditHead))


def breaks(who: make.Member) -> list[tuple[str, str]]:
    with who.work() as work:
        work.db.expire_all()
        return [(found.what, found.where) for found in work.breaks()]


def named(who: make.Member) -> set[str]:
    return {where for _what, where in breaks(who)}


def block_of(house: House, event: str) -> int:
    with make.behind(house) as data:
        return data.scalar(select(NOTE.c.block).where(NOTE.c.event == event).order_by(NOTE.c.block.desc()))


@pytest.fixture
def person(coordinator):
    """A person whose name was changed once: there is an older version of the row."""
    with coordinator.work() as work:
        kept = make.person(work)
    with coordinator.work() as work:
        changed = work.get(Person, kept.id)
        work.seal(changed, name="Xiomara con otro nombre")
        work.note("person.changed", changed)
    return kept.id


@pytest.fixture
def older(house, coordinator):
    """A person and the row as it was before it changed."""
    with coordinator.work() as work:
        kept = make.person(work).id
    with make.behind(house) as data:
        before = dict(data.execute(select(PERSON).where(PERSON.c.id == kept)).one()._mapping)
    with coordinator.work() as work:
        changed = work.get(Person, kept)
        work.seal(changed, name="Xiomara con otro nombre")
        work.note("person.changed", changed)
    return before


@pytest.fixture
def taken_in(house, coordinator):
    """A report that was taken in by a coordinator: its act, its people."""
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    with reporter.work() as work:
        sent = report.send(work, make.report_document(), "page")
    with coordinator.work() as work:
        incident = take_in.take_in(work, sent.id)
    with make.behind(house) as data:
        act = data.scalar(select(Act.__table__.c.id).where(Act.incident_id == incident.id))
        teller = data.scalar(select(PERSON.c.id).where(PERSON.c.teller.is_(True)))
    return act, teller


def test_an_instance_that_only_the_program_wrote_to_has_no_break(house, coordinator, person, taken_in):
    make.removed(house, coordinator, make.member(house, coordinator, "Rita Inventada", Role.REVIEWER))
    assert breaks(coordinator) == []


# -- rows


def test_a_role_that_was_written_into_the_database_is_named(house, coordinator):
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    with make.behind(house) as data:
        data.execute(update(User.__table__).where(User.id == reporter.id).values(roles=["coordinator"]))
    assert breaks(coordinator) == [("a row was changed or moved", f"user/{reporter.id}")]


def test_a_verification_that_was_written_into_the_database_is_named(house, coordinator, taken_in):
    act, _teller = taken_in
    with make.behind(house) as data:
        data.execute(update(Act.__table__).where(Act.id == act).values(verification="VER"))
    assert named(coordinator) == {f"act/{act}"}


def test_an_older_row_put_back_is_named(house, coordinator, older):
    with make.behind(house) as data:
        data.execute(update(PERSON).where(PERSON.c.id == older["id"]).values(**older))
    assert breaks(coordinator) == [("an older row was put back", f"person/{older['id']}")]


def test_older_content_under_the_present_version_is_named(house, coordinator, older):
    with make.behind(house) as data:
        data.execute(update(PERSON).where(PERSON.c.id == older["id"]).values(name=older["name"]))
    assert breaks(coordinator) == [("a row was changed or moved", f"person/{older['id']}")]


def test_an_older_row_put_back_together_with_the_trail_s_older_memory_of_it_is_named(
    house, coordinator, older
):
    with make.behind(house) as data:
        data.execute(update(PERSON).where(PERSON.c.id == older["id"]).values(**older))
        data.execute(delete(MARK).where(MARK.c.record_id == older["id"], MARK.c.version > older["version"]))
    assert named(coordinator) == {f"block {block_of(house, 'person.changed')}"}


def test_the_content_of_one_row_in_another_is_named(house, coordinator, person):
    with coordinator.work() as work:
        other = make.person(work, name="Otra Persona Inventada").id
    with make.behind(house) as data:
        name = data.scalar(select(PERSON.c.name).where(PERSON.c.id == other))
        data.execute(update(PERSON).where(PERSON.c.id == person).values(name=name))
    assert named(coordinator) == {f"person/{person}"}


def test_a_row_under_another_id_is_named_at_both_places(house, coordinator, person):
    moved = uuid4()
    with make.behind(house) as data:
        data.execute(update(PERSON).where(PERSON.c.id == person).values(id=moved))
    assert breaks(coordinator) == [
        ("a row that the program did not write", f"person/{moved}"),
        ("a row is missing", f"person/{person}"),
    ]


def test_a_row_that_was_deleted_is_named(house, coordinator, person):
    with make.behind(house) as data:
        data.execute(delete(PERSON).where(PERSON.c.id == person))
    assert breaks(coordinator) == [("a row is missing", f"person/{person}")]


def test_a_row_that_was_written_in_is_named(house, coordinator, older):
    written = {**older, "id": uuid4()}
    with make.behind(house) as data:
        data.execute(insert(PERSON).values(**written))
    assert named(coordinator) == {f"person/{written['id']}"}


def test_a_row_that_was_swept_and_written_in_again_is_named(house, coordinator, older):
    with coordinator.work() as work:
        work.db.delete(work.get(Person, older["id"]))
        work.note("person.swept")
    assert breaks(coordinator) == []
    with make.behind(house) as data:
        data.execute(insert(PERSON).values(**older))
    assert named(coordinator) == {f"person/{older['id']}"}


def test_an_earlier_version_that_was_changed_is_named(house, coordinator, person):
    revision = Revision.__table__
    with make.behind(house) as data:
        id = data.scalar(select(revision.c.id).where(revision.c.record_id == person))
        data.execute(update(revision).where(revision.c.id == id).values(why="nothing"))
    assert named(coordinator) == {f"revision/{id}"}


@pytest.mark.parametrize("kind", audit.all_kinds(), ids=lambda kind: kind.__tablename__)
def test_every_clear_and_sealed_column_of_every_kind_is_part_of_the_digest(kind):
    record = kind(version=1)
    before = audit.digest(record)
    for column in kind.__mapper__.column_attrs:
        kept = getattr(record, column.key)
        for other in (0, "", b"", False, [], {}, "x", uuid4(), datetime.now(UTC)):
            if other != kept or type(other) is not type(kept):
                setattr(record, column.key, other)
                assert audit.digest(record) != before, (column.key, other)
        setattr(record, column.key, kept)
    assert audit.digest(record) == before


# -- digests


def forged_row(house, coordinator, teller):
    """A consent event written past the program; its id, and the mark that a trail would need of it."""
    with coordinator.work() as work:
        entered = ConsentEvent(
            person_id=teller, number=9, entered_by=coordinator.id, entered_on=work.today, version=1
        )
        work.seal(entered, decisions={"decisions": {}}, names=None)
        work.vault.flush()
        row = {c.name: getattr(entered, c.name) for c in ConsentEvent.__table__.columns}
        mark = audit.mark(entered)
    with make.behind(house) as data:
        data.execute(insert(ConsentEvent.__table__).values(**row))
    return entered.id, mark


def forged_consent(house, coordinator, teller, block):
    """The same with its digest, which claims this block."""
    id, mark = forged_row(house, coordinator, teller)
    with make.behind(house) as data:
        data.execute(insert(MARK).values(**mark._asdict(), block=block, position=99))
    return id


def test_a_digest_forged_together_with_its_row_is_found_through_the_block_s_signature(
    house, coordinator, taken_in
):
    last = block_of(house, "report.taken-in")
    forged_consent(house, coordinator, taken_in[1], last)
    assert breaks(coordinator) == [("a note was removed, added or changed", f"block {last}")]


@pytest.mark.parametrize("block", [0, -1, 1_000_000])
def test_a_digest_of_a_block_that_nobody_signed_is_named(house, coordinator, taken_in, block):
    forged_consent(house, coordinator, taken_in[1], block)
    assert named(coordinator) == {f"block {block}"}


@pytest.mark.parametrize("block", [0, 1_000_000])
def test_a_row_whose_digest_belongs_to_no_signed_block_counts_for_nothing(
    house, coordinator, taken_in, block
):
    id = forged_consent(house, coordinator, taken_in[1], block)
    with coordinator.work() as work, pytest.raises(TrailBroken):
        work.vouched([work.get(ConsentEvent, id)])
    with coordinator.work() as work, pytest.raises(TrailBroken):
        consent.permits(work, work.get(Person, taken_in[1]), Purpose.ROWS)
    with coordinator.work() as work, pytest.raises(TrailBroken):
        work.must_be_whole()


# -- notes


def test_a_note_that_was_removed_is_named(house, coordinator, person):
    block = block_of(house, "person.changed")
    with make.behind(house) as data:
        data.execute(delete(NOTE).where(NOTE.c.event == "person.changed"))
    assert breaks(coordinator) == [("a note was removed, added or changed", f"block {block}")]


@pytest.mark.parametrize(
    "change",
    [{"event": "person.seen"}, {"about": "incident"}, {"about_id": None}, {"detail": {"count": 1}}],
    ids=lambda change: next(iter(change)),
)
def test_a_note_that_was_changed_is_named(house, coordinator, person, change):
    block = block_of(house, "person.changed")
    with make.behind(house) as data:
        data.execute(update(NOTE).where(NOTE.c.event == "person.changed").values(**change))
    assert named(coordinator) == {f"block {block}"}


def test_a_note_that_was_written_in_is_named(house, coordinator, person):
    note = {"position": 77, "event": "person.seen", "about": "", "about_id": None, "detail": {}}
    with make.behind(house) as data:
        data.execute(insert(NOTE).values(block=1, **note))
    assert named(coordinator) == {"block 1"}


def test_a_note_of_a_block_that_is_not_there_is_named(house, coordinator, person):
    note = {"position": 0, "event": "person.seen", "about": "", "about_id": None, "detail": {}}
    with make.behind(house) as data:
        data.execute(insert(NOTE).values(block=0, **note))
    assert named(coordinator) == {"block 0"}


def test_a_note_moved_to_another_block_is_named_at_both(house, coordinator, person):
    block = block_of(house, "person.changed")
    with make.behind(house) as data:
        data.execute(update(NOTE).where(NOTE.c.event == "person.changed").values(block=1, position=50))
    assert named(coordinator) == {"block 1", f"block {block}"}


def test_notes_in_another_order_are_named(house, coordinator):
    with coordinator.work() as work:
        work.note("one")
        work.note("two")
    block = block_of(house, "two")
    with make.behind(house) as data:
        for position in (2, 0):
            data.execute(
                update(NOTE).where(NOTE.c.block == block, NOTE.c.event == "one").values(position=position)
            )
            if position == 2:
                data.execute(
                    update(NOTE).where(NOTE.c.block == block, NOTE.c.event == "two").values(position=0)
                )
                break
    assert named(coordinator) == {f"block {block}"}


# -- blocks


@pytest.mark.parametrize(
    "change",
    [
        {"actor": uuid4()},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"root": bytes(32)},
        {"previous": bytes(32)},
        {"signer": bytes(16)},
        {"signature": bytes(64)},
        {"signature": b""},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_block_that_was_changed_is_named(house, coordinator, person, change):
    block = block_of(house, "person.changed")
    with make.behind(house) as data:
        data.execute(update(BLOCK).where(BLOCK.c.number == block).values(**change))
    assert f"block {block}" in named(coordinator)


def test_a_block_removed_from_the_middle_is_named(house, coordinator, person):
    block = block_of(house, "person.changed")
    with coordinator.work() as work:
        work.note("one more")
    with make.behind(house) as data:
        data.execute(delete(BLOCK).where(BLOCK.c.number == block))
    assert ("a block is missing", f"block {block}") in breaks(coordinator)


def test_a_block_removed_at_the_end_is_named(house, coordinator, person):
    block = block_of(house, "person.changed")
    with make.behind(house) as data:
        data.execute(delete(BLOCK).where(BLOCK.c.number == block))
    assert ("the end of the trail is missing", f"block {block}") in breaks(coordinator)


def test_a_block_removed_at_the_end_with_its_notes_and_the_head_put_back_is_named(house, coordinator, person):
    block = block_of(house, "person.changed")
    with make.behind(house) as data:
        previous = data.scalar(select(BLOCK.c.previous).where(BLOCK.c.number == block))
        data.execute(delete(BLOCK).where(BLOCK.c.number == block))
        data.execute(delete(NOTE).where(NOTE.c.block == block))
        data.execute(update(HEAD).values(number=block - 1, hash=previous))
    assert f"block {block}" in named(coordinator)


def test_the_head_put_back_alone_is_named(house, coordinator, person):
    with make.behind(house) as data:
        data.execute(update(HEAD).values(number=1))
    assert breaks(coordinator)


def test_the_head_removed_is_named(house, coordinator, person):
    with make.behind(house) as data:
        data.execute(delete(HEAD))
    assert breaks(coordinator)


def test_an_empty_trail_under_rows_is_named(house, coordinator, person):
    with make.behind(house) as data:
        for table in (BLOCK, NOTE, MARK, HEAD):
            data.execute(delete(table))
    assert f"person/{person}" in named(coordinator)


def append(house, actor, signer, notes=(), marks=()):
    """What somebody with a key of their own writes at the end of the trail."""
    db = house.db()
    audit.append(db, datetime.now(UTC), actor, signer, list(notes), list(marks))
    db.commit()
    db.expire_all()


def test_a_tail_replaced_by_one_that_a_stranger_signed_is_named(house, coordinator, older):
    stranger, block = Principal.new(), block_of(house, "person.changed")
    with make.behind(house) as data:
        previous = data.scalar(select(BLOCK.c.previous).where(BLOCK.c.number == block))
        for table in (NOTE, MARK):
            data.execute(delete(table).where(table.c.block == block))
        data.execute(delete(BLOCK).where(BLOCK.c.number == block))
        data.execute(update(HEAD).values(number=block - 1, hash=previous))
        data.execute(delete(Revision.__table__).where(Revision.record_id == older["id"]))
        data.execute(update(PERSON).where(PERSON.c.id == older["id"]).values(**older))
    assert breaks(coordinator) == []  # a whole rollback: only a checkpoint kept elsewhere tells
    append(house, coordinator.id, stranger, [audit.Note("person.seen")])
    assert breaks(coordinator) == [("the signature does not hold", f"block {block}")]


def test_a_whole_trail_rewritten_under_one_stranger_s_key_is_named_block_by_block(house, coordinator, person):
    stranger = Principal.new()
    with make.behind(house) as data:
        previous, last = GENESIS, 0
        for block in data.execute(select(BLOCK).order_by(BLOCK.c.number)).all():
            hashed = block_hash(previous, block.number, block.root, block.actor, block.at.isoformat())
            data.execute(
                update(BLOCK)
                .where(BLOCK.c.number == block.number)
                .values(previous=previous, signer=stranger.kid, signature=stranger.sign(hashed))
            )
            previous, last = hashed, block.number
        data.execute(update(HEAD).values(hash=previous))
    assert named(coordinator) == {f"block {number}" for number in range(1, last + 1)}


def test_a_rollback_of_everything_is_found_by_a_checkpoint_that_was_kept_elsewhere(
    house, coordinator, older, tmp_path
):
    with coordinator.work() as work:
        assert checkpoints.sign_if_due(work.db, coordinator.own, work.now(), [tmp_path / "elsewhere"])
    house.checkpoints = (tmp_path / "elsewhere",)
    assert breaks(coordinator) == []
    block = block_of(house, "person.changed")
    with make.behind(house) as data:
        previous = data.scalar(select(BLOCK.c.previous).where(BLOCK.c.number == block))
        for table in (NOTE, MARK):
            data.execute(delete(table).where(table.c.block == block))
        data.execute(delete(BLOCK).where(BLOCK.c.number == block))
        data.execute(update(HEAD).values(number=block - 1, hash=previous))
        data.execute(delete(Revision.__table__).where(Revision.record_id == older["id"]))
        data.execute(update(PERSON).where(PERSON.c.id == older["id"]).values(**older))
    assert [what for what, _where in breaks(coordinator)] == ["the trail is not the one that was signed"]


# -- who may sign


def test_a_block_in_another_member_s_name_is_named(house, coordinator):
    insider = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    append(house, coordinator.id, insider.own, [audit.Note("act.moved")])
    assert [what for what, _where in breaks(coordinator)] == ["the signature does not hold"]


def test_a_consent_in_another_member_s_name_counts_for_nothing(house, coordinator, taken_in):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    id, mark = forged_row(house, coordinator, taken_in[1])
    append(house, coordinator.id, insider.own, [audit.Note("consent.recorded")], [mark])
    with coordinator.work() as work, pytest.raises(TrailBroken):
        work.vouched([work.get(ConsentEvent, id)])


def test_a_block_signed_by_a_member_who_was_removed_before_it_is_named_and_vouches_for_nothing(
    house, coordinator, older
):
    gone = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with gone.work() as work:
        work.note("something while a member")
    make.removed(house, coordinator, gone)
    assert breaks(coordinator) == []
    with make.behind(house) as data:
        data.execute(update(PERSON).where(PERSON.c.id == older["id"]).values(teller=True, version=3))
    with coordinator.work() as work:
        mark = audit.mark(work.get(Person, older["id"]))
    append(house, gone.id, gone.own, [audit.Note("person.changed")], [mark])
    assert [what for what, _where in breaks(coordinator)] == ["the signature does not hold"]
    with coordinator.work() as work, pytest.raises(TrailBroken):
        work.vouched([work.get(Person, older["id"])])


def test_what_a_member_began_before_the_removal_is_not_written_after_it(house, coordinator):
    gone = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    actor, ring = gone.actor, gone.ring
    make.removed(house, coordinator, gone)
    with pytest.raises(SignInNeeded), begin(house, actor, ring) as work:
        make.person(work)
    assert breaks(coordinator) == []


def mandate_for(worker, *, hours=1):
    until = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    return audit.Note(
        audit.MANDATE,
        detail={"worker": worker.kid.hex(), "sign": worker.public.sign.hex(), "until": until},
    )


def by_worker(house, actor, worker):
    work = Work(actor, house.db(), house.work(actor, None).vault, worker, house, house.now)
    work.note("job.done")
    work.commit()


def test_a_worker_signs_under_a_mandate_of_the_actor(house, coordinator):
    worker = house.sessions.worker()
    with coordinator.work() as work:
        work._notes.append(mandate_for(worker))
    by_worker(house, coordinator.actor, worker)
    assert breaks(coordinator) == []


def test_a_worker_without_a_mandate_signs_nothing(house, coordinator):
    by_worker(house, coordinator.actor, house.sessions.worker())
    assert [what for what, _where in breaks(coordinator)] == ["the signature does not hold"]


def test_a_worker_signs_nothing_after_its_mandate_ended(house, coordinator):
    worker = house.sessions.worker()
    with coordinator.work() as work:
        work._notes.append(mandate_for(worker, hours=-1))
    by_worker(house, coordinator.actor, worker)
    assert [what for what, _where in breaks(coordinator)] == ["the signature does not hold"]


def test_a_worker_signs_in_nobody_else_s_name_than_the_mandate_s(house, coordinator):
    other = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    worker = house.sessions.worker()
    with other.work() as work:
        work._notes.append(mandate_for(worker))
    by_worker(house, coordinator.actor, worker)
    assert [what for what, _where in breaks(coordinator)] == ["the signature does not hold"]


def test_two_people_s_mandates_for_one_worker_stand_side_by_side(house, coordinator):
    other = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    worker = house.sessions.worker()
    for who, hours in ((coordinator, 2), (other, -1)):
        with who.work() as work:
            work._notes.append(mandate_for(worker, hours=hours))
    by_worker(house, coordinator.actor, worker)
    assert breaks(coordinator) == []


def test_a_mandate_that_was_written_in_lets_nobody_vouch(house, coordinator, older):
    stranger = Principal.new()
    note = mandate_for(stranger)
    with make.behind(house) as data:
        for block in (0, 1):
            data.execute(
                insert(NOTE).values(
                    block=block, position=60, event=note.event, about="", about_id=None, detail=note.detail
                )
            )
        data.execute(update(PERSON).where(PERSON.c.id == older["id"]).values(teller=True, version=3))
    with coordinator.work() as work:
        mark = audit.mark(work.get(Person, older["id"]))
    append(house, coordinator.id, stranger, [audit.Note("person.changed")], [mark])
    with coordinator.work() as work, pytest.raises(TrailBroken):
        work.vouched([work.get(Person, older["id"])])
    assert {"block 0", "block 1"} <= named(coordinator)


def test_a_row_that_a_worker_wrote_under_a_mandate_is_vouched_for(house, coordinator):
    worker = house.sessions.worker()
    with coordinator.work() as work:
        work._notes.append(mandate_for(worker))
    vault = house.work(coordinator.actor, coordinator.ring).vault
    work = Work(coordinator.actor, house.db(), vault, worker, house, house.now)
    written = make.person(work)
    work.commit()
    with coordinator.work() as work:
        work.vouched([work.get(Person, written.id)])


def test_a_mandate_of_broken_shape_stops_no_verification(house, coordinator):
    with make.behind(house) as data:
        data.execute(
            insert(NOTE).values(
                block=1, position=60, event=audit.MANDATE, about="", about_id=None, detail={"worker": "zz"}
            )
        )
    assert named(coordinator) == {"block 1"}


def test_a_member_whose_key_was_renewed_signs_with_the_new_one_and_the_old_blocks_hold(house, coordinator):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with reviewer.work() as work:
        make.person(work)
    with coordinator.work() as work:
        link = members.renew(work, work.get(User, reviewer.id))
    again = make.joined(house, "Rita Inventada", link)
    make.confirmed(house, coordinator, again)
    with again.work() as work:
        make.person(work)
    assert breaks(coordinator) == []


def test_a_refusal_is_signed_by_the_node(house, coordinator):
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    house.note_refusal(reporter.actor, "refused", code="not-allowed", at="release.sign")
    with make.behind(house) as data:
        block = data.execute(select(BLOCK).order_by(BLOCK.c.number.desc())).first()
    assert (block.signer, block.actor) == (house.node.kid, reporter.id)
    assert breaks(coordinator) == []


def test_a_refusal_of_somebody_who_was_removed_meanwhile_is_noted_too(house, coordinator):
    gone = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    actor = gone.actor
    make.removed(house, coordinator, gone)
    house.note_refusal(actor, "refused", code="not-found", at="report.show")
    assert block_of(house, "refused")
    assert breaks(coordinator) == []


def test_nothing_is_written_where_nobody_can_sign(house, coordinator):
    house.node = None
    with pytest.raises(TrailBroken), begin(house, make.Actor(uuid4()), None) as work:
        work.note("something")
    assert breaks(coordinator) == []


def test_a_vouched_row_is_looked_at_again_in_the_next_work(house, coordinator, person):
    with coordinator.work() as work:
        work.vouched([work.get(Person, person)])
    with make.behind(house) as data:
        data.execute(update(PERSON).where(PERSON.c.id == person).values(teller=True))
    with coordinator.work() as work, pytest.raises(TrailBroken, match="trail-broken"):
        work.vouched([work.get(Person, person)])


def test_a_ring_of_another_signs_no_block_of_this_actor(house, coordinator):
    stranger = Ring(Principal.new(coordinator.id), 1)
    with begin(house, coordinator.actor, stranger) as work:
        work.note("something")
    assert [what for what, _where in breaks(coordinator)] == ["the signature does not hold"]


def test_a_trail_is_verified_once_in_a_piece_of_work_and_anew_after_its_commit(
    house, coordinator, person, monkeypatch
):
    verify, times = audit.verify, []
    monkeypatch.setattr(audit, "verify", lambda *given: times.append(1) or verify(*given))
    with coordinator.work() as work:
        work.must_be_whole()
        work.must_be_whole()
        assert len(times) == 1
        work.note("person.looked-at")
        work.commit()
        assert not work.whole
        with make.behind(house) as data:
            data.execute(update(PERSON).where(PERSON.c.id == person).values(teller=~PERSON.c.teller))
        with pytest.raises(TrailBroken):
            work.must_be_whole()
