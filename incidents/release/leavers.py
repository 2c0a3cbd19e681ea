"""Why a row of an edition may not be in its correction: in as few words as a reader may know.

Beside the edition a correction tells of whom its counts speak, at least of which class. So whatever a person decided,
and however they fare, is one word; only what was decided about a record has its own.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from incidents.model.release import Release, ReleasedRow
from incidents.release import ledger, printing
from incidents.release.gather import Gathered, judged
from incidents.release.opening import Joined
from incidents.release.policy import Policy
from incidents.work import Work

WITHDRAWN, CHANGED, DUPLICATE = "withdrawn", "changed", "duplicate"
# Of the reasons of today those that tell of a record; every other one is somebody's no.
OF_A_RECORD = {
    "not_verified": "not_verified",
    DUPLICATE: DUPLICATE,
    printing.PRINTED: printing.PRINTED,
    **dict.fromkeys(
        (CHANGED, "filtered", "incomplete"), CHANGED
    ),  # it says something else by now: another row
}


def reasons(
    work: Work, edition: Release, rules: Policy, filters: Mapping[str, Any], still: Gathered, gone: int
) -> dict[str, int]:
    """Why `gone` rows of this edition are not among those that are `still` there, by reason.

    Of an edition of before it was kept which act a row is of, all of them left for one word.
    """
    there = {ledger.whose(work, act, person) for act, person in zip(still.acts, still.people, strict=True)}
    query = select(ReleasedRow.whose, ReleasedRow.incident).where(ReleasedRow.release_id == edition.id)
    left, erased = set[bytes](), 0
    for whose, incident in work.db.connection().execute(query):
        erased += incident is None
        if incident is not None and whose and whose not in there:
            left.add(whose)
    if len(left) + erased != gone:
        return {WITHDRAWN: gone} if gone else {}
    found = Counter({WITHDRAWN: erased})
    found.update(_why(work, rules, filters, left) if left else {})
    return {reason: number for reason, number in sorted(found.items()) if number}


def _why(work: Work, rules: Policy, filters: Mapping[str, Any], left: set[bytes]) -> Counter[str]:
    """What is judged of each of them today; what nobody finds any more stands in another record.

    A row that says something else beside somebody's no, in the same incident, left with them.
    """
    joined = Joined.of(work)
    known = printing.people(work, joined) if rules.protection else frozenset()
    found, stood = dict.fromkeys(left, DUPLICATE), dict[bytes, str]()
    noes = set[str]()
    for one in judged(work, rules, filters):
        row = ledger.whose(work, one.act.id, one.person)
        if one.reason and one.reason not in OF_A_RECORD:
            noes.add(one.row["incident"])
        if row in left:
            stood[row] = one.row["incident"]
            printed = one.person is not None and joined.person(one.person) in known
            reason = one.reason or (printing.PRINTED if printed else CHANGED)
            found[row] = OF_A_RECORD.get(reason, WITHDRAWN)
    beside = {row for row, reason in found.items() if reason == CHANGED and stood[row] in noes}
    return Counter((found | dict.fromkeys(beside, WITHDRAWN)).values())
