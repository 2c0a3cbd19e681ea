"""Which consents end soon: asked again in time, or they run out."""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from incidents.consent.ledger import LATER
from incidents.model.consent import ConsentEvent, Withdrawal
from incidents.model.people import Person
from incidents.work import Permission, Work


def to_ask_again_count(work: Work) -> int:
    """How many people have to be asked again: counted in clear, nothing is opened for it."""
    work.actor.must(Permission.CONSENT_RECORD)
    return work.db.scalar(select(func.count()).select_from(_ending(work).subquery())) or 0


def to_ask_again(work: Work, limit: int = 200) -> list[tuple[Person, ConsentEvent, Any]]:
    """The people whose newest decision ends within two months or has ended, with that decision opened."""
    work.actor.must(Permission.CONSENT_RECORD)
    query = _ending(work).order_by(ConsentEvent.ask_again_on, ConsentEvent.id)
    events = list(work.db.scalars(query.limit(limit)))
    opened = work.read_all(events, "decisions", "renewal")
    return [(work.get(Person, e.person_id), e, said) for e, said in zip(events, opened, strict=True)]


def said_later(work: Work, limit: int = 200) -> list[tuple[Person, ConsentEvent, Any]]:
    """Whoever said “ask me later” and did not decide since, the first to be asked on top, with their newest event."""
    work.actor.must(Permission.CONSENT_RECORD)
    query = _ending(work, work.today + LATER).order_by(ConsentEvent.ask_again_on, ConsentEvent.id)
    events = list(work.db.scalars(query.limit(limit)))
    opened = work.read_all(events, "decisions", "renewal")
    found = [(e, said) for e, said in zip(events, opened, strict=True) if said and said.get("later")]
    return [(work.get(Person, e.person_id), e, said) for e, said in found]


def _ending(work: Work, until: date | None = None) -> Select[ConsentEvent]:
    """The newest event of each person, where something in it ends soon; not of whoever withdrew everything."""
    newest = (
        select(ConsentEvent.person_id, func.max(ConsentEvent.number).label("number"))
        .group_by(ConsentEvent.person_id)
        .subquery()
    )
    stopped = [row.person_id for row in work.db.scalars(select(Withdrawal)) if not row.purposes]
    return (
        select(ConsentEvent)
        .join(
            newest,
            (ConsentEvent.person_id == newest.c.person_id) & (ConsentEvent.number == newest.c.number),
        )
        .where(ConsentEvent.ask_again_on <= (until or work.today), ConsentEvent.person_id.not_in(stopped))
    )
