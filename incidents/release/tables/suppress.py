"""Which cells print `<5` and `…`, so that what is printed gives no small count away; over all tables at once.

One to four prints `<5`. Where a reader could still narrow one, more is hidden, at the least cost: a large count (`…`);
the zeros of a row or column, all of them (`<5`); and as a last resort a whole row or column (`…`, whatever it counts).
The parts of a total that prints `<5` show no zeros either: among a few, nobody says where they were.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from incidents.release.tables.cells import FEW, OUT, Counted, Key, Relation

FIVE = 5
KEPT = 10  # totals from here on are the last to give
DEAR = 60  # a total costs so many times what its parts cost
Ends = tuple[float, float]  # what a print may stand for
EVERY = (0, float("inf"))
FEW_OR_NONE = (0, float(FIVE - 1))


class Plan:
    """What is hidden so far. While cells are still narrowed it only grows, so that what is safe stays safe."""

    def __init__(self, counted: Counted) -> None:
        self.counts: Mapping[Key, int] = counted.counts
        self.relations: Sequence[Relation] = counted.relations
        self.out: set[Key] = set()  # large counts
        self.veiled: set[int] = set()  # relations whose zeros print `<5`
        self.blank: set[int] = set()  # relations all of whose parts print `…`

    @cached_property
    def above(self) -> Mapping[Key, Sequence[int]]:
        """Of each key, the relations that it is a part of."""
        found = defaultdict(list)
        for number, relation in enumerate(self.relations):
            for part in relation.parts:
                found[part].append(number)
        return found

    @cached_property
    def below(self) -> Mapping[Key, Sequence[int]]:
        """Of each key, the relations that it is the total of."""
        found = defaultdict(list)
        for number, relation in enumerate(self.relations):
            found[relation.total].append(number)
        return found

    @cached_property
    def linked(self) -> Mapping[Key, frozenset[int]]:
        """Of each key all relations that it is linked with, however far: no others tell of it."""
        found: dict[Key, frozenset[int]] = {}
        for key in self.counts:
            if key not in found:
                cells, relations, new = {key}, set[int](), {key}
                while new:
                    met = {number for cell in new for number in self.around(cell)} - relations
                    relations |= met
                    new = self.cells(met) - cells
                    cells |= new
                found |= dict.fromkeys(cells, frozenset(relations))
        return found

    def around(self, key: Key) -> Sequence[int]:
        """All relations of a key."""
        return (*self.above.get(key, ()), *self.below.get(key, ()))

    def cells(self, relations: Iterable[int]) -> set[Key]:
        """All keys of these relations."""
        return {key for n in relations for key in (self.relations[n].total, *self.relations[n].parts)}

    @cached_property
    def levels(self) -> Mapping[Key, int]:
        """0: no total; a total stands one above its highest part."""
        found: dict[Key, int] = {}
        for key in self._upward:
            parts = (part for number in self.below.get(key, ()) for part in self.relations[number].parts)
            found[key] = max((found[part] + 1 for part in parts), default=0)
        return found

    @cached_property
    def _upward(self) -> list[Key]:
        """All keys, each after its parts."""
        waiting = {
            key: sum(len(self.relations[n].parts) for n in self.below.get(key, ())) for key in self.counts
        }
        ready = sorted(key for key, parts in waiting.items() if not parts)
        for key in ready:
            for number in self.above.get(key, ()):
                total = self.relations[number].total
                waiting[total] -= 1
                if not waiting[total]:
                    ready.append(total)
        if len(ready) < len(waiting):
            raise ValueError("a total is a part of its own part")
        return ready

    def cost(self, key: Key) -> float:
        """Of hiding this cell, or the zeros beside it: few and small ones first, totals last."""
        count = self.counts[key]
        if count < FIVE:
            return 4 + min((self.zeros[n] for n in self.above.get(key, ())), default=0)
        return (4 + math.sqrt(count)) * (DEAR ** self.levels[key] if count >= KEPT else 1)

    @cached_property
    def zeros(self) -> Sequence[int]:
        """How many parts of each relation count nothing."""
        return [sum(1 for part in each.parts if not self.counts[part]) for each in self.relations]

    # -- what is printed

    def values(self) -> dict[Key, int | str]:
        """What each cell prints."""
        found: dict[Key, int | str] = {}
        for key in reversed(self._upward):
            found[key] = self._value(key, found)
        return {key: found[key] for key in self.counts}

    def _value(self, key: Key, found: Mapping[Key, int | str]) -> int | str:
        count, above = self.counts[key], self.above.get(key, ())
        if not count and (not above or any(found[self.relations[n].total] == 0 for n in above)):
            return 0
        if not self.blank.isdisjoint(above) or key in self.out:
            return OUT
        if not count and not any(n in self.veiled or self._of_few(n, found) for n in above):
            return 0
        return FEW if count < FIVE else count

    def _of_few(self, number: int, found: Mapping[Key, int | str]) -> bool:
        total = self.relations[number].total
        return isinstance(found[total], str) and self.counts[total] < FIVE

    def ends(self) -> dict[Key, Ends]:
        """What a reader takes each print for; see `audit`, which has its own words for it."""
        values = self.values()
        bare, wiped = self._bare(values)
        found: dict[Key, Ends] = {}
        for key, value in values.items():
            above = self.above.get(key, ())
            if value == FEW:
                found[key] = (0 if not bare.isdisjoint(above) else 1, float(FIVE - 1))
            elif value == OUT:
                found[key] = EVERY if not wiped.isdisjoint(above) else (FIVE, float("inf"))
            else:
                found[key] = (self.counts[key], float(self.counts[key]))
        return found

    def _bare(self, values: Mapping[Key, int | str]) -> tuple[set[int], set[int]]:
        """Relations that show no zero, and those that print nothing but `…`."""
        bare, wiped = set(), set()
        for number, relation in enumerate(self.relations):
            prints = {values[part] for part in relation.parts if not self.settled(part, values)}
            if 0 not in prints:
                bare.add(number)
            if prints == {OUT}:
                wiped.add(number)
        return bare, wiped

    def settled(self, key: Key, values: Mapping[Key, int | str]) -> bool:
        """Zero, because a total of it prints 0."""
        above = self.above.get(key, ())
        return values[key] == 0 and any(values[self.relations[n].total] == 0 for n in above)

    # -- hiding more

    def hide(self, keys: Iterable[Key], beside: Key) -> dict[Key, Ends]:
        """So that these cells can differ, and `beside` with them: large counts go, and the zeros beside small ones.

        Gives what prints may stand for from now on.
        """
        near, found = set(self.above.get(beside, ())), dict[Key, Ends]()
        for key in keys:
            if self.counts[key] >= FIVE:
                self.out.add(key)
                found[key] = (FIVE, float("inf"))
            elif self.veiled.isdisjoint(self.above[key]):
                number = min(self.above[key], key=lambda n: (n not in near, self.zeros[n], n))
                self.veiled.add(number)
                found |= {
                    part: FEW_OR_NONE for part in self.relations[number].parts if self.counts[part] < FIVE
                }
        return found

    def wipe(self, keys: Iterable[Key]) -> None:
        """Hide whole rows or columns of these cells: each can then be any number."""
        for key in keys:
            if self.blank.isdisjoint(self.above[key]):
                self.blank.add(min(self.above[key], key=lambda n: (len(self.relations[n].parts), n)))
