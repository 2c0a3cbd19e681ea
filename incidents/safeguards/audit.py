"""The trail: append a block, verify the chain. No function here changes or removes an entry.

A commit's notes form one block: the hash of the block before, the Merkle root of its
entries and of the digests of all rows it wrote, and a signature. So an entry removed,
a row changed behind the program's back, and an older row put back are each named.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from crypto.envelope import canon, canonical_json
from crypto.errors import CryptoError, Tampered
from crypto.principal import Principal, Public
from crypto.trail import GENESIS, block_hash, leaf, merkle_root
from incidents.model.audit import AuditBlock, AuditEntry, AuditHead, RecordDigest
from incidents.model.base import Base, Record, insert_rows
from incidents.safeguards.digests import digest as digest
from incidents.safeguards.digests import digests, shape_of
from incidents.safeguards.keysigns import (
    ENDED,
    KEYS_CHANGE,
    MANDATE,
    REMOVED,
    Mandates,
    Note,
    Over,
    mandates_of,
    over_by,
)
from incidents.safeguards.keystore import NODE
from incidents.safeguards.lying import (
    Key,
    Lies,
    Within,
    as_they_lie,
    key_for,
    key_of,
    lying,
    partitions,
    pieces,
    raw_ids,
    spelt,
    stored,
)

PIECE = 4096  # leaves: a power of two, so that the root of the pieces' roots is the root of all leaves
TURNS = 5  # that the trail is verified, where others write at each
ENTRY = ("block", "position", "event", "about", "about_id", "detail")
DIGEST = ("record_id", "version", "about", "digest", "block", "position")
DIGESTS, ENTRIES = RecordDigest.__table__.c, AuditEntry.__table__.c
Signers = Callable[[bytes], Public]  # kid → public, its enrolment verified; Tampered if unknown


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


class Swept:
    """Rows of one kind that went, however many; the trail is told of each. Of each its id is held, in sixteen bytes."""

    def __init__(self, db: Session, kind: type[Record], where: ColumnElement[bool]) -> None:
        table, self._about, self._ids = _table(kind), kind.__tablename__, bytearray()
        versions = array("I")
        query = select(table.c.id, table.c.version).where(where).order_by(table.c.id)
        for id, version in db.execute(query, execution_options={"yield_per": PIECE}):
            self._ids += id.bytes
            versions.append(version + 1)
        self._versions = versions
        db.execute(delete(table).where(where))

    def __iter__(self) -> Iterator[Mark]:
        for place, version in enumerate(self._versions):
            yield Mark(self._about, UUID(bytes=bytes(self._ids[16 * place : 16 * place + 16])), version, None)


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
    db: Session, at: datetime, actor: UUID, signer: Principal, notes: Sequence[Note], marks: Iterable[Mark]
) -> int:
    """Add one block as the last thing before a commit; its number. The marks of a million rows are not all held."""
    head = db.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = AuditHead(id=1, number=0, hash=GENESIS)
        db.add(head)
    number, previous = head.number + 1, head.hash
    root = merkle_root(_inserted(db, number, notes, marks))
    hashed = block_hash(previous, number, root, actor, at.isoformat())
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


def _inserted(db: Session, number: int, notes: Sequence[Note], marks: Iterable[Mark]) -> list[bytes]:
    """Write down what a block says, some of it at a time; of each full piece the root, in the order of the block."""
    entries = [
        (number, position, note.event, note.about, note.about_id, note.detail)
        for position, note in enumerate(notes)
    ]
    insert_rows(db.connection(), _table(AuditEntry), ENTRY, entries)
    leaves = [leaf(_note_bytes(note.event, note.about, note.about_id, note.detail)) for note in notes]
    roots, position, rest = list[bytes](), 0, iter(marks)
    while some := list(islice(rest, PIECE)):
        digests = [
            (m.record_id, m.version, m.about, m.digest, number, place)
            for place, m in enumerate(some, position)
        ]
        insert_rows(db.connection(), _table(RecordDigest), DIGEST, digests)
        position += len(some)
        leaves += [leaf(_mark_bytes(*m)) for m in some]
        full = len(leaves) - len(leaves) % PIECE
        roots += [merkle_root(leaves[at : at + PIECE]) for at in range(0, full, PIECE)]
        del leaves[:full]
    return [*roots, merkle_root(leaves)] if leaves else roots


def _table(kind: type[Base]) -> Table:
    """Rows that nobody holds are written without objects."""
    return cast("Table", kind.__table__)


def _note_bytes(event: str, about: str, id: UUID | None, detail: Mapping[str, Any]) -> bytes:
    return canon("note", event, about, id.bytes if id else b"", canonical_json(detail))


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
    over: Over = set()
    for block in db.scalars(select(AuditBlock).order_by(AuditBlock.number)).yield_per(500):
        number += 1
        where = f"block {number}"
        if block.number != number:
            yield Break("a block is missing", where)
            number, previous = block.number, block.previous
            where = f"block {number}"
        root, told = _root(db, number)
        hashed = block_hash(block.previous, number, block.root, block.actor, block.at.isoformat())
        if block.previous != previous:
            yield Break("the chain is cut before this block", where)
        if root != block.root:
            yield Break("a note was removed, added or changed", where)
        if not _is_signed(block, hashed, signers, mandates, over):
            yield Break("the signature does not hold", where)
        mandates.update(mandates_of(block.actor, told))
        over.update(over_by(told))
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


def _root(db: Session, number: int) -> tuple[bytes, list[Note]]:
    """The root of what a block holds, and those of its notes by which keys come and go."""
    leaves, told = _notes(db, number)
    query = select(DIGESTS.about, stored(DIGESTS.record_id), DIGESTS.version, stored(DIGESTS.digest))
    for rows in partitions(db, query.where(DIGESTS.block == number).order_by(DIGESTS.position)):
        ids = raw_ids([row[1] for row in rows])
        leaves += [
            leaf(_mark_bytes(about, id, version, digest))
            for id, (about, _id, version, digest) in zip(ids, rows, strict=True)
        ]
    return merkle_root(leaves), told


def _notes(db: Session, number: int) -> tuple[list[bytes], list[Note]]:
    """The notes of a block as leaves; and those by which keys come and go."""
    leaves: list[bytes] = []
    told: list[Note] = []
    query = select(ENTRIES.event, ENTRIES.about, ENTRIES.about_id, ENTRIES.detail)
    for rows in partitions(db, query.where(ENTRIES.block == number).order_by(ENTRIES.position)):
        leaves += [leaf(_note_bytes(*row)) for row in rows]
        told += [Note(*row) for row in rows if row[0] in KEYS_CHANGE]
    return leaves, told


def _is_signed(block: AuditBlock, hashed: bytes, signers: Signers, mandates: Mandates, over: Over) -> bool:
    """By the actor's own key while they were a member, or a token's of theirs; the node's; or a mandated worker's."""
    try:
        if (block.signer, block.actor) in mandates:
            sign, until = mandates[block.signer, block.actor]
            Public(block.actor, b"", sign).verify(block.signature, hashed)
            return block.at.isoformat() <= until
        who = signers(block.signer)
        who.verify(block.signature, hashed)
    except CryptoError:
        return False
    return who.id == NODE or (who.id == block.actor and who.id not in over and block.signer not in over)


def verify_rows(db: Session, kinds: Iterable[type[Record]]) -> Iterator[Break]:
    """Every row that is not what the trail last said of it, is missing, or was never written by us.

    Ids are walked through once, some at a time, for all kinds together: however many rows there are, few are held.
    """
    found: dict[str, list[Break]] = {kind.__tablename__: [] for kind in kinds}
    of_name = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for within in pieces(db, DIGESTS.record_id):
        newest = _newest(db, within)
        for name, breaks in found.items():
            breaks.extend(_compared(name, newest.get(name, {}), as_they_lie(db, of_name[name], within)))
    for breaks in found.values():
        yield from breaks


def _compared(
    name: str, newest: dict[Key, tuple[int, bytes | None]], there: Iterable[Sequence[Lies]]
) -> Iterator[Break]:
    for rows in there:
        for id, version, found in rows:
            last = newest.pop(id, None)
            if last == (version, found):
                continue
            if last is None:
                yield Break("a row that the program did not write", f"{name}/{spelt(id)}")
            elif last[0] != version:
                yield Break("an older row was put back", f"{name}/{spelt(id)}")
            else:
                yield Break("a row was changed or moved", f"{name}/{spelt(id)}")
    for gone, (_version, last_said) in newest.items():
        if last_said is not None:
            yield Break("a row is missing", f"{name}/{spelt(gone)}")


def _newest(db: Session, within: Within) -> dict[str, dict[Key, tuple[int, bytes | None]]]:
    """Of each table and id within: the last version, and what was said of it."""
    found: dict[str, dict[Key, tuple[int, bytes | None]]] = defaultdict(dict)
    query = select(DIGESTS.about, stored(DIGESTS.record_id), DIGESTS.version, stored(DIGESTS.digest))
    for rows in partitions(
        db, query.where(within(DIGESTS.record_id)).order_by(DIGESTS.record_id, DIGESTS.version)
    ):
        for about, id, version, last in rows:
            found[about][key_of(id)] = (version, last)
    return found


# -- of a few rows


def altered(db: Session, records: Sequence[Record]) -> list[Record]:
    """Those whose row does not lie there as the trail last said: a change would sign what somebody did to it."""
    # The digest's own block is not looked at: who rewrites a digest breaks the root of its block for good.
    kinds = {type(record) for record in records}
    wrong = {id for kind in kinds for id in _altered(db, kind, [r.id for r in records if type(r) is kind])}
    return [record for record in records if key_for(db, record.id) in wrong]


def _altered(db: Session, kind: type[Record], ids: Sequence[UUID]) -> Iterator[Key]:
    """Row and digests in one question: what another commit writes meanwhile is in both or in neither."""
    columns, read = lying(db, kind)
    table = kind.__table__.c
    known = (DIGESTS.record_id == table.id) & (DIGESTS.version >= table.version)
    query = select(*columns, DIGESTS.version, stored(DIGESTS.digest)).outerjoin(RecordDigest.__table__, known)
    for start in range(0, len(ids), 500):
        rows = db.connection().execute(query.where(table.id.in_(ids[start : start + 500]))).all()
        for (id, *lies), row in zip(read(rows), rows, strict=True):
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
    root, told = _root(db, number)
    hashed = block_hash(block.previous, number, block.root, block.actor, block.at.isoformat())
    mandates = _mandate_of(db, signers, block) if by_worker and not _is_known(signers, block.signer) else {}
    earlier = db.execute(
        select(AuditEntry.event, AuditEntry.about, AuditEntry.about_id, AuditEntry.detail).where(
            AuditEntry.about_id == block.actor,
            AuditEntry.event.in_((ENDED, REMOVED)),
            AuditEntry.block < number,
        )
    )
    if root != block.root or not _is_signed(
        block, hashed, signers, mandates, set(over_by(Note(*row) for row in earlier))
    ):
        raise Tampered(f"block {number}")
    return mandates_of(block.actor, told)


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
