"""Whole numbers that satisfy a set of sums, as far up or down as they go. HiGHS solves; adding checks each answer."""

import math
import random
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import highspy
from highspy._core import _Highs  # `Highs` greets on the standard output as soon as it is made

from incidents.release.tables.cells import Key

World = Mapping[Key, int]  # a whole number for every unknown cell, with which every row holds

PATIENCE = 60.0  # seconds for one answer; they take milliseconds
STEPS = 8  # how often a row is gone through at most, on average, where ends move by ones


@dataclass(frozen=True, slots=True)
class Row:
    """The sum of sign × cell is `right`, if `exact`; else at least that."""

    terms: Sequence[tuple[Key, int]]
    right: int
    exact: bool

    def holds(self, world: World) -> bool:
        """In these numbers."""
        total = sum(sign * world[key] for key, sign in self.terms)
        return total == self.right if self.exact else total >= self.right

    def both_ways(self) -> Iterator[tuple[Sequence[tuple[Key, int]], int]]:
        """As sums that are at least a number."""
        yield self.terms, self.right
        if self.exact:
            yield [(key, -sign) for key, sign in self.terms], -self.right


def _tightened(
    terms: Sequence[tuple[Key, int]], right: int, low: dict[Key, int], high: dict[Key, float]
) -> list[Key]:
    """Move the ends of cells whose sum is at least `right`: each must make up for what the others cannot."""
    most = [high[key] if sign > 0 else -low[key] for key, sign in terms]
    endless = [number for number, each in enumerate(most) if each == math.inf]
    if len(endless) > 1:
        return []
    total = sum(each for each in most if each != math.inf)
    moved = []
    for number in endless or range(len(terms)):
        key, sign = terms[number]
        need = right - total + (0 if endless else most[number])
        if sign > 0 and need > low[key]:
            low[key] = int(need)
            moved.append(key)
        elif sign < 0 and -need < high[key]:
            high[key] = -need
            moved.append(key)
    return moved


class Unsolved(RuntimeError):
    """The solver gave neither an answer nor a proof that there is none: then nothing is promised."""


class System:
    """Unknown cells, the ends of each (`high` None: none), and the rows that bind them."""

    def __init__(
        self, keys: Sequence[Key], low: Mapping[Key, int], high: Mapping[Key, int | None], rows: Sequence[Row]
    ) -> None:
        self.keys, self.low, self.high, self.rows = keys, low, high, rows
        self._at = {key: number for number, key in enumerate(keys)}
        self._told: dict[tuple[Key, int], int | None] = {}

    def stepwise(self) -> dict[Key, tuple[int, int | None]]:
        """Ends that follow from one row after the other, until none says more: they hold the true ones."""
        low: dict[Key, int] = dict(self.low)
        high: dict[Key, float] = {key: math.inf if top is None else top for key, top in self.high.items()}
        rows = [row for each in self.rows for row in each.both_ways()]
        of = defaultdict(list)
        for number, (terms, _right) in enumerate(rows):
            for key, _sign in terms:
                of[key].append(number)
        waiting, steps = deque(range(len(rows))), 0
        while waiting and steps < STEPS * len(rows):
            steps += 1
            moved = _tightened(*rows[waiting.popleft()], low, high)
            waiting += sorted({number for key in moved for number in of[key]}.difference(waiting))
        return {key: (low[key], None if high[key] == math.inf else int(high[key])) for key in self.keys}

    def end(self, key: Key, way: int) -> int | None:
        """The largest (way 1) or smallest (−1) whole number that this cell can be; None: there is no end."""
        if (key, way) not in self._told:
            self._told[key, way] = self._end(key, way)
        return self._told[key, way]

    def _end(self, key: Key, way: int) -> int | None:
        costs = [0.0] * len(self.keys)
        costs[self._at[key]] = way
        self._ends(None)
        values = self._best(self._plain, costs)
        if values is None:
            if way < 0 or self.high[key] is not None:
                raise Unsolved  # where there is an end, “no end or no world” is that there is no world
            return None
        world = self.world(values)
        if world is None:  # the best of fractions is no world: whole numbers are asked for
            values = self._best(self._whole, costs)
            world = None if values is None else self.world(values)
            if world is None:
                raise Unsolved
        return world[key]

    def towards(self, keys: Collection[Key], way: int, turn: int, cap: int) -> World | None:
        """A world in which many of these cells are large (or small), others each turn; None: in fractions."""
        draw = random.Random(turn)  # noqa: S311 - which cells are tried together decides nothing
        costs = [0.0] * len(self.keys)
        for key in sorted(keys):
            costs[self._at[key]] = way * (1 + draw.random())
        self._ends(cap if way > 0 else None, keys)
        values = self._best(self._plain, costs)
        return None if values is None else self.world(values)

    def holds(self, world: World) -> bool:
        """Whether these numbers are a world: each within the ends of its cell, and every row holds."""
        within = all(
            self.low[key] <= world[key] and ((top := self.high[key]) is None or world[key] <= top)
            for key in self.keys
        )
        return within and all(row.holds(world) for row in self.rows)

    def world(self, values: Sequence[float]) -> World | None:
        """A solver's answer, a value for each cell, as whole numbers, if adding up confirms it."""
        world = {key: round(value) for key, value in zip(self.keys, values, strict=True)}
        return world if self.holds(world) else None

    # -- HiGHS

    @cached_property
    def _plain(self) -> _Highs:
        return self._model()

    @cached_property
    def _whole(self) -> _Highs:
        model = self._model()
        for number in range(len(self.keys)):
            model.changeColIntegrality(number, highspy.HighsVarType.kInteger)
        return model

    def _model(self) -> _Highs:
        model, count = _quiet(), len(self.keys)
        model.addCols(count, [0.0] * count, self._lows, self._highs(None, ()), 0, [], [], [])
        for row in self.rows:
            terms = [(self._at[key], float(sign)) for key, sign in row.terms]
            _bind(model, terms, float(row.right), exact=row.exact)
        model.changeObjectiveSense(highspy.ObjSense.kMaximize)
        return model

    @cached_property
    def _lows(self) -> list[float]:
        return [float(self.low[key]) for key in self.keys]

    def _highs(self, cap: int | None, keys: Collection[Key]) -> list[float]:
        """The upper ends, with a cap on these cells where one direction would have no end."""
        ends = [highspy.kHighsInf if (top := self.high[key]) is None else float(top) for key in self.keys]
        for key in keys if cap is not None else ():
            ends[self._at[key]] = min(ends[self._at[key]], float(cap or 0))
        return ends

    def _ends(self, cap: int | None, keys: Collection[Key] = ()) -> None:
        count = len(self.keys)
        self._plain.changeColsBounds(count, list(range(count)), self._lows, self._highs(cap, keys))

    @staticmethod
    def _best(model: _Highs, costs: Sequence[float]) -> Sequence[float] | None:
        """The largest sum of cost × cell; None: there is no end."""
        model.changeColsCost(len(costs), list(range(len(costs))), list(costs))
        return _answer(model)


