"""A throw-away instance with people of each role, and its twin that keeps everything in clear.

The twin is the same code on a second instance: permissions, trail, validation and rows are the same, and its vault
alone differs. So the ratio of the two is what the seals and their keys cost.
"""

from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import incidents.model  # noqa: F401  every table is known before it is made
from crypto.envelope import Envelope, canonical_json, read_json
from crypto.lock import FLOOR
from incidents import accounts, founding, members
from incidents.model.account import User
from incidents.model.base import Base, prepare
from incidents.model.vocabulary import Role
from incidents.work import House, Keystore, Locks, Sessions, Vault, Work, begin

PASSPHRASE = "a slow river of words"  # noqa: S105  of invented people, in a house that lives for seconds
PEOPLE = {
    "Inés": Role.FIELD_RESEARCHER,
    "Rosa": Role.REVIEWER,
    "Aída": Role.ANALYST,
    "Omar": Role.COORDINATOR,
}


class ClearVault(Vault):
    """Keeps the same JSON in the same type, in clear, and makes and looks up no keys."""

    def seal_all(self, record, values):
        for column, value in values.items():
            setattr(record, column, Envelope(canonical_json(value)))

    def open(self, record, column):
        envelope = getattr(record, column)
        return None if envelope is None else read_json(envelope.data)

    def look_up(self, things, compartment=None):
        """There is no key to look up."""

    def maker(self, record, column):  # noqa: ARG002  the signature is the vault's
        return None


class ClearHouse(House):
    """The twin: only its vault differs."""

    def work(self, actor, ring):
        work = super().work(actor, ring)
        return Work(actor, work.db, ClearVault(self.keystore, ring), work.signer, self, self.now)


@dataclass
class Instance:
    """A house with its people: for each role an actor and a ring of keys."""

    house: House
    members: dict[Role, tuple]

    def as_(self, role):
        return begin(self.house, *self.members[role])

    def ring(self, role):
        return self.members[role][1]


@contextmanager
def instance(*, clear=False):
    """A founded house in a folder that goes when it is done."""
    with TemporaryDirectory() as folder:
        house = _house(Path(folder))
        engine = house.db().get_bind()
        try:
            found = founding.found(house, "Benchmarks", "Ana", PASSPHRASE)
            del found
            yield Instance(_in_clear(house) if clear else house, _people(house))
        finally:
            house.db().close()
            engine.dispose()
            house.keystore.close()


def _house(folder):
    engine = create_engine(f"sqlite:///{folder / 'data.db'}", hide_parameters=True)
    prepare(engine)
    Base.metadata.create_all(engine)
    session = Session(engine, autoflush=False, expire_on_commit=False)
    keystore = Keystore(folder / "keys.db", folder / "fingerprint")
    locks, sessions = Locks(keystore, b"p" * 32, FLOOR), Sessions(keystore, b"b" * 32)
    return House(lambda: session, keystore, locks, sessions, folder / "node.key")


def _people(house):
    ana = _enter(house, "ana")
    found = {Role.COORDINATOR: ana}
    for name, role in PEOPLE.items():
        with begin(house, *ana) as work:
            user, token = members.invite(work, name, [role])
        accounts.join(house, token, PASSPHRASE)
        with begin(house, *ana) as work:
            members.confirm(work, work.get(User, user.id))
        found.setdefault(role, _enter(house, user.sign_in))
    return found


def _enter(house, name):
    session = accounts.sign_in(house, name, PASSPHRASE)
    user, signed_in = accounts.admit(house, session.token)
    return accounts.actor_of(user), signed_in.ring


def _in_clear(house):
    return ClearHouse(**{field.name: getattr(house, field.name) for field in fields(House)})
