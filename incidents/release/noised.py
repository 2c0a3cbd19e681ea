"""Tables with noise (method D): what is counted and drawn, what is said of it, and what it costs whoever is in them.

The exact counts never leave `_drawn`: tables, text, charts and manifest are made of what was drawn, and of what was so
before anything was counted. Noise is drawn when an edition is prepared and stays in its sealed pack, so that whoever
signs, downloads or reads it again meets the same numbers. ε is spent at the signature, against everybody who is in an
edition that went out; a correction is drawn anew and costs anew.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

from sqlalchemy import select

from incidents.errors import Problem, _
from incidents.model.account import Project
from incidents.model.release import Release
from incidents.release import editions, ledger, wording, years
from incidents.release.free import Free
from incidents.release.gather import Gathered
from incidents.release.noising import Noise, plainly
from incidents.release.policy import Policy
from incidents.release.rows import spoken_of
from incidents.release.tables import bounded
from incidents.release.tables.bounded import EXACTNESS, INCIDENTS, PERSONS, Sheets
from incidents.release.tables.captions import About
from incidents.release.tables.cells import Counted, Shown
from incidents.release.tables.lines import Lines
from incidents.release.tables.plan import Plan
from incidents.release.text.facts import Facts
from incidents.release.text.writing import Material
from incidents.release.wanted import NOISED
from incidents.work import Work

LOT = "released/lot"  # what draws whom and what counts, by the key of the ledger
MANIFEST = "noise"  # of a manifest
WITHIN = "counted_with_noise"  # of a manifest that stays here: how many were counted before the noise
NO_COUNTS = frozenset({"organisation", "style"})  # of what is typed: no number in them is one of people


class NobodyToCount(Problem):
    """Noise alone, and nothing under it."""

    status = 409
    code = "nobody-to-count"
    sentence = _(
        "Where chance is added to counts, an incident is counted through the people whom it harmed, and of none of "
        "these may anybody be counted. Choose another way to protect the counts."
    )


class NotWithNoise(Problem):
    """What would stand beside the noise and is exact."""

    status = 422
    code = "not-with-noise"
    sentence = _(
        "Tables with chance carry no tables of your own and no quotes: each further table makes all numbers less "
        "exact, and a quote says of somebody that they are there. Leave these out, or choose another way."
    )


class NumberTyped(Problem):
    """A number that nobody drew."""

    status = 422
    code = "number-typed"
    sentence = _(
        "The text says numbers of its own at %(places)s. Beside chance they could tell what it covers: take them "
        "out, or choose another way to protect the counts. A year is one only among words of time, as in “in 2019”."
    )


class OverCeiling(Problem):
    """Noise that was paid for before: each edition wears it down."""

    status = 409
    code = "over-ceiling"
    sentence = _(
        "%(references)s counted some of the same people and cost them ε = %(spent)s. With the ε = %(epsilon)s of this "
        "one it would be more than the %(ceiling)s that the policy allows, and chance would not cover them any more. "
        "No further tables of these incidents can go out; what is wrong in them can be recalled."
    )


@dataclass(frozen=True)
class Drawn:
    """An edition with its noise. `material`: what the text is made of; `said`: for the manifest that leaves."""

    material: Material = field(repr=False)
    said: dict[str, Any]
    counted: dict[str, int]  # before the noise, for those who prepare and sign


def must_fit(free: Sequence[Free], quotes: Sequence[Any], texts: wording.Texts) -> None:
    """Refuse what is exact beside noise. Problems: NotWithNoise, NumberTyped."""
    if free or quotes:
        raise NotWithNoise
    typed = [
        place
        for place, text in wording.places(texts)
        if place.partition(".")[0] not in NO_COUNTS and years.has_number(text)
    ]
    if typed:
        raise NumberTyped(places=", ".join(typed))


def drawn(work: Work, rules: Policy, noise: Noise, counted: Lines, texts: wording.Texts) -> Drawn:
    """The tables, once: each call draws anew. Problem: NobodyToCount."""
    made = bounded.sheets(noise, Plan.of(rules), counted.filters, counted.data_date)
    shown, numbers = _drawn(work, noise, counted, made)
    day = date.fromisoformat(counted.data_date)
    months = any(sheet.axis == "month" for sheet in made.incidents)
    facts = Facts(
        texts.get("organisation") or work.db.scalars(select(Project.organisation)).one(),
        day,
        {},
        states=rules.states,
        noise=noise.said()
        | {"left_out": ", ".join(spared(made.left_out)), "months": "yes" if months else "no"},
    )
    first, last = (str(counted.filters.get(name) or "") for name in ("from", "to"))
    about = About(counted.data_date, first, last, rules.states, NOISED, at_least=False, noise=noise.said())
    material = Material(shown, facts, about, typed=wording.typed(texts), style=wording.style(texts))
    return Drawn(material, _said(noise, made), numbers)


def spared(left_out: Mapping[str, str]) -> list[str]:
    """Of the tables that are not there, those that would have cost all others some of their exactness."""
    return [name for name, why in left_out.items() if why == EXACTNESS]


def _drawn(work: Work, noise: Noise, counted: Lines, made: Sheets) -> tuple[Shown, dict[str, int]]:
    """What is printed, with nothing exact behind it."""
    from incidents.release.tables import protect  # noqa: PLC0415  its solver is memory that no other page pays for

    exact = bounded.counts(counted.counted, made, noise.people, partial(work.vault.keyed, LOT))
    if not exact[INCIDENTS]:
        raise NobodyToCount
    by = protect.Rules(NOISED, epsilon=noise.epsilon, cap=noise.cells)
    values = protect.protect(Counted(made.tables, exact, ()), by).shown.values
    printed = {key: int(value) for key, value in values.items()}
    return Shown(Counted(made.tables, printed, ()), printed, NOISED), {
        "incidents": exact[INCIDENTS],
        "persons": exact[PERSONS],
    }


def _said(noise: Noise, made: Sheets) -> dict[str, Any]:
    """Of a manifest: nothing of it comes from what was counted."""
    return {
        **noise.said(),
        "ceiling": plainly(noise.ceiling),
        "distribution": "discrete Laplace",
        "scale": plainly(noise.scale),
        "sure": "0.95",
        "below_zero": "printed as 0",
        "left_out": dict(made.left_out),
    }


# -- what it costs


@dataclass(frozen=True)
class Spent:
    """What editions that went out cost those who are in them and in this one, too."""

    epsilon: Fraction
    references: tuple[str, ...]


def spent(
    work: Work, incidents: AbstractSet[str], persons: AbstractSet[str], but: Release | None = None
) -> Spent:
    """The sum of every edition that shares an incident or a person: nobody of them has paid more.

    Signed, or recalled after a download. Of whom was joined since, under the id that counts today.
    """
    costs = [
        (each, Fraction(manifest[MANIFEST]["epsilon"]))
        for each in ledger.went_out(work, but)
        if (manifest := work.read(each, "manifest")).get("method") == NOISED
    ]
    there = [each for each, _cost in costs]
    held = zip(costs, ledger.incidents_of(work, there), ledger.people_of(work, there), strict=True)
    shared = [each for each, those, people in held if those & incidents or people & persons]
    total = sum((cost for _each, cost in shared), Fraction(0))
    return Spent(total, tuple(each.reference for each, _cost in shared))


def must_afford(work: Work, noise: Noise, gathered: Gathered) -> Spent:
    """Refuse an edition that would cost somebody in it more than the ceiling. Problem: OverCeiling."""
    told = (spoken_of(gathered.rows, number)[1] for number in range(len(gathered.rows)))
    persons = {each.hex() if isinstance(each, bytes) else str(each) for of_row in told for each in of_row}
    before = spent(work, editions.incidents_in(gathered), persons)
    _must_afford(before, noise.epsilon, noise.ceiling)
    return before


def must_still_afford(work: Work, release: Release, manifest: Mapping[str, Any], today: Noise | None) -> None:
    """The same before a signature: another may have gone out since. `today`: the lower of two ceilings holds.

    Problem: OverCeiling.
    """
    (incidents,), (persons,) = ledger.incidents_of(work, [release]), ledger.people_of(work, [release])
    epsilon, ceiling = (Fraction(manifest[MANIFEST][name]) for name in ("epsilon", "ceiling"))
    lower = min(ceiling, today.ceiling) if today else ceiling
    _must_afford(spent(work, incidents, persons, release), epsilon, lower)


def _must_afford(before: Spent, epsilon: Fraction, ceiling: Fraction) -> None:
    if before.epsilon + epsilon > ceiling:
        raise OverCeiling(
            references=", ".join(before.references),
            spent=plainly(before.epsilon),
            epsilon=plainly(epsilon),
            ceiling=plainly(ceiling),
        )
