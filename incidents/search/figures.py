"""How many incidents and acts there are of a kind, live: for whoever may open facts, and for nobody else.

Incidents are counted by the tokens that the list is filtered by, each as far as a list counts; so a number is what the
list behind it says. Acts are counted as they are opened, where there are few enough for that.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, union_all

from incidents.model import place, vocabulary
from incidents.model.facet import Facet
from incidents.model.incident import Act, Incident, Perpetrator
from incidents.model.rearrangement import gone
from incidents.model.vocabulary import Verification
from incidents.search import facets
from incidents.search.filters import Filter
from incidents.search.lists import MOST_COUNTED, lines, total_of
from incidents.search.record import kept_all, together
from incidents.search.walking import FEW, Walk, each_published
from incidents.work import Permission, Unreadable, Work

SEEING = frozenset({Permission.INCIDENT_READ, Permission.RELEASE_PREPARE})
AXES = ("month", "act", "state", "municipality", "perpetrator", "verification")
MONTHS = 24
AT_ONCE = 100  # counts of one statement: SQLite joins five hundred at most
YEAR = 12


@dataclass(frozen=True, slots=True)
class Row:
    """A code, how many incidents carry it, and how many acts; none: too many to open here."""

    code: str
    incidents: int
    acts: int | None


@dataclass(frozen=True)
class Figures:
    """By axis. A number above `MOST_COUNTED` says only that it is larger."""

    incidents: int
    acts: int
    axes: Mapping[str, Sequence[Row]]
    opened: bool  # whether acts were counted by each axis


def live(work: Work) -> Figures:
    """Everything that is counted on one page, in as many statements however many records there are."""
    work.actor.must_any(SEEING)
    codes = {axis: _codes(axis, work.today) for axis in AXES[:-1]}
    incidents = _by_token(work, [(axis, code) for axis, some in codes.items() for code in some])
    verified = {each.value: total_of(work, Filter(verification=each))[0] for each in Verification}
    acts = _acts(work)
    by_state = dict(
        work.db.execute(_all_acts(Act.verification, func.count()).group_by(Act.verification)).all()
    )
    axes = {
        axis: [
            Row(code, incidents[axis, code], acts[axis, code] if acts is not None else None)
            for code in some
            if incidents.get((axis, code))
        ]
        for axis, some in codes.items()
    }
    axes["verification"] = [
        Row(code, number, by_state.get(Verification(code), 0)) for code, number in verified.items() if number
    ]
    total = total_of(work, Filter())[0]
    return Figures(total, sum(by_state.values()), axes, acts is not None)


def _codes(axis: str, today: date) -> list[str]:
    """Those that a page counts, in the order of its rows."""
    if axis == "month":
        last = today.year * YEAR + today.month - 1
        return [f"{at // YEAR:04}-{at % YEAR + 1:02}" for at in range(last - MONTHS + 1, last + 1)]
    if axis == "state":
        return sorted(code for code in place.states() if code.startswith("MX-"))
    if axis == "municipality":
        return sorted(place.shipped())
    return list(vocabulary.lists()[axis])  # the retired ones too: records carry them


# -- incidents


def _by_token(work: Work, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for at in range(0, len(pairs), AT_ONCE):
        some = pairs[at : at + AT_ONCE]
        query = union_all(*(_counted(work, number, *pair) for number, pair in enumerate(some)))
        found |= {some[number]: count for number, count in work.db.execute(query)}
    return found


def _counted(work: Work, number: int, facet: str, code: str) -> Any:
    """Of one token, each incident once, up to one more than are counted."""
    there = select(literal(1)).where(Incident.id == Facet.incident_id, each_published())
    rows = (
        select(Facet.received_on, Facet.incident_id)
        .where(Facet.token == work.vault.facet(facet, code), there.exists(), Facet.incident_id.not_in(gone()))
        .distinct()
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return select(literal(number), func.count()).select_from(rows)


# -- acts


def _all_acts(*columns: Any) -> Any:
    query = select(*columns).select_from(Act).join(Incident, Act.incident_id == Incident.id)
    return query.where(Act.left_on.is_(None), each_published())


def _acts(work: Work) -> Counter[tuple[str, str]] | None:
    """By axis and code; none where there are too many incidents to open them for a page."""
    ids = [id for _day, id in islice(Walk(work, Filter()), FEW + 1)]
    if len(ids) > FEW:
        return None
    doers = _doers(work, ids)
    found: Counter[tuple[str, str]] = Counter()
    for line in lines(work, ids):
        about = {} if isinstance(line.facts, Unreadable) else line.facts
        for _act, said in line.acts:
            if not isinstance(said, Unreadable):
                found.update({*_of_act(about, said), *doers.get(line.incident.id, ())})
    return found


def _of_act(about: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an act does not say of its time or place is what its incident says."""
    inherited = {name: about.get(name) for name in ("moment", "place") if not said.get(name)}
    yield from facets.of_act({**said, **inherited})


def _doers(work: Work, ids: Sequence[UUID]) -> dict[UUID, set[tuple[str, str]]]:
    """The kinds of alleged perpetrators of an incident, with those of what was merged into it."""
    members = together(work, ids)
    query = select(Perpetrator).where(Perpetrator.incident_id.in_(members), Perpetrator.left_on.is_(None))
    rows = list(work.db.scalars(query))
    over = kept_all(work, {row.incident_id for row in rows})
    found: dict[UUID, set[tuple[str, str]]] = {}
    for row, said in zip(rows, work.read_all(rows, "facts"), strict=True):
        if not isinstance(said, Unreadable):
            found.setdefault(over[row.incident_id], set()).update(facets.of_perpetrator(said))
    return found
