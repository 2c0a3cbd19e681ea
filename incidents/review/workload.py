"""How the work stands: what came in, what waits, what was decided. Days and counts; no content is opened."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from incidents.intake.report import WAITING as REPORTS_WAITING
from incidents.intake.report import seen
from incidents.model import place
from incidents.model.facet import Facet
from incidents.model.incident import Act, Incident
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportLink, published
from incidents.model.review import Review
from incidents.model.vocabulary import COUNTED, Verification
from incidents.search import kept_all
from incidents.work import Permission, Work

WAITING = (Verification.RECEIVED, Verification.UNDER_VERIFICATION)
WEEKS = 12
MANY = 500  # ids in one question


@dataclass(frozen=True, slots=True)
class Week:
    """From its Monday: reports received and taken in, decisions, and of these the ones by which an act counts today."""

    monday: date
    received: int
    taken_in: int
    decided: int
    counted: int


@dataclass(frozen=True, slots=True)
class Reviewer:
    """What one reviewer did in these weeks, and the incidents in their hands in which an act waits."""

    id: UUID
    taken_in: int
    decided: int
    in_hand: int


@dataclass(frozen=True, slots=True)
class Where:
    """A state (ISO 3166-2; empty: none is recorded): incidents received in these weeks, acts that wait."""

    state: str
    received: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Workload:
    since: date
    weeks: list[Week]  # the newest first
    days: (
        float | None
    )  # median, from an act's receiving to its first decision, of those first decided in these weeks
    reports_waiting: int
    acts_waiting: int
    oldest: date | None  # when the act that waits longest was received
    reviewers: list[Reviewer]
    places: list[Where]


def workload(work: Work) -> Workload:
    """The last twelve weeks and what waits today. Practice and unpublished rows are in no count."""
    work.actor.must(Permission.REVIEW_DECIDE)
    monday = work.today - timedelta(days=work.today.weekday())
    since = monday - timedelta(weeks=WEEKS - 1)
    received, taken, decided = _received(work, since), _taken_in(work, since), _decided(work, since)
    waiting = _waiting(work)
    return Workload(
        since=since,
        weeks=[_week(monday - timedelta(weeks=n), received, taken, decided) for n in range(WEEKS)],
        days=_median_days(work, since),
        reports_waiting=_count(
            work, select(func.count(Report.id)).where(Report.state.in_(REPORTS_WAITING), seen())
        ),
        acts_waiting=sum(waiting.values()),
        oldest=work.db.scalar(_of_waiting(func.min(Act.received_on))),
        reviewers=_reviewers(taken, decided, _in_hand(work, waiting)),
        places=_places(work, since, waiting),
    )


def _count(work: Work, query: Any) -> int:
    return work.db.scalar(query) or 0


def _pairs(work: Work, query: Any) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in work.db.execute(query)]


# -- by week


def _received(work: Work, since: date) -> Counter[date]:
    """Reports by the day they came; a newer version of one is no other report."""
    query = select(Report.received_on, func.count(Report.id)).where(Report.received_on >= since, seen())
    query = query.where(Report.supersedes.is_(None)).group_by(Report.received_on)
    return Counter(dict(_pairs(work, query)))


def _taken_in(work: Work, since: date) -> Counter[tuple[date, UUID]]:
    """Reports by the day on which they were first taken in, and by whom; a newer version of one is no other report."""
    query = select(ReportLink.report_id, ReportLink.linked_on, ReportLink.linked_by)
    query = query.join(Report, ReportLink.report_id == Report.id).where(seen(), Report.supersedes.is_(None))
    began = (
        select(ReportLink.report_id)
        .group_by(ReportLink.report_id)
        .having(func.min(ReportLink.linked_on) >= since)
    )
    first: dict[UUID, tuple[date, UUID]] = {}
    for id, day, by in work.db.execute(query.where(ReportLink.report_id.in_(began))):
        first[id] = min(first.get(id, (day, by)), (day, by), key=lambda each: each[0])
    return Counter(first.values())


def _decided(work: Work, since: date) -> Counter[tuple[date, UUID, bool]]:
    """Decisions by day and by whom, and whether it was the one by which its act counts today.

    A first word of two is none, nor is beginning to look.
    """
    query = select(Review.id, Review.act_id, Review.decided_on, Review.decided_by, Review.to_state)
    query = query.where(Review.decided_on >= since, Review.to_state.not_in(WAITING))
    query = query.where(Review.first_of_two.is_not(True))
    rows = list(work.db.execute(query.join(Act, Review.act_id == Act.id).add_columns(Act.verification)))
    last: dict[UUID, tuple[date, UUID]] = {}
    for id, act, day, _by, to, state in rows:
        if to in COUNTED and to == state:
            last[act] = max(last.get(act, (day, id)), (day, id))
    counting = {id for _day, id in last.values()}
    return Counter((day, by, id in counting) for id, _act, day, by, _to, _state in rows)


def _week(
    monday: date,
    received: Counter[date],
    taken: Counter[tuple[date, UUID]],
    decided: Counter[tuple[date, UUID, bool]],
) -> Week:
    days = {monday + timedelta(days=n) for n in range(7)}
    return Week(
        monday,
        sum(number for day, number in received.items() if day in days),
        sum(number for (day, _by), number in taken.items() if day in days),
        sum(number for (day, _by, _counts), number in decided.items() if day in days),
        sum(number for (day, _by, counts), number in decided.items() if day in days and counts),
    )


def _median_days(work: Work, since: date) -> float | None:
    first = func.min(Review.decided_on)
    query = select(Act.received_on, first).join(Review, Review.act_id == Act.id)
    query = query.where(Review.to_state.not_in(WAITING), Review.first_of_two.is_not(True))
    rows = work.db.execute(query.group_by(Act.id, Act.received_on).having(first >= since))
    days = [(decided - received).days for received, decided in rows]
    return median(days) if days else None


# -- what waits


def _of_waiting(*what: Any) -> Any:
    query = select(*what).join(Incident, Act.incident_id == Incident.id)
    return query.where(Act.verification.in_(WAITING), Act.left_on.is_(None), published(Incident.batch_id))


def _waiting(work: Work) -> Counter[UUID]:
    """The acts that wait, by the incident they are read under."""
    query = _of_waiting(Act.incident_id, func.count(Act.id)).group_by(Act.incident_id)
    found = dict(_pairs(work, query))
    over: dict[UUID, UUID] = {}
    for ids in _parts(found):
        over |= kept_all(work, ids)
    counted: Counter[UUID] = Counter()
    for id, number in found.items():
        counted[over[id]] += number
    return counted


def _parts(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    wanted = list(ids)
    return (wanted[start : start + MANY] for start in range(0, len(wanted), MANY))


def _in_hand(work: Work, waiting: Iterable[UUID]) -> Counter[UUID]:
    hands: Counter[UUID] = Counter()
    for ids in _parts(waiting):
        query = select(Incident.assignee, func.count(Incident.id)).where(Incident.id.in_(ids))
        rows = work.db.execute(query.where(Incident.assignee.is_not(None)).group_by(Incident.assignee))
        hands.update({id: number for id, number in rows if id is not None})
    return hands


def _reviewers(
    taken: Counter[tuple[date, UUID]], decided: Counter[tuple[date, UUID, bool]], hands: Counter[UUID]
) -> list[Reviewer]:
    """Everybody who did something or has something in hand; who has most in hand first."""
    ids = {by for _day, by in taken} | {by for _day, by, _counts in decided} | set(hands)
    found = [
        Reviewer(
            id,
            sum(number for (_day, by), number in taken.items() if by == id),
            sum(number for (_day, by, _counts), number in decided.items() if by == id),
            hands[id],
        )
        for id in ids
    ]
    return sorted(found, key=lambda each: (-each.in_hand, -each.decided, -each.taken_in, str(each.id)))


# -- where


def _places(work: Work, since: date, waiting: Counter[UUID]) -> list[Where]:
    """By the tokens of states: which incidents share one, and no more, is known without opening any."""
    there = set(
        work.db.scalars(select(Facet.token).distinct())
    )  # most of the world's states are in no record
    every = {work.vault.facet("state", code): code for code in place.states()}
    tokens = {token: code for token, code in every.items() if token in there}
    received, waits = _received_in(work, since, tokens), Counter[str]()
    for ids in _parts(waiting):
        codes: dict[UUID, set[str]] = {id: set() for id in ids}
        query = select(Facet.incident_id, Facet.token).where(Facet.incident_id.in_(ids))
        for id, token in work.db.execute(query.where(Facet.token.in_(tokens)).distinct()):
            codes[id].add(tokens[token])
        for id, states in codes.items():
            for state in states or {""}:
                waits[state] += waiting[id]
    found = [Where(state, received[state], waits[state]) for state in {*received, *waits}]
    return sorted(found, key=lambda each: (-each.waiting, -each.received, each.state))


def _received_in(work: Work, since: date, tokens: dict[bytes, str]) -> Counter[str]:
    """Incidents by state; one that happened in several is in each. A merged one is its other."""
    merged = select(Rearrangement.gone_id).where(
        Rearrangement.kind == Arrangement.MERGED, Rearrangement.undone_on.is_(None)
    )
    here = (Incident.received_on >= since, published(Incident.batch_id), Incident.id.not_in(merged))
    within = select(Facet.token, func.count(Facet.incident_id.distinct()))
    within = within.join(Incident, Facet.incident_id == Incident.id).where(Facet.token.in_(tokens), *here)
    found = Counter({tokens[token]: n for token, n in work.db.execute(within.group_by(Facet.token))})
    placed = select(Facet.incident_id).where(Facet.token.in_(tokens))
    nowhere = _count(work, select(func.count(Incident.id)).where(*here, Incident.id.not_in(placed)))
    return found + Counter({"": nowhere})
