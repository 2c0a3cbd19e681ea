"""Codes of the organisation's own, and what it renamed or retired of the shipped ones. Public words, in clear."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from incidents.model.base import Record


class OwnCode(Record):
    """A code is never reused: retired, it is offered no more and keeps its meaning in what it was used for."""

    __tablename__ = "own_code"
    __table_args__ = (UniqueConstraint("vocabulary", "code"),)

    vocabulary: Mapped[str]
    code: Mapped[str]
    labels: Mapped[dict[str, Any]]  # language → label
    above: Mapped[str | None]  # the code it stands under, in a list that is a tree
    set_by: Mapped[UUID]
    set_on: Mapped[date]
    retired_on: Mapped[date | None]
