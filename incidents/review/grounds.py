"""What an act rests on: sources and evidence, weighed apart; how many origins; what that suggests.

A source and what it says are graded apart: reliability A to F, credibility 1 to 6. F and 6 say that it cannot be
judged: they are never ordered among the others and never averaged.
"""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import evidence
from incidents.errors import _
from incidents.model.evidence import Evidence, EvidenceState
from incidents.model.incident import Act, Information, Source
from incidents.model.review import Judgment, Shows
from incidents.model.vocabulary import COUNTED, Says, Verification
from incidents.search import kept
from incidents.work import Unreadable, Work

TRUSTED, DOUBTED = frozenset("ABC"), frozenset("DE")  # reliability; F is neither
LIKELY, UNLIKELY = frozenset("123"), frozenset("45")  # credibility; 6 is neither
ORIGINS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Told:
    """One source and what it says of the act. `facts` and `said` are Unreadable where they do not open."""

    source: Source
    facts: Any
    information: Information
    said: Any

    @property
    def says(self) -> str:
        """A code of Says; nothing where it does not open."""
        closed = isinstance(self.facts, Unreadable) or isinstance(self.said, Unreadable)
        return "" if closed else self.said.get("says", "")

    @property
    def origin(self) -> str:
        return self.facts.get("origin") or ""

    @property
    def graded(self) -> tuple[str, str]:
        """Reliability of the source, credibility of what it says; what nobody graded cannot be judged."""
        return self.facts.get("reliability") or "F", self.said.get("credibility") or "6"

    @property
    def holds(self) -> bool:
        reliability, credibility = self.graded
        return reliability in TRUSTED and credibility in LIKELY

    @property
    def doubtful(self) -> bool:
        reliability, credibility = self.graded
        return reliability in DOUBTED or credibility in UNLIKELY


