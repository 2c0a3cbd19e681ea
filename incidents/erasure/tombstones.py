"""Copies of the tombstones in folders kept elsewhere: what a restored keystore must forget again."""

import json
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from incidents.work import House, keys, rekeying

FILE = "tombstones.jsonl"

_log = logging.getLogger(__name__)


def copy(house: House) -> list[Path]:
    """Bring the copies up to date; which folders could not be reached, to be tried again at the next call."""
    stones, missed = [*keys.tombstones(house.keystore), *rekeying.stones(house.keystore)], []
    for folder in house.checkpoints:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            _append(folder / FILE, stones)
        except OSError as fault:
            _log.warning("tombstones were not copied: %s", type(fault).__name__)
            missed.append(folder)
    return missed


def _append(path: Path, stones: Sequence[keys.Tombstone]) -> None:
    """One line each, what stands there already left as it is; a line that was cut is ended first."""
    there = {(stone.thing, stone.compartment, stone.upto) for stone in read(path)}
    lines = [_line(each) for each in stones if (each.thing, each.compartment, each.upto) not in there]
    if not lines:
        return
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        cut = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        os.write(handle, (b"\n" if cut else b"") + "".join(lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(stone: keys.Tombstone) -> str:
    said = {
        "thing": str(stone.thing),
        "compartment": stone.compartment,
        "at": stone.at.isoformat(),
        "decision": stone.decision,
        **({"upto": stone.upto} if stone.upto else {}),
    }
    return json.dumps(said) + "\n"


def read(path: Path) -> list[keys.Tombstone]:
    """What a copy says. A line that was cut in the writing is passed over: it was written again after it."""
    return (
        [stone for line in path.read_text().splitlines() if (stone := _stone(line))] if path.exists() else []
    )


def _stone(line: str) -> keys.Tombstone | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    at = datetime.fromisoformat(said["at"])
    thing, upto = UUID(said["thing"]), int(said.get("upto", 0))
    return keys.Tombstone(thing, said["compartment"], at, said["decision"], upto)
