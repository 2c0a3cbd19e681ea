"""The facts of everything published, opened some incidents at a time: what was read of them is let go with them."""

import gc
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from incidents import reading
from incidents.model.base import Record
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.search.record import kept_all
from incidents.search.walking import each_published
from incidents.undisturbed import undisturbed
from incidents.work import Work

Facts = dict[str, Any]
Row = Any  # with the columns that are needed of its kind; see incidents.reading
HARMED = frozenset({"DIR"})
WHY = "release"
# Besides what is said: of a person, for example, not a name.
NEEDED: Mapping[type[Record], Sequence[str]] = {
    Incident: ("batch_id",),
    Act: ("incident_id", "verification", "report_id"),
    Person: ("kind", "teller"),
    Involvement: ("person_id", "act_id"),
    Perpetrator: ("incident_id", "report_id"),
    Source: ("incident_id", "report_id"),
}
TOGETHER = 2_000  # incidents
SELDOM = 16  # times: what is open goes by itself when nobody holds it, but for 300 KB each time


@dataclass(frozen=True)
class Joined:
    """What was joined to another, and what it is counted under."""

    incidents: Mapping[UUID, UUID]
    people: Mapping[UUID, UUID]
    groups: Mapping[UUID, Sequence[UUID]] = field(repr=False)  # incident → all that are counted with it

    @classmethod
    def of(cls, work: Work) -> "Joined":
        """As it is in force."""
        incidents = _roots(work, Arrangement.MERGED)
        groups: dict[UUID, list[UUID]] = defaultdict(list)
        for id in sorted({*incidents, *incidents.values()}):
            groups[incidents.get(id, id)].append(id)
        return cls(incidents, _roots(work, Arrangement.SAME_PERSON), groups)

    def incident(self, id: UUID) -> UUID:
        """The incident that this one is counted under."""
        return self.incidents.get(id, id) if self.incidents else id  # an id is slow to look for

    def person(self, id: UUID) -> UUID:
        """The record that this one is counted as."""
        return self.people.get(id, id) if self.people else id

    def with_all(self, ids: Iterable[UUID]) -> list[UUID]:
        """These incidents, and all that are counted with them."""
        if not self.groups:
            return list(ids)
        return sorted({each for id in ids for each in self.groups.get(self.incident(id), (id,))})


@dataclass(frozen=True)
class Opened:
    """Some incidents with the acts of them that count, who was in these, and who did and told them."""

    incidents: Mapping[UUID, tuple[Row, Facts]] = field(repr=False)
    acts: Sequence[tuple[Row, Facts]] = field(repr=False)
    people: Mapping[UUID, tuple[Row, Facts]] = field(repr=False)
    harmed: Mapping[UUID, list[UUID]]  # act → persons
    others: Mapping[UUID, list[UUID]]  # act → persons who played another part, a witness for example
    perpetrators: Mapping[UUID, list[tuple[Row, Facts]]] = field(repr=False)  # by what is counted
    sources: Mapping[UUID, list[tuple[Row, Facts]]] = field(repr=False)  # likewise


def how_many(work: Work) -> int:
    """Incidents that are published."""
    return work.db.scalar(select(func.count()).select_from(Incident).where(each_published())) or 0


def openings(work: Work, joined: Joined) -> Iterator[Opened]:
    """Everything that is published, some incidents at a time, in the order of their ids."""
    after: UUID | None = None
    # Each collection finds two thousand in use: of a million incidents, a seventh of the time.
    with undisturbed():
        for turn in count(1):
            query = select(Incident).where(each_published()).order_by(Incident.id).limit(TOGETHER)
            if after is not None:
                query = query.where(Incident.id > after)
            rows = reading.rows(work, query, NEEDED[Incident])
            if rows:
                with work.once():
                    yield _opened(work, joined, rows)
            if len(rows) < TOGETHER:
                return
            after = rows[-1].id
            rows.clear()
            work.let_go_of_keys()
            if turn % SELDOM == 0:
                gc.collect(1)  # what came since, and not all that is held


