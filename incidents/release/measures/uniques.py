"""Special uniques: rows that few columns tell apart from all others (Elliot, Manning, Mayes, Gurd and Bane 2005).

A minimal sample unique is a set of columns by which a row stands alone, and by no part of which it does. The fewer
columns and the more such sets, the likelier the person is alone in the population as well. Every set is tried: plain,
and right first.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from incidents.release.measures.reading import Class, Read, projected

LARGEST = 3  # columns of a set
TRIES = 4_000_000  # combinations looked at, at most; then only smaller sets are tried, and the figures say so
Sets = list[tuple[int, ...]]  # sets of columns, by place


@dataclass(frozen=True, slots=True)
class Found:
    """`sets` and `scores` by the row's combination, which is one row: it stands alone.

    `dis`: the probability that a match with a row that stands alone is right (Elliot 2000), where the share of the
    population that the file holds is known. `up_to`: the largest set that was tried.
    """

    columns: Class
    up_to: int
    rows: int
    sets: Mapping[Class, Sets]
    scores: Mapping[Class, float]
    alone: int  # rows that stand alone by all columns
    dis: float | None
    each_dis: Mapping[Class, float]

    def figures(self) -> dict[str, Any]:
        """As plain values: how many, of what size, and the share of each column in the scores."""
        sizes = [len(each) for sets in self.sets.values() for each in sets]
        return {
            "columns": list(self.columns),
            "up_to": self.up_to,
            "alone": self.alone,
            "rows": len(self.sets),
            "sets": {str(size): sizes.count(size) for size in range(1, self.up_to + 1)},
            "contribution": self.contribution(),
            "dis": self.dis,
            "highest_dis": max(self.each_dis.values(), default=0.0) if self.dis is not None else None,
        }

    def contribution(self) -> dict[str, float]:
        """Of all scores, the share that comes from sets with this column; a set counts for each of its columns."""
        parts = dict.fromkeys(self.columns, 0.0)
        for sets in self.sets.values():
            for one in sets:
                for place in one:
                    parts[self.columns[place]] += weight(len(one), len(self.columns), self.up_to)
        total = math.fsum(self.scores.values())
        return {column: part / total if total else 0.0 for column, part in parts.items()}


def weight(size: int, columns: int, largest: int) -> float:
    """What a set of this size adds to the score of a row: ∏ (columns − i), i from its size to the largest."""
    return float(math.prod(columns - i for i in range(size, min(largest, columns - 1) + 1)))


def measured(read: Read, fraction: float | None = None, largest: int = LARGEST) -> Found:
    """Over all that a reader may know. `fraction`: the share of the population that the file holds."""
    seen = read.seen
    up_to = _affordable(len(seen), len(read.known), largest)
    alone = [one for one, rows in seen.items() if rows == 1]
    sets = _sets(read, alone, up_to)
    scores = {
        one: math.fsum(weight(len(each), len(read.known), up_to) for each in found)
        for one, found in sets.items()
    }
    pairs = 2 * sum(1 for rows in seen.values() if rows == 2)
    overall = None if fraction is None else dis(len(alone), pairs, fraction)
    each = {} if overall is None else spread(overall, len(alone), scores, len(read.known))
    return Found(read.known, up_to, read.rows, sets, scores, len(alone), overall, each)


def _affordable(combos: int, columns: int, largest: int) -> int:
    """The largest set for which all can be tried."""
    largest = min(largest, columns)
    while largest > 1 and combos * sum(math.comb(columns, size) for size in range(1, largest + 1)) > TRIES:
        largest -= 1
    return largest


def _sets(read: Read, alone: Sequence[Class], up_to: int) -> dict[Class, Sets]:
    """Of rows that stand alone by all columns, since no other can by a part of them.

    The smallest sets first: a set that holds one already found is not minimal.
    """
    found: dict[Class, Sets] = defaultdict(list)
    for size in range(1, up_to + 1 if alone else 1):
        for places in combinations(range(len(read.known)), size):
            rows = projected(read.seen, places)
            for one in alone:
                if rows[tuple(one[place] for place in places)] == 1 and not _holds(
                    places, found.get(one, ())
                ):
                    found[one].append(places)
    return dict(found)


def _holds(places: Sequence[int], sets: Sequence[tuple[int, ...]]) -> bool:
    return any(set(each) <= set(places) for each in sets)


def dis(alone: int, in_pairs: int, fraction: float) -> float:
    """Data intrusion simulation: of the rows that stand alone, how many match the right person (Elliot 2000)."""
    by_chance = alone * fraction + in_pairs * (1 - fraction)
    return alone * fraction / by_chance if by_chance else 0.0


def spread(overall: float, alone: int, scores: Mapping[Class, float], columns: int) -> dict[Class, float]:
    """The same for each row, by its score (Elliot and Manning 2003; the constants are those of SUDA2)."""
    if not overall or not scores:
        return dict.fromkeys(scores, 0.0)
    power = 1 + (8 - columns) / 20
    adjusted = math.fsum(score**-power for score in scores.values())
    odds = alone / overall - alone
    return {one: 1 / (1 + odds / (score**power * adjusted)) for one, score in scores.items()}
