"""Reads the written file as a stranger would, and counts how few rows anybody hides among.

Nothing of ours is imported but the sentences: what the engine gets wrong, this must not get wrong with it.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from incidents.errors import Problem, _

Class = tuple[str, ...]  # the values of the quasi-identifiers
Told = dict[Class, Counter[str]]  # class → how often each value of a secret column stands in it
ROUNDING = 1e-9


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


class SecretNotHeld(Problem):
    """A secret column that tells more of a class than was promised."""

    status = 409
    code = "secret-not-held"
    sentence = _(
        "The written file does not hold %(what)s = %(promised)s for “%(column)s”: a class has %(found)s. Nothing was "
        "released. Prepare it again with a coarser policy, and tell whoever looks after this program."
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """What the file holds. `k`: rows of the smallest class, 0 for no rows.

    `prosecutor_risk`: mean over rows of 1 ÷ class size, which is classes ÷ rows (El Emam and Dankar 2008).
    `l`, `t`: of each secret column whose failing classes are left out, the fewest different values of a class, and
    the farthest that the shares of its values are from those of the whole file (half the sum of the differences).
    """

    protection: str  # "on" | "off"
    k: int
    rows: int
    classes: int
    unique: int  # classes of a single row
    prosecutor_risk: float
    highest_risk: float  # of the worst placed row: 1 ÷ k
    l: Mapping[str, int] = field(default_factory=dict)  # noqa: E741 – its name in the literature
    t: Mapping[str, float] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """As plain values, for the manifest."""
        return asdict(self)


def measure(pack: Path | Mapping[str, bytes], manifest: Mapping[str, Any]) -> Measured:
    """Every file compared with the manifest, then k and risk counted anew over the quasi-identifiers.

    `pack`: a folder, or file name → bytes. Without protection it reports and refuses nothing.
    Problems: FileNotAsPromised, KNotHeld, SecretNotHeld.
    """
    contents = {file["name"]: _checked(pack, file) for file in manifest["files"]}
    name = manifest["row_file"]
    if name not in contents:
        raise FileNotAsPromised(file=name, what="missing")
    secrets = [
        each for each in manifest.get("secret", ()) if each.get("whole") or "t" in each
    ]  # elsewhere a class loses the value
    rows, classes, told = _classes(name, contents[name], manifest, [each["column"] for each in secrets])
    for file in manifest["files"]:
        if file["name"] == name and file["rows"] != rows:
            raise FileNotAsPromised(file=name, what="number of rows")
    protected = bool(manifest["rules"]["protection"])
    smallest = min(classes.values(), default=0)
    if protected and smallest < manifest["k"]:
        raise KNotHeld(k=manifest["k"], found=smallest)
    for secret in secrets:
        _must_hold(secret, told[secret["column"]])
    return Measured(
        protection="on" if protected else "off",
        k=smallest,
        rows=rows,
        classes=len(classes),
        unique=sum(1 for size in classes.values() if size == 1),
        prosecutor_risk=len(classes) / rows if rows else 0.0,
        highest_risk=1 / smallest if smallest else 0.0,
        l={column: min(map(len, held.values()), default=0) for column, held in told.items()},
        t={column: _farthest(held, _shares(sum(held.values(), Counter()))) for column, held in told.items()},
    )


def _must_hold(secret: Mapping[str, Any], told: Told) -> None:
    """`shares` of the manifest are those of the table before rows were left out: t is promised against them."""
    column, fewest = secret["column"], min(map(len, told.values()), default=0)
    if secret.get("whole") and fewest < secret["l"]:
        raise SecretNotHeld(column=column, what="l", promised=secret["l"], found=fewest)
    if "t" in secret and (far := _farthest(told, secret["shares"])) > secret["t"] + ROUNDING:
        raise SecretNotHeld(column=column, what="t", promised=secret["t"], found=round(far, 6))


def _shares(values: Counter[str]) -> dict[str, float]:
    return {value: times / values.total() for value, times in values.items()}


def _farthest(told: Told, whole: Mapping[str, float]) -> float:
    """Of all classes, the largest distance of its shares from those of the whole (Li 2007, equal distances)."""
    if any(value not in whole for values in told.values() for value in values):
        return 1.0
    return max((_distance(_shares(values), whole) for values in told.values()), default=0.0)


def _distance(shares: Mapping[str, float], whole: Mapping[str, float]) -> float:
    return sum(abs(shares.get(value, 0.0) - share) for value, share in whole.items()) / 2


def _checked(pack: Path | Mapping[str, bytes], file: Mapping[str, Any]) -> bytes:
    name = file["name"]
    try:
        content = (pack / name).read_bytes() if isinstance(pack, Path) else pack[name]
    except (FileNotFoundError, KeyError):
        raise FileNotAsPromised(file=name, what="missing") from None
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise FileNotAsPromised(file=name, what="SHA-256")
    return content


def _classes(
    name: str, content: bytes, manifest: Mapping[str, Any], secret: Sequence[str]
) -> tuple[int, Counter[Class], dict[str, Told]]:
    """Rows in all; rows for each combination of quasi-identifiers; and the values of each secret column there."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=manifest.get("delimiter", ","), strict=True)
    head = next(reader, [])
    if head != list(manifest["columns"]) or len(set(head)) != len(head):
        raise FileNotAsPromised(file=name, what="columns")
    if not set(manifest["quasi_identifiers"]) <= set(head):
        raise FileNotAsPromised(file=name, what="quasi-identifiers")
    places = [head.index(column) for column in manifest["quasi_identifiers"]]
    hidden = [(column, head.index(column)) for column in secret]
    classes: Counter[Class] = Counter()
    told: dict[str, Told] = {column: {} for column in secret}
    for row in reader:
        if len(row) != len(head):
            raise FileNotAsPromised(file=name, what="width of a row")
        one = tuple(row[place] for place in places)
        classes[one] += 1
        for column, place in hidden:
            told[column].setdefault(one, Counter())[row[place]] += 1
    return classes.total(), classes, told
