"""Everything computed anew: what lies in the store, the chains of custody, the rows against the trail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from incidents.errors import Problem
from incidents.evidence import custody, pieces, store
from incidents.evidence.pieces import Stored
from incidents.evidence.refusals import PieceMissing
from incidents.model.evidence import CustodyEvent, Evidence, EvidencePerson, EvidenceState, WorkingCopy
from incidents.work import Break, Work

TABLES = frozenset(kind.__tablename__ for kind in (Evidence, EvidencePerson, CustodyEvent, WorkingCopy))
ALTERED = "the stored file was altered"
MISSING = "a part of the stored file is missing"
CHAIN = "the chain of custody does not hold"
CONTENT = "the content is not what was received"


@dataclass(frozen=True)
class Verified:
    """How much was looked at; `left_over`: files in the store that no record knows, which change nothing."""

    pieces: int
    left_over: int


def breaks(work: Work, *, opening: bool = False) -> Iterator[Break]:
    """What does not fit, the first first: rows, then chains, then files. Without keys sealed bytes are compared.

    Opening: the content too, which needs the keys of a reviewer.
    """
    for found in work.breaks():
        if found.where.partition("/")[0] in TABLES:
            yield found
    for item in work.db.scalars(select(Evidence).order_by(Evidence.received_on, Evidence.id)):
        if item.state == EvidenceState.ARRIVING:
            continue
        number = custody.first_break(custody.chain(work, item.id))
        if number is not None:
            yield Break(CHAIN, f"evidence/{item.id}, custody {number}")
        if item.state == EvidenceState.KEPT:
            yield from _of_files(work, item, opening=opening)


def unchanged(work: Work, item: Evidence) -> bool:
    """Whether one original is what was received, and its chain of custody whole. It is read through once."""
    if custody.first_break(custody.chain(work, item.id)) is not None:
        return False
    return next(_of_file(work, item, pieces.original(item), "", opening=True), None) is None


def _of_files(work: Work, item: Evidence, *, opening: bool) -> Iterator[Break]:
    yield from _of_file(work, item, pieces.original(item), f"evidence/{item.id}", opening=opening)
    for row in work.db.scalars(
        select(WorkingCopy).where(WorkingCopy.evidence_id == item.id).order_by(WorkingCopy.number)
    ):
        yield from _of_file(work, row, pieces.copy(row), f"working_copy/{row.id}", opening=opening)


def _of_file(
    work: Work, row: Evidence | WorkingCopy, where: Stored, name: str, *, opening: bool
) -> Iterator[Break]:
    try:
        if pieces.sealed_sha256(work, where) != row.sealed_sha256:
            yield Break(ALTERED, name)
        elif opening and not _is_content(work, where, work.read(row, "facts")):
            yield Break(CONTENT, name)
    except PieceMissing:
        yield Break(MISSING, name)


def _is_content(work: Work, where: Stored, facts: dict[str, Any]) -> bool:
    try:
        hashes = pieces.measure(work, where)
    except PieceMissing:
        raise
    except Problem:
        return False
    return (hashes.sha256, hashes.size) == (facts["sha256"], facts["size"])


def verified(work: Work) -> Verified:
    """How many files there are, and how many pieces in the store nobody knows of."""
    rows = list(work.db.scalars(select(Evidence)))
    arriving = {str(row.id) for row in rows if row.state == EvidenceState.ARRIVING}
    files = [*map(pieces.original, rows), *map(pieces.copy, work.db.scalars(select(WorkingCopy)))]
    known = {name for where in files for name in where.names}
    lying = [name for name, _size in store.of(work.house).sizes("")]
    left = [name for name in lying if name not in known and name.partition("/")[0] not in arriving]
    return Verified(sum(row.state == EvidenceState.KEPT for row in rows), len(left))
