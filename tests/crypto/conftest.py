"""Damage to be refused, and the public vectors by path."""

import json
import os
from pathlib import Path

import pytest


@pytest.fixture
def flips():
    """Every value that differs from these bytes in one bit."""

    def of(blob):
        for position in range(len(blob) * 8):
            damaged = bytearray(blob)
            damaged[position // 8] ^= 1 << position % 8
            yield bytes(damaged)

    return of


@pytest.fixture
def cuts():
    """Every shorter beginning of these bytes, every end, and some longer ones."""

    def of(blob):
        for length in range(len(blob)):
            yield blob[:length]
            yield blob[len(blob) - length :]
        yield blob + b"\0"
        yield b"\0" + blob
        yield blob + blob

    return of


@pytest.fixture
def vectors():
    """Read one file of public test vectors."""
    shared = os.environ.get("AMPARO_SHARED")
    if not shared:
        pytest.skip("AMPARO_SHARED does not say where the public vectors lie")
    return lambda name: json.loads((Path(shared) / "vectors" / name).read_text())
