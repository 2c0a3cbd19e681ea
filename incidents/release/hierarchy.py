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
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from incidents.model import tree as versions
from incidents.model import vocabulary as words
from incidents.release.listed import ANY as ANY
from incidents.release.listed import AT_MOST as AT_MOST
from incidents.release.listed import NOT_RECORDED as NOT_RECORDED
from incidents.release.listed import NOT_SHOWN as NOT_SHOWN
from incidents.release.listed import OR_LATER as OR_LATER
from incidents.release.listed import OVER_YEARS as OVER_YEARS
from incidents.release.listed import UNANSWERED as UNANSWERED
from incidents.release.listed import Hierarchy as Hierarchy
from incidents.release.listed import HierarchyMissesValue as HierarchyMissesValue
from incidents.release.listed import HierarchyNotNested as HierarchyNotNested
from incidents.release.listed import HierarchyNotReadable as HierarchyNotReadable
from incidents.release.listed import Listed as Listed
from incidents.release.listed import Path_ as Path_
from incidents.release.listed import WithOwn as WithOwn
from incidents.release.listed import answered as answered
from incidents.release.listed import base as base
from incidents.release.listed import check_nested as check_nested

FOLDER = Path(__file__).with_name("hierarchies")
_SEVERAL = re.compile(r"(\d+)(\+|-\d+)")
LOOKED_AT = 4096  # what is kept of versions: one that is tried out is not kept for good
LISTED = ("act", "gender", "nationality", "perpetrator")


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

    levels = ("municipality", "state", "region", "country", "all")

    def __init__(self, regions: Mapping[str, str] | None = None, name: str = "place") -> None:
        self.name, self._set = name, regions

    @property
    def regions(self) -> Mapping[str, str]:
        """The region of each state of Mexico."""
        return _regions() if self._set is None else self._set

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
        return (leaf, state, self.regions.get(state, country), country, ANY)


class Ages:
    """Year → band → child or adult → any; a band or “adult” alone enters at its level."""

    levels = ("year", "band", "stage", "all")
    BANDS = (
        (60, "60+"), (45, "45-59"), (35, "35-44"), (25, "25-34"), (18, "18-24"),
        (15, "15-17"), (12, "12-14"), (10, "10-11"), (5, "5-9"), (0, "0-4"),
    )  # fmt: skip
    ADULT, CHILD, OF_AGE, OLDEST = "ADU", "CHI", 18, 120

    def __init__(self, told: Mapping[str, str] | None = None, name: str = "age") -> None:
        self.name, self._told = name, told or {}  # bands as they are recorded → as they are told

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
            return (leaf, self._told.get(band, band), self.stage(band), ANY)
        if leaf in {NOT_RECORDED, self.ADULT, self.CHILD}:
            return (leaf, leaf, leaf, ANY)
        return (leaf, self._told.get(leaf, leaf), self.stage(leaf), ANY)

    def stage(self, band: str) -> str:
        """Child or adult. Problem: HierarchyMissesValue."""
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


def named(name: str) -> Hierarchy:
    """The hierarchy of this name that is in force: the newest version, or the one that is pinned for a series."""
    number = versions.standing(name)
    return _numbered(name, number) if number else _shipped(name)


def exact(said: str) -> Hierarchy:
    """The very version that a file or its manifest names; a bare name is the shipped one."""
    number = said.partition("@")[2]
    return _numbered(base(said), int(number)) if number else _shipped(said)


def content(said: str) -> versions.Version:
    """What stands in the very version that a file names."""
    number = int(said.partition("@")[2] or 0)
    return (versions.numbered(base(said), number) if number else None) or file(base(said))


def _numbered(name: str, number: int) -> Hierarchy:
    version = versions.numbered(name, number)
    if version is None:
        raise HierarchyMissesValue(hierarchy="list", value=f"{name}@{number}")
    same = first_like(version)
    return of(same) if same.number else _shipped(name)


@lru_cache(LOOKED_AT)
def first_like(version: versions.Version) -> versions.Version:
    """The oldest version that says the same: who goes back to it goes on by it, as if nothing had been changed."""
    older = (file(version.name), *versions.known(version.name))
    return next((each for each in older if each.digest == version.digest), version)


@lru_cache(LOOKED_AT)
def of(version: versions.Version) -> Hierarchy:
    """A version as a release reads it. Problems: HierarchyNotReadable, HierarchyNotNested."""
    name = version.full_name
    if version.name == "place":
        return Places({row[0]: row[1] for row in version.rows}, name)
    if version.name == "age":
        return Ages({row[0]: row[1] for row in version.rows}, name)
    return _kind(version.name)(name, version.rows, version.levels)


