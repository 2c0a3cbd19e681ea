"""How many different incidents and persons each class of the file stands for, while their ids are still at hand."""

from collections.abc import Mapping
from typing import Any

from incidents.errors import Problem, _
from incidents.release.measures.reading import Beside, Class, FileNotAsPromised, Read


class DistinctNotHeld(Problem):
    """Enough rows, and too few incidents or persons behind them."""

    status = 409
    code = "distinct-not-held"
    sentence = _(
        "The rows that would go out do not hold k = %(k)s over different incidents and persons: a class stands for "
        "%(found)s only. Nothing was released. Prepare it again with a coarser policy, and tell whoever looks after "
        "this program."
    )


class _Held:
    """Of a class: its rows, and the different things that they speak of, by their kinds."""

    __slots__ = ("rows", "sets")

    def __init__(self, sets: tuple[set[Any], ...]) -> None:
        self.rows, self.sets = 0, sets


def measured(read: Read, beside: Beside, name: str) -> dict[str, int] | None:
    """Of each kind of thing, the fewest of a class; None where nobody handed over what the rows speak of.

    The rows must be those of the file. Problem: FileNotAsPromised.
    """
    if not beside.things:
        return None
    found: dict[Class, _Held] = {}
    for one, things in beside.rows:
        held = found.get(one)
        if held is None:
            held = found[one] = _Held(tuple(set() for _name in beside.things))
        held.rows += 1
        for known, more in zip(held.sets, things, strict=True):
            known.update(more)
    if {one: held.rows for one, held in found.items()} != read.over(read.quasi):
        raise FileNotAsPromised(file=name, what="rows")
    fewest = [
        min((len(held.sets[place]) for held in found.values()), default=0)
        for place in range(len(beside.things))
    ]
    return dict(zip(beside.things, fewest, strict=True))


def must_hold(found: Mapping[str, int] | None, k: int) -> None:
    """Problem: DistinctNotHeld."""
    if found and min(found.values()) < k:
        raise DistinctNotHeld(k=k, found=min(found.values()))
