"""Walk the incidents that fit a filter, in the order received, a piece at a time.

A piece is the next so many rows of one token's own index; each of them is asked, by its key, whether it has the
other tokens and whether its columns fit. Which token leads is found by looking how far its next rows reach. So a page
costs the same however many incidents there are. The statements leave a planner no other way: a limit stands within,
and what is asked of each row is a scalar subquery, which is never turned into a join.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, func, literal, or_, select, tuple_, union

from incidents.model.facet import Facet
from incidents.model.incident import Act, Incident
from incidents.model.rearrangement import gone
from incidents.model.report import Batch
from incidents.search.filters import Filter
from incidents.search.record import kept_all
from incidents.work import Work

Mark = tuple[date, UUID]  # a place in a list by received day and id
FIRST, LARGEST = 256, 8192  # rows of a piece: the first one, and what it grows to
REACH = 500  # rows of a token that are passed over to see how far they reach
FEW = 2000  # incidents that are taken as they are and put in order here


@dataclass
class Walk:
    """The incidents that fit, one way, from a place on. `looked` says how many were looked at so far."""

    work: Work
    wanted: Filter
    newest: bool = True  # first
    start: Mark | None = None
    first: int = FIRST  # rows of the first piece
    looked: int = 0

    def __iter__(self) -> Iterator[Mark]:
        for found, _end in self.steps():
            yield from found

    def steps(self) -> Iterator[tuple[list[Mark], Mark | None]]:
        """What fits, piece by piece, and how far each piece reaches; none: to the end."""
        lead, asked = self._ways()
        for piece, end in self._pieces(lead):
            fitting = select(piece.c.received_on, piece.c.id).where(*(ask(piece.c.id) for ask in asked))
            rows = self.work.db.execute(self._in_order(fitting, piece.c))
            yield [(row[0], row[1]) for row in rows], end

    def count(self, most: int, effort: int = 0) -> tuple[int, bool]:
        """How many fit, up to more than `most`; and whether that is all, or only what the effort reached."""
        total = 0
        lead, asked = self._ways()
        for piece, end in self._pieces(lead):
            fitting = select(piece.c.id).where(*(ask(piece.c.id) for ask in asked))
            total += self.work.db.scalar(select(func.count()).select_from(fitting.subquery())) or 0
            if total > most:
                break
            if effort and self.looked >= effort:
                return total, end is None
        return total, True

    # -- where they come from

    def _ways(self) -> tuple[list[Any], list[Any]]:
        """The statements that the incidents come from, and what each of them is asked."""
        tokens = [
            [self.work.vault.facet(facet, code) for code in sorted(set(codes))]
            for facet, codes in self.wanted.codes.items()
            if codes
        ]
        wanted = self.wanted.verification
        few = None if wanted is None else _few_verified(self.work, wanted)
        last = [] if wanted is None or few is not None else [_asked_of_acts(self.work, wanted)]
        if few is not None:
            lead = [self._plain().where(Incident.id.in_(few))]
        elif tokens:
            lead = [self._of(token) for token in tokens.pop(self._rarest(tokens))]
            last.append(_asked_in_clear(self.wanted))
        else:
            lead = [self._plain()]
        return lead, [*map(_asked_of_facets, tokens), *last]

    def _plain(self) -> Any:
        return select(Incident.received_on, Incident.id.label("id")).where(*in_clear(self.wanted))

    def _of(self, token: bytes) -> Any:
        query = select(Facet.received_on, Facet.incident_id.label("id")).where(Facet.token == token)
        return query.where(*_received(Facet.received_on, self.wanted)).distinct()

    def _pieces(self, lead: Sequence[Any]) -> Iterator[tuple[Any, Mark | None]]:
        """The rows of the lead, each incident once, piece by piece: each begins where the one before ended."""
        start, size = self.start, self.first
        while True:
            piece = self._piece(lead, start, size)
            self.looked += size
            start = self._end(piece, size)
            yield piece, start
            if start is None:
                return
            size = min(size * 2, LARGEST)

    def _piece(self, lead: Sequence[Any], start: Mark | None, size: int) -> Any:
        parts = [self._from(query, start).limit(size).subquery() for query in lead]
        if len(parts) == 1:
            return parts[0]
        whole = union(*(select(part.c.received_on, part.c.id) for part in parts)).subquery()
        return self._in_order(select(whole.c.received_on, whole.c.id), whole.c).limit(size).subquery()

    def _end(self, piece: Any, size: int) -> Mark | None:
        """The last row of a piece; none where there are no more."""
        rows = select(piece.c.received_on, piece.c.id)
        last = self.work.db.execute(self._in_order(rows, piece.c).offset(size - 1)).first()
        return None if last is None else (last[0], last[1])

    def _from(self, query: Any, start: Mark | None) -> Any:
        key = query.selected_columns
        if start is not None:
            query = query.where(beyond((key.received_on, key.id), start, down=self.newest))
        return self._in_order(query, key)

    def _in_order(self, query: Any, key: Any) -> Any:
        columns = (key.received_on, key.id)
        return query.order_by(*(column.desc() for column in columns) if self.newest else columns)

    def _rarest(self, groups: Sequence[Sequence[bytes]]) -> int:
        """The group whose rows lie furthest apart: it is looked through, the others are asked."""
        if len(groups) == 1:
            return 0
        reach = [max(map(self._reach, group)) for group in groups]
        return reach.index(min(reach))

    def _reach(self, token: bytes) -> tuple[int, int]:
        """How dense its next rows are, as far as the day of the last of them says; the larger, the denser."""
        query = self._from(self._of(token), self.start)
        last = self.work.db.execute(query.offset(REACH).limit(1)).first()
        if last is None:
            rows = query.limit(REACH).subquery()
            return 0, self.work.db.scalar(select(func.count()).select_from(rows)) or 0
        day = last[0].toordinal()
        return 1, day if self.newest else -day


def beyond(columns: tuple[Any, Any], at: Mark, *, down: bool) -> Any:
    """After a place in the order of day and id; as one comparison, so that an index leads there."""
    here, there = tuple_(*columns), tuple_(literal(at[0], columns[0].type), literal(at[1], Uuid()))
    return here < there if down else here > there


# -- what they are asked


def in_clear(wanted: Filter) -> list[Any]:
    """What the incident's own columns say; of what is not published, or was merged into another, nothing is listed."""
    found = [
        each_published(),
        Incident.id.not_in(gone()),
        *_received(Incident.received_on, wanted),
    ]
    if wanted.state is not None:
        found.append(Incident.state == wanted.state)
    if wanted.assignee is not None:
        found.append(Incident.assignee == wanted.assignee)
    return found


