"""Review: one move of one act, with reasons; evidence judged; a contradiction that is kept on purpose."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, later, parent, sealed
from incidents.model.evidence import Evidence
from incidents.model.incident import Act
from incidents.model.vocabulary import Verification


class Shows(StrEnum):
    """What evidence shows of an act."""

    ACT = "act"
    PRESENCE = "presence"  # somebody was there
    NEITHER = "neither"


class Review(Record):
    """Who moved which act from where to where, and why; or said so first, where two have to.

    A first word moves nothing. It holds while the act is as it was: its version is named.
    """

    __tablename__ = "review"
    thing = "incident_id"

    incident_id: Mapped[UUID] = mapped_column(index=True)
    act_id: Mapped[UUID] = parent(Act.id)
    from_state: Mapped[Verification]
    to_state: Mapped[Verification]
    decided_by: Mapped[UUID]
    decided_on: Mapped[date]
    reasons: Mapped[Envelope] = sealed(Compartment.TESTIMONY)
    cites: Mapped[list[str] | None] = later(
        JSON(none_as_null=True)
    )  # ids of the sources and evidence it rests on
    first_of_two: Mapped[bool | None] = later()
    seconds: Mapped[UUID | None] = later()  # the first word that this one agrees with
    act_version: Mapped[int | None] = later()  # of the act when a first word was said


class Judgment(Record):
    """Whether a piece of evidence is what it seems, and what it shows of one act. Undone, it is kept as undone."""

    __tablename__ = "judgment"
    thing = "incident_id"

    incident_id: Mapped[UUID] = mapped_column(index=True)
    act_id: Mapped[UUID] = parent(Act.id)
    evidence_id: Mapped[UUID] = parent(Evidence.id)
    judged_by: Mapped[UUID]
    judged_on: Mapped[date]
    undone_on: Mapped[date | None]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)  # authentic, and what it shows
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
