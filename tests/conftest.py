"""What every test may ask for: a founded instance on each database, its people, no way out of this machine."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

import click
import pytest
from flask import Flask

from config import Settings
from crypto.lock import FLOOR
from incidents import cli
from incidents.app import create_app
from incidents.model import clock
from incidents.model.base import db
from incidents.model.vocabulary import Role
from incidents.work import House
from tests import make, once
from tests.browser import browser, open_page
from tests.network import on_this_machine
from tests.postgres import TEMPLATE, Cluster, empty_postgres_url, postgres_cluster, postgres_url

__all__ = [
    "browser",
    "empty_postgres_url",
    "on_this_machine",
    "open_page",
    "postgres_cluster",
    "postgres_url",
]

os.environ.setdefault("AMPARO_TIMEZONE", "UTC")  # a test means the same day at any hour
once.begin()
EVERYTHING = os.environ.get("AMPARO_REQUIRE_ALL") == "1"
DATABASES = [
    "sqlite",
    *([pytest.param("postgres", marks=pytest.mark.postgres)] if EVERYTHING else []),
]


PEOPLE = {
    "second": ("Bruno Inventado", Role.COORDINATOR),
    "reviewer": ("Rita Inventada", Role.REVIEWER),
    "other_reviewer": ("Remo Inventado", Role.REVIEWER),
    "analyst": ("Alan Invented", Role.ANALYST),
    "researcher": ("Fidel Inventado", Role.FIELD_RESEARCHER),
    "other_researcher": ("Flor Inventada", Role.FIELD_RESEARCHER),
    "administrator": ("Ada Invented", Role.ADMINISTRATOR),
    "auditor": ("Oda Invented", Role.AUDITOR),
}


@pytest.fixture(autouse=True)
def _days_of_greenwich() -> None:
    """Whatever zone an app of an earlier test had: the zone is the process's."""
    clock.set_zone("UTC")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> make.Template:
    folder = tmp_path_factory.mktemp("founded") / "instance"
    return make.Template.make(folder, make.database_file(folder))


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> make.Template:
    folder = tmp_path_factory.mktemp("founded-on-postgres") / "instance"
    made = []
    postgres_cluster.prepare(TEMPLATE, lambda url: made.append(make.Template.make(folder, url)))
    return replace(made[0], database=TEMPLATE)


@pytest.fixture(scope="session")
def peopled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., make.Template]:
    """A founded instance with its members: `peopled("postgres", PEOPLE)`, made once for each set of people."""

    @cache
    def made(database: str, people: tuple[tuple[str, tuple[str, Role]], ...]) -> make.Template:
        founded = request.getfixturevalue(f"{database}_template")
        folder = tmp_path_factory.mktemp("peopled") / "instance"
        if database == "sqlite":
            return founded.peopled(folder, make.database_file(folder), dict(people))
        name, told = f"{TEMPLATE}_{folder.parent.name}", []
        request.getfixturevalue("postgres_cluster").prepare(
            name, lambda url: told.append(founded.peopled(folder, url, dict(people))), of=founded.database
        )
        return replace(told[0], database=name)

    return lambda database, people: made(database, tuple(people.items()))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test on each database, unless it names one, or drives a browser: docs/decisions/0022."""
    named = [mark for mark in metafunc.definition.iter_markers("parametrize") if "template" in mark.args[0]]
    if "template" in metafunc.fixturenames and not named:
        walks = "browser" in metafunc.fixturenames
        metafunc.parametrize("template", DATABASES[:1] if walks else DATABASES, indirect=True)


@pytest.fixture
def template(request: pytest.FixtureRequest, peopled) -> make.Template:
    """What the instance of this test is a copy of: founded; with members too where the test speaks of any."""
    if "staff" in request.fixturenames:
        return peopled(request.param, PEOPLE)
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
    """The people of the house: those of its template, or each invited and confirmed when first spoken of."""

    def __init__(
        self, house: House, coordinator: make.Member, known: Mapping[str, make.Known] | None = None
    ) -> None:
        self.coordinator, self._house, self._known = coordinator, house, known or {}

    def __getattr__(self, who: str) -> make.Member:
        if who in self._known:
            member = self._known[who].met_in(self._house)
            member.token = self._house.sessions.start(member.ring)
        else:
            name, role = PEOPLE[who]
            member = make.member(self._house, self.coordinator, name, role)
        setattr(self, who, member)
        return member


@pytest.fixture
def staff(template: make.Template, house: House, coordinator: make.Member) -> Staff:
    return Staff(house, coordinator, template.staff)


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
