"""Who told of an incident, report by report, and whose word what goes of it stands on.

Somebody who took their yes back, or said no, is not heard: what they told in a report of their own stays out whole.
What they told together with somebody who permits cannot be told apart. Of that an act goes in which whoever permits was
themselves; the rest of it stays out.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.consent import Permit, Refusal
from incidents.intake import report as reports
from incidents.model.people import Person
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.search import Opened
from incidents.work import Work

TAKEN_BACK = frozenset({consent.WITHDRAWN, consent.REFUSED})


@dataclass(frozen=True)
class Telling:
    """Of each report that tells of the incident: the persons who told it; who permits; who is not heard any more.

    `limits`: the permits of those who told and stand in another incident since a split; their limits hold here too.
    """

    tellers: Mapping[UUID, set[UUID]]
    permits: Collection[UUID]
    unheard: Collection[UUID]
    limits: Sequence[Permit]

    @property
    def everyone(self) -> set[UUID]:
        return set().union(*self.tellers.values())

    def told_together(self, report: UUID | None) -> bool:
        """Whether somebody who is not heard told it with somebody who permits."""
        told = self.tellers.get(report, set()) if report is not None else set()
        return bool(told & {*self.unheard}) and bool(told & {*self.permits})

    def goes(self, report: UUID | None) -> bool:
        """Whether somebody who told of it permits; of what was kept before its report was known: everyone who told."""
        if report is None:
            return bool(self.everyone) and self.everyone <= {*self.permits}
        return bool(self.tellers.get(report, set()) & {*self.permits}) and not self.told_together(report)

    def lived(self, report: UUID | None, inside: set[UUID]) -> bool:
        """Whether somebody who told of it and permits was in it themselves."""
        told = self.tellers.get(report, set()) if report is not None else set()
        return bool(told & {*self.permits} & inside)

    def said(self, work: Work, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Of these facts of the incident those that somebody who permits told, and not with one who is not heard."""
        ids = [id for id in self.tellers if self.goes(id)]
        told = reports.read_all(work, list(work.db.scalars(select(Report).where(Report.id.in_(ids)))))
        return reports.said_by(facts, [each.document for each in told])


Answers = Mapping[UUID, Permit | Refusal]


def of_incident(
    work: Work,
    opened: Opened,
    answers: Answers,
    permits: Collection[UUID],
    ask: Callable[[list[Person]], Answers],
) -> Telling:
    """`ask` answers for whoever told of it and is in another incident since it was split: their word is still here."""
    ids = [opened.incident.id, *(each.id for each in opened.joined)]
    query = (
        select(ReportLink.report_id, ReportPart.person_id, Person.teller)
        .join(ReportPart, ReportPart.report_id == ReportLink.report_id)
        .join(Person, Person.id == ReportPart.person_id)
        .where(ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None))
    )
    found: dict[UUID, set[UUID]] = {}
    for report, person, teller in work.db.execute(query):
        found.setdefault(report, set())
        if teller and person is not None:
            found[report].add(person)
    elsewhere = sorted(set[UUID]().union(*found.values()) - answers.keys())
    asked = ask([work.get(Person, id) for id in elsewhere])
    refused = {
        id
        for id, answer in {**answers, **asked}.items()
        if isinstance(answer, Refusal) and answer.reason in TAKEN_BACK
    }
    limits = [answer for answer in asked.values() if isinstance(answer, Permit)]
    return Telling(found, permits, refused, limits)
