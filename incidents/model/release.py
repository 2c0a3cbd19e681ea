"""Release: data that left the house, and who is in it."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, later, parent, sealed
from incidents.model.vocabulary import ReleaseState


class Release(Record):
    """One prepared, signed or recalled pack."""

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("signed_by IS NULL OR signed_by != prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR signed_by IS NOT NULL", name="signed_by_someone"),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[ReleaseState]
    policy: Mapped[str]
    prepared_by: Mapped[UUID]
    prepared_on: Mapped[date]
    signed_by: Mapped[UUID | None]
    signed_on: Mapped[date | None]
    also_signed_by: Mapped[UUID | None]  # the second signature, where the policy asks for two
    recalled_on: Mapped[date | None]
    downloads: Mapped[int] = mapped_column(default=0)
    expires_on: Mapped[date | None] = (
        later()
    )  # the last day of its downloads, set at the signature; none: no end
    corrects: Mapped[UUID | None] = later(
        index=True
    )  # the edition whose place it takes, without somebody who left
    series: Mapped[UUID | None] = later(index=True)  # the first edition, whose scheme it keeps
    manifest: Mapped[Envelope] = sealed(Compartment.FACTS)
    recalled_why: Mapped[Envelope | None] = sealed(Compartment.FACTS)
    pack: Mapped[Envelope] = sealed(Compartment.FACTS)  # name → text of each file
    ledger: Mapped[Envelope | None] = later(
        info={"compartment": Compartment.FACTS}
    )  # what its rows say, once, and which entry says what


class ReleasedRow(Record):
    """A person or incident in a release, as keyed hashes: found again only with the ledger key."""

    __tablename__ = "released_row"
    thing = "release_id"

    release_id: Mapped[UUID] = parent(Release.id)
    person: Mapped[bytes | None] = mapped_column(index=True)
    incident: Mapped[bytes | None] = mapped_column(index=True)
    told: Mapped[bytes | None] = later()  # what the row was made from, as a keyed hash
    whose: Mapped[bytes | None] = later()  # which act and person it is of, whatever was made from them
    permits: Mapped[Envelope] = sealed(Compartment.FACTS)


class ReleasedQuote(Record):
    """Somebody who is in words that a release prints, as keyed hashes: an entry a person and quote.

    It is no line of the tables: whoever is quoted may be counted in them or not.
    """

    __tablename__ = "released_quote"
    thing = "release_id"

    release_id: Mapped[UUID] = parent(Release.id)
    number: Mapped[int]  # which of its quotes, in their order, from 1
    quote: Mapped[bytes | None] = mapped_column(index=True)
    person: Mapped[bytes | None] = mapped_column(index=True)
    told: Mapped[bytes | None]  # the words, and all that stands beside them
    facts: Mapped[Envelope] = sealed(
        Compartment.FACTS
    )  # which purpose they are asked for, and how they are in it
