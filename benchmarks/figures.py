"""One figure: what was measured, beside what it should reach."""

import math
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

KEPT = Path(__file__).with_name("results.md")
LIBRARIES = ("cryptography", "sqlalchemy", "marshmallow", "flask", "rapidfuzz", "sqlalchemy-utils")


@dataclass(frozen=True)
class Figure:
    """A ratio or a rate with its target. `least`: the target is the least it should be; else the most."""

    what: str
    value: float
    unit: str = "×"
    target: float | None = None  # none: told, and nothing is asked of it
    least: bool = True
    said: str = ""  # the times behind a ratio

    @property
    def verdict(self):
        if self.target is None:
            return ""
        reached = self.value >= self.target if self.least else self.value <= self.target
        return "ok" if reached else "MISSED"

    @property
    def asked(self):
        return (
            "" if self.target is None else f"{'≥' if self.least else '≤'} {number(self.target)} {self.unit}"
        )

    def cells(self):
        return (self.what, f"{number(self.value)} {self.unit}", self.asked, self.verdict, self.said)


def number(value):
    """Three figures that mean something; whole thousands in full."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def best(deeds: dict[str, Callable[[], object]], rounds: int, loops: int = 1) -> dict[str, float]:
    """Seconds of each deed, the best of so many rounds.

    In each round every deed has its turn: a busy machine is busy for all of them.
    """
    found = dict.fromkeys(deeds, math.inf)
    for _round in range(rounds):
        for name, deed in deeds.items():
            begun = time.perf_counter()
            for _loop in range(loops):
                deed()
            found[name] = min(found[name], (time.perf_counter() - begun) / loops)
    return found


class Times(NamedTuple):
    """Seconds of a deed, and those of the processor within them: the rest waited for a disk, or for others."""

    seconds: float
    busy: float


def middle(deeds: dict[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """As `best`, and the median: for what waits for a disk, whose best is luck."""
    found = {name: ([], []) for name in deeds}
    for _round in range(rounds):
        for name, deed in deeds.items():
            begun, busy = time.perf_counter(), time.process_time()
            deed()
            found[name][1].append(time.process_time() - busy)
            found[name][0].append(time.perf_counter() - begun)
    return {name: Times(*map(statistics.median, times)) for name, times in found.items()}


def peak_mb():
    """The most memory that this process ever held."""
    told_in = 1024 * 1024 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / told_in


def machine():
    """Processor, system, Python and the libraries that the figures hang on."""
    cpu = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "unknown"
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    system = f"{platform.system()} {platform.machine()}; Python {platform.python_version()}"
    return f"{cpu}, {os.cpu_count()} processors; {system}; {libraries}"


def crowd():
    """How busy the machine was while it measured: above one a processor, times are upper bounds; ratios hold."""
    return f"Load in the last quarter of an hour: {os.getloadavg()[2]:.1f} on {os.cpu_count()} processors."


def _cpuinfo():
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
