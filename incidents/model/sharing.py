"""Sharing: what goes to one named recipient under their own key, and who is in it."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.vocabulary import Purpose, ReleaseState


class Sharing(Record):
    """One package for one recipient. It holds ids and what was chosen: its content is read anew each time it leaves.

    So nothing of an erased person lies in it, and a withdrawal needs no search through packages.
    """

    __tablename__ = "sharing"
    __table_args__ = (
        CheckConstraint("signed_by IS NULL OR signed_by != prepared_by", name="two_people"),
        CheckConstraint("state != 'signed' OR signed_by IS NOT NULL", name="signed_by_someone"),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[ReleaseState]
    purpose: Mapped[Purpose]
    prepared_by: Mapped[UUID]
    prepared_on: Mapped[date]
    signed_by: Mapped[UUID | None]
    signed_on: Mapped[date | None]
    recalled_on: Mapped[date | None]
    downloads: Mapped[int] = mapped_column(default=0)
    choice: Mapped[Envelope] = sealed(Compartment.FACTS)  # recipient, key, incidents, fields
    promised: Mapped[Envelope] = sealed(Compartment.FACTS)  # counts, who, digest of the content
    recalled_why: Mapped[Envelope | None] = sealed(Compartment.FACTS)


class SharedPerson(Record):
    """A person in a package, as a keyed hash: found again only with the ledger key."""

    __tablename__ = "shared_person"
    thing = "sharing_id"

    sharing_id: Mapped[UUID] = parent(Sharing.id)
    person: Mapped[bytes] = mapped_column(index=True)
