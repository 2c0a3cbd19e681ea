"""Builders for the tests: an instance on two databases, its people, a report with invented content.

Everybody and everything here is invented. The canaries are what no file of an instance, no log
and no error may ever hold in clear.
"""

import copy
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID

import pyotp
from flask import Flask
from sqlalchemy import Connection

import incidents.model  # noqa: F401  every table is known before the tables are made
from crypto.lock import FLOOR
from crypto.principal import Principal
from incidents import accounts, founding, members
from incidents.model.account import User
from incidents.model.base import Base, db, prepare
from incidents.model.people import IDENTITY_FIELDS, Person
from incidents.model.vocabulary import PersonKind, Role
from incidents.work import Actor, House, Keystore, Locks, Ring, Sessions, Work, begin, keys

ORGANISATION = "Casa Inventada del Río"
FOUNDER = "Ana Inventada"
PASSPHRASE = "granizo lento sobre el tejado"

CANARY_NAME = "Xiomara Quetzalinda Inventada"
CANARY_OTHER_NAME = "La Golondrina Azulada"
CANARY_PHONE = "+52 664 555 0183"
CANARY_ADDRESS = "Callejón de los Faroles 1234 bis"
CANARY_DOCUMENT = "QUIX900101MBCZNV09"
CANARY_NARRATIVE = (
    "Nos bajaron del camión junto a la gasolinera abandonada y dijeron que Zanahoriópolis no existe."
)
CANARY_SUMMARY = "Held for nine days in a cellar under the Turquoise Lantern bakery."
CANARIES = (
    CANARY_NAME,
    CANARY_OTHER_NAME,
    CANARY_PHONE,
    CANARY_ADDRESS,
    CANARY_DOCUMENT,
    CANARY_NARRATIVE,
    CANARY_SUMMARY,
)
IDENTITY = {
    "name": CANARY_NAME,
    "other_names": CANARY_OTHER_NAME,
    "phone": CANARY_PHONE,
    "address": CANARY_ADDRESS,
    "documents": CANARY_DOCUMENT,
}

_REPORT: dict[str, Any] = {
    "interview": {"on": {"edtf": "2019-02-04", "precision": "DAY"}, "mode": "INP", "language": "es"},
    "danger": "no",
    "narrative": CANARY_NARRATIVE,
    "summary": CANARY_SUMMARY,
    "incident": {
        "moment": {"edtf": "2019-01-30~", "precision": "APX"},
        "time": "15:25",
        "place": {"country": "MEX", "state": "MX-BCN", "precision": "STA"},
    },
    "acts": [{"key": "a1", "type": "KID", "status": "C"}],
    "persons": [
        {
            "key": "p1",
            "kind": "individual",
            "teller": True,
            "identity": IDENTITY,
            "facts": {"age": 29, "nationality": ["HND"], "origin": "HND"},
            "consent": {
                "method": "spoken",
                "language": "es",
                "given_by": "self",
                "decisions": {"REC": "given", "STA": "given", "ROW": "given"},
            },
        },
        {"key": "p2", "kind": "individual", "identity": {"name": "Filomeno Deltrébol"}, "facts": {"age": 41}},
    ],
    "involvements": [
        {"person": "p1", "act": "a1", "part": "DIR"},
        {"person": "p2", "act": "a1", "part": "WIT"},
    ],
    "perpetrators": [{"group": "Los Faroleros (inventados)", "number": {"min": 2, "max": 5}}],
    "sources": [{"type": "INP", "relation": "VIC", "reliability": "B", "first_hand": "yes"}],
}


def report_document(**changes: Any) -> dict[str, Any]:
    """A report as a form, the API or a source row gives it; a change replaces a key, None takes it away."""
    document = {**copy.deepcopy(_REPORT), **changes}
    return {name: value for name, value in document.items() if value is not None}


# -- an instance


@dataclass
class Instance:
    """A folder with keys, a database somewhere, and the house that stands on both."""

    folder: Path
    app: Flask
    house: House

    @classmethod
    def open(cls, folder: Path, url: str) -> "Instance":
        app = Flask("amparo-tests")
        app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True})
        db.init_app(app)
        with app.app_context():
            prepare(db.engine)
            house = open_house(folder)
        return cls(folder, app, house)

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()
        self.house.keystore._engine.dispose()


def open_house(folder: Path, **parts: Any) -> House:
    """What a process of this instance is started with; name a part to give it another one."""
    keystore = parts.get("keystore") or Keystore(folder / "keys.db", folder / "fingerprint")
    pepper = parts.get("pepper") or keys.key_file(folder / "pepper")
    boot = parts.get("boot") or keys.boot_key(folder / "boot" / "boot.key")
    node_key = folder / "node.key"
    return House(
        db=db.session,
        keystore=keystore,
        locks=Locks(keystore, pepper, FLOOR),
        sessions=Sessions(keystore, boot),
        node_key=node_key,
        node=keys.node(node_key) if node_key.exists() else None,
    )


@dataclass(frozen=True)
class Known:
    """Somebody of a template, to be met again in each copy of it."""

    name: str
    id: UUID
    seed: bytes
    generation: int
    recovery: str

    @classmethod
    def of(cls, member: "Member") -> "Known":
        return cls(member.name, member.id, member.own.seed, member.generation, member.recovery)

    def met_in(self, house: House) -> "Member":
        own = Principal(self.id, self.seed)
        return Member(house, self.name, own, self.generation, recovery=self.recovery)


