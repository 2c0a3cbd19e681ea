"""What is said about a record: a question to whoever sent it, the answer, and comments among reviewers.

Two keys, so two kinds of row. A question and its answer lie where the report lies, for its sender holds no other key
than their own. A comment lies with the testimony of its incident, and goes with it.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed
from incidents.model.incident import Incident
from incidents.model.report import Report


class QuestionState(StrEnum):
    WAITING = "waiting"
    ANSWERED = "answered"
    ENDED = "ended"  # a reviewer read the answer, or needs none any more


class Question(Record):
    """What a reviewer asks whoever sent a report: about the whole of it or one act. Each is a thing of its own."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_waiting", "state", "due_on"),)

    report_id: Mapped[UUID] = parent(Report.id)
    act_id: Mapped[UUID | None] = mapped_column(index=True)  # its sender is never told which
    state: Mapped[QuestionState]
    code: Mapped[str]  # what is missing, in clear as it stands in the trail
    asked_by: Mapped[UUID]
    asked_on: Mapped[date]
    due_on: Mapped[date | None]
    ended_by: Mapped[UUID | None]
    ended_on: Mapped[date | None]
    words: Mapped[Envelope | None] = sealed(Compartment.INTAKE)


def from_before(report: UUID) -> UUID:
    """The id of the question about a report that was asked when questions were no records: it may have no row yet."""
    return uuid5(report, "asked")


class Answer(Record):
    """What the sender said to a question. It comes in as a report does: nothing of theirs is changed by it."""

    __tablename__ = "answer"

    question_id: Mapped[UUID] = parent(Question.id)
    report_id: Mapped[UUID] = mapped_column(index=True)  # of its question
    said_by: Mapped[UUID]
    said_on: Mapped[date]
    words: Mapped[Envelope] = sealed(Compartment.INTAKE)


class Comment(Record):
    """What reviewers say to each other about an incident, or one act of it."""

    __tablename__ = "comment"
    thing = "incident_id"

    incident_id: Mapped[UUID] = parent(Incident.id)
    act_id: Mapped[UUID | None]
    said_by: Mapped[UUID]
    said_on: Mapped[date]
    words: Mapped[Envelope] = sealed(Compartment.TESTIMONY)


class Mention(Record):
    """A member whom a comment calls by name: it stands on their first page until they saw it."""

    __tablename__ = "mention"
    __table_args__ = (Index("ix_mention_unseen", "member_id", "seen_on"),)

    comment_id: Mapped[UUID] = parent(Comment.id)
    member_id: Mapped[UUID]
    seen_on: Mapped[date | None]
