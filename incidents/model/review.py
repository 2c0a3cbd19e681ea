"""Review: one move of one act, with reasons."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.incident import Act
from incidents.model.vocabulary import Verification


class Review(Record):
    """Who moved which act from where to where, and why."""

    __tablename__ = "review"
    thing = "incident_id"

    incident_id: Mapped[UUID] = mapped_column(index=True)
    act_id: Mapped[UUID] = parent(Act.id)
    from_state: Mapped[Verification]
    to_state: Mapped[Verification]
    decided_by: Mapped[UUID]
    decided_on: Mapped[date]
    reasons: Mapped[Envelope] = sealed(Compartment.TESTIMONY)
