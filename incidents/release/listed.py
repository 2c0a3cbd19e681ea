"""What a hierarchy is: named levels, a path for each value; and one that is written out, value by value."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Protocol

from incidents.errors import Problem, _
from incidents.model import vocabulary as words

NOT_RECORDED = "(not recorded)"
NOT_SHOWN = "(not shown)"
OVER_YEARS = "(not within one year)"
ANY = "*"
AT_MOST, OR_LATER = "../", "/.."  # of a month, quarter or year: it and what lies before, or after (EDTF)
# The reason for not knowing (declined, not asked) says something of the person: quasi-identifiers drop it.
UNANSWERED = frozenset({"", "UNK", "NAS", "DEC", "NAP", "XXX"})
# The code list whose values a hierarchy has to have a place for; moments and places are calendars and maps.
LISTS = {
    "act": "act",
    "age": "age_band",
    "gender": "gender",
    "nationality": "nationality",
    "perpetrator": "perpetrator",
}
Path_ = tuple[str, ...]


class HierarchyNotReadable(Problem):
    """A file that is no hierarchy."""

    status = 422
    code = "hierarchy-not-readable"
    sentence = _("The hierarchy %(hierarchy)s cannot be used: %(why)s. Correct line %(line)s and try again.")


class HierarchyNotNested(Problem):
    """Two values that were one become two again further up."""

    status = 422
    code = "hierarchy-not-nested"
    sentence = _(
        "The hierarchy %(hierarchy)s is not nested: “%(value)s” of level %(level)s has two different parents. "
        "Give each value one parent."
    )


class HierarchyMissesValue(Problem):
    """A value that would have no place; never silently dropped or kept."""

    status = 422
    code = "hierarchy-misses-value"
    sentence = _(
        "The hierarchy %(hierarchy)s has no entry for “%(value)s”. Add it to the hierarchy, or correct the record."
    )


class Hierarchy(Protocol):
    """What the table asks of a hierarchy, whether it is listed in a file or computed."""

    @property
    def name(self) -> str:
        """Its name in policies and manifests."""
        ...

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, finest first; the last one holds a single value."""
        ...

    def leaf(self, row: Mapping[str, Any], column: str) -> str:
        """The leaf at which a row enters."""
        ...

    def paths(self, seen: Iterable[str]) -> dict[str, Path_]:
        """Every leaf of the domain and every leaf seen → its label at each level."""
        ...


class Listed:
    """A hierarchy written out in a file: leaf first, one level a column."""

    def __init__(self, name: str, rows: Iterable[Iterable[str]], levels: Iterable[str] | None = None) -> None:
        self.name = name  # with its number, where it is not the shipped version
        self._paths: dict[str, Path_] = {}
        width = 0
        for line, cells in enumerate(rows, start=1):
            path = tuple(cells)
            width = width or len(path)
            if len(path) != width or self._paths.setdefault(path[0], path) != path:
                why = "a line has another number of levels, or a value comes twice"
                raise HierarchyNotReadable(hierarchy=name, why=why, line=line)
        self.levels = tuple(levels or map(str, range(width)))
        if not width or len(self.levels) != width or len({path[-1] for path in self._paths.values()}) != 1:
            raise HierarchyNotReadable(hierarchy=name, why="its last level is not one value for all", line=1)
        check_nested(name, self._paths.values())
        self._top = next(iter(self._paths.values()))[-1]

    def leaf(self, row: Mapping[str, Any], column: str) -> str:
        """The value of the column of that name."""
        value = row.get(column)
        if value in self._paths:  # the file may list what is elsewhere a no-answer
            return str(value)
        return answered(value) or NOT_RECORDED

    def domain(self) -> dict[str, Path_]:
        """Every leaf that it has a place for."""
        return dict(self._paths)

    def path_of(self, code: str) -> Path_ | None:
        """Where a value stands; None: it has no place."""
        return self._paths.get(code)

    def paths(self, seen: Iterable[str]) -> dict[str, Path_]:
        """The whole list, and “not recorded” if it was seen."""
        found = self.domain()
        for leaf in seen:
            if leaf == NOT_RECORDED:
                found.setdefault(leaf, (NOT_RECORDED,) * (len(self.levels) - 1) + (self._top,))
            elif leaf not in found:
                raise HierarchyMissesValue(hierarchy=self.name, value=leaf)
        return found


class WithOwn(Listed):
    """A file whose list takes codes of an organisation's own: each stands where the shipped code above it stands."""

    def domain(self) -> dict[str, Path_]:
        """The file, and the own codes as they are now."""
        own = (code for code, each in words.codes(base(self.name)).items() if each.own)
        beside = {code: path for code in own if (path := self.path_of(code))}
        return self._paths | beside

    def path_of(self, code: str) -> Path_ | None:
        """Where the file says, else beside the code that it stands under."""
        if code in self._paths:
            return self._paths[code]
        own = words.lists().get(base(self.name), {}).get(code)
        above = self._paths.get(own.above) if own and own.own else None
        return above and (code, *above[1:])


def base(said: str) -> str:
    """The name without the number of its version."""
    return said.partition("@")[0]


def check_nested(name: str, paths: Iterable[Path_]) -> None:
    """Two values that are one at a level stay one at every coarser level."""
    parents: dict[tuple[int, str], str] = {}
    for path in paths:
        for level, (label, parent) in enumerate(pairwise(path)):
            if parents.setdefault((level, label), parent) != parent:
                raise HierarchyNotNested(hierarchy=name, value=label, level=level)


def answered(value: object) -> str | None:
    """A coded value as text; None where nothing was recorded, whatever the reason."""
    text = "" if value is None else str(value).strip()
    return None if text.removeprefix("?") in UNANSWERED else text
