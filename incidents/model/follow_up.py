"""What was done for somebody, and what is still to be done: interventions, and tasks with a due date."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.incident import Incident


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Intervention(Record):
    """What somebody did about an incident, and what came of it."""

    __tablename__ = "intervention"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    recorded_by: Mapped[UUID]
    recorded_on: Mapped[date]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)  # kind, by whom as a code, on, status
    notes: Mapped[Envelope] = sealed(Compartment.TESTIMONY)


class Task(Record):
    """Call back, tell what became of it: about a person or an incident, with a day it is due."""

    __tablename__ = "task"
    thing = "subject_id"
    __table_args__ = (Index("ix_task_due", "state", "due_on"),)

    subject: Mapped[str]  # person, incident
    subject_id: Mapped[UUID] = mapped_column(index=True)
    incident_id: Mapped[UUID] = parent(Incident.id)
    state: Mapped[TaskState]
    due_on: Mapped[date]
    assignee: Mapped[UUID | None] = mapped_column(index=True)
    made_by: Mapped[UUID]
    made_on: Mapped[date]
    closed_by: Mapped[UUID | None]
    closed_on: Mapped[date | None]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)  # kind, outcome
    notes: Mapped[Envelope] = sealed(Compartment.TESTIMONY)