@cache
def file(name: str) -> versions.Version:
    """Version 0, as it ships: states of Mexico of places, bands of ages, no day."""
    tree = _shipped(name)
    if isinstance(tree, Listed):
        return versions.Version(name, 0, tree.levels, tuple(tree.paths(()).values()))
    if name == "place":
        rows = tuple(path[1:] for path in tree.paths(sorted(_regions())).values())
        return versions.Version(name, 0, tree.levels[1:], rows)
    bands = [band for _low, band in reversed(Ages.BANDS)] if name == "age" else []
    return versions.Version(
        name, 0, ("recorded", *tree.levels[1:]), tuple(tree.paths(bands)[b] for b in bands)
    )


@cache
def _shipped(name: str) -> Hierarchy:
    if name in COMPUTED:
        return COMPUTED[name]
    if name not in LISTED:
        raise HierarchyMissesValue(hierarchy="list", value=name)
    return read(FOLDER / f"{name}.csv", name)


def _kind(name: str) -> type[Listed]:
    return WithOwn if name in words.BENEATH else Listed


def read(path: Path, name: str) -> Listed:
    """A hierarchy file: semicolons, leaf first; a first line that starts with # names the levels."""
    kind = _kind(name)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if row]
    if rows and rows[0][0].startswith("#"):
        return kind(name, rows[1:], [rows[0][0][1:], *rows[0][1:]])
    return kind(name, rows)


def group_of(name: str, code: str) -> str | None:
    """The group of an act or perpetrator code, None if the hierarchy has no such code."""
    tree = named(name)
    path = tree.path_of(code) if isinstance(tree, Listed) else None
    return path[1] if path else None


def upward(said: str, level: int, label: str) -> Path_:
    """A label of this level, and what it becomes at each coarser one; one of a coarser level stays until there."""
    tree = exact(said)
    paths = list(tree.paths(_regions() if base(said) == "place" else ()).values())
    for at in range(level, len(tree.levels)):
        for path in paths:
            if path[at] == label:
                return (label,) * (at - level) + path[at:]
    try:
        return tree.paths([label])[label][level:]
    except HierarchyMissesValue:  # told once by a list that has it no more
        return (label,) * (len(tree.levels) - level - 1) + (ANY,)


def several(said: str, level: int, label: str) -> bool:
    """Whether a label of this level stands for several of its values, as rare ones are told, or may."""
    number = said.partition("@")[2]
    return _several(versions.numbered(base(said), int(number or 0)), said, level, label)


@lru_cache(LOOKED_AT)
def _several(_version: versions.Version | None, said: str, level: int, label: str) -> bool:
    name = base(said)
    at_ends = label.startswith(AT_MOST) or label.endswith(OR_LATER)
    shipped = {band for _low, band in Ages.BANDS}
    bands = name == "age" and _SEVERAL.fullmatch(label) and label not in shipped
    return at_ends or bool(bands) or upward(said, level, label)[1:2] == (label,)


def version() -> str:
    """Digest of all hierarchies in force, short enough to cite: of the files, and of what was set over them."""
    set_over = [first_like(each) for each in map(versions.numbered, *_in_force()) if each]
    said = sorted(f"{each.full_name} {each.digest}" for each in set_over if each.number)
    return hashlib.sha256("\n".join((_files(), *said)).encode()).hexdigest()[:12] if said else _files()


def _in_force() -> tuple[tuple[str, ...], tuple[int, ...]]:
    numbers = versions.in_force()
    return tuple(numbers), tuple(numbers.values())


def cited() -> dict[str, dict[str, Any]]:
    """For a manifest: the version in force of each hierarchy, and the digest of what it says."""
    standing = {name: versions.numbered(name, versions.standing(name)) or file(name) for name in names()}
    return {name: {"version": each.number, "digest": each.digest} for name, each in standing.items()}


def numbers_of(cited: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Back from a manifest; one from before there were versions knew the shipped ones."""
    return {name: int(said["version"]) for name, said in cited.items()}


@cache
def _files() -> str:
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


def labels() -> dict[str, tuple[str, str]]:
    """Code of a group, region, country or state → its English and Spanish label; of what is in force first."""
    set_over = [each for name in names() for each in versions.known(name)]
    if not set_over:
        return _labels(())
    set_over += [each for each in map(versions.numbered, *_in_force()) if each]
    return _labels(tuple(set_over))


@lru_cache(LOOKED_AT)
def _labels(set_over: tuple[versions.Version, ...]) -> dict[str, tuple[str, str]]:
    shipped = {row["code"]: (row["en"], row["es"]) for row in _csv("labels.csv")}
    return shipped | {code: (en, es) for each in set_over for code, en, es in each.labels}


@cache
def _countries() -> dict[str, str]:
    return {row["alpha2"]: row["alpha3"] for row in _csv("iso3166.csv")}


@cache
def _inegi() -> dict[str, str]:
    return {row["inegi"]: row["state"] for row in _csv("mexico_states.csv")}


@cache
def _regions() -> dict[str, str]:
    return {row["state"]: row["region"] for row in _csv("mexico_states.csv")}
