"""Incident, the acts within it, who did them, who told."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.vocabulary import IncidentState, Verification


class Incident(Record):
    """What happened in one chain, in one or more places."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_listed", "received_on", "id"),)

    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[IncidentState]
    edited_after_verification: Mapped[bool] = mapped_column(default=False)
    assignee: Mapped[UUID | None]
    received_on: Mapped[date]
    recorded_by: Mapped[UUID]  # who took it in
    batch_id: Mapped[UUID | None] = mapped_column(index=True)
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


class Perpetrator(Record):
    """An alleged doer."""

    __tablename__ = "perpetrator"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    name: Mapped[Envelope] = sealed(Compartment.IDENTITY)


class Source(Record):
    """Who or what told us; two sources of one origin are one."""

    __tablename__ = "source"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    citation: Mapped[Envelope] = sealed(Compartment.IDENTITY)


class Information(Record):
    """What one source says of one act."""

    __tablename__ = "information"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    source_id: Mapped[UUID] = parent(Source.id)
    act_id: Mapped[UUID] = parent(Act.id)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
