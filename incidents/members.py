"""Who works here: invite, confirm, change roles, disable, remove. Each step a coordinator's, fresh and noted."""

import secrets
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from incidents import accounts, jobs, tokens
from incidents.errors import AccountState as WrongState
from incidents.errors import (
    LastKeyHolder,
    NameTaken,
    SecondCoordinatorNeeded,
    SecondPersonNeeded,
    TrailBroken,
)
from incidents.model.account import User
from incidents.model.audit import AuditBlock, AuditEntry
from incidents.model.vocabulary import AccountState, Role
from incidents.work import Actor, Compartment, House, Permission, Ring, Work, begin, keys, keys_of, rotation

LINK_DAYS = 7
# Who keeps their grants at a rotation; those who wait, wait with a new key beside an old one.
KEEPING = (AccountState.ACTIVE, AccountState.DISABLED, AccountState.WAITING)
ENOUGH = 2  # no content hangs on one person


@dataclass(frozen=True)
class Member:
    """A line of the members' page."""

    user: User
    fingerprint: str
    holds: frozenset[Compartment]
    second_factor: bool


def invite(work: Work, name: str, roles: list[Role], language: str = "en") -> tuple[User, str]:
    """A new account, and the one-time link token that its person opens."""
    work.actor.must(Permission.MEMBER_INVITE)
    sign_in = accounts.sign_in_name(name)
    if work.db.scalars(select(User.id).where(User.sign_in == sign_in)).first():
        raise NameTaken
    user = User(
        name=name.strip(),
        sign_in=sign_in,
        roles=sorted(role.value for role in roles),
        state=AccountState.INVITED,
        language=language,
        invited_by=work.actor.id,
    )
    token = _new_link(work, user)
    work.add(user)
    work.note("member.invited", user, roles=user.roles)
    return user, token


def _new_link(work: Work, user: User) -> str:
    token = secrets.token_urlsafe(24)
    user.link = keys.link_digest(token)
    user.link_until = work.today + timedelta(days=LINK_DAYS)
    return token


def renew(work: Work, user: User) -> str:
    """A forgotten passphrase without its recovery code: a new link, a new key pair, granted again by a colleague."""
    work.actor.must(Permission.MEMBER_GRANT)
    work.must_be_fresh()
    if user.state not in (AccountState.ACTIVE, AccountState.WAITING, AccountState.INVITED):
        raise WrongState
    if user.id == work.actor.id:
        raise SecondPersonNeeded
    token = _new_link(work, user)
    tokens.end_all(work, user.id)
    work.note("member.renewed", user, again=user.joined_on is not None)
    return token


def fingerprint(work: Work, user: User) -> str:
    """What the two of them compare before a key is granted; empty before the person joined."""
    if user.joined_on is None:
        return ""
    return keys.fingerprint(keys.newest(work.vault.keystore, user.id)[0])


def confirm(work: Work, user: User) -> None:
    """Sign the member's key into the chain and grant what the roles need."""
    work.actor.must(Permission.MEMBER_GRANT)
    work.must_be_fresh()
    if user.state != AccountState.WAITING:
        raise WrongState
    if user.id == work.actor.id:
        raise SecondPersonNeeded
    if not may_confirm(work, user):
        raise SecondCoordinatorNeeded
    work.vouched([user])  # roles that were written into the database give no key
    user.state = AccountState.ACTIVE
    work.note("member.confirmed", user, roles=user.roles)
    _enrol_and_grant(work, user)


def may_confirm(work: Work, user: User) -> bool:
    """Not who made the new link of somebody known, where another coordinator can: two people would be one."""
    others = work.db.scalars(
        select(User).where(User.state == AccountState.ACTIVE, User.id.not_in([work.actor.id, user.id]))
    )
    if not any(other.holds(Role.COORDINATOR) for other in others):
        return True
    renewals = (
        select(AuditBlock.actor, AuditEntry.detail)
        .join(AuditEntry, AuditEntry.block == AuditBlock.number)
        .where(AuditEntry.about_id == user.id, AuditEntry.event == "member.renewed")
        .order_by(AuditBlock.number.desc())
    )
    last = work.db.execute(renewals.limit(1)).first()
    return last is None or not last.detail.get("again") or last.actor != work.actor.id


def _enrol_and_grant(work: Work, user: User) -> None:
    ring = _ring(work)
    store = work.vault.keystore
    holder = keys.enrol_member(store, ring, user.id, enrols=user.holds(Role.COORDINATOR))
    keys.set_grants(store, ring, holder, keys_of(user.roles))


def set_roles(work: Work, user: User, roles: list[Role]) -> None:
    """Other roles. More keys are granted; fewer means removal from those compartments, with rotation."""
    work.actor.must(Permission.MEMBER_GRANT)
    work.must_be_fresh()
    if user.id == work.actor.id:
        raise SecondPersonNeeded
    work.vouched([user])
    wanted = sorted(role.value for role in roles)
    fewer = keys_of(user.roles) - keys_of(wanted)
    _leaves_enough(work, user, fewer)
    should, store, coordinated = _should_hold(work), work.vault.keystore, user.holds(Role.COORDINATOR)
    user.roles = wanted
    work.note("member.roles", user, roles=wanted)
    if coordinated and not user.holds(Role.COORDINATOR):
        rotation.take_over(store, _ring(work), user.id)
    if user.state == AccountState.ACTIVE:
        _enrol_and_grant(work, user)
    for compartment in sorted(fewer):
        if user.id in store.holders_of(keys.compartment_id(compartment)):
            rotation.renew(store, _ring(work), compartment, without=user.id, should=should)
        else:  # never held, or taken away by a change that was cut before its data keys were rewrapped
            rotation.rewrap(store, _ring(work), compartment)


