"""One actor, one transaction, one block: all of it or nothing."""

import threading
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError

from crypto.envelope import Envelope
from incidents.errors import Conflict, Erased, NoKey, NotAllowed, NotFound, TrailBroken, Unopened
from incidents.model.account import User
from incidents.model.audit import AuditBlock, AuditEntry, RecordDigest, Revision
from incidents.model.base import Compartment, db, in_bulk
from incidents.model.incident import Act, Incident
from incidents.model.people import IDENTITY_FIELDS, Person
from incidents.model.report import Draft
from incidents.model.vocabulary import IncidentState, Role, Verification
from incidents.safeguards.keystore import ESCROW
from incidents.work import Unreadable, Vault, begin, keys
from tests import make


def counts(house):
    """How much there is of everything that a commit writes."""
    with make.behind(house) as data:
        tables = (Person, Revision, AuditBlock, AuditEntry, RecordDigest)
        return [data.scalar(select(func.count()).select_from(kind.__table__)) for kind in tables]


@pytest.fixture
def person(coordinator):
    with coordinator.work() as work:
        return make.person(work).id


def rename(work, id, name):
    known = work.get(Person, id)
    work.seal(known, name=name)
    work.note("person.changed", known)


# -- two people, one record


def test_of_two_who_edit_one_record_the_second_is_told(house, instance, coordinator, person):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with instance.app.app_context():
        late = house.work(reviewer.actor, reviewer.ring)
        rename(late, person, "as the second would have it")
        with instance.app.app_context(), coordinator.work() as work:
            rename(work, person, "as the first had it")
        before = counts_elsewhere(instance, house)
        with pytest.raises(Conflict):
            late.commit()
        assert counts_elsewhere(instance, house) == before
    house.db().expire_all()
    with coordinator.work() as work:
        assert work.read(work.get(Person, person), "name") == "as the first had it"
        assert list(work.breaks()) == []


def counts_elsewhere(instance, house):
    with instance.app.app_context():
        return counts(house)


def test_ten_threads_edit_one_record_and_each_change_counts_once(house, instance, coordinator, person):
    won, lost = [], []

    def one(number):
        with instance.app.app_context():
            try:
                with coordinator.work() as work:
                    rename(work, person, f"Persona {number}")
                won.append(number)
            except Conflict:
                lost.append(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) + len(lost) == 10
    house.db().expire_all()
    with coordinator.work() as work:
        assert work.get(Person, person).version == 1 + len(won)
        assert list(work.breaks()) == []
    assert len(set(won)) >= 1


def test_an_earlier_version_is_kept_and_opens_at_its_place(house, coordinator, person):
    with coordinator.work() as work:
        rename(work, person, "Otro nombre")
    with coordinator.work() as work:
        kept = work.db.scalars(select(Revision).where(Revision.record_id == person)).one()
        assert (kept.of_version, kept.by, kept.why, kept.about) == (
            1,
            coordinator.id,
            "person.changed",
            "person",
        )
        now = work.get(Person, person)
        now.name = Envelope(bytes.fromhex(kept.seals["name"]))
        assert work.vault.open(now, "name") == make.CANARY_NAME
        work.drop()


# -- nothing before the commit, nothing without it


def test_nothing_is_written_before_the_commit(house, instance, coordinator):
    before = counts(house)
    work = house.work(coordinator.actor, coordinator.ring)
    person = make.person(work)
    assert work.db.scalars(select(Person).where(Person.id == person.id)).all() == []  # no query writes first
    assert counts_elsewhere(instance, house) == before
    assert house.keystore.keys([person.id]) == {}
    work.drop()
    assert counts(house) == before
    assert house.keystore.keys([person.id]) == {}


def test_a_work_that_fails_leaves_nothing(house, coordinator):
    before = counts(house)
    with pytest.raises(ZeroDivisionError), coordinator.work() as work:  # noqa: PT012  it fails at its end
        person = make.person(work)
        raise ZeroDivisionError
    assert counts(house) == before
    assert house.keystore.keys([person.id]) == {}
    with coordinator.work() as work:
        work.note("the next one")
    assert counts(house)[3] == before[3] + 1  # and no note of the one before


