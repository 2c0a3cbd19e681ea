"""What somebody decided about two records that look alike: the same, different, or not to be said yet.

It is remembered, so nobody is asked twice. The same: the two are joined by `rearranging`, which can be undone there.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents.errors import InvalidInput, NotFound, ReasonsNeeded, _
from incidents.intake import rearranging
from incidents.intake.duplicates.gathering import visible_incident, visible_person
from incidents.model.duplicate import DuplicateDecision, Verdict
from incidents.work import Permission, Work

SHORTEST_REASON = 12  # characters: a sentence, not a nod
OVER = (Verdict.SAME, Verdict.DIFFERENT)

Pair = frozenset[UUID]
Mark = tuple[date, UUID]  # a place among those that were put off
NOT_A_PAIR = _("Choose two different records.")


def decide(
    work: Work, about: str, keep: UUID, other: UUID, verdict: Verdict, reasons: str
) -> DuplicateDecision:
    """Keep what was decided. Of two that are the same, the first is read and counted from now on."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    must_be_two(work, about, keep, other)
    if len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded
    row = _row(work, about, keep, other)
    row.verdict, row.decided_by, row.decided_on = verdict, work.actor.id, work.today
    work.seal(row, reasons=reasons.strip())
    work.note("duplicate.decided", row, verdict=verdict.value, kind=about)
    if verdict == Verdict.SAME:
        join = rearranging.merge_persons if about == "person" else rearranging.merge
        join(work, keep, other, reasons)
    return row


def must_be_two(work: Work, about: str, one: UUID, other: UUID) -> None:
    """Two records of one kind that are there, and that this actor may see."""
    see: dict[str, Any] = {"person": visible_person, "incident": visible_incident}
    if about not in see:
        raise NotFound
    if one == other:
        raise InvalidInput({"other": [NOT_A_PAIR]})
    for id in (one, other):
        see[about](work, id)


def _row(work: Work, about: str, one: UUID, other: UUID) -> DuplicateDecision:
    """The pair's one row, new where nobody decided before."""
    known = of(work, one, other)
    if known is not None:
        work.vouched([known])
        return known
    first, second = sorted((one, other), key=str)
    return work.add(
        DuplicateDecision(
            about=about,
            one_id=first,
            other_id=second,
            verdict=Verdict.LATER,
            decided_by=work.actor.id,
            decided_on=work.today,
        )
    )


def of(work: Work, one: UUID, other: UUID) -> DuplicateDecision | None:
    """What was decided about these two."""
    first, second = sorted((one, other), key=str)
    query = select(DuplicateDecision).where(
        DuplicateDecision.one_id == first, DuplicateDecision.other_id == second
    )
    return work.db.scalars(query).first()


def decided(work: Work, about: str) -> set[Pair]:
    """The pairs that nobody is asked about any more."""
    return _pairs(work, about, OVER)


def put_off(work: Work, about: str) -> set[Pair]:
    """The pairs of which it could not be said yet."""
    return _pairs(work, about, (Verdict.LATER,))


def _pairs(work: Work, about: str, verdicts: Iterable[Verdict]) -> set[Pair]:
    query = select(DuplicateDecision.one_id, DuplicateDecision.other_id).where(
        DuplicateDecision.about == about, DuplicateDecision.verdict.in_(list(verdicts))
    )
    return {frozenset(pair) for pair in work.db.execute(query)}


def waiting(work: Work, limit: int, after: Mark | None = None) -> list[DuplicateDecision]:
    """Pairs that were put off, the oldest first, on from a place that is a day and the id of a decision."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    query = select(DuplicateDecision).where(DuplicateDecision.verdict == Verdict.LATER)
    if after is not None:
        day, id = after
        on = DuplicateDecision.decided_on
        query = query.where(or_(on > day, (on == day) & (DuplicateDecision.id > id)))
    return list(
        work.db.scalars(query.order_by(DuplicateDecision.decided_on, DuplicateDecision.id).limit(limit))
    )
