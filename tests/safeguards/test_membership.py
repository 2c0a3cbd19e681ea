"""Keys follow the people: what a change of role, a removal or a new key must not break or leave behind."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import select, update

from crypto.errors import Tampered
from crypto.escrow import split
from incidents import accounts, founding, members
from incidents.errors import AlreadySetUp, Conflict, NoKey, TrailBroken, WrongSignIn
from incidents.intake import report
from incidents.model.account import User
from incidents.model.base import Compartment
from incidents.model.people import Person
from incidents.model.vocabulary import AccountState, Role
from incidents.safeguards import rotation
from incidents.safeguards.keystore import compartment_id
from incidents.safeguards.keytables import grant, principal
from incidents.work import Ring, Unreadable, Vault, keys
from tests import make


def opened(house, ring, record, column="name"):
    return Vault(house.keystore, ring).view(record, column)


def test_members_enrolled_by_a_coordinator_go_on_when_that_coordinator_becomes_a_reviewer(house, coordinator):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    reviewer = make.member(house, second, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
    with coordinator.work() as work:
        members.set_roles(work, work.get(User, second.id), [Role.REVIEWER])
    assert opened(house, reviewer.ring, person) == make.CANARY_NAME
    with reviewer.work() as work:
        make.person(work)
    with coordinator.work() as work:
        assert list(work.breaks()) == []


def test_the_instance_goes_on_when_its_founder_becomes_a_reviewer(house, coordinator):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
    with second.work() as work:
        members.set_roles(work, work.get(User, coordinator.id), [Role.REVIEWER])
    for who in (coordinator, second, reviewer):
        assert opened(house, who.ring, person) == make.CANARY_NAME
    assert make.member(house, second, "Nora Inventada", Role.ANALYST)
    with second.work() as work:
        assert list(work.breaks()) == []


def test_who_is_no_coordinator_any_more_enrols_nobody(house, coordinator):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    third = make.member(house, coordinator, "Carla Inventada", Role.COORDINATOR)
    with third.work() as work:
        members.set_roles(work, work.get(User, coordinator.id), [Role.FIELD_RESEARCHER])
        members.set_roles(work, work.get(User, second.id), [Role.FIELD_RESEARCHER])
    user, link = make.invited(house, third, "Elsa Inventada", Role.ANALYST)
    waiting = make.joined(house, "Elsa Inventada", link)
    for former in (coordinator, second):
        keys.enrol_member(house.keystore, former.ring, user.id, enrols=False)
        with pytest.raises(Tampered):
            house.keystore.holder(waiting.id)


def test_roles_that_are_lowered_while_the_member_is_disabled_take_the_keys(house, coordinator):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
    with coordinator.work() as work:
        members.disable(work, work.get(User, reviewer.id))
    with coordinator.work() as work:
        members.set_roles(work, work.get(User, reviewer.id), [Role.FIELD_RESEARCHER])
    with coordinator.work() as work:
        members.enable(work, work.get(User, reviewer.id))
    assert opened(house, reviewer.ring, person) == Unreadable("no-key")


def test_roles_that_are_raised_while_the_member_is_disabled_give_the_keys_when_enabled(house, coordinator):
    analyst = make.member(house, coordinator, "Alan Invented", Role.ANALYST)
    with coordinator.work() as work:
        person = make.person(work)
    with coordinator.work() as work:
        members.disable(work, work.get(User, analyst.id))
    with coordinator.work() as work:
        members.set_roles(work, work.get(User, analyst.id), [Role.REVIEWER])
    with coordinator.work() as work:
        members.enable(work, work.get(User, analyst.id))
    assert opened(house, analyst.ring, person) == make.CANARY_NAME


def test_who_joined_and_was_never_confirmed_waits_again_after_being_disabled(house, coordinator):
    user, link = make.invited(house, coordinator, "Elsa Inventada", Role.REVIEWER)
    make.joined(house, "Elsa Inventada", link)
    with coordinator.work() as work:
        members.disable(work, work.get(User, user.id))
    with coordinator.work() as work:
        members.enable(work, work.get(User, user.id))
        assert work.get(User, user.id).state == AccountState.WAITING


def test_a_new_key_that_nobody_compared_does_not_become_active_by_disabling_and_enabling(house, coordinator):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        link = members.renew(work, work.get(User, reviewer.id))
    again = make.joined(house, "Rita Inventada", link)
    with coordinator.work() as work:
        members.disable(work, work.get(User, reviewer.id))
    with coordinator.work() as work:
        members.enable(work, work.get(User, reviewer.id))
    assert again.user.state == AccountState.WAITING
    with pytest.raises(NoKey):
        house.keystore.open(again.ring, compartment_id(Compartment.FACTS))


def test_a_member_who_starts_again_does_not_hold_up_the_removal_of_another(house, coordinator):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    forgetful = make.member(house, coordinator, "Olga Inventada", Role.REVIEWER)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
        link = members.renew(work, work.get(User, forgetful.id))
    again = make.joined(house, "Olga Inventada", link)
    make.removed(house, coordinator, leaving)
    assert opened(house, leaving.ring, person) == Unreadable("no-key")
    make.confirmed(house, second, again)
    assert opened(house, again.ring, person) == make.CANARY_NAME


def test_a_member_with_a_second_factor_signs_in_after_starting_again(house, coordinator):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    house.sessions.put_totp(reviewer.ring, "JBSWY3DPEHPK3PXP")
    with coordinator.work() as work:
        link = members.renew(work, work.get(User, reviewer.id))
    again = make.joined(house, "Rita Inventada", link, "otra frase larga de paso")
    make.confirmed(house, coordinator, again)
    begun = accounts.sign_in(house, "Rita Inventada", "otra frase larga de paso")
    assert not begun.pending


def test_what_was_put_aside_under_a_forgotten_key_is_not_there_under_the_new_one(house, coordinator):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    assert accounts.shown_shares(house, coordinator.ring)
    with second.work() as work:
        link = members.renew(work, work.get(User, coordinator.id))
    again = make.joined(house, make.FOUNDER, link)
    assert accounts.shown_shares(house, again.ring) == []


def test_the_forgotten_key_opens_until_the_new_one_was_used_and_then_opens_nothing(house, coordinator):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
        link = members.renew(work, work.get(User, reviewer.id))
    again = make.joined(house, "Rita Inventada", link)
    make.confirmed(house, coordinator, again)
    assert opened(house, reviewer.ring, person) == make.CANARY_NAME
    accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    assert opened(house, reviewer.ring, person) == Unreadable("no-key")
    assert opened(house, again.ring, person) == make.CANARY_NAME


def test_a_founder_whose_removal_was_cut_is_no_anchor_when_it_is_finished(house, coordinator, monkeypatch):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    make.member(house, coordinator, "Carla Inventada", Role.COORDINATOR)
    founder = keys.fingerprint(coordinator.own.public)
    anchors = house.keystore.set_anchors

    def only_adds(fingerprints):
        if founder not in fingerprints:
            raise KeyboardInterrupt
        anchors(fingerprints)

    monkeypatch.setattr(house.keystore, "set_anchors", only_adds)
    with pytest.raises(KeyboardInterrupt):
        make.removed(house, second, coordinator)
    monkeypatch.undo()
    members.finish_removals(house, second.ring, second.id)
    assert founder not in house.keystore.anchors
    with second.work() as work:
        assert list(work.breaks()) == []


@pytest.mark.parametrize("step", ["_renewal", "_inherited", "rewrap"])
def test_a_removal_that_is_cut_is_finished_at_the_next_sign_in_of_a_coordinator(
    house, coordinator, monkeypatch, step
):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)

    def cut(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(rotation, step, cut)
    with pytest.raises(KeyboardInterrupt):
        make.removed(house, coordinator, leaving)
    monkeypatch.undo()
    assert accounts.admit(house, leaving.token) is None
    members.finish_removals(house, second.ring, second.id)
    assert opened(house, leaving.ring, person) == Unreadable("no-key")
    assert opened(house, second.ring, person) == make.CANARY_NAME
    assert rotation.pending(house.keystore) == []
    assert members.finish_removals(house, second.ring, second.id) == 0


def test_the_next_rotation_grants_nothing_to_a_grant_that_somebody_wrote_into_the_file(house, coordinator):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    insider = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    facts = compartment_id(Compartment.FACTS)
    genuine = house.keystore.read(
        select(grant).where(grant.c.what == facts, grant.c.holder == coordinator.id)
    )[0]
    with house.keystore.step() as step:
        step.execute(grant.insert().values(**{**genuine._mapping, "holder": insider.id}))
    make.removed(house, coordinator, leaving)
    with pytest.raises(NoKey):
        house.keystore.open(insider.ring, facts)


def test_a_removed_member_who_writes_into_the_file_is_granted_nothing_by_the_next_rotation(
    house, coordinator
):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    gone = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    leaving = make.member(house, coordinator, "Olga Inventada", Role.REVIEWER)
    make.removed(house, coordinator, gone)
    facts = compartment_id(Compartment.FACTS)
    genuine = house.keystore.read(
        select(grant).where(grant.c.what == facts, grant.c.holder == coordinator.id)
    )[0]
    with house.keystore.step() as step:
        step.execute(update(principal).where(principal.c.id == gone.id).values(removed_at=None))
        step.execute(grant.insert().values(**{**genuine._mapping, "holder": gone.id}))
    make.removed(house, coordinator, leaving)
    with pytest.raises(NoKey):
        house.keystore.open(gone.ring, facts)


def test_a_waiting_member_whose_roles_were_changed_in_the_file_is_not_confirmed(house, coordinator):
    user, link = make.invited(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    waiting = make.joined(house, "Fidel Inventado", link)
    with make.behind(house) as data:
        data.execute(update(User.__table__).where(User.id == user.id).values(roles=["coordinator"]))
    with pytest.raises(TrailBroken), coordinator.work() as work:
        members.confirm(work, work.get(User, waiting.id))
    with pytest.raises(NoKey):
        house.keystore.open(waiting.ring, compartment_id(Compartment.FACTS))


def test_escrow_grants_every_key_to_an_enrolled_member_again(house, coordinator, template):
    reviewer = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
    house.keystore.revoke(reviewer.id)
    assert opened(house, reviewer.ring, person) == Unreadable("no-key")
    keys.from_escrow(house.keystore, template.founded.shares[1:], reviewer.id)
    assert opened(house, reviewer.ring, person) == make.CANARY_NAME


def test_escrow_still_opens_after_rotations(house, coordinator, template):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    with coordinator.work() as work:
        person = make.person(work)
    make.removed(house, second, coordinator)
    house.keystore.revoke(second.id)
    keys.from_escrow(house.keystore, template.founded.shares[:2], second.id)
    assert opened(house, second.ring, person) == make.CANARY_NAME


def test_too_few_shares_and_the_shares_of_another_instance_grant_nothing(house, coordinator, template):
    with pytest.raises(NoKey):
        keys.from_escrow(house.keystore, template.founded.shares[:1], coordinator.id)
    other = split(bytes(32), 2, 3)
    with pytest.raises(NoKey):
        keys.from_escrow(house.keystore, other[:2], coordinator.id)


def test_a_new_key_version_is_made_at_the_first_write_after_a_rotation(house, coordinator):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
    with leaving.work() as work:
        vault, known = work.vault, work.get(Person, person.id)
        assert work.read(known, "name") == make.CANARY_NAME
        stolen = dict(vault._keys)
    make.removed(house, coordinator, leaving)
    with coordinator.work() as work:
        known = work.get(Person, person.id)
        work.seal(known, name="Xiomara con otro nombre")
        work.note("person.changed", known)
    versions = {wrap.version for wrap in house.keystore.keys([person.id])[person.id, "identity"]}
    assert versions == {1, 2}
    assert (person.id.int, "identity", 2) not in stolen
    with coordinator.work() as work:
        known = work.get(Person, person.id)
        assert work.read(known, "name") == "Xiomara con otro nombre"
        assert work.read(known, "phone") == make.CANARY_PHONE


def test_a_rotation_touches_no_row_of_the_data(house, coordinator):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
    with make.behind(house) as data:
        before = data.execute(select(Person.__table__)).all()
    make.removed(house, coordinator, leaving)
    with make.behind(house) as data:
        assert data.execute(select(Person.__table__)).all() == before
    assert opened(house, coordinator.ring, person) == make.CANARY_NAME


def test_a_researcher_reads_what_they_sent_and_not_what_another_sent(house, coordinator):
    one = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    other = make.member(house, coordinator, "Greta Inventada", Role.FIELD_RESEARCHER)
    with one.work() as work:
        sent = report.send(work, make.report_document(), "page")
    with one.work() as work:
        assert report.read_own(work, sent.id).document["narrative"] == make.CANARY_NARRATIVE
    with one.work() as work:
        parts = report.parts_of(work, [sent])[sent.id]
    for part in parts:
        assert opened(house, one.ring, part, "content")
        assert opened(house, other.ring, part, "content") == Unreadable("no-key")


def test_a_removed_researcher_does_not_read_what_they_sent(house, coordinator):
    one = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    with one.work() as work:
        sent = report.send(work, make.report_document(), "page")
        parts = report.parts_of(work, [sent])[sent.id] or [r for r in work.db.new if hasattr(r, "report_id")]
    make.removed(house, coordinator, one)
    assert {opened(house, one.ring, part, "content") for part in parts} == {Unreadable("no-key")}
    with coordinator.work() as work:
        assert report.read(work, sent.id).document["narrative"] == make.CANARY_NARRATIVE


def test_an_instance_is_founded_once(house):
    with pytest.raises(AlreadySetUp):
        founding.found(house, "Otra", "Otra Persona", make.PASSPHRASE)


def test_a_removed_member_signs_in_no_more_and_the_old_session_is_nothing(house, coordinator):
    leaving = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    token = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE).token
    assert accounts.admit(house, token)
    make.removed(house, coordinator, leaving)
    assert accounts.admit(house, token) is None
    assert house.sessions.find(token) is None
    with pytest.raises(WrongSignIn):
        accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE)
    with pytest.raises(WrongSignIn):
        accounts.recover(house, "Rita Inventada", leaving.recovery, "otra frase larga de paso")


def _rows(house, table, **where):
    with sqlite3.connect(house.keystore.path) as file:
        file.row_factory = sqlite3.Row
        query = f'SELECT * FROM "{table}" WHERE ' + " AND ".join(f"{name} = ?" for name in where)
        return [dict(row) for row in file.execute(query, list(where.values()))]


def _put_back(house, table, rows):
    with sqlite3.connect(house.keystore.path) as file:
        for row in rows:
            names = ", ".join(row)
            file.execute(
                f'INSERT OR REPLACE INTO "{table}" ({names}) VALUES ({", ".join("?" * len(row))})',
                list(row.values()),
            )


def test_the_old_grants_of_a_removed_member_put_back_into_the_file_open_nothing(house, coordinator):
    make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    gone = make.member(house, coordinator, "Rita Inventada", Role.REVIEWER)
    with coordinator.work() as work:
        person = make.person(work)
    token = accounts.sign_in(house, "Rita Inventada", make.PASSPHRASE).token
    ring = gone.ring
    assert opened(house, ring, person) == make.CANARY_NAME
    kept = {
        table: _rows(house, table, **{column: gone.id.hex})
        for table, column in (
            ("grant", "holder"),
            ("session", "user"),
            ("lock", "principal"),
            ("principal", "id"),
        )
    }
    assert all(kept.values())
    make.removed(house, coordinator, gone)
    with coordinator.work() as work:
        later = make.person(work)
    for table, rows in kept.items():
        _put_back(house, table, rows)
    found = house.sessions.find(token)  # the file says so; the account does not
    assert found is None or accounts.admit(house, token) is None
    for one in (person, later):
        assert opened(house, gone.ring, one) == Unreadable("no-key")
        assert opened(house, Ring(gone.own, 1, dict(ring.opened)), one) == Unreadable("no-key")


def test_two_coordinators_who_remove_at_once_end_with_both_members_out(house, instance, coordinator):
    second = make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR)
    leaving = [make.member(house, coordinator, f"Rita Inventada {n}", Role.REVIEWER) for n in range(2)]
    with coordinator.work() as work:
        person = make.person(work)
    start = threading.Barrier(2)

    def one(by, who):
        with instance.app.app_context():
            with by.work() as work:
                members.remove(work, work.get(User, who.id))
            start.wait()
            with suppress(Conflict):
                members.finish_removals(house, by.ring, by.id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, (coordinator, second), leaving))
    house.db().expire_all()
    members.finish_removals(
        house, coordinator.ring, coordinator.id
    )  # at the next sign-in, where one lost the race
    assert rotation.pending(house.keystore) == []
    for gone in leaving:
        assert opened(house, gone.ring, person) == Unreadable("no-key")
    for staying in (coordinator, second):
        assert opened(house, staying.ring, person) == make.CANARY_NAME
    with second.work() as work:
        assert list(work.breaks()) == []
