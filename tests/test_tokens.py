"""A token for a program: what it may, what it opens, what of it is kept, and everything that ends it."""

import re
import zlib
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from crypto.errors import Tampered
from incidents import accounts, consent, erasure, jobs, members, search, tokens, trail
from incidents.app import register_jobs
from incidents.errors import (
    FreshSignInNeeded,
    InvalidInput,
    NoKey,
    NotAllowed,
    NotByToken,
    NotFound,
    NotInScope,
    TrailBroken,
)
from incidents.intake import importers, report, take_in
from incidents.model.account import User
from incidents.model.audit import AuditBlock, AuditEntry
from incidents.model.base import Compartment, db
from incidents.model.consent import Basis
from incidents.model.erasure import ErasureProposal
from incidents.model.job import Job
from incidents.model.token import Token
from incidents.model.vocabulary import JobState, Role
from incidents.safeguards.access import GRANTS, NOT_BY_TOKEN, Permission
from incidents.safeguards.keytables import grant, lock, principal, token_kind
from incidents.work import Actor, Unreadable, begin, rotation, token_keys
from tests import make
from tests.api.test_road import MAPPING, TABLE

READS = ["incident:read", "report:take-in"]
ALL_KEYS = [each.value for each in Compartment]


def made(member, permissions=READS, compartments=ALL_KEYS, **more):
    with member.work() as work:
        return tokens.make(work, "An invented script", permissions, compartments, **more)


def acting(house, secret):
    """A Work of this token, as a request has one; none where it opens nothing."""
    found = tokens.admit(house, secret)
    if found is None:
        return None
    user, entered = found
    actor = Actor(user.id, tuple(user.roles), entered.fresh, entered.by, entered.scope)
    return begin(house, actor, entered.ring)


@pytest.fixture(autouse=True, scope="module")
def _registered():
    register_jobs()


@pytest.fixture
def reviewer(house, coordinator):
    return make.member(house, coordinator, "Remedios Inventada", Role.REVIEWER)


def told(member):
    with member.work() as work:
        return report.send(work, make.report_document(), "page").id


def breaks(coordinator):
    with coordinator.work() as work:
        return list(trail.verify(work))


# -- its shape


def test_a_scanner_finds_it_and_a_slip_is_noticed(house, reviewer):
    secret = made(reviewer).secret
    assert re.fullmatch(r"amp_[0-9A-Za-z]{71}", secret)
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    check = sum(signs.index(sign) * 62**place for place, sign in enumerate(reversed(secret[-6:])))
    assert check == zlib.crc32(secret[:-6].encode())  # by the recipe in the docs, not by our own code
    for place in range(4, len(secret)):
        slip = secret[:place] + ("a" if secret[place] != "a" else "b") + secret[place + 1 :]
        assert token_keys.read(slip) is None
    assert token_keys.read(secret[:-1]) is None


def test_nothing_that_is_kept_holds_the_secret_or_the_seed(house, reviewer, instance):
    made_ = made(reviewer)
    _id, secret = token_keys.read(made_.secret)
    with acting(house, made_.secret) as work:
        seed = work.vault.ring.own.seed
    lying = b"".join(path.read_bytes() for path in instance.folder.rglob("*") if path.is_file())
    for held in (secret, seed, made_.secret.encode(), made_.secret[4:].encode(), secret.hex().encode()):
        assert held not in lying


# -- what it may


def test_it_is_made_in_person_with_the_passphrase_given_just_now(house, reviewer):
    with pytest.raises(FreshSignInNeeded), reviewer.work(fresh=False) as work:
        tokens.make(work, "A script", READS)
    secret = made(reviewer, ["account:own", *READS]).secret
    with pytest.raises(NotByToken), acting(house, secret) as work:
        tokens.make(work, "Another one", READS)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"permissions": []}, "permissions"),
        ({"permissions": ["release:prepare"]}, "permissions"),  # not a reviewer's
        ({"permissions": ["identity:open"]}, "permissions"),  # theirs, but a person's matter
        ({"permissions": ["no:such"]}, "permissions"),
        ({"compartments": ["no-such"]}, "compartments"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
    ],
)
def test_what_it_cannot_carry_is_said_by_field(reviewer, given, field):
    usual = {"name": "A script", "permissions": READS, "compartments": ["facts"], "days": 30}
    with pytest.raises(InvalidInput) as problem, reviewer.work() as work:
        tokens.make(work, **{**usual, **given})
    assert list(problem.value.fields) == [field]


