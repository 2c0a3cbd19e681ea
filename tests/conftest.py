"""What every test may ask for: a founded instance on each database, its people, no way out of this machine."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from config import Settings
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


@pytest.fixture
def staff(house: House, coordinator: make.Member) -> SimpleNamespace:
    """One of each role, and a second coordinator: nobody decides alone."""
    return SimpleNamespace(
        coordinator=coordinator,
        second=make.member(house, coordinator, "Bruno Inventado", Role.COORDINATOR),
        reviewer=make.member(house, coordinator, "Rita Inventada", Role.REVIEWER),
        analyst=make.member(house, coordinator, "Alan Invented", Role.ANALYST),
        researcher=make.member(house, coordinator, "Fidel Inventado", Role.FIELD_RESEARCHER),
        administrator=make.member(house, coordinator, "Ada Invented", Role.ADMINISTRATOR),
        auditor=make.member(house, coordinator, "Oda Invented", Role.AUDITOR),
    )


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
    )
