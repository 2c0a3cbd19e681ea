"""The exact search: the least coarse release in which every class stands for enough incidents and persons.

Global recoding with suppression (Samarati 2001; the lattice of El Emam 2009), by the ARX loss metric.
loss(v) = sep(v) + P(v). sep, the loss of the columns, needs no group-by and rises along the lattice;
P, the penalty of the suppressed rows, falls. So a node that fails kills everything finer, and a node
that holds bounds everything finer from below: what cannot beat the best is never counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from incidents.errors import Problem, _
from incidents.release.hierarchy import NOT_RECORDED, NOT_SHOWN
from incidents.release.policy import Policy
from incidents.release.rows import Lines
from incidents.release.table import Floats, Grouping, Ints, Node, Table, group, grouped

NOTHING_TOLD = frozenset({NOT_RECORDED, NOT_SHOWN})
EPSILON = 1e-12  # losses closer than this are equal: sums of shares carry rounding
NODES_LIMIT = 4_000_000
_WORTH_KEEPING = 0.8  # a grouping is kept for coarser nodes if it is this much smaller


class TooFewForK(Problem):
    """Not even the most general node holds k."""

    status = 409
    code = "too-few-for-k"
    sentence = _(
        "No row file can be made: even fully coarsened, the %(rows)s rows do not stand for %(k)s different "
        "incidents and persons. Widen the filter, or offer edition tables, a case list or a partner file instead."
    )


class LatticeTooLarge(Problem):
    """More nodes than an array of them should take in memory."""

    status = 422
    code = "lattice-too-large"
    sentence = _(
        "The quasi-identifiers have %(nodes)s combinations of levels, more than %(limit)s. Use fewer levels or columns."
    )


class KBelowPolicy(Problem):
    """A release may be stricter than its policy, never laxer."""

    status = 422
    code = "k-below-policy"
    sentence = _("The policy promises k = %(policy_k)s; a release may ask for more, not for %(k)s.")


class MakesNoRows(Problem):
    """Who agreed to be counted did not agree to be a row."""

    status = 422
    code = "makes-no-rows"
    sentence = _("The policy %(policy)s makes %(product)s, not a row file. Choose a policy for rows.")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search proves. `optimal` is False where it was stopped: then `bound` ≤ the optimum ≤ `loss`."""

    node: Node
    loss: float
    suppressed: int
    bound: float
    optimal: bool
    evaluations: int
    nodes: int
    held: int  # evaluated nodes that keep to the suppression limit


@dataclass(frozen=True, slots=True)
class Result:
    """`rows`, `released` and `classes` are aligned: a row, its number in the table, the number of its class."""

    columns: tuple[str, ...]
    rows: Sequence[dict[str, str]]
    released: tuple[int, ...]
    suppressed: tuple[int, ...]  # row numbers in the table; these rows are dropped
    classes: tuple[int, ...]
    k: int
    quasi_identifiers: tuple[str, ...]
    node: dict[str, str]  # column → name of the level released
    hierarchies: dict[str, str]  # column → hierarchy
    loss: float
    smallest: dict[str, int]  # fewest rows, incidents, persons in a released class
    hidden: dict[str, int]  # secret column → rows whose value is not shown
    certificate: dict[str, Any]  # empty where nothing was searched
    lost: Mapping[str, float] = field(
        default_factory=dict
    )  # of each quasi-identifier; a row left out lost all of it


def anonymize(table: Table, policy: Policy, k: int | None = None, evaluations: int | None = None) -> Result:
    """The release of a table. Deterministic; equal losses go to fewer suppressed rows, then to finer levels.

    `k` may ask for more than the policy promises. `evaluations` stops a search early and says so.
    Problems: MakesNoRows, KBelowPolicy, TooFewForK, LatticeTooLarge.
    """
    if policy.product != "rows":
        raise MakesNoRows(policy=policy.name, product=policy.product)
    if not policy.protection:
        return _as_they_are(table, policy)
    k = policy.k if k is None else k
    if k < policy.k:
        raise KBelowPolicy(policy_k=policy.k, k=k)
    limit = int(policy.suppression * table.size + 1e-9)  # 0.29 of 100 rows is 29, not 28
    found = Search(table, k, limit).run(evaluations)
    return _released(table, policy, k, limit, found)


