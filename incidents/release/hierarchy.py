"""Hierarchies: how a value says less and less. Plain text only; the frame engine is not known here.

A hierarchy has named levels, finest first, and ends in one value. Each value has one path, a label a
level. What is known only roughly (a month, a state, a child) enters as a leaf at its own level and
equals its ancestors once the level is as coarse as it is. What is not known is a leaf of its own.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from incidents.errors import Problem, _
from incidents.model import vocabulary as words

FOLDER = Path(__file__).with_name("hierarchies")
NOT_RECORDED = "(not recorded)"
NOT_SHOWN = "(not shown)"
OVER_YEARS = "(not within one year)"
ANY = "*"
AT_MOST, OR_LATER = "../", "/.."  # of a month, quarter or year: it and what lies before, or after (EDTF)
# The reason for not knowing (declined, not asked) says something of the person: quasi-identifiers drop it.
UNANSWERED = frozenset({"", "UNK", "NAS", "DEC", "NAP", "XXX"})
Path_ = tuple[str, ...]
_SEVERAL = re.compile(r"(\d+)(\+|-\d+)")
LISTED = ("act", "gender", "nationality", "perpetrator")


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
        self.name = name
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
        own = {code: each.above for code, each in words.codes(self.name).items() if each.own}
        beside = {
            code: (code, *self._paths[above][1:]) for code, above in own.items() if above in self._paths
        }
        return self._paths | beside


class Moments:
    """Day → month → quarter → year → any, from the EDTF shapes that a Moment has (see model/moment.py)."""

    name = "moment"
    levels = ("day", "month", "quarter", "year", "all")
    APPROXIMATE = timedelta(days=5)  # “about the 15th” is the middle third of its month
    WINTER = 24  # “winter 2019” may be January or December of that year
    _UNIT = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-\d{2})?)?")
    _SEASON = re.compile(r"(\d{4})-(2[1-4])")

    def leaf(self, row: Mapping[str, Any], column: str) -> str:  # noqa: ARG002 – it reads `moment`
        """The smallest calendar unit that surely holds the whole moment."""
        moment: Any = row.get("moment")
        text = answered(moment.get("edtf") if isinstance(moment, Mapping) else moment)
        if text is None:
            return NOT_RECORDED
        first, last = self._ends(text)
        same = [a for a, b in zip(self._path(first)[:-1], self._path(last)[:-1], strict=True) if a == b]
        return same[0] if same else OVER_YEARS

    def paths(self, seen: Iterable[str]) -> dict[str, Path_]:
        """What was seen is the domain."""
        return {leaf: self._path(leaf) for leaf in seen}

    def _ends(self, edtf: str) -> tuple[str, str]:
        if "/" in edtf:
            first, _slash, last = edtf.partition("/")
            return (OVER_YEARS, OVER_YEARS) if ".." in {first, last} else (first, last)
        if edtf.endswith("~"):
            day = date.fromisoformat(edtf[:-1])
            return (day - self.APPROXIMATE).isoformat(), (day + self.APPROXIMATE).isoformat()
        if (season := self._SEASON.fullmatch(edtf)) is not None:
            unit = OVER_YEARS if int(season[2]) == self.WINTER else season[1]
            return unit, unit
        return edtf, edtf

    def _path(self, leaf: str) -> Path_:
        if leaf in {NOT_RECORDED, OVER_YEARS}:
            return (leaf, leaf, leaf, leaf, ANY)
        if leaf.startswith(AT_MOST):
            return (*(AT_MOST + each for each in self._path(leaf.removeprefix(AT_MOST))[:-1]), ANY)
        if leaf.endswith(OR_LATER):
            return (*(each + OR_LATER for each in self._path(leaf.removesuffix(OR_LATER))[:-1]), ANY)
        quarter = re.fullmatch(r"(\d{4})-Q[1-4]", leaf)
        if quarter is not None:
            return (leaf, leaf, leaf, quarter[1], ANY)
        unit = self._UNIT.fullmatch(leaf)
        if unit is None:
            raise HierarchyMissesValue(hierarchy=self.name, value=leaf)
        year, month = unit.groups()
        if month is None:
            return (leaf, leaf, leaf, leaf, ANY)
        return (leaf, leaf[:7], f"{year}-Q{(int(month) + 2) // 3}", year, ANY)


class Places:
    """Municipality → state → region → country → any. Mexico in full, elsewhere from the state up."""

    name = "place"
    levels = ("municipality", "state", "region", "country", "all")

    def leaf(self, row: Mapping[str, Any], column: str) -> str:  # noqa: ARG002 – it reads three columns
        """The finest place with a code."""
        municipality, state, country = (
            answered(row.get(key)) for key in ("municipality", "state", "country")
        )
        # Only Mexican municipalities have a code here; a foreign one counts as its state.
        if (
            municipality
            and country in {None, "MEX"}
            and municipality[:2] in _inegi()
            and len(municipality) == 5
        ):
            return municipality
        return state or country or NOT_RECORDED

    def paths(self, seen: Iterable[str]) -> dict[str, Path_]:
        """What was seen is the domain."""
        return {leaf: self._path(leaf) for leaf in seen}

    def _path(self, leaf: str) -> Path_:
        if leaf == NOT_RECORDED or leaf in _countries().values():
            return (leaf, leaf, leaf, leaf, ANY)
        state = _inegi()[leaf[:2]] if leaf.isdigit() else leaf
        country = _countries().get(state.partition("-")[0])
        if country is None:
            raise HierarchyMissesValue(hierarchy=self.name, value=leaf)
        return (leaf, state, _regions().get(state, country), country, ANY)


class Ages:
    """Year → band → child or adult → any; a band or “adult” alone enters at its level."""

    name = "age"
    levels = ("year", "band", "stage", "all")
    BANDS = (
        (60, "60+"), (45, "45-59"), (35, "35-44"), (25, "25-34"), (18, "18-24"),
        (15, "15-17"), (12, "12-14"), (10, "10-11"), (5, "5-9"), (0, "0-4"),
    )  # fmt: skip
    ADULT, CHILD, OF_AGE, OLDEST = "ADU", "CHI", 18, 120

    def leaf(self, row: Mapping[str, Any], column: str) -> str:  # noqa: ARG002 – it reads `age`, else `age_band`
        """The age in years, else its band."""
        age = answered(row.get("age"))
        if age is not None and age.isdecimal() and int(age) <= self.OLDEST:
            return str(int(age))
        return answered(row.get("age_band")) or NOT_RECORDED

    def paths(self, seen: Iterable[str]) -> dict[str, Path_]:
        """Ages 0 to 99, and what else was seen."""
        return {leaf: self._path(leaf) for leaf in (*map(str, range(100)), *seen)}

    def _path(self, leaf: str) -> Path_:
        if leaf.isdecimal():
            band = next(code for low, code in self.BANDS if int(leaf) >= low)
            return (leaf, band, self._stage(band), ANY)
        if leaf in {NOT_RECORDED, self.ADULT, self.CHILD}:
            return (leaf, leaf, leaf, ANY)
        return (leaf, leaf, self._stage(leaf), ANY)

    def _stage(self, band: str) -> str:
        for low, code in self.BANDS:
            if code == band:
                return self.ADULT if low >= self.OF_AGE else self.CHILD
        if (told := _SEVERAL.fullmatch(band)) is not None:  # bands that are told as one
            return self.ADULT if int(told[1]) >= self.OF_AGE else self.CHILD
        raise HierarchyMissesValue(hierarchy=self.name, value=band)


COMPUTED: dict[str, Hierarchy] = {each.name: each for each in (Moments(), Places(), Ages())}


def names() -> tuple[str, ...]:
    """Names that a policy may write."""
    return tuple(sorted((*COMPUTED, *LISTED)))


@cache
def named(name: str) -> Hierarchy:
    """A shipped hierarchy."""
    if name in COMPUTED:
        return COMPUTED[name]
    if name not in LISTED:
        raise HierarchyMissesValue(hierarchy="list", value=name)
    return read(FOLDER / f"{name}.csv", name)


def read(path: Path, name: str) -> Listed:
    """A hierarchy file: semicolons, leaf first; a first line that starts with # names the levels."""
    kind = WithOwn if name in words.BENEATH else Listed
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if row]
    if rows and rows[0][0].startswith("#"):
        return kind(name, rows[1:], [rows[0][0][1:], *rows[0][1:]])
    return kind(name, rows)


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


