"""Krippendorff's alpha for nominal codes: any number of coders, codes missing here and there.

Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), University of Pennsylvania,
https://repository.upenn.edu/asc_papers/43. The interval is a percentile bootstrap over the units (B. Efron and
R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13): units are drawn again with replacement, as a whole.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from random import Random

from incidents.agreement.kappa import Estimate

DRAWS = 1000  # of the bootstrap
SEED = 2011  # the same codes give the same interval each time
ENOUGH = 0.9  # of the draws must have an alpha, or there is no interval
KEPT = 2000  # intervals that were worked out, in memory
Unit = Sequence[Hashable | None]  # one value a coder, None where they gave none


def pairable(units: Iterable[Unit]) -> list[list[Hashable]]:
    """The values of each unit that two or more coders gave one for: nothing else says whether they agree."""
    found = ([value for value in unit if value is not None] for unit in units)
    return [values for values in found if len(values) > 1]


def alpha(units: Sequence[Unit], draws: int = DRAWS) -> Estimate | None:
    """None where it is undefined: no unit has two values, or all values are one same code, so that nothing varies."""
    kinds = _kinds(pairable(units))
    value = _alpha(kinds.items())
    if value is None:
        return None
    if value == 1 or not draws:
        return Estimate(value)
    low, high = _interval(kinds, draws)
    return Estimate(value) if low == high else Estimate(value, low, high)


def agreed(units: Sequence[Unit]) -> float:
    """The share of alike pairs among the values of a unit, over the units; 0 to 1. Of no unit it is not asked."""
    shares = [_alike(Counter(values)) for values in pairable(units)]
    return sum(shares) / len(shares)


def _alike(values: Counter[Hashable]) -> float:
    count = values.total()
    return sum(times * (times - 1) for times in values.values()) / (count * (count - 1))


Kind = tuple[tuple[Hashable, int], ...]  # how often each code was given for a unit, whoever gave it


def _kinds(units: Iterable[Sequence[Hashable]]) -> Counter[Kind]:
    """Units that were coded alike, counted together: few kinds, however many units."""
    return Counter(tuple(sorted(Counter(values).items(), key=repr)) for values in units)


def _alpha(kinds: Iterable[tuple[Kind, int]]) -> float | None:
    """1 - observed / expected disagreement, from the coincidences of values within units."""
    found = dict(kinds)
    return _of_counts([_weights(kind) for kind in _named(found)], enumerate(found.values()))


Shape = tuple[tuple[int, int], ...]  # a kind, the codes by number: what they are called changes nothing


def _named(kinds: Iterable[Kind]) -> tuple[Shape, ...]:
    numbers: dict[Hashable, int] = {}
    return tuple(
        tuple((numbers.setdefault(code, len(numbers)), times) for code, times in kind) for kind in kinds
    )


def _weights(shape: Shape) -> tuple[float, Shape]:
    """What one unit of this kind adds to the disagreement observed, and to how often each code was given."""
    count = sum(times for _code, times in shape)
    return (count**2 - sum(times**2 for _code, times in shape)) / (count - 1), shape


def _of_counts(kinds: Sequence[tuple[float, Shape]], drawn: Iterable[tuple[int, int]]) -> float | None:
    """Alpha of so many units of each kind, as (which kind, how many units)."""
    observed, totals = 0.0, dict[int, int]()
    for place, units in drawn:
        unlike, shape = kinds[place]
        observed += units * unlike
        for code, times in shape:
            totals[code] = totals.get(code, 0) + units * times
    count = sum(totals.values())
    expected = count**2 - sum(number**2 for number in totals.values())
    return 1 - (count - 1) * observed / expected if expected else None


def _interval(kinds: Counter[Kind], draws: int) -> tuple[float | None, float | None]:
    return _drawn(_named(kinds), tuple(kinds.values()), draws)


@lru_cache(maxsize=KEPT)
def _drawn(kinds: tuple[Shape, ...], units: tuple[int, ...], draws: int) -> tuple[float | None, float | None]:
    """Its 2.5th and 97.5th percentile over the draws; a draw in which nothing varies has no alpha and says nothing.

    Kept, for it costs and is the same each time; no code stands in what it is kept under.
    """
    chance = Random(SEED)  # noqa: S311  drawn to be drawn again the same way
    weights, places, upto = [_weights(kind) for kind in kinds], range(len(kinds)), list(accumulate(units))
    times = (Counter(chance.choices(places, cum_weights=upto, k=upto[-1])) for _each in range(draws))
    values = (_of_counts(weights, drawn.items()) for drawn in times)
    found = sorted(value for value in values if value is not None)
    if len(found) < ENOUGH * draws:
        return None, None
    return found[int(0.025 * (len(found) - 1))], found[round(0.975 * (len(found) - 1))]
