"""Counts that others published become reference series: public, in clear, printed beside our own as context.

A mapping of its own shape (docs/mappings/README.md) says what is counted, where, in which month and as of when.
A count that changed under the same date of data is said and never overwritten: a newer date makes a newer row.
"""

import hashlib
import io
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Table_
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select

from incidents.errors import NotFound, Problem, _
from incidents.intake.cleaning import CellNotUnderstood, as_text, read_count
from incidents.intake.mapping import ENCODINGS, MappingWrong, not_toml
from incidents.intake.tabular import SEPARATORS, Row, Table, read_csv
from incidents.model.base import in_bulk
from incidents.model.place import MEXICAN_STATES
from incidents.model.report import Batch, published
from incidents.model.series import ReferenceSeries
from incidents.work import Permission, Work

KIND = "series"
NEW, UNCHANGED, CHANGED, EMPTY, REFUSED = "new", "unchanged", "changed", "empty", "refused"
SEPARATED = ("", *SEPARATORS)
NO_PLACE = _("Column “%(column)s” holds no code of INEGI: two digits for a state, five for a municipality.")
NO_PERIOD = _("Column “%(column)s” holds no year or month, such as 2024 or 2024-10.")
NO_DATE = _("Column “%(column)s” holds no day of the data, such as 2026-08-09.")
NO_COUNT = _("Column “%(column)s” holds no count.")
TWICE = _("This count stands there twice, of the same place and period; neither is told from the other.")
KEPT = _("%(kept)s is kept; the file says %(said)s under the same date of data.")

_PLACE = re.compile(r"\d{2}((?!000)\d{3})?", re.ASCII)
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?", re.ASCII)


class ColumnsMissing(Problem):
    status = 422
    code = "series-columns-missing"
    sentence = _("The file has no column “%(column)s”, which the mapping names.")


@dataclass(frozen=True)
class SeriesMapping:
    """How one kind of file tells its counts: one a row, or one a month in columns of their own."""

    name: str
    series: str  # the first part of each series' name
    source: str
    encoding: str
    separator: str
    what: tuple[str, ...]  # columns whose values, joined, say what is counted
    places: tuple[str, ...]  # columns with a code of INEGI; the first that is not empty counts
    period: str  # the column of the period, or of the year where there are months
    not_said: tuple[str, ...]  # values of it that mean: at no known time
    counts: dict[str, str]  # column → month (01 to 12), or "" where the row is one count
    date_column: str
    data_date: date | None  # of the whole file, where no column tells
    digest: str = field(compare=False)

    @property
    def columns(self) -> Iterator[str]:
        yield from (*self.what, *self.places, self.period, *self.counts)
        if self.date_column:
            yield self.date_column


@dataclass(frozen=True, slots=True)
class Said:
    """One count of a file, and what becomes of it."""

    row: int
    series: str = ""
    place: str = ""
    period: str = ""
    count: int | None = None
    data_date: date | None = None
    outcome: str = ""
    reason: str = ""

    @property
    def key(self) -> tuple[str, str, str, date | None]:
        return self.series, self.place, self.period, self.data_date


@dataclass(frozen=True)
class Listed:
    """A series in one line: how many counts, from when to when, as of when."""

    series: str
    counts: int
    first: str
    last: str
    data_date: date
    source: str


# -- the mapping

_TOP = {"format", "kind", "name", "series", "source", "encoding", "what", "place", "period", "not_said"}
_FURTHER = {"separator", "count", "months", "data_date", "date_column"}


def load(text: str) -> SeriesMapping:
    """The mapping in a text; a Problem names the first thing that does not fit."""
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise not_toml(text, error) from None
    for name in written:
        if name not in _TOP | _FURTHER:
            raise MappingWrong(where=name)
    for name, wanted in (
        ("format", (1,)),
        ("kind", (KIND,)),
        ("encoding", ENCODINGS),
        ("separator", SEPARATED),
    ):
        if written.get(name, "") not in wanted:
            raise MappingWrong(where=name)
    return SeriesMapping(
        name=_text(written, "name"),
        series=_text(written, "series"),
        source=_text(written, "source"),
        period=_text(written, "period"),
        encoding=written.get("encoding", ""),
        separator=written.get("separator", ""),
        what=_texts(written, "what"),
        places=_texts(written, "place"),
        not_said=_texts(written, "not_said", needed=False),
        counts=_counts(written),
        **_dated(written),
        digest=hashlib.sha256(json.dumps(written, sort_keys=True, default=str).encode()).hexdigest(),
    )


