"""All that belongs to some incidents, as an export writes it; without what was told by nobody who wants to be kept."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.intake import report as reports
from incidents.intake.outgoing import (
    ERASED,
    Left,
    Row,
    opened,
    plain,
    rows_of,
    silent,
    staying_out,
    text_of,
    told_together,
    without_empty,
)
from incidents.model.follow_up import Intervention
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import Involvement
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.vocabulary import PartKind, Verification
from incidents.work import Work


class Within:
    """All that belongs to some incidents, opened together and given out one by one."""

    def __init__(self, work: Work, found: Sequence[Incident], left: Left) -> None:
        self.work, self.left = work, left
        self.ids = [each.id for each in found]
        self.facts = opened(work, found, "facts", left)
        self.silent = self._silent(work)
        links = rows_of(work, ReportLink, ReportLink.incident_id.in_(self.ids))
        self.told = _told(links)
        self.quiet = silent(work, (report for told in self.told.values() for report in told))
        self.together = told_together(work, (report for told in self.told.values() for report in told))
        left.leave("incidents_withdrawn", {id for id, told in self.told.items() if told <= self.quiet})
        self.words = {name: opened(work, found, name, left) for name in ("narrative", "summary")}
        links = left.without_gone([each for each in links if each.report_id not in self.quiet], "report_id")
        said = rows_of(work, Information, Information.incident_id.in_(self.ids))
        sources = self._heard(rows_of(work, Source, Source.incident_id.in_(self.ids)))
        acts = self._acts(said, sources)
        ends = {each.id for each in (*sources, *acts)}
        said = [each for each in said if {each.source_id, each.act_id} <= ends]
        doers = self._heard(rows_of(work, Perpetrator, Perpetrator.incident_id.in_(self.ids)))
        doers = self._told_alone(doers)
        done = rows_of(work, Intervention, Intervention.incident_id.in_(self.ids))
        self.said = self._said()
        self.belongs = {
            "reports": self._by_incident(links, _link),
            "acts": self._sealed(acts, self._act, "facts"),
            "sources": self._sealed(sources, self._source, "facts", "citation"),
            "perpetrators": self._sealed(doers, self._doer, "facts", "name"),
            "information": self._sealed(said, _information, "facts"),
            "interventions": self._sealed(done, _intervention, "facts", "notes"),
        }

    def rows(self, found: Iterable[Incident]) -> list[Row]:
        """A line for each that is not left out whole."""
        return [self.row(each) for each in found if each.id in self.facts and each.id not in self.left.gone]

    def _silent(self, work: Work) -> set[UUID]:
        """Incidents whose account is that of somebody who does not want to be kept."""
        query = select(ReportLink.incident_id, ReportPart.person_id).join(
            ReportPart, ReportPart.report_id == ReportLink.report_id
        )
        query = query.where(
            ReportLink.incident_id.in_(self.ids),
            ReportLink.undone_on.is_(None),
            ReportPart.kind == PartKind.TELLER,
        )
        told: list[tuple[UUID, UUID]] = [(row[0], row[1]) for row in work.db.execute(query)]  # type: ignore[misc]
        staying = staying_out(work, (person for _incident, person in told))
        return {incident for incident, person in told if staying.get(person, ERASED) != ERASED}

    def _heard(self, rows: Sequence[Any]) -> list[Any]:
        """What was not told in a report that stays out."""
        return [row for row in rows if row.report_id not in self.quiet]

    def _told_alone(self, rows: Sequence[Any]) -> list[Any]:
        """What nobody told together with somebody who does not want to be kept."""
        alone = [row for row in rows if row.report_id not in self.together]
        self.left["told_together"] += len(rows) - len(alone)
        return alone

    def _acts(self, said: Sequence[Information], sources: Sequence[Source]) -> list[Act]:
        """Acts of which somebody tells who wants to be kept, and that an erasure has not left without a source."""
        by_source = {each.id: each.report_id for each in sources}
        heard = {each.act_id for each in said if each.source_id in by_source}
        alone = {each.act_id for each in said if by_source.get(each.source_id) not in {None, *self.together}}
        found = rows_of(self.work, Act, Act.incident_id.in_(self.ids))
        goes = [each for each in found if self._is_told(each, heard)]
        gone = {each.id for each in found} - {each.id for each in goes}
        self.left.leave("acts_withdrawn", gone)
        lived = self._lived(
            [each for each in goes if each.report_id in self.together and each.id not in alone]
        )
        shared = {each.id for each in goes if each.report_id in self.together} - alone - lived
        self.left.leave("told_together", shared)
        return [each for each in goes if each.id not in shared]

    def _is_told(self, act: Act, heard: set[UUID]) -> bool:
        if act.verification == Verification.SOURCE_WITHDREW or act.incident_id in self.left.gone:
            return False
        return act.report_id not in self.quiet or act.id in heard

    def _lived(self, acts: Sequence[Act]) -> set[UUID]:
        """Of these acts, those in which somebody was who told of it and wants to be kept."""
        told = {act.id: self.together[act.report_id] for act in acts if act.report_id is not None}
        links = rows_of(self.work, Involvement, Involvement.act_id.in_(told), Involvement.left_on.is_(None))
        return {link.act_id for link in links if link.person_id in told[link.act_id]}

    def _said(self) -> dict[UUID, Row]:
        """Where somebody who told does not want to be kept: of the facts, what the others said in the same way."""
        wanted = {id for id in self.silent if id in self.facts and id not in self.left.gone}
        ids = (
            {report for id in wanted for report in self.told.get(id, ())} - self.quiet - self.together.keys()
        )
        told = reports.read_all(self.work, rows_of(self.work, Report, Report.id.in_(ids)))
        documents = {each.report.id: each.document for each in told}
        said = {}
        for id in sorted(wanted):
            heard = [documents[report] for report in self.told.get(id, ()) if report in documents]
            said[id] = reports.said_by(self.facts[id], heard)
            self.left["facts_withdrawn"] += len(self.facts[id]) - len(said[id])
        return said

    def _by_incident(self, rows: Sequence[Any], said: Callable[[Any], Row]) -> dict[UUID, list[Row]]:
        found: dict[UUID, list[Row]] = {}
        for row in rows:
            found.setdefault(row.incident_id, []).append(without_empty(said(row)))
        return found

    def _sealed(self, rows: Sequence[Any], said: Callable[..., Row], *columns: str) -> dict[UUID, list[Row]]:
        values = {name: opened(self.work, rows, name, self.left) for name in columns}
        coded = [row for row in rows if row.id in values["facts"]]  # words beside it may be closed
        return self._by_incident(
            coded, lambda row: said(row, **{name: values[name].get(row.id) for name in columns})
        )

    def row(self, incident: Incident) -> Row:
        silent = incident.id in self.silent
        self.left["accounts_withdrawn"] += silent
        words = {} if silent else {name: values.get(incident.id) for name, values in self.words.items()}
        return {
            "record": "incident",
            "id": str(incident.id),
            "reference": incident.reference,
            "received_on": incident.received_on,
            **without_empty({"basis": self.left.basis(incident.batch_id)}),
            "facts": self.said.get(incident.id, self.facts[incident.id]),
            **without_empty(words),
            **without_empty({name: rows.get(incident.id) for name, rows in self.belongs.items()}),
        }

    def _act(self, act: Act, facts: Row) -> Row:
        ends = {"report": self._named(act.report_id), "number": act.number}
        left = {"left_on": act.left_on, "left_for": text_of(act.left_for)}
        return {"id": str(act.id), **ends, "facts": facts, **left}

    def _source(self, source: Source, facts: Row, citation: str | None) -> Row:
        said = {"id": str(source.id), "report": self._named(source.report_id), "facts": facts}
        return {**said, "citation": citation, "left_on": source.left_on}

    def _doer(self, doer: Perpetrator, facts: Row, name: str | None) -> Row:
        return {"report": self._named(doer.report_id), "facts": facts, "name": name, "left_on": doer.left_on}

    def _named(self, report: UUID | None) -> str | None:
        """A report, where it is in the file."""
        return None if report in self.quiet else self.left.named(report)


def _told(links: Iterable[ReportLink]) -> dict[UUID, set[UUID]]:
    """The reports that tell of each incident."""
    found: dict[UUID, set[UUID]] = {}
    for link in links:
        if link.undone_on is None:
            found.setdefault(link.incident_id, set()).add(link.report_id)
    return found


def _link(link: ReportLink) -> Row:
    return {"report": str(link.report_id), "linked_on": link.linked_on, "undone_on": link.undone_on}


def _information(said: Information, facts: Row) -> Row:
    return {"source": str(said.source_id), "act": str(said.act_id), "facts": facts}


def _intervention(done: Intervention, facts: Row, notes: str) -> Row:
    return {"recorded_on": done.recorded_on, "facts": plain(facts), "notes": notes}
