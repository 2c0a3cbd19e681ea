"""A report becomes an incident with acts, persons, sources and consents, or is linked to a known one."""

from typing import Any
from uuid import UUID, uuid4

from incidents import consent, search
from incidents.errors import MoveNotAllowed, NewerVersion
from incidents.intake.report import Told, read, reference
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import IncidentState, PersonKind, ReportState, Verification
from incidents.work import Permission, Work

WAITING = (ReportState.RECEIVED, ReportState.NEEDS_INFORMATION)


def take_in(
    work: Work, id: UUID, understood: dict[str, Any] | None = None, link_to: UUID | None = None
) -> Incident:
    """The report as told becomes the incident as understood.

    `understood` is the document as the reviewer coded it; without it, as it was told.
    With `link_to`, its acts and people join an incident already known.
    """
    work.actor.must(Permission.REPORT_TAKE_IN)
    told = read(work, id)
    if told.report.state not in WAITING:
        raise MoveNotAllowed
    if told.report.supersedes is not None:
        raise NewerVersion
    document = told.document if understood is None else understood
    known = search.incident(work, link_to) if link_to else None
    incident = understand(work, told, document, known)
    told.report.state = ReportState.TAKEN_IN
    work.note("report.taken-in", told.report, incident=str(incident.id))
    return incident


def understand(work: Work, told: Told, document: dict[str, Any], known: Incident | None = None) -> Incident:
    """The rows of an incident, from a document. The writer of the report counts as its submitter."""
    report = told.report
    incident = known or _incident(work, report, document)
    acts = {
        entry["key"]: _act(work, incident, report, entry, known, _submitters(work, told, document, entry))
        for entry in document.get("acts", [])
    }
    people: dict[str, Person] = {}
    for entry in document.get("persons", []):
        people[entry["key"]] = _person(work, told, entry)
    for entry in document.get("involvements") or _everyone_in_everything(document):
        _involvement(work, people[entry["person"]], acts[entry["act"]], entry)
    for entry in document.get("perpetrators", []):
        _perpetrator(work, incident, entry)
    for entry in document.get("sources") or _tellers_as_sources(document):
        _source(work, incident, report, list(acts.values()), entry)
    work.add(
        ReportLink(
            report_id=report.id, incident_id=incident.id, linked_by=work.actor.id, linked_on=work.today
        )
    )
    return incident


def _incident(work: Work, report: Report, document: dict[str, Any]) -> Incident:
    incident = Incident(
        reference=reference("I"),
        state=IncidentState.OPEN,
        received_on=report.received_on,
        recorded_by=work.actor.id,
        batch_id=report.batch_id,
    )
    facts = {**document.get("incident", {}), "interview": document.get("interview", {})}
    work.seal(incident, facts=facts, narrative=document.get("narrative"), summary=document.get("summary"))
    work.add(incident)
    work.note("incident.recorded", incident)
    return incident


def _submitters(work: Work, told: Told, document: dict[str, Any], entry: dict[str, Any]) -> list[str]:
    """Who sent the report; and who takes it in, where the act or its sources are not as they were told."""
    as_told = entry in told.document.get("acts", []) and document.get("sources") == told.document.get(
        "sources"
    )
    return sorted({str(told.report.recorded_by), *(() if as_told else (str(work.actor.id),))})


def _act(
    work: Work,
    incident: Incident,
    report: Report,
    entry: dict[str, Any],
    known: Incident | None,
    submitters: list[str],
) -> Act:
    act = Act(
        incident_id=incident.id,
        verification=Verification.RECEIVED,
        received_on=report.received_on,
        submitted_by=submitters,
    )
    work.seal(act, facts={name: value for name, value in entry.items() if name != "key"})
    work.add(act)
    if known is not None:
        known.state = IncidentState.OPEN
    return act


def _person(work: Work, told: Told, entry: dict[str, Any]) -> Person:
    person = Person(
        id=told.person_ids.get(entry["key"]) or uuid4(),
        kind=PersonKind(entry.get("kind") or PersonKind.INDIVIDUAL),
        teller=bool(entry.get("teller")),
    )
    identity = entry.get("identity", {})
    work.seal(person, facts=entry.get("facts", {}), **{name: identity.get(name) for name in IDENTITY_FIELDS})
    work.add(person)
    _consents(work, told, person, entry)
    return person


def _consents(work: Work, told: Told, person: Person, entry: dict[str, Any]) -> None:
    """What the person decided, as their report tells it; what the take-in makes of it is the taker's own entry."""
    people = told.document.get("persons", [])
    said = next((each.get("consent") for each in people if each["key"] == entry["key"]), None)
    if said and said.get("decisions"):
        consent.record(work, person, said, entered_by=told.report.recorded_by)
    given = entry.get("consent")
    if given and given.get("decisions") and _undated(given) != _undated(said or {}):
        consent.record(work, person, given, entered_by=work.actor.id, event="changed")


def _undated(given: dict[str, Any]) -> dict[str, Any]:
    """Without its day, which is filled in where it was not told."""
    return {name: value for name, value in given.items() if name != "on"}


def _involvement(work: Work, person: Person, act: Act, entry: dict[str, Any]) -> None:
    link = Involvement(person_id=person.id, act_id=act.id)
    facts = {name: value for name, value in entry.items() if name not in ("person", "act")}
    work.seal(link, facts={"part": "DIR", **facts})
    work.add(link)


def _everyone_in_everything(document: dict[str, Any]) -> list[dict[str, str]]:
    """Where nobody said who was part of what, each person is in each act."""
    return [
        {"person": person["key"], "act": act["key"]}
        for person in document.get("persons", [])
        for act in document.get("acts", [])
    ]


def _perpetrator(work: Work, incident: Incident, entry: dict[str, Any]) -> None:
    perpetrator = Perpetrator(incident_id=incident.id)
    work.seal(perpetrator, facts=entry, name=None)
    work.add(perpetrator)


def _tellers_as_sources(document: dict[str, Any]) -> list[dict[str, str]]:
    """Who told us is a source. Told in one interview is one origin."""
    mode = document.get("interview", {}).get("mode") or "INP"
    tellers = [person for person in document.get("persons", []) if person.get("teller")]
    return [
        {"type": mode, "relation": "VIC", "reliability": "F", "first_hand": "yes"} for _ in tellers or [None]
    ]


def _source(work: Work, incident: Incident, report: Report, acts: list[Act], entry: dict[str, Any]) -> None:
    source = Source(incident_id=incident.id)
    facts = {"origin": f"report/{report.id}", **{n: v for n, v in entry.items() if n != "citation"}}
    work.seal(source, facts=facts, citation=entry.get("citation"))
    work.add(source)
    for act in acts:
        said = Information(incident_id=incident.id, source_id=source.id, act_id=act.id)
        work.seal(said, facts={"says": "supports", "credibility": "6"})
        work.add(said)
