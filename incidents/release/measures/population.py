"""How likely it is that a row is found in the population, of which the file holds a part.

Sampling weights estimate how many people there are of a combination: F, the sum of the weights of its f rows. The risk
is the mean of 1/F given f (Benedetti and Franconi 1998; Franconi and Polettini 2004), as mu-Argus and sdcMicro have it.
Where a population file counts them, F is known, and the risk is 1/F.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.errors import Problem, _
from incidents.release.measures.help import moved, proposals, said
from incidents.release.measures.reading import Beside, Class, Read

CLOSED_UP_TO = 30  # rows of a class for which the closed form is used; beyond, the series needs few terms
ENOUGH = 1e-17


class RiskTooHigh(Problem):
    """More people would be found again than the policy allows."""

    status = 409
    code = "risk-too-high"
    sentence = _(
        "Measured against the population, %(found)s of the rows would be found again, where at most %(limit)s may be. "
        "Nothing was released."
    )

    def said(self, translate: Callable[[str], str] = str) -> str:
        """With what would help."""
        return f"{super().said(translate)} {said(self.details['help'], translate)}"


class PopulationMissing(Problem):
    """A policy that names a population file, and none was read."""

    status = 422
    code = "population-missing"
    sentence = _("The policy names a population file, and it was not read. Nothing was released.")


@dataclass(frozen=True, slots=True)
class Found:
    """`mean` over the rows: the global risk. `expected`: rows that would be found again. `people`: the sum of all F.

    `fewer`: rows of combinations of which the population seems to hold fewer people than the file has rows; there F
    counts as the number of rows.
    """

    model: str  # "weights" | "population"
    columns: Class
    mean: float
    expected: float
    highest: float
    above: int  # rows above the threshold
    limit: float
    people: float
    fewer: int

    def figures(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "model": self.model,
            "columns": list(self.columns),
            "global_risk": self.mean,
            "expected": self.expected,
            "highest_risk": self.highest,
            "rows_above_threshold": self.above,
            "limit": self.limit,
            "people": self.people,
            "rows_of_fewer_people": self.fewer,
        }


def individual(f: int, people: float) -> float:
    """The mean of 1/F for f rows that stand for `people`: (p/f)·₂F₁(1, 1; f+1; 1−p), p = f/people.

    With I(f) = ∫₀¹ (1−t)^(f−1) / (1−qt) dt the risk is p·I(f); I(1) = −ln p / q and I(f+1) = (1/f − p·I(f)) / q, which
    gives the formulas for f = 1, 2, 3 of the mu-Argus manual. Where p is large they cancel, and the series is short.
    """
    p = f / people
    if p >= 1:
        return 1 / f
    if p < 0.5 and f <= CLOSED_UP_TO:
        q = 1 - p
        value = -math.log(p) / q
        for size in range(1, f):
            value = (1 / size - p * value) / q
        return p * value
    return p / f * _series(f, 1 - p)


def _series(f: int, q: float) -> float:
    """₂F₁(1, 1; f+1; q) = Σ n!/((f+1)…(f+n))·qⁿ."""
    total = term = 1.0
    size = 1
    while term > ENOUGH * total:
        term *= size * q / (f + size)
        total += term
        size += 1
    return total


def risks(classes: Mapping[Class, float], people: Mapping[Class, float], model: str) -> dict[Class, float]:
    """The risk of each class; both mappings by the same columns."""
    if model == "weights":
        return {one: individual(int(rows), max(people[one], rows)) for one, rows in classes.items()}
    return {one: 1 / max(people.get(one, 0.0), rows) for one, rows in classes.items()}


def measured(read: Read, beside: Beside, rules: Mapping[str, Any]) -> Found | None:
    """What the policy's model gives; None where it has none. Problem: PopulationMissing."""
    model = "weights" if rules.get("weights") else "population" if rules.get("population") else None
    if model is None:
        return None
    if model == "population" and beside.population is None:
        raise PopulationMissing
    classes, people = read.over(read.quasi), _people(read, beside, model)
    risk = risks(classes, people, model)
    expected = _expected(classes, risk)
    return Found(
        model=model,
        columns=read.quasi,
        mean=expected / read.rows if read.rows else 0.0,
        expected=expected,
        highest=max(risk.values(), default=0.0),
        above=sum(rows for one, rows in classes.items() if risk[one] > rules["threshold"]),
        limit=rules["limit"],
        people=math.fsum(people.values()),
        fewer=sum(rows for one, rows in classes.items() if people.get(one, 0.0) < rows),
    )


def risks_of(read: Read, beside: Beside, found: Found | None) -> dict[Class, float]:
    """The risk of each class of the file: against the population where there is one, otherwise 1 ÷ its rows."""
    classes = read.over(read.quasi)
    if found is None:
        return {one: 1 / rows for one, rows in classes.items()}
    return risks(classes, _people(read, beside, found.model), found.model)


def must_hold(found: Found, read: Read, beside: Beside) -> None:
    """Problem: RiskTooHigh, with the columns that would bring it under the limit."""
    if found.mean <= found.limit:
        return
    classes, people = read.over(read.quasi), _people(read, beside, found.model)

    def holds(place: int, reads: Mapping[str, str] | None) -> bool:
        rows = moved(classes, place, reads)
        risk = risks(rows, moved(people, place, reads), found.model)
        return _expected(rows, risk) <= found.limit * read.rows

    helps = proposals(read.quasi, beside.coarser, holds)
    raise RiskTooHigh(found=f"{found.mean:.2%}", limit=f"{found.limit:.2%}", help=helps)


def _people(read: Read, beside: Beside, model: str) -> Mapping[Class, float]:
    return read.weights if model == "weights" else (beside.population or {})


def _expected(classes: Mapping[Class, float], risk: Mapping[Class, float]) -> float:
    return math.fsum(rows * risk[one] for one, rows in classes.items())
