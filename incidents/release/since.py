"""What came since a release was prepared or looked at: a yes that goes less far, an erasure, another that goes out."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select, tuple_

from incidents import consent
from incidents.model.audit import AuditHead, RecordDigest
from incidents.model.base import Record
from incidents.model.consent import ConsentEvent
from incidents.model.erasure import Erasure
from incidents.model.release import Release
from incidents.model.vocabulary import Purpose
from incidents.release import ledger
from incidents.release.gather import Gathered
from incidents.work import Work

# Records of which nothing that leaves is made.
WITHOUT_EFFECT = frozenset(
    {
        "answer", "coding", "coding_sample", "comment", "draft", "freeze", "job", "mention", "opening", "question",
        "revision", "saved", "task", "token", "wording",
    }
)  # fmt: skip
# New ones of these, which nothing rests on before something else of a block does: a report that nobody took in.
NOT_YET_PART = frozenset(
    {"interview", "released_quote", "released_row", "report", "report_part", "withdrawal_code"}
)


def narrowed(work: Work, release: Release, people: Collection[UUID], purposes: Collection[str]) -> bool:
    """Whether one of these said since it was prepared that a yes goes less far: without the place, for example."""
    late = came(work, release, ConsentEvent)
    query = select(ConsentEvent.person_id).where(ConsentEvent.id.in_(_late(work, release, ConsentEvent)))
    whose = {*work.db.scalars(query)} & {*people}
    return any(consent.narrowed(work, whose, Purpose(purpose), late) for purpose in purposes)


def came(work: Work, release: Release, kind: type[Record]) -> frozenset[UUID]:
    """The records of a kind that the trail has since this one was prepared."""
    return frozenset(work.db.scalars(_late(work, release, kind)))


def _late(work: Work, release: Release, kind: type[Record]) -> Select[UUID]:
    of_first = select(RecordDigest.block, RecordDigest.position).where(RecordDigest.version == 1)
    prepared = work.db.execute(of_first.where(RecordDigest.record_id == release.id)).one()
    later = tuple_(RecordDigest.block, RecordDigest.position) > tuple_(*prepared)
    query = select(RecordDigest.record_id).where(RecordDigest.version == 1, later)
    return query.where(RecordDigest.about == kind.__tablename__)


def nobody_erased(work: Work, gathered: Gathered, released: Sequence[int]) -> None:
    """Whoever is erased while it is made is not written into the ledger after it forgot them: it is made anew."""
    since = date.fromisoformat(gathered.data_date)

    def so() -> bool:
        query = select(Erasure.subject).where(Erasure.kind == "person", Erasure.decided_on >= since)
        erased = {*work.db.scalars(query)}  # not whose names alone are gone: they still count
        return not erased or all(
            gathered.people[place] not in erased and erased.isdisjoint(gathered.leans[place])
            for place in released
        )

    work.only_if(so)


def must_be_first(work: Work, release: Release) -> None:
    """Of two that are signed at once and know nothing of each other, the later is looked at again."""
    before = _out(work, release)
    work.only_if(lambda: _out(work, release) <= before)


def nothing_changes(work: Work, release: Release) -> None:
    """What is read from here on must be so still when this Work is written; else it is looked at again.

    Asked behind the trail's lock of every row that a block since tells of. Said to be without effect is only what no
    release is made from; what is not listed counts.
    """
    seen = work.db.scalar(select(AuditHead.number)) or 0

    def so() -> bool:
        own = select(AuditHead.number).scalar_subquery()
        told = select(RecordDigest.record_id).where(RecordDigest.block > seen, RecordDigest.block < own)
        told = told.where(RecordDigest.about.not_in(WITHOUT_EFFECT))
        told = told.where(or_(RecordDigest.version > 1, RecordDigest.about.not_in(NOT_YET_PART)))
        # Others that were signed meanwhile: `must_be_first`.
        told = told.where(
            or_(RecordDigest.record_id == release_id, RecordDigest.about != Release.__tablename__)
        )
        return work.db.scalars(told.limit(1)).first() is None

    release_id = release.id
    work.only_if(so)


def _out(work: Work, but: Release) -> set[UUID]:
    """What somebody may have, beside this one."""
    return {*work.db.scalars(select(Release.id).where(ledger.is_out(), Release.id != but.id))}
