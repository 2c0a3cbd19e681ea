"""What stands here beside each difference of a newer version, as reviewers left it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.intake.differences import Difference, Leaves, leaves, sides
from incidents.intake.updating import Change, acts_of, own
from incidents.model.incident import Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.vocabulary import Purpose
from incidents.work import Unreadable

AS_TOLD = frozenset({"identity", "safe_contact"})  # not opened for this: shown as it was told before


def beside(change: Change, differences: Sequence[Difference]) -> list[Difference]:
    """The differences with what stands here; those that are settled already are left out."""
    here = _Here(change)
    now = sides(change.told.document)
    found: dict[str, Difference] = {}
    for each in differences:
        stands = here.at(each)
        if stands is None and each.place[0] in ("acts", "persons"):
            if each.theirs is not None:  # it was never taken in: all of it is new here
                name = ".".join(each.place)
                found[name] = Difference(name, each.place, None, now[each.place])
        elif not _settled(each, stands):
            found[each.name] = replace(each, ours=stands)
    return list(found.values())


def _settled(each: Difference, stands: Leaves | None) -> bool:
    """Whether it is here already as the newer version has it."""
    if each.whole or stands is None:
        return False
    paths = (each.theirs or {}).keys() | (each.before or {}).keys()
    if any(path[:1] == ("consent",) or path[0] in AS_TOLD for path in paths if path):
        return False
    return stands == each.theirs


class _Here:
    """Reads of the incident what it is asked for, each once."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._work = change.work
        self._read: dict[str, dict[str, Any]] = {}

    def at(self, each: Difference) -> Leaves | None:
        """What stands at the place of a difference, on its paths; None: no such entry."""
        block, key = each.place
        if block not in self._read:
            self._read[block] = getattr(self, f"_{block}")()
        there = self._read[block].get(key)
        if there is None or each.whole:
            return there if there is None else {**there, **_told(each)}
        paths = {**(each.before or {}), **(each.theirs or {})}
        found = {path: there[path] for path in paths if path in there}
        return found | self._apart(each, paths)

    def _apart(self, each: Difference, paths: Iterable[Any]) -> Leaves:
        """What lies apart from the facts of a person: their names as they were told, what they agree to now."""
        if ("consent",) not in paths:
            return _told(each)
        person = self._people()[self._change.told.person_ids[each.place[1]]]
        decisions = ((each.theirs or {}).get(("consent",)) or {}).get("decisions") or {}
        said = {purpose: self._answer(person, Purpose(purpose)) for purpose in decisions}
        return {**_told(each), ("consent",): {"decisions": said}}

    def _answer(self, person: Person, purpose: Purpose) -> str:
        answer = consent.permits(self._work, person, purpose)
        return consent.GIVEN if isinstance(answer, consent.Permit) else answer.reason

    # -- block by block

    def _words(self) -> dict[str, Leaves]:
        incident = self._change.incident
        values = {name: self._work.read_all([incident], name)[0] for name in ("narrative", "summary")}
        return {"": {(name,): value for name, value in values.items() if isinstance(value, str)}}

    def _facts(self, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
        for facts in self._work.read_all(rows, "facts"):
            yield {} if isinstance(facts, Unreadable) else facts

    def _incident(self) -> dict[str, Leaves]:
        (facts,) = self._facts([self._change.incident])
        return {"": dict(leaves({name: value for name, value in facts.items() if name != "interview"}))}

    def _interview(self) -> dict[str, Leaves]:
        (facts,) = self._facts([self._change.incident])
        return {"": dict(leaves(facts.get("interview") or {}))}

    def _acts(self) -> dict[str, Leaves]:
        acts = acts_of(self._change)
        return {
            key: dict(leaves(facts))
            for key, facts in zip(acts, self._facts(list(acts.values())), strict=True)
        }

    def _people(self) -> dict[UUID, Person]:
        ids = {**self._change.before.person_ids, **self._change.told.person_ids}.values()
        return {row.id: row for row in self._work.db.scalars(select(Person).where(Person.id.in_(ids)))}

    def _persons(self) -> dict[str, Leaves]:
        ids = {**self._change.before.person_ids, **self._change.told.person_ids}
        people = self._people()
        facts = dict(zip(people, self._facts(list(people.values())), strict=True))
        return {key: _person(people[id], facts[id]) for key, id in ids.items() if id in people}

    def _involvements(self) -> dict[str, Leaves]:
        acts = {act.id: key for key, act in acts_of(self._change).items()}
        people = {id: key for key, id in self._change.told.person_ids.items()}
        rows = self._work.db.scalars(
            select(Involvement)
            .where(
                Involvement.act_id.in_(acts), Involvement.person_id.in_(people), Involvement.left_on.is_(None)
            )
            .order_by(Involvement.id)
        ).all()
        found: dict[str, Leaves] = {}
        for row, facts in zip(rows, self._facts(rows), strict=True):
            there = found.setdefault(f"{people[row.person_id]} {acts[row.act_id]}", {(): []})
            there[()].append(facts)
        return found

    def _perpetrators(self) -> dict[str, Leaves]:
        return {"": {(): list(self._facts(own(self._change, Perpetrator)))}}

    def _sources(self) -> dict[str, Leaves]:
        return {"": {(): list(self._facts(own(self._change, Source)))}}


def _told(each: Difference) -> Leaves:
    return {path: value for path, value in (each.before or {}).items() if path and path[0] in AS_TOLD}


def _person(person: Person, facts: dict[str, Any]) -> Leaves:
    return {
        ("kind",): person.kind.value,
        ("teller",): person.teller,
        **{("facts", *path): value for path, value in leaves(facts)},
    }
