"""What the one judge answers: a Permit, or a refusal with its reason; and the words of the ledger."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from incidents.model.vocabulary import Purpose

GIVEN, REFUSED, WITHDRAWN = "given", "refused", "withdrawn"
EXPIRED, INVALIDATED, NOT_ASKED, REQUESTED = "expired", "invalidated", "not_asked", "requested"
OBJECTED, FAMILIES_DIFFER, HELD = "objected", "families_differ", "held"
DECISIONS = (GIVEN, REFUSED, NOT_ASKED)  # what a person is asked for; the others become of it
EVENTS = (REQUESTED, GIVEN, REFUSED, "changed", "renewed", WITHDRAWN, EXPIRED, INVALIDATED)
# What merely ran out does not stop a pack that was signed already; every other no does.
RAN_OUT = frozenset({EXPIRED, "grown"})

COUNTS = frozenset({Purpose.RECORD, Purpose.STATISTICS})  # no exit of a person: kept, and counted
PUBLICATION = frozenset({Purpose.PUBLISH, Purpose.QUOTE, Purpose.IDENTITY})
ACCOUNT = frozenset({Purpose.PUBLISH, Purpose.QUOTE})  # account, quote, case list
PUBLICATION_MONTHS = 24  # how long a yes to being published holds, unless it says so itself
NEVER_BY_BASIS = frozenset({Purpose.AUTHORITIES, Purpose.CONTACT})
ONLY_AS_PUBLISHED = frozenset({Purpose.IDENTITY, Purpose.QUOTE})


@dataclass(frozen=True, slots=True)
class Permit:
    """Why something may leave: a consent event, or a basis that two people stand for; and how far it goes."""

    kind: str  # consent, basis
    id: UUID
    restricted: bool = False  # restricted acts may be named
    parts: tuple[str, ...] = ()  # of what was told; none named: the whole
    no_place: bool = False
    no_date: bool = False
    recipients: tuple[str, ...] = ()  # none named: whoever the purpose says
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it may not; the code stands in the release's counts."""

    reason: str


Answer = Permit | Refusal
NO = Refusal("no_consent")
