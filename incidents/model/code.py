"""Codes of the organisation's own, and what it renamed or retired of the shipped ones. Public words, in clear."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session

from incidents.model import tree, vocabulary
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


def renew(db: Session) -> None:
    """Take in what was added, renamed or retired since this process last looked, hierarchies too: two small queries.

    A row is never taken away and every change counts its version up, so that the sum tells of any change.
    """
    tree.renew(db)
    database = db.connection().engine.url
    mark = (database, *db.execute(select(func.count(), func.sum(OwnCode.version))).one())
    if vocabulary.now().mark != mark:
        rows = db.scalars(select(OwnCode).order_by(OwnCode.set_on, OwnCode.vocabulary, OwnCode.code))
        vocabulary.use([_said(row) for row in rows], mark)


def _said(row: OwnCode) -> vocabulary.Own:
    return vocabulary.Own(row.vocabulary, row.code, row.labels, row.above, row.retired_on is not None)
