"""ReferenceSeries: counts that others published, printed beside our own as context. No rate is computed from them."""

from datetime import date
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.model.base import Record, parent
from incidents.model.report import Batch


class ReferenceSeries(Record):
    """One published count: of what, where, in which month or year, from whom. Public, in clear."""

    __tablename__ = "reference_series"
    __table_args__ = (UniqueConstraint("series", "place", "period", "data_date"),)

    series: Mapped[str] = mapped_column(index=True)  # what is counted, as its publisher names it
    place: Mapped[str]  # MX-BCN, 02004, MEX
    period: Mapped[str]  # EDTF: 2026-01, 2024; empty: not said
    count: Mapped[int | None]  # none: not given, which is not zero
    source: Mapped[str]
    data_date: Mapped[date]  # as of when
    batch_id: Mapped[UUID | None] = parent(Batch.id)
