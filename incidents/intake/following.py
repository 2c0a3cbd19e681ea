"""A row that changed at its source is a newer version of its report.

An incident that nobody worked on since it came in follows it. Any other keeps what it says: the newer version waits in
the inbox, and a reviewer takes of it what is to be taken, difference by difference, or sets it aside. What was refused
is not asked again while the source goes on saying it. Somebody who was erased does not come back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from incidents import search
from incidents.errors import InvalidInput, MoveNotAllowed, Problem, _
from incidents.intake import adopting, agreeing, interviews
from incidents.intake.differences import Difference
from incidents.intake.report import (
    WAITING,
    WORDS,
    Told,
    is_newest,
    must_be_kept,
    read,
    read_all,
    says_no,
    taken_in_before,
)
from incidents.intake.take_in import alike
from incidents.model.audit import AuditEntry, RecordDigest
from incidents.model.consent import ConsentEvent, Withdrawal
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import Involvement, Presence
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import Report, ReportLink
from incidents.model.review import KeptContradiction
from incidents.model.vocabulary import Purpose, ReportState
from incidents.work import Permission, Work

BY_IMPORT = ("import.chunk", "import.followed")  # notes of the commits that an import makes
FOLLOWED, KEPT, WAITS = "followed", "kept", "waits"
# Why an incident does not follow by itself; the code stands in the trail.
REASONS: Mapping[str, str] = {
    "conversation": _("The earlier version told of an incident, this one tells of none."),
    "erased": _("Somebody in it was erased."),
    "joined": _("It was joined to another record, taken apart, or other reports tell of it too."),
    "moved": _("People changed their places in the row."),
    "not_taken_in": _("The earlier version is not taken in."),
    "stopped": _("Somebody in it withdrew a consent."),
    "wider": _("Somebody in it agrees to more than before."),
    "worked_on": _("Somebody worked on it since it came in."),
}
NO_INCIDENT = _("The newer version tells of no incident. Unlink the earlier one from its incident first.")
ONLY_WHOLE = _("There is nothing to choose in this version. Adopt it whole, or set it aside.")
NOT_THERE = _("This difference is not there, or not any more. Look at the newer version again.")


class ErasedHere(Problem):
    """What a person had erased is not brought back by a file that still has it."""

    status = 409
    code = "erased-here"
    sentence = _("What this row tells was erased here. It does not come back.")


@dataclass(frozen=True)
class Version:
    """What may be kept of a newer version, and who in it is known."""

    document: dict[str, Any]
    ids: dict[str, UUID]
    left_out: int  # people who were erased, or withdrew after they had gone from the source
    kept_as_was: int  # people who do not want to be kept any more: nothing new is written down of them


# -- what may be written down of a row that changed


def versions(work: Work, rows: Sequence[tuple[Report, dict[str, Any]]]) -> list[Version | ErasedHere]:
    """For each known report and the document that its row makes now: the same people under the same ids."""
    chains = [_chain(work, report) for report, _document in rows]
    told = {each.report.id: each for each in read_all(work, [report for chain in chains for report in chain])}
    stopped = _stopped(work, [id for each in told.values() for id in each.person_ids.values()])
    return [
        _version([told[report.id] for report in chain], document, stopped)
        for chain, (_report, document) in zip(chains, rows, strict=True)
    ]


def _chain(work: Work, report: Report) -> list[Report]:
    """A report and its earlier versions, the newest first."""
    found = [report]
    while found[-1].supersedes is not None:
        found.append(work.get(Report, found[-1].supersedes))
    return found


def _version(chain: Sequence[Told], document: dict[str, Any], stopped: set[UUID]) -> Version | ErasedHere:
    before = chain[0]
    if "rest" in before.unreadable or before.report.state == ReportState.ERASED:
        return ErasedHere()
    there = {person["key"] for person in before.document["persons"]}
    erased = {key for each in chain for key in each.unreadable} - {"rest"}
    same = _recognised(before.document["persons"], document.get("persons", []), some_gone=bool(erased))
    ids = _ids(chain, document, same)
    out = {key for key, known in same.items() if known is None or known in erased - there}
    out |= {key for key, id in ids.items() if id in stopped and same[key] not in there}
    unwanted = {key: same[key] or "" for key, id in ids.items() if id in stopped and key not in out}
    kept = _as_it_was(_without(document, out), before.document, unwanted)
    try:
        must_be_kept(kept)
    except InvalidInput:
        return ErasedHere()
    return Version(kept, ids, len(out), len(unwanted))


def _ids(chain: Sequence[Told], document: dict[str, Any], same: Mapping[str, str | None]) -> dict[str, UUID]:
    """The ids of whoever is known. Somebody who was in an earlier version only is still who they were."""
    found = {key: chain[0].person_ids[known] for key, known in same.items() if known in chain[0].person_ids}
    new = {person["key"]: person for person in document.get("persons", [])}
    for each in chain[1:]:
        for person in each.document["persons"]:
            key, id = person["key"], each.person_ids[person["key"]]
            if key in new and key not in found and id not in found.values() and alike(person, new[key]):
                found[key] = id
    return found


def _recognised(
    old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]], *, some_gone: bool
) -> dict[str, str | None]:
    """Key of somebody in the newer version → their key in the earlier one.

    The key says who it is, unless the row shows that people changed places: then name, phone or document does. None:
    nobody who is there, and it may be somebody who was erased.
    """
    known = {entry["key"]: entry for entry in old}
    likes = {e["key"]: [key for key, said in known.items() if alike(said, e)] for e in new}
    sure = {key: key for key, others in likes.items() if key in others}
    for key, others in likes.items():
        other = next((each for each in others if each not in sure.values()), None)
        if key not in sure and other is not None:
            sure[key] = other
    if all(key == other for key, other in sure.items()):
        return {key: key for key in likes}
    free = known.keys() - sure.values()
    unsure = {key: None if some_gone else key if key in free else f"new {key}" for key in likes}
    return {**unsure, **sure}


def _without(document: dict[str, Any], out: set[str]) -> dict[str, Any]:
    """The document without these people; what the first teller said goes with the first teller."""
    if not out:
        return document
    people = document.get("persons", [])
    speaker = next((person["key"] for person in people if person.get("teller")), None)
    kept = {name: value for name, value in document.items() if name not in WORDS or speaker not in out}
    links = [entry for entry in document.get("involvements", []) if entry["person"] not in out]
    return {
        **kept,
        "persons": [person for person in people if person["key"] not in out],
        **({"involvements": links} if "involvements" in document else {}),
    }


def _as_it_was(
    document: dict[str, Any], before: dict[str, Any], unwanted: Mapping[str, str]
) -> dict[str, Any]:
    """Of whoever withdrew their consent to be kept, what was there before and nothing more."""
    if not unwanted:
        return document
    old = {person["key"]: person for person in before.get("persons", [])}
    people = document.get("persons", [])
    speaker = next((person["key"] for person in people if person.get("teller")), None)
    kept = dict(document)
    if speaker in unwanted:
        kept = {name: value for name, value in kept.items() if name not in WORDS}
        kept |= {name: before[name] for name in WORDS if name in before}
    kept["persons"] = [
        {**old[unwanted[person["key"]]], "key": person["key"]} if person["key"] in unwanted else person
        for person in people
    ]
    return kept


def _stopped(work: Work, people: Iterable[UUID]) -> set[UUID]:
    """Of these people, those who do not want to be kept any more."""
    rows = work.db.scalars(select(Withdrawal).where(Withdrawal.person_id.in_(list(people))))
    return {row.person_id for row in rows if not row.purposes or Purpose.RECORD.value in row.purposes}


# -- an import that was published


def settle(work: Work, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Newer versions that just came in: FOLLOWED, KEPT or WAITS, each with a reference or the code of a reason."""
    rows = [work.get(Report, id) for id in ids]
    waiting = [row for row in rows if row.state == ReportState.RECEIVED]
    earlier = {row.id: taken_in_before(work, row) for row in waiting}
    told = {each.report.id: each for each in read_all(work, waiting)}
    known = {row.id: row for row in earlier.values() if row is not None}
    before = {each.report.id: each for each in read_all(work, list(known.values()))}
    found: dict[UUID, tuple[str, str]] = {}
    for row in rows:
        found[row.id] = _settled(work, row, told.get(row.id), earlier.get(row.id), before)
    work.note("import.followed", count=sum(fate == FOLLOWED for fate, _why in found.values()))
    return found


