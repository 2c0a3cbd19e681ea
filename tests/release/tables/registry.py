"""Mexico's register of disappeared persons (RNPDNO), one state and month: by place, category, sex, with all margins."""

import csv
from collections import Counter
from itertools import product

from incidents.release.tables.cells import ALL, Counted, Key, Relation
from tests import needs

AXES = ("cve_municipio", "categoria", "sexo")


def rows(state: str) -> list[tuple[tuple[str, ...], int]]:
    """The published cells: none is a zero."""
    with needs.shared("data", "rnpdno", f"{state}_2024-10.csv").open(encoding="utf-8") as file:
        return [(tuple(row[axis] for axis in AXES), int(row["conteo"])) for row in csv.DictReader(file)]


def cube(state: str, axes: int = 3) -> Counted:
    """Every combination and every total; with two axes, category and sex are one."""
    cells = [(codes if axes == 3 else (codes[0], " ".join(codes[1:])), count) for codes, count in rows(state)]
    codes = [sorted({cell[axis] for cell, _count in cells}) for axis in range(axes)]
    counts: Counter[Key] = Counter(dict.fromkeys(product(*([*each, ALL] for each in codes)), 0))
    for cell, count in cells:
        for key in product(*((code, ALL) for code in cell)):
            counts[key] += count
    relations = [
        Relation(key, tuple((*key[:axis], code, *key[axis + 1 :]) for code in codes[axis]))
        for key in counts
        for axis in range(axes)
        if key[axis] == ALL
    ]
    return Counted((), dict(counts), tuple(relations))
