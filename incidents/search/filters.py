"""What a list is asked for: codes of facets and a few columns that stand in clear. It holds no name and no text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from incidents.model.vocabulary import IncidentState, Verification


class Sort(StrEnum):
    NEWEST = "newest"  # by the day received
    OLDEST = "oldest"
    REFERENCE = "reference"
    HAPPENED = "happened"  # by the first day that the incident may mean; opens facts, so of few incidents


@dataclass(frozen=True)
class Filter:
    """All of these together; of one facet, any of its codes."""

    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # facet → codes
    state: IncidentState | None = None
    assignee: UUID | None = None
    verification: Verification | None = None  # of at least one act
    received_from: date | None = None
    received_to: date | None = None
    sort: Sort = Sort.NEWEST

    @property
    def plain(self) -> bool:
        """Whether the columns of the incident alone answer it."""
        return not any(self.codes.values()) and self.verification is None
