"""Bringing a file in: announced, piece after piece, looked at as a whole, kept or refused.

A line may break at any moment: how much is here is asked of the store, and sending goes on from there.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO
from uuid import UUID

from incidents.errors import MoveNotAllowed, NotFound
from incidents.evidence import about, copies, custody, looking, pieces, store
from incidents.evidence.pieces import SEGMENT
from incidents.evidence.refusals import EmptyFile, NotWhole, OtherHash, OtherSegment, OverTheLimit
from incidents.model.evidence import Custody, Evidence, EvidenceState
from incidents.model.incident import Incident
from incidents.model.report import Report
from incidents.work import Compartment, Permission, Work, keys

MEGABYTE = 1024 * 1024


def begin(work: Work, to: Incident | Report, given: dict[str, Any]) -> Evidence:
    """Announce a file, with its size and what is known of it. `given`: see about.AboutSchema."""
    work.actor.must(Permission.EVIDENCE_ADD)
    said = about.checked(given)
    _must_fit(work, said["size"])
    item = Evidence(
        incident_id=to.id if isinstance(to, Incident) else None,
        report_id=to.id if isinstance(to, Report) else None,
        state=EvidenceState.ARRIVING,
        received_by=work.actor.id,
        received_on=work.today,
        pieces=[],
        sealed_sha256=None,
        people_said_by=None,
        people_said_on=None,
    )
    facts, description = about.parted(said)
    work.seal(item, facts=facts, description=description)
    work.add(item)
    work.note("evidence.begun", item, kind=said["origin"])
    return item


def _must_fit(work: Work, size: int) -> None:
    if size == 0:
        raise EmptyFile
    if size > work.house.evidence_limit:
        raise OverTheLimit(limit=work.house.evidence_limit // MEGABYTE)


def have(work: Work, item: Evidence) -> tuple[int, int]:
    """How many bytes are here, and how many there will be."""
    _must_arrive(work, item)
    return _here(work, item), _announced(work, item)["size"]


def _here(work: Work, item: Evidence) -> int:
    return sum(size for _name, size in pieces.here(work, pieces.original(item)))


def _announced(work: Work, item: Evidence) -> dict[str, Any]:
    """What was said of it. Nothing of it is shown to anybody: no opening to be noted."""
    facts: dict[str, Any] = work.vault.open(item, "facts")
    return facts


def _must_arrive(work: Work, item: Evidence) -> None:
    work.actor.must(Permission.EVIDENCE_ADD)
    if item.state != EvidenceState.ARRIVING:
        raise MoveNotAllowed


def receive(work: Work, item: Evidence, at: int, data: bytes, sha256: str = "") -> int:
    """One segment, which begins at this byte. How many bytes are here then.

    One that is cut or damaged is thrown away; one that was here already takes the place of the one before, sealed anew.
    """
    _must_arrive(work, item)
    size = _announced(work, item)["size"]
    number, odd = divmod(at, SEGMENT)
    fits = not odd and 0 <= at < size and len(data) == min(SEGMENT, size - at)
    if not fits or not _follows(work, item, number) or not _as_sent(data, sha256):
        raise OtherSegment(have=_here(work, item))
    where = pieces.original(item)
    older = [name for name, _size in _named(work, item, number)]
    pieces.put(work, where, number, data)
    store.of(work.house).drop(older)
    return at + len(data)


def _named(work: Work, item: Evidence, number: int) -> list[tuple[str, int]]:
    return store.of(work.house).sizes(f"{pieces.original(item).folder}/{number:06d}")


def _follows(work: Work, item: Evidence, number: int) -> bool:
    """What stands before it is here whole."""
    return number == 0 or any(pieces.plain(size) == SEGMENT for _name, size in _named(work, item, number - 1))


def _as_sent(data: bytes, sha256: str) -> bool:
    return not sha256 or hashlib.sha256(data).hexdigest() == sha256.lower()


def finish(work: Work, item: Evidence, sha256: str = "") -> Evidence:
    """All of it is here: read it once, compare, look what it is, and keep it.

    A NotKept says why not: then call `discard`, in a Work that is committed.
    """
    _must_arrive(work, item)
    facts, description = _announced(work, item), work.vault.open(item, "description")
    found = pieces.here(work, pieces.original(item))
    if sum(size for _name, size in found) != facts["size"]:
        raise NotWhole(have=sum(size for _name, size in found), size=facts["size"])
    where = replace(pieces.original(item), pieces=tuple(word for word, _size in found))
    hashes = pieces.measure(work, where)
    if any(said and said.lower() != hashes.sha256 for said in (sha256, description.get("sha256", ""))):
        raise OtherHash
    look = looking.look(work, where, hashes.size)
    item.pieces, item.sealed_sha256 = list(where.pieces), hashes.sealed_sha256
    item.state = EvidenceState.KEPT
    work.seal(
        item,
        facts={**facts, "sha256": hashes.sha256, "type": look.type, "segment": SEGMENT},
        description={**description, "metadata": look.metadata, "read": look.read},
    )
    custody.append(work, item, Custody.RECEIVED, {"origin": facts["origin"]})
    custody.append(work, item, Custody.HASHED, {"sha256": hashes.sha256, "size": hashes.size})
    custody.append(work, item, Custody.SEALED, {"sealed_sha256": hashes.sealed_sha256.hex()})
    work.note("evidence.kept", item)
    copies.make_if_possible(work, item, look)
    return item


def discard(work: Work, item: Evidence) -> None:
    """Let go of a file that was refused, or that nobody goes on sending: nobody relied on it."""
    _must_arrive(work, item)
    if (
        item not in work.db.new
    ):  # the row goes first: whoever finished it meanwhile wins, and keeps every piece
        work.db.delete(item)
        work.note("evidence.discarded", item)
        work.commit()
    store.of(work.house).drop_all(str(item.id))
    keys.discard(work.house.keystore, [(item.id, Compartment.FACTS), (item.id, Compartment.TESTIMONY)])
    if item in work.db.new:
        work.db.expunge(item)
        work.note("evidence.discarded", item)


def keep(work: Work, to: Incident | Report, given: dict[str, Any], source: BinaryIO) -> Evidence:
    """All in one: a file that is at hand. Refused, what was stored of it is gone again."""
    item = begin(work, to, given)
    try:
        for at, data in segments(source):
            receive(work, item, at, data)
        return finish(work, item)
    except BaseException:
        item.state = EvidenceState.ARRIVING
        discard(work, item)
        raise


def segments(source: BinaryIO, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """A file as it is sent: where each segment begins, and its bytes."""
    at = start
    while data := source.read(SEGMENT):
        yield at, data
        at += len(data)


def arriving(work: Work, id: UUID) -> Evidence:
    """One that is being sent."""
    work.actor.must(Permission.EVIDENCE_ADD)
    item = work.get(Evidence, id)
    if item.state != EvidenceState.ARRIVING:
        raise NotFound
    return item
