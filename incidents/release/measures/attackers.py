"""What a reader could do who knows some columns: the press a date, a city and an age; a witness what was done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.errors import Problem, _
from incidents.release.measures.help import moved, proposals, said
from incidents.release.measures.reading import Class, Maps, Read


class AttackerNotHeld(Problem):
    """A reader whom the policy names would find somebody among too few rows."""

    status = 409
    code = "attacker-not-held"
    sentence = _(
        "Whoever knows %(columns)s (“%(attacker)s”) finds somebody among %(found)s rows of the written file only, "
        "where the policy promises %(k)s. Nothing was released."
    )

    def said(self, translate: Callable[[str], str] = str) -> str:
        """With what would help."""
        return f"{super().said(translate)} {said(self.details['help'], translate)}"


@dataclass(frozen=True, slots=True)
class Found:
    """What the file tells somebody who knows these columns. Counted in rows."""

    name: str
    columns: Class
    promised: int | None
    rows: int
    classes: int
    smallest: int
    unique: int
    below: int  # rows in classes below the k of the policy
    above: int  # rows whose risk is above the threshold

    @property
    def prosecutor_risk(self) -> float:
        """Mean over the rows of 1 ÷ class size."""
        return self.classes / self.rows if self.rows else 0.0

    @property
    def highest_risk(self) -> float:
        """Of the worst placed row."""
        return 1 / self.smallest if self.smallest else 0.0

    def figures(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "name": self.name,
            "columns": list(self.columns),
            "k": self.promised,
            "classes": self.classes,
            "smallest": self.smallest,
            "unique": self.unique,
            "rows_below_k": self.below,
            "rows_above_threshold": self.above,
            "prosecutor_risk": self.prosecutor_risk,
            "highest_risk": self.highest_risk,
        }


def measured(read: Read, attacker: Mapping[str, Any], k: int, threshold: float) -> Found:
    """One reader. `k`: of the policy; `threshold`: the risk above which rows are counted."""
    sizes = read.over(attacker["columns"]).values()
    return Found(
        name=attacker["name"],
        columns=tuple(attacker["columns"]),
        promised=attacker.get("k"),
        rows=read.rows,
        classes=len(sizes),
        smallest=min(sizes, default=0),
        unique=sum(1 for size in sizes if size == 1),
        below=sum(size for size in sizes if size < k),
        above=sum(size for size in sizes if 1 / size > threshold),
    )


def must_hold(found: Found, read: Read, coarser: Maps) -> None:
    """Problem: AttackerNotHeld, with the columns that would mend it, each tried in the file."""
    k = found.promised
    if k is None or found.smallest >= k:
        return
    classes = read.over(found.columns)

    def holds(place: int, reads: Mapping[str, str] | None) -> bool:
        return min(moved(classes, place, reads).values(), default=0) >= k

    helps = proposals(found.columns, coarser, holds)
    raise AttackerNotHeld(
        attacker=found.name, columns=", ".join(found.columns), found=found.smallest, k=k, help=helps
    )