@pytest.mark.parametrize("table", ["person", "revision", "record_digest", "audit_entry", "audit_block"])
def test_a_commit_that_fails_at_any_table_leaves_no_row_no_note_and_no_block(
    house, coordinator, person, table
):
    before = counts(house)

    def refuse(_connection, _cursor, statement, *_more):
        if statement.startswith(f"INSERT INTO {table}"):
            raise OperationalError(statement, {}, RuntimeError("the disk is full"))

    event.listen(db.engine, "before_cursor_execute", refuse)
    try:
        with pytest.raises(OperationalError), coordinator.work() as work:  # noqa: PT012  its commit fails
            make.person(work)
            rename(work, person, "x")
    finally:
        event.remove(db.engine, "before_cursor_execute", refuse)
    assert counts(house) == before
    with coordinator.work() as work:
        assert work.read(work.get(Person, person), "name") == make.CANARY_NAME
        assert list(work.breaks()) == []


def test_a_commit_with_nothing_to_say_writes_nothing(house, coordinator, person):
    before = counts(house)
    with coordinator.work() as work:
        known = work.get(Person, person)
        known.teller = known.teller
    assert counts(house) == before


def test_looking_at_a_name_writes_one_block_with_one_note_and_no_row(house, coordinator, person):
    before = counts(house)
    with coordinator.work() as work:
        work.read(work.get(Person, person), "name", "a call back")
    people, revisions, blocks, notes, digests = counts(house)
    assert [people, revisions, blocks, notes, digests] == [
        before[0],
        before[1],
        before[2] + 1,
        before[3] + 1,
        before[4],
    ]
    with make.behind(house) as data:
        note = data.execute(select(AuditEntry.__table__).order_by(AuditEntry.block.desc())).first()
    assert (note.event, note.about, note.about_id) == ("name.opened", "person", person)
    assert note.detail == {"why": "a call back"}


def test_looking_at_many_names_is_one_note_with_their_count(house, coordinator):
    with coordinator.work() as work:
        people = [make.person(work, name=f"Persona {number}") for number in range(20)]
    before = counts(house)
    with coordinator.work() as work:
        found = work.read_all(people, "name")
    assert found == [f"Persona {number}" for number in range(20)]
    assert counts(house)[3] == before[3] + 1
    with make.behind(house) as data:
        note = data.execute(select(AuditEntry.__table__).order_by(AuditEntry.block.desc())).first()
    assert (note.about_id, note.detail) == (None, {"count": 20})


def test_looking_at_no_names_is_no_note(house, coordinator):
    before = counts(house)
    with coordinator.work() as work:
        assert work.read_all([], "name") == []
    assert counts(house) == before


def test_a_look_that_was_refused_is_no_look(house, coordinator, person):
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    before = counts(house)
    with analyst.work() as work, pytest.raises(NotAllowed):
        work.read(work.get(Person, person), "name")
    assert counts(house) == before


def test_one_commit_is_one_block(house, coordinator):
    before = counts(house)
    with coordinator.work() as work:
        for _number in range(30):
            make.person(work)
    after = counts(house)
    assert after[2] == before[2] + 1
    assert after[3] == before[3] + 30


def test_what_is_added_and_let_go_is_in_the_trail_like_any_other(house, coordinator):
    with coordinator.work() as work, in_bulk():
        written = [make.person(work, name=f"Persona {number}").id for number in range(5)]
    with coordinator.work() as work:
        people = [work.get(Person, id) for id in written]
        work.vouched(people)
        assert work.read_all(people, "name") == [f"Persona {number}" for number in range(5)]
        assert list(work.breaks()) == []


def test_a_row_that_this_work_has_changed_already_is_vouched_for(house, coordinator):
    with coordinator.work() as work:
        id = make.person(work, name="Persona inventada").id
    with coordinator.work() as work:
        person = work.get(Person, id)
        work.seal(person, name="Otro nombre inventado")
        work.vouched([person])  # what lies there is what was signed; the change is signed at the commit
    with coordinator.work() as work:
        assert work.read(work.get(Person, id), "name") == "Otro nombre inventado"


def test_what_was_altered_behind_the_program_is_not_vouched_for_by_changing_it(house, coordinator):
    with coordinator.work() as work:
        id = make.person(work, name="Persona inventada").id
    with make.behind(house) as data:
        data.execute(update(Person.__table__).where(Person.id == id).values(teller=True))
    with coordinator.work() as work:
        person = work.get(Person, id)
        work.seal(person, name="Otro nombre inventado")
        with pytest.raises(TrailBroken):
            work.vouched([person])
        work.drop()


def test_a_record_that_is_not_there_is_not_found(house, coordinator):
    with coordinator.work() as work, pytest.raises(NotFound):
        work.get(Person, uuid4())


