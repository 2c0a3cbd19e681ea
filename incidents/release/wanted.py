"""What is asked for when a release is prepared: as it is handed on, and as a job keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

USUAL = "A"  # method of tables


@dataclass(frozen=True)
class Wanted:
    """What is asked for. A file that continues a series keeps its filters and its k."""

    policy: str
    filters: Mapping[str, Any]
    k: int | None = None
    continues: UUID | None = None  # any edition of the series
    coarser: bool = False  # as coarse as it must be to stand beside what went out
    as_csv: bool = (
        False  # the rows and the codebook as CSV alone, to look at; a pack has them in every format
    )
    wording: UUID | None = None  # of tables: what was typed for their text
    method: str = USUAL  # of tables: by which their counts are protected
    free: tuple[str, ...] = ()  # tables beside the usual ones, as `plan.Free` says them

    def plain(self) -> dict[str, Any]:
        """Codes, days and numbers, in clear as an address holds them; what is typed stays behind its id."""
        asked = {
            "policy": self.policy,
            "filters": dict(self.filters),
            "k": self.k,
            "continues": str(self.continues) if self.continues else None,
            "coarser": self.coarser,
            "wording": str(self.wording) if self.wording else None,
            "free": list(self.free),
            "method": self.method if self.method != USUAL else None,
        }
        return {name: value for name, value in asked.items() if value}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Wanted":
        """The other way round."""
        continues, wording = (
            UUID(plain[name]) if name in plain else None for name in ("continues", "wording")
        )
        return cls(
            plain["policy"],
            plain.get("filters", {}),
            plain.get("k"),
            continues,
            bool(plain.get("coarser")),
            wording=wording,
            free=tuple(plain.get("free", ())),
            method=plain.get("method", USUAL),
        )
