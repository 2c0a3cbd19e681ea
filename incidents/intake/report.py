"""A report comes in: sealed in parts, listed, read again by its writer, opened by a reviewer.

A part is what one erasure removes: one a person who told or is mentioned, one for the
rest. What the first teller said in their own words lies in that teller's part.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from os import urandom
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Uuid, case, literal, or_, select, tuple_

from incidents.errors import (
    InvalidInput,
    MoveNotAllowed,
    NotFound,
    OnlyPractice,
    ReasonsNeeded,
    TrailBroken,
    _,
)
from incidents.intake import parting
from incidents.model.audit import AuditEntry, RecordDigest, first_digest
from incidents.model.base import new_id
from incidents.model.report import Report, ReportLink, ReportPart, published
from incidents.model.talk import Question, QuestionState
from incidents.model.vocabulary import IN_DANGER, NOT_ASKED, PRACTICE, PartKind, ReportState
from incidents.work import Permission, Unreadable, Work

NOTHING = _("Nothing is written yet.")
SENT_BEFORE = _(
    "This report was sent already, with other words. Copy what is new into a new report and send that."
)
NOT_KEPT = _("They said no to being written down. Help them, and do not send this.")
TAKE_OUT = _("This person said no to being written down. Take them out; what the others told can be sent.")
WORDS = ("narrative", "summary", "asks")  # what lies with the first teller
PEOPLE = (
    "people"  # in the rest of a report that may have newer versions: the keys of its people, in their order
)
WAITING = (ReportState.RECEIVED, ReportState.NEEDS_INFORMATION)
REASONS_ASIDE = ("outside", "test", "repetition", "nothing_happened", "not_ours")
REASONS_TO_ASK = ("when", "where", "who", "what", "consent", "source", "other")
_R = ReportState
# How a report may be handled besides being taken in. What is not in this table cannot happen.
MOVES = frozenset(
    {
        (_R.RECEIVED, _R.NEEDS_INFORMATION),
        (_R.RECEIVED, _R.SET_ASIDE),
        (_R.NEEDS_INFORMATION, _R.RECEIVED),
        (_R.NEEDS_INFORMATION, _R.SET_ASIDE),
        (_R.SET_ASIDE, _R.RECEIVED),
    }
)
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another, read aloud or by hand
_PAIRS = [one + other for one in _SIGNS for other in _SIGNS]


@dataclass(frozen=True)
class Told:
    """A report as it was told, with the ids of its people, and what of it is gone."""

    report: Report
    document: dict[str, Any] = field(repr=False)
    person_ids: dict[str, UUID]
    unreadable: dict[str, str]  # key of a person, or "rest" → why


def reference(letter: str) -> str:
    """A number that opens nothing and tells nothing: no order, no count."""
    drawn, pairs = int.from_bytes(urandom(16), "big"), []  # so long that no pair is likelier than another
    for _each in range(4):
        drawn, place = divmod(drawn, len(_PAIRS))
        pairs.append(_PAIRS[place])
    return f"{letter}-{pairs[0]}{pairs[1]}-{pairs[2]}{pairs[3]}"


def send(
    work: Work,
    document: dict[str, Any],
    channel: str,
    client_id: UUID | None = None,
    people: Mapping[str, UUID] | None = None,
) -> Report:
    """Keep a report. Sent again under the same client id, it is the same report.

    `people` are ids, by their keys, of those who parted while it was a draft and have their words.
    """
    work.actor.must(Permission.REPORT_SEND)
    client_id = client_id or uuid4()
    known = sent_as(work, client_id)
    if known is not None:
        _must_be_as_sent(work, known, document)
        return known
    must_be_kept(document)
    document = _dated(document, work.today)
    told = make(work, document, channel=channel, client_id=client_id, known=people or None)
    work.note("report.received", told.report, channel=channel)
    parting.give(work, told.report.id, told.document, told.person_ids, client_id)
    return told.report


def sent_as(work: Work, client_id: UUID) -> Report | None:
    """What this person sent under this id, if anything."""
    sent = select(Report).where(Report.recorded_by == work.actor.id, Report.client_id == client_id)
    return work.db.scalars(sent).first()


def _must_be_as_sent(work: Work, known: Report, document: dict[str, Any]) -> None:
    """Sent again is kept once; but other words under the same id would be lost without a sound."""
    given = {name: value for name, value in document.items() if name != "client_id"}
    kept = work.read_all(parts_of(work, [known])[known.id], "content", "sent again")
    again = [content for _kind, _person, content in parts(_dated(given, known.received_on))]
    kept = [
        each if isinstance(each, Unreadable) else {n: said for n, said in each.items() if n != PEOPLE}
        for each in kept
    ]
    if all(not isinstance(content, Unreadable) for content in kept) and kept != again:
        raise InvalidInput({"narrative": [SENT_BEFORE]})


def must_be_kept(document: dict[str, Any]) -> None:
    """Somebody who does not want to be written down is not written down; nothing is nothing to keep."""
    told = any(document.get(name) for name in ("narrative", "acts", "persons", "incident", "summary"))
    if not told and not document.get("interview", {}).get("outcome"):  # that nothing had happened is counted
        raise InvalidInput({"narrative": [NOTHING]})
    for number, person in enumerate(document.get("persons", [])):
        if says_no(person):
            said = TAKE_OUT if number else NOT_KEPT
            raise InvalidInput({f"persons.{number}.consent.decisions.REC": [said]})


def said_by(facts: Mapping[str, Any], documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the facts of an incident, those that one of these reports says in the same way."""
    told = [
        {**document.get("incident", {}), "interview": document.get("interview")} for document in documents
    ]
    return {name: value for name, value in facts.items() if any(each.get(name) == value for each in told)}


