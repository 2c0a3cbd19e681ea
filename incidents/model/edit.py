"""Edit: what somebody changed in a record after take-in, and why. The record's earlier versions stand in revisions."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, sealed


class EditKind(StrEnum):
    """What was done to it."""

    ADDED = "added"  # it was forgotten at take-in
    BROUGHT_BACK = "brought_back"  # it had been taken out
    CHANGED = "changed"
    RESTORED = "restored"  # it reads as an earlier version of it did
    TAKEN_OUT = "taken_out"  # it was wrong, and counts no more


class Edit(Record):
    """One change of one record. Sealed with the record's own keys: whatever erases it erases this too."""

    __tablename__ = "edit"
    thing = "under_id"

    under_id: Mapped[UUID]  # the erasable thing that the record speaks of
    about: Mapped[str]  # its table
    record_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[EditKind]
    from_version: Mapped[int | None]  # none: it was not there
    to_version: Mapped[int]
    restored: Mapped[int | None]  # which earlier version
    edited_by: Mapped[UUID]
    edited_on: Mapped[date]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)  # which fields changed, by their names
    reasons: Mapped[Envelope | None] = sealed(Compartment.TESTIMONY)
    words: Mapped[Envelope | None] = sealed(Compartment.IDENTITY)  # why a name was changed: it may quote one
