"""What somebody saved to use again: a filter of a list, a mapping of a file. Sealed: it may quote what it looks for."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, sealed


class SavedKind(StrEnum):
    FILTER = "filter"
    MAPPING = "mapping"


class Saved(Record):
    """A filter belongs to who saved it, a mapping to everybody who imports."""

    __tablename__ = "saved"

    kind: Mapped[SavedKind]
    saved_by: Mapped[UUID] = mapped_column(index=True)
    saved_on: Mapped[date]
    content: Mapped[Envelope] = sealed(Compartment.FACTS)  # its name, and what it says
