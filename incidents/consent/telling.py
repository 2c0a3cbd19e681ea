"""Who told of an incident, report by report, and whose word what goes of it stands on.

Somebody who took their yes back, or said no, is not heard: what they told in a report of their own stays out whole.
What they told together with somebody who permits cannot be told apart. Of that an act goes in which whoever permits was
themselves; the rest of it stays out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents.consent.answers import REFUSED, WITHDRAWN, Answer, Permit, Refusal
from incidents.consent.ledger import chunks
from incidents.model.people import Person
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import ReportLink, ReportPart
from incidents.work import Work

TAKEN_BACK = frozenset({WITHDRAWN, REFUSED})
Answers = Mapping[UUID, Answer]


@dataclass(frozen=True)
class Telling:
    """Of each report that tells of the incident: the persons who told it; who permits; who is not heard any more.

    `elsewhere`: the permits of those who told and stand in another incident since a split; their limits hold here too.
    """

    tellers: Mapping[UUID, set[UUID]]
    permits: Collection[UUID]
    unheard: Collection[UUID]
    elsewhere: Mapping[UUID, Permit] = field(default_factory=dict)

    @property
    def everyone(self) -> set[UUID]:
        return set().union(*self.tellers.values())

    def told_together(self, report: UUID | None) -> bool:
        """Whether somebody who is not heard told it with somebody who permits."""
        if not self.tellers:
            return False  # as of all that an import brought; an id is slow to look for
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


def of_incident(
    work: Work,
    ids: Iterable[UUID],
    answers: Answers,
    permits: Collection[UUID],
    ask: Callable[[list[Person]], Answers],
) -> Telling:
    """`ids`: the incident and what was merged into it.

    `ask` answers for whoever told of it and is in another incident since it was split: their word is still here.
    """
    found: dict[UUID, set[UUID]] = {}
    for _incident, report, teller in _told(work, sorted(_family(work, ids))):
        found.setdefault(report, set())
        if teller is not None:
            found[report].add(teller)
    elsewhere = sorted(set[UUID]().union(*found.values()) - answers.keys())
    asked = ask([work.get(Person, id) for id in elsewhere])
    refused = {
        id
        for id, answer in {**answers, **asked}.items()
        if isinstance(answer, Refusal) and answer.reason in TAKEN_BACK
    }
    there = {id: answer for id, answer in asked.items() if isinstance(answer, Permit)}
    heard = {*permits, *(id for id, permit in there.items() if not permit.parts)}
    return Telling(found, heard, refused, there)


def _told(work: Work, incidents: list[UUID]) -> Iterable[tuple[UUID, UUID, UUID | None]]:
    """Of these incidents the reports that tell of them, with each who told; none: of whom it tells."""
    for chunk in chunks(incidents):
        query = (
            select(ReportLink.incident_id, ReportLink.report_id, ReportPart.person_id, Person.teller)
            .join(ReportPart, ReportPart.report_id == ReportLink.report_id)
            .join(Person, Person.id == ReportPart.person_id)
            .where(ReportLink.incident_id.in_(chunk), ReportLink.undone_on.is_(None))
        )
        for incident, report, person, teller in work.db.execute(query):
            yield incident, report, person if teller else None


def told_by(work: Work) -> Iterable[tuple[UUID, UUID, UUID]]:
    """Of every incident that somebody told of: the report, and who told it. Of an import that nobody told, nothing."""
    query = (
        select(ReportLink.incident_id, ReportLink.report_id, Person.id)
        .join(ReportPart, ReportPart.person_id == Person.id)
        .join(ReportLink, ReportLink.report_id == ReportPart.report_id)
        .where(Person.teller.is_(True), ReportLink.undone_on.is_(None))
    )
    yield from work.db.execute(query)


# -- whose facts are in whose


def _family(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """With every incident that shares facts with one of these: merged with it, or split off, which takes a copy."""
    found = new = {*ids}
    while new:
        near = or_(Rearrangement.kept_id.in_(new), Rearrangement.gone_id.in_(new))
        rows = work.db.scalars(select(Rearrangement).where(_shares_facts(), near))
        new = {id for row in rows for id in (row.kept_id, row.gone_id)} - found
        found = found | new
    return found


def families(work: Work) -> dict[UUID, UUID]:
    """Of every incident that shares facts with others: one of them, the same for all of these."""
    rows = list(work.db.scalars(select(Rearrangement).where(_shares_facts())))
    work.vouched(rows)
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        joined = found.get(row.kept_id, {row.kept_id}) | found.get(row.gone_id, {row.gone_id})
        found.update(dict.fromkeys(joined, joined))
    return {id: min(joined) for id, joined in found.items()}


def _shares_facts() -> Any:
    """What was split off keeps its copy, also where the split was undone."""
    in_force = Rearrangement.undone_on.is_(None) & (Rearrangement.kind == Arrangement.MERGED)
    return in_force | (Rearrangement.kind == Arrangement.SPLIT)
