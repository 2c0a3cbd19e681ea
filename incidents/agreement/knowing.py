"""Who knows already how a report is coded: they would not code it unseen.

A report is meant with all its versions, and an incident with all that is read as one with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from sqlalchemy import or_, select

from incidents import search
from incidents.model.coding import Coding
from incidents.model.incident import Act
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportLink
from incidents.model.review import Review
from incidents.work import Work

CHUNK = 400  # ids in one query
People = dict[UUID, set[UUID]]  # of a report or an incident, members


def chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def worked_on(work: Work, ids: Sequence[UUID]) -> People:
    """Who has seen or made the codes of what these reports tell of: sent it, took it in, decided on it, joined it."""
    found: People = {}
    for some in chunks(ids):
        versions, senders = _versions(work, some)
        handled = _by_links(work, senders)
        for id in some:
            for version in versions[id]:
                found.setdefault(id, set()).update(senders.get(version, ()), handled.get(version, ()))
    return found


def coded(work: Work, ids: Sequence[UUID]) -> People:
    """Who was ever asked to code these reports; nobody else saw them in a sample, but for those who draw."""
    found: People = {}
    for some in chunks(ids):
        versions, every = _versions(work, some)
        asked: People = {}
        query = select(Coding.report_id, Coding.coder).where(Coding.report_id.in_(every))
        for row in work.db.execute(query):
            asked.setdefault(row.report_id, set()).add(row.coder)
        for id in some:
            found[id] = {who for version in versions[id] for who in asked.get(version, ())}
    return found


def _versions(work: Work, ids: Iterable[UUID]) -> tuple[dict[UUID, set[UUID]], People]:
    """Of each report, itself with its earlier and later versions; and who sent each of these."""
    family, new = {id: {id} for id in ids}, set(ids)
    senders: People = {}
    asked: set[UUID] = set()
    while new:
        asked |= new
        query = select(Report.id, Report.supersedes, Report.recorded_by)
        rows = work.db.execute(query.where(or_(Report.id.in_(new), Report.supersedes.in_(new)))).all()
        for row in rows:
            senders[row.id] = {row.recorded_by}
            if row.supersedes is not None:
                _join(family, row.id, row.supersedes)
        new = {id for row in rows for id in (row.id, row.supersedes) if id is not None} - asked
    return family, senders


def _join(family: dict[UUID, set[UUID]], one: UUID, other: UUID) -> None:
    """All of one family share one set."""
    both = family.setdefault(one, {one}) | family.setdefault(other, {other})
    family.update(dict.fromkeys(both, both))


def _by_links(work: Work, reports: Iterable[UUID]) -> People:
    """Of each report, who linked it, and who worked on the incidents that it tells of."""
    links = work.db.scalars(select(ReportLink).where(ReportLink.report_id.in_(reports))).all()
    root = search.kept_all(work, {link.incident_id for link in links})
    people = _of_incidents(work, root.values())
    found: People = {}
    for link in links:
        who = found.setdefault(link.report_id, set())
        who |= {link.linked_by, *people.get(root[link.incident_id], ())}
    return found


def _of_incidents(work: Work, roots: Iterable[UUID]) -> People:
    """Under the incident that they are read as."""
    ids = search.together(work, roots)
    root = search.kept_all(work, ids)
    found: People = {}
    for act in work.db.execute(select(Act.incident_id, Act.submitted_by).where(Act.incident_id.in_(ids))):
        found.setdefault(root[act.incident_id], set()).update(UUID(id) for id in act.submitted_by)
    decided = select(Review.incident_id, Review.decided_by).where(Review.incident_id.in_(ids))
    joined = select(Rearrangement.gone_id, Rearrangement.done_by).where(
        Rearrangement.kind == Arrangement.MERGED, Rearrangement.gone_id.in_(ids)
    )
    for query in (decided, joined):
        for id, who in work.db.execute(query):
            found.setdefault(root[id], set()).add(who)
    return found
