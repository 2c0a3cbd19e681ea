"""The cheapest way to let a small cell be another number: a world close to the true one, and what differs in it.

A world is a number for each cell, with which all relations hold. Cells that are hidden differ free of charge within
what their print may stand for; each other costs what hiding it costs. What differs in the cheapest world is what to
hide: a reader who does not see it cannot rule that world out. (J. P. Kelly, B. L. Golden, A. A. Assad, 1992, Cell
Suppression: Disclosure Protection for Sensitive Tabular Data.)
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import highspy
from highspy._core import _Highs  # `Highs` greets on the standard output as soon as it is made

from incidents.errors import Problem, _
from incidents.release.tables.cells import Key, Relation
from incidents.release.tables.suppress import EVERY, FIVE, Ends, Plan

LARGEST = 4
NEAR = 1e-6
PATIENCE = 60.0  # seconds for one world; they take milliseconds
WIPED = 1e5  # what it costs, a unit, to go beyond what a print may stand for
ALONG = 1e-3  # what it is worth, a unit, to take others along that wait too
FREE: float = highspy.kHighsInf
STILL: Ends = (0, 0)
ONE_TO_FOUR: Ends = (1, LARGEST)


@dataclass(frozen=True, slots=True)
class Moved:
    """A world: cells for which more must be hidden; those that differ more than their print allows; all counts."""

    shown: list[Key]
    beyond: list[Key]
    counts: Mapping[Key, float]


class Region:
    """Some relations and all their cells. Cells that further relations bind do not move.

    A cell is the sum of columns: within (what its print may stand for), + up − down (where more would be hidden), and
    where `wiping`, + more − less (beyond what its print may stand for).
    """

    def __init__(self, plan: Plan, relations: Collection[int], *, wiping: bool = False) -> None:
        self.plan, self.wiping = plan, wiping
        self.relations = sorted(relations)
        self.keys = sorted(plan.cells(relations))
        self.at = {key: number for number, key in enumerate(self.keys)}
        inside = set(relations)
        self.loose = {key for key in self.keys if inside.issuperset(plan.around(key))}
        self.signs = (1, 1, -1, 1, -1) if wiping else (1, 1, -1)
        self.model = self._model()
        self._whole = False
        self._news: set[Key] = set()  # cells that stand for something else since a world was last asked for
        self.learn(self.keys)

    def learn(self, keys: Iterable[Key]) -> None:
        """These cells may stand for something else from now on."""
        self._news.update(self.at.keys() & keys)

    def moved(
        self, key: Key, target: int, ends: Mapping[Key, Ends], along: Collection[Key], *, whole: bool
    ) -> Moved | None:
        """The cheapest world in which `key` counts `target`, and of `along` as many as come free; None: none here."""
        self._bound({each: self._bounds(each, ends[each]) for each in sorted(self._news)})
        self._news.clear()
        here = [self.at[other] for other in along if other in self.at]
        self.model.changeColsCost(len(here), here, [ALONG * (1 if target == 1 else -1)] * len(here))
        self._bound({key: [(target, target), *[STILL] * 4]})
        values = self._solved(whole=whole)
        self._bound({key: self._bounds(key, ends[key])})
        self.model.changeColsCost(len(here), here, [0.0] * len(here))
        if values is None:
            return None
        size = len(self.keys)
        kinds = [values[size * number : size * (number + 1)] for number in range(len(self.signs))]
        return Moved(
            self._where(kinds[1:3]), self._where(kinds[3:]), dict(zip(self.keys, kinds[0], strict=True))
        )

    def _where(self, kinds: Sequence[Sequence[float]]) -> list[Key]:
        return sorted({self.keys[at] for kind in kinds for at, far in enumerate(kind) if far > NEAR})

    def _bound(self, bounds: Mapping[Key, Sequence[Ends]]) -> None:
        size, kinds = len(self.keys), range(len(self.signs))
        columns = [self.at[key] + size * kind for kind in kinds for key in bounds]
        ends = [each[kind] for kind in kinds for each in bounds.values()]
        low, high = [float(end[0]) for end in ends], [float(end[1]) for end in ends]
        self.model.changeColsBounds(len(columns), columns, low, high)

    def _bounds(self, key: Key, ends: Ends) -> Sequence[Ends]:
        count, above = self.plan.counts[key], self.plan.above.get(key)
        if key not in self.loose:
            return [(count, count), *[STILL] * 4]
        up = down = 0.0
        if ends[0] == ends[1]:
            up = float(LARGEST if above else 0) if not count else FREE
            down = float(max(0, count - FIVE))
        elif above and ends == ONE_TO_FOUR:
            down = 1.0  # it can be none, where the zeros beside it are hidden too
        beyond = FREE if above and ends != EVERY else 0.0
        return [ends, (0, up), (0, down), (0, beyond), (0, min(beyond, FIVE))]

    def _solved(self, *, whole: bool) -> Sequence[float] | None:
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for number in range(len(self.signs) * len(self.keys)) if whole != self._whole else ():
            self.model.changeColIntegrality(number, kind)
        self._whole = whole
        self.model.setOptionValue("time_limit", self.model.getRunTime() + PATIENCE)  # its clock runs on
        self.model.run()
        optimal = self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return list(self.model.getSolution().col_value) if optimal else None

    def _model(self) -> _Highs:
        options = highspy.HighsOptions()
        options.output_flag = False
        model = _Highs()
        model.passOptions(options)
        size = len(self.keys)
        dear = [self.plan.cost(key) for key in self.keys]
        costs = [*[0.0] * size, *dear, *dear, *[WIPED] * (2 * size)][: size * len(self.signs)]
        still = [0.0] * len(costs)
        model.addCols(len(costs), costs, still, still, 0, [], [], [])
        rows = [row for n in self.relations for row in _rows(self.plan.relations[n])]
        starts: list[int] = []
        columns: list[int] = []
        signs: list[float] = []
        for terms, _exact in rows:
            starts.append(len(columns))
            for kind, turn in enumerate(self.signs):
                columns += [kind * size + self.at[key] for key, _sign in terms]
                signs += [float(turn * sign) for _key, sign in terms]
        top = [0.0 if exact else FREE for _terms, exact in rows]
        model.addRows(len(rows), [0.0] * len(rows), top, len(columns), starts, columns, signs)
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
                    moved = self._cheapest(key, target, waiting, anywhere=anywhere)
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

    def _cheapest(self, key: Key, target: int, along: Collection[Key], *, anywhere: bool) -> Moved | None:
        """Whole rows and columns are hidden only where nothing else helps."""
        near, everywhere = self._near(key), self.plan.linked[key]
        for relations, wiping in (
            ((everywhere, False), (near, True), (everywhere, True)) if anywhere else ((near, False),)
        ):
            region = self.regions.get((relations, wiping))
            if region is None:
                region = Region(self.plan, relations, wiping=wiping)
                self.regions[relations, wiping] = region
            moved = region.moved(key, target, self.ends, along, whole=key in self.asked)
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