def at(table: Table, policy: Policy, k: int, node: Node, limit: int | None = None) -> Result:
    """The release at levels that were chosen before; what does not hold k there is left out, whatever its share.

    Problem: TooFewForK, where nothing is left, or more than `limit` rows would be left out.
    """
    limit = table.size if limit is None else limit
    search = Search(table, k, limit)
    search._test(node)  # noqa: SLF001 – its own module
    if search.best is None or search.best[1] == table.size:
        raise TooFewForK(rows=table.size, k=k)
    loss, suppressed, _level, node = search.best
    bound = min(loss, float(search.sep.min()))
    found = Found(node, loss, suppressed, bound, False, 1, search.nodes, search.held)  # noqa: FBT003 – a record
    return _released(table, policy, k, limit, found)


class Search:
    """The lattice of a table: one axis a quasi-identifier, one position a level."""

    def __init__(self, table: Table, k: int, limit: int) -> None:
        self.table, self.k, self.limit = table, k, limit
        self.shape: Node = tuple(len(ladder.levels) for ladder in table.ladders)
        self.nodes = int(np.prod(self.shape, dtype=np.float64))
        if self.nodes > NODES_LIMIT:
            raise LatticeTooLarge(nodes=self.nodes, limit=NODES_LIMIT)
        if not table.size:
            raise TooFewForK(rows=0, k=k)
        total = sum(ladder.weight for ladder in table.ladders)
        self.weights = [ladder.weight / total for ladder in table.ladders]
        base = group(table)
        self.kept_nodes: list[Node] = [(0,) * len(self.shape)]
        self.kept: list[Grouping] = [base]
        self.sep = self._separable(base)
        self.total_level = sum(
            np.ogrid[tuple(slice(0, size) for size in self.shape)], np.zeros(self.shape, np.int64)
        )
        self.bound = self.sep.copy()  # no node's loss is below this
        self.alive: npt.NDArray[np.bool_] = np.ones(self.shape, np.bool_)
        self.best: tuple[float, int, int, Node] | None = None  # loss, suppressed, total level, node
        self.tested = self.held = 0

    def run(self, evaluations: int | None = None) -> Found:
        """Test until no node is left that could be better: then the best is the optimum."""
        self._test(tuple(size - 1 for size in self.shape))
        for node in self._next():
            if evaluations is not None and self.tested >= evaluations:
                break
            if self.alive[node]:
                self._test(node)
        if self.best is None:  # not even the most general node holds
            raise TooFewForK(rows=self.table.size, k=self.k)
        loss, suppressed, _level, node = self.best
        left = bool(self.alive.any())
        bound = min(loss, float(self.bound[self.alive].min())) if left else loss
        return Found(node, loss, suppressed, bound, not left, self.tested, self.nodes, self.held)

    def _separable(self, base: Grouping) -> Floats:
        """What the columns lose, for every node at once, from the marginals."""
        sep = np.zeros(self.shape)
        for axis, (ladder, codes, weight) in enumerate(
            zip(self.table.ladders, base.codes, self.weights, strict=True)
        ):
            marginal = np.bincount(codes, weights=base.rows, minlength=len(ladder.labels[0]))
            losses = [
                float((marginal * loss[ladder.steps[0, level]]).sum()) / self.table.size
                for level, loss in enumerate(ladder.loss)
            ]
            sep += weight * np.array(losses).reshape(
                [-1 if axis == other else 1 for other in range(sep.ndim)]
            )
        return sep

    def _next(self) -> Iterator[Node]:
        """One greedy path, halved, gives a good answer; then always the most general node still alive."""
        if self.alive.any():
            yield from self._halving(self._path())
        while self.alive.any():
            levels = np.where(self.alive, self.total_level, -1)
            top = np.flatnonzero(levels == levels.max())
            yield self._node(int(top[self.bound.ravel()[top].argmin()]))

    def _node(self, position: int) -> Node:
        return tuple(int(level) for level in np.unravel_index(position, self.shape))

    def _path(self) -> list[Node]:
        """From the cheapest node upwards, by the cheapest step each time."""
        costs = np.where(self.alive, self.bound, np.inf)
        node = self._node(int(costs.argmin()))
        path = [node]
        while True:
            above = [(*node[:axis], level + 1, *node[axis + 1 :]) for axis, level in enumerate(node)]
            above = [each for each in above if all(a < b for a, b in zip(each, self.shape, strict=True))]
            above = [each for each in above if self.alive[each]]
            if not above:
                return path
            node = min(above, key=lambda each: float(costs[each]))
            path.append(node)

    def _halving(self, path: list[Node]) -> Iterator[Node]:
        """Where on the path does it begin to hold? Nodes that died meanwhile say on which side."""
        low, high = 0, len(path) - 1
        while low <= high:
            middle = (low + high + 1) // 2
            node = path[middle]
            if self.alive[node]:
                yield node
            beaten = self.best is not None and self.bound[node] > self.best[0] + EPSILON
            held = self.best is not None and self.best[3] == node
            low, high = (low, middle - 1) if beaten or held else (middle + 1, high)

    def _test(self, node: Node) -> None:
        """Count a node, then strike out what it decides."""
        grouping = self._grouping(node)
        failing = _failing(grouping, self.table, self.k)
        self.tested += 1
        finer = tuple(slice(0, level + 1) for level in node)
        self.alive[node] = False
        if int(grouping.rows[failing].sum()) > self.limit:
            self.alive[finer] = False
            return
        penalty = self._penalty(node, grouping, failing)
        np.maximum(self.bound[finer], self.sep[finer] + penalty, out=self.bound[finer])
        self._offer(node, grouping, failing, penalty)
        if self.best is not None:
            self.alive &= self.bound <= self.best[0] + EPSILON

    def _offer(self, node: Node, grouping: Grouping, failing: npt.NDArray[np.bool_], penalty: float) -> None:
        """What a node costs. Alike shares rise and fall along the lattice: they decide of this node alone."""
        unlike = _unlike(grouping, self.table) & ~failing
        out = failing | unlike
        suppressed = int(grouping.rows[out].sum())
        if suppressed > self.limit:
            return
        self.held += 1
        if unlike.any():
            penalty = self._penalty(node, grouping, out)
        self._take((float(self.sep[node]) + penalty, suppressed, sum(node), node))

    def _take(self, candidate: tuple[float, int, int, Node]) -> None:
        if self.best is None:
            self.best = candidate
            return
        equal = abs(candidate[0] - self.best[0]) <= EPSILON
        if candidate[1:] < self.best[1:] if equal else candidate[0] < self.best[0]:
            self.best = candidate

    def _penalty(self, node: Node, grouping: Grouping, failing: npt.NDArray[np.bool_]) -> float:
        """A suppressed row costs 1: what its columns had not cost yet."""
        if not failing.any():
            return 0.0
        cost = np.zeros(int(failing.sum()))
        for ladder, level, codes, weight in zip(
            self.table.ladders, node, grouping.codes, self.weights, strict=True
        ):
            cost += weight * ladder.loss[level][codes[failing]]
        return float((grouping.rows[failing] * (1 - cost)).sum()) / self.table.size

    def _grouping(self, node: Node) -> Grouping:
        """From the smallest kept grouping that is finer."""
        finer = [
            place
            for place, kept in enumerate(self.kept_nodes)
            if all(a <= b for a, b in zip(kept, node, strict=True))
        ]
        place = min(finer, key=lambda each: len(self.kept[each]))
        source, known = self.kept[place], self.kept_nodes[place]
        if known == node:
            return source
        grouping = source.coarsened(self.table.ladders, known, node)
        if len(grouping) < _WORTH_KEEPING * len(source):
            self.kept_nodes.append(node)
            self.kept.append(grouping)
        return grouping


