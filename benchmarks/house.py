"""A throw-away instance with people of each role, and its twin that keeps everything in clear.

The twin is the same code on a second instance: permissions, trail, validation, pages and rows are the same, and its
vault alone differs. So the ratio of the two is what the seals and their keys cost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy.orm.attributes import instance_dict

from config import Settings
from crypto.envelope import Envelope, canon, canonical_json, read_json
from crypto.lock import FLOOR
from incidents import accounts, founding, members
from incidents.app import create_app
from incidents.evidence.pieces import BLOCK, OVERHEAD, TAG, plain
from incidents.model.account import User
from incidents.model.base import Base, db, is_new
from incidents.model.vocabulary import Role
from incidents.work import House, Ring, Vault, Work, begin

PASSPHRASE = "a slow river of words"  # noqa: S105  of invented people, in a house that lives for minutes
COORDINATOR = "Ana"
PEOPLE = {"Inés": Role.FIELD_RESEARCHER, "Rosa": Role.REVIEWER, "Aída": Role.ANALYST}


class ClearVault(Vault):
    """Keeps the same JSON in the same type, in clear, and makes and looks up no keys."""

    def seal_all(self, record, values):
        held = instance_dict(record) if is_new(record) else None
        for column, value in values.items():
            if held is None:
                setattr(record, column, Envelope(canonical_json(value)))
            else:  # as the vault does
                held[column] = Envelope(canonical_json(value))

    def _opened(self, table, column, id, thing, envelope):  # noqa: ARG002  the signature is the vault's
        return None if envelope is None else read_json(envelope.data)

    def view_all(self, kind, column, rows):  # noqa: ARG002  the signature is the vault's
        return [read_json(seal) if seal else None for _id, _thing, seal in rows]

    def look_up(self, things, compartment=None):
        """There is no key to look up."""

    def seal_segment(self, thing, file, data):  # noqa: ARG002  the signature is the vault's
        return data + bytes(OVERHEAD + TAG * -(-len(data) // BLOCK))  # as long as a sealed one

    def open_segment(self, thing, file, data):  # noqa: ARG002  the signature is the vault's
        return data[: plain(len(data))]

    def facet(self, facet, code):
        return f"{facet}:{code}".encode()

    def keyed(self, label, *parts):
        return sha256(canon(label, *parts)).digest()

    def maker(self, record, column):  # noqa: ARG002  the signature is the vault's
        return None


class ClearHouse(House):
    """The twin: only its vault differs."""

    def work(self, actor, ring):
        work = super().work(actor, ring)
        return Work(actor, work.db, ClearVault(self.keystore, ring), work.signer, self, self.now)


@dataclass
class Instance:
    """An app and its house, with a signed-in person of each role."""

    app: Flask
    house: House
    tokens: dict[Role, bytes]

    @contextmanager
    def as_(self, role) -> Iterator[Work]:
        """A Work as a request makes it: a session of its own, and keys opened anew."""
        with self.app.app_context():
            actor, ring = self.signed_in(role)
            with begin(self.house, actor, ring) as work:
                yield work

    def signed_in(self, role) -> tuple:
        """Who acts, and their ring as it is at the beginning of a request."""
        user, session = accounts.admit(self.house, self.tokens[role])
        return accounts.actor_of(user), Ring(session.ring.own, session.ring.generation)

    def enter_anew(self, role):
        """Their passphrase given now, as at a step that asks for it."""
        names = {role: name for name, role in PEOPLE.items()} | {Role.COORDINATOR: COORDINATOR}
        with self.app.app_context():
            self.tokens[role] = _enter(self.house, names[role])

    def browser(self, role):
        """What a request of this person carries; nothing is kept between requests."""
        client = self.app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens[role].hex()}"
        return client


@contextmanager
def instance(*, clear=False) -> Iterator[Instance]:
    """A founded house in a folder that goes when it is done."""
    with TemporaryDirectory() as folder:
        app = create_app(_settings(Path(folder)), FLOOR)
        house = app.extensions["house"]
        try:
            with app.app_context():
                Base.metadata.create_all(db.engine)
                founding.found(house, "Benchmarks", COORDINATOR, PASSPHRASE)
                tokens = _people(house)
            if clear:
                house = app.extensions["house"] = _in_clear(house)
            yield Instance(app, house, tokens)
        finally:
            house.keystore.close()
            with app.app_context():
                db.engine.dispose()


def _settings(folder):
    return Settings(
        instance=folder,
        database_url=f"sqlite:///{folder / 'data.db'}",
        keys_file=folder / "keys.db",
        pepper_file=folder / "pepper",
        boot_key_file=folder / "boot" / "boot.key",
        checkpoints=None,
        idle_minutes=8 * 60,
    )


def _people(house):
    tokens = {Role.COORDINATOR: _enter(house, COORDINATOR)}
    user, session = accounts.admit(house, tokens[Role.COORDINATOR])
    coordinator = (accounts.actor_of(user), session.ring)
    for name, role in PEOPLE.items():
        with begin(house, *coordinator) as work:
            invited, link = members.invite(work, name, [role])
        accounts.join(house, link, PASSPHRASE)
        with begin(house, *coordinator) as work:
            members.confirm(work, work.get(User, invited.id))
        tokens[role] = _enter(house, name)
    return tokens


def _enter(house, name):
    return accounts.sign_in(house, name, PASSPHRASE).token


def _in_clear(house):
    return ClearHouse(**{field.name: getattr(house, field.name) for field in fields(House)})
