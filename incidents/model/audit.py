"""The trail: blocks of notes, the digest of every row at every version, earlier versions."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Base, Record


class AuditHead(Base):
    """One row: the last block. Locked as the last thing before a commit."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[bytes]


class AuditBlock(Base):
    """The notes of one commit: chained, rooted and signed."""

    __tablename__ = "audit_block"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[UUID]  # who acted
    signer: Mapped[
        bytes
    ]  # kid of the principal that signed: the actor's, the node's, or a worker's under a mandate
    previous: Mapped[bytes]
    root: Mapped[bytes]
    signature: Mapped[bytes]


class AuditEntry(Base):
    """One note. It points at no row, so it outlives them all."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_about", "about_id"),)

    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str]
    about: Mapped[str]
    about_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]]  # codes and counts, never content


class RecordDigest(Base):
    """What a row was at a version: kept forever, so an older row put back is found."""

    __tablename__ = "record_digest"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    about: Mapped[str]
    digest: Mapped[bytes | None]  # none: the row was swept
    block: Mapped[int] = mapped_column(index=True)
    position: Mapped[int]


def first_digest(kind: type[Record]) -> ColumnElement[bool]:
    """What a row is joined with its first digest on: of one day, block and position say which came first."""
    return (RecordDigest.record_id == kind.id) & (RecordDigest.version == 1)


class Revision(Record):
    """What a change replaced in a row, as it stood: its seals open with the same keys, at the same places."""

    __tablename__ = "revision"

    record_id: Mapped[UUID] = mapped_column(index=True)
    about: Mapped[str]
    of_version: Mapped[int]
    by: Mapped[UUID]
    on: Mapped[date]
    why: Mapped[str]  # the event that changed it
    clear: Mapped[dict[str, Any]]
    seals: Mapped[dict[str, Any]]  # column → the envelope in hexadecimal digits
