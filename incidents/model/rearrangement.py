"""Rearrangement: what a reviewer joined or took apart, by whom and why. Each can be undone, and is kept as undone."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, sealed


class Arrangement(StrEnum):
    MERGED = "merged"  # two incidents are one: `gone_id` is read and counted under `kept_id`
    SAME_PERSON = "same_person"  # two persons are one
    SPLIT = "split"  # acts of `kept_id` went to the new incident `gone_id`
    UNLINKED = "unlinked"  # the report `gone_id` does not tell of the incident `kept_id`


class Rearrangement(Record):
    """Nothing is overwritten: what was joined stays where it was, and this row says that it counts as one."""

    __tablename__ = "rearrangement"
    thing = "gone_id"
    __table_args__ = (Index("ix_rearrangement_in_force", "kind", "undone_on"),)

    kind: Mapped[Arrangement]
    kept_id: Mapped[UUID] = mapped_column(index=True)
    gone_id: Mapped[UUID] = mapped_column(index=True)
    done_by: Mapped[UUID]
    done_on: Mapped[date]
    undone_by: Mapped[UUID | None]
    undone_on: Mapped[date | None]
    reasons: Mapped[Envelope] = sealed(Compartment.TESTIMONY)


def gone(kind: Arrangement = Arrangement.MERGED) -> Any:
    """The ids that are read and counted under another one, to be left out of a list or a count."""
    return select(Rearrangement.gone_id).where(Rearrangement.kind == kind, Rearrangement.undone_on.is_(None))
