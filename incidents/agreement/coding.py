"""One's own sheets of a sample: opened, kept to go on with, done. Another's are not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from incidents.agreement import drawing, sheet
from incidents.errors import InvalidInput, MoveNotAllowed, NotFound, Problem, _
from incidents.intake import report as reports
from incidents.model.coding import Coding, CodingState, Sample
from incidents.work import Permission, Unreadable, Work

NOTHING = _("Nothing is coded yet. Choose one of “No answer” where the account does not say.")


class NotToBeCoded(Problem):
    """Whoever told it took their agreement back, or something of it was erased."""

    status = 409
    code = "not-to-be-coded"
    sentence = _("This report is not coded any more. It is left out for everybody; go on with the next one.")


class KnownByNow(NotToBeCoded):
    """Its coder took the report in, submitted to its incident or decided on it after it was drawn."""

    code = "known-by-now"
    sentence = _(
        "You have worked on what this report tells of since it was drawn, so that you cannot code it unseen any more. "
        "It is left out for you; go on with the next one."
    )


@dataclass(frozen=True)
class Sheet:
    """A report to be coded: the account as told, the questions, what was answered so far. No code of anybody else."""

    coding: Coding
    sample: Sample
    account: str = field(repr=False)
    questions: Sequence[sheet.Question]
    answers: dict[str, sheet.Value] = field(repr=False)


def samples(work: Work) -> list[Sample]:
    """Those that one draws, codes or reads, the newest first."""
    work.actor.must(Permission.CODING_READ)
    rows = work.db.scalars(select(Sample).order_by(Sample.drawn_on.desc(), Sample.id))
    return list(rows)


def sample(work: Work, id: UUID) -> Sample:
    work.actor.must(Permission.CODING_READ)
    return work.get(Sample, id)


def own(work: Work, sample: Sample) -> list[Coding]:
    """The sheets of who asks, by number; none, where they do not code it."""
    query = select(Coding).where(Coding.sample_id == sample.id, Coding.coder == work.actor.id)
    return list(work.db.scalars(query.order_by(Coding.number)))


def waiting(work: Work) -> int:
    """How many reports wait to be coded by who asks, and still can be."""
    work.actor.must(Permission.CODING_DO)
    query = select(Coding).join(Sample, Coding.sample_id == Sample.id)
    query = query.where(Coding.coder == work.actor.id, Coding.state != CodingState.DONE)
    rows = work.db.scalars(query.where(Sample.closed_on.is_(None))).all()
    return len(drawing.to_be_coded(work, rows))


def open_sheet(work: Work, id: UUID) -> Sheet:
    """One's own. Another's, and one that is not there, are the same refusal."""
    work.actor.must(Permission.CODING_DO)
    found = work.get(Coding, id)
    if found.coder != work.actor.id:
        raise NotFound
    if not drawing.may_be_coded(work, [found.report_id]):
        raise NotToBeCoded
    if found.state != CodingState.DONE and not drawing.to_be_coded(work, [found]):
        raise KnownByNow
    drawn = work.get(Sample, found.sample_id)
    said: Any = work.read_all([drawn], "facts", "coding")[0]
    if isinstance(said, Unreadable):
        raise NotToBeCoded
    account = drawing.account_of(reports.read(work, found.report_id))
    return Sheet(found, drawn, account, sheet.chosen(said["questions"]), answers_of(work, [found])[found.id])


def answers_of(work: Work, rows: Sequence[Coding]) -> dict[UUID, dict[str, sheet.Value]]:
    """What these hold; nothing, where nothing was kept or it was erased."""
    kept = [row for row in rows if row.facts is not None]
    opened = zip(kept, work.read_all(kept, "facts", "coding"), strict=True)
    said = {row.id: value["answers"] for row, value in opened if not isinstance(value, Unreadable)}
    return {row.id: said.get(row.id, {}) for row in rows}


def left_empty(opened: Sheet, given: Mapping[str, Sequence[str]]) -> int:
    """Of how many questions nothing was chosen: to be asked about before it is done for good."""
    return len(opened.questions) - len(sheet.filled(opened.questions, given))


def keep(work: Work, opened: Sheet, given: Mapping[str, Sequence[str]], *, done: bool) -> None:
    """Keep what was chosen: to go on with, or done for good."""
    work.actor.must(Permission.CODING_DO)
    row = opened.coding
    if row.state == CodingState.DONE or opened.sample.closed_on is not None:
        raise MoveNotAllowed
    answers = sheet.filled(opened.questions, given)
    if done and not answers:
        raise InvalidInput({opened.questions[0].key: [NOTHING]})
    work.seal(row, facts={"schema": 1, "answers": answers})
    row.state = CodingState.DONE if done else CodingState.BEGUN
    row.done_on = work.today if done else None
    if done:
        _touch(opened.sample)
    work.note("coding.done" if done else "coding.kept", row)


def _touch(sample: Sample) -> None:
    """Write the row anew: of this and of a closing at the same time one is refused, so that none is added."""
    flag_modified(sample, "drawn_on")  # which never changes


def next_of(work: Work, sample: Sample) -> Coding | None:
    """The first sheet that is one's own, not done, and still to be coded."""
    mine = own(work, sample)
    left = drawing.to_be_coded(work, mine)
    return next((row for row in mine if row.id in left), None)


def close(work: Work, sample: Sample) -> None:
    """End a sample before everybody has finished: what is not done by then is not coded."""
    work.actor.must(Permission.CODING_DRAW)
    if sample.closed_on is not None:
        raise MoveNotAllowed
    sample.closed_by, sample.closed_on = work.actor.id, work.today
    work.note("coding.closed", sample)
