"""Incident, the acts within it, who did them, who told."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, later, parent, sealed
from incidents.model.vocabulary import IncidentState, Verification


class Incident(Record):
    """What happened in one chain, in one or more places."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_listed", "received_on", "id"),
        Index("ix_incident_handled", "state", "received_on", "id"),
        Index("ix_incident_assigned", "assignee", "received_on", "id"),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[IncidentState]
    edited_after_verification: Mapped[bool] = mapped_column(default=False)
    assignee: Mapped[UUID | None]
    received_on: Mapped[date]
    recorded_by: Mapped[UUID]  # who took it in
    batch_id: Mapped[UUID | None] = mapped_column(index=True)
    due_on: Mapped[date | None] = later()  # until when it is in the assignee's hands
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    narrative: Mapped[Envelope] = sealed(Compartment.TESTIMONY)
    summary: Mapped[Envelope] = sealed(Compartment.TESTIMONY)


class Act(Record):
    """One violation: the smallest unit that is counted and verified."""

    __tablename__ = "act"
    thing = "incident_id"
    __table_args__ = (Index("ix_act_waiting", "verification", "received_on"),)

    incident_id: Mapped[UUID] = parent(Incident.id)
    verification: Mapped[Verification]
    received_on: Mapped[date]
    submitted_by: Mapped[
        list[str]
    ]  # ids of all who submitted or took in what it rests on: none of them verifies it
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    report_id: Mapped[UUID | None] = later()  # the report it was told in
    number: Mapped[int | None] = later()  # its place among the acts of that report
    left_on: Mapped[date | None] = later()  # since when it counts no more: unlinked, split off
    left_for: Mapped[UUID | None] = later()  # the act that stands for it since, in another incident


class IncidentLink(Record):
    """One incident has to do with another: came before it, caused it, is part of it. Undone, it is kept as undone."""

    __tablename__ = "incident_link"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    other_id: Mapped[UUID] = parent(Incident.id)
    kind: Mapped[str]  # a code of the list incident_link
    linked_by: Mapped[UUID]
    linked_on: Mapped[date]
    undone_on: Mapped[date | None]


class Perpetrator(Record):
    """An alleged doer."""

    __tablename__ = "perpetrator"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    name: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    report_id: Mapped[UUID | None] = later()  # the report they were told of in
    left_on: Mapped[date | None] = later()  # since when they count no more


class Source(Record):
    """Who or what told us; two sources of one origin are one."""

    __tablename__ = "source"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    citation: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    report_id: Mapped[UUID | None] = later()  # the report that it came with
    left_on: Mapped[date | None] = later()  # since when what it says counts no more


class Information(Record):
    """What one source says of one act."""

    __tablename__ = "information"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    source_id: Mapped[UUID] = parent(Source.id)
    act_id: Mapped[UUID] = parent(Act.id)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
