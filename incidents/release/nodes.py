"""How many classes and rows a choice of levels leaves of the data of today. Counts only; nothing of it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from incidents.release import anonymize, table
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
    work.actor.must(Permission.RELEASE_PREPARE)
    return table.build(gather(work, rules, {}).rows, rules)


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


def by_level(coded: table.Table, rules: Policy, column: str) -> list[Weighed]:
    """A column alone, at each of its levels: all others say nothing."""
    silent = {ladder.column: ladder.levels[-1] for ladder in coded.ladders}
    mine = next(ladder for ladder in coded.ladders if ladder.column == column)
    return [weigh(coded, rules, silent | {column: level}) for level in mine.levels]