def test_nobody_gives_away_a_key_that_they_do_not_hold(house, coordinator):
    analyst = make.member(house, coordinator, "Anselmo Inventado", Role.ANALYST)
    with pytest.raises(InvalidInput), analyst.work() as work:
        tokens.make(work, "A script", ["release:prepare"], ["identity"])


def test_it_may_what_its_scope_says_and_of_that_what_the_member_may():
    everything = frozenset(permission.value for permission in Permission)
    for role, permissions in GRANTS.items():
        actor = Actor(uuid4(), (role.value,), fresh=False, token=uuid4(), scope=everything)
        assert {each for each in Permission if actor.may(each)} == permissions - NOT_BY_TOKEN
        for permission in Permission:
            if permission in permissions & NOT_BY_TOKEN:
                with pytest.raises(NotByToken):
                    actor.must(permission)
            elif permission not in permissions:
                with pytest.raises(NotAllowed):
                    actor.must(permission)


def test_what_it_was_not_given_is_told_from_what_the_role_lacks(house, reviewer):
    secret = made(reviewer, ["incident:read"]).secret
    with acting(house, secret) as work:
        with pytest.raises(NotInScope):
            work.actor.must(Permission.REVIEW_DECIDE)
        with pytest.raises(NotAllowed):
            work.actor.must(Permission.RELEASE_SIGN)
        with pytest.raises(NotByToken):
            work.actor.must(Permission.IDENTITY_OPEN)
        with pytest.raises(NotByToken):
            work.must_be_fresh()


def test_it_says_no_second_yes(house, coordinator):
    basis, proposal = Basis(set_by=uuid4()), ErasureProposal(proposed_by=uuid4())
    with acting(house, made(coordinator, ["consent:record"]).secret) as work:
        with pytest.raises(NotByToken):
            consent.confirm_basis(work, basis)
        with pytest.raises(NotByToken):
            erasure.agree(work, proposal)


def test_it_opens_the_compartments_that_went_with_it_and_no_other(house, reviewer):
    id = told(reviewer)
    with reviewer.work() as work:
        incident = take_in.take_in(work, id).id
    for compartments, opens in (
        (["facts", "testimony"], {"facts", "narrative"}),
        (["facts"], {"facts"}),
        ([], set()),
    ):
        secret = made(reviewer, READS, compartments).secret
        with acting(house, secret) as work:
            found = search.incident(work, incident)
            seen = {column: work.read_all([found], column)[0] for column in ("facts", "narrative")}
        assert {name for name, value in seen.items() if not isinstance(value, Unreadable)} == opens


def test_what_it_cannot_open_it_does_not_seal_either(house, reviewer):
    """A key that nobody could open any more would lose what was written under it."""
    id = told(reviewer)
    secret = made(reviewer, READS, ["intake", "facts"]).secret
    with pytest.raises(NoKey), acting(house, secret) as work:
        take_in.take_in(work, id)


# -- who did it


def test_what_it_does_is_its_members_and_the_trail_knows_the_token(house, coordinator, reviewer):
    made_ = made(reviewer)
    id = told(reviewer)
    with acting(house, made_.secret) as work:
        take_in.take_in(work, id)
    with coordinator.work() as work:
        block = work.db.scalars(select(AuditBlock).order_by(AuditBlock.number.desc())).first()
        assert (block.actor, block.signer) == (reviewer.id, made_.row.kid)
        assert tokens.names(work)[block.signer] == "An invented script"
    assert breaks(coordinator) == []


def test_a_job_that_it_begins_is_done_under_its_keys(house, coordinator, reviewer):
    secret = made(reviewer, ["incident:read", "job:own"]).secret
    with acting(house, secret) as work:
        job = jobs.start(work, search.FIND, {}, {"words": "gasolinera"}).id
    assert jobs.run_waiting(house)
    with reviewer.work() as work:
        assert jobs.one(work, job).state == JobState.DONE
    assert breaks(coordinator) == []


def test_a_job_does_not_go_on_under_the_keys_of_a_token_that_ended(house, coordinator, reviewer):
    made_ = made(reviewer, ["incident:read", "job:own"])
    with acting(house, made_.secret) as work:
        job = jobs.start(work, search.FIND, {}, {"words": "gasolinera"}).id
    with reviewer.work() as work:
        tokens.end(work, made_.row.id)
    jobs.run_waiting(house)
    with reviewer.work() as work:
        assert jobs.one(work, job).state == JobState.NEEDS_OWNER
        assert jobs.lend_again(work) == 0  # nor, at the next sign-in, under those of its member
    assert not jobs.run_waiting(house)


