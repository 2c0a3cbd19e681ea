"""A release to its files: the trail verified, every row checked and opened, the table made safe, written, measured.

Rows a second are those of one core, by the processor's time: of the preview as a page asks for it, which verifies the
whole trail first and ends in CSV, and of what comes after that; of a pack in every format, each read back, kept with
its ledger; of the signature, which verifies and gathers anew, and of the download; then, some rows later, of the next
edition, which is laid beside the first row by row. Memory is what the process held before, and at its peak. With
`--large` the instance is measured at 100,000 rows and once it has grown to a million.

A row is told in floors of the same run too: two keys and six documents opened and read, and nothing else. On a slower
machine, or on a slower day of the same one, both are slower.
"""

import hmac
import json
import os
import time
from uuid import UUID

from sqlalchemy import select

from benchmarks.figures import Figure, peak_mb
from benchmarks.house import instance
from benchmarks.importing import bring_in
from benchmarks.invented import MAPPING, sheet
from crypto.envelope import FieldKey, Kind, after_record, before_record, box, canon, field_place
from crypto.rows import Rows
from incidents import consent, review
from incidents.model.incident import Act, Incident
from incidents.model.release import Release
from incidents.model.vocabulary import ReleaseState, Role, Verification
from incidents.release import publish

POLICY = "dataset-research"
NEW = 60  # incidents at least that are new in the next edition: fifty are asked for
RATE, MEMORY = 6_000, 2_048
PART, SEED = 100_000, 11
KINDS = ("incident", "person", "act", "involvement", "perpetrator", "source")
DOCUMENT = {"type": "KID", "status": "C", "moment": {"edtf": "2019-08-14", "precision": "DAY"}, "labels": {}}


def run(sizes):
    figures = []
    with instance() as place:
        there, last = 0, max(sizes.rows, sizes.grown)
        for rows in sorted({sizes.rows, last}):
            while there < rows:
                there += _part(place, there, min(PART, rows - there))
            figures += _measured(place, rows, kept=rows == last)
    return figures


def _part(place, there, rows):
    """Some more rows, as a list of their own: a file of a million would be the most that this process ever held."""
    label = 'label = "benchmark'
    bring_in(place, sheet(rows, SEED + there), rows, MAPPING.replace(label, f"{label} {there}"))
    _stand_for(place)
    return rows


def _measured(place, rows, *, kept):
    before, floor = peak_mb(), floor_of_a_row()
    counts, seconds, whole = _looked(place)
    floor = (floor + floor_of_a_row()) / 2
    memory, begun, busy = peak_mb(), time.perf_counter(), time.process_time()
    with place.as_(Role.COORDINATOR) as work:
        blocks = sum(1 for _break in work.breaks())
    verified, verifying = time.perf_counter() - begun, time.process_time() - busy
    if blocks:
        raise RuntimeError("the trail does not hold")
    after = whole - verifying
    told = f"{counts['released']:,} of {counts['considered']:,} released"
    found = [
        Figure(
            f"verify of the whole trail, {rows:,} rows", rows / verified, "rows/s", said=f"{verified:.1f} s"
        ),
        Figure(
            f"preview of a release, {rows:,} rows, of a core",
            rows / whole,
            "rows/s",
            said=f"{whole:.1f} s of the processor, {seconds:.1f} s; {told}",
        ),
        Figure(
            f"the same without the verify: {rows:,} rows, from the facts to CSV",
            rows / after,
            "rows/s",
            RATE,
            said=f"{after:.1f} s of the processor; {memory:.0f} MB at the peak, {before:.0f} MB before",
        ),
        Figure(
            f"the same, a row of {rows:,} in floors of this run",
            after / rows / floor,
            "floors",
            said=f"{after / rows * 1e6:.0f} µs, the floor {floor * 1e6:.0f} µs",
        ),
        Figure(f"memory at the peak, {rows:,} rows to CSV", memory, "MB", MEMORY, least=False),
    ]
    return [*found, *_packed(place, rows)] if kept else found


