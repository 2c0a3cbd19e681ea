"""What tells reports and drafts apart in a list, without a word of them: a minute, counts, a place in its code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.intake import report as reports
from incidents.model.audit import AuditBlock, AuditEntry
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import PartKind
from incidents.work import Work

PLACE = ("municipality", "state", "country")  # the most exact first


@dataclass(frozen=True)
class Glance:
    """At which minute it was sent, how many people and acts it tells of, where."""

    at: datetime | None = None
    people: int = 0
    acts: int = 0
    place: str = ""


def of_own(work: Work, listed: Sequence[Report]) -> dict[UUID, Glance]:
    """One's own reports told apart. Of each only the part that is about nobody is opened."""
    parts, minutes = reports.parts_of(work, listed), _minutes(work, listed)
    rests = _rests(work, [part for kept in parts.values() for part in kept], "list")
    return {
        each.id: Glance(
            minutes.get(each.id),
            sum(part.kind != PartKind.REST for part in parts[each.id]),
            len(rests.get(each.id, {}).get("acts", [])),
            code_of((rests.get(each.id, {}).get("incident") or {}).get("place")),
        )
        for each in listed
    }


def days_of_danger(work: Work, listed: Sequence[Report]) -> dict[UUID, date]:
    """Before which day the people of these reports are in danger, where one is said."""
    some = [each for each in listed if each.danger == "before"]
    rests = _rests(work, [p for kept in reports.parts_of(work, some).values() for p in kept], "danger")
    said = {id: rest.get("danger_before") for id, rest in rests.items()}
    return {id: date.fromisoformat(day) for id, day in said.items() if day}


def code_of(place: Any) -> str:
    """The most exact official code of a place."""
    given: Mapping[str, str] = place if isinstance(place, Mapping) else {}
    return next((given[name] for name in PLACE if given.get(name)), "")


def _rests(work: Work, parts: Sequence[ReportPart], why: str) -> dict[UUID, dict[str, Any]]:
    some = [part for part in parts if part.kind == PartKind.REST]
    opened = zip(some, work.read_all(some, "content", why), strict=True)
    return {part.report_id: content for part, content in opened if isinstance(content, dict)}


def _minutes(work: Work, listed: Sequence[Report]) -> dict[UUID, datetime]:
    """When each was sent, by the trail: in the report itself stands the day alone."""
    query = (
        select(AuditEntry.about_id, AuditBlock.at)
        .join(AuditBlock, AuditBlock.number == AuditEntry.block)
        .where(AuditEntry.event == "report.received", AuditEntry.about_id.in_([each.id for each in listed]))
    )
    return {row.about_id: row.at for row in work.db.execute(query) if row.about_id is not None}