@dataclass(frozen=True, slots=True)
class Judged:
    """What one reviewer found in one piece of evidence about the act."""

    judgment: Judgment
    facts: Any
    reasons: Any

    @property
    def carries(self) -> bool:
        """Authentic, and it shows this act; not only that somebody was there."""
        if isinstance(self.facts, Unreadable):
            return False
        return bool(self.facts.get("authentic") == "yes" and self.facts.get("shows") == Shows.ACT)


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that speaks of one act."""

    told: tuple[Told, ...] = ()
    judged: tuple[Judged, ...] = ()

    def origins(self, *says: Says) -> frozenset[str]:
        """The independent origins of which a source says this: two sources of one origin are one."""
        return frozenset(each.origin for each in self.told if each.says in says)

    def evidence(self, besides: UUID | None = None) -> list[Judged]:
        """The judgments that carry the act; `besides`: those of somebody else."""
        return [each for each in self.judged if each.carries and each.judgment.judged_by != besides]

    def cited(self, ids: Container[str]) -> "Grounds":
        """Of these, what somebody names as what their decision rests on."""
        return Grounds(
            tuple(each for each in self.told if str(each.source.id) in ids),
            tuple(each for each in self.judged if str(each.judgment.evidence_id) in ids),
        )

    def supporting(self) -> list[str]:
        """The ids of all that supports the act, wholly or in part: sources, then evidence."""
        told = [str(each.source.id) for each in self.told if each.says in {Says.SUPPORTS, Says.PARTIAL}]
        return [*told, *dict.fromkeys(str(each.judgment.evidence_id) for each in self.evidence())]

    def carry(self, to: Verification, actor: UUID) -> bool:
        """Whether they are enough for this state, where this actor decides.

        Credible: something that supports it. Verified: two origins that support it, or evidence that somebody else
        judged authentic and showing it.
        """
        besides = actor if to == Verification.VERIFIED else None
        return self.sources_carry(to) or bool(self.evidence(besides))

    def sources_carry(self, to: Verification) -> bool:
        """Whether the sources alone are enough for it."""
        if to == Verification.VERIFIED:
            return len(self.origins(Says.SUPPORTS)) >= ORIGINS_NEEDED
        return bool(self.origins(Says.SUPPORTS, Says.PARTIAL)) or to not in COUNTED


def of(work: Work, act: Act) -> Grounds:
    return of_all(work, [act])[act.id]


def of_all(work: Work, acts: Sequence[Act]) -> dict[UUID, Grounds]:
    """The grounds of many acts with a handful of queries; what the trail does not vouch for is refused."""
    ids = [act.id for act in acts]
    told, judged = _told(work, ids), _judged(work, acts)
    return {id: Grounds(tuple(told[id]), tuple(judged[id])) for id in ids}


def _told(work: Work, ids: Sequence[UUID]) -> Mapping[UUID, list[Told]]:
    query = select(Information, Source).join(Source, Information.source_id == Source.id)
    query = query.where(Information.act_id.in_(ids), Source.left_on.is_(None)).order_by(Source.id)
    pairs = [(said, source) for said, source in work.db.execute(query)]
    sources = list({source.id: source for _said, source in pairs}.values())
    work.vouched([*sources, *(said for said, _source in pairs)])
    facts = dict(zip((each.id for each in sources), work.read_all(sources, "facts"), strict=True))
    said = work.read_all([row for row, _source in pairs], "facts")
    found: dict[UUID, list[Told]] = defaultdict(list)
    for (row, source), says in zip(pairs, said, strict=True):
        found[row.act_id].append(Told(source, facts[source.id], row, says))
    return found


def _judged(work: Work, acts: Sequence[Act]) -> Mapping[UUID, list[Judged]]:
    """Judgments that stand, of evidence that is kept and belongs here, by whoever submitted nothing of the act."""
    by_id = {act.id: act for act in acts}
    query = select(Judgment, Evidence).join(Evidence, Judgment.evidence_id == Evidence.id)
    query = query.where(Judgment.act_id.in_(by_id), Judgment.undone_on.is_(None))
    query = query.where(Evidence.state == EvidenceState.KEPT).order_by(Judgment.judged_on, Judgment.id)
    rows = [
        row
        for row, item in work.db.execute(query)
        if str(row.judged_by) not in by_id[row.act_id].submitted_by
        and _is_here(work, item, by_id[row.act_id])
    ]
    work.vouched(rows)
    opened = zip(rows, work.read_all(rows, "facts"), work.read_all(rows, "reasons"), strict=True)
    found: dict[UUID, list[Judged]] = defaultdict(list)
    for row, facts, reasons in opened:
        found[row.act_id].append(Judged(row, facts, reasons))
    return found


def _is_here(work: Work, item: Evidence, act: Act) -> bool:
    """Evidence of a report that was unlinked tells of another incident, or of none."""
    incident = evidence.incident_of(work, item)
    return incident is not None and incident.id == kept(work, act.incident_id)


# -- what they suggest


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A state and why, for a person to decide; without a state, what to do first."""

    to: Verification | None
    why: str


V = Verification
CONTRADICTED = Suggestion(V.UNDER_VERIFICATION, _("Something speaks against it. Look at that first."))
SHOWN = Suggestion(V.VERIFIED, _("One item of evidence was judged authentic and shows this act."))
CORROBORATED = Suggestion(
    V.VERIFIED,
    _(
        "Sources of two origins support it; each is at least fairly reliable, and what it says at least possible."
    ),
)
TOLD = Suggestion(
    V.CREDIBLE,
    _("One origin supports it, is at least fairly reliable, and what it says is at least possible."),
)
UNGRADED = Suggestion(
    None, _("No source that supports it is graded in both ways yet. F and 6 say that it cannot be judged.")
)
DOUBTFUL = Suggestion(
    V.NOT_VERIFIED, _("All that supports it comes from sources that are doubted, or is doubtful itself.")
)
PARTLY = Suggestion(V.NOT_VERIFIED, _("The sources support only a part of it."))
NOTHING = Suggestion(V.NOT_VERIFIED, _("No source supports it."))


def suggest(grounds: Grounds, to: UUID | None = None) -> Suggestion:
    """What the grades say, in one sentence. It decides nothing. Evidence that `to` alone judged is not said to them."""
    against = grounds.origins(Says.CONTRADICTS)
    support = [each for each in grounds.told if each.says == Says.SUPPORTS]
    if against:
        return CONTRADICTED
    if grounds.evidence(to):
        return SHOWN
    if not support:
        return PARTLY if grounds.origins(Says.PARTIAL) else NOTHING
    held = {each.origin for each in support if each.holds}
    if held:
        return CORROBORATED if len(held) >= ORIGINS_NEEDED else TOLD
    return DOUBTFUL if all(each.doubtful for each in support) else UNGRADED
