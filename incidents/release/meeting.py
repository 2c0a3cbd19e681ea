"""Where two files can be read together: the level at which both tell a column, whatever version of its hierarchy.

By one version that is the coarser of two levels. By two versions a reader lays their groups over each other: what one
of them tells as one cannot be told apart in the other. The finest reading that both allow is made of the parts that
hang together by such groups, and has a name of its own: `nationality:1&nationality@2:1`.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

from incidents.model import tree as versions
from incidents.release import hierarchy

At = tuple[str, int]  # a hierarchy with its version, and a level; or a joint reading, and 0
Upward = Callable[[str, int, str], tuple[str, ...]]
BOTH, LEVEL = "&", ":"


def meet(one: At, other: At) -> At | None:
    """The finest reading that both allow; None where they go along different hierarchies, or it tells nothing."""
    if hierarchy.base(one[0]) != hierarchy.base(other[0]):
        return None
    coarsest: dict[str, int] = {}
    for tree, level in (*_parts(one), *_parts(other)):
        coarsest[tree] = max(level, coarsest.get(tree, 0))
    if any(level >= len(hierarchy.exact(tree).levels) - 1 for tree, level in coarsest.items()):
        return None
    if len(coarsest) == 1:
        return next(iter(coarsest.items()))
    return BOTH.join(f"{tree}{LEVEL}{level}" for tree, level in sorted(coarsest.items())), 0


def reads(told: At, at: At) -> bool:
    """Whether a file that tells a column so tells enough for this reading."""
    return any(told[0] == tree and told[1] <= level for tree, level in _parts(at))


def label(told: At, at: At, said: str, upward: Upward) -> str:
    """What a label of a file is in this reading. `upward`: as hierarchy.upward, which keeps what it was asked."""
    level = next(level for tree, level in _parts(at) if tree == told[0])
    found = upward(told[0], told[1], said)[level - told[1]]
    return _together(at[0], _set_over(at[0])).get((told[0], found), found) if BOTH in at[0] else found


def several(at: At, said: str) -> bool:
    """Whether this label may stand for several values, as rare ones are told."""
    names = said.split(BOTH)
    return any(hierarchy.several(tree, level, name) for tree, level in _parts(at) for name in names)


def _parts(at: At) -> Iterator[At]:
    if BOTH not in at[0]:
        yield at
        return
    for part in at[0].split(BOTH):
        tree, _colon, level = part.rpartition(LEVEL)
        yield tree, int(level)


def _set_over(joint: str) -> tuple[versions.Version | None, ...]:
    """The versions behind the names: another house in this process has others by the same name."""
    names = (tree for tree, _level in _parts((joint, 0)))
    return tuple(versions.numbered(hierarchy.base(name), int(name.partition("@")[2] or 0)) for name in names)


@lru_cache(64)
def _together(joint: str, _versions: tuple[versions.Version | None, ...]) -> dict[tuple[str, str], str]:
    """Version and label at its level → the labels that hang together with it."""
    parts = list(_parts((joint, 0)))
    paths = {tree: hierarchy.exact(tree).paths(_leaves(tree)) for tree, _level in parts}
    group: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for leaf in dict.fromkeys(leaf for some in paths.values() for leaf in some):
        found = set[tuple[str, str]]()
        for tree, level in parts:
            if leaf in paths[tree]:
                one = (tree, paths[tree][leaf][level])
                found |= group.get(one, {one})
        group.update(dict.fromkeys(found, found))
    return {one: BOTH.join(sorted({name for _tree, name in some})) for one, some in group.items()}


def _leaves(tree: str) -> list[str]:
    if hierarchy.base(tree) == "place":
        return sorted(hierarchy.mexican_states())
    return [band for _low, band in hierarchy.Ages.BANDS] if hierarchy.base(tree) == "age" else []
