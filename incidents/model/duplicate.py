"""What was decided about two records that look alike; it is remembered, so nobody is asked twice."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, sealed


class Verdict(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    LATER = "later"  # not to be said yet


class DuplicateDecision(Record):
    """About two persons or two incidents; the smaller id first. Decided again, the same row changes."""

    __tablename__ = "duplicate_decision"
    thing = "one_id"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        CheckConstraint("one_id < other_id", name="each_pair_once"),
    )

    about: Mapped[str]  # person, incident
    one_id: Mapped[UUID]
    other_id: Mapped[UUID] = mapped_column(index=True)
    verdict: Mapped[Verdict]
    decided_by: Mapped[UUID]
    decided_on: Mapped[date]
    reasons: Mapped[Envelope] = sealed(Compartment.TESTIMONY)
