"""One field of a person's identity is opened: for a reason, noted, and where the house asks for it, with a second yes.

`AMPARO_SECOND_YES` turns the second yes on. It stands for one member, one field, one person and one reason, until the
end of the next day.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents.errors import MoveNotAllowed, Problem, SecondPersonNeeded, _
from incidents.model.consent import ConsentEvent
from incidents.model.incident import Perpetrator, Source
from incidents.model.opening import Opening
from incidents.model.people import Person
from incidents.work import Permission, Work

STANDS = timedelta(days=1)
NAMES_BESIDE = "names"  # of a consent: no field of the person, and asked for in the same way


class Asked:
    """In the place of what was to be opened: a second person was asked."""


ASKED = Asked()


class SecondYesForPersons(Problem):
    status = 409
    code = "second-yes-for-persons"
    sentence = _(
        "Here a second person says yes before a name is opened, and they are asked about persons alone. The names of "
        "alleged perpetrators and the references of sources stay closed."
    )


def field(work: Work, person: Person, name: str, why: str) -> Any:
    """The opened field; or `ASKED`, where somebody else must say yes first and was asked now or before."""
    return work.read(person, name, why) if _may(work, person, name, why) else ASKED


def names_beside(work: Work, event: ConsentEvent, why: str) -> Any:
    """Who asked, interpreted, witnessed or decided for somebody, as it was decided; likewise."""
    person = work.get(Person, event.person_id)
    return work.read(event, "names", why) if _may(work, person, NAMES_BESIDE, why) else ASKED


def _may(work: Work, person: Person, name: str, why: str) -> bool:
    """Whether it may be opened now. Where a second yes is needed and nobody was asked yet, somebody is."""
    work.actor.must(Permission.IDENTITY_OPEN)
    if not work.house.second_yes:
        return True
    mine = _mine(work, person, name, why)
    work.vouched(mine)
    if any(each.yes for each in mine):
        return True
    if not any(each.answered_by is None for each in mine):
        _ask(work, person, name, why)
    return False


def beside(work: Work, record: Perpetrator | Source, name: str, why: str) -> Any:
    """The name of an alleged perpetrator or the reference of a source, opened; refused where a second yes is asked."""
    work.actor.must(Permission.IDENTITY_OPEN)
    if work.house.second_yes:
        raise SecondYesForPersons
    return work.read(record, name, why)


def _mine(work: Work, person: Person, name: str, why: str) -> Sequence[Opening]:
    return work.db.scalars(
        select(Opening).where(
            Opening.person_id == person.id,
            Opening.field == name,
            Opening.why == why,
            Opening.asked_by == work.actor.id,
            Opening.until >= work.today,
        )
    ).all()


def _ask(work: Work, person: Person, name: str, why: str) -> None:
    asked = Opening(
        person_id=person.id,
        field=name,
        why=why,
        asked_by=work.actor.id,
        asked_on=work.today,
        until=work.today + STANDS,
    )
    work.add(asked)
    work.note("opening.asked", asked, kind=name, why=why)


def answer(work: Work, opening: Opening, *, yes: bool) -> None:
    """Somebody else who may open names says yes or no."""
    work.actor.must(Permission.IDENTITY_OPEN)
    if work.actor.id == opening.asked_by:
        raise SecondPersonNeeded
    if opening.answered_by is not None or opening.until < work.today:
        raise MoveNotAllowed
    work.vouched([opening])
    opening.answered_by, opening.answered_on, opening.yes = work.actor.id, work.today, yes
    opening.until = work.today + STANDS
    work.note("opening.agreed" if yes else "opening.refused", opening)


def waiting(work: Work) -> Sequence[Opening]:
    """What others ask and nobody answered."""
    work.actor.must(Permission.IDENTITY_OPEN)
    query = select(Opening).where(
        Opening.answered_by.is_(None), Opening.asked_by != work.actor.id, Opening.until >= work.today
    )
    return work.db.scalars(query.order_by(Opening.asked_on, Opening.id)).all()


def one(work: Work, id: UUID) -> Opening:
    work.actor.must(Permission.IDENTITY_OPEN)
    return work.get(Opening, id)
