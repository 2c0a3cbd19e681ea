"""Tables of invented people: linked by the totals that they share."""

import random
from collections import Counter
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from incidents.release.tables.cells import ALL, Counted, Key, Relation

Cell = Callable[[str, str], Key]


def crossed(counts: Counter[Key], name: str, rows: Sequence[str], columns: Sequence[str]) -> list[Relation]:
    """The relations of one table whose row totals and grand total every table shares."""
    down = [Relation((name, ALL, column), tuple((name, row, column) for row in rows)) for column in columns]
    across = [Relation((row, ALL), tuple((name, row, column) for column in columns)) for row in rows]
    last = Relation((ALL, ALL), tuple((name, ALL, column) for column in columns))
    for relation in (*down, *across, last):
        for key in (relation.total, *relation.parts):
            counts.setdefault(key, 0)
    return [*down, *across, last]


def linked(
    draw: random.Random, people: int, rows: int, columns: Sequence[int], *, adds: bool = True
) -> Counted:
    """One table a number of columns, all by the same rows. Not `adds`: somebody may stand in several rows."""
    names = [f"r{number}" for number in range(rows)]
    weights = [draw.random() ** 3 + 0.02 for _ in names]
    sides = [[draw.random() ** 3 + 0.02 for _ in range(size)] for size in columns]
    counts: Counter[Key] = Counter()
    relations = [
        relation
        for table, size in enumerate(columns)
        for relation in crossed(counts, f"t{table}", names, [f"c{c}" for c in range(size)])
    ]
    for _ in range(people):
        stands = {draw.choices(names, weights)[0] for _ in range(1 if adds else draw.choice((1, 1, 2)))}
        counts[ALL, ALL] += 1
        counts.update((row, ALL) for row in stands)
        for table, side in enumerate(sides):
            column = f"c{draw.choices(range(len(side)), side)[0]}"
            counts[f"t{table}", ALL, column] += 1
            counts.update((f"t{table}", row, column) for row in stands)
    rows_add = Relation((ALL, ALL), tuple((row, ALL) for row in names))
    return Counted((), dict(counts), tuple(_summed([rows_add, *relations], names, adds=adds)))


def _summed(relations: list[Relation], names: list[str], *, adds: bool) -> list[Relation]:
    """What is summed over rows adds only where nobody stands in two of them."""
    over_rows = set(names)
    return [
        relation
        if adds or not _over(relation, over_rows)
        else Relation(relation.total, relation.parts, adds=False)
        for relation in relations
    ]


def _over(relation: Relation, rows: set[str]) -> bool:
    return len({row for part in relation.parts for row in part if row in rows}) > 1


@st.composite
def tables(draw: st.DrawFn, *, largest: int = 3, people: int = 30) -> Counted:
    """Small linked tables, sparse or full."""
    columns = draw(st.lists(st.integers(2, largest), min_size=1, max_size=2))
    return linked(
        random.Random(draw(st.integers(0, 10**9))),
        draw(st.integers(1, people)),
        draw(st.integers(2, largest)),
        columns,
        adds=draw(st.booleans()),
    )
