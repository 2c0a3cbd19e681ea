"""What a reviewer joins and takes apart: reports and incidents, incidents, persons. Nothing is moved or overwritten.

What counts no more says so where it stands (`left_on`); what is one with another is read and counted under it. Each
of these is kept with who did it and why, and can be undone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from incidents import erasure, search
from incidents.errors import LaterFirst, MoveNotAllowed, NotFound, NotTraced, ReasonsNeeded
from incidents.intake import shaken
from incidents.intake.changing import look_again
from incidents.intake.report import reference
from incidents.model.base import Record
from incidents.model.incident import Act, Incident, IncidentLink, Information, Perpetrator, Source
from incidents.model.people import Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, Rearrangement
from incidents.model.report import Report, ReportLink, ReportPart
from incidents.model.vocabulary import IncidentState, ReportState, Verification, codes
from incidents.search.record import Opened, kept, together
from incidents.work import Permission, Unreadable, Work

SHORTEST_REASON = 12  # characters: a sentence, not a nod
R = TypeVar("R", bound=Record)
Left = TypeVar("Left", Act, Source, Perpetrator, Involvement)
# What stays out of a copy: where it stands, and what was decided about it there.
ITS_OWN = frozenset({"id", "version", "left_on", "left_for", "incident_id", "act_id", "source_id"})


# -- two that are one


def merge(work: Work, keep: UUID, gone: UUID, reasons: str) -> Rearrangement:
    """Two incidents are one: the second is read and counted under the first."""
    row = _join(work, Arrangement.MERGED, keep, gone, reasons)
    search.refile(work, row.kept_id, row.gone_id)
    return row


def merge_persons(work: Work, keep: UUID, gone: UUID, reasons: str) -> Rearrangement:
    """Two persons are one. Where that makes somebody perhaps a minor, what one reviewer decided is looked at anew."""
    shaken.joined(work, kept(work, keep, Arrangement.SAME_PERSON), gone)
    return _join(work, Arrangement.SAME_PERSON, keep, gone, reasons)


def _join(work: Work, kind: Arrangement, keep: UUID, gone: UUID, reasons: str) -> Rearrangement:
    """The one that goes was joined to nothing yet; whatever the other was joined to keeps both. So no ring is made."""
    reasons = _must(work, reasons)
    keep = kept(work, keep, kind)
    if kept(work, gone, kind) != gone or keep == gone:
        raise MoveNotAllowed
    _hold(work, kind, keep, gone)
    return _arrange(work, kind, keep, gone, reasons)


def _hold(work: Work, kind: Arrangement, *ids: UUID) -> None:
    """Both rows are written anew as they are: of two who join them at once, each to the other, one is told."""
    for id in ids:
        row = work.get(Incident if kind == Arrangement.MERGED else Person, id)
        work.vouched([row])
        flag_modified(row, "state" if kind == Arrangement.MERGED else "kind")


def _must(work: Work, reasons: str) -> str:
    work.actor.must(Permission.REPORT_TAKE_IN)
    if len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded
    return reasons.strip()


def _arrange(work: Work, kind: Arrangement, kept_id: UUID, gone_id: UUID, reasons: str) -> Rearrangement:
    row = Rearrangement(
        kind=kind, kept_id=kept_id, gone_id=gone_id, done_by=work.actor.id, done_on=work.today
    )
    work.seal(row, reasons=reasons)
    work.add(row)
    work.note("rearranged", row, kind=kind.value)
    return row


# -- a report that tells of something else


def unlink(work: Work, report: Report, reasons: str) -> list[Rearrangement]:
    """What came with a report counts no more, wherever it went since; the report waits again.

    An act that another report tells of too stays, as that one's. Taken in again, the report tells of an incident again:
    that is how this is undone.
    """
    reasons = _must(work, reasons)
    links = _rows(work, ReportLink, ReportLink.report_id == report.id, ReportLink.undone_on.is_(None))
    if report.state != ReportState.TAKEN_IN or not links:
        raise MoveNotAllowed
    came = [row for link in links for row in _came_with(work, report, link)]
    under = together(work, search.kept_all(work, [link.incident_id for link in links]).values())
    look_again(work, _rows(work, Act, Act.incident_id.in_(under)), (), reasons)
    _leave(work, [row for row in came if not (isinstance(row, Act) and _handed_on(work, report, row))])
    people = _people(work, report)
    _leave(work, _rows(work, Involvement, Involvement.person_id.in_(people), Involvement.left_on.is_(None)))
    _no_more_the_same(work, people)
    for link in links:
        link.undone_on = work.today
    report.state = ReportState.RECEIVED
    incidents = {link.incident_id for link in links}
    search.refile(work, *incidents)
    return [_arrange(work, Arrangement.UNLINKED, id, report.id, reasons) for id in sorted(incidents)]


def _came_with(work: Work, report: Report, link: ReportLink) -> list[Any]:
    """The acts, sources and alleged doers that a report brought into an incident."""
    found: list[Any] = []
    kind: Any
    for kind in (Act, Source, Perpetrator):
        rows = _rows(work, kind, kind.incident_id == link.incident_id, kind.left_on.is_(None))
        if any(row.report_id is None for row in rows) and _told_by_others(work, link):
            raise NotTraced
        found += [row for row in rows if row.report_id in (None, report.id)]
    return found


def _told_by_others(work: Work, link: ReportLink) -> bool:
    """In records from before it was kept which report told what, several reports cannot be told apart."""
    links = _rows(work, ReportLink, ReportLink.incident_id == link.incident_id)
    return any(other.report_id != link.report_id for other in links)


def _handed_on(work: Work, report: Report, act: Act) -> bool:
    """Whether another report tells of this act too: from now on it is that one's, and goes with it."""
    others = select(Source.report_id).join(Information, Information.source_id == Source.id)
    others = others.where(Information.act_id == act.id, Source.left_on.is_(None))
    told = [id for id in work.db.scalars(others.order_by(Source.id)) if id not in (None, report.id)]
    if told:
        act.report_id, act.number = told[0], None
    return bool(told)


