"""What is near somebody: their incidents, the reports that tell of these, whoever else is in them, what hangs on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from incidents.model.base import Base, Record, compartments
from incidents.model.consent import Basis, ConsentEvent
from incidents.model.duplicate import DuplicateDecision
from incidents.model.edit import Edit
from incidents.model.erasure import Erasure, ErasureProposal
from incidents.model.evidence import Evidence, EvidencePerson
from incidents.model.follow_up import Intervention, Task
from incidents.model.incident import Act, Incident, Perpetrator, Source
from incidents.model.opentext import NAMING, OPEN_TEXT
from incidents.model.people import Involvement, Person, Presence
from incidents.model.quote import Quote
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import ReportLink, ReportPart
from incidents.model.review import Judgment, KeptContradiction, Review
from incidents.model.talk import Answer, Comment, Question
from incidents.work import Work


@dataclass(frozen=True)
class Reach:
    """Whose texts are looked at: somebody, the incidents they belong to, the reports that tell of these."""

    people: frozenset[UUID]
    incidents: frozenset[UUID]
    reports: frozenset[UUID]


# -- who and what is near


def near_person(work: Work, person: UUID) -> Reach:
    """All that a person belongs to or ever belonged to, and what was made one with it."""
    by_act = select(Act.incident_id).join(Involvement, Involvement.act_id == Act.id)
    by_report = select(ReportLink.incident_id).join(ReportPart, ReportPart.report_id == ReportLink.report_id)
    incidents = {
        *work.db.scalars(by_act.where(Involvement.person_id == person)),
        *work.db.scalars(select(Presence.incident_id).where(Presence.person_id == person)),
        *work.db.scalars(by_report.where(ReportPart.person_id == person)),
    }
    incidents |= _made_one(work, incidents)
    told = select(ReportLink.report_id).where(ReportLink.incident_id.in_(incidents))
    own = select(ReportPart.report_id).where(ReportPart.person_id == person)
    reports = {*work.db.scalars(told), *work.db.scalars(own)}
    return Reach(frozenset({person}), frozenset(incidents), frozenset(reports))


def near_reports(work: Work, reports: set[UUID]) -> Reach:
    """The incidents that these reports tell of; what others told of them is theirs."""
    told = select(ReportLink.incident_id).where(ReportLink.report_id.in_(reports))
    incidents = set(work.db.scalars(told))
    return Reach(frozenset(), frozenset(incidents | _made_one(work, incidents)), frozenset(reports))


def _made_one(work: Work, incidents: set[UUID]) -> set[UUID]:
    """Incidents that were merged with one of these or split from it, whether undone since or not."""
    kinds = (Arrangement.MERGED, Arrangement.SPLIT)
    rows = select(Rearrangement.kept_id, Rearrangement.gone_id).where(Rearrangement.kind.in_(kinds))
    ends = Rearrangement.kept_id.in_(incidents) | Rearrangement.gone_id.in_(incidents)
    return {id for row in work.db.execute(rows.where(ends)) for id in row}


# -- the rows


def rows(work: Work, reach: Reach) -> list[Record]:
    """Every row with an open text that is near."""
    ids, people = reach.people | reach.incidents | reach.reports, everybody(work, reach)
    wanted: dict[type[Record], Any] = {
        Incident: Incident.id.in_(reach.incidents),
        Source: Source.incident_id.in_(reach.incidents),
        Intervention: Intervention.incident_id.in_(reach.incidents),
        Review: Review.incident_id.in_(reach.incidents),
        Comment: Comment.incident_id.in_(reach.incidents),
        Question: Question.report_id.in_(reach.reports),
        Answer: Answer.report_id.in_(reach.reports),
        Judgment: Judgment.incident_id.in_(reach.incidents),
        Edit: Edit.under_id.in_(reach.incidents | people),
        KeptContradiction: KeptContradiction.incident_id.in_(reach.incidents),
        Quote: Quote.incident_id.in_(reach.incidents),
        Task: Task.incident_id.in_(reach.incidents),
        DuplicateDecision: DuplicateDecision.one_id.in_(ids) | DuplicateDecision.other_id.in_(ids),
        Rearrangement: Rearrangement.kept_id.in_(ids) | Rearrangement.gone_id.in_(ids),
        ReportPart: ReportPart.report_id.in_(reach.reports),
        Evidence: Evidence.id.in_(_files(reach)),
        ErasureProposal: ErasureProposal.subject.in_(ids),
        Erasure: Erasure.subject.in_(ids),
        Person: Person.id.in_(people),
        ConsentEvent: ConsentEvent.person_id.in_(people),
        Basis: Basis.person_id.in_(people),
        Perpetrator: Perpetrator.incident_id.in_(reach.incidents),
    }
    found: list[Record] = []
    for kind, near in wanted.items():
        found += work.db.scalars(select(kind).where(near).order_by(kind.id))
    return found


def everybody(work: Work, reach: Reach) -> frozenset[UUID]:
    """Whoever belongs to these incidents and reports: what is kept of one of them may tell of another."""
    by_act = select(Involvement.person_id).join(Act, Act.id == Involvement.act_id)
    found = {
        *work.db.scalars(by_act.where(Act.incident_id.in_(reach.incidents))),
        *work.db.scalars(select(Presence.person_id).where(Presence.incident_id.in_(reach.incidents))),
        *work.db.scalars(select(ReportPart.person_id).where(ReportPart.report_id.in_(reach.reports))),
    }
    return reach.people | {id for id in found if id is not None}


def _files(reach: Reach) -> Any:
    """Of these incidents and reports, and those that show somebody."""
    shown = select(EvidencePerson.evidence_id).where(EvidencePerson.person_id.in_(reach.people))
    near = Evidence.incident_id.in_(reach.incidents) | Evidence.report_id.in_(reach.reports)
    return select(Evidence.id).where(near | Evidence.id.in_(shown))


@cache
def kind_of(table: str) -> type[Record]:
    """The kind of record that a table holds."""
    mapped = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    found: type[Record] = mapped[table]
    return found


# -- their texts


class Held(NamedTuple):
    """The open texts of one row that are under one key."""

    row: Record
    compartment: str
    columns: tuple[str, ...]

    @property
    def place(self) -> tuple[UUID, str]:
        return self.row.id, self.compartment

    @property
    def thing(self) -> str:
        """The erasable thing that it is of, as an erasure names it."""
        return f"{self.row.thing_id}/{self.compartment}"

    @property
    def naming(self) -> bool:
        """Fields for names and for reasons of their own: nobody's account."""
        return set(self.columns) <= set(NAMING.get(self.row.__tablename__, ()))


def held(rows: Iterable[Record]) -> list[Held]:
    """The texts of these rows, by row and key."""
    return [
        Held(row, compartment, columns)
        for row in rows
        for compartment, columns in by_compartment(row.__tablename__).items()
    ]


@cache
def by_compartment(table: str) -> dict[str, tuple[str, ...]]:
    """The columns of a table with open text, by the compartment that they are sealed under."""
    where, found = compartments(kind_of(table)), dict[str, tuple[str, ...]]()
    for column in OPEN_TEXT[table]:
        found[where[column].value] = (*found.get(where[column].value, ()), column)
    return found
