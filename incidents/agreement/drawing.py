"""A sample is drawn: so many reports of a period, by chance, with a seed that draws the same ones again."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.agreement import knowing, sheet
from incidents.agreement.knowing import chunks
from incidents.erasure import voices
from incidents.errors import InvalidInput, _
from incidents.intake import report as reports
from incidents.model.account import User
from incidents.model.coding import Coding, CodingState, Sample
from incidents.model.people import Person
from incidents.model.report import Report
from incidents.model.vocabulary import AccountState, PartKind, Purpose, ReportState
from incidents.work import Actor, Permission, Work

MOST = 200  # reports in a sample
MOST_CODERS = 4
LONGEST_SEED = 40
TWO = _("Choose two to four people who code.")
NOT_HERE = _("Choose people who may code.")
HOW_MANY = _("Write how many reports: 1 to 200.")
NO_PERIOD = _("The first day comes after the last one.")
SEED = _("A seed is at most 40 signs long.")
NOT_TAKEN_IN = _("No report that was received in these days was taken in.")
NONE = _(
    "Of the reports of these days that were taken in (%(received)s) none can be drawn. Sent, worked on or coded before "
    "by one of the coders: %(known)s; without the agreement of everybody who told: %(unwilling)s; without an account: "
    "%(without)s."
)


@dataclass(frozen=True)
class Wanted:
    """What a coordinator asks for. Without a seed one is made."""

    size: int
    since: date
    until: date
    coders: Sequence[UUID]
    questions: Sequence[str]
    seed: str = ""


class NothingToDraw(InvalidInput):
    """Said where the cause is: at the coders, if most are known to one of them; else at the days."""

    def __init__(self, received: int, known: int, unwilling: int, without: int) -> None:
        at = "coders" if received and known >= max(unwilling, without) else "since"
        super().__init__({at: [NONE if received else NOT_TAKEN_IN]})
        numbers = {"received": received, "known": known, "unwilling": unwilling, "without": without}
        self.details = dict(numbers)


@dataclass(frozen=True)
class _Frame:
    """Out of which reports is drawn, and how many of the days cannot be."""

    reports: Sequence[Report]
    received: int
    known: int
    unwilling: int


def able(work: Work) -> list[User]:
    """Who may be asked to code."""
    users = work.db.scalars(select(User).where(User.state == AccountState.ACTIVE).order_by(User.sign_in))
    return [user for user in users if Actor(user.id, tuple(user.roles)).may(Permission.CODING_DO)]


def draw(work: Work, wanted: Wanted) -> Sample:
    """The reports are shuffled by the seed and taken in that order, those without an account passed over."""
    work.actor.must(Permission.CODING_DRAW)
    questions = [question.key for question in sheet.chosen(wanted.questions)]
    _must_fit(work, wanted)
    seed = wanted.seed.strip() or secrets.token_hex(4)
    frame = _frame(work, wanted)
    order = sorted(frame.reports, key=lambda report: str(report.id))
    Random(seed).shuffle(order)  # noqa: S311  drawn so that anybody with the seed can draw it again
    drawn, without = _with_account(work, order, wanted.size)
    if not drawn:
        raise NothingToDraw(frame.received, frame.known, frame.unwilling, without)
    sample = Sample(
        drawn_by=work.actor.id,
        drawn_on=work.today,
        coders=[str(id) for id in wanted.coders],
        closed_by=None,
        closed_on=None,
    )
    period = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
    facts = {
        "seed": seed,
        "size": len(drawn),
        "of": len(frame.reports),
        "without_account": without,
        "questions": questions,
    }
    work.seal(sample, facts={"schema": 1, **period, **facts})
    work.add(sample)
    for number, report in enumerate(drawn, 1):
        for coder in wanted.coders:
            work.add(_empty(sample, report, number, coder))
    work.note("coding.drawn", sample, count=len(drawn))
    return sample


def _empty(sample: Sample, report: Report, number: int, coder: UUID) -> Coding:
    return Coding(
        sample_id=sample.id,
        report_id=report.id,
        number=number,
        coder=coder,
        state=CodingState.WAITING,
        done_on=None,
        facts=None,
    )


def _must_fit(work: Work, wanted: Wanted) -> None:
    wrong: dict[str, list[str]] = {}
    if not 1 <= wanted.size <= MOST:
        wrong["size"] = [HOW_MANY]
    if wanted.since > wanted.until:
        wrong["until"] = [NO_PERIOD]
    if not 2 <= len(set(wanted.coders)) == len(wanted.coders) <= MOST_CODERS:
        wrong["coders"] = [TWO]
    elif not {user.id for user in able(work)} >= set(wanted.coders):
        wrong["coders"] = [NOT_HERE]
    if len(wanted.seed.strip()) > LONGEST_SEED:
        wrong["seed"] = [SEED]
    if wrong:
        raise InvalidInput(wrong)


# -- out of which reports


def _frame(work: Work, wanted: Wanted) -> _Frame:
    """Reports of the period that were taken in, stand with agreement, and that no coder worked on or coded."""
    query = select(Report).where(
        Report.state == ReportState.TAKEN_IN,
        Report.received_on.between(wanted.since, wanted.until),
        reports.seen(),
    )
    found = list(work.db.scalars(query.order_by(Report.id)))
    unseen = _unseen(work, found, set(wanted.coders))
    standing = may_be_coded(work, [report.id for report in unseen])
    fit = [report for report in unseen if report.id in standing]
    return _Frame(fit, len(found), len(found) - len(unseen), len(unseen) - len(fit))


def _unseen(work: Work, found: Sequence[Report], coders: set[UUID]) -> list[Report]:
    """Whoever draws samples may read how each was coded: what was ever drawn is known to them."""
    ids = [report.id for report in found]
    worked, coded = knowing.worked_on(work, ids), knowing.coded(work, ids)
    drawing = {user.id for user in able(work) if _may_draw(user)}
    return [
        report
        for report in found
        if not coders & (worked[report.id] | coded[report.id] | (drawing if coded[report.id] else set()))
    ]


def _may_draw(user: User) -> bool:
    return Actor(user.id, tuple(user.roles)).may(Permission.CODING_DRAW)


def to_be_coded(work: Work, rows: Iterable[Coding]) -> set[UUID]:
    """Of these sheets, those that are not done and that whose they are can still code unseen."""
    left = [row for row in rows if row.state != CodingState.DONE]
    standing = may_be_coded(work, sorted({row.report_id for row in left}))
    known = knowing.worked_on(work, sorted(standing))
    return {row.id for row in left if row.report_id in standing and row.coder not in known[row.report_id]}


def may_be_coded(work: Work, ids: Sequence[UUID]) -> set[UUID]:
    """Of these reports, those that open whole and of which every teller agrees to be kept and counted, today."""
    return _standing(work, ids, voices.erased)


def may_count(work: Work, ids: Sequence[UUID]) -> set[UUID]:
    """Where names alone were erased, what was coded before stays and counts."""
    return _standing(work, ids, voices.silenced)


def _standing(
    work: Work, ids: Sequence[UUID], gone_of: Callable[[Work, Iterable[UUID]], set[UUID]]
) -> set[UUID]:
    parts = [part for some in chunks(ids) for part in voices.parts_of(work, some)]
    gone = gone_of(work, [part.id for part in parts])
    tellers = {part.person_id for part in parts if part.kind == PartKind.TELLER and part.person_id}
    agree = _agreeing(work, tellers)
    lost = {
        part.report_id
        for part in parts
        if part.id in gone or (part.kind == PartKind.TELLER and part.person_id not in agree)
    }
    return set(ids) & {part.report_id for part in parts} - lost


def _agreeing(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    people = [
        person
        for some in chunks(sorted(ids))
        for person in work.db.scalars(select(Person).where(Person.id.in_(some)))
    ]
    asked = consent.permits_each(work, people, (Purpose.RECORD, Purpose.STATISTICS)) if people else {}
    return {
        person.id
        for person in people
        if all(isinstance(answers[person.id], consent.Permit) for answers in asked.values())
    }


def _with_account(work: Work, order: Sequence[Report], size: int) -> tuple[list[Report], int]:
    """The first so many that have something to be coded from; how many were passed over for want of it."""
    drawn: list[Report] = []
    without = 0
    for start in range(0, len(order), size):
        for told in reports.read_all(work, order[start : start + size]):
            if len(drawn) == size:
                return drawn, without
            if account_of(told):
                drawn.append(told.report)
            else:
                without += 1
        if len(drawn) == size:
            break
    return drawn, without


def account_of(told: reports.Told) -> str:
    """The account as it was told, without a code; empty where there is none, or it does not open."""
    said = told.document.get("narrative")
    return said if isinstance(said, str) else ""
