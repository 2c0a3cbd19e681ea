"""A yes that is given anew and goes less far than the one before: for what leaves it is a no to the difference."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from incidents.consent import ledger
from incidents.consent.folding import about_this
from incidents.consent.ledger import Event
from incidents.model.vocabulary import Purpose
from incidents.work import Work

LIMITS = ("no_place", "no_date", "parts", "recipients")


def narrowed(work: Work, people: Iterable[UUID], purpose: Purpose, late: Collection[UUID]) -> bool:
    """Whether what one of these said last goes less far than before the `late` events, by their ids."""
    for events in ledger.events(work, people).values():
        before = _terms([event for event in events if event[0].id not in late], purpose)
        now = _terms(events, purpose)
        less = any(now.get(limit, False) != before.get(limit, False) for limit in LIMITS)
        if less or (before.get("restricted") and not now.get("restricted")):
            return True
    return False


def _terms(events: Iterable[Event], purpose: Purpose) -> dict[str, object]:
    """How far the last word on a use goes; nothing that was not said."""
    last = about_this(events, purpose, date.max)[-1:]
    said = last[0][1].get("terms", {}).get(purpose.value, {}) if last else {}
    return {name: value for name, value in said.items() if value}
