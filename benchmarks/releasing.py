"""A release to its files: the trail verified, every row checked and opened, the table made safe, written, measured.

Rows a second are those of one core, by the processor's time: of the preview as a page asks for it, which verifies the
whole trail first and ends in CSV, and of what comes after that; and of a pack in every format, each read back. Memory
is what the process held before, and at its peak.
"""

import time

from benchmarks.figures import Figure, peak_mb
from benchmarks.house import instance
from benchmarks.importing import bring_in
from benchmarks.invented import sheet
from incidents import consent, review
from incidents.model.report import Batch
from incidents.model.vocabulary import Role
from incidents.release import publish

POLICY = "dataset-research"
RATE, MEMORY = 6_000, 2_048


def run(sizes):
    with instance() as place:
        bring_in(place, sheet(sizes.rows), sizes.rows)
        _stand_for(place)
        before = peak_mb()
        counts, seconds, whole = _looked(place, as_csv=True)
        memory, begun, busy = peak_mb(), time.perf_counter(), time.process_time()
        with place.as_(Role.COORDINATOR) as work:
            blocks = sum(1 for _break in work.breaks())
        verified, verifying = time.perf_counter() - begun, time.process_time() - busy
        if blocks:
            raise RuntimeError("the trail does not hold")
        after = whole - verifying
        _counts, _seconds, packed = _looked(place, as_csv=False)
    told = f"{counts['released']:,} of {counts['considered']:,} released"
    return [
        Figure(
            f"verify of the whole trail, {sizes.rows:,} rows",
            sizes.rows / verified,
            "rows/s",
            said=f"{verified:.1f} s",
        ),
        Figure(
            f"preview of a release, {sizes.rows:,} rows, of a core",
            sizes.rows / whole,
            "rows/s",
            said=f"{whole:.1f} s of the processor, {seconds:.1f} s; {told}",
        ),
        Figure(
            "the same without the verify: from the facts to CSV",
            sizes.rows / after,
            "rows/s",
            RATE,
            said=f"{after:.1f} s of the processor; {memory:.0f} MB at the peak, {before:.0f} MB before",
        ),
        Figure(
            "a pack in every format, the verify included",
            sizes.rows / packed,
            "rows/s",
            said=f"{packed:.1f} s of the processor; {peak_mb():.0f} MB at the peak",
        ),
        Figure("memory at the peak, to CSV", memory, "MB", MEMORY, least=False),
    ]


def _looked(place, *, as_csv):
    """A preview: its counts, seconds, and those of the processor."""
    begun, busy = time.perf_counter(), time.process_time()
    with place.as_(Role.ANALYST) as work:
        made = publish.look(work, publish.Wanted(POLICY, {}, as_csv=as_csv))
    return made.manifest["counts"], time.perf_counter() - begun, time.process_time() - busy


def _stand_for(place):
    """A second person confirms the basis and finds the rows credible."""
    with place.as_(Role.REVIEWER) as work:
        for basis in consent.waiting_bases(work):
            consent.confirm_basis(work, basis)
        batch = work.db.query(Batch.id).scalar()
    after = None
    while True:
        with place.as_(Role.REVIEWER) as work:
            chunk = review.move_batch(work, batch, "A published list, compared with its source.", after=after)
        if chunk is None:
            break
        after = chunk.last
