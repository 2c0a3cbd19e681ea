"""A file of any length passes in constant memory."""

import json
import subprocess
import sys

import pytest

from config import HERE

MOST = 200  # MiB at any moment, the whole program included


def passed(instance, reviewer, incident, size):
    command = [
        sys.executable,
        "-m",
        "tests.evidence.passing",
        instance.folder,
        reviewer.id,
        reviewer.own.seed.hex(),
    ]
    command += [incident, size]
    done = subprocess.run(
        [str(part) for part in command], cwd=HERE, capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def reviewer(staff, instance):
    if not instance.app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        pytest.skip("memory is the program's own, whatever the database")
    return staff.reviewer


def test_sixty_four_megabytes_pass(instance, reviewer, incident):
    used = passed(instance, reviewer, incident, 64 * 1024**2 + 1)
    assert used["same"]
    assert used["down"] < MOST, used


@pytest.mark.slow
def test_two_gibibytes_pass_under_two_hundred_mebibytes(instance, reviewer, incident):
    used = passed(instance, reviewer, incident, 2 * 1024**3)
    assert used["same"]
    assert used["down"] < MOST, used
