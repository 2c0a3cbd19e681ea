"""What the engine may see of a row: codes, moments, places, as far as whoever it rests on lets them be seen.

Most of it is said by many rows alike, so it is put together in parts, and each part once.
"""

import marshal
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from incidents import consent
from incidents.consent import Permit
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.vocabulary import PersonKind, codes, lists
from incidents.release.heard import Word, out_of_scope
from incidents.release.opening import Joined, Opened
from incidents.release.policy import Policy
from incidents.release.rows import NOT_THERE, Rows

NOT_SHOWN = "(not shown)"  # a restricted act that no consent names; never a zero, never a blank
WHO = ("size", "gender", "age", "age_band", "nationality")
WHERE = ("country", "state", "municipality")
ACT = ("act", "act_status", "verification", "act_group")
TOLD = ("perpetrator", "source_type")
PARTS = (WHO, ("moment",), WHERE, ACT, TOLD, ("labels",))
_NOWHERE = (None, None, None)
_NOTHING: Mapping[str, Any] = {}


class Pair(NamedTuple):
    """One act and one person harmed by it; of an act of which nobody harmed is recorded, nobody."""

    act: Act
    facts: Mapping[str, Any]
    person: UUID | None


class Given(NamedTuple):
    """What is answered of a row, one purpose after the other, and what that comes to."""

    answers: tuple[consent.Answer, ...]
    permits: tuple[Permit, ...]
    refusal: str | None  # the first
    scope: str | None  # why a yes is none for everybody
    restricted: bool  # restricted acts may be named
    no_place: bool
    no_date: bool


def given(answers: Sequence[consent.Answer]) -> Given:
    """As one."""
    permits = tuple(answer for answer in answers if isinstance(answer, Permit))
    refusal = next((answer.reason for answer in answers if isinstance(answer, consent.Refusal)), None)
    return Given(
        answers=tuple(answers),
        permits=permits,
        refusal=refusal,
        scope=out_of_scope(answers),
        restricted=refusal is None and all(permit.restricted for permit in permits),
        no_place=any(permit.no_place for permit in permits),
        no_date=any(permit.no_date for permit in permits),
    )


class Part:
    """Some values of a row, under one of PARTS; and their number among those of the rows that are kept."""

    __slots__ = ("number", "values")

    def __init__(self, *values: Any) -> None:
        self.values, self.number = values, -1


Said = tuple[Part, ...]  # one for each of PARTS


def kept(rows: Rows, said: Said) -> list[int]:
    """The numbers under which these rows keep what one of them says."""
    numbers = []
    for part, together in zip(said, rows.together, strict=True):
        if part.number < 0:
            part.number = together.number(part.values)
        numbers.append(part.number)
    return numbers


def told(said: Said) -> dict[str, Any]:
    """The same by the names of the columns."""
    return {
        name: value
        for names, part in zip(PARTS, said, strict=True)
        for name, value in zip(names, part.values, strict=True)
        if value is not NOT_THERE
    }


