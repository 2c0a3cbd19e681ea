"""Reads the written file as a stranger would, and counts how few rows anybody hides among.

Nothing of ours is imported but the sentences: what the engine gets wrong, this must not get wrong with it. What is
counted beside k stands in `measures`, a subject a file.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from incidents.errors import Problem, _
from incidents.release.measures import attackers, distinct, households, population, report, uniques
from incidents.release.measures.attackers import Found as Attacker
from incidents.release.measures.households import Found as Linked
from incidents.release.measures.population import Found as Sampled
from incidents.release.measures.reading import Beside as Beside
from incidents.release.measures.reading import FileNotAsPromised as FileNotAsPromised
from incidents.release.measures.reading import Read, Told, read
from incidents.release.measures.uniques import Found as Alone

ROUNDING = 1e-9
THRESHOLD = 0.2  # rows of a higher risk are counted, unless the policy says another one
LIMIT = 0.03  # of the global risk against a population: what the Centre for Humanitarian Data asks for


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
    """What the file holds, counted in rows: it has no ids. `k`: rows of the smallest class, 0 for no rows.

    `prosecutor_risk`: mean over rows of 1 ÷ class size, which is classes ÷ rows (El Emam and Dankar 2008).
    `l`, `t`: of each secret column whose failing classes are left out, the fewest different values of a class, and
    the farthest that the shares of its values are from those of the whole file (half the sum of the differences).
    `distinct`: fewest different incidents and persons of a class, where whoever wrote the file handed them over.
    """

    protection: str  # "on" | "off"
    k_promised: int
    k: int
    rows: int
    classes: int
    unique: int  # classes of a single row
    prosecutor_risk: float
    highest_risk: (
        float  # of the worst placed row: 1 ÷ the fewest incidents or persons of a class, where they are known
    )
    threshold: float
    above_threshold: float  # share of the rows whose risk is above it
    uniques: Alone
    read: Read = field(repr=False)
    l: Mapping[str, int] = field(default_factory=dict)  # noqa: E741 – its name in the literature
    t: Mapping[str, float] = field(default_factory=dict)
    population: Sampled | None = None
    households: Linked | None = None
    attackers: tuple[Attacker, ...] = ()
    distinct: Mapping[str, int] | None = None

    def figures(self) -> dict[str, Any]:
        """As plain values for the manifest and for anybody: nothing that speaks of fewer than k rows."""
        return report.public(self._figures())

    def internal(self) -> dict[str, Any]:
        """For those who prepare and sign, with the smallest classes and the rows that stand out; in no pack."""
        return report.internal(self._figures(), self.read, self.uniques)

    def _figures(self) -> dict[str, Any]:
        plain = (
            "protection", "k_promised", "k", "rows", "classes", "unique", "prosecutor_risk", "highest_risk",
            "threshold", "above_threshold",
        )  # fmt: skip
        return {name: getattr(self, name) for name in plain} | {
            "counted": report.COUNTED,
            "l": dict(self.l),
            "t": dict(self.t),
            "uniques": self.uniques.figures(),
            "population": self.population.figures() if self.population else None,
            "households": self.households.figures() if self.households else None,
            "attackers": [each.figures() for each in self.attackers],
            "distinct": None if self.distinct is None else dict(self.distinct),
        }


def measure(
    pack: Path | Mapping[str, bytes], manifest: Mapping[str, Any], beside: Beside | None = None
) -> Measured:
    """Every file compared with the manifest, then k and risk counted anew over the quasi-identifiers.

    `pack`: a folder, or file name → bytes. Without protection it reports and refuses nothing.
    Problems: FileNotAsPromised, KNotHeld, SecretNotHeld, AttackerNotHeld, DistinctNotHeld, RiskTooHigh,
    PopulationMissing.
    """
    name, content = manifest["row_file"], None
    for file in manifest["files"]:  # one after the other: only the rows are kept
        found_there = _checked(pack, file)
        content = found_there if file["name"] == name else content
    if content is None:
        raise FileNotAsPromised(file=name, what="missing")
    secrets = [
        each for each in manifest.get("secret", ()) if each.get("whole") or "t" in each
    ]  # elsewhere a class loses the value
    counted = read(name, content, manifest, [each["column"] for each in secrets])
    for file in manifest["files"]:
        if file["name"] == name and file["rows"] != counted.rows:
            raise FileNotAsPromised(file=name, what="number of rows")
    found = _measured(counted, manifest, beside or Beside())
    if manifest["rules"]["protection"]:
        _must_keep(found, manifest, secrets, beside or Beside())
    return found


def _measured(counted: Read, manifest: Mapping[str, Any], beside: Beside) -> Measured:
    rules: dict[str, Any] = {"threshold": THRESHOLD, "limit": LIMIT} | dict(manifest.get("risk_rules", {}))
    classes, k, threshold = counted.over(counted.quasi), manifest["k"], rules["threshold"]
    smallest, rows = min(classes.values(), default=0), counted.rows
    sampled = population.measured(counted, beside, rules)
    risk = population.risks_of(counted, beside, sampled)
    different = distinct.measured(counted, beside, manifest["row_file"])
    fewest = min(smallest, *(different or {}).values()) if different else smallest
    return Measured(
        protection="on" if manifest["rules"]["protection"] else "off",
        k_promised=k,
        k=smallest,
        rows=rows,
        classes=len(classes),
        unique=sum(1 for size in classes.values() if size == 1),
        prosecutor_risk=len(classes) / rows if rows else 0.0,
        highest_risk=1 / fewest if fewest else 0.0,
        threshold=threshold,
        above_threshold=sum(size for size in classes.values() if 1 / size > threshold) / rows
        if rows
        else 0.0,
        uniques=uniques.measured(
            counted, rows / sampled.people if sampled and sampled.people > rows else None
        ),
        read=counted,
        l={column: min(map(len, held.values()), default=0) for column, held in counted.told.items()},
        t={
            column: _farthest(held, _shares(sum(held.values(), Counter())))
            for column, held in counted.told.items()
        },
        population=sampled,
        households=households.measured(counted, rules.get("household"), risk),
        attackers=tuple(
            attackers.measured(counted, each, k, threshold) for each in manifest.get("attackers", ())
        ),
        distinct=different,
    )


def _must_keep(
    found: Measured, manifest: Mapping[str, Any], secrets: list[Mapping[str, Any]], beside: Beside
) -> None:
    """Every promise, the plainest first."""
    if found.k < manifest["k"]:
        raise KNotHeld(k=manifest["k"], found=found.k)
    distinct.must_hold(found.distinct, manifest["k"])
    for secret in secrets:
        _must_hold(secret, found.read.told[secret["column"]])
    for each in found.attackers:
        attackers.must_hold(each, found.read, beside.coarser)
    if found.population is not None:
        population.must_hold(found.population, found.read, beside)


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
