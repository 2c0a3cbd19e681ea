"""Finding evidence, reading what is known of it, and taking an original in hand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents import search
from incidents.errors import Erased, InvalidInput, MoveNotAllowed, NotFound, ReasonsNeeded, _
from incidents.evidence import copies, custody, looking, pieces
from incidents.evidence.copies import Copy
from incidents.model.evidence import (
    Custody,
    CustodyEvent,
    Evidence,
    EvidencePerson,
    EvidenceState,
    Part,
    WorkingCopy,
)
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import ReportState
from incidents.work import Permission, Unreadable, Work

OPENING = ("verification", "court", "expert", "family", "copy")  # why an original is taken in hand
SHORTEST = 12
NOT_OF_INCIDENT = _("Choose among the people of this incident.")


@dataclass(frozen=True)
class Line:
    """A piece of evidence in a list."""

    item: Evidence
    facts: Any
    copy: Copy | None


@dataclass(frozen=True)
class Opened:
    """One piece with all that is known of it."""

    item: Evidence
    facts: Any
    description: Any
    copy: Copy | None
    custody: list[tuple[CustodyEvent, Any, Any]]
    people: list[EvidencePerson]
    incident: Incident | None
    report: Report | None


def one(work: Work, id: UUID) -> Evidence:
    """What belongs to something that can be seen."""
    work.actor.must(Permission.INCIDENT_READ)
    item = work.get(Evidence, id)
    if item.incident_id is not None:
        search.incident(work, item.incident_id)
    return item


def of_incident(work: Work, incident: Incident) -> list[Line]:
    """The evidence of an incident, of what was merged into it, and of the reports that tell of it."""
    work.actor.must(Permission.INCIDENT_READ)
    ids = search.together(work, [incident.id])
    reports = select(ReportLink.report_id).where(
        ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None)
    )
    return _lines(work, or_(Evidence.incident_id.in_(ids), Evidence.report_id.in_(reports)))


def of_report(work: Work, report: Report) -> list[Line]:
    work.actor.must(Permission.INCIDENT_READ)
    return _lines(work, Evidence.report_id == report.id)


def of_person(work: Work, person: Person) -> list[Line]:
    """What somebody gave, or can be recognised in."""
    work.actor.must(Permission.INCIDENT_READ)
    named = select(EvidencePerson.evidence_id).where(
        EvidencePerson.person_id == person.id, EvidencePerson.undone_on.is_(None)
    )
    return _lines(work, Evidence.id.in_(named))


def _lines(work: Work, which: Any) -> list[Line]:
    query = select(Evidence).where(which).order_by(Evidence.received_on, Evidence.id)
    rows = list(work.db.scalars(query))
    facts = work.read_all(rows, "facts")
    newest = _copies(work, rows)
    return [Line(row, said, newest.get(row.id)) for row, said in zip(rows, facts, strict=True)]


def _copies(work: Work, rows: Sequence[Evidence]) -> dict[UUID, Copy]:
    query = select(WorkingCopy).where(WorkingCopy.evidence_id.in_([row.id for row in rows]))
    found = list(work.db.scalars(query.order_by(WorkingCopy.number)))
    return {
        row.evidence_id: Copy(row, said)
        for row, said in zip(found, work.read_all(found, "facts"), strict=True)
    }


def open_one(work: Work, id: UUID) -> Opened:
    """One piece of evidence with its chain, for its page."""
    item = one(work, id)
    chain = custody.chain(work, id)
    facts, words = work.read_all(chain, "facts"), work.read_all(chain, "words")
    return Opened(
        item=item,
        facts=work.read_all([item], "facts")[0],
        description=work.read_all([item], "description")[0],
        copy=copies.of(work, item),
        custody=list(zip(chain, facts, words, strict=True)),
        people=people(work, item),
        incident=incident_of(work, item),
        report=work.get(Report, item.report_id) if item.report_id else None,
    )


def incident_of(work: Work, item: Evidence) -> Incident | None:
    """The incident it is read under; none while its report is not taken in."""
    id = came_to(work, item)
    return search.incident(work, search.kept(work, id)) if id is not None else None


def came_to(work: Work, item: Evidence) -> UUID | None:
    """The incident it came to, itself or with its report, whatever that one was joined to since."""
    if item.incident_id is not None:
        return item.incident_id
    links = select(ReportLink.incident_id).where(
        ReportLink.report_id == item.report_id, ReportLink.undone_on.is_(None)
    )
    return work.db.scalars(links.order_by(ReportLink.linked_on, ReportLink.id)).first()


def report_to_add_to(work: Work, id: UUID) -> Report:
    """A report whose evidence can be brought in."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    report = work.get(Report, id)
    if report.state == ReportState.ERASED:
        raise NotFound
    return report


