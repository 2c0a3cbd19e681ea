"""Drafts: what was typed and not sent yet. Sealed to the writer and to escrow; no reviewer opens one.

A draft keeps what was typed, not a checked document: half a date is worth keeping too. Its id is
the client id of the report that it will become, so that ten saves are one draft.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from incidents.errors import Erased, NotFound
from incidents.model.report import Draft, Report
from incidents.work import Compartment, Permission, Work, rekeying

Typed = Sequence[tuple[str, str]]  # names and values, as the form had them
SCHEMA = 1
BY_ITS_WRITER, AT_A_NO, SENT = "draft dropped by its writer", "draft dropped at a no", "draft sent"


@dataclass(frozen=True)
class Kept:
    """What a draft holds, and the minute in which it was kept."""

    typed: list[tuple[str, str]] = field(default_factory=list, repr=False)
    at: datetime | None = None
    people: Mapping[str, UUID] = field(default_factory=dict)  # who parted with their words before it was sent


def before(work: Work, id: UUID) -> Kept:
    """What one's own draft holds up to now; nothing, where there is none."""
    draft = work.db.get(Draft, id)
    return opened(work, draft) if draft is not None else Kept()


def save(work: Work, id: UUID, typed: Typed, *, anew: bool = False) -> Draft | None:
    """Keep what is typed; anew: under another key. What was sent meanwhile needs no draft any more: None."""
    work.actor.must(Permission.REPORT_SEND)
    if _was_sent(work, id):
        return None
    draft, people = work.db.get(Draft, id), dict[str, UUID]()
    if draft is None:
        work.vault.mint_private(id, Compartment.INTAKE)
        draft = work.add(Draft(id=id, recorded_by=work.actor.id))
    else:
        people = {key: one for key, one in opened(work, draft).people.items() if key in _keys(typed)}
        if anew:
            work.vault.mint_private(id, Compartment.INTAKE)
    _own(work, draft).changed_on = work.today
    _seal(work, draft, typed, people)
    work.note("draft.saved", draft)
    return draft


def _seal(work: Work, draft: Draft, typed: Typed, people: Mapping[str, UUID]) -> None:
    at = datetime.now(UTC).isoformat(timespec="minutes")  # under seal: in clear stands the day alone
    content = {"schema": SCHEMA, "at": at, "typed": [list(pair) for pair in typed if pair[1]]}
    known = {"people": {key: str(id) for key, id in people.items()}} if people else {}
    work.seal(draft, content=content | known)


def _keys(typed: Typed) -> set[str]:
    """Of the people on its pages: a key that was another's before brings no id along."""
    return {value for name, value in typed if name.startswith("persons.") and name.endswith(".key")}


def people_of(work: Work, draft: Draft, keys: Iterable[str]) -> dict[str, UUID]:
    """Ids of some of its people, which they keep when it is sent: somebody may part with their words before that."""
    kept = opened(work, draft)
    people = {key: kept.people.get(key) or uuid4() for key in keys}
    if not people.keys() <= kept.people.keys():
        _seal(work, draft, kept.typed, {**kept.people, **people})
    return people


def _was_sent(work: Work, id: UUID) -> bool:
    sent = select(Report.id).where(Report.recorded_by == work.actor.id, Report.client_id == id)
    return work.db.scalars(sent).first() is not None


def own(work: Work) -> list[Draft]:
    """One's own drafts, the newest first; listed without a word of them."""
    work.actor.must(Permission.REPORT_SEND)
    mine = select(Draft).where(Draft.recorded_by == work.actor.id, Draft.answers.is_(None))
    return list(work.db.scalars(mine.order_by(Draft.changed_on.desc(), Draft.id)))


def unsent(work: Work) -> int:
    """How many drafts this person has, to be said on every page."""
    work.actor.must(Permission.REPORT_SEND)
    mine = select(func.count()).select_from(Draft)
    mine = mine.where(Draft.recorded_by == work.actor.id, Draft.answers.is_(None))
    return int(work.db.scalar(mine) or 0)


def read(work: Work, id: UUID) -> Kept:
    """What was typed. Another's draft, and one that is not there, are the same refusal."""
    work.actor.must(Permission.REPORT_SEND)
    return opened(work, work.get(Draft, id))


def opened(work: Work, draft: Draft) -> Kept:
    """The same of one that is at hand; it may be new."""
    content: dict[str, Any] = work.read(_own(work, draft), "content")
    at = content.get("at")
    typed = [(name, value) for name, value in content["typed"]]
    people = {key: UUID(one) for key, one in content.get("people", {}).items()}
    return Kept(typed, datetime.fromisoformat(at) if at else None, people)


def kept(work: Work, draft: Draft) -> Kept:
    """By which the drafts of one day are told apart; nothing where it cannot be read."""
    try:
        return read(work, draft.id)
    except (Erased, NotFound):
        return Kept()


def _own(work: Work, draft: Draft) -> Draft:
    if draft.recorded_by != work.actor.id:
        raise NotFound
    return draft


def drop(work: Work, id: UUID) -> bool:
    """Let go of one's own draft, if there is one. Its key goes with `shred`, once this is committed."""
    draft = work.db.get(Draft, id)
    if draft is None:
        return False
    work.note("draft.dropped", _own(work, draft))
    work.db.delete(draft)
    return True


def shred(work: Work, id: UUID, decision: str = BY_ITS_WRITER) -> None:
    """Destroy the key of a dropped draft: no copy of the data opens it again."""
    work.vault.keystore.shred([(id, Compartment.INTAKE)], decision)


def shred_before(work: Work, id: UUID) -> None:
    """Destroy the keys of a draft that were before its newest: what it held then opens for nobody any more."""
    keystore, compartment = work.house.keystore, Compartment.INTAKE.value
    wraps = keystore.keys([id], compartment).get((id, compartment), ())
    upto = max((wrap.version for wrap in wraps), default=1) - 1
    rekeying.close_off(keystore, id, compartment, upto, AT_A_NO)
    rekeying.destroy(keystore, id, compartment, upto)


def spent(work: Work, id: UUID) -> bool:
    """Whether a draft lay under this id and went unsent: nothing is kept under it again.

    The keys say so, and not the data alone: another request may have sent it in this moment.
    """
    return (refused(work, id) or bool(work.vault.keystore.erased([id], BY_ITS_WRITER))) and not _was_sent(
        work, id
    )


def refused(work: Work, id: UUID) -> bool:
    """Whether it went because somebody said no to being written down."""
    return bool(work.vault.keystore.erased([id], AT_A_NO))