def says_no(person: Mapping[str, Any]) -> bool:
    """Whether they do not want to be written down."""
    return bool(person.get("consent", {}).get("decisions", {}).get("REC") == "refused")


def _dated(document: dict[str, Any], today: date) -> dict[str, Any]:
    """What was agreed to was agreed to on the day of the conversation; where that is not known, today."""
    held = document.get("interview", {}).get("on") or {}
    day = held["edtf"] if held.get("precision") == "DAY" else today.isoformat()
    people = [
        {**person, "consent": {"on": day, **person["consent"]}} if person.get("consent") else person
        for person in document.get("persons", [])
    ]
    return {**document, "persons": people} if people else document


def make(
    work: Work,
    document: dict[str, Any],
    *,
    channel: str,
    client_id: UUID,
    known: Mapping[str, UUID] | None = None,
    **more: Any,
) -> Told:
    """The rows of a report, sealed; nobody is asked whether they may.

    `known` are the ids of its people, by their keys, who are known from an earlier version or from its draft: {},
    where there may be a newer one.
    """
    document = {name: value for name, value in document.items() if name != "client_id"}
    common = {"reference": reference("R"), "received_on": work.today, "state": ReportState.RECEIVED}
    report = Report(
        channel=channel,
        recorded_by=work.actor.id,
        client_id=client_id,
        danger=document.get("danger") or NOT_ASKED,
        **{**common, **more},
    )
    work.add(report)
    ids: dict[str, UUID] = {}
    for number, (kind, person, content) in enumerate(parts(document, known)):
        part = ReportPart(report_id=report.id, number=number, kind=kind, person_id=person)
        work.seal(part, content=content)
        work.add(part)
        if person is not None:
            ids[content["person"]["key"]] = person
    return Told(report, document, ids, {})


def parts(
    document: dict[str, Any], known: Mapping[str, UUID] | None = None
) -> Iterable[tuple[PartKind, UUID | None, dict[str, Any]]]:
    """A document cut into what one erasure removes; the ids of its people who are not known are made here."""
    rest = {name: value for name, value in document.items() if name not in ("persons", *WORDS)}
    words = {name: document[name] for name in WORDS if name in document}
    people = document.get("persons", [])
    speaker = next((person["key"] for person in people if person.get("teller")), None)
    if speaker is None:
        rest |= words
    if known is not None:
        rest[PEOPLE] = [person["key"] for person in people]
    known = known or {}
    yield PartKind.REST, None, rest
    for person in people:
        content = {"person": person, **(words if person["key"] == speaker else {})}
        id = known.get(person["key"]) or new_id()
        yield PartKind.TELLER if person.get("teller") else PartKind.PERSON, id, content


def parts_of(work: Work, reports: Sequence[Report]) -> dict[UUID, list[ReportPart]]:
    found: dict[UUID, list[ReportPart]] = {report.id: [] for report in reports}
    query = select(ReportPart).where(ReportPart.report_id.in_(found)).order_by(ReportPart.number)
    for part in work.db.scalars(query):
        found[part.report_id].append(part)
    return found


