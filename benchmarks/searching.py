"""Free text: narratives a second that are opened, folded and looked through, as the job does it.

The incidents come in by an import, each with a narrative of its own; the word is in few of them. Seconds of the
processor: what the machine does for others meanwhile is not counted. The commits between the chunks are.
"""

import gc
import time

from benchmarks.figures import Figure, peak_mb
from benchmarks.house import instance
from benchmarks.importing import bring_in
from benchmarks.invented import sheet
from incidents import jobs, search
from incidents.model.vocabulary import Role

RATE = 30_000
TURNS = 5  # the best of them
WORDS = "telefonos folio-77"  # in every narrative without its accent; in one of a hundred


def run(sizes):
    with instance() as place:
        bring_in(place, sheet(sizes.rows), sizes.rows)
        before = peak_mb()
        gc.collect()
        gc.freeze()  # as the worker does when it begins
        turns = [_found(place, sizes.rows) for _round in range(min(sizes.rounds, TURNS))]
    busy, seconds = min(turns)
    return [
        Figure(f"free text through {sizes.rows:,} sealed narratives", sizes.rows / busy, "narratives/s", RATE,
            said=f"{busy:.2f} s of the processor, {seconds:.2f} s; {before:.0f} MB, then {peak_mb():.0f} MB"),
    ]  # fmt: skip


def _found(place, rows):
    """Seconds of the processor, and seconds."""
    begun, busy = time.perf_counter(), time.process_time()
    with place.app.app_context():
        done = jobs.run_here(place.house, *place.signed_in(Role.REVIEWER), search.FIND, {}, {"words": WORDS})
    if done["looked"] != rows or done["found"] != _told(rows):
        raise RuntimeError(f"{done['found']} were found in {done['looked']}")
    return time.process_time() - busy, time.perf_counter() - begun


def _told(rows):
    """In how many of them it is."""
    return sum(str(number).startswith("77") for number in range(rows))
