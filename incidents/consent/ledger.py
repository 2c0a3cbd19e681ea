"""The ledger: what each person decided, one event after the other. Nothing in it is ever changed."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from incidents.consent import notices
from incidents.consent.answers import (
    GIVEN,
    INVALIDATED,
    PUBLICATION,
    PUBLICATION_MONTHS,
    REFUSED,
    REQUESTED,
)
from incidents.errors import InvalidInput, _
from incidents.model.account import Project
from incidents.model.consent import ConsentEvent, Withdrawal
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import Break, Permission, Unreadable, Work

REMINDED = timedelta(days=60)  # before something ends
LATER = timedelta(days=14)  # after somebody said “ask me later”
# How the decisions were come to; what of it was not asked is left out.
HOW = (
    "method",
    "language",
    "relation",
    "kin",
    "guardian_doer",
    "capacity",
    "interpreter",
    "explained",
    "legal_basis",
    "safe",
    "for_search",
)
NOTHING_WITHDRAWN = _("Nothing of this was withdrawn, so there is nothing to take up again.")
WITHDRAWN_SINCE = _(
    "They took something back that you were not shown when you opened this page; it stands above now. Ask them whether "
    "they say yes to that too."
)

Event = tuple[ConsentEvent, Any]


def record(
    work: Work, person: Person, given: dict[str, Any], *, entered_by: UUID, event: str = GIVEN
) -> ConsentEvent:
    """Append one event to a person's ledger. Nothing in it is ever changed."""
    before = _last(work, person.id)
    number, previous = (before.number, digest(before)) if before else (0, b"")
    was = work.vault.view(before, "decisions") if before is not None and before.ask_again_on else {}
    said = _said(work, given, event) | {"previous": previous.hex()}
    ends = _ends_on(work, said, before)
    said |= _to_ask_later(said, was or {}, ends)
    kept = ConsentEvent(
        person_id=person.id,
        number=number + 1,
        entered_by=entered_by,
        entered_on=work.today,
        previous=previous or None,
        ask_again_on=first_day(ends, said),
    )
    work.seal(kept, decisions=said, names=given.get("names"))
    work.add(kept)
    work.note("consent.recorded", kept, purposes=sorted(given.get("decisions", {})))
    return kept


def _said(work: Work, given: Mapping[str, Any], event: str) -> dict[str, Any]:
    """One event as it is sealed."""
    on = given.get("on") or work.today.isoformat()
    decisions = given.get("decisions", {})
    said = {
        "event": _called(event, decisions),
        "decisions": decisions,
        "terms": _terms(given, decisions, date.fromisoformat(on)),
        "given_by": given.get("given_by") or "self",
        "on": on,
        **{name: given[name] for name in HOW if given.get(name) not in (None, "")},
        **({"answers": given["answers"]} if given.get("answers") else {}),
    }
    return said | (_of_notice(work, given["notice"]) if given.get("notice") else {})


def _called(event: str, decisions: Mapping[str, str]) -> str:
    """By what was said: asked for later and nothing else, or at first nothing but no."""
    if {*decisions.values()} == {REQUESTED}:
        return REQUESTED
    return REFUSED if event == GIVEN and {*decisions.values()} == {REFUSED} else event


def _terms(given: Mapping[str, Any], decisions: Mapping[str, str], on: date) -> dict[str, Any]:
    """How far each yes goes. To be published holds for two years, where nothing else was said."""
    found = {}
    for purpose, said in decisions.items():
        if said != GIVEN:
            continue
        own = {name: value for name, value in (given.get("terms") or {}).get(purpose, {}).items() if value}
        if given.get("restricted"):
            own["restricted"] = True
        if purpose in PUBLICATION and not own.get("until"):
            own["until"] = months_after(on, PUBLICATION_MONTHS).isoformat()
        if own:
            found[purpose] = own
    return found


