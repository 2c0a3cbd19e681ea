"""What stands already: row files and tables that anybody may have. Of one incident there is one of the two, never both.

Rows are published, so whoever has exact counts of the same incidents takes the rows of a state from its total, and what
is left is those who were too few to be shown. A row file has tables of its own; exact tables are made where there is no
row file (`docs/decisions/0031`). What went to somebody by name, under an agreement, is not published and counts for
nothing here.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from incidents.errors import Problem, _
from incidents.model.release import Release, ReleasedRow
from incidents.release import editions, ledger, policy
from incidents.release.gather import Gathered
from incidents.release.wanted import METHODS
from incidents.work import Work

ROWS, TABLES = "rows", "tables"


class RowsStand(Problem):
    """Tables beside rows of the same incidents."""

    status = 409
    code = "rows-stand"
    sentence = _(
        "Tables cannot be made of these incidents: %(references)s, which anybody may have, holds rows of %(shared)s of "
        "them, and taken from exact counts they would tell how few are not in it. It has tables of its own rows: "
        "continue its series, or choose a period that it does not hold."
    )


class TablesStand(Problem):
    """Rows beside tables of the same incidents."""

    status = 409
    code = "tables-stand"
    sentence = _(
        "A row file for anybody cannot be made of these incidents: %(references)s, which anybody may have, counts "
        "%(shared)s of them, and rows taken from exact counts would tell how few are not in the file. Choose a period "
        "that these tables do not count, a file for one partner, or go on with tables."
    )


class OtherMethod(Problem):
    """Two editions of the same incidents by two methods: what one blurs, the other shows."""

    status = 409
    code = "other-method"
    sentence = _(
        "%(reference)s, which went out before, counts some of the same incidents and was protected by method "
        "%(method)s. Beside it, tables by another method would tell more than either: choose the same method."
    )


OTHER: dict[str, tuple[str, type[Problem]]] = {ROWS: (TABLES, TablesStand), TABLES: (ROWS, RowsStand)}


@dataclass(frozen=True)
class Standing:
    """Row files and tables that went out to anybody, the oldest first. `due`: the day on which tables may follow."""

    rows: list[Release]
    tables: list[Release]
    due: date | None


def out(work: Work, product: str) -> list[Release]:
    """Those of a product that anybody may have: signed, or recalled after a download.

    Not what others published before: it tells nothing of those who told us.
    """
    rules = {each: policy.load(each.policy) for each in ledger.went_out(work)}
    return [
        each
        for each, of in rules.items()
        if of.product == product and (of.public or product == TABLES) and not of.published
    ]


def stands(work: Work) -> Standing:
    """For whoever is about to choose."""
    rows, tables = out(work, ROWS), out(work, TABLES)
    latest = tables[-1] if tables else None
    due = (latest.signed_on or latest.prepared_on) + editions.APART if latest else None
    return Standing(rows, tables, due)


def all_out(work: Work) -> list[Release]:
    """What anybody may have, rows and tables."""
    return [*out(work, ROWS), *out(work, TABLES)]


def held(work: Work) -> tuple[list[Release], set[UUID]]:
    """The same, and the incidents in it, by the id under which each counts today."""
    there = all_out(work)
    incidents = ledger.incidents_of(work, there)
    return there, {UUID(id) for some in incidents for id in some}


def must_be_alone(work: Work, product: str, gathered: Gathered) -> None:
    """Refuse what would stand beside the other product of the same incidents. Problems: RowsStand, TablesStand."""
    _must_share_none(work, product, lambda: editions.incidents_in(gathered))


def must_have_room(work: Work, gathered: Gathered, method: str) -> None:
    """Refuse tables that may not stand beside what went out. Problems: RowsStand, TooSoon, OtherMethod."""
    there = {work.vault.keyed(ledger.INCIDENT, row["incident"]) for row in gathered.rows}
    must_be_alone(work, TABLES, gathered)
    must_be_time(work, there)
    must_be_one_method(work, there, method)


def replaces(work: Work, release: Release) -> bool:
    """Whether it is the correction of what somebody may have. Of one that nobody has it is as any other."""
    return release.corrects is not None and release.corrects in {each.id for each in ledger.went_out(work)}


def must_stay_alone(work: Work, product: str, release: Release) -> None:
    """The same before a signature, of what is in it; what takes the place of one that stands may come at any time."""
    if not replaces(work, release):
        _must_share_none(work, product, lambda: ledger.incidents_of(work, [release])[0])


def _must_share_none(work: Work, product: str, incidents: Callable[[], AbstractSet[str]]) -> None:
    other, problem = OTHER[product]
    there = out(work, other)
    if not there:
        return
    ours = incidents()
    held = {
        each.reference: found & ours
        for each, found in zip(there, ledger.incidents_of(work, there), strict=True)
        if found & ours
    }
    if held:
        shared = len(frozenset[str]().union(*held.values()))
        raise problem(references=", ".join(held), shared=shared)


def must_be_time(work: Work, incidents: AbstractSet[bytes]) -> None:
    """Tables that follow each other closely, or by other filters, tell more than they print. Problem: TooSoon.

    `incidents`: those counted, as the ledger names them.
    """
    there = out(work, TABLES)
    if not there:
        return
    # Not in the latest alone: between two editions of one state, one of another would make all of it seem new.
    query = select(ReleasedRow.incident).where(ReleasedRow.release_id.in_([each.id for each in there]))
    known = {*work.db.scalars(query)}
    editions.must_be_time(work, there, len(incidents - known))


def must_be_one_method(work: Work, incidents: AbstractSet[bytes], method: str) -> None:
    """Refuse tables of incidents that went out in tables protected in another way. Problem: OtherMethod.

    An exact total beside a rounded part narrows what is hidden under either; so it is one path, also years later.
    """
    for each in out(work, TABLES):
        by = work.read(each, "manifest")["method"]
        query = select(ReleasedRow.incident).where(ReleasedRow.release_id == each.id)
        if by in METHODS and by != method and not incidents.isdisjoint(work.db.scalars(query)):
            raise OtherMethod(reference=each.reference, method=by)
