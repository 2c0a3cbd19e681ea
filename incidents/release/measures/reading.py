"""The row file, read once as a stranger would: how often each combination of values stands in it."""

import csv
import io
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.errors import Problem, _

Class = tuple[str, ...]  # values, in the order of the columns that are spoken of
Told = dict[Class, Counter[str]]  # class → how often each value of a secret column stands in it
Maps = Mapping[
    str, Sequence[Mapping[str, str]]
]  # column → for each coarser level: value in the file → as it reads there


class FileNotAsPromised(Problem):
    """A file that is missing, altered, or of another shape than the manifest says."""

    status = 409
    code = "file-not-as-promised"
    sentence = _(
        "The file %(file)s is not the one that the manifest tells of (%(what)s). Prepare the release again."
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """What no file says, handed over by whoever wrote it; all of it may be left out.

    `population`: combination of quasi-identifiers, as it reads in the file → how many people there are of it.
    `coarser`: what a refusal may propose. `rows`: of each row that goes out its quasi-identifiers, as written, and
    what it speaks of, in the order of `things` (incidents, persons); the files hold no ids. Read once.
    """

    population: Mapping[Class, float] | None = None
    coarser: Maps = field(default_factory=dict)
    things: tuple[str, ...] = ()
    rows: Iterable[tuple[Class, Sequence[Iterable[Hashable]]]] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """Rows by combination. `known`: the quasi-identifiers, then what else the policy says that a reader may know."""

    quasi: Class
    known: Class
    seen: Counter[Class]  # over `known`
    told: Mapping[str, Told]  # secret column → class of quasi-identifiers → its values
    weights: Mapping[
        Class, float
    ]  # class of quasi-identifiers → sum of the sampling weights; empty without them
    households: Mapping[str, Counter[Class]]  # household → its classes; empty where the file links nobody

    @property
    def rows(self) -> int:
        """Rows in all."""
        return self.seen.total()

    def over(self, columns: Sequence[str]) -> Counter[Class]:
        """Rows of each combination of these columns, which must be among `known`."""
        if tuple(columns) == self.known:
            return self.seen
        return projected(self.seen, [self.known.index(column) for column in columns])


def projected(seen: Mapping[Class, int], places: Sequence[int]) -> Counter[Class]:
    """The same rows by fewer columns."""
    found: Counter[Class] = Counter()
    for one, rows in seen.items():
        found[tuple(one[place] for place in places)] += rows
    return found


def read(name: str, content: bytes, manifest: Mapping[str, Any], secret: Sequence[str]) -> Read:
    """The file counted by what the manifest names. Problem: FileNotAsPromised, where it is of another shape."""
    lines = _lines(name, content, manifest)
    head = next(lines)
    quasi = tuple(manifest["quasi_identifiers"])
    named = (column for each in manifest.get("attackers", ()) for column in each["columns"])
    known = tuple(dict.fromkeys((*quasi, *named)))
    risk = manifest.get("risk_rules", {})
    places = [_place(name, head, column, "quasi-identifiers") for column in known]
    hidden = [(column, head.index(column)) for column in secret]
    weight, household = (
        _place(name, head, risk[key], key) if risk.get(key) else None for key in ("weights", "household")
    )
    seen: Counter[Class] = Counter()
    told: dict[str, Told] = {column: {} for column in secret}
    weights: dict[Class, float] = {}
    households: dict[str, Counter[Class]] = {}
    for row in lines:
        whole = tuple(row[place] for place in places)
        seen[whole] += 1
        one = whole[: len(quasi)]
        for column, place in hidden:
            told[column].setdefault(one, Counter())[row[place]] += 1
        if weight is not None:
            weights[one] = weights.get(one, 0.0) + _weight(name, row[weight])
        if household is not None:
            households.setdefault(row[household], Counter())[one] += 1
    return Read(quasi, known, seen, told, weights, households)


def _lines(name: str, content: bytes, manifest: Mapping[str, Any]) -> Iterator[list[str]]:
    """The head, then each row, all as wide as it."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=manifest.get("delimiter", ","), strict=True)
    head = next(reader, [])
    if head != list(manifest["columns"]) or len(set(head)) != len(head):
        raise FileNotAsPromised(file=name, what="columns")
    yield head
    for row in reader:
        if len(row) != len(head):
            raise FileNotAsPromised(file=name, what="width of a row")
        yield row


def _place(name: str, head: Sequence[str], column: str, what: str) -> int:
    if column not in head:
        raise FileNotAsPromised(file=name, what=what)
    return head.index(column)


def _weight(name: str, text: str) -> float:
    """How many people a row stands for."""
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise FileNotAsPromised(file=name, what="weights")
    return weight
