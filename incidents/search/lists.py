"""Incidents in a list, page by page. A page opens the facts of what it shows and notes it once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from incidents.model.account import User
from incidents.model.incident import Act, Incident
from incidents.model.moment import Moment
from incidents.model.report import Report
from incidents.model.vocabulary import AccountState, IncidentState, Role
from incidents.search.days import as_they_came
from incidents.search.filters import Filter, Sort
from incidents.search.record import acts_of, kept_all, together
from incidents.search.walking import FEW, FIRST, Mark, Walk, in_clear
from incidents.work import Permission, Work

PER_PAGE = 50
MOST_COUNTED = 10_000  # a total above it reads “10,000+”
EFFORT = FIRST  # incidents that are looked at to count a page's total; a page must not wait for more


@dataclass(frozen=True)
class Line:
    """An incident of a list, its facts and acts opened; any of them may be Unreadable."""

    incident: Incident
    facts: Any
    acts: list[tuple[Act, Any]]


@dataclass(frozen=True)
class Slice:
    """One page of a list, and whether it goes on in either direction: the newer ones stand before it."""

    lines: list[Line]
    newer: bool
    older: bool
    total: int
    counted: bool = True  # to the end, or above what is counted; otherwise there are at least so many
    sorted_among: int = 0  # where others than these newest ones fit too, and are not in this order


# -- places in a list, as they stand in an address


def mark_of(record: Incident | Act | Report) -> str:
    return f"{record.received_on.isoformat()}.{record.id}"


def read_mark(text: str) -> Mark | None:
    """The place that an address names; nonsense is no place."""
    day, _, id = text.partition(".")
    try:
        return date.fromisoformat(day), UUID(id)
    except ValueError:
        return None


# -- lists


def listed(
    work: Work,
    state: IncidentState | None = None,
    wanted: Filter | None = None,
    *,
    before: Mark | None = None,
    after: Mark | None = None,
    limit: int = PER_PAGE,
) -> Slice:
    """A page of incidents, the newest first unless asked otherwise.

    `before` goes on down the list from a place, `after` up.
    """
    work.actor.must(Permission.INCIDENT_READ)
    asked = wanted or Filter()
    asked = asked if state is None else replace(asked, state=state)
    if asked.sort in (Sort.NEWEST, Sort.OLDEST):
        ids, newer, older = _by_day(work, asked, before, after, limit)
        among = 0
    else:
        ids, newer, older, among = _sorted(work, asked, before, after, limit)
    total, counted = total_of(work, asked, EFFORT)
    return Slice(lines(work, ids), newer, older, total, counted, among)


def total_of(work: Work, wanted: Filter, effort: int = 0) -> tuple[int, bool]:
    """How many fit, up to one more than are counted; and whether that is all, or only what the effort reached."""
    if wanted.plain:
        fitting = select(Incident.id).where(*in_clear(wanted)).limit(MOST_COUNTED + 1)
        return work.db.scalar(select(func.count()).select_from(fitting.subquery())) or 0, True
    return Walk(work, wanted, first=max(FIRST, effort)).count(MOST_COUNTED, effort)


def _by_day(
    work: Work, wanted: Filter, before: Mark | None, after: Mark | None, limit: int
) -> tuple[list[UUID], bool, bool]:
    """The ids of a page, and whether there is more above and below."""
    down = (wanted.sort == Sort.NEWEST) != (after is not None)
    walk = Walk(work, wanted, newest=down, start=after or before)
    found = list(islice(as_they_came(walk), limit + 1))
    return _cut(found, before, after, limit)


def _cut(
    found: list[UUID], before: Mark | None, after: Mark | None, limit: int
) -> tuple[list[UUID], bool, bool]:
    more, found = len(found) > limit, found[:limit]
    if after is not None:
        return found[::-1], more, True
    return found, before is not None, more


# -- in another order than the day received: of so many as can be put in order here


def _sorted(
    work: Work, wanted: Filter, before: Mark | None, after: Mark | None, limit: int
) -> tuple[list[UUID], bool, bool, int]:
    found = [id for _day, id in islice(Walk(work, wanted), FEW + 1)]
    among = FEW if len(found) > FEW else 0
    order = _in_order(work, wanted.sort, found[:FEW])
    at = after or before
    place = order.index(at[1]) if at and at[1] in order else None
    if place is None:
        rest = order
    else:
        rest = order[place - 1 :: -1] if after is not None and place else order[place + 1 :]
        rest = [] if after is not None and not place else rest
    here = place is not None
    return *_cut(rest[: limit + 1], before if here else None, after if here else None, limit), among


def _in_order(work: Work, sort: Sort, ids: Sequence[UUID]) -> list[UUID]:
    rows = _rows(work, ids)
    if sort == Sort.REFERENCE:
        return [row.id for row in sorted(rows, key=lambda row: row.reference)]
    facts = dict(zip((row.id for row in rows), work.read_all(rows, "facts", why="sort"), strict=True))
    return sorted(ids, key=lambda id: (_happened(facts[id]), str(id)))


def _happened(facts: Any) -> tuple[bool, date]:
    """The first day it may mean; what is not known stands last."""
    said = facts.get("moment") if isinstance(facts, dict) else None
    first = Moment.from_json(said).earliest if said else None
    return first is None, first or date.max


def assignable(work: Work) -> list[User]:
    """Who works on incidents: whom one may be assigned to."""
    work.actor.must(Permission.INCIDENT_READ)
    users = work.db.scalars(select(User).where(User.state == AccountState.ACTIVE).order_by(User.name))
    return [user for user in users if user.holds(Role.REVIEWER, Role.COORDINATOR)]


# -- opened


def _rows(work: Work, ids: Iterable[UUID]) -> list[Incident]:
    """The incidents in the order of their ids."""
    ids = list(ids)
    rows = {row.id: row for row in work.db.scalars(select(Incident).where(Incident.id.in_(ids)))}
    return [rows[id] for id in ids if id in rows]


def lines(work: Work, ids: Sequence[UUID]) -> list[Line]:
    """These incidents as a list shows them; what was merged into one of them brings its acts."""
    rows = _rows(work, ids)
    members = together(work, [row.id for row in rows])
    over = kept_all(work, members)
    acts: dict[UUID, list[tuple[Act, Any]]] = {}
    for act, said in acts_of(work, members):
        acts.setdefault(over[act.incident_id], []).append((act, said))
    facts = work.read_all(rows, "facts")
    return [Line(row, fact, acts.get(row.id, [])) for row, fact in zip(rows, facts, strict=True)]
