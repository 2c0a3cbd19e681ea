"""How many classes and rows a choice of levels leaves of the data of today. Counts only; nothing of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.errors import MoveNotAllowed
from incidents.model.tree import Version, trying
from incidents.release import anonymize, policy, table
from incidents.release.gather import gather
from incidents.release.policy import Policy
from incidents.work import Permission, Work


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is left at some levels. `lost`: share of the detail, in all and of each column."""

    levels: Mapping[str, str]
    rows: int  # of which so many may go out by their consents and states
    kept: int
    classes: int
    loss: float
    lost: Mapping[str, float] = field(default_factory=dict)

    @property
    def out(self) -> int:
        """Rows lost because too few are alike."""
        return self.rows - self.kept


def coded(work: Work, rules: Policy) -> table.Table:
    """The rows of today, ready to be counted at any levels of this policy."""
    return table.build(_rows(work, rules), rules)


def _rows(work: Work, rules: Policy) -> Sequence[Mapping[str, Any]]:
    work.actor.must_any(frozenset({Permission.RELEASE_PREPARE, Permission.VOCABULARY_SET}))
    return gather(work, rules, {}).rows


@dataclass(frozen=True, slots=True)
class Effect:
    """What a policy leaves of the data of today, before and after a hierarchy is changed."""

    policy: str
    before: Weighed
    after: Weighed


def effects(work: Work, version: Version) -> list[Effect]:
    """For each policy that goes along this hierarchy: what its search finds by the version in force, and by this."""
    found = []
    for rules in map(policy.load, policy.names()):
        if rules.product != "rows" or not rules.protection or not _goes_along(rules, version.name):
            continue
        rows = _rows(work, rules)
        before = _best(rows, rules)
        with trying(version):
            found.append(Effect(rules.name, before, _best(rows, rules)))
    return found


def _goes_along(rules: Policy, name: str) -> bool:
    return any(quasi.hierarchy == name for quasi in rules.quasi) or any(
        secret.by in {name, f"{name}_group"} for secret in rules.secret
    )


def _best(rows: Sequence[Mapping[str, Any]], rules: Policy) -> Weighed:
    """By the levels that lose least, as a release would be made."""
    coded = table.build(rows, rules)
    try:
        result = anonymize.anonymize(coded, rules)
    except anonymize.TooFewForK:
        return Weighed({}, coded.size, 0, 0, 1.0)
    classes = len(set(result.classes))
    return Weighed(dict(result.node), coded.size, len(result.released), classes, result.loss, result.lost)


def weigh(coded: table.Table, rules: Policy, levels: Mapping[str, str]) -> Weighed:
    """At these levels; a column that is not named stands at its finest one."""
    chosen = {
        ladder.column: levels.get(ladder.column, "")
        if levels.get(ladder.column) in ladder.levels
        else ladder.levels[0]
        for ladder in coded.ladders
    }
    node = tuple(ladder.levels.index(chosen[ladder.column]) for ladder in coded.ladders)
    try:
        result = anonymize.at(coded, rules, rules.k, node)
    except anonymize.TooFewForK:
        return Weighed(chosen, coded.size, 0, 0, 1.0, dict.fromkeys(chosen, 1.0))
    return Weighed(
        chosen, coded.size, len(result.released), len(set(result.classes)), result.loss, result.lost
    )


def of_today(work: Work, rules: Policy, levels: Mapping[str, str]) -> Weighed:
    """The same of the rows of today. Problems: MakesNoRows; MoveNotAllowed, where nothing is coarsened."""
    if rules.product != "rows":
        raise anonymize.MakesNoRows(policy=rules.name, product=rules.product)
    if not rules.protection:
        raise MoveNotAllowed
    return weigh(coded(work, rules), rules, levels)


def by_level(coded: table.Table, rules: Policy, column: str) -> list[Weighed]:
    """A column alone, at each of its levels: all others say nothing."""
    silent = {ladder.column: ladder.levels[-1] for ladder in coded.ladders}
    mine = next(ladder for ladder in coded.ladders if ladder.column == column)
    return [weigh(coded, rules, silent | {column: level}) for level in mine.levels]
