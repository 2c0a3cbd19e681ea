"""Two records beside each other, opened for whoever decides about them; and the names of a page of pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import search
from incidents.errors import NotFound
from incidents.intake.duplicates.crowd import Crowd
from incidents.intake.duplicates.deciding import must_be_two
from incidents.intake.duplicates.doubles import Chronicle
from incidents.intake.duplicates.gathering import (
    IDENTIFYING,
    OPENED,
    WHY,
    opened,
    scene_of,
    visible_incident,
    visible_person,
)
from incidents.intake.duplicates.traits import traits
from incidents.intake.duplicates.weights import Sign
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.work import Permission, Unreadable, Work


@dataclass(frozen=True)
class Side:
    """One of two persons or incidents; each value may be Unreadable."""

    id: UUID
    values: dict[str, Any] = field(repr=False)  # identity of a person; facts, acts and account of an incident
    facts: Any = field(repr=False)
    incidents: list[Incident]
    acts: list[Any] = field(default_factory=list)


def names_of(work: Work, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The names of these people: names in bulk, noted once."""
    work.actor.must(Permission.IDENTITY_OPEN)
    work.must_be_fresh()
    people = list(work.db.scalars(select(Person).where(Person.id.in_(set(ids)))))
    if people:
        work.note(OPENED, count=len(people), why=WHY)
    found = opened(work, people, ("name",))["name"]
    return {person.id: name for person, name in zip(people, found, strict=True)}


def incidents_of(work: Work, id: UUID, kind: str = "person") -> list[Incident]:
    """Where somebody is part of, or the incident itself; none where it is gone by now."""
    try:
        return visible_person(work, id)[1] if kind == "person" else [visible_incident(work, id)]
    except NotFound:
        return []


def two(work: Work, about: str, one: UUID, other: UUID) -> tuple[Side, Side, Sequence[Sign]]:
    """Both, and the signs that speak for and against their being one."""
    must_be_two(work, about, one, other)
    return _persons(work, one, other) if about == "person" else _incidents(work, one, other)


def _persons(work: Work, one: UUID, other: UUID) -> tuple[Side, Side, Sequence[Sign]]:
    work.actor.must(Permission.IDENTITY_OPEN)
    people = [work.get(Person, id) for id in (one, other)]
    work.note(OPENED, count=len(people), why=WHY)
    values = opened(work, people, (*IDENTIFYING, "facts"))
    sides, compared = [], []
    for place, person in enumerate(people):
        identity = {name: values[name][place] for name in IDENTIFYING}
        facts = values["facts"][place]
        incidents = incidents_of(work, person.id)
        sides.append(Side(person.id, identity, facts, incidents))
        scenes = [found for each in incidents if (found := scene_of(work, each.id))]
        compared.append(traits(person.id, identity, {} if isinstance(facts, Unreadable) else facts, scenes))
    return sides[0], sides[1], Crowd(compared).compare(compared[0], compared[1]).signs


def _incidents(work: Work, one: UUID, other: UUID) -> tuple[Side, Side, Sequence[Sign]]:
    sides = []
    for id in (one, other):
        found = search.open_incident(work, id)
        values = {"narrative": found.narrative, "summary": found.summary, "people": len(found.people)}
        sides.append(Side(id, values, found.facts, [found.incident], [said for _act, said in found.acts]))
    scenes = {id: place for id in (one, other) if (place := scene_of(work, id))}
    if len(scenes) < 2:
        return sides[0], sides[1], ()
    return sides[0], sides[1], Chronicle(scenes, {}, {}).compare(scenes[one], scenes[other], {}).signs
