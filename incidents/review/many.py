"""Many acts moved at once: looked at first, act by act and without a trace in any of them, then done with one reason.

What two reviewers have to agree on is not decided by the dozen: each such act is opened and looked at by itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from incidents.errors import GroundsNeeded, InvalidInput, MoveNotAllowed, SecondPersonNeeded, SupportNeeded, _
from incidents.model.incident import Act, Incident
from incidents.model.release import Release, ReleasedRow
from incidents.model.report import published
from incidents.model.review import Review
from incidents.model.vocabulary import COUNTED, ReleaseState, Verification
from incidents.review import grounds
from incidents.review.moves import (
    MOVES,
    Table,
    move_all,
    must_be_open,
    must_be_reasoned,
    of_minors,
    restricted,
    rests_on,
    waiting_for_a_second,
)
from incidents.search import kept_all
from incidents.work import Permission, Work

MOST = 200  # acts in one move: a request lasts no longer, and somebody reads the list
MOVED = "acts.moved-together"  # the note; it stands with the first of the reviews
TOO_MANY = _("These are more than 200 acts. Choose fewer.")
CHOOSE_STATE = _("Choose what you find.")


class Why(StrEnum):
    """Why an act stays where it is."""

    THERE = "there"  # it is where it would be moved to
    STATE = "state"  # no such step from where it is
    OWN = "own"  # whoever moves it submitted it
    SECOND_WORD = "second-word"  # one reviewer said it; another has to, by opening it
    RESTRICTED = "restricted"
    MINOR = "minor"
    UNSUPPORTED = "unsupported"
    UNCORROBORATED = "uncorroborated"
    ALTERED = "altered"  # the stored original of what it rests on, read through in the move, is not what was received
    CHANGED = "changed"  # since it was looked at


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of each of these acts: those that move, and why each other one stays."""

    moving: tuple[Act, ...]
    staying: Mapping[UUID, Why]

    @property
    def counts(self) -> dict[Why, int]:
        """How many stay, by why; in the order of Why."""
        counted = Counter(self.staying.values())
        return {why: counted[why] for why in Why if counted[why]}


def plan(work: Work, acts: Sequence[Act], to: Verification, table: Table = MOVES) -> Plan:
    """Look at each act as the move would; nothing is changed, and no original of evidence is read."""
    work.actor.must(Permission.REVIEW_DECIDE)
    work.vouched(acts)
    staying = {act.id: why for act in acts if (why := _closed(work, act, to, table))}
    if to in COUNTED:
        staying |= _of_two(work, [act for act in acts if act.id not in staying])
        staying |= _unfounded(work, [act for act in acts if act.id not in staying], to)
    return Plan(tuple(act for act in acts if act.id not in staying), staying)


def _closed(work: Work, act: Act, to: Verification, table: Table) -> Why | None:
    if act.verification == to:
        return Why.THERE
    try:
        must_be_open(work, act, to, table)
    except MoveNotAllowed:
        return Why.STATE
    except SecondPersonNeeded:
        return Why.OWN
    return None


def _of_two(work: Work, acts: Sequence[Act]) -> dict[UUID, Why]:
    """Those that wait for a second word first: it is the shortest way to have them decided."""
    secret = restricted(work, acts)
    young = of_minors(work, [act.id for act in acts if act.id not in secret])
    said = waiting_for_a_second(work, [act for act in acts if act.id in secret | young])
    found = dict.fromkeys(secret, Why.RESTRICTED) | dict.fromkeys(young, Why.MINOR)
    return found | dict.fromkeys(said, Why.SECOND_WORD)


def _unfounded(work: Work, acts: Sequence[Act], to: Verification) -> dict[UUID, Why]:
    found, staying = grounds.of_all(work, acts), {}
    for act in acts:
        try:
            rests_on(work, act, to, found[act.id])
        except SupportNeeded:
            staying[act.id] = Why.UNSUPPORTED
        except GroundsNeeded:
            staying[act.id] = Why.UNCORROBORATED
    return staying


def chosen(work: Work, ids: Iterable[UUID]) -> list[Act]:
    """These acts, the oldest first: those that a reviewer may look at; others are as if they were not there."""
    work.actor.must(Permission.REVIEW_DECIDE)
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise InvalidInput({"acts": [TOO_MANY]})
    query = select(Act).join(Incident, Act.incident_id == Incident.id)
    query = query.where(Act.id.in_(wanted), Act.left_on.is_(None), published(Incident.batch_id))
    return list(work.db.scalars(query.order_by(Act.received_on, Act.id)))


def move_many(
    work: Work, seen: Mapping[UUID, int], to: Verification, reasons: str
) -> tuple[list[Review], Plan]:
    """Move what was looked at, each act at the version it was seen at; of all others it is said why they stayed."""
    must_be_reasoned(reasons)
    if to not in {state for _from, state in MOVES}:
        raise InvalidInput({"to": [CHOOSE_STATE]})
    acts = chosen(work, seen)
    changed = {act.id for act in acts if act.version != seen[act.id]}
    found = plan(work, [act for act in acts if act.id not in changed], to)
    rows = move_all(work, found.moving, to, reasons)
    noted(work, rows, to=to.value)
    return rows, moved(found, rows, dict.fromkeys(changed, Why.CHANGED))


def moved(found: Plan, rows: Iterable[Review], others: Mapping[UUID, Why]) -> Plan:
    """What became of it: of what would have moved, those stayed whose evidence is no longer what was received."""
    there = {row.act_id for row in rows}
    altered = {act.id: Why.ALTERED for act in found.moving if act.id not in there}
    moving = tuple(act for act in found.moving if act.id in there)
    return Plan(moving, {**found.staying, **altered, **others})


def noted(work: Work, rows: Sequence[Review], event: str = MOVED, **detail: str) -> None:
    """One note for all of them: by it the move is found again as one."""
    if rows:
        work.note(event, rows[0], count=len(rows), **detail)


def released(work: Work, acts: Iterable[Act]) -> int:
    """How many of these acts are of an incident that stands in a release that went out: what left stays as it left."""
    over = kept_all(work, {act.incident_id for act in acts})
    hashed = {id: work.vault.keyed("released/incident", id.hex) for id in {*over, *over.values()}}
    query = select(ReleasedRow.incident).join(Release, ReleasedRow.release_id == Release.id)
    query = query.where(Release.state == ReleaseState.SIGNED, ReleasedRow.incident.in_(hashed.values()))
    out = set(work.db.scalars(query))
    return sum(bool({hashed[act.incident_id], hashed[over[act.incident_id]]} & out) for act in acts)
