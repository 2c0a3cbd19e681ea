"""The chain of who had a piece of evidence in hand. Links are appended, each with the hash of the one before."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.model.evidence import Custody, CustodyEvent, Evidence
from incidents.work import Work

START = bytes(32)  # what the first link holds on to


def append(
    work: Work,
    item: Evidence,
    kind: Custody,
    facts: dict[str, Any] | None = None,
    words: dict[str, Any] | None = None,
) -> CustodyEvent:
    """One more link. Two at once: the later is refused, and tried again."""
    last = _last(work, item.id)
    event = CustodyEvent(
        evidence_id=item.id,
        number=last.number + 1 if last else 1,
        kind=kind,
        by=work.actor.id,
        on=work.today,
        previous=link(last) if last else START,
        facts=None,
        words=None,
    )
    at = work.now().isoformat(timespec="seconds")
    work.seal(event, facts={"schema": 1, "at": at, **(facts or {})}, words=words or {})
    return work.add(event)


def ended(work: Work, item: Evidence, by: UUID) -> CustodyEvent:
    """The last link: its key is destroyed, so nothing in it is sealed."""
    last = _last(work, item.id)
    return work.add(
        CustodyEvent(
            evidence_id=item.id,
            number=last.number + 1 if last else 1,
            kind=Custody.DESTROYED,
            by=by,
            on=work.today,
            previous=link(last) if last else START,
            facts=None,
            words=None,
        )
    )


def _last(work: Work, id: UUID) -> CustodyEvent | None:
    pending = [event for event in work.pending(CustodyEvent) if event.evidence_id == id]
    query = select(CustodyEvent).where(CustodyEvent.evidence_id == id).order_by(CustodyEvent.number.desc())
    return (
        max(pending, key=lambda event: event.number, default=None) or work.db.scalars(query.limit(1)).first()
    )


def link(event: CustodyEvent) -> bytes:
    """The hash over a link, its seals as they stand; 32 bytes."""
    seals = [hashlib.sha256(seal.data).hexdigest() if seal else None for seal in (event.facts, event.words)]
    said = [
        str(event.id),
        str(event.evidence_id),
        event.number,
        event.kind.value,
        str(event.by),
        event.on.isoformat(),
        event.previous.hex(),
        *seals,
    ]
    return hashlib.sha256(json.dumps(said).encode()).digest()


def chain(work: Work, id: UUID) -> list[CustodyEvent]:
    query = select(CustodyEvent).where(CustodyEvent.evidence_id == id).order_by(CustodyEvent.number)
    return list(work.db.scalars(query))


def first_break(events: Sequence[CustodyEvent]) -> int | None:
    """The number of the first link that does not hold on to the one before it."""
    previous = START
    for number, event in enumerate(events, 1):
        if event.number != number or event.previous != previous:
            return number
        previous = link(event)
    return None
