"""Signing in, and what a person does with their own account."""

import json
import time
import unicodedata
from dataclasses import dataclass, field
from uuid import UUID

import pyotp
from sqlalchemy import select

from incidents import tokens
from incidents.errors import (
    AccountState as WrongState,
)
from incidents.errors import (
    Conflict,
    InvalidInput,
    LinkNotValid,
    RecoveryNotConfirmed,
    SignInNeeded,
    WeakPassphrase,
    WrongSignIn,
    _,
)
from incidents.model import clock
from incidents.model.account import User
from incidents.model.vocabulary import AccountState
from incidents.work import Actor, House, Ring, SignedIn, Work, begin, keys

MIN_PASSPHRASE = 12
LONGEST = 1000  # characters of a name, a passphrase or a code
CONFIRMED_WORDS = 2  # of the recovery code, asked back before it is forgotten here


@dataclass(frozen=True)
class SignIn:
    """A session that began. Pending: the second factor is still to come."""

    token: bytes = field(repr=False)
    pending: bool
    user: UUID


def sign_in_name(name: str) -> str:
    """Names are compared without case, accents' spelling and outer spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def check_passphrase(passphrase: str) -> None:
    """Length, and more than a few different signs: the lock itself makes guessing slow."""
    if len(passphrase) > LONGEST:
        raise InvalidInput({"passphrase": [_("This is longer than can be kept here.")]})
    plain = unicodedata.normalize("NFKC", passphrase).strip()
    if len(plain) < MIN_PASSPHRASE or len(set(plain)) < 6:
        raise WeakPassphrase


def by_name(house: House, name: str) -> User | None:
    return house.db().scalars(select(User).where(User.sign_in == sign_in_name(name))).one_or_none()


# -- signing in


def unlock(house: House, name: str, secret: str, method: str = keys.PASSWORD) -> tuple[User, Ring]:
    """The user and ring behind a name and a secret. Counted before anything is hashed."""
    if max(len(name), len(secret)) > LONGEST:  # to fold and compose megabytes costs a second, for anybody
        raise WrongSignIn
    about = sign_in_name(name)
    house.sessions.count_attempt(about)
    user = by_name(house, name)
    may = user is not None and user.state in (AccountState.ACTIVE, AccountState.WAITING)
    ring = house.locks.open(user.id if user and may else None, method, secret)
    if user is None:
        raise WrongSignIn
    return user, ring


def sign_in(house: House, name: str, passphrase: str) -> SignIn:
    """Begin a session; the token is new each time."""
    try:
        user, ring = unlock(house, name, passphrase)
    except WrongSignIn:
        house.note_refusal(Actor(keys.NODE), "sign-in.refused")
        raise
    pending = house.sessions.totp(ring) is not None
    if not pending:
        house.sessions.forget_attempts(sign_in_name(name))
        _note_sign_in(house, user, ring)
    return SignIn(house.sessions.start(ring, pending=pending), pending, user.id)


def second_factor(house: House, token: bytes, code: str) -> SignIn:
    """Turn a pending session into a full one, under a new token."""
    found = house.sessions.find(token, pending=True)
    if found is None:
        raise SignInNeeded
    house.sessions.count_attempt(f"totp/{found.user}")
    check_code(house, found.ring, code)
    house.sessions.end(token)
    house.sessions.forget_attempts(f"totp/{found.user}")
    user = house.db().get_one(User, found.user)
    house.sessions.forget_attempts(user.sign_in)
    _note_sign_in(house, user, found.ring)
    return SignIn(house.sessions.start(found.ring), pending=False, user=found.user)


def check_code(house: House, ring: Ring, code: str) -> None:
    """A code of the second factor, once: a step that was used is refused."""
    secret = house.sessions.totp(ring)
    if secret is None:
        return
    step = _step_of(secret, code)
    if step is None or not house.sessions.spend_step(ring.own.id, step):
        raise WrongSignIn


def _step_of(secret: str, code: str) -> int | None:
    """The time step that a code is of: this one or the one before."""
    now, given, codes = int(time.time()) // 30, "".join(code.split()), pyotp.TOTP(secret)
    return next((step for step in (now, now - 1) if codes.verify(given, for_time=step * 30)), None)


def _note_sign_in(house: House, user: User, ring: Ring) -> None:
    if user.state == AccountState.ACTIVE and keys.is_enrolled(house.keystore, ring):
        with begin(house, actor_of(user), ring) as work:
            work.note("signed-in", user)
            _forget_old_keys(work, ring)
        return
    house.note_refusal(Actor(user.id), "signed-in.waiting")


def _forget_old_keys(work: Work, ring: Ring) -> None:
    """After a new key was confirmed and used, the locks of the forgotten one go."""
    if ring.generation > 1 and keys.drop_older(work.vault.keystore, ring):
        work.note("old-key.dropped")


def actor_of(user: User, *, fresh: bool = True) -> Actor:
    return Actor(user.id, tuple(user.roles), fresh)


def admit(house: House, token: bytes) -> tuple[User, SignedIn] | None:
    """Who this cookie is: asked again at each request, so that disabling works at once."""
    found = house.sessions.find(token)
    if found is None:
        return None
    user = house.db().get(User, found.user)
    if user is None or user.state not in (AccountState.ACTIVE, AccountState.WAITING):
        house.sessions.end(token)
        return None
    return user, found


def confirm_passphrase(work: Work, session: SignedIn, passphrase: str, code: str = "") -> None:
    """Make the session fresh again."""
    user = work.get(User, work.actor.id)
    _user, ring = unlock(work.house, user.name, passphrase)
    check_code(work.house, ring, code)
    work.house.sessions.forget_attempts(user.sign_in)
    work.house.sessions.refresh(session.token)


# -- one's own account


def change_passphrase(work: Work, session: SignedIn, old: str, new: str) -> None:
    """Lock the same seed again; every other session of the user ends."""
    user = work.get(User, work.actor.id)
    check_passphrase(new)
    _user, ring = unlock(work.house, user.name, old)
    work.house.sessions.forget_attempts(user.sign_in)
    work.note("passphrase.changed", user)
    work.house.locks.close(ring.own, ring.generation, keys.PASSWORD, new)
    work.house.sessions.end_all(user.id, keep=session.token)


def recover(house: House, name: str, code: str, new: str) -> tuple[bytes, str]:
    """A forgotten passphrase, by the recovery code: a new passphrase and a new code. Token and code.

    Whoever had the passphrase may have made tokens with it: all of this member's end first.
    """
    check_passphrase(new)
    try:
        user, ring = unlock(house, name, code, keys.RECOVERY)
    except WrongSignIn:
        house.note_refusal(Actor(keys.NODE), "recovery.refused")
        raise
    _end_tokens(house, user, ring)
    house.locks.close(ring.own, ring.generation, keys.PASSWORD, new)
    house.sessions.end_all(user.id)
    house.sessions.forget_attempts(sign_in_name(name))
    recovery = new_recovery_code(house, ring)
    _note_sign_in(house, user, ring)
    return house.sessions.start(ring), recovery


def _end_tokens(house: House, user: User, ring: Ring) -> None:
    """Those of an account in another state ended as it came into it."""
    if user.state == AccountState.ACTIVE and keys.is_enrolled(house.keystore, ring):
        with begin(house, actor_of(user), ring) as work:
            tokens.end_all(work, user.id)


def new_recovery_code(house: House, ring: Ring) -> str:
    """A new code, locked in; kept under the user's own key until its words were asked back."""
    code = keys.recovery_code()
    house.locks.close(ring.own, ring.generation, keys.RECOVERY, code)
    keys.put_aside(house.keystore, ring, "recovery", code)
    return code


