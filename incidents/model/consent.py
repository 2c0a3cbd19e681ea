"""Consent: a ledger of decisions, appended and never edited. Basis: the other kind of Permit. Withdrawal, its words."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, later, parent, sealed
from incidents.model.people import Person


class ConsentEvent(Record):
    """One person's decisions on one day. Folding a person's events gives what holds."""

    __tablename__ = "consent_event"
    thing = "person_id"
    __table_args__ = (UniqueConstraint("person_id", "number"),)

    person_id: Mapped[UUID] = parent(Person.id, index=False)
    number: Mapped[int]
    entered_by: Mapped[UUID]
    entered_on: Mapped[date]
    decisions: Mapped[Envelope] = sealed(
        Compartment.FACTS
    )  # event, purposes, method, validity, hash of the one before
    names: Mapped[Envelope] = sealed(Compartment.IDENTITY)  # interviewer, witness, guardian
    previous: Mapped[bytes | None] = (
        later()
    )  # SHA-256 of the one before, in clear: the chain is verified without keys
    ask_again_on: Mapped[date | None] = later()  # two months before something in it ends


class Basis(Record):
    """A recorded reason other than the person's own consent, for a batch or one person.

    Nothing rests on it until a second person confirmed it.
    """

    __tablename__ = "basis"
    __table_args__ = (
        CheckConstraint("(batch_id IS NULL) != (person_id IS NULL)", name="for_one_thing"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by != set_by", name="two_people"),
    )

    batch_id: Mapped[UUID | None] = mapped_column(index=True)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    set_by: Mapped[UUID]
    set_on: Mapped[date]
    confirmed_by: Mapped[UUID | None]
    confirmed_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)  # kind, citation, licence, purposes, reasons


class Withdrawal(Record):
    """In clear and dated, so that it stops every exit before anything sealed is looked at."""

    __tablename__ = "withdrawal"

    person_id: Mapped[UUID] = mapped_column(index=True)
    purposes: Mapped[list[str]]  # codes; empty: all
    withdrawn_on: Mapped[date]
    entered_by: Mapped[UUID]


class WithdrawalCode(Record):
    """Three words with which a person stops every exit, without a name: as an HMAC that only this node can make."""

    __tablename__ = "withdrawal_code"

    person_id: Mapped[UUID] = mapped_column(
        index=True
    )  # as in the report; the person may not be taken in yet
    code: Mapped[bytes] = mapped_column(unique=True)
    made_on: Mapped[date]
