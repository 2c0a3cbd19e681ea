"""User: who works here. Keys stand in the keystore, never here."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Record, later
from incidents.model.vocabulary import AccountState, Role


class Project(Record):
    """The organisation's one project: one set of compartments."""

    __tablename__ = "project"

    organisation: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")


class User(Record):
    """A member of the staff. `roles` is a sorted list of words."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("name != ''", name="has_a_name"),)

    name: Mapped[str] = mapped_column(unique=True)  # as typed
    sign_in: Mapped[str] = mapped_column(unique=True)  # NFKC, casefolded: what is compared
    roles: Mapped[list[str]]
    state: Mapped[AccountState]
    language: Mapped[str] = mapped_column(default="en")
    invited_by: Mapped[UUID | None]
    link: Mapped[bytes | None]  # SHA-256 of a one-time link
    link_until: Mapped[date | None]
    joined_on: Mapped[date | None]
    no_shortcuts: Mapped[bool | None] = later()  # single letters are never keys of a page (WCAG 2.1.4)

    def holds(self, *roles: Role) -> bool:
        return any(role in self.roles for role in roles)
