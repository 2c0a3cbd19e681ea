"""The whole app on a founded instance, and a program for each person of the staff.

On SQLite the staff is made once a run and copied with the instance: these are many small tests.
"""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from config import Settings
from incidents.work import House
from tests import make
from tests.api.programs import Program, sessions_of, staff_of, start, stop

ProgramFor = Callable[[str], Program]


@pytest.fixture(scope="session")
def staffed(sqlite_template: make.Template, tmp_path_factory) -> tuple[make.Template, SimpleNamespace]:
    """A founded instance with its staff, to be copied; and the keys of everybody."""
    folder = tmp_path_factory.mktemp("staffed") / "instance"
    made = sqlite_template.copy(folder, make.database_file(folder))
    with made.app.app_context():
        staff = staff_of(made.house, sqlite_template.founder_in(made.house))
    made.close()
    template = make.Template(folder, sqlite_template.founder, sqlite_template.seed, sqlite_template.founded)
    return template, staff


@pytest.fixture
def template(template: make.Template, request: pytest.FixtureRequest) -> make.Template:
    on_postgres = request.node.callspec.params["template"] == "postgres"
    return template if on_postgres else request.getfixturevalue("staffed")[0]


@pytest.fixture
def staff(template: make.Template, house: House, request: pytest.FixtureRequest) -> SimpleNamespace:
    """One of each role, by its name, and a second coordinator."""
    if request.node.callspec.params["template"] == "postgres":
        return staff_of(house, template.founder_in(house))
    _template, known = request.getfixturevalue("staffed")
    return SimpleNamespace(
        **{who: make.Member(house, each.name, each.own, each.generation) for who, each in vars(known).items()}
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = start(settings)
    yield made
    stop(made)


@pytest.fixture
def program_for(app: Flask, staff: SimpleNamespace) -> ProgramFor:
    """A program with somebody's token: `program_for("reviewer")`; "" is nobody."""
    return lambda who: Program(app, sessions_of(getattr(staff, who)) if who else b"")
