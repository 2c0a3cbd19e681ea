"""Rows that are linked: who finds one of a household, or of an incident, has found the others.

Risk of a household: 1 − ∏(1 − r), over its rows (Hundepool and others 2012). Where rows are linked, what a household is
made of tells it apart as well: `alike` counts the households that are made of the same rows.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from incidents.release.measures.reading import Class, Read


@dataclass(frozen=True, slots=True)
class Found:
    """`mean` over rows, each with the risk of its household. `expected`: rows that would be found again."""

    column: str
    households: int
    mean: float
    expected: float
    highest: float
    alike: int  # fewest households made of the same rows
    alone: int  # households of which there is no second one

    def figures(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def joint(risk: Mapping[Class, float], rows: Mapping[Class, int]) -> float:
    """That at least one of these rows is found, each by itself."""
    return 1 - math.prod((1 - risk[one]) ** number for one, number in rows.items())


def measured(read: Read, column: str | None, risk: Mapping[Class, float]) -> Found | None:
    """By the risk of each class; None where the policy names no such column."""
    if not column:
        return None
    each = [(joint(risk, rows), rows.total()) for rows in read.households.values()]
    expected = math.fsum(value * rows for value, rows in each)
    made_of = Counter(frozenset(rows.items()) for rows in read.households.values())
    return Found(
        column=column,
        households=len(each),
        mean=expected / read.rows if read.rows else 0.0,
        expected=expected,
        highest=max((value for value, _rows in each), default=0.0),
        alike=min(made_of.values(), default=0),
        alone=sum(1 for number in made_of.values() if number == 1),
    )
