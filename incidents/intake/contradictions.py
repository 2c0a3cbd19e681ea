"""Contradictions: things told that do not fit together, each with a sentence. Shown to reviewers; they block nothing.

Pure functions over a report's document, or over an incident put together as one (`as_document`). A contradiction may
be what happened: a reviewer keeps it on purpose, with reasons, and it is shown as kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import MoveNotAllowed, NotFound, Problem, ReasonsNeeded, _
from incidents.model.moment import Moment
from incidents.model.review import KeptContradiction
from incidents.search import Opened, together
from incidents.work import Permission, Unreadable, Work

SHORTEST_REASON = 12  # characters: a sentence, not a nod
INCIDENT = "incident"  # what a contradiction is about where it is in no act or person
Document = Mapping[str, Any]
Found = tuple[str, str, tuple[str, ...]]  # what it is about (a key), the rule, the fields
Days = tuple[date | None, date | None]  # the earliest and the latest day a moment may mean
BANDS = {
    "0-4": (0, 4), "5-9": (5, 9), "10-11": (10, 11), "12-14": (12, 14), "15-17": (15, 17), "18-24": (18, 24),
    "25-34": (25, 34), "35-44": (35, 44), "45-59": (45, 59), "60+": (60, 120), "CHI": (0, 17), "ADU": (18, 120),
}  # fmt: skip

SENTENCES = {
    "act_before_incident": _("This act ended before the incident began."),
    "act_after_incident": _("This act began after the incident had ended."),
    "age_and_band": _("The age is outside the age group."),
    "age_and_birth_year": _("The age does not fit the year of birth and the day it happened."),
    "birth_year_and_date": _("The year of birth is not the year of the date of birth."),
    "child_and_age": _("A child travelling without parents is said to be an adult."),
    "count_backwards": _("The least number is above the greatest, or the best lies outside them."),
    "group_and_members": _("The group is smaller than the number of its members who are listed one by one."),
    "hearing_after_incident": _(
        "A hearing is said to have been missed because of this, but it was to be after everything had ended."
    ),
    "hearing_twice": _("Whether a hearing was missed is answered once with yes and once with no."),
    "incident_before_return": _("It happened before the first day on which they were sent back."),
    "interview_before_incident": _("The conversation was held before it happened."),
    "last_before_first": _("The last time was before the first time."),
    "paid_above_asked": _("More was paid than was asked."),
    "paid_and_released_free": _("Money was paid, and the release is said to have been without payment."),
    "release_before_capture": _("They were let go before they were taken."),
    "still_held_and_released": _("They are said to be held still, and there is a day on which it ended."),
    "times_returned": _("More days of return are listed than the number of times they were sent back."),
}


@dataclass(frozen=True)
class Contradiction:
    """One rule that does not hold. `about` is the key of an act, person or perpetrator, or `incident`."""

    rule: str
    about: str
    fields: tuple[str, ...]  # dotted, as the form names them

    @property
    def sentence(self) -> str:
        return SENTENCES[self.rule]


def of(document: Document) -> list[Contradiction]:
    """Everything in a document that does not fit."""
    found = [
        Contradiction(rule, about, fields) for check in CHECKS for about, rule, fields in check(document)
    ]
    return list(dict.fromkeys(found))


# -- moments


def _days(value: Any) -> Days:
    try:
        said = Moment.from_json(value) if value else None
    except Problem:  # a moment that no version of ours wrote
        said = None
    return (said.earliest, said.latest) if said is not None else (None, None)


def _surely_before(one: Any, other: Any) -> bool:
    """Whether every day that the first may mean lies before every day of the second: what is vague fits."""
    latest, earliest = _days(one)[1], _days(other)[0]
    return latest is not None and earliest is not None and latest < earliest


# -- the incident


def _incident(document: Document) -> Iterator[Found]:
    what = document.get("incident") or {}
    moment, mpp = what.get("moment"), what.get("mpp") or {}
    returned = mpp.get("returned_on") or []
    if returned and all(_surely_before(moment, each) for each in returned):
        yield INCIDENT, "incident_before_return", ("incident.moment", "incident.mpp.returned_on.0")
    times = mpp.get("times_returned")
    if times is not None and len(returned) > times:
        yield INCIDENT, "times_returned", ("incident.mpp.times_returned", "incident.mpp.returned_on.0")
    if _surely_before((document.get("interview") or {}).get("on"), moment):
        yield INCIDENT, "interview_before_incident", ("incident.moment", "interview.on")


def _hearing(document: Document) -> Iterator[Found]:
    what = document.get("incident") or {}
    mpp = what.get("mpp") or {}
    said = {answer for answer in (what.get("hearing_missed"), mpp.get("hearing_missed")) if answer}
    if {"yes", "no"} <= said:
        yield INCIDENT, "hearing_twice", ("incident.hearing_missed", "incident.mpp.hearing_missed")
    ends = [
        what.get("moment"),
        *(
            moment
            for act in document.get("acts") or ()
            for moment in (act.get("moment"), act.get("last"), (act.get("kidnapping") or {}).get("until"))
        ),
    ]
    ends = [moment for moment in ends if moment]
    hearing = mpp.get("next_hearing")
    if "yes" in said and ends and hearing and all(_surely_before(end, hearing) for end in ends):
        yield INCIDENT, "hearing_after_incident", ("incident.hearing_missed", "incident.mpp.next_hearing")


# -- acts


def _acts(document: Document) -> Iterator[Found]:
    moment = (document.get("incident") or {}).get("moment")
    for number, act in enumerate(document.get("acts") or ()):
        about, at = act.get("key", ""), f"acts.{number}"
        own = act.get("moment")
        if _surely_before(own, moment):
            yield about, "act_before_incident", (f"{at}.moment", "incident.moment")
        if _surely_before(moment, own):
            yield about, "act_after_incident", (f"{at}.moment", "incident.moment")
        if _surely_before(act.get("last"), act.get("first")):
            yield about, "last_before_first", (f"{at}.first", f"{at}.last")
        if _backwards(act.get("times")):
            yield about, "count_backwards", (f"{at}.times",)
        yield from ((about, rule, fields) for rule, fields in _kidnapping(act.get("kidnapping") or {}, at))
        if _more_paid(act.get("extortion") or {}):
            yield about, "paid_above_asked", (f"{at}.extortion.asked", f"{at}.extortion.paid")


def _kidnapping(said: Document, at: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    at = f"{at}.kidnapping"
    if _surely_before(said.get("until"), said.get("since")):
        yield "release_before_capture", (f"{at}.since", f"{at}.until")
    if _more_paid(said):
        yield "paid_above_asked", (f"{at}.asked", f"{at}.paid")
    if said.get("release") == "HEL" and _days(said.get("until")) != (None, None):
        yield "still_held_and_released", (f"{at}.release", f"{at}.until")
    if said.get("release") == "REL" and _amount(said.get("paid")):
        yield "paid_and_released_free", (f"{at}.release", f"{at}.paid")


def _amount(text: Any) -> Decimal | None:
    return Decimal(text) if text else None


def _more_paid(said: Document) -> bool:
    asked, paid = _amount(said.get("asked")), _amount(said.get("paid"))
    return asked is not None and paid is not None and paid > asked


def _backwards(count: Any) -> bool:
    """Of least, best and greatest each is at most the next; what is missing fits."""
    said = ((count or {}).get(name) for name in ("min", "best", "max"))
    given: list[int] = [number for number in said if number is not None]
    return given != sorted(given)


# -- persons


def _persons(document: Document) -> Iterator[Found]:
    moment = (document.get("incident") or {}).get("moment")
    for number, person in enumerate(document.get("persons") or ()):
        facts = person.get("facts")
        if isinstance(facts, dict):
            about, at = person.get("key", ""), f"persons.{number}.facts"
            yield from ((about, rule, fields) for rule, fields in _age(facts, at, moment))
            if _backwards(facts.get("group_size")):
                yield about, "count_backwards", (f"{at}.group_size",)
            birth = str((person.get("identity") or {}).get("birth_date") or "")
            year = facts.get("birth_year")
            if year and birth[:4].isdigit() and int(birth[:4]) != year:
                yield about, "birth_year_and_date", (f"{at}.birth_year",)


def _age(facts: Document, at: str, moment: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    age, band, year = facts.get("age"), BANDS.get(facts.get("age_band") or ""), facts.get("birth_year")
    if age is not None and band and not band[0] <= age <= band[1]:
        yield "age_and_band", (f"{at}.age", f"{at}.age_band")
    span = (age, age) if age is not None else band
    if span and year and not _born_then(span, year, _days(moment)):
        yield "age_and_birth_year", (f"{at}.birth_year", f"{at}.age")
    if {"UAC", "SEP"} & set(facts.get("population") or ()) and span and span[0] >= 18:
        yield "child_and_age", (f"{at}.population", f"{at}.age")


def _born_then(span: tuple[int, int], year: int, days: Days) -> bool:
    """Whether somebody born in this year can have been so old then: before or after the birthday."""
    first, last = days
    if first is None or last is None:
        return True
    return first.year - year - 1 <= span[1] and span[0] <= last.year - year


def _groups(document: Document) -> Iterator[Found]:
    """Named members of a group are inside its size: those of its acts, where it is said who was in which."""
    people = list(document.get("persons") or ())
    within: dict[str, set[str]] = {}
    for link in document.get("involvements") or ():
        if link.get("part") in (None, "DIR"):
            within.setdefault(link["person"], set()).add(link["act"])
    single = [each["key"] for each in people if each.get("kind") != "group"]
    for number, person in enumerate(people):
        facts = person.get("facts")
        size = facts.get("group_size") if person.get("kind") == "group" and isinstance(facts, dict) else None
        greatest = max((n for n in (size or {}).values() if n is not None), default=None)
        acts = within.get(person.get("key", ""), set())
        listed = [key for key in single if acts & within.get(key, set())] if within else single
        if greatest is not None and greatest < len(listed):
            yield person.get("key", ""), "group_and_members", (f"persons.{number}.facts.group_size",)


def _doers(document: Document) -> Iterator[Found]:
    for number, doer in enumerate(document.get("perpetrators") or ()):
        if isinstance(doer, dict) and _backwards(doer.get("number")):
            yield (
                doer.get("key") or f"perpetrators.{number}",
                "count_backwards",
                (f"perpetrators.{number}.number",),
            )


CHECKS: Sequence[Callable[[Document], Iterator[Found]]] = (
    _incident, _hearing, _acts, _persons, _groups, _doers,
)  # fmt: skip


# -- in an incident


def as_document(opened: Opened) -> dict[str, Any]:
    """An incident as a report's document, its rows by their ids; what does not open is not there."""

    def said(facts: Any) -> dict[str, Any]:
        return facts if isinstance(facts, dict) else {}

    facts = said(opened.facts)
    return {
        "incident": {name: value for name, value in facts.items() if name != "interview"},
        "interview": facts.get("interview") or {},
        "acts": [{"key": str(act.id), **said(facts)} for act, facts in opened.acts],
        "persons": [
            {"key": str(person.id), "kind": person.kind.value, "teller": person.teller, "facts": said(facts)}
            for person, facts in opened.people
            if person.id not in opened.same  # who is recorded twice is listed once
        ],
        "involvements": [
            {
                **said(facts),
                "person": str(opened.same.get(link.person_id, link.person_id)),
                "act": str(link.act_id),
            }
            for link, facts in opened.involvements
        ],
        "perpetrators": [{"key": str(row.id), **said(facts)} for row, facts in opened.perpetrators],
        "sources": [said(facts) for _row, facts in opened.sources],
    }


