"""What is asked for when a release is prepared: as it is handed on, and as a job keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

METHODS, USUAL, ROUNDED, NOISED = (
    ("A", "C", "D"),
    "A",
    "C",
    "D",
)  # of tables, that may be asked for; beside a row file it is another


@dataclass(frozen=True)
class Wanted:
    """What is asked for. A file that continues a series keeps its filters and its k."""

    policy: str
    filters: Mapping[str, Any]
    k: int | None = None
    continues: UUID | None = None  # any edition of the series
    coarser: bool = False  # as coarse as it must be to stand beside what went out
    # The rows and the codebook as CSV alone, to look at; a pack has them in every format.
    as_csv: bool = False
    quotes: Sequence[UUID] = ()  # of tables: from the shelf, for their text
    wording: UUID | None = None  # of tables: what was typed for their text
    method: str = USUAL  # of tables: by which their counts are protected
    hxl: bool = False  # beside the CSV, one with a row of HXL tags
    free: tuple[str, ...] = ()  # tables beside the usual ones, as `free.Free` says them

    def plain(self) -> dict[str, Any]:
        """Codes, days and numbers, in clear as an address holds them; what is typed stays behind its id."""
        asked = {
            "policy": self.policy,
            "filters": dict(self.filters),
            "k": self.k,
            "continues": str(self.continues) if self.continues else None,
            "coarser": self.coarser,
            "hxl": self.hxl,
            "quotes": [str(id) for id in self.quotes],
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
            quotes=tuple(UUID(id) for id in plain.get("quotes", ())),
            wording=wording,
            free=tuple(plain.get("free", ())),
            method=plain.get("method", USUAL),
            hxl=bool(plain.get("hxl")),
        )
