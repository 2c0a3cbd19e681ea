"""Reads the written file as a stranger would, and counts how few rows anybody hides among.

Nothing of ours is imported but the sentences: what the engine gets wrong, this must not get wrong with it.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from incidents.errors import Problem, _


class FileNotAsPromised(Problem):
    """A file that is missing, altered, or of another shape than the manifest says."""

    status = 409
    code = "file-not-as-promised"
    sentence = _(
        "The file %(file)s is not the one that the manifest tells of (%(what)s). Prepare the release again."
    )


class KNotHeld(Problem):
    """The promise is not in the file."""

    status = 409
    code = "k-not-held"
    sentence = _(
        "The written file does not hold k = %(k)s: somebody hides among %(found)s rows only. Nothing was released. "
        "Prepare it again with a coarser policy, and tell whoever looks after this program."
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """What the file holds. `k`: rows of the smallest class, 0 for no rows.

    `prosecutor_risk`: mean over rows of 1 ÷ class size, which is classes ÷ rows (El Emam and Dankar 2008).
    """

    protection: str  # "on" | "off"
    k: int
    rows: int
    classes: int
    unique: int  # classes of a single row
    prosecutor_risk: float
    highest_risk: float  # of the worst placed row: 1 ÷ k

    def figures(self) -> dict[str, Any]:
        """As plain values, for the manifest."""
        return asdict(self)


def measure(pack: Path | Mapping[str, bytes], manifest: Mapping[str, Any]) -> Measured:
    """Every file compared with the manifest, then k and risk counted anew over the quasi-identifiers.

    `pack`: a folder, or file name → bytes. Without protection it reports and refuses nothing.
    Problems: FileNotAsPromised, KNotHeld.
    """
    contents = {file["name"]: _checked(pack, file) for file in manifest["files"]}
    name = manifest["row_file"]
    if name not in contents:
        raise FileNotAsPromised(file=name, what="missing")
    rows, classes = _classes(name, contents[name], manifest)
    for file in manifest["files"]:
        if file["name"] == name and file["rows"] != rows:
            raise FileNotAsPromised(file=name, what="number of rows")
    protected = bool(manifest["rules"]["protection"])
    smallest = min(classes.values(), default=0)
    if protected and smallest < manifest["k"]:
        raise KNotHeld(k=manifest["k"], found=smallest)
    return Measured(
        protection="on" if protected else "off",
        k=smallest,
        rows=rows,
        classes=len(classes),
        unique=sum(1 for size in classes.values() if size == 1),
        prosecutor_risk=len(classes) / rows if rows else 0.0,
        highest_risk=1 / smallest if smallest else 0.0,
    )


def _checked(pack: Path | Mapping[str, bytes], file: Mapping[str, Any]) -> bytes:
    name = file["name"]
    try:
        content = (pack / name).read_bytes() if isinstance(pack, Path) else pack[name]
    except (FileNotFoundError, KeyError):
        raise FileNotAsPromised(file=name, what="missing") from None
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise FileNotAsPromised(file=name, what="SHA-256")
    return content


def _classes(name: str, content: bytes, manifest: Mapping[str, Any]) -> tuple[int, Counter[tuple[str, ...]]]:
    """Rows in all, and rows for each combination of quasi-identifiers."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""), strict=True)
    head = next(reader, [])
    if head != list(manifest["columns"]) or len(set(head)) != len(head):
        raise FileNotAsPromised(file=name, what="columns")
    if not set(manifest["quasi_identifiers"]) <= set(head):
        raise FileNotAsPromised(file=name, what="quasi-identifiers")
    places = [head.index(column) for column in manifest["quasi_identifiers"]]
    classes: Counter[tuple[str, ...]] = Counter()
    rows = 0
    for row in reader:
        if len(row) != len(head):
            raise FileNotAsPromised(file=name, what="width of a row")
        classes[tuple(row[place] for place in places)] += 1
        rows += 1
    return rows, classes
