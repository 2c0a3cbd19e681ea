"""What the codings of a sample come to, question by question. Pure: codes in, figures out.

A question that takes several codes is measured twice: as a whole, where only the same codes, no more and no fewer, are
agreement; and code by code, each said or not said.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from incidents.agreement.alpha import DRAWS, agreed, alpha, pairable
from incidents.agreement.kappa import Estimate, kappa
from incidents.agreement.sheet import Question, Value

FLOOR = 10  # reports that two coded: below, a coefficient would say more than anybody knows
Whole = str | tuple[str, ...]
Unit = Sequence[Whole | None]


@dataclass(frozen=True)
class Figures:
    """Of one question or code. `count`: reports for which two or more gave an answer; the rest follows from these."""

    count: int
    agreed: float | None  # share, 0 to 1; none: nobody coded the same report
    kappa: Estimate | None  # of two coders; none: too few, several coders, or undefined
    alpha: Estimate | None  # none: too few, or undefined

    @property
    def few(self) -> bool:
        return self.count < FLOOR

    @property
    def one_code(self) -> bool:
        """Everybody gave one same code throughout: no coefficient is defined, for there was nothing to tell apart."""
        return not self.few and self.alpha is None


@dataclass(frozen=True)
class Measured:
    """A question, and each code of one that takes several, those used most first.

    `rare`: codes that were given for fewer reports than the floor; who did not code is not told of them.
    """

    question: Question
    figures: Figures
    codes: Sequence[tuple[str, Figures]] = ()
    rare: frozenset[str] = frozenset()


def measured(question: Question, units: Sequence[Sequence[Value | None]], draws: int = DRAWS) -> Measured:
    """Of each report one value a coder, in the same order of coders; None where they gave none."""
    whole = [[_whole(value) for value in unit] for unit in units]
    found = figures(whole, draws)
    if found.few or not question.many:  # of few, what was coded would be told of each
        return Measured(question, found)
    codes = [(code, figures(_said(whole, code), draws)) for code in _used(whole)]
    return Measured(question, found, codes, frozenset(_rare(whole)))


def figures(units: Sequence[Unit], draws: int = DRAWS) -> Figures:
    both = pairable(units)
    if len(both) < FLOOR:
        return Figures(len(both), None, None, None)
    two = all(len(unit) == 2 for unit in units)
    pairs = [(unit[0], unit[1]) for unit in units if len(unit) == 2 and None not in unit]
    return Figures(len(both), agreed(units), kappa(pairs) if two else None, alpha(units, draws))


def _whole(value: Value | None) -> Whole | None:
    return tuple(sorted(value)) if isinstance(value, list) else value


def _used(units: Sequence[Unit]) -> list[str]:
    times: dict[str, int] = {}
    for value in (value for unit in units for value in unit if value is not None):
        for code in value:
            times[code] = times.get(code, 0) + 1
    return sorted(times, key=lambda code: (-times[code], code))


def _rare(units: Sequence[Unit]) -> list[str]:
    reports = Counter(code for unit in units for code in {code for value in unit for code in value or ()})
    return [code for code, times in reports.items() if times < FLOOR]


def _said(units: Sequence[Unit], code: str) -> list[list[str | None]]:
    """Whether each said this code; nothing where they answered nothing."""
    return [[None if value is None else "yes" if code in value else "no" for value in unit] for unit in units]
