"""Hierarchies as they are shown and checked: each value under the one that it becomes, and what has no place."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from incidents.errors import Problem
from incidents.model import vocabulary as words
from incidents.release import hierarchy
from incidents.release.hierarchy import Path_
from incidents.release.listed import LISTS


@dataclass(frozen=True, slots=True)
class Branch:
    """A value, and the finer ones that become it."""

    label: str
    below: tuple["Branch", ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A hierarchy: its levels with how many values each has, its tree, its version, and what is wrong with it."""

    name: str
    levels: tuple[str, ...]
    sizes: tuple[int, ...]  # 0: not listed
    tree: tuple[Branch, ...]  # empty for a calendar
    version: str
    missing: tuple[str, ...]  # values of its code list that it has no place for
    problem: Problem | None


def shown(name: str) -> Shown:
    """A hierarchy that comes with the program."""
    tree = hierarchy.named(name)
    paths, missing, problem = list(known(name)), _missing(name), None
    try:
        hierarchy.check_nested(name, paths)
    except hierarchy.HierarchyNotNested as found:
        problem = found
    sizes = [len({path[level] for path in paths}) for level in range(len(tree.levels))]
    if name == "place":
        sizes[0] = 0  # municipalities are known by their codes, and are not listed
    return Shown(name, tree.levels, tuple(sizes), _branches(paths), version(name), missing, problem)


def known(name: str) -> Iterable[Path_]:
    """The path of every value that can be listed; days are without end."""
    if name == "moment":
        return []
    seen = sorted(hierarchy.mexican_states()) if name == "place" else ()
    return hierarchy.named(name).paths(seen).values()


def version(name: str) -> str:
    """Digest of its file, with an organisation's own codes that stand in it; short enough to cite."""
    digest = hashlib.sha256(repr(sorted(known(name))).encode())
    return digest.hexdigest()[:12]


def _missing(name: str) -> tuple[str, ...]:
    if name not in LISTS:
        return ()
    tree, found = hierarchy.named(name), []
    for code in words.codes(LISTS[name]):
        try:
            tree.paths([tree.leaf({name: code, "age_band": code}, name)])
        except hierarchy.HierarchyMissesValue:
            found.append(code)
    return tuple(found)


def _branches(paths: Sequence[Path_], level: int = -1) -> tuple[Branch, ...]:
    """The values of a level, with those below; a value that is its own parent has none."""
    groups = defaultdict[str, list[Path_]](list)
    for path in paths:
        groups[path[level]].append(path)
    return tuple(Branch(label, _below(label, some, level)) for label, some in groups.items())


def _below(label: str, paths: Sequence[Path_], level: int) -> tuple[Branch, ...]:
    if len(paths[0]) + level == 0:
        return ()
    return tuple(each for each in _branches(paths, level - 1) if each.label != label or each.below)
