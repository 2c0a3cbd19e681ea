"""Quote: an account, or a few sentences of one, made ready to be printed under a name that is nobody's.

It is a thing of its own: erased with the person whose words it is, with the report it was taken from, and alone.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import ReportPart


class QuoteKind(StrEnum):
    ACCOUNT = "account"  # the whole of what somebody told, without what shows who they are
    QUOTE = "quote"  # a few sentences of it
    CASE = "case"  # what happened to one person, in the third person, written by hand from the record


class QuoteState(StrEnum):
    PROPOSED = "proposed"  # somebody works on it
    SIGNED_ONCE = "signed-once"
    SIGNED = "signed"  # by two, of whom one did not redact it
    RECALLED = "recalled"


class Quote(Record):
    """Words of one person, or a case of one. The desk lies with the testimony; what two signed, with the facts."""

    __tablename__ = "quote"
    revised = False  # what was not cut yet, or was signed and taken back, is not kept
    __table_args__ = (
        CheckConstraint("second_by IS NULL OR second_by != first_by", name="two_people"),
        CheckConstraint(
            "state != 'signed' OR (first_by IS NOT NULL AND second_by IS NOT NULL)", name="signed_by_two"
        ),
    )

    incident_id: Mapped[UUID] = parent(Incident.id)
    person_id: Mapped[UUID] = parent(Person.id)  # whose words it is; whom a case is about
    part_id: Mapped[UUID] = parent(ReportPart.id)  # where they stand; where a report tells of them
    kind: Mapped[QuoteKind]
    state: Mapped[QuoteState]
    redactors: Mapped[list[str]]  # ids of all who decided anything of it
    begun_on: Mapped[date]
    first_by: Mapped[UUID | None]
    first_on: Mapped[date | None]
    second_by: Mapped[UUID | None]
    second_on: Mapped[date | None]
    recalled_by: Mapped[UUID | None]
    recalled_on: Mapped[date | None]
    recalled_for: Mapped[str | None]  # a code
    desk: Mapped[Envelope] = sealed(
        Compartment.TESTIMONY
    )  # what is cut, sentence by sentence; the text so far
    facts: Mapped[Envelope] = sealed(
        Compartment.FACTS
    )  # under which name, with what beside it; the signed text
