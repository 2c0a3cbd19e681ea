"""What several files tell together: who is in one and not in another, as a reader can work it out.

Two files are laid beside each other at the levels at which both can be read: the coarser one of each column that both
have. There each class falls into parts: rows that are in the older file alone, in both, in both but told otherwise, in
the new one alone; with several older files, every pattern of these. A part that the new file makes is empty, or stands
for at least k different incidents and k different persons: else somebody could be read off by subtraction.
A part that the older files made by themselves tells nothing new, whole or gone.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations, product

from incidents.release import hierarchy, meeting

Node = Mapping[str, tuple[str, int]]  # quasi-identifier → its hierarchy, the level at which it is told
Class = tuple[str, ...]
Open = frozenset[int]  # places of a class where a label may stand for several
# Of a row in a file: for each column, the first file that says the same; or not in it.
Told = tuple[int, ...] | None
Pattern = tuple[Told, ...]  # the same in each of the older files
Parts = dict[Told, set[str]]  # what the new file says of rows that the older ones told alike → their threads


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file. `incident` None: erased since, so that it counts as gone and hides nobody."""

    values: Mapping[str, str]
    incident: str | None
    persons: Collection[str]


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Rows of a file of which nobody knows any more which is whose: each says one of these.

    A new file tells nothing of a class in which one of them may stand, at any level at which the two can be read.
    """

    may_say: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    # That they are of, as far as it is known.
    incidents: frozenset[str] = field(default=frozenset(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.may_say)


@dataclass(frozen=True)
class File:
    """A row file and who is in it. A thread is the same row in several files, under a name that says nothing."""

    reference: str
    k: int
    node: Node
    kept: tuple[str, ...]
    rows: Mapping[str, Row] = field(repr=False)
    by_act: bool = False  # only some acts were asked for, so the acts are part of who is in it
    unsaid: Unsaid = Unsaid()


@dataclass(frozen=True, slots=True)
class Clash:
    """A part of 1 to k-1 that a new file would make, and the older files beside which it would."""

    references: tuple[str, ...]
    part: frozenset[str]


@dataclass(frozen=True, slots=True)
class Holding:
    """What has to stay out: new rows until enough wait, and rows held back with those that left."""

    waiting: frozenset[str]
    held_back: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.waiting or self.held_back)


def clashes(new: File, old: Sequence[File]) -> list[Clash]:
    """Every part that the new file must not make."""
    unsaid = [
        Clash(tuple(file.reference for file in files if file.unsaid), frozenset(part))
        for files, part in _beside_unsaid(new, old)
    ]
    return unsaid + [
        Clash(tuple(file.reference for file in files), frozenset(part))
        for files, k, count, parts in _all_parts(new, old)
        for before, now in parts.items()
        for part in _too_small(before, now, k, count)
    ]


def settled(new: File, old: File) -> frozenset[str]:
    """The rows that stand in the same class of both, and so in the same class of anything coarser."""
    at, upward = _meet(new.node, old.node), cache(hierarchy.upward)
    return frozenset(
        thread
        for thread in new.rows.keys() & old.rows.keys()
        if _place(at, new, new.rows[thread], upward) == _place(at, old, old.rows[thread], upward)
    )


def surely(new: File, old: File, known: frozenset[str]) -> bool:
    """Whether they clash by rows that are in one of the two alone; `known` are settled, and need not be looked at."""
    at, upward = _meet(new.node, old.node), cache(hierarchy.upward)
    if old.unsaid:  # of what is left of a class some rows are not known: only the whole count can say it
        return bool(_touched(at, new, [old], by_act=new.by_act or old.by_act))
    for one, other, k in ((old, new, old.k), (new, old, max(new.k, old.k))):
        parts: dict[Class, list[Row]] = defaultdict(list)
        for thread in one.rows.keys() - (known & other.rows.keys()):
            place, there = _place(at, one, one.rows[thread], upward), other.rows.get(thread)
            if there is None or _place(at, other, there, upward) != place:
                parts[place].append(one.rows[thread])
        if any(_distinct(part) < k and all(row.incident for row in part) for part in parts.values()):
            return True
    return False


def holding(new: File, old: Sequence[File]) -> Holding:
    """What has to stay out so that none of these parts is made, as far as it can be told in one pass."""
    waiting, back = set[str](), set[str]()
    for _files, part in _beside_unsaid(new, old):
        back |= part
    for _files, k, count, parts in _all_parts(new, old):
        for before, now in parts.items():
            if not list(_too_small(before, now, k, count)):
                continue
            if _known(before):
                back |= _companions(now, k, count)
            else:
                waiting.update(*now.values())
    return Holding(frozenset(waiting), frozenset(back))


class _Count:
    """How many a part stands for: the fewer of different incidents and different persons."""

    def __init__(self, files: Sequence[File]) -> None:
        self._newest_first = [file.rows for file in reversed(files)]

    def __call__(self, part: Iterable[str]) -> int:
        return _distinct([row for row in map(self._row, part) if row is not None])

    def _row(self, thread: str) -> Row | None:
        """As the newest file has it that knows of whom it is."""
        found = (rows.get(thread) for rows in self._newest_first)
        return next((row for row in found if row is not None and row.incident), None)


def _distinct(rows: Sequence[Row]) -> int:
    persons = {person for row in rows for person in row.persons}
    return min(len({row.incident for row in rows}), len(persons))


def _too_small(before: Pattern, now: Parts, k: int, count: _Count) -> Iterator[set[str]]:
    """What is split off from rows that were alike, or is new, and is too few."""
    if _known(before) and len(now) == 1:
        return
    yield from (part for part in now.values() if count(part) < k)


def _known(before: Pattern) -> bool:
    return any(told is not None for told in before)


def _companions(now: Parts, k: int, count: _Count) -> set[str]:
    """Who stays out with those that left or changed, so that k leave together or nobody is left behind."""
    gone, held = set(now.get(None, ())), set[str]()
    kept = {told: set(part) for told, part in now.items() if told is not None}
    for told in [told for told, part in kept.items() if count(part) < k]:
        held |= kept.pop(told)
    while count(gone | held) < k and kept:
        told = max(kept, key=lambda each: len(kept[each]))
        for thread in sorted(kept[told]):  # a thread is drawn at random, so this order says nothing
            if count(gone | held) >= k:
                break
            held.add(thread)
        kept[told] -= held
        if count(kept[told]) < k:
            held |= kept.pop(told)
    return held


# -- laying files beside each other


def _all_parts(
    new: File, old: Sequence[File]
) -> Iterator[tuple[list[File], int, _Count, dict[Pattern, Parts]]]:
    """For each class at each level at which some files meet: what the new one makes of each pattern of the older."""
    for at, files, by_act in _readings(new, old):
        count, k = _Count([*files, new]), max(file.k for file in (*files, new))
        same = _same(at, [*files, new])
        for told in ({}, same) if same else ({},):
            for parts in _classes(at, [*files, new], told, by_act=by_act).values():
                yield files, k, count, parts


def _readings(new: File, old: Sequence[File]) -> Iterator[tuple[Node, list[File], bool]]:
    """Levels at which some files meet, these files, and whether acts are part of the class.

    They are beside a file of some acts; what tells of all of them is also read without it, as if it were not there.
    """
    for at in _meetings(new, old):
        files = [file for file in old if _reads(file, at)]
        whole = [file for file in files if not file.by_act]
        by_act = new.by_act or len(whole) < len(files)
        yield at, files, by_act
        if whole and by_act and not new.by_act:
            yield at, whole, False


def _beside_unsaid(new: File, old: Sequence[File]) -> Iterator[tuple[list[File], set[str]]]:
    """Rows of the new file in a class in which a row may stand of which it is not known whose it is, level by level."""
    if not any(file.unsaid for file in old):
        return
    for at, files, by_act in _readings(new, old):
        part = _touched(at, new, files, by_act=by_act)
        if part:
            yield files, part


def _touched(at: Node, new: File, files: Sequence[File], *, by_act: bool) -> set[str]:
    """Labels are alike where they are one, or one of them may stand for several; an act that is not told is any."""
    upward, same, levels = cache(hierarchy.upward), _same(at, [*files, new]), list(at.values())

    def stands(file: File, row: Row) -> tuple[Open, Class]:
        """Where any label may stand, and the class."""
        place = _place(at, file, row, upward)
        several = {n for n, label in enumerate(place) if meeting.several(levels[n], label)}
        read = tuple(same.get((n, label), label) for n, label in enumerate(place))
        if by_act:
            several |= set() if _group(row) else {len(place)}
            read = (*read, _group(row))
        return frozenset(several), read

    silent, met = defaultdict[Open, set[Class]](set), defaultdict[Open, dict[Class, set[str]]](dict)
    for file in files:
        for values in file.unsaid.may_say:
            several, place = stands(file, Row(values, None, ()))
            silent[several].add(place)
    for thread, row in new.rows.items():
        several, place = stands(new, row)
        met[several].setdefault(place, set()).add(thread)
    found = set[str]()
    for (own, places), (other, theirs) in product(met.items(), silent.items()):
        left = {_without(place, own | other) for place in theirs}
        alike = (threads for place, threads in places.items() if _without(place, own | other) in left)
        found.update(*alike)
    return found


def _without(place: Class, some: Open) -> Class:
    return tuple(label for n, label in enumerate(place) if n not in some)


def _same(at: Node, files: Sequence[File]) -> dict[tuple[int, str], str]:
    """Labels by which files tell the same rows, where one tells rare values together: read as one, they compare.

    Place of the column in the node and label → the label by which all of them go.
    """
    upward, first = cache(hierarchy.upward), dict[str, Class]()
    pairs = set[tuple[int, str, str]]()
    for file in files:
        for thread, row in file.rows.items():
            place = _place(at, file, row, upward)
            known = first.setdefault(thread, place)
            if known != place:
                pairs |= {(n, *pair) for n, pair in enumerate(zip(known, place, strict=True))}
    levels, told = list(at.values()), dict[tuple[int, str], str]()
    for n, one, other in sorted(pairs):
        if one != other and any(meeting.several(levels[n], label) for label in (one, other)):
            kept, gone = (told.setdefault((n, label), label) for label in (one, other))
            told |= {key: kept for key, label in told.items() if key[0] == n and label == gone}
    return told


def _meetings(new: File, old: Sequence[File]) -> list[Node]:
    """The levels at which the new file meets any of the older ones, alone or several together."""
    found = [_meet(new.node, file.node) for file in old]
    distinct = [dict(each) for each in dict.fromkeys(tuple(sorted(node.items())) for node in found)]
    while True:
        both = [_meet(a, b) for a, b in combinations(distinct, 2)]
        more = [node for place, node in enumerate(both) if node not in distinct and node not in both[:place]]
        if not more:
            return list(distinct)
        distinct += more


def _meet(a: Node, b: Node) -> dict[str, tuple[str, int]]:
    """The coarser level of each column that both coarsen by one hierarchy; by two versions of it, what both allow."""
    common = {column: meeting.meet(told, b[column]) for column, told in a.items() if column in b}
    return {column: at for column, at in common.items() if at is not None}


def _reads(file: File, at: Node) -> bool:
    """Whether this file tells enough to be read at these levels."""
    return all(column in file.node and meeting.reads(file.node[column], told) for column, told in at.items())


def _classes(
    at: Node, files: Sequence[File], same: Mapping[tuple[int, str], str], *, by_act: bool
) -> dict[Class, dict[Pattern, Parts]]:
    """Each class's rows, by what each file says of them; the last file is the new one. `same`: labels read as one."""
    upward = cache(hierarchy.upward)

    def stands(file: File, row: Row) -> Class:
        place = _place(at, file, row, upward)
        return tuple(same.get((n, label), label) for n, label in enumerate(place)) if same else place

    unnamed = {
        (stands(file, row), thread)
        for file in (files if by_act else ())
        for thread, row in file.rows.items()
        if not _group(row)
    }  # by one file: then what another says of its act is no class of its own
    # A list a row, and not a dictionary: of a million rows that is 160 MB less.
    met: dict[Class, dict[str, list[Row | None]]] = defaultdict(
        lambda: defaultdict(lambda: [None] * len(files))
    )
    for number, file in enumerate(files):
        for thread, row in file.rows.items():
            place = stands(file, row)
            if by_act:
                place = (*place, "" if (place, thread) in unnamed else _group(row))
            met[place][thread][number] = row
    found: dict[Class, dict[Pattern, Parts]] = {}
    for each, threads in met.items():
        if all(rows[-1] is None for rows in threads.values()):
            continue  # the new file says nothing of it
        parts: dict[Pattern, Parts] = defaultdict(lambda: defaultdict(set))
        for thread, rows in threads.items():
            *before, now = (_told(files, number, rows) for number in range(len(files)))
            parts[tuple(before)][now].add(thread)
        found[each] = parts
    return found


def _place(at: Node, file: File, row: Row, upward: Callable[[str, int, str], Class]) -> Class:
    """The class of a row at these levels."""
    return tuple(
        meeting.label(file.node[column], told, row.values[column], upward) for column, told in at.items()
    )


def _told(files: Sequence[File], number: int, rows: Sequence[Row | None]) -> Told:
    """Of each column that is told as it is, the first file that says the same of this row."""
    own = rows[number]
    if own is None:
        return None
    return tuple(
        next(
            first
            for first, row in enumerate(rows)
            if first == number
            or (row and column in files[first].kept and row.values[column] == own.values[column])
        )
        for column in files[number].kept
    )


def _group(row: Row) -> str:
    """The group of its act; empty where it does not tell of it."""
    said = row.values.get("act_group") or row.values.get("act") or ""
    return "" if said == hierarchy.NOT_SHOWN else hierarchy.group_of("act", said) or said
