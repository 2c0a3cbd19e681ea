"""The first run: an organisation, its first coordinator, its keys. Done once."""

from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import select

from incidents import accounts, search
from incidents.errors import AlreadySetUp
from incidents.model import clock
from incidents.model.account import Project, User
from incidents.model.vocabulary import AccountState, Role
from incidents.work import Actor, Compartment, House, begin, keys

THRESHOLD, CUSTODIANS = 2, 3  # shares that open, of shares made


@dataclass(frozen=True)
class Founded:
    """What is shown once: the way back in, and where the chain of enrolments ends."""

    token: bytes = field(repr=False)
    recovery: str = field(repr=False)
    shares: list[str] = field(repr=False)
    fingerprint: str


def is_set_up(house: House) -> bool:
    return house.db().scalars(select(Project.id)).first() is not None


def organisation(house: House) -> str:
    """Its name; empty before the first run."""
    return house.db().scalars(select(Project.organisation)).first() or ""


def found(
    house: House,
    organisation: str,
    name: str,
    passphrase: str,
    *,
    language: str = "en",
    threshold: int = THRESHOLD,
    custodians: int = CUSTODIANS,
) -> Founded:
    """Make the keys, then the first rows. Cut in between, it is begun again from the start."""
    if is_set_up(house):
        raise AlreadySetUp
    accounts.check_passphrase(passphrase)
    ring, shares = keys.found(house.keystore, house.node_key, threshold, custodians)
    house.node = keys.node(house.node_key)
    house.locks.close(ring.own, ring.generation, keys.PASSWORD, passphrase)
    recovery = accounts.new_recovery_code(house, ring)
    accounts.keep_shares(house, ring, shares)
    user = User(
        id=ring.own.id,
        name=name.strip(),
        sign_in=accounts.sign_in_name(name),
        roles=[Role.COORDINATOR.value],
        state=AccountState.ACTIVE,
        language=language,
        joined_on=clock.day_of(house.now()),
    )
    with begin(house, Actor(ring.own.id, (Role.COORDINATOR.value,)), ring) as work:
        project = work.add(Project(id=uuid4(), organisation=organisation.strip(), language=language))
        work.add(user)
        work.vault.mint(keys.LEDGER, Compartment.FACTS)
        search.mark_complete(work, project)
        work.note("instance.founded", user)
    return Founded(house.sessions.start(ring), recovery, shares, house.keystore.anchors[0])


def pepper(house: House) -> str:
    """The pepper as it is printed on the recovery sheet: groups of hexadecimal digits."""
    digits = house.locks.pepper.hex()
    return " ".join(digits[start : start + 8] for start in range(0, len(digits), 8))
