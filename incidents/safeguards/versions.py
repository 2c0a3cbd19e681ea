"""What a record was at an earlier version: put together from what each change replaced, and held against the trail.

A revision holds what one change replaced. So an earlier version is what stands in the row, with what each change since
then replaced laid over it, the newest first. Its digest stands in the trail: a revision that was altered, moved or
taken away behind the program gives another one.
"""

from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from crypto.errors import Tampered
from incidents.errors import NotFound
from incidents.model.audit import RecordDigest, Revision
from incidents.model.base import Envelope, Record, compartments
from incidents.safeguards.audit import Signers, digest, vouch_block

R = TypeVar("R", bound=Record)


def at(db: Session, signers: Signers, record: R, version: int) -> R:
    """The record as it stood at a version, as an object that no session holds. Its seals open as the row's own do.

    Tampered if it is not what the trail said of it then; NotFound if the row never was of that version.
    """
    said = db.get(RecordDigest, (record.id, version)) if 0 < version <= record.version else None
    if said is None:
        raise NotFound
    past = type(record)(**_values(db, record, version))
    if said.digest != digest(past):
        raise Tampered(f"{record.__tablename__}/{record.id} at version {version}")
    vouch_block(db, signers, said.block)
    return past


def _values(db: Session, record: Record, version: int) -> dict[str, Any]:
    kind = type(record)
    values = {column.key: getattr(record, column.key) for column in kind.__mapper__.column_attrs}
    since = select(Revision).where(Revision.record_id == record.id, Revision.of_version >= version)
    for row in db.scalars(since.order_by(Revision.of_version.desc())):
        values |= {name: _value(kind, name, word) for name, word in row.clear.items() if name in values}
        values |= {name: Envelope(bytes.fromhex(seal)) for name, seal in row.seals.items() if name in values}
    return {**values, "version": version}


def _value(kind: type[Record], name: str, word: Any) -> Any:
    """A value of a clear column out of the word that stands for it in a revision."""
    if word is None or name in compartments(kind):
        return None
    python = kind.__table__.columns[name].type.python_type
    if python is UUID:
        return UUID(word)
    if python is bytes:
        return bytes.fromhex(word)
    if issubclass(python, (date, datetime)):
        return python.fromisoformat(word)
    return python(word) if issubclass(python, Enum) else word


def replaced(record: Record, why: str, by: UUID, on: date) -> Revision:
    """What a change replaced, as it stood: its seals open with the same keys, at the same places.

    What stayed stands in the row, or in a later revision.
    """
    changes = ((attr.key, attr.history.deleted) for attr in inspect(record).attrs)
    before = {key: replaced[0] for key, replaced in changes if replaced}
    seals = {name: before.pop(name).data.hex() for name in compartments(type(record)) if before.get(name)}
    clear = {name: _word(value) for name, value in before.items() if name not in seals}
    return Revision(
        record_id=record.id,
        about=record.__tablename__,
        of_version=record.version,
        by=by,
        on=on,
        why=why,
        clear=clear,
        seals=seals,
    )


def _word(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, (bool, int, list, dict)) else str(value)
