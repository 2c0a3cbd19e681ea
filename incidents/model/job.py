"""Job: long work. Its row is the truth about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, later, sealed
from incidents.model.vocabulary import JobState


class Job(Record):
    """Arguments are ids and kinds only; what is read and what came of it is sealed, apart."""

    __tablename__ = "job"
    revised = False  # nothing is said of anybody here; and the file it was made from is not kept at its end

    kind: Mapped[str]
    state: Mapped[JobState]
    owner: Mapped[UUID] = mapped_column(index=True)
    arguments: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str | None] = later()  # what is being done, where a kind has stages: a code
    token: Mapped[UUID | None] = later()  # through which its owner began it; none: themselves
    scope: Mapped[list[str] | None] = later()  # what that carried: the job may no more of what its owner may
    leased_until: Mapped[datetime | None]
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str | None]  # the code of what stopped it
    input: Mapped[Envelope | None] = sealed(Compartment.INTAKE)  # a file as it came holds names
    result: Mapped[Envelope | None] = sealed(Compartment.FACTS)
