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
from incidents.model.audit import AuditEntry, RecordDigest, first_digest
from incidents.model.incident import Act
from incidents.model.review import Review
from incidents.model.vocabulary import Verification
from incidents.review.many import MOVED, Plan, Why, moved, noted, plan
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
    block: int  # of the trail, in which its reviews stand and the acts as it left them


def together(work: Work) -> list[Together]:
    """The moves of many of the last days, the newest first: a list to choose from. Whoever opens one has it vouched."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(AuditEntry, Review).join(Review, AuditEntry.about_id == Review.id)
    query = query.where(AuditEntry.event == MOVED, Review.decided_on >= work.today - timedelta(days=DAYS))
    return [_one(entry, row) for entry, row in work.db.execute(query.order_by(AuditEntry.block.desc()))]


def _one(entry: AuditEntry, row: Review) -> Together:
    return Together(row.id, row.decided_by, row.decided_on, row.to_state, entry.detail["count"], entry.block)


def one(work: Work, id: UUID) -> Together:
    """One of them, as a signed block says it: a note that somebody wrote into the trail makes no move of many."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(AuditEntry, Review).join(Review, AuditEntry.about_id == Review.id)
    found = work.db.execute(query.where(Review.id == id, AuditEntry.event == MOVED)).first()
    if found is None:
        raise NotFound
    entry, row = found
    work.vouched([row])
    work.vouched_block(entry.block)
    return _one(entry, row)


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
    of, found = one(work, id), look_back(work, id)
    came_from = {row.act_id: row.from_state for row in _reviews(work, of)}
    rows: list[Review] = []
    for to, acts in _by_state(found.moving, came_from).items():
        rows += move_all(work, acts, to, reasons, UNDOING)
    noted(work, rows, MOVED_BACK, to=of.to.value)
    return rows, moved(found, rows, {})


def _looked_at(work: Work, id: UUID) -> list[tuple[tuple[Act, ...], dict[UUID, Why]]]:
    of = one(work, id)
    rows = _reviews(work, of)
    came_from = {row.act_id: row.from_state for row in rows}
    untouched, touched = _since(work, rows, of)
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


def _reviews(work: Work, of: Together) -> list[Review]:
    """The reviews of one move: those of its block that moved an act."""
    query = select(Review).join(RecordDigest, first_digest(Review))
    query = query.where(RecordDigest.block == of.block)
    rows = [row for row in work.db.scalars(query.order_by(RecordDigest.position)) if not row.first_of_two]
    work.vouched(rows)
    return rows


def _since(work: Work, rows: Sequence[Review], of: Together) -> tuple[list[Act], set[UUID]]:
    """The acts as the move left them, and those that somebody touched, decided or said a word on since."""
    ids = [row.act_id for row in rows]
    then = select(RecordDigest.record_id, RecordDigest.version)
    then = then.where(RecordDigest.block == of.block, RecordDigest.record_id.in_(ids))
    left_at = {id: version for id, version in work.db.execute(then)}  # noqa: C416  rows are no pairs to mypy
    spoken = {row.act_id for row in _later(work, ids, of)}
    acts = list(work.db.scalars(select(Act).where(Act.id.in_(ids)).order_by(Act.received_on, Act.id)))
    work.vouched(acts)
    untouched = [
        act
        for act in acts
        if act.version == left_at.get(act.id) and act.id not in spoken and act.left_on is None
    ]
    return untouched, {*ids} - {act.id for act in untouched}


def _later(work: Work, ids: Sequence[UUID], of: Together) -> list[Review]:
    """What was said of these acts since: a word that was hidden from the trail's order would be passed over."""
    query = select(Review, RecordDigest.block).join(RecordDigest, first_digest(Review))
    query = query.where(Review.act_id.in_(ids))
    said = [(row, block) for row, block in work.db.execute(query)]
    work.vouched([row for row, _block in said])
    return [row for row, block in said if block > of.block]