def months_after(day: date, months: int) -> date:
    """The same day some months later; where that month is shorter, its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def _of_notice(work: Work, id: str) -> dict[str, Any]:
    """What was read aloud, by its hash, and what it says of who keeps it, where and how long."""
    notice = notices.read(id)
    controller = work.db.scalars(select(Project.organisation)).first()
    shown = {"id": notice.id, "sha256": notice.sha256, "language": notice.language}
    return {"notice": shown, "controller": controller, **notice.about}


def first_day(ends: date | None, said: Mapping[str, Any]) -> date | None:
    """When to ask again: before something ends, or because they said “later”."""
    days = [date.fromisoformat(day) for day in said.get("later", {}).values()]
    return min([*days, *([ends] if ends else [])], default=None)


def _to_ask_later(said: Mapping[str, Any], was: Mapping[str, Any], ends: date | None) -> dict[str, Any]:
    """What they want to be asked later and did not decide since, each with its day; and when the rest ends."""
    on = date.fromisoformat(said["on"])
    still = {
        purpose: day for purpose, day in was.get("later", {}).items() if purpose not in said["decisions"]
    }
    asked = {purpose for purpose, answer in said["decisions"].items() if answer == REQUESTED}
    later = still | dict.fromkeys(sorted(asked), (on + LATER).isoformat())
    return {"later": later, "ends": ends.isoformat() if ends else None} if later else {}


def _ends_on(work: Work, new: Mapping[str, Any], before: ConsentEvent | None) -> date | None:
    """Two months before the first yes ends that is the last word on its purpose, whenever it was said."""
    earlier = [
        (row, work.vault.view(row, "decisions")) for row in (_all(work, before.person_id) if before else ())
    ]
    opened = [(row, said) for row, said in earlier if not isinstance(said, Unreadable)]
    numbered = [*((row.number, said) for row, said in opened), (before.number + 1 if before else 1, new)]
    days = [day - REMINDED for day in _ends(numbered, work.today).values()]
    if before is not None and before.ask_again_on and len(opened) < len(earlier):
        # What does not open may end first: rather asked too early than not at all.
        days.append(before.ask_again_on)
    return min(days, default=None)


def ends_of(events: Iterable[Event], today: date) -> dict[str, date]:
    """The last day of each yes that is the last word on its purpose."""
    return _ends(((row.number, said) for row, said in events), today)


def _ends(numbered: Iterable[tuple[int, Mapping[str, Any]]], today: date) -> dict[str, date]:
    last: dict[str, Any] = {}
    for _number, said in sorted(numbered, key=lambda each: (str(each[1]["on"]), each[0])):
        if said["on"] <= today.isoformat():
            last |= {purpose: said for purpose, answer in said["decisions"].items() if answer != REQUESTED}
    found = {}
    for purpose, said in last.items():
        terms = said.get("terms", {}).get(purpose, {})
        until = until_of(said, terms, Purpose(purpose)) if said["decisions"][purpose] == GIVEN else None
        if until is not None:
            found[purpose] = until
    return found


def until_of(said: Mapping[str, Any], terms: Mapping[str, Any], purpose: Purpose) -> date | None:
    """The last day on which it holds; an older event did not write it down."""
    if terms.get("until"):
        return date.fromisoformat(terms["until"])
    if purpose in PUBLICATION:
        return months_after(date.fromisoformat(said["on"]), PUBLICATION_MONTHS)
    return None


def _last(work: Work, person_id: UUID) -> ConsentEvent | None:
    """The last event, for the next one to hold on to."""
    pending = _pending(work, person_id)
    return (
        max(pending, key=lambda e: e.number, default=None)
        or work.db.scalars(
            select(ConsentEvent)
            .where(ConsentEvent.person_id == person_id)
            .order_by(ConsentEvent.number.desc())
        ).first()
    )


def _pending(work: Work, person_id: UUID) -> list[ConsentEvent]:
    return [event for event in work.pending(ConsentEvent) if event.person_id == person_id]


def _all(work: Work, person_id: UUID) -> list[ConsentEvent]:
    """Every event of theirs, those of this Work too."""
    query = select(ConsentEvent).where(ConsentEvent.person_id == person_id)
    return [*work.db.scalars(query.order_by(ConsentEvent.number)), *_pending(work, person_id)]


def digest(event: ConsentEvent) -> bytes:
    """What the next event holds on to."""
    return hashlib.sha256(event.decisions.data).digest()


# -- deeds


def decide(work: Work, person: Person, given: dict[str, Any], event: str = "changed") -> ConsentEvent:
    """Enter what a person decided later: given, changed, refused or renewed.

    A yes to what was withdrawn counts only where it says which withdrawals it answers: those that whoever entered it
    was shown (`again`, their ids). One that came since is not answered by a yes that knew nothing of it.
    """
    work.actor.must(Permission.CONSENT_RECORD)
    notices.must_be_known(given.get("notice"))
    if given.get("again"):
        given = {**given, "answers": _withdrawn_before(work, person, given)}
    if event == "changed" and _only_renews(work, person, given):
        event = "renewed"
    return record(work, person, given, entered_by=work.actor.id, event=event)


def _only_renews(work: Work, person: Person, given: Mapping[str, Any]) -> bool:
    """The same yes again, before it ends or after."""
    wanted = given.get("decisions", {})
    said = [each for _row, each in history(work, person) if not isinstance(each, Unreadable)]
    before = {purpose for each in said for purpose, was in each["decisions"].items() if was == GIVEN}
    return bool(wanted) and {*wanted} <= before and {*wanted.values()} == {GIVEN}


def _withdrawn_before(work: Work, person: Person, given: Mapping[str, Any]) -> list[str]:
    """The withdrawals that stand against what is given now, in whichever way they came; all of them were shown."""
    wanted = {purpose for purpose, said in given.get("decisions", {}).items() if said == GIVEN}
    rows = work.db.scalars(select(Withdrawal).where(Withdrawal.person_id == person.id))
    found = [row for row in rows if not row.purposes or {*row.purposes} & {*wanted, Purpose.RECORD}]
    if not found:
        raise InvalidInput({"persons.0.consent.again": [NOTHING_WITHDRAWN]})
    ids = {str(row.id) for row in found}
    if ids - {str(id) for id in given["again"]}:
        raise InvalidInput({"persons.0.consent.again": [WITHDRAWN_SINCE]})
    return sorted(ids)


def withdraw(work: Work, person: Person, purposes: Iterable[Purpose] = ()) -> Withdrawal:
    """Works at once for every later exit; no reason is asked. No purpose named: all of them."""
    work.actor.must(Permission.CONSENT_RECORD)
    stop = stopped(work, person.id, purposes)
    work.note("consent.withdrawn", person, purposes=stop.purposes)
    return stop


def stopped(work: Work, person_id: UUID, purposes: Iterable[Purpose] = ()) -> Withdrawal:
    """In clear and dated. It needs no key, so that it can be written where none is."""
    return work.add(
        Withdrawal(
            person_id=person_id,
            purposes=sorted(purpose.value for purpose in purposes),
            withdrawn_on=work.today,
            entered_by=work.actor.id,
        )
    )


def invalidate(work: Work, person: Person, purposes: Iterable[Purpose]) -> ConsentEvent:
    """What was taken for a consent was none: the guardian was an alleged doer, the person did not understand."""
    work.actor.must(Permission.CONSENT_RECORD)
    given = {"decisions": {purpose.value: INVALIDATED for purpose in purposes}}
    return record(work, person, given, entered_by=work.actor.id, event=INVALIDATED)


# -- reading


def events(work: Work, ids: Iterable[UUID]) -> dict[UUID, list[Event]]:
    """Each person's events in order, opened; the ledger of a person whose chain does not hold is empty."""
    found: dict[UUID, list[Event]] = {}
    for chunk in chunks(sorted(ids)):
        rows = list(
            work.db.scalars(
                select(ConsentEvent)
                .where(ConsentEvent.person_id.in_(chunk))
                .order_by(ConsentEvent.person_id, ConsentEvent.number)
            )
        )
        work.vouched(rows)  # a decision that no signed block knows counts for nothing
        for row, decisions in zip(rows, work.read_all(rows, "decisions", "consent"), strict=True):
            found.setdefault(row.person_id, []).append((row, decisions))
    return {person: each for person, each in found.items() if _holds(each)}


