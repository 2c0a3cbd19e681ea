"""What joining and taking apart does to what was decided: an act whose ground changed with it is looked at anew.

A join that takes no ground away, and asks for nobody more, leaves every decision as it is (docs/decisions/0025).
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from incidents import consent, evidence
from incidents.intake.changing import look_again, touch
from incidents.model.evidence import Evidence
from incidents.model.incident import Act
from incidents.model.people import Involvement
from incidents.model.rearrangement import Rearrangement
from incidents.model.review import Judgment, Review
from incidents.model.vocabulary import COUNTED
from incidents.search.record import kept, together
from incidents.work import Work


def parted(work: Work, row: Rearrangement, reasons: str) -> None:
    """Two incidents that were one are about to be two: evidence of the one shows acts of the other no more."""
    gone = set(together(work, [row.gone_id]))
    root = kept(work, row.kept_id)
    under = {id: row.gone_id if id in gone else root for id in together(work, [root])}
    query = select(Judgment, Act, Evidence).join(Act, Judgment.act_id == Act.id)
    query = query.join(Evidence, Judgment.evidence_id == Evidence.id)
    query = query.where(Act.incident_id.in_(under), Judgment.undone_on.is_(None)).order_by(Judgment.id)
    found = [
        (act, item)
        for _judgment, act, item in work.db.execute(query)
        if (evidence.came_to(work, item) in gone) != (act.incident_id in gone)
    ]
    acts = {act.id: act for act, _item in found}
    for act in acts.values():
        touch(act)  # a word that somebody says of it meanwhile, or the first of two, may rest on it
    lean = {act.id for act, item in found if str(item.id) in cited(work, act)}
    look_again(work, [act for act in acts.values() if act.id in lean], (), reasons, under)


def joined(work: Work, one: UUID, other: UUID) -> None:
    """Two persons are about to be one: where only one may be a minor, the acts of the other ask for two reviewers now.

    Why they are one is said of the persons and goes with their keys: it is not told beside the acts.
    """
    young = consent.perhaps_children(work, [one, other])
    if not work.house.two_reviewers or len(young) != 1:
        return
    (grown,) = {one, other} - young
    acts = _acts_of(work, consent.records_of(work, [grown])[grown])
    look_again(work, [act for act in acts if not _by_two(work, act)], ())


def back(work: Work, pairs: Iterable[tuple[Act, Act]], reasons: str) -> None:
    """Acts count again where they stood before a split: what was found of their stand-ins since was found elsewhere."""
    look_again(work, [act for act, stand_in in pairs if stand_in.version > 1], (), reasons)


def cited(work: Work, act: Act) -> list[str]:
    """What the decision that holds names as its grounds."""
    return sorted({id for row in _in_force(work, act) for id in row.cites or ()})


def _by_two(work: Work, act: Act) -> bool:
    return act.verification in COUNTED and any(row.seconds for row in _in_force(work, act))


def _in_force(work: Work, act: Act) -> list[Review]:
    query = select(Review).where(Review.act_id == act.id, Review.to_state == act.verification)
    rows = [row for row in work.db.scalars(query) if not row.first_of_two]
    work.vouched(rows)
    return rows


def _acts_of(work: Work, persons: Iterable[UUID]) -> Sequence[Act]:
    query = select(Act).join(Involvement, Involvement.act_id == Act.id)
    query = query.where(Involvement.person_id.in_(persons), Involvement.left_on.is_(None)).distinct()
    return list(work.db.scalars(query.where(Act.left_on.is_(None)).order_by(Act.id)))
