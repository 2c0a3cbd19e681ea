"""Which tables are made beside the usual ones: chosen on the form of a release, carried in its address."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _

from incidents.errors import InvalidInput, Problem
from incidents.release import tabled
from incidents.release.free import Free
from incidents.release.noising import Noise, plainly
from incidents.release.policy import Policy
from incidents.release.tables import captions, edition
from incidents.web.language import label, reads

FREE, METHOD = "free", "method"
OFFERED = 3  # on a page; a program may ask for more
PARTS = ("rows", "columns", "unit", "only")
WORDS = {"act": "act", "state": "state", "status": "act_status", "gender": "gender", "stage": "age_band"}


def choice(rules: Sequence[Policy]) -> dict[str, Any]:
    """What a table can be made by, of and narrowed to."""
    found = [each for each in rules if each.product == tabled.PRODUCT]
    if not found:
        return {"axes": [], "units": [], "parts_offered": [], "tables": 0}
    axes = list(dict.fromkeys(name for each in found for name in edition.axes_of(each)))
    parts = list(dict.fromkeys(part for each in found for part in edition.parts_of(each)))
    return {
        "axes": [(name, captions.axis(name, reads())) for name in axes],
        "units": [(name, captions.said(f"unit.{name}", reads())) for name in edition.UNITS],
        "parts_offered": [(f"{name}={code}", _part(name, code)) for name, code in parts],
        "tables": OFFERED,
        "methods": _methods(found),
    }


def _methods(rules: Sequence[Policy]) -> list[tuple[str, str, str]]:
    """Those that any of these policies offers; of noise, how much it is."""
    known = {name for each in rules for name in tabled.offered(each)}
    told = [(name, *_METHODS[name]()) for name in tabled.METHODS if name in known]
    noise = next((each.noise for each in rules if each.noise), None)
    more = f" {_how_much(noise)}" if noise else ""
    return [(name, text, hint + more if name == tabled.NOISED else hint) for name, text, hint in told]


def _how_much(noise: Noise) -> str:
    said: str = _(
        "Each edition costs those in it ε = %(epsilon)s of %(ceiling)s, and with 95 %% a number is off by %(off)s at "
        "most: for thousands of incidents.",
        ceiling=plainly(noise.ceiling),
        **noise.said(),
    )
    return said


_METHODS = {
    "A": lambda: (
        _("Small counts are hidden"),
        _("One to four is printed as “<5”, and what would give it away as “…”. All else is exact."),
    ),
    "C": lambda: (
        _("Every count is rounded to fives"),
        _(
            "From 1,000 incidents on: nothing is hidden and nothing is exact; totals are not the sum of their parts."
        ),
    ),
    "D": lambda: (
        _("Chance is added to every count"),
        _(
            "It can hardly be told whether one person is in it. Only acts, states, months, people and attacks, each by "
            "itself; no quotes, and two sign."
        ),
    ),
}


def method(by: str) -> str:
    """A method of a manifest in words; those that nobody chooses say themselves in the definition."""
    return f"{by}: {_METHODS[by]()[0]}" if by in _METHODS else by


def _part(name: str, code: str) -> str:
    return f"{captions.axis(name, reads())}: {label(code, WORDS[name])}"


def said() -> list[str]:
    """The tables of the form that say what they are by, as an address has them."""
    return [each.said() for _number, each in _asked()]


def _asked() -> list[tuple[int, Free]]:
    found = []
    for number in range(1, OFFERED + 1):
        rows, columns, unit, only = (
            request.form.get(f"{FREE}.{number}.{part}", "").strip() for part in PARTS
        )
        if rows or columns or only:
            found.append((number, Free.of("|".join(filter(None, (f"{rows}|{columns}|{unit}", only))))))
    return found


def chosen(rules: Policy) -> dict[str, Any]:
    """As part of an address. Problem: InvalidInput, at the table that has to be looked at."""
    asked = _asked()
    for number, each in asked:
        at = f"{FREE}.{number}.rows"
        if rules.product != tabled.PRODUCT:
            raise InvalidInput(
                {at: [_("A file of rows has no tables: choose a policy for tables, or none of these.")]}
            )
        if not each.rows:
            raise InvalidInput({at: [_("Choose what its rows are, or leave the whole table empty.")]})
        try:
            edition.check(rules, [each])
        except Problem as problem:
            raise InvalidInput({at: [problem.said(_)]}) from None
    edition.check(rules, [each for _number, each in asked])
    by = request.form.get(METHOD) or tabled.USUAL
    if by not in tabled.METHODS:
        raise InvalidInput({METHOD: [_("This is not one of the choices.")]})
    if by != tabled.USUAL and rules.product != tabled.PRODUCT:
        raise InvalidInput(
            {METHOD: [_("A file of rows is not protected in this way: choose a policy for tables.")]}
        )
    if rules.product == tabled.PRODUCT and by not in tabled.offered(rules):
        raise InvalidInput({METHOD: [_("This policy does not offer it.")]})
    if by == tabled.NOISED and asked:
        raise InvalidInput(
            {
                METHOD: [
                    _("With chance no tables of your own are made: each would make all numbers less exact.")
                ]
            }
        )
    found: dict[str, Any] = {FREE: [each.said() for _number, each in asked]} if asked else {}
    return found | ({METHOD: by} if by != tabled.USUAL else {})


def typed(said: Sequence[str]) -> dict[str, str]:
    """The tables of an address, as the form has them."""
    found: dict[str, str] = {}
    for number, each in enumerate(map(Free.of, said), start=1):
        only = "=".join(each.where[0]) if each.where else ""
        values = (each.rows, each.columns, each.unit, only)
        found |= {f"{FREE}.{number}.{part}": value for part, value in zip(PARTS, values, strict=True)}
    return found


def address(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen for the tables of a release, as part of an address; of rows, nothing."""
    by = manifest.get("method", tabled.USUAL)
    chosen = {METHOD: by} if by in tabled.METHODS and by != tabled.USUAL else {}
    return chosen | {FREE: manifest.get(tabled.FREE, [])}


def in_words(said: Sequence[str]) -> list[str]:
    """Each free table of a manifest, in a line."""
    return [_in_words(Free.of(each)) for each in said]


def _in_words(one: Free) -> str:
    by = [captions.axis(name, reads()) for name in (one.rows, one.columns) if name]
    only = [_part(name, code) for name, code in one.where if name in WORDS]
    unit = captions.said(f"unit.{one.unit}", reads())
    return "; ".join((f"{unit}: {' × '.join(by)}", *only))