def _settled(
    work: Work, row: Report, told: Told | None, earlier: Report | None, before: Mapping[UUID, Told]
) -> tuple[str, str]:
    if told is None:  # in an earlier run of this import
        links = adopting.links_of(work, row)
        known = work.get(Incident, links[0].incident_id).reference if links else ""
        return (FOLLOWED, known) if row.state == ReportState.TAKEN_IN else (WAITS, "")
    _overtake(work, row)
    why = "not_taken_in" if earlier is None else _in_the_way(work, before[earlier.id], told)
    if earlier is not None:
        agreeing.narrow(work, before[earlier.id], told)  # also where the rest of it waits
    if why and earlier is not None and adopting.refused_before(work, before[earlier.id], told):
        (incident, *_others) = adopting.adopt_some(work, before[earlier.id], told, ())
        work.note("report.kept", row)
        return KEPT, incident.reference
    if why or earlier is None:
        work.note("report.waits", row, reason=why)
        return WAITS, why
    incidents = adopting.adopt(work, before[earlier.id], told)
    work.note("report.followed", row)
    return FOLLOWED, incidents[0].reference if incidents else ""


def refused(work: Work, rows: Sequence[tuple[UUID, dict[str, Any]]]) -> None:
    """Rows in which somebody who is here says no to being kept: nothing else of these rows is written down."""
    known = [work.get(Report, id) for id, _document in rows]
    for told, (_id, document) in zip(read_all(work, known), rows, strict=True):
        people = document.get("persons", [])
        same = _recognised(told.document["persons"], people, some_gone=bool(told.unreadable))
        agreeing.refuse(work, told, [same[each["key"]] or "" for each in people if says_no(each)])
    work.note("import.followed", count=len(rows))