@dataclass(frozen=True)
class Weighed:
    """A contradiction of an incident, and who lets it stand."""

    found: Contradiction
    about_id: UUID
    kept: KeptContradiction | None = None
    reasons: Any = field(default=None, repr=False)


def of_incident(work: Work, opened: Opened) -> list[Weighed]:
    """What does not fit in an incident; what was kept on purpose says by whom."""
    work.actor.must(Permission.INCIDENT_READ)
    there = of(as_document(opened))
    rows = _kept(work, together(work, [opened.incident.id]))
    reasons = dict(zip((row.id for row in rows), work.read_all(rows, "reasons"), strict=True))
    by_place = {(row.rule, row.about_id): row for row in rows}
    found = []
    for each in there:
        about = opened.incident.id if each.about == INCIDENT else UUID(each.about)
        row = by_place.get((each.rule, about))
        why = reasons[row.id] if row else None
        found.append(Weighed(each, about, row, None if isinstance(why, Unreadable) else why))
    return found


def _kept(work: Work, incidents: Sequence[UUID]) -> list[KeptContradiction]:
    query = select(KeptContradiction).where(
        KeptContradiction.incident_id.in_(incidents), KeptContradiction.undone_on.is_(None)
    )
    return list(work.db.scalars(query.order_by(KeptContradiction.id)))


def keep(work: Work, opened: Opened, rule: str, about: UUID, reasons: str) -> KeptContradiction:
    """Let it stand: both things were told, and neither is corrected to fit."""
    work.actor.must(Permission.REVIEW_DECIDE)
    one = next((w for w in of_incident(work, opened) if (w.found.rule, w.about_id) == (rule, about)), None)
    if one is None:
        raise NotFound
    if one.kept is not None:
        raise MoveNotAllowed
    if len(reasons.strip()) < SHORTEST_REASON:
        raise ReasonsNeeded
    row = KeptContradiction(
        incident_id=opened.incident.id,
        rule=rule,
        about_id=about,
        kept_by=work.actor.id,
        kept_on=work.today,
    )
    work.seal(row, reasons=reasons.strip())
    work.add(row)
    work.note("contradiction.kept", row, rule=rule)
    return row


def let_go(work: Work, row: KeptContradiction) -> None:
    """It is shown as a contradiction again."""
    work.actor.must(Permission.REVIEW_DECIDE)
    if row.undone_on is not None:
        raise MoveNotAllowed
    row.undone_on = work.today
    work.note("contradiction.let-go", row, rule=row.rule)
