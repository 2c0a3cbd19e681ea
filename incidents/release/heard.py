"""Whose word a row stands on: what only somebody told who does not permit it is not in another's row.

As for packages (`consent.telling`), with one difference: who prepares a release opens no report. When and where of an
incident, and not of an act, stand in a row where each report of it goes that somebody told; the rest of what is said
of it where everyone who told permits. What nobody told us, as an import of what was published, stands on its basis.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from incidents import consent
from incidents.consent import Permit, Refusal, telling
from incidents.consent.telling import TAKEN_BACK, Telling
from incidents.work import Work

TOLD_TOGETHER = "told_together"
Answers = Sequence[Mapping[UUID, consent.Answer]]  # of each purpose of a policy


@dataclass(frozen=True)
class Word:
    """Of one incident, and those that share facts with it: whose word of it goes, and how far."""

    telling: Telling
    given: Mapping[UUID, Sequence[Permit]]  # of whoever told and permits something, with their limits
    refused: Mapping[UUID, str]  # of everyone else who told

    @cached_property
    def nobodys(self) -> bool:
        """Whether nobody told us of it."""
        return not self.telling.tellers

    @property
    def everyone(self) -> set[UUID]:
        """Whoever told of it."""
        return self.telling.everyone

    def told(self, report: UUID | None) -> set[UUID]:
        """Who told this report; of what was kept before its report was known: everyone who told."""
        return self.everyone if report is None else self.telling.tellers.get(report, set())

    def goes(self, report: UUID | None) -> bool:
        """Whether what this report alone said goes; what nobody told does."""
        return self.nobodys or not self.told(report) or self.telling.goes(report)

    def whole(self) -> bool:
        """Whether all goes that is said of the incident."""
        return self.everyone <= {*self.telling.permits}

    def placed(self) -> bool:
        """Whether when and where of the incident go."""
        return all(map(self.goes, self.telling.tellers))

    def without(self, report: UUID | None, limit: str) -> bool:
        """Whether somebody who told it said yes without the place, or the date."""
        return self.limited(self.told(report), limit)

    def limited(self, people: Iterable[UUID], limit: str) -> bool:
        """The same of these people."""
        return any(getattr(permit, limit) for id in people for permit in self.given.get(id, ()))

    def why_not(self, report: UUID | None, inside: set[UUID]) -> str | None:
        """Why an act that this report tells of stays out, or none; `inside`: who was in it."""
        if self.nobodys:
            return None
        if self.telling.told_together(report):
            return None if self.telling.lived(report, inside) else TOLD_TOGETHER
        if self.goes(report):
            return None
        reasons = sorted({self.refused[id] for id in self.told(report) if id in self.refused})
        return next((reason for reason in (*TAKEN_BACK_FIRST, *reasons) if reason in reasons), None)

    def less(self, id: UUID) -> "Word":
        """What would go if this one of them took their yes back."""
        told = replace(
            self.telling,
            permits={*self.telling.permits} - {id},
            unheard={*self.telling.unheard, id},
        )
        given = {person: permits for person, permits in self.given.items() if person != id}
        return Word(told, given, {**self.refused, id: consent.WITHDRAWN})


TAKEN_BACK_FIRST = (consent.WITHDRAWN, consent.REFUSED)
NOBODYS = Word(Telling({}, (), ()), {}, {})  # of what nobody told us


class Heard:
    """Of every incident, who told of it; and with what they answer, whose word of it goes."""

    def __init__(self, work: Work) -> None:
        self._families = telling.families(work)
        self._told: dict[UUID, dict[UUID, set[UUID]]] = defaultdict(dict)  # family → report → who told it
        for incident, report, person in telling.told_by(work):
            self._told[self._family(incident)].setdefault(report, set()).add(person)

    @property
    def silent(self) -> bool:
        """Whether nobody told us of anything."""
        return not self._told

    def tellers(self, incidents: Iterable[UUID]) -> set[UUID]:
        """Whoever told of these, or of what shares facts with them."""
        if not self._told:
            return set()
        reports = (self._told.get(self._family(id), {}).values() for id in incidents)
        return set().union(*(told for each in reports for told in each))

    def of(self, incident: UUID, answers: Answers) -> Word:
        """Whose word of this incident goes."""
        told = self._told.get(self._family(incident)) if self._told else None
        return _word(told, answers) if told else NOBODYS

    def _family(self, incident: UUID) -> UUID:
        return self._families.get(incident, incident) if self._families else incident


def _word(tellers: Mapping[UUID, set[UUID]], answers: Answers) -> Word:
    people = set().union(*tellers.values())
    said = {id: [answer[id] for answer in answers] for id in people}
    given = {id: [each for each in all_ if isinstance(each, Permit)] for id, all_ in said.items()}
    refused = {id: why for id, all_ in said.items() if (why := _why_not(all_)) is not None}
    unheard = {id for id, all_ in said.items() if any(map(_taken_back, all_))}
    return Word(Telling(tellers, people - refused.keys(), unheard), given, refused)


def _taken_back(answer: consent.Answer) -> bool:
    return isinstance(answer, Refusal) and answer.reason in TAKEN_BACK


def _why_not(said: Iterable[consent.Answer]) -> str | None:
    """A yes that is only for some, or for some parts, is none for a file that anybody may read."""
    answers = list(said)
    refusals = [each.reason for each in answers if isinstance(each, Refusal)]
    return min(refusals, key=_gravest, default=None) or out_of_scope(answers)


def _gravest(reason: str) -> int:
    return TAKEN_BACK_FIRST.index(reason) if reason in TAKEN_BACK_FIRST else len(TAKEN_BACK_FIRST)


def out_of_scope(permits: Iterable[consent.Answer]) -> str | None:
    """A yes for named recipients is none for a file that anybody may read, and a row is no named part."""
    given = [permit for permit in permits if isinstance(permit, Permit)]
    if any(permit.recipients for permit in given):
        return "other_recipient"
    return "some_parts" if any(permit.parts for permit in given) else None
