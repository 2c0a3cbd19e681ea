"""The moves of an act, the four-eyes rule, and what each state asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from uuid import UUID

from sqlalchemy import select

from incidents import consent, evidence
from incidents.errors import (
    AnotherReviewerNeeded,
    GroundsNeeded,
    InvalidInput,
    MoveNotAllowed,
    ReasonsNeeded,
    SecondPersonNeeded,
    SupportNeeded,
    _,
)
from incidents.model import vocabulary
from incidents.model.evidence import Evidence
from incidents.model.incident import Act
from incidents.model.people import Involvement
from incidents.model.review import Review
from incidents.model.vocabulary import COUNTED, Verification
from incidents.review import grounds
from incidents.review.grounds import Grounds
from incidents.work import Permission, Unreadable, Work

V = Verification
ADULT = 18
SHORTEST_REASON = 12  # characters: a sentence, not a nod
NOT_ITS_OWN = _("Choose among what supports this act.")


class Asks(IntEnum):
    """How much a state has to rest on."""

    NOTHING = 0
    SUPPORT = 1  # a source that supports it, or evidence that shows it
    CORROBORATION = 2  # two origins, or evidence that somebody else judged


@dataclass(frozen=True, slots=True)
class Move:
    """What a step from one state to another asks for."""

    permission: Permission = Permission.REVIEW_DECIDE
    second_person: bool = True  # not by who submitted it
    reasons: bool = True
    asks: Asks = Asks.NOTHING


PLAIN = Move(second_person=False, reasons=False)
REASONED = Move()
SUPPORTED = Move(asks=Asks.SUPPORT)
CORROBORATED = Move(asks=Asks.CORROBORATION)

Table = Mapping[tuple[Verification, Verification], Move]

# What is not in this table cannot happen.
MOVES: Table = {
    (V.RECEIVED, V.UNDER_VERIFICATION): PLAIN,
    (V.RECEIVED, V.CREDIBLE): SUPPORTED,
    (V.RECEIVED, V.NOT_VERIFIED): REASONED,
    (V.RECEIVED, V.UNLIKELY): REASONED,
    (V.RECEIVED, V.DUPLICATE): REASONED,
    (V.UNDER_VERIFICATION, V.CREDIBLE): SUPPORTED,
    (V.UNDER_VERIFICATION, V.DUPLICATE): REASONED,
    (V.UNDER_VERIFICATION, V.NOT_VERIFIED): REASONED,
    (V.UNDER_VERIFICATION, V.UNLIKELY): REASONED,
    (V.UNDER_VERIFICATION, V.VERIFIED): CORROBORATED,
    (V.NOT_VERIFIED, V.UNDER_VERIFICATION): PLAIN,
    (V.CREDIBLE, V.UNDER_VERIFICATION): REASONED,
    (V.CREDIBLE, V.VERIFIED): CORROBORATED,
    (V.VERIFIED, V.UNDER_VERIFICATION): REASONED,
    (V.UNLIKELY, V.UNDER_VERIFICATION): REASONED,
    (V.DUPLICATE, V.UNDER_VERIFICATION): REASONED,
}
# What the undoing of a move of many may do besides: back, never to more than the rules give today.
BACK: Table = {
    (V.CREDIBLE, V.RECEIVED): REASONED,
    (V.DUPLICATE, V.RECEIVED): REASONED,
    (V.NOT_VERIFIED, V.RECEIVED): REASONED,
    (V.UNDER_VERIFICATION, V.RECEIVED): Move(second_person=False),
    (V.UNLIKELY, V.RECEIVED): REASONED,
    (V.VERIFIED, V.CREDIBLE): SUPPORTED,
}
UNDOING: Table = {**MOVES, **BACK}


def move(
    work: Work, act: Act, to: Verification, reasons: str = "", cites: Iterable[str] | None = None
) -> Review:
    """One step, by someone who may, with what the step asks for.

    `cites` names the sources and evidence it rests on; unsaid, all that supports the act. Where two reviewers have
    to agree, the first word is written down and the act stays where it is.
    """
    return _move_all(work, [act], to, reasons, cites)[0]


def move_all(
    work: Work, acts: Sequence[Act], to: Verification, reasons: str, table: Table = MOVES
) -> list[Review]:
    """The same step of many acts, all with the same reason; those that nothing supports stay where they are."""
    return _move_all(work, acts, to, reasons, None, table, lenient=True)


def _move_all(
    work: Work,
    acts: Sequence[Act],
    to: Verification,
    reasons: str,
    cites: Iterable[str] | None,
    table: Table = MOVES,
    *,
    lenient: bool = False,
) -> list[Review]:
    # Who submitted it, and its state, as they were signed: not as somebody wrote them since.
    work.vouched(acts)
    for act in acts:
        must_be_open(work, act, to, table)
        if table[act.verification, to].reasons:
            must_be_reasoned(reasons)
    if to not in COUNTED:
        return [_decide(work, act, to, reasons) for act in acts]
    found = grounds.of_all(work, acts)
    two, looked_at = needing_two(work, acts), Originals(work)
    said = None if cites is None else list(dict.fromkeys(cites))
    moved = []
    for act in acts:
        words = first_words(work, act, to) if act.id in two else []
        try:
            named = rests_on(work, act, to, found[act.id], said)
            must_be_another(work, words)
            looked_at.must_hold(found[act.id].cited(named), to)
        except (GroundsNeeded, SupportNeeded):
            if lenient:
                continue
            raise
        moved.append(_count(work, act, to, reasons, named, words, two=act.id in two))
    return moved


def must_be_open(work: Work, act: Act, to: Verification, table: Table = MOVES) -> None:
    """Refuse a step that is not in the table, or that somebody else has to take."""
    rule = table.get((act.verification, to))
    if rule is None:
        raise MoveNotAllowed
    work.actor.must(rule.permission)
    if rule.second_person and str(work.actor.id) in act.submitted_by:
        raise SecondPersonNeeded


def must_be_reasoned(reasons: str) -> None:
    if len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded


def rests_on(
    work: Work, act: Act, to: Verification, found: Grounds, cites: list[str] | None = None
) -> list[str]:
    """What it rests on, where that is enough for the state as it is written down; else refused."""
    all_of_it = found.supporting()
    if cites is not None and not set(cites) <= set(all_of_it):
        raise InvalidInput({"cites": [NOT_ITS_OWN]})
    named = all_of_it if cites is None else cites
    if not found.cited(named).carry(to, work.actor.id):
        raise GroundsNeeded if UNDOING[act.verification, to].asks == Asks.CORROBORATION else SupportNeeded
    return named


@dataclass(frozen=True)
class Originals:
    """Stored originals of evidence, each read through at most once a move: they may be hours of film.

    Nobody reads them to look at what a move would do.
    """

    work: Work
    _unchanged: dict[UUID, bool] = field(default_factory=dict)

    def must_hold(self, cited: Grounds, to: Verification) -> None:
        """Evidence that a state rests on alone is read through anew: a hash of last year vouches for last year."""
        if cited.sources_carry(to):
            return
        items = {each.judgment.evidence_id for each in cited.evidence(besides=self.work.actor.id)}
        rows = [self.work.get(Evidence, id) for id in sorted(items)]
        self.work.vouched(rows)
        if not any(map(self._holds, rows)):
            raise GroundsNeeded

    def _holds(self, row: Evidence) -> bool:
        if row.id not in self._unchanged:
            self._unchanged[row.id] = evidence.unchanged(self.work, row)
        return self._unchanged[row.id]


def must_be_another(work: Work, words: Sequence[Review]) -> None:
    """Whoever said the first of two words does not say the second."""
    if words and all(word.decided_by == work.actor.id for word in words):
        raise AnotherReviewerNeeded


def _count(
    work: Work,
    act: Act,
    to: Verification,
    reasons: str,
    cites: list[str],
    words: Sequence[Review],
    *,
    two: bool,
) -> Review:
    """The step into a state that counts; where two have to agree, only the second of them moves it."""
    others = [word for word in words if word.decided_by != work.actor.id]
    if two and not others:
        row = _write(work, act, to, reasons, cites=cites, first_of_two=True, act_version=act.version)
        work.note("act.first-word", act, to=to.value)
        return row
    first = others[0].id if others else None
    return _decide(work, act, to, reasons, cites=cites, seconds=first)


def _decide(work: Work, act: Act, to: Verification, reasons: str, **rests: object) -> Review:
    review = _write(work, act, to, reasons, **rests)
    act.verification = to
    work.note("act.moved", act, to=to.value)
    return review


def _write(work: Work, act: Act, to: Verification, reasons: str, **rests: object) -> Review:
    review = Review(
        incident_id=act.incident_id,
        act_id=act.id,
        from_state=act.verification,
        to_state=to,
        decided_by=work.actor.id,
        decided_on=work.today,
        **rests,
    )
    work.seal(review, reasons=reasons.strip())
    return work.add(review)


def allowed(work: Work, act: Act) -> list[Verification]:
    """Where this actor may move this act now, or say so first."""
    own = str(work.actor.id) in act.submitted_by
    return [
        to
        for (from_, to), rule in MOVES.items()
        if from_ == act.verification and work.actor.may(rule.permission) and not (rule.second_person and own)
    ]


# -- two reviewers


def first_words(work: Work, act: Act, to: Verification) -> list[Review]:
    """What reviewers said of the act as it is now, where a second has to agree; two may have said so at once.

    Not by who submitted it since.
    """
    query = select(Review).where(
        Review.act_id == act.id, Review.first_of_two.is_(True), Review.to_state == to
    )
    query = query.where(Review.from_state == act.verification, Review.act_version == act.version)
    rows = list(work.db.scalars(query.order_by(Review.decided_on, Review.id)))
    work.vouched(rows)
    return [row for row in rows if str(row.decided_by) not in act.submitted_by]


def waiting_for_a_second(work: Work, acts: Sequence[Act]) -> dict[UUID, set[UUID]]:
    """Of these acts, those of which somebody said the first of two words, and who: for a list, in one question."""
    query = select(Review.act_id, Review.decided_by).join(Act, Review.act_id == Act.id)
    query = query.where(Review.act_id.in_([act.id for act in acts]), Review.first_of_two.is_(True))
    found: dict[UUID, set[UUID]] = {}
    here = query.where(Review.act_version == Act.version, Review.from_state == Act.verification)
    for act, by in work.db.execute(here):
        found.setdefault(act, set()).add(by)
    return found


def needing_two(work: Work, acts: Sequence[Act]) -> set[UUID]:
    """Of these acts, those that only two reviewers together make count: restricted ones, and those of a minor.

    What does not open is taken for one of them. The organisation may do without (AMPARO_TWO_REVIEWERS).
    """
    found = restricted(work, acts)
    return found | of_minors(work, [act.id for act in acts if act.id not in found])


def restricted(work: Work, acts: Sequence[Act]) -> set[UUID]:
    """Of these, the acts of a kind that the code list calls restricted, or that do not open."""
    if not work.house.two_reviewers:
        return set()
    known = vocabulary.codes("act")
    found = set()
    for act, facts in zip(acts, work.read_all(acts, "facts"), strict=True):
        code = None if isinstance(facts, Unreadable) else known.get(facts.get("type") or "")
        if isinstance(facts, Unreadable) or (code is not None and code.restricted):
            found.add(act.id)
    return found


def of_minors(work: Work, acts: Sequence[UUID]) -> set[UUID]:
    """The acts in which somebody played a part who is, or may be, under age: by any record of them, or at this act."""
    if not work.house.two_reviewers:
        return set()
    query = select(Involvement).where(Involvement.act_id.in_(acts), Involvement.left_on.is_(None))
    parts = list(work.db.scalars(query))
    young = consent.perhaps_children(work, {part.person_id for part in parts})
    return {
        part.act_id
        for part, facts in zip(parts, work.read_all(parts, "facts"), strict=True)
        if part.person_id in young or isinstance(facts, Unreadable) or (facts.get("age") or ADULT) < ADULT
    }
