"""The whole app on a founded instance with one of each role, and a program for each of them."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from config import Settings
from incidents.work import House
from tests import make
from tests.api.programs import ROLES, Program, sessions_of, start, stop

ProgramFor = Callable[[str], Program]


@pytest.fixture
def template(request: pytest.FixtureRequest, template: make.Template, peopled) -> make.Template:
    return peopled(request.node.callspec.params["template"], ROLES)


@pytest.fixture
def staff(template: make.Template, house: House) -> SimpleNamespace:
    """One of each role, by its name, and a second coordinator."""
    known = {who: each.met_in(house) for who, each in template.staff.items()}
    return SimpleNamespace(coordinator=template.founder_in(house), **known)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = start(settings)
    yield made
    stop(made)


@pytest.fixture
def program_for(app: Flask, staff: SimpleNamespace) -> ProgramFor:
    """A program with somebody's token: `program_for("reviewer")`; "" is nobody."""
    return lambda who: Program(app, sessions_of(getattr(staff, who)) if who else b"")
