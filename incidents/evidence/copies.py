"""Working copies: what is looked at and what may leave. Pictures and PDF are made; all else is made by hand."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import uuid4

from sqlalchemy import select

from incidents.errors import MoveNotAllowed
from incidents.evidence import custody, looking, pieces, store
from incidents.evidence.looking import Look
from incidents.evidence.pieces import SEGMENT, Stored
from incidents.evidence.refusals import EmptyFile, NoCopy, OverTheLimit, StillSays
from incidents.model.evidence import Custody, Evidence, EvidenceState, WorkingCopy
from incidents.work import Permission, Work

MADE = {"image": "re-encoded", "pdf": "cleaned"}
BY_HAND = "by-hand"
SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})  # types that a browser shows here


@dataclass(frozen=True)
class Copy:
    """A working copy with what is known of it."""

    row: WorkingCopy
    facts: Any  # size, sha256, type, how; or Unreadable


def make_if_possible(work: Work, item: Evidence, look: Look) -> WorkingCopy | None:
    """A copy of a picture or a PDF; none of what could not be read, or is of another kind."""
    if look.kind not in MADE or not look.read:
        return None
    said, data = looking.apart("copy", look.kind, pieces.read(work, pieces.original(item)))
    if not data:
        return None
    return _keep(work, item, _put(work, item, io.BytesIO(data)), said["type"], MADE[look.kind])


def add(work: Work, item: Evidence, source: BinaryIO) -> WorkingCopy:
    """A copy that somebody made by hand; a picture or a PDF is stripped once more, an office file must say nothing."""
    work.actor.must(Permission.EVIDENCE_ADD)
    if item.state != EvidenceState.KEPT:
        raise MoveNotAllowed
    given = _put(work, item, source)
    try:
        type, bare = _without(work, given)
    except BaseException:
        store.of(work.house).drop(given.names)
        raise
    if bare is not None:
        store.of(work.house).drop(given.names)
        given = _put(work, item, io.BytesIO(bare))
    return _keep(work, item, given, type, BY_HAND)


def _without(work: Work, given: Stored) -> tuple[str, bytes | None]:
    """The type of what was given, and its bytes where more was taken out of it."""
    look = looking.look(work, given, pieces.measure(work, given).size)
    if look.kind in MADE and look.read:
        said, data = looking.apart("copy", look.kind, pieces.read(work, given))
        if data:
            return str(said["type"]), data
    if look.metadata or look.kind:
        raise StillSays(what=", ".join(sorted({name for name, _value in look.metadata})) or look.type)
    return look.type, None


def _put(work: Work, item: Evidence, source: BinaryIO) -> Stored:
    """Seal and store a copy, piece after piece. No row knows of it yet."""
    id = uuid4()
    where, size = Stored(item.id, id, f"{item.id}/{id}", ()), 0
    words: list[str] = []
    while data := source.read(SEGMENT):
        size += len(data)
        if size > work.house.evidence_limit:
            store.of(work.house).drop_all(where.folder)
            raise OverTheLimit(limit=work.house.evidence_limit // (1024 * 1024))
        words.append(pieces.put(work, where, len(words), data))
    if not words:
        raise EmptyFile
    return Stored(item.id, id, where.folder, tuple(words))


def _keep(work: Work, item: Evidence, given: Stored, type: str, how: str) -> WorkingCopy:
    hashes = pieces.measure(work, given)
    last = newest(work, item)
    row = WorkingCopy(
        id=given.id,
        evidence_id=item.id,
        number=last.number + 1 if last else 1,
        made_by=work.actor.id,
        made_on=work.today,
        pieces=list(given.pieces),
        sealed_sha256=hashes.sealed_sha256,
    )
    facts = {"schema": 1, "size": hashes.size, "sha256": hashes.sha256, "type": type, "how": how}
    work.seal(row, facts=facts)
    work.add(row)
    custody.append(work, item, Custody.TRANSFORMED, {"how": how, "sha256": hashes.sha256, "copy": row.number})
    work.note("evidence.copy-made", item, kind=how)
    return row


def newest(work: Work, item: Evidence) -> WorkingCopy | None:
    """The copy that is in use."""
    pending = [row for row in work.pending(WorkingCopy) if row.evidence_id == item.id]
    query = select(WorkingCopy).where(WorkingCopy.evidence_id == item.id).order_by(WorkingCopy.number.desc())
    return max(pending, key=lambda row: row.number, default=None) or work.db.scalars(query.limit(1)).first()


def of(work: Work, item: Evidence) -> Copy | None:
    row = newest(work, item)
    return Copy(row, work.read_all([row], "facts")[0]) if row else None


def view(work: Work, item: Evidence) -> tuple[dict[str, Any], Iterator[bytes]]:
    """The working copy to be looked at: what is known of it, and its bytes. Appended to the chain."""
    work.actor.must(Permission.INCIDENT_READ)
    row = newest(work, item) if item.state == EvidenceState.KEPT else None
    if row is None:
        raise NoCopy
    facts = work.read(row, "facts")
    custody.append(work, item, Custody.VIEWED, {"copy": row.number})
    work.note("evidence.viewed", item)
    return facts, pieces.read(work, pieces.copy(row))
