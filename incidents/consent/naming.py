"""Whom nobody may name or show, whatever was consented to: people in danger, and whoever may be a child."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.consent.folding import ADULT, minor
from incidents.consent.ledger import chunks
from incidents.model.report import Report, ReportPart
from incidents.model.vocabulary import IN_DANGER
from incidents.work import Work


def in_danger(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Of these people, everybody whom a report names that says: in danger now, or before a date."""
    found: set[UUID] = set()
    for chunk in chunks(sorted(ids)):
        query = (
            select(ReportPart.person_id)
            .join(Report, Report.id == ReportPart.report_id)
            .where(ReportPart.person_id.in_(chunk), Report.danger.in_(IN_DANGER))
        )
        found |= {id for id in work.db.scalars(query) if id is not None}
    return found


def perhaps_child(work: Work, facts: Mapping[str, Any]) -> bool:
    """As it was told, or by a year of birth that leaves it open."""
    born = facts.get("birth_year")
    young = isinstance(born, int) and work.today.year - born <= ADULT
    return young or minor(facts)
