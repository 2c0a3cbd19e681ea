"""Who writes to the keystore without a key gains nothing: each forged row is refused by type, not by luck."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from crypto import seal
from crypto.envelope import FieldKey, Kind, box, field_place
from crypto.errors import CryptoError, Tampered
from crypto.principal import Principal, enrol
from incidents import members
from incidents.errors import Conflict, NoKey, NotAllowed, TrailBroken, Unopened
from incidents.intake import report
from incidents.model.account import User
from incidents.model.base import Compartment
from incidents.model.people import Person
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PartKind, ReportState, Role
from incidents.safeguards import keystore as store
from incidents.safeguards import rotation
from incidents.safeguards.access import Permission
from incidents.work import Ring, Unreadable, Vault, Work, keys
from tests import make

FACTS, IDENTITY = Compartment.FACTS, Compartment.IDENTITY
ALTERED, NO_KEY = Unreadable("altered"), Unreadable("no-key")


def opened(house, ring, record, column="name"):
    return Vault(house.keystore, ring).view(record, column)


@pytest.fixture
def person(coordinator):
    with coordinator.work() as work:
        return make.person(work)


@pytest.fixture
def other(coordinator):
    with coordinator.work() as work:
        return make.person(work, name="Otra Persona Inventada")


def wrap_of(house, thing, compartment):
    (wrap,) = house.keystore.keys([thing])[thing, compartment.value]
    return wrap


def forge(house, wrap, **changes):
    """Write a data key's row into the file as somebody does who has the file alone."""
    row = {**wrap._asdict(), "made_at": 0.0, **changes}
    with house.keystore.step() as step:
        here = [store.dek.c[name] == row[name] for name in ("object", "compartment", "version", "holder")]
        step.execute(delete(store.dek).where(*here))
        step.execute(insert(store.dek).values(**row))


# -- data keys


def test_a_data_key_moved_to_another_thing_opens_nothing_there(house, coordinator, person, other):
    forge(house, wrap_of(house, person.id, IDENTITY), object=other.id)
    assert opened(house, coordinator.ring, other) == ALTERED
    assert opened(house, coordinator.ring, person) == make.CANARY_NAME


def test_a_data_key_under_another_version_opens_nothing(house, coordinator, person):
    wrap = wrap_of(house, person.id, IDENTITY)
    with house.keystore.step() as step:
        step.execute(update(store.dek).where(store.dek.c.object == person.id).values(version=2))
    assert opened(house, coordinator.ring, person) == ALTERED
    forge(house, wrap, version=2)
    with coordinator.work() as work:
        known = work.get(Person, person.id)
        with pytest.raises((CryptoError, Unopened)):
            work.seal(known, name="x")
        work.drop()


def test_a_data_key_with_another_commitment_opens_nothing(house, coordinator, person):
    wrap = wrap_of(house, person.id, IDENTITY)
    for commitment in (bytes(32), b"", wrap.commitment[:-1] + bytes([wrap.commitment[-1] ^ 1])):
        forge(house, wrap, commitment=commitment)
        assert opened(house, coordinator.ring, person) == ALTERED
    forge(house, wrap)
    assert opened(house, coordinator.ring, person) == make.CANARY_NAME


def test_a_data_key_of_one_compartment_opens_nothing_in_another(house, coordinator, person):
    forge(house, wrap_of(house, person.id, FACTS), compartment=IDENTITY.value)
    assert opened(house, coordinator.ring, person) == make.CANARY_NAME  # the genuine one stands beside it
    forge(
        house,
        wrap_of(house, person.id, FACTS),
        compartment=IDENTITY.value,
        holder=store.compartment_id(IDENTITY),
    )
    assert opened(house, coordinator.ring, person) == ALTERED


def test_the_names_of_a_person_are_not_opened_by_moving_their_key_to_the_facts(house, coordinator, person):
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    forge(
        house,
        wrap_of(house, person.id, IDENTITY),
        compartment=FACTS.value,
        holder=store.compartment_id(FACTS),
    )
    assert opened(house, analyst.ring, person, "facts") == ALTERED
    assert opened(house, analyst.ring, person) == NO_KEY


