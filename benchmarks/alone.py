"""Each benchmark in a process of its own, so that its memory is its own."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module

from benchmarks.figures import peak_mb

NAMES = (
    "fields",
    "pages",
    "importing",
    "releasing",
    "membership",
    "duplicates",
    "lists",
    "searching",
    "anonymize",
    "offers",
    "tables",
    "reviewing",
)


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    rounds: int = 25
    loops: int = 2000
    reports: int = 300
    waiting: int = 200  # acts that wait for a decision
    rows: int = 10_000
    keys: int = 100_000
    grown: int = 0  # rows to which an instance grows that was measured at `rows`; 0: it does not


USUAL, LARGE = Sizes(), Sizes(rows=100_000, keys=1_000_000, grown=1_000_000)


def measure(name, sizes):
    """The figures of one benchmark, and the most memory that it took, in MB."""
    return import_module(f"benchmarks.{name}").run(sizes), peak_mb()


def alone(name, sizes):
    """As `measure`, in a process that begins and ends with it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, name, sizes).result()