def _text(written: Table_[str, Any], name: str) -> str:
    value = written.get(name)
    if not isinstance(value, str) or not value.strip():
        raise MappingWrong(where=name)
    return value


def _texts(written: Table_[str, Any], name: str, *, needed: bool = True) -> tuple[str, ...]:
    value = written.get(name, [])
    if (
        not isinstance(value, list)
        or not all(isinstance(one, str) for one in value)
        or (needed and not value)
    ):
        raise MappingWrong(where=name)
    return tuple(value)


def _counts(written: Table_[str, Any]) -> dict[str, str]:
    if "months" not in written:
        return {_text(written, "count"): ""}
    months = written["months"]
    if "count" in written or not isinstance(months, dict) or not months:
        raise MappingWrong(where="months")
    if not all(isinstance(month, str) and _PERIOD.fullmatch(f"2000-{month}") for month in months.values()):
        raise MappingWrong(where="months")
    return dict(months)


def _dated(written: Table_[str, Any]) -> dict[str, Any]:
    """The date of the data: of a column, or of the whole file."""
    said = written.get("data_date")
    if ("date_column" in written) == (said is not None) or not (said is None or type(said) is date):
        raise MappingWrong(where="data_date")
    return {"data_date": said, "date_column": _text(written, "date_column") if said is None else ""}


# -- the file


def read(mapping: SeriesMapping, data: bytes) -> list[Said]:
    """Every count of the file, as the mapping reads it; one that cannot be read says why."""
    table = read_csv(io.BytesIO(data), encoding=mapping.encoding, separator=mapping.separator)
    for column in mapping.columns:
        if column not in table.columns:
            raise ColumnsMissing(column=column)
    said = [one for row in table for one in _row(mapping, table, row)]
    times = Counter(one.key for one in said if not one.outcome)
    return [
        replace(one, outcome=REFUSED, reason=TWICE) if not one.outcome and times[one.key] > 1 else one
        for one in said
    ]


def _row(mapping: SeriesMapping, table: Table, row: Row) -> Iterator[Said]:
    if row.problem is not None:
        yield Said(row.number, outcome=REFUSED, reason=row.problem.said())
        return
    cells = {name: as_text(cell) for name, cell in table.named(row).items()}
    what = " / ".join([mapping.series, *(cells[name] for name in mapping.what if cells[name])])
    place = next((cells[name] for name in mapping.places if cells[name]), "")
    period = "" if cells[mapping.period] in mapping.not_said else cells[mapping.period]
    for column, month in mapping.counts.items():
        when = f"{period}-{month}" if month and period else period
        one = Said(row.number, what, place, when, data_date=_day(mapping, cells))
        yield _counted(mapping, one, cells, column)


def _day(mapping: SeriesMapping, cells: Table_[str, str]) -> date | None:
    if mapping.data_date is not None:
        return mapping.data_date
    try:
        return date.fromisoformat(cells[mapping.date_column])
    except ValueError:
        return None


def _counted(mapping: SeriesMapping, one: Said, cells: Table_[str, str], column: str) -> Said:
    """The count with its number, or the reason why it has none: an empty cell is not zero."""
    if not cells[column]:
        return replace(one, outcome=EMPTY)
    reason = _why_not(mapping, one, cells)
    if reason:
        return replace(one, outcome=REFUSED, reason=reason)
    try:
        return replace(one, place=_official(one.place), count=read_count(cells[column]))
    except CellNotUnderstood:
        return replace(one, outcome=REFUSED, reason=NO_COUNT % {"column": column})


def _why_not(mapping: SeriesMapping, one: Said, cells: Table_[str, str]) -> str:
    """What keeps a count from being told from others: where, when or as of when is not said."""
    if not (_PLACE.fullmatch(one.place) and one.place[:2] in MEXICAN_STATES):
        return NO_PLACE % {"column": mapping.places[0]}
    if not (_PERIOD.fullmatch(one.period) if one.period else cells[mapping.period] in mapping.not_said):
        return NO_PERIOD % {"column": mapping.period}
    return "" if one.data_date else NO_DATE % {"column": mapping.date_column}


def _official(code: str) -> str:
    """A state by ISO 3166-2, a municipality by its five digits, as everywhere."""
    return MEXICAN_STATES[code] if len(code) == 2 else code


# -- the import


def bring_in(work: Work, data: bytes, filename: str, mapping: SeriesMapping) -> list[Said]:
    """Keep what is new of a file as one batch, which appears at once or not at all; say what becomes of each count."""
    work.actor.must(Permission.IMPORT_DO)
    told = _judged(work, read(mapping, data))
    fresh = [one for one in told if one.outcome == NEW]
    if fresh:
        _keep(work, fresh, filename, mapping)
    return told


