"""Erasure: the intent to make something unreadable, and how far it is. Before it: what waits to be erased, and why."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Compartment, Envelope, Record, parent, sealed

NAMES = "names"  # the kind of an erasure of names alone: whoever told still tells


class ErasureState(StrEnum):
    INTENDED = "intended"  # written and signed; the keys are still there
    SHREDDED = "shredded"  # the keys are gone
    SWEPT = "swept"  # and so is what hung on them


class Erasure(Record):
    """Written before a key is destroyed, so that a cut erasure is finished, whoever starts the program next."""

    __tablename__ = "erasure"

    kind: Mapped[
        str
    ]  # person, report, names (of a person); restored: its tombstones were found in a restored keystore
    subject: Mapped[UUID] = mapped_column(index=True)
    things: Mapped[list[str]]  # thing/compartment: the data keys to destroy
    state: Mapped[ErasureState] = mapped_column(index=True)
    decided_by: Mapped[UUID]
    decided_on: Mapped[date]
    decision: Mapped[Envelope | None] = sealed(Compartment.TESTIMONY)  # in words: who asked, who agreed


class ProposalState(StrEnum):
    WAITING = "waiting"
    CALLED_OFF = "called_off"
    DONE = "done"


class RetentionRule(Record):
    """How long something is kept before its erasure is proposed; nothing is ever erased by a rule alone."""

    __tablename__ = "retention_rule"

    about: Mapped[str]  # set_aside: reports that were set aside; names: of persons in incidents
    months: Mapped[int]
    set_by: Mapped[UUID]
    set_on: Mapped[date]
    ended_on: Mapped[date | None]


class ErasureProposal(Record):
    """Something that waits to be erased: asked for without a known contact, or past the time a rule gives it.

    Nothing happens by itself: on the day it is due a coordinator does it, or calls it off.
    """

    __tablename__ = "erasure_proposal"
    __table_args__ = (
        Index("ix_erasure_proposal_due", "state", "due_on"),
        CheckConstraint("agreed_by IS NULL OR agreed_by != proposed_by", name="two_people"),
    )

    kind: Mapped[str]  # person: erase them; report: erase it; names: erase a person's name and contacts alone
    subject: Mapped[UUID] = mapped_column(index=True)
    rule_id: Mapped[UUID | None]  # the rule that proposes it; none: somebody asked
    proposed_by: Mapped[UUID]
    proposed_on: Mapped[date]
    due_on: Mapped[date]
    agreed_by: Mapped[UUID | None]  # the second person, where somebody asked
    state: Mapped[ProposalState]
    ended_by: Mapped[UUID | None]
    ended_on: Mapped[date | None]
    kept_until: Mapped[date | None]  # called off: no rule proposes it again before this day
    words: Mapped[Envelope | None] = sealed(Compartment.TESTIMONY)  # who asked and how; why it was called off


class Answer(StrEnum):
    """How far a text is that may tell of somebody who was erased."""

    WAITING = "waiting"
    NOTHING = "nothing"  # nothing of them is in it
    REWRITTEN = "rewritten"  # the new text stands; the keys of the old one are still there
    SHREDDED = "shredded"  # and are gone


class TextBeside(Record):
    """A text that stays, and may tell of somebody who was erased: a reviewer answers for it within thirty days.

    What nobody answered for by then is closed: no page shows it and nothing of it leaves until somebody does.
    """

    __tablename__ = "text_beside"
    __table_args__ = (Index("ix_text_beside_waiting", "state", "due_on"),)

    erasure_id: Mapped[UUID] = parent(Erasure.id)
    about: Mapped[str]  # the table of the row that holds it
    about_id: Mapped[UUID] = mapped_column(index=True)
    thing_id: Mapped[UUID]  # under whose key it is sealed
    compartment: Mapped[str]
    named: Mapped[bool]  # a word of their name was found in it before the name was gone
    due_on: Mapped[date]
    state: Mapped[Answer]
    answered_by: Mapped[UUID | None]
    answered_on: Mapped[date | None]
    upto: Mapped[int | None]  # rewritten: the version up to which the keys of its thing are over
