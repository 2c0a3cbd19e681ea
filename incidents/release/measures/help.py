"""What would help: counted in the file for each column alone, not guessed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from incidents.errors import _
from incidents.release.measures.reading import Class, Maps

Holds = Callable[
    [int, Mapping[str, str] | None], bool
]  # place of a column, how it reads coarser (None: gone) → held?


class Proposal(NamedTuple):
    """A column that alone would do: so many levels coarser; 0: left out."""

    column: str
    levels: int


def proposals(columns: Sequence[str], coarser: Maps, holds: Holds) -> tuple[Proposal, ...]:
    """For each column the fewest levels with which it would hold, or its absence; the smallest change first."""
    found = []
    for place, column in enumerate(columns):
        levels = coarser.get(column, ())
        steps = [*enumerate(levels, 1), (0, None)]
        enough = next((level for level, reads in steps if holds(place, reads)), None)
        if enough is not None:
            found.append(Proposal(column, enough))
    return tuple(sorted(found, key=lambda each: (each.levels == 0, each.levels)))


def moved(amounts: Mapping[Class, float], place: int, reads: Mapping[str, str] | None) -> dict[Class, float]:
    """The same amounts with one column coarser, or gone; a value that has no coarser reading stays."""
    found: dict[Class, float] = {}
    for one, amount in amounts.items():
        value = () if reads is None else (reads.get(one[place], one[place]),)
        key = (*one[:place], *value, *one[place + 1 :])
        found[key] = found.get(key, 0.0) + amount
    return found


def said(found: object, translate: Callable[[str], str]) -> str:
    """Proposals, as a Problem holds them among its details, as a sentence."""
    if not isinstance(found, tuple) or not found:
        return translate(
            _("No single column made coarser, or left out, would be enough: choose a coarser policy.")
        )
    words = [_worded(each, translate) for each in found]
    return translate(_("What would be enough, each alone: %(what)s.")) % {"what": "; ".join(words)}


def _worded(each: Proposal, translate: Callable[[str], str]) -> str:
    details: dict[str, Any] = {"column": each.column, "levels": each.levels}
    match each.levels:
        case 0:
            return translate(_("“%(column)s” left out")) % details
        case 1:
            return translate(_("“%(column)s” one level coarser")) % details
    return translate(_("“%(column)s” %(levels)s levels coarser")) % details