def each_published() -> Any:
    """As `published`, asked row by row: SQLite would otherwise gather all rows by their batch before it sorts them."""
    batch = select(Batch.id).where(Batch.id == Incident.batch_id, Batch.published.is_(True))
    return or_(Incident.batch_id.is_(None), batch.exists())


def _received(column: Any, wanted: Filter) -> list[Any]:
    found = []
    if wanted.received_from is not None:
        found.append(column >= wanted.received_from)
    if wanted.received_to is not None:
        found.append(column <= wanted.received_to)
    return found


def _asked_in_clear(wanted: Filter) -> Any:
    return lambda id: _is_there(select(literal(1)).where(Incident.id == id, *in_clear(wanted)))


def _asked_of_facets(tokens: Sequence[bytes]) -> Any:
    return lambda id: _is_there(select(literal(1)).where(Facet.incident_id == id, Facet.token.in_(tokens)))


def _asked_of_acts(work: Work, verification: Any) -> Any:
    """By an act of its own, or of one that was merged into it."""
    acts = select(Act.incident_id).where(*_verified(verification), Act.incident_id.in_(gone()))
    ids = kept_all(work, set(work.db.scalars(acts))).values()
    own = select(literal(1))
    return lambda id: or_(
        _is_there(own.where(Act.incident_id == id, *_verified(verification))), id.in_(set(ids))
    )


def _few_verified(work: Work, verification: Any) -> list[UUID] | None:
    """Where few acts are verified so, their incidents; none: there are many."""
    ids = list(work.db.scalars(select(Act.incident_id).where(*_verified(verification)).limit(FEW + 1)))
    return None if len(ids) > FEW else list(set(kept_all(work, ids).values()))


def _verified(verification: Any) -> list[Any]:
    return [Act.verification == verification, Act.left_on.is_(None)]


def _is_there(query: Any) -> Any:
    return query.limit(1).scalar_subquery() == 1
