"""Wording: what whoever prepares an edition types for its text, since no record says it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, sealed


class Wording(Record):
    """As it was typed once; what is typed later is another row, so that what was asked for stays what it was."""

    __tablename__ = "wording"

    typed_by: Mapped[UUID]
    typed_at: Mapped[datetime] = mapped_column(index=True)
    texts: Mapped[Envelope] = sealed(Compartment.FACTS)
