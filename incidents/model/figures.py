"""Figures: counts that were frozen and protected, for whoever may open no fact."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Record


class Freeze(Record):
    """One of them. In clear, since it is made to be seen by every member: no count in it is nearer than to five."""

    __tablename__ = "freeze"
    revised = False  # made once, never altered

    frozen_on: Mapped[date] = mapped_column(index=True)
    frozen_by: Mapped[UUID]
    counts: Mapped[dict[str, Any]]  # axis → [[code, what is printed of it], …]
