"""Facets: the tokens of an incident's codes, written with its facts and made anew when they change.

A token says which incidents share a code, and nothing more. It goes with the thing that its code was told of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from incidents.errors import Problem
from incidents.model.account import Project
from incidents.model.base import Record
from incidents.model.facet import EDITION, Facet
from incidents.model.incident import Act, Incident, Perpetrator
from incidents.model.moment import Moment
from incidents.model.people import Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, Rearrangement, gone
from incidents.model.report import ReportLink, ReportPart
from incidents.search.record import top
from incidents.work import Compartment, Permission, Work

KIND = "index"  # the job that makes the facets of all incidents anew
COMPARTMENTS = frozenset({Compartment.FACTS})
FILED = "filed"  # every incident has one of this, its code the edition: so that none is made twice
CHUNK = 500
Codes = set[tuple[str, str]]  # facet, code
Row = tuple[UUID, bytes, UUID, date]  # in the order of the table's columns
R = TypeVar("R", bound=Record)


# -- which codes
#
# An import asks this of every row, so what is the same for many rows is worked out once.

_ONE_OF_INCIDENT = (("programme", "programme"), ("exposure", "exposure"))  # facet, field
_SOME_OF_INCIDENT = (("outcome", "outcome"), ("authority", "authorities"), ("tag", "tags"))
_SOME_OF_ACT = (("method", "methods"), ("weapon", "weapons"))
_SOME_OF_PERSON = (("nationality", "nationality"), ("population", "population"))
_PLACES = ("country", "state", "municipality")
_Fields = tuple[tuple[str, str], ...]


def of_incident(facts: Mapping[str, Any]) -> Codes:
    found = {(facet, facts[name]) for facet, name in _ONE_OF_INCIDENT if facts.get(name)}
    if targeting := facts.get("targeting"):
        found.update(("targeted", code) for code in targeting.get("reasons") or ())
    return found.union(_some(facts, _SOME_OF_INCIDENT), _when_and_where(facts))


def of_act(facts: Mapping[str, Any]) -> Codes:
    return {("act", facts["type"]), *_some(facts, _SOME_OF_ACT), *_when_and_where(facts)}


def of_perpetrator(facts: Mapping[str, Any]) -> Codes:
    return {("perpetrator", code) for code in (facts.get("type"),) if code}


def of_person(facts: Mapping[str, Any]) -> Codes:
    found = set(_some(facts, _SOME_OF_PERSON))
    if gender := facts.get("gender"):
        found.add(("gender", gender))
    return found


def _some(facts: Mapping[str, Any], fields: _Fields) -> list[tuple[str, str]]:
    return [(facet, code) for facet, name in fields if name in facts for code in facts[name] or ()]


def _when_and_where(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    moment, place = facts.get("moment"), facts.get("place")
    found = [(name, place[name]) for name in _PLACES if place.get(name)] if place else []
    return [*found, *_when(moment["edtf"], moment["precision"])] if moment else found


@lru_cache(maxsize=8192)
def _when(edtf: str, precision: str) -> _Fields:
    """A month or a year only where the whole of it lies in one."""
    try:
        said = Moment(edtf, precision)
    except Problem:  # a moment that no version of ours wrote
        return ()
    found = (("month", said.month), ("year", said.year and str(said.year)))
    return tuple((facet, code) for facet, code in found if code)


# -- written with the record


def file(
    work: Work, incident: Incident, document: Mapping[str, Any], people: Mapping[str, Person], *, new: bool
) -> None:
    """The facets of a new incident, from the document it was made of; `people` by their keys in it.

    A document that joined a known incident has what was there before made anew with it.
    """
    if not new:
        refile(work, incident.id)
        return
    own = of_incident(document.get("incident") or {}).union(
        *map(of_act, document.get("acts") or ()), *map(of_perpetrator, document.get("perpetrators") or ())
    )
    told = [
        (people[entry["key"]].id, of_person(entry.get("facts") or {}))
        for entry in document.get("persons") or ()
    ]
    work.beside(Facet, list(_rows(work, incident, [(incident.id, own), *told])))


def _rows(work: Work, incident: Incident, told: Iterable[tuple[UUID, Codes]]) -> Iterator[Row]:
    """One a code and thing, and the mark that this was done."""
    id, received_on, token = incident.id, incident.received_on, work.vault.facet
    for thing, codes in told:
        for facet, code in codes:
            yield id, token(facet, code), thing, received_on
    yield id, token(FILED, str(EDITION)), id, received_on


# -- made anew


def refile(work: Work, *ids: UUID) -> None:
    """The facets of these incidents as they are now, with what this Work changed and did not commit yet.

    Call it after the facts of an incident changed, or what belongs to it: a link undone, a merge, a split. Of a
    merge that is made or undone, name both.
    """
    over = {row.gone_id: row.kept_id for row in _merged(work)}
    wanted = {top(over, id) for id in ids}
    under = {id: kept for id in {*ids, *wanted, *over} if (kept := top(over, id)) in wanted}
    work.beside(Facet, list(_anew(work, under)), Facet.incident_id.in_(under))


def _merged(work: Work) -> list[Rearrangement]:
    return _found(
        work,
        Rearrangement,
        Rearrangement.kind == Arrangement.MERGED,
        lambda row: row.kind == Arrangement.MERGED and row.undone_on is None,
    )


def _found(work: Work, kind: type[R], where: ColumnElement[bool], fits: Callable[[R], bool]) -> list[R]:
    """Rows that are there and rows that wait to be written: a deed sees what it did."""
    rows = (*work.db.scalars(select(kind).where(where)), *work.pending(kind))
    return list({row.id: row for row in rows if fits(row)}.values())


def _anew(work: Work, under: Mapping[UUID, UUID]) -> Iterator[Row]:
    """`under`: each incident, and the one it is read and counted under."""
    incidents = _found(work, Incident, Incident.id.in_(under), lambda row: row.id in under)
    acts = _found(
        work, Act, Act.incident_id.in_(under), lambda row: row.incident_id in under and row.left_on is None
    )
    doers = _found(
        work,
        Perpetrator,
        Perpetrator.incident_id.in_(under),
        lambda row: row.incident_id in under and row.left_on is None,
    )
    told: dict[UUID, dict[UUID, Codes]] = {}  # by incident and thing

    def tell(incident: UUID, thing: UUID, codes: Codes) -> None:
        told.setdefault(under[incident], {}).setdefault(thing, set()).update(codes)

    for incident, facts in _opened(work, incidents):
        tell(incident.id, incident.id, of_incident(facts))
    for act, facts in _opened(work, acts):
        tell(act.incident_id, act.incident_id, of_act(facts))
    for doer, facts in _opened(work, doers):
        tell(doer.incident_id, doer.incident_id, of_perpetrator(facts))
    within = _people(work, under, {act.id: act.incident_id for act in acts})
    people = _found(work, Person, Person.id.in_(within), lambda row: row.id in within)
    for person, facts in _opened(work, people):
        for id in within[person.id]:
            tell(id, person.id, of_person(facts))
    for incident in incidents:
        if under[incident.id] == incident.id:
            yield from _rows(work, incident, told.get(incident.id, {}).items())


def _opened(work: Work, rows: Sequence[R]) -> list[tuple[R, Mapping[str, Any]]]:
    """With their facts, where these open: what was erased has no codes."""
    facts = work.read_all(rows, "facts", why=KIND)
    return [(row, said) for row, said in zip(rows, facts, strict=True) if isinstance(said, dict)]


def _people(work: Work, ids: Iterable[UUID], acts: Mapping[UUID, UUID]) -> dict[UUID, set[UUID]]:
    """Who is in which of these incidents: by an act; in no act, by a report that tells of them; or added at take-in."""
    ids = set(ids)
    links = _found(work, ReportLink, ReportLink.incident_id.in_(ids), lambda row: row.incident_id in ids)
    undone = {(row.report_id, row.incident_id) for row in links if row.undone_on is not None}
    telling: dict[UUID, set[UUID]] = {}
    for link in links:
        if link.undone_on is None:
            telling.setdefault(link.report_id, set()).add(link.incident_id)
    parts = _found(work, ReportPart, ReportPart.report_id.in_(telling), lambda row: row.report_id in telling)
    told = [(part.person_id, part.report_id) for part in parts if part.person_id is not None]
    roles = _roles(work, {person for person, _report in told}, acts)
    acting = {role.person_id for role in roles}
    within: dict[UUID, set[UUID]] = {}
    for person, report in told:
        if person not in acting:
            within.setdefault(person, set()).update(telling[report])
    for role in roles:
        if role.act_id in acts:
            within.setdefault(role.person_id, set()).add(acts[role.act_id])
    for one in _found(work, Presence, Presence.incident_id.in_(ids), lambda row: row.incident_id in ids):
        if (one.report_id, one.incident_id) not in undone:
            within.setdefault(one.person_id, set()).add(one.incident_id)
    return within


def _roles(work: Work, people: set[UUID], acts: Mapping[UUID, UUID]) -> list[Involvement]:
    """The parts in these acts, and those of these people in any other act that counts."""
    found = _found(
        work,
        Involvement,
        Involvement.act_id.in_(acts) | Involvement.person_id.in_(people),
        lambda row: row.left_on is None and (row.act_id in acts or row.person_id in people),
    )
    others = {role.act_id for role in found} - acts.keys()
    counting = {
        act.id
        for act in _found(work, Act, Act.id.in_(others), lambda row: row.id in others and row.left_on is None)
    }
    return [role for role in found if role.act_id in acts or role.act_id in counting]


# -- made for all: for data from before there were facets, or had others


class Step(Protocol):
    """What a job gives to whom it runs: a Work, and the one way to commit."""

    work: Work

    def chunk(self, done: int, total: int) -> None: ...


def complete(work: Work) -> bool:
    """Whether every incident has the facets of today: until then a filter may miss some, and says so."""
    own = select(Facet.token).join(Project, Facet.incident_id == Project.id)
    return work.vault.facet(FILED, str(EDITION)) in set(work.db.scalars(own))


def mark_complete(work: Work, project: Project) -> None:
    """From now on every incident has its facets: an empty instance begins so, another is brought there by the job."""
    row = (project.id, work.vault.facet(FILED, str(EDITION)), project.id, work.today)
    work.beside(Facet, [row], Facet.incident_id == project.id)


def run(step: Step) -> dict[str, int]:
    """The job: incident by incident, those that are done left out; at its end the filters are whole."""
    step.work.actor.must(Permission.INCIDENT_READ)
    total, done, last = _waiting(step.work), 0, UUID(int=0)
    while chunk := _next(step.work, last):
        refile(step.work, *chunk)
        done, last = done + len(chunk), chunk[-1]
        step.chunk(done, max(total, done))
    project = step.work.db.scalars(select(Project)).one()
    mark_complete(step.work, project)
    step.work.note("facets.made", project, count=done)
    return {"made": done}


def _unfiled(work: Work) -> Any:
    mark = work.vault.facet(FILED, str(EDITION))
    filed = exists().where(Facet.incident_id == Incident.id, Facet.token == mark)
    return select(Incident.id).where(~filed, Incident.id.not_in(gone()))


def _waiting(work: Work) -> int:
    return work.db.scalar(select(func.count()).select_from(_unfiled(work).subquery())) or 0


def _next(work: Work, last: UUID) -> list[UUID]:
    query = _unfiled(work).where(Incident.id > last).order_by(Incident.id).limit(CHUNK)
    return list(work.db.scalars(query))
