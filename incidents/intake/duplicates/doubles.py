"""Incidents that may be one: told twice, by other people or in another import.

Place, time and acts say little where much happens; so what counts is how many incidents of that kind there are in that
place in those days. People who may be the same weigh most; of people without a name, gender, age and nationality.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log2
from uuid import UUID

from incidents.intake.duplicates import weights as w
from incidents.intake.duplicates.pairs import FULL, around
from incidents.intake.duplicates.traits import Scene, Traits, days_between
from incidents.intake.duplicates.weights import Match, Sign

# -- what each sign counts for, as in weights.py
SAME_PLACE_MOST, SAME_STATE_MOST = 9.0, 4.0
SAME_DAY, NEAR_DAY, OTHER_DAYS = 2.0, 0.5, -8.0
SAME_ACTS_MOST, OTHER_ACTS = 3.0, -3.0
# With people who may be one in both, the odds are one in seven, or one in two hundred, of however many incidents:
# who is told of twice is told of so as often in a large house as in a small one.
PEOPLE_LIKELY, PEOPLE_POSSIBLE = -2.8, -7.8
VICTIMS_MOST, OTHER_VICTIMS = 6.0, -3.0

Alike = Mapping[frozenset[UUID], float]  # two people → the score of their being one


class Chronicle:
    """All incidents, and how many there are of each kind."""

    def __init__(
        self,
        scenes: Mapping[UUID, Scene],
        parts: Mapping[UUID, Sequence[UUID]],
        people: Mapping[UUID, Traits],
    ) -> None:
        self.scenes = scenes
        self._parts, self._people = parts, people
        self._when: Counter[str] = Counter()
        self._acts: Counter[str] = Counter()
        self._victims: Counter[str] = Counter()
        for scene in scenes.values():
            self._when.update(set(_where_and_when(scene)))
            self._acts.update(scene.acts)
            self._victims.update(set(self.victims(scene.incident)))
        self.size = max(len(scenes), w.FEWEST)
        self.prior = -log2(self.size)

    def victims(self, incident: UUID) -> list[str]:
        """Gender, age and nationality of each, where all three are known."""
        known = [self._people[id] for id in self._parts.get(incident, ()) if id in self._people]
        return [
            f"{who.gender} {who.years[0]} {min(who.nations)}"
            for who in known
            if who.gender and who.years and who.nations
        ]

    def beside(self, alike: Alike) -> dict[UUID, set[UUID]]:
        """The incidents of people who may be the same, under both of them."""
        found: dict[UUID, set[UUID]] = {}
        for pair in alike:
            one, other = (
                [scene.incident for scene in self._people[id].scenes] if id in self._people else []
                for id in pair
            )
            for mine in one:
                for theirs in other:
                    if mine != theirs and {mine, theirs} <= self.scenes.keys():
                        found.setdefault(mine, set()).add(theirs)
                        found.setdefault(theirs, set()).add(mine)
        return found

    def against(self, one: Scene, alike: Alike, least: float = w.POSSIBLE) -> list[tuple[Scene, Match]]:
        """Incidents that may be this one, the likeliest first."""
        found = [
            (other, match)
            for other in self.scenes.values()
            if other.incident != one.incident and (match := self.compare(one, other, alike)).score >= least
        ]
        return sorted(found, key=lambda each: -each[1].score)

    def compare(self, one: Scene, other: Scene, alike: Alike) -> Match:
        signs = [*self._place_and_time(one, other), *self._acts_of(one, other), *self._who(one, other, alike)]
        return Match(sum(sign.weight for sign in signs) + self.prior, tuple(signs))

    def _place_and_time(self, one: Scene, other: Scene) -> Iterator[Sign]:
        days = days_between(one, other)
        if days is not None and days > w.NEAR_DAYS:
            yield Sign("days_differ", w.FAR_SCENE if days <= w.FAR_DAYS else OTHER_DAYS, days)
        if not one.state or not other.state:
            return
        if one.state != other.state:
            yield Sign("place_differs", OTHER_DAYS)
        elif days is not None and days <= w.NEAR_DAYS:
            exact = one.first == one.last and other.first == other.last
            place = one.place if one.place == other.place else one.state
            most = SAME_PLACE_MOST if place != one.state else SAME_STATE_MOST
            often = max(
                (self._when[key] for key in _where_and_when(one) if key.startswith(f"{place} ")), default=1
            )
            near = (SAME_DAY if days == 0 else NEAR_DAY) if exact else 0.0
            yield Sign("scene_near", min(most, w.bits(often, self.size)) + near, days, place)

    def _acts_of(self, one: Scene, other: Scene) -> Iterator[Sign]:
        if not one.acts or not other.acts:
            return
        shared = one.acts & other.acts
        if shared:
            act = min(shared, key=lambda code: self._acts[code])
            yield Sign("act_same", min(SAME_ACTS_MOST, w.bits(self._acts[act], len(self.scenes))), act=act)
        else:
            yield Sign("act_differs", OTHER_ACTS)

    def _who(self, one: Scene, other: Scene, alike: Alike) -> Iterator[Sign]:
        """People who may be the same; else what is known of the people besides their names."""
        mine, theirs = self._parts.get(one.incident, ()), self._parts.get(other.incident, ())
        if set(mine) & set(theirs):
            yield Sign("person_same", PEOPLE_LIKELY - self.prior)
            return
        best = max((alike.get(frozenset((a, b)), -99.0) for a in mine for b in theirs), default=-99.0)
        if best >= w.POSSIBLE:
            left = PEOPLE_LIKELY if best >= w.SWEPT else PEOPLE_POSSIBLE
            yield Sign("person_alike", left - self.prior)
            return
        if self._named(mine) and self._named(theirs):
            yield Sign("people_differ", OTHER_VICTIMS)
            return
        ours, others = Counter(self.victims(one.incident)), Counter(self.victims(other.incident))
        if shared := ours & others:
            rarest = min(self._victims[key] for key in shared)
            yield Sign("victims_alike", min(VICTIMS_MOST, w.bits(rarest, self.size)))
        elif ours and others:
            yield Sign("people_differ", OTHER_VICTIMS)

    def _named(self, people: Sequence[UUID]) -> bool:
        return any(self._people[id].words for id in people if id in self._people)


def _where_and_when(scene: Scene) -> list[str]:
    """Fortnights at the place and in the state."""
    keys = around(scene)
    return (
        [*keys, *(f"{scene.place} {key.split()[-1]}" for key in keys)] if scene.place != scene.state else keys
    )


def sweep(
    chronicle: Chronicle, alike: Alike, least: float = w.SWEPT, told: Callable[[int], None] | None = None
) -> Iterator[tuple[Scene, Scene, Match]]:
    """Every two incidents that may be one: near each other in place and time, or with people who may be the same."""
    shared: dict[str, list[UUID]] = {}
    for scene in chronicle.scenes.values():
        for key in set(_keys(chronicle, scene)):
            shared.setdefault(key, []).append(scene.incident)
    beside = chronicle.beside(alike)
    for place, one in enumerate(chronicle.scenes.values()):
        near = set(beside.get(one.incident, ()))
        for key in set(_keys(chronicle, one)):
            if len(shared[key]) <= FULL:
                near.update(shared[key])
        for id in near:
            other = chronicle.scenes[id]
            if id > one.incident and (match := chronicle.compare(one, other, alike)).score >= least:
                yield one, other, match
        if told and place % 1000 == 0:
            told(place)


def _keys(chronicle: Chronicle, scene: Scene) -> Iterator[str]:
    """A fortnight at a place with an act; with somebody's gender, age and nationality."""
    for key in _where_and_when(scene):
        for act in scene.acts:
            yield f"{key} {act}"
        for victim in chronicle.victims(scene.incident):
            yield f"{key} {victim}"
