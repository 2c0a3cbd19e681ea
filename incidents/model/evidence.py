"""Evidence: a file as it came, working copies of it, who is in it, and the chain of who had it in hand."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Report


class EvidenceState(StrEnum):
    ARRIVING = "arriving"  # being sent: nobody relies on it yet
    KEPT = "kept"
    DESTROYED = "destroyed"


class Origin(StrEnum):
    GIVEN = "given"  # by a source
    STAFF = "staff"  # taken or made by the staff
    OPEN = "open"  # found where everybody can find it


class Custody(StrEnum):
    """What can happen to it. Each is appended to the chain and never changed."""

    RECEIVED = "received"
    HASHED = "hashed"
    SEALED = "sealed"
    VIEWED = "viewed"
    COPIED = "copied"
    TRANSFORMED = "transformed"
    TRANSFERRED = "transferred"
    RELEASED = "released"
    DESTROYED = "destroyed"


class Part(StrEnum):
    """What somebody has to do with it."""

    GAVE = "gave"  # it was theirs to give
    SHOWN = "shown"  # they can be recognised in it


class Evidence(Record):
    """One file, of an incident or of a report. The original lies in the store and is never changed."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("(incident_id IS NULL) != (report_id IS NULL)", name="belongs_to_one"),
        CheckConstraint("state != 'kept' OR sealed_sha256 IS NOT NULL", name="kept_is_hashed"),
    )

    incident_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Incident.id, deferrable=True, initially="DEFERRED"), index=True
    )
    report_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Report.id, deferrable=True, initially="DEFERRED"), index=True
    )
    state: Mapped[EvidenceState]
    received_by: Mapped[UUID]
    received_on: Mapped[date]
    pieces: Mapped[list[str]]  # of its sealed segments in the store the random words of their names, in order
    sealed_sha256: Mapped[bytes | None]  # of these segments one after the other: compared without any key
    people_said_by: Mapped[UUID | None]  # who said who can be recognised in it; none: nobody looked
    people_said_on: Mapped[date | None]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)  # size, hash, type, origin, when and where collected
    description: Mapped[Envelope] = sealed(
        Compartment.TESTIMONY
    )  # its own name, what it says of itself, who collected it with what, where it was found


class WorkingCopy(Record):
    """The same to look at, without what the file says of people and devices. The newest is the one in use."""

    __tablename__ = "working_copy"
    thing = "evidence_id"
    __table_args__ = (UniqueConstraint("evidence_id", "number"),)

    evidence_id: Mapped[UUID] = parent(Evidence.id, index=False)
    number: Mapped[int]
    made_by: Mapped[UUID]
    made_on: Mapped[date]
    pieces: Mapped[list[str]]
    sealed_sha256: Mapped[bytes]
    facts: Mapped[Envelope] = sealed(Compartment.FACTS)  # size, hash, type, how it was made


class EvidencePerson(Record):
    """Somebody gave it, or can be recognised in it: asked before a copy leaves. Undone, it is kept as undone."""

    __tablename__ = "evidence_person"
    thing = "evidence_id"

    evidence_id: Mapped[UUID] = parent(Evidence.id)
    person_id: Mapped[UUID] = parent(Person.id)
    part: Mapped[Part]
    said_by: Mapped[UUID]
    said_on: Mapped[date]
    undone_on: Mapped[date | None]


class CustodyEvent(Record):
    """One link of the chain; `previous` is the hash of the link before it."""

    __tablename__ = "custody_event"
    thing = "evidence_id"
    __table_args__ = (UniqueConstraint("evidence_id", "number"),)

    evidence_id: Mapped[UUID] = parent(Evidence.id, index=False)
    number: Mapped[int]
    kind: Mapped[Custody]
    by: Mapped[UUID]
    on: Mapped[date]
    previous: Mapped[bytes]
    facts: Mapped[Envelope | None] = sealed(Compartment.FACTS)  # the time, codes, hashes; none once destroyed
    words: Mapped[Envelope | None] = sealed(Compartment.TESTIMONY)  # to whom, why