def floor_of_a_row(rows=5_000):
    """Seconds of the processor for what no release does without: of each row two keys and six documents, opened."""
    wrapping, around = os.urandom(32), canon("dek", UUID(int=0))[:-16]
    places = [(before_record(kind, "facts"), after_record("facts", 1)) for kind in KINDS]
    opening = Rows(wrapping, 1, (around, b""), 1, places)
    made = [_sealed(wrapping, around, opening) for _row in range(rows)]
    busy = time.process_time()
    for things, documents in made:
        ciphers = []
        for id, wrap, kept in things:
            committed, cipher = opening.committed(opening.key(id, wrap))
            if not hmac.compare_digest(committed, kept):
                raise RuntimeError("a key is not the one that was kept")
            ciphers.append(cipher)
        for column, (of, id, document) in enumerate(documents):
            json.loads(opening.open(ciphers[of], column, id, document))
    return (time.process_time() - busy) / rows


def _sealed(wrapping, around, opening):
    """A row: two things, each its id, its wrapped key and what that commits itself to; six documents of them."""
    ids, keys = [UUID(bytes=os.urandom(16)) for _each in range(2)], [os.urandom(32) for _each in range(2)]
    things = [
        (id.bytes, box(wrapping, Kind.WRAP, 1, key, around + id.bytes), opening.committed(key)[0])
        for id, key in zip(ids, keys, strict=True)
    ]
    documents = []
    for column, kind in enumerate(KINDS):
        of, id = column % 2, UUID(bytes=os.urandom(16))
        place = field_place(kind, "facts", id, "facts", 1)
        documents.append((of, id.bytes, FieldKey(keys[of], 1).seal(DOCUMENT, place).data))
    return things, documents


def _packed(place, rows):
    """Prepared and kept in every format, with who is in it; then signed by a second person, and downloaded."""
    return [
        *_timed(place, rows, "prepared and kept in every format, the verify included", _prepare),
        *_timed(place, rows, "verified, asked and counted anew, and signed", _sign),
        *_timed(place, rows, "verified, asked anew and downloaded as one file", _download),
        *_continued(place, rows),
    ]


def _continued(place, rows):
    """The next edition: prepared beside the first, and signed, for which both are laid beside each other anew."""
    new = _part(place, rows, max(NEW, rows // 10))
    with place.as_(Role.ANALYST) as work:
        first = work.db.scalars(select(Release.id)).one()
    return [
        *_timed(place, rows + new, "prepared beside the first edition", lambda place: _prepare(place, first)),
        *_timed(place, rows + new, "laid beside it anew, and signed", _sign),
    ]


def _timed(place, rows, what, do):
    busy = time.process_time()
    said = do(place)
    busy = time.process_time() - busy
    return [
        Figure(
            f"a pack of {rows:,} rows {what}",
            rows / busy,
            "rows/s",
            said=", ".join(filter(None, (f"{busy:.1f} s of the processor", said))),
        ),
        Figure(f"memory at the peak, {rows:,} rows {what}", peak_mb(), "MB", MEMORY, least=False),
    ]


def _prepare(place, first=None):
    with place.as_(Role.ANALYST) as work:
        release = publish.ready(work, publish.Wanted(POLICY, {}, continues=first))
        counts = work.read(release, "manifest")["counts"]
        return (
            f"{counts['released']:,} released, {counts['excluded'].get('waiting', 0):,} wait"
            if first
            else None
        )


def _sign(place):
    place.enter_anew(Role.COORDINATOR)  # a signature asks for the passphrase within minutes
    with place.as_(Role.COORDINATOR) as work:
        waiting = select(Release).where(Release.state == ReleaseState.PREPARED)
        publish.sign(work, work.db.scalars(waiting).one(), declared=True)


def _download(place):
    with place.as_(Role.ANALYST) as work:
        return f"{len(publish.download(work, work.db.scalars(select(Release)).one())) / 1e6:.1f} MB"


def _looked(place):
    """A preview, to CSV: its counts, seconds, and those of the processor."""
    begun, busy = time.perf_counter(), time.process_time()
    with place.as_(Role.ANALYST) as work:
        made = publish.look(work, publish.Wanted(POLICY, {}, as_csv=True))
    return made.manifest["counts"], time.perf_counter() - begun, time.process_time() - busy


def _stand_for(place):
    """A second person confirms the basis and finds the rows credible."""
    with place.as_(Role.REVIEWER) as work:
        for basis in consent.waiting_bases(work):
            consent.confirm_basis(work, basis)
        waiting = select(Incident.batch_id).join(Act, Act.incident_id == Incident.id)
        batch = work.db.scalar(waiting.where(Act.verification == Verification.RECEIVED).limit(1))
    after = None
    while True:
        with place.as_(Role.REVIEWER) as work:
            chunk = review.move_batch(work, batch, "A published list, compared with its source.", after=after)
        if chunk is None:
            break
        after = chunk.last
