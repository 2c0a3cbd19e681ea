"""Sample and coding: reports drawn by chance that two people or more code unseen, to learn how far they agree."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.report import Report


class CodingState(StrEnum):
    WAITING = "waiting"
    BEGUN = "begun"  # kept to go on with
    DONE = "done"  # for good: what was coded unseen is not changed afterwards


class Sample(Record):
    """Who codes, and how the reports were drawn. Its codings name the reports."""

    __tablename__ = "coding_sample"

    drawn_by: Mapped[UUID]
    drawn_on: Mapped[date]
    coders: Mapped[list[str]]  # ids of members; none of them submitted or took in one of the reports
    closed_by: Mapped[UUID | None]  # ended before all had finished
    closed_on: Mapped[date | None]
    facts: Mapped[Envelope] = sealed(
        Compartment.FACTS
    )  # period, how many of how many, the seed, the questions


class Coding(Record):
    """One report as one person codes it; nobody else sees it before all are done.

    Under a key of its own: whoever is erased of the report, or the report, takes it along. What was kept meanwhile is
    no version of anything.
    """

    __tablename__ = "coding"
    __table_args__ = (UniqueConstraint("sample_id", "report_id", "coder"),)
    revised: ClassVar[bool] = False

    sample_id: Mapped[UUID] = parent(Sample.id, index=False)
    report_id: Mapped[UUID] = parent(Report.id)
    number: Mapped[int]  # of the report in its sample
    coder: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[CodingState]
    done_on: Mapped[date | None]
    facts: Mapped[Envelope | None] = sealed(Compartment.FACTS)  # the codes, by question
