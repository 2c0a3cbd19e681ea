"""Rows a second of an import as `./run import` does it: read, judged, sealed, committed chunk by chunk, with facets.

A row makes ten records and seven data keys. Both clocks are told: that of the processor is what one core gives, that on
the wall waits for the disk and for whoever else is at work. The ratio is that of the processor's time a row to the twin
that keeps everything in clear, which takes in some of the rows in the same run. Memory: what the process holds at a
tenth of the file and at its end.
"""

import time

from benchmarks.figures import Figure, peak_mb
from benchmarks.house import instance
from benchmarks.invented import MAPPING, sheet
from incidents import jobs
from incidents.intake import importers
from incidents.model.vocabulary import Role

RATE, FLAT = 1000, 1.25
PART = 10  # of the rows: after it the memory is looked at first
TWIN = 5_000  # rows at most, of the twin


def run(sizes):
    data = sheet(sizes.rows)
    with instance() as place:
        seconds, busy, early = bring_in(place, data, sizes.rows)
    late = peak_mb()
    few = min(sizes.rows, TWIN)
    with instance(clear=True) as twin:
        _seconds, clear, _early = bring_in(twin, sheet(few), few)
    rows = f"{sizes.rows:,} rows"
    return [
        Figure(
            f"import of {rows}, by the processor",
            sizes.rows / busy,
            "rows/s",
            RATE,
            said=f"{busy:.1f} s of one core, {len(data) / 1e6:.1f} MB of CSV",
        ),
        Figure(f"import of {rows}, by the wall", sizes.rows / seconds, "rows/s", said=f"{seconds:.1f} s"),
        Figure(
            "a row, of the processor's time of the twin in clear",
            (busy / sizes.rows) / (clear / few),
            said=f"{busy / sizes.rows * 1e6:.0f} µs, the twin {clear / few * 1e6:.0f} µs",
        ),
        Figure(
            "memory at the end, of that at a tenth",
            late / early,
            target=FLAT,
            least=False,
            said=f"{early:.0f} MB, then {late:.0f} MB",
        ),
    ]


def bring_in(place, data, rows, mapping=MAPPING):
    """Import a file as the coordinator: seconds, those of the processor, and the memory at a tenth of it."""
    given = importers.packed(data, "invented.csv", mapping)
    early = []

    def told(done, _total):
        if done >= rows // PART and not early:
            early.append(peak_mb())

    begun, busy = time.perf_counter(), time.process_time()
    with place.app.app_context():
        who = place.signed_in(Role.COORDINATOR)
        done = jobs.run_here(place.house, *who, importers.KIND, {}, given, told=told)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    if done["totals"] != {"new": rows}:
        raise RuntimeError(f"not every row came in: {done['totals']}")
    return seconds, busy, (early or [peak_mb()])[0]
