"""Tokens: what a member lets a program do for them. Made by the member in person; ended by them, or for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from incidents.errors import InvalidInput, NoKey, NotFound, _
from incidents.model.account import User
from incidents.model.token import Token
from incidents.model.vocabulary import AccountState
from incidents.work import NOT_BY_TOKEN, Compartment, House, Permission, SignedIn, Work
from incidents.work import token_keys as keys

DAYS, MOST_DAYS = 30, 365
LONGEST = 100  # characters of a name
MOST = 20  # tokens in force of one member


@dataclass(frozen=True)
class Made:
    """A token that was just made. `secret` is shown once and kept nowhere."""

    row: Token
    secret: str


def may_carry(work: Work) -> list[Permission]:
    """What a token of this member can carry: what they may, but for what asks for a person."""
    return [each for each in Permission if work.actor.may(each) and each not in NOT_BY_TOKEN]


def may_hold(work: Work) -> list[Compartment]:
    """The compartments whose keys this member can give to a token."""
    return [each for each in Compartment if work.vault.holds(each)]


def make(
    work: Work, name: str, permissions: Sequence[str], compartments: Sequence[str] = (), days: int = DAYS
) -> Made:
    """A token of whoever asks, in person and with the passphrase given just now."""
    work.actor.must(Permission.ACCOUNT_OWN)
    work.must_be_fresh()
    _check(work, name, permissions, compartments, days)
    user, ring = work.get(User, work.actor.id), work.vault.ring
    if ring is None:
        raise NoKey
    until = (work.now() + timedelta(days=days)).replace(microsecond=0)
    row = Token(
        id=uuid4(),
        member=user.id,
        name=name.strip(),
        permissions=sorted(set(permissions)),
        compartments=sorted(set(compartments)),
        made_at=work.now().replace(microsecond=0),
        until=until,
    )
    secret, row.kid = keys.make(work.house.keystore, work.house.locks.pepper, ring, row.id, _bounds(row))
    work.add(row)
    work.note(
        "token.made",
        user,
        token=str(row.id),
        kid=row.kid.hex(),
        until=until.isoformat(),
        permissions=row.permissions,
        compartments=row.compartments,
    )
    return Made(row, secret)


def _check(work: Work, name: str, permissions: Sequence[str], compartments: Sequence[str], days: int) -> None:
    wrong: dict[str, list[str]] = {}
    if not name.strip():
        wrong["name"] = [_("Please fill this in.")]
    elif len(name) > LONGEST:
        wrong["name"] = [_("This is longer than can be kept here.")]
    if not permissions:
        wrong["permissions"] = [_("Choose at least one thing that it may do.")]
    elif set(permissions) - {each.value for each in may_carry(work)}:
        wrong["permissions"] = [
            _("A token carries only what you may do yourself without giving your passphrase.")
        ]
    if set(compartments) - {each.value for each in may_hold(work)}:
        wrong["compartments"] = [_("You hold no key of this kind to give away.")]
    if not 1 <= days <= MOST_DAYS:
        wrong["days"] = [_("Between a day and a year.")]
    if not wrong and sum(each.until > work.now() for each in _in_force(work, work.actor.id)) >= MOST:
        wrong["name"] = [_("You have twenty tokens in force. End one that is not used any more.")]
    if wrong:
        raise InvalidInput(wrong)


def _bounds(row: Token) -> keys.Bounds:
    scope = tuple(row.permissions), tuple(row.compartments)
    return keys.Bounds(row.member, int(row.until.timestamp()), *scope)


def own(work: Work) -> list[Token]:
    """My tokens, those in force first, the newest first."""
    work.actor.must(Permission.ACCOUNT_OWN)
    return _sorted(work, work.db.scalars(select(Token).where(Token.member == work.actor.id)).all())


def everybodys(work: Work) -> list[Token]:
    """Those of all members, likewise."""
    work.actor.must(Permission.MEMBER_LIST)
    return _sorted(work, work.db.scalars(select(Token)).all())


def _sorted(work: Work, rows: Sequence[Token]) -> list[Token]:
    return sorted(rows, key=lambda row: (in_force(work, row), row.made_at, row.id), reverse=True)


def in_force(work: Work, row: Token) -> bool:
    return row.ended_at is None and row.until > work.now()


def end(work: Work, id: UUID) -> Token:
    """At once: by its member, by a coordinator or the administrator. Not yours and not there are the same."""
    work.actor.must(Permission.ACCOUNT_OWN)
    work.actor.must_be_in_person()
    row = work.db.get(Token, id)
    if row is None or (row.member != work.actor.id and not work.actor.may(Permission.MEMBER_INVITE)):
        raise NotFound
    if row.ended_at is None:
        _end(work, [row])
    return row


def end_all(work: Work, member: UUID) -> None:
    """Those of one member: they are disabled, removed, or get a new key."""
    _end(work, _in_force(work, member))


def _in_force(work: Work, member: UUID) -> Sequence[Token]:
    return work.db.scalars(select(Token).where(Token.member == member, Token.ended_at.is_(None))).all()


def _end(work: Work, rows: Sequence[Token]) -> None:
    for row in rows:
        row.ended_at, row.ended_by = work.now(), work.actor.id
        work.stop(row)
        work.note("token.ended", work.get(User, row.member), token=str(row.id), kid=row.kid.hex())
    keys.end(work.house.keystore, [row.id for row in rows])


def admit(house: House, text: str) -> tuple[User, SignedIn] | None:
    """Whom a token stands for: asked at each request, so that ending it, or disabling its member, works at once."""
    found = keys.read(text)
    row = house.db().get(Token, found[0], populate_existing=True) if found else None
    if found is None or row is None or row.ended_at is not None or row.until <= house.now():
        return None
    user = house.db().get(User, row.member, populate_existing=True)
    if user is None or user.state != AccountState.ACTIVE:
        return None
    ring = keys.opened(house.keystore, house.locks.pepper, *found, _bounds(row))
    if ring is None:
        return None
    scope = frozenset(row.permissions)
    return user, SignedIn(user.id, ring, fresh=False, token=text.encode(), by=row.id, scope=scope)


def names(work: Work) -> dict[bytes, str]:
    """What tokens are called, by the kid of their key: for the trail."""
    return {row.kid: row.name for row in work.db.scalars(select(Token))}
