"""A reader with patience: tries whole numbers for every cell. Shares no code with what protects, nor with the audit."""

from collections.abc import Iterator

from incidents.release.tables.cells import FEW, OUT, Key, Relation, Shown

MOST = 40  # no cell of these tables counts more


class Reader:
    """What can be tried for each cell, given what is printed."""

    def __init__(self, shown: Shown) -> None:
        self.values, self.relations = shown.values, shown.counted.relations
        self.domains = {key: self._domain(key) for key in self.values}
        self.of: dict[Key, list[Relation]] = {}
        for relation in self.relations:
            for key in (relation.total, *relation.parts):
                self.of.setdefault(key, []).append(relation)

    def possible(self, key: Key, number: int) -> bool:
        """Whether some world has this number here."""
        if number not in self.domains[key]:
            return False
        world = {each: set(domain) for each, domain in self.domains.items()} | {key: {number}}
        return self._narrow(world) and next(self._worlds(world), None) is not None

    def _parents(self, key: Key) -> list[Relation]:
        return [relation for relation in self.relations if key in relation.parts]

    def _domain(self, key: Key) -> range:
        value = self.values[key]
        if isinstance(value, int):
            return range(value, value + 1)
        beside = [self._open_prints(relation) for relation in self._parents(key)]
        if value == FEW:
            return range(0 if any(0 not in prints for prints in beside) else 1, 5)
        return range(0 if any(all(p == OUT for p in prints) for prints in beside) else 5, MOST + 1)

    def _open_prints(self, relation: Relation) -> list[int | str]:
        """Prints of the parts, except zeros under a total that prints 0."""
        return [
            self.values[part]
            for part in relation.parts
            if not (self.values[part] == 0 and any(self.values[up.total] == 0 for up in self._parents(part)))
        ]

    def _worlds(self, world: dict[Key, set[int]]) -> Iterator[dict[Key, set[int]]]:
        """Every world: the cell with the fewest possibilities is tried first."""
        unsure = [key for key, domain in world.items() if len(domain) > 1]
        if not unsure:
            yield world
            return
        key = min(unsure, key=lambda each: (len(world[each]), each))
        for number in sorted(world[key]):
            tried = {each: set(domain) for each, domain in world.items()} | {key: {number}}
            if self._narrow(tried, key):
                yield from self._worlds(tried)

    def _narrow(self, world: dict[Key, set[int]], start: Key | None = None) -> bool:
        """Strike what no sum allows; False where a cell has nothing left."""
        waiting = list(self.relations) if start is None else list(self.of.get(start, []))
        while waiting:
            relation = waiting.pop()
            for key, low, high in self._limits(relation, world):
                kept = {number for number in world[key] if low <= number <= high}
                if not kept:
                    return False
                if kept != world[key]:
                    world[key] = kept
                    waiting += self.of[key]
        return True

    @staticmethod
    def _limits(relation: Relation, world: dict[Key, set[int]]) -> Iterator[tuple[Key, int, int]]:
        least = {part: min(world[part]) for part in relation.parts}
        most = {part: max(world[part]) for part in relation.parts}
        total = world[relation.total]
        low = sum(least.values()) if relation.adds else max(least.values())
        yield relation.total, low, sum(most.values())
        for part in relation.parts:
            rest = sum(least.values()) - least[part] if relation.adds else 0
            yield part, min(total) - (sum(most.values()) - most[part]), max(total) - rest
