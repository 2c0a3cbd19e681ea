"""The one door from counts to what is printed of them: by one method an edition, audited before it is given out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from incidents.errors import Problem, _
from incidents.release.tables import audit, noise, rounding
from incidents.release.tables.audit import Interval
from incidents.release.tables.cells import OUT, Counted, Key, Shown
from incidents.release.tables.solving import Unsolved
from incidents.release.tables.suppress import Plan
from incidents.release.tables.worlds import Loosening, Unprotected

TRIED = 60_000  # hidden large counts × cells, up to which each is tried again
TURNS = 40  # each hides more, so that it ends long before
FROM = 1000  # incidents from which on counts are rounded
OPEN = "none"  # the method of tables that are not protected, which says so


class TooFewToRound(Problem):
    """Rounding to fives hides little where most counts are small."""

    status = 409
    code = "too-few-to-round"
    sentence = _(
        "Counts are rounded to fives from %(needed)s incidents on, and there are fewer. "
        "Choose tables in which small counts are not shown."
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """A: small counts and what gives them away are hidden. B: as counted, from rows that are anonymized already.

    C: rounded to fives; needs `key`, and how many `incidents` were counted. D: noise; needs `epsilon` and `cap`, the
    number of cells, totals included, that one person is counted in at most. Or OPEN.
    """

    method: str = "A"
    key: bytes = field(default=b"", repr=False)
    incidents: int = 0
    epsilon: Fraction | None = None
    cap: int = 0


@dataclass(frozen=True, slots=True)
class Protected:
    """What is printed, and what it cost: ε for the ledger, where there is noise."""

    shown: Shown
    epsilon: Fraction | None = None

    def intervals(self) -> dict[Key, Interval]:
        """What a reader can work out of each cell that is not printed as its number (A), or is rounded (C)."""
        return audit.intervals(self.shown) if self.shown.method in {"A", "C"} else {}


def protect(counted: Counted, rules: Rules) -> Protected:
    """All tables of an edition at once."""
    if rules.method == "A":
        return Protected(suppressed(counted))
    if rules.method == "C":
        return Protected(rounded(counted, rules.key, rules.incidents))
    if rules.method == "D":
        return noised(counted, rules.epsilon, rules.cap)
    if rules.method in {"B", OPEN}:
        return Protected(Shown(counted, dict(counted.counts), rules.method))
    raise ValueError(rules.method)


def suppressed(counted: Counted) -> Shown:
    """A: `<5`, zeros, and `…` where a larger count would give a small one away."""
    plan = Plan(counted)
    loosening = Loosening(plan)
    for _turn in range(TURNS):
        shown = Shown(counted, plan.values(), "A")
        narrowed = _audited(shown)
        if not narrowed:
            return _shown_again(plan, shown)
        loosening.loosen(narrowed)
    raise Unprotected


def _shown_again(plan: Plan, shown: Shown) -> Shown:
    """Large counts that later ones made needless, the dearest first; not in many and large tables: each is an audit."""
    dearest = sorted(plan.out, key=lambda key: (-plan.cost(key), key))
    for key in dearest if len(shown.values) * len(dearest) <= TRIED else ():
        plan.out.remove(key)
        tried = Shown(shown.counted, plan.values(), "A")
        if _audited(tried):
            plan.out.add(key)
        else:
            shown = tried
    return shown


def _audited(shown: Shown) -> dict[Key, Interval]:
    try:
        return audit.narrowed(shown)
    except Unsolved as error:
        raise Unprotected from error


def rounded(counted: Counted, key: bytes, incidents: int) -> Shown:
    """C: fives. Where these still give a small count away, totals around it print `…`, the lowest first."""
    if incidents < FROM:
        raise TooFewToRound(needed=FROM)
    if not key:
        raise ValueError("rounding needs a key")
    values: dict[Key, int | str] = dict(rounding.rounded(counted, key))
    while narrowed := _audited(Shown(counted, values, "C")):
        values |= dict.fromkeys(_totals(counted, narrowed, values), OUT)
    return Shown(counted, values, "C")


def _totals(counted: Counted, narrowed: Mapping[Key, Interval], values: Mapping[Key, int | str]) -> set[Key]:
    """Of each narrowed cell, the smallest total that still prints a number; else what stands beside it."""
    found = set()
    for key in narrowed:
        around = [each for each in counted.relations if key == each.total or key in each.parts]
        cells = [each.total for each in around] + [part for each in around for part in each.parts] + [key]
        left = [cell for cell in cells if values[cell] != OUT and values[cell] != 0]
        totals = [cell for cell in left if cell != key and any(cell == each.total for each in around)]
        if left:
            found.add(min(totals or left, key=lambda cell: (counted.counts[cell], cell)))
    if not found:
        raise Unprotected
    return found


def noised(counted: Counted, epsilon: Fraction | None, cap: int) -> Protected:
    """D: every cell with noise. ε is spent as soon as this returns, whether the tables are used or not."""
    if epsilon is None:
        raise ValueError("noise needs an epsilon")
    values: dict[Key, int | str] = dict(noise.noised(counted.counts, epsilon, cap))
    return Protected(Shown(counted, values, "D"), epsilon)
