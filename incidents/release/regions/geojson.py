"""Counts by region for a map: GeoJSON (RFC 7946) of what the tables print, or of the rows as they leave.

A feature is a line of a table or a value of the file: the shape says where the region lies, never where anything
happened. What no single region is (not recorded, told together, another country) has no shape. A number below k, a
mark and what is not shown are no number here either: `count` is null and `text` says what is printed.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from incidents.release import hierarchy
from incidents.release.anonymize import Result
from incidents.release.citation import Citation
from incidents.release.policy import Policy
from incidents.release.regions import shapes
from incidents.release.rows import lines_of
from incidents.release.tables import captions, filed
from incidents.release.tables.captions import LANGUAGES, About
from incidents.release.tables.cells import ALL, Axis, Shown, Table
from incidents.release.write import File

NAME = "regions.geojson"
PLACE = "place"  # the hierarchy
STATE, REGION, COUNTRY, NOWHERE = "state", "region", "country", "all"  # its levels, and axes of tables
OPEN = ".."  # an end of a period that nobody set (ISO 8601-2)
README = f"{NAME}     counts by region, for maps / conteos por región, para mapas\n"
FEWEST = 5  # that a protected file shows
Value = int | str


def of_tables(shown: Shown, about: About, policy: Policy, cited: Citation) -> list[File]:
    """Of the first table by place; none where there is no such table, or nothing protects it."""
    found = _by_place(shown.counted.tables) if policy.protection else None
    if found is None:
        return []
    table, axis = found
    across = axis is table.columns
    values = {
        code: captions.printed(table, shown, *((ALL, code) if across else (code, ALL)))
        for code in axis.codes
        if code != ALL
    }
    notes = {each: captions.notes(table, about, each) for each in LANGUAGES}
    head = _head(cited, notes)
    return [_file(head, axis, values, hierarchy.named(PLACE), table.unit, about, policy.k)]


def _by_place(tables: Sequence[Table]) -> tuple[Table, Axis] | None:
    for name in (STATE, REGION, COUNTRY):
        for table in tables:
            for axis, other in ((table.rows, table.columns), (table.columns, table.rows)):
                if axis.name == name and ALL in other.codes:
                    return table, axis
    return None


def of_rows(policy: Policy, result: Result, filters: Mapping[str, Any], cited: Citation) -> list[File]:
    """Rows by place, at the level of the file, finer than a state by state; none of rows without protection."""
    column = _along(result, PLACE)
    if not column or not policy.protection or result.node[column] == NOWHERE:
        return []
    tree = hierarchy.exact(result.hierarchies[column])
    level = max(tree.levels.index(result.node[column]), tree.levels.index(STATE))
    counts = Counter[str]()
    for code, number in _column(result, column).items():
        counts[_told(tree, result.node[column], code)] += number
    axis = Axis(tree.levels[level], tuple(sorted(counts, key=lambda code: (code.startswith("("), code))))
    about = _about(policy, result, filters, cited.data_date)
    of_row = ("unit_rows", f"row_is_{policy.unit}")
    notes = {
        each: (*(captions.said(code, each) for code in of_row), *captions.of_all(about, each))
        for each in LANGUAGES
    }
    return [
        _file(
            _head(cited, notes),
            axis,
            {code: counts[code] for code in axis.codes},
            tree,
            filed.UNIT,
            about,
            result.k,
        )
    ]


def _told(tree: hierarchy.Hierarchy, level: str, code: str) -> str:
    if code == hierarchy.ANY:
        return captions.ANY
    return tree.paths([code])[code][tree.levels.index(STATE)] if level == tree.levels[0] else code


def _along(result: Result, name: str) -> str:
    """The first column that was coarsened along this hierarchy."""
    return next((column for column, tree in result.hierarchies.items() if hierarchy.base(tree) == name), "")


def _column(result: Result, name: str) -> Counter[str]:
    return Counter(value for (value,) in lines_of(result.rows, [name]))


def _about(policy: Policy, result: Result, filters: Mapping[str, Any], data_date: str) -> About:
    """The period that was asked for, else that of which the file speaks."""
    first, last = (filters.get(name) or "" for name in ("from", "to"))
    dated = _along(result, "moment")
    if dated and not (first or last):
        first, last = filed.ends(_column(result, dated))
    return About(data_date, first, last, policy.states, filed.METHOD, at_least=False)


# -- what is written


def _head(cited: Citation, notes: Mapping[str, Sequence[str]]) -> str:
    """Whose it is, how it is cited, and what `count` is of: members of the collection that no map draws."""
    said = {"type": "FeatureCollection", "organisation": cited.organisation, "reference": cited.reference}
    said |= {f"cite_{language}": line for language, line in cited.lines.items()}
    said |= {f"counted_{language}": " ".join(told) for language, told in notes.items()}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))[:-1] + ',"features":['


def _file(  # noqa: PLR0917 – all that a map is made of
    head: str,
    axis: Axis,
    values: Mapping[str, Value],
    tree: hierarchy.Hierarchy,
    unit: str,
    about: About,
    k: int,
) -> File:
    """A feature a line, so that two editions can be put side by side."""
    same = {
        "unit": unit,
        "period": f"{about.first or OPEN}/{about.last or OPEN}",
        "data_date": about.data_date,
    }
    made = [
        {
            "type": "Feature",
            "geometry": shapes.shape(_states(axis, code, tree)),
            "properties": {
                "code": code,
                **{f"name_{language}": captions.label(axis, code, language) for language in LANGUAGES},
                **_counted(value, k),
                **same,
            },
        }
        for code, value in values.items()
    ]
    lines = (json.dumps(each, ensure_ascii=False, separators=(",", ":"), allow_nan=False) for each in made)
    return File(NAME, "\n".join([head, ",\n".join(lines), "]}\n"]).encode(), 0)


def _counted(value: Value, k: int) -> dict[str, int | str | None]:
    """A number below k is on no map, whatever a table may print."""
    if isinstance(value, int) and not 0 < value < k:
        return {"count": value, "text": str(value)}
    return {"count": None, "text": f"<{k}" if isinstance(value, int) else value}


def _states(axis: Axis, code: str, tree: hierarchy.Hierarchy) -> frozenset[str]:
    """The states of which a line tells: of a region, those that have no line of their own beside it."""
    known = shapes.known()
    if code in known:
        return frozenset({code})
    paths, level = tree.paths(sorted(known)), tree.levels.index(axis.name)
    within = {state for state in known if code in paths[state][level:]}
    if axis.name != COUNTRY and code in {paths[state][tree.levels.index(COUNTRY)] for state in known}:
        return frozenset()  # among finer lines, a country is what has no place within it
    return frozenset(within - {*axis.codes})


def must_hide(file: bytes) -> bool:
    """Whether what was written shows no number of one to four."""
    counts = (each["properties"]["count"] for each in json.loads(file)["features"])
    return not any(count in range(1, FEWEST) for count in counts)
