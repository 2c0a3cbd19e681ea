"""Token: what a member let a program do for them, and until when. Its lock stands in the keystore, never here."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.account import User
from incidents.model.base import Base, Record, parent


class Token(Record):
    """A token of a member. Permissions and compartments are sorted lists of words; the lock is bound to them."""

    __tablename__ = "token"
    __table_args__ = (CheckConstraint("name != ''", name="has_a_name"),)
    revised: ClassVar[bool] = False

    member: Mapped[UUID] = parent(User.id)
    name: Mapped[str]
    permissions: Mapped[list[str]]
    compartments: Mapped[list[str]]
    kid: Mapped[bytes]  # of its key: blocks of the trail that it signed
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]


class Once(Base):
    """A request that is done once: its answer lies sealed among the keys, under `aside`, for a day at the longest."""

    __tablename__ = "once"

    place: Mapped[bytes] = mapped_column(primary_key=True)  # SHA-256 of who asked, where, under which key
    body: Mapped[bytes]  # HMAC-SHA-256 of what was sent, under a key of theirs
    aside: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
