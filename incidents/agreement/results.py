"""How far those who coded a sample agree, and where they differ. Asked before all are done, neither is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.agreement import drawing, sheet
from incidents.agreement.coding import answers_of
from incidents.agreement.measuring import Figures, Measured, measured
from incidents.errors import NotAllowed, Problem, Unopened, _
from incidents.model.coding import Coding, CodingState, Sample
from incidents.model.report import Report
from incidents.model.vocabulary import codes
from incidents.work import Permission, Unreadable, Work

_OF_DRAW = ("seed", "size", "of", "without_account", "questions")


class NotFinished(Problem):
    """Figures of half a sample would tell the one who still codes what the other said."""

    status = 409
    code = "coding-not-finished"
    sentence = _("Not everybody has finished. What was coded stays closed until then, for everybody.")


@dataclass(frozen=True)
class Drawn:
    """How the reports came together."""

    since: date
    until: date
    seed: str
    size: int  # reports drawn
    of: int  # that could have been drawn
    without_account: int  # that were passed over, for there was nothing to code from
    questions: Sequence[str]


@dataclass(frozen=True)
class Agreement:
    """The figures of a sample, as who asks may read them. They name nobody."""

    drawn: Drawn
    coders: int
    reports: int  # that were coded and count
    left_out: int  # agreement to be kept or counted taken back, or erased, since they were drawn
    questions: Sequence[Measured]


@dataclass(frozen=True)
class Difference:
    """One question of one report that was coded in unlike ways; by whom, in the order of the sample's coders."""

    number: int
    reference: str
    report_id: UUID
    question: sheet.Question
    answers: Sequence[tuple[UUID, sheet.Value]]


@dataclass(frozen=True)
class Progress:
    """How many of those that are to be coded one person has finished."""

    coder: UUID
    done: int
    of: int


def drawn_of(work: Work, sample: Sample) -> Drawn:
    said: Any = work.read_all([sample], "facts", "coding")[0]
    if isinstance(said, Unreadable):
        raise Unopened
    since, until = (date.fromisoformat(said[name]) for name in ("since", "until"))
    return Drawn(since, until, **{name: said[name] for name in _OF_DRAW})


@dataclass(frozen=True)
class Standing:
    """The codings that count and those that can still be made; of how many reports none counts any more."""

    rows: Sequence[Coding]
    left_out: int
    closed: bool

    @property
    def finished(self) -> bool:
        """Closed, or done by everybody, but for what is not coded any more."""
        return self.closed or all(row.state == CodingState.DONE for row in self.rows)


def progress(work: Work, sample: Sample) -> list[Progress]:
    """Of each coder, for who drew it; others are told of themselves alone."""
    rows = standing(work, sample).rows
    coders = [UUID(id) for id in sample.coders]
    seen = coders if work.actor.may(Permission.CODING_DRAW) else [id for id in coders if id == work.actor.id]
    return [
        Progress(
            id,
            sum(row.coder == id and row.state == CodingState.DONE for row in rows),
            sum(row.coder == id for row in rows),
        )
        for id in seen
    ]


def finished(work: Work, sample: Sample) -> bool:
    return standing(work, sample).finished


def agreement(work: Work, sample: Sample) -> Agreement:
    """The figures, for whoever may read them, once everybody has finished."""
    work.actor.must(Permission.CODING_READ)
    drawn, (rows, left_out) = drawn_of(work, sample), _finished(work, sample)
    units = _units(work, sample, rows)
    found = [
        measured(question, [[said.get(question.key) for said in unit] for unit in units.values()])
        for question in sheet.chosen(drawn.questions)
    ]
    told = [replace(each, codes=_codes(work, sample, each)) for each in found]
    return Agreement(drawn, len(sample.coders), len(units), left_out, told)


def _codes(work: Work, sample: Sample, each: Measured) -> list[tuple[str, Figures]]:
    """Without the rare ones for who did not code, and the restricted ones for who may not open an incident."""
    known = codes(each.question.vocabulary)
    hidden = frozenset() if may_discuss(work, sample) else each.rare
    if not work.actor.may(Permission.INCIDENT_READ):
        hidden |= {code for code, _figures in each.codes if code in known and known[code].restricted}
    return [(code, figures) for code, figures in each.codes if code not in hidden]


def may_discuss(work: Work, sample: Sample) -> bool:
    """Who coded it, and who draws samples: nobody else learns what somebody coded."""
    return work.actor.may(Permission.CODING_DRAW) or str(work.actor.id) in sample.coders


def differences(work: Work, sample: Sample) -> list[Difference]:
    """Where they differ, report by report, to be talked over. Nothing follows from it by itself."""
    work.actor.must(Permission.CODING_READ)
    if not may_discuss(work, sample):
        raise NotAllowed(permission=Permission.CODING_DRAW.value)
    drawn, (rows, _left) = drawn_of(work, sample), _finished(work, sample)
    units = _units(work, sample, rows)
    numbers = {row.report_id: row.number for row in rows}
    found = []
    for report in work.db.scalars(select(Report).where(Report.id.in_(units))):
        for question in sheet.chosen(drawn.questions):
            said = [
                (UUID(coder), answers[question.key])
                for coder, answers in zip(sample.coders, units[report.id], strict=True)
                if question.key in answers
            ]
            if any(value != said[0][1] for _coder, value in said):
                number = numbers[report.id]
                found.append(Difference(number, report.reference, report.id, question, said))
    return sorted(found, key=lambda each: each.number)


# -- the rows


def standing(work: Work, sample: Sample) -> Standing:
    work.actor.must(Permission.CODING_READ)
    rows = list(work.db.scalars(select(Coding).where(Coding.sample_id == sample.id).order_by(Coding.number)))
    every = sorted({row.report_id for row in rows})
    counting, left = drawing.may_count(work, every), drawing.to_be_coded(work, rows)
    found = [
        row
        for row in rows
        if (row.report_id in counting if row.state == CodingState.DONE else row.id in left)
    ]
    return Standing(found, len(every) - len(counting), sample.closed_on is not None)


def _finished(work: Work, sample: Sample) -> tuple[Sequence[Coding], int]:
    found = standing(work, sample)
    if not found.finished:
        raise NotFinished
    work.vouched([sample, *found.rows])
    return found.rows, found.left_out


def _units(work: Work, sample: Sample, rows: Sequence[Coding]) -> dict[UUID, list[dict[str, sheet.Value]]]:
    """Of each report that was coded, what each coder answered, in the order of the sample's coders."""
    done = [row for row in rows if row.state == CodingState.DONE]
    said = answers_of(work, done)
    by_place = {(row.report_id, str(row.coder)): said[row.id] for row in done}
    ids = dict.fromkeys(row.report_id for row in done)
    return {id: [by_place.get((id, coder), {}) for coder in sample.coders] for id in ids}