def test_a_job_may_no_more_than_the_token_that_began_it(house, reviewer):
    """Its member may import; the token was made to read incidents and to begin long work."""
    secret = made(reviewer, ["incident:read", "job:own"]).secret
    with acting(house, secret) as work:
        job = jobs.start(work, importers.KIND, {}, importers.packed(TABLE.encode(), "t.csv", MAPPING)).id
    assert jobs.run_waiting(house)
    with reviewer.work() as work:
        row = jobs.one(work, job)
        assert (row.state, row.problem) == (JobState.FAILED, "not-in-scope")
        assert row.scope == ["incident:read", "job:own"]
    whole = made(reviewer, ["import:do", "job:own", "report:take-in", "consent:record"]).secret
    with acting(house, whole) as work:
        own = jobs.start(work, importers.KIND, {}, importers.packed(TABLE.encode(), "t.csv", MAPPING)).id
    assert jobs.run_waiting(house)
    with reviewer.work() as work:
        assert (jobs.one(work, own).state, jobs.one(work, own).problem) == (JobState.DONE, None)


def test_nobody_widens_a_job_in_the_database(house, coordinator, reviewer):
    secret = made(reviewer, ["incident:read", "job:own"]).secret
    with acting(house, secret) as work:
        job = jobs.start(work, importers.KIND, {}, importers.packed(TABLE.encode(), "t.csv", MAPPING)).id
    db.session.execute(update(Job).where(Job.id == job).values(token=None, scope=None))
    db.session.commit()
    assert not jobs.run_waiting(house)
    assert breaks(coordinator) != []


def test_what_a_token_began_stops_where_it_is_ended(house, reviewer, monkeypatch):
    """Ended by its member while the job runs: nothing is committed any more."""
    made_ = made(reviewer, ["incident:read", "job:own"])
    with acting(house, made_.secret) as work:
        job = jobs.start(work, search.FIND, {}, {"words": "gasolinera"}).id

    def ending(step):
        with reviewer.work() as work:
            tokens.end(work, made_.row.id)
        return {"found": []}

    kind = jobs.registry[search.FIND]
    monkeypatch.setitem(jobs.registry, search.FIND, jobs.Kind(kind.name, kind.compartments, ending))
    jobs.run_waiting(house)
    with reviewer.work() as work:
        assert jobs.one(work, job).state == JobState.NEEDS_OWNER


def test_a_report_that_it_sends_is_read_again_by_its_member(house, coordinator):
    researcher = make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER)
    secret = made(researcher, ["report:send", "report:read-own"], []).secret
    document, client = make.report_document(), uuid4()
    with acting(house, secret) as work:
        sent = report.send(work, document, "api", client).id
    with acting(house, secret) as work:
        assert report.send(work, document, "api", client).id == sent  # sent again: the same one
    with researcher.work() as work:
        own = report.own(work)
        assert [each.id for each in own] == [sent]
    with coordinator.work() as work:
        take_in.take_in(work, sent)
    assert breaks(coordinator) == []


# -- what ends it


def test_an_account_that_was_recovered_has_no_token_any_more(house, coordinator, reviewer):
    """Whoever had the passphrase may have made one."""
    other = made(coordinator).secret
    secret = made(reviewer).secret
    accounts.recover(house, reviewer.name, reviewer.recovery, "otra frase muy larga")
    assert acting(house, secret) is None
    assert acting(house, other) is not None
    with coordinator.work() as work:
        ended = [row for row in tokens.everybodys(work) if row.member == reviewer.id]
        assert [row.ended_by for row in ended] == [reviewer.id]
    assert breaks(coordinator) == []


def test_whoever_may_ends_it_at_once_and_nobody_else(house, coordinator, reviewer):
    administrator = make.member(house, coordinator, "Adán Inventado", Role.ADMINISTRATOR)
    analyst = make.member(house, coordinator, "Anselmo Inventado", Role.ANALYST)
    for who in (reviewer, coordinator, administrator):
        made_ = made(reviewer)
        with pytest.raises(NotFound), analyst.work() as work:
            tokens.end(work, made_.row.id)
        assert acting(house, made_.secret) is not None
        with who.work() as work:
            tokens.end(work, made_.row.id)
        assert acting(house, made_.secret) is None
        id = made_.row.id
        assert house.keystore.read(select(lock.c.method).where(lock.c.principal == id)) == []
        assert house.keystore.read(select(grant.c.what).where(grant.c.holder == id)) == []
    assert breaks(coordinator) == []


def test_a_row_that_was_put_back_does_not_revive_it(house, reviewer):
    made_ = made(reviewer)
    with reviewer.work() as work:
        tokens.end(work, made_.row.id)
    house.db().execute(update(Token).values(ended_at=None, ended_by=None))
    house.db().commit()
    assert acting(house, made_.secret) is None


