"""A report becomes an incident with acts, persons, sources and consents, or is linked to a known one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import erasure, search
from incidents.errors import InvalidInput, MoveNotAllowed, NewerVersion, NotFound, _
from incidents.intake import interviews, shaken
from incidents.intake.changing import look_again
from incidents.intake.report import Told, must_be_real, read, taken_in_before
from incidents.intake.rows import (
    act_from,
    everyone_in_everything,
    incident_from,
    involvement_from,
    perpetrator_from,
    person_from,
    source_from,
    submitters,
    tellers_as_sources,
)
from incidents.model.base import is_stored
from incidents.model.incident import Act, Incident
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.vocabulary import IncidentState, ReportState
from incidents.work import Permission, Work

WAITING = (ReportState.RECEIVED, ReportState.NEEDS_INFORMATION)
RECORD, REFUSED = "REC", "refused"
TELLING = ("name", "phone", "documents")  # what tells one person from another
NOT_WRITTEN_DOWN = _("This person said no to being written down. Take them out; the rest can be taken in.")
NOTHING_TOLD = _(
    "No incident was told of in this interview, and no act is coded. Record the interview instead, or code "
    "what happened."
)
OWN_ENTRY = _(
    "This person is in the report already. Code them in their own entry there, so that what they decided "
    "stays with them."
)


@dataclass(frozen=True)
class Same:
    """What a report tells that a known incident holds already: key in the report → act or person there."""

    acts: Mapping[str, UUID] = field(default_factory=dict)
    persons: Mapping[str, UUID] = field(default_factory=dict)


def take_in(
    work: Work,
    id: UUID,
    understood: dict[str, Any] | None = None,
    link_to: UUID | None = None,
    same: Same | None = None,
) -> Incident:
    """The report as told becomes the incident as understood.

    `understood` is the document as the reviewer coded it; without it, as it was told.
    With `link_to`, its acts and people join an incident already known; what `same` names is there already:
    the report supports that act, and its person is that person.
    """
    work.actor.must(Permission.REPORT_TAKE_IN)
    told = read(work, id)
    must_be_real(told.report)
    if told.report.state not in WAITING:
        raise MoveNotAllowed
    if taken_in_before(work, told.report) is not None:
        raise NewerVersion
    parts = select(ReportPart.id).where(ReportPart.report_id == told.report.id)
    erasure.must_be_answered(work, work.db.scalars(parts).all())
    document = told.document if understood is None else understood
    if interviews.is_nothing(document):
        raise InvalidInput({"acts.0.type": [NOTHING_TOLD]})
    kept_as_said(told.document, document)
    known = search.incident(work, search.kept(work, link_to)) if link_to else None
    incident = understand(work, told, document, known, same)
    told.report.state = ReportState.TAKEN_IN
    _linked_again(work, told.report, incident)
    work.note("report.taken-in", told.report, incident=str(incident.id))
    return incident


def understand(
    work: Work,
    told: Told,
    document: dict[str, Any],
    known: Incident | None = None,
    same: Same | None = None,
) -> Incident:
    """The rows of an incident, from a document. The writer of the report counts as its submitter."""
    report = told.report
    same = same or Same()
    incident = known or incident_from(work, report, document)
    if known is not None:
        known.state = IncidentState.OPEN
    there = _known_acts(work, told, known, same)
    acts = {
        entry["key"]: there.get(entry["key"])
        or act_from(work, incident, report, entry, number, submitters(work, told, document, entry))
        for number, entry in enumerate(document.get("acts", []), 1)
    }
    look_again(work, there.values(), ())  # what was decided was decided without what this report adds
    before = _taken_in_before(work, told)
    people: dict[str, Person] = {}
    for entry in document.get("persons", []):
        people[entry["key"]] = person_from(work, told, incident, entry, before)
    for entry in document.get("involvements") or everyone_in_everything(document):
        involvement_from(work, people[entry["person"]], acts[entry["act"]], entry)
    for entry in document.get("perpetrators", []):
        perpetrator_from(work, incident, report, entry)
    for entry in document.get("sources") or tellers_as_sources(document):
        source_from(work, incident, report, list(acts.values()), entry)
    work.add(
        ReportLink(
            report_id=report.id, incident_id=incident.id, linked_by=work.actor.id, linked_on=work.today
        )
    )
    _same_persons(work, known, people, same)
    search.file(work, incident, document, people, new=known is None)
    interviews.keep(work, report, document)
    return incident


# -- nobody's no is lost


def kept_as_said(told: dict[str, Any], understood: dict[str, Any]) -> None:
    """Whoever said no to being written down is not taken in, under no key; and nobody else's no is dropped."""
    people = {entry["key"]: entry for entry in told.get("persons", [])}
    entries = list(enumerate(understood.get("persons", [])))
    for number, entry in entries:
        if _refuses(people.get(entry["key"], {}), RECORD) or _refuses(entry, RECORD):
            raise InvalidInput({f"persons.{number}.identity.name": [NOT_WRITTEN_DOWN]})
    gone = [entry for key, entry in people.items() if key not in {each["key"] for _n, each in entries}]
    for number, entry in entries:
        if entry["key"] not in people and any(_refuses(other) or alike(other, entry) for other in gone):
            raise InvalidInput({f"persons.{number}.identity.name": [OWN_ENTRY]})
        named = [other for other in people.values() if _refuses(other) and alike(other, entry, ("name",))]
        if entry["key"] not in people and named:
            raise InvalidInput({f"persons.{number}.identity.name": [OWN_ENTRY]})