class Saying:
    """What was said already, by what it was made from. One for all that is gathered."""

    def __init__(self, policy: Policy, joined: Joined) -> None:
        self.policy, self.joined = policy, joined
        self._people: dict[tuple[int, bool], Part] = {}  # of the facts that are open: by which they are
        self._nobody = Part(*(None for _name in WHO))
        self._known: dict[Hashable, Part] = {}
        self._given: dict[tuple[int, ...], Given] = {}  # by which answers; they are kept with it

    def begin(self) -> None:
        """Other facts are open, and other answers at hand."""
        self._people, self._given = {}, {}

    def given(self, answers: Sequence[consent.Answer]) -> Given:
        """What these come to; what many rows rest on, as the basis of an import, is one."""
        spot = tuple(map(id, answers))
        known = self._given.get(spot)
        if known is None:
            known = self._given[spot] = given(answers)
        return known

    def of(self, opened: Opened, pair: Pair, word: Word, given: Given) -> Said:
        """What a row may say; no name, no id that leaves the house. What is hidden is so before any filter."""
        act, facts, person = pair
        incident, about = opened.incidents[act.incident_id]
        under = self.joined.incident(incident.id)
        return (
            self._who(opened, person),
            self._when(None if given.no_date else _when(pair, about, word)),
            self._where(None if given.no_place else _where(pair, about, word)),
            self._act(facts, act, given),
            self._told(opened.perpetrators.get(under, ()), opened.sources.get(under, ()), word),
            self._labels(about.get("labels") if word.nobodys or word.whole() else None, facts.get("labels")),
        )

    def _who(self, opened: Opened, person: UUID | None) -> Part:
        if person is None:
            return self._nobody
        row, facts = opened.people[person]
        spot = (id(facts), row.kind is PersonKind.INDIVIDUAL)
        part = self._people.get(spot)
        if part is None:
            values = (
                facts.get("gender"),
                facts.get("age"),
                facts.get("age_band"),
                _one(facts.get("nationality")),
            )
            part = self._people[spot] = Part(_size(row, facts), *values)
        return part

    def _when(self, moment: Any) -> Part:
        spot = moment if moment is None else ("moment", marshal.dumps(moment, _PLAIN))
        part = self._known.get(spot)
        if part is None:
            part = self._known[spot] = Part(moment)
        return part

    def _where(self, place: Mapping[str, Any] | None) -> Part:
        said = tuple(map(place.get, WHERE)) if place else _NOWHERE
        part = self._known.get(said)
        if part is None:
            part = self._known[said] = Part(*map(_answered, said))
        return part

    def _act(self, facts: Mapping[str, Any], act: Act, given: Given) -> Part:
        """A restricted act is named only where every permit of the row names such acts."""
        spot = (facts.get("type"), facts.get("status"), act.verification, given.restricted)
        part = self._known.get(spot)
        if part is None:
            code = codes("act").get(spot[0] or "")
            shown = not self.policy.protection or code is None or not code.restricted or given.restricted
            name, group = (spot[0], NOT_THERE) if shown else (NOT_SHOWN, NOT_SHOWN)
            part = self._known[spot] = Part(name, spot[1] or "U", act.verification.value, group)
        return part

    def _told(self, doers: Iterable[Any], sources: Iterable[Any], word: Word) -> Part:
        spot = _types(doers, word), _types(sources, word)
        part = self._known.get(spot)
        if part is None:
            part = self._known[spot] = Part(*map(_one, spot))
        return part

    def _labels(self, about: Mapping[str, Any] | None, of_act: Mapping[str, Any] | None) -> Part:
        labels = {**(about or _NOTHING), **(of_act or _NOTHING)}
        spot = ("labels", marshal.dumps(labels, _PLAIN))
        part = self._known.get(spot)
        if part is None:
            part = self._known[spot] = Part(labels)
        return part


_PLAIN = 2  # of marshal: what is written hangs on the values alone, not on who else holds them


def _when(pair: Pair, about: Mapping[str, Any], word: Word) -> Any:
    """Of the act, as far as its report may say it; else of the incident, as far as all of its reports may."""
    said = pair.facts.get("moment")
    if said and (word.nobodys or not word.without(pair.act.report_id, "no_date")):
        return said
    goes = word.nobodys or (word.placed() and not word.limited(word.everyone, "no_date"))
    return about.get("moment") if goes else None


def _where(pair: Pair, about: Mapping[str, Any], word: Word) -> Any:
    """Likewise."""
    said = pair.facts.get("place")
    if said and (word.nobodys or not word.without(pair.act.report_id, "no_place")):
        return said
    goes = word.nobodys or (word.placed() and not word.limited(word.everyone, "no_place"))
    return about.get("place") if goes else None


def _types(rows: Iterable[tuple[Any, Mapping[str, Any]]], word: Word) -> tuple[Any, ...]:
    """Of alleged doers, or of sources, those that go: what came with a report, as far as it goes."""
    if word.nobodys:
        return tuple([facts.get("type") for _row, facts in rows])
    return tuple(facts.get("type") for row, facts in rows if word.goes(row.report_id))


def _size(person: Person, who: Mapping[str, Any]) -> int | None:
    """How many people the row stands for; a group of unknown size is not one person, and not none."""
    if person.kind == PersonKind.INDIVIDUAL:
        return 1
    best = (who.get("group_size") or {}).get("best")
    return int(best) if best is not None else None


def _answered(code: Any) -> Any:
    return None if code in lists()["no_answer"] or code is None else code


def _one(values: Sequence[Any] | None) -> str | None:
    known = sorted({value for value in values or [] if value})
    if len(known) > 1:
        return "several"
    return known[0] if known else None
