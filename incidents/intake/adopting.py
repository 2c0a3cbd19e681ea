"""A newer version adopted: all that it tells, or the differences that were granted.

What was set aside in a version between is not asked again, while the source goes on saying it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from incidents import search
from incidents.intake import differences, interviews, standing
from incidents.intake.differences import Difference
from incidents.intake.report import Told, read_all
from incidents.intake.take_in import understand
from incidents.intake.updating import Change, update
from incidents.model.incident import Incident
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportLink
from incidents.model.vocabulary import ReportState
from incidents.work import Work


def links_of(work: Work, report: Report) -> list[ReportLink]:
    """The incidents it tells of; the one it was taken in as before those that were split off."""
    rows = list(
        work.db.scalars(
            select(ReportLink)
            .where(ReportLink.report_id == report.id, ReportLink.undone_on.is_(None))
            .order_by(ReportLink.linked_on, ReportLink.id)
        )
    )
    ids = [row.incident_id for row in rows]
    split = set(
        work.db.scalars(
            select(Rearrangement.gone_id).where(
                Rearrangement.kind == Arrangement.SPLIT, Rearrangement.gone_id.in_(ids)
            )
        )
    )
    return sorted(rows, key=lambda row: row.incident_id in split)


# -- what may be chosen


def to_choose(work: Work, before: Told, told: Told, links: Sequence[ReportLink]) -> list[Difference]:
    """What a reviewer is asked: not what was refused before, and not what is here already."""
    if not links or interviews.is_nothing(told.document):
        return []
    here = differences.aligned(before, told)
    refused = _refused(work, before, here, told)
    found = differences.between(here.document, told.document)
    wanted = [each for name, each in found.items() if name not in refused]
    return standing.beside(_change(work, before, told, links), wanted)


def _refused(work: Work, before: Told, here: Told, told: Told) -> set[str]:
    """The differences of this version that a version in between had as well, and that was set aside."""
    found = differences.between(here.document, told.document)
    refused: set[str] = set()
    for each in read_all(work, _set_aside(work, before.report, told.report)):
        past = differences.between(here.document, differences.aligned(each, told).document)
        refused |= {name for name, one in found.items() if name in past and past[name].theirs == one.theirs}
    return refused


def _set_aside(work: Work, earlier: Report, newer: Report) -> list[Report]:
    found, above = [], newer.supersedes
    while above is not None and above != earlier.id:
        report = work.get(Report, above)
        found += [report] if report.state == ReportState.SET_ASIDE else []
        above = report.supersedes
    return found


def refused_before(work: Work, before: Told, told: Told) -> bool:
    """Whether there is nothing in it that was not refused before."""
    if not _set_aside(work, before.report, told.report) or before.unreadable or told.unreadable:
        return False
    if not links_of(work, before.report) or interviews.is_nothing(told.document):
        return False
    here = differences.aligned(before, told)
    return differences.between(here.document, told.document).keys() <= _refused(work, before, here, told)


# -- adopted


def _change(
    work: Work,
    before: Told,
    told: Told,
    links: Sequence[ReportLink],
    taken: Iterable[Difference] | None = None,
) -> Change:
    """The step from the earlier version to the newer one, or to as much of it as is granted."""
    incident, here = work.get(Incident, links[0].incident_id), differences.aligned(before, told)
    places = {entry["key"]: place for place, entry in enumerate(told.document.get("acts", []), 1)}
    kept = replace(differences.granted(here, told, ()), report=before.report)
    some = told if taken is None else differences.granted(here, told, taken)
    return Change(
        work, incident, kept, some, _alone(work, before, told, links), _submitters(work, told), places
    )


def _submitters(work: Work, told: Told) -> frozenset[str]:
    return frozenset({str(told.report.recorded_by), str(work.actor.id)})


def adopt_some(work: Work, before: Told, told: Told, names: Collection[str]) -> list[Incident]:
    """The differences of these names; none of them: the incident stays as it is."""
    links = links_of(work, before.report)
    found = to_choose(work, before, told, links) if names else []
    taken = [each for each in found if each.name in names]
    update(_change(work, before, told, links, taken), links)
    return _brought(work, links)


def adopt(work: Work, before: Told, told: Told) -> list[Incident]:
    """All of it."""
    links = links_of(work, before.report)
    if not links:
        return _conversation(work, before, told)
    incident, alone = work.get(Incident, links[0].incident_id), _alone(work, before, told, links)
    update(Change(work, incident, before, told, alone, _submitters(work, told)), links)
    return _brought(work, links)


def _alone(work: Work, before: Told, told: Told, links: Sequence[ReportLink]) -> bool:
    """Whether no other report tells of the incident."""
    others = select(ReportLink.id).where(
        ReportLink.incident_id == links[0].incident_id,
        ReportLink.report_id.not_in([before.report.id, told.report.id]),
    )
    return len(links) == 1 and work.db.scalars(others).first() is None


def _brought(work: Work, links: Sequence[ReportLink]) -> list[Incident]:
    search.refile(work, *(link.incident_id for link in links))
    return [work.get(Incident, search.kept(work, link.incident_id)) for link in links]


def _conversation(work: Work, before: Told, told: Told) -> list[Incident]:
    """A conversation in which nothing had happened is told otherwise now, or tells of something."""
    before.report.state, told.report.state = ReportState.SUPERSEDED, ReportState.TAKEN_IN
    if interviews.is_nothing(told.document):
        interviews.keep(work, told.report, told.document)
        return []
    return [understand(work, told, told.document)]
