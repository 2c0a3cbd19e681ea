"""What a test needs and may not find: the real files, a program of the machine.

Absent, the test is skipped with the reason; AMPARO_REQUIRE_ALL=1 turns each such skip into a failure.
"""

import os
from pathlib import Path
from typing import NoReturn

import pytest


def absent(what: str, remedy: str) -> NoReturn:
    """Skip this test, or fail it where nothing may be skipped."""
    reason = f"{what} is not here. {remedy}"
    if os.environ.get("AMPARO_REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def shared(*parts: str) -> Path:
    """A file or folder of real data. AMPARO_SHARED unset skips; set, whatever is absent fails."""
    folder = os.environ.get("AMPARO_SHARED")
    if not folder:
        absent("The folder of real files", "AMPARO_SHARED names it.")
    path = Path(folder, *parts)
    if not path.exists():
        pytest.fail(f"AMPARO_SHARED is set, and {path} is not there", pytrace=False)
    return path
