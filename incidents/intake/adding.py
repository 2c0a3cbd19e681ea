"""What was forgotten at take-in is added to the incident; what was wrong is taken out of it, and can be brought back.

Nothing is deleted. What was added counts as told by a report of the incident, and goes when that report is unlinked;
whoever added it verifies nothing that rests on it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import select

from incidents.errors import InvalidInput, MoveNotAllowed, _
from incidents.intake import schema
from incidents.intake.changing import taken_out
from incidents.intake.editing import incidents_of, must, must_count, reasons_of, settle, valid, written
from incidents.model.edit import Edit, EditKind
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import PersonKind, Verification
from incidents.search import acts_of, people_of, refile, together
from incidents.search import incident as seen_incident
from incidents.work import Permission, Work

Leaving: TypeAlias = Act | Involvement | Perpetrator | Source
BEHIND = 10_000  # no report tells of so many acts: one that was added stands behind those it told of
WHICH_REPORT = _("Several reports tell of this incident. Choose the one it belongs to.")
THERE = _("They are in this act already.")
NOT_HERE = _("Choose an act and a person of this incident.")


# -- added


def add_act(
    work: Work,
    incident: Incident,
    facts: Mapping[str, Any],
    reasons: str,
    *,
    report: UUID | None = None,
    parts: Mapping[UUID, Mapping[str, Any]] | None = None,
) -> Act:
    """An act that was forgotten, and who of the incident had which part in it. Nobody has verified it.

    The sources of its report tell of it.
    """
    reasons, link = _may(work, incident, reasons, report)
    said = valid(Act, facts)
    _must_be_here(work, incident, parts or {})
    act = Act(
        incident_id=link.incident_id,
        verification=Verification.RECEIVED,
        received_on=work.get(Incident, link.incident_id).received_on,
        submitted_by=sorted({str(work.get(Report, link.report_id).recorded_by), str(work.actor.id)}),
        report_id=link.report_id,
        number=_behind(work, link),
    )
    work.seal(act, facts=said)
    work.add(act)
    for source in _sources(work, link):
        told = Information(incident_id=act.incident_id, source_id=source.id, act_id=act.id)
        work.seal(told, facts={"says": "supports", "credibility": "6"})
        work.add(told)
    written(work, act, EditKind.ADDED, reasons)
    for person, part in (parts or {}).items():
        _involve(work, person, act.id, part, reasons)
    settle(work, act)
    return act


def _must_be_here(work: Work, incident: Incident, people: Iterable[UUID]) -> None:
    there = {each.id for each, _facts in people_of(work, incident.id)}
    if not set(people) <= there:
        raise InvalidInput({"person": [NOT_HERE]})


def _involve(work: Work, person: UUID, act: UUID, facts: Mapping[str, Any], reasons: str) -> Involvement:
    part = Involvement(person_id=person, act_id=act)
    work.seal(part, facts=valid(Involvement, facts))
    work.add(part)
    written(work, part, EditKind.ADDED, reasons)
    return part


def _behind(work: Work, link: ReportLink) -> int:
    numbers = work.db.scalars(select(Act.number).where(Act.report_id == link.report_id))
    return max([BEHIND, *(number for number in numbers if number is not None)]) + 1


def _sources(work: Work, link: ReportLink) -> list[Source]:
    here = Source.incident_id == link.incident_id
    told = (Source.report_id == link.report_id) | Source.report_id.is_(None)
    return list(work.db.scalars(select(Source).where(here, told, Source.left_on.is_(None))))


def add_person(
    work: Work,
    incident: Incident,
    said: Mapping[str, Any],
    reasons: str,
    *,
    report: UUID | None = None,
) -> Person:
    """Somebody who was forgotten: kind, facts and identity as in a report. Nobody has asked them anything yet."""
    reasons, link = _may(work, incident, reasons, report)
    entry = _person(said)
    person = Person(kind=PersonKind(entry.get("kind") or PersonKind.INDIVIDUAL), teller=False)
    identity = entry.get("identity", {})
    sealed = {name: identity.get(name) for name in IDENTITY_FIELDS}
    work.seal(person, facts=entry.get("facts", {}), **sealed)
    work.add(person)
    work.add(Presence(person_id=person.id, incident_id=link.incident_id, report_id=link.report_id))
    written(work, person, EditKind.ADDED, reasons)
    refile(work, incident.id)
    return person


def _person(said: Mapping[str, Any]) -> dict[str, Any]:
    kind = schema.PersonSchema(only=("kind", "facts", "identity"))
    try:
        entry: dict[str, Any] = kind.load(schema.emptied(dict(said)))
    except ValidationError as error:
        raise InvalidInput(schema.flat(error.messages)) from None
    return entry


def add_involvement(
    work: Work, incident: Incident, person: UUID, act: UUID, facts: Mapping[str, Any], reasons: str
) -> Involvement:
    """The part of somebody in an act, both of this incident. The act is looked at anew."""
    work.actor.must(Permission.REVIEW_DECIDE)
    reasons = reasons_of(reasons)
    acts = {each.id for each, _facts in acts_of(work, together(work, [seen_incident(work, incident.id).id]))}
    if act not in acts:
        raise InvalidInput({"act": [NOT_HERE]})
    _must_be_here(work, incident, [person])
    if _is_in(work, person, act):
        raise InvalidInput({"person": [THERE]})
    part = _involve(work, person, act, facts, reasons)
    settle(work, part)
    return part


def _is_in(work: Work, person: UUID, act: UUID) -> bool:
    there = select(Involvement.id).where(
        Involvement.person_id == person, Involvement.act_id == act, Involvement.left_on.is_(None)
    )
    return work.db.scalars(there).first() is not None


def add_perpetrator(
    work: Work,
    incident: Incident,
    facts: Mapping[str, Any],
    reasons: str,
    *,
    name: str | None = None,
    report: UUID | None = None,
) -> Perpetrator:
    """An alleged doer who was forgotten. Every act of the incident is looked at anew."""
    reasons, link = _may(work, incident, reasons, report)
    doer = Perpetrator(incident_id=link.incident_id, report_id=link.report_id)
    work.seal(doer, facts=valid(Perpetrator, facts), name=(name or "").strip() or None)
    work.add(doer)
    written(work, doer, EditKind.ADDED, reasons)
    settle(work, doer)
    return doer


def _may(work: Work, incident: Incident, reasons: str, report: UUID | None) -> tuple[str, ReportLink]:
    """The reason, and the report that what is added belongs to, with the incident it was taken in as."""
    work.actor.must(Permission.REVIEW_DECIDE)
    ids = together(work, [seen_incident(work, incident.id).id])
    query = select(ReportLink).where(ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None))
    links = {link.report_id: link for link in work.db.scalars(query.order_by(ReportLink.id))}
    if report is None and len(links) != 1:
        raise InvalidInput({"report": [WHICH_REPORT]})
    link = links.get(report or next(iter(links)))
    if link is None:
        raise InvalidInput({"report": [WHICH_REPORT]})
    work.vouched([incident, link])
    return reasons_of(reasons), link


# -- taken out, and brought back


def take_out(work: Work, record: Leaving, version: int, reasons: str) -> list[Act]:
    """It was wrong: from now on it counts nowhere. Which acts that rested on it go back to be verified."""
    reasons = must(work, record, version, reasons)
    must_count(record)
    work.vouched([record])
    record.left_on = work.today
    written(work, record, EditKind.TAKEN_OUT, reasons)
    return settle(work, record)


def bring_back(work: Work, record: Leaving, version: int, reasons: str) -> list[Act]:
    """It counts again, and is looked at anew. Only what an edit took out, while its report still tells of it."""
    reasons = must(work, record, version, reasons)
    if not taken_out(work, record) or not _still_told(work, record):
        raise MoveNotAllowed
    work.vouched([record])
    record.left_on = None
    written(work, record, EditKind.BROUGHT_BACK, reasons)
    return settle(work, record)


def _still_told(work: Work, record: Leaving) -> bool:
    if isinstance(record, Involvement):
        act = work.get(Act, record.act_id)
        there = {person.id for person, _facts in people_of(work, incidents_of(work, record)[0].id)}
        return (
            act.left_on is None and record.person_id in there and not _is_in(work, record.person_id, act.id)
        )
    ids = together(work, [record.incident_id])
    link = select(ReportLink.id).where(
        ReportLink.report_id == record.report_id,
        ReportLink.incident_id.in_(ids),
        ReportLink.undone_on.is_(None),
    )
    unlinked = select(Rearrangement.id).where(
        Rearrangement.kind == Arrangement.UNLINKED,
        Rearrangement.gone_id == record.report_id,
        Rearrangement.kept_id.in_(ids),
    )
    told = record.report_id is None or work.db.scalars(link).first() is not None
    return told and work.db.scalars(unlinked).first() is None


def left(work: Work, incidents: Iterable[Incident]) -> list[Leaving]:
    """What an edit took out of these incidents: it counts no more, and its history is still theirs."""
    work.actor.must(Permission.INCIDENT_READ)
    ids = [each.id for each in incidents]
    found: list[Leaving] = []
    kind: Any
    for kind in (Act, Perpetrator, Source):
        found += work.db.scalars(select(kind).where(kind.incident_id.in_(ids), kind.left_on.is_not(None)))
    parts = select(Involvement).join(Act, Act.id == Involvement.act_id)
    found += work.db.scalars(parts.where(Act.incident_id.in_(ids), Involvement.left_on.is_not(None)))
    known = set(
        work.db.scalars(select(Edit.record_id).where(Edit.record_id.in_([each.id for each in found])))
    )
    return [each for each in found if each.id in known]
