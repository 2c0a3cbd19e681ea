"""What the methodology of an edition needs to know: counts, and the few words that are no counts.

Its counts stand under keys as those of tables do, with how they add up, so that whatever protects the tables protects
them too: numbers of the methodology, tables and charts are one attack surface. What nobody recorded is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from incidents.release.tables.cells import Counted, Key, Relation

NAMED_FROM = 5  # a place or a language of fewer interviews is not named


def key(thing: str, /, **codes: str) -> Key:
    """What is counted, and the code on each axis, as the keys of tables are."""
    return (thing, *(f"{name}={codes[name]}" for name in sorted(codes)))


INTERVIEWS = key("interviews")
TELLERS = key("tellers")
INCIDENTS = key("incidents")  # counted with the tables
ASIDE = key("incidents_aside")  # likewise
FAMILIES = key("families")  # likewise
PERSONS = key("persons")  # likewise
DOCUMENTED = key("incidents", documents="yes")
CONSENTED = key("agreed")
EXPLAINED = key("agreed", explained="yes")
ON_A_BASIS = key("otherwise")

OUTCOMES = ("INC", "NOT", "STP", "REF")
PARTS_OF_TELLERS = ("women", "men", "children", "unknown")
METHODS = ("spoken", "signed", "recorded", "thumbprint")
# Why a row stays out, as a reader is told: of an answer that says how somebody fares no more than that.
OUT = {
    "withdrawn": "withdrawn",
    "erased": "withdrawn",
    "not_verified": "not_verified",
    "duplicate": "duplicate",
    "filtered": "filtered",
    "suppressed": "protection",
    "waiting": "protection",
    "held_back": "protection",
    "held": "safety",
    "missing": "safety",
    "dead": "safety",
    "danger": "safety",
    "unreadable": "other",
    "training": "other",
    "no_person": "other",
    "changed": "other",
    "other": "other",
}
AGREEMENT = "agreement"  # every other reason: some consent is not there
REASONS = ("agreement", "withdrawn", "safety", "not_verified", "duplicate", "filtered", "protection", "other")


@dataclass(frozen=True, slots=True)
class Fates:
    """What was looked at, and how much of it stayed out for which reason. `unit`: incidents, or rows of a file.

    `aside`: of the incidents that a table shows as kept out by what was decided, each reason, "" for those counted.
    """

    unit: str
    considered: int
    excluded: Mapping[str, int]
    aside: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> Key:
        """The key of all that was looked at."""
        return key("looked_at", unit=self.unit)

    @property
    def released(self) -> Key:
        """The key of what is counted; incidents are, with the tables."""
        return INCIDENTS if self.unit == "incidents" else key(self.unit)


@dataclass(frozen=True, slots=True)
class Facts:
    """Beside the tables, what the text is made of. `months`: the first and the last in which interviews were held.

    `places` (codes) and `languages`: those of at least five interviews; `elsewhere`, `others`: whether there were more.
    """

    organisation: str
    data_date: date
    counts: Mapping[Key, int] = field(repr=False)
    relations: tuple[Relation, ...] = field(default=(), repr=False)
    fates: Fates | None = field(default=None, repr=False)
    months: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    elsewhere: bool = False
    languages: tuple[str, ...] = ()
    others: bool = False
    states: tuple[str, ...] = ()  # of verification: codes that an act must be in
    published: bool = False  # others published all of it; nobody was interviewed
    noise: Mapping[str, str] = field(
        default_factory=dict
    )  # of tables with noise: how much, and what is left out


@dataclass(frozen=True, slots=True)
class Typed:
    """What whoever prepares the edition answers for, since no record says it. Paragraphs: language → text."""

    title: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()  # names of those that are printed; none: all but those of one status
    purpose_explained: bool = False
    could_stop: bool = False
    nobody_paid: bool = False
    in_private: bool = False  # said only where no record says of how many
    places: Mapping[str, str] = field(default_factory=dict)
    not_reached: Mapping[str, str] = field(default_factory=dict)
    overlap: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)


class SameKeyOtherCount(ValueError):
    """Two counts under one key: one of them counts something else."""


def joined(counted: Counted, facts: Facts) -> Counted:
    """The tables and the methodology as one thing to be protected. SameKeyOtherCount: a fault of ours."""
    if any(counted.counts.get(each, number) != number for each, number in facts.counts.items()):
        raise SameKeyOtherCount
    return replace(
        counted,
        counts={**counted.counts, **facts.counts},
        relations=(*counted.relations, *facts.relations, *_of_everybody(counted, facts)),
    )


def _of_everybody(counted: Counted, facts: Facts) -> tuple[Relation, ...]:
    """Whose consent it rests on and whom another basis stands for are everybody, where no group counts for many."""
    parts = (CONSENTED, ON_A_BASIS)
    whole = sum(facts.counts.get(each, 0) for each in parts)
    return (Relation(PERSONS, parts),) if whole and counted.counts.get(PERSONS) == whole else ()