def _failing(grouping: Grouping, table: Table, k: int) -> npt.NDArray[np.bool_]:
    """Classes too small by any count. Without counted things a row stands for itself."""
    failing = grouping.rows < k
    for counted, held in zip(table.counted, grouping.tallies, strict=True):
        failing |= held.distinct() < (k if counted.at_least is None else counted.at_least)
    return failing


def _unlike(grouping: Grouping, table: Table) -> npt.NDArray[np.bool_]:
    """Classes whose secret values stand in other shares than in the whole table."""
    unlike = np.zeros(len(grouping), np.bool_)
    for alike, spread in zip(table.alike, grouping.spreads, strict=True):
        unlike |= spread.distance(grouping.rows, alike.shares) > alike.t + EPSILON
    return unlike


def _released(table: Table, policy: Policy, k: int, limit: int, found: Found) -> Result:
    """Count the chosen node again from the rows themselves, then write it out."""
    codes = [
        ladder.steps[0, level][ladder.rows] for ladder, level in zip(table.ladders, found.node, strict=True)
    ]
    cards = [len(ladder.labels[level]) for ladder, level in zip(table.ladders, found.node, strict=True)]
    grouping, classes = grouped(table, codes, cards)
    kept = ~(_failing(grouping, table, k) | _unlike(grouping, table))
    out = kept[classes]
    if int((~out).sum()) != found.suppressed:
        raise AssertionError("the search and the rows disagree: this is a fault of the engine")
    released = np.flatnonzero(out)
    values = {
        ladder.column: [ladder.labels[level][code] for code in column[released]]
        for ladder, level, column in zip(table.ladders, found.node, codes, strict=True)
    }
    values |= {name: [column[row] for row in released] for name, column in table.kept.items()}
    hidden = _hide(table, policy, values, released, classes[released])
    node = {
        ladder.column: ladder.levels[level] for ladder, level in zip(table.ladders, found.node, strict=True)
    }
    return Result(
        columns=table.columns,
        rows=Lines(table.columns, values, len(released)),
        released=tuple(map(int, released)),
        suppressed=tuple(map(int, np.flatnonzero(~out))),
        classes=tuple(map(int, classes[released])),
        k=k,
        quasi_identifiers=policy.quasi_identifiers,
        node=node,
        hierarchies={ladder.column: ladder.hierarchy for ladder in table.ladders},
        loss=found.loss,
        smallest=_smallest(table, grouping, kept),
        hidden=hidden,
        certificate=_certificate(found, limit),
        lost={
            ladder.column: float(ladder.loss[level][column[released]].sum() + (~out).sum()) / table.size
            for ladder, level, column in zip(table.ladders, found.node, codes, strict=True)
        },
    )


