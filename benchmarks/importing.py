"""Rows a second of an import as `./run import` does it: read, judged, sealed, committed chunk by chunk.

A row makes ten records and seven data keys. Memory: what the process holds at a tenth of the file and at its end.
"""

import time

from benchmarks.figures import Figure, peak_mb
from benchmarks.house import instance
from benchmarks.invented import MAPPING, sheet
from incidents import jobs
from incidents.intake import importers
from incidents.model.vocabulary import Role
from incidents.work import Compartment

RATE, FLAT = 1000, 1.25


def run(sizes):
    data = sheet(sizes.rows)
    with instance() as place:
        seconds, early = bring_in(place, data, sizes.rows)
        return [
            Figure(
                f"import of {sizes.rows:,} rows",
                sizes.rows / seconds,
                "rows/s",
                RATE,
                said=f"{seconds:.1f} s, {len(data) / 1e6:.1f} MB of CSV",
            ),
            Figure(
                "memory at the end, of that at a tenth",
                peak_mb() / early,
                target=FLAT,
                least=False,
                said=f"{early:.0f} MB, then {peak_mb():.0f} MB",
            ),
        ]


def bring_in(place, data, rows):
    """Import a file as the coordinator; seconds, and the memory at a tenth of it."""
    if importers.KIND not in jobs.registry:
        jobs.register(jobs.Kind(importers.KIND, frozenset(Compartment), importers.run))
    given = importers.packed(data, "invented.csv", MAPPING)
    early = []

    def told(done, _total):
        if done >= rows // 10 and not early:
            early.append(peak_mb())

    begun = time.perf_counter()
    done = jobs.run_here(place.house, *place.members[Role.COORDINATOR], importers.KIND, {}, given, told=told)
    seconds = time.perf_counter() - begun
    if done["totals"] != {"new": rows}:
        raise RuntimeError(f"not every row came in: {done['totals']}")
    return seconds, (early or [peak_mb()])[0]
