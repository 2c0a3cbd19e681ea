"""What the measure is handed beside the files: coarser readings of their values, a population at their levels, ids.

It is read off the table and the hierarchies; what the measure counts it counts itself.
"""

import csv
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from incidents.errors import Problem, _
from incidents.release.anonymize import Result
from incidents.release.hierarchy import Hierarchy
from incidents.release.measures.reading import Beside, Class
from incidents.release.rows import lines_of
from incidents.release.table import Table

COUNT = "count"  # the column of a population file that says how many
Cell = Callable[[str], str]


class PopulationNotUsable(Problem):
    """A population file that is none, or not of these columns."""

    status = 422
    code = "population-not-usable"
    sentence = _(
        "The population file %(file)s cannot be used: line %(line)s %(why)s. It needs a column for each of "
        "%(columns)s, and “count”."
    )


def coarser(table: Table, result: Result, cell: Cell = str) -> dict[str, list[dict[str, str]]]:
    """For each quasi-identifier: each value of its released level as it reads at every coarser one."""
    found = {}
    for ladder in table.ladders:
        at = ladder.levels.index(result.node[ladder.column])
        here = ladder.labels[at]
        found[cell(ladder.column)] = [
            {
                cell(label): cell(ladder.labels[level][code])
                for label, code in zip(here, ladder.steps[at, level], strict=True)
            }
            for level in range(at + 1, len(ladder.levels))
        ]
    return found


def population(
    path: Path, result: Result, trees: Mapping[str, Hierarchy], cell: Cell = str
) -> dict[Class, float]:
    """A census at the levels of the file: combination of the quasi-identifiers → people. `trees` by column.

    The file has a column for each quasi-identifier, with values of its hierarchy, and `count`; comma, semicolon or
    tab. A lump of rare values has the people of all that would be told by it, of values that no row has too, where
    `trees` tell so (`rare.Lumped`). A combination that stands there more coarsely than in the rows counts nobody, so
    that the risk is not told too low. Problem: PopulationNotUsable.
    """
    names = result.quasi_identifiers
    lines = _lines(path, names)
    paths = {
        name: trees[name].paths(dict.fromkeys(trees[name].leaf(line, name) for line, _count in lines))
        for name in names
    }
    places = {name: trees[name].levels.index(result.node[name]) for name in names}
    people: dict[Class, float] = {}
    for line, count in lines:
        leaves = {name: trees[name].leaf(line, name) for name in names}
        one = tuple(cell(paths[name][leaves[name]][places[name]]) for name in names)
        people[one] = people.get(one, 0.0) + count
    return people


def _lines(path: Path, names: Sequence[str]) -> list[tuple[dict[str, str], float]]:
    """Each line with its count."""
    said = {"file": path.name, "columns": ", ".join(names)}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PopulationNotUsable(line=1, why="is not UTF-8 text", **said) from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter, strict=True)
    if not {*names, COUNT} <= set(reader.fieldnames or ()):
        raise PopulationNotUsable(line=1, why="lacks a column", **said)
    found = []
    for line in reader:
        try:
            count = float(line[COUNT])
        except (TypeError, ValueError):
            count = -1.0
        if not 0 <= count < float("inf") or None in line or None in line.values():
            raise PopulationNotUsable(line=reader.line_num, why="is not whole, or counts nobody", **said)
        found.append((line, count))
    return found


def beside(
    table: Table,
    result: Result,
    things: Mapping[str, Callable[[int], Iterable[Hashable]]],
    people: Mapping[Class, float] | None = None,
    cell: Cell = str,
) -> Beside:
    """All of it. `things`: incidents and persons, by the number of a row in the table."""
    lines, known = lines_of(result.rows, result.quasi_identifiers), cache(cell)
    rows = (
        (tuple(map(known, line)), [ids(number) for ids in things.values()])
        for line, number in zip(lines, result.released, strict=True)
    )
    readings = coarser(table, result, cell) if table.ladders else {}
    return Beside(people, readings, tuple(things), rows)