def test_a_second_row_of_a_name_is_a_conflict_and_leaves_nothing(house, coordinator):
    before = counts(house)

    def invited():
        work = house.work(coordinator.actor, coordinator.ring)
        user = User(name="Elsa Inventada", sign_in="elsa inventada", roles=[], state="invited", language="es")
        work.add(user)
        return work

    invited().commit()
    with pytest.raises(Conflict):
        invited().commit()
    assert counts(house)[2] == before[2] + 1


def test_a_row_that_names_a_parent_that_is_not_there_is_refused(house, coordinator):
    with pytest.raises(Conflict), coordinator.work() as work:  # noqa: PT012  its commit is refused
        act = Act(
            incident_id=uuid4(),
            verification=Verification.RECEIVED,
            received_on=work.today,
            submitted_by=[],
        )
        work.seal(act, facts={})
        work.add(act)


def test_a_work_without_a_key_seals_and_opens_nothing(house, coordinator, person):
    with begin(house, coordinator.actor, None) as work:
        known = work.get(Person, person)
        with pytest.raises(NoKey):
            work.seal(known, name="x")
        with pytest.raises(NoKey):
            work.read(known, "name")
        assert work.vault.view(known, "name") == Unreadable("no-key")
        work.drop()


def test_a_deed_that_undoes_its_own_change_is_no_change(house, coordinator, person):
    with coordinator.work() as work:
        known = work.get(Person, person)
        before = known.teller
        known.teller = not before
        known.teller = before
    with make.behind(house) as data:
        assert data.scalar(select(Person.__table__.c.version)) == 1