def _people(work: Work, report: Report) -> list[UUID]:
    """Whoever this report told of, and whoever was added to it at take-in."""
    told = select(ReportPart.person_id).where(ReportPart.report_id == report.id)
    added = select(Presence.person_id).where(Presence.report_id == report.id)
    return [id for id in (*work.db.scalars(told), *work.db.scalars(added)) if id is not None]


def _no_more_the_same(work: Work, people: Iterable[UUID]) -> None:
    """That somebody is a person of the incident was said with the link, and goes with it.

    What was said of two records by itself has reasons of its own, and stays.
    """
    wanted = (Rearrangement.kind == Arrangement.SAME_PERSON, Rearrangement.undone_on.is_(None))
    for row in _rows(work, Rearrangement, *wanted, Rearrangement.gone_id.in_(people)):
        if work.read_all([row], "reasons")[0] is None:
            row.undone_by, row.undone_on = work.actor.id, work.today
            work.note("rearranged.undone", row, kind=row.kind.value)


def _leave(work: Work, rows: Iterable[Left]) -> None:
    for row in rows:
        row.left_on = work.today


# -- acts that are an incident of their own


def split(work: Work, incident: Incident, acts: Sequence[UUID], reasons: str) -> Incident:
    """These acts are another incident; whoever was part of them follows. They are looked at anew there.

    Each is written anew under the new incident's key; the old one counts no more, and says which stands for it.
    """
    reasons = _must(work, reasons)
    there = {act.id: act for act, _facts in search.acts_of(work, together(work, [incident.id]))}
    if not acts or not set(acts) <= there.keys():
        raise NotFound
    if len(set(acts)) == len(there):
        raise MoveNotAllowed  # nothing would stay behind
    moved = [there[id] for id in dict.fromkeys(acts)]
    work.vouched([incident, *moved])
    ids = together(work, [incident.id])
    erasure.must_be_answered(
        work, [*ids, *(row.id for row in _rows(work, Source, Source.incident_id.in_(ids)))]
    )
    made = _like(work, incident)
    _arrange(work, Arrangement.SPLIT, incident.id, made.id, reasons)
    _link_reports(work, incident, made, moved)
    _carry(work, incident, made, moved)
    search.refile(work, incident.id, made.id)
    return made


def _like(work: Work, incident: Incident) -> Incident:
    """A new incident at the same time and place; its account is told there too."""
    made = Incident(
        reference=reference("I"),
        state=IncidentState.OPEN,
        received_on=incident.received_on,
        recorded_by=work.actor.id,
        batch_id=incident.batch_id,
    )
    facts, narrative = (work.read_all([incident], name)[0] for name in ("facts", "narrative"))
    if isinstance(facts, Unreadable):
        raise MoveNotAllowed
    narrative = None if isinstance(narrative, Unreadable) else narrative
    work.seal(made, facts=facts, narrative=narrative, summary=None)
    work.add(made)
    work.note("incident.recorded", made)
    return made


def _link_reports(work: Work, incident: Incident, made: Incident, moved: Sequence[Act]) -> None:
    """The reports that told of these acts tell of the new incident; where it was not kept which, all of them do."""
    ids = together(work, [incident.id])
    links = _rows(work, ReportLink, ReportLink.incident_id.in_(ids), ReportLink.undone_on.is_(None))
    speaks = select(Source.report_id).join(Information, Information.source_id == Source.id)
    speaks = speaks.where(Information.act_id.in_([act.id for act in moved]), Source.left_on.is_(None))
    told = {*(act.report_id for act in moved), *work.db.scalars(speaks)}
    for report in sorted({link.report_id for link in links}):
        if report in told or None in told:
            work.add(
                ReportLink(
                    report_id=report, incident_id=made.id, linked_by=work.actor.id, linked_on=work.today
                )
            )


