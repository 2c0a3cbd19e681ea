"""Questions to whoever sent a report, and what they answer: while it waits, and after it was taken in.

Both are sealed for reviewers and for the sender, and for nobody else. An answer comes in as a report does: it stands
beside the question, and changes nothing of what was told.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, or_, select, union

from incidents.errors import InvalidInput, MoveNotAllowed, NotFound, _
from incidents.intake import drafts, report, succeeding
from incidents.intake.report import REASONS_TO_ASK
from incidents.model import clock
from incidents.model.account import User
from incidents.model.audit import AuditBlock, AuditEntry, RecordDigest, first_digest
from incidents.model.incident import Act
from incidents.model.report import Draft, Report, ReportLink, ReportPart
from incidents.model.talk import Answer, Question, QuestionState, from_before
from incidents.model.vocabulary import AccountState, PartKind, ReportState
from incidents.work import Compartment, Permission, Work

OTHER = "other"  # what is missing stands in words alone
FURTHEST = 366  # days
LONGEST = 20_000  # characters
PER_PAGE = 50
ASKABLE = (ReportState.RECEIVED, ReportState.NEEDS_INFORMATION, ReportState.TAKEN_IN)
NOT_OF_LIST = _("Choose one of these.")
NO_DAY = _("Choose a day from today on, within a year.")
NO_WORDS = _("Please fill this in.")
TOO_LONG = _("This is too long.")
NOBODY_THERE = _("Whoever sent it is no member any more: nobody can answer.")
NOT_OF_REPORT = _("This report tells of no such act.")
NOBODY_TELLS = _("Whoever told it was erased: nobody is to be asked for their account again.")
_Q = QuestionState


@dataclass(frozen=True)
class Asked:
    """A question with its words and answers, as far as they open."""

    question: Question
    words: Any = field(repr=False)
    answers: Sequence[tuple[Answer, Any]] = field(default=(), repr=False)


# -- asking


def ask(
    work: Work,
    sent: Report,
    code: str,
    words: str = "",
    act: Act | None = None,
    due_on: date | None = None,
) -> Question:
    """Ask whoever sent a report. One that waits needs information from then on; one that was taken in stays so."""
    work.actor.must(Permission.REVIEW_DECIDE)
    report.must_be_real(sent)
    if sent.state not in ASKABLE:
        raise MoveNotAllowed
    _must_be_whole(work, sent, code, words.strip(), act, due_on)
    if sent.state == ReportState.RECEIVED:
        report.asked(work, sent, code)
    question = _new(sent, code, work.actor.id, work.today, act, due_on)
    if words.strip():
        work.seal(question, words=words.strip())
        work.vault.let_read(question.id, Compartment.INTAKE, sent.recorded_by)
    work.add(question)
    work.note("question.asked", question, reason=code)
    return question


def _must_be_whole(
    work: Work, sent: Report, code: str, words: str, act: Act | None, due_on: date | None
) -> None:
    wrong = {}
    if code not in REASONS_TO_ASK:
        wrong["question"] = [NOT_OF_LIST]
    elif not _is_there(work, sent.recorded_by):
        wrong["question"] = [NOBODY_THERE]
    elif _nobody_tells(work, sent):
        wrong["question"] = [NOBODY_TELLS]
    if len(words) > LONGEST or (code == OTHER and not words):
        wrong["words"] = [TOO_LONG if words else NO_WORDS]
    if due_on is not None and not 0 <= (due_on - work.today).days <= FURTHEST:
        wrong["due_on"] = [NO_DAY]
    if act is not None and act.incident_id not in _incidents_of(work, sent):
        wrong["act"] = [NOT_OF_REPORT]
    if wrong:
        raise InvalidInput(wrong)


def _is_there(work: Work, member: UUID) -> bool:
    user = work.db.get(User, member)
    return user is not None and user.state == AccountState.ACTIVE


def _incidents_of(work: Work, sent: Report) -> set[UUID]:
    linked = select(ReportLink.incident_id).where(ReportLink.report_id == sent.id)
    return set(work.db.scalars(linked.where(ReportLink.undone_on.is_(None))))


def _new(
    sent: Report, code: str, by: UUID, on: date, act: Act | None = None, due_on: date | None = None
) -> Question:
    return Question(
        report_id=sent.id,
        act_id=act.id if act else None,
        state=_Q.WAITING,
        code=code,
        asked_by=by,
        asked_on=on,
        due_on=due_on,
        ended_by=None,
        ended_on=None,
    )


def settle(work: Work, question: Question) -> None:
    """The answer was read, or none is needed any more."""
    work.actor.must(Permission.REVIEW_DECIDE)
    if question.state == _Q.ENDED:
        raise MoveNotAllowed
    question.state, question.ended_by, question.ended_on = _Q.ENDED, work.actor.id, work.today
    work.note("question.ended", question)
    _waits_no_more(work, work.get(Report, question.report_id))


def _waits_no_more(work: Work, sent: Report) -> None:
    """Nothing that was asked about it waits for an answer: neither does the report."""
    waiting = work.db.scalars(select(Question).where(Question.report_id == sent.id)).all()
    if all(each.state != _Q.WAITING for each in waiting):
        report.answered(work, sent)


# -- reading


def of_report(work: Work, sent: Report) -> list[Asked]:
    """What was asked about a report and answered, the latest last: for reviewers, and for whoever sent it."""
    if sent.recorded_by != work.actor.id:
        work.actor.must(Permission.REPORT_TAKE_IN)
    before = _from_before(work, sent)
    return [*([Asked(before, None)] if before else []), *_opened(work, _of(work, [sent.id]))]


def of_reports(work: Work, sent: Iterable[UUID], act: UUID | None = None) -> list[Asked]:
    """The same of several and their earlier versions, for reviewers; of one act: about it or about all of them."""
    work.actor.must(Permission.REVIEW_DECIDE)
    about = {None, *(succeeding.stood_for(work, [act]) if act else ())}
    rows = [
        row for row in _of(work, succeeding.with_earlier(work, sent)) if act is None or row.act_id in about
    ]
    return _opened(work, rows)


def one(work: Work, id: UUID) -> Question:
    work.actor.must(Permission.REVIEW_DECIDE)
    return work.get(Question, id)


def _of(work: Work, sent: Collection[UUID]) -> list[Question]:
    """In the order of the trail: a day may hold several."""
    query = select(Question).join(RecordDigest, first_digest(Question))
    query = query.where(Question.report_id.in_(sent))
    return list(work.db.scalars(query.order_by(RecordDigest.block, RecordDigest.position)))


def _opened(work: Work, rows: Sequence[Question]) -> list[Asked]:
    if not rows:
        return []
    query = select(Answer).join(RecordDigest, first_digest(Answer))
    query = query.where(Answer.question_id.in_([row.id for row in rows]))
    answers = list(work.db.scalars(query.order_by(RecordDigest.block)))
    work.vouched([*rows, *answers])
    said = list(zip(answers, work.read_all(answers, "words"), strict=True))
    words = work.read_all(rows, "words")
    return [
        Asked(row, told, [pair for pair in said if pair[0].question_id == row.id])
        for row, told in zip(rows, words, strict=True)
    ]


def _from_before(work: Work, sent: Report) -> Question | None:
    """The question about a report that was asked about when questions were no records: as the trail has it.

    Nothing of it is stored here: it becomes a record with its answer.
    """
    if sent.state != ReportState.NEEDS_INFORMATION or _any_waits(work, sent):
        return None
    query = select(AuditEntry.block, AuditEntry.detail, AuditBlock.actor, AuditBlock.at)
    query = query.join(AuditBlock, AuditBlock.number == AuditEntry.block)
    query = query.where(AuditEntry.about_id == sent.id, AuditEntry.event == "report.asked")
    last = work.db.execute(query.order_by(AuditEntry.block.desc()).limit(1)).first()
    if last is None:
        return None
    work.vouched_block(last.block)  # it is shown in a reviewer's name, and signed as a record with its answer
    question = _new(sent, str(last.detail.get("reason", OTHER)), last.actor, clock.day_of(last.at))
    question.id = from_before(sent.id)
    return question


def _any_waits(work: Work, sent: Report) -> bool:
    waiting = select(Question.id).where(Question.report_id == sent.id, Question.state == _Q.WAITING)
    return work.db.scalars(waiting.limit(1)).first() is not None


# -- who waits


def waiting(work: Work, states: Collection[QuestionState] = (_Q.WAITING,)) -> list[Question]:
    """Questions in these states, the one that is due first on top, then the oldest: for reviewers."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(Question).join(Report, Question.report_id == Report.id)
    query = query.where(Question.state.in_(states), Report.state != ReportState.ERASED)
    due = func.coalesce(Question.due_on, date.max)
    return list(work.db.scalars(query.order_by(due, Question.asked_on, Question.id)))


