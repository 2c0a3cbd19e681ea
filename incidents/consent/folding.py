"""What a ledger comes to on a day: the last decision about a purpose, if whoever gave it could give it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from incidents.consent.answers import (
    ACCOUNT,
    COUNTS,
    EXPIRED,
    FAMILIES_DIFFER,
    GIVEN,
    INVALIDATED,
    NO,
    REFUSED,
    REQUESTED,
    Answer,
    Permit,
    Refusal,
)
from incidents.consent.bases import DEAD
from incidents.consent.ledger import Event, until_of
from incidents.model.vocabulary import Purpose

CHILD, ADULT = 12, 18
BANDS = {  # youngest and oldest that it may be
    "0-4": (0, 4),
    "5-9": (5, 9),
    "10-11": (10, 11),
    "12-14": (12, 14),
    "15-17": (15, 17),
    "CHI": (0, 17),
}
CHILDREN = frozenset({"UAC", "SEP"})  # of a population: unaccompanied, separated; how old is not said
SELF, GUARDIAN, ADOLESCENT, ALONE, FAMILY = "self", "guardian", "adolescent", "alone", "family"
IN_WRITING = frozenset({"signed", "thumbprint"})
NEVER_A_GROUPS = frozenset({Purpose.ROWS, Purpose.IDENTITY, Purpose.QUOTE})
SAFE_GUARDIAN = frozenset({"no", "not_asked_then"})  # neither an alleged doer nor in their power
SAID = {REFUSED: REFUSED, INVALIDATED: INVALIDATED, EXPIRED: EXPIRED, "withdrawn": "withdrawn"}


@dataclass(frozen=True, slots=True)
class About:
    """What of a person decides who must permit."""

    facts: Mapping[str, Any]
    group: bool
    state: str | None  # dead, missing, held
    first: date | None  # when they were asked first: the day that their age is of
    danger: tuple[date, ...]
    reviewed: frozenset[Purpose]  # what two reviewers stand for, besides a child's consent
    sure: bool = True  # the state was told with an act, or a second person confirmed it

    def ages(self, day: date) -> tuple[int, int] | None:
        """The youngest and the oldest that they may be on a day; none where nothing is known of it."""
        band = self._band()
        if band is None:
            return None
        since = self.first or day
        whole = day.year - since.year - ((day.month, day.day) < (since.month, since.day))
        return band[0] + max(whole, 0), band[1] + max(day.year - since.year, 0)

    def _band(self) -> tuple[int, int] | None:
        age, band = self.facts.get("age"), self.facts.get("age_band")
        if age is not None:
            return age, age
        if self.facts.get("birth_year") is not None and self.first is not None:
            years = self.first.year - int(self.facts["birth_year"])
            return max(years - 1, 0), years
        if band is None and CHILDREN & set(self.facts.get("population") or ()):
            band = "CHI"
        return BANDS.get(band or "")

    def may_be_child(self, day: date) -> bool:
        ages = self.ages(day)
        return ages is not None and ages[0] < ADULT


def minor(facts: Mapping[str, Any]) -> bool:
    """Under 18 as it was told, or somebody of whom only that is said."""
    about = About(facts, group=False, state=None, first=None, danger=(), reviewed=frozenset())
    return about.may_be_child(date.max)


def fold(events: Iterable[Event], about: About, purpose: Purpose, day: date) -> Answer:
    """Fold the events by the day they were given: the last decision about this purpose is what holds.

    An older paper that is entered later does not undo what was decided after it. Somebody who does
    not want to be kept is not used for anything.
    """
    events = list(events)
    if purpose != Purpose.RECORD:
        kept = fold(events, about, Purpose.RECORD, day)
        if isinstance(kept, Refusal) and kept.reason == REFUSED:
            return kept
    said = about_this(events, purpose, day)
    if not said:
        return NO
    if about.state and purpose not in COUNTS and _families_differ(said, purpose):
        return Refusal(FAMILIES_DIFFER)
    row, last = said[-1]
    decision = last["decisions"][purpose.value]
    if decision != GIVEN:
        return Refusal(SAID[decision]) if decision in SAID else NO
    why_not = _why_not(last, about, purpose, day)
    return Refusal(why_not) if why_not else _permit(row.id, last, purpose)


def beyond_a_group(events: Iterable[Event]) -> list[Purpose]:
    """What no group can permit and the last word on it is a yes: of one person it would count."""
    events = list(events)
    last = {purpose: about_this(events, purpose, date.max)[-1:] for purpose in sorted(NEVER_A_GROUPS)}
    return [p for p, found in last.items() if found and found[0][1]["decisions"][p.value] == GIVEN]


def about_this(events: Iterable[Event], purpose: Purpose, day: date) -> list[Event]:
    """What was said of a purpose up to a day, in its order. To ask for something decides nothing.

    Nor does a note that it ran out, where what ran out is there: its own day says so, and a renewal on paper may have
    been entered after the note.
    """
    found = [
        (row, said)
        for row, said in events
        if said["decisions"].get(purpose.value, REQUESTED) != REQUESTED and said["on"] <= day.isoformat()
    ]
    decided = [event for event in found if event[1]["decisions"][purpose.value] != EXPIRED] or found
    return sorted(decided, key=lambda event: (str(event[1]["on"]), event[0].number))


def _families_differ(said: Iterable[Event], purpose: Purpose) -> bool:
    """Each of the family counts by what they said last; where one says no, it is no."""
    last = {
        (each.get("relation"), each.get("kin")): each["decisions"][purpose.value]
        for _row, each in said
        if each["given_by"] == FAMILY
    }
    return GIVEN in last.values() and REFUSED in last.values()


def _permit(id: Any, said: Mapping[str, Any], purpose: Purpose) -> Permit:
    terms = said.get("terms", {}).get(purpose.value, {})
    until = until_of(said, terms, purpose)
    return Permit(
        "consent",
        id,
        restricted=bool(terms.get("restricted")),
        parts=tuple(terms.get("parts", ())),
        no_place=bool(terms.get("no_place")),
        no_date=bool(terms.get("no_date")),
        recipients=tuple(terms.get("recipients", ())),
        until=until,
    )


def _why_not(said: Mapping[str, Any], about: About, purpose: Purpose, day: date) -> str | None:
    """Why a yes does not count, or none: the day, the capacity, then who gave it."""
    terms = said.get("terms", {}).get(purpose.value, {})
    until = until_of(said, terms, purpose)
    if terms.get("since", "") > day.isoformat():
        return NO.reason
    if until is not None and until < day:
        return "expired"
    if said.get("capacity") == "no":
        return "no_capacity"
    if about.group and purpose in NEVER_A_GROUPS:
        return "group"
    if about.state is not None:
        unsure = None if about.sure or purpose in COUNTS else "basis_unconfirmed"
        child = "child" if purpose == Purpose.IDENTITY and about.may_be_child(day) else None
        return child or _of_family(said, about.state, purpose) or unsure
    return _of_age(said, about, purpose, day)


def _of_family(said: Mapping[str, Any], state: str, purpose: Purpose) -> str | None:
    """Dead, missing or held: what they said of being counted stands; all else is their family's, as the table says."""
    if purpose in COUNTS:
        return None
    if purpose == Purpose.CONTACT or (state != DEAD and purpose == Purpose.ROWS):
        return state
    if said["given_by"] != FAMILY:
        return "no_family"
    if state != DEAD:
        return None if said.get("for_search") == "yes" else "not_for_search"
    written = purpose != Purpose.IDENTITY or said.get("method") in IN_WRITING
    return None if written else "not_in_writing"


