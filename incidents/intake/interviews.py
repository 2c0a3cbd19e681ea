"""Interviews: each conversation is kept and counted, also when nothing had happened. It is what is counted from."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents.errors import MoveNotAllowed, NewerVersion
from incidents.intake import report as reports
from incidents.model.base import is_stored
from incidents.model.moment import Moment
from incidents.model.report import Interview, Report, ReportPart
from incidents.model.vocabulary import IN_DANGER, PRACTICE, PartKind, ReportState
from incidents.work import Permission, Unreadable, Work

TOLD = "INC"  # of an incident, or of several
NOTHING = frozenset({"NOT", "STP", "REF"})  # nothing to report, stopped, refused
PLACE = frozenset({"country", "state", "municipality"})
LOOKED_AT = 500  # reports that wait, opened together
AT_ONCE = 50  # recorded in one commit


def keep(work: Work, report: Report, document: dict[str, Any]) -> Interview | None:
    """The conversation that a report was told in; none where nothing is said of one. Told again, it is the same."""
    said = document.get("interview")
    if not said:
        return None
    kept = _known(work, report) or Interview(
        report_id=report.id, recorded_by=report.recorded_by, received_on=report.received_on
    )
    tellers = sum(bool(person.get("teller")) for person in document.get("persons", []))
    outcome = said.get("outcome") if is_nothing(document) else TOLD
    work.seal(kept, facts={"schema": 1, **said, "outcome": outcome, "tellers": tellers})
    if not is_stored(kept):
        work.add(kept)
    return kept


def _known(work: Work, report: Report) -> Interview | None:
    """A report that is new was never taken in before."""
    if not is_stored(report):
        return None
    return work.db.scalars(select(Interview).where(Interview.report_id == report.id)).first()


def is_nothing(document: dict[str, Any]) -> bool:
    """Whether the conversation told of no incident."""
    return (document.get("interview") or {}).get("outcome") in NOTHING and not document.get("acts")


# -- those in which nothing had happened


def record(work: Work, id: UUID) -> Interview:
    """A report of a conversation in which nothing had happened: kept and counted, and no incident comes of it."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    told = reports.read(work, id)
    reports.must_be_real(told.report)
    if told.report.state not in reports.WAITING or not is_nothing(told.document):
        raise MoveNotAllowed
    if reports.taken_in_before(work, told.report) is not None:
        raise NewerVersion
    kept = keep(work, told.report, told.document)
    assert kept is not None  # noqa: S101  its outcome says that there was one
    told.report.state = ReportState.TAKEN_IN
    work.note("interview.recorded", told.report)
    return kept


def record_all(work: Work) -> int:
    """All that wait, fifty at a time; one whose people are in danger is looked at first, alone. How many."""
    calm = (report for report in _waiting(work) if report.danger not in IN_DANGER)
    found = list(islice(calm, AT_ONCE))
    for report in found:
        record(work, report.id)
    return len(found)


def waiting(work: Work) -> list[Report]:
    """Reports that wait and tell of no incident, the oldest first. Of each that waits only what says so is opened."""
    return list(_waiting(work))


def _waiting(work: Work) -> Iterator[Report]:
    """Some at a time, to the end: behind however many that do tell of one."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    query = select(Report).where(
        Report.state.in_(reports.WAITING),
        Report.batch_id.is_(None),
        Report.supersedes.is_(None),
        Report.channel != PRACTICE,
    )
    query = query.order_by(Report.received_on, Report.id).limit(LOOKED_AT)
    found = list(work.db.scalars(query))
    while found:
        yield from _of_nothing(work, found)
        day, id = found[-1].received_on, found[-1].id
        behind = or_(Report.received_on > day, (Report.received_on == day) & (Report.id > id))
        found = list(work.db.scalars(query.where(behind))) if len(found) == LOOKED_AT else []


def _of_nothing(work: Work, found: Sequence[Report]) -> list[Report]:
    ids = [report.id for report in found]
    parts = select(ReportPart).where(ReportPart.report_id.in_(ids), ReportPart.kind == PartKind.REST)
    rests = list(work.db.scalars(parts))
    read = work.read_all(rests, "content", "interview")
    said = dict(zip((part.report_id for part in rests), read, strict=True))
    return [each for each in found if isinstance(said.get(each.id), dict) and is_nothing(said[each.id])]


# -- the count


@dataclass
class Count:
    """How many, and how many of them told of an incident; each in conversations and in people who spoke."""

    interviews: int = 0
    told: int = 0
    people: int = 0
    people_told: int = 0

    def add(self, facts: dict[str, Any]) -> None:
        people, told = max(1, facts.get("tellers") or 0), facts.get("outcome") == TOLD
        self.interviews += 1
        self.people += people
        self.told += told
        self.people_told += people if told else 0


@dataclass
class Counted:
    """“18 of 41”: all of them, by month and by place; and how many were left out, with the reason as a code."""

    total: Count = field(default_factory=Count)
    months: dict[str, Count] = field(default_factory=dict)  # 2019-11; empty: not known to the month
    places: dict[tuple[tuple[str, str], ...], Count] = field(default_factory=dict)  # a place in its codes
    outcomes: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def counted(work: Work) -> Counted:
    """What a rate may be taken from. A conversation counts once it was taken in or recorded."""
    work.actor.must(Permission.INTERVIEW_COUNT)
    found = Counted()
    for state, facts in _all(work):
        if state == ReportState.SUPERSEDED:
            found.left_out["superseded"] += 1
        elif isinstance(facts, Unreadable):
            found.left_out[facts.why] += 1
        else:
            _count(found, facts)
    found.months = dict(sorted(found.months.items(), reverse=True))
    return found


def each(work: Work, but: Collection[UUID] = ()) -> Iterator[dict[str, Any]]:
    """What was said of each conversation that counts, for whoever counts something else of them."""
    work.actor.must(Permission.INTERVIEW_COUNT)
    for state, facts in _all(work, but):
        if state != ReportState.SUPERSEDED and not isinstance(facts, Unreadable):
            yield facts


def _all(work: Work, but: Collection[UUID] = ()) -> Iterator[tuple[ReportState, Any]]:
    query = select(Interview, Report.state).join(Report, Report.id == Interview.report_id)
    rows = work.db.execute(query.where(reports.seen()).order_by(Interview.id)).all()
    rows = [row for row in rows if row.Interview.id not in but]
    kept = [row.Interview for row in rows]
    work.vouched(kept)
    return zip((row.state for row in rows), work.read_all(kept, "facts", "interviews"), strict=True)


def _count(found: Counted, facts: dict[str, Any]) -> None:
    month, place = _month(facts.get("on")), _place(facts.get("place"))
    for count in (
        found.total,
        found.months.setdefault(month, Count()),
        found.places.setdefault(place, Count()),
    ):
        count.add(facts)
    found.outcomes[str(facts.get("outcome"))] += 1


def _month(on: Any) -> str:
    """The one month that it lies in; empty where it may be several."""
    return (Moment.from_json(on).month if on else None) or ""


def _place(place: Any) -> tuple[tuple[str, str], ...]:
    """Where, in official codes; what kind of place it was, and how exactly it is known, is not told apart."""
    return tuple(sorted((name, code) for name, code in (place or {}).items() if name in PLACE))