def test_every_bit_of_a_wrapped_data_key_counts(house, coordinator, person):
    wrap = wrap_of(house, person.id, IDENTITY)
    for place in range(len(wrap.blob)):
        damaged = bytearray(wrap.blob)
        damaged[place] ^= 1 << place % 8
        forge(house, wrap, blob=bytes(damaged))
        assert opened(house, coordinator.ring, person) == ALTERED, place
    for blob in (b"", wrap.blob[:-1], wrap.blob + b"\0"):
        forge(house, wrap, blob=blob)
        assert opened(house, coordinator.ring, person) == ALTERED


@pytest.mark.parametrize("form", ["seal", "", "none"])
def test_a_data_key_under_another_form_opens_nothing(house, coordinator, person, form):
    forge(house, wrap_of(house, person.id, IDENTITY), form=form)
    assert opened(house, coordinator.ring, person) == ALTERED


def test_a_data_key_that_somebody_chose_and_boxed_under_a_key_of_their_own_is_refused(
    house, coordinator, person
):
    wrap, stranger = wrap_of(house, person.id, IDENTITY), Principal.new()
    chosen = bytes(32)
    context = store.wrap_context(person.id, IDENTITY.value, 2, house.keystore.holder(wrap.holder).public)
    blob = box(stranger.wrap, Kind.WRAP, 1, chosen, context)
    forge(house, wrap, version=2, blob=blob, commitment=store.commitment(chosen))
    with coordinator.work() as work:
        known = work.get(Person, person.id)
        with pytest.raises((CryptoError, Unopened)):
            work.seal(known, name="what nobody else may read")
        work.drop()


def sealed_by(house, thing, compartment, maker, claimed=None, key=bytes(32), version=1):
    """A data key that somebody chose, sealed to the public key that stands in the file."""
    to = house.keystore.holder(store.compartment_id(compartment))
    context = store.wrap_context(thing, compartment.value, version, to.public)
    blob = seal.seal(to.public, Kind.DEK, to.generation, key, context, maker)
    row = store.DataKey(
        object=thing,
        compartment=compartment.value,
        version=version,
        holder=to.public.id,
        generation=to.generation,
        born=to.generation,
        form="seal",
        blob=blob,
        commitment=store.commitment(key),
        maker=claimed,
        maker_generation=1 if claimed else None,
    )
    forge(house, row)
    return row


def sealed_with(key, record, column, value, compartment):
    place = field_place(record.__tablename__, column, record.id, compartment.value, 1)
    return FieldKey(key, 1).seal(value, place)


@pytest.fixture
def forged_part(house, coordinator):
    """A report in somebody's name, whose content and data key a stranger made."""

    def make_one(by, maker, claimed):
        sent = Report(
            version=1,
            reference=uuid4().hex,
            state=ReportState.RECEIVED,
            channel="page",
            received_on=house.now().date(),
            recorded_by=by.id,
            client_id=uuid4(),
            danger="no",
            edition=1,
        )
        part = ReportPart(version=1, report_id=sent.id, number=0, kind=PartKind.REST)
        part.content = sealed_with(
            bytes(32), part, "content", {"asks": "invented by a stranger"}, Compartment.INTAKE
        )
        sealed_by(house, part.id, Compartment.INTAKE, maker, claimed)
        with make.behind(house) as data:
            for record in (sent, part):
                row = {c.name: getattr(record, c.name) for c in record.__table__.columns}
                data.execute(insert(record.__table__).values(**row))
        return sent.id, part.id

    return make_one


@pytest.mark.parametrize("signed", ["by nobody", "by a stranger", "by a stranger in the writer's name"])
def test_a_report_that_was_forged_with_the_public_keys_counts_for_nothing(
    house, coordinator, forged_part, signed
):
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    stranger = Principal.new()
    maker = None if signed == "by nobody" else stranger
    claimed = {"by nobody": None, "by a stranger": stranger.id}.get(signed, reporter.id)
    sent, part = forged_part(reporter, maker, claimed)
    with coordinator.work() as work:
        assert opened(house, coordinator.ring, work.get(ReportPart, part), "content") in (ALTERED, NO_KEY)
    with coordinator.work() as work, pytest.raises(TrailBroken):
        report.read(work, sent)
    with coordinator.work() as work:
        assert {found.where for found in work.breaks()} == {f"report/{sent}", f"report_part/{part}"}


def test_a_report_forged_by_a_member_in_another_member_s_name_is_refused(house, coordinator, forged_part):
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    sent, _part = forged_part(reporter, insider.own, insider.id)
    with coordinator.work() as work, pytest.raises(TrailBroken):
        report.read(work, sent)


