"""Weighing: a source, what it says of an act, and what evidence shows of it. What was weighed anew is decided anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import evidence
from incidents.errors import InvalidInput, NotFound, ReasonsNeeded, SecondPersonNeeded, Unopened, _
from incidents.intake.changing import look_again, touch
from incidents.intake.editing import written
from incidents.intake.shaken import cited
from incidents.model import vocabulary
from incidents.model.edit import EditKind
from incidents.model.evidence import Evidence, EvidenceState
from incidents.model.incident import Act, Information, Source
from incidents.model.review import Judgment, Shows
from incidents.model.vocabulary import COUNTED, Says
from incidents.review.moves import SHORTEST_REASON
from incidents.search import kept
from incidents.work import Permission, Unreadable, Work

OWN_ORIGIN = "source/"  # begins the origin of a source that was said to stand alone
UNGRADED = {"reliability": "F", "first_hand": "UNK", "origin": ""}  # what a source is before anybody looked
UNWEIGHED = {"credibility": "6"}
AUTHENTIC = ("yes", "no", "UNK")
CHOOSE = _("Choose one of those in the list.")
ALTERED = _("The stored file is not what was received. Tell a coordinator; it proves nothing.")


@dataclass(frozen=True, slots=True)
class Weight:
    """How a source and what it says of one act are weighed.

    `beside`: it is of one origin with that source. `alone`: it is an origin of its own. Neither: as it is.
    """

    says: str
    credibility: str
    reliability: str
    first_hand: str
    beside: Source | None = None
    alone: bool = False


def weigh(work: Work, source: Source, said: Information, weight: Weight, reasons: str = "") -> list[Act]:
    """Weigh a source and what it says of an act; the acts that have to be decided anew.

    The grade of a source concerns every act that it speaks of. Reasons are asked for where one of them counts.
    """
    work.actor.must(Permission.REVIEW_DECIDE)
    _must_stand(work, [source, said, *([weight.beside] if weight.beside else [])])
    _must_be_known(weight)
    if weight.beside is not None and weight.beside.incident_id != source.incident_id:
        raise NotFound
    of_it, told = UNGRADED | _opened(work, source), UNWEIGHED | _opened(work, said)
    graded = {**of_it, "reliability": weight.reliability, "first_hand": weight.first_hand}
    graded["origin"] = _origin(work, source, of_it, weight)
    weighed = {**told, "says": weight.says, "credibility": weight.credibility}
    if (graded, weighed) == (of_it, told):
        return []
    acts = spoken_of(work, source) if graded != of_it else [work.get(Act, said.act_id)]
    _must_be_reasoned(acts, reasons)
    if graded["origin"] != of_it["origin"]:
        _must_be_independent(work, acts, reasons)
    if graded != of_it:
        work.seal(source, facts=graded)
        if reasons.strip():
            written(work, source, EditKind.CHANGED, reasons.strip(), _differ(of_it, graded))
        work.note("source.graded", source, fields=_differ(of_it, graded))
    if weighed != told:
        work.seal(said, facts=weighed)
        work.note("information.weighed", said, says=weight.says)
    return _anew(work, acts, reasons)


def _anew(work: Work, acts: Sequence[Act], reasons: str) -> list[Act]:
    """Those that counted wait for a new decision; of the others the first words of two are over.

    Whoever weighs submits nothing: they may decide.
    """
    work.vouched(acts)
    for act in acts:
        touch(act)
    return look_again(work, [act for act in acts if act.verification in COUNTED], (), reasons.strip())


def _origin(work: Work, source: Source, of_it: dict[str, Any], weight: Weight) -> str:
    if weight.alone:
        return f"{OWN_ORIGIN}{source.id}"
    if weight.beside is not None:
        return str(_opened(work, weight.beside).get("origin") or "")
    return str(of_it["origin"])


def spoken_of(work: Work, source: Source) -> list[Act]:
    """The acts that a source speaks of."""
    query = select(Act).join(Information, Information.act_id == Act.id)
    rows = work.db.scalars(query.where(Information.source_id == source.id))
    return list({act.id: act for act in rows}.values())


def judge(work: Work, act: Act, item: Evidence, *, authentic: str, shows: str, reasons: str) -> Judgment:
    """What a reviewer found in a piece of evidence: not who brought it, nor who submitted the act.

    The stored original is hashed first: a hash proves that it is unchanged, not that it is true.
    """
    work.actor.must(Permission.REVIEW_DECIDE)
    work.vouched([act, item])  # who submitted the one and who brought the other, as it was signed
    if str(work.actor.id) in act.submitted_by or work.actor.id == item.received_by:
        raise SecondPersonNeeded
    if authentic not in AUTHENTIC:
        raise InvalidInput({"authentic": [CHOOSE]})
    if shows not in set(Shows):
        raise InvalidInput({"shows": [CHOOSE]})
    if len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded
    _must_belong(work, act, item)
    if not evidence.unchanged(work, item):
        raise InvalidInput({"authentic": [ALTERED]})
    leans = act.verification in COUNTED and str(item.id) in cited(work, act)
    for earlier in standing(work, act, item):
        if earlier.judged_by == work.actor.id:
            earlier.undone_on = work.today
    row = Judgment(
        incident_id=act.incident_id, act_id=act.id, evidence_id=item.id,
        judged_by=work.actor.id, judged_on=work.today, undone_on=None,
    )  # fmt: skip
    work.seal(row, facts={"authentic": authentic, "shows": shows}, reasons=reasons.strip())
    work.note("evidence.judged", item)
    work.add(row)
    touch(act)  # whoever decides in this moment, or said the first of two words, did not know of it
    if leans:
        look_again(work, [act], (), reasons.strip())
    return row


def standing(work: Work, act: Act, item: Evidence) -> list[Judgment]:
    query = select(Judgment).where(Judgment.act_id == act.id, Judgment.evidence_id == item.id)
    return list(work.db.scalars(query.where(Judgment.undone_on.is_(None)).order_by(Judgment.id)))


def _must_be_reasoned(acts: Iterable[Act], reasons: str) -> None:
    if any(act.verification in COUNTED for act in acts) and len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded


def _must_be_independent(work: Work, acts: Iterable[Act], reasons: str) -> None:
    """Whose origin a source shares is not said by who submitted it, and never without a reason: acts count on it."""
    if any(str(work.actor.id) in act.submitted_by for act in acts):
        raise SecondPersonNeeded
    if len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded


def _differ(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(name for name in after if after[name] != before.get(name))


def _must_be_known(weight: Weight) -> None:
    """Each grade is of its list; all that are not are said at once."""
    lists = {
        "says": set(Says),
        "credibility": vocabulary.codes("info_credibility").keys(),
        "reliability": vocabulary.codes("source_reliability").keys(),
        "first_hand": {"yes", "no", *vocabulary.NO_ANSWERS},
    }
    wrong = {name: [CHOOSE] for name, known in lists.items() if getattr(weight, name) not in known}
    if wrong:
        raise InvalidInput(wrong)


def _must_stand(work: Work, rows: list[Any]) -> None:
    work.vouched(rows)
    if any(getattr(row, "left_on", None) is not None for row in rows):
        raise NotFound


def _must_belong(work: Work, act: Act, item: Evidence) -> None:
    """Kept, and of the incident that the act is read under."""
    incident = evidence.incident_of(work, item)
    if item.state != EvidenceState.KEPT or incident is None or incident.id != kept(work, act.incident_id):
        raise NotFound


def _opened(work: Work, row: Source | Information) -> dict[str, Any]:
    (facts,) = work.read_all([row], "facts")
    if isinstance(facts, Unreadable):
        raise Unopened
    return dict(facts)


def of_source(work: Work, act: Act, id: UUID) -> tuple[Source, Information]:
    """One source of an act, and what it says of it."""
    query = select(Source, Information).join(Information, Information.source_id == Source.id)
    found = work.db.execute(query.where(Source.id == id, Information.act_id == act.id)).first()
    if found is None:
        raise NotFound
    return found[0], found[1]
