"""The second step and the third: the keys go, then what hung on them is set right. Neither needs a key."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import select

from incidents import evidence
from incidents.erasure import beside, reach, rewriting, tombstones, voices
from incidents.erasure.deciding import Thing
from incidents.erasure.refusals import refuse, refused
from incidents.errors import Conflict, TrailBroken
from incidents.model.consent import Withdrawal
from incidents.model.erasure import NAMES, Erasure, ErasureState
from incidents.model.facet import Facet
from incidents.model.follow_up import Task
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.quote import Quote, QuoteState
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.review import Judgment, Review
from incidents.model.talk import Question, QuestionState
from incidents.model.vocabulary import COUNTED, PartKind, ReportState, Verification
from incidents.work import NODE_ACTOR, Compartment, House, Work, begin, keys


def finish(house: House) -> int:
    """Whatever an erasure still needs, whoever began it. How many were finished. Needs no key; may be repeated."""
    if house.node is None:
        return 0
    _take_up_tombstones(house)
    rewriting.finish(house)
    done = 0
    for id in _unfinished(house):
        with suppress(
            Conflict, evidence.StoreAway
        ):  # another process is at it; the keys are gone all the same
            done += _finish(house, id)
    tombstones.copy(house)
    return done


def _unfinished(house: House) -> list[UUID]:
    work = house.work(NODE_ACTOR, None)
    work.drop()
    query = select(Erasure).where(Erasure.state != ErasureState.SWEPT)
    rows = work.db.scalars(query.order_by(Erasure.decided_on, Erasure.id)).all()
    found = [row.id for row in rows if not refused(work, row)]
    work.drop()
    return found


def _finish(house: House, id: UUID) -> bool:
    """False where the intent is not one that the trail knows: whoever writes to the database destroys no key."""
    try:
        _shred(house, id)
        _sweep(house, id)
    except TrailBroken:
        refuse(house, Erasure, id)
        return False
    return True


def _shred(house: House, id: UUID) -> None:
    with begin(house, NODE_ACTOR, None) as work:
        erasure = work.db.get_one(Erasure, id, populate_existing=True)
        work.vouched([erasure])
        if erasure.state == ErasureState.INTENDED:
            house.keystore.shred(things(erasure), str(erasure.id))
            erasure.state = ErasureState.SHREDDED
            work.note("erasure.shredded", erasure, count=len(erasure.things))


def things(erasure: Erasure) -> list[Thing]:
    """The data keys that it is about."""
    pairs = (said.split("/") for said in erasure.things)
    return [Thing(UUID(id), Compartment(compartment)) for id, compartment in pairs]


def _sweep(house: House, id: UUID) -> None:
    with begin(house, NODE_ACTOR, None) as work:
        erasure = work.db.get_one(Erasure, id, populate_existing=True)
        if erasure.state != ErasureState.SHREDDED:
            return
        gone = {thing.id for thing in things(erasure)}
        people = list(work.db.scalars(select(Person).where(Person.id.in_(gone))))
        parts = list(work.db.scalars(select(ReportPart).where(ReportPart.id.in_(gone))))
        said = {"reports": _mark_reports(work, {part.report_id for part in parts})}
        told = {part.report_id for part in parts if part.kind == PartKind.TELLER}
        silent = voices.told_alone(work, told, set())  # the keys are gone: who tells no more is known by that
        _end_questions(work, gone, {part.report_id for part in parts}, silent)
        said |= _end_quotes(work, gone)
        if erasure.kind != NAMES:
            said |= _silence(work, erasure, people, parts)
        erasure.state = ErasureState.SWEPT
        work.note("erasure.swept", erasure, **said)


def _end_quotes(work: Work, gone: set[UUID]) -> dict[str, int]:
    """Of words that nobody can read any more nothing is to be signed; how many there were."""
    query = select(Quote).where(Quote.id.in_(gone), Quote.state != QuoteState.RECALLED)
    rows = list(work.db.scalars(query))
    for row in rows:
        row.state, row.recalled_for, row.recalled_on = QuoteState.RECALLED, "erased", work.today
        work.stop(row)
    return {"quotes": len(rows)} if rows else {}


def _silence(
    work: Work, erasure: Erasure, people: Sequence[Person], parts: Sequence[ReportPart]
) -> dict[str, int]:
    """What hung on somebody who tells no more; how much of each."""
    coded = [thing.id for thing in things(erasure) if thing.compartment == Compartment.FACTS]
    work.beside(Facet, (), Facet.thing_id.in_(coded))
    stopped = _stop_exits(work, people)
    withdrawn, again = _settle_acts(work, people, parts)
    dropped = _drop_tasks(work, people)
    again += _look_again(work, {thing.id for thing in things(erasure)})
    files = evidence.sweep(work, {thing.id for thing in things(erasure)}, erasure.decided_by)
    said = {"acts": withdrawn, "again": again, "withdrawals": stopped}
    return said | {name: n for name, n in (("tasks", dropped), ("files", files)) if n}


def _stop_exits(work: Work, people: Sequence[Person]) -> int:
    """A withdrawal of everything, in clear. It is there already, but for a restored copy that knew of none."""
    known = select(Withdrawal).where(Withdrawal.person_id.in_([person.id for person in people]))
    stopped = {row.person_id for row in work.db.scalars(known) if not row.purposes}
    missing = [person for person in people if person.id not in stopped]
    for person in missing:
        work.add(
            Withdrawal(person_id=person.id, purposes=[], withdrawn_on=work.today, entered_by=work.actor.id)
        )
        work.note("consent.withdrawn", person, purposes=[])
    return len(missing)


def _drop_tasks(work: Work, people: Sequence[Person]) -> int:
    """Nobody is to be called any more."""
    tasks = list(work.db.scalars(select(Task).where(Task.subject_id.in_([person.id for person in people]))))
    for task in tasks:
        work.db.delete(task)
    return len(tasks)


def _mark_reports(work: Work, reports: set[UUID]) -> int:
    """A report of which nothing is left says so."""
    parts = voices.parts_of(work, reports)
    gone = voices.erased(work, (part.id for part in parts))
    left = {part.report_id for part in parts if part.id not in gone}
    rows = [work.get(Report, id) for id in sorted(reports - left)]
    for report in rows:
        report.state = ReportState.ERASED
        work.stop(report)
    return len(rows)


def _end_questions(work: Work, gone: set[UUID], reports: set[UUID], silent: set[UUID]) -> None:
    """Nobody is to answer any more what was asked in words that are gone, or about a report that is, or its teller."""
    here = Question.id.in_(gone) | Question.report_id.in_(reports)
    for question in work.db.scalars(
        select(Question).where(here, Question.state != QuestionState.ENDED)
    ).all():
        over = question.id in gone or question.report_id in silent
        if over or work.get(Report, question.report_id).state == ReportState.ERASED:
            question.state, question.ended_by, question.ended_on = (
                QuestionState.ENDED,
                work.actor.id,
                work.today,
            )
            work.stop(question)


def _settle_acts(work: Work, people: Sequence[Person], parts: Sequence[ReportPart]) -> tuple[int, int]:
    """Acts that nobody tells of any more leave all counts; where others tell too, they are verified anew."""
    reports = {part.report_id for part in parts if part.kind != PartKind.PERSON}
    links = select(ReportLink.incident_id).where(
        ReportLink.report_id.in_(reports), ReportLink.undone_on.is_(None)
    )
    incidents = {*work.db.scalars(links), *voices.told_of_by(work, {person.id for person in people})}
    silent = voices.silent(work, incidents, set())
    acts = list(work.db.scalars(select(Act).where(Act.incident_id.in_(incidents))))
    left = [
        act for act in acts if act.incident_id in silent and act.verification != Verification.SOURCE_WITHDREW
    ]
    again = [act for act in acts if act.incident_id not in silent and act.verification in COUNTED]
    for act in (*left, *again):
        work.stop(act)
    for act in left:
        act.verification = Verification.SOURCE_WITHDREW
        work.note("act.source-withdrew", act)
    for act in again:
        act.verification = Verification.UNDER_VERIFICATION
        work.note("act.verified-anew", act)
    return len(left), len(again)


def _look_again(work: Work, gone: set[UUID]) -> int:
    """Acts that count, by a decision that names evidence that goes, are verified anew on what is left."""
    judged = select(Judgment.act_id).where(Judgment.evidence_id.in_(gone))
    acts = work.db.scalars(select(Act).where(Act.id.in_(judged), Act.verification.in_(COUNTED)))
    named, again = {str(id) for id in gone}, 0
    for act in acts:
        said = select(Review.cites).where(Review.act_id == act.id, Review.to_state == act.verification)
        if any(cites is None or named & set(cites) for cites in work.db.scalars(said)):
            work.stop(act)
            act.verification, again = Verification.UNDER_VERIFICATION, again + 1
            work.note("act.verified-anew", act)
    return again


def _take_up_tombstones(house: House) -> None:
    """Tombstones without an intent: the data was restored from before the erasure. It is done again from here."""
    found: dict[UUID, list[Thing]] = {}
    for stone in keys.tombstones(house.keystore):
        with suppress(ValueError):  # a draft or a file that its owner dropped: no decision stands behind it
            found.setdefault(UUID(stone.decision), []).append(
                Thing(stone.thing, Compartment(stone.compartment))
            )
    with begin(house, NODE_ACTOR, None) as work:
        known = set(work.db.scalars(select(Erasure.id)))
        for decision in sorted(found.keys() - known):
            _take_up(work, decision, found[decision])


def _take_up(work: Work, decision: UUID, gone: list[Thing]) -> None:
    erasure = Erasure(
        id=decision,
        kind=NAMES if _names_alone(gone) else "restored",
        subject=gone[0].id,
        things=sorted(str(thing) for thing in gone),
        state=ErasureState.SHREDDED,
        decided_by=work.actor.id,
        decided_on=work.today,
    )
    work.add(erasure)
    work.note("erasure.taken-up", erasure, count=len(gone))
    people = list(work.db.scalars(select(Person.id).where(Person.id.in_({thing.id for thing in gone}))))
    for person in people:
        beside.put_down_closed(work, erasure, reach.near_person(work, person))
    parts = select(ReportPart.report_id).where(ReportPart.id.in_({thing.id for thing in gone}))
    reports = set(work.db.scalars(parts))
    if reports and not people:
        beside.put_down_closed(work, erasure, reach.near_reports(work, reports))


def _names_alone(gone: Sequence[Thing]) -> bool:
    """An erasure of names takes somebody's identity and leaves what was coded of them."""
    compartments = {thing.compartment for thing in gone}
    return Compartment.IDENTITY in compartments and Compartment.FACTS not in compartments
