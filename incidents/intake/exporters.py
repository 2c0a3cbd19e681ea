"""The organisation's own data, written out so that an import makes equal records of them elsewhere.

Reports, incidents, people, then what was joined: a line names only what stands before it. Each line holds what is
sealed under one key, opened. Whoever was erased, or does not want to be kept, is left out and counted. Reviews,
evidence, tasks, releases and the trail stay here. Page by page: what is opened is noted before its bytes leave.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select

from incidents import consent
from incidents.errors import InvalidInput, NoKey, Unopened
from incidents.intake import own
from incidents.intake import report as reports
from incidents.intake.outgoing import (
    ERASED,
    PAGE,
    Left,
    Row,
    next_of,
    opened,
    plain,
    rows_of,
    staying_out,
    text_of,
    without_empty,
)
from incidents.intake.report import Told
from incidents.model.consent import Basis, ConsentEvent, Withdrawal
from incidents.model.follow_up import Intervention
from incidents.model.incident import Act, Incident, IncidentLink, Information, Perpetrator, Source
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Interview, Report, ReportLink, ReportPart, published
from incidents.model.vocabulary import PRACTICE, PartKind, Purpose, ReportState
from incidents.work import Compartment, Permission, Work

NAME = "amparo-export.jsonl"
MIME = "application/jsonl"
Works = Callable[[], AbstractContextManager[Work]]
Page = Callable[[Work, Any, Left], tuple[list[Row], Any]]  # its lines, and where the next one begins


def must(work: Work) -> None:
    """Names in bulk leave the house: a coordinator, who holds all keys and gave the passphrase just now."""
    work.actor.must(Permission.DATA_EXPORT)
    work.must_be_fresh()
    if not all(work.vault.holds(compartment) for compartment in Compartment):
        raise NoKey


def begin(work: Work) -> int:
    """Noted, with how many records there are, before the first byte leaves; how many in all.

    The trail and every row are verified first, once: what somebody altered behind the program is not carried out.
    """
    must(work)
    work.must_be_whole()
    counts: dict[str, Any] = {
        name: work.db.scalar(select(func.count()).select_from(query.subquery())) or 0
        for name, query in (("reports", _reports()), ("incidents", _incidents()), ("people", _people()))
    }
    work.note("export.begun", **counts)
    return sum(counts.values())


def lines(works: Works, begun: Work) -> Iterator[bytes]:
    """The file, line by line. `works` gives a Work that commits at its end, one a page; `begun` is that of `begin`."""
    left, written = Left(), 0
    with works() as work:
        work.goes_on_after(begun)
        left.bases, said = _bases(work)
    yield _line({"amparo": "export", "version": own.VERSION, "bases": said})
    for page in _PAGES:
        mark = None
        while True:
            with works() as work:
                work.actor.must(Permission.DATA_EXPORT)
                work.goes_on_after(begun)
                rows, mark = page(work, mark, left)
            written += len(rows)
            yield from map(_line, rows)
            if mark is None:
                break
    with works() as work:
        left_out: dict[str, Any] = dict(sorted((+left).items()))
        work.note("export.done", count=written, **left_out)
    yield _line({"end": written, "left_out": left_out})


def _bases(work: Work) -> tuple[dict[UUID, int], list[Row]]:
    """What imports of published sources rest on: of each import its number, and what is said of each number."""
    work.actor.must(Permission.DATA_EXPORT)
    rows = rows_of(work, Basis, Basis.batch_id.is_not(None), Basis.ended_on.is_(None))
    facts = opened(work, rows, "facts", Left())
    said = {row.batch_id: json.dumps(facts[row.id], sort_keys=True) for row in rows if row.batch_id}
    numbers = {text: number for number, text in enumerate(dict.fromkeys(said.values()))}
    return {id: numbers[text] for id, text in said.items()}, [json.loads(text) for text in numbers]


def _basis(batch_id: UUID | None, left: Left) -> int | None:
    return None if batch_id is None else left.bases.get(batch_id)


def _line(row: Row) -> bytes:
    said = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str)
    return said.encode("utf-8", "surrogatepass") + b"\n"


# -- reports


def _reports() -> Any:
    """Without what somebody learned on, of which no file comes."""
    held = (Report.state != ReportState.ERASED, Report.channel != PRACTICE)
    return select(Report).where(published(Report.batch_id), *held)


def _report_page(work: Work, mark: Any, left: Left) -> tuple[list[Row], Any]:
    """Earlier versions first, so that a later one names what is there."""
    query = _reports().order_by(Report.edition, Report.id).limit(PAGE)
    if mark is not None:
        edition, id = mark
        query = query.where(or_(Report.edition > edition, and_(Report.edition == edition, Report.id > id)))
    found = list(work.db.scalars(query))
    talks = _talks(work, found, left)
    linked = _linked(work, found)
    told = reports.read_all(work, found)
    staying = staying_out(work, (id for each in told for id in each.person_ids.values()))
    rows = []
    for each in told:
        row = _report(work, each, staying, left)
        if row is not None:
            beside = {"interview": talks.get(each.report.id), "incidents": linked.get(each.report.id)}
            rows.append({**row, **without_empty(beside)})
    return rows, next_of(found, lambda report: (report.edition, report.id))


def _report(work: Work, told: Told, staying: dict[UUID, str], left: Left) -> Row | None:
    report = told.report
    if any(why != ERASED for why in told.unreadable.values()):
        raise Unopened
    left["people_erased"] += sum(key != "rest" for key in told.unreadable)
    keys = {key for key, id in told.person_ids.items() if id in staying} | _refusing(told.document)
    document = own.without(told.document, keys)
    try:
        reports.must_be_kept(document)
    except InvalidInput:  # nothing is left of it, or nothing that may be kept
        left["reports_empty"] += 1
        return None
    people = {key: str(id) for key, id in told.person_ids.items() if key not in keys}
    said = {
        "record": "report",
        "id": str(report.id),
        "reference": report.reference,
        "received_on": report.received_on,
        "channel": report.channel,
        "state": report.state,
        "reason": reports.reason_of(work, report) if report.state in _REASONED else None,
        "edition": report.edition,
        "basis": _basis(report.batch_id, left),
        "supersedes": text_of(report.supersedes),
    }
    return {**without_empty(said), "people": people, "document": document}


_REASONED = frozenset({ReportState.SET_ASIDE, ReportState.NEEDS_INFORMATION})


def _refusing(document: Row) -> set[str]:
    """Whoever said so in the report itself."""
    people = document.get("persons", [])
    said = {person["key"]: person.get("consent", {}).get("decisions", {}) for person in people}
    return {key for key, decisions in said.items() if decisions.get(Purpose.RECORD) == consent.REFUSED}


def _talks(work: Work, found: Sequence[Report], left: Left) -> dict[UUID, Row]:
    kept = rows_of(work, Interview, Interview.report_id.in_([report.id for report in found]))
    facts = opened(work, kept, "facts", left)
    return {row.report_id: plain(facts[row.id]) for row in kept if row.id in facts}


def _linked(work: Work, found: Sequence[Report]) -> dict[UUID, list[str]]:
    ids = [report.id for report in found]
    linked: dict[UUID, list[str]] = {}
    for link in rows_of(work, ReportLink, ReportLink.report_id.in_(ids), ReportLink.undone_on.is_(None)):
        linked.setdefault(link.report_id, []).append(str(link.incident_id))
    return linked


# -- incidents


def _incidents() -> Any:
    return select(Incident).where(published(Incident.batch_id))


def _incident_page(work: Work, mark: Any, left: Left) -> tuple[list[Row], Any]:
    query = _incidents().order_by(Incident.id).limit(PAGE)
    found = list(work.db.scalars(query if mark is None else query.where(Incident.id > mark)))
    work.vouched(found)
    within = _Within(work, found, left)
    return [within.row(each) for each in found if each.id in within.facts], next_of(found, lambda row: row.id)


class _Within:
    """All that belongs to some incidents, opened together and given out one by one."""

    def __init__(self, work: Work, found: Sequence[Incident], left: Left) -> None:
        self.work, self.left = work, left
        self.ids = [each.id for each in found]
        self.facts = opened(work, found, "facts", left)
        self.silent = self._silent(work)
        self.words = {name: opened(work, found, name, left) for name in ("narrative", "summary")}
        self.links = self._by_incident(rows_of(work, ReportLink, ReportLink.incident_id.in_(self.ids)), _link)
        self.acts = self._sealed(Act, _act, "facts")
        self.sources = self._sealed(Source, _source, "facts", "citation")
        self.doers = self._sealed(Perpetrator, _doer, "facts", "name")
        self.said = self._sealed(Information, _information, "facts")
        self.done = self._sealed(Intervention, _intervention, "facts", "notes")

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

    def _by_incident(self, rows: Sequence[Any], said: Callable[[Any], Row]) -> dict[UUID, list[Row]]:
        found: dict[UUID, list[Row]] = {}
        for row in rows:
            found.setdefault(row.incident_id, []).append(without_empty(said(row)))
        return found

    def _sealed(self, kind: Any, said: Callable[..., Row], *columns: str) -> dict[UUID, list[Row]]:
        rows = rows_of(self.work, kind, kind.incident_id.in_(self.ids))
        values = {name: opened(self.work, rows, name, self.left) for name in columns}
        whole = [row for row in rows if all(row.id in values[name] for name in columns)]
        return self._by_incident(
            whole, lambda row: said(row, **{name: values[name][row.id] for name in columns})
        )

    def row(self, incident: Incident) -> Row:
        silent = incident.id in self.silent
        self.left["accounts_withdrawn"] += silent
        words = {} if silent else {name: values.get(incident.id) for name, values in self.words.items()}
        belongs = {
            "reports": self.links,
            "acts": self.acts,
            "sources": self.sources,
            "perpetrators": self.doers,
            "information": self.said,
            "interventions": self.done,
        }
        return {
            "record": "incident",
            "id": str(incident.id),
            "reference": incident.reference,
            "received_on": incident.received_on,
            **without_empty({"basis": _basis(incident.batch_id, self.left)}),
            "facts": self.facts[incident.id],
            **without_empty(words),
            **without_empty({name: rows.get(incident.id) for name, rows in belongs.items()}),
        }


def _link(link: ReportLink) -> Row:
    return {"report": str(link.report_id), "linked_on": link.linked_on, "undone_on": link.undone_on}


def _act(act: Act, facts: Row) -> Row:
    ends = {"report": text_of(act.report_id), "number": act.number}
    return {
        "id": str(act.id), **ends, "facts": facts, "left_on": act.left_on, "left_for": text_of(act.left_for)
    }  # fmt: skip


def _source(source: Source, facts: Row, citation: str | None) -> Row:
    said = {"id": str(source.id), "report": text_of(source.report_id), "facts": facts}
    return {**said, "citation": citation, "left_on": source.left_on}


def _doer(doer: Perpetrator, facts: Row, name: str | None) -> Row:
    return {"report": text_of(doer.report_id), "facts": facts, "name": name, "left_on": doer.left_on}


def _information(said: Information, facts: Row) -> Row:
    return {"source": str(said.source_id), "act": str(said.act_id), "facts": facts}


def _intervention(done: Intervention, facts: Row, notes: str) -> Row:
    return {"recorded_on": done.recorded_on, "facts": plain(facts), "notes": notes}


# -- people


def _people() -> Any:
    """Whoever a published report tells of, or was added to a published incident."""
    told = exists().where(
        ReportPart.person_id == Person.id, Report.id == ReportPart.report_id, published(Report.batch_id)
    )
    added = exists().where(
        Presence.person_id == Person.id, Incident.id == Presence.incident_id, published(Incident.batch_id)
    )
    return select(Person).where(or_(told, added))


def _person_page(work: Work, mark: Any, left: Left) -> tuple[list[Row], Any]:
    query = _people().order_by(Person.id).limit(PAGE)
    found = list(work.db.scalars(query if mark is None else query.where(Person.id > mark)))
    work.vouched(found)
    staying = staying_out(work, (person.id for person in found))
    left.update(f"people_{why}" for why in staying.values() if why != ERASED)
    return _persons(work, [each for each in found if each.id not in staying], left), next_of(
        found, lambda row: row.id
    )


def _persons(work: Work, people: Sequence[Person], left: Left) -> list[Row]:
    ids = [person.id for person in people]
    facts = opened(work, people, "facts", left)
    identity = {name: opened(work, people, name, left) for name in IDENTITY_FIELDS}
    safe = opened(work, people, "safe_contact", left)
    belongs = {
        "presences": _of_person(rows_of(work, Presence, Presence.person_id.in_(ids)), _presence),
        "involvements": _involvements(work, ids, left),
        "consents": _consents(work, ids, left),
        "withdrawals": _of_person(rows_of(work, Withdrawal, Withdrawal.person_id.in_(ids)), _withdrawal),
    }
    return [
        {
            "record": "person",
            "id": str(person.id),
            "kind": person.kind,
            "teller": person.teller,
            "facts": facts[person.id],
            "identity": without_empty({name: values.get(person.id) for name, values in identity.items()}),
            **without_empty({"safe_contact": safe.get(person.id)}),
            **without_empty({name: rows.get(person.id) for name, rows in belongs.items()}),
        }
        for person in people
        if person.id in facts
    ]


def _of_person(rows: Sequence[Any], said: Callable[[Any], Row]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(without_empty(said(row)))
    return found


def _presence(row: Presence) -> Row:
    return {"incident": str(row.incident_id), "report": text_of(row.report_id)}


def _withdrawal(row: Withdrawal) -> Row:
    return {"on": row.withdrawn_on, "purposes": tuple(row.purposes)}


def _involvements(work: Work, ids: Sequence[UUID], left: Left) -> dict[UUID, list[Row]]:
    rows = rows_of(work, Involvement, Involvement.person_id.in_(ids))
    facts = opened(work, rows, "facts", left)
    said = [row for row in rows if row.id in facts]
    return _of_person(
        said, lambda row: {"act": str(row.act_id), "facts": facts[row.id], "left_on": row.left_on}
    )


# What is of this house: its chain, who keeps it, and withdrawals that get other ids where they come in.
LEFT_HERE = frozenset({"answers", "controller", "jurisdiction", "previous", "retention", "stored_at"})


def _consents(work: Work, ids: Sequence[UUID], left: Left) -> dict[UUID, list[Row]]:
    """Each person's decisions in their order; that they follow each other is sealed anew where they come in."""
    rows = sorted(rows_of(work, ConsentEvent, ConsentEvent.person_id.in_(ids)), key=lambda row: row.number)
    decisions, names = (opened(work, rows, name, left) for name in ("decisions", "names"))
    said = [row for row in rows if row.id in decisions]

    def row_of(row: ConsentEvent) -> Row:
        held = {name: value for name, value in decisions[row.id].items() if name not in LEFT_HERE}
        shown = {"notice": held["notice"]["id"]} if held.get("notice") else {}
        return {**plain(held), **shown, "names": names.get(row.id)}

    return _of_person(said, row_of)


