"""What the record knows of names, numbers and places, gathered for one incident, in an unlocked session."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.model import place
from incidents.model.account import User
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Act, Incident, Perpetrator
from incidents.model.people import Person
from incidents.redaction import people
from incidents.redaction.finding import SHORT_NAME, Known
from incidents.search.names import PARTICLES
from incidents.work import Unreadable, Work, normal_name

WHY = "redaction"  # why a name is opened, as the trail says it
SHORTEST_NAME, SHORTEST_NUMBER = 3, 5  # letters; letters and digits
WHEREABOUTS = ("address", "exact_place", "contact")
# Words that stand in a field for names and name nobody.
NO_NAMES = frozenset(
    "and con for from her his hijo hija hermana hermano madre mama mother padre papa por que sister brother son "
    "daughter father the tia tio una uno unos with esposo esposa wife husband "
    "al el en es fue ha he in is it la le lo me mi my ni no of on os se si su te to tu un va ya yo".split()
)
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"[^\W_]+(?:[ ./()-]{1,2}[^\W_]+)*")


def of(work: Work, incidents: Iterable[UUID]) -> Known:
    """Names of everybody in these incidents, of the alleged doers, of those beside a consent, of the staff."""
    ids = list(incidents)
    persons = _rows(work, Person, Person.id.in_(people.everybody(work, ids)))
    names: dict[str, tuple[str, ...]] = {}
    for whose, said in _names(work, persons, ids):
        for word in words_of(said):
            names[word] = tuple(dict.fromkeys((*names.get(word, ()), whose)))
    return Known(names, dict(_places(work, persons, ids)), tuple(sorted(_numbers(work, persons))))


def of_person(work: Work, person: Person) -> set[str]:
    """The words of one person's own names."""
    return {word for said in _of_column(work, [person], "name", "other_names") for word in words_of(said)}


def words_of(name: str) -> set[str]:
    """The words of a name that tell somebody apart; of “the sister of Rosa”, Rosa; of “Bo Li”, both."""
    said = _WORD.findall(name)
    capitals = [word for word in said if word[0].isupper()]
    compared = {normal_name(word) for word in capitals or said}
    least = SHORT_NAME if capitals else SHORTEST_NAME
    return {word for word in compared if len(word) >= least} - PARTICLES - NO_NAMES


def _rows(work: Work, kind: Any, where: Any) -> list[Any]:
    return list(work.db.scalars(select(kind).where(where).order_by(kind.id)))


def _names(work: Work, persons: list[Person], ids: list[UUID]) -> Iterator[tuple[str, str]]:
    """Whose, and the name."""
    for column in ("name", "other_names"):
        for person, said in zip(persons, work.read_all(persons, column, WHY), strict=True):
            yield from ((str(person.id), text) for text in _texts(said))
    doers = _rows(work, Perpetrator, Perpetrator.incident_id.in_(ids))
    for doer, said in zip(doers, work.read_all(doers, "name", WHY), strict=True):
        yield from ((str(doer.id), text) for text in _texts(said))
    events = _rows(work, ConsentEvent, ConsentEvent.person_id.in_([each.id for each in persons]))
    for said in work.read_all(events, "names", WHY):
        yield from ((normal_name(text), text) for text in _texts(said))
    yield from ((str(id), name) for id, name in work.db.execute(select(User.id, User.name).order_by(User.id)))


def _of_column(work: Work, rows: list[Any], *columns: str) -> Iterator[str]:
    for column in columns:
        for said in work.read_all(rows, column, WHY):
            yield from _texts(said)


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for inner in said.values():
            yield from _texts(inner)
    elif isinstance(said, list):
        for inner in said:
            yield from _texts(inner)


def _numbers(work: Work, persons: list[Person]) -> set[str]:
    """Of documents and telephones, as far as one can be told from a word."""
    found: set[str] = set()
    for column in ("documents", "phone"):
        for text in _of_column(work, persons, column):
            numbers = ("".join(filter(str.isalnum, each)) for each in _NUMBER.findall(text))
            found |= {each for each in numbers if sum(map(str.isdigit, each)) >= SHORTEST_NUMBER}
    return found | {each[-10:] for each in found if each.isdigit() and len(each) > 10}  # without its country


def _places(work: Work, persons: list[Person], ids: list[UUID]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Which place, and each name of it as compared words."""
    said: dict[str, str] = {}
    for kind, where in ((Incident, Incident.id.in_(ids)), (Act, Act.incident_id.in_(ids))):
        for facts in work.read_all(_rows(work, kind, where), "facts", WHY):
            for code, name in _coded(facts):
                said[f"{code}/{name}"] = name
    whereabouts = (word for text in _of_column(work, persons, *WHEREABOUTS) for word in _WORD.findall(text))
    said |= {word: word for word in whereabouts if word[0].isupper() and len(word) > SHORTEST_NAME}
    for thing, name in said.items():
        compared = tuple(normal_name(word) for word in _WORD.findall(name))
        if compared and any(len(word) > SHORTEST_NAME for word in compared):
            yield thing, compared


def _coded(facts: Any) -> Iterator[tuple[str, str]]:
    """The municipalities and states in a document, by code and by name in either language."""
    if isinstance(facts, list):
        for inner in facts:
            yield from _coded(inner)
    if not isinstance(facts, Mapping) or isinstance(facts, Unreadable):
        return
    for inner in facts.values():
        yield from _coded(inner)
    if "precision" in facts:
        for code, names in (
            (facts.get("municipality"), [place.municipality_label(facts.get("municipality"))]),
            (facts.get("state"), [place.state_label(facts.get("state"), each) for each in ("en", "es")]),
        ):
            yield from ((str(code), name) for name in names if code and name)
