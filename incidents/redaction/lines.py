"""What stands beside a pseudonym: age, gender, nationality, state, month; only what was chosen, and only codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.consent import minor
from incidents.model.base import Record
from incidents.model.incident import Act, Incident
from incidents.model.moment import Moment
from incidents.model.people import Involvement, Person
from incidents.model.quote import Quote
from incidents.model.vocabulary import COUNTED, NO_ANSWERS
from incidents.work import Unreadable, Work

EXACT, BAND, NONE = "exact", "band", "none"  # how an age is said
AGES = (EXACT, BAND, NONE)
PARTS = ("gender", "nationality", "state", "month")  # what else may stand there
FIRST = {
    "age": BAND,
    "gender": True,
    "nationality": True,
    "state": False,
    "month": False,
}  # until somebody chooses
BANDS = (
    (4, "0-4"),
    (9, "5-9"),
    (11, "10-11"),
    (14, "12-14"),
    (17, "15-17"),
    (24, "18-24"),
    (34, "25-34"),
    (44, "35-44"),
    (59, "45-59"),
    (200, "60+"),
)


@dataclass(frozen=True)
class Spoken:
    """What the record says today of a person and of what they told; empty where it does not open."""

    person: Mapping[str, Any] = field(repr=False)
    incident: Mapping[str, Any] = field(repr=False)
    acts: Sequence[Mapping[str, Any]] = field(repr=False)  # those that count and in which they are


def read(work: Work, quotes: Sequence[Quote]) -> dict[UUID, Spoken]:
    """Of each quote; rows that were changed behind the program are refused."""
    people = _opened(work, Person, {each.person_id for each in quotes})
    incidents = _opened(work, Incident, {each.incident_id for each in quotes})
    acts = _acts(work, {each.person_id for each in quotes})
    return {
        each.id: Spoken(
            people.get(each.person_id, {}), incidents.get(each.incident_id, {}), acts.get(each.person_id, [])
        )
        for each in quotes
    }


def _opened(work: Work, kind: type[Record], ids: Iterable[UUID]) -> dict[UUID, Mapping[str, Any]]:
    return _readable(work, list(work.db.scalars(select(kind).where(kind.id.in_(sorted(ids))))))


def _readable(work: Work, rows: Sequence[Record]) -> dict[UUID, Mapping[str, Any]]:
    work.vouched(rows)
    opened = zip(rows, work.read_all(rows, "facts", "quote"), strict=True)
    return {row.id: facts for row, facts in opened if not isinstance(facts, Unreadable)}


def _acts(work: Work, people: Iterable[UUID]) -> dict[UUID, list[Mapping[str, Any]]]:
    """The acts in which each of these is, and that a reviewer found credible or verified."""
    query = (
        select(Involvement.person_id, Act)
        .join(Act, Act.id == Involvement.act_id)
        .where(
            Involvement.person_id.in_(sorted(people)),
            Involvement.left_on.is_(None),
            Act.left_on.is_(None),
            Act.verification.in_(COUNTED),
        )
        .order_by(Act.received_on, Act.number, Act.id)
    )
    pairs = [(person, act) for person, act in work.db.execute(query)]
    facts = _readable(work, list({act.id: act for _person, act in pairs}.values()))
    found: dict[UUID, list[Mapping[str, Any]]] = {}
    for person, act in pairs:
        if act.id in facts:
            found.setdefault(person, []).append(facts[act.id])
    return found


def line(spoken: Spoken, shown: Mapping[str, Any]) -> dict[str, Any]:
    """What may be printed of it; what nobody knows is not there."""
    said: dict[str, Any] = _age(spoken.person, shown["age"])
    if shown["gender"] and _is_code(spoken.person.get("gender")):
        said["gender"] = spoken.person["gender"]
    if shown["nationality"]:
        said["nationality"] = [each for each in spoken.person.get("nationality") or () if _is_code(each)]
    if shown["state"]:
        said["state"] = _first(spoken, lambda facts: (facts.get("place") or {}).get("state"))
    if shown["month"]:
        said["month"] = _first(spoken, _month)
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _age(person: Mapping[str, Any], how: str) -> dict[str, Any]:
    """In years as it was told; of somebody who may be a child only that."""
    if how == NONE:
        return {}
    if minor(person):
        return {"age_band": "CHI"}
    age = person.get("age")
    if age is not None and how == EXACT:
        return {"age": age}
    band = person.get("age_band") if age is None else next(name for most, name in BANDS if age <= most)
    return {"age_band": band} if _is_code(band) else {}


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value not in NO_ANSWERS


def _first(spoken: Spoken, of: Any) -> str:
    """The incident's own, or else that of the first act of theirs that says one."""
    found = (of(facts) for facts in (spoken.incident, *spoken.acts))
    return next((each for each in found if _is_code(each)), "")


def _month(facts: Mapping[str, Any]) -> str | None:
    return Moment.from_json(facts["moment"]).month if facts.get("moment") else None
