"""Person, the part a person played in an act, and that a person belongs to an incident."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, later, parent, sealed
from incidents.model.incident import Act, Incident
from incidents.model.vocabulary import PersonKind

IDENTITY_FIELDS = (
    "name",
    "other_names",
    "birth_date",
    "phone",
    "address",
    "documents",
    "contact",
    "exact_place",
)


class Person(Record):
    """Someone in a record, one or a group. Every identity field is always written, null included."""

    __tablename__ = "person"

    kind: Mapped[PersonKind]
    teller: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    name: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    other_names: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    birth_date: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    phone: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    address: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    documents: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    contact: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    exact_place: Mapped[Envelope] = sealed(Compartment.IDENTITY)
    safe_contact: Mapped[Envelope | None] = later(
        info={"compartment": Compartment.IDENTITY}
    )  # how to reach them without harm: whether, when, in which language, with which word


class Involvement(Record):
    """The part a person played in an act; goes when the person's keys go."""

    __tablename__ = "involvement"
    thing = "person_id"

    person_id: Mapped[UUID] = parent(Person.id)
    act_id: Mapped[UUID] = parent(Act.id)
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)
    left_on: Mapped[date | None] = later()  # since when it counts no more: whoever told of it was unlinked


class Presence(Record):
    """A person of an incident who was added at take-in: no part of a report says that they belong to it."""

    __tablename__ = "presence"
    thing = "person_id"

    person_id: Mapped[UUID] = parent(Person.id)
    incident_id: Mapped[UUID] = parent(Incident.id)
    report_id: Mapped[UUID | None]  # with its link to the incident undone, this counts no more
