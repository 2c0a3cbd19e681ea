"""Facets: keyed tokens of the codes that lists are filtered by. They say which records share a code, no more.

Made from sealed facts and made again from them at any time: not Records, and nothing rests on them.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Base

EDITION = 1  # of the facets below; with another one, a reviewer starts a job that makes them anew
FACETS: dict[str, str] = {  # each with the code list of its words
    "act": "act",
    "method": "method",
    "weapon": "weapon",
    "perpetrator": "perpetrator",
    "month": "month",
    "year": "year",
    "country": "country",
    "state": "state",
    "municipality": "municipality",
    "programme": "programme",
    "exposure": "exposure",
    "outcome": "outcome",
    "authority": "authority",
    "targeted": "targeted_for",
    "tag": "label",
    "nationality": "nationality",
    "gender": "gender",
    "population": "population",
}


class Facet(Base):
    """One code of one incident; `thing_id` is what was told of by it, and takes it along when it is erased."""

    __tablename__ = "facet"
    __table_args__ = (
        Index("ix_facet_listed", "token", "received_on", "incident_id"),
        Index("ix_facet_thing", "thing_id"),
    )

    incident_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_on: Mapped[date]