def _judged(work: Work, said: Sequence[Said]) -> list[Said]:
    names = {one.series for one in said}
    query = select(
        ReferenceSeries.series,
        ReferenceSeries.place,
        ReferenceSeries.period,
        ReferenceSeries.data_date,
        ReferenceSeries.count,
    ).where(ReferenceSeries.data_date.in_({one.data_date for one in said if one.data_date}))
    kept = {row[:4]: row[4] for row in work.db.execute(query) if row[0] in names}
    return [one if one.outcome else _beside(one, kept) for one in said]


def _beside(one: Said, kept: Table_[Any, int | None]) -> Said:
    if one.key not in kept:
        return replace(one, outcome=NEW)
    if kept[one.key] == one.count:
        return replace(one, outcome=UNCHANGED)
    return replace(one, outcome=CHANGED, reason=KEPT % {"kept": kept[one.key], "said": one.count})


def _keep(work: Work, fresh: Sequence[Said], filename: str, mapping: SeriesMapping) -> None:
    with in_bulk():
        batch = Batch(
            id=uuid4(), kind=KIND, published=True, recorded_by=work.actor.id, received_on=work.today
        )
        about = {"filename": filename, "mapping": mapping.name, "digest": mapping.digest, "rows": len(fresh)}
        work.seal(batch, about=about)
        work.add(batch)
        for one in fresh:
            row = ReferenceSeries(
                series=one.series,
                place=one.place,
                period=one.period,
                count=one.count,
                source=mapping.source,
                data_date=one.data_date,
                batch_id=batch.id,
            )
            work.add(row)
    work.note("series.published", batch, count=len(fresh))


def listed(work: Work) -> list[Listed]:
    """What is kept, a line for each series and date of data: public figures, which every member may read."""
    kept = ReferenceSeries
    query = (
        select(
            kept.series,
            func.count(),
            func.min(kept.period),
            func.max(kept.period),
            kept.data_date,
            func.min(kept.source),
        )
        .where(published(kept.batch_id))
        .group_by(kept.series, kept.data_date)
        .order_by(kept.series, kept.data_date)
    )
    return [Listed(*row) for row in work.db.execute(query)]


# -- one series as a table


@dataclass(frozen=True)
class Part:
    """A piece of one series: the counts of a state in a year, a line a place, a column a period."""

    states: list[str]  # of the whole series
    years: list[str]  # of this state; "": at no known time
    state: str
    year: str
    periods: list[str]
    lines: list[tuple[str, list[int | None]]]  # None: not given, which is not zero
    source: str


def part(work: Work, series: str, data_date: date, state: str = "", year: str | None = None) -> Part:
    """One state in one year; without them, the first state and the last year that are kept."""
    whole = _of(series, data_date)
    kept = ReferenceSeries
    states = sorted({_state(code) for code in work.db.scalars(select(kept.place).where(*whole).distinct())})
    if not states:
        raise NotFound
    state = state if state in states else states[0]
    within = [kept.place == state]
    within += [kept.place.startswith(digits) for digits, code in MEXICAN_STATES.items() if code == state]
    there = (*whole, or_(*within))
    years = sorted({period[:4] for period in work.db.scalars(select(kept.period).where(*there).distinct())})
    year = year if year in years else years[-1]
    in_time = kept.period.startswith(year) if year else kept.period == ""
    rows = work.db.execute(
        select(kept.place, kept.period, kept.count, kept.source).where(*there, in_time)
    ).all()
    cells = {(place, period): number for place, period, number, _source in rows}
    periods = sorted({period for _place, period in cells})
    places = sorted({place for place, _period in cells}, key=lambda code: (code != state, code))
    lines = [(code, [cells.get((code, period)) for period in periods]) for code in places]
    return Part(states, years, state, year, periods, lines, rows[0].source if rows else "")


def rows(work: Work, series: str, data_date: date) -> list[tuple[str, str, int | None, str]]:
    """The whole of one series: place, period, count, source."""
    kept = ReferenceSeries
    query = select(kept.place, kept.period, kept.count, kept.source).where(*_of(series, data_date))
    found = work.db.execute(query.order_by(kept.place, kept.period)).all()
    if not found:
        raise NotFound
    return [(place, period, number, source) for place, period, number, source in found]


def _of(series: str, data_date: date) -> tuple[Any, ...]:
    kept = ReferenceSeries
    return kept.series == series, kept.data_date == data_date, published(kept.batch_id)


def _state(code: str) -> str:
    """The state that a place lies in; a country stands by itself."""
    return MEXICAN_STATES.get(code[:2], code)