def chunks(ids: list[UUID], size: int = 500) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _holds(of_one: list[Event]) -> bool:
    previous = b""
    for number, (row, said) in enumerate(of_one, 1):
        if isinstance(said, Unreadable) or row.number != number or said["previous"] != previous.hex():
            return False
        previous = digest(row)
    return True


def history(work: Work, person: Person) -> list[Event]:
    """A person's ledger, for a reviewer's page."""
    work.actor.must(Permission.INCIDENT_READ)
    rows = list(
        work.db.scalars(
            select(ConsentEvent).where(ConsentEvent.person_id == person.id).order_by(ConsentEvent.number)
        )
    )
    return list(zip(rows, work.read_all(rows, "decisions"), strict=True))


def withdrawals(work: Work, people: Iterable[UUID]) -> dict[UUID, list[Withdrawal]]:
    """What some people took back, by staff or by their words; whoever took back nothing is not in it."""
    work.actor.must(Permission.INCIDENT_READ)
    found: dict[UUID, list[Withdrawal]] = {}
    for chunk in chunks(sorted(people)):
        query = select(Withdrawal).where(Withdrawal.person_id.in_(chunk))
        for row in work.db.scalars(query.order_by(Withdrawal.withdrawn_on, Withdrawal.id)):
            found.setdefault(row.person_id, []).append(row)
    return found


def all_withdrawals(work: Work, limit: int = 200, after: tuple[date, UUID] | None = None) -> list[Withdrawal]:
    """The newest withdrawals, of whomever; those after a place, which is a day and an id."""
    work.actor.must(Permission.CONSENT_RECORD)
    place = tuple_(Withdrawal.withdrawn_on, Withdrawal.id)
    query = select(Withdrawal).order_by(Withdrawal.withdrawn_on.desc(), Withdrawal.id.desc()).limit(limit)
    return list(work.db.scalars(query if after is None else query.where(place < after)))


def breaks(work: Work) -> Iterator[Break]:
    """Every event that does not hold on to the one before it: found without any key."""
    last: ConsentEvent | None = None
    rows = work.db.scalars(select(ConsentEvent).order_by(ConsentEvent.person_id, ConsentEvent.number))
    for row in rows.yield_per(1000):
        before = last if last is not None and last.person_id == row.person_id else None
        if row.number != (before.number + 1 if before else 1):
            yield Break("a consent before it is missing", f"consent_event/{row.id}")
        elif row.previous is not None and (before is None or row.previous != digest(before)):
            yield Break("a consent does not follow the one before it", f"consent_event/{row.id}")
        last = row
