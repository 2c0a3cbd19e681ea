"""Report: what came in, sealed in parts and unchanging. Batch: the unpublished rows of a job. Draft."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, later, parent, sealed
from incidents.model.incident import Incident
from incidents.model.vocabulary import NOT_ASKED, PartKind, ReportState


class Batch(Record):
    """The rows of one job: seen by nobody until `published` is flipped."""

    __tablename__ = "batch"

    kind: Mapped[str]
    published: Mapped[bool] = mapped_column(default=False)
    recorded_by: Mapped[UUID]
    received_on: Mapped[date]
    about: Mapped[Envelope | None] = sealed(Compartment.FACTS)  # file, mapping, totals


def published(batch_id: Any) -> Any:
    """True for rows of no batch and of batches that were published."""
    return batch_id.is_(None) | batch_id.in_(select(Batch.id).where(Batch.published.is_(True)))


class Report(Record):
    """What was told, as it was told. A new version supersedes, never overwrites."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("recorded_by", "client_id"),  # the same report sent ten times is stored once
        UniqueConstraint("source_key", "edition"),
        Index("ix_report_waiting", "state", "received_on"),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[ReportState]
    channel: Mapped[str]  # page, api, import, practice
    received_on: Mapped[date]
    recorded_by: Mapped[UUID] = mapped_column(index=True)
    client_id: Mapped[UUID]
    danger: Mapped[str] = mapped_column(default=NOT_ASKED)  # no, today, before, or a no-answer
    supersedes: Mapped[UUID | None]
    edition: Mapped[int] = mapped_column(default=1)
    source_key: Mapped[bytes | None]  # HMAC of the source's own key
    fingerprint: Mapped[bytes | None]  # HMAC of the row as it came
    batch_id: Mapped[UUID | None] = parent(Batch.id)


class ReportPart(Record):
    """What one erasure removes: one a teller, one a person mentioned, one for the rest."""

    __tablename__ = "report_part"
    __table_args__ = (
        UniqueConstraint("report_id", "number"),
        CheckConstraint("(kind = 'rest') = (person_id IS NULL)", name="a_part_of_a_person_names_it"),
    )

    report_id: Mapped[UUID] = parent(Report.id, index=False)
    number: Mapped[int]
    kind: Mapped[PartKind]
    person_id: Mapped[UUID | None] = mapped_column(
        index=True
    )  # made when the report is sent; take-in keeps it
    content: Mapped[Envelope] = sealed(Compartment.INTAKE)


class ReportLink(Record):
    """A report tells of an incident; undone, it is kept as undone."""

    __tablename__ = "report_link"

    report_id: Mapped[UUID] = parent(Report.id)
    incident_id: Mapped[UUID] = parent(Incident.id)
    linked_by: Mapped[UUID]
    linked_on: Mapped[date]
    undone_on: Mapped[date | None]


class Interview(Record):
    """One conversation, also when nothing had happened: what “18 of 41” is counted from."""

    __tablename__ = "interview"

    report_id: Mapped[UUID] = mapped_column(unique=True)  # what it was told of in
    recorded_by: Mapped[UUID]
    received_on: Mapped[date]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)


class Draft(Record):
    """A report or an answer that is not sent yet: sealed to its writer and to escrow alone."""

    __tablename__ = "draft"

    recorded_by: Mapped[UUID] = mapped_column(index=True)
    changed_on: Mapped[date]
    answers: Mapped[UUID | None] = later()  # the question that it will answer; none: it will be a report
    content: Mapped[Envelope] = sealed(Compartment.INTAKE)