def group_of(name: str, code: str) -> str | None:
    """The group of an act or perpetrator code, None if the hierarchy has no such code."""
    own = words.lists().get(name, {}).get(code)
    return _group_of(name, own.above if own and own.own else code)


@cache
def _group_of(name: str, code: str) -> str | None:
    path = named(name).paths(()).get(code)
    return path[1] if path else None


def upward(name: str, level: int, label: str) -> Path_:
    """A label of this level, and what it becomes at each coarser one; one of a coarser level stays until there."""
    tree = named(name)
    paths = list(tree.paths(_regions() if name == "place" else ()).values())
    for at in range(level, len(tree.levels)):
        for path in paths:
            if path[at] == label:
                return (label,) * (at - level) + path[at:]
    try:
        return tree.paths([label])[label][level:]
    except HierarchyMissesValue:  # told once by a list that has it no more
        return (label,) * (len(tree.levels) - level - 1) + (ANY,)


@cache
def several(name: str, level: int, label: str) -> bool:
    """Whether a label of this level stands for several of its values, as rare ones are told, or may."""
    at_ends = label.startswith(AT_MOST) or label.endswith(OR_LATER)
    bands = name == "age" and _SEVERAL.fullmatch(label) and label not in {band for _low, band in Ages.BANDS}
    return at_ends or bool(bands) or upward(name, level, label)[1:2] == (label,)


@cache
def version() -> str:
    """Digest of all hierarchy files, short enough to cite."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _csv(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@cache
def dictionary() -> dict[str, dict[str, str]]:
    """Every column a policy may name: its code list, whether it could single somebody out, its meaning."""
    return {row["column"]: row for row in _csv("columns.csv")}


def mexican_states() -> frozenset[str]:
    """Codes of the states of Mexico."""
    return frozenset(_regions())


@cache
def labels() -> dict[str, tuple[str, str]]:
    """Code of a group, region, country or state → its English and Spanish label."""
    return {row["code"]: (row["en"], row["es"]) for row in _csv("labels.csv")}


@cache
def _countries() -> dict[str, str]:
    return {row["alpha2"]: row["alpha3"] for row in _csv("iso3166.csv")}


@cache
def _inegi() -> dict[str, str]:
    return {row["inegi"]: row["state"] for row in _csv("mexico_states.csv")}


@cache
def _regions() -> dict[str, str]:
    return {row["state"]: row["region"] for row in _csv("mexico_states.csv")}
