"""What every product of a release has: what is asked for, what would go out, and how it is made and asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from incidents.model.release import Release
from incidents.release import quoted
from incidents.release.gather import Gathered
from incidents.release.policy import Policy
from incidents.release.rows import Rows, spoken_of
from incidents.release.stages import Told, silent
from incidents.release.wanted import Wanted
from incidents.work import Work

OURS = frozenset({"compared", "lumps", "unsaid"})  # of a manifest: not in the one that leaves


@dataclass(frozen=True)
class Preview:
    """What would go out, before anybody signs: nothing of it is stored."""

    manifest: dict[str, Any]
    files: Mapping[str, bytes] = field(repr=False)
    rows: Sequence[dict[str, str]] = field(repr=False)  # aligned with `released`, where rows go out protected
    gathered: Gathered = field(repr=False)
    released: tuple[int, ...] = field(repr=False)
    threads: tuple[str, ...] = field(repr=False)  # of each row released, the name it goes by in the ledger
    series: UUID | None = None  # the first edition of the series that it continues
    quotes: Sequence[quoted.Chosen] = field(default=(), repr=False)  # what is printed from the shelf


class Product(Protocol):
    """A product knows how it is made; whoever prepares, signs and recalls does not."""

    def must_fit(self, rules: Policy, wanted: Wanted) -> None:
        """Refuse what cannot be asked of it."""
        ...

    def look(self, work: Work, rules: Policy, wanted: Wanted, told: Told) -> Preview:
        """All of it, from records to files."""
        ...

    def today(self, work: Work, rules: Policy, filters: Mapping[str, Any], told: Told = silent) -> Gathered:
        """What the same choice holds today."""
        ...

    def must_stand(self, work: Work, release: Release, now: Gathered) -> None:
        """Before a signature: what went out since it was prepared counts too. `now`: what it holds today."""
        ...


def distinct(gathered: Gathered, released: Sequence[int]) -> dict[str, int]:
    """How many different incidents and persons the rows tell of: rows are neither."""
    if isinstance(gathered.rows, Rows):
        return gathered.rows.distinct(released)
    told = [spoken_of(gathered.rows, number) for number in released]
    return {
        "incidents": len({incident for incident, _persons in told}),
        "persons": len({person for _incident, persons in told for person in persons}),
    }


def outward(promised: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest as it leaves: that one import was chosen is said, its id is ours; so is what else went out.

    How rare values are told stays with the series: of what is told coarsely, it would tell more than the file.
    """
    filters = {n: "one import" if n == "batch" else value for n, value in promised["filters"].items()}
    return {n: value for n, value in promised.items() if n not in OURS} | {"filters": filters}