def _carry(work: Work, incident: Incident, made: Incident, moved: Sequence[Act]) -> None:
    """Acts with whoever was part of them, the sources that speak of them, the alleged doers."""
    acts = {act.id: _moved(work, act, made) for act in moved}
    for part in _rows(work, Involvement, Involvement.act_id.in_(acts), Involvement.left_on.is_(None)):
        _again(work, part, ("facts",), act_id=acts[part.act_id].id)
    said = _rows(work, Information, Information.act_id.in_(acts))
    used = {each.source_id for each in said}
    sources = {
        row.id: _again(work, row, ("facts", "citation"), incident_id=made.id)
        for row in _rows(work, Source, Source.id.in_(used), Source.left_on.is_(None))
    }
    for each in said:
        if each.source_id in sources:
            there = {"source_id": sources[each.source_id].id, "act_id": acts[each.act_id].id}
            _again(work, each, ("facts",), incident_id=made.id, **there)
    ids = together(work, [incident.id])
    for doer in _rows(work, Perpetrator, Perpetrator.incident_id.in_(ids), Perpetrator.left_on.is_(None)):
        _again(work, doer, ("facts", "name"), incident_id=made.id)


def _moved(work: Work, act: Act, made: Incident) -> Act:
    submitters = sorted({*act.submitted_by, str(work.actor.id)})
    new = _again(
        work,
        act,
        ("facts",),
        incident_id=made.id,
        verification=Verification.RECEIVED,
        submitted_by=submitters,
    )
    act.left_on, act.left_for = work.today, new.id
    return new


def _again(work: Work, row: R, columns: Sequence[str], **other: Any) -> R:
    """The same row elsewhere, sealed there; what is erased is not there to be copied."""
    sealed = {name: work.read_all([row], name)[0] for name in columns}
    plain = {
        column.key: getattr(row, column.key)
        for column in type(row).__mapper__.column_attrs
        if column.key not in ITS_OWN and column.key not in columns
    }
    new = type(row)(**{**plain, **other})
    work.seal(new, **{name: None if isinstance(said, Unreadable) else said for name, said in sealed.items()})
    return work.add(new)


# -- undone


def undo(work: Work, row: Rearrangement, reasons: str) -> None:
    """As it was before, but for acts whose ground changed with it: these are looked at anew.

    What a report brought comes back by taking the report in again.
    """
    reasons = _must(work, reasons)
    if not may_undo(row):
        raise MoveNotAllowed
    work.vouched([row])
    UNDO[row.kind](work, row, reasons)
    row.undone_by, row.undone_on = work.actor.id, work.today
    if row.kind != Arrangement.SAME_PERSON:
        search.refile(work, row.kept_id, row.gone_id)
    work.note("rearranged.undone", row, kind=row.kind.value)


def _part(work: Work, row: Rearrangement, reasons: str) -> None:
    """Two that were one are two again: nothing was moved."""
    _hold(work, row.kind, row.kept_id, row.gone_id)
    if row.kind == Arrangement.MERGED:
        shaken.parted(work, row, reasons)


def _unsplit(work: Work, row: Rearrangement, reasons: str) -> None:
    """The acts count where they stood; what was made for the new incident counts no more, and it is one with the old.

    So what came to the new incident since is not lost: it is read and counted under the old one.
    """
    new = _rows(work, Act, Act.incident_id == row.gone_id)
    stood = _rows(work, Act, Act.left_for.in_([act.id for act in new]))
    by_id = {act.id: act for act in new}
    if any(by_id[act.left_for].left_for for act in stood if act.left_for):
        raise LaterFirst
    if kept(work, row.gone_id) != row.gone_id or kept(work, row.kept_id) == row.gone_id:
        raise LaterFirst
    came_back = [(act, by_id[act.left_for]) for act in stood if act.left_for]
    came_back = [(act, stand_in) for act, stand_in in came_back if _back(act, stand_in)]
    for _act, stand_in in came_back:
        stand_in.left_on = work.today
    _take_back_copies(work, row)
    root = kept(work, row.kept_id)
    _hold(work, Arrangement.MERGED, root, row.gone_id)
    shaken.back(work, came_back, reasons)
    _arrange(work, Arrangement.MERGED, root, row.gone_id, work.read(row, "reasons"))


