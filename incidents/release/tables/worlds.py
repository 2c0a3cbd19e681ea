"""The cheapest way to let a small cell be another number: a world close to the true one, and what differs in it.

A world is a number for each cell, with which all relations hold. Cells that are hidden differ free of charge within
what their print may stand for; each other costs what hiding it costs. What differs in the cheapest world is what to
hide: a reader who does not see it cannot rule that world out. (J. P. Kelly, B. L. Golden, A. A. Assad, 1992, Cell
Suppression: Disclosure Protection for Sensitive Tabular Data.)
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import highspy
from highspy._core import _Highs  # `Highs` greets on the standard output as soon as it is made

from incidents.errors import Problem, _
from incidents.release.tables.cells import Key, Relation
from incidents.release.tables.suppress import EVERY, FIVE, Ends, Plan

LARGEST = 4
NEAR = 1e-6
PATIENCE = 60.0  # seconds for one world; they take milliseconds
WIPED = 1e5  # what it costs, a unit, to go beyond what a print may stand for
FREE: float = highspy.kHighsInf
STILL = (0.0,) * 4
ONE_TO_FOUR: Ends = (1, LARGEST)


@dataclass(frozen=True, slots=True)
class Moved:
    """A world: cells for which more must be hidden; those that differ more than their print allows; all counts."""

    shown: list[Key]
    beyond: list[Key]
    counts: Mapping[Key, float]


class Region:
    """Some relations and all their cells. Cells that further relations bind do not move.

    A cell is its true count and what it differs by, a column each way: within what its print may stand for (two); where
    more would be hidden (two); and where `wiping`, beyond what its print may stand for (two). The truth is where all of
    these are none.
    """

    def __init__(self, plan: Plan, relations: Collection[int], *, wiping: bool = False) -> None:
        self.plan, self.wiping = plan, wiping
        self.relations = sorted(relations)
        self.keys = sorted(plan.cells(relations))
        self.at = {key: number for number, key in enumerate(self.keys)}
        inside = set(relations)
        self.loose = {key for key in self.keys if inside.issuperset(plan.around(key))}
        self.signs = (1, -1, 1, -1, 1, -1) if wiping else (1, -1, 1, -1)
        self._integers = False
        self._news: set[Key] = set()  # cells that stand for something else since a world was last asked for
        self.learn(self.keys)

    def learn(self, keys: Iterable[Key]) -> None:
        """These cells may stand for something else from now on."""
        self._news.update(self.at.keys() & keys)

    def moved(self, key: Key, target: int, ends: Mapping[Key, Ends], *, whole: bool) -> Moved | None:
        """The cheapest world in which `key` counts `target`; None: none here."""
        far = target - self.plan.counts[key]
        self._bound({each: self._tops(each, ends[each]) for each in sorted(self._news)})
        self._news.clear()
        self._bound({key: [max(far, 0), max(-far, 0), *STILL]}, fixed=True)
        values = self._solved(whole=whole)
        self._bound({key: self._tops(key, ends[key])})
        if values is None:
            return None
        size = len(self.keys)
        up, down, *kinds = (values[size * number : size * (number + 1)] for number in range(len(self.signs)))
        counts = {key: self.plan.counts[key] + up[at] - down[at] for key, at in self.at.items()}
        return Moved(self._where(kinds[:2]), self._where(kinds[2:]), counts)

    def _where(self, kinds: Sequence[Sequence[float]]) -> list[Key]:
        return sorted({self.keys[at] for kind in kinds for at, far in enumerate(kind) if far > NEAR})

    def _bound(self, tops: Mapping[Key, Sequence[float]], *, fixed: bool = False) -> None:
        size, kinds = len(self.keys), range(len(self.signs))
        columns = [self.at[key] + size * kind for kind in kinds for key in tops]
        high = [float(each[kind]) for kind in kinds for each in tops.values()]
        low = high if fixed else [0.0] * len(high)
        self._model.changeColsBounds(len(columns), columns, low, high)

    def _tops(self, key: Key, ends: Ends) -> Sequence[float]:
        """How far the columns of a cell may go."""
        count, above = self.plan.counts[key], self.plan.above.get(key)
        if key not in self.loose:
            return [0, 0, *STILL]
        up = down = 0.0
        if ends[0] == ends[1]:
            up = float(LARGEST if above else 0) if not count else FREE
            down = float(max(0, count - FIVE))
        elif above and ends == ONE_TO_FOUR:
            down = 1.0  # it can be none, where the zeros beside it are hidden too
        beyond = FREE if above and ends != EVERY else 0.0
        return [ends[1] - count, count - ends[0], up, down, beyond, min(beyond, FIVE)]

    def _solved(self, *, whole: bool) -> Sequence[float] | None:
        model, kinds = self._model, highspy.HighsVarType
        for number in range(len(self.signs) * len(self.keys)) if whole != self._integers else ():
            model.changeColIntegrality(number, kinds.kInteger if whole else kinds.kContinuous)
        self._integers = whole
        model.clearSolver()  # from the truth again, and not from the last world: several times faster
        model.setOptionValue("presolve", "on" if whole else "off")
        model.setOptionValue("time_limit", model.getRunTime() + PATIENCE)  # its clock runs on
        model.run()
        optimal = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return list(model.getSolution().col_value) if optimal else None

    @cached_property
    def _model(self) -> _Highs:
        options = highspy.HighsOptions()
        options.output_flag = False
        model = _Highs()
        model.passOptions(options)
        size = len(self.keys)
        dear = [self.plan.cost(key) for key in self.keys]
        costs = [*[0.0] * (2 * size), *dear, *dear, *[WIPED] * (2 * size)][: size * len(self.signs)]
        still = [0.0] * len(costs)
        model.addCols(len(costs), costs, still, still, 0, [], [], [])
        starts: list[int] = []
        columns: list[int] = []
        signs: list[float] = []
        least: list[float] = []
        most: list[float] = []
        for terms, exact in (row for n in self.relations for row in _rows(self.plan.relations[n])):
            starts.append(len(columns))
            here, there = [self.at[key] for key, _sign in terms], [float(sign) for _key, sign in terms]
            back = [-sign for sign in there]
            for kind, turn in enumerate(self.signs):
                columns += [kind * size + at for at in here]
                signs += there if turn > 0 else back
            least.append(-float(sum(sign * self.plan.counts[key] for key, sign in terms)))
            most.append(0.0 if exact else FREE)
        model.addRows(len(least), least, most, len(columns), starts, columns, signs)
        return model


def _rows(relation: Relation) -> list[tuple[list[tuple[Key, int]], bool]]:
    """Parts − total: 0, or at least 0; and then total − part, at least 0, of each."""
    rows = [([*((part, 1) for part in relation.parts), (relation.total, -1)], relation.adds)]
    if not relation.adds:
        rows += [([(relation.total, 1), (part, -1)], False) for part in relation.parts]
    return rows


class Unprotected(Problem):
    """No way was found to hide a small count."""

    status = 409
    code = "tables-unprotected"
    sentence = _(
        "No way was found to hide the small counts of these tables. Merge some of their rows or columns, and try again."
    )


class Loosening:
    """Hides more in a plan, for cells that a reader can narrow."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ends: dict[Key, Ends] = {}
        self.regions: dict[tuple[frozenset[int], bool], Region] = {}
        self.asked: set[Key] = set()

    def loosen(self, keys: Collection[Key]) -> None:
        """So that each can be 1 as well as 4, as far as that goes table by table; else, where nothing did, at all.

        A cell that comes again is asked for whole numbers.
        """
        self._learn(self.plan.ends())
        if not self._all(keys, anywhere=False) and not self._all(keys, anywhere=True):
            self.asked.update(keys)

    def _all(self, keys: Collection[Key], *, anywhere: bool) -> bool:
        """Whether more is hidden now."""
        more = False
        for target in (LARGEST, 1):
            waiting = set(keys)
            for key in sorted(keys):
                if key in waiting:
                    waiting.discard(key)
                    moved = self._cheapest(key, target, anywhere=anywhere)
                    if moved is not None:
                        waiting -= {k for k in waiting if _reached(moved.counts.get(k), target)}
                        more |= self._take(moved, key)
        return more

    def _take(self, moved: Moved, key: Key) -> bool:
        if moved.beyond:
            self.plan.wipe(moved.beyond)
            self._learn(self.plan.ends())
        self._learn(self.plan.hide(moved.shown, key))
        return bool(moved.shown or moved.beyond)

    def _learn(self, ends: Mapping[Key, Ends]) -> None:
        changed = {key for key, each in ends.items() if self.ends.get(key) != each}
        self.ends.update(ends)
        for region in self.regions.values() if changed else ():
            region.learn(changed)

    def _cheapest(self, key: Key, target: int, *, anywhere: bool) -> Moved | None:
        """Whole rows and columns are hidden only where nothing else helps."""
        near, everywhere = self._near(key), self.plan.linked[key]
        for relations, wiping in (
            ((everywhere, False), (near, True), (everywhere, True)) if anywhere else ((near, False),)
        ):
            region = self.regions.get((relations, wiping))
            if region is None:
                region = Region(self.plan, relations, wiping=wiping)
                self.regions[relations, wiping] = region
            moved = region.moved(key, target, self.ends, whole=key in self.asked)
            if moved is not None:
                return moved
        if anywhere:
            raise Unprotected
        return None

    def _near(self, key: Key) -> frozenset[int]:
        """The relations of a cell, and those that their cells are parts of: in a table, the table."""
        relations = [self.plan.relations[number] for number in self.plan.around(key)]
        cells = {cell for each in relations for cell in (each.total, *each.parts)}
        near = {number for cell in cells for number in self.plan.above.get(cell, ())}
        parts = {part for each in relations for part in each.parts}
        return frozenset(near.union(number for part in parts for number in self.plan.below.get(part, ())))


def _reached(count: float | None, target: int) -> bool:
    if count is None:
        return False
    return count >= target - NEAR if target == LARGEST else count <= target + NEAR
