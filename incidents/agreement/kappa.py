"""Cohen's kappa of two coders, with a confidence interval. Nominal codes; nothing here knows where they come from.

Sources: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960)
37–46; the large-sample standard error is that of J. L. Fleiss, J. Cohen and B. S. Everitt, Large sample standard errors
of kappa and weighted kappa, Psychological Bulletin 72 (1969) 323–327 (formula 13).
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054  # of the normal distribution: 95 of 100 lie within
Pair = tuple[Hashable, Hashable]


@dataclass(frozen=True)
class Estimate:
    """A coefficient and its interval at 95 %; no interval where nothing varies to judge it by, as where all agree."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def vague(self) -> bool:
        """Too little varies: one answer more or less would make it quite another, and no interval says so."""
        return self.value < 1 and self.low is None


def kappa(pairs: Sequence[Pair]) -> Estimate | None:
    """Of units that both coded, as (first coder's code, second coder's code).

    None where it is undefined: nothing was coded, or both used one same code throughout, so that chance alone makes
    them agree wholly.
    """
    count = len(pairs)
    if not count:
        return None
    first, second = Counter(one for one, _other in pairs), Counter(other for _one, other in pairs)
    by_chance = sum(first[code] * second[code] for code in first) / count**2
    if len({*first, *second}) == 1:
        return None
    seen = sum(one == other for one, other in pairs) / count
    value = (seen - by_chance) / (1 - by_chance)
    error = _standard_error(Counter(pairs), first, second, value, by_chance)
    if error < 1e-6:  # nothing but rounding
        return Estimate(value)
    return Estimate(value, max(-1.0, value - Z95 * error), min(1.0, value + Z95 * error))


def _standard_error(
    cells: Counter[Pair], first: Counter[Hashable], second: Counter[Hashable], value: float, by_chance: float
) -> float:
    """The large-sample standard error of kappa, in kappa's own unit."""
    count = cells.total()
    lost = 1 - value
    on, off = 0.0, 0.0
    for (one, other), times in cells.items():
        if one == other:
            on += times / count * (1 - (first[one] + second[one]) / count * lost) ** 2
        else:
            off += times / count * ((second[one] + first[other]) / count) ** 2
    variance = on + lost**2 * off - (value - by_chance * lost) ** 2
    return sqrt(max(0.0, variance) / count) / (1 - by_chance)
