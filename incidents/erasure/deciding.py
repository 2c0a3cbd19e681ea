"""The first step: the intent, noted and signed, and a stop to every exit."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from incidents import consent, evidence
from incidents.erasure import beside, reach, voices
from incidents.erasure.called import NOBODY, called
from incidents.errors import MoveNotAllowed, ReasonsNeeded
from incidents.model.audit import RecordDigest, first_digest
from incidents.model.coding import Coding
from incidents.model.consent import Basis
from incidents.model.erasure import NAMES, Erasure, ErasureState
from incidents.model.evidence import Evidence, EvidenceState
from incidents.model.people import Person
from incidents.model.quote import Quote
from incidents.model.rearrangement import Rearrangement
from incidents.model.release import ReleasedQuote, ReleasedRow
from incidents.model.report import Draft, Interview, Report, ReportLink, ReportPart
from incidents.model.talk import Answer, Question, from_before
from incidents.model.vocabulary import PartKind, ReportState
from incidents.work import Compartment, Permission, Work

OF_EVIDENCE = (Compartment.FACTS, Compartment.TESTIMONY)
OF_A_QUOTE = (Compartment.FACTS, Compartment.TESTIMONY)
OF_A_PERSON = (Compartment.FACTS, Compartment.IDENTITY, Compartment.TESTIMONY)  # the last: words of a task
SHORTEST_DECISION = 12  # characters: a sentence that a colleague can follow in a year


class Thing(NamedTuple):
    """What one data key opens."""

    id: UUID
    compartment: Compartment

    def __str__(self) -> str:
        return f"{self.id}/{self.compartment}"


def erase_person(work: Work, person: Person, decision: str) -> Erasure:
    """Everything under the person's keys, their parts of reports, and what nobody else tells of.

    Call `finish` after the commit.
    """
    _must(work, decision)
    consent.withdraw(work, person)
    near, name = reach.near_person(work, person.id), called(work, person)
    erasure = _intend(work, "person", person.id, _things_of_person(work, person), decision)
    beside.put_down(work, erasure, near, name)
    _forget_releases(work, person)
    return erasure


def _forget_releases(work: Work, person: Person) -> None:
    """Nothing says any more that they were in what left; that somebody is gone from it stays, and counts."""
    hashed = work.vault.keyed("released/person", person.id)
    entries = list(work.db.scalars(select(ReleasedRow).where(ReleasedRow.person == hashed)))
    for entry in entries:
        entry.person = entry.incident = entry.told = entry.whose = None
        work.seal(entry, permits=[])
    quoted = list(work.db.scalars(select(ReleasedQuote).where(ReleasedQuote.person == hashed)))
    for one in quoted:
        one.person = one.quote = one.told = None
        work.seal(one, facts={})
    if entries or quoted:
        work.note("release.forgot", person, count=len(entries) + len(quoted))


def erase_report(work: Work, report: Report, decision: str) -> Erasure:
    """A report in all its parts and versions, for its writer too. Call `finish` after the commit."""
    _must(work, decision)
    if report.state == ReportState.ERASED:
        raise MoveNotAllowed
    versions = _versions(work, report)
    parts = voices.parts_of(work, versions)
    things = [Thing(part.id, Compartment.INTAKE) for part in parts]
    things += [*_interviews(work, versions), *_codings(work, versions), *_talk(work, versions)]
    things += [*_why_unlinked(work, versions), *_quotes(work, {part.id for part in parts})]
    things += [Thing(id, each) for id in evidence.of_reports(work, versions) for each in OF_EVIDENCE]
    incidents = set(
        work.db.scalars(
            select(ReportLink.incident_id).where(
                ReportLink.report_id.in_(versions), ReportLink.undone_on.is_(None)
            )
        )
    )
    things += _unheard(work, incidents, {part.id for part in parts})
    erasure = _intend(work, "report", report.id, things, decision)
    beside.put_down(work, erasure, reach.near_reports(work, versions), NOBODY)
    return erasure


def erase_evidence(work: Work, item: Evidence, decision: str) -> Erasure:
    """A file in all its copies; the chain of custody stays and says who had it. Call `finish` after the commit."""
    _must(work, decision)
    if item.state != EvidenceState.KEPT:
        raise MoveNotAllowed
    return _intend(work, "evidence", item.id, [Thing(item.id, each) for each in OF_EVIDENCE], decision)


def erase_names(work: Work, person: Person, decision: str) -> Erasure:
    """Name, contacts, documents: here and in every report as told. What was coded stays and counts as before.

    Call `finish` after the commit.
    """
    _must(work, decision)
    query = select(ReportPart.id).where(ReportPart.person_id == person.id).order_by(ReportPart.id)
    parts = list(work.db.scalars(query))
    things = [Thing(person.id, Compartment.IDENTITY)]
    things += [Thing(id, Compartment.INTAKE) for id in parts] + _quotes(work, parts)
    near, name = reach.near_person(work, person.id), called(work, person)
    erasure = _intend(work, NAMES, person.id, things, decision)
    beside.put_down(work, erasure, near, name, only_named=True)
    return erasure


def of(work: Work, subject: UUID) -> list[Erasure]:
    """What was decided about a person or a report, the latest last: for where 'erased' stands on a page."""
    query = select(Erasure).where(Erasure.subject == subject).outerjoin(RecordDigest, first_digest(Erasure))
    in_order = (Erasure.decided_on, RecordDigest.block, RecordDigest.position, Erasure.id)
    return list(work.db.scalars(query.order_by(*in_order)))


def _must(work: Work, decision: str) -> None:
    work.actor.must(Permission.ERASURE_DO)
    work.must_be_fresh()
    if len(decision.strip()) < SHORTEST_DECISION:
        raise ReasonsNeeded


def _intend(work: Work, kind: str, subject: UUID, things: Sequence[Thing], decision: str) -> Erasure:
    erasure = Erasure(
        kind=kind,
        subject=subject,
        things=sorted(str(thing) for thing in things),
        state=ErasureState.INTENDED,
        decided_by=work.actor.id,
        decided_on=work.today,
    )
    work.seal(erasure, decision=decision.strip())
    work.add(erasure)
    work.note("erasure.decided", erasure, kind=kind, subject=str(subject), count=len(things))
    return erasure


def _things_of_person(work: Work, person: Person) -> list[Thing]:
    parts = list(work.db.scalars(select(ReportPart).where(ReportPart.person_id == person.id)))
    told = {part.report_id for part in parts if part.kind == PartKind.TELLER}
    gone = {person.id, *(part.id for part in parts)}
    rests = [part for part in voices.parts_of(work, told) if part.kind == PartKind.REST]
    alone = voices.told_alone(work, told, gone)
    gone |= {part.id for part in rests if part.report_id in alone}
    things = [Thing(person.id, each) for each in OF_A_PERSON]
    things += [*_bases(work, person), *_quotes(work, gone)]
    things += [*_interviews(work, alone), *_talk(work, alone)]
    things += _codings(work, {part.report_id for part in parts})
    things += [Thing(id, Compartment.INTAKE) for id in sorted(gone - {person.id})]
    return things + _unheard(work, voices.told_of_by(work, {person.id}), gone)


def _bases(work: Work, person: Person) -> list[Thing]:
    """What was recorded beside their own consent: that they died, who says so, why."""
    query = select(Basis.id).where(Basis.person_id == person.id).order_by(Basis.id)
    return [Thing(id, Compartment.FACTS) for id in work.db.scalars(query)]


def _interviews(work: Work, reports: set[UUID]) -> list[Thing]:
    """The conversations that these reports were told in: nothing is left to count them from."""
    query = select(Interview.id).where(Interview.report_id.in_(reports)).order_by(Interview.id)
    return [Thing(id, Compartment.FACTS) for id in work.db.scalars(query)]


def _codings(work: Work, reports: set[UUID]) -> list[Thing]:
    """What several people coded of these reports, unseen, to learn how far they agree."""
    query = select(Coding.id).where(Coding.report_id.in_(reports)).order_by(Coding.id)
    return [Thing(id, Compartment.FACTS) for id in work.db.scalars(query)]


def _talk(work: Work, reports: set[UUID]) -> list[Thing]:
    """What was asked about these reports and answered, in words; what was typed of an answer and not sent."""
    asked = select(Question.id).where(Question.report_id.in_(reports), Question.words.is_not(None))
    answered = select(Answer.id).where(Answer.report_id.in_(reports))
    questions = set(work.db.scalars(select(Question.id).where(Question.report_id.in_(reports))))
    typed = select(Draft.id).where(Draft.answers.in_(questions | {from_before(id) for id in reports}))
    ids = {id for query in (asked, answered, typed) for id in work.db.scalars(query)}
    return [Thing(id, Compartment.INTAKE) for id in sorted(ids)]


def _versions(work: Work, report: Report) -> set[UUID]:
    """A row that changed at its source is there once a version."""
    found, new = {report.id}, {report.id}
    while new:
        older = select(Report.supersedes).where(Report.id.in_(new), Report.supersedes.is_not(None))
        newer = select(Report.id).where(Report.supersedes.in_(new))
        new = {id for id in (*work.db.scalars(older), *work.db.scalars(newer)) if id} - found
        found |= new
    return found


def _quotes(work: Work, gone: Iterable[UUID]) -> list[Thing]:
    """What was made ready to be printed of the words of these people, or taken from these parts."""
    ids = list(gone)
    query = select(Quote.id).where(Quote.person_id.in_(ids) | Quote.part_id.in_(ids)).order_by(Quote.id)
    return [Thing(id, each) for id in work.db.scalars(query) for each in OF_A_QUOTE]


def _why_unlinked(work: Work, reports: set[UUID]) -> list[Thing]:
    """The reasons why they were once said not to tell of an incident."""
    query = select(Rearrangement.gone_id).where(Rearrangement.gone_id.in_(reports)).distinct()
    return [Thing(id, Compartment.TESTIMONY) for id in sorted(work.db.scalars(query))]


def _unheard(work: Work, incidents: set[UUID], gone: set[UUID]) -> list[Thing]:
    """The words of an incident that nobody else tells of were the words of whoever goes."""
    return [Thing(id, Compartment.TESTIMONY) for id in sorted(voices.silent(work, incidents, gone))]
