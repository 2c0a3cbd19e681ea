"""May these words leave today? Asked of whoever told them and of everybody who can be recognized in them.

Somebody who is in them and whom nobody could recognize is not asked, and forbids nothing unless they said no or took
their yes back: then every sentence about them is cut.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from incidents import consent
from incidents.consent import Permit, Refusal
from incidents.model.people import Person
from incidents.model.quote import QuoteKind
from incidents.model.vocabulary import Purpose
from incidents.work import Work

PURPOSE: Mapping[QuoteKind, Purpose] = {
    QuoteKind.ACCOUNT: Purpose.PUBLISH,
    QuoteKind.CASE: Purpose.PUBLISH,
    QuoteKind.QUOTE: Purpose.QUOTE,
}
RECOGNIZED, HIDDEN, ABSENT = "recognized", "hidden", "absent"  # how somebody is in a text
TOLD = "told"  # of a case: somebody on whose word it may rest; asked, and not in it
HOW = (RECOGNIZED, HIDDEN, ABSENT)
TAKEN_BACK = frozenset({consent.WITHDRAWN, consent.REFUSED})
Answers = Mapping[Purpose, Mapping[UUID, consent.Answer]]


@dataclass(frozen=True, slots=True)
class Scope:
    """How far the words may go; `reason`: why they may not at all."""

    reason: str = ""
    restricted: bool = False
    no_place: bool = False
    no_date: bool = False


def ask(work: Work, people: Iterable[UUID], kinds: Iterable[QuoteKind]) -> Answers:
    """What everybody says to these uses today: what their answers rest on is opened once."""
    ids, purposes = sorted(set(people)), sorted({PURPOSE[kind] for kind in kinds})
    rows: list[Person] = []
    for start in range(0, len(ids), 500):
        rows += work.db.scalars(select(Person).where(Person.id.in_(ids[start : start + 500])))
    work.vouched(rows)
    return consent.permits_each(work, rows, purposes) if rows else {}


def scope(answers: Answers, kind: QuoteKind, tellers: Iterable[UUID], roles: Mapping[UUID, str]) -> Scope:
    """Of one text: the narrowest of everybody's yes, or why there is none."""
    given = answers.get(PURPOSE[kind], {})
    asked = sorted({*tellers, *(id for id, how in roles.items() if how == RECOGNIZED)})
    hidden = [id for id, how in roles.items() if how == HIDDEN and id not in asked]
    said = [given.get(id, Refusal("no_consent")) for id in asked]
    no = [each.reason for each in said if isinstance(each, Refusal)]
    no += [why for id in hidden if (why := _taken_back(given.get(id))) is not None]
    permits = [each for each in said if isinstance(each, Permit)]
    reason = next((each for each in no if each in TAKEN_BACK), no[0]) if no else _narrow(permits)
    if reason:
        return Scope(reason=reason)
    return Scope(
        restricted=all(each.restricted for each in permits),
        no_place=any(each.no_place for each in permits),
        no_date=any(each.no_date for each in permits),
    )


def _taken_back(answer: consent.Answer | None) -> str | None:
    return answer.reason if isinstance(answer, Refusal) and answer.reason in TAKEN_BACK else None


def _narrow(permits: Sequence[Permit]) -> str:
    """A yes for somebody alone is none for what anybody may read; which part a named one is, no text says."""
    if not permits:
        return "no_consent"
    if any(each.recipients for each in permits):
        return "other_recipient"
    return "some_parts" if any(each.parts for each in permits) else ""