def _refuses(entry: dict[str, Any], purpose: str | None = None) -> bool:
    decisions = (entry.get("consent") or {}).get("decisions") or {}
    return decisions.get(purpose) == REFUSED if purpose else REFUSED in decisions.values()


def alike(one: dict[str, Any], other: dict[str, Any], fields: Sequence[str] = TELLING) -> bool:
    """The same name, phone or document: one person under two keys."""
    said, again = one.get("identity") or {}, other.get("identity") or {}
    return any(said.get(name) and _bare(said[name]) == _bare(again.get(name)) for name in fields)


def _bare(text: str | None) -> str:
    return "".join(sign for sign in (text or "").casefold() if sign.isalnum())


# -- what is known already


def _known_acts(work: Work, told: Told, known: Incident | None, same: Same) -> dict[str, Act]:
    """The acts of the incident that this report tells of too; its writer and its taker do not verify them."""
    if not same.acts:
        return {}
    there = (
        {act.id: act for act, _facts in search.acts_of(work, search.together(work, [known.id]))}
        if known
        else {}
    )
    if not set(same.acts.values()) <= there.keys():
        raise NotFound
    found = {key: there[id] for key, id in same.acts.items()}
    work.vouched(list(found.values()))
    for act in found.values():
        act.submitted_by = sorted({*act.submitted_by, str(told.report.recorded_by), str(work.actor.id)})
    return found


def _same_persons(work: Work, known: Incident | None, people: Mapping[str, Person], same: Same) -> None:
    """Two records, one person: the record of this report stays its own, so that it can be erased with its part."""
    there = (
        {person.id for person, _facts in search.people_of(work, known.id)}
        if known and same.persons
        else set()
    )
    for key, id in same.persons.items():
        if id not in there:
            raise NotFound
        if key not in people:
            continue
        one, other = search.kept(work, id, Arrangement.SAME_PERSON), people[key].id
        if search.kept(work, other, Arrangement.SAME_PERSON) == one:
            continue
        shaken.joined(work, one, other)
        joined = Rearrangement(
            kind=Arrangement.SAME_PERSON,
            kept_id=one,
            gone_id=other,
            done_by=work.actor.id,
            done_on=work.today,
        )
        work.seal(joined, reasons=None)
        work.add(joined)
        work.note("rearranged", joined, kind=Arrangement.SAME_PERSON.value)


def _taken_in_before(work: Work, told: Told) -> dict[UUID, Person]:
    """The people of a report that was taken in and unlinked: they are themselves again."""
    if not is_stored(told.report):
        return {}
    rows = work.db.scalars(select(Person).where(Person.id.in_(told.person_ids.values())))
    return {person.id: person for person in rows}


def _linked_again(work: Work, report: Report, incident: Incident) -> None:
    """That it did not tell of this incident holds no more."""
    said = select(Rearrangement).where(
        Rearrangement.kind == Arrangement.UNLINKED,
        Rearrangement.gone_id == report.id,
        Rearrangement.kept_id == incident.id,
        Rearrangement.undone_on.is_(None),
    )
    for row in work.db.scalars(said):
        row.undone_by, row.undone_on = work.actor.id, work.today
