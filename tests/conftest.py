"""What every test may ask for: a founded instance on each database, its people, no way out of this machine."""

import os
from collections.abc import Iterator
from typing import ClassVar

import click
import pytest
from flask import Flask

from config import Settings
from crypto.lock import FLOOR
from incidents import cli
from incidents.app import create_app
from incidents.model.base import db
from incidents.model.vocabulary import Role
from incidents.work import House
from tests import make
from tests.browser import browser, open_page
from tests.network import on_this_machine
from tests.postgres import empty_postgres_url, postgres_cluster, postgres_url

__all__ = [
    "browser",
    "empty_postgres_url",
    "on_this_machine",
    "open_page",
    "postgres_cluster",
    "postgres_url",
]

os.environ.setdefault("AMPARO_TIMEZONE", "UTC")  # a test means the same day at any hour
EVERYTHING = os.environ.get("AMPARO_REQUIRE_ALL") == "1"
DATABASES = [
    "sqlite",
    *([pytest.param("postgres", marks=pytest.mark.postgres)] if EVERYTHING else []),
]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> make.Template:
    folder = tmp_path_factory.mktemp("founded") / "instance"
    return make.Template.make(folder, make.database_file(folder))


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster, tmp_path_factory: pytest.TempPathFactory) -> make.Template:
    folder = tmp_path_factory.mktemp("founded-on-postgres") / "instance"
    made = []
    postgres_cluster.prepare(lambda url: made.append(make.Template.make(folder, url)))
    return made[0]


@pytest.fixture(params=DATABASES)
def template(request: pytest.FixtureRequest) -> make.Template:
    return request.getfixturevalue(f"{request.param}_template")


@pytest.fixture
def instance(request: pytest.FixtureRequest, template: make.Template, tmp_path) -> Iterator[make.Instance]:
    """A founded instance of this test alone, with an app context around the test."""
    folder = tmp_path / "instance"
    on_postgres = request.node.callspec.params["template"] == "postgres"
    url = request.getfixturevalue("postgres_url") if on_postgres else make.database_file(folder)
    opened = template.copy(folder, url)
    with opened.app.app_context():
        yield opened
    opened.close()


@pytest.fixture
def house(instance: make.Instance) -> House:
    return instance.house


@pytest.fixture
def coordinator(template: make.Template, house: House) -> make.Member:
    """Who founded the instance; the passphrase is make.PASSPHRASE."""
    return template.founder_in(house)


class Staff:
    """The people of the house, each invited and confirmed when a test first speaks of them."""

    NAMES: ClassVar = {
        "second": ("Bruno Inventado", Role.COORDINATOR),
        "reviewer": ("Rita Inventada", Role.REVIEWER),
        "other_reviewer": ("Remo Inventado", Role.REVIEWER),
        "analyst": ("Alan Invented", Role.ANALYST),
        "researcher": ("Fidel Inventado", Role.FIELD_RESEARCHER),
        "other_researcher": ("Flor Inventada", Role.FIELD_RESEARCHER),
        "administrator": ("Ada Invented", Role.ADMINISTRATOR),
        "auditor": ("Oda Invented", Role.AUDITOR),
    }

    def __init__(self, house: House, coordinator: make.Member) -> None:
        self.coordinator, self._house = coordinator, house

    def __getattr__(self, who: str) -> make.Member:
        name, role = self.NAMES[who]
        member = make.member(self._house, self.coordinator, name, role)
        setattr(self, who, member)
        return member


@pytest.fixture
def staff(house: House, coordinator: make.Member) -> Staff:
    return Staff(house, coordinator)


@pytest.fixture
def settings(instance: make.Instance) -> Settings:
    """Settings of this instance, for what starts a whole app on it: create_app(settings, FLOOR)."""
    return Settings(
        instance=instance.folder,
        database_url=instance.app.config["SQLALCHEMY_DATABASE_URI"],
        keys_file=instance.folder / "keys.db",
        pepper_file=instance.folder / "pepper",
        boot_key_file=instance.folder / "boot" / "boot.key",
        checkpoints=None,
        timezone="UTC",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole app on this instance."""
    made = create_app(settings, FLOOR)
    made.config.update(TESTING=True, PREFERRED_URL_SCHEME="https")
    yield made
    with made.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    made.extensions["house"].keystore._engine.dispose()


@pytest.fixture
def commands() -> list[str]:
    """Every command of the command line, with its subcommands: "users add"."""

    def names(group: click.Group, above: str = "") -> Iterator[str]:
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from names(command, f"{above}{name} ")
            else:
                yield f"{above}{name}"

    return sorted(names(cli.commands))
