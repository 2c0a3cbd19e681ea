"""What ran out is noted, so that a person's record says it. The judge counts the days by itself, noted or not."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from incidents.consent import ledger
from incidents.consent.answers import EXPIRED
from incidents.consent.ledger import REMINDED, Event
from incidents.consent.reminders import Mark, to_ask_again
from incidents.model.consent import ConsentEvent
from incidents.model.people import Person
from incidents.work import Work

AT_ONCE = 100  # people: no deed takes longer than a breath
LOOKED_AT = 200  # people whose decisions are opened together
T = TypeVar("T", bound=tuple[Person, ConsentEvent, Any])
Ending = tuple[Person, ConsentEvent, dict[str, date] | None]


def note_what_ran_out(work: Work) -> int:
    """Enter of whoever did not answer in time that their yes is over. How many people; the rest the next time."""
    found = list(islice(_ran_out(work), AT_ONCE))
    for person, ends in found:
        _note(work, person, ends)
    return len(found)


def _ran_out(work: Work) -> Iterator[tuple[Person, dict[str, date]]]:
    """Of all who are to be asked again: many may stand first who only put it off, and they stay there."""
    after: Mark | None = None
    while some := to_ask_again(work, LOOKED_AT, after):
        events = ledger.events(work, [person.id for person, _event, _said in some])
        for person, _event, _said in some:
            ends = ledger.ends_of(events.get(person.id, ()), work.today)
            if any(day < work.today for day in ends.values()):
                yield person, ends
        last = some[-1][1]
        if last.ask_again_on is None:  # it is asked for by its day, so it has one
            return
        after = (last.ask_again_on, last.id)


def ending(work: Work, limit: int = LOOKED_AT, after: Mark | None = None) -> list[Ending]:
    """Whom to ask again, with the day of each use that ends within two months or has ended; None: does not open.

    Read from all that they said: whoever answered something else since says nothing of it in the newest decision.
    """
    some = to_ask_again(work, limit, after)
    events = ledger.events(work, [person.id for person, _event, _said in some])
    return [(person, event, _due(events.get(person.id), work.today)) for person, event, _said in some]


def to_the_end(work: Work, ask: Callable[[Work, int, Mark | None], list[T]]) -> list[T]:
    """All that `ending` or `said_later` tells: of many who ran out, none hides whose yes still holds."""
    found: list[T] = []
    after: Mark | None = None
    while some := ask(work, LOOKED_AT, after):
        found += some
        last = some[-1][1]
        if last.ask_again_on is None or len(some) < LOOKED_AT:
            break
        after = (last.ask_again_on, last.id)
    return found


def first_of(ends: dict[str, date] | None) -> str:
    """The first of these days, as 2027-11-14; empty where there is none."""
    return min(ends.values()).isoformat() if ends else ""


def _due(events: Iterable[Event] | None, today: date) -> dict[str, date] | None:
    if events is None:
        return None
    return {use: day for use, day in ledger.ends_of(events, today).items() if day - REMINDED <= today}


def _note(work: Work, person: Person, ends: dict[str, date]) -> ConsentEvent:
    over = {purpose: EXPIRED for purpose, day in ends.items() if day < work.today}
    kept = ledger.record(work, person, {"decisions": over}, entered_by=work.actor.id, event=EXPIRED)
    later = [day for purpose, day in ends.items() if purpose not in over]
    said = work.vault.view(kept, "decisions")
    kept.ask_again_on = ledger.first_day(min(later) - REMINDED if later else None, said or {})
    return kept
