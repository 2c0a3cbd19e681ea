"""The whole app on a founded instance, and a program for each person of the staff."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from config import Settings
from tests.api.programs import Program, sessions_of, start, stop

ProgramFor = Callable[[str], Program]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = start(settings)
    yield made
    stop(made)


@pytest.fixture
def program_for(app: Flask, house, staff: SimpleNamespace) -> ProgramFor:
    """A program with somebody's token: `program_for("reviewer")`; "" is nobody."""
    return lambda who: Program(app, sessions_of(getattr(staff, who)) if who else b"")