def _opened(work: Work, joined: Joined, rows: list[Row]) -> Opened:
    incidents = {row.id: (row, facts) for row, facts in reading.readable(work, Incident, rows, WHY)}
    here = _Here.of_these(work, rows)
    acts = here.of(select(Act).where(here.acts).order_by(Act.id), Act, "incident_id", incidents)
    involved = select(Involvement).join(Act, Involvement.act_id == Act.id)
    counts = Involvement.left_on.is_(None), here.acts
    links = here.of(involved.where(*counts), Involvement, "act_id", {act.id for act, _facts in acts})
    wanted = {link.person_id for link, _facts in links}
    whose = Person.id.in_(involved.with_only_columns(Involvement.person_id).where(*counts))
    people = {
        row.id: (row, facts) for row, facts in here.of(select(Person).where(whose), Person, "id", wanted)
    }
    harmed: dict[UUID, list[UUID]] = defaultdict(list)
    others: dict[UUID, list[UUID]] = defaultdict(list)
    for link, facts in links:
        if link.person_id in people:
            parts = harmed if facts.get("part", "DIR") in HARMED else others
            parts[link.act_id].append(link.person_id)
    away = {*joined.with_all(incidents)} - incidents.keys()
    doers, sources = (here.beside(kind, incidents, away) for kind in (Perpetrator, Source))
    counted = (_by_incident(joined, rows) for rows in (doers, sources))
    return Opened(incidents, acts, people, harmed, others, *counted)


@dataclass(frozen=True)
class _Here:
    """What belongs to some incidents that follow each other: it is asked for by the first and the last."""

    work: Work
    first: UUID
    last: UUID
    closed: bool  # none stands between them that is not published

    @classmethod
    def of_these(cls, work: Work, rows: Sequence[Row]) -> "_Here":
        first, last = rows[0].id, rows[-1].id
        between = select(func.count()).select_from(Incident).where(Incident.id.between(first, last))
        return cls(work, first, last, work.db.scalar(between) == len(rows))

    def theirs(self, incident: Any) -> Any:
        """Whether this column names one of them. One that is not published may stand among them, with all its rows."""
        between = incident.between(self.first, self.last)
        if self.closed:
            return between
        return incident.in_(
            select(Incident.id).where(each_published(), Incident.id.between(self.first, self.last))
        )

    @property
    def acts(self) -> Any:
        """The acts that count."""
        return self.theirs(Act.incident_id) & Act.left_on.is_(None)

    def of(
        self, query: Select[Any], kind: type[Record], belongs: str, to: Collection[UUID]
    ) -> list[tuple[Row, Facts]]:
        """Rows opened; what belongs to one that did not open, and what does not open, is left out."""
        rows = reading.rows(self.work, query, NEEDED[kind])
        return reading.readable(self.work, kind, [row for row in rows if getattr(row, belongs) in to], WHY)

    def beside(
        self, kind: type[Perpetrator] | type[Source], incidents: Collection[UUID], away: Collection[UUID]
    ) -> list[tuple[Row, Facts]]:
        """What counts of a kind, of these incidents and of those elsewhere that were joined to one of them."""
        query = select(kind).where(kind.left_on.is_(None))
        rows = reading.rows_of(self.work, query, NEEDED[kind], kind.incident_id, away)
        own = self.of(query.where(self.theirs(kind.incident_id)), kind, "incident_id", incidents)
        return [*own, *reading.readable(self.work, kind, rows, WHY)]


def _by_incident(joined: Joined, rows: Iterable[tuple[Row, Facts]]) -> Mapping[UUID, list[tuple[Row, Facts]]]:
    found: dict[UUID, list[tuple[Row, Facts]]] = defaultdict(list)
    for row, facts in rows:
        found[joined.incident(row.incident_id)].append((row, facts))
    return found


def _roots(work: Work, kind: Arrangement) -> dict[UUID, UUID]:
    """Of everything that was joined to another: what it is counted under."""
    rows = list(work.db.scalars(select(Rearrangement).where(Rearrangement.kind == kind)))
    work.vouched(rows)
    return kept_all(work, [row.gone_id for row in rows if row.undone_on is None], kind)