def _overtake(work: Work, row: Report) -> None:
    """Versions between that wait still are not waited for any more."""
    while row.supersedes is not None:
        row = work.get(Report, row.supersedes)
        if row.state not in WAITING:
            return
        row.state = ReportState.SUPERSEDED


def _in_the_way(work: Work, before: Told, told: Told) -> str:
    """Why a person has to decide; empty: nothing."""
    if before.document == told.document and before.person_ids == told.person_ids:
        return ""
    if before.unreadable or told.unreadable:
        return "erased"
    links = adopting.links_of(work, before.report)
    nothing = interviews.is_nothing(told.document)
    if not links:
        return "" if nothing or interviews.is_nothing(before.document) else "worked_on"
    if nothing:
        return "conversation"
    if differently := _people_differ(before, told):
        return differently
    people = list(before.person_ids.values())
    if work.db.scalars(select(Withdrawal.id).where(Withdrawal.person_id.in_(people))).first():
        return "stopped"
    if len(links) > 1 or _joined(work, links[0], before.report, people):
        return "joined"
    return "worked_on" if _worked_on(work, links[0].incident_id, before.report, people) else ""


def _people_differ(before: Told, told: Told) -> str:
    if _moved(before, told):
        return "moved"
    return "wider" if agreeing.wider(before, told) else ""


def _moved(before: Told, told: Told) -> bool:
    keys = {id: key for key, id in before.person_ids.items()}
    return any(keys.get(id, key) != key for key, id in told.person_ids.items())


def _joined(work: Work, link: ReportLink, report: Report, people: Sequence[UUID]) -> bool:
    ids = [link.incident_id, report.id, *people]
    touched = select(Rearrangement.id).where(
        or_(Rearrangement.kept_id.in_(ids), Rearrangement.gone_id.in_(ids))
    )
    others = select(ReportLink.id).join(Report, Report.id == ReportLink.report_id)
    others = others.where(
        ReportLink.incident_id == link.incident_id,
        Report.id != report.id,
        Report.state != ReportState.SUPERSEDED,
    )
    present = select(Presence.id).where(Presence.incident_id == link.incident_id)
    return any(work.db.scalars(query).first() for query in (touched, others, present))