def _should_hold(work: Work) -> rotation.Holding:
    """Who should hold which compartment, by the accounts that the trail vouches for."""
    users = _vouched(work, work.db.scalars(select(User).where(User.state.in_(KEEPING))))
    return {c: {user.id for user in users if c in keys_of(user.roles)} for c in Compartment}


def _vouched(work: Work, users: Iterable[User]) -> list[User]:
    """Those whose rows are what was signed. One that was altered stops nobody's removal; `audit verify` names it."""
    found = []
    for user in users:
        with suppress(TrailBroken):
            work.vouched([user])
            found.append(user)
    return found


def disable(work: Work, user: User) -> None:
    """Ends every session at once; the keys stay. For a lost phone, until it is clear."""
    work.actor.must(Permission.MEMBER_GRANT)
    work.must_be_fresh()
    if user.id == work.actor.id:
        raise SecondPersonNeeded
    if user.state not in (AccountState.ACTIVE, AccountState.WAITING, AccountState.INVITED):
        raise WrongState
    user.state = AccountState.DISABLED
    work.note("member.disabled", user)
    tokens.end_all(work, user.id)
    work.house.sessions.end_all(user.id)


def enable(work: Work, user: User) -> None:
    work.actor.must(Permission.MEMBER_GRANT)
    work.must_be_fresh()
    if user.state != AccountState.DISABLED:
        raise WrongState
    work.vouched([user])
    user.state = _state_before(work, user)
    work.note("member.enabled", user)
    if user.state == AccountState.ACTIVE:
        _enrol_and_grant(work, user)  # the roles may have changed meanwhile


def _state_before(work: Work, user: User) -> AccountState:
    """A key that nobody confirmed does not become active by a detour."""
    if user.joined_on is None:
        return AccountState.INVITED
    return AccountState.ACTIVE if keys.is_confirmed(work.vault.keystore, user.id) else AccountState.WAITING


def remove(work: Work, user: User) -> None:
    """For good. First the note and the state; then `finish_removals` shuts the door and rewraps."""
    work.actor.must(Permission.MEMBER_GRANT)
    work.must_be_fresh()
    if user.id == work.actor.id:
        raise SecondPersonNeeded
    if user.state == AccountState.REMOVED:
        raise WrongState
    _leaves_enough(work, user, keys_of(user.roles))
    user.state, user.link = AccountState.REMOVED, None
    work.stop(user)
    tokens.end_all(work, user.id)
    work.note("member.removed", user)
    jobs.cancel_all(work, user.id)
    work.house.sessions.end_all(user.id)


def _leaves_enough(work: Work, user: User, compartments: frozenset[Compartment]) -> None:
    for compartment in compartments:
        if not set(who_can_open(work)[compartment]) - {user.id}:
            raise LastKeyHolder


def finish_removals(house: House, ring: Ring, actor_id: UUID) -> int:
    """What a removal still needs, whoever began it: new seeds, rewrapped keys. How many data keys were rewrapped.

    Runs after the removal's own commit, and again at each coordinator's sign-in: cut anywhere, it goes on.
    """
    store, work = house.keystore, house.work(Actor(actor_id), ring)
    gone = work.db.scalars(select(User).where(User.state == AccountState.REMOVED)).all()
    former = [user.id for user in _vouched(work, work.db.scalars(select(User))) if not _enrols(user)]
    should = _should_hold(work)
    work.drop()
    unfinished = [user for user in gone if not keys.is_removed(store, user.id)]
    for user in unfinished:
        rotation.remove(store, ring, user.id, should)
    rotation.drop_anchors(store, former)
    done = sum(rotation.rewrap(store, ring, compartment) for compartment in rotation.pending(store))
    if unfinished or done:
        coordinator = house.db().get_one(User, actor_id)
        with begin(house, accounts.actor_of(coordinator), ring) as work:
            work.note("removal.finished", count=done, members=len(unfinished))
    return done


def _enrols(user: User) -> bool:
    return user.state != AccountState.REMOVED and user.holds(Role.COORDINATOR)


def members(work: Work) -> list[Member]:
    work.actor.must(Permission.MEMBER_LIST)
    holding = who_can_open(work)
    users = work.db.scalars(select(User).order_by(User.sign_in)).all()
    protected = work.house.sessions.with_second_factor()
    return [
        Member(
            user,
            fingerprint(work, user),
            frozenset(c for c, who in holding.items() if user.id in who),
            user.id in protected,
        )
        for user in users
    ]


def how_many(work: Work, state: AccountState) -> int:
    """How many accounts are in this state."""
    work.actor.must(Permission.MEMBER_LIST)
    return work.db.scalar(select(func.count()).select_from(User).where(User.state == state)) or 0


def names(work: Work) -> dict[UUID, str]:
    """Who is meant by an id: for pages that say who did what."""
    return {user.id: user.name for user in work.db.scalars(select(User))}


def who_can_open(work: Work) -> dict[Compartment, list[UUID]]:
    """For each compartment the active members who hold its newest key."""
    active = set(work.db.scalars(select(User.id).where(User.state == AccountState.ACTIVE)))
    store = work.vault.keystore
    return {c: [id for id in store.holders_of(keys.compartment_id(c)) if id in active] for c in Compartment}


def too_few(work: Work) -> dict[Compartment, int]:
    """Compartments that fewer than two people can open."""
    count = Counter({c: len(who) for c, who in who_can_open(work).items()})
    return {c: count[c] for c in Compartment if count[c] < ENOUGH}


def _ring(work: Work) -> Ring:
    ring = work.vault.ring
    assert ring is not None  # noqa: S101  a permission was held, so somebody is signed in
    return ring
