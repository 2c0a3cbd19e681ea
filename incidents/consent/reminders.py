"""Which consents end soon: asked again in time, or they run out."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, func, or_, select

from incidents.consent.ledger import LATER
from incidents.model.consent import ConsentEvent, Withdrawal
from incidents.model.people import Person
from incidents.work import Permission, Work

Mark = tuple[date, UUID]
Asked = tuple[Person, ConsentEvent, Any]


def to_ask_again_count(work: Work) -> int:
    """How many people have to be asked again: counted in clear, nothing is opened for it."""
    work.actor.must(Permission.CONSENT_RECORD)
    return work.db.scalar(select(func.count()).select_from(_ending(work).subquery())) or 0


def to_ask_again(work: Work, limit: int = 200, after: Mark | None = None) -> list[Asked]:
    """The people whose newest decision ends within two months or has ended, with that decision opened."""
    return _opened(work, work.today, limit, after)


def said_later(work: Work, limit: int = 200, after: Mark | None = None) -> list[Asked]:
    """The same with the two weeks to come, in which whoever said “ask me later” is asked: see `later_in`."""
    return _opened(work, work.today + LATER, limit, after)


def _opened(work: Work, until: date, limit: int, after: Mark | None) -> list[Asked]:
    """The first to be asked on top, on from a place that is a day and the id of an event."""
    work.actor.must(Permission.CONSENT_RECORD)
    query = _ending(work, until)
    if after is not None:
        day, id = after
        on = ConsentEvent.ask_again_on
        query = query.where(or_(on > day, (on == day) & (ConsentEvent.id > id)))
    events = list(work.db.scalars(query.order_by(ConsentEvent.ask_again_on, ConsentEvent.id).limit(limit)))
    opened = work.read_all(events, "decisions", "renewal")
    return [(work.get(Person, e.person_id), e, said) for e, said in zip(events, opened, strict=True)]


def later_in(said: Any) -> dict[str, str]:
    """What somebody wants to be asked later and did not decide since, each use with its day."""
    found: dict[str, str] = said.get("later", {}) if said else {}
    return found


def _ending(work: Work, until: date | None = None) -> Select[ConsentEvent]:
    """The newest event of each person, where something in it ends soon; not of whoever withdrew everything."""
    newest = (
        select(ConsentEvent.person_id, func.max(ConsentEvent.number).label("number"))
        .group_by(ConsentEvent.person_id)
        .subquery()
    )
    # Asked in the same question: there may be more of them than one can name. No purpose named is all of them.
    stopped = select(Withdrawal.person_id).where(cast(Withdrawal.purposes, String) == "[]")
    return (
        select(ConsentEvent)
        .join(
            newest,
            (ConsentEvent.person_id == newest.c.person_id) & (ConsentEvent.number == newest.c.number),
        )
        .where(ConsentEvent.ask_again_on <= (until or work.today), ConsentEvent.person_id.not_in(stopped))
    )