def late(work: Work) -> int:
    """How many wait for an answer past the day that was named for it."""
    work.actor.must(Permission.REVIEW_DECIDE)
    query = select(func.count()).select_from(Question).join(Report, Question.report_id == Report.id)
    query = query.where(Question.state == _Q.WAITING, Report.state != ReportState.ERASED)
    return work.db.scalar(query.where(Question.due_on < work.today)) or 0


def acts(states: Collection[QuestionState]) -> Any:
    """True of acts about which, or about the reports of whose incident, a question is in one of these states."""
    newer, stands = succeeding.newer(), succeeding.stands()
    asked = select(Question.act_id, Question.report_id).where(Question.state.in_(states))
    before = select(Question.act_id, newer.c.id).join(newer, newer.c.earlier == Question.report_id)
    told = union(asked, before.where(Question.state.in_(states))).subquery()
    linked = select(told.c.act_id).join(ReportLink, ReportLink.report_id == told.c.report_id)
    moved = select(stands.c.was).where(stands.c.id == Act.id)
    about = or_(told.c.act_id.is_(None), told.c.act_id == Act.id, told.c.act_id.in_(moved.correlate(Act)))
    here = (ReportLink.incident_id == Act.incident_id) & ReportLink.undone_on.is_(None)
    return linked.where(here, about).correlate(Act).exists()


