"""The engine alone, on any CSV: so that whoever doubts it can check it against another.

A row may name the incident and the person that it speaks of; a row that names none stands for one of its own.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import SystemRandom
from typing import Any

from incidents.errors import Problem, _
from incidents.release import hierarchy, levels, measure, rare, write
from incidents.release import policy as policies
from incidents.release.anonymize import Result, anonymize
from incidents.release.hierarchy import Hierarchy, HierarchyNotReadable, Listed
from incidents.release.policy import Policy
from incidents.release.table import Ladder, Table, each_row, lump_of, one_a_row

CERTIFICATE, RISK = "certificate.json", "risk.json"
DELIMITERS = ",;\t"
LARGEST_CELL = 1 << 24  # characters
# What a policy for incidents says of consent and signatures; a table from elsewhere knows nothing of it.
ELSEWHERE: dict[str, Any] = {
    "product": "rows", "unit": "act", "purposes": ["ROW"], "states": ["VER"], "protection": True, "signatures": 1,
}  # fmt: skip


class CsvNotUsable(Problem):
    """A file that is no table."""

    status = 422
    code = "csv-not-usable"
    sentence = _("The file %(file)s cannot be read: line %(line)s %(why)s. Correct it and try again.")


class NoSuchColumn(Problem):
    """A column that the file does not have."""

    status = 422
    code = "no-such-column"
    sentence = _("The file has no column “%(column)s”. It has: %(known)s.")


class NoHierarchy(Problem):
    """A quasi-identifier along which nothing can say less."""

    status = 422
    code = "no-hierarchy"
    sentence = _("%(folder)s has no hierarchy for “%(column)s”. Put it there as hierarchy_%(column)s.csv.")


class TwoHierarchies(Problem):
    """Two files for one column."""

    status = 422
    code = "two-hierarchies"
    sentence = _("%(folder)s has two hierarchies for “%(column)s”: %(files)s. Leave one there.")


class TooFewValues(Problem):
    """A column that cannot be as varied as was asked for."""

    status = 422
    code = "too-few-values"
    sentence = _("“%(column)s” has %(found)s different values in all: no class can hold %(l)s.")


class NoPopulation(Problem):
    """A population file that is not there."""

    status = 422
    code = "no-population"
    sentence = _("There is no population file %(file)s.")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV, by column. The delimiter is that of its first line."""

    delimiter: str
    columns: Mapping[str, list[str]]
    size: int

    def column(self, name: str) -> list[str]:
        """Its values. Problem: NoSuchColumn."""
        if name not in self.columns:
            raise NoSuchColumn(column=name, known=", ".join(self.columns))
        return self.columns[name]


