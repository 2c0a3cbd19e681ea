"""The preview of a release: the trail verified, every row checked and opened, the table made safe and measured."""

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


def run(sizes):
    with instance() as place:
        bring_in(place, sheet(sizes.rows), sizes.rows)
        _stand_for(place)
        before, begun = peak_mb(), time.perf_counter()
        with place.as_(Role.COORDINATOR) as work:
            blocks = sum(1 for _break in work.breaks())
        verified = time.perf_counter() - begun
        if blocks:
            raise RuntimeError("the trail does not hold")
        begun = time.perf_counter()
        with place.as_(Role.ANALYST) as work:
            counts = publish.preview(work, POLICY, {}).manifest["counts"]
        seconds = time.perf_counter() - begun
    return [
        Figure(
            f"verify of the whole trail, {sizes.rows:,} rows",
            sizes.rows / verified,
            "rows/s",
            said=f"{verified:.1f} s",
        ),
        Figure(
            f"preview of a release, {sizes.rows:,} rows",
            sizes.rows / seconds,
            "rows/s",
            said=f"{seconds:.1f} s, {counts['released']:,} of {counts['considered']:,} released; "
            f"{before:.0f} MB, then {peak_mb():.0f} MB",
        ),
    ]


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
