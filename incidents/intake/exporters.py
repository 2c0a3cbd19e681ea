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
from incidents.errors import InvalidInput, NoKey, SignInNeeded, Unopened
from incidents.intake import own
from incidents.intake import report as reports
from incidents.intake.belonging import Within
from incidents.intake.outgoing import (
    ERASED,
    PAGE,
    STAYS,
    Left,
    Row,
    next_of,
    of_the_others,
    only_told_by_silent,
    opened,
    plain,
    rows_of,
    silent,
    staying_out,
    told_together,
    without_empty,
)
from incidents.intake.report import Told
from incidents.model.account import User
from incidents.model.consent import Basis, ConsentEvent, Withdrawal
from incidents.model.incident import Incident, IncidentLink
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Interview, Report, ReportLink, ReportPart, published
from incidents.model.vocabulary import PRACTICE, AccountState, Purpose, ReportState
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


def lines(works: Works) -> Iterator[bytes]:
    """The file, line by line. `works` gives a Work that commits at its end, one a page.

    Each page asks anew: whether whoever began it is still a member who may, what its rows are vouched for by, and who
    wants to be kept. Before the last line, without which the file is not whole, all is verified once more: nothing was
    taken away behind the program while it was written.
    """
    left, written = Left(), 0
    with works() as work:
        _must_still(work)
        left.bases, said = _bases(work)
    yield _line({"amparo": "export", "version": own.VERSION, "bases": said})
    for page in _PAGES:
        mark = None
        while True:
            with works() as work:
                _must_still(work)
                rows, mark = page(work, mark, left)
            written += len(rows)
            yield from map(_line, rows)
            if mark is None:
                break
    with works() as work:
        _must_still(work)
        work.must_be_whole()
        left_out: dict[str, Any] = dict(sorted((+left).items()))
        work.note("export.done", count=written, **left_out)
    yield _line({"end": written, "left_out": left_out})


def _must_still(work: Work) -> None:
    """Whoever was disabled, or lost the role, since the first page gets no further one. What is read leaves."""
    work.carry_out()
    work.actor.must(Permission.DATA_EXPORT)
    user = work.db.get(User, work.actor.id)
    if user is None or user.state != AccountState.ACTIVE or {*work.actor.roles} - {*user.roles}:
        raise SignInNeeded


def _bases(work: Work) -> tuple[dict[UUID, int], list[Row]]:
    """What imports of published sources rest on: of each import its number, and what is said of each number."""
    rows = rows_of(work, Basis, Basis.batch_id.is_not(None), Basis.ended_on.is_(None))
    facts = opened(work, rows, "facts", Left())
    said = {row.batch_id: json.dumps(facts[row.id], sort_keys=True) for row in rows if row.batch_id}
    numbers = {text: number for number, text in enumerate(dict.fromkeys(said.values()))}
    return {id: numbers[text] for id, text in said.items()}, [json.loads(text) for text in numbers]


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
    quiet = silent(work, (each.report.id for each in told))
    together = told_together(work, (each.report.id for each in told))
    left.leave("reports_withdrawn", quiet)
    rows = []
    for each in (each for each in told if each.report.id not in quiet):
        row = _report(work, each, staying, left, together=each.report.id in together)
        if row is not None:
            beside = {"interview": talks.get(each.report.id), "incidents": linked.get(each.report.id)}
            rows.append({**row, **without_empty(beside)})
    return rows, next_of(found, lambda report: (report.edition, report.id))


def _report(work: Work, told: Told, staying: dict[UUID, str], left: Left, *, together: bool) -> Row | None:
    report = told.report
    if any(why not in STAYS for why in told.unreadable.values()):
        raise Unopened
    left["people_erased"] += sum(key != "rest" for key in told.unreadable)
    keys = {key for key, id in told.person_ids.items() if id in staying} | _refusing(told.document)
    document = of_the_others(told.document, keys, left) if together else told.document
    document = own.without(document, keys)
    try:
        reports.must_be_kept(document)
    except InvalidInput:  # nothing is left of it, or nothing that may be kept
        left.leave("reports_empty", [report.id])
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
        "basis": left.basis(report.batch_id),
        "supersedes": left.named(report.supersedes),
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
    within = Within(work, found, left)
    return within.rows(found), next_of(found, lambda row: row.id)


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
    staying |= only_told_by_silent(work, [each.id for each in found if each.id not in staying], left)
    left.update(f"people_{why}" for why in staying.values() if why != ERASED)
    left.gone |= staying.keys()
    return _persons(work, [each for each in found if each.id not in staying], left), next_of(
        found, lambda row: row.id
    )


def _persons(work: Work, people: Sequence[Person], left: Left) -> list[Row]:
    ids = [person.id for person in people]
    facts = opened(work, people, "facts", left)
    identity = {name: opened(work, people, name, left) for name in IDENTITY_FIELDS}
    safe = opened(work, people, "safe_contact", left)
    belongs = {
        "presences": _of_person(
            left.without_gone(rows_of(work, Presence, Presence.person_id.in_(ids)), "incident_id"),
            lambda row: {"incident": str(row.incident_id), "report": left.named(row.report_id)},
        ),
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


def _withdrawal(row: Withdrawal) -> Row:
    return {"on": row.withdrawn_on, "purposes": tuple(row.purposes)}


def _involvements(work: Work, ids: Sequence[UUID], left: Left) -> dict[UUID, list[Row]]:
    rows = rows_of(work, Involvement, Involvement.person_id.in_(ids))
    facts = opened(work, rows, "facts", left)
    said = left.without_gone([row for row in rows if row.id in facts], "act_id")
    return _of_person(
        said, lambda row: {"act": str(row.act_id), "facts": facts[row.id], "left_on": row.left_on}
    )


# What is of this house: its chain, who keeps it, and withdrawals that get other ids where they come in.
LEFT_HERE = frozenset(
    {"answers", "controller", "ends", "jurisdiction", "later", "previous", "retention", "stored_at"}
)


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
        _arrangement(row, reasons.get(row.id))
        for row in left.without_gone(found, "kept_id", "gone_id")
        if not {row.kept_id, row.gone_id} & staying.keys()
    ]
    return rows, next_of(found, lambda row: row.id)


def _arrangement(row: Rearrangement, reasons: str | None) -> Row:
    said = {"record": "arrangement", "id": str(row.id), "kind": row.kind}
    ends = {"kept": str(row.kept_id), "gone": str(row.gone_id)}
    return without_empty(
        {**said, **ends, "done_on": row.done_on, "undone_on": row.undone_on, "reasons": reasons}
    )


def _link_page(work: Work, mark: Any, left: Left) -> tuple[list[Row], Any]:
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
        for row in left.without_gone(found, "incident_id", "other_id")
    ]
    return rows, next_of(found, lambda row: row.id)


_PAGES: tuple[Page, ...] = (_report_page, _incident_page, _person_page, _arrangement_page, _link_page)