def joined(report: Report, kept: Sequence[ReportPart], contents: Sequence[Any]) -> Told:
    """The parts put together again; what does not open is named, not guessed."""
    document: dict[str, Any] = {}
    ids: dict[str, UUID] = {}
    unreadable: dict[str, str] = {}
    people: list[dict[str, Any]] = []
    keys: list[str] = []  # of its people, where they are kept; else they are numbered
    for part, content in zip(kept, contents, strict=True):
        if isinstance(content, Unreadable):
            known = [*keys, *(f"p{number}" for number in range(len(keys) + 1, part.number + 1))]
            unreadable[known[part.number - 1] if part.person_id else "rest"] = content.why
        elif part.person_id is None:
            keys = content.get(PEOPLE, [])
            document |= {name: value for name, value in content.items() if name != PEOPLE}
        else:
            document |= {name: content[name] for name in WORDS if name in content}
            people.append(content["person"])
            ids[content["person"]["key"]] = part.person_id
    document["persons"] = people
    gone = {"person": {p["key"] for p in people}, "act": {a["key"] for a in document.get("acts", [])}}
    document["involvements"] = [
        link
        for link in document.get("involvements", [])
        if link["person"] in gone["person"] and link["act"] in gone["act"]
    ]
    return Told(report, document, ids, unreadable)


# -- the writer's own


def own(
    work: Work, limit: int = 200, before: tuple[date, UUID] | None = None, but: Collection[UUID] = ()
) -> list[Report]:
    """What this person sent, the newest first, as sealed; from a place in this list on, and `but` those.

    By the day; within a day by the block of the trail in which each began: an id says nothing of it.
    """
    work.actor.must(Permission.REPORT_READ_OWN)
    query = select(Report).where(Report.recorded_by == work.actor.id, Report.batch_id.is_(None))
    query = query.where(Report.id.not_in(but)) if but else query
    if before is not None:
        day, id = before
        began = select(RecordDigest.block).where(RecordDigest.record_id == id, RecordDigest.version == 1)
        earlier = tuple_(RecordDigest.block, Report.id) < tuple_(began.scalar_subquery(), literal(id, Uuid()))
        query = query.where((Report.received_on < day) | (Report.received_on == day) & earlier)
    order = (Report.received_on.desc(), RecordDigest.block.desc(), Report.id.desc())
    return list(work.db.scalars(query.join(RecordDigest, first_digest(Report)).order_by(*order).limit(limit)))


def read_own(work: Work, id: UUID) -> Told:
    """One's own report again. Another's, and one that is not there, are the same refusal."""
    return _open(work, own_line(work, id))


def own_line(work: Work, id: UUID) -> Report:
    """One's own report as it is listed, unopened."""
    work.actor.must(Permission.REPORT_READ_OWN)
    report = work.get(Report, id)
    if report.recorded_by != work.actor.id:
        raise NotFound
    return report


# -- the reviewers'


def seen() -> Any:
    """Reports that count: what a job has not finished is seen by nobody, and practice is none."""
    return published(Report.batch_id) & (Report.channel != PRACTICE)


def must_be_real(report: Report) -> None:
    if report.channel == PRACTICE:
        raise OnlyPractice


def inbox(
    work: Work,
    limit: int = 50,
    after: tuple[date, UUID] | None = None,
    states: Iterable[ReportState] = WAITING,
) -> list[Report]:
    """Reports that wait, or those in the asked states, the oldest first."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    query = select(Report).where(Report.state.in_(list(states)), seen())
    if after is not None:
        day, id = after
        query = query.where(or_(Report.received_on > day, (Report.received_on == day) & (Report.id > id)))
    return list(work.db.scalars(query.order_by(Report.received_on, Report.id).limit(limit)))


def urgent(work: Work, limit: int = 50) -> list[Report]:
    """Reports that wait and whose people are in danger: now first, then before a date, then the oldest."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    query = select(Report).where(Report.state.in_(WAITING), Report.danger.in_(IN_DANGER), seen())
    now_first = case((Report.danger == "today", 0), else_=1)
    return list(work.db.scalars(query.order_by(now_first, Report.received_on, Report.id).limit(limit)))


