"""Opening: somebody asks a second person before a name is opened, where the house asks for two."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Record, parent
from incidents.model.people import Person


class Opening(Record):
    """One field of one person, for one member, until a day. In clear: who asked, which field, why as a code."""

    __tablename__ = "opening"
    __table_args__ = (
        Index("ix_opening_asked", "asked_by", "until"),
        CheckConstraint("answered_by IS NULL OR answered_by != asked_by", name="two_people"),
    )

    person_id: Mapped[UUID] = parent(Person.id)
    field: Mapped[str]
    why: Mapped[str]
    asked_by: Mapped[UUID]
    asked_on: Mapped[date]
    answered_by: Mapped[UUID | None]
    answered_on: Mapped[date | None]
    yes: Mapped[bool | None] = mapped_column()
    until: Mapped[date]  # the last day on which the question, or the yes, stands