def shown_recovery_code(house: House, ring: Ring) -> str | None:
    """The code that still has to be confirmed, or nothing."""
    return keys.put_aside_value(house.keystore, ring, "recovery")


def confirm_recovery_code(house: House, ring: Ring, words: dict[int, str]) -> None:
    """The asked words (by place, from 1) match: the code is forgotten here."""
    code = shown_recovery_code(house, ring)
    if code is None:
        return
    right = dict(enumerate(code.split(), 1))
    given = {place: word.strip().casefold() for place, word in words.items()}
    if len(given) < CONFIRMED_WORDS or any(right.get(place) != word for place, word in given.items()):
        raise RecoveryNotConfirmed
    keys.drop_aside(house.keystore, ring, "recovery")


def keep_shares(house: House, ring: Ring, shares: list[str]) -> None:
    keys.put_aside(house.keystore, ring, "shares", json.dumps(shares))


def shown_shares(house: House, ring: Ring) -> list[str]:
    """The escrow shares that were not yet said to be in safe hands."""
    kept = keys.put_aside_value(house.keystore, ring, "shares")
    return json.loads(kept) if kept else []


def drop_shares(house: House, ring: Ring) -> None:
    keys.drop_aside(house.keystore, ring, "shares")


def begin_second_factor(work: Work, ring: Ring) -> tuple[str, str]:
    """A new secret, not in force until a code of it was shown: the secret and its otpauth URI."""
    secret = pyotp.random_base32()
    keys.put_aside(work.house.keystore, ring, "totp", secret)
    user = work.get(User, work.actor.id)
    return secret, pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name="Amparo")


