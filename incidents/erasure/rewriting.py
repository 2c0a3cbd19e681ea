"""A reviewer answers for a text that may tell of somebody erased: nothing of them is in it, or it is written anew.

Written anew, everything under the same key is sealed again under a new one, and the old key is destroyed: with it go
the old text and its earlier versions, in the database, in its journals and in every copy. Three steps, as with an
erasure: the new text with the answer, signed; the old key closed off, so that nothing is sealed under it any more;
then, once nothing that stands is under it, its end. The last two need no key, and may be cut anywhere and repeated.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from incidents.erasure import beside, texts
from incidents.erasure.reach import Held, by_compartment, kind_of
from incidents.erasure.refusals import refuse, refused
from incidents.errors import (
    Conflict,
    EarlierVersions,
    InvalidInput,
    MoveNotAllowed,
    NotFound,
    TextsWait,
    TrailBroken,
    Unopened,
    _,
)
from incidents.model.account import User
from incidents.model.base import Base, Compartment, Record, compartments
from incidents.model.erasure import Answer, Erasure, TextBeside
from incidents.model.evidence import CustodyEvent
from incidents.model.vocabulary import AccountState
from incidents.work import NODE_ACTOR, House, Permission, Unreadable, Work, begin, rekeying

FILES = "evidence"  # its file is under the same key: not written anew, but erased with it


class Shown(NamedTuple):
    """A text to be answered for: column and place in it → what it says; why, where it does not open."""

    row: TextBeside
    record: Record
    said: dict[str, str]
    unreadable: str = ""


def waiting(work: Work, erasure: UUID | None = None) -> list[TextBeside]:
    """What nobody has answered for, the first due first. What opens for nobody any more needs no answer."""
    query = select(TextBeside).where(TextBeside.state == Answer.WAITING)
    if erasure is not None:
        query = query.where(TextBeside.erasure_id == erasure)
    found = list(work.db.scalars(query.order_by(TextBeside.due_on, TextBeside.about, TextBeside.id)))
    held = work.house.keystore.keys({each.thing_id for each in found}).keys()
    return [each for each in found if (each.thing_id, each.compartment) in held]


def must_be_answered(work: Work, ids: Collection[UUID]) -> None:
    """Refuse to copy a text that waits for an answer: the copy would be on no list."""
    if any(each.about_id in ids for each in waiting(work)):
        raise TextsWait


def unfinished(work: Work) -> list[TextBeside]:
    """Texts that were written anew while somebody wrote beside them: their old keys are still there."""
    query = select(TextBeside).where(TextBeside.state == Answer.REWRITTEN)
    return list(work.db.scalars(query.order_by(TextBeside.id)))


def beside_each(work: Work) -> dict[UUID, list[TextBeside]]:
    """Erasure → its texts that wait for an answer, the first due first, or for the end of their rewriting."""
    groups: dict[UUID, list[TextBeside]] = {}
    for row in (*waiting(work), *unfinished(work)):
        groups.setdefault(row.erasure_id, []).append(row)
    return groups


def one_beside(work: Work, erasure: UUID, id: UUID) -> TextBeside:
    """One text beside this erasure. Problem: NotFound."""
    row = work.get(TextBeside, id)
    if row.erasure_id != erasure:
        raise NotFound
    return row


def closed(work: Work) -> int:
    """How many are closed because nobody answered in time."""
    return sum(1 for each in waiting(work) if each.due_on <= work.today)


def show(work: Work, rows: Sequence[TextBeside]) -> list[Shown]:
    """Open what is to be answered for, closed or not; noted."""
    work.actor.must(Permission.REVIEW_DECIDE)
    return [_shown(work, row) for row in rows]


def _shown(work: Work, row: TextBeside) -> Shown:
    record = work.get(kind_of(row.about), row.about_id)
    work.vault.closing.let_open([record.id])
    said = _custody(work, record.id) if row.about == FILES else {}
    text = _text(row, record)
    (found,) = beside.read(work, [text])
    said |= found.words
    if row.named or text.naming or work.get(Erasure, row.erasure_id).decision is None:
        said |= found.names | found.own_names  # somebody is named in one of them, or nobody could look
    return Shown(row, record, said, "" if said else found.unread or "erased")


def _text(row: TextBeside, record: Record) -> Held:
    return Held(record, row.compartment, by_compartment(row.about)[row.compartment])


def _custody(work: Work, file: UUID) -> dict[str, str]:
    """What was written whenever somebody had a file in hand."""
    query = select(CustodyEvent).where(CustodyEvent.evidence_id == file, CustodyEvent.words.is_not(None))
    events = work.db.scalars(query.order_by(CustodyEvent.number)).all()
    opened = zip(events, work.read_all(events, "words", "erasure"), strict=True)
    return {
        f"{event.number}.{place}": text
        for event, value in opened
        if not isinstance(value, Unreadable)
        for place, text in texts.found(value).items()
    }


def say_nothing(work: Work, row: TextBeside) -> None:
    """Nothing of them is in it: it stays as it is, and opens again if it was closed.

    What was changed since it was told has earlier versions, which may name them: it is written anew, even if it reads
    as before.
    """
    record = _must_wait(work, row)
    if beside.changed_before(work, [_text(row, record)]):
        raise EarlierVersions
    _answer(work, row, Answer.NOTHING)
    work.note("text.nothing", row)


def rewrite(work: Work, row: TextBeside, given: Mapping[str, str]) -> None:
    """Put these texts in the place of what it said. Call `finish` after the commit."""
    _must_wait(work, row)
    work.must_be_fresh()
    if row.about == FILES:
        raise MoveNotAllowed
    shown = _shown(work, row)
    if shown.unreadable:
        raise Unopened
    again = bool(beside.changed_before(work, [_text(row, shown.record)]))
    if not again and all(
        given.get(place, text).strip() == text.strip() for place, text in shown.said.items()
    ):
        raise InvalidInput(
            {"text": [_("Nothing is changed. Change the text, or say that nothing of them is in it.")]}
        )
    row.upto = _anew(work, row, shown.record, {place: text.strip() for place, text in given.items()})
    _answer(work, row, Answer.REWRITTEN)
    work.note("text.rewritten", row)


def seal_again(work: Work) -> int:
    """Take to the new key what somebody wrote beside it under the old one in that very moment; how much."""
    work.actor.must(Permission.REVIEW_DECIDE)
    moved = 0
    for row in work.db.scalars(select(TextBeside).where(TextBeside.state == Answer.REWRITTEN)):
        late = _late(work, row)
        work.vault.closing.let_open(record.id for record in late)
        for record in late:
            moved += _again(work, record, row.compartment, {})
    return moved


def _must_wait(work: Work, row: TextBeside) -> Record:
    work.actor.must(Permission.REVIEW_DECIDE)
    if row.state != Answer.WAITING:
        raise MoveNotAllowed
    record: Record = work.get(kind_of(row.about), row.about_id)
    work.vouched([row, record])
    return record


def _answer(work: Work, row: TextBeside, answer: Answer) -> None:
    row.state, row.answered_by, row.answered_on = answer, work.actor.id, work.today


def _anew(work: Work, row: TextBeside, changed: Record, given: Mapping[str, str]) -> int:
    """Everything under the key of this text goes under a new one; the version up to which the keys are over."""
    records = list(_under(work, row))
    work.vault.closing.let_open(record.id for record in records)
    opened = [(record, _read(work, record, row.compartment)) for record in records]
    readers = _readers(work, row)
    upto = work.vault.rekey(row.thing_id, Compartment(row.compartment))
    for reader in readers:
        work.vault.let_read(row.thing_id, Compartment(row.compartment), reader)
    for record, values in opened:
        _seal(work, record, values, given if record.id == changed.id else {})
    return upto


def _readers(work: Work, row: TextBeside) -> list[UUID]:
    """The members who open it beside the holders of its compartment: who sent, asked or answered it, or is asked.

    Of what came in, and what was asked about it, alone: nothing else is sealed for somebody who holds no compartment.
    """
    if row.compartment != Compartment.INTAKE:
        return []
    wraps = work.house.keystore.keys([row.thing_id], row.compartment).get((row.thing_id, row.compartment), ())
    held = {wrap.holder for wrap in wraps}
    members = select(User.id).where(User.id.in_(held), User.state != AccountState.REMOVED).order_by(User.id)
    return list(work.db.scalars(members))


def _again(work: Work, record: Record, compartment: str, given: Mapping[str, str]) -> int:
    values = _read(work, record, compartment)
    _seal(work, record, values, given)
    return len(values)


def _read(work: Work, record: Record, compartment: str) -> dict[str, Any]:
    """What opens of it; what does not is gone, or was altered and is left as it lies."""
    kept = [name for name, its in compartments(type(record)).items() if its.value == compartment]
    held = {name: work.vault.view(record, name) for name in kept if getattr(record, name) is not None}
    return {name: value for name, value in held.items() if not isinstance(value, Unreadable)}


def _seal(work: Work, record: Record, values: Mapping[str, Any], given: Mapping[str, str]) -> None:
    fresh = {}
    for column, value in values.items():
        own = {
            place.removeprefix(f"{column}."): text
            for place, text in given.items()
            if place.startswith(f"{column}.")
        }
        fresh[column] = texts.replaced(value, own) if own else value
    if fresh:
        work.seal(record, **fresh)


def _under(work: Work, row: TextBeside) -> Iterator[Record]:
    """The records with a field under the key of this text."""
    for kind in _sealed_kinds(row.compartment):
        yield from work.db.scalars(
            select(kind)
            .where(getattr(kind, kind.thing) == row.thing_id)
            .execution_options(populate_existing=False)
        )


def _sealed_kinds(compartment: str) -> list[type[Record]]:
    kinds = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)]
    found = [kind for kind in kinds if compartment in compartments(kind).values()]
    return sorted(found, key=lambda kind: kind.__tablename__)


# -- what needs no key


def finish(house: House) -> int:
    """Close off the old keys of what was written anew, and destroy them; of how many texts."""
    work = house.work(NODE_ACTOR, None)
    work.drop()
    rows = work.db.scalars(select(TextBeside).where(TextBeside.state == Answer.REWRITTEN)).all()
    wanted = [row.id for row in rows if not refused(work, row)]
    work.drop()
    done = 0
    for id in wanted:
        with suppress(Conflict):  # another process is at it
            done += _finish(house, id)
    return done


def _finish(house: House, id: UUID) -> bool:
    try:
        with begin(house, NODE_ACTOR, None) as work:
            row = work.db.get_one(TextBeside, id, populate_existing=True)
            work.vouched([row])
            if row.state != Answer.REWRITTEN or row.upto is None:
                return False
            decision = str(row.erasure_id)
            rekeying.close_off(house.keystore, row.thing_id, row.compartment, row.upto, decision)
            work.note(
                "text.closed-off", row
            )  # its commit waits for those before it: nobody writes under the old key
        return _destroy(house, id)
    except TrailBroken:
        refuse(house, TextBeside, id)
        return False


def _destroy(house: House, id: UUID) -> bool:
    """False where something stands that is still under the old key: it is sealed again first."""
    with begin(house, NODE_ACTOR, None) as work:
        row = work.db.get_one(TextBeside, id, populate_existing=True)
        work.db.expire_all()
        late = _late(work, row)
        if set(late) - set(work.altered(late)):
            return False
        rekeying.destroy(house.keystore, row.thing_id, row.compartment, row.upto or 0)
        row.state = Answer.SHREDDED
        work.note("text.shredded", row)
    return True


def _late(work: Work, row: TextBeside) -> list[Record]:
    """What stands under a key that is over and still there."""
    versions = rekeying.held(work.house.keystore, row.thing_id, row.compartment, row.upto or 0)
    return [record for record in _under(work, row) if rekeying.is_under(record, row.compartment, versions)]


def of_erasures(work: Work, subject: UUID) -> int:
    """How many texts beside somebody who was erased still wait for an answer, or open as they did before it."""
    erasures = set(work.db.scalars(select(Erasure.id).where(Erasure.subject == subject)))
    return sum(1 for each in (*waiting(work), *unfinished(work)) if each.erasure_id in erasures)
