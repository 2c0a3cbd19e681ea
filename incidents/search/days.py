"""Within a day, incidents stand in the order in which they were taken in, which the trail knows of each.

An incident keeps the day alone, and its id is chance (docs/decisions/0009, 0020). So a walk by day and id is read until
a day is whole, and that day is put in order by the block of the trail in which each began. A day on which very many
came is an import's: it stays in the order of its ids, whichever page is asked for, so that no page reads it whole.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import dropwhile, groupby
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.orm import aliased

from incidents.model.audit import RecordDigest
from incidents.model.incident import Incident
from incidents.search.walking import Mark, Walk
from incidents.work import Work

CROWDED = 2000  # incidents of a day, above which it is left in the order of its ids
NOWHERE = (-1, -1)  # what the trail does not know of stands before what it knows of
LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)

Place = tuple[tuple[int, int], UUID]  # of an incident within its day


def as_they_came(walk: Walk) -> Iterator[UUID]:
    """The ids of a walk, day by day as the walk goes, and within a day by when they were taken in."""
    work, start, newest = walk.work, walk.start, walk.newest
    if start is not None and not _is_crowded(work, start[0]):
        walk = replace(walk, start=(start[0], HIGHEST if newest else LOWEST))
    held: list[Mark] = []
    for found, end in walk.steps():
        held += found
        cut = [mark for mark in held if end is not None and mark[0] == end[0]]
        if cut and _is_crowded(work, cut[0][0]):
            cut = []
        whole, held = held[: len(held) - len(cut)], cut
        yield from _put_in_order(work, whole, start, newest=newest)


def _put_in_order(work: Work, marks: Sequence[Mark], start: Mark | None, *, newest: bool) -> Iterator[UUID]:
    """Whole days; of the day that the page begins in, what comes after its beginning."""
    days = [(day, [id for _day, id in group]) for day, group in groupby(marks, key=lambda mark: mark[0])]
    several = {day: ids[0] for day, ids in days if len(ids) > 1 or (start and start[0] == day)}
    open_days = several.keys() - _crowded(work, several.values())
    asked = [id for day, ids in days if day in open_days for id in ids]
    places = _places(work, [*asked, start[1]] if start and start[0] in open_days else asked)
    for day, ids in days:
        if day not in open_days:
            yield from ids
            continue
        ordered = iter(sorted(ids, key=places.__getitem__, reverse=newest))
        if start is not None and start[0] == day:
            at = places[start[1]]
            passed = (lambda id, at=at: places[id] >= at) if newest else (lambda id, at=at: places[id] <= at)
            ordered = dropwhile(passed, ordered)
        yield from ordered


def _is_crowded(work: Work, day: date) -> bool:
    """Whether too many incidents came on a day; asked of all that came, so that every list says the same."""
    return work.db.scalar(_beyond(Incident.received_on, day)) is not None


def _crowded(work: Work, ids: Collection[UUID]) -> set[date]:
    """The days on which too many came, of those on which these came: one statement for all of them."""
    if not ids:
        return set()
    beyond = _beyond(aliased(Incident).received_on, Incident.received_on)
    query = select(Incident.received_on).where(Incident.id.in_(ids), beyond.scalar_subquery() == 1)
    return set(work.db.scalars(query))


def _beyond(received: Any, day: Any) -> Any:
    return select(literal(1)).where(received == day).offset(CROWDED).limit(1)


def _places(work: Work, ids: Sequence[UUID]) -> dict[UUID, Place]:
    query = select(RecordDigest.record_id, RecordDigest.block, RecordDigest.position)
    query = query.where(RecordDigest.record_id.in_(ids), RecordDigest.version == 1)
    known = {row.record_id: (row.block, row.position) for row in work.db.execute(query)} if ids else {}
    return {id: (known.get(id, NOWHERE), id) for id in ids}
