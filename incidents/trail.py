"""Read the trail: who did what lately. It says what happened to which record, never what the record says."""

from collections.abc import Sequence

from sqlalchemy import select

from incidents.model.audit import AuditBlock, AuditEntry, AuditHead
from incidents.work import Break, Permission, Work

PER_PAGE = 50
# Of a note's detail: keys and ids, too long to read and of no use to a reader.
KEYS = frozenset({"digest", "job", "sign", "subject", "until", "worker"})
MOST_ENTRIES = 20  # of one block on a page; an import's block has thousands


def blocks(
    work: Work, before: int | None = None, limit: int = PER_PAGE
) -> list[tuple[AuditBlock, Sequence[AuditEntry]]]:
    """A page of blocks with their notes, the newest first."""
    work.actor.must(Permission.TRAIL_READ)
    query = select(AuditBlock).order_by(AuditBlock.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditBlock.number < before)
    found = list(work.db.scalars(query))
    notes = work.db.scalars(
        select(AuditEntry)
        .where(AuditEntry.block.in_([block.number for block in found]), AuditEntry.position < MOST_ENTRIES)
        .order_by(AuditEntry.block, AuditEntry.position)
    ).all()
    return [(block, [note for note in notes if note.block == block.number]) for block in found]


def length(work: Work) -> int:
    """How many blocks there are."""
    head = work.db.get(AuditHead, 1)
    return head.number if head else 0


def verify(work: Work) -> list[Break]:
    """Every block, signature, row and checkpoint looked at; what does not fit. Noted."""
    work.actor.must(Permission.TRAIL_READ)
    found = list(work.breaks())
    work.note("trail.verified", breaks=len(found))
    return found