class Around:
    """Worlds as near as can be to one that is known: of each cell what it goes up from there, and what it goes down.

    To differ costs at least nothing. So a solver that stands at the start has only to find what one cell moves with it;
    most numbers stay what they are, and so whole. What it finds is a world or is not used: it proves nothing else.
    """

    def __init__(self, system: System, start: World) -> None:
        self.system, self.start = system, start
        self._at = {key: number for number, key in enumerate(system.keys)}

    def moved(self, key: Key, number: int) -> World | None:
        """A world in which this cell is so large; None: none was found this way, which says nothing."""
        world = self._moved(self._plain, key, number)
        return self._moved(self._whole, key, number) if world is None else world

    def _moved(self, model: _Highs, key: Key, number: int) -> World | None:
        at, count, far = self._at[key], len(self._at), number - self.start[key]
        columns = (at, count + at)
        for column, end in zip(columns, (max(far, 0), max(-far, 0)), strict=True):
            model.changeColBounds(column, end, end)
        model.clearSolver()  # from the start again, and not from the last world: several times faster
        try:
            values = _answer(model)
        except Unsolved:
            values = None
        for column, top in zip(columns, self._far(key), strict=True):
            model.changeColBounds(column, 0.0, top)
        if values is None:
            return None
        up, down = values[:count], values[count:]
        return self.system.world([self.start[each] + up[n] - down[n] for each, n in self._at.items()])

    def _far(self, key: Key) -> tuple[float, float]:
        """How far a cell can go up from where it is, and down."""
        here, top = self.start[key], self.system.high[key]
        return highspy.kHighsInf if top is None else float(top - here), float(here - self.system.low[key])

    @cached_property
    def _plain(self) -> _Highs:
        return self._model()

    @cached_property
    def _whole(self) -> _Highs:
        """The first world in whole numbers, however far: what fits in with what is fixed is worked out before."""
        model = self._model()
        model.setOptionValue("presolve", "on")
        model.setOptionValue("mip_rel_gap", highspy.kHighsInf)
        for column in range(2 * len(self._at)):
            model.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        return model

    def _model(self) -> _Highs:
        model, count = _quiet(), len(self._at)
        far = [self._far(key) for key in self._at]
        high = [up for up, _down in far] + [down for _up, down in far]
        model.addCols(2 * count, [1.0] * (2 * count), [0.0] * (2 * count), high, 0, [], [], [])
        for row in self.system.rows:
            up = [(self._at[key], float(sign)) for key, sign in row.terms]
            left = row.right - sum(sign * self.start[key] for key, sign in row.terms)
            _bind(model, [*up, *((count + at, -sign) for at, sign in up)], float(left), exact=row.exact)
        return model


def _quiet() -> _Highs:
    options = highspy.HighsOptions()
    options.output_flag = False
    options.presolve = "off"  # the same model again and again: it costs more than it saves
    model = _Highs()
    model.passOptions(options)
    return model


def _bind(model: _Highs, terms: Sequence[tuple[int, float]], right: float, *, exact: bool) -> None:
    """One more row: the sum of column × sign is at least `right`, or exactly that."""
    columns, signs = [column for column, _sign in terms], [sign for _column, sign in terms]
    model.addRow(right, right if exact else highspy.kHighsInf, len(terms), columns, signs)


def _answer(model: _Highs) -> Sequence[float] | None:
    """The values that cost least or bring most; None: there is no end."""
    model.setOptionValue("time_limit", model.getRunTime() + PATIENCE)  # its clock runs on
    model.run()
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return list(model.getSolution().col_value)
    if status in {highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        return None  # where the truth is a world, there is always one
    raise Unsolved(model.modelStatusToString(status))
