"""What was told and is not taken in yet: reports that wait or were set aside, looked through as incidents are.

They are sealed in parts, one a person and one for the rest; the account lies with whoever told it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from incidents.model.report import Report, ReportPart, published
from incidents.model.vocabulary import PRACTICE, ReportState
from incidents.search import words
from incidents.search.words import Step
from incidents.work import Permission, Work

WAITING = (ReportState.RECEIVED, ReportState.NEEDS_INFORMATION, ReportState.SET_ASIDE)
CHUNK = 5_000  # parts between two looks at whether to go on
TEXTS = ("narrative", "summary")


def waiting(*columns: Any) -> Any:
    """These columns of the parts of reports that are not taken in; those of an unpublished import are not there."""
    query = select(*columns).join(Report, Report.id == ReportPart.report_id)
    return query.where(Report.state.in_(WAITING), published(Report.batch_id), Report.channel != PRACTICE)


def count(work: Work, *where: Any) -> int:
    """How many parts there are to open."""
    parts = waiting(ReportPart.id).where(*where).subquery()
    return work.db.scalar(select(func.count()).select_from(parts)) or 0


def reports(work: Work, ids: Iterable[UUID]) -> list[Report]:
    """Those of these reports that still wait, as they are listed: unopened, the newest first."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    query = select(Report).where(
        Report.id.in_(list(ids)), Report.state.in_(WAITING), published(Report.batch_id)
    )
    return list(work.db.scalars(query.order_by(Report.received_on.desc(), Report.id.desc())))


# -- words


@dataclass
class _First:
    """The first of two parts of a job: what comes after it is counted ahead."""

    step: Step
    ahead: int
    work: Work = field(init=False)

    def __post_init__(self) -> None:
        self.work = self.step.work

    @property
    def input(self) -> Any:
        return self.step.input

    def chunk(self, done: int, total: int) -> None:
        self.step.chunk(done, total + self.ahead)
        self.work = self.step.work


def run(step: Step) -> dict[str, Any]:
    """The job that looks for words: in the incidents, then in the reports that are not taken in, if its owner may."""
    if not step.work.actor.may(Permission.REPORT_TAKE_IN):
        return {**words.run(step), "told": [], "told_found": 0}
    wanted, parts = step.input["words"], count(step.work)
    found = words.run(_First(step, parts))
    looked, before = 0, found["looked"]
    terms = words.terms(wanted)
    holds, worth = words.finder(terms), words.sieve(terms)
    told: dict[UUID, None] = {}
    for rows in _all(step):
        texts = _texts(step.work, rows, worth)
        told |= {row.report_id: None for row, text in zip(rows, texts, strict=True) if holds(text)}
        looked += len(rows)
        step.chunk(before + looked, before + max(parts, looked))
    some = list(told)[: words.MOST_FOUND]
    ids = [str(each.id) for each in reports(step.work, some)]
    return {**found, "told": ids, "told_found": len(told)}


def _all(step: Step) -> Iterator[Sequence[Any]]:
    last = UUID(int=0)
    columns = (ReportPart.id, ReportPart.content, ReportPart.report_id)
    while rows := step.work.db.execute(
        waiting(*columns).where(ReportPart.id > last).order_by(ReportPart.id).limit(CHUNK)
    ).all():
        last = rows[-1].id
        yield rows


def _texts(work: Work, rows: Sequence[Any], worth: Callable[[bytes], bool] | None = None) -> Iterator[str]:
    """All that was told in each part; what does not open, or is not worth reading, is passed over."""
    sealed = [(row.id, row.content) for row in rows]
    for (content,) in work.scan(ReportPart, ("content",), sealed, words.KIND, worth):
        yield _text(content)


def _text(content: Any) -> str:
    said: Mapping[str, Any] = content if isinstance(content, dict) else {}
    return "\n".join(said[name] for name in TEXTS if isinstance(said.get(name), str))


def snippets(work: Work, some: Sequence[Report], wanted: str) -> list[tuple[str, str, str]]:
    """Where the words stand in these reports: before, the word, after."""
    columns = (ReportPart.id, ReportPart.content, ReportPart.report_id)
    query = select(*columns).where(ReportPart.report_id.in_([each.id for each in some]))
    rows = work.db.execute(query.order_by(ReportPart.number)).all()
    holds = words.finder(words.terms(wanted))
    texts = {row.report_id: text for row, text in zip(rows, _texts(work, rows), strict=True) if holds(text)}
    return [words.snippet(texts.get(each.id, ""), wanted) for each in some]