def confirm_second_factor(work: Work, ring: Ring, code: str) -> None:
    secret = keys.put_aside_value(work.house.keystore, ring, "totp")
    step = _step_of(secret, code) if secret else None
    if secret is None or step is None:
        raise WrongSignIn
    work.note("second-factor.on", work.get(User, work.actor.id))
    work.house.sessions.put_totp(ring, secret)
    work.house.sessions.spend_step(ring.own.id, step)
    keys.drop_aside(work.house.keystore, ring, "totp")


def end_second_factor(work: Work, ring: Ring) -> None:
    """Switched off by someone who gave passphrase and code just now."""
    work.note("second-factor.off", work.get(User, work.actor.id))
    work.house.sessions.put_totp(ring, None)


def set_language(work: Work, language: str) -> None:
    work.get(User, work.actor.id).language = language


def set_shortcuts(work: Work, *, on: bool) -> None:
    """Whether single letters do something on a page, for this member on every device."""
    work.get(User, work.actor.id).no_shortcuts = None if on else True


# -- joining


def invited(house: House, token: str) -> User:
    """The account that a one-time link belongs to."""
    digest = keys.link_digest(token)
    user = house.db().scalars(select(User).where(User.link == digest)).one_or_none()
    if user is None or user.link_until is None or user.link_until < clock.day_of(house.now()):
        raise LinkNotValid
    if user.state in (AccountState.REMOVED, AccountState.DISABLED):
        raise WrongState
    return user


def join(house: House, token: str, passphrase: str) -> tuple[bytes, str]:
    """Take an invitation: a key pair of one's own, waiting for a coordinator. Session token, recovery code."""
    check_passphrase(passphrase)
    user = invited(house, token)
    ring = keys.new_member(house.keystore, user.id)
    house.locks.close(ring.own, ring.generation, keys.PASSWORD, passphrase)
    recovery = new_recovery_code(house, ring)
    try:
        with begin(house, Actor(user.id), None) as work:
            user.state, user.link, user.link_until = AccountState.WAITING, None, None
            user.joined_on = work.today
            work.note("member.joined", user)
    except Conflict:  # somebody else took the link in this moment: what was made here must not be confirmed
        keys.forget_member(house.keystore, ring)
        raise
    house.sessions.end_all(user.id)
    house.sessions.put_totp(ring, None)  # it was sealed under the key that was forgotten
    return house.sessions.start(ring), recovery
