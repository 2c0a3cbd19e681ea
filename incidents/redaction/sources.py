"""Where quotes come from: the accounts that were told of an incident, each with whoever told it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.intake import report as reports
from incidents.intake.report import Told
from incidents.model.people import Person
from incidents.model.quote import Quote, QuoteKind
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.vocabulary import PartKind
from incidents.redaction.refusals import AccountChanged
from incidents.work import Work

ACCOUNT = "narrative"
WRITTEN = "written"  # on the desk of a case: what somebody wrote by hand


@dataclass(frozen=True)
class Source:
    """An account as it came in; it lies with the first of those who told it."""

    report: Report
    part: ReportPart
    person: Person
    text: str = field(repr=False)


def of_incidents(work: Work, incidents: Iterable[UUID]) -> list[Source]:
    """Every account that is linked to one of these and was told by somebody who is in the record."""
    linked = select(ReportLink.report_id).where(
        ReportLink.incident_id.in_(list(incidents)), ReportLink.undone_on.is_(None)
    )
    rows = work.db.scalars(
        select(Report).where(Report.id.in_(linked)).order_by(Report.received_on, Report.id)
    )
    found = (_source(work, told) for told in reports.read_all(work, list(rows)))
    return [each for each in found if each is not None]


def _source(work: Work, told: Told) -> Source | None:
    query = (
        select(ReportPart)
        .where(ReportPart.report_id == told.report.id, ReportPart.kind == PartKind.TELLER)
        .order_by(ReportPart.number)
    )
    part, text = work.db.scalars(query).first(), told.document.get(ACCOUNT)
    person = work.db.get(Person, part.person_id) if part is not None and part.person_id else None
    if part is None or person is None or not isinstance(text, str) or not text.strip():
        return None
    return Source(told.report, part, person, text)


def of_quote(work: Work, quote: Quote, desk: Mapping[str, Any]) -> str:
    """The account that a quote was begun from, as it stands; of a case, what was written."""
    if quote.kind == QuoteKind.CASE:
        return str(desk[WRITTEN])
    told = reports.read(work, work.get(ReportPart, quote.part_id).report_id)
    text = told.document.get(ACCOUNT)
    if not isinstance(text, str):
        raise AccountChanged
    return text


def mark(work: Work, text: str) -> str:
    """By what an account is known again; only holders of `facts` can make it."""
    return work.vault.keyed("quote/source", text).hex()
