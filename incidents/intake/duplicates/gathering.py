"""Everybody and everything that is known, opened to be compared. One note in the trail, with the count.

The keys of a few thousand are held at a time and let go with them. What is not published, erased, merged into another
record or not readable is not there; what was left out is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import load_only

from incidents import search
from incidents.errors import NotFound
from incidents.intake.duplicates.traits import Scene, Traits, scene, traits
from incidents.model.base import Record, compartments
from incidents.model.incident import Act, Incident
from incidents.model.people import Involvement, Person, Presence
from incidents.model.rearrangement import Arrangement, gone
from incidents.model.report import ReportLink, ReportPart, published
from incidents.model.vocabulary import PersonKind
from incidents.search.record import kept_all, still_told
from incidents.work import Permission, Unreadable, Vault, Work

AT_ONCE = 2000  # records whose keys are held together
IDENTIFYING = ("name", "other_names", "birth_date", "phone", "documents")
WHY = "duplicate"  # the reason that is noted
OPENED = "identity.opened-in-bulk"  # and the note

Told = Callable[[int, int], None]
R = TypeVar("R", bound=Record)


@dataclass
class Known:
    """What is there to compare with."""

    people: list[Traits] = field(default_factory=list, repr=False)
    scenes: dict[UUID, Scene] = field(default_factory=dict, repr=False)
    parts: dict[UUID, list[UUID]] = field(default_factory=dict, repr=False)  # the people of each incident
    left_out: Counter[str] = field(default_factory=Counter)  # why → how many people


def count(work: Work) -> int:
    """How many people there are to open, near enough to know how long it takes."""
    return len(_members(work)[0])


def gather(work: Work, told: Told | None = None) -> Known:
    """Open all of them. `told` hears how many of how many; it may commit, and what comes after opens anew."""
    work.actor.must(Permission.IDENTITY_OPEN)
    work.actor.must(Permission.INCIDENT_READ)
    incidents, reports = _members(work)
    total = len(incidents)
    work.note(OPENED, count=total, why=WHY)
    known = Known(scenes=_scenes(work, told, total))
    for person, identity, facts in _opened(work, sorted(incidents), told, total):
        unreadable = [each.why for each in (*identity.values(), facts) if isinstance(each, Unreadable)]
        if unreadable or not isinstance(facts, dict):
            known.left_out[unreadable[0] if unreadable else "altered"] += 1
            continue
        places = incidents[person]
        for place in places:
            known.parts.setdefault(place, []).append(person)
        at = [known.scenes[place] for place in sorted(places) if place in known.scenes]
        known.people.append(traits(person, identity, facts, at, reports.get(person, ())))
    return known


def _opened(
    work: Work, ids: Sequence[UUID], told: Told | None, total: int
) -> Iterator[tuple[UUID, dict[str, Any], Any]]:
    for start in range(0, len(ids), AT_ONCE):
        query = select(Person).where(
            Person.id.in_(ids[start : start + AT_ONCE]), Person.kind == PersonKind.INDIVIDUAL
        )
        columns = (getattr(Person, name) for name in (*IDENTIFYING, "facts"))
        people = list(work.db.scalars(query.options(load_only(*columns))))
        values = opened(work, people, (*IDENTIFYING, "facts"))
        for person, *identity, facts in zip(
            people, *(values[name] for name in (*IDENTIFYING, "facts")), strict=True
        ):
            yield person.id, dict(zip(IDENTIFYING, identity, strict=True)), facts
        if told:
            told(min(start + AT_ONCE, total), total)


def opened(work: Work, records: Sequence[R], columns: Iterable[str]) -> dict[str, list[Any]]:
    """Sealed columns of a few thousand records; their keys are let go afterwards. Whoever asks has noted it."""
    columns = tuple(columns)
    vault = Vault(work.vault.keystore, work.vault.ring)
    if records:
        for one in {compartments(type(records[0]))[name]: name for name in columns}.values():
            vault.prepare(records, one)
    return {name: [vault.view(record, name) for record in records] for name in columns}


# -- who is part of what


def _members(work: Work) -> tuple[dict[UUID, set[UUID]], dict[UUID, set[UUID]]]:
    """Of each person the incidents that are seen, and the reports that tell of them."""
    seen = set(work.db.scalars(select(Incident.id).where(published(Incident.batch_id))))
    linked = select(ReportPart.person_id, ReportLink.incident_id, ReportPart.report_id).join(
        ReportLink, ReportLink.report_id == ReportPart.report_id
    )
    told = linked.where(ReportPart.person_id.is_not(None), ReportLink.undone_on.is_(None))
    acting = select(Involvement.person_id, Act.incident_id).join(Act, Involvement.act_id == Act.id)
    acting = acting.where(Act.left_on.is_(None), Involvement.left_on.is_(None))
    present = select(Presence.person_id, Presence.incident_id).where(still_told())
    incidents: dict[UUID, set[UUID]] = defaultdict(set)
    reports: dict[UUID, set[UUID]] = defaultdict(set)
    for who, where in work.db.execute(acting):
        incidents[who].add(where)
    in_an_act = set(incidents)  # of a report that tells of several incidents, they are in that of their act
    for person, incident, report in work.db.execute(told):
        if person is not None:
            reports[person].add(report)
            if person not in in_an_act:
                incidents[person].add(incident)
    for who, where in work.db.execute(present):
        incidents[who].add(where)
    groups = set(work.db.scalars(select(Person.id).where(Person.kind == PersonKind.GROUP)))
    whole = kept_all(work, work.db.scalars(gone(Arrangement.SAME_PERSON)), Arrangement.SAME_PERSON)
    read_as = kept_all(work, work.db.scalars(gone(Arrangement.MERGED)))
    found: dict[UUID, set[UUID]] = {}
    for person, places in incidents.items():
        if places & seen and person not in groups:
            found.setdefault(whole.get(person, person), set()).update(
                read_as.get(place, place) for place in places & seen
            )
    return found, reports


# -- where, when, what


def _scenes(work: Work, told: Told | None, total: int) -> dict[UUID, Scene]:
    """Each incident that is seen, as far as it tells records apart."""
    joined = set(work.db.scalars(gone(Arrangement.MERGED)))
    ids = sorted(set(work.db.scalars(select(Incident.id).where(published(Incident.batch_id)))) - joined)
    found: dict[UUID, Scene] = {}
    for start in range(0, len(ids), AT_ONCE):
        found |= _scenes_of(work, ids[start : start + AT_ONCE])
        if told:
            told(0, total)
    return found


def _scenes_of(work: Work, ids: Sequence[UUID]) -> dict[UUID, Scene]:
    """These incidents; one that does not open tells nothing."""
    told = select(Incident).where(Incident.id.in_(ids)).options(load_only(Incident.facts))
    within = select(Act).where(Act.incident_id.in_(ids), Act.left_on.is_(None))
    incidents = list(work.db.scalars(told))  # not the accounts: they are long
    acts = list(work.db.scalars(within.options(load_only(Act.incident_id, Act.facts))))
    facts = opened(work, incidents, ("facts",))["facts"]
    of: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for act, said in zip(acts, opened(work, acts, ("facts",))["facts"], strict=True):
        if isinstance(said, dict):
            of[act.incident_id].append(said)
    return {
        one.id: scene(one.id, said, of[one.id])
        for one, said in zip(incidents, facts, strict=True)
        if isinstance(said, dict)
    }


def scene_of(work: Work, id: UUID) -> Scene | None:
    """One incident, as far as it tells records apart."""
    return _scenes_of(work, [id]).get(id)


def visible_person(work: Work, id: UUID) -> tuple[Person, list[Incident]]:
    """Somebody who is seen and not read under somebody else, and where they are part of."""
    found = search.person(work, id)
    if search.kept(work, id, Arrangement.SAME_PERSON) != id:
        raise NotFound
    return found


def visible_incident(work: Work, id: UUID) -> Incident:
    """An incident that is seen and not read under another one."""
    found = search.incident(work, id)
    if search.kept(work, id) != id:
        raise NotFound
    return found