def _hide(
    table: Table, policy: Policy, values: dict[str, list[str]], released: Ints, classes: Ints
) -> dict[str, int]:
    """Take a secret value from each class with fewer than l different ones; rows hidden by column.

    Whichever value it is: hiding only the grave ones would tell them. A column that the filter fixed tells nothing
    new and stays; one that is alike in the whole file for another reason tells it of everybody, and does not.
    """
    numbers = classes.tolist()
    hidden = {}
    for secret in policy.secret:
        if secret.whole or secret.l == 1:
            continue  # held by the search
        told = [table.counts_for[secret.column][row] for row in released]
        different: dict[int, set[str]] = {}
        for number, value in zip(numbers, told, strict=True):
            different.setdefault(number, set()).add(value)
        fixed = secret.column in table.fixed or {*told} <= NOTHING_TOLD
        rows = [
            place for place, number in enumerate(numbers) if not fixed and len(different[number]) < secret.l
        ]
        for place in rows:
            values[secret.column][place] = NOT_SHOWN
        hidden[secret.column] = len(rows)
    return hidden


def _smallest(table: Table, grouping: Grouping, kept: npt.NDArray[np.bool_]) -> dict[str, int]:
    counts = {"rows": grouping.rows}
    counts |= {
        counted.name: held.distinct() for counted, held in zip(table.counted, grouping.tallies, strict=True)
    }
    return {name: int(count[kept].min()) if kept.any() else 0 for name, count in counts.items()}


def _certificate(found: Found, limit: int) -> dict[str, Any]:
    return {
        "loss": found.loss,
        "node": list(found.node),
        "suppressed": found.suppressed,
        "suppression_limit": limit,
        "evaluations": found.evaluations,
        "held": found.held,
        "nodes": found.nodes,
        "bound": found.bound,
        "optimal": found.optimal,
    }


def _as_they_are(table: Table, policy: Policy) -> Result:
    everything = tuple(range(table.size))
    return Result(
        columns=table.columns,
        rows=Lines(table.columns, table.kept, table.size),
        released=everything,
        suppressed=(),
        classes=everything,
        k=1,
        quasi_identifiers=policy.quasi_identifiers,
        node={},
        hierarchies={},
        loss=0.0,
        smallest={},
        hidden={},
        certificate={},
    )
