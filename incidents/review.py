"""The moves of an act, the four-eyes rule, and what each state asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import func, select

from incidents.errors import GroundsNeeded, MoveNotAllowed, NotFound, ReasonsNeeded, SecondPersonNeeded
from incidents.intake.report import seen
from incidents.model.audit import RecordDigest
from incidents.model.incident import Act, Incident, Information, Source
from incidents.model.report import Batch, Report, ReportLink
from incidents.model.report import published as published
from incidents.model.review import Review
from incidents.model.vocabulary import Verification
from incidents.search import together
from incidents.work import Permission, Unreadable, Work

V = Verification
BULK = "bulk-move"  # the job kind
SHORTEST_REASON = 12  # characters: a sentence, not a nod


@dataclass(frozen=True, slots=True)
class Move:
    """What a step from one state to another asks for."""

    permission: Permission = Permission.REVIEW_DECIDE
    second_person: bool = True  # not by who submitted it
    reasons: bool = True
    two_origins: bool = False


PLAIN = Move(second_person=False, reasons=False)
REASONED = Move()
CORROBORATED = Move(two_origins=True)

# What is not in this table cannot happen.
MOVES: dict[tuple[Verification, Verification], Move] = {
    (V.RECEIVED, V.UNDER_VERIFICATION): PLAIN,
    (V.RECEIVED, V.CREDIBLE): REASONED,
    (V.RECEIVED, V.NOT_VERIFIED): REASONED,
    (V.RECEIVED, V.UNLIKELY): REASONED,
    (V.RECEIVED, V.DUPLICATE): REASONED,
    (V.UNDER_VERIFICATION, V.CREDIBLE): REASONED,
    (V.UNDER_VERIFICATION, V.DUPLICATE): REASONED,
    (V.UNDER_VERIFICATION, V.NOT_VERIFIED): REASONED,
    (V.UNDER_VERIFICATION, V.UNLIKELY): REASONED,
    (V.UNDER_VERIFICATION, V.VERIFIED): CORROBORATED,
    (V.NOT_VERIFIED, V.UNDER_VERIFICATION): PLAIN,
    (V.CREDIBLE, V.UNDER_VERIFICATION): REASONED,
    (V.CREDIBLE, V.VERIFIED): CORROBORATED,
    (V.VERIFIED, V.UNDER_VERIFICATION): REASONED,
    (V.UNLIKELY, V.UNDER_VERIFICATION): REASONED,
    (V.DUPLICATE, V.UNDER_VERIFICATION): REASONED,
}


def move(work: Work, act: Act, to: Verification, reasons: str = "") -> Review:
    """One step, by someone who may, with what the step asks for."""
    work.vouched(
        [act]
    )  # who submitted it, and its state, as they were signed: not as somebody wrote them since
    return _move(work, act, to, reasons)


def _move(work: Work, act: Act, to: Verification, reasons: str) -> Review:
    rule = MOVES.get((act.verification, to))
    if rule is None:
        raise MoveNotAllowed
    work.actor.must(rule.permission)
    if rule.second_person and str(work.actor.id) in act.submitted_by:
        raise SecondPersonNeeded
    if rule.reasons and len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded
    if rule.two_origins and origins(work, act) < 2:
        raise GroundsNeeded
    return _decide(work, act, to, reasons)


def _decide(work: Work, act: Act, to: Verification, reasons: str) -> Review:
    review = Review(
        incident_id=act.incident_id,
        act_id=act.id,
        from_state=act.verification,
        to_state=to,
        decided_by=work.actor.id,
        decided_on=work.today,
    )
    work.seal(review, reasons=reasons.strip())
    work.add(review)
    act.verification = to
    work.note("act.moved", act, to=to.value)
    return review


def allowed(work: Work, act: Act) -> list[Verification]:
    """Where this actor may move this act now."""
    own = str(work.actor.id) in act.submitted_by
    return [
        to
        for (from_, to), rule in MOVES.items()
        if from_ == act.verification and work.actor.may(rule.permission) and not (rule.second_person and own)
    ]


def origins(work: Work, act: Act) -> int:
    """Independent origins that support this act: two sources of one origin are one."""
    rows = list(
        work.db.scalars(
            select(Source)
            .join(Information, Information.source_id == Source.id)
            .where(Information.act_id == act.id, Source.left_on.is_(None))
        )
    )
    facts = work.read_all(rows, "facts")
    return len({f.get("origin") for f in facts if not isinstance(f, Unreadable)})


def queue(
    work: Work, states: Iterable[Verification], limit: int = 50, after: tuple[date, UUID] | None = None
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
    if after is not None:
        day, id = after
        query = query.where((Act.received_on > day) | ((Act.received_on == day) & (Act.id > id)))
    return [(act, incident) for act, incident in work.db.execute(query)]


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
    ordered = select(Review).join(RecordDigest, RecordDigest.record_id == Review.id)
    ordered = ordered.where(Review.act_id == act.id, RecordDigest.version == 1).order_by(RecordDigest.block)
    rows = list(work.db.scalars(ordered))
    return list(zip(rows, work.read_all(rows, "reasons"), strict=True))


def of_batch(work: Work, batch_id: UUID, state: Verification = V.RECEIVED, limit: int = 500) -> Sequence[Act]:
    """The next acts of one import in a state: what a bulk move takes chunk by chunk."""
    return work.db.scalars(
        select(Act)
        .join(Incident, Act.incident_id == Incident.id)
        .where(Incident.batch_id == batch_id, Act.verification == state, Act.left_on.is_(None))
        .order_by(Act.id)
        .limit(limit)
    ).all()


def move_batch(work: Work, batch_id: UUID, reasons: str, limit: int = 500) -> int:
    """One import to *credible*, by a second person, with one written reason; a chunk at a time. How many moved."""
    batch = work.db.get(Batch, batch_id)
    if batch is None or not batch.published:
        raise NotFound
    acts = of_batch(work, batch_id, limit=limit)
    work.vouched(acts)
    work.vault.prepare(acts)
    for one in acts:
        _move(work, one, V.CREDIBLE, reasons)
    return len(acts)


class Step(Protocol):
    """What a running job gives; see incidents.jobs."""

    work: Work

    @property
    def arguments(self) -> dict[str, Any]: ...

    @property
    def input(self) -> Any: ...

    def chunk(self, done: int, total: int) -> None: ...


def run_bulk(step: Step) -> dict[str, int]:
    """The job of a bulk move: `arguments` name the batch, the input holds the reason."""
    batch_id, reasons = UUID(step.arguments["batch"]), step.input["reasons"]
    waiting = step.work.db.scalar(
        select(func.count(Act.id))
        .join(Incident, Act.incident_id == Incident.id)
        .where(Incident.batch_id == batch_id, Act.verification == V.RECEIVED, Act.left_on.is_(None))
    )
    moved = 0
    while chunk := move_batch(step.work, batch_id, reasons):
        moved += chunk
        step.chunk(moved, waiting or moved)
    return {"moved": moved}


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
