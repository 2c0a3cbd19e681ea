"""T6: how long people were held and what was paid, as a median and quartiles; never one person's extreme."""

import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from incidents.release.hierarchy import NOT_RECORDED
from incidents.release.tables.axes import Bools, Counting
from incidents.release.tables.cells import Key
from incidents.release.tables.cross import Column
from incidents.release.tables.facts import DECLINED

MEASURES = ("days_held", "ransom_asked", "ransom_paid")
UNITS: Mapping[str, str] = {"days_held": "days", "ransom_asked": "USD", "ransom_paid": "USD"}
LEAST = 10  # incidents; under it a quartile is one person's figure
TOLD = "told"
FIGURES = 2  # of an amount: what one family paid is not to be read off a median


@dataclass(frozen=True, slots=True)
class Spread:
    """Of what was told of `n` incidents, one value each: a quarter lies under `lower`, half under `median`.

    All three are rounded, days to whole ones and amounts to two figures; none of them where n is under 10.
    """

    measure: str
    unit: str
    n: Key
    lower: int | None
    median: int | None
    upper: int | None


def told(counting: Counting, measure: str, lines: Bools) -> tuple[Column, Mapping[int, Decimal]]:
    """Of each incident among these lines: told, refused to say, or not known; and its value, the largest told."""
    incident = counting.incidents
    value, seen = counting.seen((measure,))
    given = [row.get(measure) for row in seen]
    values: dict[int, Decimal] = {}
    refused: set[int] = set()
    for number, place in zip(incident.of_line[lines].tolist(), value[lines].tolist(), strict=True):
        if given[place] == DECLINED:
            refused.add(number)
        elif given[place] is not None:
            values[number] = max(values.get(number, Decimal(0)), Decimal(given[place]))
    answers: dict[int, int] = defaultdict(lambda: 2)
    answers |= dict.fromkeys(refused, 1) | dict.fromkeys(values, 0)
    codes = (TOLD, DECLINED, NOT_RECORDED)
    of_line = np.array([answers[number] for number in incident.of_line.tolist()], np.int64)
    return Column.of(measure, [(code,) for code in codes], of_line, codes), values


def spread(measure: str, n: Key, values: Mapping[int, Any]) -> Spread:
    """The quartiles of these."""
    if len(values) < LEAST:
        return Spread(measure, UNITS[measure], n, None, None, None)
    found = statistics.quantiles(sorted(values.values()), n=4, method="inclusive")
    lower, median, upper = (_rounded(each, UNITS[measure]) for each in found)
    return Spread(measure, UNITS[measure], n, lower, median, upper)


def _rounded(value: Decimal, unit: str) -> int:
    whole = round(value)
    if unit == "days":
        return whole
    return round(whole, -max(len(str(abs(whole))) - FIGURES, 0))
