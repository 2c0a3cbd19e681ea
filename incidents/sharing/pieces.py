"""Evidence in a package: which working copies go with an incident, and what speaks for and against each.

Beside what `evidence.weigh` asks of everybody in a piece, a piece goes only with its incident: where somebody who told
of it permits, where nobody in it was in an act that stays out because it is restricted, and without the place or the
date where one of those in the incident said so.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from incidents import evidence
from incidents.consent import Permit
from incidents.evidence import Weighed
from incidents.search import Opened
from incidents.sharing.choice import Choice
from incidents.work import Work

NO_TELLER, RESTRICTED, NO_INCIDENT = "no_teller", "restricted_act", "incident"


@dataclass(frozen=True)
class Offer:
    """One piece of an incident; it may go where there is no reason against it."""

    number: int  # among the evidence of the incident, as its page counts
    weighed: Weighed
    without: frozenset[
        str
    ]  # place, date: somebody said yes without it, so somebody has to look whether it shows it
    reasons: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True)
class Piece:
    """A working copy that goes: the file it is in the package."""

    id: UUID
    reference: str
    file: str
    type: str
    size: int
    sha256: str

    def as_said(self) -> dict[str, Any]:
        """As the package says it of itself."""
        said = ("reference", "file", "type", "size", "sha256")
        return {name: getattr(self, name) for name in said}


@dataclass(frozen=True)
class Terms:
    """What an incident asks of its evidence."""

    permits: Collection[Permit]  # of those in it
    told: Callable[[UUID | None], bool]  # whether somebody who told of a report permits
    hushed: Collection[UUID]  # whoever was in an act that is restricted and stays out
    goes: bool  # whether anything of the incident goes


def offers(work: Work, choice: Choice, opened: Opened, terms: Terms) -> list[Offer]:
    """Each piece of an incident, weighed for this recipient."""
    items = [line.item for line in evidence.of_incident(work, opened.incident)]
    weighed = evidence.weigh(work, items, choice.purpose, to=choice.recipient, bare=choice.evidence)
    return [_offer(choice, number, each, terms) for number, each in enumerate(weighed, 1)]


def _offer(choice: Choice, number: int, weighed: Weighed, terms: Terms) -> Offer:
    without = weighed.without | _without(terms.permits)
    bare = choice.evidence.get(weighed.item.id, ())
    report = weighed.item.report_id
    more = {
        NO_INCIDENT: not terms.goes,
        NO_TELLER: report is not None and not terms.told(report),
        RESTRICTED: bool({*terms.hushed} & {*weighed.people}),
        **{f"shows-{what}": what in without and what not in bare for what in evidence.SHOWS},
    }
    reasons = dict.fromkeys((*weighed.reasons, *(code for code, is_so in more.items() if is_so)))
    return Offer(number, weighed, without, tuple(reasons), weighed.item.id in choice.evidence)


def _without(permits: Iterable[Permit]) -> frozenset[str]:
    return frozenset(
        what
        for permit in permits
        for what, is_so in zip(evidence.SHOWS, (permit.no_place, permit.no_date), strict=True)
        if is_so
    )


def piece(number: int, offer: Offer) -> Piece:
    """The file that it is in the package: a made name, which says how it is opened and nothing else."""
    item, copy = offer.weighed.item, offer.weighed.copy
    assert copy is not None  # noqa: S101  without one it is not offered
    name = evidence.made_name(item, copy.facts["type"], "copy")
    return Piece(
        id=item.id,
        reference=evidence.reference(item),
        file=f"evidence-{number}.{name.rpartition('.')[2]}",
        type=copy.facts["type"],
        size=copy.facts["size"],
        sha256=copy.facts["sha256"],
    )
