"""Counts with noise: discrete Laplace, drawn exactly, so that the release is ε-differentially private.

Whoever comes or goes changes all cells together, totals included, by at most `cap` (`bounded` counts so); each cell
gets noise of scale cap ÷ ε, and all tables together cost ε. Which cells there are must not come from the data.
Exact: whole numbers and fractions only, since the low bits of floating point give noise away (I. Mironov, 2012). The
sampler is C. Canonne, G. Kamath and T. Steinke, The Discrete Gaussian for Differential Privacy (2020), algorithms 1, 2.
"""

import secrets
from collections.abc import Callable, Mapping
from fractions import Fraction

from incidents.release.tables.cells import Key

Draw = Callable[[int], int]  # a whole number below this one, each as likely


def noised(
    counts: Mapping[Key, int], epsilon: Fraction, cap: int, draw: Draw = secrets.randbelow
) -> dict[Key, int]:
    """Every count with noise of its own, zeros too; below zero prints 0. Each call draws anew and costs ε."""
    if epsilon <= 0 or cap < 1:
        raise ValueError("epsilon and cap are above zero")
    scale = Fraction(cap) / epsilon
    return {key: max(0, count + laplace(scale, draw)) for key, count in sorted(counts.items())}


def laplace(scale: Fraction, draw: Draw = secrets.randbelow) -> int:
    """A whole number z with probability in proportion to exp(−|z| ÷ scale)."""
    t, s = scale.numerator, scale.denominator
    while True:
        size = _geometric(t, draw) // s
        negative = draw(2)
        if size or not negative:
            return -size if negative else size


def _geometric(t: int, draw: Draw) -> int:
    """A whole number g from 0 with probability in proportion to exp(−g ÷ t)."""
    while True:
        low = draw(t)
        if _happens(Fraction(low, t), draw):
            high = 0
            while _happens(Fraction(1), draw):
                high += 1
            return low + t * high


def _happens(gamma: Fraction, draw: Draw) -> bool:
    """With probability exp(−gamma), for gamma from 0 to 1: the alternating series, one toss a term."""
    turn = 1
    while draw(gamma.denominator * turn) < gamma.numerator:
        turn += 1
    return turn % 2 == 1