def read(path: Path) -> Sheet:
    """UTF-8, a first line of names; comma, semicolon or tab. Problem: CsvNotUsable, with the line."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CsvNotUsable(file=path.name, line=line, why="is not UTF-8 text") from None
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    csv.field_size_limit(LARGEST_CELL)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        head = next(lines, [])
        if not head or len(set(head)) < len(head) or not all(head):
            raise CsvNotUsable(file=path.name, line=1, why="must name each column, and no two alike")
        rows = list(_whole(lines, len(head), path.name))
    except csv.Error as error:
        raise CsvNotUsable(file=path.name, line=lines.line_num, why=f"({error})") from None
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _name in head]
    return Sheet(delimiter, dict(zip(head, columns, strict=True)), len(rows))


def _whole(lines: Any, width: int, name: str) -> Iterable[list[str]]:
    """The rows; an empty line is none."""
    for row in lines:
        if row and len(row) != width:
            why = f"has {len(row)} cells where the first line has {width}"
            raise CsvNotUsable(file=name, line=lines.line_num, why=why)
        if row:
            yield row


def hierarchies(folder: Path, columns: Iterable[str]) -> dict[str, Listed]:
    """The file `*hierarchy_COLUMN.csv` of each column: semicolons, leaf first, one level a column.

    Problems: NoHierarchy, TwoHierarchies, and what hierarchy.read finds wrong.
    """
    found = {}
    for column in columns:
        files = [path for path in sorted(folder.glob("*.csv")) if path.stem.endswith(f"hierarchy_{column}")]
        if not files:
            raise NoHierarchy(folder=folder, column=column)
        if len(files) > 1:
            raise TwoHierarchies(folder=folder, column=column, files=", ".join(path.name for path in files))
        try:
            found[column] = hierarchy.read(files[0], column)
        except (UnicodeDecodeError, csv.Error):
            why = "it is not UTF-8 text with semicolons"
            raise HierarchyNotReadable(hierarchy=files[0].name, why=why, line=1) from None
    return found


def rules(name: str, said: Mapping[str, Any], sheet: Sheet, trees: Mapping[str, Hierarchy]) -> Policy:
    """The policy for a table, from a policy's document of which consent and signatures may be missing.

    A quasi-identifier without a hierarchy has that of its own name. What is not named in `columns`, or else is
    neither a quasi-identifier nor secret nor counted for the risk, is dropped.
    """
    quasi = {column: {"hierarchy": column, **table} for column, table in said.get("quasi", {}).items()}
    linked = [said.get("risk", {}).get(key) for key in ("household", "weights")]
    columns = said.get("columns", [*quasi, *said.get("secret", {}), *filter(None, linked)])
    text = {"name": name, "text_en": name, "text_es": name}
    whole = {**ELSEWHERE, **text, **said, "columns": columns, "quasi": quasi}
    for column in (*columns, *quasi):
        sheet.column(column)
    policy = policies.of(name, whole, policies.Terms(frozenset(sheet.columns), frozenset(), trees))
    if any(each.ends or each.ended for each in policy.quasi):
        expected = "without ends and ended: they hold for days and ages of incidents"
        raise policies.PolicyWrongValue(policy=name, key="quasi", expected=expected)
    return policy


def build(
    sheet: Sheet,
    policy: Policy,
    trees: Mapping[str, Hierarchy],
    incident: str | None = None,
    person: str | None = None,
) -> Table:
    """The rows, coded. `incident` and `person` name columns whose different values k counts, too.

    Problem: TooFewValues.
    """
    coarse = {each.column for each in policy.quasi}
    kept = {name: sheet.column(name) for name in policy.columns if name not in coarse}
    counts_for = {secret.column: sheet.column(secret.by) for secret in policy.secret}
    for secret in policy.secret:
        different = len(set(counts_for[secret.column]))
        if secret.whole and different < secret.l:
            raise TooFewValues(column=secret.by, found=different, l=secret.l)
    counted = tuple(
        one_a_row(name, sheet.column(column))
        for name, column in (("incidents", incident), ("persons", person))
        if column
    )
    things = [(each.row, each.thing) for each in counted] or [(each_row(sheet.size), each_row(sheet.size))]
    made = [
        _ladder(sheet.column(each.column), trees[each.hierarchy], each, things, policy.k)
        for each in policy.quasi
    ]
    ladders = tuple(ladder for ladder, _lump in made)
    lumps = {ladder.column: lump for ladder, lump in made if lump is not None}
    return Table(sheet.size, ladders, counted, (), kept, counts_for, policy.columns, lumps).guarded(policy)


def _ladder(
    values: list[str], tree: Hierarchy, quasi: policies.Quasi, things: Sequence[rare.Pairs], k: int
) -> tuple[Ladder, rare.Lump | None]:
    leaf = {value: tree.leaf({quasi.column: value}, quasi.column) for value in set(values)}
    leaves = [leaf[value] for value in values]
    start = tree.levels.index(quasi.finest) if quasi.finest else 0
    lump = lump_of(quasi, tree, start, rare.Carried(leaves, each_row(len(leaves)), things), k)
    if lump is not None:
        tree = rare.Lumped(tree, start, lump)
    return Ladder(quasi.column, tree, leaves, quasi.finest, quasi.weight), lump


def _as_told(table: Table, tree: Hierarchy, quasi: policies.Quasi) -> Hierarchy:
    """The hierarchy by which a column is told: a lump of rare values has the people of all its parts."""
    lump = table.lumps.get(quasi.column)
    start = tree.levels.index(quasi.finest) if quasi.finest else 0
    return tree if lump is None else rare.Lumped(tree, start, lump)


@dataclass(frozen=True, slots=True)
class Made:
    """`files` by name, to be given away; `internal`, the report with the smallest classes, is not among them."""

    files: dict[str, bytes]
    internal: dict[str, Any]


def make(
    sheet: Sheet,
    policy: Policy,
    trees: Mapping[str, Hierarchy],
    *,
    incident: str | None = None,
    person: str | None = None,
    folder: Path | None = None,
    evaluations: int | None = None,
) -> Made:
    """The rows, the manifest, the certificate and the risk; the rows read again and measured.

    `folder`: where the policy's population file is. Problems: those of build, anonymize, levels and measure.
    """
    table = build(sheet, policy, trees, incident, person)
    result = anonymize(table, policy, evaluations=evaluations)
    rows = _rows(result, sheet.delimiter)
    census = (folder or Path()) / policy.risk.population if policy.risk.population else None
    promised = _manifest(sheet, policy, result, rows, census)
    things = {
        name: _each(sheet.column(column))
        for name, column in (("incidents", incident), ("persons", person))
        if column
    }
    by_column = {each.column: _as_told(table, trees[each.hierarchy], each) for each in policy.quasi}
    people = levels.population(census, result, by_column, _cell) if census else None
    measured = measure.measure(
        {write.DATA: rows}, promised, levels.beside(table, result, things, people, _cell)
    )
    files = {
        write.DATA: rows,
        CERTIFICATE: write.canonical(result.certificate),
        RISK: write.canonical(measured.figures()),
        write.MANIFEST: write.canonical(write.with_risk(promised, measured.figures())),
    }
    return Made(files, measured.internal())


def _each(values: Sequence[str]) -> Callable[[int], tuple[str, ...]]:
    return lambda number: (values[number],)


def _rows(result: Result, delimiter: str) -> bytes:
    """As they came, shuffled: a number stays a number, whatever its sign."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(map(_cell, result.columns))
    order = list(range(len(result.rows)))
    SystemRandom().shuffle(order)
    writer.writerows([_cell(value) for value in result.rows[place].values()] for place in order)
    return out.getvalue().encode()