@pytest.mark.parametrize("compartment", [FACTS, IDENTITY, Compartment.TESTIMONY])
def test_only_a_report_s_key_may_come_from_somebody_who_cannot_read_it(
    house, coordinator, person, compartment
):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    thing = uuid4()
    sealed_by(house, thing, compartment, insider.own, insider.id)
    with pytest.raises(CryptoError):
        Vault(house.keystore, coordinator.ring)._field_key((thing, compartment.value), 1)


@pytest.mark.parametrize("signed", [True, False])
def test_a_rotation_makes_no_forged_data_key_genuine(house, coordinator, person, signed):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    things = {compartment: uuid4() for compartment in Compartment}
    for compartment, thing in things.items():
        who = (insider.own, insider.id) if signed and compartment != Compartment.INTAKE else (None, None)
        sealed_by(house, thing, compartment, *who)
    make.removed(house, coordinator, leaving)
    for compartment, thing in things.items():
        with pytest.raises(CryptoError):
            Vault(house.keystore, coordinator.ring)._field_key((thing, compartment.value), 1)
    assert opened(house, coordinator.ring, person) == make.CANARY_NAME
    assert rotation.pending(house.keystore) == []


def test_a_data_key_that_does_not_open_does_not_stop_a_removal(house, coordinator, person, other):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    wrap = wrap_of(house, other.id, IDENTITY)
    forge(house, wrap, blob=wrap.blob[:-1] + b"x")
    make.removed(house, coordinator, leaving)
    assert rotation.pending(house.keystore) == []
    assert opened(house, coordinator.ring, person) == make.CANARY_NAME
    assert opened(house, coordinator.ring, other) == ALTERED
    assert opened(house, leaving.ring, person) == NO_KEY


# -- principals and the chain of enrolments


def swap(house, id, **columns):
    with house.keystore.step() as step:
        step.execute(update(store.principal).where(store.principal.c.id == id).values(**columns))


def test_nothing_is_sealed_to_a_compartment_whose_public_key_was_swapped(house, coordinator):
    reporter = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    intake, mine = store.compartment_id(Compartment.INTAKE), Principal.new()
    swap(house, intake, kem=mine.public.kem, sign=mine.public.sign, kid=mine.kid)
    with pytest.raises(Tampered), reporter.work() as work:
        report.send(work, make.report_document(), "page")
    with make.behind(house) as data:
        assert data.execute(select(Report.__table__)).all() == []


def test_nothing_is_sealed_to_an_escrow_whose_public_key_was_swapped(house, coordinator):
    mine = Principal.new()
    swap(house, store.ESCROW, kem=mine.public.kem, sign=mine.public.sign, kid=mine.kid)
    with pytest.raises(Tampered), coordinator.work() as work:
        work.vault.mint(uuid4(), Compartment.INTAKE, private=True)


def test_no_grant_is_made_to_a_member_whose_public_key_was_swapped_after_confirmation(house, coordinator):
    member = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    mine = Principal.new(member.id)
    swap(house, member.id, kem=mine.public.kem, sign=mine.public.sign, kid=mine.kid)
    with pytest.raises(Tampered):
        house.keystore.holder(member.id)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    make.removed(house, coordinator, leaving)
    for ring in (Ring(mine, 1), member.ring):
        with pytest.raises(NoKey):
            house.keystore.open(ring, store.compartment_id(FACTS))


def test_a_public_key_swapped_while_the_member_waits_shows_another_fingerprint(house, coordinator):
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    waiting = make.joined(house, "Elsa Inventada", link)
    mine = Principal.new(waiting.id)
    swap(house, waiting.id, kem=mine.public.kem, sign=mine.public.sign, kid=mine.kid)
    shown = keys.fingerprint(keys.newest(house.keystore, waiting.id)[0])
    assert shown != keys.fingerprint(waiting.own.public)


@pytest.mark.parametrize("signature", [b"", bytes(64), None])
def test_a_forged_enrolment_counts_for_nothing(house, coordinator, signature):
    mine = Principal.new()
    row = {
        "id": mine.id,
        "generation": 1,
        "kind": "user",
        "enrols": True,
        "kem": mine.public.kem,
        "sign": mine.public.sign,
        "kid": mine.kid,
        "enroller": coordinator.id,
        "enroller_generation": 1,
        "signature": signature,
    }
    with house.keystore.step() as step:
        step.execute(insert(store.principal).values(**row))
    with pytest.raises((Tampered, NoKey)):
        house.keystore.holder(mine.id)
    with pytest.raises(Tampered):
        house.keystore.by_kid(mine.kid)