def answered(work: Work, sent: Iterable[Report]) -> set[UUID]:
    """Of these reports, those with an answer that nobody read yet."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    here = Question.report_id.in_([each.id for each in sent])
    return set(work.db.scalars(select(Question.report_id).where(here, Question.state == _Q.ANSWERED)))


def for_me(work: Work) -> list[Report]:
    """The reports that I sent and about which somebody waits for my answer."""
    work.actor.must(Permission.REPORT_READ_OWN)
    asked = select(Question.report_id).where(Question.state == _Q.WAITING)
    waits = (Report.state == ReportState.NEEDS_INFORMATION) | Report.id.in_(asked)
    query = select(Report).where(Report.recorded_by == work.actor.id, waits)
    query = query.where(Report.state != ReportState.ERASED).order_by(Report.received_on, Report.id)
    return list(work.db.scalars(query.limit(PER_PAGE)))


# -- answering


def answer(work: Work, sent_id: UUID, id: UUID, words: str) -> Answer:
    """By whoever sent the report, and nobody else. What a reviewer took back meanwhile is answered all the same."""
    sent = report.own_line(work, sent_id)
    question = _question_of(work, sent, id)
    if sent.state == ReportState.ERASED or _nobody_tells(work, sent):
        raise MoveNotAllowed
    said = _words_of(words)
    if (known := _said_before(work, question.id, said)) is not None:
        if said.startswith(
            kept(work, question.id)[0].strip()
        ):  # saved late; what is typed since is no part of it
            _drop_draft(work, question)
        return known
    row = Answer(id=_next_id(work, question), question_id=question.id, report_id=sent.id)
    row.said_by, row.said_on = work.actor.id, work.today
    work.seal(row, words=said)
    work.add(row)
    question.state, question.ended_by, question.ended_on = _Q.ANSWERED, None, None
    work.note("question.answered", question)
    _drop_draft(work, question)
    _waits_no_more(work, sent)
    return row


def _next_id(work: Work, question: Question) -> UUID:
    """The same for two answers at once: the second is a conflict, is tried again, and finds the first."""
    before = select(func.count()).select_from(Answer).where(Answer.question_id == question.id)
    return uuid5(question.id, f"answer {work.db.scalar(before)}")


def _nobody_tells(work: Work, sent: Report) -> bool:
    """Whether everybody who told it was erased: what they said is not to come back with an answer."""
    tellers = select(ReportPart.id).where(ReportPart.report_id == sent.id, ReportPart.kind == PartKind.TELLER)
    ids = set(work.db.scalars(tellers))
    gone = work.house.keystore.erased(ids)
    return bool(ids) and {(id, Compartment.INTAKE.value) for id in ids} <= gone


def _words_of(words: str) -> str:
    said = words.strip()
    if not said or len(said) > LONGEST:
        raise InvalidInput({"words": [TOO_LONG if said else NO_WORDS]})
    return said


def _question_of(work: Work, sent: Report, id: UUID) -> Question:
    question = work.db.get(Question, id)
    before = _from_before(work, sent) if question is None else None
    found = question or before
    if found is None or (found.id, found.report_id) != (id, sent.id):
        raise NotFound
    if before is not None:
        work.note("question.asked", work.add(before), reason=before.code)
    return found


def _said_before(work: Work, question: UUID, said: str) -> Answer | None:
    """Sent twice, it is kept once."""
    rows = list(work.db.scalars(select(Answer).where(Answer.question_id == question)))
    for row, words in zip(rows, work.read_all(rows, "words", "sent again"), strict=True):
        if words == said:
            return row
    return None


# -- an answer that is not sent yet


def keep(work: Work, sent_id: UUID, id: UUID, words: str) -> Draft | None:
    """What is typed so far, sealed to its writer. Nothing is typed, or it was said already: there is no draft."""
    question = _asked_of_me(work, sent_id, id)
    draft, typed = _draft_of(work, question), words.strip()
    if draft is not None and (not typed or work.house.keystore.erased([draft.id])):
        _drop(work, draft)  # emptied; or its key went with an answer while a late save was on its way
        draft = None
    if not typed or (draft is None and _said_before(work, question, typed) is not None):
        return None
    if draft is None:
        draft = work.add(Draft(id=_draft_id(work, question), recorded_by=work.actor.id, answers=question))
        work.vault.mint_private(draft.id, Compartment.INTAKE)
    draft.changed_on = work.today
    at = datetime.now(UTC).isoformat(timespec="minutes")
    work.seal(draft, content={"schema": drafts.SCHEMA, "at": at, "typed": [["words", words[:LONGEST]]]})
    work.note("draft.saved", draft)
    return draft


def _draft_id(work: Work, question: UUID) -> UUID:
    """The same for two first saves at once; after one that went, the next: no id is of two rows."""
    ids = (uuid5(question, f"draft {work.actor.id} {number}") for number in count())
    return next(id for id in ids if not _was_there(work, id))


def _was_there(work: Work, id: UUID) -> bool:
    known = select(RecordDigest.record_id).where(RecordDigest.record_id == id)
    return work.db.scalars(known.limit(1)).first() is not None or bool(work.house.keystore.erased([id]))


def unsent(work: Work) -> list[UUID]:
    """The reports of mine about which an answer is typed and not sent."""
    work.actor.must(Permission.REPORT_READ_OWN)
    mine = select(Draft.id, Draft.answers).where(Draft.recorded_by == work.actor.id)
    rows = work.db.execute(mine.where(Draft.answers.is_not(None))).all()
    if not rows:
        return []
    gone = {id for id, _compartment in work.house.keystore.erased([id for id, _answers in rows])}
    asked = {answers for id, answers in rows if id not in gone}
    about = set(work.db.scalars(select(Question.report_id).where(Question.id.in_(asked))))
    own = select(Report.id).where(Report.recorded_by == work.actor.id, Report.state != ReportState.ERASED)
    return [id for id in work.db.scalars(own.order_by(Report.id)) if id in about or from_before(id) in asked]


def kept(work: Work, id: UUID) -> tuple[str, datetime | None]:
    """What was typed for a question and not sent, and the minute in which it was kept."""
    draft = _draft_of(work, id)
    said = work.read_all([draft], "content")[0] if draft else None
    if not said:  # there is none, or it does not open any more
        return "", None
    return str(dict(said["typed"])["words"]), datetime.fromisoformat(said["at"])


def draft_of(work: Work, id: UUID) -> UUID | None:
    """Under which key it lies: it goes with `drafts.shred`, once the answer is committed."""
    draft = _draft_of(work, id)
    return draft.id if draft else None


def _asked_of_me(work: Work, sent_id: UUID, id: UUID) -> UUID:
    sent = report.own_line(work, sent_id)
    question = work.db.get(Question, id) or _from_before(work, sent)
    if question is None or (question.id, question.report_id) != (id, sent.id):
        raise NotFound
    if _nobody_tells(work, sent):
        raise MoveNotAllowed
    return id


def _draft_of(work: Work, id: UUID) -> Draft | None:
    mine = select(Draft).where(Draft.recorded_by == work.actor.id, Draft.answers == id)
    found = work.db.scalars(mine).first()
    return None if found is None or found in work.db.deleted else found  # dropped in this very Work


def _drop_draft(work: Work, question: Question) -> None:
    draft = _draft_of(work, question.id)
    if draft is not None:
        _drop(work, draft)


def _drop(work: Work, draft: Draft) -> None:
    work.note("draft.dropped", draft)
    work.db.delete(draft)
