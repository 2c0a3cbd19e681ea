"""What tables of different fineness tell of each other: ages and children, acts and their groups, acts and attacks.

A reader lays them side by side: all children less those of the ages that are shown are the others. So what a coarse
code holds of each line of a finer axis is counted too, printed nowhere, and protected with all the rest.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from incidents.release.tables import merging
from incidents.release.tables.axes import Counting, Row, kind
from incidents.release.tables.cells import ALL, Key, Relation
from incidents.release.tables.cross import Column, Cube, Things, cube, key
from incidents.release.tables.tally import ATTACK, WITHIN, attack

Part = tuple[Key, int, bool]  # its count, and whether that is counted here alone
BOTH, BETWEEN = "both", "\x1f"  # the joint axis, and what stands between its codes
NONE = ""  # the coarse code of what no coarse line tells

# Axes that say more or less of the same, the finer first; and what is in every key of the coarse one.
CHAINS = (
    ("act", "act_group"), ("state", "region"), ("state", "country"), ("region", "country"), ("month", "quarter"),
    ("month", "year"), ("quarter", "year"), ("age", "stage"), ("perpetrator", "perpetrator_group"),
    ("authority", "reported"), ("response", "reported"), ("not_reported", "reported"), ("act", ATTACK),
    ("act_group", ATTACK),
)  # fmt: skip
# A finer code that is there exactly where a coarse one is, whatever else is noted beside it.
SAME = {
    ("response", "reported"): (merging.UNREPORTED, "no"),
    ("not_reported", "reported"): (merging.REPORTED, "yes"),
}


@dataclass
class Nested:
    """Counts that no table prints, and how they add up with those that tables print."""

    counting: Counting
    known: Mapping[Key, int]
    counts: dict[Key, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)

    def between(self, cubes: Sequence[Cube]) -> None:
        """Of all axes that say more or less of the same."""
        units = {each.unit: getattr(self.counting, each.unit, None) for each in cubes}
        for fine, coarse in CHAINS:
            for unit, things in sorted(units.items(), key=lambda each: each[0]):
                if not isinstance(things, Things) or not self._there(unit, fine, coarse):
                    continue
                for common in _common([each for each in cubes if each.unit == unit], fine, coarse):
                    self._link(things, fine, coarse, common)

    def _there(self, unit: str, *axes: str) -> bool:
        """Whether both have a line of their own somewhere."""
        return all(any(_is_of(each, unit, axis) for each in self.known) for axis in axes)

    def _link(self, things: Things, fine: str, coarse: str, common: Sequence[Column]) -> None:
        joint = _joint(self.counting, fine, coarse)
        made = cube(things, [joint, *common])
        pairs = [code.split(BETWEEN) for code in joint.codes]
        under, over = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for line, above in pairs:
            under[above].append(line)
            over[line].append(above)
        for codes in product(*([*column.codes, ALL] for column in common)):
            beside = {c.name: code for c, code in zip(common, codes, strict=True) if code != ALL}
            cells = {
                (line, above): self._cell(
                    made, fine, coarse, line, above, alone=len(over[line]) == 1, **beside
                )
                for line, above in pairs
            }
            for above, lines in under.items():
                total = key(things.unit, {coarse: above, **beside, **_within(coarse)})
                self._relate(total, [cells[line, above] for line in lines])
            for line, aboves in over.items():
                if len(aboves) > 1:
                    self._relate(
                        key(things.unit, {fine: line, **beside}), [cells[line, each] for each in aboves]
                    )
            if (fine, coarse) in SAME:
                line, above = SAME[fine, coarse]
                one = key(things.unit, {fine: line, **beside})
                self._relate(
                    key(things.unit, {coarse: above, **beside}), [(one, self.known.get(one, 0), False)]
                )

    def _cell(
        self, made: Cube, fine: str, coarse: str, line: str, above: str, *, alone: bool, **beside: str
    ) -> Part:
        """What of a line is of a coarse code: all of it, or a count of its own."""
        number = made.counts[made.key(**{BOTH: f"{line}{BETWEEN}{above}"}, **beside)]
        own = {} if alone else {coarse: above or "none", **_within(coarse)}
        return key(made.unit, {fine: line, **own, **beside}), number, not alone

    def _relate(self, total: Key, parts: Sequence[Part]) -> None:
        """Where the total is counted elsewhere, and so is each part that has no count of its own."""
        if total not in self.known or any(not own and cell not in self.known for cell, _number, own in parts):
            return
        self.counts |= {cell: number for cell, number, _own in parts}
        cells, adds = tuple(cell for cell, _n, _own in parts), sum(number for _c, number, _own in parts)
        self.relations.append(Relation(total, cells, adds=adds == self.known[total]))


def _is_of(cell: Key, unit: str, axis: str) -> bool:
    return cell[0] == unit and any(each.startswith(f"{axis}=") for each in cell[1:])


def _within(coarse: str) -> Mapping[str, str]:
    return WITHIN if coarse == ATTACK else {}


def _common(cubes: Sequence[Cube], fine: str, coarse: str) -> list[tuple[Column, ...]]:
    """The axes that a table by the one and a table by the other share, and their totals by none."""
    found: dict[tuple[str, ...], tuple[Column, ...]] = {(): ()}
    for one, other in product(cubes, cubes):
        if fine in one.codes and coarse in other.codes:
            shared = [
                c for c in one.columns if other.codes.get(c.name) == c.codes and c.name not in {fine, coarse}
            ]
            found.setdefault(tuple(c.name for c in shared), tuple(shared))
    return [*found.values()]


def _joint(counting: Counting, fine: str, coarse: str) -> Column:
    """Of each line, every line of the finer axis that tells it, with the coarse one that tells it there."""
    reads = (*kind(fine).reads, *(kind(coarse).reads if coarse != ATTACK else ()))
    value, seen = counting.seen(tuple(dict.fromkeys(reads)))
    lines, above = counting.standing(fine), counting.standing(coarse) if coarse != ATTACK else None
    values = [
        tuple(
            dict.fromkeys(
                f"{merging.told(fine, one, lines)}{BETWEEN}{merging.told(coarse, other, above) if other else NONE}"
                for one, other in _pairs(row, fine, coarse)
            )
        )
        for row in seen
    ]
    return Column.of(BOTH, values, value, sorted({each for one in values for each in one}))


def _pairs(row: Row, fine: str, coarse: str) -> Iterable[tuple[str, str]]:
    if coarse == ATTACK:
        return [(code, attack(row.get("act")) or NONE) for code in kind(fine).codes(row)]
    codes = kind(fine).codes(row)
    if fine == "perpetrator":  # of several, each has its own group
        return [(code, each) for code in codes for each in kind(coarse).codes(_alone(row, fine, code))]
    return [(code, each) for code in codes for each in kind(coarse).codes(row)]


def _alone(row: Row, fine: str, code: str) -> Row:
    (column,) = kind(fine).reads
    return {column: [code] if code in (row.get(column) or ()) else []}


def between(counting: Counting, cubes: Sequence[Cube], known: Mapping[Key, int]) -> Nested:
    """All of it, of these tables."""
    found = Nested(counting, known)
    found.between(cubes)
    return found
