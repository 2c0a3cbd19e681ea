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

RATE, FLAT = 1000, 1.25


def run(sizes):
    data = sheet(sizes.rows)
    with instance() as place:
        seconds, busy, early = bring_in(place, data, sizes.rows)
        return [
            Figure(
                f"import of {sizes.rows:,} rows",
                sizes.rows / seconds,
                "rows/s",
                RATE,
                said=f"{seconds:.1f} s, {busy:.1f} s of them of the processor, {len(data) / 1e6:.1f} MB of CSV",
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
    """Import a file as the coordinator: seconds, those of the processor, and the memory at a tenth of it."""
    given = importers.packed(data, "invented.csv", MAPPING)
    early = []

    def told(done, _total):
        if done >= rows // 10 and not early:
            early.append(peak_mb())

    begun, busy = time.perf_counter(), time.process_time()
    with place.app.app_context():
        who = place.signed_in(Role.COORDINATOR)
        done = jobs.run_here(place.house, *who, importers.KIND, {}, given, told=told)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    if done["totals"] != {"new": rows}:
        raise RuntimeError(f"not every row came in: {done['totals']}")
    return seconds, busy, (early or [peak_mb()])[0]