def read(work: Work, id: UUID) -> Told:
    """A report as it was told, for who may take it in. A forged or altered one is refused."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    report = work.db.scalars(select(Report).where(Report.id == id, published(Report.batch_id))).first()
    if report is None:
        raise NotFound
    return _open(work, report, checked=True)


def not_asked(document: dict[str, Any]) -> list[int]:
    """The numbers of the tellers who were not asked whether a record of them may be kept."""
    return [
        number
        for number, person in enumerate(document.get("persons", []), 1)
        if person.get("teller") and (person.get("consent") or {}).get("decisions", {}).get("REC") != "given"
    ]


def read_all(work: Work, reports: Sequence[Report]) -> list[Told]:
    """Several as they were told: what they share is checked once."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    parts = parts_of(work, reports)
    kept = [part for report in reports for part in parts[report.id]]
    work.vouched([*reports, *kept])
    opened = dict(zip((part.id for part in kept), work.read_all(kept, "content"), strict=True))
    for report in reports:
        _must_be_from(work, report, parts[report.id])
    return [joined(each, parts[each.id], [opened[part.id] for part in parts[each.id]]) for each in reports]


def _open(work: Work, report: Report, *, checked: bool = False) -> Told:
    if checked:
        return read_all(work, [report])[0]
    kept = parts_of(work, [report])[report.id]
    return joined(report, kept, work.read_all(kept, "content"))


def _must_be_from(work: Work, report: Report, kept: Iterable[ReportPart]) -> None:
    """Whoever is named as its sender sealed it."""
    for part in kept:
        if work.vault.maker(part, "content") not in (None, report.recorded_by):
            raise TrailBroken(where=f"report_part/{part.id}")


# -- versions


def taken_in_before(work: Work, report: Report) -> Report | None:
    """The earlier version that stands for this report now; none: nothing was taken in of it."""
    while report.supersedes is not None:
        report = work.get(Report, report.supersedes)
        if report.state == ReportState.TAKEN_IN:
            return report
    return None


def is_newest(work: Work, report: Report) -> bool:
    """Whether no newer version of it came in."""
    newer = select(Report.id).where(Report.supersedes == report.id, seen())
    return work.db.scalars(newer).first() is None


def set_aside(work: Work, report: Report, reason: str) -> None:
    """Not an incident, or not ours; kept, with a code that says why."""
    _handle(work, report, ReportState.SET_ASIDE, "report.set-aside", REASONS_ASIDE, reason)


def asked(work: Work, report: Report, reason: str) -> None:
    """Something is missing; which thing, as a code. Part of a question: see `questions.ask`."""
    _handle(work, report, ReportState.NEEDS_INFORMATION, "report.asked", REASONS_TO_ASK, reason)


def answered(work: Work, report: Report) -> None:
    """Nothing that was asked for is missing any more: it waits again, as on the day it came."""
    if report.state == ReportState.NEEDS_INFORMATION:
        report.state = ReportState.RECEIVED
        work.note("report.answered", report)


def bring_back(work: Work, report: Report) -> None:
    """It waits again, as on the day it came."""
    _handle(work, report, ReportState.RECEIVED, "report.brought-back")


def _handle(
    work: Work, report: Report, to: ReportState, event: str, reasons: Sequence[str] = (), reason: str = ""
) -> None:
    work.actor.must(Permission.REPORT_TAKE_IN)
    must_be_real(report)
    if (report.state, to) not in MOVES:
        raise MoveNotAllowed
    if reasons and reason not in reasons:  # a code, never a text: it stands in the trail, in clear
        raise ReasonsNeeded
    if to != ReportState.NEEDS_INFORMATION:
        _end_questions(work, report)
    report.state = to
    work.note(event, report, **({"reason": reason} if reason else {}))


def _end_questions(work: Work, report: Report) -> None:
    """Nobody needs to answer any more."""
    waiting = (Question.report_id == report.id) & (Question.state == QuestionState.WAITING)
    for question in work.db.scalars(select(Question).where(waiting)):
        question.state, question.ended_by, question.ended_on = QuestionState.ENDED, work.actor.id, work.today
        work.note("question.ended", question)


def reason_of(work: Work, report: Report) -> str:
    """The code that stands behind a report's present state, for whoever may see the report."""
    if report.recorded_by != work.actor.id:
        work.actor.must(Permission.REPORT_TAKE_IN)
    notes = select(AuditEntry.detail).where(
        AuditEntry.about_id == report.id, AuditEntry.event.in_(("report.set-aside", "report.asked"))
    )
    last = work.db.scalars(notes.order_by(AuditEntry.block.desc()).limit(1)).first()
    return str((last or {}).get("reason", ""))


def incident_of(work: Work, report: Report) -> UUID | None:
    """The incident this report was taken in as, for reviewers."""
    return work.db.scalars(
        select(ReportLink.incident_id).where(
            ReportLink.report_id == report.id, ReportLink.undone_on.is_(None)
        )
    ).first()