@pytest.mark.parametrize(
    "altered",
    [
        {"permissions": sorted(each.value for each in Permission)},
        {"compartments": ["facts", "identity"]},
        {"until": "later"},
        {"member": "another"},
    ],
)
def test_a_row_that_was_altered_opens_nothing(house, coordinator, reviewer, altered):
    made_ = made(reviewer, ["incident:read"], ["facts"])
    values = {"later": made_.row.until + timedelta(days=300), "another": coordinator.id}
    given = {
        name: values.get(value, value) if isinstance(value, str) else value for name, value in altered.items()
    }
    house.db().execute(update(Token).values(**given))
    house.db().commit()
    assert acting(house, made_.secret) is None


def test_it_ends_on_its_day(house, reviewer):
    made_ = made(reviewer, days=1)
    now = house.now
    house.now = lambda: now() + timedelta(hours=23)
    assert acting(house, made_.secret) is not None
    house.now = lambda: now() + timedelta(hours=25)
    assert acting(house, made_.secret) is None


def test_it_ends_with_its_member(house, coordinator, reviewer):
    first, second = made(reviewer), made(coordinator)
    with coordinator.work() as work:
        members.disable(work, work.get(User, reviewer.id))
    assert acting(house, first.secret) is None
    assert acting(house, second.secret) is not None
    with coordinator.work() as work:
        members.enable(work, work.get(User, reviewer.id))
    assert acting(house, first.secret) is None  # ended is ended
    assert breaks(coordinator) == []


def test_it_ends_with_the_removal_and_with_a_new_key(house, coordinator, reviewer):
    first = made(reviewer)
    with coordinator.work() as work:
        members.renew(work, work.get(User, reviewer.id))
    assert acting(house, first.secret) is None
    second = made(reviewer)
    with coordinator.work() as work:
        members.remove(work, work.get(User, reviewer.id))
    assert acting(house, second.secret) is None
    members.finish_removals(house, coordinator.ring, coordinator.id)
    assert house.keystore.read(select(grant.c.what).where(grant.c.holder == second.row.id)) == []
    assert breaks(coordinator) == []


def test_a_change_of_role_takes_away_what_the_member_no_longer_may(house, coordinator, reviewer):
    made_ = made(reviewer, [*READS, "account:own"])
    with coordinator.work() as work:
        members.set_roles(work, work.get(User, reviewer.id), [Role.ANALYST])
    with acting(house, made_.secret) as work:
        assert [each.value for each in Permission if work.actor.may(each)] == ["account:own"]
        assert [each for each in Compartment if work.vault.holds(each)] == [Compartment.FACTS]
    assert breaks(coordinator) == []


def test_new_keys_and_new_grants_of_its_member_do_not_reach_it(house, coordinator, reviewer):
    made_ = made(reviewer, READS, ["facts"])
    with acting(house, made_.secret) as work:
        assert [each.value for each in Compartment if work.vault.holds(each)] == ["facts"]
    rotation.renew(house.keystore, coordinator.ring, Compartment.FACTS, without=uuid4())
    with reviewer.work() as work:
        assert work.vault.holds(Compartment.FACTS)
    with acting(house, made_.secret) as work:
        assert not any(work.vault.holds(each) for each in Compartment)


def test_it_does_not_count_as_somebody_who_can_open(house, coordinator, reviewer):
    made(reviewer), made(coordinator)
    with coordinator.work() as work:
        assert {len(who) for who in members.who_can_open(work).values()} == {2}


def test_nobody_enrols_a_token_for_another(house, coordinator, reviewer):
    """A member's signature makes tokens of their own: one that claims another's is not in the chain."""
    made_ = made(reviewer)
    kind = token_kind(coordinator.id)
    with house.keystore.step() as step:
        step.execute(update(principal).where(principal.c.id == made_.row.id).values(kind=kind))
    with pytest.raises(Tampered):
        house.keystore.by_kid(made_.row.kid)


def test_a_block_that_was_signed_after_its_end_is_found(house, coordinator, reviewer):
    made_ = made(reviewer)
    found = tokens.admit(house, made_.secret)
    with coordinator.work() as work:
        tokens.end(work, made_.row.id)
    with begin(house, Actor(reviewer.id, (Role.REVIEWER.value,)), found[1].ring) as work:
        work.note("report.read")
    found = breaks(coordinator)
    assert [each.what for each in found] == ["the signature does not hold"]
    with coordinator.work() as work:
        last = work.db.scalars(select(AuditEntry).where(AuditEntry.event == "report.read")).one()
        with pytest.raises(TrailBroken):
            work.vouched_block(last.block)
