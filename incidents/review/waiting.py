"""What waits for a decision, and what was decided."""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import NotFound
from incidents.intake import questions
from incidents.intake.report import seen
from incidents.model.audit import RecordDigest, first_digest
from incidents.model.incident import Act, Incident
from incidents.model.report import Batch, Report, ReportLink, published
from incidents.model.review import Review
from incidents.model.talk import QuestionState
from incidents.model.vocabulary import Verification
from incidents.review.moves import waiting_for_a_second
from incidents.search import together
from incidents.work import Permission, Work

WAITING = (Verification.RECEIVED, Verification.UNDER_VERIFICATION)
GLANCE, GLANCES = 10, 10  # rows that are looked at for the next act, and how often


class Whose(StrEnum):
    """Whose acts a queue shows."""

    ALL = ""
    MINE = "mine"
    NOBODYS = "nobodys"
    ANSWER = "answer"  # those that wait for an answer of whoever sent the report
    ANSWERED = "answered"  # those with an answer that nobody read yet


ASKED = {Whose.ANSWER: (QuestionState.WAITING,), Whose.ANSWERED: (QuestionState.ANSWERED,)}


def queue(
    work: Work,
    states: Iterable[Verification],
    limit: int = 50,
    after: tuple[date, UUID] | None = None,
    whose: Whose = Whose.ALL,
) -> list[tuple[Act, Incident]]:
    """Acts in these states, the oldest first, with their incidents; unpublished ones left out."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = (
        select(Act, Incident)
        .join(Incident, Act.incident_id == Incident.id)
        .where(Act.verification.in_(list(states)), Act.left_on.is_(None), published(Incident.batch_id))
        .order_by(Act.received_on, Act.id)
        .limit(limit)
    )
    if whose == Whose.MINE:
        query = query.where(Incident.assignee == work.actor.id)
    if whose == Whose.NOBODYS:
        query = query.where(Incident.assignee.is_(None))
    if whose in ASKED:
        query = query.where(questions.acts(ASKED[whose]))
    if after is not None:
        day, id = after
        query = query.where((Act.received_on > day) | ((Act.received_on == day) & (Act.id > id)))
    return [(act, incident) for act, incident in work.db.execute(query)]


def next_for(work: Work, after: Act | None = None) -> tuple[Act, Incident] | None:
    """The next act that this reviewer may decide on: of what is in their hands, else of what is in nobody's.

    The oldest after this one, else the oldest of all; not what they submitted, nor said the first of two words on.
    """
    mark = (after.received_on, after.id) if after is not None else None
    for whose in (Whose.MINE, Whose.NOBODYS):
        for begun in dict.fromkeys((mark, None)):
            for found, incident in _open_to(work, begun, whose):
                if after is None or found.id != after.id:
                    return found, incident
    return None


def _open_to(work: Work, after: tuple[date, UUID] | None, whose: Whose) -> Iterator[tuple[Act, Incident]]:
    """Acts that wait and that this reviewer may decide on, among the next hundred."""
    me = work.actor.id
    for _glance in range(GLANCES):
        rows = queue(work, WAITING, GLANCE, after, whose)
        words = waiting_for_a_second(work, [act for act, _incident in rows])
        for act, incident in rows:
            if str(me) not in act.submitted_by and words.get(act.id) != {me}:
                yield act, incident
        if len(rows) < GLANCE:
            return
        after = (rows[-1][0].received_on, rows[-1][0].id)


def act(work: Work, id: UUID) -> Act:
    work.actor.must(Permission.REVIEW_DECIDE)
    found = work.get(Act, id)
    if found.left_on is not None:  # what left an incident is looked at where it went
        raise NotFound
    incident = work.get(Incident, found.incident_id)
    batch = work.db.get(Batch, incident.batch_id) if incident.batch_id else None
    if batch is not None and not batch.published:
        raise NotFound
    return found


def reviews(work: Work, act: Act) -> list[tuple[Review, Any]]:
    """What was decided about an act, with the reasons, in the order of the trail: a day may hold several."""
    ordered = select(Review).join(RecordDigest, first_digest(Review))
    ordered = ordered.where(Review.act_id == act.id).order_by(RecordDigest.block)
    rows = list(work.db.scalars(ordered))
    return list(zip(rows, work.read_all(rows, "reasons"), strict=True))


def lately(work: Work, limit: int) -> list[tuple[Review, Incident]]:
    """What others decided last, the newest first; the reasons stay closed."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(Review, Incident).join(Act, Review.act_id == Act.id)
    query = query.join(Incident, Act.incident_id == Incident.id)
    query = query.where(
        Review.decided_by != work.actor.id, published(Incident.batch_id), Act.left_on.is_(None)
    )
    rows = work.db.execute(query.order_by(Review.decided_on.desc(), Review.id).limit(limit))
    return [(decision, incident) for decision, incident in rows]


def reports_of(work: Work, incident: Incident) -> list[Report]:
    """The reports that tell of an incident, or of one that was merged into it."""
    work.actor.must(Permission.INCIDENT_READ)
    ids = together(work, [incident.id])
    return list(
        work.db.scalars(
            select(Report)
            .join(ReportLink, ReportLink.report_id == Report.id)
            .where(ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None), seen())
            .distinct()
            .order_by(Report.received_on, Report.id)
        )
    )