def _cell(text: str) -> str:
    return text if _number(text) else write.cell(text)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()


def _manifest(
    sheet: Sheet, policy: Policy, result: Result, rows: bytes, census: Path | None
) -> dict[str, Any]:
    risk = policies.measured(policy, _cell)
    if census:
        risk["risk_rules"] |= {"population": census.name, "population_sha256": _digest(census)}
    return {
        "format": 1,
        "policy": policy.name,
        "rules": {"protection": True, "suppression": policy.suppression, "digest": policy.digest},
        "k": result.k,
        "quasi_identifiers": [_cell(name) for name in result.quasi_identifiers],
        "secret": [_promise(each, sheet) for each in policy.secret],
        "counts": {
            "considered": sheet.size,
            "released": len(result.rows),
            "excluded": {"suppressed": len(result.suppressed)},
        },
        "hidden_values": result.hidden,
        "smallest_class": result.smallest,
        "columns": [_cell(name) for name in result.columns],
        "delimiter": sheet.delimiter,
        "row_file": write.DATA,
        "files": [{"name": write.DATA, "sha256": hashlib.sha256(rows).hexdigest(), "rows": len(result.rows)}],
        "hierarchies": {
            column: {"hierarchy": column, "level": level} for column, level in result.node.items()
        },
        "certificate": result.certificate,
        "random": ["order of the rows"],
        **risk,
    }


def _digest(census: Path) -> str:
    try:
        return hashlib.sha256(census.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise NoPopulation(file=census) from None


def _promise(secret: policies.Secret, sheet: Sheet) -> dict[str, Any]:
    """With the shares in the whole table, against which t is promised."""
    said = {**write.promise(secret), "column": _cell(secret.column)}
    if secret.t is None:
        return said
    times = Counter(map(_cell, sheet.column(secret.column)))
    return said | {"shares": {value: number / sheet.size for value, number in sorted(times.items())}}
