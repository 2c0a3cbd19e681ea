"""Erasure: the intent to make something unreadable, and how far it is."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, sealed


class ErasureState(StrEnum):
    INTENDED = "intended"  # written and signed; the keys are still there
    SHREDDED = "shredded"  # the keys are gone
    SWEPT = "swept"  # and so is what hung on them


class Erasure(Record):
    """Written before a key is destroyed, so that a cut erasure is finished, whoever starts the program next."""

    __tablename__ = "erasure"

    kind: Mapped[str]  # person, report; restored: its tombstones were found in a restored keystore
    subject: Mapped[UUID] = mapped_column(index=True)
    things: Mapped[list[str]]  # thing/compartment: the data keys to destroy
    state: Mapped[ErasureState] = mapped_column(index=True)
    decided_by: Mapped[UUID]
    decided_on: Mapped[date]
    decision: Mapped[Envelope | None] = sealed(Compartment.TESTIMONY)  # in words: who asked, who agreed
