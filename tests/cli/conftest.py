"""Instances with people and with imported rows in them; made once through the command line, then copied."""

import re
import shutil

import pytest

from tests.cli.line import MAPPING, STAFF, Line, rows


@pytest.fixture(scope="session")
def staffed(tmp_path_factory):
    line = Line(tmp_path_factory.mktemp("staffed"))
    line.init()
    for name, role in STAFF.items():
        line.join(name, role)
    return line


@pytest.fixture
def line(staffed, tmp_path):
    """An instance of this test alone, with people in it."""
    fresh = Line(tmp_path / "here")
    shutil.copytree(staffed.instance, fresh.instance)
    shutil.copytree(staffed.folder / "boot", fresh.folder / "boot")
    return fresh


@pytest.fixture
def empty(tmp_path):
    return Line(tmp_path / "here")


@pytest.fixture
def imported(line):
    """Forty rows of an invented list, as Rita brought them in; the id of the import."""
    file, mapping = line.file("list.csv", rows(40)), line.file("map.toml", MAPPING)
    said = line(
        "import", file, "--mapping", mapping, "--result", line.folder / "result.csv", as_="Rita"
    ).stdout
    line.batch = re.search(r"The import is (\S+)\.", said)[1]
    return line