def _of_age(said: Mapping[str, Any], about: About, purpose: Purpose, day: date) -> str | None:
    on = date.fromisoformat(said["on"])
    youngest = _youngest(said, about, on)
    if youngest >= ADULT:
        return _of_adult(said, about, purpose, on)
    if purpose == Purpose.IDENTITY:
        return "child"
    now = about.ages(day)
    if now is not None and now[1] >= ADULT:
        return None if purpose in COUNTS else "grown"
    return _of_child(said, purpose, about) if youngest < CHILD else _of_adolescent(said, purpose, about)


def _youngest(said: Mapping[str, Any], about: About, on: date) -> int:
    """The youngest that they may have been as it was decided; where no age is known, by who decided."""
    ages = about.ages(on)
    if ages is None:
        return {GUARDIAN: 0, ADOLESCENT: CHILD, ALONE: CHILD}.get(said["given_by"], ADULT)
    asked_as_adult = (
        said["given_by"] == SELF and ages[1] >= ADULT
    )  # asked anew, once they may have come of age
    return ADULT if asked_as_adult else ages[0]


def _of_adult(said: Mapping[str, Any], about: About, purpose: Purpose, on: date) -> str | None:
    if said["given_by"] != SELF:
        return "not_own"
    safe = said.get("safe") == "yes" and all(day <= on for day in about.danger)
    return "danger" if purpose == Purpose.IDENTITY and about.danger and not safe else None


def _of_child(said: Mapping[str, Any], purpose: Purpose, about: About) -> str | None:
    if said["given_by"] != GUARDIAN:
        return "no_guardian"
    if said.get("guardian_doer") not in SAFE_GUARDIAN:
        return "guardian_not_safe"
    return "two_reviewers" if purpose in ACCOUNT and purpose not in about.reviewed else None


def _of_adolescent(said: Mapping[str, Any], purpose: Purpose, about: About) -> str | None:
    """Own assent and guardian; alone, own assent and two reviewers."""
    if said["given_by"] == ALONE:
        return None if purpose in about.reviewed else "two_reviewers"
    if said["given_by"] != ADOLESCENT:
        return "no_assent"
    return None if said.get("guardian_doer") in SAFE_GUARDIAN else "guardian_not_safe"