def test_threads_that_commit_at_once_make_one_chain(house, instance, coordinator):
    def one(number):
        with instance.app.app_context(), coordinator.work() as work:
            work.note("something", count=number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with coordinator.work() as work:
        notes = work.db.scalars(select(AuditEntry.detail).where(AuditEntry.event == "something")).all()
        assert sorted(note["count"] for note in notes) == list(range(16))
        assert list(work.breaks()) == []


# -- sealed fields


def test_every_identity_field_is_written_null_included(house, coordinator):
    with coordinator.work() as work:
        person = make.person(work, name=None, phone=None, address=None).id
    with make.behind(house) as data:
        row = data.execute(select(Person.__table__).where(Person.id == person)).one()
    for column in IDENTITY_FIELDS:
        assert getattr(row, column).data.startswith(b"\xe1"), column
    with coordinator.work() as work:
        assert work.read(work.get(Person, person), "name") is None


@pytest.mark.parametrize(
    "value", ["", "x" * 60, None, 0, False, [], {"a": ["ñ", None, 1.5]}, "🗝\u0000\ud83d"]
)
def test_a_value_comes_back_as_it_was(house, coordinator, value):
    with coordinator.work() as work:
        person = make.person(work, name=value).id
    with coordinator.work() as work:
        assert work.read(work.get(Person, person), "name") == value


def narrative(coordinator, said):
    with coordinator.work() as work:
        incident = Incident(
            reference=uuid4().hex,
            state=IncidentState.OPEN,
            received_on=work.today,
            recorded_by=work.actor.id,
        )
        work.seal(incident, facts={}, narrative=said, summary=None)
        return work.add(incident).id


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 5_000_000])
def test_a_long_narrative_keeps_every_character(house, coordinator, size):
    said = ("Nos bajaron del camión. 🚌 " * (size // 20))[:size]
    id = narrative(coordinator, said)
    house.db().expunge_all()
    with coordinator.work() as work:
        incident = work.get(Incident, id)
        assert work.read(incident, "narrative") == said
        sealed, plain = len(incident.narrative.data), len(said.encode()) + 2
        assert plain <= sealed <= plain * 1.12 + 64
        work.vouched([incident])


def test_a_long_narrative_is_changed_and_its_earlier_version_kept(house, coordinator):
    said = "ñ" * 2_500_000
    id = narrative(coordinator, said)
    with coordinator.work() as work:
        incident = work.get(Incident, id)
        work.seal(incident, narrative="corto")
        work.note("incident.changed", incident)
    with coordinator.work() as work:
        kept = work.db.scalars(select(Revision).where(Revision.record_id == id)).one()
        incident = work.get(Incident, id)
        incident.narrative = Envelope(bytes.fromhex(kept.seals["narrative"]))
        assert work.vault.open(incident, "narrative") == said
        work.drop()


def test_equal_names_are_sealed_differently_and_alike_in_length(house, coordinator):
    with coordinator.work() as work:
        people = [make.person(work, name=name) for name in ["Ana", "Ana", "Bernardino de los Ríos"]]
    seals = [person.name.data for person in people]
    assert len(set(seals)) == 3
    assert len({len(sealed) for sealed in seals}) == 1


@pytest.mark.parametrize("moved", ["column", "row", "table", "compartment"])
def test_a_seal_opens_only_at_its_place(house, coordinator, moved):
    with coordinator.work() as work:
        one, other = make.person(work), make.person(work)
        sealed = one.name
        match moved:
            case "column":
                one.phone, record, column = sealed, one, "phone"
            case "row":
                other.name, record, column = sealed, other, "name"
            case "compartment":
                one.facts, record, column = sealed, one, "facts"
            case _:
                record, column = Incident(id=one.id), "facts"
                record.facts = one.facts
        assert work.vault.view(record, column) == Unreadable("altered")
        with pytest.raises(Unopened):
            work.vault.open(record, column)
        work.drop()


def test_every_bit_of_a_seal_counts(house, coordinator):
    with coordinator.work() as work:
        person = make.person(work)
    sealed = person.name.data
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1 << place % 8
        person.name = Envelope(bytes(damaged))
        assert Vault(house.keystore, coordinator.ring).view(person, "name") == Unreadable("altered"), place
    for other in (b"\xe1", sealed[:-1], sealed + b"\0", b"Xiomara", b'"Xiomara"'):
        person.name = Envelope(other)
        assert Vault(house.keystore, coordinator.ring).view(person, "name") == Unreadable("altered")
    house.db().rollback()


def test_one_bad_row_breaks_no_list(house, coordinator):
    with coordinator.work() as work:
        people = [make.person(work, name=f"Persona {number}") for number in range(4)]
    house.keystore.shred([(people[1].id, Compartment.IDENTITY)], "a decision")
    with coordinator.work() as work:
        people[2].name = Envelope(b"\xe1 nothing")
        found = work.read_all(people, "name")
        work.drop()
    assert found == ["Persona 0", Unreadable("erased"), Unreadable("altered"), "Persona 3"]
    assert not any(one for one in found if isinstance(one, Unreadable))


def test_an_erased_field_is_said_to_be_erased(house, coordinator, person):
    house.keystore.shred([(person, Compartment.IDENTITY)], "a decision")
    with coordinator.work() as work:
        known = work.get(Person, person)
        with pytest.raises(Erased):
            work.read(known, "name")
        assert work.read(known, "facts") == {"age": 29}


def test_a_thing_whose_data_key_somebody_deleted_is_altered_not_erased(house, coordinator, person):
    keys.discard(house.keystore, [(person, Compartment.IDENTITY)])
    with coordinator.work() as work:
        assert work.vault.view(work.get(Person, person), "name") == Unreadable("altered")


def test_a_draft_is_opened_by_its_writer_and_escrow_alone(house, coordinator, template):
    writer = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    with writer.work() as work:
        draft = Draft(recorded_by=work.actor.id, changed_on=work.today)
        work.vault.mint(draft.id, Compartment.INTAKE, private=True)
        work.seal(draft, content={"asks": "x"})
        work.add(draft)
    assert {wrap.holder for wrap in house.keystore.keys([draft.id])[draft.id, "intake"]} == {
        writer.id,
        ESCROW,
    }
    assert Vault(house.keystore, writer.ring).view(draft, "content") == {"asks": "x"}
    assert Vault(house.keystore, coordinator.ring).view(draft, "content") == Unreadable("no-key")


def test_a_keyed_hash_is_the_same_for_every_holder_and_after_a_rotation(house, coordinator):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)

    def hashed(who):
        return Vault(house.keystore, who.ring).keyed("released", UUID(int=7))

    before = hashed(coordinator)
    assert hashed(analyst) == before
    with pytest.raises(NoKey):
        hashed(reporter)
    make.removed(house, coordinator, leaving)
    assert hashed(analyst) == before


def test_a_member_is_not_admitted_into_another_member_s_record_by_a_stale_copy(house, coordinator, person):
    """A Work begins with what the database says, not with what an earlier Work of this process saw."""
    with coordinator.work() as work:
        rename(work, person, "Otro nombre")
    with make.behind(house) as data:
        data.execute(User.__table__.update().values(language="es"))
    with coordinator.work() as work:
        assert work.get(User, coordinator.id).language == "es"
