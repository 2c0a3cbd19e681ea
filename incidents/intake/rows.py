"""The rows of an incident, each made from what a document says of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.intake.report import Told, reference
from incidents.model.base import new_id
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person, Presence
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import IncidentState, PersonKind, Verification
from incidents.work import Work


def incident_from(work: Work, report: Report, document: dict[str, Any]) -> Incident:
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


def submitters(work: Work, told: Told, document: dict[str, Any], entry: dict[str, Any]) -> list[str]:
    """Who sent the report; and who takes it in, where the act or its sources are not as they were told."""
    as_told = entry in told.document.get("acts", []) and document.get("sources") == told.document.get(
        "sources"
    )
    return sorted({str(told.report.recorded_by), *(() if as_told else (str(work.actor.id),))})


def act_from(
    work: Work,
    incident: Incident,
    report: Report,
    entry: dict[str, Any],
    number: int,
    submitters: list[str],
) -> Act:
    act = Act(
        incident_id=incident.id,
        verification=Verification.RECEIVED,
        received_on=report.received_on,
        submitted_by=submitters,
        report_id=report.id,
        number=number,
    )
    work.seal(act, facts={name: value for name, value in entry.items() if name != "key"})
    work.add(act)
    return act


def person_from(
    work: Work, told: Told, incident: Incident, entry: dict[str, Any], before: Mapping[UUID, Person]
) -> Person:
    own = told.person_ids.get(entry["key"])
    person = before.get(own) if own else None
    if person is None:
        person = Person(
            id=own or new_id(),
            kind=PersonKind(entry.get("kind") or PersonKind.INDIVIDUAL),
            teller=bool(entry.get("teller")),
        )
    identity = entry.get("identity", {})
    sealed = {name: identity.get(name) for name in IDENTITY_FIELDS}
    if entry.get("safe_contact") or person.safe_contact is not None:
        sealed["safe_contact"] = entry.get("safe_contact")
    work.seal(person, facts=entry.get("facts", {}), **sealed)
    if own in before:
        person.kind = PersonKind(entry.get("kind") or PersonKind.INDIVIDUAL)
        person.teller = bool(entry.get("teller"))
    else:
        work.add(person)
    if own is None:
        work.add(Presence(person_id=person.id, incident_id=incident.id, report_id=told.report.id))
    _consents(work, told, person, entry, again=own in before)
    return person


def _consents(work: Work, told: Told, person: Person, entry: dict[str, Any], *, again: bool) -> None:
    """What the person decided, as their report tells it; what the take-in makes of it is the taker's own entry."""
    people = told.document.get("persons", [])
    said = next((each.get("consent") for each in people if each["key"] == entry["key"]), None)
    if said and said.get("decisions") and (not again or _newly_told(work, told.report)):
        consent.record(work, person, said, entered_by=told.report.recorded_by)
    given = entry.get("consent")
    if given and given.get("decisions") and _undated(given) != _undated(said or {}):
        consent.record(work, person, given, entered_by=work.actor.id, event="changed")


def _newly_told(work: Work, report: Report) -> bool:
    """A newer version of a report whose earlier one was unlinked: what people decide in it was not entered yet."""
    taken = select(ReportLink.id).where(ReportLink.report_id == report.id)
    return report.supersedes is not None and work.db.scalars(taken).first() is None


def _undated(given: dict[str, Any]) -> dict[str, Any]:
    """Without its day, which is filled in where it was not told."""
    return {name: value for name, value in given.items() if name != "on"}


def involvement_from(work: Work, person: Person, act: Act, entry: dict[str, Any]) -> None:
    link = Involvement(person_id=person.id, act_id=act.id)
    facts = {name: value for name, value in entry.items() if name not in ("person", "act")}
    work.seal(link, facts={"part": "DIR", **facts})
    work.add(link)


def everyone_in_everything(document: dict[str, Any]) -> list[dict[str, str]]:
    """Where nobody said who was part of what, each person is in each act."""
    return [
        {"person": person["key"], "act": act["key"]}
        for person in document.get("persons", [])
        for act in document.get("acts", [])
    ]


def perpetrator_from(work: Work, incident: Incident, report: Report, entry: dict[str, Any]) -> None:
    perpetrator = Perpetrator(incident_id=incident.id, report_id=report.id)
    facts = {name: value for name, value in entry.items() if name != "name"}
    work.seal(perpetrator, facts=facts, name=entry.get("name"))
    work.add(perpetrator)


def tellers_as_sources(document: dict[str, Any]) -> list[dict[str, str]]:
    """Who told us is a source. Told in one interview is one origin."""
    mode = document.get("interview", {}).get("mode") or "INP"
    tellers = [person for person in document.get("persons", []) if person.get("teller")]
    return [
        {"type": mode, "relation": "VIC", "reliability": "F", "first_hand": "yes"} for _ in tellers or [None]
    ]


def source_from(
    work: Work, incident: Incident, report: Report, acts: list[Act], entry: dict[str, Any]
) -> None:
    source = Source(incident_id=incident.id, report_id=report.id)
    facts = {"origin": f"report/{report.id}", **{n: v for n, v in entry.items() if n != "citation"}}
    work.seal(source, facts=facts, citation=entry.get("citation"))
    work.add(source)
    for act in acts:
        said = Information(incident_id=incident.id, source_id=source.id, act_id=act.id)
        work.seal(said, facts={"says": "supports", "credibility": "6"})
        work.add(said)
