"""From the rows of a release to the decisions that they count on: which act, who decided, when, on what.

The ledger names no act. A row is found again by what it was made from, as a keyed hash; where that changed since, by
its incident and its person. Which decisions were there at the signature is read in the trail: there a day has an order.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from incidents.model.audit import RecordDigest, first_digest
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident
from incidents.model.people import Involvement, Person
from incidents.model.rearrangement import Arrangement
from incidents.model.release import Release, ReleasedRow
from incidents.model.review import Review
from incidents.model.vocabulary import ReleaseState, Verification
from incidents.release import policy, publish, rowed
from incidents.release.gather import Gathered, gather
from incidents.search import kept, kept_all, together
from incidents.work import Work

MANY = 500  # ids in one question
SAME_PERSON = Arrangement.SAME_PERSON
Place = tuple[int, int]  # in the trail: block and position


@dataclass(frozen=True, slots=True)
class Said:
    """One act of a release. `same`: its row would be made of the same today; else it changed since."""

    act: Act
    same: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """One act, the decision in force when the release was signed (or now, while it is not), and all of them."""

    said: Said
    incident: Incident
    decision: Review | None
    first: Review | None  # the first of two words, which that decision agrees with
    since: tuple[Review, ...]  # what was decided later
    sources: int  # that the decision names as what it rests on
    evidence: int

    @property
    def state(self) -> Verification:
        """In which it went out: its row says so while it is the same, and else what was decided last by then."""
        if self.said.same:
            return self.said.act.verification
        return self.decision.to_state if self.decision else Verification.RECEIVED

    @property
    def holds(self) -> bool:
        """Whether it still stands where it stood then."""
        return self.said.same and not self.since


def traced(work: Work, release: Release) -> list[Traced]:
    """Every act of which a row is in this release, as its ledger has it, with its decisions; checked by the trail."""
    publish.release(work, release.id)
    rows = list(work.db.scalars(select(ReleasedRow).where(ReleasedRow.release_id == release.id)))
    work.vouched([release, *rows])
    rules, signed = policy.load(release.policy), _signed_at(work, release)
    if rules.product == rowed.PRODUCT:
        now = gather(work, rules, work.read(release, "manifest")["filters"], also_printed=True)
    else:
        now = publish.of_today(work, release)
    found = _same(work, rows, now)
    ids = sorted({*found, *_elsewhere(work, [row for row in rows if row.told not in set(found.values())])})
    words, cited = _decisions(work, ids), _Cited(work)
    acts = [act for some in _some(ids) for act in work.db.scalars(select(Act).where(Act.id.in_(some)))]
    roots = kept_all(work, {act.incident_id for act in acts})
    incidents = {id: work.get(Incident, root) for id, root in roots.items()}
    lines = [
        _traced(Said(act, act.id in found), incidents[act.incident_id], words[act.id], signed, cited)
        for act in sorted(
            acts, key=lambda act: (incidents[act.incident_id].reference, act.number or 0, act.id)
        )
    ]
    return [line for line in lines if line.said.same or line.state.value in rules.states]


def deciders(lines: Iterable[Traced]) -> dict[UUID, int]:
    """Who decided, numbered: for readers who may not list the members."""
    rows = [row for line in lines for row in (line.first, line.decision) if row is not None]
    return {id: number for number, id in enumerate(dict.fromkeys(row.decided_by for row in rows), 1)}


def _same(work: Work, rows: Sequence[ReleasedRow], now: Gathered) -> dict[UUID, bytes]:
    """The acts of which today's row is made from the same as the one that left, and from what."""
    told = {row.told for row in rows if row.told}
    made = ((act, publish.made_from(work, row)) for act, row in zip(now.acts, now.rows, strict=True))
    return {act: hashed for act, hashed in made if hashed in told}


def _some(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[at : at + MANY] for at in range(0, len(ids), MANY))


def _elsewhere(work: Work, rows: Iterable[ReleasedRow]) -> Iterator[UUID]:
    """What rows can have been made of that are made otherwise today: the acts of that incident with that person."""
    wanted = {(row.incident, row.person) for row in rows}
    if not wanted:
        return
    ids = work.db.scalars(select(Incident.id))
    incidents = {work.vault.keyed("released/incident", id.hex): id for id in ids}
    people = {publish.keyed(work, "person", id): id for id in work.db.scalars(select(Person.id))}
    for incident, person in wanted:
        if incident not in incidents or (person and person not in people):
            continue  # erased: nothing leads there any more
        under = together(work, [kept(work, incidents[incident])])
        query = select(Act.id).where(Act.incident_id.in_(under))
        if person:
            them = together(work, [kept(work, people[person], SAME_PERSON)], SAME_PERSON)
            query = query.join(Involvement, Involvement.act_id == Act.id).where(
                Involvement.person_id.in_(them)
            )
        yield from work.db.scalars(query)


def _traced(
    said: Said, incident: Incident, words: Sequence[tuple[Place, Review]], signed: Place, cited: "_Cited"
) -> Traced:
    moved = [(place, row) for place, row in words if not row.first_of_two]
    last = next((row for place, row in reversed(moved) if place <= signed), None)
    if said.same and last is not None and last.to_state != said.act.verification:
        last = None  # an erasure sent it back since: that is nobody's decision
    first = next((row for _place, row in words if last is not None and row.id == last.seconds), None)
    since = tuple(row for place, row in moved if place > signed)
    return Traced(said, incident, last, first, since, *cited.by(last))


class _Cited:
    """What decisions rest on, told apart: sources from evidence."""

    def __init__(self, work: Work) -> None:
        self._evidence = {str(id) for id in work.db.scalars(select(Evidence.id))}

    def by(self, decision: Review | None) -> tuple[int, int]:
        cites = (decision.cites or ()) if decision is not None else ()
        shown = sum(1 for id in cites if id in self._evidence)
        return len(cites) - shown, shown


def _decisions(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[tuple[Place, Review]]]:
    """All decisions of these acts, each with where the trail has it, in that order."""
    found: dict[UUID, list[tuple[Place, Review]]] = defaultdict(list)
    for some in _some(ids):
        query = select(RecordDigest.block, RecordDigest.position, Review)
        query = query.join(RecordDigest, first_digest(Review))
        query = query.where(Review.act_id.in_(some))
        rows = work.db.execute(query.order_by(RecordDigest.block, RecordDigest.position)).all()
        work.vouched([row for _block, _position, row in rows])
        for block, position, row in rows:
            found[row.act_id].append(((block, position), row))
    return found


def _signed_at(work: Work, release: Release) -> Place:
    """Where the trail has the last signature; behind everything, where it is not signed."""
    for version in range(2, release.version + 1):
        if work.earlier(release, version).state == ReleaseState.SIGNED:
            query = select(RecordDigest.block, RecordDigest.position)
            query = query.where(RecordDigest.record_id == release.id, RecordDigest.version == version)
            block, position = work.db.execute(query).one()
            return block, position
    return (sys.maxsize, 0)