# -- what was joined


def _arrangement_page(work: Work, mark: Any, left: Left) -> tuple[list[Row], Any]:
    where = [] if mark is None else [Rearrangement.id > mark]
    query = select(Rearrangement).where(*where).order_by(Rearrangement.id).limit(PAGE)
    found = list(work.db.scalars(query))
    work.vouched(found)
    same = [row for row in found if row.kind == Arrangement.SAME_PERSON]
    staying = staying_out(work, (id for row in same for id in (row.kept_id, row.gone_id)))
    reasons = opened(work, found, "reasons", left)
    rows = [
        _arrangement(row, reasons[row.id])
        for row in found
        if row.id in reasons and not {row.kept_id, row.gone_id} & staying.keys()
    ]
    return rows, next_of(found, lambda row: row.id)


def _arrangement(row: Rearrangement, reasons: str | None) -> Row:
    said = {"record": "arrangement", "id": str(row.id), "kind": row.kind}
    ends = {"kept": str(row.kept_id), "gone": str(row.gone_id)}
    return without_empty(
        {**said, **ends, "done_on": row.done_on, "undone_on": row.undone_on, "reasons": reasons}
    )


def _link_page(work: Work, mark: Any, left: Left) -> tuple[list[Row], Any]:  # noqa: ARG001  as every page
    where = [] if mark is None else [IncidentLink.id > mark]
    found = list(work.db.scalars(select(IncidentLink).where(*where).order_by(IncidentLink.id).limit(PAGE)))
    work.vouched(found)
    rows = [
        without_empty(
            {
                "record": "link",
                "id": str(row.id),
                "incident": str(row.incident_id),
                "other": str(row.other_id),
                "kind": row.kind,
                "linked_on": row.linked_on,
                "undone_on": row.undone_on,
            }
        )
        for row in found
    ]
    return rows, next_of(found, lambda row: row.id)


_PAGES: tuple[Page, ...] = (_report_page, _incident_page, _person_page, _arrangement_page, _link_page)
