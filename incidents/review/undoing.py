"""A move of many taken back: a new change with a reason, of those acts that nobody touched since.

Which acts they were is not written down anywhere besides: the reviews of one move stand in one block of the trail.
What counted before counts again only where the rules give it today, to whoever takes the move back.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from incidents.errors import NotFound
from incidents.model.audit import AuditEntry, RecordDigest
from incidents.model.incident import Act
from incidents.model.review import Review
from incidents.model.vocabulary import Verification
from incidents.review.many import MOVED, Plan, Why, noted, plan
from incidents.review.moves import UNDOING, move_all, must_be_reasoned
from incidents.work import Permission, Work

MOVED_BACK = "acts.moved-back"  # the note
DAYS = 30  # moves of so many days are listed


@dataclass(frozen=True, slots=True)
class Together:
    """One move of many: the first of its reviews stands for it."""

    id: UUID
    by: UUID
    on: date
    to: Verification
    count: int


def together(work: Work) -> list[Together]:
    """The moves of many of the last days, the newest first."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(AuditEntry, Review).join(Review, AuditEntry.about_id == Review.id)
    query = query.where(AuditEntry.event == MOVED, Review.decided_on >= work.today - timedelta(days=DAYS))
    return [
        Together(row.id, row.decided_by, row.decided_on, row.to_state, entry.detail["count"])
        for entry, row in work.db.execute(query.order_by(AuditEntry.block.desc()))
    ]


def one(work: Work, id: UUID) -> Together:
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(AuditEntry, Review).join(Review, AuditEntry.about_id == Review.id)
    found = work.db.execute(query.where(Review.id == id, AuditEntry.event == MOVED)).first()
    if found is None:
        raise NotFound
    entry, row = found
    return Together(row.id, row.decided_by, row.decided_on, row.to_state, entry.detail["count"])


def look_back(work: Work, id: UUID) -> Plan:
    """What would become of each act if the move were taken back; nothing is changed."""
    moving: list[Act] = []
    staying: dict[UUID, Why] = {}
    for group, found in _looked_at(work, id):
        moving += group
        staying |= found
    return Plan(tuple(moving), staying)


def move_back(work: Work, id: UUID, reasons: str) -> tuple[list[Review], Plan]:
    """Take a move of many back, act by act, where each came from."""
    must_be_reasoned(reasons)
    found = look_back(work, id)
    came_from = {row.act_id: row.from_state for row in _reviews(work, id)}
    rows: list[Review] = []
    for to, acts in _by_state(found.moving, came_from).items():
        rows += move_all(work, acts, to, reasons, UNDOING)
    noted(work, rows, MOVED_BACK, to=one(work, id).to.value)
    return rows, found


def _looked_at(work: Work, id: UUID) -> list[tuple[tuple[Act, ...], dict[UUID, Why]]]:
    rows = _reviews(work, id)
    came_from = {row.act_id: row.from_state for row in rows}
    untouched, touched = _since(work, rows, one(work, id))
    found: list[tuple[tuple[Act, ...], dict[UUID, Why]]] = [((), dict.fromkeys(touched, Why.CHANGED))]
    for to, acts in _by_state(untouched, came_from).items():
        looked = plan(work, acts, to, UNDOING)
        found.append((looked.moving, dict(looked.staying)))
    return found


def _by_state(acts: Sequence[Act], came_from: dict[UUID, Verification]) -> dict[Verification, list[Act]]:
    sorted_: dict[Verification, list[Act]] = defaultdict(list)
    for act in acts:
        sorted_[came_from[act.id]].append(act)
    return sorted_


def _block(work: Work, id: UUID) -> int:
    """The block of the trail in which a review was written."""
    found = work.db.get(RecordDigest, (id, 1))
    if found is None:
        raise NotFound
    return found.block


def _reviews(work: Work, id: UUID) -> list[Review]:
    """The reviews of one move: those of its block that moved an act."""
    query = select(Review).join(RecordDigest, RecordDigest.record_id == Review.id)
    query = query.where(RecordDigest.block == _block(work, id), RecordDigest.version == 1)
    rows = [row for row in work.db.scalars(query.order_by(RecordDigest.position)) if not row.first_of_two]
    work.vouched(rows)
    return rows


def _since(work: Work, rows: Sequence[Review], of: Together) -> tuple[list[Act], set[UUID]]:
    """The acts as the move left them, and those that somebody touched, decided or said a word on since."""
    block, ids = _block(work, of.id), [row.act_id for row in rows]
    then = select(RecordDigest.record_id, RecordDigest.version)
    then = then.where(RecordDigest.block == block, RecordDigest.record_id.in_(ids))
    left_at = {id: version for id, version in work.db.execute(then)}  # noqa: C416  rows are no pairs to mypy
    later = select(Review.act_id).join(RecordDigest, RecordDigest.record_id == Review.id)
    later = later.where(Review.act_id.in_(ids), RecordDigest.version == 1, RecordDigest.block > block)
    spoken = set(work.db.scalars(later))
    acts = list(work.db.scalars(select(Act).where(Act.id.in_(ids)).order_by(Act.received_on, Act.id)))
    untouched = [
        act
        for act in acts
        if act.version == left_at.get(act.id) and act.id not in spoken and act.left_on is None
    ]
    return untouched, {*ids} - {act.id for act in untouched}
