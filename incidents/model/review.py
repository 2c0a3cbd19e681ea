"""Review: one move of one act, with reasons. A contradiction that is kept on purpose."""

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


class KeptContradiction(Record):
    """Two things told do not fit, and a reviewer lets them stand. Let go of again, it is kept as undone."""

    __tablename__ = "kept_contradiction"
    thing = "incident_id"

    incident_id: Mapped[UUID] = mapped_column(index=True)
    rule: Mapped[str]
    about_id: Mapped[UUID]  # the incident, act, person or perpetrator that it was found in
    kept_by: Mapped[UUID]
    kept_on: Mapped[date]
    undone_on: Mapped[date | None]
    reasons: Mapped[Envelope] = sealed(Compartment.TESTIMONY)
