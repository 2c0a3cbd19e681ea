"""How much noise a policy allows: ε of an edition, the ceiling for a person, and in how many cells one may count.

One edition with noise counts these one-way tables, and of an incident at most so many codes in each. Everything else
follows: how many people of one incident are counted, the scale of the noise, and how far it throws a number off.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

# Of each table of incidents, the codes of one incident that count; what one person is has one code in each table.
SLOTS: Mapping[str, int] = {"act": 2, "state": 1, "month": 1, "attack": 3}
OF_A_PERSON = ("nationality", "age", "gender")
TOTALS = 2  # of incidents and of attacks
OF_AN_INCIDENT = TOTALS + sum(SLOTS.values())
EACH = 1 + len(OF_A_PERSON)  # cells of a person: the total, and each table
# Whoever leaves an incident that stays changes each code for another one; the total of attacks only goes; and another
# person of it is counted in their place.
WITHOUT_ONE = 2 * sum(SLOTS.values()) + 1 + 2 * len(OF_A_PERSON)
SURE = Fraction(95, 100)
KNOWN = ("epsilon", "ceiling", "cells", "nationalities")


@dataclass(frozen=True, slots=True)
class Noise:
    """`epsilon`: what an edition costs; `ceiling`: what all editions together may cost whoever is in them.

    `cells`: how much the numbers of all tables may change, in all, with one person, or with one incident and everybody
    counted in it. `nationalities`: the rows of that table, beside “all others”.
    """

    epsilon: Fraction
    ceiling: Fraction
    cells: int
    nationalities: tuple[str, ...]

    @property
    def scale(self) -> Fraction:
        """Of the discrete Laplace distribution of each number."""
        return self.cells / self.epsilon

    @property
    def people(self) -> int:
        """How many people of one incident are counted."""
        return (self.cells - OF_AN_INCIDENT) // EACH

    @property
    def off(self) -> int:
        """With 95 % a number is at most so far from what was counted."""
        return within(self.scale)

    def said(self) -> dict[str, str]:
        """In figures, for a sentence."""
        return {
            "epsilon": plainly(self.epsilon),
            "cells": str(self.cells),
            "people": str(self.people),
            "off": str(self.off),
        }


def within(scale: Fraction, sure: Fraction = SURE) -> int:
    """The least x so that noise of this scale is at most x either way, with probability `sure` or more."""
    ratio = math.exp(-1 / scale)
    off = 0
    while 2 * ratio ** (off + 1) / (1 + ratio) > 1 - sure:
        off += 1
    return off


def plainly(number: Fraction) -> str:
    """As it is written: 1, 0.5, 1/3."""
    text = f"{float(number):g}"
    return text if Fraction(text) == number else str(number)


def read(said: object, need: Callable[[object, str, str], None]) -> Noise | None:
    """[noise] of a policy file; none where nothing is said. `need` refuses by key what is not as expected."""
    if said is None:
        return None
    need(isinstance(said, dict) and {*said} == {*KNOWN}, "noise", "a table of " + ", ".join(KNOWN))
    given: dict[str, Any] = dict(said) if isinstance(said, dict) else {}
    epsilon, ceiling = (_fraction(given[name], f"noise.{name}", need) for name in ("epsilon", "ceiling"))
    need(epsilon <= ceiling, "noise.ceiling", "as much as epsilon, or more")
    cells, least = given["cells"], max(WITHOUT_ONE, OF_AN_INCIDENT + EACH)
    whole = isinstance(cells, int) and not isinstance(cells, bool)
    need(whole and cells >= least, "noise.cells", f"a whole number, {least} or more")
    codes = given["nationalities"]
    good = isinstance(codes, list) and all(isinstance(code, str) for code in codes)
    need(good and len({*codes}) == len(codes), "noise.nationalities", "a list of different codes")
    return Noise(epsilon, ceiling, cells, tuple(codes))


def _fraction(said: object, key: str, need: Callable[[object, str, str], None]) -> Fraction:
    """Exactly as it is written: 1, "0.5", "1/3"; no number of floating point is."""
    expected = 'a number above zero, written as 1, "0.5" or "1/3"'
    need(isinstance(said, int | str) and not isinstance(said, bool), key, expected)
    try:
        found = Fraction(str(said))
    except (ValueError, ZeroDivisionError):
        found = Fraction(0)
    need(found > 0, key, expected)
    return found