# -- who is in it


def people(work: Work, item: Evidence) -> list[EvidencePerson]:
    query = select(EvidencePerson).where(
        EvidencePerson.evidence_id == item.id, EvidencePerson.undone_on.is_(None)
    )
    return list(work.db.scalars(query.order_by(EvidencePerson.part, EvidencePerson.id)))


def name_people(work: Work, item: Evidence, gave: Iterable[UUID], shown: Iterable[UUID]) -> None:
    """Who gave it and who can be recognised in it, all of them: only after this may a copy of it leave."""
    work.actor.must(Permission.EVIDENCE_ADD)
    _must_be_kept(item)
    incident = incident_of(work, item)
    there = {person.id for person, _facts in search.people_of(work, incident.id)} if incident else set()
    wanted = {(id, Part.GAVE) for id in gave} | {(id, Part.SHOWN) for id in shown}
    if {id for id, _part in wanted} - there:
        raise InvalidInput({"shown": [NOT_OF_INCIDENT]})
    held = {(row.person_id, row.part): row for row in people(work, item)}
    for pair in held.keys() - wanted:
        held[pair].undone_on = work.today
    for id, part in sorted(wanted - held.keys()):
        work.add(
            EvidencePerson(
                evidence_id=item.id,
                person_id=id,
                part=part,
                said_by=work.actor.id,
                said_on=work.today,
                undone_on=None,
            )
        )
    item.people_said_by, item.people_said_on = work.actor.id, work.today
    work.note("evidence.people-named", item, count=len(wanted))


def _must_be_kept(item: Evidence) -> None:
    if item.state == EvidenceState.DESTROYED:
        raise Erased
    if item.state != EvidenceState.KEPT:
        raise MoveNotAllowed


# -- in hand


def take_original(work: Work, item: Evidence, reason: str) -> tuple[str, int, Iterator[bytes]]:
    """The original byte for byte: a made name, its size, its bytes. Noted with the reason before the first byte."""
    work.actor.must(Permission.EVIDENCE_ORIGINAL)
    _must_be_kept(item)
    if reason not in OPENING:
        raise ReasonsNeeded
    facts = work.read(item, "facts")
    custody.append(work, item, Custody.COPIED, {"reason": reason, "sha256": facts["sha256"]})
    work.note("evidence.original-taken", item, reason=reason)
    return made_name(item, facts["type"]), facts["size"], pieces.read(work, pieces.original(item))


def made_name(item: Evidence, type: str, what: str = "original") -> str:
    """Says nothing but which piece it is and how it is opened."""
    return f"evidence-{reference(item)}-{what}.{looking.ending(type)}"


def reference(item: Evidence) -> str:
    """By which a piece is found again from a made name."""
    return item.id.hex[:8]


def hand_over(work: Work, item: Evidence, to: str, words: str) -> None:
    """It went into somebody else's hands outside this program: to whom and why."""
    work.actor.must(Permission.EVIDENCE_ADD)
    _must_be_kept(item)
    if not to.strip():
        raise InvalidInput({"to": [_("Say to whom.")]})
    if len(words.strip()) < SHORTEST:
        raise InvalidInput({"words": [ReasonsNeeded.sentence]})
    custody.append(work, item, Custody.TRANSFERRED, words={"to": to.strip(), "words": words.strip()})
    work.note("evidence.handed-over", item)


def erased(facts: Any) -> bool:
    return isinstance(facts, Unreadable) and facts.why == "erased"
