"""The trail: append a block, verify the chain. No function here changes or removes an entry.

A commit's notes form one block: the hash of the block before, the Merkle root of its
entries and of the digests of all rows it wrote, and a signature. So an entry removed,
a row changed behind the program's back, and an older row put back are each named.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import String, Table, Uuid, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from crypto.envelope import canon, canonical_json
from crypto.errors import CryptoError, Tampered
from crypto.principal import Principal, Public
from crypto.trail import GENESIS, block_hash, leaf, merkle_root
from incidents.model.audit import AuditBlock, AuditEntry, AuditHead, RecordDigest
from incidents.model.base import Base, Record, insert_rows
from incidents.safeguards.digests import PLAIN as _PLAIN
from incidents.safeguards.digests import digest as digest
from incidents.safeguards.digests import digests, of_row, shape_of
from incidents.safeguards.keystore import NODE

MANDATE = "job.mandated"  # a note that lets a worker's key sign blocks
REMOVED = "member.removed"  # a note after which the key of the member it is about signs nothing
TURNS = 5  # that the trail is verified, where others write at each
Mandates = dict[tuple[bytes, UUID], tuple[bytes, str]]  # worker's kid, who mandated it → its key, until when
ENTRY = ("block", "position", "event", "about", "about_id", "detail")
DIGEST = ("record_id", "version", "about", "digest", "block", "position")
Signers = Callable[[bytes], Public]  # kid → public, its enrolment verified; Tampered if unknown


@dataclass(frozen=True, slots=True)
class Note:
    """Who did what to which record, never what it says."""

    event: str
    about: str = ""
    about_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Break:
    """Something that does not fit; `where` names it, as a block or as a row of a table."""

    what: str
    where: str


class Mark(NamedTuple):
    """A row at a version, as the trail remembers it; no digest: it was swept."""

    about: str
    record_id: UUID
    version: int
    digest: bytes | None


def write(db: Session, kind: type[Record], records: Sequence[Record]) -> list[Mark]:
    """Insert new bare rows of one kind at once; what they are from now on."""
    table, shape = _table(kind), shape_of(kind)
    defaults = [(column.key, cast("Any", column.default).arg) for column in table.columns if column.default]
    values = itemgetter(*shape.columns)
    rows = [_filled(record, defaults, values) for record in records]
    insert_rows(db.connection(), table, shape.columns, rows)
    id, name = shape.columns.index("id"), kind.__tablename__
    return [Mark(name, row[id], 1, said) for row, said in zip(rows, digests(shape, rows), strict=True)]


def _filled(
    record: Record,
    defaults: Sequence[tuple[str, Any]],
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]],
) -> tuple[Any, ...]:
    """The values of a bare row: no session writes it, so its version and defaults are filled in here."""
    held = instance_dict(record)
    held["version"] = 1
    for name, value in defaults:
        if held[name] is None:
            held[name] = value
    return values(held)


def mark(record: Record) -> Mark:
    return Mark(record.__tablename__, record.id, record.version, digest(record))


def append(
    db: Session, at: datetime, actor: UUID, signer: Principal, notes: Sequence[Note], marks: Sequence[Mark]
) -> int:
    """Add one block as the last thing before a commit; its number."""
    head = db.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = AuditHead(id=1, number=0, hash=GENESIS)
        db.add(head)
    number, previous = head.number + 1, head.hash
    root = merkle_root([leaf(_note_bytes(note)) for note in notes] + [leaf(_mark_bytes(*m)) for m in marks])
    hashed = block_hash(previous, number, root, actor, at.isoformat())
    _insert_leaves(db, number, notes, marks)
    db.add(
        AuditBlock(
            number=number,
            at=at,
            actor=actor,
            signer=signer.kid,
            previous=previous,
            root=root,
            signature=signer.sign(hashed),
        )
    )
    head.number, head.hash = number, hashed
    db.flush()
    return number


def _insert_leaves(db: Session, number: int, notes: Sequence[Note], marks: Sequence[Mark]) -> None:
    entries = [
        (number, position, note.event, note.about, note.about_id, note.detail)
        for position, note in enumerate(notes)
    ]
    digests = [
        (m.record_id, m.version, m.about, m.digest, number, position) for position, m in enumerate(marks)
    ]
    insert_rows(db.connection(), _table(AuditEntry), ENTRY, entries)
    insert_rows(db.connection(), _table(RecordDigest), DIGEST, digests)


def _table(kind: type[Base]) -> Table:
    """Rows that nobody holds are written without objects."""
    return cast("Table", kind.__table__)


def _note_bytes(note: Note | AuditEntry) -> bytes:
    about = note.about_id.bytes if note.about_id else b""
    return canon("note", note.event, note.about, about, canonical_json(note.detail))


def _mark_bytes(about: str, id: UUID | bytes, version: int, said: bytes | None) -> bytes:
    raw = id if isinstance(id, bytes) else id.bytes
    said = said or b""
    return _before_mark(about) + raw + _before_digest(version, len(said)) + said


# Of canon("row", about, id, version, digest), spelt out: a row is marked each time it is written, and each is verified.
@cache
def _before_mark(about: str) -> bytes:
    return b"\x05" + canon("row", about)[1:] + (16).to_bytes(4, "big")


@lru_cache(maxsize=1024)
def _before_digest(version: int, size: int) -> bytes:
    return canon(version)[1:] + size.to_bytes(4, "big")


# -- verifying


def verify(db: Session, signers: Signers) -> Iterator[Break]:
    """Every place where the trail or a row does not fit, the earliest first. Nothing: all holds.

    What others commit meanwhile is no break: where something does not fit and the trail grew, all is looked at again.
    """
    found: list[Break] = []
    for _turn in range(TURNS):
        then = _end(db)
        found = [*_verify_blocks(db, signers), *verify_rows(db, all_kinds())]
        if not found or _end(db) == then:
            break
    yield from found


def _end(db: Session) -> int:
    """The number of the last block, as it is now."""
    head = db.get(AuditHead, 1, populate_existing=True)
    return head.number if head else 0


def all_kinds() -> list[type[Record]]:
    return sorted(
        (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)),
        key=lambda kind: kind.__tablename__,
    )


def _verify_blocks(db: Session, signers: Signers) -> Iterator[Break]:
    previous, number = GENESIS, 0
    mandates: Mandates = {}
    removed: set[UUID] = set()
    for block in db.scalars(select(AuditBlock).order_by(AuditBlock.number)).yield_per(500):
        number += 1
        where = f"block {number}"
        if block.number != number:
            yield Break("a block is missing", where)
            number, previous = block.number, block.previous
            where = f"block {number}"
        entries = list(
            db.scalars(select(AuditEntry).where(AuditEntry.block == number).order_by(AuditEntry.position))
        )
        hashed = block_hash(block.previous, number, block.root, block.actor, block.at.isoformat())
        if block.previous != previous:
            yield Break("the chain is cut before this block", where)
        if _root(db, number, entries) != block.root:
            yield Break("a note was removed, added or changed", where)
        if not _is_signed(block, hashed, signers, mandates, removed):
            yield Break("the signature does not hold", where)
        mandates.update(_mandates(block, entries))
        removed.update(e.about_id for e in entries if e.event == REMOVED and e.about_id)
        previous = hashed
    head = db.get(AuditHead, 1, populate_existing=True)
    if (head.number, head.hash) != (number, previous) if head else number:
        yield Break("the end of the trail is missing", f"block {number + 1}")
    yield from _strays(db)


def _strays(db: Session) -> Iterator[Break]:
    """Notes and digests of a block that is not there: nobody signed them, so nothing may rest on them."""
    for column in (AuditEntry.block, RecordDigest.block):
        query = select(column).where(column.not_in(select(AuditBlock.number))).distinct().order_by(column)
        for number in db.scalars(query):
            yield Break("a note or a digest belongs to no block", f"block {number}")


def _root(db: Session, number: int, entries: Sequence[AuditEntry]) -> bytes:
    query = select(
        RecordDigest.about, _stored(RecordDigest.record_id), RecordDigest.version, RecordDigest.digest
    )
    rows = db.execute(query.where(RecordDigest.block == number).order_by(RecordDigest.position))
    marks = [_mark_bytes(about, _Id.of(id), version, said) for about, id, version, said in rows]
    return merkle_root([*(leaf(_note_bytes(entry)) for entry in entries), *map(leaf, marks)])


def _mandates(block: AuditBlock, entries: Iterable[AuditEntry]) -> Mandates:
    found: Mandates = {}
    for entry in entries:
        if entry.event == MANDATE:
            with suppress(
                KeyError, TypeError, ValueError
            ):  # one that somebody wrote in; its block's root tells
                sign, until = bytes.fromhex(entry.detail["sign"]), str(entry.detail["until"])
                found[bytes.fromhex(entry.detail["worker"]), block.actor] = sign, until
    return found


def _is_signed(
    block: AuditBlock, hashed: bytes, signers: Signers, mandates: Mandates, removed: Container[UUID | None]
) -> bool:
    """By the actor's own key while they were a member, by the node's, or by a worker whom the actor mandated."""
    try:
        if (block.signer, block.actor) in mandates:
            sign, until = mandates[block.signer, block.actor]
            Public(block.actor, b"", sign).verify(block.signature, hashed)
            return block.at.isoformat() <= until
        who = signers(block.signer)
        who.verify(block.signature, hashed)
    except CryptoError:
        return False
    return who.id == NODE or (who.id == block.actor and who.id not in removed)


def verify_rows(db: Session, kinds: Iterable[type[Record]]) -> Iterator[Break]:
    """Every row that is not what the trail last said of it, is missing, or was never written by us."""
    for kind in kinds:
        name = kind.__tablename__
        newest = _newest(db, name)
        for id, version, found in _as_they_lie(db, kind):
            said = newest.pop(id, None)
            if said is None:
                yield Break("a row that the program did not write", f"{name}/{UUID(bytes=id)}")
            elif said[0] != version:
                yield Break("an older row was put back", f"{name}/{UUID(bytes=id)}")
            elif said[1] != found:
                yield Break("a row was changed or moved", f"{name}/{UUID(bytes=id)}")
        for gone, (_version, last) in newest.items():
            if last is not None:
                yield Break("a row is missing", f"{name}/{UUID(bytes=gone)}")


def _newest(db: Session, name: str) -> dict[bytes, tuple[int, bytes | None]]:
    query = select(_stored(RecordDigest.record_id), RecordDigest.version, RecordDigest.digest)
    found: dict[bytes, tuple[int, bytes | None]] = {}
    for stored, version, said in db.execute(query.where(RecordDigest.about == name)).yield_per(5000):
        id = _Id.of(stored)
        if id not in found or found[id][0] < version:
            found[id] = (version, said)
    return found


# -- rows as they lie in the database: no object is made, and nothing that the session holds stands in for one


class _Id(bytes):
    """The 16 bytes of a UUID: a million of them are read, and none is looked at as a UUID."""

    __slots__ = ()

    @classmethod
    def of(cls, stored: "str | UUID") -> "_Id":
        """SQLite's driver gives the digits, PostgreSQL's an object."""
        return cls(bytes.fromhex(stored) if isinstance(stored, str) else stored.bytes)


_PLAIN[_Id] = lambda id: b"u" + id


def _stored(column: Any) -> Any:
    return type_coerce(column, String)


def _as_they_lie(db: Session, kind: type[Record]) -> Iterator[tuple[bytes, int, bytes]]:
    """Id, version and digest of every row of a kind."""
    columns, read = _lying(kind)
    return map(read, db.execute(select(*columns)).yield_per(1000))


def _lying(kind: type[Record]) -> tuple[list[Any], Callable[[Sequence[Any]], tuple[bytes, int, bytes]]]:
    """What to select of a kind, and what reads id, version and digest from a row of it."""
    shape = shape_of(kind)
    columns = [getattr(kind, name) for name in shape.columns]
    ids = [place for place, column in enumerate(columns) if isinstance(column.type, Uuid)]
    id, version, count = shape.columns.index("id"), shape.columns.index("version"), len(columns)

    def read(row: Sequence[Any]) -> tuple[bytes, int, bytes]:
        values = list(row[:count])
        for place in ids:
            if values[place] is not None:
                values[place] = _Id.of(values[place])
        return values[id], values[version], of_row(shape, values)

    return [_stored(column) if place in ids else column for place, column in enumerate(columns)], read


def altered(db: Session, records: Sequence[Record]) -> list[Record]:
    """Those whose row does not lie there as the trail last said: a change would sign what somebody did to it."""
    # The digest's own block is not looked at: who rewrites a digest breaks the root of its block for good.
    kinds = {type(record) for record in records}
    wrong = {id for kind in kinds for id in _altered(db, kind, [r.id for r in records if type(r) is kind])}
    return [record for record in records if record.id.bytes in wrong]


def _altered(db: Session, kind: type[Record], ids: Sequence[UUID]) -> Iterator[bytes]:
    """Row and digests in one question: what another commit writes meanwhile is in both or in neither."""
    columns, read = _lying(kind)
    known = (RecordDigest.record_id == kind.id) & (RecordDigest.version >= kind.version)
    query = select(*columns, RecordDigest.version, RecordDigest.digest).outerjoin(RecordDigest, known)
    for start in range(0, len(ids), 500):
        for row in db.execute(query.where(kind.id.in_(ids[start : start + 500]))):
            id, *lies = read(row)
            if lies != list(row[-2:]):  # also where a later digest is known: an older row was put back
                yield id


def vouched(db: Session, signers: Signers, records: Sequence[Record]) -> None:
    """Raise Tampered unless each of these rows is what a signed block last said of it.

    Of a row that this session has changed already, what lies there is looked at: the change is signed at its commit.
    """
    checked: set[int] = set()
    for start in range(0, len(records), 500):
        chunk = records[start : start + 500]
        rows = db.execute(
            select(RecordDigest)
            .where(RecordDigest.record_id.in_([record.id for record in chunk]))
            .order_by(RecordDigest.version)
        ).scalars()
        newest = {row.record_id: row for row in rows}
        for record in chunk:
            said = newest.get(record.id)
            if said is None or not _stands(db, record, said):
                raise Tampered(f"{record.__tablename__}/{record.id}")
            if said.block not in checked:
                vouch_block(db, signers, said.block)
                checked.add(said.block)


def _stands(db: Session, record: Record, said: RecordDigest) -> bool:
    if said.version != record.version:
        return False
    return not altered(db, [record]) if db.is_modified(record) else said.digest == digest(record)


def vouch_block(db: Session, signers: Signers, number: int, *, by_worker: bool = True) -> Mandates:
    """Raise Tampered unless this block is as it was signed; the mandates that it gives."""
    block = db.get(AuditBlock, number)
    if block is None:
        raise Tampered(f"block {number}")
    entries = list(
        db.scalars(select(AuditEntry).where(AuditEntry.block == number).order_by(AuditEntry.position))
    )
    hashed = block_hash(block.previous, number, block.root, block.actor, block.at.isoformat())
    mandates = _mandate_of(db, signers, block) if by_worker and not _is_known(signers, block.signer) else {}
    removed = set(
        db.scalars(
            select(AuditEntry.about_id).where(
                AuditEntry.about_id == block.actor, AuditEntry.event == REMOVED, AuditEntry.block < number
            )
        )
    )
    if _root(db, number, entries) != block.root or not _is_signed(block, hashed, signers, mandates, removed):
        raise Tampered(f"block {number}")
    return _mandates(block, entries)


def _is_known(signers: Signers, kid: bytes) -> bool:
    try:
        signers(kid)
    except CryptoError:
        return False
    return True


def _mandate_of(db: Session, signers: Signers, block: AuditBlock) -> Mandates:
    """The actor's last mandate for the key that signed this block, in a block that the actor signed."""
    query = (
        select(AuditEntry)
        .join(AuditBlock, AuditBlock.number == AuditEntry.block)
        .where(AuditEntry.event == MANDATE, AuditBlock.actor == block.actor, AuditEntry.block < block.number)
        .order_by(AuditEntry.block.desc())
    )
    for entry in db.scalars(query):
        if entry.detail.get("worker") == block.signer.hex():
            return vouch_block(db, signers, entry.block, by_worker=False)
    return {}
