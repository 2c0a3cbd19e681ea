"""Rows of a file that went out, of which its ledger does not say what they say: what the file itself leaves to them.

A reader has the file, whatever became of its ledger. So what the ledger accounts for is taken away from the file, and
what is left was said of the rows it is silent on: of each exactly, where all that is left is alike; else one of
several.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.errors import Problem, _
from incidents.release.differ import Row, Unsaid
from incidents.release.entries import Entries


class LedgerSilent(Problem):
    """A release that waits, whose own ledger lacks something: it cannot be laid beside others."""

    status = 409
    code = "ledger-silent"
    sentence = _(
        "The ledger of %(reference)s does not say of every row what it says, so that it cannot be compared with what "
        "went out. Discard it and prepare it again."
    )


@dataclass
class Told:
    """A file as its ledger has it. `told`: combinations of values, and how many rows are said to say each."""

    columns: Sequence[str]
    rows: dict[str, Row] = field(default_factory=dict, repr=False)
    told: Counter[tuple[str, ...]] = field(default_factory=Counter, repr=False)
    # Thread → a row of which nothing is said.
    silent: dict[str, Row] = field(default_factory=dict, repr=False)

    def is_whole(self, released: int) -> bool:
        """Whether it says what each of so many rows says."""
        return not self.silent and self.told.total() == released


def filled(ledger: Told, file: Sequence[Mapping[str, str]], reference: str) -> tuple[dict[str, Row], Unsaid]:
    """The rows of a file as far as they are known, and what stands in it of which it is not known whose it is."""
    if any(row.keys() != {*ledger.columns} for row in file[:1]):
        # It tells of other columns: nothing of it is known.
        everybody = {**ledger.rows, **ledger.silent}
        ledger = Told(list(file[0]), silent=everybody)
        return {}, _any_of(ledger, {tuple(row.values()): None for row in file})
    there = Counter(tuple(row.get(name, "") for name in ledger.columns) for row in file)
    left = there - ledger.told
    if ledger.told - there or left.total() < len(ledger.silent):  # it says what does not stand in the file
        return ledger.rows, _any_of(ledger, there)
    if len(left) > 1:
        return ledger.rows, _any_of(ledger, left)
    rows = dict(ledger.rows)
    for line, number in left.items():
        values = dict(zip(ledger.columns, line, strict=True))
        rows |= {thread: Row(values, row.incident, row.persons) for thread, row in ledger.silent.items()}
        gone = number - len(ledger.silent)  # of somebody erased since
        rows |= {f"{reference}/{each}": Row(values, None, ()) for each in range(gone)}
    return rows, Unsaid()


def must_tell(ledger: Mapping[str, Any], released: int, reference: str) -> None:
    """Before a signature beside nothing: it tells of each row, since what comes later is laid beside it.

    Problem: LedgerSilent.
    """
    if len(Entries(ledger["entries"])) < released:
        raise LedgerSilent(reference=reference)


def _any_of(ledger: Told, lines: Iterable[tuple[str, ...]]) -> Unsaid:
    may_say = tuple(dict(zip(ledger.columns, line, strict=True)) for line in lines)
    return Unsaid(may_say, frozenset(row.incident for row in ledger.silent.values() if row.incident))
