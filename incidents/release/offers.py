"""What a small set may become: four offers in their order, each with what it would lose. Nothing of it is kept.

A row file of a few hundred incidents says little, and that is the usual case; so is a refusal. What the engine makes is
measured here as it would go out; of tables and of a case list it is said who could be in them by consent today.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from incidents.errors import Problem
from incidents.release import anonymize, editions, policy, publish, rowed, standing
from incidents.release.gather import Gathered, gather
from incidents.release.policy import Policy
from incidents.work import Permission, Work

OFFERED = ("public-table", "report-narrative", "small-rows", "partner")
SMALL = 1000  # different incidents
MUCH = 0.4  # of the detail
MOST = 20_000  # rows of a set for which rows are made here only to be looked at
REFUSALS = (
    anonymize.TooFewForK,
    editions.ReleasesDiffer,
    standing.TablesStand,
)  # what the four offers answer


@dataclass(frozen=True)
class Offer:
    """One of the four. `made`: the row file as it would go out; `problem`: why there is none."""

    rules: Policy
    counts: Mapping[str, Any]  # considered, released, excluded by reason, in rows
    incidents: int
    persons: int
    made: publish.Preview | None = field(default=None, repr=False)
    problem: Problem | None = None


def why(made: publish.Preview) -> str:
    """`small`: too few incidents for a row file that says much; `lost`: it says too little; empty: neither."""
    certificate = made.manifest["certificate"]
    if not certificate:  # rows without protection
        return ""
    if editions.incidents(made.gathered) < SMALL:
        return "small"
    return "lost" if certificate["loss"] > MUCH else ""


def beside(work: Work, wanted: publish.Wanted, made: publish.Preview) -> tuple[str, list[Offer]]:
    """Why there are offers beside a preview, and the four; neither where it says enough. A series stays what it is."""
    reason = "" if wanted.continues else why(made)
    return reason, all_four(work, wanted.filters, made) if reason else []


def all_four(work: Work, filters: Mapping[str, Any], known: publish.Preview | None = None) -> list[Offer]:
    """The offers for what these filters take; `known`: a preview that is there already."""
    work.actor.must(Permission.RELEASE_PREPARE)
    return [_offer(work, policy.load(name), filters, known) for name in OFFERED]


def _offer(work: Work, rules: Policy, filters: Mapping[str, Any], known: publish.Preview | None) -> Offer:
    if known is not None and known.manifest["policy"] == rules.name:
        return _made(rules, known)
    gathered = gather(work, rules, filters)
    if rules.product == standing.TABLES:
        return _exact(work, rules, gathered)
    if rules.product != "rows" or len(gathered.rows) > MOST:
        return _counted(rules, gathered)
    try:
        made = rowed.of_gathered(work, publish.Wanted(rules.name, filters), rules, gathered)
    except REFUSALS as problem:
        return _counted(rules, gathered, problem)
    return _made(rules, made)


def _exact(work: Work, rules: Policy, gathered: Gathered) -> Offer:
    """Tables; none of incidents whose rows are out."""
    try:
        standing.must_be_alone(work, rules.product, gathered)
    except standing.RowsStand as problem:
        return _counted(rules, gathered, problem)
    return _counted(rules, gathered)


def _made(rules: Policy, made: publish.Preview) -> Offer:
    said = made.manifest
    people = said["distinct"]
    return Offer(rules, said["counts"], people["incidents"], people["persons"], made)


def _counted(rules: Policy, gathered: Gathered, problem: Problem | None = None) -> Offer:
    """Who could be in it by consent; of a row file that cannot be made, nobody."""
    places = range(len(gathered.rows)) if problem is None else range(0)
    people = publish.distinct(gathered, places)
    counts = {
        "considered": gathered.considered,
        "released": len(places),
        "excluded": gathered.excluded,
    }
    return Offer(rules, counts, people["incidents"], people["persons"], problem=problem)
