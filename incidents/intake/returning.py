"""The records of an export, made anew: the same documents under new ids, looked at by nobody yet.

Nothing is linked to what the same file did not bring: so a file that somebody wrote by hand reaches no record of this
house. Who recorded, sent or verified it elsewhere is not known here: whoever brings it in counts as its submitter.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.errors import _
from incidents.intake.judging import NEW, REFUSED, Line
from incidents.intake.own import Batches, Entry, id_here
from incidents.intake.recognized import Known, brought, document_of, judged_one, known_of, some_of, waits
from incidents.intake.report import REASONS_ASIDE, REASONS_TO_ASK, make, reference
from incidents.model.consent import Withdrawal
from incidents.model.follow_up import Intervention
from incidents.model.incident import Act, Incident, IncidentLink, Information, Perpetrator, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person, Presence
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import Interview, Report, ReportLink, ReportPart
from incidents.model.vocabulary import IncidentState, ReportState, Verification
from incidents.work import Work

ALONE = _("The file does not hold what this belongs to.")
LEFT_OUT = _("Left out, because the file does not hold what they belong to: %(count)s.")
BY_REPORT = "report/"  # begins the origin of a source that is a report
REASON_OF = {
    ReportState.SET_ASIDE: ("report.set-aside", REASONS_ASIDE),
    ReportState.NEEDS_INFORMATION: ("report.asked", REASONS_TO_ASK),
}


def take(work: Work, chunk: Sequence[Entry], batches: Batches) -> list[Line]:
    """The rows of each record that is new; what was brought by an earlier run of the same import is there."""
    known = known_of(work, chunk)
    ours = _ours(work, chunk, batches)
    taken = _taken(work, chunk)
    lines = []
    for entry in chunk:
        line = judged_one(entry, known, batches.ids)
        if line.outcome == NEW and id_here(entry.id) not in known.there:
            line = _made(Rows(work, batches, known, ours, taken), entry, line)
        lines.append(line)
    return lines


def _made(rows: "Rows", entry: Entry, line: Line) -> Line:
    make_one: Callable[[UUID, Entry], bool] = getattr(rows, entry.kind)
    if not make_one(id_here(entry.id), entry):
        return replace(line, outcome=REFUSED, reason=rows.known.say(ALONE))
    said = [line.reason, rows.known.say(LEFT_OUT) % {"count": rows.left_out} if rows.left_out else ""]
    return replace(line, reason=" ".join(filter(None, said)))


def _ours(work: Work, chunk: Sequence[Entry], batches: Batches) -> set[UUID]:
    """Of all that the records of a chunk name: what this import brought before."""
    named = [id_here(id) for entry in chunk for id in _named(entry.value)]
    found = {
        id
        for kind in (Report, Incident, Person)
        for id, batch in brought(work, kind, named).items()
        if batch in batches.ids
    }
    acts = some_of(
        work,
        named,
        lambda some: (
            select(Act.id).join(Incident).where(Act.id.in_(some), Incident.batch_id.in_(batches.ids))
        ),
    )
    told = _told(work, chunk, batches)
    return found | told | {row[0] for row in acts}


def _told(work: Work, chunk: Sequence[Entry], batches: Batches) -> set[UUID]:
    """People of this chunk of whom a report of this import tells."""
    ids = [id_here(entry.id) for entry in chunk if entry.kind == "person"]
    query = select(ReportPart.person_id).join(Report).where(Report.batch_id.in_(batches.ids))
    return {row[0] for row in some_of(work, ids, lambda some: query.where(ReportPart.person_id.in_(some)))}


def _named(value: Any) -> Iterator[UUID]:
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _taken(work: Work, chunk: Sequence[Entry]) -> set[str]:
    """References that other records here have already."""
    wanted = [entry.value["reference"] for entry in chunk if "reference" in entry.value]
    return {
        each
        for kind in (Report, Incident)
        for each in work.db.scalars(select(kind.reference).where(kind.reference.in_(wanted)))
    }


@dataclass
class Rows:
    """Makes the rows of one record. `ours` grows with what it makes; what belongs to nothing here is left out."""

    work: Work
    batches: Batches
    known: Known
    ours: set[UUID]
    taken: set[str]
    left_out: int = 0

    def _is_ours(self, *ids: UUID | None) -> bool:
        held = all(id is None or id_here(id) in self.ours for id in ids)
        self.left_out += not held
        return held

    def _reference(self, said: str) -> str:
        return reference(said[0]) if said in self.taken else said

    def report(self, id: UUID, entry: Entry) -> bool:
        value = entry.value
        waiting = waits(entry, self.known, self.batches.ids)
        told = make(
            self.work,
            document_of(entry, self.known),
            channel=value["channel"],
            client_id=id,
            known={key: id_here(each) for key, each in value["people"].items()},
            id=id,
            reference=self._reference(value["reference"]),
            received_on=value["received_on"],
            state=ReportState.RECEIVED if waiting else value["state"],
            batch_id=self.batches.of(value.get("basis")),
            supersedes=_maybe(value.get("supersedes")),
            edition=value["edition"],
        )
        self.ours.update((id, *told.person_ids.values()))
        self._state(told.report, value)
        if "interview" in value:
            row = Interview(report_id=id, recorded_by=self.work.actor.id, received_on=value["received_on"])
            self.work.seal(row, facts={"schema": 1, **value["interview"]})
            self.work.add(row)
        return True

    def _state(self, report: Report, value: dict[str, Any]) -> None:
        """The code that stands behind a state is kept in the trail."""
        event, reasons = REASON_OF.get(report.state, ("", ()))
        if value.get("reason") in reasons:
            self.work.note(event, report, reason=value["reason"])

    def incident(self, id: UUID, entry: Entry) -> bool:
        value, work = entry.value, self.work
        row = Incident(
            id=id,
            reference=self._reference(value["reference"]),
            state=IncidentState.OPEN,
            received_on=value["received_on"],
            recorded_by=work.actor.id,
            batch_id=self.batches.of(value.get("basis")),
        )
        words = {name: value.get(name) for name in ("narrative", "summary")}
        work.seal(row, facts=value["facts"], **words)
        work.add(row)
        work.note("incident.recorded", row)
        self.ours.add(id)
        self._links(row, value.get("reports", []))
        self._acts(row, value)
        self._sources(row, value)
        self._beside(row, value)
        return True

    def _links(self, incident: Incident, links: Iterable[dict[str, Any]]) -> None:
        for link in links:
            if self._is_ours(link["report"]):
                self.work.add(
                    ReportLink(
                        report_id=id_here(link["report"]),
                        incident_id=incident.id,
                        linked_by=self.work.actor.id,
                        linked_on=link["linked_on"],
                        undone_on=link.get("undone_on"),
                    )
                )

    def _acts(self, incident: Incident, value: dict[str, Any]) -> None:
        """Verified by nobody yet, and not by whoever brings them in."""
        for entry in value.get("acts", []):
            act = Act(
                id=id_here(entry["id"]),
                incident_id=incident.id,
                verification=Verification.RECEIVED,
                received_on=incident.received_on,
                submitted_by=[str(self.work.actor.id)],
                report_id=_maybe(entry.get("report")),
                number=entry.get("number"),
                left_on=entry.get("left_on"),
                left_for=_maybe(entry.get("left_for")),
            )
            self.work.seal(act, facts=entry["facts"])
            self.work.add(act)
            self.ours.add(act.id)

    def _sources(self, incident: Incident, value: dict[str, Any]) -> None:
        for entry in value.get("sources", []):
            source = Source(
                id=id_here(entry["id"]),
                incident_id=incident.id,
                report_id=_maybe(entry.get("report")),
                left_on=entry.get("left_on"),
            )
            self.work.seal(source, facts=_with_origin(entry["facts"]), citation=entry.get("citation"))
            self.work.add(source)
            self.ours.add(source.id)
        for entry in value.get("information", []):
            if self._is_ours(entry["source"], entry["act"]):
                ends = {"source_id": id_here(entry["source"]), "act_id": id_here(entry["act"])}
                said = Information(incident_id=incident.id, **ends)
                self.work.seal(said, facts=entry["facts"])
                self.work.add(said)

    def _beside(self, incident: Incident, value: dict[str, Any]) -> None:
        for entry in value.get("perpetrators", []):
            doer = Perpetrator(
                incident_id=incident.id, report_id=_maybe(entry.get("report")), left_on=entry.get("left_on")
            )
            self.work.seal(doer, facts=entry["facts"], name=entry.get("name"))
            self.work.add(doer)
        for entry in value.get("interventions", []):
            done = Intervention(
                incident_id=incident.id, recorded_by=self.work.actor.id, recorded_on=entry["recorded_on"]
            )
            self.work.seal(done, facts={"schema": 1, **entry["facts"]}, notes=entry.get("notes") or "")
            self.work.add(done)

    def person(self, id: UUID, entry: Entry) -> bool:
        value, work = entry.value, self.work
        present = [
            each for each in value.get("presences", []) if self._is_ours(each["incident"], each.get("report"))
        ]
        if id not in self.ours and not present:
            return False
        row = Person(id=id, kind=value["kind"], teller=value["teller"])
        sealed = {name: value["identity"].get(name) for name in IDENTITY_FIELDS}
        if "safe_contact" in value:
            sealed["safe_contact"] = value["safe_contact"]
        work.seal(row, facts=value["facts"], **sealed)
        work.add(row)
        self.ours.add(id)
        for each in present:
            ends = {"incident_id": id_here(each["incident"]), "report_id": _maybe(each.get("report"))}
            work.add(Presence(person_id=id, **ends))
        for each in value.get("involvements", []):
            if self._is_ours(each["act"]):
                part = Involvement(person_id=id, act_id=id_here(each["act"]), left_on=each.get("left_on"))
                work.seal(part, facts=each["facts"])
                work.add(part)
        self._decisions(row, value)
        return True

    def _decisions(self, person: Person, value: dict[str, Any]) -> None:
        """What the person decided, in the same order; entered by whoever brings it in."""
        for said in value.get("consents", []):
            event = said.pop("event")
            consent.record(self.work, person, said, entered_by=self.work.actor.id, event=event)
        for stop in value.get("withdrawals", []):
            row = Withdrawal(
                person_id=person.id,
                purposes=sorted(stop["purposes"]),
                withdrawn_on=stop["on"],
                entered_by=self.work.actor.id,
            )
            self.work.add(row)
            self.work.note("consent.withdrawn", person, purposes=row.purposes)

    def arrangement(self, id: UUID, entry: Entry) -> bool:
        value = entry.value
        if not self._is_ours(value["kept"], value["gone"]):
            return False
        row = Rearrangement(
            id=id,
            kind=value["kind"],
            kept_id=id_here(value["kept"]),
            gone_id=id_here(value["gone"]),
            done_by=self.work.actor.id,
            done_on=value["done_on"],
            undone_by=self.work.actor.id if value.get("undone_on") else None,
            undone_on=value.get("undone_on"),
        )
        self.work.seal(row, reasons=value.get("reasons"))
        self.work.add(row)
        self.work.note("rearranged", row, kind=row.kind.value)
        return True

    def link(self, id: UUID, entry: Entry) -> bool:
        value = entry.value
        if not self._is_ours(value["incident"], value["other"]):
            return False
        row = IncidentLink(
            id=id,
            incident_id=id_here(value["incident"]),
            other_id=id_here(value["other"]),
            kind=value["kind"],
            linked_by=self.work.actor.id,
            linked_on=value["linked_on"],
            undone_on=value.get("undone_on"),
        )
        self.work.add(row)
        self.work.note("incident.linked", row, kind=row.kind)
        return True


def _maybe(id: UUID | None) -> UUID | None:
    return None if id is None else id_here(id)


def _with_origin(facts: dict[str, Any]) -> dict[str, Any]:
    """A source whose origin is a report has it in the report as it is called here."""
    kind, _slash, id = facts.get("origin", "").partition(BY_REPORT)
    try:
        return facts if kind or not id else {**facts, "origin": f"{BY_REPORT}{id_here(UUID(id))}"}
    except ValueError:  # words of its own
        return facts