def test_who_enrolled_themselves_is_not_in_the_chain(house, coordinator):
    mine = Ring(Principal.new(), 1)
    house.keystore.enrol(mine.own.public, "user", 1, mine, enrols=True)
    with pytest.raises(Tampered):
        house.keystore.holder(mine.own.id)


def test_two_who_enrolled_one_another_are_not_in_the_chain(house):
    one, two = Ring(Principal.new(), 1), Ring(Principal.new(), 1)
    house.keystore.enrol(one.own.public, "user", 1, two, enrols=True)
    house.keystore.enrol(two.own.public, "user", 1, one, enrols=True)
    with pytest.raises(Tampered):
        house.keystore.holder(one.own.id)


def test_a_member_whose_right_to_enrol_was_flipped_in_the_file_enrols_nobody(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    swap(house, insider.id, enrols=True)
    friend = Principal.new()
    house.keystore.enrol(friend.public, "user", 1, insider.ring)
    with pytest.raises(Tampered):
        house.keystore.holder(friend.id)
    with pytest.raises(Tampered):
        house.keystore.holder(insider.id)  # flipped, the row is not what was signed


def test_a_member_s_right_to_enrol_is_in_the_signature(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    friend = Principal.new()
    house.keystore.enrol(friend.public, "user", 1, insider.ring)
    with pytest.raises(Tampered):
        house.keystore.holder(friend.id)


def test_an_enrolment_is_for_one_generation_and_one_kind(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    for change in ({"kind": "compartment"}, {"kind": "user", "generation": 7}):
        swap(house, insider.id, **change)
        with pytest.raises(Tampered):
            house.keystore.holder(insider.id)


def test_without_the_file_of_anchors_nobody_is_anybody(house, coordinator):
    house.keystore._anchor.unlink()
    with pytest.raises(Tampered):
        house.keystore.holder(coordinator.id)


def test_a_key_under_another_s_kid_signs_nothing_in_that_name(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    with house.keystore.step() as step:
        step.execute(
            update(store.principal).where(store.principal.c.id == coordinator.id).values(kid=bytes(16))
        )
        step.execute(
            update(store.principal).where(store.principal.c.id == insider.id).values(kid=coordinator.own.kid)
        )
    with pytest.raises(Tampered):
        house.keystore.by_kid(coordinator.own.kid)


# -- grants


def grants(house, holder):
    return house.keystore.read(select(store.grant).where(store.grant.c.holder == holder))


def test_a_grant_moved_to_another_member_opens_nothing(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    held = grants(house, coordinator.id)
    with house.keystore.step() as step:
        for row in held:
            step.execute(insert(store.grant).values(**{**row._mapping, "holder": insider.id}))
    for compartment in Compartment:
        with pytest.raises(Tampered):
            house.keystore.open(insider.ring, store.compartment_id(compartment))


def test_a_grant_of_one_compartment_is_not_a_grant_of_another(house, coordinator):
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    (facts,) = grants(house, analyst.id)
    with house.keystore.step() as step:
        moved = {**facts._mapping, "what": store.compartment_id(IDENTITY)}
        step.execute(insert(store.grant).values(**moved))
    with pytest.raises(Tampered):
        house.keystore.open(analyst.ring, store.compartment_id(IDENTITY))


def test_a_seed_that_somebody_chose_is_not_taken_for_a_compartment(house, coordinator):
    """Who may seal to a member's public key cannot slip them a compartment of their own."""
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    mine = Principal(store.compartment_id(FACTS), bytes(range(32)))
    to = house.keystore.holder(reviewer.id)
    house.keystore.grant(mine, 1, to, insider.ring)
    with pytest.raises(Tampered):
        house.keystore.open(reviewer.ring, store.compartment_id(FACTS))
    house.keystore.grant(mine, 2, to, insider.ring)
    with pytest.raises((Tampered, NoKey)):
        house.keystore.open(reviewer.ring, store.compartment_id(FACTS))


def test_a_compartment_generation_that_no_coordinator_signed_is_not_used(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    mine = Principal(store.compartment_id(Compartment.INTAKE), bytes(range(32)))
    house.keystore.enrol(mine.public, "compartment", 2, insider.ring)
    with pytest.raises(Tampered), insider.work() as work:
        report.send(work, make.report_document(), "page")


def test_a_signature_of_an_enrolment_does_not_serve_another_principal(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    friend = Principal.new()
    signed = enrol(coordinator.own, insider.own.public, store.label("user", 1, enrols=False))
    house.keystore.enrol(friend.public, "user", 1, coordinator.ring)
    swap(house, friend.id, signature=signed)
    with pytest.raises(Tampered):
        house.keystore.holder(friend.id)


# -- who may, with the checks taken out


@pytest.fixture
def no_checks(monkeypatch):
    """Every permission check says yes: a fault of ours."""
    monkeypatch.setattr("incidents.work.Actor.must", lambda _actor, _permission: None)
    monkeypatch.setattr("incidents.work.Actor.must_any", lambda _actor, _permissions: None)
    monkeypatch.setattr("incidents.work.Actor.may", lambda _actor, _permission: True)
    monkeypatch.setattr(Work, "_must_open", lambda _work, _kind, _column: None)


def test_an_analyst_may_not_open_a_name(house, coordinator, person):
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    with analyst.work() as work, pytest.raises(NotAllowed):
        work.read(work.get(Person, person.id), "name")


def test_an_analyst_cannot_open_a_name_with_every_check_patched_out(house, coordinator, person, no_checks):
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    with analyst.work() as work:
        known = work.get(Person, person.id)
        with pytest.raises(NoKey):
            work.read(known, "name")
        assert work.read_all([known], "name") == [NO_KEY]
        assert work.read(known, "facts") == {"age": 29}


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        (Role.ADMINISTRATOR, set()),
        (Role.ANALYST, {"facts"}),
        (Role.AUDITOR, set()),
        (Role.COORDINATOR, {"facts", "name"}),
        (Role.FIELD_RESEARCHER, set()),
        (Role.REVIEWER, {"facts", "name"}),
    ],
)
def test_a_role_opens_what_it_is_granted_and_no_permission_opens_more(
    house, coordinator, person, no_checks, role, opens
):
    who = make.member(house, coordinator, "Persona Inventada", role)
    with who.work() as work:
        known = work.get(Person, person.id)
        found = {
            column
            for column in ("facts", "name")
            if not isinstance(work.vault.view(known, column), Unreadable)
        }
    assert found == opens


def test_a_role_written_into_the_database_gives_a_permission_and_no_key(house, coordinator, person):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    with make.behind(house) as data:
        data.execute(update(User.__table__).where(User.id == insider.id).values(roles=["coordinator"]))
    with insider.work() as work:
        assert work.actor.may(Permission.IDENTITY_OPEN)
        with pytest.raises(NoKey):
            work.read(work.get(Person, person.id), "name")
        assert {found.where for found in work.breaks()} == {f"user/{insider.id}"}


def test_a_coordinator_by_the_database_alone_confirms_nobody_into_a_key(house, coordinator):
    insider = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    _user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    waiting = make.joined(house, "Elsa Inventada", link)
    with make.behind(house) as data:
        data.execute(update(User.__table__).where(User.id == insider.id).values(roles=["coordinator"]))
    with pytest.raises((NoKey, Tampered)):
        make.confirmed(house, insider, waiting)
    with pytest.raises(NoKey):
        house.keystore.open(waiting.ring, store.compartment_id(FACTS))


def test_a_key_wrapped_for_a_generation_that_was_renewed_meanwhile_is_not_stored(house, coordinator):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with pytest.raises(Conflict), coordinator.work() as work:  # noqa: PT012  its commit is refused
        make.person(work)
        rotation.remove(house.keystore, coordinator.ring, leaving.id)


def test_who_is_confirmed_while_a_rewrapping_waits_opens_everything(house, coordinator, person, monkeypatch):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)

    def cut(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(rotation, "rewrap", cut)
    with pytest.raises(KeyboardInterrupt):
        make.removed(house, coordinator, leaving)
    monkeypatch.undo()
    new = make.member(house, coordinator, "Carla Inventada", Role.COORDINATOR)
    assert opened(house, new.ring, person) == make.CANARY_NAME
    assert members.finish_removals(house, new.ring, new.id) > 0
    assert opened(house, new.ring, person) == make.CANARY_NAME
    assert opened(house, coordinator.ring, person) == make.CANARY_NAME