def _worked_on(work: Work, incident: UUID, earlier: Report, people: Sequence[UUID]) -> bool:
    """Whether anything of it was written by a commit that was no import's: the trail knows each.

    Also the report: of a version that a reviewer adopted, something may have been refused.
    """
    kept = select(KeptContradiction.id).where(KeptContradiction.incident_id == incident)
    if work.db.scalars(kept).first():
        return True
    rows: list[UUID] = [incident, earlier.id, *people]
    for kind in (Act, Perpetrator, Source, Information):
        rows += work.db.scalars(select(kind.id).where(kind.incident_id == incident))
    for other in (Involvement, ConsentEvent):
        rows += work.db.scalars(select(other.id).where(other.person_id.in_(people)))
    blocks = set(work.db.scalars(select(RecordDigest.block).where(RecordDigest.record_id.in_(rows))))
    ours = select(AuditEntry.block).where(AuditEntry.block.in_(blocks), AuditEntry.event.in_(BY_IMPORT))
    return bool(blocks - set(work.db.scalars(ours)))


# -- a reviewer decides


@dataclass(frozen=True)
class Proposed:
    """A newer version, the one that it is compared with, the incident, and why it waits."""

    told: Told
    before: Told
    incident: Incident | None
    why: str
    differences: tuple[Difference, ...]  # what may be taken, one by one; none: all of it, or nothing


def proposed(work: Work, told: Told) -> Proposed | None:
    """What a report that waits would change; none where it is no newer version of one that was taken in."""
    work.actor.must(Permission.REPORT_TAKE_IN)
    earlier = taken_in_before(work, told.report)
    if earlier is None:
        return None
    before = read(work, earlier.id)
    links = adopting.links_of(work, earlier)
    incident = search.incident(work, search.kept(work, links[0].incident_id)) if links else None
    told = _as_they_wish(work, before, told)
    found = adopting.to_choose(work, before, told, links)
    return Proposed(told, before, incident, _in_the_way(work, before, told), tuple(found))


def seen(work: Work, found: Proposed) -> str:
    """A mark of the differences and of what stands beside them, so that nobody decides on what they did not see."""
    said = [[each.name, *map(repr, (each.ours, each.theirs))] for each in found.differences]
    return str(work.vault.keyed_json("intake/differences", said).hex())


def adopt(work: Work, id: UUID, taken: Collection[str] | None = None) -> Incident | None:
    """The reviewer's yes, to all of it or to the differences of these names; what is not granted is refused.

    What is taken changes in the incident, and what was verified is looked at anew.
    """
    told = read(work, id)
    earlier = taken_in_before(work, told.report)
    if told.report.state not in WAITING or earlier is None or not is_newest(work, told.report):
        raise MoveNotAllowed
    before = read(work, earlier.id)
    links = adopting.links_of(work, earlier)
    if interviews.is_nothing(told.document) and links:
        raise InvalidInput({"": [NO_INCIDENT]})
    told = _as_they_wish(work, before, told)
    names = _taken(adopting.to_choose(work, before, told, links), taken, whole=not links)
    _overtake(work, told.report)
    incidents = (
        adopting.adopt(work, before, told)
        if names is None
        else adopting.adopt_some(work, before, told, names)
    )
    detail = {} if names is None else {"taken": len(names)}
    work.note("report.adopted", told.report, count=len(incidents), **detail)
    return incidents[0] if incidents else None


def _taken(
    found: Sequence[Difference], taken: Collection[str] | None, *, whole: bool
) -> Collection[str] | None:
    """The names of what is granted; None: it is the whole or nothing."""
    names = [each.name for each in found]
    if whole:
        if taken is not None:
            raise InvalidInput({"take": [ONLY_WHOLE]})
        return None
    if taken is None:
        return names
    if unknown := [name for name in taken if name not in names]:
        raise InvalidInput({f"take.{name}": [NOT_THERE] for name in unknown})
    return taken


def _as_they_wish(work: Work, before: Told, told: Told) -> Told:
    """Somebody may have withdrawn since it came in."""
    keys = {id: key for key, id in before.person_ids.items()}
    stopped = _stopped(work, told.person_ids.values())
    unwanted = {key: keys[id] for key, id in told.person_ids.items() if id in stopped and id in keys}
    return replace(told, document=_as_it_was(told.document, before.document, unwanted))


def reason(code: str) -> str:
    """Why it waits, in words."""
    return REASONS.get(code, "")