def _back(act: Act, stand_in: Act) -> bool:
    """It counts again, unless what stood for it left meanwhile: its report was unlinked."""
    if stand_in.left_on is None:
        act.left_on, act.left_for = None, None
    return act.left_on is None


def _take_back_copies(work: Work, row: Rearrangement) -> None:
    """Sources, doers and links that were made with the split, or stand in the old incident too."""
    old = together(work, [row.kept_id])
    reports = {
        link.report_id
        for link in _rows(work, ReportLink, ReportLink.incident_id.in_(old), ReportLink.undone_on.is_(None))
    }
    kind: Any
    for kind in (Source, Perpetrator):
        for each in _rows(work, kind, kind.incident_id == row.gone_id, kind.left_on.is_(None)):
            if each.report_id is None or each.report_id in reports:
                each.left_on = work.today
    for link in _rows(
        work, ReportLink, ReportLink.incident_id == row.gone_id, ReportLink.undone_on.is_(None)
    ):
        if link.report_id in reports:
            link.undone_on = work.today


def may_undo(row: Rearrangement) -> bool:
    """Whether it is of a kind that is undone by itself, and still in force."""
    return row.undone_on is None and row.kind in UNDO


UNDO: dict[Arrangement, Callable[[Work, Rearrangement, str], None]] = {
    Arrangement.MERGED: _part,
    Arrangement.SAME_PERSON: _part,
    Arrangement.SPLIT: _unsplit,
}


# -- what has to do with what


def link(work: Work, incident: UUID, other: UUID, kind: str) -> IncidentLink:
    """One incident came before another, led to it, is part of it, was by the same group, followed upon it."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    one, two = kept(work, incident), kept(work, other)
    if one == two or kind not in codes("incident_link") or any(_known(work, one, two, kind)):
        raise MoveNotAllowed
    row = IncidentLink(
        incident_id=one, other_id=two, kind=kind, linked_by=work.actor.id, linked_on=work.today
    )
    work.add(row)
    work.note("incident.linked", row, kind=kind)
    return row


def _known(work: Work, one: UUID, two: UUID, kind: str) -> list[bool]:
    there = _rows(work, IncidentLink, IncidentLink.incident_id == one, IncidentLink.undone_on.is_(None))
    return [True for row in there if row.other_id == two and row.kind == kind]


def unlink_incidents(work: Work, row: IncidentLink) -> None:
    work.actor.must(Permission.REPORT_TAKE_IN)
    if row.undone_on is not None:
        raise MoveNotAllowed
    row.undone_on = work.today
    work.note("incident.link-undone", row, kind=row.kind)


def links_of(work: Work, incident: UUID) -> list[IncidentLink]:
    """The links in force of an incident and of those merged into it, in both directions."""
    work.actor.must(Permission.INCIDENT_READ)
    ids = together(work, [incident])
    query = select(IncidentLink).where(
        IncidentLink.incident_id.in_(ids) | IncidentLink.other_id.in_(ids), IncidentLink.undone_on.is_(None)
    )
    return list(work.db.scalars(query.order_by(IncidentLink.linked_on, IncidentLink.id)))


@dataclass(frozen=True)
class Related:
    """A link as one of its two incidents reads it. `backwards`: the kind is said from the other one."""

    link: IncidentLink
    kind: str
    backwards: bool
    other: Incident


BACKWARDS = {"PRE": "FOL", "FOL": "PRE"}  # read from the other side; the rest are said as they are


def related(work: Work, opened: Opened) -> list[Related]:
    """What an incident has to do with, each as it is read from there, and where that one is read by now."""
    here = {opened.incident.id, *(each.id for each in opened.joined)}
    found = []
    for row in links_of(work, opened.incident.id):
        forwards = row.incident_id in here
        other = search.incident(work, kept(work, row.other_id if forwards else row.incident_id))
        kind = row.kind if forwards else BACKWARDS.get(row.kind, row.kind)
        found.append(
            Related(row, kind, not forwards and row.kind not in BACKWARDS and row.kind != "SAM", other)
        )
    return found


# -- what was done


def of(work: Work, ids: Iterable[UUID]) -> list[tuple[Rearrangement, Any]]:
    """Everything that was joined or taken apart of these, with the reasons; the latest last, the undone too."""
    work.actor.must(Permission.INCIDENT_READ)
    ids = list(ids)
    query = select(Rearrangement).where(Rearrangement.kept_id.in_(ids) | Rearrangement.gone_id.in_(ids))
    rows = list(work.db.scalars(query.order_by(Rearrangement.done_on, Rearrangement.id)))
    return list(zip(rows, work.read_all(rows, "reasons"), strict=True))


def _rows(work: Work, kind: type[R], *where: Any) -> list[R]:
    rows = list(work.db.scalars(select(kind).where(*where).order_by(kind.id)))
    work.vouched(rows)
    return rows