@dataclass(frozen=True)
class Template:
    """A founded instance, copied for each test: founding costs a second, a copy costs nothing."""

    folder: Path
    founder: UUID
    seed: bytes
    founded: founding.Founded
    staff: Mapping[str, Known] = field(default_factory=dict)
    database: str = ""  # what PostgreSQL calls it

    @classmethod
    def make(cls, folder: Path, url: str) -> "Template":
        folder.mkdir(mode=0o700)
        instance = Instance.open(folder, url)
        with instance.app.app_context():
            Base.metadata.create_all(db.engine)
            founded = founding.found(instance.house, ORGANISATION, FOUNDER, PASSPHRASE)
            user, session = accounts.admit(instance.house, founded.token)
            made = cls(folder, user.id, session.ring.own.seed, founded)
        instance.close()
        return made

    def peopled(self, folder: Path, url: str, people: Mapping[str, tuple[str, Role]]) -> "Template":
        """Another one, in which these are members already; the address is that of a copy of this one's data."""
        instance = self.copy(folder, url)
        with instance.app.app_context():
            founder = self.founder_in(instance.house)
            known = {
                who: Known.of(member(instance.house, founder, name, role))
                for who, (name, role) in people.items()
            }
        instance.close()
        return replace(self, folder=folder, staff=known)

    def copy(self, folder: Path, url: str) -> Instance:
        shutil.copytree(self.folder, folder)
        return Instance.open(folder, url)

    def founder_in(self, house: House) -> "Member":
        return Member(house, FOUNDER, Principal(self.founder, self.seed), recovery=self.founded.recovery)


def database_file(folder: Path) -> str:
    return f"sqlite:///{folder / 'data.db'}"


# -- people


@dataclass
class Member:
    """Somebody of the staff with their own key in hand, as in a session that was just opened."""

    house: House
    name: str
    own: Principal
    generation: int = 1
    token: bytes = b""
    recovery: str = ""

    @property
    def id(self) -> UUID:
        return self.own.id

    @property
    def ring(self) -> Ring:
        """A new one each time, as each request has."""
        return Ring(self.own, self.generation)

    @property
    def user(self) -> User:
        return self.house.db().get_one(User, self.id, populate_existing=True)

    @property
    def actor(self) -> Actor:
        return accounts.actor_of(self.user)

    @contextmanager
    def work(self, *, fresh: bool = True) -> Iterator[Work]:
        """One Work of this person, committed at the end."""
        actor = accounts.actor_of(self.user, fresh=fresh)
        with begin(self.house, actor, self.ring) as work:
            yield work


def invited(house: House, coordinator: Member, name: str, *roles: Role) -> tuple[User, str]:
    with coordinator.work() as work:
        return members.invite(work, name, list(roles))


def joined(house: House, name: str, link: str, passphrase: str = PASSPHRASE) -> Member:
    """Take an invitation; the member waits for a coordinator."""
    token, recovery = accounts.join(house, link, passphrase)
    _user, session = accounts.admit(house, token)
    return Member(house, name, session.ring.own, session.ring.generation, token, recovery)


def confirmed(house: House, coordinator: Member, who: Member) -> None:
    with coordinator.work() as work:
        members.confirm(work, work.get(User, who.id))


def member(house: House, coordinator: Member, name: str, *roles: Role) -> Member:
    """Invited, joined, confirmed: an active member with the keys of these roles."""
    _user, link = invited(house, coordinator, name, *roles)
    who = joined(house, name, link)
    confirmed(house, coordinator, who)
    return who


def second_factor(who: Any) -> str:
    """The secret of theirs, confirmed a minute ago by the clock that codes go by: the code of now is not used yet."""
    then = time.time() - 60
    with who.work() as work:
        secret, _uri = accounts.begin_second_factor(work, who.ring)
    with who.work() as work, mock.patch.object(accounts, "time", SimpleNamespace(time=lambda: then)):
        accounts.confirm_second_factor(work, who.ring, pyotp.TOTP(secret).at(then))
    return secret


def removed(house: House, coordinator: Member, who: Member) -> int:
    """Removed and everything rewrapped; how many data keys."""
    with coordinator.work() as work:
        members.remove(work, work.get(User, who.id))
    return members.finish_removals(house, coordinator.ring, coordinator.id)


def person(work: Work, facts: dict[str, Any] | None = None, **identity: object) -> Person:
    """Somebody in a record, sealed and noted; the canaries unless something else is said."""
    given = {**IDENTITY, **identity}
    who = Person(kind=PersonKind.INDIVIDUAL, teller=False)
    work.seal(who, facts=facts or {"age": 29}, **{name: given.get(name) for name in IDENTITY_FIELDS})
    work.add(who)
    work.note("person.added", who)
    return who


# -- whoever writes to the files past the program


@contextmanager
def behind(house: House) -> Iterator[Connection]:
    """The data as somebody sees it who has the database and none of the program."""
    house.db().rollback()
    with db.engine.begin() as connection:
        yield connection
    house.db().expire_all()
